/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "training-private.h"

#include <string.h>

/* The rate gradient, which docs/gradients.md derives. */

void
snn_rates_add (const SnnRun *run, float **rates)
{
  const SnnPlan *plan = run->plan;

  for (guint layer = 0; layer < plan->n_layers; layer++) {
    guint buffer = plan->steps[plan->layer_step[layer]].output;
    const SnnFrame *layout = &plan->frames[buffer];
    gsize n = (gsize) layout->shape.width * layout->shape.channels;

    for (guint f = 0; f < run->n_frames; f++)
      for (guint row = 0; row < layout->shape.height; row++) {
        const float *x = run->values[buffer] + f * layout->size
            + layout->first + row * layout->row;
        float *rate = rates[layer] + row * n;

        for (gsize i = 0; i < n; i++)
          rate[i] += x[i];
      }
  }
}

/* The mean of all timesteps of @input into frame 0; frame 1 is scratch. */
static void
load_mean (const SnnRun *run, const SnnInput *input)
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
snn_rates_forward (SnnRun *run, const SnnInput *input, float **rates,
    guint n_steps)
{
  run->n_frames = 1;
  run->rates = rates;
  load_mean (run, input);
  snn_run_forward (run, n_steps);
}
