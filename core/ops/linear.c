/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include "bytes.h"
#include "weights.h"

/* Linear: of vectors, such as Flatten makes. */

static gboolean
infer_shape (SnnNode *node)
{
  node->out.height = node->out.width = 1;
  return node->out.channels > 0 && node->in.depth == 0
      && node->in.height == 1 && node->in.width == 1;
}

static guint
weight_dims (const SnnNode *node, gsize dims[SNN_MAX_DIMS])
{
  dims[0] = node->in.channels;
  dims[1] = node->out.channels;
  return 2;
}

static const SnnParameterSpec parameters[] = {
  {
    .name = "weight",
    .dims = weight_dims,
    .trained = TRUE,
    .torch_index = snn_weights_torch_index,
    .n_summed = snn_weights_n_inputs,
  },
  SNN_BIAS_SPEC,
};

static double
fan_in (const SnnNode *node)
{
  return node->in.channels;
}

static guint64
fan_out (const SnnNode *node, guint row, guint x)
{
  return node->out.channels;
}

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  return snn_weights_read_shape (fields, node, 1)
      && snn_weights_read_bias (fields, node);
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_fields_write_weights (fields, node, 2, (const gsize[2]) {
        node->out.channels, node->in.channels });
  if (node->bias)
    snn_weights_write_bias (fields, node);
}

/* y[f] (+)= x[f] w: frames are the rows of one matrix. Outputs from @first on
 * are whole panels. */
static void
forward_columns (const SnnLayer *l, guint first, guint n)
{
  const gsize here = 0;
  const gsize in = l->node->in.channels;

  l->kernels->product (&(SnnProduct) {
        .frames = 1,
        .rows = l->run->n_frames,
        .pixels = 1,
        .x = snn_layer_x (l, 0),
        .x_row = l->in->size,
        .x_pixel = l->in->size,
        .y = snn_layer_y (l, 0) + first,
        .y_row = l->out->size,
        .y_pixel = l->out->size,
        .n_taps = 1,
        .taps = &here,
        .in = in,
        .out = n,
        .w = l->packed->forward + in * first,
        .accumulate = l->step->accumulate });
  snn_weights_add_bias (l, first, n);
}

/* dw += sum over f of x[f]^T dy[f];
 * dx[f] (+)= dy[f] w^T, for inputs from @first on */
static void
backward_columns (const SnnLayer *l, guint first, guint n)
{
  const gsize here = 0;
  const gsize out = l->node->out.channels;

  l->kernels->outer (&(SnnOuter) {
        .rows = l->run->n_frames,
        .pixels = 1,
        .x = snn_layer_x (l, 0) + first,
        .x_row = l->in->size,
        .x_pixel = l->in->size,
        .dy = snn_layer_dy (l, 0),
        .y_row = l->out->size,
        .y_pixel = l->out->size,
        .n_taps = 1,
        .taps = &here,
        .in = n,
        .out = out,
        .dw = snn_layer_dw (l, SNN_WEIGHT) + first * out });
  if (first == 0)
    snn_weights_bias_backward (l);
  if (!snn_layer_wants_dx (l))
    return;
  l->kernels->product (&(SnnProduct) {
        .frames = 1,
        .rows = l->run->n_frames,
        .pixels = 1,
        .x = snn_layer_dy (l, 0),
        .x_row = l->out->size,
        .x_pixel = l->out->size,
        .y = snn_layer_dx (l, 0) + first,
        .y_row = l->in->size,
        .y_pixel = l->in->size,
        .n_taps = 1,
        .taps = &here,
        .in = out,
        .out = n,
        .w = l->packed->backward + out * first,
        .accumulate = l->step->accumulate_gradient });
}

static void
forward (const SnnLayer *l)
{
  forward_columns (l, 0, l->node->out.channels);
}

static void
backward (const SnnLayer *l)
{
  backward_columns (l, 0, l->node->in.channels);
}

/* Each neuron reads the whole input. */
static void
branch (const SnnNode *node, SnnSpikingBranch *to)
{
}

static void
branch_row (const SnnSpikingBranch *branch, const SnnByteFrame *frame,
    guint period, guint y, guint phase, SnnBranchRow *row)
{
}

const SnnOp snn_op_linear = {
  .name = "Linear",
  .biased_name = "Affine",
  .role = SNN_ROLE_WEIGHTS,
  .infer_shape = infer_shape,
  .expects = "a vector, such as Flatten makes",
  .n_parameters = G_N_ELEMENTS (parameters),
  .parameters = parameters,
  .fan_in = fan_in,
  .fan_out = fan_out,
  .scale = snn_weights_scale,
  .axes = SNN_AXES_VECTOR,
  .read = read_fields,
  .read_values = snn_weights_read_values,
  .write = write_fields,
  .forward = forward,
  .backward = backward,
  .forward_columns = forward_columns,
  .backward_columns = backward_columns,
  .branch = branch,
  .branch_row = branch_row,
};
