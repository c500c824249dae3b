/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"
#include "../base/api.h"

G_BEGIN_DECLS

/**
 * snn_gradient_centralise:
 * @gradient: of all trained values of @network, at their offsets
 *
 * Takes from the gradient of each neuron's weights its mean over the inputs that the
 * neuron sums, Yong et al. 2020 (Gradient Centralization, ECCV, eq. 1):
 *
 *   dL/dw_i -= 1/n sum_j dL/dw_j
 *
 * Activations are positive, so that gradients of a neuron's weights have much in common,
 * and Adam moves all of a layer the same way: signals grow layer by layer, until a soft
 * Dice has no gradient any more. Biases stay as they are, and so does a neuron's only
 * weight, of which nothing would be left.
 */
void snn_gradient_centralise (const SnnNetwork * network, float *gradient);

G_END_DECLS
