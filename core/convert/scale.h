/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"

G_BEGIN_DECLS

/* Scales of what nodes put out, one a channel, and weights that go with them.
 * @scales has a place for each node; those of activations are given, others
 * follow by the operators' rules and are left there for the caller to free. */

/* snn_scale_check_weights: whether all that neurons send passes weights, which can take
 * its scale, before it enters other neurons, a sum or the output: a sum whose branches
 * all have weights can take each at its own scale. FALSE with SNN_ERROR_UNSUPPORTED.
 * snn_scale_check: and whether layers with weights that lead to neurons lead to no
 * others, so that their weights have one scale. */
gboolean snn_scale_check_weights (const SnnNetwork * network, GError ** error);
gboolean snn_scale_check (const SnnNetwork * network, GError ** error);

/* snn_scale_weights: w' = w scale(in) / scale(out), for each branch by its own
 * factors: then every layer's rate is its activation over its scale. */
void snn_scale_weights (SnnNetwork * network, float **scales);

/* snn_scale_readers: what node @index passes on, neurons, stands for @gains as much in
 * each channel; the weights that read it, at once or behind pooling, take that up. */
void snn_scale_readers (SnnNetwork * network, guint index,
    const float *gains);

G_END_DECLS
