/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "balance.h"

#include <string.h>

#include "../base/error.h"
#include "measure.h"
#include "scale.h"

static double
mean_threshold (const SnnNode *node)
{
  double sum = 0.;

  for (guint c = 0; c < node->out.channels; c++)
    sum += node->threshold[c];
  return sum / node->out.channels;
}

/* A layer's rates stand for its activations over the product P of all
 * thresholds up to it, so that what a bias adds to currents is divided by that
 * of the layers before it. Of a layer whose channels have thresholds of their own
 * it is their mean, which balance_readers() sees to. */
static void
divide_biases (const SnnNetwork *unscaled, SnnNetwork *network)
{
  g_autofree double *product = g_new (double, network->nodes->len);

  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);
    const SnnParameter *from =
        snn_node_parameter (snn_network_node (unscaled, i), "bias");

    product[i] = node->n_inputs > 0 ? product[node->inputs[0]] : 1.;
    if (snn_node_is_neuron (node))
      product[i] *= mean_threshold (node);
    for (gsize o = 0; from && o < from->n; o++)
      snn_node_parameter (node, "bias")->values[o] =
          (float) (from->values[o] / product[i]);
  }
}

/* What a channel of node @index sends counts its own threshold, where its readers count
 * on the mean: w' = w v / mean v. */
static void
balance_readers (SnnNetwork *network, guint index)
{
  const SnnNode *node = snn_network_node (network, index);
  const double mean = mean_threshold (node);
  g_autofree float *gains = g_new (float, node->out.channels);

  for (guint c = 0; c < node->out.channels; c++)
    gains[c] = (float) (node->threshold[c] / mean);
  snn_scale_readers (network, index, gains);
}

/* Thresholds as they were measured, times what the settings say. */
static void
finish_thresholds (const SnnNetwork *unscaled, SnnNetwork *network,
    double factor)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] *= (float) factor;
  }
  divide_biases (unscaled, network);
}

gboolean
snn_balance (SnnNetwork *network, const SnnConversionSettings *settings,
    guint n, const SnnInput *inputs, const gint *cancel,
    void (*progress) (gpointer data, guint done, guint total), gpointer data,
    GError **error)
{
  g_autoptr (SnnNetwork) unscaled = snn_network_copy (network);
  SnnConverter *c = snn_converter_new (network, settings, inputs, cancel);
  const gboolean per_channel = settings->scales == SNN_SCALES_PER_CHANNEL;
  gboolean ok = !per_channel || snn_scale_check_weights (network, error);

  /* Currents are looked at from membranes that start at rest. */
  network->initial_membrane = 0.;
  for (guint layer = 0; ok && layer < c->plan->n_layers; layer++) {
    const SnnNode *node = snn_converter_step (c, layer)->node;
    g_autofree float *scales = NULL;

    snn_converter_measure (c, n, layer, layer + 1);
    ok = snn_check_cancelled (cancel, "Conversion", error)
        && (scales = snn_converter_scales (c, layer, NULL, error)) != NULL;
    if (!ok)
      break;
    memcpy (node->threshold, scales, node->out.channels * sizeof (float));
    if (per_channel)
      balance_readers (network, snn_converter_node (network, node));
    divide_biases (unscaled, network);
    snn_packed_update (c->packed, c->pool, NULL);
    if (progress)
      progress (data, layer + 1, c->plan->n_layers);
  }
  if (ok)
    finish_thresholds (unscaled, network, settings->threshold_scale);
  network->initial_membrane = settings->initial_membrane;
  snn_converter_free (c);
  return ok;
}
