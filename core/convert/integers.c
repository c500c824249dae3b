/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "integers.h"

#include <math.h>

#include "../base/error.h"
#include "../ops/weights.h"
#include "../ops/bytes.h"

#define LARGEST 127.

/* What weights are multiples of: a power of two, by which they are exact. */
#define UNIT 0x1p-7

/* Whether @node sums layers with weights, which nobody else reads. */
static gboolean
check_inputs (const SnnNetwork *network, const SnnNode *node, GError **error)
{
  for (guint i = 0; i < node->n_inputs; i++) {
    const SnnNode *from = snn_network_node (network, node->inputs[i]);
    guint n_readers = 0;

    for (guint j = 0; j < network->nodes->len; j++) {
      const SnnNode *reader = snn_network_node (network, j);

      for (guint k = 0; k < reader->n_inputs; k++)
        n_readers += reader->inputs[k] == node->inputs[i];
    }
    if (snn_node_has_weights (from) && n_readers == 1)
      continue;
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "Node '%s' (%s) enters '%s' %s; weights can be made integers only where "
        "each layer with weights leads to neurons of its own", from->name,
        snn_node_type_name (from), node->name,
        n_readers > 1 ? "and others" : "without weights");
    return FALSE;
  }
  return TRUE;
}

/* Whether @node, a layer with weights, leads to what is rounded with it: there is no
 * threshold to take the scale of a convolution that a pooling or another one reads. */
static gboolean
check_readers (const SnnNetwork *network, guint index, GError **error)
{
  const SnnNode *node = snn_network_node (network, index);

  for (guint i = index + 1; i < network->nodes->len; i++) {
    const SnnNode *reader = snn_network_node (network, i);

    for (guint j = 0; j < reader->n_inputs; j++)
      if (reader->inputs[j] == index && !snn_node_is_neuron (reader)
          && reader->op != &snn_op_output) {
        g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
            "Node '%s' (%s) enters '%s' (%s); weights can be made integers only "
            "where each layer with weights leads to neurons or the output",
            node->name, snn_node_type_name (node), reader->name,
            snn_node_type_name (reader));
        return FALSE;
      }
  }
  return TRUE;
}

/* What one spike counts in the bytes that node @index is fed: pooled ones are summed,
 * and their division is left to the weights. */
static double
share_of (const SnnNetwork *network, guint index)
{
  const SnnNode *node = snn_network_node (network, index);
  SnnByteFrame frame = {.largest = 1,.share = 1.f };

  while (node->op->byte_frame && !snn_node_is_neuron (node)
      && node->op->byte_frame (node, &frame))
    node = snn_network_node (network, node->inputs[0]);
  return frame.share;
}

/* Calls @visit for each weight and bias of what @node sums in @channel, with what
 * it counts where it is added. */
static void
visit_weights (const SnnNetwork *network, const SnnNode *node, guint channel,
    void (*visit) (float *value, double share, gpointer data), gpointer data)
{
  for (guint i = 0; i < node->n_inputs; i++) {
    SnnNode *from = snn_network_node (network, node->inputs[i]);
    const double share = share_of (network, from->inputs[0]);

    for (guint p = 0; p < from->n_parameters; p++) {
      const SnnParameter *values = &from->parameters[p];

      for (gsize w = channel; values->trained && w < values->n;
          w += node->in.channels)
        visit (&values->values[w], p == SNN_BIAS ? 1. : share, data);
    }
  }
}

static void
find_largest (float *value, double share, gpointer data)
{
  double *largest = data;

  *largest = MAX (*largest, fabs (*value * share));
}

/* w becomes @unit round (w / @scale). */
typedef struct
{
  double scale;
  double unit;
} Rounding;

static void
round_value (float *value, double share, gpointer data)
{
  const Rounding *rounding = data;

  *value = (float) (rint (*value * share / rounding->scale) * rounding->unit
      / share);
}

static void
scale_neuron (SnnNode *node, guint channel, double factor)
{
  SnnParameter *reset = snn_node_parameter (node, "reset");

  node->threshold[channel] = (float) (node->threshold[channel] * factor);
  if (reset && reset->n > 0)
    reset->values[channel] = (float) (reset->values[channel] * factor);
}

gboolean
snn_round_weights (SnnNetwork *network, GError **error)
{
  for (guint i = 0; i < network->nodes->len; i++)
    if (snn_node_has_weights (snn_network_node (network, i))
        && !check_readers (network, i, error))
      return FALSE;
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);
    const gboolean is_neuron = snn_node_is_neuron (node);

    if (!is_neuron && node->op != &snn_op_output)
      continue;
    if (!check_inputs (network, node, error))
      return FALSE;
    for (guint channel = 0; channel < node->in.channels; channel++) {
      Rounding rounding = { 0., UNIT };

      visit_weights (network, node, channel, find_largest, &rounding.scale);
      rounding.scale /= LARGEST;
      if (rounding.scale == 0.)
        continue;
      if (is_neuron)
        scale_neuron (node, channel, UNIT / rounding.scale);
      else
        rounding.unit = rounding.scale;
      visit_weights (network, node, channel, round_value, &rounding);
    }
  }
  return TRUE;
}
