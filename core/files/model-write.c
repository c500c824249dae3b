/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-private.h"

#include <string.h>

#include "../hdf5/node-fields.h"

/* The version of NIR whose layout is written. */
#define NIR_VERSION "1.0.7"

/* NIR tells vectors from frames of one pixel: what a Flatten or Linear node
 * gives has one dimension, and so has an input that goes into none of the
 * nodes that want frames. */
static gboolean *
find_vectors (const SnnNetwork *network)
{
  gboolean *vector = g_new0 (gboolean, network->nodes->len);
  const SnnShape input = snn_network_input (network);

  vector[0] = input.depth == 0 && input.height == 1 && input.width == 1;
  for (guint i = 1; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    if (node->inputs[0] == 0 && node->op->wants_frames)
      vector[0] = FALSE;
  }
  for (guint i = 1; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    vector[i] = node->op->axes == SNN_AXES_SAME ? vector[node->inputs[0]]
        : node->op->axes == SNN_AXES_VECTOR;
  }
  return vector;
}

static void
write_node (SnnHdf5 *h, GString *place, const SnnNetwork *network,
    const SnnNode *node, gboolean vector)
{
  SnnNodeFields fields = {
    .h = h,
    .name = node->name,
    .vector = vector,
    .place = place,
  };

  snn_hdf5_write_text (h, snn_fields_at (&fields, "type"),
      snn_node_type_name (node));
  if (node->op->variant)
    snn_hdf5_write_text (h, snn_fields_at (&fields, "metadata/neuron"),
        node->op->variant);
  if (snn_node_is_neuron (node))
    snn_hdf5_write_doubles (h, snn_fields_at (&fields, SNN_MODEL_MEMBRANE), 1,
        &network->initial_membrane);
  if (node->op->write)
    node->op->write (&fields, node);
}

static void
write_edges (SnnHdf5 *h, const SnnNetwork *network)
{
  g_autoptr (GPtrArray) ends = g_ptr_array_new ();

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint j = 0; j < node->n_inputs; j++) {
      g_ptr_array_add (ends, snn_network_node (network,
              node->inputs[j])->name);
      g_ptr_array_add (ends, node->name);
    }
  }
  snn_hdf5_write_texts (h, "/node/edges", ends->len / 2, 2,
      (const gchar * const *) ends->pdata);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar * const *) a, *(gchar * const *) b);
}

/* In order, so that the same texts give the same bytes. */
static void
write_metadata (SnnHdf5 *h, const SnnNetwork *network)
{
  guint n;
  g_autofree const gchar **names = (const gchar **)
      g_hash_table_get_keys_as_array (network->metadata, &n);
  g_autofree const gchar **pairs = g_new (const gchar *, 2 * n + 1);

  if (n == 0)
    return;
  qsort (names, n, sizeof *names, compare_names);
  for (guint i = 0; i < n; i++) {
    pairs[2 * i] = names[i];
    pairs[2 * i + 1] = snn_network_metadata (network, names[i]);
  }
  snn_hdf5_write_texts (h, "/gst-snn/metadata", n, 2, pairs);
}

void
snn_model_write (SnnHdf5 *h, const SnnNetwork *network)
{
  g_autofree gboolean *vector = find_vectors (network);
  g_autoptr (GString) place = g_string_new (NULL);

  snn_hdf5_write_text (h, "/version", NIR_VERSION);
  snn_hdf5_write_text (h, "/node/type", "NIRGraph");
  for (guint i = 0; i < network->nodes->len; i++)
    write_node (h, place, network, snn_network_node (network, i), vector[i]);
  write_edges (h, network);

  /* NIR's readers refuse what they don't know under /node. */
  snn_hdf5_write_int (h, "/gst-snn/spiking", network->spiking);
  snn_hdf5_write_int (h, "/gst-snn/signed_input", network->signed_input);
  snn_hdf5_write_int (h, "/gst-snn/timesteps", network->timesteps);
  snn_hdf5_write_text (h, "/gst-snn/readout",
      network->readout == SNN_READOUT_SUM ? "sum" : "mean");
  snn_hdf5_write_doubles (h, "/gst-snn/initial_membrane", 1,
      &network->initial_membrane);
  write_metadata (h, network);
  if (network->classes.n > 0) {
    gint64 values[SNN_CLASSES_MAX];

    for (guint i = 0; i < network->classes.n; i++)
      values[i] = network->classes.values[i];
    snn_hdf5_write_ints (h, "/gst-snn/classes", network->classes.n, values);
  }
}

