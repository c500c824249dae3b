/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "batch.h"

#include <snn/base/error.h>
#include <snn/encode/encode.h>

#include "samplemeta.h"

static gboolean
map_input (GstSnnBatch *batch, const GstSnnTensor *tensor, GError **error)
{
  GstMemory *memory = gst_buffer_peek_memory (batch->buffers[batch->n], 0);
  GstMapInfo *map = &batch->in_maps[batch->n];

  if (!gst_memory_map (memory, map, GST_MAP_READ)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ,
        "The memory of a sample can't be mapped for reading");
    return FALSE;
  }
  if ((gsize) map->data % snn_value_size (tensor->type)) {
    gst_memory_unmap (memory, map);
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "The values of a sample begin at an odd address; expected a multiple "
        "of %" G_GSIZE_FORMAT, snn_value_size (tensor->type));
    return FALSE;
  }
  if (tensor->type == SNN_VALUE_FLOAT32
      && !snn_encode_check_finite ((const float *) map->data,
          map->size / sizeof (float), error)) {
    gst_snn_prefix_sample (error, batch->buffers[batch->n], batch->n);
    gst_memory_unmap (memory, map);
    return FALSE;
  }
  batch->inputs[batch->n] = (SnnInput) {
    .data = map->data,
    .type = tensor->type,
    .timesteps = tensor->timesteps,
  };
  return TRUE;
}

static void
make_output (GstSnnBatch *batch, const GstSnnTensor *tensor)
{
  GstMemory *memory =
      gst_allocator_alloc (NULL, gst_snn_tensor_size (tensor), NULL);

  gst_memory_map (memory, &batch->out_maps[batch->n], GST_MAP_WRITE);
  batch->logits[batch->n] = (float *) batch->out_maps[batch->n].data;
}

gboolean
gst_snn_batch_map (GstSnnBatch *batch, GstBuffer *const *buffers, guint n,
    const GstSnnTensor *in, const GstSnnTensor *out, GError **error)
{
  *batch = (GstSnnBatch) {
    .inputs = g_new0 (SnnInput, n),
    .logits = g_new0 (float *, n),
    .buffers = buffers,
    .in_maps = g_new0 (GstMapInfo, n),
    .out_maps = g_new0 (GstMapInfo, n),
  };
  while (batch->n < n) {
    if (!map_input (batch, in, error)) {
      gst_snn_batch_finish (batch, NULL);
      return FALSE;
    }
    make_output (batch, out);
    batch->n++;
  }
  return TRUE;
}

void
gst_snn_batch_finish (GstSnnBatch *batch, GstBuffer **out)
{
  for (guint i = 0; i < batch->n; i++) {
    GstMemory *memory = batch->out_maps[i].memory;

    gst_memory_unmap (batch->in_maps[i].memory, &batch->in_maps[i]);
    gst_memory_unmap (memory, &batch->out_maps[i]);
    if (out)
      out[i] = gst_snn_buffer_replace_tensor (batch->buffers[i], memory);
    else
      gst_memory_unref (memory);
  }
  g_free (batch->inputs);
  g_free (batch->logits);
  g_free (batch->in_maps);
  g_free (batch->out_maps);
  *batch = (GstSnnBatch) { 0 };
}
