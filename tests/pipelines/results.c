/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <math.h>
#include <string.h>

#include <snn/base/error.h>
#include "pipelines/report-chart.h"
#include "pipelines/report-summary.h"
#include "pipelines/results.h"
#include "tests/folder.h"

#define LINE(experiment, settings, values) "{\"format\":\"gst-snn result\"," \
    "\"version\":1,\"experiment\":\"" experiment "\",\"settings\":{" settings \
    "},\"values\":{" values "}}\n"

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

GST_START_TEST (test_parse)
{
  g_autoptr (SnnResults) results = snn_results_parse ("r",
      LINE ("a", "\"fold\":0,\"loss\":\"dice\",\"x\":0.7,\"y\":true",
          "\"dice\":{\"mean\":0.5},\"list\":[1,2]") "\n"
      LINE ("b", "\"fold\":1", "\"dice\":{\"mean\":null}"));
  g_autoptr (GPtrArray) of_a = snn_results_of (results, "a");
  g_autoptr (GPtrArray) of_c = snn_results_of (results, "c");
  const SnnResult *full = g_ptr_array_index (results->list, 0);
  const SnnResult *short_one = g_ptr_array_index (results->list, 1);

  fail_unless_equals_int (results->list->len, 2);
  fail_unless_equals_int (results->problems->len, 0);
  fail_unless_equals_int (of_a->len, 1);
  fail_unless_equals_int (of_c->len, 0);
  fail_unless_equals_int (short_one->line, 3);
  fail_unless_equals_string (full->identity,
      "a fold=0 loss=dice x=0.7 y=true");
  fail_unless_equals_string (snn_result_setting (full, "x"), "0.7");
  fail_unless_equals_string (snn_result_setting (full, "none"), "");
  fail_unless_equals_float (snn_result_number (full, "values/dice/mean"), 0.5);
  fail_unless (isnan (snn_result_number (full, "values/dice")));
  fail_unless (isnan (snn_result_number (full, "values/dice/mean/more")));
  fail_unless (isnan (snn_result_number (short_one, "values/dice/mean")));
  fail_unless (isnan (snn_result_number (full, "settings/loss")));
  fail_unless_equals_string (snn_result_text (full, "settings/loss"), "dice");
  fail_unless (snn_result_text (full, "settings/fold") == NULL);
  fail_unless_equals_int (json_array_get_length (snn_result_array (full,
              "values/list")), 2);
  fail_unless (snn_result_array (full, "values/dice") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_problems)
{
  g_autoptr (SnnResults) results = snn_results_parse ("file",
      "[]\n{\"format\":\"gst\n{}\n" LINE ("a", "", "")
      "{\"format\":\"gst-snn result\",\"version\":2,\"experiment\":\"a\","
      "\"settings\":{}}\nnull\n");
  static const guint lines[] = { 1, 2, 3, 5, 6 };

  fail_unless_equals_int (results->list->len, 1);
  fail_unless_equals_int (results->problems->len, G_N_ELEMENTS (lines));
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autofree gchar *prefix = g_strdup_printf ("file:%u: ", lines[i]);

    fail_unless (g_str_has_prefix (g_ptr_array_index (results->problems, i),
            prefix));
  }
  fail_unless (strstr (g_ptr_array_index (results->problems, 3),
          "version 2, where 1 was expected") != NULL);
}

GST_END_TEST;

/* The last measurement counts, in the place of the first; that it differs is
 * known. */
GST_START_TEST (test_repeated)
{
  g_autoptr (SnnResults) results = snn_results_parse ("r",
      LINE ("a", "\"fold\":0,\"seed\":1", "\"accuracy\":0.1")
      LINE ("b", "\"fold\":0", "\"accuracy\":0.2")
      LINE ("a", "\"seed\":1,\"fold\":0", "\"accuracy\":0.3")
      LINE ("b", "\"fold\":0", "\"accuracy\":0.2"));

  fail_unless_equals_int (results->list->len, 2);
  fail_unless_equals_float (snn_result_number (g_ptr_array_index
          (results->list, 0), "values/accuracy"), 0.3);
  fail_unless_equals_int (results->n_repeated, 2);
  fail_unless_equals_int (results->differing->len, 1);
  fail_unless_equals_string (g_ptr_array_index (results->differing, 0),
      "a fold=0 seed=1");
}

GST_END_TEST;

GST_START_TEST (test_append)
{
  g_autofree gchar *path = g_build_filename (folder, "r.jsonl", NULL);
  g_autofree gchar *nowhere = g_build_filename (folder, "no", "r.jsonl", NULL);
  g_autoptr (JsonNode) node = json_from_string (LINE ("a", "", ""), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnResults) results = NULL;
  g_autofree gchar *text = NULL;

  fail_unless (g_file_set_contents (path, "{\"broken", -1, NULL));
  for (guint i = 0; i < 2; i++)
    fail_unless (snn_results_append (path, node, &error));
  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  fail_unless (g_str_has_prefix (text, "{\"broken\n{"));
  results = snn_results_load (path, &error);
  fail_unless (results != NULL);
  fail_unless_equals_int (results->list->len, 1);
  fail_unless_equals_int (results->n_repeated, 1);
  fail_unless_equals_int (results->problems->len, 1);

  fail_if (snn_results_append (nowhere, node, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_OPEN));
  fail_unless (strstr (error->message, nowhere) != NULL);
  g_clear_error (&error);
  fail_unless (snn_results_load (nowhere, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NOT_FOUND));
}

GST_END_TEST;

GST_START_TEST (test_summary)
{
  g_autoptr (SnnResults) results = snn_results_parse ("r",
      LINE ("a", "\"loss\":\"dice\",\"t\":10", "\"d\":1")
      LINE ("a", "\"loss\":\"bce\",\"t\":9", "\"d\":2")
      LINE ("a", "\"loss\":\"bce\",\"t\":10", "\"d\":4")
      LINE ("a", "\"loss\":\"odd\"", "\"e\":4"));
  g_autoptr (GPtrArray) losses = snn_distinct (results->list, "loss");
  g_autoptr (GPtrArray) steps = snn_distinct (results->list, "t");
  SnnSummary summary = snn_summarise (results->list, "values/d");
  SnnSummary none = snn_summarise (results->list, "values/f");

  fail_unless_equals_int (losses->len, 3);
  fail_unless_equals_string (g_ptr_array_index (losses, 0), "bce");
  fail_unless_equals_string (g_ptr_array_index (losses, 1), "dice");
  fail_unless_equals_string (g_ptr_array_index (losses, 2), "odd");
  fail_unless_equals_int (steps->len, 3);
  fail_unless (summary.n == 3 && fabs (summary.mean - 7. / 3.) < 1e-12);
  fail_unless (fabs (summary.sd - sqrt (7. / 3.)) < 1e-12);
  fail_unless (none.n == 0 && isnan (none.mean));
  fail_unless_equals_string (snn_display_name ("bce-dice"), "BCE-Dice");
  fail_unless_equals_string (snn_display_name ("odd"), "odd");
}

GST_END_TEST;

GST_START_TEST (test_curves)
{
  g_autoptr (SnnResults) results = snn_results_parse ("r",
      LINE ("a", "\"k\":\"y\",\"s\":1",
          "\"l\":[{\"x\":2,\"d\":{\"m\":5}},{\"x\":1,\"d\":{\"m\":3}}]")
      LINE ("a", "\"k\":\"y\",\"s\":2",
          "\"l\":[{\"x\":1,\"d\":{\"m\":5}},{\"x\":3},7]")
      LINE ("a", "\"k\":\"z\",\"s\":1", ""));
  const SnnCurves by_list = { "k", "<", "values/l", "x", "d/m" };
  const SnnCurves by_setting = { NULL, "", NULL, "s", "settings/s" };
  GPtrArray *list = snn_curves (results->list, &by_list);
  const SnnSeries *series = g_ptr_array_index (list, 0);
  const SnnPoint *points = (const SnnPoint *) series->points->data;

  fail_unless_equals_int (list->len, 1);
  fail_unless_equals_string (series->label, "<y");
  fail_unless_equals_int (series->points->len, 2);
  fail_unless (points[0].x == 1. && points[0].y == 4. && points[0].n == 2);
  fail_unless (fabs (points[0].error - sqrt (2.)) < 1e-12);
  fail_unless (points[1].x == 2. && points[1].y == 5. && points[1].error == 0.);
  g_ptr_array_unref (list);

  list = snn_curves (results->list, &by_setting);
  series = g_ptr_array_index (list, 0);
  fail_unless_equals_int (series->points->len, 2);
  fail_unless_equals_int (g_array_index (series->points, SnnPoint, 0).n, 2);
  g_ptr_array_unref (list);
}

GST_END_TEST;

GST_START_TEST (test_tick_step)
{
  fail_unless_equals_float (snn_tick_step (1., 5), 0.2);
  fail_unless_equals_float (snn_tick_step (0.9, 5), 0.2);
  fail_unless_equals_float (snn_tick_step (1.1, 5), 0.5);
  fail_unless_equals_float (snn_tick_step (40., 5), 10.);
  fail_unless_equals_float (snn_tick_step (0., 5), 1.);
  fail_unless_equals_float (snn_tick_step (NAN, 5), 1.);
}

GST_END_TEST;

/* Charts of nothing, of one point, of values that can't be drawn, of all: the
 * markup is well-formed, escaped, and without anything that is no number. */
GST_START_TEST (test_charts)
{
  static const SnnPoint cases[][3] = {
    {{1., 0.5, 0.1, 3}, {10., 0.8, 0., 1}, {100., 0.9, NAN, 1}},
    {{0., 0.5, 0., 1}, {-5., 0.5, 0., 1}, {3., NAN, 0., 0}},
    {{7., 0.5, 0., 1}, {7., 0.5, 0., 1}, {7., 0.5, 0., 1}},
    {{1e-9, -3., 0., 1}, {1e9, 1e6, 1e3, 2}, {INFINITY, 1., 0., 1}},
  };
  const GMarkupParser parser = { 0, };

  for (guint i = 0; i < 4 * (G_N_ELEMENTS (cases) + 1); i++) {
    g_autoptr (GPtrArray) list = snn_series_list_new ();
    g_autoptr (GPtrArray) groups = g_ptr_array_new ();
    g_autoptr (GMarkupParseContext) context =
        g_markup_parse_context_new (&parser, 0, NULL, NULL);
    g_autoptr (GString) html = g_string_new ("<div>");
    g_autoptr (GError) error = NULL;
    const SnnChart chart = { "x & y", "<y>", i % 2, i / 2 % 2, list,
      i % 3 ? 0.7 : NAN, "\"reference\""
    };
    const SnnBars bars = { "y", groups, list };

    if (i / 4 < G_N_ELEMENTS (cases)) {
      SnnSeries *series = snn_series_new ("<a> & b");

      g_array_append_vals (series->points, cases[i / 4], 3);
      g_ptr_array_add (list, series);
      for (guint j = 0; j < 3; j++)
        g_ptr_array_add (groups, (gpointer) "a\n<b>");
    }
    snn_chart_svg (html, &chart, "<title>", "a & b");
    snn_chart_table (html, &chart);
    snn_bars_svg (html, &bars, "<title>", "a & b");
    snn_bars_table (html, &bars);
    g_string_append (html, "</div>");
    fail_unless (g_markup_parse_context_parse (context, html->str, html->len,
            &error), "%s", error ? error->message : "");
    fail_unless (g_markup_parse_context_end_parse (context, &error));
    fail_unless (strstr (html->str, "nan") == NULL, "%s", html->str);
    fail_unless (strstr (html->str, "inf") == NULL || i / 4 == 3, "%s",
        html->str);
  }
}

GST_END_TEST;

static Suite *
results_suite (void)
{
  Suite *suite = suite_create ("results");
  TCase *tcase = tcase_create ("general");

  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_parse);
  tcase_add_test (tcase, test_problems);
  tcase_add_test (tcase, test_repeated);
  tcase_add_test (tcase, test_append);
  tcase_add_test (tcase, test_summary);
  tcase_add_test (tcase, test_curves);
  tcase_add_test (tcase, test_tick_step);
  tcase_add_test (tcase, test_charts);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (results);
