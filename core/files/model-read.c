/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-private.h"

#include <math.h>
#include <string.h>

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
} Graph;

/* The node being read, and where its fields are. */
typedef struct
{
  SnnHdf5 *h;
  const gchar *name;
  const SnnNode *from;          /* one that it receives from, or NULL */
  GString *place;
} Reader;

static const gchar *
field (Reader *r, const gchar *name)
{
  g_string_printf (r->place, "/node/nodes/%s/%s", r->name, name);
  return r->place->str;
}

G_GNUC_PRINTF (3, 4) static gboolean
refuse (Reader *r, SnnError code, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return snn_hdf5_fail (r->h, code, "node '%s': %s", r->name, text);
}

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

static gboolean
read_shape (Reader *r, const gchar *name, SnnShape *shape)
{
  gint64 values[3] = { 0, 1, 1 };
  SnnHdf5Shape size;

  if (!snn_hdf5_shape (r->h, field (r, name), &size))
    return FALSE;
  if (size.rank != 1 || (size.n != 1 && size.n != 3))
    return refuse (r, SNN_ERROR_UNSUPPORTED, "%s has %" G_GSIZE_FORMAT
        " dimensions; expected (channels, height, width) or (values)", name,
        size.n);
  if (!snn_hdf5_read_ints (r->h, field (r, name), size.n, values))
    return FALSE;
  for (guint i = 0; i < 3; i++)
    if (values[i] < 1 || values[i] > G_MAXINT32)
      return refuse (r, SNN_ERROR_FORMAT, "%s has a size of %"
          G_GINT64_FORMAT, name, values[i]);
  *shape = (SnnShape) {
    (guint) values[0], (guint) values[1], (guint) values[2]
  };
  return TRUE;
}

static gboolean
check_shape (Reader *r, const gchar *name, SnnShape expected)
{
  SnnShape found;

  if (!read_shape (r, name, &found))
    return FALSE;
  if (found.channels != expected.channels || found.height != expected.height
      || found.width != expected.width)
    return refuse (r, SNN_ERROR_FORMAT, "%s is %ux%ux%u; expected %ux%ux%u "
        "(channels, height, width)", name, found.channels, found.height,
        found.width, expected.channels, expected.height, expected.width);
  return TRUE;
}

/* A number for both directions, or one for each, which must be the same. */
static gboolean
read_pair (Reader *r, const gchar *name, guint *value)
{
  SnnHdf5Shape size;
  gint64 values[2];

  if (!snn_hdf5_shape (r->h, field (r, name), &size))
    return FALSE;
  if (size.n > 2)
    return refuse (r, SNN_ERROR_FORMAT, "%s has %" G_GSIZE_FORMAT
        " values; expected (height, width)", name, size.n);
  if (!snn_hdf5_read_ints (r->h, field (r, name), size.n, values))
    return FALSE;
  if (size.n == 2 && values[0] != values[1])
    return refuse (r, SNN_ERROR_UNSUPPORTED, "%s is %" G_GINT64_FORMAT " by %"
        G_GINT64_FORMAT "; expected the same in both directions", name,
        values[0], values[1]);
  if (values[0] < 0 || values[0] > G_MAXINT16)
    return refuse (r, SNN_ERROR_FORMAT, "%s is %" G_GINT64_FORMAT, name,
        values[0]);
  *value = (guint) values[0];
  return TRUE;
}

static gboolean
check_pair (Reader *r, const gchar *name, guint expected)
{
  guint value;

  if (!read_pair (r, name, &value))
    return FALSE;
  if (value != expected)
    return refuse (r, SNN_ERROR_UNSUPPORTED, "%s is %u; only %u is supported",
        name, value, expected);
  return TRUE;
}

/* A value a neuron: [channels][height][width], or one dimension where frames
 * are one pixel. */
static gboolean
check_dims (Reader *r, const gchar *name, SnnShape expected)
{
  SnnHdf5Shape found;

  if (!snn_hdf5_shape (r->h, field (r, name), &found))
    return FALSE;
  if (found.rank == 1 && expected.height == 1 && expected.width == 1
      && found.dims[0] == expected.channels)
    return TRUE;
  if (found.rank == 3 && found.dims[0] == expected.channels
      && found.dims[1] == expected.height && found.dims[2] == expected.width)
    return TRUE;
  return refuse (r, SNN_ERROR_FORMAT, "%s has %u dimensions and %"
      G_GSIZE_FORMAT " values; expected %ux%ux%u (channels, height, width)",
      name, found.rank, found.n, expected.channels, expected.height,
      expected.width);
}

/* Values that all must be @expected. */
static gboolean
check_values (Reader *r, const gchar *name, SnnShape shape, float expected)
{
  const gsize n = snn_shape_size (shape);
  g_autofree float *values = NULL;

  if (!check_dims (r, name, shape))
    return FALSE;
  values = g_new (float, n);
  if (!snn_hdf5_read_floats (r->h, field (r, name), n, values))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (values[i] != expected)
      return refuse (r, SNN_ERROR_UNSUPPORTED,
          "%s has the value %g; only %g is supported", name, values[i],
          expected);
  return TRUE;
}

/* Takes the number of outputs and the kernel out of the shape of the weights,
 * which must match the input: only then do they bound what is allocated. */
static gboolean
read_weight_shape (Reader *r, SnnNode *node)
{
  const gboolean linear = node->type == SNN_NODE_LINEAR;
  const guint in = node->type == SNN_NODE_CONV_TRANSPOSE2D ? 0 : 1;
  SnnHdf5Shape shape;

  if (!snn_hdf5_shape (r->h, field (r, "weight"), &shape))
    return FALSE;
  if (shape.rank != (linear ? 2 : 4))
    return refuse (r, SNN_ERROR_FORMAT, "weight has %u dimensions; expected "
        "%u", shape.rank, linear ? 2 : 4);
  if (!r->from || shape.dims[in] != r->from->out.channels)
    return refuse (r, SNN_ERROR_FORMAT, "weight is for %" G_GSIZE_FORMAT
        " channels; the node receives %u", shape.dims[in],
        r->from ? r->from->out.channels : 0);
  if (!linear && shape.dims[2] != shape.dims[3])
    return refuse (r, SNN_ERROR_UNSUPPORTED, "the kernel is %" G_GSIZE_FORMAT
        " by %" G_GSIZE_FORMAT "; expected a square", shape.dims[2],
        shape.dims[3]);
  node->out.channels = (guint) shape.dims[1 - in];
  node->kernel = linear ? 0 : (guint) shape.dims[2];
  return TRUE;
}

static gboolean
read_convolution (Reader *r, SnnNode *node)
{
  gint64 groups = 1, frame[2];

  if (!read_weight_shape (r, node)
      || !read_pair (r, "stride", &node->stride)
      || !read_pair (r, "padding", &node->padding)
      || !check_pair (r, "dilation", 1)
      || !snn_hdf5_read_ints (r->h, field (r, "groups"), 1, &groups)
      || !check_values (r, "bias", (SnnShape) { node->out.channels, 1, 1 },
          0.f))
    return FALSE;
  if (groups != 1)
    return refuse (r, SNN_ERROR_UNSUPPORTED, "groups is %" G_GINT64_FORMAT
        "; only 1 is supported", groups);
  if (!snn_hdf5_has (r->h, field (r, "input_shape")))
    return TRUE;
  if (!snn_hdf5_read_ints (r->h, field (r, "input_shape"), 2, frame))
    return FALSE;
  if (frame[0] != r->from->out.height || frame[1] != r->from->out.width)
    return refuse (r, SNN_ERROR_FORMAT, "input_shape is %" G_GINT64_FORMAT
        "x%" G_GINT64_FORMAT "; the node receives %ux%u (height, width)",
        frame[0], frame[1], r->from->out.height, r->from->out.width);
  return TRUE;
}

static gboolean
read_pooling (Reader *r, SnnNode *node)
{
  return read_pair (r, "kernel_size", &node->kernel)
      && read_pair (r, "stride", &node->stride)
      && read_pair (r, "padding", &node->padding);
}

static gboolean
check_flatten (Reader *r)
{
  gint64 start, end;

  if (!snn_hdf5_read_ints (r->h, field (r, "start_dim"), 1, &start)
      || !snn_hdf5_read_ints (r->h, field (r, "end_dim"), 1, &end))
    return FALSE;
  if (start != 0 || (end != -1 && end != 2))
    return refuse (r, SNN_ERROR_UNSUPPORTED, "flattens dimensions %"
        G_GINT64_FORMAT " to %" G_GINT64_FORMAT "; only all, 0 to -1, are "
        "supported", start, end);
  return TRUE;
}

/* The fields that the node's shape and size follow from. */
static gboolean
read_template (Reader *r, SnnNode *node)
{
  g_autofree gchar *type = snn_hdf5_read_text (r->h, field (r, "type"));

  if (!type)
    return FALSE;
  if (!snn_node_type_from_name (type, &node->type))
    return refuse (r, SNN_ERROR_UNSUPPORTED, "nodes of type '%s' are not "
        "supported", type);
  switch (node->type) {
    case SNN_NODE_INPUT:
      return read_shape (r, "shape", &node->out);
    case SNN_NODE_CONV2D:
    case SNN_NODE_CONV_TRANSPOSE2D:
      return read_convolution (r, node);
    case SNN_NODE_LINEAR:
      return read_weight_shape (r, node);
    case SNN_NODE_AVG_POOL2D:
      return read_pooling (r, node);
    case SNN_NODE_FLATTEN:
      return check_flatten (r);
    case SNN_NODE_IF:
      if (!r->from)
        return refuse (r, SNN_ERROR_FORMAT, "receives nothing");
      return check_values (r, "r", r->from->out, 1.f);
    case SNN_NODE_OUTPUT:
    case SNN_NODE_RELU:
      return TRUE;
  }
  return FALSE;
}

static gboolean
read_weights (Reader *r, SnnNode *node)
{
  g_autofree float *torch = g_new (float, node->n_weights);

  if (!snn_hdf5_read_floats (r->h, field (r, "weight"), node->n_weights,
          torch))
    return FALSE;
  for (gsize w = 0; w < node->n_weights; w++)
    if (!isfinite (torch[w]))
      return refuse (r, SNN_ERROR_FORMAT, "weight has a value of %g",
          torch[w]);
  snn_weights_from_torch (node, torch, node->weight);
  return TRUE;
}

static gboolean
read_thresholds (Reader *r, SnnNode *node)
{
  const gsize n = snn_shape_size (node->out);
  const gsize frame = (gsize) node->out.height * node->out.width;
  g_autofree float *values = g_new (float, n);

  if (snn_hdf5_has (r->h, field (r, "v_reset"))
      && !check_values (r, "v_reset", node->out, 0.f))
    return FALSE;
  if (!check_dims (r, "v_threshold", node->out)
      || !snn_hdf5_read_floats (r->h, field (r, "v_threshold"), n, values))
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    if (!isfinite (values[i]) || values[i] <= 0.f)
      return refuse (r, SNN_ERROR_FORMAT, "v_threshold has a value of %g; "
          "expected positive ones", values[i]);
    if (values[i] != values[i - i % frame])
      return refuse (r, SNN_ERROR_UNSUPPORTED, "v_threshold differs within "
          "channel %" G_GSIZE_FORMAT " (%g and %g); one a channel is "
          "supported", i / frame, values[i - i % frame], values[i]);
    node->threshold[i / frame] = values[i];
  }
  return TRUE;
}

/* The fields that fill the node. */
static gboolean
read_values (Reader *r, SnnNode *node)
{
  if (snn_node_has_weights (node))
    return read_weights (r, node);
  if (node->type == SNN_NODE_IF)
    return read_thresholds (r, node);
  if (node->type == SNN_NODE_OUTPUT)
    return check_shape (r, "shape", node->out);
  return TRUE;
}

static gboolean
read_node (const Graph *g, guint index, SnnNetwork *network)
{
  g_autoptr (GString) place = g_string_new (NULL);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  SnnNode template = {.name = g->names->pdata[index] };
  Reader r = {.h = g->h,.name = g->names->pdata[index],.place = place };
  gint added;

  for (gsize e = 0; e < g->n_edges; e++)
    if (g->ends[2 * e + 1] == index)
      g_ptr_array_add (inputs, g->edges[2 * e]);
  g_ptr_array_add (inputs, NULL);
  if (inputs->pdata[0])
    r.from = snn_network_find (network, inputs->pdata[0]);
  if (!read_template (&r, &template))
    return FALSE;
  added = snn_network_add (network, &template,
      (const gchar * const *) inputs->pdata, &error);
  if (added < 0)
    return snn_hdf5_fail (g->h,
        error->code == SNN_ERROR_UNSUPPORTED ? SNN_ERROR_UNSUPPORTED
        : SNN_ERROR_FORMAT, "%s", error->message);
  return read_values (&r, snn_network_node (network, (guint) added));
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

/* What NIR has no place for; files of others have none of it. */
static gboolean
read_extras (SnnHdf5 *h, SnnNetwork *network)
{
  gint64 spiking = FALSE, signed_input = FALSE, timesteps = 0;

  for (guint i = 0; i < network->nodes->len; i++)
    if (snn_network_node (network, i)->type == SNN_NODE_IF)
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
  if (snn_hdf5_has (h, "/gst-snn/initial_membrane")) {
    if (!snn_hdf5_read_doubles (h, "/gst-snn/initial_membrane", 1,
            &network->initial_membrane))
      return FALSE;
    if (!(network->initial_membrane >= 0. && network->initial_membrane <= 1.))
      return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
          "/gst-snn/initial_membrane is %g; expected 0 to 1",
          network->initial_membrane);
  }
  return TRUE;
}

static gboolean
build (const Graph *g, SnnNetwork *network)
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
  return TRUE;
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
