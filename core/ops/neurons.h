/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/name.h"
#include "../graph/network.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* The kinds of neurons that a spiking network may be made of. */
typedef enum
{
  SNN_NEURON_AUTO,              /* those that it has */
  SNN_NEURON_IF,
  SNN_NEURON_LIF,
  SNN_NEURON_SIGNED_IF,
} SnnNeuronKind;

/* snn_neuron_kind_name: (nullable): of @kind, from 0 on. */
const SnnName *snn_neuron_kind_name (guint kind);

/**
 * snn_network_set_neurons:
 * @leak: of %SNN_NEURON_LIF, above 0 and up to 1: the share of a membrane
 *   potential that is left from one timestep to the next; 1 makes neurons of
 *   %SNN_NEURON_IF
 *
 * Makes all neurons of the spiking @network ones of @kind. Their thresholds
 * stay.
 */
void snn_network_set_neurons (SnnNetwork * network, SnnNeuronKind kind,
    double leak);

/* snn_network_neurons: which those of @network are, by its first activation;
 * %SNN_NEURON_AUTO where it is no spiking network. */
SnnNeuronKind snn_network_neurons (const SnnNetwork * network);

SNN_END_DECLS
