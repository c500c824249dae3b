/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include "../hdf5/node-fields.h"
#include "bytes.h"
#include "layers.h"

/* Flatten: a frame as a vector, channel-major, as PyTorch and NIR have it. */

static gboolean
infer_shape (SnnNode *node)
{
  node->out = (SnnShape) { (guint) snn_shape_size (node->in), 1, 1 };
  return TRUE;
}

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  gint64 start, end;

  if (!snn_hdf5_read_ints (fields->h, snn_fields_at (fields, "start_dim"), 1,
          &start)
      || !snn_hdf5_read_ints (fields->h, snn_fields_at (fields, "end_dim"), 1,
          &end))
    return FALSE;
  if (start != 0 || (end != -1 && end != (fields->from
              && fields->from->out.depth > 0 ? 3 : 2)))
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "flattens dimensions %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
        "; only all, 0 to -1, are supported", start, end);
  return TRUE;
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_hdf5_write_int (fields->h, snn_fields_at (fields, "start_dim"), 0);
  snn_hdf5_write_int (fields->h, snn_fields_at (fields, "end_dim"), -1);
  snn_fields_write_shape (fields, "input_type", node->in, FALSE);
}

static void
pass_scales (const SnnNode *node, const float *in, float *out)
{
  const gsize share = node->out.channels / node->in.channels;

  for (gsize i = 0; i < node->out.channels; i++)
    out[i] = in[i / share];
}

/* y[c, h, w] = x[h, w, c] */
static void
forward (const SnnLayer *l)
{
  const SnnShape in = l->node->in;
  const gsize rows = snn_shape_rows (in);

  for (guint f = 0; f < l->run->n_frames; f++) {
    const float *x = snn_layer_x (l, f);
    float *y = snn_layer_y (l, f);

    for (guint c = 0; c < in.channels; c++)
      for (gsize row = 0; row < rows; row++)
        for (guint pixel = 0; pixel < in.width; pixel++)
          *y++ = x[snn_frame_row (l->in, row) + (gsize) pixel * in.channels
              + c];
  }
}

static void
backward (const SnnLayer *l)
{
  const SnnShape in = l->node->in;
  const gsize rows = snn_shape_rows (in);

  if (!snn_layer_wants_dx (l))
    return;
  for (guint f = 0; f < l->run->n_frames; f++) {
    const float *dy = snn_layer_dy (l, f);
    float *dx = snn_layer_dx (l, f);

    for (guint c = 0; c < in.channels; c++)
      for (gsize row = 0; row < rows; row++)
        for (guint pixel = 0; pixel < in.width; pixel++, dy++) {
          float *to = dx + snn_frame_row (l->in, row)
              + (gsize) pixel * in.channels + c;

          *to = l->step->accumulate_gradient ? *to + *dy : *dy;
        }
  }
}

static gboolean
byte_frame (const SnnNode *node, SnnByteFrame *frame)
{
  return TRUE;
}

static void
forward_bytes (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  const SnnShape in = step->node->in;
  const gsize rows = snn_shape_rows (in);

  for (guint t = 0; t < run->n_frames; t++)
    for (gsize y = 0; y < rows; y++) {
      const guint8 *from = snn_spiking_bytes (run, step->input, y, t);
      guint8 *to = snn_spiking_bytes (run, step->output, 0, t) + y * in.width;

      for (guint pixel = 0; pixel < in.width; pixel++)
        for (guint c = 0; c < in.channels; c++)
          to[c * rows * in.width + pixel] = *from++;
    }
}

const SnnOp snn_op_flatten = {
  .name = "Flatten",
  .role = SNN_ROLE_PASS,
  .infer_shape = infer_shape,
  .pass_scales = pass_scales,
  .wants_frames = TRUE,
  .axes = SNN_AXES_VECTOR,
  .read = read_fields,
  .write = write_fields,
  .forward = forward,
  .backward = backward,
  .byte_frame = byte_frame,
  .forward_bytes = forward_bytes,
};
