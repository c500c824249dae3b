/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "element-files.h"

#include <string.h>

#include <snn/base/text.h>

/* (transfer full) (nullable) */
static gchar *
location_of (gpointer object)
{
  const GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS
      (object), "location");
  GValue value = G_VALUE_INIT;
  gchar *location;

  if (!spec || spec->value_type != G_TYPE_STRING
      || !(spec->flags & G_PARAM_READABLE))
    return NULL;
  g_object_get_property (object, "location", &value);
  location = g_value_dup_string (&value);
  g_value_unset (&value);
  return location;
}

gchar *
snn_element_file (GstObject *element, const GError *error, const gchar *text)
{
  g_autofree gchar *location = NULL;
  g_autofree gchar *folder = NULL;

  if (error->domain != GST_RESOURCE_ERROR || !GST_IS_ELEMENT (element))
    return g_strdup ("");
  location = location_of (element);
  if (!location || !*location)
    return g_strdup ("");
  /* A numbered file is named by its number, but its folder is as it was set. */
  folder = g_path_get_dirname (location);
  if (strstr (text, location)
      || (!g_str_equal (folder, ".") && strstr (text, folder)))
    return g_strdup ("");
  return g_strdup_printf (" (%s)", location);
}

/* (transfer full) (nullable): the file of @number, where @pattern has a place for it as
 * %d or %05d. */
static gchar *
numbered (const gchar *pattern, guint64 number)
{
  const gchar *place = strchr (pattern, '%');
  gchar *rest = NULL;
  guint64 width = place ? g_ascii_strtoull (place + 1, &rest, 10) : 0;

  if (!place || (place[1] != '0' && place[1] != 'd') || *rest != 'd'
      || width > 20 || strchr (rest, '%'))
    return NULL;
  return g_strdup_printf ("%.*s%0*" G_GUINT64_FORMAT "%s",
      (int) (place - pattern), pattern, (int) width, number, rest + 1);
}

static void
warn_of_leftovers (const GValue *item, gpointer data)
{
  GstElement *element = g_value_get_object (item);
  g_autofree gchar *location = location_of (element);
  g_autofree gchar *first = NULL;
  g_autofree gchar *shown = NULL;
  gint next;
  guint n = 0;

  g_object_get (element, "index", &next, NULL);
  for (gboolean there = location && next > 0; there; n += there) {
    g_autofree gchar *path = numbered (location, (guint64) next + n);

    there = path && g_file_test (path, G_FILE_TEST_EXISTS);
    if (there && !first)
      first = g_steal_pointer (&path);
  }
  if (n == 0)
    return;
  shown = snn_text_shown (first, NULL);
  g_printerr ("Warning from %s: %s%s of an earlier run %s still there; this run wrote "
      "%d before it\n", GST_OBJECT_NAME (element), shown, n == 1 ? ""
      : n == 2 ? " and the next one" : " and those that follow it",
      n == 1 ? "is" : "are", next);
}

void
snn_warn_of_leftovers (GstElement *pipeline)
{
  GstIterator *sinks = gst_bin_iterate_all_by_element_factory_name (GST_BIN
      (pipeline), "multifilesink");

  while (gst_iterator_foreach (sinks, warn_of_leftovers, NULL)
      == GST_ITERATOR_RESYNC)
    gst_iterator_resync (sinks);
  gst_iterator_free (sinks);
}
