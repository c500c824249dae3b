/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#include <string.h>

/* What has no weights, and changes values or the order in which they are. */

gboolean
snn_onnx_read_relu (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);

  return value && snn_onnx_each (import, node, value, (SnnNode) {
        .op = &snn_op_relu }, NULL);
}

static gboolean
all_are (const SnnOnnx__AttributeProto *a, gsize n, gint64 value)
{
  if (!a || a->n_ints == 0)
    return TRUE;
  for (gsize i = 0; i < a->n_ints; i++)
    if (a->ints[i] != value)
      return FALSE;
  return a->n_ints == n;
}

static const SnnOp *
average_pool (const SnnOnnxValue *value)
{
  return snn_onnx_space (value) == 3 ? &snn_op_avg_pool3d : &snn_op_avg_pool2d;
}

/* Of squares, or cubes, that do not overlap. */
gboolean
snn_onnx_read_average_pool (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  const SnnOnnx__AttributeProto *kernel = snn_onnx_attribute (node,
      "kernel_shape");
  const SnnOnnx__AttributeProto *strides = snn_onnx_attribute (node, "strides");
  guint space;
  gint64 side;

  if (!value)
    return FALSE;
  space = snn_onnx_space (value);
  side = kernel && kernel->n_ints > 0 ? kernel->ints[0] : 0;
  if (side < 1 || side > G_MAXUINT16 || !all_are (kernel, space, side)
      || !all_are (strides, space, side) || (side > 1 && !strides)
      || !all_are (snn_onnx_attribute (node, "pads"), 2 * space, 0)
      || !(snn_onnx_is_text (node, "auto_pad", "NOTSET", "NOTSET")
          || snn_onnx_is_text (node, "auto_pad", "", "VALID")))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "its windows "
        "are no squares (or cubes) side by side; expected a stride as large as the "
        "kernel, in all directions, and no padding");
  return snn_onnx_each (import, node, value, (SnnNode) {
        .op = average_pool (value),.kernel = (guint) side,.stride = (guint) side },
      NULL);
}

/* To one pixel; @to, %NULL: the value of @node. */
static gboolean
pool_all (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, SnnOnnxValue *to)
{
  const SnnShape shape = snn_onnx_part (value, 0)->shape;

  if (shape.height != shape.width
      || (shape.depth > 0 && shape.depth != shape.width)) {
    g_autofree gchar *extent = snn_onnx_extent (value);

    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "works on "
        "frames of %s; expected squares, or cubes", extent);
  }
  return snn_onnx_each (import, node, value, (SnnNode) {
        .op = average_pool (value),.kernel = shape.height,.stride = shape.height },
      to);
}

gboolean
snn_onnx_read_global_pool (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);

  if (!value)
    return FALSE;
  if (value->vector)
    return snn_onnx_value_like (import, node, value, NULL, FALSE) != NULL;
  return pool_all (import, node, value, NULL);
}

static gboolean
flatten (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value)
{
  if (value->vector)
    return snn_onnx_value_like (import, node, value, NULL, FALSE) != NULL;
  return snn_onnx_each (import, node, value, (SnnNode) {
        .op = &snn_op_flatten }, NULL);
}

/* Whether these are all axes of space, in any order. */
static gboolean
are_of_space (const SnnOnnx__AttributeProto *axes, guint space)
{
  guint seen = 0;

  for (gsize i = 0; axes && i < axes->n_ints; i++) {
    const gint64 axis = axes->ints[i] < 0 ? axes->ints[i] + 2 + space
        : axes->ints[i];

    if (axis < 2 || axis >= 2 + space)
      return FALSE;
    seen |= 1u << axis;
  }
  return space > 0 && seen == ((1u << space) - 1) << 2;
}

/* A global pooling by another name, which may leave no axes of space. */
gboolean
snn_onnx_read_mean (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  SnnOnnxValue room = {.readers = 1 };
  gboolean ok;

  if (!value)
    return FALSE;
  if (!are_of_space (snn_onnx_attribute (node, "axes"), snn_onnx_space (value)))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "takes the mean "
        "over other axes than all of space; expected these, as of a global average "
        "pooling");
  if (snn_onnx_int (node, "keepdims", 1) != 0)
    return pool_all (import, node, value, NULL);
  ok = pool_all (import, node, value, &room) && flatten (import, node, &room);
  g_clear_pointer (&room.parts, g_ptr_array_unref);
  return ok;
}

gboolean
snn_onnx_read_flatten (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  const gint64 axis = snn_onnx_int (node, "axis", 1);

  if (!value)
    return FALSE;
  if (axis != 1 && axis != -1 - (gint64) snn_onnx_space (value))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "its axis is %"
        G_GINT64_FORMAT "; expected 1, a vector a sample", axis);
  return flatten (import, node, value);
}

/* @shape with 0 as what the input has there and -1 as what is left; FALSE where
 * there is no such. */
static gboolean
resolve_shape (const SnnOnnxImport *import, const SnnOnnxValue *value,
    GArray *shape)
{
  const gint64 size = (gint64) snn_onnx_size (value) * import->batch;
  gint64 now[SNN_ONNX_MOST_AXES];
  const guint rank = snn_onnx_dims (import, value, now);
  gint64 known = 1, *open = NULL;

  for (guint i = 0; i < shape->len; i++) {
    gint64 *dim = &g_array_index (shape, gint64, i);

    if (*dim == 0 && i < rank)
      *dim = now[i];
    if (*dim == -1 && !open)
      open = dim;
    else if (*dim < 1 || known > size / *dim)
      return FALSE;
    else
      known *= *dim;
  }
  if (open)
    *open = size / known;
  return known * (open ? *open : 1) == size;
}

gboolean
snn_onnx_read_reshape (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  g_autoptr (GArray) shape = value ? snn_onnx_ints (import, node, 1) : NULL;
  gint64 now[SNN_ONNX_MOST_AXES];
  const gint64 *dims;
  guint rank;

  if (!shape)
    return FALSE;
  rank = snn_onnx_dims (import, value, now);
  dims = (const gint64 *) shape->data;
  if (shape->len > 0 && resolve_shape (import, value, shape)
      && dims[0] == import->batch) {
    if (shape->len == 2)
      return flatten (import, node, value);
    if (shape->len == rank
        && memcmp (dims + 2, now + 2, (rank - 2) * sizeof *dims) == 0)
      return snn_onnx_value_like (import, node, value, NULL, FALSE) != NULL;
  }
  return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
      "its shape of %u axes is neither the input's nor a vector a sample",
      shape->len);
}

/* Of what was computed from a shape. */
static gboolean
concat_ints (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (gint64));
  SnnOnnxValue *made;

  for (guint i = 0; i < node->n_input; i++) {
    g_autoptr (GArray) ints = snn_onnx_ints (import, node, i);

    if (!ints)
      return FALSE;
    g_array_append_vals (all, ints->data, ints->len);
    if (all->len > 64)
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
          "makes a shape of more than 64 axes");
  }
  made = snn_onnx_value_new (import, node);
  if (!made)
    return FALSE;
  made->ints = g_steal_pointer (&all);
  return TRUE;
}

/* Channels behind channels. */
static gboolean
can_concat (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *a, const SnnOnnxValue *b)
{
  g_autofree gchar *of_a = snn_onnx_extent (a);
  g_autofree gchar *of_b = snn_onnx_extent (b);

  if (snn_onnx_same_space (a, b)
      && snn_onnx_size (a) + snn_onnx_size (b) <= SNN_LARGEST_FRAMES)
    return TRUE;
  return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "joins %s and "
      "%s values of all channels; expected the same extent, and at most %"
      G_GUINT64_FORMAT " values", of_a, of_b, SNN_LARGEST_FRAMES);
}

gboolean
snn_onnx_read_concat (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *first = snn_onnx_any (import, node, 0);
  const gint64 axis = snn_onnx_int (node, "axis", 1);
  SnnOnnxValue *made;

  if (!first)
    return FALSE;
  if (!first->parts)
    return concat_ints (import, node);
  first = snn_onnx_frames (import, node, 0);
  if (!first)
    return FALSE;
  if (axis != 1 && axis != -1 - (gint64) snn_onnx_space (first))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "joins along "
        "axis %" G_GINT64_FORMAT "; expected 1, the channels", axis);
  made = snn_onnx_value_like (import, node, first, NULL, FALSE);
  for (guint i = 1; made && i < node->n_input; i++) {
    const SnnOnnxValue *next = snn_onnx_frames (import, node, i);
    g_autoptr (GPtrArray) before = g_steal_pointer (&made->parts);
    SnnOnnxValue so_far = *made;

    so_far.parts = before;
    if (!next || !can_concat (import, node, &so_far, next))
      return FALSE;
    made = snn_onnx_value_like (import, node, &so_far, next, TRUE);
  }
  return made != NULL;
}

static gboolean
set_end (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, SnnOnnxEnd end)
{
  SnnOnnxValue *made = snn_onnx_value_like (import, node, value, NULL, FALSE);

  if (!made)
    return FALSE;
  made->end = end;
  return TRUE;
}

gboolean
snn_onnx_read_sigmoid (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);

  if (!value)
    return FALSE;
  if (snn_onnx_channels (value) != 1)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "is of %"
        G_GUINT64_FORMAT " channels; expected one, a mask. Channels that exclude "
        "each other are classes: train with a Softmax; or export the logits",
        snn_onnx_channels (value));
  return set_end (import, node, value, SNN_ONNX_END_SIGMOID);
}

/* Over channels, which PyTorch puts last where its operators are older than 13:
 * these take all axes from @axis on together. */
gboolean
snn_onnx_read_softmax (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_any (import, node, 0);
  const gboolean together = import->opset < 13;
  gint64 axis = snn_onnx_int (node, "axis", together ? 1 : -1);
  gint64 rank;

  /* Transposed it may be. */
  if (value && (!value->parts || value->end != SNN_ONNX_END_NONE))
    value = snn_onnx_frames (import, node, 0);
  if (!value)
    return FALSE;
  rank = 2 + snn_onnx_space (value);
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 1 || axis >= rank || value->axes[axis] != 1
      || (together && axis != rank - 1))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "is not over channels");
  if (snn_onnx_channels (value) == 1)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "is over one "
        "channel, of which it makes 1 whatever comes; expected a Sigmoid, or the "
        "logits");
  return set_end (import, node, value, SNN_ONNX_END_SOFTMAX);
}

/* Of weights that exporters left as they are. */
static gboolean
turn_matrix (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value)
{
  const SnnOnnx__AttributeProto *perm = snn_onnx_attribute (node, "perm");
  SnnOnnxValue *made;

  if (value->tensor->n_dims != 2 || (perm && (perm->n_ints != 2
              || perm->ints[0] != 1 || perm->ints[1] != 0)))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "transposes '%s', "
        "a constant of %" G_GSIZE_FORMAT " axes; expected a matrix", value->name,
        value->tensor->n_dims);
  made = snn_onnx_value_new (import, node);
  if (!made)
    return FALSE;
  made->tensor = value->tensor;
  made->axes[0] = value->axes[1];
  made->axes[1] = value->axes[0];
  return TRUE;
}

gboolean
snn_onnx_read_transpose (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_any (import, node, 0);
  const SnnOnnx__AttributeProto *perm = snn_onnx_attribute (node, "perm");
  SnnOnnxValue *made;
  guint rank;

  if (value && value->tensor)
    return turn_matrix (import, node, value);
  if (value && !value->parts)
    value = snn_onnx_frames (import, node, 0);
  if (!value)
    return FALSE;
  rank = 2 + snn_onnx_space (value);
  if (value->vector || !perm || perm->n_ints != rank || perm->ints[0] != 0)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "expected it to permute channels and axes of space only");
  for (guint i = 0; i < rank; i++)
    for (guint j = 0; j <= i; j++)
      if (perm->ints[i] < 0 || perm->ints[i] >= rank
          || (j < i && perm->ints[i] == perm->ints[j]))
        return snn_onnx_refuse (import, node, SNN_ERROR_FORMAT,
            "perm is no permutation");
  made = snn_onnx_value_like (import, node, value, NULL, FALSE);
  for (guint i = 0; made && i < rank; i++)
    made->axes[i] = value->axes[perm->ints[i]];
  return made != NULL;
}
