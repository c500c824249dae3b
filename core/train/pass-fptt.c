/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pass-spiking.h"

#include <string.h>

/* Forward propagation through time: a pass is of one timestep. All samples go
 * through it forward, then backward, and the trainer updates the weights before the
 * next (see fptt.h). A sample keeps its membranes and the output's potential, and
 * nothing of the timesteps before, whatever their number. The backward pass makes
 * the timestep again, from the membranes that it began with, and leaves those that
 * it ends with. */

static void
cut (SnnPasses *passes, guint timesteps)
{
  passes->tile = 1;
}

static void
make_worker (const SnnPasses *passes, SnnPassWorker *worker)
{
  snn_spiking_pass_make_worker (passes, worker, 1);
  worker->carries = snn_layer_buffers_new (passes->plan, 1);
  if (worker->distances)
    worker->distances[0] = snn_layer_buffers_new (passes->plan, 1);
}

static void
make_trace (const SnnPasses *passes, SnnTrace *trace)
{
  snn_spiking_pass_make_trace (passes, trace);
  trace->checkpoints = g_new (float, MAX (passes->n_states, 1));
}

/* Of the output's potential up to the timestep that passes. */
static float
factor_of (const SnnPasses *passes, const SnnInput *input)
{
  const guint seen = MIN (passes->timestep + 1, input->timesteps);

  return (float) passes->settings.logit_gain
      * snn_readout_factor (passes->plan->network, seen);
}

static void
pass_forward (SnnSpikingPass *pass, SnnTrace *trace)
{
  const SnnPasses *passes = pass->passes;
  const gsize size = snn_shape_size (snn_network_output (passes->plan->network));

  if (passes->timestep == 0) {
    snn_spiking_pass_begin (pass, trace);
    snn_spiking_pass_save (pass, trace->checkpoints);
  } else {
    snn_spiking_pass_go_on (pass, trace);
    snn_spiking_pass_load (pass, trace->checkpoints);
  }
  snn_spiking_pass_set_tile (pass, passes->timestep);
  if (pass->integers) {
    pass->spiking.distances = NULL;
    snn_spiking_forward (&pass->spiking);
    return;
  }
  snn_spiking_pass_floats (pass, passes->timestep);
  snn_run_read (pass->run, 0, 1, trace->logits);
  for (gsize i = 0; i < size; i++)
    trace->potential[i] += trace->logits[i];
}

/* Shorter samples are done before the others are. */
static void
forward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  const float factor = factor_of (passes, input);
  const gsize size = snn_shape_size (snn_network_output (passes->plan->network));
  SnnTrace *trace = &passes->traces[item];
  SnnSpikingPass pass;

  snn_spiking_pass_init (&pass, passes, worker, run, input);
  if (passes->timestep < input->timesteps)
    pass_forward (&pass, trace);
  for (gsize i = 0; i < size; i++)
    trace->logits[i] = (float) trace->potential[i] * factor;
}

static void
backward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  const SnnPlan *plan = passes->plan;
  SnnTrace *trace = &passes->traces[item];
  SnnSpikingPass pass;

  if (passes->timestep >= input->timesteps)
    return;
  run->surrogates = worker->surrogates;
  snn_spiking_pass_init (&pass, passes, worker, run, input);
  for (guint layer = 0; layer < plan->n_layers; layer++)
    memset (run->carries[layer], 0, plan->layer_size[layer] * sizeof (float));
  snn_spiking_pass_load (&pass, trace->checkpoints);
  snn_spiking_pass_set_tile (&pass, passes->timestep);
  if (pass.integers) {
    snn_spiking_forward (&pass.spiking);
    snn_spiking_pass_read_tile (&pass);
  } else {
    snn_spiking_pass_floats (&pass, passes->timestep);
  }
  snn_spiking_pass_save (&pass, trace->checkpoints);
  snn_passes_backward_trunk (passes, run, item, factor_of (passes, input));
}

const SnnPass snn_pass_fptt = {
  .by_timestep = TRUE,
  .cut = cut,
  .make_worker = make_worker,
  .make_trace = make_trace,
  .forward = forward,
  .backward = backward,
  .factor = factor_of,
};
