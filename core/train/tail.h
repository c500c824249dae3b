/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pass.h"

G_BEGIN_DECLS

/* The Linear layers that a network ends with, and the activations between
 * them; private to core/train.
 *
 * Such a layer may have more weights than all others together, and reads them
 * all for every sample. So samples pass the steps before them, the trunk, one
 * by one, and here the whole minibatch is one matrix, of which each worker
 * makes some columns. */

/* snn_tail_find: sets passes->tail.first and passes->n_own. */
void snn_tail_find (SnnPasses * passes);
gboolean snn_tail_exists (const SnnPasses * passes);

/* snn_tail_prepare: for up to @n samples. */
void snn_tail_prepare (SnnPasses * passes, guint n);
void snn_tail_clear (SnnPasses * passes);

/* snn_tail_take: what a sample's forward pass through the trunk has left.
 * snn_tail_give: the gradient that its backward pass begins with. */
void snn_tail_take (SnnPasses * passes, guint item, const SnnRun * trunk);
void snn_tail_give (SnnPasses * passes, guint item, const SnnRun * trunk);

/* Of the first @n samples; backward adds to @weight_gradient of the weights
 * from n_own on. */
void snn_tail_forward (SnnPasses * passes, guint n);
void snn_tail_backward (SnnPasses * passes, float *weight_gradient);

G_END_DECLS
