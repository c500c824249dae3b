/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/pool.h"
#include "grid.h"
#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * snn_part_grid:
 * @whole: the grid of a volume
 * @centre: of the part, in mm of the world
 * @dims, @zooms: of the part; 0 mm keeps the size of @whole
 * @grid: (out): along the axes of @whole, the middle of which is nearest to
 *   @centre. Along an axis whose voxels are as large as those of @whole, they are
 *   those of @whole, so that nothing is interpolated
 *
 * Returns: FALSE with SNN_ERROR_NUMERIC where the affine of @whole can't be
 * inverted
 */
gboolean snn_part_grid (const SnnGrid * whole, const double centre[3],
    const gsize dims[3], const double zooms[3], SnnGrid * grid,
    GError ** error);

/**
 * snn_part_new:
 * @whole: of the volume; a reference is taken
 * @from, @values: its grid, and values on it, or those of a box of it
 * @part: which part it is; copied
 * @grid: of the part
 * @fill: what lies outside of @values
 *
 * Returns: (transfer full): a volume of its own, named after @whole and the
 * structure's value in files, or %NULL with the errors of snn_resample_image(),
 * and SNN_ERROR_READ where memory does not suffice
 */
SnnVolume *snn_part_new (SnnVolumeInfo * whole, const SnnGrid * from,
    const float *values, const SnnPart * part, const SnnGrid * grid,
    float fill, SnnPool * pool, GError ** error);

SNN_END_DECLS
