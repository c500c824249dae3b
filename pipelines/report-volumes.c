/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "report-sections.h"

/* Volumes with their masks, to turn and slice in the browser, with NiiVue. */

/* Program text within <script>, where "</script" would end it early. */
static void
append_script (SnnReport *report, const gchar *text)
{
  const gchar *rest = text;
  const gchar *at;

  g_string_append (report->body, "<script>\n");
  while ((at = strstr (rest, "</"))) {
    g_string_append_len (report->body, rest, at - rest);
    g_string_append (report->body, g_ascii_strncasecmp (at, "</script", 8) == 0
        ? "<\\/" : "</");
    rest = at + 2;
  }
  g_string_append (report->body, rest);
  g_string_append (report->body, "\n</script>\n");
}

/* A file of the volume as an element that the script finds by its class. */
static void
append_layer (SnnReport *report, const gchar *kind, const gchar *name,
    const gchar *file)
{
  g_autofree gchar *data = snn_report_file (report, file);

  if (!data)
    return;
  g_string_append_printf (report->body, "<script class=\"layer\" "
      "type=\"text/plain\" data-kind=\"%s\" data-name=\"", kind);
  snn_report_escape (report, name);
  g_string_append_printf (report->body, "\" data-file=\"%s\">%s</script>\n",
      g_str_has_suffix (file, ".gz") ? "volume.nii.gz" : "volume.nii", data);
}

static void
append_viewer (SnnReport *report, const SnnResult *result)
{
  const gchar *image = snn_result_text (result, "files/volume/image");
  JsonArray *masks = snn_result_array (result, "files/volume/masks");
  g_autofree gchar *subject = g_strdup_printf ("The %s: the image with the "
      "true mask and the networks' predictions. Drag to move the cross, scroll "
      "to go through slices; the page holds all data and needs no network.",
      snn_result_setting (result, "subject"));

  if (!image)
    return;
  snn_report_figure_begin (report);
  g_string_append (report->body, "<div class=\"viewer\">\n"
      "<div class=\"controls\"></div>\n"
      "<div class=\"stage\"><canvas tabindex=\"0\" role=\"img\" aria-label=\"Interactive view of the "
      "volume with masks\"></canvas></div>\n<p class=\"note\" role=\"status\"></p>\n");
  append_layer (report, "image", "Image", image);
  for (guint i = 0; masks && i < json_array_get_length (masks); i++) {
    JsonObject *mask = json_array_get_object_element (masks, i);
    const gchar *file = snn_json_text (mask, "file");
    const gchar *name = snn_json_text (mask, "name");

    if (file)
      append_layer (report, "mask", name ? name : file, file);
  }
  g_string_append (report->body, "</div>\n");
  snn_report_figure_end (report, subject);
}

void
snn_report_volumes (SnnReport *report)
{
  g_autoptr (GPtrArray) results = snn_results_of (report->results, "volumes");
  g_autofree gchar *viewer = snn_report_resource ("niivue.js");
  g_autofree gchar *license = snn_report_resource ("niivue-license.txt");
  g_autofree gchar *script = snn_report_resource ("report-viewer.js");

  if (!results->len)
    return;
  snn_report_section (report, "volumes", "A volume to look at");
  if (!viewer) {
    snn_report_paragraph (report, "The interactive view is not in this page: "
        "the program was built without NiiVue (option report-viewer).");
    return;
  }
  for (guint i = 0; i < results->len; i++)
    append_viewer (report, g_ptr_array_index (results, i));
  append_script (report, viewer);
  append_script (report, script);
  g_string_append (report->body,
      "<details><summary>The viewer is NiiVue; its licence</summary><pre>");
  snn_report_escape (report, license ? license : "");
  g_string_append (report->body, "</pre></details>\n");
}
