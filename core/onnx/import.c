/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "onnx-file.h"

#include <string.h>

#include "import.h"

/* A bound on the time spent on a hostile file, as in model files. */
#define MAX_ONNX_NODES 16384
#define MAX_EDGES 16384
#define MAX_TERMS (1u << 17)
#define MAX_BATCH 65536

/* Weights that we make up on top of those in the file, at most: zeros of groups,
 * dilated kernels and factors, and layers that share theirs. */
#define MORE_WEIGHTS (1u << 24)

static void
value_free (gpointer data)
{
  SnnOnnxValue *value = data;

  g_clear_pointer (&value->ints, g_array_unref);
  g_clear_pointer (&value->parts, g_ptr_array_unref);
  g_free (value);
}

static gboolean
refuse_file (SnnOnnxImport *import, SnnError code, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
refuse_file (SnnOnnxImport *import, SnnError code, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (!import->error)
    import->error = g_error_new_valist (SNN_ERROR, code, format, arguments);
  va_end (arguments);
  return FALSE;
}

/* The value of this name, made where it is new. */
static SnnOnnxValue *
value_named (SnnOnnxImport *import, const gchar *name)
{
  SnnOnnxValue *value = g_hash_table_lookup (import->values, name);

  if (value)
    return value;
  value = g_new0 (SnnOnnxValue, 1);
  value->name = name;
  for (guint axis = 0; axis < SNN_ONNX_MOST_AXES; axis++)
    value->axes[axis] = axis;
  g_hash_table_insert (import->values, (gpointer) name, value);
  return value;
}

/* Nodes that the output depends on, and how often each value is read; exporters
 * leave others in the graph. */
static gboolean *
find_used (SnnOnnxImport *import, const gchar *output)
{
  const SnnOnnx__GraphProto *graph = import->graph;
  gboolean *used = g_new0 (gboolean, graph->n_node + 1);

  value_named (import, output)->readers = 1;
  for (gsize i = graph->n_node; i-- > 0;) {
    const SnnOnnxNode *node = graph->node[i];

    for (gsize o = 0; o < node->n_output; o++)
      used[i] |= *node->output[o] != '\0'
          && value_named (import, node->output[o])->readers > 0;
    for (gsize in = 0; used[i] && in < node->n_input; in++)
      if (*node->input[in] != '\0')
        value_named (import, node->input[in])->readers++;
  }
  return used;
}

/* A dimension of the input: what the file fixes, or @given. */
static gboolean
read_dim (SnnOnnxImport *import, const SnnOnnx__DimensionProto *dim,
    const gchar *what, guint given, guint *value)
{
  if (dim->has_dim_value && dim->dim_value > 0) {
    if (dim->dim_value > G_MAXINT32)
      return refuse_file (import, SNN_ERROR_UNSUPPORTED, "the input's %s is %"
          G_GINT64_FORMAT, what, dim->dim_value);
    *value = (guint) dim->dim_value;
    return (given == 0 || given == *value)
        || refuse_file (import, SNN_ERROR_MISMATCH, "the input's %s is %u in the "
        "file; %u was asked for, which only a file that leaves it open can take",
        what, *value, given);
  }
  *value = given;
  return given > 0 || refuse_file (import, SNN_ERROR_UNSUPPORTED,
      "the input's %s is left open; expected a size (snn-import --size)", what);
}

/* An axis that was asked for and is none of the input's would be a mistake that nobody
 * is told of. */
static gboolean
check_size (SnnOnnxImport *import, const gchar *name, gsize rank,
    const SnnShape *open)
{
  if (rank == 2 && (open->width > 0 || open->height > 0 || open->depth > 0))
    return refuse_file (import, SNN_ERROR_MISMATCH, "the input '%s' is of vectors "
        "(2 axes), which have no size in space; expected none to be asked for",
        name);
  return rank == 5 || open->depth == 0
      || refuse_file (import, SNN_ERROR_MISMATCH, "the input '%s' is of slices "
      "(%" G_GSIZE_FORMAT " axes); a depth of %u was asked for, which only volumes "
      "have; expected width and height", name, rank, open->depth);
}

static gboolean
read_batch (SnnOnnxImport *import, const SnnOnnx__DimensionProto *dim)
{
  import->batch = dim->has_dim_value && dim->dim_value > 0
      ? dim->dim_value : 1;
  return import->batch <= MAX_BATCH
      || refuse_file (import, SNN_ERROR_UNSUPPORTED, "the input has %"
      G_GINT64_FORMAT " samples; at most %d are supported", import->batch,
      MAX_BATCH);
}

/* Values of floats with the axes samples, channels, depth, height and width, without
 * depth, or samples and channels. */
static gboolean
read_input_shape (SnnOnnxImport *import, const SnnOnnx__ValueInfoProto *info,
    const SnnShape *open, SnnShape *shape)
{
  const SnnOnnx__TensorTypeProto *type =
      info->type ? info->type->tensor_type : NULL;
  const gsize rank = type && type->shape ? type->shape->n_dim : 0;
  SnnOnnx__DimensionProto **dims;

  if (rank != 2 && rank != 4 && rank != 5)
    return refuse_file (import, SNN_ERROR_UNSUPPORTED, "the input '%s' has %"
        G_GSIZE_FORMAT " axes; expected 5 (samples, channels, depth, height, "
        "width), 4 or 2", info->name, rank);
  if (type->elem_type != SNN_ONNX_FLOAT)
    return refuse_file (import, SNN_ERROR_UNSUPPORTED, "the input '%s' is of "
        "element type %d; expected %d, float", info->name, type->elem_type,
        SNN_ONNX_FLOAT);
  dims = type->shape->dim;
  *shape = (SnnShape) { 1, 1, 1 };
  return check_size (import, info->name, rank, open)
      && read_batch (import, dims[0])
      && read_dim (import, dims[1], "number of channels", 0, &shape->channels)
      && (rank < 5
      || read_dim (import, dims[2], "depth", open->depth, &shape->depth))
      && (rank == 2
      || (read_dim (import, dims[rank - 2], "height", open->height,
              &shape->height)
          && read_dim (import, dims[rank - 1], "width", open->width,
              &shape->width)));
}

static gboolean
add_input (SnnOnnxImport *import, const SnnOnnx__ValueInfoProto *info,
    SnnShape shape)
{
  const SnnOnnxNode node = {
    .name = info->name,
    .op_type = (gchar *) "Input",
    .n_output = 1,
    .output = (gchar **) &info->name,
  };
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (guint));
  const SnnOnnxPart nothing = { none, shape };
  g_autoptr (GArray) terms = g_array_new (FALSE, FALSE, sizeof (guint));
  SnnOnnxValue *value = snn_onnx_value_new (import, &node);
  g_autoptr (GPtrArray) parts = NULL;
  SnnOnnxPart part = { terms, shape };
  SnnOnnxValue seed = { 0 };

  if (!value || !snn_onnx_add (import, &node, info->name, (SnnNode) {
            .op = &snn_op_input,.out = shape }, &nothing, terms))
    return FALSE;
  parts = g_ptr_array_new ();
  g_ptr_array_add (parts, &part);
  seed.parts = parts;
  seed.vector = info->type->tensor_type->shape->n_dim == 2;
  memcpy (seed.axes, value->axes, sizeof seed.axes);
  return snn_onnx_value_like (import, &node, &seed, NULL, FALSE) != NULL;
}

/* Older files list their constants as inputs, too. */
static gboolean
read_input (SnnOnnxImport *import, const SnnShape *open)
{
  const SnnOnnx__GraphProto *graph = import->graph;
  const SnnOnnx__ValueInfoProto *input = NULL;
  SnnShape shape;

  for (gsize i = 0; i < graph->n_input; i++) {
    const SnnOnnx__ValueInfoProto *info = graph->input[i];

    if (!info->name)
      return refuse_file (import, SNN_ERROR_FORMAT, "an input has no name");
    if (value_named (import, info->name)->tensor)
      continue;
    if (input)
      return refuse_file (import, SNN_ERROR_UNSUPPORTED, "there are several "
          "inputs, '%s' and '%s'; expected one", input->name, info->name);
    input = info;
  }
  if (!input)
    return refuse_file (import, SNN_ERROR_FORMAT, "there is no input");
  return read_input_shape (import, input, open, &shape)
      && add_input (import, input, shape);
}

static gboolean
read_constants (SnnOnnxImport *import)
{
  const SnnOnnx__GraphProto *graph = import->graph;

  for (gsize i = 0; i < graph->n_initializer; i++) {
    const SnnOnnx__TensorProto *tensor = graph->initializer[i];
    SnnOnnxValue *value;

    if (!tensor->name)
      return refuse_file (import, SNN_ERROR_FORMAT, "a constant has no name");
    value = value_named (import, tensor->name);
    if (value->tensor)
      return refuse_file (import, SNN_ERROR_FORMAT,
          "the constant '%s' is there twice", tensor->name);
    value->tensor = tensor;
  }
  return TRUE;
}

static gboolean
is_foreign (const SnnOnnxNode *node)
{
  return node->domain && *node->domain;
}

/* What has a substitute is named before anything is read: the nodes ahead of a Resize
 * or of a GELU's Erf compute what it takes, and are nothing that a user has put there. */
static gboolean
check_operators (SnnOnnxImport *import, const gboolean *used)
{
  for (gsize i = 0; i < import->graph->n_node; i++) {
    const SnnOnnxNode *node = import->graph->node[i];
    const SnnOnnxOp *op = snn_onnx_op_find (node->op_type);

    if (used[i] && op && !op->read && !is_foreign (node))
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
          "such operators are not supported: %s", op->instead);
  }
  return TRUE;
}

static gboolean
read_nodes (SnnOnnxImport *import, const gboolean *used)
{
  for (gsize i = 0; i < import->graph->n_node; i++) {
    const SnnOnnxNode *node = import->graph->node[i];
    const SnnOnnxOp *op = snn_onnx_op_find (node->op_type);

    if (!used[i])
      continue;
    if (is_foreign (node))
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "operators of "
          "'%s' are not supported; expected those of ONNX itself", node->domain);
    if (!op)
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
          "such operators are not supported");
    if (!op->read (import, node))
      return FALSE;
  }
  return TRUE;
}

/* A Softmax of background and foreground, which everything here takes for one mask:
 * exp b / (exp a + exp b) is the sigmoid of b - a. Of one pixel it is of two classes of
 * images, which have a channel each. */
static gboolean
is_mask_of_two (const SnnOnnxValue *value)
{
  return value->end == SNN_ONNX_END_SOFTMAX && snn_onnx_channels (value) == 2
      && snn_onnx_size (value) > 2;
}

/* What is concatenated last has to be one value: by a layer that changes nothing. */
static gboolean
add_output (SnnOnnxImport *import, const gchar *name)
{
  gchar *names[] = { (gchar *) name };
  const SnnOnnxNode node = {
    .name = names[0],
    .op_type = (gchar *) "Output",
    .n_input = 1,
    .input = names,
    .n_output = 1,
    .output = names,
  };
  g_autoptr (GArray) terms = g_array_new (FALSE, FALSE, sizeof (guint));
  const SnnOnnxValue *value = snn_onnx_any (import, &node, 0);
  SnnOnnxValue room = { 0 };
  gboolean of_two, ok;

  if (!value || !value->parts)
    return refuse_file (import, SNN_ERROR_UNSUPPORTED,
        "the output '%s' does not depend on the input", name);
  if (!snn_onnx_is_in_order (value))
    return refuse_file (import, SNN_ERROR_UNSUPPORTED, "the output '%s' is "
        "transposed; expected samples, channels and axes of space", name);
  of_two = is_mask_of_two (value);
  if (value->parts->len > 1 || (of_two && !snn_onnx_can_fold (import, value)))
    value = snn_onnx_as_layer (import, &node, value, &room);
  if (value && of_two)
    snn_onnx_subtract_first (import, value);
  ok = value && snn_onnx_add (import, &node, "output", (SnnNode) {
        .op = &snn_op_output }, snn_onnx_part (value, 0), terms);
  g_clear_pointer (&room.parts, g_ptr_array_unref);
  return ok;
}

static gboolean
has_bias (const SnnNode *node)
{
  const SnnParameter *bias = snn_node_parameter (node, "bias");

  for (gsize o = 0; bias && o < bias->n; o++)
    if (bias->values[o] != 0.f)
      return TRUE;
  return FALSE;
}

/* The same without biases of zeros. */
static SnnNetwork *
trim (SnnOnnxImport *import)
{
  g_autoptr (SnnNetwork) trimmed = snn_network_new ();

  for (guint i = 0; i < import->network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (import->network, i);
    g_autofree const gchar **inputs = g_new0 (const gchar *,
        node->n_inputs + 1);
    SnnNode like = *node;
    SnnNode *added;
    gint index;

    for (guint j = 0; j < node->n_inputs; j++)
      inputs[j] = snn_network_node (import->network, node->inputs[j])->name;
    like.bias = has_bias (node);
    index = snn_network_add (trimmed, &like, node->n_inputs ? inputs : NULL,
        &import->error);
    if (index < 0)
      return NULL;
    added = snn_network_node (trimmed, (guint) index);
    for (guint p = 0; p < added->n_parameters; p++)
      memcpy (added->parameters[p].values, node->parameters[p].values,
          added->parameters[p].n * sizeof (float));
  }
  return snn_network_validate (trimmed, &import->error)
      ? g_steal_pointer (&trimmed) : NULL;
}

static gboolean
check_version (SnnOnnxImport *import, const SnnOnnx__ModelProto *model)
{
  for (gsize i = 0; i < model->n_opset_import; i++) {
    const SnnOnnx__OperatorSetProto *set = model->opset_import[i];

    if (!set->domain || *set->domain == '\0')
      import->opset = set->version;
  }
  if (import->opset < SNN_ONNX_OLDEST || import->opset > SNN_ONNX_NEWEST)
    return refuse_file (import, SNN_ERROR_UNSUPPORTED, "its operators are of set "
        "%" G_GINT64_FORMAT "; expected %d to %d (opset_version of PyTorch's "
        "export)", import->opset, SNN_ONNX_OLDEST, SNN_ONNX_NEWEST);
  if (import->graph->n_node > MAX_ONNX_NODES)
    return refuse_file (import, SNN_ERROR_UNSUPPORTED, "it has %" G_GSIZE_FORMAT
        " nodes; at most %d are supported", import->graph->n_node,
        MAX_ONNX_NODES);
  if (import->graph->n_output != 1 || !import->graph->output[0]->name)
    return refuse_file (import, SNN_ERROR_UNSUPPORTED, "it has %" G_GSIZE_FORMAT
        " outputs; expected one", import->graph->n_output);
  return TRUE;
}

static SnnNetwork *
read_graph (SnnOnnxImport *import, const SnnShape *open)
{
  const gchar *output = import->graph->output[0]->name;
  g_autofree gboolean *used = find_used (import, output);

  return read_constants (import) && read_input (import, open)
      && check_operators (import, used)
      && read_nodes (import, used) && add_output (import, output)
      ? trim (import) : NULL;
}

/* Which channel is of which class can't be told by a list that we did not write. */
static gboolean
read_classes (SnnOnnxImport *import, const gchar *text, SnnNetwork *network)
{
  guint places[SNN_CLASSES_MAX];

  if (!snn_classes_parse_places (&network->classes, text, places,
          &import->error))
    return FALSE;
  for (guint i = 0; i < network->classes.n; i++)
    if (places[i] != i)
      return refuse_file (import, SNN_ERROR_FORMAT, "its metadata name the "
          "classes %s; expected ascending ones, in the order of the output's "
          "channels, as snn-export writes", text);
  return snn_classes_n_outputs (&network->classes)
      == snn_network_output (network).channels || network->classes.n == 0
      || refuse_file (import, SNN_ERROR_FORMAT, "its metadata name %u classes, "
      "where the output has %u channels", network->classes.n,
      snn_network_output (network).channels);
}

/* What we have written ourselves. */
static gboolean
read_metadata (SnnOnnxImport *import, const SnnOnnx__ModelProto *model,
    SnnNetwork *network)
{
  const gsize n = strlen (SNN_ONNX_PREFIX);
  gsize size = 0;

  for (gsize i = 0; i < model->n_metadata_props; i++) {
    const gchar *key = model->metadata_props[i]->key;
    const gchar *value = model->metadata_props[i]->value;

    if (!key || !value || !g_str_has_prefix (key, SNN_ONNX_PREFIX))
      continue;
    size += strlen (key) + strlen (value);
    if (size > SNN_LARGEST_METADATA || !g_utf8_validate (key, -1, NULL)
        || !g_utf8_validate (value, -1, NULL))
      return refuse_file (import, SNN_ERROR_FORMAT,
          "its metadata are not UTF-8, or more than a MiB");
    if (g_str_equal (key + n, "signed-input"))
      network->signed_input = g_str_equal (value, "1");
    else if (!g_str_equal (key + n, "classes"))
      snn_network_set_metadata (network, key + n, value);
    else if (!read_classes (import, value, network))
      return FALSE;
  }
  return TRUE;
}

SnnNetwork *
snn_onnx_load (const gchar *path, const SnnShape *size, GError **error)
{
  static const SnnShape as_said = { 0, };
  SnnOnnxImport import = {.terms_left = MAX_TERMS,.edges_left = MAX_EDGES };
  SnnOnnx__ModelProto *model;
  g_autoptr (SnnNetwork) network = NULL;
  gsize n;

  g_return_val_if_fail (path != NULL, NULL);

  model = snn_onnx_message_read (path, &n, error);
  if (!model)
    return NULL;
  import.graph = model->graph;
  import.network = snn_network_new ();
  import.values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      value_free);
  import.names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  import.weights_left = n / sizeof (float) + MORE_WEIGHTS;
  if (check_version (&import, model))
    network = read_graph (&import, size ? size : &as_said);
  if (network && !read_metadata (&import, model, network))
    g_clear_pointer (&network, snn_network_unref);
  if (import.error) {
    g_prefix_error (&import.error, "%s: ", path);
    g_propagate_error (error, import.error);
  }
  snn_network_unref (import.network);
  g_hash_table_unref (import.values);
  g_hash_table_unref (import.names);
  snn_onnx_message_free (model);
  return g_steal_pointer (&network);
}
