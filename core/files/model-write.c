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

/* Whether a Linear node, which is of vectors, receives frames of one pixel from node
 * @from: the same here, but not in NIR. */
static gboolean
receives_frames (const SnnNode *node, guint from, const gboolean *vector)
{
  return node->op == &snn_op_linear && !vector[from];
}

/* (transfer full): a name that no node has. */
static gchar *
make_flat_name (const SnnNetwork *network, const gchar *from)
{
  gchar *name = g_strdup_printf ("%s.flat", from);

  for (guint i = 2; snn_network_find (network, name); i++) {
    g_free (name);
    name = g_strdup_printf ("%s.flat_%u", from, i);
  }
  return name;
}

/* (transfer full) (element-type utf8): of each node the name of a Flatten node behind
 * it that NIR needs and the network has not, or %NULL. */
static GPtrArray *
find_flat (const SnnNetwork *network, const gboolean *vector)
{
  GPtrArray *flat = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_set_size (flat, (gint) network->nodes->len);
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint j = 0; j < node->n_inputs; j++) {
      const guint from = node->inputs[j];

      if (receives_frames (node, from, vector) && !flat->pdata[from])
        flat->pdata[from] = make_flat_name (network,
            snn_network_node (network, from)->name);
    }
  }
  return flat;
}

static void
write_flat (SnnHdf5 *h, GString *place, const SnnNetwork *network,
    const GPtrArray *flat)
{
  for (guint i = 0; i < flat->len; i++) {
    const SnnNode *from = snn_network_node (network, i);
    const SnnNode node = {
      .name = flat->pdata[i],
      .op = &snn_op_flatten,
      .in = from->out,
      .out = from->out,
    };

    if (node.name)
      write_node (h, place, network, &node, TRUE);
  }
}

static void
add_edge (GPtrArray *ends, gchar *from, gchar *to)
{
  g_ptr_array_add (ends, from);
  g_ptr_array_add (ends, to);
}

static void
write_edges (SnnHdf5 *h, const SnnNetwork *network, const gboolean *vector,
    const GPtrArray *flat)
{
  g_autoptr (GPtrArray) ends = g_ptr_array_new ();
  g_autofree gboolean *written = g_new0 (gboolean, network->nodes->len);

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint j = 0; j < node->n_inputs; j++) {
      const guint from = node->inputs[j];
      gchar *name = snn_network_node (network, from)->name;

      if (!flat || !receives_frames (node, from, vector)) {
        add_edge (ends, name, node->name);
        continue;
      }
      if (!written[from])
        add_edge (ends, name, flat->pdata[from]);
      written[from] = TRUE;
      add_edge (ends, flat->pdata[from], node->name);
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
snn_model_write (SnnHdf5 *h, const SnnNetwork *network, gboolean flatten)
{
  g_autofree gboolean *vector = find_vectors (network);
  g_autoptr (GPtrArray) flat = flatten ? find_flat (network, vector) : NULL;
  g_autoptr (GString) place = g_string_new (NULL);

  snn_hdf5_write_text (h, "/version", NIR_VERSION);
  snn_hdf5_write_text (h, "/node/type", "NIRGraph");
  for (guint i = 0; i < network->nodes->len; i++)
    write_node (h, place, network, snn_network_node (network, i), vector[i]);
  if (flat)
    write_flat (h, place, network, flat);
  write_edges (h, network, vector, flat);

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

