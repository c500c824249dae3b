/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/pool.h"
#include "field.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * SnnWarp:
 * @dims: extent of the new volume
 * @map: new voxel index to old one, row major
 * @field: (nullable): what is added along each old axis, @amplitude times a
 *   function of the new voxel; owned by whoever made them
 * @amplitude: in old voxels
 *
 * From where in an old volume each voxel of a new one is taken: an affine map
 * and a smooth deformation. Outside of the old volume is what is at its
 * border, in image and label alike, so that a label stays what the image
 * shows.
 */
typedef struct
{
  gsize dims[3];
  double map[4][4];
  SnnField *field[3];
  double amplitude[3];
} SnnWarp;

/* snn_warp_init: nothing moves. */
void snn_warp_init (SnnWarp * warp, const gsize dims[3]);

/* snn_warp_clear: frees the fields. */
void snn_warp_clear (SnnWarp * warp);

/* snn_warp_row: the old positions of the voxels of row @y of plane @z, @x, @y_at
 * and @z_at for the three old axes. Rows may be asked for from several
 * threads. */
void snn_warp_row (const SnnWarp * warp, gsize y, gsize z, float *x,
    float *y_at, float *z_at);

/**
 * snn_warp_image:
 * @values: an old volume of @dims; @out: the new one
 * @pool: (nullable)
 *
 * Linear interpolation between old voxels.
 */
void snn_warp_image (const SnnWarp * warp, const float *values,
    const gsize dims[3], SnnPool * pool, float *out);

/* snn_warp_labels: the label with the largest share of the linear
 * interpolation; the nearest voxel's where shares are the same, or the
 * smallest of these. */
void snn_warp_labels (const SnnWarp * warp, const guint8 * labels,
    const gsize dims[3], SnnPool * pool, guint8 * out);

SNN_END_DECLS
