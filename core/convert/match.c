/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "match.h"

#include "../base/error.h"
#include "scale.h"

/* What a channel passes on is multiplied by at most this, or divided. */
#define LARGEST_GAIN 2.

/* The bias of the sum that enters node @index: that of the first branch that has one,
 * or NULL. */
static SnnParameter *
find_bias (const SnnNetwork *network, guint index)
{
  const SnnNode *node = snn_network_node (network, index);

  for (guint i = 0; i < node->n_inputs; i++) {
    const SnnNode *from = snn_network_node (network, node->inputs[i]);

    if (from->bias)
      return snn_node_parameter (from, "bias");
  }
  return NULL;
}

/* b += mean of a / scale - mean of r, of each channel (Li et al. 2021, "bias
 * calibration"); @n is how many values of the ANN each sum is of. */
static void
correct_bias (SnnParameter *bias, const double *wanted, const double *spikes,
    const float *scales, double n, guint timesteps)
{
  for (gsize i = 0; i < bias->n; i++)
    bias->values[i] += (float) ((wanted[i] / scales[i] - spikes[i] / timesteps)
        / n);
}

/* Few timesteps lose what exceeds a scale, and round: a layer's mean rate is
 * not its mean activation over its scale. What a channel passes on is
 * multiplied by what is missing, a layer after the other, so that each one's
 * inputs are right on average: the layer-wise calibration of Li et al. 2021, in
 * its biases where the layer has one, and by factors for what is still missing.
 * Signed neurons take back what came too early, which is most of what biases make up
 * for: they are better off with factors alone (docs/design.md). */
gboolean
snn_match_rates (SnnConverter *ann, SnnNetwork *network, float **scales,
    guint n, void (*progress) (gpointer data, guint done, guint total),
    gpointer data, GError **error)
{
  const SnnConversionSettings *settings = ann->settings;
  SnnConverter *c = snn_converter_new (network, settings, ann->inputs,
      ann->cancel);
  guint n_layers = c->plan->n_layers;
  g_autofree double *activations =
      snn_converter_sum_outputs (ann, n, 0, n_layers);
  const double *wanted = activations;
  gboolean ok = TRUE;

  c->timesteps = settings->matching_timesteps;
  for (guint layer = 0; layer < n_layers; layer++) {
    guint index = snn_converter_node (network,
        snn_converter_step (c, layer)->node);
    const SnnShape shape = snn_network_node (network, index)->out;
    guint channels = shape.channels;
    SnnParameter *bias = settings->neuron == SNN_NEURON_SIGNED_IF ? NULL
        : find_bias (network, index);
    g_autofree double *spikes =
        snn_converter_sum_outputs (c, n, layer, layer + 1);
    g_autofree float *gains = g_new (float, channels);

    ok = snn_check_cancelled (c->cancel, "Conversion", error);
    if (!ok)
      break;
    if (bias) {
      correct_bias (bias, wanted, spikes, scales[index],
          (double) n * snn_shape_size (shape) / channels, c->timesteps);
      snn_packed_update (c->packed, c->pool, NULL);
      g_free (spikes);
      spikes = snn_converter_sum_outputs (c, n, layer, layer + 1);
    }
    for (guint i = 0; i < channels; i++) {
      double gain = spikes[i] > 0. ? wanted[i] * c->timesteps
          / (scales[index][i] * spikes[i]) : 1.;

      gains[i] = (float) CLAMP (gain, 1. / LARGEST_GAIN, LARGEST_GAIN);
    }
    wanted += channels;
    snn_scale_readers (network, index, gains);
    snn_packed_update (c->packed, c->pool, NULL);
    if (progress)
      progress (data, layer + 1, n_layers);
  }
  snn_converter_free (c);
  return ok;
}
