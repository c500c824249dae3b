/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pass-spiking.h"

#include <string.h>

/* Quantised rates, which docs/gradients.md writes out: a sample passes once, by the
 * means of its timesteps, and neurons put out the rate that so many timesteps can
 * tell of their mean current. As in an ANN, what every layer put out is kept. */

static guint
levels_of (const SnnPasses *passes, const SnnInput *input)
{
  return passes->settings.levels > 0 ? passes->settings.levels
      : input->timesteps;
}

/* Two frames of values, as a sample's timesteps are summed in them. */
static void
make_worker (const SnnPasses *passes, SnnPassWorker *worker)
{
  worker->values = snn_plan_buffers_new (passes->plan, 2);
  worker->gradients = snn_plan_gradients_new (passes->plan, 1);
}

static void
make_trace (const SnnPasses *passes, SnnTrace *trace)
{
  trace->values = snn_plan_buffers_new (passes->plan, 1);
  trace->slopes = snn_layer_buffers_new (passes->plan, 1);
}

static void
set_trace (const SnnPasses *passes, SnnRun *run, const SnnTrace *trace,
    const SnnInput *input)
{
  run->values = trace->values;
  run->surrogates = trace->slopes;
  run->levels = levels_of (passes, input);
}

static void
forward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  const SnnPlan *plan = passes->plan;
  const float factor = snn_spiking_pass_mean_factor (passes, input);
  const gsize size = snn_shape_size (snn_network_output (plan->network));
  SnnTrace *trace = &passes->traces[item];

  snn_spiking_pass_load_mean (run, input);
  memcpy (trace->values[plan->input], run->values[plan->input],
      plan->frames[plan->input].size * sizeof (float));
  set_trace (passes, run, trace, input);
  run->spikes = trace->spikes;
  snn_run_forward (run, plan->n_steps);
  for (guint i = 0; i < plan->n_layers; i++)
    trace->spikes[i] = (trace->spikes[i] * input->timesteps + run->levels / 2)
        / run->levels;
  snn_run_read (run, 0, 1, trace->logits);
  for (gsize i = 0; i < size; i++)
    trace->logits[i] *= factor;
}

static void
backward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  set_trace (passes, run, &passes->traces[item], input);
  snn_passes_backward_trunk (passes, run, item,
      snn_spiking_pass_mean_factor (passes, input));
}

const SnnPass snn_pass_qcfs = {
  .make_worker = make_worker,
  .make_trace = make_trace,
  .forward = forward,
  .backward = backward,
  .factor = snn_spiking_pass_mean_factor,
};
