/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "classes.h"

#include <string.h>

#include "error.h"

static gint
compare_values (gconstpointer a, gconstpointer b)
{
  const gint x = *(const gint *) a, y = *(const gint *) b;

  return (x > y) - (x < y);
}

gboolean
snn_classes_set (SnnClasses *classes, guint n, const gint *values,
    GError **error)
{
  SnnClasses set = { 0, };

  if (n > SNN_CLASSES_MAX) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "There are %u classes, "
        "where at most %d can be told apart", n, SNN_CLASSES_MAX);
    return FALSE;
  }
  set.n = n;
  if (n > 0)
    memcpy (set.values, values, n * sizeof *values);
  qsort (set.values, n, sizeof *set.values, compare_values);
  for (guint i = 0; i < n; i++)
    if (set.values[i] == 0 || (i > 0 && set.values[i] == set.values[i - 1])) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, set.values[i] == 0
          ? "Class %d is the background, which is always there"
          : "Class %d is there twice", set.values[i]);
      return FALSE;
    }
  *classes = set;
  return TRUE;
}

/* (transfer full): the @n values of @text, as they stand there. */
static gint *
parse_values (const gchar *text, guint *n, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text ? text : "", ",", -1);
  g_autofree gint *values = g_new (gint, g_strv_length (parts) + 1);

  for (*n = 0; parts[*n]; ++*n) {
    gint64 value;

    if (!g_ascii_string_to_signed (g_strstrip (parts[*n]), 10, G_MININT,
            G_MAXINT, &value, NULL)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "\"%s\" is no list of "
          "classes: whole numbers with commas between are expected, as in 1,2",
          text);
      return NULL;
    }
    values[*n] = (gint) value;
  }
  return g_steal_pointer (&values);
}

gboolean
snn_classes_parse (SnnClasses *classes, const gchar *text, GError **error)
{
  guint n;
  g_autofree gint *values = parse_values (text, &n, error);

  return values && snn_classes_set (classes, n, values, error);
}

gboolean
snn_classes_parse_places (SnnClasses *classes, const gchar *text,
    guint *places, GError **error)
{
  guint n;
  g_autofree gint *values = parse_values (text, &n, error);

  if (!values || !snn_classes_set (classes, n, values, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    for (places[i] = 0; values[places[i]] != classes->values[i];)
      places[i]++;
  return TRUE;
}

gchar *
snn_classes_to_text (const SnnClasses *classes)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < classes->n; i++)
    g_string_append_printf (text, i ? ",%d" : "%d", classes->values[i]);
  return g_string_free (text, FALSE);
}

gboolean
snn_classes_equal (const SnnClasses *a, const SnnClasses *b)
{
  return a->n == b->n
      && memcmp (a->values, b->values, a->n * sizeof *a->values) == 0;
}

guint
snn_classes_find (const SnnClasses *classes, double value)
{
  for (guint i = 0; i < classes->n; i++)
    if (classes->values[i] == value)
      return i + 1;
  return 0;
}

guint
snn_classes_n_outputs (const SnnClasses *classes)
{
  return classes->n > 1 ? classes->n + 1 : 1;
}
