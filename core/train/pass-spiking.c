/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pass-spiking.h"

#include <string.h>

void
snn_spiking_pass_make_worker (const SnnPasses *passes, SnnPassWorker *worker,
    guint frames)
{
  const SnnPlan *plan = passes->plan;

  worker->gradients = snn_plan_gradients_new (plan, frames);
  worker->values = snn_plan_buffers_new (plan, MAX (passes->tile, 2));
  worker->surrogates = snn_layer_buffers_new (plan, frames);
  worker->membranes = snn_state_buffers_new (plan);
  if (!passes->spiking)
    return;
  worker->spikes = g_new0 (SnnSpikingMemory *, passes->n_kept);
  worker->distances = g_new0 (float **, passes->n_kept);
  for (guint i = 0; i < passes->n_kept; i++)
    worker->spikes[i] = snn_spiking_memory_new (passes->spiking,
        passes->tile);
  worker->spike_frames = g_new0 (SnnSpikeFrames, plan->n_frames);
  worker->keep = g_new0 (guint8 *, plan->n_layers);
  for (guint i = 0; i < plan->n_layers; i++)
    worker->keep[i] = g_new (guint8, plan->layer_size[i]);
}

void
snn_spiking_pass_make_trace (const SnnPasses *passes, SnnTrace *trace)
{
  trace->potential = g_new (double,
      snn_shape_size (snn_network_output (passes->plan->network)));
}

float
snn_spiking_pass_logit_factor (const SnnPasses *passes, const SnnInput *input)
{
  return (float) passes->settings.logit_gain
      * snn_readout_factor (passes->plan->network, input->timesteps);
}

float
snn_spiking_pass_mean_factor (const SnnPasses *passes, const SnnInput *input)
{
  return snn_spiking_pass_logit_factor (passes, input)
      * (float) input->timesteps;
}

double
snn_spiking_pass_spike_factor (const SnnPasses *passes)
{
  return 1. / (1. - passes->settings.dropout);
}

void
snn_spiking_pass_init (SnnSpikingPass *pass, SnnPasses *passes,
    SnnPassWorker *worker, SnnRun *run, const SnnInput *input)
{
  *pass = (SnnSpikingPass) {
    .passes = passes,
    .worker = worker,
    .run = run,
    .input = input,
    .integers = passes->spiking && snn_spiking_takes (passes->spiking, input),
  };
  if (!pass->integers)
    return;
  for (guint i = 0; run->dropout && i < passes->plan->n_layers; i++)
    for (gsize j = 0; j < passes->plan->layer_size[i]; j++)
      worker->keep[i][j] = run->dropout[i][j] > 0.f;
  pass->spiking = (SnnSpikingRun) {
    .spiking = passes->spiking,
    .packed = passes->packed,
    .input = input,
    .membranes = run->membranes,
    .keep = run->dropout ? worker->keep : NULL,
  };
}

void
snn_spiking_pass_go_on (SnnSpikingPass *pass, SnnTrace *trace)
{
  pass->run->spikes = trace->spikes;
  pass->spiking.spikes = trace->spikes;
  pass->spiking.potential = trace->potential;
}

void
snn_spiking_pass_begin (SnnSpikingPass *pass, SnnTrace *trace)
{
  const SnnPlan *plan = pass->passes->plan;

  snn_spiking_pass_go_on (pass, trace);
  memset (trace->potential, 0, sizeof (double)
      * snn_shape_size (snn_network_output (plan->network)));
  snn_reset_membranes (plan->network, pass->run->membranes);
}

void
snn_spiking_pass_set_tile (SnnSpikingPass *pass, guint tile)
{
  const SnnPasses *passes = pass->passes;
  SnnSpikingRun *run = &pass->spiking;

  if (!pass->integers)
    return;
  run->memory = pass->worker->spikes[tile % passes->n_kept];
  run->distances = pass->worker->distances[tile % passes->n_kept];
  run->first = tile * passes->tile;
  run->n_frames = MIN (passes->tile, pass->input->timesteps - run->first);
}

void
snn_spiking_pass_floats (const SnnSpikingPass *pass, guint tile)
{
  SnnRun *run = pass->run;
  guint first = tile * pass->passes->tile;

  run->n_frames = MIN (pass->passes->tile, pass->input->timesteps - first);
  snn_run_load (run, pass->input, first, run->n_frames, 0);
  snn_run_forward (run, run->plan->n_steps);
}

void
snn_spiking_pass_end (const SnnSpikingPass *pass, SnnTrace *trace)
{
  const SnnPasses *passes = pass->passes;
  const float factor = snn_spiking_pass_logit_factor (passes, pass->input);
  gsize size = snn_shape_size (snn_network_output (passes->plan->network));

  for (gsize i = 0; pass->integers && i < size; i++)
    trace->logits[i] = (float) trace->potential[i];
  for (gsize i = 0; i < size; i++)
    trace->logits[i] *= factor;
}

void
snn_spiking_pass_load_mean (const SnnRun *run, const SnnInput *input)
{
  const SnnFrame *layout = &run->plan->frames[run->plan->input];
  float *mean = run->values[run->plan->input];
  const float *frame = mean + layout->size;

  snn_run_load (run, input, 0, 1, 0);
  for (guint t = 1; t < input->timesteps; t++) {
    snn_run_load (run, input, t, 1, 1);
    for (gsize i = 0; i < layout->size; i++)
      mean[i] += frame[i];
  }
  for (gsize i = 0; i < layout->size; i++)
    mean[i] /= (float) input->timesteps;
}

void
snn_spiking_pass_save (const SnnSpikingPass *pass, float *checkpoint)
{
  const SnnPlan *plan = pass->passes->plan;

  for (guint layer = 0; layer < plan->n_layers; layer++) {
    const gsize n = snn_layer_state_size (plan, layer);

    memcpy (checkpoint, pass->run->membranes[layer], n * sizeof (float));
    checkpoint += n;
  }
}

void
snn_spiking_pass_load (const SnnSpikingPass *pass, const float *checkpoint)
{
  const SnnPlan *plan = pass->passes->plan;

  for (guint layer = 0; layer < plan->n_layers; layer++) {
    const gsize n = snn_layer_state_size (plan, layer);

    memcpy (pass->run->membranes[layer], checkpoint, n * sizeof (float));
    checkpoint += n;
  }
}

/* The values that a layer's weights need where spikes alone don't do. */
static void
fetch_values (const SnnRun *run, const SnnStep *step)
{
  const SnnSpikingPass *pass = run->fetch_data;
  const float factor = (float) snn_spiking_pass_spike_factor (pass->passes);
  const guint buffer = step->input;

  if (!step->node || !snn_node_has_weights (step->node)
      || (run->spike_frames[buffer].x && snn_step_takes_spikes (step)))
    return;
  for (guint t = 0; t < run->n_frames; t++)
    snn_spiking_get_values (&pass->spiking, buffer, t, factor,
        run->values[buffer] + t * run->plan->frames[buffer].size);
}

void
snn_spiking_pass_read_tile (const SnnSpikingPass *pass)
{
  const SnnPlan *plan = pass->passes->plan;
  const SnnSpikingRun *spiking = &pass->spiking;
  const float factor = (float) snn_spiking_pass_spike_factor (pass->passes);
  SnnPassWorker *worker = pass->worker;
  SnnRun *run = pass->run;

  run->distances = spiking->distances;
  run->n_frames = spiking->n_frames;
  if (!worker->fetched)
    worker->fetched = snn_step_buffers_new (plan, pass->passes->tile);
  run->values = worker->fetched;
  run->fetch = fetch_values;
  run->fetch_data = pass;
  run->spike_frames = worker->spike_frames;
  if (spiking->input->type == SNN_VALUE_FLOAT32)
    snn_run_load (run, spiking->input, spiking->first, run->n_frames, 0);
  for (guint i = 0; i < plan->n_frames; i++)
    worker->spike_frames[i] = snn_spiking_get_frames (spiking, i, factor);
}
