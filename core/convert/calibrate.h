/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sensitivity.h"

G_BEGIN_DECLS

/**
 * snn_calibrate_weights:
 * @ann: with its samples
 * @network: the spiking network, whose layers stand in @scales (of each node)
 * @n: samples
 * @progress: (nullable): called after each layer; the total grows with each trial
 * @remarks: (nullable): a remark where weights are left as they were
 *
 * Layer after layer, all before it being done, the weights that make up for what the
 * rates of few timesteps lose: with x the mean inputs over settings->calibration_timesteps
 * of @network, z the ANN's sum and v its scale,
 *
 *   w += argmin over d of sum s (x d - (z / v - x w))^2 + ridge |d|^2
 *
 * over all samples and neurons (Li et al. 2021, "A free lunch from ANN", who calibrate
 * layers by gradient descent, without weights s). s is the neuron's sensitivity over
 * its layer's mean, at most 50, and 0.02 besides; a difference counts as 0 where both
 * sides are silent, or both at the full rate. The ridge is a hundredth of the mean of
 * sum s x^2 over the weights of an output channel.
 *
 * s is exact for small differences only. Where outputs end up further from the ANN's
 * than without, by snn_sensitivity_divergence() over all samples, all layers are done
 * anew with s of a tau twice, then 4 and 8 times as large, for which more differences
 * are small; where none of them helps, @network keeps its weights.
 *
 * Returns: FALSE with SNN_ERROR_CANCELLED, or SNN_ERROR_UNSUPPORTED where there is no
 * memory for what all samples feed into a layer
 */
gboolean snn_calibrate_weights (SnnConverter * ann,
    SnnSensitivity * sensitivity, SnnNetwork * network, float **scales,
    guint n, void (*progress) (gpointer data, guint done, guint total),
    gpointer data, GPtrArray * remarks, GError ** error);

G_END_DECLS
