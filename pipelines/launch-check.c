/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-check.h"

#include <string.h>

#include <gst/gst.h>
#include <gst/snn/properties.h>

#include <snn/base/error.h>
#include "suggest.h"

/* The next word of a description, up to a space that is in no quotation marks;
 * (transfer full), NULL at the end. The word is as written, with its marks and
 * escapes. */
static gchar *
next_word (const gchar **at)
{
  const gchar *begin = *at + strspn (*at, " \t\n");
  const gchar *end = begin;
  gchar quote = 0;

  for (; *end && (quote || !strchr (" \t\n", *end)); end++) {
    if (*end == '\\' && end[1])
      end++;
    else if (quote ? *end == quote : *end == '"' || *end == '\'')
      quote = quote ? 0 : *end;
  }
  *at = end;
  return end > begin ? g_strndup (begin, end - begin) : NULL;
}

/* (transfer full): without the marks around it and the escapes in it. */
static gchar *
unquote (const gchar *value)
{
  GString *text = g_string_new (NULL);
  gchar quote = *value == '"' || *value == '\'' ? *value++ : 0;

  for (; *value && !(quote && *value == quote); value++) {
    if (*value == '\\' && value[1])
      value++;
    g_string_append_c (text, *value);
  }
  return g_string_free (text, FALSE);
}

static gboolean
is_name (const gchar *word)
{
  return g_ascii_isalpha (*word) && strspn (word,
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
      == strlen (word);
}

/* Whether GStreamer would read another number than @text is: it takes -1 for the
 * largest unsigned number, and leaves out what is beyond 32 bits. */
static gboolean
wraps (const GParamSpec *spec, const gchar *text)
{
  const GType type = spec->value_type;
  gchar *end;
  gint64 value;

  if (*text == '-' && (type == G_TYPE_UINT || type == G_TYPE_UINT64
          || type == G_TYPE_ULONG))
    return TRUE;
  if (type != G_TYPE_INT && type != G_TYPE_UINT)
    return FALSE;
  value = g_ascii_strtoll (text, &end, 0);
  return end > text && *end == '\0' && (value < G_MININT
      || value > (type == G_TYPE_INT ? G_MAXINT : (gint64) G_MAXUINT));
}

/* Whether the property takes @text for a value. */
static gboolean
takes (GParamSpec *spec, const gchar *text)
{
  GValue value = G_VALUE_INIT;
  gboolean good;

  /* Objects and the like have other ways to be written. */
  if (!G_TYPE_IS_FUNDAMENTAL (spec->value_type)
      && !G_TYPE_IS_ENUM (spec->value_type)
      && !G_TYPE_IS_FLAGS (spec->value_type)
      && spec->value_type != GST_TYPE_FRACTION)
    return TRUE;
  if (spec->value_type == G_TYPE_STRING)
    return TRUE;
  if (!*text || wraps (spec, text))
    return FALSE;
  g_value_init (&value, spec->value_type);
  good = gst_value_deserialize_with_pspec (&value, text, spec)
      && gst_snn_property_allows (spec, &value);
  g_value_unset (&value);
  return good;
}

static void
refuse_value (const SnnLaunchFile *file, const gchar *element,
    GParamSpec *spec, const gchar *text, GError **error)
{
  g_autofree gchar *range = gst_snn_property_describe_range (spec);
  const gchar *variable = snn_launch_file_origin (file, spec->name, text);

  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "%s%s%s%s%s of %s is %s, expected %s", variable ? variable : "",
      variable ? "=" : "", variable ? text : "", variable ? ": " : "",
      spec->name, element, *text ? text : "empty", range ? range
      : g_type_name (spec->value_type));
}

static void
refuse_property (GObjectClass *class, const gchar *element,
    const gchar *property, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree GParamSpec **specs = NULL;
  g_autofree gchar *suggestion = NULL;
  guint n;

  specs = g_object_class_list_properties (class, &n);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (names, (gpointer) specs[i]->name);
  suggestion = snn_suggest_text (property, names);
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "%s has no property \"%s\"%s", element, property, suggestion);
}

/* Whether an element is such that more properties appear while it works, or
 * those of its children count. */
static gboolean
is_open (GType type)
{
  return g_type_is_a (type, GST_TYPE_BIN)
      || g_type_is_a (type, GST_TYPE_CHILD_PROXY);
}

static gboolean
check_assignment (const SnnLaunchFile *file, GstElementFactory *factory,
    const gchar *word, GError **error)
{
  const gchar *equals = strchr (word, '=');
  g_autofree gchar *property = g_strndup (word, equals - word);
  g_autofree gchar *text = unquote (equals + 1);
  GType type = gst_element_factory_get_element_type (factory);
  g_autoptr (GTypeClass) class = NULL;
  GParamSpec *spec;

  class = g_type_class_ref (type);
  spec = g_object_class_find_property (G_OBJECT_CLASS (class), property);
  if (!spec) {
    if (is_open (type) || g_str_equal (property, "preset"))
      return TRUE;
    refuse_property (G_OBJECT_CLASS (class), GST_OBJECT_NAME (factory),
        property, error);
    return FALSE;
  }
  if (takes (spec, text))
    return TRUE;
  refuse_value (file, GST_OBJECT_NAME (factory), spec, text, error);
  return FALSE;
}

gboolean
snn_launch_check (const SnnLaunchFile *file, const gchar *description,
    GError **error)
{
  g_autoptr (GstPluginFeature) feature = NULL;
  const gchar *at = description;
  gchar *next;

  while ((next = next_word (&at))) {
    g_autofree gchar *word = next;
    g_autofree gchar *left = g_strndup (word, strcspn (word, "="));

    if (!is_name (left)) {
      gst_clear_object (&feature);
    } else if (strchr (word, '=')) {
      if (feature && !check_assignment (file, GST_ELEMENT_FACTORY (feature),
              word, error))
        return FALSE;
    } else {
      g_autoptr (GstElementFactory) found = gst_element_factory_find (word);

      gst_clear_object (&feature);
      if (found)
        feature = gst_plugin_feature_load (GST_PLUGIN_FEATURE (found));
    }
  }
  return TRUE;
}

GPtrArray *
snn_launch_list_elements (void)
{
  g_autolist (GstPluginFeature) features = gst_registry_get_feature_list
      (gst_registry_get (), GST_TYPE_ELEMENT_FACTORY);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (GList *l = features; l; l = l->next)
    g_ptr_array_add (names, g_strdup (GST_OBJECT_NAME (l->data)));
  return names;
}
