/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"

G_BEGIN_DECLS

/**
 * SnnOperations:
 * @accumulates: additions (or subtractions) of a weight, for a spike
 * @multiply_accumulates: multiplications with a weight and addition
 *
 * What a network does at its synapses. A value reaches every output that its
 * weights lead to, less at borders than inside; docs/metrics.md says what
 * counts as what.
 */
typedef struct
{
  guint64 accumulates;
  guint64 multiply_accumulates;
} SnnOperations;

/* snn_operations_add: to @sum. */
void snn_operations_add (SnnOperations * sum, const SnnOperations * more);

/* snn_operations_microjoules: at 0.9 pJ an accumulate and 4.6 pJ a
 * multiply-accumulate, float32 in 45 nm (Horowitz, "Computing's energy
 * problem", ISSCC 2014). */
double snn_operations_microjoules (const SnnOperations * operations);

/* snn_network_operations: of an ANN for one sample, which multiplies zeros as
 * any other value. */
SnnOperations snn_network_operations (const SnnNetwork * network);

/* snn_node_fan_out: how many outputs input value (@y, @x) of any channel
 * reaches; 0 for nodes without weights, other than pooling. */
guint64 snn_node_fan_out (const SnnNode * node, guint y, guint x);

G_END_DECLS
