/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "npy.h"

#include <string.h>

/* "\x93NUMPY", version, length of the header */
#define PREAMBLE 10

static gboolean
fail (const gchar *path, const gchar *what, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", path, what);
  return FALSE;
}

/* The header is a Python dictionary: 'descr' type, 'fortran_order' flag and
 * 'shape' tuple. Gives the bytes of a value in @item. */
static gboolean
parse_header (Npy *npy, const gchar *header, gchar *type, gsize *item)
{
  const gchar *descr = strstr (header, "'descr': '");
  const gchar *shape = strstr (header, "'shape': (");

  if (!descr || !shape || !strstr (header, "'fortran_order': False"))
    return FALSE;
  descr += strlen ("'descr': '");
  if (strncmp (descr, "<f4'", 4) == 0)
    *item = 4;
  else if (strncmp (descr, "<f8'", 4) == 0)
    *item = 8;
  else if (strncmp (descr, "|i1'", 4) == 0)
    *item = 1;
  else
    return FALSE;
  *type = descr[1];

  shape += strlen ("'shape': (");
  npy->n = 1;
  while (g_ascii_isdigit (*shape)) {
    gchar *end;
    guint64 dim = g_ascii_strtoull (shape, &end, 10);

    if (npy->rank == G_N_ELEMENTS (npy->dims)
        || !g_size_checked_mul (&npy->n, npy->n, dim))
      return FALSE;
    npy->dims[npy->rank++] = dim;
    shape = end + strspn (end, ", ");
  }
  return *shape == ')';
}

static double
read_value (const gchar *bytes, gchar type, gsize item)
{
  float single;
  double value;

  if (type == 'i')
    return (gint8) *bytes;
  if (item == sizeof single) {
    memcpy (&single, bytes, sizeof single);
    return single;
  }
  memcpy (&value, bytes, sizeof value);
  return value;
}

Npy *
npy_load (const gchar *path, GError **error)
{
  g_autoptr (Npy) npy = g_new0 (Npy, 1);
  g_autofree gchar *content = NULL;
  g_autofree gchar *header = NULL;
  gsize size, start, item, bytes;
  gchar type;

  if (!g_file_get_contents (path, &content, &size, error))
    return NULL;
  if (size < PREAMBLE || memcmp (content, "\x93NUMPY\1", 7) != 0) {
    fail (path, "not a version 1 NumPy file", error);
    return NULL;
  }
  start = PREAMBLE + ((guint8) content[8] | (gsize) (guint8) content[9] << 8);
  if (start > size) {
    fail (path, "ends within its header", error);
    return NULL;
  }
  header = g_strndup (content + PREAMBLE, start - PREAMBLE);
  if (!parse_header (npy, header, &type, &item)) {
    fail (path, "type or shape that is not read here", error);
    return NULL;
  }
  if (!g_size_checked_mul (&bytes, npy->n, item) || bytes != size - start) {
    fail (path, "has another size than its shape says", error);
    return NULL;
  }
  npy->values = g_new (double, MAX (npy->n, 1));
  for (gsize i = 0; i < npy->n; i++)
    npy->values[i] = read_value (content + start + i * item, type, item);
  return g_steal_pointer (&npy);
}

void
npy_free (Npy *npy)
{
  g_free (npy->values);
  g_free (npy);
}
