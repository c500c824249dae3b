/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "findermessage.h"

#include <gst/snn/model.h>
#include <snn/base/text.h>

static void
append (GValue *array, GType type, gboolean boolean, gint number)
{
  GValue item = G_VALUE_INIT;

  g_value_init (&item, type);
  if (type == G_TYPE_BOOLEAN)
    g_value_set_boolean (&item, boolean);
  else
    g_value_set_int (&item, number);
  gst_value_array_append_and_take_value (array, &item);
}

GstMessage *
gst_snn_finder_message_new (GstObject *source, const SnnVolumeInfo *volume,
    const SnnClasses *classes, const SnnFinding *findings)
{
  static const gchar *const names[] = { "classes", "found", "x", "y", "z", "mm3",
    "probability"
  };
  g_autofree gchar *subject = snn_text_valid (volume->subject);
  GstStructure *structure = gst_structure_new ("regionfinder", "subject",
      G_TYPE_STRING, subject, NULL);
  GValue arrays[G_N_ELEMENTS (names)] = { G_VALUE_INIT, };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gst_value_array_init (&arrays[i], classes->n);
  for (guint s = 0; s < classes->n; s++) {
    append (&arrays[0], G_TYPE_INT, FALSE, classes->values[s]);
    append (&arrays[1], G_TYPE_BOOLEAN, findings[s].found, 0);
    for (guint k = 0; k < 3; k++)
      gst_snn_append_double (&arrays[2 + k], findings[s].centre[k]);
    gst_snn_append_double (&arrays[5], findings[s].mm3);
    gst_snn_append_double (&arrays[6], findings[s].probability);
  }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gst_structure_take_value (structure, names[i], &arrays[i]);
  return gst_message_new_element (source, structure);
}

GstMessage *
gst_snn_finder_message_new_skipped (GstObject *source,
    const SnnVolumeInfo *volume)
{
  g_autofree gchar *subject = snn_text_valid (volume->subject);

  return gst_message_new_element (source, gst_structure_new ("snn-skipped",
          "subject", G_TYPE_STRING, subject, NULL));
}
