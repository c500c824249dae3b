/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/pool.h"
#include "grid.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Volumes on another grid.
 *
 * A new voxel is the mean of what lies in it: the trilinear interpolation is
 * taken at so many points of it, evenly spaced, that they are no further apart
 * than the old voxels are. That is one point, its centre, where the new voxels
 * are as large as the old ones or smaller, and there are more where they are
 * larger, up to 32 along an axis, so that detail which the new grid can't hold
 * becomes a grey and no pattern (aliasing).
 *
 * A label is the one that has the majority of its voxel: each old label is
 * interpolated as a picture of its own, 1 where it is and 0 elsewhere, in just
 * the way images are, and the largest wins. Taking the nearest voxel instead
 * would move every surface by up to half a voxel, and of two old voxels in a
 * new one it would see one. Where labels have the same share, it is the one of
 * the nearest old voxel, so that no label grows at the cost of another; where
 * that has none of the shares, the one of the smallest value.
 *
 * An old voxel reaches half its size beyond its centre. There, values go on as
 * they are at the border; what of a new voxel lies further outside does not
 * count, and a voxel with nothing inside gets @fill.
 *
 * Positions that agree within a ten-thousandth of a voxel are taken for the
 * same. So where the grids are the same, the values are to the bit, and
 * where they differ by whole voxels, values are moved and none is changed. */

/**
 * snn_resample_image:
 * @values: of @from, x fastest
 * @fill: for voxels outside
 * @pool: (nullable): what works on it; results do not depend on it
 * @out: of @to, x fastest
 *
 * What is no finite number spreads to the voxels it has a part in.
 *
 * Returns: FALSE with SNN_ERROR_NUMERIC where an affine can't be inverted
 */
gboolean snn_resample_image (const float *values, const SnnGrid * from,
    const SnnGrid * to, float fill, SnnPool * pool, float *out,
    GError ** error);

/**
 * snn_resample_labels:
 * @labels: of @from, each of @item bytes, 1, 2 or 4: any integers
 * @fill: for voxels outside
 * @out: of @to, the same type
 *
 * As snn_resample_image(), by majority.
 */
gboolean snn_resample_labels (gconstpointer labels, gsize item,
    const SnnGrid * from, const SnnGrid * to, guint32 fill, SnnPool * pool,
    gpointer out, GError ** error);

/**
 * snn_volume_resample:
 *
 * Image and mask on @grid, outside of which the image goes on with its
 * smallest value, as sources pad. Statistics and the number of label voxels
 * are those of the new volume, which belongs to no file's grid; its info knows
 * the one that it was made from.
 *
 * Returns: (transfer full): @volume itself where its grid is @grid, or %NULL
 * with SNN_ERROR_NUMERIC, or SNN_ERROR_READ where memory does not suffice
 */
SnnVolume *snn_volume_resample (SnnVolume * volume, const SnnGrid * grid,
    SnnPool * pool, GError ** error);

SNN_END_DECLS
