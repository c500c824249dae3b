/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#include <math.h>
#include <string.h>

/* Longest list of integers that is looked at: shapes, pads. */
#define MOST_INTS 64

gboolean
snn_onnx_refuse (SnnOnnxImport *import, const SnnOnnxNode *node,
    SnnError code, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  const gchar *name = node->name && *node->name ? node->name
      : node->n_output > 0 ? node->output[0] : "";
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (!import->error)
    g_set_error (&import->error, SNN_ERROR, code, "node '%s' (%s): %s", name,
        node->op_type ? node->op_type : "no operator", text);
  return FALSE;
}

gboolean
snn_onnx_has_input (const SnnOnnxNode *node, guint i)
{
  return i < node->n_input && *node->input[i] != '\0';
}

const SnnOnnxValue *
snn_onnx_any (SnnOnnxImport *import, const SnnOnnxNode *node, guint i)
{
  const SnnOnnxValue *value = NULL;

  if (!snn_onnx_has_input (node, i))
    snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "has no input %u", i);
  else if (!(value = g_hash_table_lookup (import->values, node->input[i]))
      || (!value->tensor && !value->ints && !value->parts))
    snn_onnx_refuse (import, node, SNN_ERROR_FORMAT,
        "reads '%s', which nothing before it makes", node->input[i]);
  else
    return value;
  return NULL;
}

const SnnOnnxValue *
snn_onnx_frames (SnnOnnxImport *import, const SnnOnnxNode *node, guint i)
{
  const SnnOnnxValue *value = snn_onnx_any (import, node, i);

  if (!value)
    return NULL;
  if (!value->parts)
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "works on '%s', a "
        "constant; expected what depends on the network's input", value->name);
  else if (value->end != SNN_ONNX_END_NONE)
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "works on '%s', the "
        "output of a %s; expected nothing behind that", value->name,
        value->end == SNN_ONNX_END_SIGMOID ? "Sigmoid" : "Softmax");
  else if (!snn_onnx_is_in_order (value))
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "works on '%s', "
        "which is transposed; expected axes in the order of samples, channels%s, "
        "height and width", value->name,
        snn_onnx_space (value) == 3 ? ", depth" : "");
  else
    return value;
  return NULL;
}

gboolean
snn_onnx_is_constant (SnnOnnxImport *import, const SnnOnnxNode *node, guint i)
{
  const SnnOnnxValue *value = snn_onnx_has_input (node, i)
      ? g_hash_table_lookup (import->values, node->input[i]) : NULL;

  return value && value->tensor;
}

const SnnOnnx__TensorProto *
snn_onnx_matrix (SnnOnnxImport *import, const SnnOnnxNode *node, guint i,
    gboolean *turned)
{
  const SnnOnnxValue *value = snn_onnx_any (import, node, i);

  if (!value)
    return NULL;
  *turned = !snn_onnx_is_in_order (value);
  if (!value->tensor)
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "takes '%s', which is computed; expected a constant of the file",
        value->name);
  else if (value->tensor->data_location != 0)
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "the values of '%s' "
        "are in a file of their own; expected all in one file", value->name);
  else
    return value->tensor;
  return NULL;
}

const SnnOnnx__TensorProto *
snn_onnx_tensor (SnnOnnxImport *import, const SnnOnnxNode *node, guint i)
{
  gboolean turned = FALSE;
  const SnnOnnx__TensorProto *tensor = snn_onnx_matrix (import, node, i,
      &turned);

  if (!turned)
    return tensor;
  snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "takes '%s', which is "
      "transposed; expected that of weights of a MatMul or Gemm only",
      node->input[i]);
  return NULL;
}

float *
snn_onnx_floats (SnnOnnxImport *import, const SnnOnnxNode *node, guint i,
    guint64 *n)
{
  gboolean turned;
  const SnnOnnx__TensorProto *tensor = snn_onnx_matrix (import, node, i,
      &turned);
  g_autofree float *values = NULL;
  guint64 count;

  if (!tensor)
    return NULL;
  if (!snn_onnx_tensor_count (tensor, &count)
      || !(values = snn_onnx_tensor_floats (tensor, count))) {
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "'%s' is of data "
        "type %d; expected %d, float, as many as its shape says",
        node->input[i], tensor->data_type, SNN_ONNX_FLOAT);
    return NULL;
  }
  if (*n != 0 && *n != count) {
    snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "'%s' has %"
        G_GUINT64_FORMAT " values; expected %" G_GUINT64_FORMAT,
        node->input[i], count, *n);
    return NULL;
  }
  *n = count;
  for (guint64 v = 0; v < count; v++)
    if (!isfinite (values[v])) {
      snn_onnx_refuse (import, node, SNN_ERROR_FORMAT,
          "'%s' has a value of %g", node->input[i], values[v]);
      return NULL;
    }
  return g_steal_pointer (&values);
}

GArray *
snn_onnx_ints (SnnOnnxImport *import, const SnnOnnxNode *node, guint i)
{
  const SnnOnnxValue *value = snn_onnx_any (import, node, i);
  const SnnOnnx__TensorProto *tensor;
  g_autofree gint64 *values = NULL;
  GArray *ints;
  guint64 n;

  if (!value)
    return NULL;
  if (value->ints)
    return g_array_copy (value->ints);
  tensor = snn_onnx_tensor (import, node, i);
  if (!tensor)
    return NULL;
  if (!snn_onnx_tensor_count (tensor, &n) || n > MOST_INTS
      || !(values = snn_onnx_tensor_ints (tensor, n))) {
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "'%s' is no list of at most %d integers", value->name, MOST_INTS);
    return NULL;
  }
  ints = g_array_new (FALSE, FALSE, sizeof (gint64));
  return g_array_append_vals (ints, values, (guint) n);
}

const SnnOnnxPart *
snn_onnx_part (const SnnOnnxValue *value, guint i)
{
  return g_ptr_array_index (value->parts, i);
}

guint64
snn_onnx_channels (const SnnOnnxValue *value)
{
  guint64 sum = 0;

  for (guint i = 0; i < value->parts->len; i++)
    sum += snn_onnx_part (value, i)->shape.channels;
  return sum;
}

guint64
snn_onnx_size (const SnnOnnxValue *value)
{
  guint64 sum = 0;

  for (guint i = 0; i < value->parts->len; i++)
    sum += snn_shape_size (snn_onnx_part (value, i)->shape);
  return sum;
}

guint
snn_onnx_space (const SnnOnnxValue *value)
{
  return value->vector ? 0 : snn_onnx_part (value, 0)->shape.depth > 0 ? 3 : 2;
}

gboolean
snn_onnx_same_space (const SnnOnnxValue *a, const SnnOnnxValue *b)
{
  SnnShape of_a = snn_onnx_part (a, 0)->shape;

  of_a.channels = snn_onnx_part (b, 0)->shape.channels;
  return a->vector == b->vector
      && snn_shape_equal (of_a, snn_onnx_part (b, 0)->shape);
}

guint
snn_onnx_dims (const SnnOnnxImport *import, const SnnOnnxValue *value,
    gint64 dims[SNN_ONNX_MOST_AXES])
{
  const SnnShape shape = snn_onnx_part (value, 0)->shape;
  const guint space = snn_onnx_space (value);

  dims[0] = import->batch;
  dims[1] = (gint64) snn_onnx_channels (value);
  dims[2] = shape.depth;
  dims[space == 3 ? 3 : 2] = shape.height;
  dims[space == 3 ? 4 : 3] = shape.width;
  return 2 + space;
}

gboolean
snn_onnx_is_in_order (const SnnOnnxValue *value)
{
  for (guint axis = 0; axis < SNN_ONNX_MOST_AXES; axis++)
    if (value->axes[axis] != axis)
      return FALSE;
  return TRUE;
}

gchar *
snn_onnx_extent (const SnnOnnxValue *value)
{
  const SnnShape shape = snn_onnx_part (value, 0)->shape;

  return shape.depth > 0 ? g_strdup_printf ("%ux%ux%u", shape.depth,
      shape.height, shape.width) : g_strdup_printf ("%ux%u", shape.height,
      shape.width);
}

SnnOnnxValue *
snn_onnx_value_new (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  SnnOnnxValue *value;

  if (node->n_output < 1 || *node->output[0] == '\0') {
    snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "has no output");
    return NULL;
  }
  value = g_hash_table_lookup (import->values, node->output[0]);
  if (value->tensor || value->ints || value->parts) {
    snn_onnx_refuse (import, node, SNN_ERROR_FORMAT,
        "makes '%s', which is there before it", value->name);
    return NULL;
  }
  for (gsize i = 1; i < node->n_output; i++) {
    const SnnOnnxValue *other = *node->output[i] == '\0' ? NULL
        : g_hash_table_lookup (import->values, node->output[i]);

    if (other && other->readers > 0) {
      snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "its output '%s' "
          "is used; expected only the first to be", other->name);
      return NULL;
    }
  }
  return value;
}

static void
part_free (gpointer data)
{
  SnnOnnxPart *part = data;

  g_array_unref (part->terms);
  g_free (part);
}

static gboolean
add_part (SnnOnnxImport *import, GPtrArray *parts, const SnnOnnxPart *like,
    const SnnOnnxPart *also)
{
  const guint n = like->terms->len + (also ? also->terms->len : 0);
  SnnOnnxPart *part;

  /* Lists of terms can double from node to node. */
  if (n > import->terms_left)
    return FALSE;
  import->terms_left -= n;
  part = g_new (SnnOnnxPart, 1);
  part->shape = like->shape;
  part->terms = g_array_copy (like->terms);
  if (also)
    g_array_append_vals (part->terms, also->terms->data, also->terms->len);
  g_ptr_array_add (parts, part);
  return TRUE;
}

SnnOnnxValue *
snn_onnx_value_like (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, const SnnOnnxValue *also, gboolean behind)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
  SnnOnnxValue *made = snn_onnx_value_new (import, node);
  gboolean ok = made != NULL;

  if (!made)
    return NULL;
  for (guint i = 0; ok && i < value->parts->len; i++)
    ok = add_part (import, parts, snn_onnx_part (value, i),
        also && !behind ? snn_onnx_part (also, i) : NULL);
  for (guint i = 0; ok && also && behind && i < also->parts->len; i++)
    ok = add_part (import, parts, snn_onnx_part (also, i), NULL);
  if (!ok) {
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "more values are summed or concatenated than is supported");
    return NULL;
  }
  made->parts = g_steal_pointer (&parts);
  made->vector = value->vector;
  made->end = value->end;
  memcpy (made->axes, value->axes, sizeof made->axes);
  made->alone = made->readers == 1 && value->alone && (!also || also->alone);
  return made;
}
