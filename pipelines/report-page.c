/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report-page.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include <snn/base/atomic-file.h>

SnnReport *
snn_report_new (const SnnResults *results, const gchar *folder)
{
  SnnReport *report = g_new0 (SnnReport, 1);

  report->results = results;
  report->folder = g_strdup (folder);
  report->body = g_string_new (NULL);
  report->contents = g_string_new (NULL);
  report->problems = g_ptr_array_new_with_free_func (g_free);
  report->charts = g_ptr_array_new_with_free_func (g_free);
  return report;
}

void
snn_report_free (SnnReport *report)
{
  g_free (report->folder);
  g_string_free (report->body, TRUE);
  g_string_free (report->contents, TRUE);
  g_ptr_array_unref (report->problems);
  g_ptr_array_unref (report->charts);
  g_free (report);
}

void
snn_report_escape (SnnReport *report, const gchar *text)
{
  g_autofree gchar *escaped = g_markup_escape_text (text, -1);

  g_string_append (report->body, escaped);
}

void
snn_report_section (SnnReport *report, const gchar *id, const gchar *heading)
{
  g_autofree gchar *escaped = g_markup_escape_text (heading, -1);

  g_string_append_printf (report->body, "<h2 id=\"%s\">%s</h2>\n", id,
      escaped);
  g_string_append_printf (report->contents,
      "<li><a href=\"#%s\">%s</a></li>\n", id, escaped);
}

void
snn_report_paragraph (SnnReport *report, const gchar *text)
{
  g_string_append (report->body, "<p>");
  snn_report_escape (report, text);
  g_string_append (report->body, "</p>\n");
}

void
snn_report_table_begin (SnnReport *report, const gchar *caption)
{
  g_string_append_printf (report->body,
      "<div class=\"scroll\"><table>\n<caption><b>Table %u.</b> ",
      ++report->n_tables);
  snn_report_escape (report, caption);
  g_string_append (report->body, "</caption>\n");
}

void
snn_report_table_end (SnnReport *report)
{
  g_string_append (report->body, "</tbody></table></div>\n");
}

void
snn_report_heads (SnnReport *report, const gchar *first, ...)
{
  va_list names;

  va_start (names, first);
  g_string_append (report->body, "<thead><tr>");
  for (const gchar * name = first; name; name = va_arg (names, const gchar *)) {
    g_string_append (report->body, "<th scope=\"col\">");
    snn_report_escape (report, name);
    g_string_append (report->body, "</th>");
  }
  va_end (names);
  g_string_append (report->body, "</tr></thead>\n<tbody>\n");
}

void
snn_report_row_begin (SnnReport *report, const gchar *name)
{
  g_string_append (report->body, "<tr><th scope=\"row\">");
  snn_report_escape (report, name);
  g_string_append (report->body, "</th>");
}

void
snn_report_row_end (SnnReport *report)
{
  g_string_append (report->body, "</tr>\n");
}

void
snn_report_cell (SnnReport *report, const gchar *text)
{
  g_string_append (report->body, "<td class=\"text\">");
  snn_report_escape (report, text);
  g_string_append (report->body, "</td>");
}

void
snn_report_number (SnnReport *report, double mean, double sd, guint digits)
{
  if (!isfinite (mean))
    g_string_append (report->body, "<td>\xe2\x80\x93</td>");
  else if (isfinite (sd))
    g_string_append_printf (report->body,
        "<td>%.*f\xc2\xa0\xc2\xb1\xc2\xa0%.*f</td>", digits, mean, digits, sd);
  else
    g_string_append_printf (report->body, "<td>%.*f</td>", digits, mean);
}

void
snn_report_figure_begin (SnnReport *report)
{
  g_string_append_printf (report->body, "<figure id=\"figure-%u\">\n",
      ++report->n_figures);
}

void
snn_report_figure_end (SnnReport *report, const gchar *caption)
{
  g_string_append_printf (report->body, "<figcaption><b>Figure %u.</b> ",
      report->n_figures);
  snn_report_escape (report, caption);
  g_string_append (report->body, "</figcaption>\n</figure>\n");
}

/* Notes the chart that the page has from @start on. */
static void
keep_chart (SnnReport *report, const gchar *title, gsize start)
{
  g_ptr_array_add (report->charts, g_strdup (title));
  g_ptr_array_add (report->charts, g_strdup (report->body->str + start));
}

void
snn_report_chart (SnnReport *report, const SnnChart *chart,
    const gchar *title, const gchar *caption)
{
  gsize start;

  snn_report_figure_begin (report);
  start = report->body->len;
  snn_chart_svg (report->body, chart, title, caption);
  keep_chart (report, title, start);
  g_string_append (report->body,
      "<details><summary>The figure's numbers</summary>");
  snn_chart_table (report->body, chart);
  g_string_append (report->body, "</details>\n");
  snn_report_figure_end (report, caption);
}

void
snn_report_bars (SnnReport *report, const SnnBars *bars, const gchar *title,
    const gchar *caption)
{
  gsize start;

  snn_report_figure_begin (report);
  start = report->body->len;
  snn_bars_svg (report->body, bars, title, caption);
  keep_chart (report, title, start);
  g_string_append (report->body,
      "<details><summary>The figure's numbers</summary>");
  snn_bars_table (report->body, bars);
  g_string_append (report->body, "</details>\n");
  snn_report_figure_end (report, caption);
}

gchar *
snn_report_file (SnnReport *report, const gchar *name)
{
  g_autofree gchar *path = g_path_is_absolute (name) ? g_strdup (name)
      : g_build_filename (report->folder, name, NULL);
  g_autofree gchar *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  if (g_file_get_contents (path, &data, &size, &error))
    return g_base64_encode ((const guchar *) data, size);
  g_ptr_array_add (report->problems, g_strdup (error->message));
  return NULL;
}

/* What went wrong on the way, where readers will see it. */
static void
append_problems (GString *page, const SnnReport *report)
{
  const GPtrArray *lists[] = { report->results->problems, report->problems };

  if (lists[0]->len + lists[1]->len == 0)
    return;
  g_string_append (page, "<div class=\"warning\"><p>Not all of the results "
      "could be used:</p><ul>");
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint j = 0; j < lists[i]->len; j++) {
      g_autofree gchar *text =
          g_markup_escape_text (g_ptr_array_index (lists[i], j), -1);

      g_string_append_printf (page, "<li>%s</li>", text);
    }
  g_string_append (page, "</ul></div>\n");
}

gchar *
snn_report_resource (const gchar *name)
{
  g_autofree gchar *path = g_strconcat ("/gst-snn/", name, NULL);
  g_autoptr (GBytes) bytes =
      g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize size = 0;
  gconstpointer data = bytes ? g_bytes_get_data (bytes, &size) : NULL;

  return size ? g_strndup (data, size) : NULL;
}

gchar *
snn_report_page (const SnnReport *report)
{
  g_autofree gchar *style = snn_report_resource ("report.css");
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *date = g_date_time_format (now, "%-d %B %Y, %H:%M UTC");
  GString *page = g_string_new ("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
      "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n"
      "<title>gst-snn: experiments</title>\n"
      "<link rel=\"icon\" href=\"data:,\">\n");

  g_string_append_printf (page, "<style>\n%s</style>\n</head>\n<body>\n"
      "<header>\n<h1>Spiking networks for brain image segmentation: "
      "experiments</h1>\n", style);
  g_string_append_printf (page, "<p class=\"lead\">%u measurements after Yue et "
      "al. 2023, doi:10.3389/fnins.2023.1267639. Made %s. Research software, "
      "not a medical device.</p>\n", report->results->list->len, date);
  append_problems (page, report);
  g_string_append_printf (page,
      "<nav aria-label=\"Contents\"><ol>\n%s</ol></nav>\n</header>\n<main>\n",
      report->contents->str);
  if (!report->results->list->len)
    g_string_append (page, "<p>There are no results yet.</p>\n");
  g_string_append_len (page, report->body->str, report->body->len);
  g_string_append (page, "</main>\n</body>\n</html>\n");
  return g_string_free (page, FALSE);
}

gboolean
snn_report_write_charts (const SnnReport *report, const gchar *folder,
    GError **error)
{
  static const gchar begin[] = "<svg ";
  g_autofree gchar *style = snn_report_resource ("report.css");

  for (guint i = 0; i < report->charts->len; i += 2) {
    const gchar *chart = g_ptr_array_index (report->charts, i + 1);
    g_autofree gchar *name =
        snn_chart_name (g_ptr_array_index (report->charts, i));
    g_autofree gchar *path = g_strdup_printf ("%s/%s.svg", folder, name);
    const gchar *after = strchr (chart, '>') + 1;
    g_autofree gchar *svg = g_strdup_printf
        ("<svg xmlns=\"http://www.w3.org/2000/svg\" %.*s\n<style>\n%s"
        "svg { background: var(--paper); }\n</style>%s",
        (gint) (after - chart - strlen (begin)), chart + strlen (begin), style,
        after);

    if (!snn_file_write (path, svg, strlen (svg), error))
      return FALSE;
  }
  return TRUE;
}
