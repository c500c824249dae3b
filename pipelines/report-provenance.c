/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "report-sections.h"

/* How to repeat every measurement. */

static void
append_object (SnnReport *report, const SnnResult *result, const gchar *name)
{
  JsonNode *provenance = json_object_get_member (result->object, "provenance");
  JsonObject *object = provenance && JSON_NODE_HOLDS_OBJECT (provenance)
      ? json_node_get_object (provenance) : NULL;
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;
  g_autoptr (GList) members = NULL;
  const gchar *separator = "";

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  members = json_object_get_members (json_node_get_object (node));
  g_string_append_printf (report->body, "<dt>%s</dt><dd>", name);
  for (GList *at = members; at; at = at->next) {
    JsonNode *value =
        json_object_get_member (json_node_get_object (node), at->data);

    if (!JSON_NODE_HOLDS_VALUE (value))
      continue;
    g_string_append (report->body, separator);
    snn_report_escape (report, at->data);
    g_string_append (report->body, " ");
    if (json_node_get_value_type (value) == G_TYPE_STRING)
      snn_report_escape (report, json_node_get_string (value));
    else
      g_string_append_printf (report->body, "%g", json_node_get_double (value));
    separator = ", ";
  }
  g_string_append (report->body, "</dd>");
}

static void
append_text (SnnReport *report, const SnnResult *result, const gchar *name)
{
  g_autofree gchar *path = g_strconcat ("provenance/", name, NULL);
  const gchar *text = snn_result_text (result, path);

  if (!text)
    return;
  g_string_append_printf (report->body, "<dt>%s</dt><dd>", name);
  snn_report_escape (report, text);
  g_string_append (report->body, "</dd>");
}

static void
append_result (SnnReport *report, const SnnResult *result)
{
  JsonArray *commands = snn_result_array (result, "provenance/commands");
  double seconds = snn_result_number (result, "provenance/seconds");

  g_string_append (report->body, "<details><summary>");
  snn_report_escape (report, result->identity);
  g_string_append (report->body, "</summary>\n<dl>");
  append_text (report, result, "commit");
  append_text (report, result, "time");
  if (isfinite (seconds))
    g_string_append_printf (report->body, "<dt>duration</dt><dd>%.0f s</dd>",
        seconds);
  append_object (report, result, "versions");
  append_object (report, result, "machine");
  g_string_append_printf (report->body, "<dt>line</dt><dd>%u</dd></dl>\n<pre>",
      result->line);
  for (guint i = 0; commands && i < json_array_get_length (commands); i++) {
    snn_report_escape (report, json_array_get_string_element (commands, i));
    g_string_append (report->body, "\n");
  }
  g_string_append (report->body, "</pre></details>\n");
}

/* The distinct texts at @path, in a sentence. */
static void
append_distinct (SnnReport *report, const gchar *name, const gchar *path)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < report->results->list->len; i++) {
    const gchar *value =
        snn_result_text (g_ptr_array_index (report->results->list, i), path);

    if (value && g_hash_table_add (seen, (gpointer) value))
      g_string_append_printf (text, "%s%s", text->len ? ", " : "", value);
  }
  if (!text->len)
    return;
  g_string_prepend (text, name);
  g_string_append_c (text, '.');
  snn_report_paragraph (report, text->str);
}

static gint
compare_identities (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const SnnResult * const *) a)->identity,
      (*(const SnnResult * const *) b)->identity);
}

/* In an order that does not depend on which job was done first. */
static void
append_results (SnnReport *report)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  for (guint i = 0; i < report->results->list->len; i++)
    g_ptr_array_add (list, g_ptr_array_index (report->results->list, i));
  g_ptr_array_sort (list, compare_identities);
  for (guint i = 0; i < list->len; i++)
    append_result (report, g_ptr_array_index (list, i));
}

void
snn_report_provenance (SnnReport *report)
{
  const SnnResults *results = report->results;

  if (!results->list->len)
    return;
  snn_report_section (report, "provenance", "How to repeat it");
  snn_report_paragraph (report, "Every measurement with the commit, seed, "
      "versions, machine and commands that it came from. Commands are "
      "GStreamer pipelines, in the order in which they were run; gst-launch-1.0 "
      "takes them as they are.");
  append_distinct (report, "Commits: ", "provenance/commit");
  append_distinct (report, "Processors: ", "provenance/machine/cpu");
  if (results->n_repeated) {
    g_autofree gchar *text = g_strdup_printf ("%u measurements were superseded by "
        "later ones of the same settings; %u times the outcome differed.",
        results->n_repeated, results->differing->len);

    snn_report_paragraph (report, text);
  }
  for (guint i = 0; i < results->differing->len; i++) {
    g_autofree gchar *text = g_strdup_printf ("Differed: %s",
        (const gchar *) g_ptr_array_index (results->differing, i));

    snn_report_paragraph (report, text);
  }
  append_results (report);
}
