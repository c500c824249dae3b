/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tail.h"

#include <string.h>

/* Outputs, or backward inputs, of a worker's item: whole panels. */
#define BLOCK 64

static gboolean
passes_here (const SnnStep *step)
{
  return step->node && !step->accumulate && !step->accumulate_gradient
      && (snn_step_is_matrix (step) || snn_node_is_activation (step->node));
}

/* The first step of the longest chain at the end that begins with a Linear
 * layer. Through time, a layer sees as many frames as there are timesteps, and
 * all of them make one matrix already. */
static guint
find_first (const SnnPasses *passes)
{
  const SnnPlan *plan = passes->plan;
  guint first = plan->n_steps, next = plan->output;

  if (!passes->pass->takes_tail)
    return first;
  for (guint i = plan->n_steps; i-- > 0;) {
    const SnnStep *step = &plan->steps[i];

    if (!passes_here (step) || step->output != next)
      break;
    if (snn_step_is_matrix (step))
      first = i;
    next = step->input;
  }
  return first;
}

gboolean
snn_tail_exists (const SnnPasses *passes)
{
  return passes->tail.first < passes->plan->n_steps;
}

void
snn_tail_find (SnnPasses *passes)
{
  passes->tail.first = find_first (passes);
  passes->n_own = snn_tail_exists (passes)
      ? passes->plan->steps[passes->tail.first].weights
      : passes->plan->n_weights;
}

void
snn_tail_prepare (SnnPasses *passes, guint n)
{
  const SnnPlan *plan = passes->plan;
  SnnTail *tail = &passes->tail;
  g_autofree gsize *frames = g_new0 (gsize, plan->n_frames);
  g_autofree gsize *layers = g_new0 (gsize, plan->n_layers);

  if (!snn_tail_exists (passes))
    return;
  for (guint i = tail->first; i < plan->n_steps; i++) {
    const SnnStep *step = &plan->steps[i];

    frames[step->input] = n * plan->frames[step->input].size;
    frames[step->output] = n * plan->frames[step->output].size;
    if (!snn_step_is_matrix (step))
      layers[step->layer] = n * plan->layer_size[step->layer];
  }
  tail->run = (SnnRun) {
    .plan = plan,
    .packed = passes->packed,
    .samples = TRUE,
    .values = snn_buffers_new (plan->n_frames, frames),
    .gradients = snn_buffers_new (plan->n_frames, frames),
  };
  if (passes->settings.dropout > 0.)
    tail->run.dropout = snn_buffers_new (plan->n_layers, layers);
  if (!passes->pass->feed_tail)
    return;
  tail->run.rates = snn_buffers_new (plan->n_layers, layers);
  tail->run.surrogates = snn_buffers_new (plan->n_layers, layers);
}

void
snn_tail_clear (SnnPasses *passes)
{
  const SnnPlan *plan = passes->plan;
  SnnRun *run = &passes->tail.run;

  snn_buffers_free (plan->n_frames, run->values);
  snn_buffers_free (plan->n_frames, run->gradients);
  snn_buffers_free (plan->n_layers, run->dropout);
  snn_buffers_free (plan->n_layers, run->rates);
  snn_buffers_free (plan->n_layers, run->surrogates);
  *run = (SnnRun) { NULL };
}

/* Of the sample's activations that are here. */
static void
take_layers (SnnPasses *passes, guint item, float **to, float **from)
{
  const SnnPlan *plan = passes->plan;

  for (guint i = 0; to && i < plan->n_layers; i++)
    if (plan->layer_step[i] >= passes->tail.first)
      memcpy (to[i] + item * plan->layer_size[i], from[i],
          plan->layer_size[i] * sizeof (float));
}

void
snn_tail_take (SnnPasses *passes, guint item, const SnnRun *trunk)
{
  const SnnPlan *plan = passes->plan;
  const SnnRun *run = &passes->tail.run;
  guint between = plan->steps[passes->tail.first].input;
  gsize size = plan->frames[between].size;

  memcpy (run->values[between] + item * size, trunk->values[between],
      size * sizeof (float));
  take_layers (passes, item, run->dropout, trunk->dropout);
  take_layers (passes, item, run->rates, trunk->rates);
}

void
snn_tail_give (SnnPasses *passes, guint item, const SnnRun *trunk)
{
  const SnnPlan *plan = passes->plan;
  guint between = plan->steps[passes->tail.first].input;
  gsize size = plan->frames[between].size;

  memcpy (trunk->gradients[between],
      passes->tail.run.gradients[between] + item * size,
      size * sizeof (float));
}

/* Makes some of the @n outputs, or backward inputs, of a Linear layer. */
typedef struct
{
  const SnnRun *run;
  const SnnStep *step;
  void (*pass) (const SnnRun *, const SnnStep *, guint first, guint n);
  guint n;
  guint block;
} Linear;

static void
pass_block (gpointer data, guint item, guint worker)
{
  const Linear *linear = data;
  guint first = item * linear->block;

  linear->pass (linear->run, linear->step, first,
      MIN (linear->block, linear->n - first));
}

/* Kernels that pack all columns together take them so. */
static void
run_blocks (SnnPasses *passes, Linear linear)
{
  linear.run = &passes->tail.run;
  linear.block = passes->packed->kernels->panel ? BLOCK : linear.n;
  snn_pool_run (passes->pool, (linear.n + linear.block - 1) / linear.block,
      pass_block, &linear);
}

void
snn_tail_forward (SnnPasses *passes, guint n)
{
  SnnRun *run = &passes->tail.run;

  run->n_frames = n;
  for (guint i = passes->tail.first; i < passes->plan->n_steps; i++) {
    const SnnStep *step = &passes->plan->steps[i];

    if (snn_step_is_matrix (step))
      run_blocks (passes, (Linear) {
            .step = step,
            .pass = snn_layer_forward_columns,
            .n = step->node->out.channels });
    else
      snn_layer_forward (run, step);
  }
}

void
snn_tail_backward (SnnPasses *passes, float *weight_gradient)
{
  passes->tail.run.weight_gradient = weight_gradient;
  for (guint i = passes->plan->n_steps; i-- > passes->tail.first;) {
    const SnnStep *step = &passes->plan->steps[i];

    if (snn_step_is_matrix (step))
      run_blocks (passes, (Linear) {
            .step = step,
            .pass = snn_layer_backward_columns,
            .n = step->node->in.channels });
    else
      snn_layer_backward (&passes->tail.run, step);
  }
}
