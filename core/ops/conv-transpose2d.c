/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include "bytes.h"
#include "weights.h"
#include "window.h"

/* ConvTranspose2d whose kernels do not overlap: the up-convolution of the U-Net.
 * It is a product for each of its taps. */

static gboolean
infer_shape (SnnNode *node)
{
  const SnnShape in = node->in;
  const guint k = node->kernel;

  if (node->out.channels == 0 || k == 0 || node->stride != k
      || node->padding != 0 || in.height > G_MAXINT32 / k
      || in.width > G_MAXINT32 / k)
    return FALSE;
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

static const SnnParameterSpec parameters[] = {
  {
    .name = "weight",
    .dims = snn_convolution_dims,
    .trained = TRUE,
    .torch_index = torch_index,
  },
  SNN_BIAS_SPEC,
};

/* What PyTorch counts: its out channels, though each output sees every in
 * channel once. */
static double
fan_in (const SnnNode *node)
{
  return (double) node->kernel * node->kernel * node->out.channels;
}

static guint64
fan_out (const SnnNode *node, guint y, guint x)
{
  return (guint64) node->kernel * node->kernel * node->out.channels;
}

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  return snn_convolution_read (fields, node, 0);
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_convolution_write (fields, node, (const gsize[4]) {
        node->in.channels, node->out.channels, node->kernel, node->kernel });
}

static guint
n_products (const SnnNode *node)
{
  return node->kernel * node->kernel;
}

static gboolean
takes_spikes (const SnnNode *node)
{
  return TRUE;
}

/* y[k p + tap] (+)= x[p] w[tap], kernel and stride k */
static void
forward (const SnnLayer *l)
{
  const SnnNode *node = l->node;
  const gsize here = 0;
  gsize size = snn_kernels_packed_size (l->kernels, node->in.channels,
      node->out.channels);

  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint tap = 0; tap < node->kernel * node->kernel; tap++)
      l->kernels->product (&(SnnProduct) {
            .rows = node->in.height,
            .pixels = node->in.width,
            .x = snn_layer_x (l, f),
            .x_row = l->in->row,
            .x_pixel = node->in.channels,
            .y = snn_layer_y (l, f) + l->packed->output_taps[tap],
            .y_row = node->kernel * l->out->row,
            .y_pixel = (gsize) node->kernel * node->out.channels,
            .n_taps = 1,
            .taps = &here,
            .in = node->in.channels,
            .out = node->out.channels,
            .w = l->packed->forward + tap * size,
            .accumulate = l->step->accumulate });
  snn_weights_add_bias (l, 0, node->out.channels);
}

/* dx[p] (+)= sum over taps of dy[k p + tap] w[tap]^T;
 * dw[tap] += sum over p of x[p]^T dy[k p + tap] */
static void
backward (const SnnLayer *l)
{
  const SnnNode *node = l->node;
  const gsize here = 0;

  for (guint f = 0; f < l->run->n_frames; f++) {
    const float *dy = snn_layer_dy (l, f);

    gboolean done = snn_weights_add_spikes (l, f, node->kernel);

    for (guint tap = 0; !done && tap < node->kernel * node->kernel; tap++)
      l->kernels->outer (&(SnnOuter) {
            .rows = node->in.height,
            .pixels = node->in.width,
            .x = snn_layer_x (l, f),
            .x_row = l->in->row,
            .x_pixel = node->in.channels,
            .dy = dy + l->packed->output_taps[tap],
            .y_row = node->kernel * l->out->row,
            .y_pixel = (gsize) node->kernel * node->out.channels,
            .n_taps = 1,
            .taps = &here,
            .in = node->in.channels,
            .out = node->out.channels,
            .dw = snn_layer_dw (l, SNN_WEIGHT)
                + (gsize) tap * node->in.channels * node->out.channels });
    if (!snn_layer_wants_dx (l))
      continue;
    l->kernels->product (&(SnnProduct) {
          .rows = node->in.height,
          .pixels = node->in.width,
          .x = dy,
          .x_row = node->kernel * l->out->row,
          .x_pixel = (gsize) node->kernel * node->out.channels,
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

/* Neighbours have other weights each, and read the same pixel. */
static void
branch (const SnnNode *node, SnnSpikingBranch *to)
{
  to->n_phases = node->kernel * node->kernel;
  to->period = node->kernel;
}

static void
branch_row (const SnnSpikingBranch *branch, const SnnByteFrame *frame,
    guint period, guint y, guint phase, SnnBranchRow *row)
{
  const guint k = branch->node->kernel;
  const gsize channels = frame->shape.channels;

  row->at = frame->first + y / k * frame->row + phase / k * channels;
  row->pixel = period / k * channels;
  row->phase = y % k * k + phase % k;
}

const SnnOp snn_op_conv_transpose2d = {
  .name = "ConvTranspose2d",
  .role = SNN_ROLE_WEIGHTS,
  .infer_shape = infer_shape,
  .n_parameters = G_N_ELEMENTS (parameters),
  .parameters = parameters,
  .fan_in = fan_in,
  .fan_out = fan_out,
  .scale = snn_weights_scale,
  .wants_frames = TRUE,
  .axes = SNN_AXES_FRAME,
  .read = read_fields,
  .read_values = snn_weights_read_values,
  .write = write_fields,
  .n_products = n_products,
  .takes_spikes = takes_spikes,
  .forward = forward,
  .backward = backward,
  .branch = branch,
  .branch_row = branch_row,
};
