/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scale.h"

#include <string.h>

#include "../base/error.h"
#include "../graph/op.h"

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

/* The neurons whose spikes node @index passes on as they are, or NULL. Nodes are asked
 * once each, in their order: sums of sums would be asked over and over again. */
static const SnnNode *
find_bare_neurons (const SnnNetwork *network, guint index)
{
  g_autofree const SnnNode **bare = g_new0 (const SnnNode *, index + 1);

  for (guint i = 0; i <= index; i++) {
    const SnnNode *node = snn_network_node (network, i);

    if (snn_node_is_neuron (node))
      bare[i] = node;
    else if (!snn_node_has_weights (node))
      for (guint j = 0; !bare[i] && j < node->n_inputs; j++)
        bare[i] = bare[node->inputs[j]];
  }
  return bare[index];
}

gboolean
snn_scale_check_weights (const SnnNetwork *network, GError **error)
{
  const guint output = network->nodes->len - 1;
  const SnnNode *bare;

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
  bare = find_bare_neurons (network, output);
  if (bare)
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "What '%s' (%s) sends reaches '%s' without weights that could be scaled; "
        "expected a convolution or linear layer between them", bare->name,
        snn_node_type_name (bare), snn_network_node (network, output)->name);
  return bare == NULL;
}

gboolean
snn_scale_check (const SnnNetwork *network, GError **error)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    const SnnNode *neurons = NULL;
    guint n_readers = 0;

    for (guint j = i + 1; j < network->nodes->len; j++) {
      const SnnNode *reader = snn_network_node (network, j);

      for (guint k = 0; k < reader->n_inputs; k++)
        if (reader->inputs[k] == i) {
          n_readers++;
          neurons = snn_node_is_neuron (reader) ? reader : neurons;
        }
    }
    if (snn_node_has_weights (node) && neurons && n_readers > 1) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
          "Node '%s' (%s) is read by '%s' and %u more, which have scales of "
          "their own; expected a layer with weights for each", node->name,
          snn_node_type_name (node), neurons->name, n_readers - 1);
      return FALSE;
    }
  }
  return snn_scale_check_weights (network, error);
}

/* w' = w scale(in) / scale(out), for each branch by its own factors: then
 * every layer's rate is its activation over its scale. */
void
snn_scale_weights (SnnNetwork *network, float **scales)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    if (snn_node_has_weights (node))
      node->op->scale (node, output_scales (network, node->inputs[0], scales),
          output_scales (network, i, scales));
  }
}

void
snn_scale_readers (SnnNetwork *network, guint index, const float *gains)
{
  g_autofree float **factors = g_new0 (float *, network->nodes->len);

  /* What layers with weights put out stays, also what leads to these neurons. */
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    if (!snn_node_has_weights (node))
      continue;
    factors[i] = g_new (float, node->out.channels);
    for (guint o = 0; o < node->out.channels; o++)
      factors[i][o] = 1.f;
  }
  factors[index] = g_memdup2 (gains,
      snn_network_node (network, index)->out.channels * sizeof *gains);
  for (guint i = index + 1; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    if (snn_node_has_weights (node))
      node->op->scale (node, output_scales (network, node->inputs[0], factors),
          factors[i]);
  }
  for (guint i = 0; i < network->nodes->len; i++)
    g_free (factors[i]);
}
