/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What streams say: caps of tensors, and the events of epochs. The input is
 * lines of NAME=VALUE; a value is a text, or (i)NUMBER, (u)NUMBER, (b)NUMBER or
 * (f)NUMBER/NUMBER, so that types are wrong as well. The first line is the
 * structure's name. GStreamer's own parsers are not used: they are not what is
 * tested. */

#include <string.h>

#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include "target.h"

static void
set_field (GstStructure *structure, const gchar *name, const gchar *value)
{
  const gchar *slash = strchr (value, '/');
  gint64 number = strlen (value) > 3 ? g_ascii_strtoll (value + 3, NULL, 10)
      : 0;
  gint64 second = slash ? g_ascii_strtoll (slash + 1, NULL, 10) : 1;

  if (g_str_has_prefix (value, "(i)"))
    gst_structure_set (structure, name, G_TYPE_INT, (gint) number, NULL);
  else if (g_str_has_prefix (value, "(u)"))
    gst_structure_set (structure, name, G_TYPE_UINT, (guint) number, NULL);
  else if (g_str_has_prefix (value, "(b)"))
    gst_structure_set (structure, name, G_TYPE_BOOLEAN, number != 0, NULL);
  else if (g_str_has_prefix (value, "(f)"))
    gst_structure_set (structure, name, GST_TYPE_FRACTION,
        (gint) (number % 10000), (gint) ABS (second % 10000) + 1, NULL);
  else
    gst_structure_set (structure, name, G_TYPE_STRING, value, NULL);
}

/* GLib keeps every name for ever, so that only those that mean anything here
 * are used. */
static const gchar *
known_name (const gchar *text)
{
  static const gchar *const names[] = {
    "other/tensors", "GstSnnEpochBegin", "GstSnnEpochEnd", "format",
    "num_tensors", "types", "dimensions", "framerate", "epoch", "epochs",
    "evaluate", "samples",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], text))
      return names[i];
  return NULL;
}

static GstStructure *
parse (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = g_strndup ((const gchar *) data, size);
  g_auto (GStrv) lines = NULL;
  GstStructure *structure;

  if (!text || !g_utf8_validate (text, -1, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", 32);
  if (!lines[0] || !known_name (lines[0]))
    return NULL;
  structure = gst_structure_new_empty (lines[0]);
  for (guint i = 1; lines[i]; i++) {
    gchar *value = strchr (lines[i], '=');

    if (!value)
      continue;
    *value++ = '\0';
    if (known_name (lines[i]))
      set_field (structure, lines[i], value);
  }
  return structure;
}

/* What is understood says the same once more. */
static void
check_tensors (const GstSnnTensors *tensors)
{
  g_autoptr (GstCaps) caps = gst_snn_tensors_to_caps (tensors);
  g_autoptr (GError) error = NULL;
  GstSnnTensors again;

  if (!gst_snn_tensors_from_caps (&again, caps, &error))
    g_error ("%s", error->message);
  if (!gst_snn_tensors_equal (tensors, &again))
    g_error ("other tensors come back");
  for (guint i = 0; i < tensors->n_tensors; i++)
    if (gst_snn_tensor_size (&tensors->tensor[i]) == 0)
      g_error ("a tensor without a size");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstEvent) event = NULL;
  g_autoptr (GError) error = NULL;
  GstStructure *structure;
  GstSnnTensors tensors;
  GstSnnEpoch epoch;
  gboolean end;

  if (!gst_is_initialized ())
    gst_init (NULL, NULL);
  structure = parse (data, size);
  if (!structure)
    return 0;
  event = gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
      gst_structure_copy (structure));
  gst_snn_event_parse_epoch (event, &epoch, &end);
  caps = gst_caps_new_full (structure, NULL);
  if (gst_snn_tensors_from_caps (&tensors, caps, &error))
    check_tensors (&tensors);
  else
    snn_fuzz_check_error (error, NULL);
  return 0;
}
