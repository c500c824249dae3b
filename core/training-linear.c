/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "training-private.h"

/* The weight gradients of the Linear layers that a network ends with.
 *
 * Such a layer may have more weights than all others together, and a sample's
 * gradient is a product of two vectors. Instead of writing it out for each
 * sample, these vectors are kept, and the minibatch's gradient is one product
 * of matrices, summed in sample order. */

/* Inputs whose weights one worker takes. */
#define BLOCK 64

static gsize
row_size (const SnnStep *step)
{
  return (gsize) step->node->in.channels + step->node->out.channels;
}

void
snn_trainer_prepare_linear (SnnTrainer *trainer, guint n)
{
  const SnnPlan *plan = trainer->plan;

  trainer->n_own = plan->n_weights;
  trainer->linear = g_new0 (float *, plan->n_steps);
  /* Through time a layer has as many pairs of vectors as timesteps. */
  if (trainer->network->spiking && !snn_trainer_by_rates (trainer))
    return;
  /* Weights stand in the order of the steps. */
  for (guint i = plan->n_steps; i-- > 0;) {
    const SnnStep *step = &plan->steps[i];

    if (!step->node || !snn_node_has_weights (step->node))
      continue;
    if (step->node->type != SNN_NODE_LINEAR)
      break;
    trainer->n_own = step->weights;
    trainer->linear[i] = g_new (float, n * row_size (step));
  }
}

void
snn_trainer_free_linear (SnnTrainer *trainer)
{
  for (guint i = 0; trainer->linear && i < trainer->plan->n_steps; i++)
    g_free (trainer->linear[i]);
  g_clear_pointer (&trainer->linear, g_free);
}

void
snn_trainer_defer_linear (const SnnTrainer *trainer, guint sample,
    float **deferred)
{
  const SnnPlan *plan = trainer->plan;

  for (guint i = 0; i < plan->n_steps; i++)
    deferred[i] = trainer->linear[i]
        ? trainer->linear[i] + sample * row_size (&plan->steps[i]) : NULL;
}

typedef struct
{
  SnnTrainer *trainer;
  const SnnStep *step;
  const float *rows;
} Product;

static void
add_block (gpointer data, guint item, guint worker)
{
  const gsize here = 0;
  const Product *product = data;
  const SnnStep *step = product->step;
  const guint in = step->node->in.channels, out = step->node->out.channels;
  const guint first = item * BLOCK;

  snn_kernels_get ()->outer (&(SnnOuter) {
        .rows = 1,
        .pixels = product->trainer->n,
        .x = product->rows + first,
        .x_pixel = row_size (step),
        .dy = product->rows + in,
        .y_pixel = row_size (step),
        .n_taps = 1,
        .taps = &here,
        .in = MIN (BLOCK, in - first),
        .out = out,
        .dw = product->trainer->gradient + step->weights + (gsize) first * out
      });
}

void
snn_trainer_add_linear (SnnTrainer *trainer)
{
  for (guint i = 0; i < trainer->plan->n_steps; i++) {
    Product product = {
      trainer, &trainer->plan->steps[i], trainer->linear[i]
    };

    if (product.rows)
      snn_pool_run (trainer->pool,
          (product.step->node->in.channels + BLOCK - 1) / BLOCK, add_block,
          &product);
  }
}
