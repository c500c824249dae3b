/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "measure.h"

G_BEGIN_DECLS

/* How much the output near its decision hangs on each activation of an ANN.
 *
 * An error of an activation matters as much as it moves the output where that is not
 * sure of itself: by its square times the diagonal of the Gauss-Newton matrix of the
 * output's cross-entropy, in which errors of networks have been weighted since LeCun et
 * al. 1990 ("Optimal brain damage") and layers are reconstructed by Li et al. 2021
 * ("BRECQ"). The diagonal is estimated by one backward pass of random signs (Hutchinson
 * 1990):
 *
 *   s = (d / da sum over outputs of e sqrt (p (1 - p)) y)^2,  p = sigmoid (y / tau)
 *
 * with e = 1 or -1, and of classes the factor of diag (p) - p p^T, p being their softmax.
 * tau is the mean distance of y from the decision, or of the first class from the
 * second, of whichever class has the least: an ANN is far surer than a spiking one of
 * few timesteps can be, and where it has p (1 - p) of its own nothing would matter. */

typedef struct _SnnSensitivity SnnSensitivity;

/* snn_sensitivity_new: of an ANN over the first @n of its samples; @ann is not
 * owned. */
SnnSensitivity *snn_sensitivity_new (SnnConverter * ann, guint n);
void snn_sensitivity_free (SnnSensitivity * sensitivity);

/* snn_sensitivity_buffers_new: an array for each layer and one for the output;
 * snn_sensitivity_size: so many values, [height][width][channels]. */
float **snn_sensitivity_buffers_new (const SnnSensitivity * sensitivity);
void snn_sensitivity_buffers_free (const SnnSensitivity * sensitivity,
    float **buffers);
gsize snn_sensitivity_size (const SnnSensitivity * sensitivity, guint layer);

/* snn_sensitivity_measure: in a sample, of all neurons of layers @first and up and of
 * the output, whose number is that of the layers: @potentials receive the inputs of
 * activations, y of the output (of all layers), and @weights s, and p (1 - p). For any
 * number of workers side by side, less than the converter's threads. */
void snn_sensitivity_measure (SnnSensitivity * sensitivity, guint sample,
    guint worker, guint first, float **potentials, float **weights);

/* snn_sensitivity_set_softness: from now on tau is @softness times what it has been
 * found to be, in all but snn_sensitivity_divergence(). */
void snn_sensitivity_set_softness (SnnSensitivity * sensitivity,
    double softness);

/* snn_sensitivity_divergence: of what the ANN says of a sample from what another
 * network does, whose output is @other, [height][width][channels]:
 *
 *   sum over positions of KL (softmax (y / tau) || softmax (other / tau))
 *
 * in nats, and of one channel with sigmoids. Neurons weighted by s are its expansion to
 * the second order. For any number of workers side by side. */
double snn_sensitivity_divergence (SnnSensitivity * sensitivity, guint sample,
    guint worker, const float *other);

/* snn_sensitivity_histograms: (transfer full): positive activations of each layer in
 * the bins of histogram.h, up to the largest that the converter has measured, each as
 * often as its weight says: [layer][group * bins + bin], with the groups of the
 * converter's measures. The same whatever the threads. */
double **snn_sensitivity_histograms (SnnSensitivity * sensitivity);

G_END_DECLS
