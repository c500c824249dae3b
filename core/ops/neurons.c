/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "neurons.h"

#include "../graph/op.h"

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

const SnnName *
snn_neuron_kind_name (guint kind)
{
  return kind < G_N_ELEMENTS (kinds) ? &kinds[kind].name : NULL;
}

static void
set_neuron (SnnNode *node, const SnnOp *op, double leak)
{
  const guint n = node->out.channels;
  g_autofree float *thresholds = g_memdup2 (node->threshold,
      n * sizeof *thresholds);
  const SnnParameter *tau;

  snn_node_set_op (node, op);
  for (guint c = 0; c < n; c++)
    node->threshold[c] = thresholds[c];
  tau = snn_node_parameter (node, "tau");
  for (guint c = 0; tau && c < n; c++)
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

    if (snn_node_is_neuron (node))
      set_neuron (node, kinds[kind].op, leak);
  }
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
