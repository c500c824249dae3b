/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * SnnOperations:
 * @accumulates: additions (or subtractions) of a weight, for a spike
 * @multiply_accumulates: multiplications with a weight and addition
 *
 * What a network does at its synapses. A value reaches every output that its
 * weights lead to, less at borders than inside; docs/metrics.md says what
 * counts as what.
 */
typedef struct _SnnOperations SnnOperations;

struct _SnnOperations
{
  guint64 accumulates;
  guint64 multiply_accumulates;
};

/* snn_operations_add: to @sum. */
void snn_operations_add (SnnOperations * sum, const SnnOperations * more);

#ifndef __GI_SCANNER__ /* structs by value */

/* snn_operations_times: @n times as many. */
SnnOperations snn_operations_times (const SnnOperations * operations,
    guint64 n);

#endif

/* snn_operations_microjoules: at 0.9 pJ an accumulate and 4.6 pJ a
 * multiply-accumulate, float32 in 45 nm (Horowitz, "Computing's energy
 * problem", ISSCC 2014). */
double snn_operations_microjoules (const SnnOperations * operations);

#ifndef __GI_SCANNER__ /* structs by value */

/* snn_network_operations: dense operations, with every zero as any other value:
 * of an ANN for one sample, of a spiking network for one timestep. What a layer
 * receives from neurons, and from an input that is not @analog, are spikes, and
 * so accumulates; what average pooling makes of them is not. Effective ones,
 * without what is multiplied by zero, depend on the data: engines count them. */
SnnOperations snn_network_operations (const SnnNetwork * network,
    gboolean analog);

#endif

/* snn_node_fan_out: how many outputs input value (@row, @x) of any channel
 * reaches, rows being those of all slices; 0 for nodes without weights, other than
 * pooling. */
guint64 snn_node_fan_out (const SnnNode * node, guint row, guint x);

SNN_END_DECLS
