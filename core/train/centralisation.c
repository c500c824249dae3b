/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "centralisation.h"

#include "../graph/op.h"

/* Of [n][out] gradients. */
static void
centralise (float *gradient, gsize n, gsize out)
{
  g_autofree double *mean = g_new0 (double, out);

  for (gsize i = 0; i < n; i++)
    for (gsize o = 0; o < out; o++)
      mean[o] += gradient[i * out + o];
  for (gsize o = 0; o < out; o++)
    mean[o] /= (double) n;
  for (gsize i = 0; i < n; i++)
    for (gsize o = 0; o < out; o++)
      gradient[i * out + o] -= (float) mean[o];
}

void
snn_gradient_centralise (const SnnNetwork *network, float *gradient)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    const gsize out = node->out.channels;

    for (guint p = 0; p < node->n_parameters; p++) {
      const SnnParameterSpec *spec = &node->op->parameters[p];
      const SnnParameter *parameter = &node->parameters[p];
      const gsize n = spec->n_summed ? spec->n_summed (node) : 0;

      for (gsize at = 0; n > 1 && at < parameter->n; at += n * out)
        centralise (gradient + parameter->offset + at, n, out);
    }
  }
}
