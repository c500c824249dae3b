/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "onnx-file.h"

#include <string.h>

#include "../base/atomic-file.h"
#include "../base/error.h"
#include "../graph/op.h"
#include "message.h"

#define OPSET 13
#define IR_VERSION 7

/* protobuf's own limit of a message. */
#define LARGEST_FILE G_MAXINT32

/* A graph in the making.
 * @vector: of each node, whether what it puts out has one axis beside that of samples
 * @memory: all that the messages point to */
typedef struct
{
  const SnnNetwork *network;
  gboolean *vector;
  GPtrArray *memory;
  GPtrArray *nodes;
  GPtrArray *constants;
} Export;

static gpointer
keep (Export *e, gpointer memory)
{
  g_ptr_array_add (e->memory, memory);
  return memory;
}

static gchar *
text (Export *e, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gchar *
text (Export *e, const gchar *format, ...)
{
  va_list arguments;
  gchar *made;

  va_start (arguments, format);
  made = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return keep (e, made);
}

/* An array of pointers to one message. */
static gpointer
one (Export *e, gpointer message)
{
  gpointer *list = keep (e, g_new (gpointer, 1));

  list[0] = message;
  return list;
}

/* What a node puts out. Names of nodes have no '/', and those of weights begin with
 * one of these, so that none is there twice. */
static gchar *
value_of (Export *e, guint index)
{
  return index == 0 ? text (e, "input")
      : text (e, "/%s", snn_network_node (e->network, index)->name);
}

static SnnOnnx__NodeProto *
add_node (Export *e, const gchar *op, const gchar *name, gchar *output,
    guint n_inputs, gchar *const *inputs)
{
  SnnOnnx__NodeProto *node = keep (e, g_new (SnnOnnx__NodeProto, 1));

  snn_onnx__node_proto__init (node);
  node->op_type = (gchar *) op;
  node->name = (gchar *) name;
  node->n_input = n_inputs;
  node->input = keep (e, g_memdup2 (inputs, n_inputs * sizeof *inputs));
  node->n_output = 1;
  node->output = one (e, output);
  g_ptr_array_add (e->nodes, node);
  return node;
}

static void
add_attribute (Export *e, SnnOnnx__NodeProto *node,
    SnnOnnx__AttributeProto like)
{
  SnnOnnx__AttributeProto *attribute =
      keep (e, g_memdup2 (&like, sizeof like));

  node->attribute = g_renew (SnnOnnx__AttributeProto *, node->attribute,
      node->n_attribute + 1);
  node->attribute[node->n_attribute++] = attribute;
}

static void
add_int (Export *e, SnnOnnx__NodeProto *node, const gchar *name, gint64 value)
{
  SnnOnnx__AttributeProto like = SNN_ONNX__ATTRIBUTE_PROTO__INIT;

  like.name = (gchar *) name;
  like.has_type = like.has_i = TRUE;
  like.type = SNN_ONNX_ATTRIBUTE_INT;
  like.i = value;
  add_attribute (e, node, like);
}

/* @n times the same. */
static void
add_ints (Export *e, SnnOnnx__NodeProto *node, const gchar *name, guint n,
    gint64 value)
{
  SnnOnnx__AttributeProto like = SNN_ONNX__ATTRIBUTE_PROTO__INIT;

  like.name = (gchar *) name;
  like.has_type = TRUE;
  like.type = SNN_ONNX_ATTRIBUTE_INTS;
  like.n_ints = n;
  like.ints = keep (e, g_new (gint64, n));
  for (guint i = 0; i < n; i++)
    like.ints[i] = value;
  add_attribute (e, node, like);
}

/* Takes @values; returns its name. */
static gchar *
add_constant (Export *e, gchar *name, guint rank, const gsize *dims,
    float *values)
{
  SnnOnnx__TensorProto *tensor = keep (e, g_new (SnnOnnx__TensorProto, 1));
  guint32 *bits = keep (e, values);
  gsize n = 1;

  snn_onnx__tensor_proto__init (tensor);
  tensor->name = name;
  tensor->n_dims = rank;
  tensor->dims = keep (e, g_new (gint64, MAX (rank, 1)));
  for (guint d = 0; d < rank; d++) {
    tensor->dims[d] = (gint64) dims[d];
    n *= dims[d];
  }
  for (gsize i = 0; i < n; i++)
    bits[i] = GUINT32_TO_LE (bits[i]);
  tensor->has_data_type = tensor->has_raw_data = TRUE;
  tensor->data_type = SNN_ONNX_FLOAT;
  tensor->raw_data.len = n * sizeof (float);
  tensor->raw_data.data = (uint8_t *) bits;
  g_ptr_array_add (e->constants, tensor);
  return name;
}

/* A node with the weights, and bias, of @node. */
static SnnOnnx__NodeProto *
add_layer (Export *e, const gchar *op, const SnnNode *node, gchar *from,
    gchar *to, guint rank, const gsize *dims)
{
  const SnnParameter *bias = snn_node_parameter (node, "bias");
  const gsize channels = node->out.channels;
  float *weights = g_new (float, node->n_weights);
  gchar *inputs[3] = { from };
  guint n = 2;

  snn_weights_to_torch (node, node->weight, weights);
  inputs[1] = add_constant (e, text (e, "%s.weight", node->name), rank, dims,
      weights);
  if (bias->n > 0)
    inputs[n++] = add_constant (e, text (e, "%s.bias", node->name), 1,
        &channels, g_memdup2 (bias->values, bias->n * sizeof (float)));
  return add_node (e, op, node->name, to, n, inputs);
}

static void
add_window (Export *e, SnnOnnx__NodeProto *node, const SnnNode *from)
{
  const guint space = from->op->n_axes;

  add_ints (e, node, "kernel_shape", space, from->kernel);
  add_ints (e, node, "strides", space, from->stride);
  add_ints (e, node, "pads", 2 * space, from->padding);
}

static void
write_conv (Export *e, const SnnNode *node, gchar *from, gchar *to)
{
  const gsize k = node->kernel;
  const gsize dims[] = { node->out.channels, node->in.channels, k, k, k };

  add_window (e, add_layer (e, "Conv", node, from, to, 2 + node->op->n_axes,
          dims), node);
}

static void
write_conv_transpose (Export *e, const SnnNode *node, gchar *from, gchar *to)
{
  const gsize k = node->kernel;
  const gsize dims[] = { node->in.channels, node->out.channels, k, k, k };

  add_window (e, add_layer (e, "ConvTranspose", node, from, to,
          2 + node->op->n_axes, dims), node);
}

/* Of frames of one pixel, too, which a Gemm does not take. */
static void
write_linear (Export *e, const SnnNode *node, gchar *from, gchar *to)
{
  const gsize dims[] = { node->out.channels, node->in.channels };

  if (!e->vector[node->inputs[0]]) {
    gchar *frames = from;

    from = text (e, "%s/flat", to);
    add_int (e, add_node (e, "Flatten", text (e, "%s.flat", node->name), from, 1,
            &frames), "axis", 1);
  }
  add_int (e, add_layer (e, "Gemm", node, from, to, 2, dims), "transB", 1);
}

static void
write_avg_pool (Export *e, const SnnNode *node, gchar *from, gchar *to)
{
  add_window (e, add_node (e, "AveragePool", node->name, to, 1, &from), node);
}

/* A mean, times what it was divided by. */
static void
write_sum_pool (Export *e, const SnnNode *node, gchar *from, gchar *to)
{
  float *taps = g_new (float, 1);
  gchar *inputs[2] = { text (e, "%s/mean", to) };

  *taps = 1.f;
  for (guint axis = 0; axis < node->op->n_axes; axis++)
    *taps *= (float) node->kernel;
  write_avg_pool (e, node, from, inputs[0]);
  inputs[1] = add_constant (e, text (e, "%s.taps", node->name), 0, NULL, taps);
  add_node (e, "Mul", text (e, "%s.sum", node->name), to, 2, inputs);
}

static void
write_flatten (Export *e, const SnnNode *node, gchar *from, gchar *to)
{
  add_int (e, add_node (e, "Flatten", node->name, to, 1, &from), "axis", 1);
}

static void
write_relu (Export *e, const SnnNode *node, gchar *from, gchar *to)
{
  add_node (e, "Relu", node->name, to, 1, &from);
}

/* How each operator of ours is written; Input and Output are the graph's. */
static const struct
{
  const SnnOp *op;
  void (*write) (Export * e, const SnnNode * node, gchar * from, gchar * to);
} writers[] = {
  {&snn_op_conv2d, write_conv},
  {&snn_op_conv3d, write_conv},
  {&snn_op_conv_transpose2d, write_conv_transpose},
  {&snn_op_conv_transpose3d, write_conv_transpose},
  {&snn_op_linear, write_linear},
  {&snn_op_avg_pool2d, write_avg_pool},
  {&snn_op_avg_pool3d, write_avg_pool},
  {&snn_op_sum_pool2d, write_sum_pool},
  {&snn_op_sum_pool3d, write_sum_pool},
  {&snn_op_flatten, write_flatten},
  {&snn_op_relu, write_relu},
};

/* The value that enters node @index: the sum of those that lead to it. */
static gchar *
add_sum (Export *e, guint index)
{
  const SnnNode *node = snn_network_node (e->network, index);
  gchar *sum = value_of (e, node->inputs[0]);

  for (guint i = 1; i < node->n_inputs; i++) {
    gchar *inputs[] = { sum, value_of (e, node->inputs[i]) };

    sum = text (e, "/%s/sum/%u", node->name, i);
    add_node (e, "Add", text (e, "%s.sum.%u", node->name, i), sum, 2, inputs);
  }
  return sum;
}

/* Vectors and frames of one pixel are the same here, but not in ONNX. */
static gboolean
check_axes (const Export *e, const SnnNode *node, GError **error)
{
  const gboolean vector = e->vector[node->inputs[0]];

  for (guint i = 1; i < node->n_inputs; i++)
    if (e->vector[node->inputs[i]] != vector) {
      const guint flat = node->inputs[vector ? 0 : i];
      const guint other = node->inputs[vector ? i : 0];

      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "Node '%s' receives "
          "a vector from '%s' and frames of one pixel from '%s', which ONNX has "
          "no sum of; expected a Flatten node behind the latter", node->name,
          snn_network_node (e->network, flat)->name,
          snn_network_node (e->network, other)->name);
      return FALSE;
    }
  if (!vector || node->op->n_axes == 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "Node '%s': ONNX has no "
      "%s of vectors, such as '%s' puts out; expected frames", node->name,
      snn_node_type_name (node),
      snn_network_node (e->network, node->inputs[0])->name);
  return FALSE;
}

static gboolean
write_nodes (Export *e, gboolean probabilities, GError **error)
{
  const guint last = e->network->nodes->len - 1;
  const gboolean is_mask = snn_network_output (e->network).channels == 1;
  gchar *logits;
  SnnOnnx__NodeProto *end;

  for (guint i = 1; i < last; i++) {
    const SnnNode *node = snn_network_node (e->network, i);
    guint w = 0;

    if (!check_axes (e, node, error))
      return FALSE;
    while (w < G_N_ELEMENTS (writers) && writers[w].op != node->op)
      w++;
    if (w == G_N_ELEMENTS (writers)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "Node '%s': ONNX has "
          "no operator for a %s; expected an ANN", node->name,
          snn_node_type_name (node));
      return FALSE;
    }
    writers[w].write (e, node, add_sum (e, i), value_of (e, i));
  }
  if (!check_axes (e, snn_network_node (e->network, last), error))
    return FALSE;
  logits = add_sum (e, last);
  end = add_node (e, !probabilities ? "Identity" : is_mask ? "Sigmoid"
      : "Softmax", "output", text (e, "output"), 1, &logits);
  if (probabilities && !is_mask)
    add_int (e, end, "axis", 1);
  return TRUE;
}

/* Whether frames of one pixel are what the input has to be: for a node behind it that
 * takes frames, directly or after what works value by value. */
static gboolean
wants_frames (const SnnNetwork *network)
{
  const guint n = network->nodes->len;
  g_autofree gboolean *is_input = g_new0 (gboolean, n);

  is_input[0] = TRUE;
  for (guint i = 1; i < n; i++) {
    const SnnNode *node = snn_network_node (network, i);
    gboolean reads_input = FALSE;

    for (guint j = 0; j < node->n_inputs; j++)
      reads_input |= is_input[node->inputs[j]];
    if (reads_input && node->op->wants_frames)
      return TRUE;
    is_input[i] = reads_input && node->op->axes == SNN_AXES_SAME;
  }
  return FALSE;
}

static gboolean *
find_vectors (const SnnNetwork *network)
{
  gboolean *vector = g_new0 (gboolean, network->nodes->len);
  const SnnShape input = snn_network_input (network);

  vector[0] = input.depth == 0 && input.height == 1 && input.width == 1
      && !wants_frames (network);
  for (guint i = 1; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    vector[i] = node->op->axes == SNN_AXES_SAME ? vector[node->inputs[0]]
        : node->op->axes == SNN_AXES_VECTOR;
  }
  return vector;
}

static SnnOnnx__ValueInfoProto *
make_info (Export *e, const gchar *name, SnnShape shape, gboolean vector)
{
  const gboolean of_volumes = shape.depth > 0;
  const guint dims[] = { 0, shape.channels,
    of_volumes ? shape.depth : shape.height,
    of_volumes ? shape.height : shape.width, shape.width
  };
  const guint rank = vector ? 2 : of_volumes ? 5 : 4;
  SnnOnnx__ValueInfoProto *info =
      keep (e, g_new (SnnOnnx__ValueInfoProto, 1));
  SnnOnnx__TensorTypeProto *tensor =
      keep (e, g_new (SnnOnnx__TensorTypeProto, 1));

  snn_onnx__value_info_proto__init (info);
  snn_onnx__tensor_type_proto__init (tensor);
  info->name = (gchar *) name;
  info->type = keep (e, g_new (SnnOnnx__TypeProto, 1));
  snn_onnx__type_proto__init (info->type);
  info->type->tensor_type = tensor;
  tensor->has_elem_type = TRUE;
  tensor->elem_type = SNN_ONNX_FLOAT;
  tensor->shape = keep (e, g_new (SnnOnnx__ShapeProto, 1));
  snn_onnx__shape_proto__init (tensor->shape);
  tensor->shape->n_dim = rank;
  tensor->shape->dim = keep (e, g_new (SnnOnnx__DimensionProto *, rank));
  for (guint d = 0; d < rank; d++) {
    SnnOnnx__DimensionProto *dim = keep (e, g_new (SnnOnnx__DimensionProto, 1));

    snn_onnx__dimension_proto__init (dim);
    dim->has_dim_value = d > 0;
    dim->dim_value = dims[d];
    dim->dim_param = d > 0 ? NULL : (gchar *) "samples";
    tensor->shape->dim[d] = dim;
  }
  return info;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar *const *) a, *(gchar *const *) b);
}

static void
add_metadata (Export *e, SnnOnnx__ModelProto *model, const gchar *name,
    const gchar *value)
{
  SnnOnnx__PairProto *pair = keep (e, g_new (SnnOnnx__PairProto, 1));

  snn_onnx__pair_proto__init (pair);
  pair->key = text (e, SNN_ONNX_PREFIX "%s", name);
  pair->value = text (e, "%s", value);
  model->metadata_props[model->n_metadata_props++] = pair;
}

/* In order, so that the same network gives the same bytes. */
static void
write_metadata (Export *e, SnnOnnx__ModelProto *model)
{
  const SnnNetwork *network = e->network;
  guint n;
  gpointer *names = keep (e, g_hash_table_get_keys_as_array
      (network->metadata, &n));

  qsort (names, n, sizeof *names, compare_names);
  model->metadata_props = keep (e, g_new (SnnOnnx__PairProto *, n + 2));
  for (guint i = 0; i < n; i++)
    add_metadata (e, model, names[i], snn_network_metadata (network, names[i]));
  if (network->signed_input)
    add_metadata (e, model, "signed-input", "1");
  if (network->classes.n > 0)
    add_metadata (e, model, "classes",
        keep (e, snn_classes_to_text (&network->classes)));
}

static gboolean
pack (const SnnOnnx__ModelProto *model, const gchar *path, GError **error)
{
  const gsize size = snn_onnx__model_proto__get_packed_size (model);
  g_autofree uint8_t *data = NULL;

  if (size > LARGEST_FILE) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: would have %"
        G_GSIZE_FORMAT " bytes; ONNX files have at most %d", path, size,
        LARGEST_FILE);
    return FALSE;
  }
  data = g_malloc (size);
  snn_onnx__model_proto__pack (model, data);
  return snn_file_write (path, data, size, error);
}

static gboolean
write_model (Export *e, const gchar *path, GError **error)
{
  const SnnNetwork *network = e->network;
  SnnOnnx__ModelProto model = SNN_ONNX__MODEL_PROTO__INIT;
  SnnOnnx__GraphProto graph = SNN_ONNX__GRAPH_PROTO__INIT;
  SnnOnnx__OperatorSetProto set = SNN_ONNX__OPERATOR_SET_PROTO__INIT;

  graph.name = (gchar *) "network";
  graph.n_node = e->nodes->len;
  graph.node = (SnnOnnx__NodeProto **) e->nodes->pdata;
  graph.n_initializer = e->constants->len;
  graph.initializer = (SnnOnnx__TensorProto **) e->constants->pdata;
  graph.n_input = graph.n_output = 1;
  graph.input = one (e, make_info (e, "input", snn_network_input (network),
          e->vector[0]));
  graph.output = one (e, make_info (e, "output", snn_network_output (network),
          e->vector[network->nodes->len - 1]));
  set.domain = (gchar *) "";
  set.has_version = model.has_ir_version = TRUE;
  set.version = OPSET;
  model.ir_version = IR_VERSION;
  model.producer_name = (gchar *) "gst-snn";
  model.producer_version = (gchar *) PACKAGE_VERSION;
  model.graph = &graph;
  model.n_opset_import = 1;
  model.opset_import = one (e, &set);
  write_metadata (e, &model);
  return pack (&model, path, error);
}

gboolean
snn_onnx_save (const SnnNetwork *network, gboolean probabilities,
    const gchar *path, GError **error)
{
  Export e = {.network = network };
  g_autofree gboolean *vector = NULL;
  gboolean ok;

  g_return_val_if_fail (network != NULL && path != NULL, FALSE);

  e.vector = vector = find_vectors (network);
  e.memory = g_ptr_array_new_with_free_func (g_free);
  e.nodes = g_ptr_array_new ();
  e.constants = g_ptr_array_new ();
  ok = write_nodes (&e, probabilities, error) && write_model (&e, path, error);
  for (guint i = 0; i < e.nodes->len; i++)
    g_free (((SnnOnnx__NodeProto *) e.nodes->pdata[i])->attribute);
  g_ptr_array_unref (e.memory);
  g_ptr_array_unref (e.nodes);
  g_ptr_array_unref (e.constants);
  return ok;
}
