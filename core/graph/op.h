/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "node.h"

G_BEGIN_DECLS

/* What an operator is: private to core/, and all that there is to say about a
 * type of node. Each is one constant of this struct in a file of its own in
 * ops/, and ops/ops.c lists them. Who works on networks calls these functions
 * and never asks for the type; what a function gets is declared by the folders
 * in between (plan.h, hdf5/node-fields.h, ops/layers.h, ops/bytes.h). */

typedef struct _SnnFrame SnnFrame;
typedef struct _SnnLayer SnnLayer;
typedef struct _SnnRun SnnRun;
typedef struct _SnnStep SnnStep;
typedef struct _SnnNeuron SnnNeuron;
typedef struct _SnnNodeFields SnnNodeFields;
typedef struct _SnnByteFrame SnnByteFrame;
typedef struct _SnnBranchRow SnnBranchRow;
typedef struct _SnnSpikingBranch SnnSpikingBranch;
typedef struct _SnnSpikingRun SnnSpikingRun;
typedef struct _SnnSpikingStep SnnSpikingStep;

/**
 * SnnRole:
 * @SNN_ROLE_WEIGHTS: linear in its input, by weights: it may add to a sum, and
 *   conversion can scale it
 * @SNN_ROLE_PASS: linear in its input, without weights
 * @SNN_ROLE_ACTIVATION: value by value; it may work in place
 */
typedef enum
{
  SNN_ROLE_INPUT,
  SNN_ROLE_OUTPUT,
  SNN_ROLE_WEIGHTS,
  SNN_ROLE_PASS,
  SNN_ROLE_ACTIVATION,
} SnnRole;

/* Whether an output has the axes of a frame or one only, as NIR tells them
 * apart. */
typedef enum
{
  SNN_AXES_FRAME,
  SNN_AXES_VECTOR,
  SNN_AXES_SAME,                /* as what it receives */
} SnnAxes;

typedef gsize (*SnnTorchIndex) (const SnnNode * node, gsize i);

/**
 * SnnParameterSpec:
 * @dims: gives the dimensions of a node's values, returns their number
 * @initial: value before initialisation, training or conversion
 * @torch_index: (nullable): where value @i of ours, [taps][in][out], stands in
 *   PyTorch's order: a linear function of tap, input and output; %NULL: at the same
 *   place
 * @n_summed: (nullable): of weights, [...][summed][out]: how many of a neuron's inputs
 *   are summed together; %NULL: they are no weights
 */
typedef struct
{
  const gchar *name;
  guint (*dims) (const SnnNode * node, gsize dims[SNN_MAX_DIMS]);
  float initial;
  gboolean trained;
  SnnTorchIndex torch_index;
    gsize (*n_summed) (const SnnNode * node);
} SnnParameterSpec;

/**
 * SnnOp:
 * @name: of the type in NIR
 * @biased_name: (nullable): its name there with a bias, where that is another
 * @variant: (nullable): tells it from the operator that NIR knows by @name, in the
 *   field metadata/neuron
 * @infer_shape: sets out, of a node of known in and template; FALSE where such
 *   a node can't be
 * @expects: (nullable): what makes @infer_shape say so, in words
 * @fan_in: (nullable): inputs of a neuron, for initial weights, which are
 *   uniform in +-1/sqrt(fan in)
 * @fan_out: (nullable): how many outputs input value (@row, @x) of any channel
 *   reaches, rows being those of all slices; %NULL: it takes no operations
 * @only_adds: whether all of these are accumulates, whatever the value
 * @n_axes: of space that its input has: 2, slices, or 3, volumes; 0: it takes
 *   both
 * @spiking: (nullable): what takes its place in a spiking network
 * @neuron: (nullable): spiking activations
 *
 * Conversion, by a scale a channel:
 *
 * @scale: (SNN_ROLE_WEIGHTS): multiplies weights by @in[input channel] /
 *   @out[output channel], and a bias, whose input is always 1, by 1 /
 *   @out[output channel]
 * @pass_scales: (SNN_ROLE_PASS): the scales of its output, from those of its
 *   input
 *
 * Model files:
 *
 * @wants_frames: whether its input has the axes of a frame even where a frame
 *   is one pixel; @axes: of its output
 * @read: (nullable): of the fields, those that the template follows from
 * @read_values: (nullable): the others, once the node is made
 * @write: (nullable): all of them
 *
 * Floats:
 *
 * @borders: (nullable): the zeros that it needs around its input, forward, and
 *   around its output's gradient, backward
 * @n_products: (nullable): how many products of pixels and weights a pass
 *   consists of, each with weights of its own; %NULL: one
 * @backward_tap: (nullable): which tap stands in the @tap-th place of the
 *   backward weights; %NULL: the same
 * @spike_tap: (nullable): what is at @offset from the first tap, as the place
 *   of an output seen from an input's; @out is the output's frame
 * @takes_spikes: (nullable): whether the weights' gradient can be had from bytes
 * @forward, @backward: of all frames of a run. Backward goes from the gradient
 *   of the output to that of the input (not the network's own) and of the
 *   parameters.
 * @forward_columns, @backward_columns: (nullable): the same for @n outputs, or
 *   backward inputs, from @first on, where all frames are the rows of one
 *   matrix: it reads all its weights whenever it is called
 *
 * Bytes, the forward pass of spiking networks:
 *
 * @n_branches: (nullable): of how many branches it is the sum, each with as many
 *   of its weights, in order; %NULL: one
 * @branch: (SNN_ROLE_WEIGHTS): how a neuron reads its inputs
 * @branch_row: (SNN_ROLE_WEIGHTS): where neurons (@y, @phase + period i) do, @y
 *   being one of the rows of all slices
 * @byte_frame: (SNN_ROLE_PASS): from the frame of its input to that of its
 *   output; FALSE where bytes can't hold it
 * @forward_bytes: (SNN_ROLE_PASS): of a block
 */
struct _SnnOp
{
  const gchar *name;
  const gchar *biased_name;
  const gchar *variant;
  SnnRole role;
    gboolean (*infer_shape) (SnnNode * node);
  const gchar *expects;
  guint n_parameters;
  const SnnParameterSpec *parameters;
  double (*fan_in) (const SnnNode * node);
    guint64 (*fan_out) (const SnnNode * node, guint row, guint x);
  gboolean only_adds;
  guint n_axes;
  const SnnOp *spiking;
  const SnnNeuron *neuron;

  void (*scale) (SnnNode * node, const float *in, const float *out);
  void (*pass_scales) (const SnnNode * node, const float *in, float *out);

  gboolean wants_frames;
  SnnAxes axes;
    gboolean (*read) (SnnNodeFields * fields, SnnNode * node);
    gboolean (*read_values) (SnnNodeFields * fields, SnnNode * node);
  void (*write) (SnnNodeFields * fields, const SnnNode * node);

  void (*borders) (const SnnNode * node, guint * in, guint * out);
    guint (*n_products) (const SnnNode * node);
    gsize (*backward_tap) (const SnnNode * node, gsize tap);
    gssize (*spike_tap) (const SnnNode * node, const SnnFrame * out,
      gsize offset);
    gboolean (*takes_spikes) (const SnnNode * node);
  void (*forward) (const SnnLayer * layer);
  void (*backward) (const SnnLayer * layer);
  void (*forward_columns) (const SnnLayer * layer, guint first, guint n);
  void (*backward_columns) (const SnnLayer * layer, guint first, guint n);

    guint (*n_branches) (const SnnNode * node);
  void (*branch) (const SnnNode * node, SnnSpikingBranch * branch);
  void (*branch_row) (const SnnSpikingBranch * branch,
      const SnnByteFrame * frame, guint period, guint y, guint phase,
      SnnBranchRow * row);
    gboolean (*byte_frame) (const SnnNode * node, SnnByteFrame * frame);
  void (*forward_bytes) (const SnnSpikingRun * run,
      const SnnSpikingStep * step);
};

/* snn_op_find_variant: as snn_op_find(), of @variant (nullable); in ops/ops.c. */
const SnnOp *snn_op_find_variant (const gchar * name, const gchar * variant);

/* snn_weights_take_torch: as snn_weights_from_torch(), of a part: @torch has @n values
 * from value @first on, whole rows of PyTorch's first dimension. */
void snn_weights_take_torch (const SnnNode * node, gsize first, gsize n,
    const float *torch, float *out);

G_END_DECLS
