/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "report-chart.h"

/* The tables that stand below charts. */

static void
append_head (GString *html, const gchar *text)
{
  g_autofree gchar *escaped = g_markup_escape_text (text, -1);

  g_string_append_printf (html, "<th scope=\"col\">%s</th>", escaped);
}

static void
append_value (GString *html, const SnnPoint *point)
{
  if (!point || !isfinite (point->y)) {
    g_string_append (html, "<td>\xe2\x80\x93</td>");
    return;
  }
  g_string_append_printf (html, "<td>%.4g", point->y);
  if (point->error > 0.)
    g_string_append_printf (html, " \xc2\xb1 %.2g", point->error);
  if (point->n > 1)
    g_string_append_printf (html, " (n\xc2\xa0=\xc2\xa0%u)", point->n);
  g_string_append (html, "</td>");
}

static void
begin_table (GString *html, const gchar *corner, const GPtrArray *list)
{
  g_string_append (html, "<div class=\"scroll\"><table><thead><tr>");
  append_head (html, corner);
  for (guint i = 0; i < list->len; i++)
    append_head (html, ((SnnSeries *) g_ptr_array_index (list, i))->label);
  g_string_append (html, "</tr></thead><tbody>\n");
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* (transfer full): every x that a series has, once. */
static GArray *
all_x (const GPtrArray *list)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (double));
  guint kept = 0;

  for (guint i = 0; i < list->len; i++) {
    const SnnSeries *series = g_ptr_array_index (list, i);

    for (guint j = 0; j < series->points->len; j++)
      g_array_append_val (values,
          g_array_index (series->points, SnnPoint, j).x);
  }
  g_array_sort (values, compare_numbers);
  for (guint i = 0; i < values->len; i++)
    if (kept == 0 || g_array_index (values, double, i)
        != g_array_index (values, double, kept - 1))
      g_array_index (values, double, kept++) = g_array_index (values, double,
          i);
  g_array_set_size (values, kept);
  return values;
}

static const SnnPoint *
point_at (const SnnSeries *series, double x)
{
  for (guint i = 0; i < series->points->len; i++)
    if (g_array_index (series->points, SnnPoint, i).x == x)
      return &g_array_index (series->points, SnnPoint, i);
  return NULL;
}

void
snn_chart_table (GString *html, const SnnChart *chart)
{
  g_autoptr (GArray) values = all_x (chart->series);

  begin_table (html, chart->x_label, chart->series);
  for (guint i = 0; i < values->len; i++) {
    double x = g_array_index (values, double, i);

    g_string_append_printf (html, "<tr><th scope=\"row\">%.4g</th>", x);
    for (guint j = 0; j < chart->series->len; j++)
      append_value (html,
          point_at (g_ptr_array_index (chart->series, j), x));
    g_string_append (html, "</tr>\n");
  }
  g_string_append (html, "</tbody></table></div>\n");
}

void
snn_bars_table (GString *html, const SnnBars *bars)
{
  begin_table (html, "", bars->series);
  for (guint i = 0; i < bars->groups->len; i++) {
    g_auto (GStrv) lines = g_strsplit (g_ptr_array_index (bars->groups, i),
        "\n", -1);
    g_autofree gchar *name = g_strjoinv (", ", lines);
    g_autofree gchar *escaped = g_markup_escape_text (name, -1);

    g_string_append_printf (html, "<tr><th scope=\"row\">%s</th>", escaped);
    for (guint j = 0; j < bars->series->len; j++) {
      const SnnSeries *series = g_ptr_array_index (bars->series, j);

      append_value (html, i < series->points->len
          ? &g_array_index (series->points, SnnPoint, i) : NULL);
    }
    g_string_append (html, "</tr>\n");
  }
  g_string_append (html, "</tbody></table></div>\n");
}
