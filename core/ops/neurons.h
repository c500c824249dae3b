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

/* What becomes of the potential of a neuron that spikes. */
typedef enum
{
  SNN_RESET_AUTO,               /* as it is */
  SNN_RESET_SUBTRACT,           /* its threshold is subtracted */
  SNN_RESET_ZERO,               /* it is set to 0 */
} SnnReset;

/* snn_neuron_kind_name, snn_reset_name: (nullable): of @kind or @reset, from 0 on. */
const SnnName *snn_neuron_kind_name (guint kind);
const SnnName *snn_reset_name (guint reset);

/**
 * snn_network_set_neurons:
 * @leak: of %SNN_NEURON_LIF, above 0 and up to 1: the share of a membrane
 *   potential that is left from one timestep to the next; 1 makes neurons of
 *   %SNN_NEURON_IF
 *
 * Makes all neurons of the spiking @network ones of @kind. Their thresholds stay,
 * and so do their resets, but for those of %SNN_NEURON_SIGNED_IF, which subtract.
 */
void snn_network_set_neurons (SnnNetwork * network, SnnNeuronKind kind,
    double leak);

/**
 * snn_network_set_reset:
 *
 * How all neurons of the spiking @network reset.
 *
 * Returns: FALSE with SNN_ERROR_MISMATCH where signed neurons are to be set to 0
 */
gboolean snn_network_set_reset (SnnNetwork * network, SnnReset reset,
    GError ** error);

/* snn_network_neurons: which those of @network are, by its first activation;
 * %SNN_NEURON_AUTO where it is no spiking network. */
SnnNeuronKind snn_network_neurons (const SnnNetwork * network);

SNN_END_DECLS
