/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/op.h"
#include "../hdf5/node-fields.h"
#include "layers.h"

G_BEGIN_DECLS

/* What operators with weights have in common; the first of their parameters is
 * "weight". */

/* snn_weights_scale: of SnnOp; weights are [...][in][out]. */
void snn_weights_scale (SnnNode * node, const float *in, const float *out);

/* snn_weights_read_shape: sets the number of outputs, and the kernel where the
 * weights have @rank 4, out of the shape of the weights in PyTorch's order. Axis
 * @in (0 or 1) must match the input: only then does the file bound what is
 * allocated. */
gboolean snn_weights_read_shape (SnnNodeFields * fields, SnnNode * node,
    guint rank, guint in);

/* snn_weights_add_spikes: of frame @frame,
 * dw[tap] += sum over p of x[p]^T dy[@scale p + spike_taps[tap]], from bytes,
 * where there are some, and TRUE. */
gboolean snn_weights_add_spikes (const SnnLayer * layer, guint frame,
    guint scale);

/* Fields of Conv2d and ConvTranspose2d. */
gboolean snn_convolution_read (SnnNodeFields * fields, SnnNode * node,
    guint in);
void snn_convolution_write (SnnNodeFields * fields, const SnnNode * node,
    const gsize weight_dims[4]);

G_END_DECLS
