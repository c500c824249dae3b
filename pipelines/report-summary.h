/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report-chart.h"
#include "results.h"

G_BEGIN_DECLS

/* Picking results and taking means of them. Lists are of SnnResult*. */

/**
 * SnnSummary:
 * @mean: NAN where @n is 0
 * @sd: standard deviation of a sample (n - 1); 0 below two values
 * @n: how many values there were
 */
typedef struct
{
  double mean;
  double sd;
  guint n;
} SnnSummary;

/**
 * SnnCurves:
 * @series: the setting whose every value is a curve; %NULL: one curve
 * @prefix: put before the value in a curve's label
 * @list: (nullable): a list in the result, "values/cut_offs"; its objects are
 *   the points
 * @x: in an object of @list, a member; else a setting or a path that begins
 *   with "values/"
 * @y: path in an object of @list, or in the result
 * @group: (nullable): a setting whose every value is a point, at the mean x;
 *   without @list, and with an @x that is a path
 *
 * Where points come from. Those of a curve with the same x, or of the same
 * group, make one point: the mean, and the standard deviation as its error.
 */
typedef struct
{
  const gchar *series;
  const gchar *prefix;
  const gchar *list;
  const gchar *x;
  const gchar *y;
  const gchar *group;
} SnnCurves;

/* snn_select: (transfer container): those of a setting's @value. */
GPtrArray *snn_select (const GPtrArray * results, const gchar * setting,
    const gchar * value);

/* snn_distinct: (transfer container): gchar*, the values of a setting: numbers
 * by size, known words in their usual order, others by the alphabet. */
GPtrArray *snn_distinct (const GPtrArray * results, const gchar * setting);

/* snn_summarise: of the numbers at @path, leaving out results without. */
SnnSummary snn_summarise (const GPtrArray * results, const gchar * path);

/* snn_summarise_values: of @n doubles; those that are not finite are left
 * out. */
SnnSummary snn_summarise_values (const double *values, guint n);

/* snn_curves: (transfer full): SnnSeries*, labelled for readers. */
GPtrArray *snn_curves (const GPtrArray * results, const SnnCurves * curves);

/* snn_display_name: how a setting's value is called in print. */
const gchar *snn_display_name (const gchar * value);

/* snn_with_loss: (transfer full): a title or caption, with the loss that the
 * networks were trained with; as it is where @loss is empty. */
gchar *snn_with_loss (const gchar * caption, const gchar * loss);

G_END_DECLS
