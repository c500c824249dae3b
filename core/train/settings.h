/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../ops/surrogate.h"
#include "initialisation.h"
#include "loss.h"
#include "schedule.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* How a spiking network's gradient is made; see docs/gradients.md. */
typedef enum
{
  SNN_GRADIENT_BPTT,            /* backpropagation through all timesteps */
  SNN_GRADIENT_RATE,            /* one backward pass of time-averaged rates */
  SNN_GRADIENT_QCFS,            /* one pass of quantised rates, both ways */
  SNN_GRADIENT_FPTT,            /* an update at each timestep, none through time */
} SnnGradient;

/* snn_gradient_name: (nullable): of @gradient, from 0 on. */
const SnnName *snn_gradient_name (guint gradient);

/**
 * SnnTrainingSettings:
 * @threads: 0: one a processor; does not change the result
 * @dropout: probability that an activation is dropped for a whole sample; the
 *   others are scaled by 1 / (1 - dropout)
 * @schedule: and @patience, @factor, @min_rate, @decay, @warmup: see
 *   #SnnScheduleState
 * @weight_decay: share of each weight that an update at learning rate 1 takes
 *   away, apart from the gradient (AdamW, Loshchilov and Hutter 2019); 0: none
 * @gradient_centralisation: whether a neuron's weights' gradients lose their mean,
 *   before they are clipped; see snn_gradient_centralise()
 * @gradient_clipping: a gradient whose norm, over all weights, is larger is
 *   made as large; 0: none
 * @weight_average: share of the averaged weights that stays at an update, of
 *   the exponential moving average that is then the trained network; 0: none.
 *   At update t it is at most (1 + t) / (10 + t), so that the first weights are
 *   soon forgotten
 * @initialisation, @seed: of the weights of a restart; @seed is that of dropout
 *   as well
 * @restarts: how many times a network that learns nothing any more may be drawn
 *   anew; see snn_trainer_is_lost()
 * @gradient: spiking networks only
 * @surrogate, @alpha: of %SNN_GRADIENT_BPTT and %SNN_GRADIENT_FPTT only
 * @levels: of %SNN_GRADIENT_QCFS only: rates are multiples of 1 / @levels; 0: of
 *   one over the sample's timesteps
 * @regularisation: of %SNN_GRADIENT_FPTT only: how strongly weights are held to
 *   their running mean, above 0; see #SnnFptt
 * @logit_gain: the readout is multiplied by this before the sigmoid of the
 *   loss (spiking networks only); 1 in the paper
 * @kept_bytes: of blocks of timesteps that all threads together may keep until
 *   the backward pass rather than make them again (spiking networks and losses
 *   that do not couple samples only); does not change the result
 * @batch_size: samples of a minibatch; only noted in checkpoints, as a run
 *   with another one would end with other bits
 */
typedef struct
{
  SnnLoss loss;
  double learning_rate;
  double dropout;
  SnnSchedule schedule;
  guint patience;
  double factor;
  double min_rate;
  double decay;
  guint warmup;
  double weight_decay;
  gboolean gradient_centralisation;
  double gradient_clipping;
  double weight_average;
  SnnInitialisation initialisation;
  guint restarts;
  guint64 seed;
  guint threads;
  SnnGradient gradient;
  SnnSurrogate surrogate;
  double alpha;
  guint levels;
  double regularisation;
  double logit_gain;
  gsize kept_bytes;
  guint batch_size;
} SnnTrainingSettings;

/* Dice, 1e-3, no dropout, a cosine, nothing that clips, decays or averages, He's
 * weights, alpha 0.3, regularisation 0.5; a GiB of kept blocks. The paper has a plateau, of patience
 * 3 and factor 0.1 as here. */
void snn_training_settings_init (SnnTrainingSettings * settings);

SNN_END_DECLS
