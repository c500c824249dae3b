/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "node.h"

#include <string.h>

#include "../base/zeros.h"

#include "op.h"

static void
free_parameters (SnnNode *node)
{
  for (guint i = 0; i < node->n_parameters; i++)
    snn_zeros_free (node->parameters[i].values);
  g_free (node->parameters);
}

static void
find_values (SnnNode *node)
{
  const SnnParameter *weight = snn_node_parameter (node, "weight");
  const SnnParameter *threshold = snn_node_parameter (node, "threshold");

  node->weight = weight ? weight->values : NULL;
  node->n_weights = weight ? weight->n : 0;
  node->threshold = threshold ? threshold->values : NULL;
}

SnnNode *
snn_node_new (const SnnNode *like)
{
  SnnNode *node = g_new0 (SnnNode, 1);

  node->name = g_strdup (like->name);
  node->op = like->op;
  node->out = like->out;
  node->kernel = like->kernel;
  node->stride = like->stride;
  node->padding = like->padding;
  node->bias = like->bias;
  node->resets = like->resets;
  return node;
}

SnnNode *
snn_node_copy (const SnnNode *node)
{
  SnnNode *copy = g_memdup2 (node, sizeof *node);

  copy->name = g_strdup (node->name);
  copy->inputs = g_memdup2 (node->inputs,
      node->n_inputs * sizeof *node->inputs);
  copy->parameters = g_memdup2 (node->parameters,
      node->n_parameters * sizeof *node->parameters);
  for (guint i = 0; i < copy->n_parameters; i++) {
    const gsize size = node->parameters[i].n * sizeof (float);

    copy->parameters[i].values = snn_zeros_new_huge (size);
    memcpy (copy->parameters[i].values, node->parameters[i].values, size);
  }
  find_values (copy);
  return copy;
}

void
snn_node_free (SnnNode *node)
{
  if (!node)
    return;
  free_parameters (node);
  g_free (node->name);
  g_free (node->inputs);
  g_free (node);
}

void
snn_node_set_op (SnnNode *node, const SnnOp *op)
{
  free_parameters (node);
  node->op = op;
  node->n_parameters = op->n_parameters;
  node->parameters = g_new0 (SnnParameter, MAX (op->n_parameters, 1));
  for (guint i = 0; i < op->n_parameters; i++) {
    const SnnParameterSpec *spec = &op->parameters[i];
    SnnParameter *to = &node->parameters[i];

    to->name = spec->name;
    to->trained = spec->trained;
    to->rank = spec->dims (node, to->dims);
    to->n = 1;
    for (guint d = 0; d < to->rank; d++)
      to->n *= to->dims[d];
    /* Never NULL, so that no values may be copied as others are. */
    to->values = snn_zeros_new_huge (to->n * sizeof (float));
    for (gsize v = 0; spec->initial != 0.f && v < to->n; v++)
      to->values[v] = spec->initial;
  }
  find_values (node);
}

SnnParameter *
snn_node_parameter (const SnnNode *node, const gchar *name)
{
  for (guint i = 0; i < node->n_parameters; i++)
    if (g_str_equal (node->parameters[i].name, name))
      return &node->parameters[i];
  return NULL;
}

const gchar *
snn_node_type_name (const SnnNode *node)
{
  return node->bias && node->op->biased_name ? node->op->biased_name
      : node->op->name;
}

gboolean
snn_node_has_weights (const SnnNode *node)
{
  return node->op->role == SNN_ROLE_WEIGHTS;
}

gboolean
snn_node_is_activation (const SnnNode *node)
{
  return node->op->role == SNN_ROLE_ACTIVATION;
}

gboolean
snn_node_is_neuron (const SnnNode *node)
{
  return node->op->neuron != NULL;
}

/* How a node's weights are ordered in PyTorch, or NULL where as ours. */
static SnnTorchIndex
torch_order (const SnnNode *node)
{
  for (guint i = 0; i < node->op->n_parameters; i++)
    if (g_str_equal (node->op->parameters[i].name, "weight"))
      return node->op->parameters[i].torch_index;
  return NULL;
}

/* Inputs whose weights are reordered together: as many as lie near each other in both
 * orders. */
#define REORDERED 8

/* Weights [taps][in][out] of ours, and how far a step along each goes in PyTorch's
 * order. */
typedef struct
{
  gsize n_taps, n_in, n_out;
  gsize tap, in, out;
} Order;

static Order
find_order (const SnnNode *node)
{
  const SnnTorchIndex place = torch_order (node);
  Order order = {
    .n_taps = node->n_weights / node->in.channels / node->out.channels,
    .n_in = node->in.channels,
    .n_out = node->out.channels,
  };

  if (order.n_taps > 1)
    order.tap = place (node, order.n_in * order.n_out);
  if (order.n_in > 1)
    order.in = place (node, order.n_out);
  if (order.n_out > 1)
    order.out = place (node, 1);
  return order;
}

/* Copies weights from PyTorch's order to ours, or the other way: those of inputs
 * [@in, @in_end) and outputs [@out, @out_end), which are all that is there of PyTorch's. */
static inline __attribute__((always_inline)) void
reorder (const Order *order, gsize in, gsize in_end, gsize out, gsize out_end,
    const float *from, float *to, const gboolean to_torch)
{
  for (gsize first = in; first < in_end; first += REORDERED)
    for (gsize o = out; o < out_end; o++)
      for (gsize i = first; i < MIN (first + REORDERED, in_end); i++)
        for (gsize tap = 0; tap < order->n_taps; tap++) {
          const gsize ours = (tap * order->n_in + i) * order->n_out + o;
          const gsize torch = tap * order->tap + (i - in) * order->in
              + (o - out) * order->out;

          if (to_torch)
            to[torch] = from[ours];
          else
            to[ours] = from[torch];
        }
}

void
snn_weights_to_torch (const SnnNode *node, const float *weight, float *out)
{
  Order order;

  if (!torch_order (node)) {
    memcpy (out, weight, node->n_weights * sizeof *out);
    return;
  }
  order = find_order (node);
  reorder (&order, 0, order.n_in, 0, order.n_out, weight, out, TRUE);
}

void
snn_weights_from_torch (const SnnNode *node, const float *torch, float *out)
{
  snn_weights_take_torch (node, 0, node->n_weights, torch, out);
}

void
snn_weights_take_torch (const SnnNode *node, gsize first, gsize n,
    const float *torch, float *out)
{
  Order order;

  if (!torch_order (node)) {
    memcpy (out + first, torch, n * sizeof *torch);
    return;
  }
  order = find_order (node);
  /* PyTorch's first dimension is either of channels, of which a part is some. */
  if (n < node->n_weights && order.out * order.n_out == node->n_weights)
    reorder (&order, 0, order.n_in, first / order.out, (first + n) / order.out,
        torch, out, FALSE);
  else if (n < node->n_weights)
    reorder (&order, first / order.in, (first + n) / order.in, 0, order.n_out,
        torch, out, FALSE);
  else
    reorder (&order, 0, order.n_in, 0, order.n_out, torch, out, FALSE);
}
