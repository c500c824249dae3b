/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sample.h"
#include "settings.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Training of either kind of network: stage 1 (ANN) and stage 3 (spiking, by
 * backpropagation through time) of Yue et al. 2023. */

typedef struct _SnnTrainer SnnTrainer;

/**
 * snn_trainer_new:
 * @network: a reference is kept, and its weights are written
 *
 * Returns: (transfer full): %NULL with SNN_ERROR_MISMATCH where the loss is not
 * for such a network
 */
SnnTrainer *snn_trainer_new (SnnNetwork * network,
    const SnnTrainingSettings * settings, GError ** error);
void snn_trainer_free (SnnTrainer * trainer);

/* snn_trainer_network: that is trained; snn_trainer_result: that is to be used,
 * which has averaged weights where settings say so. Both are the trainer's. */
SnnNetwork *snn_trainer_network (SnnTrainer * trainer);
SnnNetwork *snn_trainer_result (SnnTrainer * trainer);

/**
 * snn_trainer_step:
 * @cancel: (nullable): polled between samples; when it becomes non-zero the
 *   step is given up and nothing has changed (SNN_ERROR_CANCELLED)
 * @logits: (nullable): @n buffers that receive the predictions made on the way
 * @loss: (out): of this batch
 *
 * One minibatch: forward, loss, backward, Adam; with %SNN_GRADIENT_FPTT all of that
 * at each timestep, and @logits and @loss are those of the last.
 *
 * Returns: FALSE with SNN_ERROR_NUMERIC when the loss or a gradient is not
 * finite (the weights are left as they were), or SNN_ERROR_CANCELLED
 */
gboolean snn_trainer_step (SnnTrainer * trainer, guint n,
    const SnnSample * samples, float *const *logits, const gint * cancel,
    double *loss, GError ** error);

/**
 * snn_trainer_predict: as snn_engine_run() from fresh states with the weights of
 * the result and no dropout; for evaluation samples within the stream.
 */
gboolean snn_trainer_predict (SnnTrainer * trainer, guint n,
    const SnnInput * inputs, float *const *logits, const gint * cancel,
    GError ** error);

/* snn_trainer_is_lost: whether for 20 updates in a row no weight had a gradient, or by
 * Dice alone next to nothing was predicted where labels are: such a network learns
 * nothing any more. Minibatches without labels are not among them. */
gboolean snn_trainer_is_lost (const SnnTrainer * trainer);

/* snn_trainer_restart: draws other weights and forgets what the optimizer knows,
 * in the midst of an epoch or not; a cosine goes on where it is, and the learning
 * rate warms up again, twice as long as before (at least 60 updates). Returns: FALSE
 * where settings.restarts are used up, and nothing is changed */
gboolean snn_trainer_restart (SnnTrainer * trainer);

/* snn_trainer_draw: restarts so far. */
guint snn_trainer_draw (const SnnTrainer * trainer);

/* snn_trainer_warmup: updates over which the learning rate of this draw rises. */
guint64 snn_trainer_warmup (const SnnTrainer * trainer);

/* snn_trainer_end_evaluation: held-out samples have all passed; who goes on from a
 * checkpoint that is written now need not evaluate them again.
 * snn_trainer_is_evaluated: whether that was so of the result as it is now. */
void snn_trainer_end_evaluation (SnnTrainer * trainer);
gboolean snn_trainer_is_evaluated (const SnnTrainer * trainer);

/* snn_trainer_note_evaluation: @dice of held-out samples by the result as it is
 * now. Returns: whether it is the best so far, of interrupted runs too where a
 * checkpoint is written after it */
gboolean snn_trainer_note_evaluation (SnnTrainer * trainer, double dice);

/**
 * SnnEpoch:
 * @epoch: from 0
 * @loss: mean of the batches' losses, weighted by their samples
 * @learning_rate: that was in force, at the last update
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

/**
 * snn_trainer_begin_epoch:
 * @epochs: how many there will be; 0: not known
 * @n_samples: of this epoch; 0: not known
 *
 * Tells what the schedule wants to know. Without it, nothing is known. A run
 * that goes on from a checkpoint may have another number of epochs: a cosine is
 * then, from this epoch on, what it is in a run of that number.
 */
void snn_trainer_begin_epoch (SnnTrainer * trainer, guint epochs,
    guint n_samples);

/* snn_trainer_planned_epochs: what was told last, also before the checkpoint
 * that was restored; 0: nothing. */
guint snn_trainer_planned_epochs (const SnnTrainer * trainer);

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

/* snn_trainer_set_dataset: notes what it is trained on in checkpoints: @text
 * (nullable) has name=value lines, of any names. snn_trainer_dataset: the
 * restored checkpoint's, or what was set; %NULL: not known. */
void snn_trainer_set_dataset (SnnTrainer * trainer, const gchar * text);
const gchar *snn_trainer_dataset (const SnnTrainer * trainer);

/* snn_trainer_check_dataset: FALSE with SNN_ERROR_MISMATCH, which names the
 * first difference, where checkpoint @path was made on @found and not on
 * @expected. What is not known (%NULL) is no difference. */
gboolean snn_trainer_check_dataset (const gchar * path, const gchar * found,
    const gchar * expected, GError ** error);

/* snn_trainer_peek_epoch: how many epochs the checkpoint @path has done, and whether
 * what the last of them made has been evaluated.
 * Returns: FALSE with SNN_ERROR_NOT_FOUND, or where it is damaged */
gboolean snn_trainer_peek_epoch (const gchar * path, guint * epoch,
    gboolean * evaluated, GError ** error);

/* For tests: loss and gradients of a batch without a weight update, of its last
 * timestep where there would be one at each; gradients in the order of the network's
 * nodes, snn_network_n_weights() values. */
double snn_trainer_gradient (SnnTrainer * trainer, guint n,
    const SnnSample * samples, float *const *logits, float *gradient);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnTrainer, snn_trainer_free)

SNN_END_DECLS
