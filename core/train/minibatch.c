/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "minibatch.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "centralisation.h"
#include "tail.h"

/* Gradients of this many samples wait to be added, memory allowing. */
#define WAVE_BYTES (256u << 20)

/* Adam keeps squares of gradients as floats, and what is once infinite there stays so:
 * such a weight would never change any more. */
#define LARGEST_NORM 1e19

/* Sums that a processor can go on with at once. */
#define LANES 16

void
snn_minibatch_init (SnnMinibatch *batch, SnnNetwork *network,
    const SnnTrainingSettings *settings)
{
  *batch = (SnnMinibatch) {.centralises = settings->gradient_centralisation };
  snn_passes_init (&batch->passes, network, settings);
  batch->gradient = g_new0 (float, MAX (batch->passes.plan->n_weights, 1));
  batch->squares = g_new (double, MAX (snn_weight_blocks (batch->passes.plan->n_weights), 1));
  batch->n_sums =
      batch->passes.loss->n_sums (snn_network_output (network));
  batch->total = g_new0 (double, batch->n_sums);
}

void
snn_minibatch_clear (SnnMinibatch *batch)
{
  snn_buffers_free (batch->wave, batch->wave_gradients);
  snn_passes_clear (&batch->passes);
  g_free (batch->gradient);
  g_free (batch->squares);
  g_free (batch->total);
}

static SnnShape
output_of (const SnnMinibatch *batch)
{
  return snn_network_output (batch->passes.plan->network);
}

static guint
longest (guint n, const SnnSample *samples)
{
  guint timesteps = 1;

  for (guint i = 0; i < n; i++)
    timesteps = MAX (timesteps, samples[i].input.timesteps);
  return timesteps;
}

guint
snn_minibatch_n_passes (const SnnMinibatch *batch, guint n,
    const SnnSample *samples)
{
  return batch->passes.pass->by_timestep ? longest (n, samples) : 1;
}

static void
prepare (SnnMinibatch *batch)
{
  SnnPasses *passes = &batch->passes;
  const guint threads = snn_pool_threads (passes->pool);
  const gsize bytes = MAX (passes->n_own, 1) * sizeof (float);
  g_autofree gsize *sizes = NULL;

  if (!snn_passes_prepare (passes, batch->n,
          longest (batch->n, batch->samples)))
    return;
  snn_buffers_free (batch->wave, batch->wave_gradients);
  batch->wave = (guint) CLAMP (WAVE_BYTES / bytes, threads,
      MAX (batch->n, threads));
  sizes = g_new (gsize, batch->wave);
  for (guint i = 0; i < batch->wave; i++)
    sizes[i] = MAX (passes->n_own, 1);
  batch->wave_gradients = snn_buffers_new (batch->wave, sizes);
}

static void
measure_loss (SnnMinibatch *batch, guint item)
{
  const SnnLossKind *loss = batch->passes.loss;
  SnnTrace *trace = &batch->passes.traces[item];

  loss->sum (loss, output_of (batch), trace->logits,
      batch->samples[item].target, trace->sums);
}

static gboolean
is_finite (const SnnMinibatch *batch, guint item)
{
  for (guint i = 0; i < batch->n_sums; i++)
    if (!isfinite (batch->passes.traces[item].sums[i]))
      return FALSE;
  return TRUE;
}

static void
forward_sample (gpointer data, guint item, guint worker)
{
  SnnMinibatch *batch = data;
  SnnPasses *passes = &batch->passes;

  if (snn_is_cancelled (batch->cancel))
    return;
  snn_passes_forward (passes, item, &batch->samples[item], worker);
  if (!snn_tail_exists (passes) || passes->pass->feed_tail)
    measure_loss (batch, item);
}

static void
read_tail (gpointer data, guint item, guint worker)
{
  SnnMinibatch *batch = data;

  snn_passes_read_tail (&batch->passes, item);
  measure_loss (batch, item);
}

static void
feed_tail (gpointer data, guint item, guint worker)
{
  SnnMinibatch *batch = data;

  snn_passes_feed_tail (&batch->passes, item, &batch->samples[item], worker);
}

static void
make_loss_gradient (SnnMinibatch *batch, guint item)
{
  const SnnLossKind *loss = batch->passes.loss;
  SnnTrace *trace = &batch->passes.traces[item];

  loss->gradient (loss, output_of (batch), batch->n, batch->total,
      trace->logits, batch->samples[item].target, trace->gradient);
}

static void
seed_tail (gpointer data, guint item, guint worker)
{
  SnnMinibatch *batch = data;
  SnnPasses *passes = &batch->passes;

  make_loss_gradient (batch, item);
  snn_run_seed_gradient (&passes->tail.run, item, 1,
      passes->traces[item].gradient,
      passes->pass->factor (passes, &batch->samples[item].input));
}

static void
backward_sample (gpointer data, guint item, guint worker)
{
  SnnMinibatch *batch = data;
  SnnPasses *passes = &batch->passes;
  guint sample = batch->first + item;

  memset (batch->wave_gradients[item], 0, passes->n_own * sizeof (float));
  if (snn_is_cancelled (batch->cancel))
    return;
  if (!snn_tail_exists (passes))
    make_loss_gradient (batch, sample);
  snn_passes_backward (passes, sample, &batch->samples[sample], worker,
      batch->wave_gradients[item]);
}

/* A loss that is not finite ends the step; it may be a class that there is
 * none of, which has no gradient. */
static void
forward_and_backward_sample (gpointer data, guint item, guint worker)
{
  SnnMinibatch *batch = data;
  guint sample = batch->first + item;

  forward_sample (batch, sample, worker);
  if (is_finite (batch, sample))
    backward_sample (batch, item, worker);
}

/* Adds the wave's gradients, sample after sample, in a block of weights. */
static void
add_gradients (gpointer data, guint item, guint worker)
{
  SnnMinibatch *batch = data;
  gsize first = (gsize) item * SNN_WEIGHT_BLOCK;
  gsize n = MIN (SNN_WEIGHT_BLOCK, batch->passes.n_own - first);
  float *sum = batch->gradient + first;

  for (guint s = 0; s < MIN (batch->wave, batch->n - batch->first); s++) {
    const float *gradient = batch->wave_gradients[s] + first;

    for (gsize i = 0; i < n; i++)
      sum[i] += gradient[i];
  }
}

/* Of the traces, which have passed forward. */
static gboolean
compute_loss (SnnMinibatch *batch, float *const *logits, double *loss,
    GError **error)
{
  const SnnLossKind *kind = batch->passes.loss;
  gsize size = snn_shape_size (output_of (batch));

  memset (batch->total, 0, batch->n_sums * sizeof (double));
  for (guint i = 0; i < batch->n; i++) {
    const SnnTrace *trace = &batch->passes.traces[i];

    for (guint j = 0; j < batch->n_sums; j++)
      batch->total[j] += trace->sums[j];
    if (logits)
      memcpy (logits[i], trace->logits, size * sizeof (float));
  }
  *loss = kind->value (kind, output_of (batch), batch->n, batch->total);
  if (isfinite (*loss))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
      "The loss became %g, expected a finite number. Look for voxels that are "
      "not numbers, or lower the learning rate", *loss);
  return FALSE;
}

/* The squares of a block of the gradient, in one order: each lane adds its own. */
static void
add_squares (gpointer data, guint item, guint worker)
{
  SnnMinibatch *batch = data;
  const gsize first = (gsize) item * SNN_WEIGHT_BLOCK;
  const gsize n = MIN (SNN_WEIGHT_BLOCK, batch->passes.plan->n_weights - first);
  const float *gradient = batch->gradient + first;
  double lanes[LANES] = { 0. }, sum = 0.;
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    for (guint lane = 0; lane < LANES; lane++)
      lanes[lane] += (double) gradient[i + lane] * gradient[i + lane];
  for (; i < n; i++)
    sum += (double) gradient[i] * gradient[i];
  for (guint lane = 0; lane < LANES; lane++)
    sum += lanes[lane];
  batch->squares[item] = sum;
}

/* Also takes the norm. Squares of floats fit into a double: their sum is a number if
 * each of them is. What is clipped may be as large as it likes. */
static gboolean
check_gradient (SnnMinibatch *batch, GError **error)
{
  const guint n = snn_weight_blocks (batch->passes.plan->n_weights);
  const double most = batch->passes.settings.gradient_clipping;
  double sum = 0.;

  snn_pool_run (batch->passes.pool, n, add_squares, batch);
  for (guint i = 0; i < n; i++)
    sum += batch->squares[i];
  batch->norm = sqrt (sum);
  if (isfinite (sum)
      && (most > 0. ? MIN (batch->norm, most) : batch->norm) <= LARGEST_NORM)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
      "The norm of the weights' gradients became %g, expected at most %g. Lower "
      "the learning rate, or set gradient-clipping", batch->norm, LARGEST_NORM);
  return FALSE;
}

gboolean
snn_minibatch_has_labels (const SnnMinibatch *batch)
{
  return batch->passes.loss->has_labels (output_of (batch), batch->total);
}

gboolean
snn_minibatch_is_lost (const SnnMinibatch *batch)
{
  const SnnLossKind *loss = batch->passes.loss;

  return batch->norm == 0. || (loss->is_lost && loss->is_lost (output_of (batch),
          batch->total));
}

void
snn_minibatch_clip (SnnMinibatch *batch, double most)
{
  const float factor = (float) (most / batch->norm);

  if (batch->norm > most)
    for (gsize i = 0; i < batch->passes.plan->n_weights; i++)
      batch->gradient[i] *= factor;
}

/* All samples forward, and the loss. */
static gboolean
forward_all (SnnMinibatch *batch, float *const *logits, double *loss,
    GError **error)
{
  SnnPasses *passes = &batch->passes;

  snn_pool_run (passes->pool, batch->n, forward_sample, batch);
  if (snn_tail_exists (passes) && !passes->pass->feed_tail) {
    snn_tail_forward (passes, batch->n);
    snn_pool_run (passes->pool, batch->n, read_tail, batch);
  }
  return snn_check_cancelled (batch->cancel, "Training", error)
      && compute_loss (batch, logits, loss, error);
}

static void
backward_tail (SnnMinibatch *batch)
{
  SnnPasses *passes = &batch->passes;

  if (passes->pass->feed_tail) {
    snn_pool_run (passes->pool, batch->n, feed_tail, batch);
    snn_tail_forward (passes, batch->n);
  }
  snn_pool_run (passes->pool, batch->n, seed_tail, batch);
  snn_tail_backward (passes, batch->gradient);
}

/* Wave after wave of samples. */
static gboolean
pass_waves (SnnMinibatch *batch, SnnWork pass, GError **error)
{
  SnnPasses *passes = &batch->passes;

  for (batch->first = 0; batch->first < batch->n;
      batch->first += batch->wave) {
    snn_pool_run (passes->pool, MIN (batch->wave, batch->n - batch->first),
        pass, batch);
    if (!snn_check_cancelled (batch->cancel, "Training", error))
      return FALSE;
    snn_pool_run (passes->pool, snn_weight_blocks (passes->n_own), add_gradients, batch);
  }
  return TRUE;
}

gboolean
snn_minibatch_compute (SnnMinibatch *batch, guint timestep, guint n,
    const SnnSample *samples, float *const *logits, const gint *cancel,
    double *loss, GError **error)
{
  SnnPasses *passes = &batch->passes;
  const gboolean together = passes->loss->couples || snn_tail_exists (passes);

  batch->n = n;
  batch->samples = samples;
  batch->cancel = cancel;
  passes->timestep = timestep;
  prepare (batch);
  if (together && !forward_all (batch, logits, loss, error))
    return FALSE;
  memset (batch->gradient, 0, passes->plan->n_weights * sizeof (float));
  if (snn_tail_exists (passes))
    backward_tail (batch);
  if (!pass_waves (batch, together ? backward_sample
          : forward_and_backward_sample, error)
      || (!together && !compute_loss (batch, logits, loss, error)))
    return FALSE;
  if (batch->centralises)
    snn_gradient_centralise (passes->plan->network, batch->gradient);
  return check_gradient (batch, error);
}
