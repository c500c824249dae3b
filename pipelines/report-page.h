/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report-chart.h"
#include "report-summary.h"
#include "results.h"

G_BEGIN_DECLS

/* The page that is being written, and its building blocks. Text is given
 * plain, and escaped here, unless it says html. */

/**
 * SnnReport:
 * @results: what to report
 * @folder: that files named by the results are in
 * @body: the page so far
 * @contents: the table of contents so far
 * @problems: gchar*, files that could not be embedded
 * @charts: of each figure that is a chart, its title followed by its SVG
 */
typedef struct
{
  const SnnResults *results;
  gchar *folder;
  GString *body;
  GString *contents;
  GPtrArray *problems;
  GPtrArray *charts;
  guint n_tables;
  guint n_figures;
} SnnReport;

SnnReport *snn_report_new (const SnnResults * results, const gchar * folder);
void snn_report_free (SnnReport * report);

/* snn_report_page: (transfer full): the whole page. */
gchar *snn_report_page (const SnnReport * report);

/* snn_report_write_charts: each chart as a file of its own, in a folder that
 * exists; named after its title, "dice-against-energy.svg". */
gboolean snn_report_write_charts (const SnnReport * report,
    const gchar * folder, GError ** error);

void snn_report_escape (SnnReport * report, const gchar * text);
void snn_report_section (SnnReport * report, const gchar * id,
    const gchar * heading);
void snn_report_paragraph (SnnReport * report, const gchar * text);

/* snn_report_table_begin: with a numbered caption; then come rows as HTML. */
void snn_report_table_begin (SnnReport * report, const gchar * caption);
void snn_report_table_end (SnnReport * report);

/* snn_report_heads: header cells, the last of which is followed by %NULL. */
void snn_report_heads (SnnReport * report, const gchar * first, ...)
    G_GNUC_NULL_TERMINATED;
void snn_report_row_begin (SnnReport * report, const gchar * name);
void snn_report_row_end (SnnReport * report);
void snn_report_cell (SnnReport * report, const gchar * text);

/* snn_report_number: a cell of "mean ± sd"; a dash for NAN. @sd may be NAN. */
void snn_report_number (SnnReport * report, double mean, double sd,
    guint digits);

void snn_report_figure_begin (SnnReport * report);

/* snn_report_figure_end: with a numbered caption. */
void snn_report_figure_end (SnnReport * report, const gchar * caption);

/* snn_report_chart, snn_report_bars: a figure with its numbers as a table that
 * can be unfolded. */
void snn_report_chart (SnnReport * report, const SnnChart * chart,
    const gchar * title, const gchar * caption);
void snn_report_bars (SnnReport * report, const SnnBars * bars,
    const gchar * title, const gchar * caption);

/* snn_report_file: (transfer full) (nullable): a file named by a result, in
 * base 64; what can't be read is noted in the page. */
gchar *snn_report_file (SnnReport * report, const gchar * name);

/* snn_report_resource: (transfer full) (nullable): a file that was built into
 * the program; %NULL where it is empty. */
gchar *snn_report_resource (const gchar * name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnReport, snn_report_free)

G_END_DECLS
