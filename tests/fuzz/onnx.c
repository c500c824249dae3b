/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ONNX files. What is read has to be a network that can be written again. */

#include <math.h>
#include <string.h>

#include <snn/onnx/onnx-file.h>
#include "target.h"

/* Of an input of 8x8 pixels, of volumes of 4 slices, or of what has neither axis: a
 * size that is asked for has to be one that the file can have. */
static SnnNetwork *
load (const gchar *path, GError **error)
{
  static const SnnShape sizes[] = { {0, 8, 8, 4}, {0, 8, 8}, {0} };
  SnnNetwork *network = NULL;

  for (guint i = 0; !network && i < G_N_ELEMENTS (sizes); i++) {
    g_clear_error (error);
    network = snn_onnx_load (path, &sizes[i], error);
    if (!network && !strstr ((*error)->message, "asked for"))
      break;
  }
  return network;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *path = snn_fuzz_write ("input.onnx", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnNetwork) network = load (path, &error);

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
