/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sensitivity.h"

#include <math.h>

#include "../base/error.h"
#include "../base/random.h"
#include "histogram.h"

/* Samples whose sensitivities wait to be counted. */
#define WAVE 8

struct _SnnSensitivity
{
  SnnConverter *ann;
  guint n;
  SnnPacked *packed;            /* with what the backward pass wants */
  double temperature;           /* as it was found ... */
  double softness;              /* ... and by how much more weights are softened */

  /* Of each worker. */
  float ***values;
  float ***gradients;
  float **weight_gradients;

  /* Of each sample: how far its positions are from other decisions, summed by what is
   * decided, and how many there are. */
  double *margins;

  /* The wave being counted. */
  guint first;
  float ***potentials;
  float ***weights;
  double **histograms;
};

static SnnShape
output_of (const SnnSensitivity *s)
{
  return snn_network_output (s->ann->network);
}

/* Decisions that there may be: a class of several, or yes and no. */
static guint
n_decisions (const SnnSensitivity *s)
{
  return MAX (output_of (s).channels, 2);
}

/* What is decided where the logits of one position, @plane apart, are @y, and how far
 * from it the next decision is. */
static guint
decide (guint channels, const float *y, gsize plane, double *margin)
{
  guint best = 0;
  float second = -G_MAXFLOAT;

  if (channels == 1) {
    *margin = fabs (y[0]);
    return y[0] > 0.f;
  }
  for (guint c = 1; c < channels; c++)
    if (y[c * plane] > y[best * plane])
      best = c;
  for (guint c = 0; c < channels; c++)
    if (c != best)
      second = MAX (second, y[c * plane]);
  *margin = y[best * plane] - second;
  return best;
}

static SnnRun
forward (SnnSensitivity *s, guint sample, guint worker, float **potentials)
{
  const SnnPlan *plan = s->ann->plan;
  SnnRun run = {
    .plan = plan,
    .packed = s->packed,
    .n_frames = 1,
    .values = s->values[worker],
    .gradients = s->gradients[worker],
    .weight_gradient = s->weight_gradients[worker],
  };

  snn_run_load (&run, &s->ann->inputs[sample], 0, 1, 0);
  for (guint i = 0; i < plan->n_steps; i++) {
    const SnnStep *step = &plan->steps[i];

    if (potentials && snn_converter_is_activation (s->ann, i))
      snn_frame_read (&plan->frames[step->input], run.values[step->input],
          potentials[step->layer]);
    snn_layer_forward (&run, step);
  }
  if (potentials)
    snn_frame_read (&plan->frames[plan->output], run.values[plan->output],
        potentials[plan->n_layers]);
  return run;
}

static float *
read_output (const SnnSensitivity *s, const SnnRun *run)
{
  float *logits = g_new0 (float, snn_shape_size (output_of (s)));

  snn_run_read (run, 0, 1, logits);
  return logits;
}

static void
sum_margins (gpointer data, guint item, guint worker)
{
  SnnSensitivity *s = data;
  const guint channels = output_of (s).channels;
  const gsize plane = snn_shape_size (output_of (s)) / channels;
  double *sums = s->margins + (gsize) item * 2 * n_decisions (s);
  g_autofree float *logits = NULL;
  SnnRun run;

  if (snn_is_cancelled (s->ann->cancel))
    return;
  run = forward (s, item, worker, NULL);
  logits = read_output (s, &run);
  for (gsize i = 0; i < plane; i++) {
    double margin;
    guint decision = decide (channels, logits + i, plane, &margin);

    sums[2 * decision] += margin;
    sums[2 * decision + 1] += 1.;
  }
}

static double
find_temperature (SnnSensitivity *s)
{
  const guint n_sums = 2 * n_decisions (s);
  double least = G_MAXDOUBLE;

  s->margins = g_new0 (double, (gsize) s->n * n_sums);
  snn_pool_run (s->ann->pool, s->n, sum_margins, s);
  for (guint d = 0; d < n_sums; d += 2) {
    double sum = 0., count = 0.;

    for (guint i = 0; i < s->n; i++) {
      sum += s->margins[(gsize) i * n_sums + d];
      count += s->margins[(gsize) i * n_sums + d + 1];
    }
    if (sum > 0.)
      least = MIN (least, sum / count);
  }
  return least < G_MAXDOUBLE ? least : 1.;
}

SnnSensitivity *
snn_sensitivity_new (SnnConverter *ann, guint n)
{
  const guint threads = snn_pool_threads (ann->pool);
  SnnSensitivity *s = g_new0 (SnnSensitivity, 1);

  s->ann = ann;
  s->n = n;
  s->packed = snn_packed_new (ann->plan, snn_kernels_get (), TRUE);
  snn_packed_update (s->packed, ann->pool, NULL);
  s->values = g_new0 (float **, threads);
  s->gradients = g_new0 (float **, threads);
  s->weight_gradients = g_new0 (float *, threads);
  for (guint i = 0; i < threads; i++) {
    s->values[i] = snn_plan_buffers_new (ann->plan, 1);
    s->gradients[i] = snn_plan_gradients_new (ann->plan, 1);
    s->weight_gradients[i] = g_new0 (float, MAX (ann->plan->n_weights, 1));
  }
  s->temperature = find_temperature (s);
  s->softness = 1.;
  return s;
}

void
snn_sensitivity_free (SnnSensitivity *s)
{
  if (!s)
    return;
  for (guint i = 0; i < snn_pool_threads (s->ann->pool); i++) {
    snn_buffers_free (s->ann->plan->n_frames, s->values[i]);
    snn_shared_buffers_free (s->ann->plan->n_frames, s->gradients[i]);
    g_free (s->weight_gradients[i]);
  }
  g_free (s->values);
  g_free (s->gradients);
  g_free (s->weight_gradients);
  g_free (s->margins);
  snn_packed_free (s->packed);
  g_free (s);
}

gsize
snn_sensitivity_size (const SnnSensitivity *s, guint layer)
{
  return layer < s->ann->plan->n_layers ? s->ann->plan->layer_size[layer]
      : snn_shape_size (output_of (s));
}

float **
snn_sensitivity_buffers_new (const SnnSensitivity *s)
{
  const guint n = s->ann->plan->n_layers + 1;
  g_autofree gsize *sizes = g_new (gsize, n);

  for (guint i = 0; i < n; i++)
    sizes[i] = snn_sensitivity_size (s, i);
  return snn_buffers_new (n, sizes);
}

void
snn_sensitivity_buffers_free (const SnnSensitivity *s, float **buffers)
{
  snn_buffers_free (s->ann->plan->n_layers + 1, buffers);
}

/* A factor of the Gauss-Newton matrix times random signs, and the diagonal of that
 * matrix, of the logits of one position; @p is room for their probabilities. */
static void
seed_position (double temperature, guint channels, const float *y,
    gsize plane, SnnRandom *random, double *p, float *seed, float *diagonal)
{
  double sum = 0., along = 0., largest = -G_MAXDOUBLE;

  if (channels == 1) {
    p[0] = 1. / (1. + exp (-y[0] / temperature));
    diagonal[0] = (float) (p[0] * (1. - p[0]));
    seed[0] = (float) sqrt (p[0] * (1. - p[0]));
    if (snn_random_u32 (random) & 1)
      seed[0] = -seed[0];
    return;
  }
  for (guint c = 0; c < channels; c++)
    largest = MAX (largest, y[c * plane]);
  for (guint c = 0; c < channels; c++) {
    p[c] = exp ((y[c * plane] - largest) / temperature);
    sum += p[c];
  }
  for (guint c = 0; c < channels; c++) {
    double root;

    p[c] /= sum;
    root = snn_random_u32 (random) & 1 ? -sqrt (p[c]) : sqrt (p[c]);
    diagonal[c * plane] = (float) (p[c] * (1. - p[c]));
    seed[c * plane] = (float) root;
    along += root;
  }
  for (guint c = 0; c < channels; c++)
    seed[c * plane] -= (float) (p[c] * along);
}

void
snn_sensitivity_measure (SnnSensitivity *s, guint sample, guint worker,
    guint first, float **potentials, float **weights)
{
  const SnnPlan *plan = s->ann->plan;
  const guint channels = output_of (s).channels;
  const gsize size = snn_shape_size (output_of (s));
  const gsize plane = size / channels;
  const SnnRun run = forward (s, sample, worker, potentials);
  g_autofree float *logits = read_output (s, &run);
  g_autofree float *seed = g_new (float, size);
  g_autofree float *diagonal = g_new (float, size);
  g_autofree double *p = g_new (double, channels);
  const guint last = first < plan->n_layers ? plan->layer_step[first]
      : plan->n_steps;
  SnnRandom random;

  snn_random_init (&random, 0, SNN_RANDOM_SENSITIVITY, sample);
  for (gsize i = 0; i < plane; i++)
    seed_position (s->temperature * s->softness, channels, logits + i, plane,
        &random, p, seed + i, diagonal + i);
  snn_run_seed_gradient (&run, 0, 1, diagonal, 1.f);
  snn_frame_read (&plan->frames[plan->output], run.gradients[plan->output],
      weights[plan->n_layers]);
  snn_run_seed_gradient (&run, 0, 1, seed, 1.f);
  for (guint i = plan->n_steps; i-- > last;) {
    const SnnStep *step = &plan->steps[i];

    if (snn_converter_is_activation (s->ann, i)) {
      float *weight = weights[step->layer];

      snn_frame_read (&plan->frames[step->output],
          run.gradients[step->output], weight);
      for (gsize j = 0; j < plan->layer_size[step->layer]; j++)
        weight[j] *= weight[j];
    }
    if (i > last)
      snn_layer_backward (&run, step);
  }
}

void
snn_sensitivity_set_softness (SnnSensitivity *s, double softness)
{
  s->softness = softness;
}

/* ln (sum of exp (y / tau)), of one channel with that of the other decision, which is
 * 0. */
static double
log_sum (double temperature, guint channels, const float *y)
{
  double largest = channels == 1 ? 0. : y[0], sum;

  for (guint c = 0; c < channels; c++)
    largest = MAX (largest, y[c]);
  sum = channels == 1 ? exp (-largest / temperature) : 0.;
  for (guint c = 0; c < channels; c++)
    sum += exp ((y[c] - largest) / temperature);
  return log (sum) + largest / temperature;
}

double
snn_sensitivity_divergence (SnnSensitivity *s, guint sample, guint worker,
    const float *other)
{
  const SnnPlan *plan = s->ann->plan;
  const guint channels = output_of (s).channels;
  const gsize size = snn_shape_size (output_of (s));
  const double tau = s->temperature;
  const SnnRun run = forward (s, sample, worker, NULL);
  g_autofree float *logits = g_new (float, size);
  double sum = 0.;

  snn_frame_read (&plan->frames[plan->output], run.values[plan->output],
      logits);
  for (gsize i = 0; i < size; i += channels) {
    const float *y = logits + i, *z = other + i;
    const double all = log_sum (tau, channels, y);

    sum += log_sum (tau, channels, z) - all;
    for (guint c = 0; c < channels; c++)
      sum += exp (y[c] / tau - all) * ((double) y[c] - z[c]) / tau;
  }
  return sum;
}

static void
measure_item (gpointer data, guint item, guint worker)
{
  SnnSensitivity *s = data;

  if (!snn_is_cancelled (s->ann->cancel))
    snn_sensitivity_measure (s, s->first + item, worker, 0,
        s->potentials[item], s->weights[item]);
}

/* Of all samples of the wave, in their order. */
static void
count_layer (gpointer data, guint layer, guint worker)
{
  SnnSensitivity *s = data;
  const SnnMeasure *m = &s->ann->measures[layer];
  const guint channels = snn_converter_step (s->ann, layer)->node->out.channels;

  for (guint item = 0; item < MIN (WAVE, s->n - s->first); item++) {
    const float *a = s->potentials[item][layer];
    const float *weight = s->weights[item][layer];

    for (gsize i = 0; i < s->ann->plan->layer_size[layer]; i++) {
      const guint group = m->n_groups == 1 ? 0 : i % channels;

      if (a[i] > 0.f)
        s->histograms[layer][(gsize) group * SNN_HISTOGRAM_BINS
            + MIN (SNN_HISTOGRAM_BINS - 1, (gsize)
                (a[i] / m->largest[group] * SNN_HISTOGRAM_BINS))] += weight[i];
    }
  }
}

double **
snn_sensitivity_histograms (SnnSensitivity *s)
{
  const guint n_layers = s->ann->plan->n_layers;

  s->histograms = g_new0 (double *, MAX (n_layers, 1));
  for (guint i = 0; i < n_layers; i++)
    s->histograms[i] = g_new0 (double, (gsize) s->ann->measures[i].n_groups
        * SNN_HISTOGRAM_BINS);
  s->potentials = g_new (float **, WAVE);
  s->weights = g_new (float **, WAVE);
  for (guint i = 0; i < WAVE; i++) {
    s->potentials[i] = snn_sensitivity_buffers_new (s);
    s->weights[i] = snn_sensitivity_buffers_new (s);
  }
  for (s->first = 0; s->first < s->n
      && !snn_is_cancelled (s->ann->cancel); s->first += WAVE) {
    snn_pool_run (s->ann->pool, MIN (WAVE, s->n - s->first), measure_item, s);
    snn_pool_run (s->ann->pool, n_layers, count_layer, s);
  }
  for (guint i = 0; i < WAVE; i++) {
    snn_sensitivity_buffers_free (s, s->potentials[i]);
    snn_sensitivity_buffers_free (s, s->weights[i]);
  }
  g_clear_pointer (&s->potentials, g_free);
  g_clear_pointer (&s->weights, g_free);
  return g_steal_pointer (&s->histograms);
}
