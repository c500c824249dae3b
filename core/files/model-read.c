/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-private.h"

#include <string.h>

#include "../graph/op.h"
#include "../hdf5/node-fields.h"
#include "../ops/ops.h"

/* Far beyond any network that we could run; a bound on the time spent on a
 * hostile file. */
#define MAX_NODES 4096
#define MAX_EDGES 16384

/* A graph as it stands in the file. */
typedef struct
{
  SnnHdf5 *h;
  GPtrArray *names;             /* of nodes, as the edges name them */
  gchar **edges;                /* from, to, from, to ... */
  guint *ends;                  /* the same, as indices */
  gsize n_edges;
  SnnTimestep timestep;
} Graph;

/* Numbers the nodes in the order in which the edges name them. */
static gboolean
find_nodes (Graph *g)
{
  g_autoptr (GHashTable) index = g_hash_table_new (g_str_hash, g_str_equal);

  g->names = g_ptr_array_new ();
  g->ends = g_new (guint, 2 * g->n_edges);
  for (gsize i = 0; i < 2 * g->n_edges; i++) {
    gpointer number;

    if (!g_hash_table_lookup_extended (index, g->edges[i], NULL, &number)) {
      number = GUINT_TO_POINTER (g->names->len);
      g_hash_table_insert (index, g->edges[i], number);
      g_ptr_array_add (g->names, g->edges[i]);
    }
    g->ends[i] = GPOINTER_TO_UINT (number);
  }
  if (g->names->len > MAX_NODES)
    return snn_hdf5_fail (g->h, SNN_ERROR_UNSUPPORTED,
        "a network of %u nodes; at most %d are supported", g->names->len,
        MAX_NODES);
  return TRUE;
}

static gboolean
check_nodes (const Graph *g)
{
  gint64 n = snn_hdf5_count (g->h, "/node/nodes");

  if (n < 0)
    return FALSE;
  for (guint i = 0; i < g->names->len; i++) {
    const gchar *name = g->names->pdata[i];
    g_autofree gchar *place = g_strconcat ("/node/nodes/", name, NULL);

    if (*name == '\0' || g_str_equal (name, ".") || strchr (name, '/')
        || !snn_hdf5_has (g->h, place))
      return snn_hdf5_fail (g->h, SNN_ERROR_FORMAT,
          "an edge names '%s', but there is no such node", name);
  }
  if (n != g->names->len)
    return snn_hdf5_fail (g->h, SNN_ERROR_FORMAT, "there are %"
        G_GINT64_FORMAT " nodes, but edges name only %u", n, g->names->len);
  return TRUE;
}

static gboolean
check_edges (const Graph *g)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (gsize e = 0; e < g->n_edges; e++)
    if (!g_hash_table_add (seen, GUINT_TO_POINTER (1
                + g->ends[2 * e] * MAX_NODES + g->ends[2 * e + 1])))
      return snn_hdf5_fail (g->h, SNN_ERROR_FORMAT,
          "the edge from '%s' to '%s' is there twice", g->edges[2 * e],
          g->edges[2 * e + 1]);
  return TRUE;
}

static gboolean
read_graph (Graph *g)
{
  SnnHdf5 *h = g->h;
  g_autofree gchar *type = snn_hdf5_read_text (h, "/node/type");
  SnnHdf5Shape shape;

  if (type && !g_str_equal (type, "NIRGraph"))
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "/node is a '%s'; expected a 'NIRGraph'", type);
  g->edges = snn_hdf5_read_texts (h, "/node/edges", &shape);
  if (!g->edges)
    return FALSE;
  if (shape.rank != 2 || shape.dims[1] != 2 || shape.dims[0] > MAX_EDGES)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "/node/edges is no list of at most %d pairs", MAX_EDGES);
  g->n_edges = shape.dims[0];
  return find_nodes (g) && check_nodes (g) && check_edges (g);
}

/* Topological order: of the nodes all of whose sources are placed, the one
 * that the list of edges names first as a target. Files of ours list edges in
 * node order, so that a network comes back in the order that it had. */
static guint *
sort_nodes (const Graph *g)
{
  g_autofree guint *order = g_new (guint, g->names->len);
  g_autofree gsize *first = g_new (gsize, g->names->len);
  g_autofree guint *waiting = g_new0 (guint, g->names->len);

  for (guint i = 0; i < g->names->len; i++)
    first[i] = G_MAXSIZE;
  for (gsize e = g->n_edges; e-- > 0;) {
    first[g->ends[2 * e + 1]] = e;
    waiting[g->ends[2 * e + 1]]++;
  }
  for (guint placed = 0; placed < g->names->len; placed++) {
    guint next = g->names->len;

    /* A node without sources comes before all others: the input. */
    for (guint i = 0; i < g->names->len; i++)
      if (waiting[i] == 0 && (next == g->names->len || first[i] + 1 < first[next] + 1))
        next = i;
    if (next == g->names->len) {
      guint stuck = 0;

      while (waiting[stuck] == 0 || waiting[stuck] == G_MAXUINT)
        stuck++;
      snn_hdf5_fail (g->h, SNN_ERROR_FORMAT,
          "node '%s' is on, or behind, a cycle of edges", (gchar *) g->names->pdata[stuck]);
      return NULL;
    }
    waiting[next] = G_MAXUINT;
    order[placed] = next;
    for (gsize e = 0; e < g->n_edges; e++)
      if (g->ends[2 * e] == next)
        waiting[g->ends[2 * e + 1]]--;
  }
  return g_steal_pointer (&order);
}

static const SnnOp *
read_type (SnnNodeFields *fields)
{
  g_autofree gchar *type = snn_hdf5_read_text (fields->h,
      snn_fields_at (fields, "type"));
  g_autofree gchar *variant = NULL;
  const SnnOp *op;

  if (type && snn_hdf5_has (fields->h, snn_fields_at (fields,
              "metadata/neuron")))
    variant = snn_hdf5_read_text (fields->h, snn_fields_at (fields,
            "metadata/neuron"));
  op = type ? snn_op_find_variant (type, variant) : NULL;
  if (variant && !op)
    snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "neurons '%s' of type '%s' are not supported", variant, type);
  else if (type && !op)
    snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "nodes of type '%s' are not supported", type);
  return op;
}

static gboolean
read_node (Graph *g, guint index, SnnNetwork *network)
{
  g_autoptr (GString) place = g_string_new (NULL);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  SnnNode template = {.name = g->names->pdata[index] };
  SnnNodeFields fields = {
    .h = g->h,
    .name = g->names->pdata[index],
    .timestep = &g->timestep,
    .place = place,
  };
  const SnnOp *op;
  gint added;

  for (gsize e = 0; e < g->n_edges; e++)
    if (g->ends[2 * e + 1] == index)
      g_ptr_array_add (inputs, g->edges[2 * e]);
  g_ptr_array_add (inputs, NULL);
  if (inputs->pdata[0])
    fields.from = snn_network_find (network, inputs->pdata[0]);
  op = template.op = read_type (&fields);
  if (!op || (op->read && !op->read (&fields, &template)))
    return FALSE;
  added = snn_network_add (network, &template,
      (const gchar * const *) inputs->pdata, &error);
  if (added < 0)
    return snn_hdf5_fail (g->h,
        error->code == SNN_ERROR_UNSUPPORTED ? SNN_ERROR_UNSUPPORTED
        : SNN_ERROR_FORMAT, "%s", error->message);
  return !op->read_values
      || op->read_values (&fields, snn_network_node (network, (guint) added));
}

static gboolean
read_int_if (SnnHdf5 *h, const gchar *name, gint64 max, gint64 *value)
{
  if (!snn_hdf5_has (h, name))
    return TRUE;
  if (!snn_hdf5_read_ints (h, name, 1, value))
    return FALSE;
  if (*value < 0 || *value > max)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s is %" G_GINT64_FORMAT
        "; expected 0 to %" G_GINT64_FORMAT, name, *value, max);
  return TRUE;
}

static gboolean
read_membrane (SnnHdf5 *h, const gchar *name, double *membrane)
{
  if (!snn_hdf5_read_doubles (h, name, 1, membrane))
    return FALSE;
  if (!(*membrane >= 0. && *membrane <= 1.))
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s is %g; expected 0 to 1",
        name, *membrane);
  return TRUE;
}

/* Where the network says nothing, each of its neurons may; and where that does
 * not, the graph. */
static gboolean
read_membranes (SnnHdf5 *h, SnnNetwork *network)
{
  const gchar *of_network = "/gst-snn/initial_membrane";
  const gchar *of_graph = "/node/" SNN_MODEL_MEMBRANE;
  const gchar *first = NULL;
  double fallback = 0.;

  if (snn_hdf5_has (h, of_network))
    return read_membrane (h, of_network, &network->initial_membrane);
  if (snn_hdf5_has (h, of_graph) && !read_membrane (h, of_graph, &fallback))
    return FALSE;
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    g_autofree gchar *name = g_strdup_printf ("/node/nodes/%s/%s", node->name,
        SNN_MODEL_MEMBRANE);
    double membrane = fallback;

    if (!snn_node_is_neuron (node))
      continue;
    if (snn_hdf5_has (h, name) && !read_membrane (h, name, &membrane))
      return FALSE;
    if (first && membrane != network->initial_membrane)
      return snn_hdf5_fail (h, SNN_ERROR_UNSUPPORTED, "node '%s' begins with "
          "%g of its threshold and node '%s' with %g; expected the same of all",
          first, network->initial_membrane, node->name, membrane);
    network->initial_membrane = membrane;
    first = first ? first : node->name;
  }
  return TRUE;
}

static gboolean
read_metadata (SnnHdf5 *h, SnnNetwork *network)
{
  SnnHdf5Shape shape;
  g_auto (GStrv) pairs = NULL;

  if (!snn_hdf5_has (h, "/gst-snn/metadata"))
    return TRUE;
  pairs = snn_hdf5_read_texts (h, "/gst-snn/metadata", &shape);
  if (!pairs)
    return FALSE;
  if (shape.rank != 2 || shape.dims[1] != 2)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "/gst-snn/metadata is no list of pairs of texts");
  for (gsize i = 0; i < shape.dims[0]; i++) {
    if (!g_utf8_validate (pairs[2 * i], -1, NULL)
        || !g_utf8_validate (pairs[2 * i + 1], -1, NULL))
      return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
          "/gst-snn/metadata has a text that is not UTF-8");
    snn_network_set_metadata (network, pairs[2 * i], pairs[2 * i + 1]);
  }
  return TRUE;
}

/* The values that the output's channels have in label maps. */
static gboolean
read_classes (SnnHdf5 *h, SnnNetwork *network)
{
  const gchar *name = "/gst-snn/classes";
  const guint channels = snn_network_output (network).channels;
  gint64 wide[SNN_CLASSES_MAX];
  gint values[SNN_CLASSES_MAX];
  g_autoptr (GError) error = NULL;
  SnnHdf5Shape shape;

  if (!snn_hdf5_has (h, name))
    return TRUE;
  if (!snn_hdf5_shape (h, name, &shape))
    return FALSE;
  if (shape.n < 1 || shape.n > SNN_CLASSES_MAX)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s has %" G_GSIZE_FORMAT
        " values; expected 1 to %d", name, shape.n, SNN_CLASSES_MAX);
  if (!snn_hdf5_read_ints (h, name, shape.n, wide))
    return FALSE;
  for (gsize i = 0; i < shape.n; i++) {
    if (wide[i] < G_MININT || wide[i] > G_MAXINT)
      return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s has %" G_GINT64_FORMAT
          ", which is no class", name, wide[i]);
    /* Sorted in silence, they would be those of other channels. */
    if (i > 0 && wide[i] < wide[i - 1])
      return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s has %" G_GINT64_FORMAT
          " behind %" G_GINT64_FORMAT "; expected ascending values, in the order "
          "of the output's channels", name, wide[i], wide[i - 1]);
    values[i] = (gint) wide[i];
  }
  if (!snn_classes_set (&network->classes, (guint) shape.n, values, &error))
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s: %s", name, error->message);
  if (snn_classes_n_outputs (&network->classes) != channels)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s has %u values, where the "
        "output has %u channels; expected %u", name, network->classes.n,
        channels, snn_classes_n_outputs (&network->classes));
  return TRUE;
}

/* What NIR has no place for; files of others have none of it. */
static gboolean
read_extras (SnnHdf5 *h, SnnNetwork *network)
{
  gint64 spiking = FALSE, signed_input = FALSE, timesteps = 0;

  for (guint i = 0; i < network->nodes->len; i++)
    if (snn_node_is_neuron (snn_network_node (network, i)))
      spiking = TRUE;
  if (!read_int_if (h, "/gst-snn/spiking", 1, &spiking)
      || !read_int_if (h, "/gst-snn/signed_input", 1, &signed_input)
      || !read_int_if (h, "/gst-snn/timesteps", G_MAXUINT, &timesteps))
    return FALSE;
  network->spiking = spiking != 0;
  network->signed_input = signed_input != 0;
  network->timesteps = (guint) timesteps;
  if (snn_hdf5_has (h, "/gst-snn/readout")) {
    g_autofree gchar *readout = snn_hdf5_read_text (h, "/gst-snn/readout");

    if (!readout)
      return FALSE;
    if (!g_str_equal (readout, "mean") && !g_str_equal (readout, "sum"))
      return snn_hdf5_fail (h, SNN_ERROR_UNSUPPORTED,
          "/gst-snn/readout is '%s'; expected 'mean' or 'sum'", readout);
    if (g_str_equal (readout, "sum"))
      network->readout = SNN_READOUT_SUM;
  }
  return read_membranes (h, network) && read_metadata (h, network);
}

static gboolean
build (Graph *g, SnnNetwork *network)
{
  g_autofree guint *order = sort_nodes (g);
  g_autoptr (GError) error = NULL;

  if (!order)
    return FALSE;
  for (guint i = 0; i < g->names->len; i++)
    if (!read_node (g, order[i], network))
      return FALSE;
  if (!read_extras (g->h, network))
    return FALSE;
  if (!snn_network_validate (network, &error))
    return snn_hdf5_fail (g->h, error->code, "%s", error->message);
  return read_classes (g->h, network);
}

SnnNetwork *
snn_model_read (SnnHdf5 *h)
{
  g_autoptr (SnnNetwork) network = snn_network_new ();
  Graph g = {.h = h };
  gboolean built = read_graph (&g) && build (&g, network)
      && !snn_hdf5_failed (h);

  g_clear_pointer (&g.names, g_ptr_array_unref);
  g_strfreev (g.edges);
  g_free (g.ends);
  return built ? g_steal_pointer (&network) : NULL;
}
