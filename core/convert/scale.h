/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"

G_BEGIN_DECLS

/* Scales of what nodes put out, one a channel, and weights that go with them.
 * @scales has a place for each node; those of activations are given, others
 * follow by the operators' rules and are left there for the caller to free. */

/* snn_scale_check: a sum whose branches all have weights can take each at its
 * own scale. FALSE with SNN_ERROR_UNSUPPORTED. */
gboolean snn_scale_check (const SnnNetwork * network, GError ** error);

/* snn_scale_weights: w' = w scale(in) / scale(out), for each branch by its own
 * factors: then every layer's rate is its activation over its scale. */
void snn_scale_weights (SnnNetwork * network, float **scales);

/* snn_scale_readers: what node @index passes on stands for @gains as much in
 * each channel. */
void snn_scale_readers (SnnNetwork * network, guint index,
    const float *gains);

G_END_DECLS
