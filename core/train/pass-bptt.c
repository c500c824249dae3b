/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pass-spiking.h"

#include <math.h>
#include <string.h>

/* Backpropagation through time.
 *
 * A network would have to keep what every layer did at every timestep. It keeps
 * its membranes once a tile of timesteps instead, and the backward pass, which
 * runs from the last tile to the first, makes the tile again, unless it is
 * still there. The gradients are exact. */

/* Tiles of a sample that wait in a worker for the backward pass, where it comes
 * next. A neuron takes a float and about a byte a timestep. */
static guint
n_kept_for (const SnnPasses *passes, guint timesteps)
{
  const gsize bytes = MAX (passes->n_states, 1) * passes->tile
      * (sizeof (float) + 1) * snn_pool_threads (passes->pool);

  if (passes->loss->couples)
    return 1;
  return (guint) CLAMP (passes->settings.kept_bytes / bytes, 1,
      snn_passes_n_tiles (passes, timesteps));
}

/* What the integer kernels like, or what makes kept membranes and remade frames
 * about equal. */
static void
cut (SnnPasses *passes, guint timesteps)
{
  passes->tile = passes->spiking ? snn_spiking_block (timesteps)
      : MAX (4, (guint) ceil (sqrt (timesteps)));
  passes->n_kept = n_kept_for (passes, timesteps);
}

static float *
new_checkpoints (const SnnPasses *passes)
{
  return g_new (float, MAX (passes->n_states
          * snn_passes_n_tiles (passes, passes->n_timesteps), 1));
}

static void
make_worker (const SnnPasses *passes, SnnPassWorker *worker)
{
  snn_spiking_pass_make_worker (passes, worker, passes->tile);
  worker->carries = snn_layer_buffers_new (passes->plan, 1);
  if (!passes->loss->couples)
    worker->checkpoints = new_checkpoints (passes);
  for (guint i = 0; worker->distances && i < passes->n_kept; i++)
    worker->distances[i] =
        snn_layer_buffers_new (passes->plan, passes->tile);
}

static void
make_trace (const SnnPasses *passes, SnnTrace *trace)
{
  snn_spiking_pass_make_trace (passes, trace);
  if (passes->loss->couples)
    trace->checkpoints = new_checkpoints (passes);
}

/* A tile's checkpoint. */
static float *
checkpoint_of (const SnnSpikingPass *pass, const SnnTrace *trace, guint tile)
{
  return (trace->checkpoints ? trace->checkpoints : pass->worker->checkpoints)
      + tile * pass->passes->n_states;
}

/* Whether the backward pass finds a tile as the forward pass has left it. */
static gboolean
is_kept (const SnnSpikingPass *pass, guint tile)
{
  const SnnPasses *passes = pass->passes;

  return !passes->loss->couples && tile + passes->n_kept
      >= snn_passes_n_tiles (passes, pass->input->timesteps);
}

static void
forward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  SnnTrace *trace = &passes->traces[item];
  SnnSpikingPass pass;

  snn_spiking_pass_init (&pass, passes, worker, run, input);
  snn_spiking_pass_begin (&pass, trace);
  for (guint t = 0; t < snn_passes_n_tiles (passes, input->timesteps); t++) {
    snn_spiking_pass_save (&pass, checkpoint_of (&pass, trace, t));
    snn_spiking_pass_set_tile (&pass, t);
    if (pass.integers) {
      if (!is_kept (&pass, t))
        pass.spiking.distances = NULL;
      snn_spiking_forward (&pass.spiking);
    } else {
      snn_spiking_pass_floats (&pass, t);
      snn_run_read (run, 0, run->n_frames, trace->logits);
    }
  }
  snn_spiking_pass_end (&pass, trace);
}

static void
backward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  const SnnPlan *plan = passes->plan;
  const SnnTrace *trace = &passes->traces[item];
  SnnSpikingPass pass;

  run->surrogates = worker->surrogates;
  snn_spiking_pass_init (&pass, passes, worker, run, input);
  for (guint layer = 0; layer < plan->n_layers; layer++)
    memset (run->carries[layer], 0, plan->layer_size[layer] * sizeof (float));
  for (guint t = snn_passes_n_tiles (passes, input->timesteps); t-- > 0;) {
    snn_spiking_pass_load (&pass, checkpoint_of (&pass, trace, t));
    snn_spiking_pass_set_tile (&pass, t);
    if (pass.integers) {
      if (!is_kept (&pass, t))
        snn_spiking_forward (&pass.spiking);
      snn_spiking_pass_read_tile (&pass);
    } else {
      snn_spiking_pass_floats (&pass, t);
    }
    snn_passes_backward_trunk (passes, run, item,
        snn_spiking_pass_logit_factor (passes, input));
  }
}

const SnnPass snn_pass_bptt = {
  .cut = cut,
  .make_worker = make_worker,
  .make_trace = make_trace,
  .forward = forward,
  .backward = backward,
  .factor = snn_spiking_pass_logit_factor,
};
