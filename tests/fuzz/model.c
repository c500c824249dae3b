/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Model files, and checkpoints, which are model files with more in them. What has
 * a group "training" is read as a checkpoint, which reads the network, too: to open
 * a file costs HDF5 more than all the rest. */

#include <hdf5.h>
#include <math.h>
#include <string.h>

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

/* Half a MiB of tables, which HDF5 makes for every file that it opens, is kept from
 * one to the next, in place of being mapped and touched anew. */
static void
keep_tables (void)
{
  static gboolean done = FALSE;

  if (!done)
    H5set_free_list_limits (8 << 20, 4 << 20, -1, -1, -1, -1);
  done = TRUE;
}

static gboolean
has_training (const uint8_t *data, size_t size)
{
  static const char name[] = "training";
  const size_t n = sizeof name - 1;

  for (size_t i = 0; i + n <= size; i++)
    if (memcmp (data + i, name, n) == 0)
      return TRUE;
  return FALSE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *path = snn_fuzz_write ("input.nir", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnCheckpoint) checkpoint = NULL;
  g_autoptr (SnnNetwork) network = NULL;

  keep_tables ();
  if (has_training (data, size)) {
    checkpoint = snn_checkpoint_load (path, &error);
    if (checkpoint)
      network = snn_network_ref (checkpoint->network);
  } else {
    network = snn_model_load (path, &error);
  }
  if (network)
    check_network (network);
  else
    snn_fuzz_check_error (error, path);
  return 0;
}
