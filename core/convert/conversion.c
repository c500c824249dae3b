/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conversion.h"

#include "../base/error.h"
#include "../encode/encode.h"
#include "balance.h"
#include "calibrate.h"
#include "integers.h"
#include "match.h"
#include "scale.h"

void
snn_conversion_settings_init (SnnConversionSettings *settings)
{
  *settings = (SnnConversionSettings) {
    .method = SNN_CONVERSION_BRANCH_AWARE,
    .scales = SNN_SCALES_PER_CHANNEL,
    .levels = SNN_DEFAULT_LEVELS,
    .threshold_scale = 1.,
    .initial_membrane = 0.5,
    .matching_timesteps = 0,
    .readout = SNN_READOUT_MEAN,
    .neuron = SNN_NEURON_SIGNED_IF,
  };
}

gboolean
snn_conversion_settings_check (const SnnConversionSettings *settings,
    GError **error)
{
  if (settings->levels > 0 && settings->levels != SNN_DEFAULT_LEVELS
      && settings->percentile > 0.)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "levels=%u does nothing with percentile=%g; expected percentile=0, or the "
        "default levels", settings->levels, settings->percentile);
  else if (settings->levels == 0 && !(settings->percentile > 0.))
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "percentile=%g gives no scale; expected levels beside it, or a percentile "
        "above 0", settings->percentile);
  else if (settings->matching_timesteps > 0
      && settings->method != SNN_CONVERSION_BRANCH_AWARE)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "rate-matching=%u does nothing with method=threshold-balancing; expected "
        "method=branch-aware, or no rate-matching", settings->matching_timesteps);
  else if (settings->calibration_timesteps > 0
      && settings->method != SNN_CONVERSION_BRANCH_AWARE)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "weight-calibration=%u does nothing with method=threshold-balancing; "
        "expected method=branch-aware, or no weight-calibration",
        settings->calibration_timesteps);
  else if (settings->calibration_timesteps > 0
      && settings->matching_timesteps > 0)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "weight-calibration=%u does what rate-matching=%u would do, and more; "
        "expected one of them", settings->calibration_timesteps,
        settings->matching_timesteps);
  else if (settings->neuron == SNN_NEURON_LIF)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "A network can't be converted to leaky neurons, whose rates are no "
        "multiples of activations; expected if or signed-if");
  else
    return TRUE;
  return FALSE;
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

/* A percentile, where there is one, tells scales. */
static gboolean
takes_levels (const SnnConversionSettings *settings)
{
  return !(settings->percentile > 0.);
}

/* Of all layers; FALSE with SNN_ERROR_NUMERIC where one never is active. */
static gboolean
find_scales (SnnConverter *c, SnnSensitivity *sensitivity, float **scales,
    GError **error)
{
  const guint n_layers = c->plan->n_layers;
  double **histograms = takes_levels (c->settings)
      ? snn_sensitivity_histograms (sensitivity) : NULL;
  gboolean ok = snn_check_cancelled (c->cancel, "Conversion", error);

  for (guint layer = 0; ok && layer < n_layers; layer++) {
    const SnnNode *node = snn_converter_step (c, layer)->node;
    float **of_layer = &scales[snn_converter_node (c->network, node)];

    *of_layer = snn_converter_scales (c, layer,
        histograms ? histograms[layer] : NULL, error);
    ok = *of_layer != NULL;
    for (guint o = 0; ok && o < node->out.channels; o++)
      (*of_layer)[o] *= (float) c->settings->threshold_scale;
  }
  for (guint layer = 0; histograms && layer < n_layers; layer++)
    g_free (histograms[layer]);
  g_free (histograms);
  return ok;
}

static gboolean
convert_branch_aware (SnnNetwork *ann, SnnNetwork *network,
    const SnnConversionSettings *settings, guint n, const SnnInput *inputs,
    const gint *cancel, void (*progress) (gpointer data, guint done,
        guint total), gpointer data, GPtrArray *remarks, GError **error)
{
  g_autofree SnnInput *analog = g_new (SnnInput, MAX (n, 1));
  g_autofree float *images = analog_inputs (snn_network_input (ann), n, inputs,
      analog);
  SnnConverter *c = snn_converter_new (ann, settings, analog, cancel);
  SnnSensitivity *sensitivity = NULL;
  g_autofree float **scales = g_new0 (float *, ann->nodes->len);
  gboolean ok = snn_scale_check (network, error);

  if (ok) {
    snn_converter_measure (c, n, 0, c->plan->n_layers);
    if (takes_levels (settings) || settings->calibration_timesteps > 0)
      sensitivity = snn_sensitivity_new (c, n);
    ok = find_scales (c, sensitivity, scales, error);
  }
  if (ok)
    snn_scale_weights (network, scales);
  if (ok && settings->calibration_timesteps > 0)
    ok = snn_calibrate_weights (c, sensitivity, network, scales, n, progress,
        data, remarks, error);
  else if (ok && settings->matching_timesteps > 0)
    ok = snn_match_rates (c, network, scales, n, progress, data, error);
  else if (ok && progress)
    progress (data, 1, 1);
  for (guint i = 0; i < ann->nodes->len; i++)
    g_free (scales[i]);
  snn_sensitivity_free (sensitivity);
  snn_converter_free (c);
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
    GPtrArray *remarks, GError **error)
{
  g_autoptr (SnnNetwork) network = NULL;
  gboolean ok;

  if (ann->spiking) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "The network to be converted is spiking already; expected an ANN");
    return NULL;
  }
  if (!snn_conversion_settings_check (settings, error))
    return NULL;
  if (n == 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "There are no calibration samples; expected at least one");
    return NULL;
  }
  if (!check_finite (n, inputs, snn_shape_size (snn_network_input (ann)),
          error))
    return NULL;
  network = snn_network_to_spiking (ann);
  snn_network_set_neurons (network, settings->neuron, 1.);
  network->readout = settings->readout;
  network->timesteps = settings->timesteps;
  network->signed_input |= has_negative (n, inputs,
      snn_shape_size (snn_network_input (ann)));
  network->initial_membrane = settings->initial_membrane;

  ok = settings->method == SNN_CONVERSION_BRANCH_AWARE
      ? convert_branch_aware (ann, network, settings, n, inputs, cancel,
      progress, data, remarks, error)
      : snn_balance (network, settings, n, inputs, cancel, progress,
      data, error);
  if (ok && settings->weights == SNN_WEIGHTS_INT8) {
    ok = snn_round_weights (network, error);
    snn_network_set_metadata (network, SNN_WEIGHTS_NOTE, "int8");
  }
  return ok ? g_steal_pointer (&network) : NULL;
}
