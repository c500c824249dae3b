/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shape.h"

gsize
snn_shape_rows (SnnShape shape)
{
  return (gsize) MAX (shape.depth, 1) * shape.height;
}

gsize
snn_shape_size (SnnShape shape)
{
  return snn_shape_rows (shape) * shape.width * shape.channels;
}

gboolean
snn_shape_equal (SnnShape a, SnnShape b)
{
  return a.channels == b.channels && a.height == b.height
      && a.width == b.width && a.depth == b.depth;
}

gboolean
snn_shape_fits (SnnShape shape, guint64 largest)
{
  guint64 size;

  return g_uint64_checked_mul (&size, shape.channels, shape.height)
      && g_uint64_checked_mul (&size, size, shape.width)
      && g_uint64_checked_mul (&size, size, MAX (shape.depth, 1))
      && size > 0 && size <= largest;
}

gchar *
snn_shape_to_text (SnnShape shape)
{
  if (shape.depth == 0)
    return g_strdup_printf ("%ux%ux%u", shape.channels, shape.height,
        shape.width);
  return g_strdup_printf ("%ux%ux%ux%u", shape.channels, shape.depth,
      shape.height, shape.width);
}
