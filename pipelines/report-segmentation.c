/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "report-sections.h"

/* Table 1, Figs. 3 and 4, Table 2 and Fig. 5 of the paper, and the further
 * metrics. */

static const gchar *const stages[] = { "ann", "converted", "fine-tuned" };

/* A cell "mean ± sd": the mean over subjects (or slices) and their standard
 * deviation, each averaged over the folds; in small print the deviation of the
 * folds' means. */
static void
append_dice (SnnReport *report, const GPtrArray *results, const gchar *name)
{
  g_autofree gchar *mean = g_strdup_printf ("values/%s/mean", name);
  g_autofree gchar *sd = g_strdup_printf ("values/%s/sd", name);
  SnnSummary means = snn_summarise (results, mean);
  SnnSummary deviations = snn_summarise (results, sd);

  if (means.n == 0) {
    snn_report_number (report, NAN, NAN, 3);
    return;
  }
  g_string_append_printf (report->body, "<td>%.3f", means.mean);
  if (deviations.n)
    g_string_append_printf (report->body, "\xc2\xa0\xc2\xb1\xc2\xa0%.3f",
        deviations.mean);
  if (means.n > 1)
    g_string_append_printf (report->body, "<small>(%.3f)</small>", means.sd);
  g_string_append (report->body, "</td>");
}

/* How many folds, and subjects in all, a row stands on. */
static void
append_basis (SnnReport *report, const GPtrArray *results)
{
  g_autoptr (GPtrArray) folds = snn_distinct (results, "fold");
  g_autoptr (GPtrArray) seeds = snn_distinct (results, "seed");

  g_string_append_printf (report->body, "<td>%u</td><td>%u</td>", folds->len,
      seeds->len);
}

static void
append_losses (SnnReport *report, GPtrArray *results)
{
  g_autoptr (GPtrArray) losses = snn_distinct (results, "loss");

  snn_report_table_begin (report, "Dice coefficients of ANN, early-stop "
      "converted and fine-tuned SNN for three losses (the paper's Table 1). 3D: "
      "over test subjects; 2D: over their slices. Mean ± standard deviation, "
      "averaged over the folds; in brackets the standard deviation of the folds' "
      "means.");
  g_string_append (report->body, "<thead><tr><th scope=\"col\" rowspan=\"2\">"
      "Loss</th>");
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    g_string_append_printf (report->body,
        "<th scope=\"colgroup\" colspan=\"2\">%s</th>",
        snn_display_name (stages[i]));
  g_string_append (report->body, "<th scope=\"col\" rowspan=\"2\">Folds</th>"
      "<th scope=\"col\" rowspan=\"2\">Seeds</th></tr><tr>");
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    g_string_append (report->body, "<th scope=\"col\">3D</th>"
        "<th scope=\"col\">2D</th>");
  g_string_append (report->body, "</tr></thead>\n<tbody>\n");
  for (guint i = 0; i < losses->len; i++) {
    const gchar *loss = g_ptr_array_index (losses, i);
    g_autoptr (GPtrArray) row = snn_select (results, "loss", loss);

    snn_report_row_begin (report, snn_display_name (loss));
    for (guint j = 0; j < G_N_ELEMENTS (stages); j++) {
      g_autoptr (GPtrArray) cell = snn_select (row, "stage", stages[j]);

      append_dice (report, cell, "dice");
      append_dice (report, cell, "dice_2d");
    }
    append_basis (report, row);
    snn_report_row_end (report);
  }
  snn_report_table_end (report);
}

static void
append_loss_bars (SnnReport *report, GPtrArray *results)
{
  g_autoptr (GPtrArray) losses = snn_distinct (results, "loss");
  g_autoptr (GPtrArray) groups = g_ptr_array_new ();
  g_autoptr (GPtrArray) series = snn_series_list_new ();
  SnnBars bars = { "3D Dice coefficient", groups, series };

  for (guint i = 0; i < losses->len; i++)
    g_ptr_array_add (groups,
        (gpointer) snn_display_name (g_ptr_array_index (losses, i)));
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++) {
    SnnSeries *stage = snn_series_new (snn_display_name (stages[i]));
    g_autoptr (GPtrArray) of_stage = snn_select (results, "stage", stages[i]);

    for (guint j = 0; j < losses->len; j++) {
      g_autoptr (GPtrArray) cell =
          snn_select (of_stage, "loss", g_ptr_array_index (losses, j));
      SnnSummary mean = snn_summarise (cell, "values/dice/mean");
      SnnSummary sd = snn_summarise (cell, "values/dice/sd");
      SnnPoint point = { j, mean.mean, sd.mean, mean.n };

      g_array_append_val (stage->points, point);
    }
    g_ptr_array_add (series, stage);
  }
  snn_report_bars (report, &bars, "3D Dice by loss and stage",
      "3D Dice coefficient of each stage, by the loss it was trained with. "
      "Error bars: standard deviation over test subjects, averaged over folds.");
}

/* Further metrics, where they were measured. */
static void
append_metrics (SnnReport *report, GPtrArray *results)
{
  static const struct
  {
    const gchar *name;
    const gchar *heading;
    guint digits;
  } metrics[] = {
    {"iou", "IoU", 3},
    {"sensitivity", "Sensitivity", 3},
    {"precision", "Precision", 3},
    {"hd95", "HD95 (mm)", 2},
    {"assd", "ASSD (mm)", 2},
    {"volume_difference", "Volume difference", 3},
  };
  g_autoptr (GPtrArray) losses = snn_distinct (results, "loss");

  if (snn_summarise (results, "values/iou/mean").n == 0)
    return;
  snn_report_table_begin (report, "Further metrics of the same predictions: "
      "means over test subjects ± standard deviation, averaged over the folds. "
      "HD95: 95 % Hausdorff distance; ASSD: average symmetric surface distance; "
      "volume difference: (predicted − true) / true.");
  snn_report_heads (report, "Loss", "Stage", metrics[0].heading,
      metrics[1].heading, metrics[2].heading, metrics[3].heading,
      metrics[4].heading, metrics[5].heading, NULL);
  for (guint i = 0; i < losses->len; i++) {
    const gchar *loss = g_ptr_array_index (losses, i);
    g_autoptr (GPtrArray) row = snn_select (results, "loss", loss);

    for (guint j = 0; j < G_N_ELEMENTS (stages); j++) {
      g_autoptr (GPtrArray) cell = snn_select (row, "stage", stages[j]);

      if (!cell->len)
        continue;
      snn_report_row_begin (report, snn_display_name (loss));
      snn_report_cell (report, snn_display_name (stages[j]));
      for (guint k = 0; k < G_N_ELEMENTS (metrics); k++) {
        g_autofree gchar *mean =
            g_strdup_printf ("values/%s/mean", metrics[k].name);
        g_autofree gchar *sd =
            g_strdup_printf ("values/%s/sd", metrics[k].name);

        snn_report_number (report, snn_summarise (cell, mean).mean,
            snn_summarise (cell, sd).mean, metrics[k].digits);
      }
      snn_report_row_end (report);
    }
  }
  snn_report_table_end (report);
}

/* A picture from files: what a slice is, and what the networks see in it. */
static void
append_pictures (SnnReport *report)
{
  g_autoptr (GPtrArray) results = snn_results_of (report->results, "fig3");

  for (guint i = 0; i < results->len; i++) {
    const SnnResult *result = g_ptr_array_index (results, i);
    JsonArray *pictures = snn_result_array (result, "files/pictures");
    g_autofree gchar *caption = g_strdup_printf ("A slice of the %s with "
        "the true mask (outlined in blue) and the predictions (in orange); the "
        "paper's Fig. 3.",
        snn_result_setting (result, "subject"));

    if (!pictures)
      continue;
    snn_report_figure_begin (report);
    g_string_append (report->body, "<div class=\"pictures\">\n");
    for (guint j = 0; j < json_array_get_length (pictures); j++) {
      JsonObject *picture = json_array_get_object_element (pictures, j);
      const gchar *name = snn_json_text (picture, "file");
      const gchar *text = snn_json_text (picture, "caption");
      g_autofree gchar *data = name ? snn_report_file (report, name) : NULL;

      if (!data)
        continue;
      g_string_append (report->body, "<div><img alt=\"");
      snn_report_escape (report, text ? text : "slice");
      g_string_append_printf (report->body,
          "\" src=\"data:image/png;base64,%s\">(%c) ", data, 'A' + j % 26);
      snn_report_escape (report, text ? text : "");
      g_string_append (report->body, "</div>\n");
    }
    g_string_append (report->body, "</div>\n");
    snn_report_figure_end (report, caption);
  }
}

/* (transfer full): the mean of the results' rates (or thresholds), layer by
 * layer. */
static SnnSeries *
layer_means (const GPtrArray *results, const gchar *label, const gchar *path)
{
  SnnSeries *series = snn_series_new (label);
  g_autofree double *values = g_new (double, MAX (results->len, 1));

  for (guint layer = 0;; layer++) {
    SnnSummary summary;
    SnnPoint point;
    guint n = 0;

    for (guint i = 0; i < results->len; i++) {
      JsonArray *list = snn_result_array (g_ptr_array_index (results, i), path);

      if (list && layer < json_array_get_length (list))
        values[n++] = json_array_get_double_element (list, layer);
    }
    if (n == 0)
      return series;
    summary = snn_summarise_values (values, n);
    point = (SnnPoint) { layer, summary.mean, summary.sd, n };
    g_array_append_val (series->points, point);
  }
}

/* Layer names with the thresholds below them. */
static GPtrArray *
layer_names (const GPtrArray *results)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  JsonArray *layers = snn_result_array (g_ptr_array_index (results, 0),
      "values/rates/layers");
  SnnSeries *thresholds = layer_means (results, "", "values/rates/thresholds");

  for (guint i = 0; layers && i < json_array_get_length (layers); i++) {
    const gchar *layer = json_array_get_string_element (layers, i);

    g_ptr_array_add (names, i < thresholds->points->len
        ? g_strdup_printf ("%s\nv = %.2g", layer,
            g_array_index (thresholds->points, SnnPoint, i).y)
        : g_strdup (layer));
  }
  snn_series_free (thresholds);
  return names;
}

static void
append_rates (SnnReport *report)
{
  g_autoptr (GPtrArray) results = snn_results_of (report->results, "fig4");
  g_autoptr (GPtrArray) present = NULL;
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GPtrArray) series = snn_series_list_new ();
  SnnBars bars = { "Spikes per neuron and timestep", NULL, series };

  if (!results->len)
    return;
  groups = layer_names (results);
  bars.groups = groups;
  present = snn_distinct (results, "stage");
  for (guint i = 0; i < present->len; i++) {
    const gchar *stage = g_ptr_array_index (present, i);
    g_autoptr (GPtrArray) selected = snn_select (results, "stage", stage);

    g_ptr_array_add (series, layer_means (selected, snn_display_name (stage),
            "values/rates/rates"));
  }
  snn_report_bars (report, &bars, "Firing frequency by layer",
      "Firing frequency of each layer's neurons on the test subjects, from the "
      "input to the output side (the paper's Fig. 4). v: the layer's mean "
      "threshold. Error bars, where there are several: standard deviation over "
      "folds and seeds.");
}

static void
append_cut_offs (SnnReport *report)
{
  g_autoptr (GPtrArray) all = snn_results_of (report->results, "cutoffs");
  g_autoptr (GPtrArray) losses = snn_distinct (all, "loss");
  const SnnCurves curves = {
    "conversion", "", "values/cut_offs", "cut_off", "dice/mean"
  };

  for (guint i = 0; i < losses->len; i++) {
    const gchar *loss = g_ptr_array_index (losses, i);
    g_autoptr (GPtrArray) results = snn_select (all, "loss", loss);
    g_autoptr (GPtrArray) ann = snn_select (results, "stage", "ann");
    g_autoptr (GPtrArray) converted =
        snn_select (results, "stage", "converted");
    g_autoptr (GPtrArray) series = snn_curves (converted, &curves);
    g_autofree gchar *title =
        snn_with_loss ("Dice against the output cut-off", loss);
    g_autofree gchar *caption = snn_with_loss ("3D Dice coefficient of the "
        "converted SNN against the cut-off of its output (the paper's Table 2 "
        "and Fig. 5). Error bars: standard deviation over folds and seeds.",
        loss);
    const SnnChart chart = { "Output cut-off", "3D Dice coefficient", FALSE,
      TRUE, series, snn_summarise (ann, "values/dice/mean").mean, "ANN at 0.5"
    };

    if (series->len)
      snn_report_chart (report, &chart, title, caption);
  }
}

void
snn_report_segmentation (SnnReport *report)
{
  g_autoptr (GPtrArray) table = snn_results_of (report->results, "table1");
  g_autoptr (GPtrArray) pictures = snn_results_of (report->results, "fig3");
  g_autoptr (GPtrArray) rates = snn_results_of (report->results, "fig4");
  g_autoptr (GPtrArray) cuts = snn_results_of (report->results, "cutoffs");

  if (table->len + pictures->len + rates->len + cuts->len == 0)
    return;
  snn_report_section (report, "segmentation", "Three stages");
  if (table->len) {
    append_losses (report, table);
    append_loss_bars (report, table);
  }
  append_pictures (report);
  append_rates (report);
  append_cut_offs (report);
  if (table->len)
    append_metrics (report, table);
}
