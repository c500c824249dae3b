/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include <string.h>

#include "../hdf5/node-fields.h"
#include "bytes.h"
#include "layers.h"
#include "window.h"

/* AvgPool2d and SumPool2d, of squares that do not overlap. As they are linear,
 * spikes can be summed, and a division left to the next layer's weights. */

static float
share_of (const SnnNode *node)
{
  return node->op == &snn_op_sum_pool2d ? 1.f
      : 1.f / (float) (node->kernel * node->kernel);
}

static gboolean
infer_shape (SnnNode *node)
{
  const SnnShape in = node->in;
  const guint k = node->kernel;

  if (k == 0 || node->stride != k || node->padding != 0 || in.height % k
      || in.width % k)
    return FALSE;
  node->out = (SnnShape) { in.channels, in.height / k, in.width / k };
  return TRUE;
}

static guint64
fan_out (const SnnNode *node, guint y, guint x)
{
  return (guint64) snn_window_fan_out (node, y, node->out.height)
      * snn_window_fan_out (node, x, node->out.width);
}

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  return snn_fields_read_pair (fields, "kernel_size", &node->kernel)
      && snn_fields_read_pair (fields, "stride", &node->stride)
      && snn_fields_read_pair (fields, "padding", &node->padding);
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_fields_write_pair (fields, "kernel_size", node->kernel);
  snn_fields_write_pair (fields, "stride", node->stride);
  snn_fields_write_pair (fields, "padding", node->padding);
}

static void
pass_scales (const SnnNode *node, const float *in, float *out)
{
  memcpy (out, in, node->out.channels * sizeof *out);
}

/* y[p] = share times the sum of x[k p ... k p + k - 1] */
static void
forward (const SnnLayer *l)
{
  const SnnNode *node = l->node;
  const guint k = node->kernel, channels = node->in.channels;
  const float share = share_of (node);

  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint row = 0; row < node->out.height; row++)
      for (guint pixel = 0; pixel < node->out.width; pixel++) {
        const float *x = snn_layer_x (l, f) + (gsize) row * k * l->in->row
            + (gsize) pixel * k * channels;
        float *y = snn_layer_y (l, f) + row * l->out->row
            + (gsize) pixel * channels;

        memcpy (y, x, channels * sizeof *y);
        for (guint tap = 1; tap < k * k; tap++) {
          const float *from = x + tap / k * l->in->row + tap % k * channels;

          for (guint c = 0; c < channels; c++)
            y[c] += from[c];
        }
        for (guint c = 0; c < channels; c++)
          y[c] *= share;
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
    for (guint row = 0; row < node->in.height; row++) {
      float *dx = snn_layer_dx (l, f) + row * l->in->row;
      const float *dy = snn_layer_dy (l, f) + row / k * l->out->row;

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
  const guint taps = node->kernel * node->kernel;

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
  const SnnShape shape = step->node->out;
  guint k = step->node->kernel;
  gsize channels = shape.channels;
  gsize row = run->spiking->frames[step->input].row;

  for (guint y = 0; y < shape.height; y++)
    for (guint t = 0; t < run->n_frames; t++) {
      guint8 *to = snn_spiking_bytes (run, step->output, y, t);
      const guint8 *from = snn_spiking_bytes (run, step->input, y * k, t);

      for (guint pixel = 0; pixel < shape.width; pixel++) {
        memcpy (to, from, channels);
        for (guint tap = 1; tap < k * k; tap++)
          add_bytes (to, from + tap / k * row + tap % k * channels, channels);
        to += channels;
        from += k * channels;
      }
    }
}

#define POOL2D(type) { \
  .name = type, \
  .role = SNN_ROLE_PASS, \
  .infer_shape = infer_shape, \
  .fan_out = fan_out, \
  .only_adds = TRUE, \
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

const SnnOp snn_op_avg_pool2d = POOL2D ("AvgPool2d");
const SnnOp snn_op_sum_pool2d = POOL2D ("SumPool2d");
