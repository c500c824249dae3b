/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "match.h"

#include "../base/error.h"
#include "scale.h"

/* What a channel passes on is multiplied by at most this, or divided. */
#define LARGEST_GAIN 2.

/* Few timesteps lose what exceeds a scale, and round: a layer's mean rate is
 * not its mean activation over its scale. What a channel passes on is
 * multiplied by what is missing, a layer after the other, so that each one's
 * inputs are right on average: the layer-wise calibration of Li et al. 2021,
 * by factors where theirs has biases. */
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
    guint channels = snn_network_node (network, index)->out.channels;
    g_autofree double *spikes =
        snn_converter_sum_outputs (c, n, layer, layer + 1);
    g_autofree float *gains = g_new (float, channels);

    ok = snn_check_cancelled (c->cancel, "Conversion", error);
    if (!ok)
      break;
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
