/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/graph/network.h>
#include <snn/run/tiling.h>
#include "tensors.h"

G_BEGIN_DECLS

/**
 * GstSnnTiles:
 * @tiling: of a sample; %NULL where samples are as large as the network's input
 * @n: tiles that a sample has
 * @inputs: @n of each of the samples that were cut
 * @logits: what the network says of each
 *
 * A network that looks at samples of another size: what it is given in their place
 * (core/run/tiling.h).
 */
typedef struct
{
  SnnTiling *tiling;
  guint n;
  SnnInput *inputs;
  float **logits;

  /*< private > */
  guint in_channels;
  guint out_channels;
  gsize in_size;                /* values of one timestep of a tile */
  gsize out_size;
  guint n_samples;              /* that there is memory for */
  gsize n_bytes;                /* of a tile's input */
  guint8 *in_values;
  float *out_values;
} GstSnnTiles;

/* gst_snn_tiles_init: of samples as @tensor says, for @network. */
void gst_snn_tiles_init (GstSnnTiles * tiles, const GstSnnTensor * tensor,
    const SnnNetwork * network, double overlap);

/* gst_snn_tiles_clear: also of what is all zeros. */
void gst_snn_tiles_clear (GstSnnTiles * tiles);

/* gst_snn_tiles_most: samples that are cut at once at most, so that tiles of a large
 * one do not take the memory of a batch of them; 1 at least. */
guint gst_snn_tiles_most (const GstSnnTiles * tiles);

/**
 * gst_snn_tiles_cut:
 * @samples: (array length=n_samples): all of one type and length
 *
 * Fills in @inputs, and has memory for @logits.
 *
 * Returns: FALSE with SNN_ERROR_READ where there is none
 */
gboolean gst_snn_tiles_cut (GstSnnTiles * tiles, guint n_samples,
    const SnnInput * samples, GError ** error);

/* gst_snn_tiles_blend: @values of sample @index out of @logits, as
 * snn_tiling_blend(). */
gboolean gst_snn_tiles_blend (GstSnnTiles * tiles, guint index, float *values,
    GError ** error);

G_END_DECLS
