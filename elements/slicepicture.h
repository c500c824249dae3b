/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/tensors.h>
#include <snn/volumes/overlay.h>

G_BEGIN_DECLS

/* What maskoverlay draws of a sample. */

typedef enum
{
  GST_SNN_MASK_OUTLINE,
  GST_SNN_MASK_FILL,
  GST_SNN_MASK_HEAT_MAP,
  GST_SNN_MASK_NONE,
} GstSnnMaskMode;

/**
 * GstSnnDrawing:
 * @mode: of the prediction
 * @cut_off: that a voxel of the predicted mask is above
 * @truth: whether the true mask is outlined
 * @smooth, @black, @white: of the image (snn_draw_image())
 *
 * How a sample is drawn.
 */
typedef struct
{
  GstSnnMaskMode mode;
  double cut_off;
  gboolean truth;
  SnnOrientation orientation;
  gboolean smooth;
  double black;
  double white;
} GstSnnDrawing;

/* Memory for the samples of a stream; all of it 0 before the first. */
typedef struct
{
  GstSnnTensors tensors;
  float *values;                /* [height][width] */
  guint8 *mask;
  guint8 *classes;              /* of each voxel, where there are several */
} GstSnnSlicePicture;

/* gst_snn_slice_picture_set: for samples of @tensors, whose first has a depth of 1. */
void gst_snn_slice_picture_set (GstSnnSlicePicture * picture,
    const GstSnnTensors * tensors);

/* gst_snn_slice_picture_clear: frees the memory. */
void gst_snn_slice_picture_clear (GstSnnSlicePicture * picture);

/**
 * gst_snn_slice_picture_draw:
 * @buffer: a sample of the tensors, checked
 * @canvas: a multiple of their width and height
 *
 * The image of @buffer, or the one under its prediction, and masks over it. What a
 * network predicts outside of the volume, where a slice was padded, is not drawn, as
 * it is not measured.
 *
 * Returns: %FALSE where a memory can't be read
 */
gboolean gst_snn_slice_picture_draw (GstSnnSlicePicture * picture,
    const GstSnnDrawing * how, GstBuffer * buffer, const SnnCanvas * canvas);

G_END_DECLS
