/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Charts as inline SVG. Colours are those of Okabe and Ito, which colour-blind
 * readers can tell apart; each comes with a marker and dashes, or a pattern,
 * of its own, so that a print without colours will do as well. The style sheet
 * of report-page.c has the colours. */

/**
 * SnnPoint:
 * @error: half the length of the error bar; 0 or NAN for none
 * @n: how many values @y is the mean of
 */
typedef struct
{
  double x;
  double y;
  double error;
  guint n;
} SnnPoint;

typedef struct
{
  gchar *label;
  GArray *points;               /* SnnPoint, by x */
} SnnSeries;

/**
 * SnnChart:
 * @x_label, @y_label: of the axes, with units
 * @log_x: whether x is logarithmic
 * @unit_y: whether y, as a Dice coefficient, is never beyond 0 and 1
 * @series: SnnSeries*
 * @reference: a horizontal line; NAN for none
 * @reference_label: (nullable)
 */
typedef struct
{
  const gchar *x_label;
  const gchar *y_label;
  gboolean log_x;
  gboolean unit_y;
  GPtrArray *series;
  double reference;
  const gchar *reference_label;
} SnnChart;

/**
 * SnnBars:
 * @groups: gchar*, a name for each group of bars; lines apart by '\n'
 * @series: SnnSeries*; the point of index i is the bar in group i
 */
typedef struct
{
  const gchar *y_label;
  GPtrArray *groups;
  GPtrArray *series;
} SnnBars;

SnnSeries *snn_series_new (const gchar * label);
void snn_series_free (SnnSeries * series);

/* snn_series_list_new: (transfer full): for SnnSeries*, which it frees. */
GPtrArray *snn_series_list_new (void);

/* snn_chart_name: of files and elements: "Dice against T, u = 0" is
 * "dice-against-t-u-0". */
gchar *snn_chart_name (const gchar * title);

/* snn_chart_svg: appends the chart. @title and @text, in plain words, are for
 * those who can't see it. */
void snn_chart_svg (GString * html, const SnnChart * chart,
    const gchar * title, const gchar * text);

void snn_bars_svg (GString * html, const SnnBars * bars, const gchar * title,
    const gchar * text);

/* snn_chart_table: appends the chart's numbers as a table: the x a line each,
 * the series side by side. */
void snn_chart_table (GString * html, const SnnChart * chart);

/* snn_bars_table: likewise, the groups a line each. */
void snn_bars_table (GString * html, const SnnBars * bars);

/* snn_tick_step: the distance of about @n ticks between 0 and @span, of the
 * form 1, 2 or 5 times a power of ten. */
double snn_tick_step (double span, guint n);

G_END_DECLS
