/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#include <string.h>

/* Constants, shapes as exporters compute them, and what changes nothing. */

gboolean
snn_onnx_read_constant (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnx__AttributeProto *tensor = snn_onnx_attribute (node, "value");
  const SnnOnnx__AttributeProto *one = snn_onnx_attribute (node, "value_int");
  const SnnOnnx__AttributeProto *some = snn_onnx_attribute (node, "value_ints");
  SnnOnnxValue *made = snn_onnx_value_new (import, node);

  if (!made)
    return FALSE;
  if (tensor && tensor->t) {
    made->tensor = tensor->t;
  } else if ((one && one->has_i) || (some && some->n_ints <= 64)) {
    made->ints = g_array_new (FALSE, FALSE, sizeof (gint64));
    if (one)
      g_array_append_val (made->ints, one->i);
    else
      g_array_append_vals (made->ints, some->ints, (guint) some->n_ints);
  } else
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "has no tensor and no integers");
  return TRUE;
}

gboolean
snn_onnx_read_identity (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_any (import, node, 0);
  SnnOnnxValue *made;

  if (!value)
    return FALSE;
  if (value->parts)
    return snn_onnx_value_like (import, node, value, NULL, FALSE) != NULL;
  made = snn_onnx_value_new (import, node);
  if (!made)
    return FALSE;
  made->tensor = value->tensor;
  made->ints = value->ints ? g_array_ref (value->ints) : NULL;
  memcpy (made->axes, value->axes, sizeof made->axes);
  return TRUE;
}

/* Which changes nothing but in training, and says so by an input from set 12 on. */
gboolean
snn_onnx_read_dropout (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  if (snn_onnx_has_input (node, 2)) {
    g_autoptr (GArray) training = snn_onnx_ints (import, node, 2);

    if (!training)
      return FALSE;
    if (training->len != 1 || g_array_index (training, gint64, 0) != 0)
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "'%s' sets "
          "training mode; export the network for evaluation (model.eval())",
          node->input[2]);
  }
  return snn_onnx_read_identity (import, node);
}

/* Of shapes, which are lists here whatever their axes. */
gboolean
snn_onnx_read_unsqueeze (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  g_autoptr (GArray) ints = snn_onnx_ints (import, node, 0);
  SnnOnnxValue *made = ints ? snn_onnx_value_new (import, node) : NULL;

  if (!made)
    return FALSE;
  made->ints = g_steal_pointer (&ints);
  return TRUE;
}

/* By nothing, as exporters put it before poolings. */
gboolean
snn_onnx_read_pad (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  g_autoptr (GArray) pads = value ? snn_onnx_ints (import, node, 1) : NULL;

  if (!pads)
    return FALSE;
  for (guint i = 0; i < pads->len; i++)
    if (g_array_index (pads, gint64, i) != 0)
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "pads by %"
          G_GINT64_FORMAT "; expected the padding to be that of a convolution",
          g_array_index (pads, gint64, i));
  return snn_onnx_value_like (import, node, value, NULL, FALSE) != NULL;
}

/* Of what depends on the input. */
gboolean
snn_onnx_read_shape (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  SnnOnnxValue *made = value ? snn_onnx_value_new (import, node) : NULL;
  gint64 dims[SNN_ONNX_MOST_AXES];

  if (!made)
    return FALSE;
  if (snn_onnx_attribute (node, "start") || snn_onnx_attribute (node, "end"))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "gives a part of a shape; expected all of it");
  made->ints = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_array_append_vals (made->ints, dims, snn_onnx_dims (import, value, dims));
  return TRUE;
}

gboolean
snn_onnx_read_gather (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  g_autoptr (GArray) from = snn_onnx_ints (import, node, 0);
  g_autoptr (GArray) at = from ? snn_onnx_ints (import, node, 1) : NULL;
  SnnOnnxValue *made = at ? snn_onnx_value_new (import, node) : NULL;

  if (!made)
    return FALSE;
  made->ints = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < at->len; i++) {
    gint64 index = g_array_index (at, gint64, i);

    index = index < 0 ? index + from->len : index;
    if (index < 0 || index >= from->len)
      return snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "takes value %"
          G_GINT64_FORMAT " of %u", index, from->len);
    g_array_append_val (made->ints, g_array_index (from, gint64, index));
  }
  return TRUE;
}

gboolean
snn_onnx_has_ints (SnnOnnxImport *import, const SnnOnnxNode *node, guint i)
{
  const SnnOnnxValue *value = snn_onnx_has_input (node, i)
      ? g_hash_table_lookup (import->values, node->input[i]) : NULL;

  return value && value->ints;
}

/* One by one, or all by one, as sizes are multiplied for a view. */
gboolean
snn_onnx_multiply_ints (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  g_autoptr (GArray) a = snn_onnx_ints (import, node, 0);
  g_autoptr (GArray) b = a ? snn_onnx_ints (import, node, 1) : NULL;
  SnnOnnxValue *made = b ? snn_onnx_value_new (import, node) : NULL;

  if (!made)
    return FALSE;
  if (a->len != b->len && a->len != 1 && b->len != 1)
    return snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "multiplies %u "
        "integers by %u", a->len, b->len);
  made->ints = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < MAX (a->len, b->len); i++) {
    const gint64 x = g_array_index (a, gint64, a->len == 1 ? 0 : i);
    const gint64 y = g_array_index (b, gint64, b->len == 1 ? 0 : i);
    gint64 product;

    if (x < 0 || y < 0 || x > G_MAXINT32 || y > G_MAXINT32)
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "multiplies %"
          G_GINT64_FORMAT " by %" G_GINT64_FORMAT "; expected sizes", x, y);
    product = x * y;
    g_array_append_val (made->ints, product);
  }
  return TRUE;
}
