/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include <string.h>

#include "bytes.h"
#include "conv2d-read.h"
#include "weights.h"
#include "window.h"

/* Conv2d: a square kernel of any stride and padding; a tap is a fixed offset in
 * the input, so that a convolution is one product of pixels and weights. */

static gboolean
infer_shape (SnnNode *node)
{
  const SnnShape in = node->in;
  const guint k = node->kernel, s = node->stride, p = node->padding;

  if (node->out.channels == 0 || k == 0 || s == 0 || p >= k
      || in.height + 2 * p < k || in.width + 2 * p < k)
    return FALSE;
  node->out.height = (in.height + 2 * p - k) / s + 1;
  node->out.width = (in.width + 2 * p - k) / s + 1;
  return TRUE;
}

static const SnnParameterSpec parameters[] = {
  {
    .name = "weight",
    .dims = snn_convolution_dims,
    .trained = TRUE,
    .torch_index = snn_weights_torch_index,
  },
  SNN_BIAS_SPEC,
};

static double
fan_in (const SnnNode *node)
{
  return (double) node->kernel * node->kernel * node->in.channels;
}

static guint64
fan_out (const SnnNode *node, guint y, guint x)
{
  return (guint64) snn_window_fan_out (node, y, node->out.height)
      * snn_window_fan_out (node, x, node->out.width) * node->out.channels;
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_convolution_write (fields, node, (const gsize[4]) {
        node->out.channels, node->in.channels, node->kernel, node->kernel });
}

/* It reads its input up to its padding, and backward its output's gradient up to
 * what is left of the kernel. */
static void
borders (const SnnNode *node, guint *in, guint *out)
{
  *in = node->padding;
  *out = node->kernel - 1 - node->padding;
}

/* Backward, taps run the other way. */
static gsize
backward_tap (const SnnNode *node, gsize tap)
{
  return snn_window_taps (node) - 1 - tap;
}

static gssize
spike_tap (const SnnNode *node, const SnnFrame *out, gsize offset)
{
  return (gssize) (node->padding * (out->row + out->shape.channels))
      - (gssize) offset;
}

static gboolean
takes_spikes (const SnnNode *node)
{
  return node->stride == 1;
}

/* y[p] (+)= sum over taps of x[stride p + tap - padding] w[tap] */
static void
forward (const SnnLayer *l)
{
  const SnnNode *node = l->node;

  for (guint f = 0; f < l->run->n_frames; f++)
    l->kernels->product (&(SnnProduct) {
          .rows = node->out.height,
          .pixels = node->out.width,
          .x = snn_layer_x (l, f)
              - node->padding * (l->in->row + node->in.channels),
          .x_row = node->stride * l->in->row,
          .x_pixel = (gsize) node->stride * node->in.channels,
          .y = snn_layer_y (l, f),
          .y_row = l->out->row,
          .y_pixel = node->out.channels,
          .n_taps = node->kernel * node->kernel,
          .taps = l->packed->input_taps,
          .in = node->in.channels,
          .out = node->out.channels,
          .w = l->packed->forward,
          .accumulate = l->step->accumulate });
  snn_weights_add_bias (l, 0, node->out.channels);
}

/* With strides a gradient reaches only some inputs: scatter it. */
static void
scatter (const SnnLayer *l, guint frame)
{
  const SnnNode *node = l->node;
  const float *dy = snn_layer_dy (l, frame);
  float *dx = snn_layer_dx (l, frame);
  gint k = (gint) node->kernel, pad = (gint) node->padding;

  if (!l->step->accumulate_gradient)
    for (guint y = 0; y < node->in.height; y++)
      memset (dx + y * l->in->row, 0,
          (gsize) node->in.width * node->in.channels * sizeof *dx);
  for (gint y = 0; y < (gint) node->out.height; y++)
    for (gint x = 0; x < (gint) node->out.width; x++)
      for (gint tap = 0; tap < k * k; tap++) {
        gint iy = y * (gint) node->stride + tap / k - pad;
        gint ix = x * (gint) node->stride + tap % k - pad;
        const float *w = node->weight
            + (gsize) tap * node->in.channels * node->out.channels;

        if (iy < 0 || ix < 0 || iy >= (gint) node->in.height
            || ix >= (gint) node->in.width)
          continue;
        for (guint i = 0; i < node->in.channels; i++)
          for (guint o = 0; o < node->out.channels; o++)
            dx[(gsize) iy * l->in->row + (gsize) ix * node->in.channels + i] +=
                dy[(gsize) y * l->out->row + (gsize) x * node->out.channels
                + o] * *w++;
      }
}

/* dx[p] (+)= sum over taps of dy[p + padding - tap] w[tap]^T (stride 1);
 * dw[tap] += sum over p of x[stride p + tap - padding]^T dy[p] */
static void
backward (const SnnLayer *l)
{
  const SnnNode *node = l->node;
  guint reach = node->kernel - 1 - node->padding;

  for (guint f = 0; f < l->run->n_frames; f++) {
    const float *dy = snn_layer_dy (l, f);

    if (!snn_weights_add_spikes (l, f, 1))
      l->kernels->outer (&(SnnOuter) {
          .rows = node->out.height,
          .pixels = node->out.width,
          .x = snn_layer_x (l, f)
              - node->padding * (l->in->row + node->in.channels),
          .x_row = node->stride * l->in->row,
          .x_pixel = (gsize) node->stride * node->in.channels,
          .dy = dy,
          .y_row = l->out->row,
          .y_pixel = node->out.channels,
          .n_taps = node->kernel * node->kernel,
          .taps = l->packed->input_taps,
          .in = node->in.channels,
          .out = node->out.channels,
          .dw = snn_layer_dw (l, SNN_WEIGHT) });
    if (!snn_layer_wants_dx (l))
      continue;
    if (node->stride != 1) {
      scatter (l, f);
      continue;
    }
    l->kernels->product (&(SnnProduct) {
          .rows = node->in.height,
          .pixels = node->in.width,
          .x = dy - reach * (l->out->row + node->out.channels),
          .x_row = l->out->row,
          .x_pixel = node->out.channels,
          .y = snn_layer_dx (l, f),
          .y_row = l->in->row,
          .y_pixel = node->in.channels,
          .n_taps = node->kernel * node->kernel,
          .taps = l->packed->output_taps,
          .in = node->out.channels,
          .out = node->in.channels,
          .w = l->packed->backward,
          .accumulate = l->step->accumulate_gradient });
  }
  snn_weights_bias_backward (l);
}

static void
branch (const SnnNode *node, SnnSpikingBranch *to)
{
  to->n_runs = node->kernel;
  to->length = node->kernel * node->in.channels;
  to->pad = node->padding;
}

/* Runs above and below the input are left out, as all bytes there are 0. */
static void
branch_row (const SnnSpikingBranch *branch, const SnnByteFrame *frame,
    guint period, guint y, guint phase, SnnBranchRow *row)
{
  const SnnNode *node = branch->node;
  const gsize channels = frame->shape.channels;
  const guint at = y * node->stride;

  row->at = frame->first + (gsize) at * frame->row
      + phase * node->stride * channels
      - node->padding * (frame->row + channels);
  row->pixel = period * node->stride * channels;
  row->first_run = node->padding - MIN (at, node->padding);
  row->n_runs = MIN (node->in.height + node->padding - at, branch->n_runs)
      - row->first_run;
}

const SnnOp snn_op_conv2d = {
  .name = "Conv2d",
  .role = SNN_ROLE_WEIGHTS,
  .infer_shape = infer_shape,
  .n_parameters = G_N_ELEMENTS (parameters),
  .parameters = parameters,
  .fan_in = fan_in,
  .fan_out = fan_out,
  .scale = snn_weights_scale,
  .wants_frames = TRUE,
  .axes = SNN_AXES_FRAME,
  .read = snn_conv2d_read,
  .read_values = snn_conv2d_read_values,
  .write = write_fields,
  .borders = borders,
  .backward_tap = backward_tap,
  .spike_tap = spike_tap,
  .takes_spikes = takes_spikes,
  .forward = forward,
  .backward = backward,
  .branch = branch,
  .branch_row = branch_row,
};
