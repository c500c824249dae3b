/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conversion.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../encode/encode.h"
#include "../graph/op.h"
#include "../run/workspace.h"

#define N_BINS 8192

/* What is measured of a layer: the largest value of each group (the layer, or
 * one of its channels) and, once that is known, a histogram up to it. Maxima
 * and counts come out the same in whatever order samples are looked at. */
typedef struct
{
  guint n_groups;
  float *largest;
  guint32 *bins;                /* n_groups * N_BINS */
} Measure;

/* What a pass over the calibration samples looks for. */
typedef enum
{
  LARGEST,                      /* inputs of activations */
  HISTOGRAM,                    /* of the same, up to the largest */
  SUMS,                         /* outputs of one layer */
} Pass;

typedef struct
{
  SnnNetwork *network;
  const SnnConversionSettings *settings;
  SnnPlan *plan;
  SnnPacked *packed;
  SnnPool *pool;
  const SnnInput *inputs;
  const gint *cancel;

  Pass pass;
  guint timesteps;              /* of each sample; 0: its own */
  guint first_layer;            /* layers that are measured ... */
  guint end_layer;              /* ... up to this one */
  double *sums;                 /* [sample][channel] of the last of these */
  Measure *measures;            /* of each layer */
  Measure **worker_measures;
  float ***worker_values;
  float ***worker_membranes;
} Converter;

/* Timesteps that pass together. */
#define TILE 4

/* What a channel passes on is multiplied by at most this, or divided. */
#define LARGEST_GAIN 2.

/* Of the scale of a layer's most active channel: what a channel has at least. */
#define LEAST_SCALE 0.1f

void
snn_conversion_settings_init (SnnConversionSettings *settings)
{
  *settings = (SnnConversionSettings) {
    .method = SNN_CONVERSION_BRANCH_AWARE,
    .scales = SNN_SCALES_PER_CHANNEL,
    .percentile = 97.,
    .threshold_scale = 1.,
    .initial_membrane = 0.5,
    .matching_timesteps = 8,
    .readout = SNN_READOUT_MEAN,
  };
}

static guint
node_index (const SnnNetwork *network, const SnnNode *node)
{
  guint i = 0;

  while (snn_network_node (network, i) != node)
    i++;
  return i;
}

static const SnnStep *
layer_step (const Converter *c, guint layer)
{
  return &c->plan->steps[c->plan->layer_step[layer]];
}

static Measure *
measures_new (const Converter *c)
{
  Measure *measures = g_new0 (Measure, MAX (c->plan->n_layers, 1));

  for (guint i = 0; i < c->plan->n_layers; i++) {
    Measure *m = &measures[i];

    m->n_groups = c->settings->scales == SNN_SCALES_PER_CHANNEL
        ? layer_step (c, i)->node->out.channels : 1;
    m->largest = g_new0 (float, m->n_groups);
    if (c->settings->percentile < 100.)
      m->bins = g_new0 (guint32, (gsize) m->n_groups * N_BINS);
  }
  return measures;
}

static void
measures_free (const Converter *c, Measure *measures)
{
  for (guint i = 0; measures && i < c->plan->n_layers; i++) {
    g_free (measures[i].largest);
    g_free (measures[i].bins);
  }
  g_free (measures);
}

static Converter *
converter_new (SnnNetwork *network, const SnnConversionSettings *settings,
    const SnnInput *inputs, const gint *cancel)
{
  Converter *c = g_new0 (Converter, 1);
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
  c->worker_measures = g_new0 (Measure *, threads);
  c->worker_values = g_new0 (float **, threads);
  c->worker_membranes = g_new0 (float **, threads);
  for (guint i = 0; i < threads; i++) {
    c->worker_measures[i] = measures_new (c);
    c->worker_values[i] = snn_plan_buffers_new (c->plan, TILE);
    c->worker_membranes[i] = snn_layer_buffers_new (c->plan, 1);
  }
  return c;
}

static void
converter_free (Converter *c)
{
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
look_at (const Converter *c, const SnnRun *run, guint layer, Measure *into)
{
  const SnnStep *step = layer_step (c, layer);
  const SnnFrame *frame = &c->plan->frames[step->input];
  const SnnShape shape = frame->shape;
  const Measure *known = &c->measures[layer];
  gboolean single = into->n_groups == 1;

  for (guint f = 0; f < run->n_frames; f++)
    for (guint row = 0; row < shape.height; row++) {
      const float *x = run->values[step->input] + f * frame->size
          + frame->first + row * frame->row;

      for (gsize i = 0; i < (gsize) shape.width * shape.channels; i++) {
        guint group = single ? 0 : i % shape.channels;

        if (!(x[i] > 0.f))
          continue;
        if (c->pass == HISTOGRAM)
          into->bins[(gsize) group * N_BINS + MIN (N_BINS - 1, (gsize)
                  (x[i] / known->largest[group] * N_BINS))]++;
        else if (x[i] > into->largest[group])
          into->largest[group] = x[i];
      }
    }
}

/* Adds what a layer puts out, channel by channel. */
static void
add_outputs (const Converter *c, const SnnRun *run, guint layer, double *sums)
{
  guint output = layer_step (c, layer)->output;
  const SnnFrame *frame = &c->plan->frames[output];
  const SnnShape shape = frame->shape;

  for (guint f = 0; f < run->n_frames; f++)
    for (guint row = 0; row < shape.height; row++) {
      const float *x = run->values[output] + f * frame->size + frame->first
          + row * frame->row;

      for (gsize i = 0; i < (gsize) shape.width * shape.channels; i++)
        sums[i % shape.channels] += x[i];
    }
}

/* One calibration sample: all its timesteps, up to the last layer asked for. An
 * image of one timestep is repeated. */
static void
measure_sample (gpointer data, guint item, guint worker)
{
  Converter *c = data;
  const SnnInput *input = &c->inputs[item];
  guint last_layer = c->end_layer - 1;
  guint last_step = c->plan->layer_step[last_layer];
  guint timesteps = c->timesteps ? c->timesteps : input->timesteps;
  SnnRun run = {
    .plan = c->plan,
    .packed = c->packed,
    .values = c->worker_values[worker],
    .membranes = c->worker_membranes[worker],
  };

  if (c->network->spiking)
    snn_reset_membranes (c->network, run.membranes);
  for (guint t = 0; t < timesteps; t += run.n_frames) {
    if (snn_is_cancelled (c->cancel))
      return;
    run.n_frames = MIN (TILE, timesteps - t);
    for (guint f = 0; f < run.n_frames; f++)
      snn_run_load (&run, input, MIN (t + f, input->timesteps - 1), 1, f);
    for (guint i = 0; i <= last_step; i++) {
      const SnnStep *step = &c->plan->steps[i];

      /* Only an activation is the step of its layer. */
      if (c->pass != SUMS && c->plan->layer_step[step->layer] == i
          && step->layer >= c->first_layer)
        look_at (c, &run, step->layer, &c->worker_measures[worker][step->layer]);
      snn_layer_forward (&run, step);
    }
    if (c->pass == SUMS)
      add_outputs (c, &run, last_layer, c->sums
          + (gsize) item * layer_step (c, last_layer)->node->out.channels);
  }
}

/* Measures layers [first, end): maxima, then histograms where they are needed. */
static void
measure (Converter *c, guint n, guint first, guint end)
{
  gint passes = c->settings->percentile < 100. ? 2 : 1;

  if (first == end)
    return;
  c->first_layer = first;
  c->end_layer = end;
  for (gint pass = 0; pass < passes; pass++) {
    c->pass = pass == 0 ? LARGEST : HISTOGRAM;
    snn_pool_run (c->pool, n, measure_sample, c);
    for (guint w = 0; w < snn_pool_threads (c->pool); w++)
      for (guint layer = first; layer < end; layer++) {
        Measure *to = &c->measures[layer];
        const Measure *from = &c->worker_measures[w][layer];

        for (guint g = 0; c->pass == LARGEST && g < to->n_groups; g++)
          to->largest[g] = MAX (to->largest[g], from->largest[g]);
        for (gsize b = 0; c->pass == HISTOGRAM
            && b < (gsize) to->n_groups * N_BINS; b++)
          to->bins[b] += from->bins[b];
      }
  }
}

/* What a layer puts out in all timesteps of all samples, for each channel: the
 * same in whatever order they are worked on. */
static double *
sum_outputs (Converter *c, guint n, guint layer)
{
  guint channels = layer_step (c, layer)->node->out.channels;
  double *sums = g_new0 (double, channels);

  c->pass = SUMS;
  c->first_layer = layer;
  c->end_layer = layer + 1;
  g_free (c->sums);
  c->sums = g_new0 (double, (gsize) n * channels);
  snn_pool_run (c->pool, n, measure_sample, c);
  for (gsize i = 0; i < (gsize) n * channels; i++)
    sums[i % channels] += c->sums[i];
  return sums;
}

/* The percentile of a group's positive values, interpolated in its bin. */
static float
group_percentile (const Measure *m, guint group, double percentile)
{
  const guint32 *bins = m->bins + (gsize) group * N_BINS;
  guint64 total = 0, below = 0;
  double wanted;

  if (percentile >= 100.)
    return m->largest[group];
  for (guint b = 0; b < N_BINS; b++)
    total += bins[b];
  wanted = percentile / 100. * (double) total;
  for (guint b = 0; b < N_BINS; b++) {
    if (bins[b] > 0 && (double) (below + bins[b]) >= wanted)
      return (float) (m->largest[group] / N_BINS
          * (b + (wanted - (double) below) / bins[b]));
    below += bins[b];
  }
  return m->largest[group];
}

/* One scale for each channel of a layer. A channel that is hardly ever active
 * would get huge weights, which amplify gradients, and one that never is
 * infinite ones. */
static float *
layer_scales (const Converter *c, guint layer, GError **error)
{
  const SnnNode *node = layer_step (c, layer)->node;
  const Measure *m = &c->measures[layer];
  g_autofree float *scales = g_new0 (float, node->out.channels);
  float largest = 0.f;

  for (guint g = 0; g < m->n_groups; g++) {
    scales[g] = m->largest[g] > 0.f
        ? group_percentile (m, g, c->settings->percentile) : 0.f;
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

/* The scales in which a node's output stands, one a channel: an activation's
 * own; that of what it passes on; or what its reader's scales are. */
static const float *
output_scales (SnnNetwork *network, guint index, float **scales)
{
  const SnnNode *node = snn_network_node (network, index);

  if (scales[index])
    return scales[index];
  scales[index] = g_new (float, node->out.channels);
  for (guint i = 0; i < node->out.channels; i++)
    scales[index][i] = 1.f;

  if (node->op->pass_scales) {
    node->op->pass_scales (node,
        output_scales (network, node->inputs[0], scales), scales[index]);
  } else if (snn_node_has_weights (node)) {
    for (guint i = index + 1; i < network->nodes->len; i++) {
      const SnnNode *reader = snn_network_node (network, i);

      for (guint j = 0; j < reader->n_inputs; j++)
        if (reader->inputs[j] == index && snn_node_is_neuron (reader))
          memcpy (scales[index], output_scales (network, i, scales),
              node->out.channels * sizeof (float));
    }
  }
  return scales[index];
}

/* A sum whose branches all have weights can take each at its own scale. */
static gboolean
check_branches (const SnnNetwork *network, GError **error)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint j = 0; j < node->n_inputs; j++) {
      const SnnNode *from = snn_network_node (network, node->inputs[j]);

      if ((node->n_inputs > 1 || snn_node_is_neuron (node))
          && !snn_node_has_weights (from)) {
        g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
            "Node '%s' (%s) enters '%s' without weights that could be scaled; "
            "expected a convolution or linear layer between them", from->name,
            snn_node_type_name (from), node->name);
        return FALSE;
      }
    }
  }
  return TRUE;
}

/* w' = w scale(in) / scale(out), for each branch by its own factors: then
 * every layer's rate is its activation over its scale. */
static void
scale_weights (SnnNetwork *network, float **scales)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    if (snn_node_has_weights (node))
      node->op->scale (node, output_scales (network, node->inputs[0], scales),
          output_scales (network, i, scales));
  }
}

/* What @index passes on stands for @gains as much in each channel. */
static void
multiply_readers (SnnNetwork *network, guint index, const float *gains)
{
  g_autofree float **factors = g_new0 (float *, network->nodes->len);

  factors[index] = g_memdup2 (gains,
      snn_network_node (network, index)->out.channels * sizeof *gains);
  for (guint i = index + 1; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);
    g_autofree float *ones = NULL;

    if (!snn_node_has_weights (node))
      continue;
    ones = g_new (float, node->out.channels);
    for (guint o = 0; o < node->out.channels; o++)
      ones[o] = 1.f;
    node->op->scale (node, output_scales (network, node->inputs[0], factors),
        ones);
  }
  for (guint i = 0; i < network->nodes->len; i++)
    g_free (factors[i]);
}

/* Few timesteps lose what exceeds a scale, and round: a layer's mean rate is
 * not its mean activation over its scale. What a channel passes on is
 * multiplied by what is missing, a layer after the other, so that each one's
 * inputs are right on average: the layer-wise calibration of Li et al. 2021,
 * by factors where theirs has biases. */
static gboolean
match_rates (Converter *ann, SnnNetwork *network, float **scales, guint n,
    void (*progress) (gpointer data, guint done, guint total), gpointer data,
    GError **error)
{
  const SnnConversionSettings *settings = ann->settings;
  Converter *c = converter_new (network, settings, ann->inputs, ann->cancel);
  guint n_layers = c->plan->n_layers;
  gboolean ok = TRUE;

  c->timesteps = settings->matching_timesteps;
  for (guint layer = 0; layer < n_layers; layer++) {
    guint index = node_index (network, layer_step (c, layer)->node);
    guint channels = snn_network_node (network, index)->out.channels;
    g_autofree double *activations = sum_outputs (ann, n, layer);
    g_autofree double *spikes = sum_outputs (c, n, layer);
    g_autofree float *gains = g_new (float, channels);

    ok = snn_check_cancelled (c->cancel, "Conversion", error);
    if (!ok)
      break;
    for (guint i = 0; i < channels; i++) {
      double gain = spikes[i] > 0. ? activations[i] * c->timesteps
          / (scales[index][i] * spikes[i]) : 1.;

      gains[i] = (float) CLAMP (gain, 1. / LARGEST_GAIN, LARGEST_GAIN);
    }
    multiply_readers (network, index, gains);
    snn_packed_update (c->packed, c->pool, NULL);
    if (progress)
      progress (data, layer + 1, n_layers);
  }
  converter_free (c);
  return ok;
}

/* Each sample's mean over time, as the image that the ANN would see. */
static float *
analog_inputs (SnnShape shape, guint n, const SnnInput *inputs,
    SnnInput *analog)
{
  gsize size = snn_shape_size (shape);
  float *images = g_new0 (float, size * n);

  for (guint i = 0; i < n; i++) {
    const SnnInput *input = &inputs[i];
    float *image = images + i * size;

    for (gsize j = 0; j < size * input->timesteps; j++)
      image[j % size] += input->type == SNN_VALUE_FLOAT32
          ? ((const float *) input->data)[j]
          : input->type == SNN_VALUE_INT8
          ? ((const gint8 *) input->data)[j]
          : ((const guint8 *) input->data)[j];
    for (gsize j = 0; j < size; j++)
      image[j] /= (float) input->timesteps;
    analog[i] = (SnnInput) { image, SNN_VALUE_FLOAT32, 1 };
  }
  return images;
}

static gboolean
convert_branch_aware (SnnNetwork *ann, SnnNetwork *network,
    const SnnConversionSettings *settings, guint n, const SnnInput *inputs,
    const gint *cancel, void (*progress) (gpointer data, guint done,
        guint total), gpointer data, GError **error)
{
  g_autofree SnnInput *analog = g_new (SnnInput, MAX (n, 1));
  g_autofree float *images = analog_inputs (snn_network_input (ann), n, inputs,
      analog);
  Converter *c = converter_new (ann, settings, analog, cancel);
  g_autofree float **scales = g_new0 (float *, ann->nodes->len);
  gboolean ok = check_branches (network, error);

  if (ok) {
    measure (c, n, 0, c->plan->n_layers);
    ok = snn_check_cancelled (cancel, "Conversion", error);
  }
  for (guint layer = 0; ok && layer < c->plan->n_layers; layer++) {
    const SnnNode *node = layer_step (c, layer)->node;
    float **of_layer = &scales[node_index (ann, node)];

    *of_layer = layer_scales (c, layer, error);
    ok = *of_layer != NULL;
    for (guint o = 0; ok && o < node->out.channels; o++)
      (*of_layer)[o] *= (float) settings->threshold_scale;
  }
  if (ok)
    scale_weights (network, scales);
  if (ok && settings->matching_timesteps > 0)
    ok = match_rates (c, network, scales, n, progress, data, error);
  else if (ok && progress)
    progress (data, 1, 1);
  for (guint i = 0; i < ann->nodes->len; i++)
    g_free (scales[i]);
  converter_free (c);
  return ok;
}

static gboolean
convert_balancing (SnnNetwork *network, const SnnConversionSettings *settings,
    guint n, const SnnInput *inputs, const gint *cancel,
    void (*progress) (gpointer data, guint done, guint total), gpointer data,
    GError **error)
{
  Converter *c = converter_new (network, settings, inputs, cancel);
  gboolean ok = TRUE;

  /* Currents are looked at from membranes that start at rest. */
  network->initial_membrane = 0.;
  for (guint layer = 0; ok && layer < c->plan->n_layers; layer++) {
    const SnnNode *node = layer_step (c, layer)->node;
    g_autofree float *scales = NULL;

    measure (c, n, layer, layer + 1);
    ok = snn_check_cancelled (cancel, "Conversion", error)
        && (scales = layer_scales (c, layer, error)) != NULL;
    if (!ok)
      break;
    memcpy (node->threshold, scales, node->out.channels * sizeof (float));
    snn_packed_update (c->packed, c->pool, NULL);
    if (progress)
      progress (data, layer + 1, c->plan->n_layers);
  }
  network->initial_membrane = settings->initial_membrane;
  converter_free (c);
  return ok;
}

static gboolean
has_negative (guint n, const SnnInput *inputs, gsize size)
{
  for (guint i = 0; i < n; i++)
    for (gsize j = 0; j < size * inputs[i].timesteps; j++)
      if ((inputs[i].type == SNN_VALUE_INT8
              && ((const gint8 *) inputs[i].data)[j] < 0)
          || (inputs[i].type == SNN_VALUE_FLOAT32
              && ((const float *) inputs[i].data)[j] < 0.f))
        return TRUE;
  return FALSE;
}

/* What is no number would be passed over in the search for the largest. */
static gboolean
check_finite (guint n, const SnnInput *inputs, gsize size, GError **error)
{
  for (guint i = 0; i < n; i++)
    if (inputs[i].type == SNN_VALUE_FLOAT32
        && !snn_encode_check_finite (inputs[i].data,
            inputs[i].timesteps * size, error)) {
      g_prefix_error (error, "Calibration sample %u: ", i);
      return FALSE;
    }
  return TRUE;
}

SnnNetwork *
snn_convert (SnnNetwork *ann, const SnnConversionSettings *settings, guint n,
    const SnnInput *inputs, const gint *cancel,
    void (*progress) (gpointer data, guint done, guint total), gpointer data,
    GError **error)
{
  g_autoptr (SnnNetwork) network = NULL;
  gboolean ok;

  if (ann->spiking) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "The network to be converted is spiking already; expected an ANN");
    return NULL;
  }
  if (n == 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "There are no calibration samples; expected at least one");
    return NULL;
  }
  if (!check_finite (n, inputs, snn_shape_size (snn_network_input (ann)),
          error))
    return NULL;
  network = snn_network_to_spiking (ann);
  network->readout = settings->readout;
  network->timesteps = settings->timesteps;
  network->signed_input |= has_negative (n, inputs,
      snn_shape_size (snn_network_input (ann)));
  network->initial_membrane = settings->initial_membrane;

  ok = settings->method == SNN_CONVERSION_BRANCH_AWARE
      ? convert_branch_aware (ann, network, settings, n, inputs, cancel,
      progress, data, error)
      : convert_balancing (network, settings, n, inputs, cancel, progress,
      data, error);
  if (!ok)
    return NULL;

  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint c = 0; node->threshold && c < node->out.channels
        && settings->method == SNN_CONVERSION_THRESHOLD_BALANCING; c++)
      node->threshold[c] *= (float) settings->threshold_scale;
  }
  return g_steal_pointer (&network);
}
