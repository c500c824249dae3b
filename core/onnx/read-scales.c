/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#include <math.h>

/* What is a factor and a shift of each channel, and sums. */

#define MOST_CHANNELS (1u << 20)

static gboolean
check_channels (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value)
{
  const guint64 channels = snn_onnx_channels (value);

  return channels <= MOST_CHANNELS
      || snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "works on %"
      G_GUINT64_FORMAT " channels; at most %u are supported", channels,
      MOST_CHANNELS);
}

/* Before set 14 only outputs of means and variances tell that it makes them of what
 * comes, in place of those of training. */
static gboolean
is_training (const SnnOnnxNode *node)
{
  for (gsize i = 1; i < node->n_output; i++)
    if (*node->output[i] != '\0')
      return TRUE;
  return snn_onnx_int (node, "training_mode", 0) != 0;
}

/* y = (x - mean) / sqrt (variance + epsilon) scale + shift (Ioffe and Szegedy
 * 2015), of the means over the training data */
gboolean
snn_onnx_read_batch_norm (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  const double epsilon = snn_onnx_float (node, "epsilon", 1e-5f);
  g_autofree double *scale = NULL, *shift = NULL;
  float *given[4] = { NULL };
  gboolean ok = value && check_channels (import, node, value);
  guint64 channels = ok ? snn_onnx_channels (value) : 0;

  if (ok && is_training (node))
    ok = snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "is in training "
        "mode; export the network for evaluation (model.eval())");
  for (guint i = 0; ok && i < 4; i++)
    ok = (given[i] = snn_onnx_floats (import, node, i + 1, &channels)) != NULL;
  if (ok) {
    scale = g_new (double, channels);
    shift = g_new (double, channels);
    for (guint64 c = 0; ok && c < channels; c++) {
      const double variance = given[3][c] + epsilon;

      scale[c] = given[0][c] / sqrt (variance);
      shift[c] = given[1][c] - given[2][c] * scale[c];
      if (!(variance > 0.))
        ok = snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "the variance of "
            "channel %" G_GUINT64_FORMAT " is %g", c, given[3][c]);
    }
  }
  ok = ok && snn_onnx_scale (import, node, value, scale, shift);
  for (guint i = 0; i < 4; i++)
    g_free (given[i]);
  return ok;
}

/* Input @i, a constant: one number for all channels, or one for each. */
static double *
channel_values (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, guint i)
{
  const SnnOnnx__TensorProto *tensor = snn_onnx_tensor (import, node, i);
  const guint64 channels = snn_onnx_channels (value);
  const gsize behind = snn_onnx_space (value);
  g_autofree float *given = NULL;
  double *values;
  guint64 n = 0;
  gboolean of_channels;

  if (!tensor || !(given = snn_onnx_floats (import, node, i, &n)))
    return NULL;
  /* By more axes the value would get more itself, and channels be another one. */
  if (tensor->n_dims > 2 + behind) {
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "'%s' has %"
        G_GSIZE_FORMAT " axes; expected at most %" G_GSIZE_FORMAT ", those of "
        "'%s'", node->input[i], tensor->n_dims, 2 + behind, value->name);
    return NULL;
  }
  of_channels = n == channels && tensor->n_dims > behind
      && (guint64) tensor->dims[tensor->n_dims - behind - 1] == channels;
  if (n != 1 && !of_channels) {
    snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "'%s' has %"
        G_GUINT64_FORMAT " values; expected one, or one for each of %"
        G_GUINT64_FORMAT " channels", node->input[i], n, channels);
    return NULL;
  }
  values = g_new (double, channels);
  for (guint64 c = 0; c < channels; c++)
    values[c] = given[n == 1 ? 0 : c];
  return values;
}

static gboolean
has_constant (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  return snn_onnx_is_constant (import, node, 0)
      || snn_onnx_is_constant (import, node, 1);
}

/* A factor and a shift: of what is added or subtracted, a factor of 1 or -1; else, a
 * shift of 0. */
typedef enum
{
  ADD,
  SUBTRACT,
  MULTIPLY,
  DIVIDE,
} Arithmetic;

/* x + c, x - c, c - x, x c, or x / c */
static gboolean
read_with_constant (SnnOnnxImport *import, const SnnOnnxNode *node,
    Arithmetic what)
{
  const guint constant = snn_onnx_is_constant (import, node, 0) ? 0 : 1;
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 1 - constant);
  g_autofree double *given = NULL, *other = NULL;
  const gboolean adds = what == ADD || what == SUBTRACT;

  if (!value || !check_channels (import, node, value)
      || !(given = channel_values (import, node, value, constant)))
    return FALSE;
  other = g_new (double, snn_onnx_channels (value));
  for (guint64 c = 0; c < snn_onnx_channels (value); c++) {
    other[c] = !adds ? 0. : what == SUBTRACT && constant == 0 ? -1. : 1.;
    if (what == DIVIDE && given[c] == 0.)
      return snn_onnx_refuse (import, node, SNN_ERROR_FORMAT,
          "divides channel %" G_GUINT64_FORMAT " by 0", c);
    if (what == DIVIDE)
      given[c] = 1. / given[c];
    else if (what == SUBTRACT && constant == 1)
      given[c] = -given[c];
  }
  return snn_onnx_scale (import, node, value, adds ? other : given,
      adds ? given : other);
}

gboolean
snn_onnx_read_sub (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  return has_constant (import, node)
      ? read_with_constant (import, node, SUBTRACT)
      : snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "subtracts two "
      "values of the network; expected a constant, or an Add, whose weights can be "
      "negative");
}

gboolean
snn_onnx_read_div (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  return snn_onnx_is_constant (import, node, 1)
      ? read_with_constant (import, node, DIVIDE)
      : snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
      "divides by a value of the network; expected a constant");
}

gboolean
snn_onnx_read_mul (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  if (snn_onnx_has_ints (import, node, 0) || snn_onnx_has_ints (import, node, 1))
    return snn_onnx_multiply_ints (import, node);
  if (!has_constant (import, node))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "multiplies two "
        "values of the network, as attention does; expected a constant");
  return read_with_constant (import, node, MULTIPLY);
}

static gboolean
has_term (const SnnOnnxPart *part, guint index)
{
  for (guint t = 0; t < part->terms->len; t++)
    if (g_array_index (part->terms, guint, t) == index)
      return TRUE;
  return FALSE;
}

/* Whether these can be the terms of one sum: of the same parts, each with weights
 * that conversion can scale, and none twice. */
static gboolean
can_sum (const SnnOnnxImport *import, const SnnOnnxValue *a,
    const SnnOnnxValue *b)
{
  gboolean ok = a->parts->len == b->parts->len;

  for (guint i = 0; ok && i < a->parts->len; i++) {
    const SnnOnnxPart *of_a = snn_onnx_part (a, i);
    const SnnOnnxPart *of_b = snn_onnx_part (b, i);

    ok = of_a->shape.channels == of_b->shape.channels;
    for (guint t = 0; ok && t < of_b->terms->len; t++)
      ok = !has_term (of_a, g_array_index (of_b->terms, guint, t));
  }
  return ok;
}

static gboolean
has_weights (const SnnOnnxImport *import, const SnnOnnxValue *value)
{
  for (guint i = 0; i < value->parts->len; i++)
    for (guint t = 0; t < snn_onnx_part (value, i)->terms->len; t++)
      if (!snn_node_has_weights (snn_network_node (import->network,
                  g_array_index (snn_onnx_part (value, i)->terms, guint, t))))
        return FALSE;
  return TRUE;
}

const SnnOnnxValue *
snn_onnx_as_layer (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, SnnOnnxValue *to)
{
  const guint64 channels = snn_onnx_channels (value);
  g_autofree double *ones = NULL, *zeros = NULL;

  if (!check_channels (import, node, value))
    return NULL;
  ones = g_new (double, channels);
  zeros = g_new0 (double, channels);
  for (guint64 c = 0; c < channels; c++)
    ones[c] = 1.;
  return snn_onnx_scale_by_layer (import, node, value, ones, zeros, to)
      ? to : NULL;
}

static gboolean
is_same_shape (const SnnOnnxValue *a, const SnnOnnxValue *b)
{
  return snn_onnx_channels (a) == snn_onnx_channels (b)
      && snn_onnx_same_space (a, b);
}

gboolean
snn_onnx_read_add (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *a, *b;
  SnnOnnxValue rooms[2] = { {.readers = 1}, {.readers = 1} };
  gboolean ok;

  if (has_constant (import, node))
    return read_with_constant (import, node, ADD);
  a = snn_onnx_frames (import, node, 0);
  b = a ? snn_onnx_frames (import, node, 1) : NULL;
  if (!b)
    return FALSE;
  if (!is_same_shape (a, b))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "adds '%s' and "
        "'%s', which differ in shape", a->name, b->name);
  if (!has_weights (import, a) || !can_sum (import, a, b))
    a = snn_onnx_as_layer (import, node, a, &rooms[0]);
  if (a && (!has_weights (import, b) || !can_sum (import, a, b)))
    b = snn_onnx_as_layer (import, node, b, &rooms[1]);
  ok = a && b && snn_onnx_value_like (import, node, a, b, FALSE) != NULL;
  for (guint i = 0; i < 2; i++)
    if (rooms[i].parts)
      g_ptr_array_unref (rooms[i].parts);
  return ok;
}
