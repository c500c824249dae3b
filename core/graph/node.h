/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "shape.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* What a node does: opaque here, a struct of functions and data inside of the
 * library (op.h). Each is defined in the file of its name in ops/; ops/ops.h
 * finds one by its name. */
typedef struct _SnnOp SnnOp;

#ifndef __GI_SCANNER__

extern const SnnOp snn_op_input;
extern const SnnOp snn_op_output;
extern const SnnOp snn_op_conv2d;
extern const SnnOp snn_op_conv3d;
extern const SnnOp snn_op_conv_transpose2d;
extern const SnnOp snn_op_conv_transpose3d;
extern const SnnOp snn_op_linear;
extern const SnnOp snn_op_avg_pool2d;
extern const SnnOp snn_op_avg_pool3d;
extern const SnnOp snn_op_sum_pool2d;
extern const SnnOp snn_op_sum_pool3d;
extern const SnnOp snn_op_scale;        /* of files, read as another */
extern const SnnOp snn_op_flatten;      /* channel-major, as PyTorch and NIR */
extern const SnnOp snn_op_relu;
extern const SnnOp snn_op_if;
extern const SnnOp snn_op_lif;
extern const SnnOp snn_op_signed_if;

#endif

/* No parameter has more dimensions. */
#define SNN_MAX_DIMS 5

/**
 * SnnParameter:
 * @name: as in ops/, such as "weight"; static
 * @rank, @dims: of @values, the slowest first
 * @n: number of values
 * @values: owned by the node
 * @trained: whether training changes them
 * @offset: if so, of the first among all trained values of the network, in the
 *   order of nodes and parameters: their place in gradients and moments
 */
typedef struct
{
  const gchar *name;
  guint rank;
  gsize dims[SNN_MAX_DIMS];
  gsize n;
  float *values;
  gboolean trained;
  gsize offset;
} SnnParameter;

/**
 * SnnNode:
 * @name: unique in its network, without '/'
 * @op: what it does
 * @in: shape of the (summed) input
 * @out: shape of the output
 * @kernel: side of the square or cubic kernel (convolutions, pooling)
 * @stride: of convolutions and pooling
 * @padding: zeros on each side (Conv2d, Conv3d)
 * @bias: whether a layer with weights has a parameter "bias", a constant of each
 *   output channel, which a spiking network adds in every timestep
 * @resets: whether neurons that spike are set to the value of a parameter "reset";
 *   otherwise their threshold is subtracted
 * @inputs: indices of the nodes it receives from, all smaller than its own
 * @parameters: @n_parameters of them, in the order in which its operator lists
 *   them
 * @weight, @n_weights: values of the parameter "weight", %NULL and 0 where there
 *   is none. Conv2d and ConvTranspose2d: [kernel][kernel][in][out] channels, those
 *   of volumes with a kernel more; Linear: [in][out]. snn_weights_to_torch()
 *   converts.
 * @threshold: values of the parameter "threshold" of neurons: v, one for each
 *   output channel; %NULL otherwise
 */
typedef struct
{
  gchar *name;
  const SnnOp *op;
  SnnShape in;
  SnnShape out;
  guint kernel;
  guint stride;
  guint padding;
  gboolean bias;
  gboolean resets;
  guint n_inputs;
  guint *inputs;
  guint n_parameters;
  SnnParameter *parameters;

  /* Into @parameters: what everybody asks for. */
  gsize n_weights;
  float *weight;
  float *threshold;
} SnnNode;

#ifndef __GI_SCANNER__ /* nodes belong to networks */

/* snn_node_new: a node of @like's name, operator, attributes and output
 * channels (or the whole output shape, where it receives nothing), without
 * inputs and parameters. snn_node_free: %NULL is fine. */
SnnNode *snn_node_new (const SnnNode * like);
SnnNode *snn_node_copy (const SnnNode * node);
void snn_node_free (SnnNode * node);

#endif

/**
 * snn_node_parameter:
 *
 * Returns: (transfer none) (nullable): the parameter of this name
 */
SnnParameter *snn_node_parameter (const SnnNode * node, const gchar * name);

/* snn_node_type_name: the type's name in NIR. */
const gchar *snn_node_type_name (const SnnNode * node);

/* snn_node_has_weights: whether it multiplies what it receives by weights. */
gboolean snn_node_has_weights (const SnnNode * node);

/* snn_node_is_activation: ReLU or neurons; snn_node_is_neuron: only the
 * latter. */
gboolean snn_node_is_activation (const SnnNode * node);
gboolean snn_node_is_neuron (const SnnNode * node);

/* snn_node_set_op: makes @node one of another operator of the same shapes, with
 * that one's parameters at their initial values. */
void snn_node_set_op (SnnNode * node, const SnnOp * op);

#ifndef __GI_SCANNER__ /* arrays of an unsaid length */

/* Between our weight order and PyTorch's, which is also NIR's:
 * Conv2d [out][in][kernel][kernel], ConvTranspose2d [in][out][kernel][kernel],
 * those of volumes with a kernel more, Linear [out][in]. @out holds
 * node->n_weights values. */
void snn_weights_to_torch (const SnnNode * node, const float *weight,
    float *out);
void snn_weights_from_torch (const SnnNode * node, const float *torch,
    float *out);

#endif

SNN_END_DECLS
