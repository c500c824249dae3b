/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../run/engine.h"

G_BEGIN_DECLS

/* Training of either kind of network: stage 1 (ANN) and stage 3 (spiking, by
 * backpropagation through time) of Yue et al. 2023. */

typedef enum
{
  SNN_LOSS_BCE,                 /* mean binary cross-entropy, eq. 6 */
  SNN_LOSS_DICE,                /* 1 - (2 sum sr + e) / (sum s + sum r + e), e = 1e-5, over the batch; eq. 7 */
  SNN_LOSS_BCE_DICE,            /* 0.3 BCE + 0.7 Dice */
  SNN_LOSS_CROSS_ENTROPY,       /* softmax over channels, classification */
} SnnLoss;

/* The surrogate for ds/du, of height alpha at u = v. */
typedef enum
{
  SNN_SURROGATE_RELATIVE,       /* alpha / v max(0, 1 - |u/v - 1|), Rathi et al. */
  SNN_SURROGATE_ABSOLUTE,       /* alpha max(0, 1 - |u - v|), Yue et al. eq. 5 */
} SnnSurrogate;

/* How a spiking network's gradient is made; see docs/gradients.md. */
typedef enum
{
  SNN_GRADIENT_BPTT,            /* backpropagation through all timesteps */
  SNN_GRADIENT_RATE,            /* one backward pass of time-averaged rates */
} SnnGradient;

/**
 * SnnTrainingSettings:
 * @threads: 0: one a processor; does not change the result
 * @dropout: probability that an activation is dropped for a whole sample; the
 *   others are scaled by 1 / (1 - dropout)
 * @patience, @factor, @min_rate: plateau schedule: the rate is multiplied by
 *   @factor after more than @patience epochs without a training loss below
 *   0.9999 of the best one (PyTorch's ReduceLROnPlateau defaults)
 * @decay: multiplies the rate after every epoch (PyTorch's ExponentialLR); 1: it
 *   stays
 * @seed: of dropout
 * @gradient: spiking networks only
 * @surrogate, @alpha: of %SNN_GRADIENT_BPTT only
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
  guint patience;
  double factor;
  double min_rate;
  double decay;
  guint64 seed;
  guint threads;
  SnnGradient gradient;
  SnnSurrogate surrogate;
  double alpha;
  double logit_gain;
  gsize kept_bytes;
  guint batch_size;
} SnnTrainingSettings;

/* The paper's: Dice, 1e-3, no dropout, patience 3, factor 0.1, alpha 0.3; a GiB
 * of kept blocks. */
void snn_training_settings_init (SnnTrainingSettings * settings);

/**
 * SnnSample:
 * @input: a whole sample, all its timesteps
 * @target: mask of the output's shape, 0 or 1; with cross-entropy one byte,
 *   the class
 * @id, @epoch: of the dropout draw
 */
typedef struct
{
  SnnInput input;
  const guint8 *target;
  guint32 id;
  guint32 epoch;
} SnnSample;

typedef struct _SnnTrainer SnnTrainer;

/* snn_trainer_new: keeps a reference to @network and writes its weights. */
SnnTrainer *snn_trainer_new (SnnNetwork * network,
    const SnnTrainingSettings * settings);
void snn_trainer_free (SnnTrainer * trainer);
SnnNetwork *snn_trainer_network (SnnTrainer * trainer);

/**
 * snn_trainer_step:
 * @cancel: (nullable): polled between samples; when it becomes non-zero the
 *   step is given up and nothing has changed (SNN_ERROR_CANCELLED)
 * @logits: (nullable): @n buffers that receive the predictions made on the way
 * @loss: (out): of this batch
 *
 * One minibatch: forward, loss, backward, Adam.
 *
 * Returns: FALSE with SNN_ERROR_NUMERIC when the loss or a gradient is not
 * finite (the weights are left as they were), or SNN_ERROR_CANCELLED
 */
gboolean snn_trainer_step (SnnTrainer * trainer, guint n,
    const SnnSample * samples, float *const *logits, const gint * cancel,
    double *loss, GError ** error);

/**
 * snn_trainer_predict: as snn_engine_run() from fresh states with the current
 * weights and no dropout; for evaluation samples within the stream.
 */
gboolean snn_trainer_predict (SnnTrainer * trainer, guint n,
    const SnnInput * inputs, float *const *logits, const gint * cancel,
    GError ** error);

/**
 * SnnEpoch:
 * @epoch: from 0
 * @loss: mean of the batches' losses, weighted by their samples
 * @learning_rate: that was in force
 * @rates: firing rate per IF node in graph order, spikes a neuron a timestep;
 *   n_rates of them (0 for an ANN), owned by the trainer until its next call
 */
typedef struct
{
  guint epoch;
  guint n_batches;
  guint n_samples;
  double loss;
  double learning_rate;
  guint n_rates;
  const double *rates;
} SnnEpoch;

/* snn_trainer_end_epoch: closes an epoch and moves the schedule on. */
void snn_trainer_end_epoch (SnnTrainer * trainer, SnnEpoch * report);

/* snn_trainer_epoch: epochs completed so far. */
guint snn_trainer_epoch (const SnnTrainer * trainer);

/* Checkpoints between epochs: a resumed run, of the same initial weights, ends
 * with the same bits.
 * snn_trainer_restore() returns FALSE with SNN_ERROR_NOT_FOUND where there is
 * no file, SNN_ERROR_MISMATCH when network or settings differ (by name). */
gboolean snn_trainer_save (SnnTrainer * trainer, const gchar * path,
    GError ** error);
gboolean snn_trainer_restore (SnnTrainer * trainer, const gchar * path,
    GError ** error);

/* For tests: loss and gradients of a batch without a weight update; gradients
 * in the order of the network's nodes, snn_network_n_weights() values. */
double snn_trainer_gradient (SnnTrainer * trainer, guint n,
    const SnnSample * samples, float *const *logits, float *gradient);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnTrainer, snn_trainer_free)

G_END_DECLS
