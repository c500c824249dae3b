/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include <string.h>

#include "bytes.h"
#include "conv-read.h"
#include "weights.h"
#include "window.h"

/* Conv2d and Conv3d: a square kernel, or a cube, of any stride and padding; a tap is
 * a fixed offset in the input, so that a convolution is one product of pixels and
 * weights for each slice of the output. On bytes it is a branch for each slice of
 * the kernel. */

/* Along an axis; FALSE where not one window fits. */
static gboolean
get_extent (const SnnNode *node, guint in, guint *out)
{
  const guint padded = in + 2 * node->padding;

  if (padded < node->kernel)
    return FALSE;
  *out = (padded - node->kernel) / node->stride + 1;
  return TRUE;
}

static gboolean
infer_shape (SnnNode *node)
{
  const SnnShape in = node->in;

  return node->out.channels > 0 && node->kernel > 0 && node->stride > 0
      && node->padding < node->kernel
      && (in.depth == 0 || get_extent (node, in.depth, &node->out.depth))
      && get_extent (node, in.height, &node->out.height)
      && get_extent (node, in.width, &node->out.width);
}

static const SnnParameterSpec parameters[] = {
  {
    .name = "weight",
    .dims = snn_convolution_dims,
    .trained = TRUE,
    .torch_index = snn_weights_torch_index,
    .n_summed = snn_weights_n_inputs,
  },
  SNN_BIAS_SPEC,
};

static double
fan_in (const SnnNode *node)
{
  return (double) snn_window_taps (node) * node->in.channels;
}

static guint64
fan_out (const SnnNode *node, guint row, guint x)
{
  return snn_window_fan_out (node, row, x) * node->out.channels;
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_convolution_write (fields, node, node->out.channels, node->in.channels);
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

/* From a place inside of @frame to that of a tap that is @along slices, @side rows
 * and @side pixels before it. */
static gsize
corner (const SnnFrame *frame, guint along, guint side)
{
  return along * frame->plane + side * (frame->row + frame->shape.channels);
}

static gssize
spike_tap (const SnnNode *node, const SnnFrame *out, gsize offset)
{
  return (gssize) corner (out, snn_window_depth (node).padding, node->padding)
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
  const SnnDepth depth = snn_window_depth (node);

  for (guint z = 0; z < depth.out; z++)
    l->kernels->product (&(SnnProduct) {
          .frames = l->run->n_frames,
          .rows = node->out.height,
          .pixels = node->out.width,
          .x = snn_layer_x (l, 0) + z * depth.stride * l->in->plane
              - corner (l->in, depth.padding, node->padding),
          .x_frame = l->in->size,
          .x_row = node->stride * l->in->row,
          .x_pixel = (gsize) node->stride * node->in.channels,
          .y = snn_layer_y (l, 0) + z * l->out->plane,
          .y_frame = l->out->size,
          .y_row = l->out->row,
          .y_pixel = node->out.channels,
          .n_taps = snn_window_taps (node),
          .taps = l->packed->input_taps,
          .in = node->in.channels,
          .out = node->out.channels,
          .w = l->packed->forward,
          .accumulate = l->step->accumulate });
  snn_weights_add_bias (l, 0, node->out.channels);
}

static void
clear_dx (const SnnLayer *l, float *dx)
{
  const SnnShape in = l->node->in;

  for (gsize row = 0; row < snn_shape_rows (in); row++)
    memset (dx + snn_frame_row (l->in, row), 0,
        (gsize) in.width * in.channels * sizeof *dx);
}

/* dx += dy w[tap]^T, of one pixel. */
static void
scatter_pixel (const SnnNode *node, const float *w, const float *dy, float *dx)
{
  for (guint i = 0; i < node->in.channels; i++)
    for (guint o = 0; o < node->out.channels; o++)
      dx[i] += dy[o] * *w++;
}

/* With strides a gradient reaches only some inputs: scatter it. */
static void
scatter_frame (const SnnLayer *l, guint frame)
{
  const SnnNode *node = l->node;
  const SnnDepth depth = snn_window_depth (node);
  const gsize size = (gsize) node->in.channels * node->out.channels;
  const gsize rows = snn_shape_rows (node->out);
  const gint k = (gint) node->kernel, s = (gint) node->stride;
  const gint pad = (gint) node->padding, n_taps = (gint) snn_window_taps (node);
  float *dx = snn_layer_dx (l, frame);

  if (!l->step->accumulate_gradient)
    clear_dx (l, dx);
  for (gint row = 0; row < (gint) rows; row++)
    for (gint x = 0; x < (gint) node->out.width; x++)
      for (gint tap = 0; tap < n_taps; tap++) {
        const gint iz = row / (gint) node->out.height * (gint) depth.stride
            + tap / (k * k) - (gint) depth.padding;
        const gint iy = row % (gint) node->out.height * s + tap / k % k - pad;
        const gint ix = x * s + tap % k - pad;

        if (iz >= 0 && iz < (gint) depth.in && iy >= 0
            && iy < (gint) node->in.height && ix >= 0
            && ix < (gint) node->in.width)
          scatter_pixel (node, node->weight + tap * size,
              snn_layer_dy (l, frame) + snn_frame_row (l->out, row)
              + (gsize) x * node->out.channels,
              dx + (gsize) iz * l->in->plane + (gsize) iy * l->in->row
              + (gsize) ix * node->in.channels);
      }
}

static void
scatter (const SnnLayer *l)
{
  for (guint f = 0; f < l->run->n_frames; f++)
    scatter_frame (l, f);
}

/* dw[tap] += sum over p of x[stride p + tap - padding]^T dy[p] */
static void
add_dw (const SnnLayer *l, guint frame)
{
  const SnnNode *node = l->node;
  const SnnDepth depth = snn_window_depth (node);

  for (guint z = 0; z < depth.out; z++)
    l->kernels->outer (&(SnnOuter) {
          .rows = node->out.height,
          .pixels = node->out.width,
          .x = snn_layer_x (l, frame) + z * depth.stride * l->in->plane
              - corner (l->in, depth.padding, node->padding),
          .x_row = node->stride * l->in->row,
          .x_pixel = (gsize) node->stride * node->in.channels,
          .dy = snn_layer_dy (l, frame) + z * l->out->plane,
          .y_row = l->out->row,
          .y_pixel = node->out.channels,
          .n_taps = snn_window_taps (node),
          .taps = l->packed->input_taps,
          .in = node->in.channels,
          .out = node->out.channels,
          .dw = snn_layer_dw (l, SNN_WEIGHT) });
}

/* dx[p] (+)= sum over taps of dy[p + padding - tap] w[tap]^T (stride 1) */
static void
add_dx (const SnnLayer *l)
{
  const SnnNode *node = l->node;
  const SnnDepth depth = snn_window_depth (node);
  const gsize reach = corner (l->out, depth.kernel - 1 - depth.padding,
      node->kernel - 1 - node->padding);

  for (guint z = 0; z < depth.in; z++)
    l->kernels->sparse_product (&(SnnProduct) {
          .frames = l->run->n_frames,
          .rows = node->in.height,
          .pixels = node->in.width,
          .x = snn_layer_dy (l, 0) + z * l->out->plane - reach,
          .x_frame = l->out->size,
          .x_row = l->out->row,
          .x_pixel = node->out.channels,
          .y = snn_layer_dx (l, 0) + z * l->in->plane,
          .y_frame = l->in->size,
          .y_row = l->in->row,
          .y_pixel = node->in.channels,
          .n_taps = snn_window_taps (node),
          .taps = l->packed->output_taps,
          .in = node->out.channels,
          .out = node->in.channels,
          .w = l->packed->backward,
          .accumulate = l->step->accumulate_gradient });
}

static void
backward (const SnnLayer *l)
{
  for (guint f = 0; f < l->run->n_frames; f++)
    if (!snn_weights_add_spikes (l, f, 1))
      add_dw (l, f);
  snn_weights_bias_backward (l);
  if (!snn_layer_wants_dx (l))
    return;
  if (l->node->stride == 1)
    add_dx (l);
  else
    scatter (l);
}

static guint
n_branches (const SnnNode *node)
{
  return snn_window_depth (node).kernel;
}

static void
branch (const SnnNode *node, SnnSpikingBranch *to)
{
  to->n_runs = node->kernel;
  to->length = node->kernel * node->in.channels;
  to->pad = node->padding;
}

/* Runs outside of the input are left out, as all bytes there are 0. */
static void
branch_row (const SnnSpikingBranch *branch, const SnnByteFrame *frame,
    guint period, guint y, guint phase, SnnBranchRow *row)
{
  const SnnNode *node = branch->node;
  const SnnDepth depth = snn_window_depth (node);
  const gsize channels = frame->shape.channels;
  const guint z = y / node->out.height * depth.stride + branch->part;
  const guint at = y % node->out.height * node->stride;

  if (z < depth.padding || z - depth.padding >= depth.in) {
    row->n_runs = 0;
    return;
  }
  row->first_run = node->padding - MIN (at, node->padding);
  row->n_runs = MIN (node->in.height + node->padding - at, branch->n_runs)
      - row->first_run;
  row->row = (z - depth.padding) * node->in.height
      + at + row->first_run - node->padding;
  row->at = (gssize) (phase * node->stride * channels)
      - (gssize) (node->padding * channels);
  row->pixel = period * node->stride * channels;
}

#define CONVOLUTION(type, n) { \
  .name = type, \
  .role = SNN_ROLE_WEIGHTS, \
  .infer_shape = infer_shape, \
  .expects = "a padding less than the kernel, which fits into the padded input", \
  .n_parameters = G_N_ELEMENTS (parameters), \
  .parameters = parameters, \
  .fan_in = fan_in, \
  .fan_out = fan_out, \
  .n_axes = n, \
  .scale = snn_weights_scale, \
  .wants_frames = TRUE, \
  .axes = SNN_AXES_FRAME, \
  .read = snn_conv_read, \
  .read_values = snn_conv_read_values, \
  .write = write_fields, \
  .borders = borders, \
  .backward_tap = backward_tap, \
  .spike_tap = spike_tap, \
  .takes_spikes = takes_spikes, \
  .forward = forward, \
  .backward = backward, \
  .n_branches = n_branches, \
  .branch = branch, \
  .branch_row = branch_row, \
}

const SnnOp snn_op_conv2d = CONVOLUTION ("Conv2d", 2);
const SnnOp snn_op_conv3d = CONVOLUTION ("Conv3d", 3);
