/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measure.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "histogram.h"

/* Timesteps that pass together. */
#define TILE 4

/* Of the scale of a layer's most active channel: what a channel has at least. */
#define LEAST_SCALE 0.1f

guint
snn_converter_node (const SnnNetwork *network, const SnnNode *node)
{
  guint i = 0;

  while (snn_network_node (network, i) != node)
    i++;
  return i;
}

const SnnStep *
snn_converter_step (const SnnConverter *c, guint layer)
{
  return &c->plan->steps[c->plan->layer_step[layer]];
}

gboolean
snn_converter_is_activation (const SnnConverter *c, guint step)
{
  const SnnNode *node = c->plan->steps[step].node;

  return node && snn_node_is_activation (node);
}

static gboolean
needs_histogram (const SnnConverter *c)
{
  return c->settings->percentile < 100.;
}

static SnnMeasure *
measures_new (const SnnConverter *c)
{
  SnnMeasure *measures = g_new0 (SnnMeasure, MAX (c->plan->n_layers, 1));

  for (guint i = 0; i < c->plan->n_layers; i++) {
    SnnMeasure *m = &measures[i];

    m->n_groups = c->settings->scales == SNN_SCALES_PER_CHANNEL
        ? snn_converter_step (c, i)->node->out.channels : 1;
    m->largest = g_new0 (float, m->n_groups);
    if (needs_histogram (c))
      m->bins = g_new0 (guint32, (gsize) m->n_groups * SNN_HISTOGRAM_BINS);
  }
  return measures;
}

static void
measures_free (const SnnConverter *c, SnnMeasure *measures)
{
  for (guint i = 0; measures && i < c->plan->n_layers; i++) {
    g_free (measures[i].largest);
    g_free (measures[i].bins);
  }
  g_free (measures);
}

SnnConverter *
snn_converter_new (SnnNetwork *network, const SnnConversionSettings *settings,
    const SnnInput *inputs, const gint *cancel)
{
  SnnConverter *c = g_new0 (SnnConverter, 1);
  guint threads;

  c->network = network;
  c->settings = settings;
  c->inputs = inputs;
  c->cancel = cancel;
  c->plan = snn_plan_new (network);
  c->packed = snn_packed_new (c->plan, snn_kernels_get (), FALSE);
  c->pool = snn_pool_new (settings->threads);
  snn_packed_update (c->packed, c->pool, NULL);
  threads = snn_pool_threads (c->pool);
  c->measures = measures_new (c);
  c->worker_measures = g_new0 (SnnMeasure *, threads);
  c->worker_values = g_new0 (float **, threads);
  c->worker_membranes = g_new0 (float **, threads);
  for (guint i = 0; i < threads; i++) {
    c->worker_measures[i] = measures_new (c);
    c->worker_values[i] = snn_plan_buffers_new (c->plan, TILE);
    c->worker_membranes[i] = snn_state_buffers_new (c->plan);
  }
  return c;
}

void
snn_converter_free (SnnConverter *c)
{
  if (!c)
    return;
  for (guint i = 0; i < snn_pool_threads (c->pool); i++) {
    measures_free (c, c->worker_measures[i]);
    snn_buffers_free (c->plan->n_frames, c->worker_values[i]);
    snn_buffers_free (c->plan->n_layers, c->worker_membranes[i]);
  }
  g_free (c->worker_measures);
  g_free (c->worker_values);
  g_free (c->worker_membranes);
  g_free (c->sums);
  measures_free (c, c->measures);
  snn_packed_free (c->packed);
  snn_pool_free (c->pool);
  snn_plan_free (c->plan);
  g_free (c);
}

/* Looks at a layer's input current (or an ANN's activation, whose positive
 * values are the same). */
static void
look_at (const SnnConverter *c, const SnnRun *run, guint layer,
    SnnMeasure *into)
{
  const SnnStep *step = snn_converter_step (c, layer);
  const SnnFrame *frame = &c->plan->frames[step->input];
  const SnnShape shape = frame->shape;
  const SnnMeasure *known = &c->measures[layer];
  gboolean single = into->n_groups == 1;

  for (guint f = 0; f < run->n_frames; f++)
    for (gsize row = 0; row < snn_shape_rows (shape); row++) {
      const float *x = run->values[step->input] + f * frame->size
          + frame->first + snn_frame_row (frame, row);

      for (gsize i = 0; i < (gsize) shape.width * shape.channels; i++) {
        guint group = single ? 0 : i % shape.channels;

        if (!(x[i] > 0.f))
          continue;
        if (c->pass == SNN_MEASURE_HISTOGRAM)
          into->bins[(gsize) group * SNN_HISTOGRAM_BINS
              + MIN (SNN_HISTOGRAM_BINS - 1, (gsize)
                  (x[i] / known->largest[group] * SNN_HISTOGRAM_BINS))]++;
        else if (x[i] > into->largest[group])
          into->largest[group] = x[i];
      }
    }
}

/* Adds what a layer puts out, channel by channel. */
static void
add_outputs (const SnnConverter *c, const SnnRun *run, guint layer,
    double *sums)
{
  guint output = snn_converter_step (c, layer)->output;
  const SnnFrame *frame = &c->plan->frames[output];
  const SnnShape shape = frame->shape;

  for (guint f = 0; f < run->n_frames; f++)
    for (gsize row = 0; row < snn_shape_rows (shape); row++) {
      const float *x = run->values[output] + f * frame->size + frame->first
          + snn_frame_row (frame, row);

      for (gsize i = 0; i < (gsize) shape.width * shape.channels; i++)
        sums[i % shape.channels] += x[i];
    }
}

static guint
n_timesteps (const SnnConverter *c, guint sample)
{
  return c->timesteps ? c->timesteps : c->inputs[sample].timesteps;
}

static SnnRun
begin_sample (const SnnConverter *c, guint worker)
{
  const SnnRun run = {
    .plan = c->plan,
    .packed = c->packed,
    .values = c->worker_values[worker],
    .membranes = c->worker_membranes[worker],
  };

  if (c->network->spiking)
    snn_reset_membranes (c->network, run.membranes);
  return run;
}

/* The timesteps from @t on that pass together. An image of one timestep is
 * repeated. */
static void
load_tile (const SnnConverter *c, SnnRun *run, guint sample, guint t)
{
  const SnnInput *input = &c->inputs[sample];

  run->n_frames = MIN (TILE, n_timesteps (c, sample) - t);
  for (guint f = 0; f < run->n_frames; f++)
    snn_run_load (run, input, MIN (t + f, input->timesteps - 1), 1, f);
}

/* One calibration sample: all its timesteps, up to the last layer asked for. */
static void
measure_sample (gpointer data, guint item, guint worker)
{
  SnnConverter *c = data;
  const guint last_step = c->plan->layer_step[c->end_layer - 1];
  SnnRun run = begin_sample (c, worker);

  for (guint t = 0; t < n_timesteps (c, item); t += run.n_frames) {
    if (snn_is_cancelled (c->cancel))
      return;
    load_tile (c, &run, item, t);
    for (guint i = 0, at = 0; i <= last_step; i++) {
      const SnnStep *step = &c->plan->steps[i];
      const gboolean wanted = snn_converter_is_activation (c, i)
          && step->layer >= c->first_layer;

      if (wanted && c->pass != SNN_MEASURE_SUMS)
        look_at (c, &run, step->layer,
            &c->worker_measures[worker][step->layer]);
      snn_layer_forward (&run, step);
      if (wanted && c->pass == SNN_MEASURE_SUMS) {
        add_outputs (c, &run, step->layer,
            c->sums + (gsize) item * c->n_channels + at);
        at += step->node->out.channels;
      }
    }
  }
}

gboolean
snn_converter_mean_inputs (SnnConverter *c, guint sample, guint worker,
    guint layer, float *const *inputs)
{
  const SnnPlan *plan = c->plan;
  const guint end = layer < plan->n_layers ? plan->layer_step[layer]
      : plan->n_steps;
  const guint timesteps = n_timesteps (c, sample);
  SnnRun run = begin_sample (c, worker);

  for (guint i = 0; i < plan->n_frames; i++)
    if (inputs[i])
      memset (inputs[i], 0, plan->frames[i].size * sizeof (float));
  for (guint t = 0; t < timesteps; t += run.n_frames) {
    if (snn_is_cancelled (c->cancel))
      return FALSE;
    load_tile (c, &run, sample, t);
    snn_run_forward (&run, end);
    for (guint i = 0; i < plan->n_frames; i++)
      for (gsize j = 0; inputs[i]
          && j < run.n_frames * plan->frames[i].size; j++)
        inputs[i][j % plan->frames[i].size] += run.values[i][j];
  }
  for (guint i = 0; i < plan->n_frames; i++)
    for (gsize j = 0; inputs[i] && j < plan->frames[i].size; j++)
      inputs[i][j] /= (float) timesteps;
  return TRUE;
}

void
snn_converter_measure (SnnConverter *c, guint n, guint first, guint end)
{
  gint passes = needs_histogram (c) ? 2 : 1;

  if (first == end)
    return;
  c->first_layer = first;
  c->end_layer = end;
  for (gint pass = 0; pass < passes; pass++) {
    c->pass = pass == 0 ? SNN_MEASURE_LARGEST : SNN_MEASURE_HISTOGRAM;
    snn_pool_run (c->pool, n, measure_sample, c);
    for (guint w = 0; w < snn_pool_threads (c->pool); w++)
      for (guint layer = first; layer < end; layer++) {
        SnnMeasure *to = &c->measures[layer];
        const SnnMeasure *from = &c->worker_measures[w][layer];

        for (guint g = 0; c->pass == SNN_MEASURE_LARGEST
            && g < to->n_groups; g++)
          to->largest[g] = MAX (to->largest[g], from->largest[g]);
        for (gsize b = 0; c->pass == SNN_MEASURE_HISTOGRAM
            && b < (gsize) to->n_groups * SNN_HISTOGRAM_BINS; b++)
          to->bins[b] += from->bins[b];
      }
  }
}

double *
snn_converter_sum_outputs (SnnConverter *c, guint n, guint first, guint end)
{
  double *sums;

  c->pass = SNN_MEASURE_SUMS;
  c->first_layer = first;
  c->end_layer = end;
  c->n_channels = 0;
  for (guint layer = first; layer < end; layer++)
    c->n_channels += snn_converter_step (c, layer)->node->out.channels;
  sums = g_new0 (double, MAX (c->n_channels, 1));
  if (first == end)
    return sums;
  g_free (c->sums);
  c->sums = g_new0 (double, (gsize) n * c->n_channels);
  snn_pool_run (c->pool, n, measure_sample, c);
  for (gsize i = 0; i < (gsize) n * c->n_channels; i++)
    sums[i % c->n_channels] += c->sums[i];
  return sums;
}

/* @weights is NULL where each value counts once. */
static float
least_error (const SnnConverter *c, const guint32 *bins,
    const double *weights, float largest)
{
  g_autofree double *counts = g_new (double, SNN_HISTOGRAM_BINS);
  double sum = 0.;

  for (guint b = 0; weights && b < SNN_HISTOGRAM_BINS; b++)
    sum += weights[b];
  /* Of a channel that nothing hangs on, all values are as good. */
  for (guint b = 0; b < SNN_HISTOGRAM_BINS; b++)
    counts[b] = sum > 0. ? weights[b] / sum : bins[b];
  return snn_histogram_least_error (counts, largest, c->settings->levels,
      c->settings->initial_membrane);
}

static float
group_scale (const SnnConverter *c, const SnnMeasure *m, guint group,
    const double *histogram)
{
  const SnnConversionSettings *settings = c->settings;
  const gsize first = (gsize) group * SNN_HISTOGRAM_BINS;

  if (!(m->largest[group] > 0.f))
    return 0.f;
  if (settings->percentile >= 100.)
    return m->largest[group];
  if (settings->percentile > 0.)
    return snn_histogram_percentile (m->bins + first, m->largest[group],
        settings->percentile);
  return least_error (c, m->bins + first, histogram ? histogram + first : NULL,
      m->largest[group]);
}

/* One scale for each channel of a layer. A channel that is hardly ever active
 * would get huge weights, which amplify gradients, and one that never is
 * infinite ones. */
float *
snn_converter_scales (const SnnConverter *c, guint layer,
    const double *histogram, GError **error)
{
  const SnnNode *node = snn_converter_step (c, layer)->node;
  const SnnMeasure *m = &c->measures[layer];
  g_autofree float *scales = g_new0 (float, node->out.channels);
  float largest = 0.f;

  for (guint g = 0; g < m->n_groups; g++) {
    scales[g] = group_scale (c, m, g, histogram);
    largest = MAX (largest, scales[g]);
  }
  if (!(largest > 0.f) || !isfinite (largest)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
        "Layer '%s' has a largest input of %g over all calibration samples; "
        "expected a positive, finite number", node->name, largest);
    return NULL;
  }
  for (guint i = node->out.channels; i-- > 0;) {
    scales[i] = MAX (scales[m->n_groups == 1 ? 0 : i],
        LEAST_SCALE * largest);
  }
  return g_steal_pointer (&scales);
}
