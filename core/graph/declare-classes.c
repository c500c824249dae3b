/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "declare-classes.h"

#include <string.h>

#include "../base/error.h"

static SnnNode *
output_of (const SnnNetwork *network)
{
  return snn_network_node (network, network->nodes->len - 1);
}

static gboolean
leads_elsewhere (const SnnNetwork *network, guint index)
{
  for (guint i = 0; i + 1 < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint j = 0; j < node->n_inputs; j++)
      if (node->inputs[j] == index)
        return TRUE;
  }
  return FALSE;
}

/* Whether the output's channels can change places without a layer more: branches
 * that are summed do so alike. */
static gboolean
check_layers (const SnnNetwork *network, const gchar *text, GError **error)
{
  const SnnNode *output = output_of (network);

  for (guint i = 0; i < output->n_inputs; i++) {
    const SnnNode *node = snn_network_node (network, output->inputs[i]);
    const gboolean has_weights = snn_node_has_weights (node);

    if (has_weights && !leads_elsewhere (network, output->inputs[i]))
      continue;
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "The classes %s do not "
        "ascend, and the output's channels can't be put in their order: node "
        "'%s' (%s), which it receives, %s. Expected layers with weights just "
        "before the output; put channels in ascending order where the network "
        "is made", text, node->name, snn_node_type_name (node), has_weights
        ? "leads elsewhere, too" : "has no weights");
    return FALSE;
  }
  return TRUE;
}

/* Output channels are the last dimension of weights and biases: channel @o becomes
 * what @from[o] was. */
static void
permute (SnnParameter *parameter, gsize n_channels, const guint *from)
{
  g_autofree float *row = g_new (float, n_channels);

  for (gsize at = 0; parameter && at < parameter->n; at += n_channels) {
    memcpy (row, parameter->values + at, n_channels * sizeof *row);
    for (gsize o = 0; o < n_channels; o++)
      parameter->values[at + o] = row[from[o]];
  }
}

gboolean
snn_network_declare_classes (SnnNetwork *network, const gchar *text,
    GError **error)
{
  const SnnNode *output;
  SnnClasses classes;
  guint places[SNN_CLASSES_MAX], from[1 + SNN_CLASSES_MAX] = { 0 };
  gboolean ascend = TRUE;

  g_return_val_if_fail (network != NULL && text != NULL, FALSE);

  output = output_of (network);
  if (!snn_classes_parse_places (&classes, text, places, error))
    return FALSE;
  if (snn_classes_n_outputs (&classes) != output->out.channels) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%u classes take an "
        "output of %u channels; the network's has %u%s", classes.n,
        snn_classes_n_outputs (&classes), output->out.channels, classes.n == 1
        && output->out.channels == 2 ? ". Background and foreground become one "
        "channel where an ONNX file ends with their Softmax" : "");
    return FALSE;
  }
  for (guint i = 0; i < classes.n; i++) {
    from[1 + i] = 1 + places[i];
    ascend = ascend && places[i] == i;
  }
  if (!ascend && !check_layers (network, text, error))
    return FALSE;
  for (guint i = 0; !ascend && i < output->n_inputs; i++) {
    const SnnNode *node = snn_network_node (network, output->inputs[i]);

    permute (snn_node_parameter (node, "weight"), node->out.channels, from);
    permute (snn_node_parameter (node, "bias"), node->out.channels, from);
  }
  network->classes = classes;
  return TRUE;
}
