/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ONNX files. What is read has to be a network that can be written again. */

#include <math.h>

#include <snn/onnx/onnx-file.h>
#include "target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *path = snn_fuzz_write ("input.onnx", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnNetwork) network = snn_onnx_load (path,
      &(SnnShape) { .height = 8,.width = 8,.depth = 4 }, &error);

  if (!network) {
    snn_fuzz_check_error (error, path);
    return 0;
  }
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++)
      if (node->parameters[p].n > 0 && isnan (node->parameters[p].values[0]))
        g_error ("node %s has a %s of nan", node->name,
            node->parameters[p].name);
  }
  if (!snn_onnx_save (network, TRUE, snn_fuzz_path ("output.onnx"), &error))
    g_error ("it can't be written: %s", error->message);
  return 0;
}
