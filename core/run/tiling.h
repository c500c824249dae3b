/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "../graph/input.h"
#include "../graph/shape.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

#ifndef __GI_SCANNER__ /* structs by value and arrays of pointers */

/* Samples of any size on a network of one size: tiles as large as its input, which
 * overlap and are blended. It is the sliding window of Isensee et al. 2021 (nnU-Net,
 * Nature Methods 18): along each axis tiles lie as evenly as voxels allow, no more
 * than (1 - overlap) of a tile apart; where several see a voxel, what they say of it
 * has the mean
 *
 *   l = sum_k w_k l_k / sum_k w_k,   w = exp (-(d_x^2 + d_y^2 + d_z^2) / 2)
 *
 * with d the distance from the tile's middle in eighths of its extent. A sample
 * smaller than a tile lies in its middle, and its border values go on beyond it:
 * they are background whatever the scaling, which zeros are not. */

/**
 * SnnTiling:
 *
 * Where tiles lie in samples of one size.
 */
typedef struct _SnnTiling SnnTiling;

/**
 * snn_tiling_new:
 * @sample: extents of the samples; its channels are of no account
 * @tile: those of a tile
 * @overlap: in [0, 1): what two tiles have in common at least, as a part of one
 */
SnnTiling *snn_tiling_new (SnnShape sample, SnnShape tile, double overlap);

/* snn_tiling_free: %NULL is fine. */
void snn_tiling_free (SnnTiling * tiling);

/* snn_tiling_n_tiles: in a sample. */
guint snn_tiling_n_tiles (const SnnTiling * tiling);

/**
 * snn_tiling_cut:
 * @index: of the tile, along the width first, then height and depth
 * @sample: [timesteps][channels][depth][height][width], as all samples
 * @values: (out): the same of the tile, of the type of @sample
 */
void snn_tiling_cut (const SnnTiling * tiling, guint index,
    const SnnInput * sample, guint channels, gpointer values);

/**
 * snn_tiling_blend:
 * @tiles: (array): what each tile says, [channels][depth][height][width]
 * @values: (out): the same of the sample
 *
 * Sums are in double precision and in the order of the tiles. Where only one tile
 * sees a voxel, its value is the tile's to the bit.
 *
 * Returns: %FALSE with SNN_ERROR_READ where there is no memory for the sums
 */
gboolean snn_tiling_blend (const SnnTiling * tiling, float *const *tiles,
    guint channels, float *values, GError ** error);

#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnTiling, snn_tiling_free)

SNN_END_DECLS
