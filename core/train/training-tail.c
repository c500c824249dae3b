/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "training-private.h"

#include <string.h>

/* The Linear layers that a network ends with, and the activations between
 * them.
 *
 * Such a layer may have more weights than all others together, and reads them
 * all for every sample. So samples pass the steps before them, the trunk, one
 * by one, and here the whole minibatch is one matrix, of which each worker
 * makes some columns. */

/* Outputs, or backward inputs, of a worker's item: whole panels. */
#define BLOCK 64

static gboolean
passes_here (const SnnStep *step)
{
  return step->node && !step->accumulate && !step->accumulate_gradient
      && (step->node->type == SNN_NODE_LINEAR
      || step->node->type == SNN_NODE_RELU || step->node->type == SNN_NODE_IF);
}

/* The first step of the longest chain at the end that begins with a Linear
 * layer. Through time, a layer sees as many frames as there are timesteps, and
 * all of them make one matrix already. */
static guint
find_first (const SnnTrainer *trainer)
{
  const SnnPlan *plan = trainer->plan;
  guint first = plan->n_steps, next = plan->output;

  if (trainer->network->spiking && !snn_trainer_by_rates (trainer))
    return first;
  for (guint i = plan->n_steps; i-- > 0;) {
    const SnnStep *step = &plan->steps[i];

    if (!passes_here (step) || step->output != next)
      break;
    if (step->node->type == SNN_NODE_LINEAR)
      first = i;
    next = step->input;
  }
  return first;
}

gboolean
snn_tail_exists (const SnnTrainer *trainer)
{
  return trainer->tail.first < trainer->plan->n_steps;
}

void
snn_tail_init (SnnTrainer *trainer)
{
  trainer->tail.first = find_first (trainer);
  trainer->n_own = snn_tail_exists (trainer)
      ? trainer->plan->steps[trainer->tail.first].weights
      : trainer->plan->n_weights;
}

void
snn_tail_prepare (SnnTrainer *trainer, guint n)
{
  const SnnPlan *plan = trainer->plan;
  SnnTail *tail = &trainer->tail;
  g_autofree gsize *frames = g_new0 (gsize, plan->n_frames);
  g_autofree gsize *layers = g_new0 (gsize, plan->n_layers);

  if (!snn_tail_exists (trainer))
    return;
  for (guint i = tail->first; i < plan->n_steps; i++) {
    const SnnStep *step = &plan->steps[i];

    frames[step->input] = n * plan->frames[step->input].size;
    frames[step->output] = n * plan->frames[step->output].size;
    if (step->node->type != SNN_NODE_LINEAR)
      layers[step->layer] = n * plan->layer_size[step->layer];
  }
  tail->run = (SnnRun) {
    .plan = plan,
    .packed = trainer->packed,
    .samples = TRUE,
    .values = snn_buffers_new (plan->n_frames, frames),
    .gradients = snn_buffers_new (plan->n_frames, frames),
    .weight_gradient = trainer->gradient,
  };
  if (trainer->settings.dropout > 0.)
    tail->run.dropout = snn_buffers_new (plan->n_layers, layers);
  if (!snn_trainer_by_rates (trainer))
    return;
  tail->run.rates = snn_buffers_new (plan->n_layers, layers);
  tail->run.surrogates = snn_buffers_new (plan->n_layers, layers);
}

void
snn_tail_clear (SnnTrainer *trainer)
{
  const SnnPlan *plan = trainer->plan;
  SnnRun *run = &trainer->tail.run;

  snn_buffers_free (plan->n_frames, run->values);
  snn_buffers_free (plan->n_frames, run->gradients);
  snn_buffers_free (plan->n_layers, run->dropout);
  snn_buffers_free (plan->n_layers, run->rates);
  snn_buffers_free (plan->n_layers, run->surrogates);
  *run = (SnnRun) { NULL };
}

/* Of the sample's activations that are here. */
static void
take_layers (SnnTrainer *trainer, guint sample, float **to, float **from)
{
  const SnnPlan *plan = trainer->plan;

  for (guint i = 0; to && i < plan->n_layers; i++)
    if (plan->layer_step[i] >= trainer->tail.first)
      memcpy (to[i] + sample * plan->layer_size[i], from[i],
          plan->layer_size[i] * sizeof (float));
}

void
snn_tail_take (SnnTrainer *trainer, guint sample, const SnnRun *trunk)
{
  const SnnPlan *plan = trainer->plan;
  const SnnRun *run = &trainer->tail.run;
  guint between = plan->steps[trainer->tail.first].input;
  gsize size = plan->frames[between].size;

  memcpy (run->values[between] + sample * size, trunk->values[between],
      size * sizeof (float));
  take_layers (trainer, sample, run->dropout, trunk->dropout);
  take_layers (trainer, sample, run->rates, trunk->rates);
}

void
snn_tail_give (SnnTrainer *trainer, guint sample, const SnnRun *trunk)
{
  const SnnPlan *plan = trainer->plan;
  guint between = plan->steps[trainer->tail.first].input;
  gsize size = plan->frames[between].size;

  memcpy (trunk->gradients[between],
      trainer->tail.run.gradients[between] + sample * size,
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
run_blocks (SnnTrainer *trainer, Linear linear)
{
  linear.run = &trainer->tail.run;
  linear.block = trainer->packed->kernels->panel ? BLOCK : linear.n;
  snn_pool_run (trainer->pool, (linear.n + linear.block - 1) / linear.block,
      pass_block, &linear);
}

void
snn_tail_forward (SnnTrainer *trainer)
{
  SnnRun *run = &trainer->tail.run;

  run->n_frames = trainer->n;
  for (guint i = trainer->tail.first; i < trainer->plan->n_steps; i++) {
    const SnnStep *step = &trainer->plan->steps[i];

    if (step->node->type == SNN_NODE_LINEAR)
      run_blocks (trainer, (Linear) {
            .step = step,
            .pass = snn_linear_forward,
            .n = step->node->out.channels });
    else
      snn_layer_forward (run, step);
  }
}

void
snn_tail_backward (SnnTrainer *trainer)
{
  for (guint i = trainer->plan->n_steps; i-- > trainer->tail.first;) {
    const SnnStep *step = &trainer->plan->steps[i];

    if (step->node->type == SNN_NODE_LINEAR)
      run_blocks (trainer, (Linear) {
            .step = step,
            .pass = snn_linear_backward,
            .n = step->node->in.channels });
    else
      snn_layer_backward (&trainer->tail.run, step);
  }
}
