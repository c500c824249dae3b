/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

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
  SnnEngine *engine;            /* for predictions; made on demand */

  gchar *initial_weights;       /* digest; resuming starts from the same */

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

/* snn_trainer_weights_changed: call after writing the network's weights. */
void snn_trainer_weights_changed (SnnTrainer * trainer);

G_END_DECLS
