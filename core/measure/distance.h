/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * snn_distance_squared:
 * @mask: dims[0] * dims[1] * dims[2] values, x fastest
 * @zooms: spacing along each axis, positive, mm
 * @out: (out): of every voxel, the squared Euclidean distance in mm^2 between
 *   its centre and the centre of the nearest voxel that @mask sets; INFINITY
 *   where it sets none
 *
 * FALSE where there is no memory for a line. Exact and in linear time: the lower envelope of parabolas along each axis in
 * turn, Felzenszwalb and Huttenlocher, "Distance transforms of sampled
 * functions", Theory of Computing 8, 2012, algorithm 1, here with a spacing.
 */
gboolean snn_distance_squared (const guint8 * mask, const gsize dims[3],
    const double zooms[3], double *out);

/**
 * snn_surface:
 * @surface: (out): 1 for set voxels of @mask that have a face in common with
 *   a voxel that is not set, or with the outside of the grid; 0 elsewhere
 *
 * Returns: how many
 */
gsize snn_surface (const guint8 * mask, const gsize dims[3],
    guint8 * surface);

/**
 * snn_surface_distances:
 * @predicted, @truth: masks on the same grid
 * @zooms: mm
 * @hd95: (out): the 95th percentile of the distances from the voxels of one
 *   surface to the other surface, the greater of both directions, in mm;
 *   percentiles are interpolated between order statistics
 * @assd: (out): the mean of the distances of both directions together, in mm
 *
 * Both are 0 where both masks are empty, and NAN where only one is.
 *
 * Returns: FALSE, with NAN, where there is no memory: 10 bytes for each voxel of
 * the box around both masks, and 8 for each of a surface
 */
gboolean snn_surface_distances (const guint8 * predicted, const guint8 * truth,
    const gsize dims[3], const double zooms[3], double *hd95, double *assd);

SNN_END_DECLS
