/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "slicepicture.h"

#include <gst/snn/imagemeta.h>
#include <gst/snn/samplemeta.h>

#define FILL_OPACITY 0.5

void
gst_snn_slice_picture_set (GstSnnSlicePicture *picture,
    const GstSnnTensors *tensors)
{
  const gsize n = (gsize) tensors->tensor[0].width * tensors->tensor[0].height;

  gst_snn_slice_picture_clear (picture);
  picture->tensors = *tensors;
  picture->values = g_new (float, n);
  picture->mask = g_new (guint8, n);
  picture->classes = g_new0 (guint8, n);
}

void
gst_snn_slice_picture_clear (GstSnnSlicePicture *picture)
{
  g_free (picture->values);
  g_free (picture->mask);
  g_free (picture->classes);
  *picture = (GstSnnSlicePicture) { 0, };
}

/* Fills in the values from a memory; FALSE where it can't be read. */
static gboolean
read_values (GstSnnSlicePicture *picture, GstMemory *memory,
    const GstSnnTensor *tensor, guint channel)
{
  GstMapInfo map;

  if (!gst_memory_map (memory, &map, GST_MAP_READ))
    return FALSE;
  snn_picture_from_values (map.data, tensor->type,
      (gsize) tensor->width * tensor->height, tensor->channels, channel,
      tensor->timesteps, picture->values);
  gst_memory_unmap (memory, &map);
  return TRUE;
}

/* The image under a prediction, or NULL where memory 0 is no prediction or
 * has no image with it. */
static GstSnnImageMeta *
find_image (const GstSnnSlicePicture *picture, GstBuffer *buffer)
{
  const GstSnnTensor *tensor = &picture->tensors.tensor[0];
  GstSnnImageMeta *image = gst_buffer_get_snn_image_meta (buffer);

  if (!image || image->memory == gst_buffer_peek_memory (buffer, 0)
      || tensor->type != SNN_VALUE_FLOAT32 || tensor->timesteps != 1)
    return NULL;
  if (image->tensor.width != tensor->width
      || image->tensor.height != tensor->height || image->tensor.depth != 1
      || gst_memory_get_sizes (image->memory, NULL, NULL)
      != gst_snn_tensor_size (&image->tensor))
    return NULL;
  return image;
}

/* The class of each voxel of a prediction, and as its value the probability
 * that it is of any; FALSE where it can't be read. */
static gboolean
read_prediction (GstSnnSlicePicture *picture, GstMemory *memory)
{
  const GstSnnTensor *tensor = &picture->tensors.tensor[0];
  const SnnClasses *classes = &picture->tensors.classes;
  GstMapInfo map;

  if (classes->n < 2 || tensor->channels != snn_classes_n_outputs (classes))
    return read_values (picture, memory, tensor, 0);
  if (!gst_memory_map (memory, &map, GST_MAP_READ))
    return FALSE;
  snn_picture_from_classes ((const float *) map.data,
      (gsize) tensor->width * tensor->height, tensor->channels, picture->values,
      picture->classes);
  gst_memory_unmap (memory, &map);
  return TRUE;
}

/* Nothing is predicted where there is no volume. */
static void
clear_padding (GstSnnSlicePicture *picture, const GstSnnSampleMeta *meta)
{
  const GstSnnTensor *tensor = &picture->tensors.tensor[0];
  gsize dims[3], begin[3], end[3];

  if (!meta || !meta->volume)
    return;
  snn_box_slice_dims (&meta->box, meta->axis, dims);
  if (dims[0] != tensor->width || dims[1] != tensor->height)
    return;
  snn_box_inside (&meta->box, meta->axis, meta->slice, meta->volume->dims,
      begin, end);
  for (gsize y = 0; y < tensor->height; y++)
    for (gsize x = 0; x < tensor->width; x++)
      if (x < begin[0] || x >= end[0] || y < begin[1] || y >= end[1]
          || begin[2] == end[2]) {
        picture->values[y * tensor->width + x] = 0.f;
        picture->classes[y * tensor->width + x] = 0;
      }
}

static gboolean
draw_truth (const GstSnnSlicePicture *picture, GstBuffer *buffer,
    const SnnCanvas *canvas, const SnnView *view, gsize thickness)
{
  const GstSnnTensors *tensors = &picture->tensors;
  const GstSnnTensor *truth = &tensors->tensor[1];
  GstMemory *memory;
  GstMapInfo map;

  /* A class label has no outline. */
  if (tensors->n_tensors < 2 || truth->type != SNN_VALUE_UINT8
      || truth->width != view->width || truth->height != view->height)
    return TRUE;
  memory = gst_buffer_peek_memory (buffer, 1);
  if (!gst_memory_map (memory, &map, GST_MAP_READ))
    return FALSE;
  if (tensors->classes.n > 1)
    snn_draw_class_outlines (canvas, view, map.data, tensors->classes.n,
        thickness, TRUE);
  else
    snn_draw_outline (canvas, view, map.data, snn_color_truth, thickness, TRUE);
  gst_memory_unmap (memory, &map);
  return TRUE;
}

static void
draw_prediction (GstSnnSlicePicture *picture, const GstSnnDrawing *how,
    const SnnCanvas *canvas, const SnnView *view, gsize thickness)
{
  const float cut_off = (float) how->cut_off;
  const guint n = picture->tensors.classes.n;

  if (how->mode == GST_SNN_MASK_HEAT_MAP) {
    snn_draw_heat_map (canvas, view, picture->values);
    return;
  }
  for (gsize i = 0; i < view->width * view->height; i++)
    picture->mask[i] = picture->values[i] > cut_off;
  if (how->mode == GST_SNN_MASK_OUTLINE && n > 1)
    snn_draw_class_outlines (canvas, view, picture->classes, n, thickness,
        FALSE);
  else if (how->mode == GST_SNN_MASK_FILL && n > 1)
    snn_draw_class_fills (canvas, view, picture->classes, n, FILL_OPACITY);
  else if (how->mode == GST_SNN_MASK_OUTLINE)
    snn_draw_outline (canvas, view, picture->mask, snn_color_prediction,
        thickness, FALSE);
  else if (how->mode == GST_SNN_MASK_FILL)
    snn_draw_fill (canvas, view, picture->mask, snn_color_prediction,
        FILL_OPACITY);
}

gboolean
gst_snn_slice_picture_draw (GstSnnSlicePicture *picture,
    const GstSnnDrawing *how, GstBuffer *buffer, const SnnCanvas *canvas)
{
  const GstSnnTensor *tensor = &picture->tensors.tensor[0], *shown = tensor;
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
  GstSnnImageMeta *image = find_image (picture, buffer);
  SnnView view = {.width = tensor->width,.height = tensor->height,
    .scale = canvas->width / tensor->width
  };
  const gsize thickness = MAX (1, view.scale / 3);

  /* An image that is no slice of a volume has no side of a body: it is as it came. */
  if (meta && meta->volume)
    snn_view_orient (&view, meta->axis, how->orientation);
  if (image)
    shown = &image->tensor;
  if (!read_values (picture, image ? image->memory : memory, shown,
          gst_snn_sample_meta_slice_channel (meta, shown->channels)))
    return FALSE;
  snn_draw_image (canvas, &view, picture->values, how->black, how->white,
      how->smooth);
  /* Areas first, so that they don't cover the truth's line. */
  if (image) {
    if (!read_prediction (picture, memory))
      return FALSE;
    clear_padding (picture, meta);
    draw_prediction (picture, how, canvas, &view, thickness);
  }
  return !how->truth || draw_truth (picture, buffer, canvas, &view, thickness);
}
