/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "node-fields.h"

#include <math.h>
#include <string.h>

const gchar *
snn_fields_at (SnnNodeFields *fields, const gchar *name)
{
  g_string_printf (fields->place, "/node/nodes/%s/%s", fields->name, name);
  return fields->place->str;
}

gboolean
snn_fields_refuse (SnnNodeFields *fields, SnnError code, const gchar *format,
    ...)
{
  g_autofree gchar *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return snn_hdf5_fail (fields->h, code, "node '%s': %s", fields->name, text);
}

/* A shape's dimensions, as they are in files. */
typedef struct
{
  guint n;
  gint64 values[4];
} Dims;

static Dims
get_dims (SnnShape shape, gboolean vector)
{
  if (vector)
    return (Dims) { 1, { shape.channels } };
  if (shape.depth == 0)
    return (Dims) { 3, { shape.channels, shape.height, shape.width } };
  return (Dims) { 4, {
      shape.channels, shape.depth, shape.height, shape.width } };
}

static const gchar *
name_dims (SnnShape shape)
{
  return shape.depth == 0 ? "channels, height, width"
      : "channels, depth, height, width";
}

gboolean
snn_fields_read_shape (SnnNodeFields *fields, const gchar *name, SnnShape *shape)
{
  gint64 values[4] = { 0, 1, 1 };
  SnnHdf5Shape size;

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, name), &size))
    return FALSE;
  if (size.rank != 1 || (size.n != 1 && size.n != 3 && size.n != 4))
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED, "%s has %"
        G_GSIZE_FORMAT " dimensions; expected (channels, height, width), "
        "(channels, depth, height, width) or (values)", name, size.n);
  if (!snn_hdf5_read_ints (fields->h, snn_fields_at (fields, name), size.n, values))
    return FALSE;
  for (guint i = 0; i < MAX (size.n, 3); i++)
    if (values[i] < 1 || values[i] > G_MAXINT32)
      return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s has a size of %"
          G_GINT64_FORMAT, name, values[i]);
  *shape = size.n < 4 ? (SnnShape) {
    (guint) values[0], (guint) values[1], (guint) values[2]
  } : (SnnShape) {
    (guint) values[0], (guint) values[2], (guint) values[3], (guint) values[1]
  };
  return TRUE;
}

gboolean
snn_fields_check_shape (SnnNodeFields *fields, const gchar *name, SnnShape expected)
{
  g_autofree gchar *should = snn_shape_to_text (expected);
  g_autofree gchar *is = NULL;
  SnnShape found = { 0, };

  if (!snn_fields_read_shape (fields, name, &found))
    return FALSE;
  is = snn_shape_to_text (found);
  if (!snn_shape_equal (found, expected))
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
        "%s is %s; expected %s (%s)", name, is, should, name_dims (expected));
  return TRUE;
}

gboolean
snn_fields_read_sides (SnnNodeFields *fields, const gchar *name,
    const SnnNode *node, guint *value)
{
  SnnHdf5Shape size;
  gint64 values[3];

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, name), &size))
    return FALSE;
  if (size.n != 1 && size.n != node->op->n_axes)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s has %" G_GSIZE_FORMAT
        " values; expected %s", name, size.n, node->op->n_axes == 3
        ? "(depth, height, width)" : "(height, width)");
  if (!snn_hdf5_read_ints (fields->h, snn_fields_at (fields, name), size.n, values))
    return FALSE;
  for (guint i = 1; i < size.n; i++)
    if (values[i] != values[0])
      return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED, "%s is %"
          G_GINT64_FORMAT " by %" G_GINT64_FORMAT "; expected the same in all "
          "directions", name, values[0], values[i]);
  if (values[0] < 0 || values[0] > G_MAXINT16)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s is %" G_GINT64_FORMAT, name,
        values[0]);
  *value = (guint) values[0];
  return TRUE;
}

gboolean
snn_fields_check_sides (SnnNodeFields *fields, const gchar *name,
    const SnnNode *node, guint expected)
{
  guint value = 0;

  if (!snn_fields_read_sides (fields, name, node, &value))
    return FALSE;
  if (value != expected)
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED, "%s is %u; only %u is supported",
        name, value, expected);
  return TRUE;
}

gboolean
snn_fields_check_dims (SnnNodeFields *fields, const gchar *name, SnnShape expected)
{
  const Dims dims = get_dims (expected, FALSE);
  g_autofree gchar *should = snn_shape_to_text (expected);
  SnnHdf5Shape found;
  gboolean fits;

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, name), &found))
    return FALSE;
  if (found.rank == 1 && found.n == snn_shape_size (expected)
      && found.dims[0] == expected.channels)
    return TRUE;
  fits = found.rank == dims.n;
  for (guint i = 0; fits && i < dims.n; i++)
    fits = found.dims[i] == (gsize) dims.values[i];
  if (fits)
    return TRUE;
  return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s has %u dimensions and %"
      G_GSIZE_FORMAT " values; expected %s (%s)", name, found.rank, found.n,
      should, name_dims (expected));
}

/* One a channel, with axes of one value. */
static gboolean
is_a_channel (const SnnHdf5Shape *found, SnnShape shape)
{
  return found->rank == get_dims (shape, FALSE).n && found->n == shape.channels
      && found->dims[0] == shape.channels;
}

/* (transfer full) (nullable): a value a neuron. Of fewer, each is that of several, as
 * arrays of Python are spread: snnTorch has one for all unless told otherwise. */
static float *
read_neurons (SnnNodeFields *fields, const gchar *name, SnnShape shape)
{
  const gsize n = snn_shape_size (shape);
  g_autofree float *values = NULL;
  SnnHdf5Shape found;

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, name), &found))
    return NULL;
  if (found.n != 1 && !is_a_channel (&found, shape)
      && !snn_fields_check_dims (fields, name, shape))
    return NULL;
  values = g_new (float, n);
  if (!snn_hdf5_read_floats (fields->h, snn_fields_at (fields, name), found.n,
          values))
    return NULL;
  for (gsize i = n; i-- > 0;)
    values[i] = values[i / (n / found.n)];
  return g_steal_pointer (&values);
}

gboolean
snn_fields_check_values (SnnNodeFields *fields, const gchar *name, SnnShape shape, float expected)
{
  const gsize n = snn_shape_size (shape);
  g_autofree float *values = read_neurons (fields, name, shape);

  for (gsize i = 0; values && i < n; i++)
    if (values[i] != expected)
      return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
          "%s has the value %g; only %g is supported", name, values[i],
          expected);
  return values != NULL;
}

gboolean
snn_fields_read_channels (SnnNodeFields *fields, const gchar *name,
    const SnnNode *node, gboolean positive, float *channels)
{
  const gsize n = snn_shape_size (node->out);
  const gsize frame = n / node->out.channels;
  g_autofree float *values = read_neurons (fields, name, node->out);

  for (gsize i = 0; values && i < n; i++) {
    if (!isfinite (values[i]) || (positive && values[i] <= 0.f))
      return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
          "%s has a value of %g; expected %s ones", name, values[i],
          positive ? "positive" : "finite");
    if (values[i] != values[i - i % frame])
      return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
          "%s differs within channel %" G_GSIZE_FORMAT " (%g and %g); one a "
          "channel is supported", name, i / frame, values[i - i % frame],
          values[i]);
    channels[i / frame] = values[i];
  }
  return values != NULL;
}

/* Without a question for each value, of which there are millions. */
static gboolean
are_finite (const float *values, gsize n)
{
  const guint32 infinity = 0x7f800000;
  guint32 largest = 0;

  for (gsize i = 0; i < n; i++) {
    guint32 bits;

    memcpy (&bits, &values[i], sizeof bits);
    largest = MAX (largest, bits & G_MAXINT32);
  }
  return largest < infinity;
}

typedef struct
{
  SnnNodeFields *fields;
  SnnNode *node;
} Weights;

static gboolean
take_weights (gpointer data, gsize first, gsize n, const float *torch)
{
  const Weights *weights = data;

  if (!are_finite (torch, n))
    for (gsize w = 0; w < n; w++)
      if (!isfinite (torch[w]))
        return snn_fields_refuse (weights->fields, SNN_ERROR_FORMAT,
            "weight has a value of %g", torch[w]);
  snn_weights_take_torch (weights->node, first, n, torch,
      weights->node->weight);
  return TRUE;
}

gboolean
snn_fields_read_weights (SnnNodeFields *fields, SnnNode *node)
{
  Weights weights = { fields, node };

  return snn_hdf5_read_parts (fields->h, snn_fields_at (fields, "weight"),
      node->n_weights, take_weights, &weights);
}

void
snn_fields_write_weights (SnnNodeFields *fields, const SnnNode *node,
    guint rank, const gsize *dims)
{
  g_autofree float *torch = g_new (float, node->n_weights);

  snn_weights_to_torch (node, node->weight, torch);
  snn_hdf5_write_floats (fields->h, snn_fields_at (fields, "weight"), rank,
      dims, FALSE, torch);
}

void
snn_fields_write_shape (SnnNodeFields *fields, const gchar *name,
    SnnShape shape, gboolean vector)
{
  const Dims dims = get_dims (shape, vector);

  snn_hdf5_write_ints (fields->h, snn_fields_at (fields, name), dims.n,
      dims.values);
}

void
snn_fields_write_sides (SnnNodeFields *fields, const gchar *name,
    const SnnNode *node, guint value)
{
  const gint64 values[3] = { value, value, value };

  snn_hdf5_write_ints (fields->h, snn_fields_at (fields, name),
      node->op->n_axes, values);
}

/* NIR's neurons have parameters each; ours share them within a channel. */
void
snn_fields_write_channels (SnnNodeFields *fields, const gchar *name,
    const SnnNode *node, const float *channels)
{
  const Dims of_shape = get_dims (node->out, fields->vector);
  const gsize n = snn_shape_size (node->out);
  g_autofree float *values = g_new (float, n);
  gsize dims[4];

  for (guint i = 0; i < of_shape.n; i++)
    dims[i] = (gsize) of_shape.values[i];
  for (gsize i = 0; i < n; i++)
    values[i] = channels[i / (n / node->out.channels)];
  snn_hdf5_write_floats (fields->h, snn_fields_at (fields, name), of_shape.n,
      dims, TRUE, values);
}

void
snn_fields_write_values (SnnNodeFields *fields, const gchar *name,
    const SnnNode *node, float value)
{
  g_autofree float *channels = g_new (float, node->out.channels);

  for (guint i = 0; i < node->out.channels; i++)
    channels[i] = value;
  snn_fields_write_channels (fields, name, node, channels);
}
