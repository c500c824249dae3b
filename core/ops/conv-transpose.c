/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include "bytes.h"
#include "weights.h"
#include "window.h"

/* ConvTranspose2d and ConvTranspose3d whose kernels do not overlap: the
 * up-convolution of the U-Net. It is a product for each of its taps and each slice of
 * the input. */

static gboolean
infer_shape (SnnNode *node)
{
  const SnnShape in = node->in;
  const guint k = node->kernel;

  if (node->out.channels == 0 || k == 0 || node->stride != k
      || node->padding != 0 || in.depth > G_MAXINT32 / k
      || in.height > G_MAXINT32 / k || in.width > G_MAXINT32 / k)
    return FALSE;
  node->out.depth = in.depth * k;
  node->out.height = in.height * k;
  node->out.width = in.width * k;
  return TRUE;
}

/* Input channels come first here. */
static gsize
torch_index (const SnnNode *node, gsize w)
{
  gsize out = w % node->out.channels;
  gsize in = w / node->out.channels % node->in.channels;
  gsize tap = w / node->out.channels / node->in.channels;

  return (in * node->out.channels + out) * snn_window_taps (node) + tap;
}

/* Each output sees every in channel once, with the weights of one tap. */
static gsize
n_summed (const SnnNode *node)
{
  return node->in.channels;
}

static const SnnParameterSpec parameters[] = {
  {
    .name = "weight",
    .dims = snn_convolution_dims,
    .trained = TRUE,
    .torch_index = torch_index,
    .n_summed = n_summed,
  },
  SNN_BIAS_SPEC,
};

/* What PyTorch counts: its out channels, though each output sees every in
 * channel once. */
static double
fan_in (const SnnNode *node)
{
  return (double) snn_window_taps (node) * node->out.channels;
}

static guint64
fan_out (const SnnNode *node, guint row, guint x)
{
  return (guint64) snn_window_taps (node) * node->out.channels;
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_convolution_write (fields, node, node->in.channels, node->out.channels);
}

static guint
n_products (const SnnNode *node)
{
  return snn_window_taps (node);
}

static gboolean
takes_spikes (const SnnNode *node)
{
  return TRUE;
}

/* From a frame's first value to where output slice @z of tap 0 begins. */
static gsize
up (const SnnLayer *l, guint z)
{
  return z * snn_window_depth (l->node).kernel * l->out->plane;
}

/* y[k p + tap] (+)= x[p] w[tap], kernel and stride k */
static void
add_y (const SnnLayer *l, guint z)
{
  const SnnNode *node = l->node;
  const gsize here = 0;
  const gsize size = snn_kernels_packed_size (l->kernels, node->in.channels,
      node->out.channels);

  for (guint tap = 0; tap < snn_window_taps (node); tap++)
    l->kernels->product (&(SnnProduct) {
          .frames = l->run->n_frames,
          .rows = node->in.height,
          .pixels = node->in.width,
          .x = snn_layer_x (l, 0) + z * l->in->plane,
          .x_frame = l->in->size,
          .x_row = l->in->row,
          .x_pixel = node->in.channels,
          .y = snn_layer_y (l, 0) + up (l, z) + l->packed->output_taps[tap],
          .y_frame = l->out->size,
          .y_row = node->kernel * l->out->row,
          .y_pixel = (gsize) node->kernel * node->out.channels,
          .n_taps = 1,
          .taps = &here,
          .in = node->in.channels,
          .out = node->out.channels,
          .w = l->packed->forward + tap * size,
          .accumulate = l->step->accumulate });
}

static void
forward (const SnnLayer *l)
{
  for (guint z = 0; z < snn_window_depth (l->node).in; z++)
    add_y (l, z);
  snn_weights_add_bias (l, 0, l->node->out.channels);
}

/* dw[tap] += sum over p of x[p]^T dy[k p + tap] */
static void
add_dw (const SnnLayer *l, guint frame, guint z)
{
  const SnnNode *node = l->node;
  const gsize here = 0;

  for (guint tap = 0; tap < snn_window_taps (node); tap++)
    l->kernels->outer (&(SnnOuter) {
          .rows = node->in.height,
          .pixels = node->in.width,
          .x = snn_layer_x (l, frame) + z * l->in->plane,
          .x_row = l->in->row,
          .x_pixel = node->in.channels,
          .dy = snn_layer_dy (l, frame) + up (l, z)
              + l->packed->output_taps[tap],
          .y_row = node->kernel * l->out->row,
          .y_pixel = (gsize) node->kernel * node->out.channels,
          .n_taps = 1,
          .taps = &here,
          .in = node->in.channels,
          .out = node->out.channels,
          .dw = snn_layer_dw (l, SNN_WEIGHT)
              + (gsize) tap * node->in.channels * node->out.channels });
}

/* dx[p] (+)= sum over taps of dy[k p + tap] w[tap]^T */
static void
add_dx (const SnnLayer *l, guint z)
{
  const SnnNode *node = l->node;

  l->kernels->sparse_product (&(SnnProduct) {
        .frames = l->run->n_frames,
        .rows = node->in.height,
        .pixels = node->in.width,
        .x = snn_layer_dy (l, 0) + up (l, z),
        .x_frame = l->out->size,
        .x_row = node->kernel * l->out->row,
        .x_pixel = (gsize) node->kernel * node->out.channels,
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
  const guint depth = snn_window_depth (l->node).in;

  for (guint f = 0; f < l->run->n_frames; f++)
    if (!snn_weights_add_spikes (l, f, l->node->kernel))
      for (guint z = 0; z < depth; z++)
        add_dw (l, f, z);
  for (guint z = 0; snn_layer_wants_dx (l) && z < depth; z++)
    add_dx (l, z);
  snn_weights_bias_backward (l);
}

/* Neighbours have other weights each, and read the same pixel. */
static void
branch (const SnnNode *node, SnnSpikingBranch *to)
{
  to->n_phases = snn_window_taps (node);
  to->period = node->kernel;
}

static void
branch_row (const SnnSpikingBranch *branch, const SnnByteFrame *frame,
    guint period, guint y, guint phase, SnnBranchRow *row)
{
  const SnnNode *node = branch->node;
  const guint k = node->kernel, along = snn_window_depth (node).kernel;
  const guint z = y / node->out.height, in_slice = y % node->out.height;
  const gsize channels = frame->shape.channels;

  row->row = z / along * node->in.height + in_slice / k;
  row->at = (gssize) (phase / k * channels);
  row->pixel = period / k * channels;
  row->phase = (z % along * k + in_slice % k) * k + phase % k;
}

#define CONV_TRANSPOSE(type, n) { \
  .name = type, \
  .role = SNN_ROLE_WEIGHTS, \
  .infer_shape = infer_shape, \
  .expects = "a stride as large as the kernel, and no padding", \
  .n_parameters = G_N_ELEMENTS (parameters), \
  .parameters = parameters, \
  .fan_in = fan_in, \
  .fan_out = fan_out, \
  .n_axes = n, \
  .scale = snn_weights_scale, \
  .wants_frames = TRUE, \
  .axes = SNN_AXES_FRAME, \
  .read = snn_convolution_read, \
  .read_values = snn_weights_read_values, \
  .write = write_fields, \
  .n_products = n_products, \
  .takes_spikes = takes_spikes, \
  .forward = forward, \
  .backward = backward, \
  .branch = branch, \
  .branch_row = branch_row, \
}

const SnnOp snn_op_conv_transpose2d = CONV_TRANSPOSE ("ConvTranspose2d", 2);
const SnnOp snn_op_conv_transpose3d = CONV_TRANSPOSE ("ConvTranspose3d", 3);
