/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/op.h"
#include "../hdf5/node-fields.h"
#include "layers.h"

G_BEGIN_DECLS

/* What operators with weights have in common. Their parameters are these two, in
 * this order. */
enum
{
  SNN_WEIGHT,
  SNN_BIAS,
};

/* The row of a table of parameters; there are no values where a node has no
 * bias. */
#define SNN_BIAS_SPEC { \
  .name = "bias", \
  .dims = snn_weights_bias_dims, \
  .trained = TRUE, \
}
guint snn_weights_bias_dims (const SnnNode * node, gsize dims[SNN_MAX_DIMS]);

/* snn_weights_bias: (nullable): one value an output channel. */
const float *snn_weights_bias (const SnnNode * node);

/* snn_weights_torch_index: of SnnParameterSpec, where PyTorch has [out][in][...],
 * as Conv2d and Linear. */
gsize snn_weights_torch_index (const SnnNode * node, gsize w);

/* snn_weights_n_inputs: of SnnParameterSpec, where a neuron sums all its inputs. */
gsize snn_weights_n_inputs (const SnnNode * node);

/* snn_weights_scale: of SnnOp; weights are [...][in][out]. */
void snn_weights_scale (SnnNode * node, const float *in, const float *out);

/* snn_weights_add_bias: y += b, for the channels [@first, @first + @n) of all
 * frames; snn_weights_bias_backward: db += sum over frames and pixels of dy.
 * Both do nothing where there is no bias. */
void snn_weights_add_bias (const SnnLayer * layer, guint first, guint n);
void snn_weights_bias_backward (const SnnLayer * layer);

/* snn_weights_read_shape: sets the number of outputs, and the kernel where the
 * operator has one, out of the shape of the weights in PyTorch's order. Axis
 * @in (0 or 1) must match the input: only then does the file bound what is
 * allocated. */
gboolean snn_weights_read_shape (SnnNodeFields * fields, SnnNode * node,
    guint in);

/* snn_weights_add_spikes: of frame @frame,
 * dw[tap] += sum over p of x[p]^T dy[@scale p + spike_taps[tap]], from bytes,
 * where there are some, and TRUE. */
gboolean snn_weights_add_spikes (const SnnLayer * layer, guint frame,
    guint scale);

/* snn_weights_read_bias: whether the node has one; zeros are one only where the file
 * says so, as files of NIR hold them where there is none. snn_weights_read_values:
 * weights and bias. */
gboolean snn_weights_read_bias (SnnNodeFields * fields, SnnNode * node);
gboolean snn_weights_read_bias_values (SnnNodeFields * fields, SnnNode * node);
gboolean snn_weights_read_values (SnnNodeFields * fields, SnnNode * node);
void snn_weights_write_bias (SnnNodeFields * fields, const SnnNode * node);

/* snn_convolution_dims: of SnnParameterSpec, for convolutions: [y][x][in][out],
 * behind a [z] in volumes. */
guint snn_convolution_dims (const SnnNode * node, gsize dims[SNN_MAX_DIMS]);

/* Fields of convolutions. snn_convolution_read: of SnnOp, those of a transposed one,
 * without groups or dilation;
 * snn_convolution_check_input: whether the node receives the extent that it says;
 * snn_convolution_write: @first and @second are the weights' first dimensions, in
 * PyTorch's order. */
gboolean snn_convolution_read (SnnNodeFields * fields, SnnNode * node);
gboolean snn_convolution_check_input (SnnNodeFields * fields,
    const SnnNode * node);
void snn_convolution_write (SnnNodeFields * fields, const SnnNode * node,
    guint first, guint second);

G_END_DECLS
