/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "neurons.h"

#include <string.h>

#include "../base/error.h"
#include "neuron.h"

/* A new kind of neuron: its operator (see neuron.h), a value of SnnNeuronKind, and
 * a row here, from which properties take its name. */
static const struct
{
  SnnName name;
  const SnnOp *op;
} kinds[] = {
  [SNN_NEURON_AUTO] = {
    {"auto", "Those of the initial model; without one, if"}, NULL},
  [SNN_NEURON_IF] = {
    {"if", "Integrate-and-fire"}, &snn_op_if},
  [SNN_NEURON_LIF] = {
    {"lif", "Leaky integrate-and-fire"}, &snn_op_lif},
  [SNN_NEURON_SIGNED_IF] = {
    {"signed-if", "Integrate-and-fire that takes spikes back, by spikes of -1"},
    &snn_op_signed_if},
};

static const SnnName resets[] = {
  [SNN_RESET_AUTO] = {"auto", "That of the initial model; without one, subtract"},
  [SNN_RESET_SUBTRACT] = {"subtract", "The threshold is subtracted"},
  [SNN_RESET_ZERO] = {"zero", "The potential is set to 0"},
};

const SnnName *
snn_neuron_kind_name (guint kind)
{
  return kind < G_N_ELEMENTS (kinds) ? &kinds[kind].name : NULL;
}

const SnnName *
snn_reset_name (guint reset)
{
  return reset < G_N_ELEMENTS (resets) ? &resets[reset] : NULL;
}

/* Another operator or reset; parameters that there were stay as they are. */
static void
set_neuron (SnnNode *node, const SnnOp *op, gboolean resets_to_value)
{
  SnnNode *old = snn_node_copy (node);

  node->resets = resets_to_value;
  snn_node_set_op (node, op);
  for (guint i = 0; i < node->n_parameters; i++) {
    const SnnParameter *to = &node->parameters[i];
    const SnnParameter *from = snn_node_parameter (old, to->name);

    if (from && from->n == to->n)
      memcpy (to->values, from->values, to->n * sizeof *to->values);
  }
  snn_node_free (old);
}

static void
set_leak (SnnNode *node, double leak)
{
  const SnnParameter *tau = snn_node_parameter (node, "tau");

  for (gsize c = 0; tau && c < tau->n; c++)
    tau->values[c] = (float) (1. / (1. - leak));
}

void
snn_network_set_neurons (SnnNetwork *network, SnnNeuronKind kind, double leak)
{
  g_return_if_fail (network != NULL && network->spiking);
  g_return_if_fail (kind < G_N_ELEMENTS (kinds));
  g_return_if_fail (kind != SNN_NEURON_LIF || (leak > 0. && leak <= 1.));

  if (kind == SNN_NEURON_LIF && leak == 1.)
    kind = SNN_NEURON_IF;
  for (guint i = 0; kinds[kind].op && i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    if (snn_node_is_neuron (node)) {
      set_neuron (node, kinds[kind].op,
          node->resets && !kinds[kind].op->neuron->is_signed);
      set_leak (node, leak);
    }
  }
}

gboolean
snn_network_set_reset (SnnNetwork *network, SnnReset reset, GError **error)
{
  g_return_val_if_fail (network != NULL && network->spiking, FALSE);
  g_return_val_if_fail (reset < G_N_ELEMENTS (resets), FALSE);

  for (guint i = 0; reset != SNN_RESET_AUTO && i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);
    const SnnParameter *values;

    if (!snn_node_is_neuron (node))
      continue;
    if (reset == SNN_RESET_ZERO && node->op->neuron->is_signed) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Signed neurons take back what is left of a potential, and can't be "
          "reset to zero; expected neurons that are if or lif, or a reset that "
          "is subtract");
      return FALSE;
    }
    set_neuron (node, node->op, reset == SNN_RESET_ZERO);
    values = snn_node_parameter (node, "reset");
    memset (values->values, 0, values->n * sizeof *values->values);
  }
  return TRUE;
}

SnnNeuronKind
snn_network_neurons (const SnnNetwork *network)
{
  g_return_val_if_fail (network != NULL, SNN_NEURON_AUTO);

  for (guint i = 0; i < network->nodes->len; i++)
    for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
      if (kinds[kind].op == snn_network_node (network, i)->op)
        return (SnnNeuronKind) kind;
  return SNN_NEURON_AUTO;
}
