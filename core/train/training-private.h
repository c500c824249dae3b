/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "loss.h"
#include "optimizer.h"
#include "../run/spiking.h"
#include "training.h"
#include "../run/workspace.h"

G_BEGIN_DECLS

/* The trainer's state, for training.c and training-checkpoint.c. */

/* A worker's memory. */
typedef struct
{
  float **values;               /* tile frames; unused by an ANN */
  float **gradients;
  float **surrogates;
  float **membranes;
  float *checkpoints;           /* membranes at each tile's start */
  float **carries;
  float **dropout;

  /* Of the integer forward pass; tile t is number t % n_kept of the first
   * two. */
  SnnSpikingMemory **spikes;
  float ***distances;
  SnnSpikeFrames *spike_frames;
  guint8 **keep;
} SnnTrainerWorker;

/* What is kept of a sample from its forward to its backward pass. */
typedef struct
{
  float **values;               /* ANN: one frame of each buffer */
  float *checkpoints;           /* spiking: the worker's, where it could not
                                 * keep them itself */
  float **rates;                /* in their place for the rate gradient */
  double *potential;            /* of the integer forward pass */
  float *logits;
  float *gradient;              /* dL/dlogit */
  guint64 *spikes;
  SnnLossSums sums;
} SnnTrace;

/* The steps that samples pass together: see training-tail.c. */
typedef struct
{
  guint first;                  /* as many as the plan has: there are none */
  SnnRun run;                   /* a frame for each sample */
} SnnTail;

struct _SnnTrainer
{
  SnnTrainingSettings settings;
  SnnNetwork *network;
  SnnPlan *plan;
  SnnPacked *packed;
  SnnSpiking *spiking;          /* NULL where only floats will do */
  SnnPool *pool;
  SnnEngine *engine;            /* for predictions; made on demand */

  SnnAdam adam;
  SnnPlateau plateau;
  float *gradient;              /* of a minibatch */

  guint tile;
  guint n_kept;                 /* tiles that a worker has room for */
  gsize n_neurons;
  SnnTrainerWorker *workers;
  guint n_traces;
  guint n_timesteps;            /* that the traces have room for */
  SnnTrace *traces;
  SnnTail tail;
  gsize n_own;                  /* weights whose gradients are made by sample */
  guint wave;                   /* samples whose gradients wait */
  float **wave_gradients;

  /* The step being worked on. */
  guint n;
  guint first;                  /* sample of the wave's first item */
  const SnnSample *samples;
  const gint *cancel;
  SnnLossSums total;

  gchar *initial_weights;       /* digest; resuming starts from the same */

  /* The epoch so far. */
  guint epoch;
  guint n_batches;
  guint n_samples;
  double loss;
  guint64 *spikes;
  guint64 n_sample_steps;       /* timesteps summed over samples */
  double *rates;
};

/* snn_trainer_by_rates: whether gradients are those of rates. */
gboolean snn_trainer_by_rates (const SnnTrainer * trainer);

/* snn_trainer_n_tiles: that @timesteps take. */
guint snn_trainer_n_tiles (const SnnTrainer * trainer, guint timesteps);

void snn_trainer_worker_init_spiking (const SnnTrainer * trainer,
    SnnTrainerWorker * worker);

/* The Linear layers at the end. Prepare and clear with the traces, for up to @n
 * samples. */
void snn_tail_init (SnnTrainer * trainer);
gboolean snn_tail_exists (const SnnTrainer * trainer);
void snn_tail_prepare (SnnTrainer * trainer, guint n);
void snn_tail_clear (SnnTrainer * trainer);

/* snn_tail_take: what a sample's forward pass through the trunk has left.
 * snn_tail_give: the gradient that its backward pass begins with. */
void snn_tail_take (SnnTrainer * trainer, guint sample, const SnnRun * trunk);
void snn_tail_give (SnnTrainer * trainer, guint sample, const SnnRun * trunk);

/* Of the minibatch; backward adds to the gradients of the weights from n_own
 * on. */
void snn_tail_forward (SnnTrainer * trainer);
void snn_tail_backward (SnnTrainer * trainer);

/* snn_trainer_logit_factor: from the output's summed potential to a logit. */
float snn_trainer_logit_factor (const SnnTrainer * trainer,
    const SnnInput * input);

/* snn_trainer_rate_factor: the same for the potential of mean rates. */
float snn_trainer_rate_factor (const SnnTrainer * trainer,
    const SnnInput * input);

/* snn_trainer_backward_trunk: from the gradients of the tail, or of the output,
 * where a logit is @factor times every frame's sum. */
void snn_trainer_backward_trunk (SnnTrainer * trainer, SnnRun * run,
    const SnnTrace * trace, float factor);

/* A spiking sample's passes. @run is the worker's. Forward leaves in @trace the
 * logits, counts of spikes, and what backward needs. */
void snn_trainer_forward_spiking (SnnTrainer * trainer, SnnRun * run,
    SnnTrainerWorker * worker, const SnnInput * input, SnnTrace * trace);
void snn_trainer_backward_spiking (SnnTrainer * trainer, SnnRun * run,
    SnnTrainerWorker * worker, const SnnInput * input, SnnTrace * trace);

/* snn_rates_add: adds the spikes of all frames of @run. */
void snn_rates_add (const SnnRun * run, float **rates);

/* snn_rates_forward: through the first @n_steps of a sample whose neurons had
 * these mean @rates. @run has room for two frames of values and one of
 * surrogates. */
void snn_rates_forward (SnnRun * run, const SnnInput * input, float **rates,
    guint n_steps);

/* snn_trainer_weights_changed: call after writing the network's weights. */
void snn_trainer_weights_changed (SnnTrainer * trainer);

G_END_DECLS
