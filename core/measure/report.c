/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include <json-glib/json-glib.h>

#define PASSES "passes"
#define COMPLETE "complete"

/* (transfer full): %NULL where @text is no report. */
static JsonNode *
parse (const gchar *text)
{
  g_autoptr (JsonNode) root = text ? json_from_string (text, NULL) : NULL;
  JsonObject *object;

  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  object = json_node_get_object (root);
  if (!json_object_has_member (object, PASSES)
      || !JSON_NODE_HOLDS_ARRAY (json_object_get_member (object, PASSES)))
    return NULL;
  return g_steal_pointer (&root);
}

/* As the measures write theirs. */
static gchar *
generate (JsonNode *root)
{
  g_autofree gchar *text = json_to_string (root, TRUE);

  return g_strconcat (text, "\n", NULL);
}

gchar *
snn_report_continue (const gchar *report, const gchar *earlier,
    guint first_epoch)
{
  g_autoptr (JsonNode) old = parse (earlier);
  g_autoptr (JsonNode) root = parse (report);
  JsonArray *from[2], *passes = json_array_new ();

  if (!old || !root) {
    json_array_unref (passes);
    return g_strdup (report);
  }
  from[0] = json_object_get_array_member (json_node_get_object (old), PASSES);
  from[1] = json_object_get_array_member (json_node_get_object (root), PASSES);
  for (guint i = 0; i < 2; i++)
    for (guint j = 0; j < json_array_get_length (from[i]); j++) {
      JsonNode *pass = json_array_get_element (from[i], j);

      if (i == 0 && (!JSON_NODE_HOLDS_OBJECT (pass)
              || json_object_get_int_member_with_default
              (json_node_get_object (pass), "epoch", G_MAXINT64)
              >= (gint64) first_epoch))
        continue;
      json_array_add_element (passes, json_node_copy (pass));
    }
  json_object_set_array_member (json_node_get_object (root), PASSES, passes);
  return generate (root);
}

gchar *
snn_report_mark_partial (const gchar *report)
{
  g_autoptr (JsonNode) root = parse (report);

  if (!root)
    return g_strdup (report);
  json_object_set_boolean_member (json_node_get_object (root), COMPLETE, FALSE);
  return generate (root);
}

gboolean
snn_report_is_whole (const gchar *path)
{
  g_autofree gchar *text = NULL;
  g_autoptr (JsonNode) root = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  root = parse (text);
  return root && json_object_get_boolean_member_with_default
      (json_node_get_object (root), COMPLETE, TRUE);
}
