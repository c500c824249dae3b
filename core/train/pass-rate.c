/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pass-spiking.h"

#include <string.h>

#include "tail.h"

/* The rate gradient, which docs/gradients.md derives: the forward pass keeps the
 * mean of each neuron's spikes, and the trunk is passed once more, by mean
 * rates, before the backward pass, rather than keep all samples' values. */

/* Timesteps that pass all layers together where only floats will do. */
#define FLOAT_TILE 4

static void
cut (SnnPasses *passes, guint timesteps)
{
  passes->tile = passes->spiking ? snn_spiking_block (timesteps) : FLOAT_TILE;
}

static void
make_worker (const SnnPasses *passes, SnnPassWorker *worker)
{
  snn_spiking_pass_make_worker (passes, worker, 1);
}

static void
make_trace (const SnnPasses *passes, SnnTrace *trace)
{
  snn_spiking_pass_make_trace (passes, trace);
  trace->rates = snn_layer_buffers_new (passes->plan, 1);
}

/* Adds the spikes of all frames of @run. */
static void
add_rates (const SnnRun *run, float **rates)
{
  const SnnPlan *plan = run->plan;

  for (guint layer = 0; layer < plan->n_layers; layer++) {
    guint buffer = plan->steps[plan->layer_step[layer]].output;
    const SnnFrame *layout = &plan->frames[buffer];
    gsize n = (gsize) layout->shape.width * layout->shape.channels;

    for (guint f = 0; f < run->n_frames; f++)
      for (gsize row = 0; row < snn_shape_rows (layout->shape); row++) {
        const float *x = run->values[buffer] + f * layout->size
            + layout->first + snn_frame_row (layout, row);
        float *rate = rates[layer] + row * n;

        for (gsize i = 0; i < n; i++)
          rate[i] += x[i];
      }
  }
}

static void
add_tile (const SnnSpikingPass *pass, SnnTrace *trace, guint tile)
{
  if (pass->integers) {
    snn_spiking_forward (&pass->spiking);
    for (guint i = 0; i < pass->passes->plan->n_layers; i++)
      snn_spiking_add_spikes (&pass->spiking, i, trace->rates[i]);
  } else {
    snn_spiking_pass_floats (pass, tile);
    snn_run_read (pass->run, 0, pass->run->n_frames, trace->logits);
    add_rates (pass->run, trace->rates);
  }
}

static void
forward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  const SnnPlan *plan = passes->plan;
  SnnTrace *trace = &passes->traces[item];
  SnnSpikingPass pass;
  float factor;

  snn_spiking_pass_init (&pass, passes, worker, run, input);
  snn_spiking_pass_begin (&pass, trace);
  for (guint i = 0; i < plan->n_layers; i++)
    memset (trace->rates[i], 0, plan->layer_size[i] * sizeof (float));
  for (guint t = 0; t < snn_passes_n_tiles (passes, input->timesteps); t++) {
    snn_spiking_pass_set_tile (&pass, t);
    add_tile (&pass, trace, t);
  }
  snn_spiking_pass_end (&pass, trace);

  factor = (float) ((pass.integers ? snn_spiking_pass_spike_factor (passes)
          : 1.) / input->timesteps);
  for (guint i = 0; i < plan->n_layers; i++)
    for (gsize j = 0; j < plan->layer_size[i]; j++)
      trace->rates[i][j] *= factor;
}

/* Through the trunk of a sample whose neurons had these mean rates. */
static void
forward_rates (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker,
    guint item, const SnnInput *input)
{
  run->surrogates = worker->surrogates;
  run->rates = passes->traces[item].rates;
  snn_spiking_pass_load_mean (run, input);
  snn_run_forward (run, passes->tail.first);
}

static void
feed_tail (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  forward_rates (passes, run, worker, item, input);
  snn_tail_take (passes, item, run);
}

static void
backward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  forward_rates (passes, run, worker, item, input);
  snn_passes_backward_trunk (passes, run, item, snn_spiking_pass_mean_factor (passes, input));
}

const SnnPass snn_pass_rate = {
  .takes_tail = TRUE,
  .cut = cut,
  .make_worker = make_worker,
  .make_trace = make_trace,
  .forward = forward,
  .feed_tail = feed_tail,
  .backward = backward,
  .factor = snn_spiking_pass_mean_factor,
};
