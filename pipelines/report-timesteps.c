/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "report-sections.h"

/* Dice against timesteps and against energy: Fig. 6A of the paper, published
 * against branch-aware conversion, low latency, cost. */

/* The timesteps that tables show, as far as they were measured. */
static const double shown[] = {
  1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 100, 200, 500, 1000, 2500
};

static double
ann_dice (const GPtrArray *results)
{
  g_autoptr (GPtrArray) ann = snn_select (results, "stage", "ann");

  return snn_summarise (ann, "values/dice/mean").mean;
}

static const SnnPoint *
find_point (const SnnSeries *series, double x)
{
  for (guint i = 0; i < series->points->len; i++)
    if (g_array_index (series->points, SnnPoint, i).x == x)
      return &g_array_index (series->points, SnnPoint, i);
  return NULL;
}

static gboolean
any_point (const GPtrArray *list, double x)
{
  for (guint i = 0; i < list->len; i++)
    if (find_point (g_ptr_array_index (list, i), x))
      return TRUE;
  return FALSE;
}

/* Curves as a table: a line each, with the timesteps side by side. Values
 * within @margin of the ANN's are bold. */
static void
append_latency_table (SnnReport *report, const GPtrArray *list, double ann,
    double margin, const gchar *caption)
{
  snn_report_table_begin (report, caption);
  g_string_append (report->body, "<thead><tr><th scope=\"col\">Recipe</th>");
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    if (any_point (list, shown[i]))
      g_string_append_printf (report->body,
          "<th scope=\"col\">T\xc2\xa0=\xc2\xa0%g</th>", shown[i]);
  g_string_append (report->body, "</tr></thead>\n<tbody>\n");
  for (guint i = 0; i < list->len; i++) {
    const SnnSeries *series = g_ptr_array_index (list, i);

    snn_report_row_begin (report, series->label);
    for (guint j = 0; j < G_N_ELEMENTS (shown); j++) {
      const SnnPoint *point = find_point (series, shown[j]);

      if (point)
        g_string_append_printf (report->body, "<td%s>%.3f</td>",
            point->y >= ann - margin ? " class=\"best\"" : "", point->y);
      else if (any_point (list, shown[j]))
        snn_report_number (report, NAN, NAN, 3);
    }
    snn_report_row_end (report);
  }
  snn_report_table_end (report);
}

/* Converted networks by timestep, all of an experiment: a chart for each loss
 * that they were trained with. */
static void
append_conversions (SnnReport *report, const gchar *experiment,
    const gchar *setting, const gchar *prefix, const gchar *title,
    const gchar *caption)
{
  g_autoptr (GPtrArray) all = snn_results_of (report->results, experiment);
  g_autoptr (GPtrArray) losses = snn_distinct (all, "loss");
  const SnnCurves curves = {
    setting, prefix, "values/timesteps", "timesteps", "dice/mean"
  };

  for (guint i = 0; i < losses->len; i++) {
    const gchar *loss = g_ptr_array_index (losses, i);
    g_autoptr (GPtrArray) results = snn_select (all, "loss", loss);
    g_autoptr (GPtrArray) series = snn_curves (results, &curves);
    g_autofree gchar *heading = snn_with_loss (title, loss);
    g_autofree gchar *text = snn_with_loss (caption, loss);
    const SnnChart chart = { "Timesteps T", "3D Dice coefficient", TRUE, TRUE,
      series, ann_dice (results), "ANN"
    };

    if (series->len)
      snn_report_chart (report, &chart, heading, text);
  }
}

static void
append_low_latency (SnnReport *report)
{
  g_autoptr (GPtrArray) results =
      snn_results_of (report->results, "lowlatency");
  g_autoptr (GPtrArray) tuned = snn_select (results, "stage", "fine-tuned");
  const SnnCurves converted_curves = {
    "recipe", "", "values/timesteps", "timesteps", "dice/mean"
  };
  const SnnCurves tuned_curves = {
    "recipe", "", NULL, "timesteps", "values/dice/mean"
  };
  g_autoptr (GPtrArray) converted_list = snn_curves (results,
      &converted_curves);
  g_autoptr (GPtrArray) tuned_list = snn_curves (tuned, &tuned_curves);
  double ann = ann_dice (results);
  g_autofree gchar *converted_caption = g_strdup_printf ("Low latency: 3D Dice "
      "coefficient of converted SNNs, without fine-tuning, against timesteps. "
      "Bold: within 0.01 of the ANN's %.3f.", ann);
  g_autofree gchar *tuned_caption = g_strdup_printf ("Low latency: 3D Dice "
      "coefficient after fine-tuning at T timesteps. Bold: within 0.005 of the "
      "ANN's %.3f.", ann);

  if (converted_list->len) {
    append_conversions (report, "lowlatency", "recipe", "",
        "Low latency: Dice against timesteps by conversion recipe",
        "3D Dice coefficient of converted SNNs against timesteps, by recipe: "
        "scale of the activations, input, initial membrane. Error bars: "
        "standard deviation over seeds.");
    append_latency_table (report, converted_list, ann, 0.01,
        converted_caption);
  }
  if (tuned_list->len)
    append_latency_table (report, tuned_list, ann, 0.005, tuned_caption);
}

static void
append_costs (SnnReport *report, const GPtrArray *results)
{
  g_autoptr (GPtrArray) recipes = snn_distinct (results, "recipe");

  snn_report_table_begin (report, "Cost of a slice: synaptic operations and "
      "estimated energy (Horowitz's 45 nm figures: 0.9 pJ an accumulate, 4.6 pJ "
      "a multiply-accumulate, float32; memory traffic not counted).");
  snn_report_heads (report, "Network", "T", "Accumulates (M)",
      "Multiply-accumulates (M)", "Energy (µJ)", "3D Dice", NULL);
  for (guint i = 0; i < recipes->len; i++) {
    const gchar *recipe = g_ptr_array_index (recipes, i);
    g_autoptr (GPtrArray) row = snn_select (results, "recipe", recipe);
    g_autoptr (GPtrArray) steps = snn_distinct (row, "timesteps");

    for (guint j = 0; j < steps->len; j++) {
      const gchar *timesteps = g_ptr_array_index (steps, j);
      g_autoptr (GPtrArray) cell = snn_select (row, "timesteps", timesteps);

      snn_report_row_begin (report, snn_display_name (recipe));
      snn_report_number (report,
          *timesteps ? g_ascii_strtod (timesteps, NULL) : NAN, NAN, 0);
      snn_report_number (report,
          snn_summarise (cell, "values/energy/accumulates").mean / 1e6, NAN, 2);
      snn_report_number (report,
          snn_summarise (cell, "values/energy/multiply_accumulates").mean / 1e6,
          NAN, 2);
      snn_report_number (report,
          snn_summarise (cell, "values/energy/microjoules").mean, NAN, 2);
      snn_report_number (report, snn_summarise (cell, "values/dice/mean").mean,
          NAN, 3);
      snn_report_row_end (report);
    }
  }
  snn_report_table_end (report);
}

static void
append_energy (SnnReport *report)
{
  g_autoptr (GPtrArray) results = snn_results_of (report->results, "energy");
  const SnnCurves curves = {
    "recipe", "", NULL, "values/energy/microjoules", "values/dice/mean",
    "timesteps"
  };
  g_autoptr (GPtrArray) series = snn_curves (results, &curves);
  const SnnChart chart = { "Estimated energy of a slice (µJ)",
    "3D Dice coefficient", TRUE, TRUE, series, NAN, NULL
  };

  if (!series->len)
    return;
  snn_report_chart (report, &chart, "Dice against energy",
      "3D Dice coefficient against the estimated energy of a slice; along a "
      "curve the timesteps grow. Error bars: standard deviation over folds and "
      "seeds.");
  append_costs (report, results);
}

void
snn_report_timesteps (SnnReport *report)
{
  g_autoptr (GPtrArray) scales = snn_results_of (report->results, "timesteps");
  g_autoptr (GPtrArray) kinds = snn_results_of (report->results, "conversion");
  g_autoptr (GPtrArray) grid = snn_results_of (report->results, "lowlatency");
  g_autoptr (GPtrArray) energy = snn_results_of (report->results, "energy");

  if (scales->len + kinds->len + grid->len + energy->len == 0)
    return;
  snn_report_section (report, "timesteps", "Timesteps, latency and energy");
  append_conversions (report, "timesteps", "threshold_scale",
      "thresholds \xc3\x97 ", "Dice against timesteps by threshold scale",
      "3D Dice coefficient of the SNN converted as published against timesteps, "
      "for several scales of all thresholds (the paper's Fig. 6A). Error bars: "
      "standard deviation over folds and seeds.");
  append_conversions (report, "conversion", "conversion", "",
      "Published against branch-aware conversion",
      "How much of the published conversion's loss is the scale error at skip "
      "branches: the same ANN converted as published (the better threshold "
      "scale) and branch-aware. Error bars: standard deviation over seeds.");
  append_low_latency (report);
  append_energy (report);
}
