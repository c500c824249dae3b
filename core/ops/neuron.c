/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "neuron.h"

#include <math.h>
#include <string.h>

guint
snn_neuron_channels (const SnnNode *node, gsize dims[SNN_MAX_DIMS])
{
  dims[0] = node->out.channels;
  return 1;
}

guint
snn_neuron_reset_channels (const SnnNode *node, gsize dims[SNN_MAX_DIMS])
{
  dims[0] = node->resets ? node->out.channels : 0;
  return 1;
}

/* The values of parameter "reset"; NULL where thresholds are subtracted. */
static const float *
reset_values (const SnnNode *node)
{
  return node->resets ? snn_node_parameter (node, "reset")->values : NULL;
}

void
snn_neuron_pack_threshold (const SnnNode *node,
    const SnnPackedSurrogate *surrogate, SnnPackedLayer *layer)
{
  const float *reset = reset_values (node);

  for (gsize i = 0; i < (gsize) node->out.width * node->out.channels; i++) {
    float v = node->threshold[i % node->out.channels];

    layer->threshold[i] = v;
    if (reset)
      layer->reset[i] = reset[i % node->out.channels];
    if (!surrogate)
      continue;
    layer->slope[i] = snn_surrogate_slope (surrogate->kind, v);
    layer->scale[i] = (float) surrogate->alpha * layer->slope[i];
  }
}

void
snn_neuron_reset (const SnnNode *node, float fraction, float *channels)
{
  for (guint c = 0; c < node->out.channels; c++)
    channels[c] = fraction * node->threshold[c];
}

gsize
snn_neuron_state_size (const SnnNode *node)
{
  return snn_shape_size (node->out)
      * (node->op->neuron && node->op->neuron->is_signed ? 2 : 1);
}

void
snn_neuron_pack_threshold_bytes (const SnnNode *node, SnnSpikingStep *step)
{
  const gsize size = node->out.channels * sizeof *step->threshold;

  memcpy (step->threshold, node->threshold, size);
  if (step->reset)
    memcpy (step->reset, reset_values (node), size);
}

/* dL/du[t] = dL/ds[t] ds/du[t] + leak dL/du[t+1]: the reset passes no gradient. A
 * dropped neuron has none to carry, whether it was set or not. */
void
snn_neuron_backward_slopes (const SnnPackedLayer *layer, gsize n, float *gradient,
    const float *slope, const float *spikes, float *carry)
{
  for (gsize i = 0; i < n; i++) {
    if (layer->reset && spikes[i] > 0.f)
      carry[i] = 0.f;
    gradient[i] = gradient[i] * slope[i] + carry[i];
    carry[i] = layer->leak ? layer->leak[i] * gradient[i] : gradient[i];
  }
}

/* Of rate = min (max (I / v, 0), 1). */
void
snn_neuron_rate_slopes (const SnnPackedLayer *layer, gsize n, const float *current,
    float *slope)
{
  for (gsize i = 0; i < n; i++) {
    float v = layer->threshold[i];

    slope[i] = current[i] > 0.f && current[i] < v ? 1.f / v : 0.f;
  }
}

guint
snn_neuron_fire (const SnnKernels *kernels, const SnnFire *row)
{
  return kernels->fire (row);
}

void
snn_neuron_fire_backward (const SnnKernels *kernels,
    const SnnFireBackward *row)
{
  kernels->fire_backward (row);
}

guint
snn_neuron_fire_bytes (const SnnSpikingKernels *kernels,
    const SnnFireRow *row)
{
  return kernels->fire (row);
}

/* Timestep after timestep; then dropped. */
static void
forward_through_time (const SnnLayer *l)
{
  const SnnShape shape = l->node->out;
  const SnnPackedLayer *packed = &l->run->packed->layers[l->step->layer];
  const gsize rows = snn_shape_rows (shape);
  const gsize n = (gsize) shape.width * shape.channels;
  float *membrane = l->run->membranes[l->step->layer];
  float *net = l->node->op->neuron->is_signed
      ? membrane + snn_shape_size (shape) : NULL;
  float *surrogate = l->run->surrogates ?
      l->run->surrogates[l->step->layer] : NULL;
  guint64 spikes = 0;

  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < rows; row++)
      spikes += l->node->op->neuron->fire (l->kernels, &(SnnFire) {
            .n = n,
            .current = snn_layer_y (l, f) + snn_frame_row (l->out, row),
            .membrane = membrane + row * n,
            .net = net ? net + row * n : NULL,
            .threshold = packed->threshold,
            .leak = packed->leak,
            .reset = packed->reset,
            .surrogate = surrogate ?
                surrogate + (f * rows + row) * n : NULL,
            .scale = packed->scale,
            .slope = packed->slope });
  if (l->run->spikes)
    l->run->spikes[l->step->layer] += spikes;
  snn_activation_drop (l, l->run->values);
}

/* For the gradient of rates: see @rates of #SnnRun. */
static void
forward_rates (const SnnLayer *l)
{
  const SnnShape shape = l->node->out;
  const SnnPackedLayer *packed = &l->run->packed->layers[l->step->layer];
  const gsize rows = snn_shape_rows (shape);
  const gsize n = (gsize) shape.width * shape.channels;
  const float *rate = l->run->rates[l->step->layer];
  float *slope = l->run->surrogates[l->step->layer];

  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < rows; row++, rate += n, slope += n) {
      float *x = snn_layer_y (l, f) + snn_frame_row (l->out, row);

      l->node->op->neuron->rate_slopes (packed, n, x, slope);
      memcpy (x, rate, n * sizeof *x);
    }
}

/* A row's currents I become rates, and @slope their derivatives, straight through
 * the steps. Bu et al. 2022 ("Optimal ANN-SNN conversion for high-accuracy and
 * ultra-low-latency spiking neural networks", ICLR), who have an initial membrane
 * of v / 2 and no leak: r = clip (floor (L f + u[0] / v) / L, 0, 1) of the line f
 * that rate_slopes has. Returns: the sum of L r. */
static guint64
quantise (const SnnPackedLayer *packed, gsize n, float levels, float initial,
    float *x, float *slope)
{
  const float below = -initial / levels;
  const float above = 1.f + (1.f - initial) / levels;
  guint64 sum = 0;

  for (gsize i = 0; i < n; i++) {
    const float leak = packed->leak ? packed->leak[i] : 1.f;
    const float f = (x[i] / packed->threshold[i] - (1.f - leak)) / leak;
    const float step = CLAMP (floorf (levels * f + initial), 0.f, levels);

    slope[i] = f > below && f < above ? 1.f / (leak * packed->threshold[i]) : 0.f;
    x[i] = step / levels;
    sum += (guint64) step;
  }
  return sum;
}

static void
forward_quantised (const SnnLayer *l)
{
  const SnnShape shape = l->node->out;
  const SnnPackedLayer *packed = &l->run->packed->layers[l->step->layer];
  const gsize rows = snn_shape_rows (shape);
  const gsize n = (gsize) shape.width * shape.channels;
  const float initial = (float) l->run->plan->network->initial_membrane;
  float *slope = l->run->surrogates[l->step->layer];
  guint64 sum = 0;

  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < rows; row++, slope += n)
      sum += quantise (packed, n, (float) l->run->levels, initial,
          snn_layer_y (l, f) + snn_frame_row (l->out, row), slope);
  if (l->run->spikes)
    l->run->spikes[l->step->layer] += sum;
  snn_activation_drop (l, l->run->values);
}

void
snn_neuron_forward (const SnnLayer *l)
{
  if (l->step->input != l->step->output)
    snn_layer_add_forward (l);
  if (l->run->rates)
    forward_rates (l);
  else if (l->run->levels > 0)
    forward_quantised (l);
  else
    forward_through_time (l);
}

/* dx = dr dr/dI */
static void
backward_rates (const SnnLayer *l)
{
  const SnnShape shape = l->node->out;
  const gsize rows = snn_shape_rows (shape);
  const gsize n = (gsize) shape.width * shape.channels;
  const float *slope = l->run->surrogates[l->step->layer];

  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < rows; row++, slope += n) {
      float *dy = snn_layer_dy (l, f) + snn_frame_row (l->out, row);

      for (gsize i = 0; i < n; i++)
        dy[i] *= slope[i];
    }
}

/* From u - v, row after row. */
static void
backward_distances (const SnnLayer *l)
{
  const SnnShape shape = l->node->out;
  const gsize rows = snn_shape_rows (shape);
  const gsize n = (gsize) shape.width * shape.channels;
  const SnnPackedLayer *packed = &l->run->packed->layers[l->step->layer];
  const float *distance = l->run->distances[l->step->layer];
  float *carry = l->run->carries[l->step->layer];

  for (gsize row = 0; row < rows; row++)
    for (guint f = l->run->n_frames; f-- > 0;)
      l->node->op->neuron->backward (l->kernels, &(SnnFireBackward) {
            .n = n,
            .gradient = snn_layer_dy (l, f) + snn_frame_row (l->out, row),
            .carry = carry + row * n,
            .distance = distance + (row * l->run->n_frames + f) * n,
            .leak = packed->leak,
            .resets = packed->reset != NULL,
            .scale = packed->scale,
            .slope = packed->slope });
}

/* From ds/du, frame after frame. */
static void
backward_surrogates (const SnnLayer *l)
{
  const SnnShape shape = l->node->out;
  const gsize rows = snn_shape_rows (shape);
  const gsize n = (gsize) shape.width * shape.channels;
  const SnnPackedLayer *packed = &l->run->packed->layers[l->step->layer];
  const float *slopes = l->run->surrogates[l->step->layer];
  float *carry = l->run->carries[l->step->layer];

  for (guint f = l->run->n_frames; f-- > 0;)
    for (gsize row = 0; row < rows; row++)
      l->node->op->neuron->backward_slopes (packed, n,
          snn_layer_dy (l, f) + snn_frame_row (l->out, row),
          slopes + (f * rows + row) * n,
          snn_layer_y (l, f) + snn_frame_row (l->out, row), carry + row * n);
}

void
snn_neuron_backward (const SnnLayer *l)
{
  snn_activation_drop (l, l->run->gradients);
  if (l->run->rates || l->run->levels > 0)
    backward_rates (l);
  else if (l->run->distances)
    backward_distances (l);
  else
    backward_surrogates (l);
  if (l->step->input != l->step->output)
    snn_layer_add_backward (l);
}
