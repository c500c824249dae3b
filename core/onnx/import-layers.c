/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#include <string.h>

#include "../graph/op.h"

/* As in model files. */
#define MAX_NODES 4096

/* Names in model files are short. */
#define LONGEST_NAME 100

/* (transfer none): @wanted without what can't stand in a node's name, and unlike
 * all others. */
static const gchar *
make_name (SnnOnnxImport *import, const gchar *wanted)
{
  g_autofree gchar *base = g_utf8_substring (wanted, 0,
      MIN (g_utf8_strlen (wanted, -1), LONGEST_NAME));
  gchar *name;

  g_strdelimit (base, "/:", '.');
  for (gchar *c = base; *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = '_';
  name = g_strdup (base + strspn (base, "."));
  for (guint i = 2; *name == '\0' || g_hash_table_contains (import->names,
          name); i++) {
    g_free (name);
    name = g_strdup_printf ("%s_%u", base + strspn (base, "."), i);
  }
  g_hash_table_add (import->names, name);
  return name;
}

gboolean
snn_onnx_add (SnnOnnxImport *import, const SnnOnnxNode *node,
    const gchar *name, SnnNode like, const SnnOnnxPart *part, GArray *to)
{
  g_autofree const gchar **inputs = g_new0 (const gchar *,
      part->terms->len + 1);
  g_autoptr (GError) error = NULL;
  gint index;

  if (import->network->nodes->len >= MAX_NODES
      || part->terms->len > import->edges_left)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "the network has more than %d nodes here, or too many edges",
        MAX_NODES);
  import->edges_left -= part->terms->len;
  for (guint i = 0; i < part->terms->len; i++)
    inputs[i] = snn_network_node (import->network,
        g_array_index (part->terms, guint, i))->name;
  like.name = (gchar *) make_name (import, name);
  index = snn_network_add (import->network, &like, inputs, &error);
  if (index < 0)
    return snn_onnx_refuse (import, node, error->code, "%s", error->message);
  g_array_append_val (to, index);
  return TRUE;
}

static const gchar *
name_of (const SnnOnnxNode *node)
{
  return node->name && *node->name ? node->name : node->op_type;
}

/* A part of what was added last. */
static void
append_part (SnnOnnxImport *import, GPtrArray *parts, GArray *terms)
{
  SnnOnnxPart *part = g_new (SnnOnnxPart, 1);

  part->terms = g_array_ref (terms);
  part->shape = snn_network_node (import->network,
      g_array_index (terms, guint, 0))->out;
  g_ptr_array_add (parts, part);
}

static void
free_part (gpointer data)
{
  SnnOnnxPart *part = data;

  g_array_unref (part->terms);
  g_free (part);
}

static void
set_parts (SnnOnnxValue *made, GPtrArray *parts, gboolean vector)
{
  made->parts = g_ptr_array_ref (parts);
  made->vector = vector;
  made->alone = made->readers == 1;
  for (guint axis = 0; axis < SNN_ONNX_MOST_AXES; axis++)
    made->axes[axis] = axis;
}

gboolean
snn_onnx_each (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, SnnNode like, SnnOnnxValue *to)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (free_part);
  SnnOnnxValue *made = to ? to : snn_onnx_value_new (import, node);

  if (!made)
    return FALSE;
  for (guint i = 0; i < value->parts->len; i++) {
    g_autoptr (GArray) terms = g_array_new (FALSE, FALSE, sizeof (guint));

    if (!snn_onnx_add (import, node, name_of (node), like,
            snn_onnx_part (value, i), terms))
      return FALSE;
    append_part (import, parts, terms);
  }
  set_parts (made, parts, value->vector || like.op == &snn_op_flatten);
  return TRUE;
}

gboolean
snn_onnx_take_weights (SnnOnnxImport *import, const SnnOnnxNode *node,
    SnnOnnxWeights *weights, guint64 in)
{
  const guint64 side = MAX (weights->like.kernel, 1);
  guint64 n = in;
  gboolean countable = TRUE;

  for (guint axis = 0; axis < weights->like.op->n_axes; axis++)
    countable = countable && g_uint64_checked_mul (&n, n, side);
  if (!countable
      || !g_uint64_checked_mul (&n, n, weights->like.out.channels)
      || n > import->weights_left)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "as a dense "
        "layer of %" G_GUINT64_FORMAT " to %u channels, which is how it is run "
        "here, it has many more weights than are in the file", in,
        weights->like.out.channels);
  import->weights_left -= n;
  weights->weight = g_new0 (float, MAX (n, 1));
  return TRUE;
}

/* Of all input channels, those from @first on. */
static void
copy_weights (SnnNode *to, const SnnOnnxWeights *from, guint first,
    guint64 in)
{
  const gsize out = to->out.channels;
  const gsize n = to->in.channels * out;
  const gsize taps = to->n_weights / n;

  for (gsize tap = 0; tap < taps; tap++)
    memcpy (to->weight + tap * n, from->weight + (tap * in + first) * out,
        n * sizeof (float));
  if (from->bias && first == 0)
    memcpy (snn_node_parameter (to, "bias")->values, from->bias,
        out * sizeof (float));
}

static gboolean
add_branches (SnnOnnxImport *import, const SnnOnnxNode *node,
    const gchar *name, const SnnOnnxWeights *weights,
    const SnnOnnxValue *value, GArray *terms)
{
  const guint64 in = snn_onnx_channels (value);
  SnnNode like = weights->like;
  guint first = 0;

  like.bias = TRUE;
  for (guint i = 0; i < value->parts->len; i++) {
    const SnnOnnxPart *part = snn_onnx_part (value, i);
    g_autofree gchar *of_part = value->parts->len == 1 ? g_strdup (name)
        : g_strdup_printf ("%s.%u", name, i);

    if (!snn_onnx_add (import, node, of_part, like, part, terms))
      return FALSE;
    copy_weights (snn_network_node (import->network,
            g_array_index (terms, guint, i)), weights, first, in);
    first += part->shape.channels;
  }
  return TRUE;
}

gboolean
snn_onnx_layer (SnnOnnxImport *import, const SnnOnnxNode *node,
    const gchar *name, SnnOnnxWeights *weights, const SnnOnnxValue *value,
    SnnOnnxValue *to)
{
  g_autoptr (GArray) terms = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (free_part);
  g_autofree float *weight = g_steal_pointer (&weights->weight);
  const SnnOnnxWeights held = { weights->like, weight, weights->bias };
  SnnOnnxValue *made = to ? to : snn_onnx_value_new (import, node);

  if (!made || !add_branches (import, node, name, &held, value, terms))
    return FALSE;
  append_part (import, parts, terms);
  set_parts (made, parts, value->vector);
  return TRUE;
}

gboolean
snn_onnx_can_fold (const SnnOnnxImport *import, const SnnOnnxValue *value)
{
  for (guint i = 0; i < value->parts->len; i++) {
    const SnnOnnxPart *part = snn_onnx_part (value, i);

    for (guint t = 0; t < part->terms->len; t++)
      if (!snn_node_has_weights (snn_network_node (import->network,
                  g_array_index (part->terms, guint, t))))
        return FALSE;
  }
  return value->alone;
}

static void
fold (SnnNode *node, const double *scale, const double *shift)
{
  float *bias = snn_node_parameter (node, "bias")->values;
  const guint out = node->out.channels;

  for (gsize w = 0; w < node->n_weights; w++)
    node->weight[w] = (float) (node->weight[w] * scale[w % out]);
  for (guint o = 0; o < out; o++)
    bias[o] = (float) (bias[o] * scale[o] + (shift ? shift[o] : 0.));
}

gboolean
snn_onnx_scale_by_layer (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, const double *scale, const double *shift,
    SnnOnnxValue *to)
{
  const guint channels = (guint) snn_onnx_channels (value);
  g_autofree float *bias = g_new (float, channels);
  const guint space = snn_onnx_space (value);
  SnnOnnxWeights weights = {
    .like = {
          .op = space == 0 ? &snn_op_linear : space == 3 ? &snn_op_conv3d
              : &snn_op_conv2d,
          .kernel = value->vector ? 0 : 1,
          .stride = value->vector ? 0 : 1,
          .out.channels = channels,
        },
    .bias = bias,
  };

  if (!snn_onnx_take_weights (import, node, &weights, channels))
    return FALSE;
  for (guint c = 0; c < channels; c++) {
    weights.weight[(gsize) c * channels + c] = (float) scale[c];
    bias[c] = (float) shift[c];
  }
  return snn_onnx_layer (import, node, name_of (node), &weights, value, to);
}

gboolean
snn_onnx_scale (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, const double *scale, const double *shift)
{
  guint first = 0;

  if (!snn_onnx_can_fold (import, value))
    return snn_onnx_scale_by_layer (import, node, value, scale, shift, NULL);
  for (guint i = 0; i < value->parts->len; i++) {
    const SnnOnnxPart *part = snn_onnx_part (value, i);

    for (guint t = 0; t < part->terms->len; t++)
      fold (snn_network_node (import->network, g_array_index (part->terms,
                  guint, t)), scale + first, t == 0 ? shift + first : NULL);
    first += part->shape.channels;
  }
  return snn_onnx_value_like (import, node, value, NULL, FALSE) != NULL;
}

/* Of weights and biases, whose last dimension output channels are. */
void
snn_onnx_subtract_first (SnnOnnxImport *import, const SnnOnnxValue *value)
{
  const SnnOnnxPart *part = snn_onnx_part (value, 0);

  for (guint t = 0; t < part->terms->len; t++) {
    SnnNode *node = snn_network_node (import->network,
        g_array_index (part->terms, guint, t));
    SnnNode *both = snn_node_copy (node);

    node->out.channels = 1;
    snn_node_set_op (node, node->op);
    for (guint p = 0; p < node->n_parameters; p++) {
      const float *from = both->parameters[p].values;

      for (gsize v = 0; v < node->parameters[p].n; v++)
        node->parameters[p].values[v] = from[2 * v + 1] - from[2 * v];
    }
    snn_node_free (both);
  }
}
