/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Model files, and checkpoints, which are model files with more in them. */

#include <math.h>

#include <snn/files/model-file.h>
#include "target.h"

static void
check_network (const SnnNetwork *network)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    float sum = 0.f;

    for (gsize k = 0; node->weight && k < node->n_weights; k++)
      sum += node->weight[k];
    for (gsize k = 0; node->threshold && k < node->out.channels; k++)
      if (!(node->threshold[k] > 0.f))
        g_error ("node %s has a threshold of %g", node->name,
            (double) node->threshold[k]);
    if (isnan (sum) && !node->weight)
      g_error ("no weights");
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *path = snn_fuzz_write ("input.nir", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) checkpoint_error = NULL;
  g_autoptr (SnnCheckpoint) checkpoint = NULL;
  g_autoptr (SnnNetwork) network = snn_model_load (path, &error);

  if (network)
    check_network (network);
  else
    snn_fuzz_check_error (error, path);
  checkpoint = snn_checkpoint_load (path, &checkpoint_error);
  if (checkpoint && !network)
    g_error ("a checkpoint of what is no model");
  if (!checkpoint)
    snn_fuzz_check_error (checkpoint_error, path);
  return 0;
}
