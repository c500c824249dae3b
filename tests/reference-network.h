/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/train/trainer.h>

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

/* reference_loss: of the logits of @n samples; @dlogits (nullable) receives its
 * derivatives by them. */
double reference_loss (const SnnNetwork * network,
    const SnnTrainingSettings * settings, guint n, double *const *logits,
    const SnnSample * samples, double *const *dlogits);

/**
 * ReferenceRates:
 *
 * The function that the rate gradient is the derivative of, at the network's
 * own weights: a network of mean values over time, in which a neuron of mean
 * current I0 and threshold v with these weights, and I with others, puts out
 * (I - I0) / v more than its mean number of spikes with the network's own, where
 * 0 < I0 < v, and no more than that elsewhere. The means are made once. With
 * %SNN_GRADIENT_QCFS they are not of spikes, but of quantised rates; with
 * %SNN_GRADIENT_FPTT not means, but the last timestep, before which all is as the
 * network's own weights made it, and a spike is a line of its surrogate's slope.
 */
typedef struct _ReferenceRates ReferenceRates;

/* reference_rates_new: arguments as above; they are kept, not copied. */
ReferenceRates *reference_rates_new (const SnnNetwork * network,
    const SnnTrainingSettings * settings, guint n, const SnnSample * samples);
void reference_rates_free (ReferenceRates * rates);

/* reference_rates_loss: with @weights near the network's own; @logits
 * (nullable): @n buffers of the output's shape. */
double reference_rates_loss (const ReferenceRates * rates,
    const double *weights, double *const *logits);

/* reference_n_trained: values of a node that training changes; they follow each
 * other in the order of the nodes and their parameters. */
gsize reference_n_trained (const SnnNode * node);

/* reference_weights: (transfer full): all of them. */
double *reference_weights (const SnnNetwork * network);

G_END_DECLS
