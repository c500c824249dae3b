/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "training-private.h"

#include <string.h>

/* A spiking sample's forward and backward pass.
 *
 * Through time, a network would have to keep what every layer did at every
 * timestep. It keeps its membranes once a tile of timesteps instead, and the
 * backward pass, which runs from the last tile to the first, makes the tile
 * again, unless it is still there. The gradients are exact. For the rate
 * gradient it keeps the mean of each neuron's spikes.
 *
 * Forward passes are those of inference, on integers, where the network and the
 * sample allow it; backward ones are on floats. */

void
snn_trainer_worker_init_spiking (const SnnTrainer *trainer,
    SnnTrainerWorker *worker)
{
  const SnnPlan *plan = trainer->plan;
  guint frames = snn_trainer_by_rates (trainer) ? 1 : trainer->tile;

  worker->values = snn_plan_buffers_new (plan, MAX (trainer->tile, 2));
  worker->surrogates = snn_layer_buffers_new (plan, frames);
  worker->membranes = snn_layer_buffers_new (plan, 1);
  if (!snn_trainer_by_rates (trainer))
    worker->carries = snn_layer_buffers_new (plan, 1);
  if (!snn_trainer_by_rates (trainer)
      && !snn_loss_couples (trainer->settings.loss))
    worker->checkpoints = g_new (float, trainer->n_neurons
        * snn_trainer_n_tiles (trainer, trainer->n_timesteps));
  if (!trainer->spiking)
    return;
  worker->spikes = g_new0 (SnnSpikingMemory *, trainer->n_kept);
  worker->distances = g_new0 (float **, trainer->n_kept);
  for (guint i = 0; i < trainer->n_kept; i++) {
    worker->spikes[i] = snn_spiking_memory_new (trainer->spiking);
    if (!snn_trainer_by_rates (trainer))
      worker->distances[i] = snn_layer_buffers_new (plan, frames);
  }
  worker->spike_frames = g_new0 (SnnSpikeFrames, plan->n_frames);
  worker->keep = g_new0 (guint8 *, plan->n_layers);
  for (guint i = 0; i < plan->n_layers; i++)
    worker->keep[i] = g_new (guint8, plan->layer_size[i]);
}

/* Copies membranes to or from a tile's checkpoint, where layers stand in a
 * row. */
static void
copy_membranes (const SnnTrainer *trainer, SnnTrainerWorker *worker,
    SnnTrace *trace, guint tile, float **membranes, gboolean save)
{
  float *checkpoint = (trace->checkpoints ? trace->checkpoints
      : worker->checkpoints) + tile * trainer->n_neurons;

  for (guint layer = 0; layer < trainer->plan->n_layers; layer++) {
    gsize n = trainer->plan->layer_size[layer];

    if (save)
      memcpy (checkpoint, membranes[layer], n * sizeof (float));
    else
      memcpy (membranes[layer], checkpoint, n * sizeof (float));
    checkpoint += n;
  }
}

float
snn_trainer_logit_factor (const SnnTrainer *trainer, const SnnInput *input)
{
  return (float) trainer->settings.logit_gain
      * snn_readout_factor (trainer->network, input->timesteps);
}

float
snn_trainer_rate_factor (const SnnTrainer *trainer, const SnnInput *input)
{
  return snn_trainer_logit_factor (trainer, input) * (float) input->timesteps;
}

static double
spike_factor (const SnnTrainer *trainer)
{
  return 1. / (1. - trainer->settings.dropout);
}

/* What a worker needs for a sample on integers. */
static SnnSpikingRun
integer_run (const SnnTrainer *trainer, const SnnRun *run,
    SnnTrainerWorker *worker, const SnnInput *input)
{
  for (guint i = 0; run->dropout && i < trainer->plan->n_layers; i++)
    for (gsize j = 0; j < trainer->plan->layer_size[i]; j++)
      worker->keep[i][j] = run->dropout[i][j] > 0.f;
  return (SnnSpikingRun) {
    .spiking = trainer->spiking,
    .packed = trainer->packed,
    .input = input,
    .membranes = run->membranes,
    .keep = run->dropout ? worker->keep : NULL,
  };
}

static void
set_tile (const SnnTrainer *trainer, SnnSpikingRun *run,
    SnnTrainerWorker *worker, guint tile)
{
  run->memory = worker->spikes[tile % trainer->n_kept];
  run->distances = worker->distances[tile % trainer->n_kept];
  run->first = tile * trainer->tile;
  run->n_frames = MIN (trainer->tile, run->input->timesteps - run->first);
}

/* Whether the backward pass finds a tile as the forward pass has left it. */
static gboolean
is_kept (const SnnTrainer *trainer, const SnnInput *input, guint tile)
{
  const guint n = snn_trainer_n_tiles (trainer, input->timesteps);

  return !snn_loss_couples (trainer->settings.loss)
      && tile + trainer->n_kept >= n;
}

static void
forward_floats (const SnnTrainer *trainer, SnnRun *run, const SnnInput *input,
    guint tile)
{
  guint first = tile * trainer->tile;

  run->n_frames = MIN (trainer->tile, input->timesteps - first);
  snn_run_load (run, input, first, run->n_frames, 0);
  snn_run_forward (run, run->plan->n_steps);
}

void
snn_trainer_forward_spiking (SnnTrainer *trainer, SnnRun *run,
    SnnTrainerWorker *worker, const SnnInput *input, SnnTrace *trace)
{
  const SnnPlan *plan = trainer->plan;
  gsize size = snn_shape_size (snn_network_output (trainer->network));
  gboolean integers = trainer->spiking
      && snn_spiking_takes (trainer->spiking, input);
  SnnSpikingRun spiking;

  if (integers) {
    spiking = integer_run (trainer, run, worker, input);
    spiking.spikes = trace->spikes;
    spiking.potential = trace->potential;
    memset (trace->potential, 0, size * sizeof (double));
  }
  run->spikes = trace->spikes;
  snn_plan_reset_membranes (plan, run->membranes);
  for (guint i = 0; trace->rates && i < plan->n_layers; i++)
    memset (trace->rates[i], 0, plan->layer_size[i] * sizeof (float));

  for (guint t = 0; t < snn_trainer_n_tiles (trainer, input->timesteps); t++) {
    if (!snn_trainer_by_rates (trainer))
      copy_membranes (trainer, worker, trace, t, run->membranes, TRUE);
    if (integers) {
      set_tile (trainer, &spiking, worker, t);
      if (!is_kept (trainer, input, t))
        spiking.distances = NULL;
      snn_spiking_forward (&spiking);
      for (guint i = 0; trace->rates && i < plan->n_layers; i++)
        snn_spiking_add_spikes (&spiking, i, trace->rates[i]);
    } else {
      forward_floats (trainer, run, input, t);
      snn_run_read (run, 0, run->n_frames, trace->logits);
      if (trace->rates)
        snn_rates_add (run, trace->rates);
    }
  }
  for (gsize i = 0; integers && i < size; i++)
    trace->logits[i] = (float) trace->potential[i];
  for (gsize i = 0; i < size; i++)
    trace->logits[i] *= snn_trainer_logit_factor (trainer, input);
  for (guint i = 0; trace->rates && i < plan->n_layers; i++) {
    float factor = (float) ((integers ? spike_factor (trainer) : 1.)
        / input->timesteps);

    for (gsize j = 0; j < plan->layer_size[i]; j++)
      trace->rates[i][j] *= factor;
  }
}

/* Whether a layer's weights need a buffer's values, spikes alone not doing. */
static gboolean
needs_values (const SnnPlan *plan, const SnnSpikeFrames *frames, guint buffer)
{
  for (guint i = 0; i < plan->n_steps; i++) {
    const SnnStep *step = &plan->steps[i];

    if (step->input == buffer && step->node
        && snn_node_has_weights (step->node)
        && !(frames[buffer].x && snn_step_takes_spikes (step)))
      return TRUE;
  }
  return FALSE;
}

/* What the backward pass reads of a tile that has just been made: u - v and
 * inputs of layers with weights. */
static void
read_tile (const SnnTrainer *trainer, SnnRun *run, SnnTrainerWorker *worker,
    const SnnSpikingRun *spiking)
{
  const SnnPlan *plan = trainer->plan;

  run->distances = spiking->distances;
  run->n_frames = spiking->n_frames;
  if (spiking->input->type == SNN_VALUE_FLOAT32)
    snn_run_load (run, spiking->input, spiking->first, run->n_frames, 0);
  run->spike_frames = worker->spike_frames;
  for (guint i = 0; i < plan->n_frames; i++) {
    float factor = (float) spike_factor (trainer);

    worker->spike_frames[i] = snn_spiking_get_frames (spiking, i, factor);
    for (guint t = 0; t < run->n_frames
        && needs_values (plan, worker->spike_frames, i); t++)
      snn_spiking_get_values (spiking, i, t, factor,
          run->values[i] + t * plan->frames[i].size);
  }
}

static void
backward_through_time (SnnTrainer *trainer, SnnRun *run,
    SnnTrainerWorker *worker, const SnnInput *input, SnnTrace *trace)
{
  const SnnPlan *plan = trainer->plan;
  gboolean integers = trainer->spiking
      && snn_spiking_takes (trainer->spiking, input);
  SnnSpikingRun spiking;

  if (integers)
    spiking = integer_run (trainer, run, worker, input);
  for (guint layer = 0; layer < plan->n_layers; layer++)
    memset (run->carries[layer], 0, plan->layer_size[layer] * sizeof (float));
  for (guint t = snn_trainer_n_tiles (trainer, input->timesteps); t-- > 0;) {
    copy_membranes (trainer, worker, trace, t, run->membranes, FALSE);
    if (integers) {
      set_tile (trainer, &spiking, worker, t);
      if (!is_kept (trainer, input, t))
        snn_spiking_forward (&spiking);
      read_tile (trainer, run, worker, &spiking);
    } else {
      forward_floats (trainer, run, input, t);
    }
    snn_trainer_backward_trunk (trainer, run, trace,
        snn_trainer_logit_factor (trainer, input));
  }
}

void
snn_trainer_backward_spiking (SnnTrainer *trainer, SnnRun *run,
    SnnTrainerWorker *worker, const SnnInput *input, SnnTrace *trace)
{
  run->surrogates = worker->surrogates;
  if (!trace->rates) {
    backward_through_time (trainer, run, worker, input, trace);
    return;
  }
  snn_rates_forward (run, input, trace->rates, trainer->tail.first);
  snn_trainer_backward_trunk (trainer, run, trace,
      snn_trainer_rate_factor (trainer, input));
}
