/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "initialisation.h"

#include <math.h>

/* Both are snn_network_init_weights() with factors: of layers in between, of
 * those whose sum is the output, and of biases. */
static const struct
{
  SnnName name;
  double hidden;
  double readout;
  double bias;
} kinds[] = {
  [SNN_INITIALISATION_HE] = {
    {"he", "Uniform in +-sqrt (6 / fan in), which keeps the size of signals; "
        "the readout in a tenth of +-1 / sqrt (fan in)"}, 2.449489742783178,
    0.1, 0.},
  [SNN_INITIALISATION_PYTORCH] = {
    {"pytorch", "Uniform in +-1 / sqrt (fan in), PyTorch's default"}, 1., 1.,
    1.},
};

/* So far apart that seeds which people choose don't meet. */
#define DRAW_STEP G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)

const SnnName *
snn_initialisation_name (guint initialisation)
{
  return initialisation < G_N_ELEMENTS (kinds)
      ? &kinds[initialisation].name : NULL;
}

static gboolean
is_readout (const SnnNetwork *network, guint index)
{
  const SnnNode *output = snn_network_node (network, network->nodes->len - 1);

  for (guint i = 0; i < output->n_inputs; i++)
    if (output->inputs[i] == index)
      return TRUE;
  return FALSE;
}

void
snn_network_initialise (SnnNetwork *network, SnnInitialisation initialisation,
    guint64 seed, guint draw)
{
  snn_network_init_weights (network, seed + draw * DRAW_STEP);
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);
    const float factor = (float) (is_readout (network, i)
        ? kinds[initialisation].readout : kinds[initialisation].hidden);

    const SnnParameter *bias = snn_node_parameter (node, "bias");

    for (gsize w = 0; w < node->n_weights; w++)
      node->weight[w] *= factor;
    for (gsize o = 0; bias && o < bias->n; o++)
      bias->values[o] *= (float) kinds[initialisation].bias;
  }
}
