/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../run/engine.h"
#include "fptt.h"
#include "minibatch.h"
#include "optimizer.h"
#include "trainer.h"

G_BEGIN_DECLS

/* The trainer's state, for trainer.c and checkpoint.c. */

struct _SnnTrainer
{
  SnnTrainingSettings settings;
  SnnNetwork *network;
  SnnMinibatch batch;
  SnnAdam adam;
  SnnScheduleState schedule;
  float *average;               /* of the weights, in node order, or NULL */
  SnnNetwork *result;           /* with averaged weights, or the network */
  SnnEngine *engine;            /* of the result; made on demand */
  gboolean stale;               /* result and engine have older weights */

  /* Where a minibatch takes an update a timestep; NULL elsewhere. */
  SnnFptt fptt;
  float *weights;               /* in node order */
  float *kept;                  /* weights, moments and average to go back to */

  gchar *dataset;               /* name=value lines, or NULL */
  gchar *initial_weights;       /* digest; resuming starts from the same */

  guint draw;                   /* of the weights: restarts so far */
  guint n_lost;                 /* updates in a row that were lost */
  double best;                  /* held-out Dice, 0 at epoch 0: none */
  guint best_epoch;
  guint evaluated;              /* epochs that were done at the last evaluation */

  /* The epoch so far. */
  guint epoch;
  guint n_batches;
  guint n_samples;
  double learning_rate;         /* of the last update */
  double loss;
  guint64 *spikes;
  guint64 n_sample_steps;       /* timesteps summed over samples */
  double *rates;
};

/* snn_trainer_set_draw: notes that weights are of this draw, which has a warm-up of
 * its own. */
void snn_trainer_set_draw (SnnTrainer * trainer, guint draw);

/* snn_trainer_weights_changed: call after writing the network's weights. */
void snn_trainer_weights_changed (SnnTrainer * trainer);

G_END_DECLS
