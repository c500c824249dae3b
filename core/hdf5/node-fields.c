/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "node-fields.h"

#include <math.h>

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

gboolean
snn_fields_read_shape (SnnNodeFields *fields, const gchar *name, SnnShape *shape)
{
  gint64 values[3] = { 0, 1, 1 };
  SnnHdf5Shape size;

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, name), &size))
    return FALSE;
  if (size.rank != 1 || (size.n != 1 && size.n != 3))
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED, "%s has %" G_GSIZE_FORMAT
        " dimensions; expected (channels, height, width) or (values)", name,
        size.n);
  if (!snn_hdf5_read_ints (fields->h, snn_fields_at (fields, name), size.n, values))
    return FALSE;
  for (guint i = 0; i < 3; i++)
    if (values[i] < 1 || values[i] > G_MAXINT32)
      return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s has a size of %"
          G_GINT64_FORMAT, name, values[i]);
  *shape = (SnnShape) {
    (guint) values[0], (guint) values[1], (guint) values[2]
  };
  return TRUE;
}

gboolean
snn_fields_check_shape (SnnNodeFields *fields, const gchar *name, SnnShape expected)
{
  SnnShape found = { 0, };

  if (!snn_fields_read_shape (fields, name, &found))
    return FALSE;
  if (found.channels != expected.channels || found.height != expected.height
      || found.width != expected.width)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s is %ux%ux%u; expected %ux%ux%u "
        "(channels, height, width)", name, found.channels, found.height,
        found.width, expected.channels, expected.height, expected.width);
  return TRUE;
}

gboolean
snn_fields_read_pair (SnnNodeFields *fields, const gchar *name, guint *value)
{
  SnnHdf5Shape size;
  gint64 values[2];

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, name), &size))
    return FALSE;
  if (size.n > 2)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s has %" G_GSIZE_FORMAT
        " values; expected (height, width)", name, size.n);
  if (!snn_hdf5_read_ints (fields->h, snn_fields_at (fields, name), size.n, values))
    return FALSE;
  if (size.n == 2 && values[0] != values[1])
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED, "%s is %" G_GINT64_FORMAT " by %"
        G_GINT64_FORMAT "; expected the same in both directions", name,
        values[0], values[1]);
  if (values[0] < 0 || values[0] > G_MAXINT16)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s is %" G_GINT64_FORMAT, name,
        values[0]);
  *value = (guint) values[0];
  return TRUE;
}

gboolean
snn_fields_check_pair (SnnNodeFields *fields, const gchar *name, guint expected)
{
  guint value = 0;

  if (!snn_fields_read_pair (fields, name, &value))
    return FALSE;
  if (value != expected)
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED, "%s is %u; only %u is supported",
        name, value, expected);
  return TRUE;
}

gboolean
snn_fields_check_dims (SnnNodeFields *fields, const gchar *name, SnnShape expected)
{
  SnnHdf5Shape found;

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, name), &found))
    return FALSE;
  if (found.rank == 1 && expected.height == 1 && expected.width == 1
      && found.dims[0] == expected.channels)
    return TRUE;
  if (found.rank == 3 && found.dims[0] == expected.channels
      && found.dims[1] == expected.height && found.dims[2] == expected.width)
    return TRUE;
  return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "%s has %u dimensions and %"
      G_GSIZE_FORMAT " values; expected %ux%ux%u (channels, height, width)",
      name, found.rank, found.n, expected.channels, expected.height,
      expected.width);
}

gboolean
snn_fields_check_values (SnnNodeFields *fields, const gchar *name, SnnShape shape, float expected)
{
  const gsize n = snn_shape_size (shape);
  g_autofree float *values = NULL;

  if (!snn_fields_check_dims (fields, name, shape))
    return FALSE;
  values = g_new (float, n);
  if (!snn_hdf5_read_floats (fields->h, snn_fields_at (fields, name), n, values))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (values[i] != expected)
      return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
          "%s has the value %g; only %g is supported", name, values[i],
          expected);
  return TRUE;
}

gboolean
snn_fields_read_channels (SnnNodeFields *fields, const gchar *name,
    const SnnNode *node, gboolean positive, float *channels)
{
  const gsize n = snn_shape_size (node->out);
  const gsize frame = n / node->out.channels;
  g_autofree float *values = NULL;

  if (!snn_fields_check_dims (fields, name, node->out))
    return FALSE;
  values = g_new (float, n);
  if (!snn_hdf5_read_floats (fields->h, snn_fields_at (fields, name), n,
          values))
    return FALSE;
  for (gsize i = 0; i < n; i++) {
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
  return TRUE;
}

gboolean
snn_fields_read_weights (SnnNodeFields *fields, SnnNode *node)
{
  g_autofree float *torch = g_new (float, node->n_weights);

  if (!snn_hdf5_read_floats (fields->h, snn_fields_at (fields, "weight"),
          node->n_weights, torch))
    return FALSE;
  for (gsize w = 0; w < node->n_weights; w++)
    if (!isfinite (torch[w]))
      return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
          "weight has a value of %g", torch[w]);
  snn_weights_from_torch (node, torch, node->weight);
  return TRUE;
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
  const gint64 values[3] = { shape.channels, shape.height, shape.width };

  snn_hdf5_write_ints (fields->h, snn_fields_at (fields, name),
      vector ? 1 : 3, values);
}

void
snn_fields_write_pair (SnnNodeFields *fields, const gchar *name, guint value)
{
  const gint64 values[2] = { value, value };

  snn_hdf5_write_ints (fields->h, snn_fields_at (fields, name), 2, values);
}

/* NIR's neurons have parameters each; ours share them within a channel. */
void
snn_fields_write_channels (SnnNodeFields *fields, const gchar *name,
    const SnnNode *node, const float *channels)
{
  const SnnShape shape = node->out;
  const gsize dims[3] = { shape.channels, shape.height, shape.width };
  const gsize n = snn_shape_size (shape);
  g_autofree float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = channels[i / (n / shape.channels)];
  snn_hdf5_write_floats (fields->h, snn_fields_at (fields, name),
      fields->vector ? 1 : 3, dims, TRUE, values);
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
