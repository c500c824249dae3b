/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tiles.h"

#include <snn/base/error.h>

/* Tiles that workers are given at once: enough for all, and not more. */
#define MOST 64

void
gst_snn_tiles_init (GstSnnTiles *tiles, const GstSnnTensor *tensor,
    const SnnNetwork *network, double overlap)
{
  const SnnShape sample = gst_snn_tensor_shape (tensor);
  const SnnShape in = snn_network_input (network);
  const SnnShape out = snn_network_output (network);

  *tiles = (GstSnnTiles) {
    .n = 1,
    .in_channels = in.channels,
    .out_channels = out.channels,
    .in_size = snn_shape_size (in),
    .out_size = snn_shape_size (out),
  };
  if (snn_shape_equal (sample, in))
    return;
  tiles->tiling = snn_tiling_new (sample, in, overlap);
  tiles->n = snn_tiling_n_tiles (tiles->tiling);
}

static void
free_memory (GstSnnTiles *tiles)
{
  g_clear_pointer (&tiles->inputs, g_free);
  g_clear_pointer (&tiles->logits, g_free);
  g_clear_pointer (&tiles->in_values, g_free);
  g_clear_pointer (&tiles->out_values, g_free);
  tiles->n_samples = 0;
}

void
gst_snn_tiles_clear (GstSnnTiles *tiles)
{
  free_memory (tiles);
  snn_tiling_free (tiles->tiling);
  *tiles = (GstSnnTiles) { 0 };
}

guint
gst_snn_tiles_most (const GstSnnTiles *tiles)
{
  return tiles->tiling ? MAX (MOST / tiles->n, 1) : G_MAXUINT;
}

/* Memory for tiles of @n_samples, of @n_bytes each. */
static gboolean
reserve (GstSnnTiles *tiles, guint n_samples, gsize n_bytes, GError **error)
{
  const gsize n = (gsize) n_samples * tiles->n;

  if (n_samples <= tiles->n_samples && n_bytes <= tiles->n_bytes)
    return TRUE;
  free_memory (tiles);
  tiles->inputs = g_try_new (SnnInput, n);
  tiles->logits = g_try_new (float *, n);
  tiles->in_values = g_try_malloc_n (n, n_bytes);
  tiles->out_values = g_try_malloc_n (n, tiles->out_size * sizeof (float));
  if (!tiles->inputs || !tiles->logits || !tiles->in_values
      || !tiles->out_values) {
    free_memory (tiles);
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ,
        "No memory for %" G_GSIZE_FORMAT " tiles of %" G_GSIZE_FORMAT " bytes",
        n, n_bytes);
    return FALSE;
  }
  tiles->n_samples = n_samples;
  tiles->n_bytes = n_bytes;
  for (gsize i = 0; i < n; i++)
    tiles->logits[i] = tiles->out_values + i * tiles->out_size;
  return TRUE;
}

gboolean
gst_snn_tiles_cut (GstSnnTiles *tiles, guint n_samples,
    const SnnInput *samples, GError **error)
{
  const gsize n_bytes = tiles->in_size * samples->timesteps
      * snn_value_size (samples->type);

  if (!reserve (tiles, n_samples, n_bytes, error))
    return FALSE;
  for (guint i = 0; i < n_samples; i++)
    for (guint k = 0; k < tiles->n; k++) {
      const gsize at = (gsize) i * tiles->n + k;
      guint8 *values = tiles->in_values + at * n_bytes;

      snn_tiling_cut (tiles->tiling, k, &samples[i], tiles->in_channels,
          values);
      tiles->inputs[at] = samples[i];
      tiles->inputs[at].data = values;
    }
  return TRUE;
}

gboolean
gst_snn_tiles_blend (GstSnnTiles *tiles, guint index, float *values,
    GError **error)
{
  return snn_tiling_blend (tiles->tiling,
      tiles->logits + (gsize) index * tiles->n, tiles->out_channels, values,
      error);
}
