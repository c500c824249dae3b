/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report-summary.h"

#include <math.h>
#include <string.h>

/* Values of settings in the order in which they are listed, and their names
 * in print. */
static const struct
{
  const gchar *value;
  const gchar *name;
} words[] = {
  {"ann", "ANN"},
  {"converted", "Converted"},
  {"fine-tuned", "Fine-tuned"},
  {"direct", "Direct training"},
  {"bce", "BCE"},
  {"dice", "Dice"},
  {"bce-dice", "BCE-Dice"},
  {"unit", "Binary, [0, 1]"},
  {"zero-mean", "Ternary, [\xe2\x88\x92" "1, 1]"},
  {"published", "Published"},
  {"branch-aware", "Branch-aware"},
  {"layer", "Per layer"},
  {"channel", "Per channel"},
  {"zero", "0"},
  {"half", "v/2"},
  {"poisson", "Poisson"},
  {"regular", "Regular"},
  {"direct-input", "Direct (analog)"},
};

static gint
word_rank (const gchar *value)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].value, value) == 0)
      return (gint) i;
  return G_N_ELEMENTS (words);
}

const gchar *
snn_display_name (const gchar *value)
{
  gint rank = word_rank (value);

  return rank < (gint) G_N_ELEMENTS (words) ? words[rank].name : value;
}

gchar *
snn_with_loss (const gchar *caption, const gchar *loss)
{
  return *loss ? g_strdup_printf ("%s (loss: %s)", caption,
      snn_display_name (loss)) : g_strdup (caption);
}

/* The number that the whole of @text is; NAN otherwise. */
static double
whole_number (const gchar *text)
{
  gchar *end;
  double number = g_ascii_strtod (text, &end);

  return end != text && !*end ? number : NAN;
}

static gint
compare_values (gconstpointer a, gconstpointer b)
{
  const gchar *first = *(const gchar * const *) a;
  const gchar *second = *(const gchar * const *) b;
  double x = whole_number (first), y = whole_number (second);

  if (!isnan (x) && !isnan (y))
    return (x > y) - (x < y);
  if (word_rank (first) != word_rank (second))
    return word_rank (first) - word_rank (second);
  return strcmp (first, second);
}

GPtrArray *
snn_select (const GPtrArray *results, const gchar *setting,
    const gchar *value)
{
  GPtrArray *selected = g_ptr_array_new ();

  for (guint i = 0; i < results->len; i++) {
    SnnResult *result = g_ptr_array_index (results, i);

    if (strcmp (snn_result_setting (result, setting), value) == 0)
      g_ptr_array_add (selected, result);
  }
  return selected;
}

GPtrArray *
snn_distinct (const GPtrArray *results, const gchar *setting)
{
  GPtrArray *values = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < results->len; i++) {
    gpointer value = (gpointer) snn_result_setting
        (g_ptr_array_index (results, i), setting);

    if (g_hash_table_add (seen, value))
      g_ptr_array_add (values, value);
  }
  g_ptr_array_sort (values, compare_values);
  return values;
}

SnnSummary
snn_summarise_values (const double *values, guint n)
{
  SnnSummary summary = { NAN, 0., 0 };
  double sum = 0., squares = 0.;

  for (guint i = 0; i < n; i++)
    if (isfinite (values[i])) {
      sum += values[i];
      summary.n++;
    }
  if (summary.n == 0)
    return summary;
  summary.mean = sum / summary.n;
  for (guint i = 0; i < n; i++)
    if (isfinite (values[i]))
      squares += (values[i] - summary.mean) * (values[i] - summary.mean);
  if (summary.n > 1)
    summary.sd = sqrt (squares / (summary.n - 1));
  return summary;
}

SnnSummary
snn_summarise (const GPtrArray *results, const gchar *path)
{
  g_autofree double *values = g_new (double, MAX (results->len, 1));

  for (guint i = 0; i < results->len; i++)
    values[i] = snn_result_number (g_ptr_array_index (results, i), path);
  return snn_summarise_values (values, results->len);
}

static void
add_point (GArray *points, double x, double y)
{
  SnnPoint point = { x, y, 0., 1 };

  if (isfinite (x) && isfinite (y))
    g_array_append_val (points, point);
}

static void
collect (GArray *points, const SnnResult *result, const SnnCurves *curves)
{
  JsonArray *list =
      curves->list ? snn_result_array (result, curves->list) : NULL;

  if (!curves->list) {
    double x = g_str_has_prefix (curves->x, "values/")
        ? snn_result_number (result, curves->x)
        : whole_number (snn_result_setting (result, curves->x));

    add_point (points, x, snn_result_number (result, curves->y));
    return;
  }
  for (guint i = 0; list && i < json_array_get_length (list); i++) {
    JsonNode *node = json_array_get_element (list, i);

    if (JSON_NODE_HOLDS_OBJECT (node))
      add_point (points,
          snn_json_number (json_node_get_object (node), curves->x),
          snn_json_number (json_node_get_object (node), curves->y));
  }
}

static gint
compare_points (gconstpointer a, gconstpointer b)
{
  double x = ((const SnnPoint *) a)->x, y = ((const SnnPoint *) b)->x;

  return (x > y) - (x < y);
}

/* Makes one point of those with the same x. */
static void
merge (GArray *points)
{
  g_autofree double *values = g_new (double, MAX (points->len, 1));
  guint kept = 0;

  g_array_sort (points, compare_points);
  for (guint i = 0; i < points->len; kept++) {
    double x = g_array_index (points, SnnPoint, i).x;
    SnnSummary summary;
    guint n = 0;

    for (; i < points->len && g_array_index (points, SnnPoint, i).x == x; i++)
      values[n++] = g_array_index (points, SnnPoint, i).y;
    summary = snn_summarise_values (values, n);
    g_array_index (points, SnnPoint, kept) =
        (SnnPoint) { x, summary.mean, summary.sd, summary.n };
  }
  g_array_set_size (points, kept);
}

static void
add_groups (GArray *points, const GPtrArray *results, const SnnCurves *curves)
{
  g_autoptr (GPtrArray) groups = snn_distinct (results, curves->group);

  for (guint i = 0; i < groups->len; i++) {
    g_autoptr (GPtrArray) group =
        snn_select (results, curves->group, g_ptr_array_index (groups, i));
    const SnnSummary x = snn_summarise (group, curves->x);
    const SnnSummary y = snn_summarise (group, curves->y);
    const SnnPoint point = { x.mean, y.mean, y.sd, y.n };

    if (x.n > 0 && y.n > 0)
      g_array_append_val (points, point);
  }
  g_array_sort (points, compare_points);
}

GPtrArray *
snn_curves (const GPtrArray *results, const SnnCurves *curves)
{
  GPtrArray *list = snn_series_list_new ();
  g_autoptr (GPtrArray) values =
      snn_distinct (results, curves->series ? curves->series : "");

  for (guint i = 0; i < values->len; i++) {
    const gchar *value = g_ptr_array_index (values, i);
    g_autoptr (GPtrArray) selected =
        snn_select (results, curves->series ? curves->series : "", value);
    g_autofree gchar *label =
        g_strconcat (curves->prefix, snn_display_name (value), NULL);
    SnnSeries *series = snn_series_new (label);

    if (curves->group) {
      add_groups (series->points, selected, curves);
    } else {
      for (guint j = 0; j < selected->len; j++)
        collect (series->points, g_ptr_array_index (selected, j), curves);
      merge (series->points);
    }
    if (series->points->len)
      g_ptr_array_add (list, series);
    else
      snn_series_free (series);
  }
  return list;
}
