/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/training.h"

G_BEGIN_DECLS

/**
 * reference_gradient:
 * @weights: snn_network_n_weights() values in place of the network's, in the
 *   order of its nodes
 * @n, @samples: a minibatch of SNN_VALUE_FLOAT32 inputs
 * @logits: (nullable): @n buffers of the output's shape
 * @gradient: (nullable): snn_network_n_weights() values
 *
 * Loss and gradient of a network of either kind in double precision, by the
 * formulas as they stand in Yue et al. 2023 and nothing else: every timestep
 * of every node is kept, and nothing is shared with core/. Slow; for tiny
 * networks. There is no dropout.
 *
 * Returns: the loss
 */
double reference_gradient (const SnnNetwork * network, const double *weights,
    const SnnTrainingSettings * settings, guint n, const SnnSample * samples,
    double *const *logits, double *gradient);

G_END_DECLS
