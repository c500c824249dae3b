/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include <string.h>

#include "../hdf5/node-fields.h"
#include "bytes.h"
#include "layers.h"
#include "window.h"

/* AvgPool2d and SumPool2d, of squares that do not overlap, and AvgPool3d and
 * SumPool3d, of cubes. As they are linear, spikes can be summed, and a division left
 * to the next layer's weights. */

static float
share_of (const SnnNode *node)
{
  return node->op == &snn_op_sum_pool2d || node->op == &snn_op_sum_pool3d
      ? 1.f : 1.f / (float) snn_window_taps (node);
}

static gboolean
infer_shape (SnnNode *node)
{
  const SnnShape in = node->in;
  const guint k = node->kernel;

  if (k == 0 || node->stride != k || node->padding != 0 || in.depth % k
      || in.height % k || in.width % k)
    return FALSE;
  node->out = (SnnShape) {
    in.channels, in.height / k, in.width / k, in.depth / k
  };
  return TRUE;
}

/* The first of the rows of the input, all slices', that make up @row of the output. */
static gsize
first_row (const SnnNode *node, gsize row)
{
  return row / node->out.height * snn_window_depth (node).stride
      * node->in.height + row % node->out.height * node->stride;
}

/* The row of the output that @row of the input goes to. */
static gsize
row_above (const SnnNode *node, gsize row)
{
  return row / node->in.height / snn_window_depth (node).stride
      * node->out.height + row % node->in.height / node->stride;
}

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  return snn_fields_read_sides (fields, "kernel_size", node, &node->kernel)
      && snn_fields_read_sides (fields, "stride", node, &node->stride)
      && snn_fields_read_sides (fields, "padding", node, &node->padding);
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_fields_write_sides (fields, "kernel_size", node, node->kernel);
  snn_fields_write_sides (fields, "stride", node, node->stride);
  snn_fields_write_sides (fields, "padding", node, node->padding);
}

static void
pass_scales (const SnnNode *node, const float *in, float *out)
{
  memcpy (out, in, node->out.channels * sizeof *out);
}

/* y = share times the sum of x[taps] */
static void
pool_pixel (const gsize *taps, gsize n_taps, float share, guint channels,
    const float *x, float *y)
{
  memcpy (y, x, channels * sizeof *y);
  for (gsize tap = 1; tap < n_taps; tap++)
    for (guint c = 0; c < channels; c++)
      y[c] += x[taps[tap] + c];
  for (guint c = 0; c < channels; c++)
    y[c] *= share;
}

/* y[p] = share times the sum of x[k p ... k p + k - 1] */
static void
forward (const SnnLayer *l)
{
  const SnnNode *node = l->node;
  const guint channels = node->in.channels;
  const gsize n_taps = snn_window_taps (node);
  const float share = share_of (node);
  g_autofree gsize *taps = snn_window_offsets (node, l->in->plane, l->in->row,
      channels);

  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < snn_shape_rows (node->out); row++) {
      const float *x = snn_layer_x (l, f)
          + snn_frame_row (l->in, first_row (node, row));
      float *y = snn_layer_y (l, f) + snn_frame_row (l->out, row);

      for (guint pixel = 0; pixel < node->out.width; pixel++)
        pool_pixel (taps, n_taps, share, channels,
            x + (gsize) pixel * node->kernel * channels,
            y + (gsize) pixel * channels);
    }
}

/* dx[k p ... k p + k - 1] (+)= share dy[p] */
static void
backward (const SnnLayer *l)
{
  const SnnNode *node = l->node;
  const guint k = node->kernel, channels = node->in.channels;
  const float share = share_of (node);

  if (!snn_layer_wants_dx (l))
    return;
  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < snn_shape_rows (node->in); row++) {
      float *dx = snn_layer_dx (l, f) + snn_frame_row (l->in, row);
      const float *dy = snn_layer_dy (l, f)
          + snn_frame_row (l->out, row_above (node, row));

      for (guint pixel = 0; pixel < node->in.width; pixel++, dx += channels) {
        const float *from = dy + (gsize) (pixel / k) * channels;

        if (l->step->accumulate_gradient)
          for (guint c = 0; c < channels; c++)
            dx[c] += from[c] * share;
        else
          for (guint c = 0; c < channels; c++)
            dx[c] = from[c] * share;
      }
    }
}

static gboolean
byte_frame (const SnnNode *node, SnnByteFrame *frame)
{
  const gsize taps = snn_window_taps (node);

  if (taps > SNN_LARGEST_BYTE || frame->largest * taps > SNN_LARGEST_BYTE)
    return FALSE;
  frame->largest *= taps;
  frame->share *= share_of (node);
  return TRUE;
}

typedef guint8 Bytes __attribute__((vector_size (16)));

/* to[i] += from[i] */
static inline void
add_bytes (guint8 *to, const guint8 *from, gsize n)
{
  gsize i = 0;

  for (; i + sizeof (Bytes) <= n; i += sizeof (Bytes)) {
    Bytes a, b;

    memcpy (&a, to + i, sizeof a);
    memcpy (&b, from + i, sizeof b);
    a += b;
    memcpy (to + i, &a, sizeof a);
  }
  for (; i < n; i++)
    to[i] += from[i];
}

/* y[p] = sum of x[k p ... k p + k - 1]; signs take care of themselves */
static void
forward_bytes (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  const SnnNode *node = step->node;
  const gsize channels = node->out.channels, row = run->memory->frames[step->input].row;
  const gsize n_taps = snn_window_taps (node);
  g_autofree gsize *taps = snn_window_offsets (node, node->in.height * row, row,
      channels);

  for (gsize y = 0; y < snn_shape_rows (node->out); y++)
    for (guint t = 0; t < run->n_frames; t++) {
      guint8 *to = snn_spiking_bytes (run, step->output, y, t);
      const guint8 *from = snn_spiking_bytes (run, step->input,
          first_row (node, y), t);

      for (guint pixel = 0; pixel < node->out.width; pixel++) {
        memcpy (to, from, channels);
        for (gsize tap = 1; tap < n_taps; tap++)
          add_bytes (to, from + taps[tap], channels);
        to += channels;
        from += node->kernel * channels;
      }
    }
}

#define POOL(type, n) { \
  .name = type, \
  .role = SNN_ROLE_PASS, \
  .infer_shape = infer_shape, \
  .expects = "windows side by side, without padding, that fill the input", \
  .fan_out = snn_window_fan_out, \
  .only_adds = TRUE, \
  .n_axes = n, \
  .pass_scales = pass_scales, \
  .wants_frames = TRUE, \
  .axes = SNN_AXES_FRAME, \
  .read = read_fields, \
  .write = write_fields, \
  .forward = forward, \
  .backward = backward, \
  .byte_frame = byte_frame, \
  .forward_bytes = forward_bytes, \
}

const SnnOp snn_op_avg_pool2d = POOL ("AvgPool2d", 2);
const SnnOp snn_op_sum_pool2d = POOL ("SumPool2d", 2);
const SnnOp snn_op_avg_pool3d = POOL ("AvgPool3d", 3);
const SnnOp snn_op_sum_pool3d = POOL ("SumPool3d", 3);
