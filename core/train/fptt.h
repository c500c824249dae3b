/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SnnFptt:
 * @alpha: strength of the regularisation, above 0
 * @mean: running mean W' of the weights, @n values
 * @last: gradient of the last timestep's loss
 *
 * What the weights are held to while the timesteps of a minibatch pass, each with an
 * update of its own: forward propagation through time (Kag and Saligrama 2021,
 * "Training recurrent neural networks via forward propagation through time", ICML,
 * algorithm 1). At timestep t the loss l_t of the prediction so far becomes
 *
 *   l_t (W) + alpha / 2 |W - W'_t - g_{t-1} / (2 alpha)|^2
 *
 * and after the update W'_{t+1} = (W'_t + W_{t+1}) / 2 - g_t / (2 alpha). They have
 * g_t at W_{t+1}, which another pass would be needed for; here it is that at W_t. And
 * W' begins at W with each minibatch, where they carry it on: so weights and Adam's
 * moments are all that a run has to be gone on with. Private to core/train.
 */
typedef struct
{
  double alpha;
  gsize n;
  float *mean;
  float *last;
} SnnFptt;

void snn_fptt_init (SnnFptt * fptt, double alpha, gsize n);
void snn_fptt_clear (SnnFptt * fptt);

/* snn_fptt_begin: of a minibatch, at its first weights. */
void snn_fptt_begin (SnnFptt * fptt, const float *weights);

/* snn_fptt_regularise: from the gradient of l_t at @weights to that of the
 * regularised loss. */
void snn_fptt_regularise (SnnFptt * fptt, const float *weights,
    float *gradient);

/* snn_fptt_follow: @weights are those after the update. */
void snn_fptt_follow (SnnFptt * fptt, const float *weights);

G_END_DECLS
