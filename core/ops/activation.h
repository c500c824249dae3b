/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/op.h"
#include "layers.h"

G_BEGIN_DECLS

/* What activations have in common: they work value by value, in place. */

/* snn_activation_infer_shape: of SnnOp; the output is shaped as the input. */
gboolean snn_activation_infer_shape (SnnNode * node);

/* snn_activation_drop: multiplies the values or gradients of a layer's output by
 * the run's dropout, one factor a neuron for all timesteps of a sample. */
void snn_activation_drop (const SnnLayer * layer, float *const *buffers);

G_END_DECLS
