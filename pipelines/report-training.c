/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "report-sections.h"

/* Table 3 and Fig. 6B of the paper (fine-tuning against direct training), and
 * its Tables 4 and 5 (binary against ternary spikes). */

static void
append_direct_table (SnnReport *report, const GPtrArray *results)
{
  g_autoptr (GPtrArray) stages = snn_distinct (results, "stage");
  g_autoptr (GPtrArray) batches = snn_distinct (results, "batches");

  snn_report_table_begin (report, "Test Dice against the number of batches seen "
      "(the paper's Table 3): mean ± standard deviation over seeds.");
  g_string_append (report->body,
      "<thead><tr><th scope=\"col\" rowspan=\"2\">Batches</th>");
  for (guint i = 0; i < stages->len; i++)
    g_string_append_printf (report->body,
        "<th scope=\"colgroup\" colspan=\"2\">%s</th>",
        snn_display_name (g_ptr_array_index (stages, i)));
  g_string_append (report->body, "</tr><tr>");
  for (guint i = 0; i < stages->len; i++)
    g_string_append (report->body, "<th scope=\"col\">2D</th>"
        "<th scope=\"col\">3D</th>");
  g_string_append (report->body, "</tr></thead>\n<tbody>\n");
  for (guint i = 0; i < batches->len; i++) {
    const gchar *number = g_ptr_array_index (batches, i);
    g_autoptr (GPtrArray) row = snn_select (results, "batches", number);

    snn_report_row_begin (report, number);
    for (guint j = 0; j < 2 * stages->len; j++) {
      g_autoptr (GPtrArray) cell =
          snn_select (row, "stage", g_ptr_array_index (stages, j / 2));
      SnnSummary dice = snn_summarise (cell, j % 2 ? "values/dice/mean"
          : "values/dice_2d/mean");

      snn_report_number (report, dice.mean, dice.n > 1 ? dice.sd : NAN, 3);
    }
    snn_report_row_end (report);
  }
  snn_report_table_end (report);
}

void
snn_report_training (SnnReport *report)
{
  g_autoptr (GPtrArray) results = snn_results_of (report->results, "direct");
  const SnnCurves curves = {
    "stage", "", NULL, "batches", "values/dice_2d/mean"
  };
  g_autoptr (GPtrArray) series = snn_curves (results, &curves);
  const SnnChart chart = { "Batches seen", "2D Dice coefficient", FALSE, TRUE,
    series, NAN, NULL
  };

  if (!series->len)
    return;
  snn_report_section (report, "training", "Fine-tuning against direct training");
  snn_report_chart (report, &chart, "Test Dice against batches seen",
      "2D Dice coefficient on the test subjects against the number of batches "
      "seen, starting from the converted network or from random weights (the "
      "paper's Fig. 6B). Error bars: standard deviation over seeds.");
  append_direct_table (report, results);
}

/* A line for each normalisation, a column for each stage. */
static void
append_spikes_table (SnnReport *report, const GPtrArray *results,
    const gchar *path, const gchar *deviation, double factor, guint digits,
    const gchar *caption)
{
  static const gchar *const stages[] = { "ann", "converted", "fine-tuned" };
  g_autoptr (GPtrArray) modes = snn_distinct (results, "mode");

  snn_report_table_begin (report, caption);
  snn_report_heads (report, "Input", "ANN", "Converted SNN",
      "Fine-tuned SNN", "Seeds", NULL);
  for (guint i = 0; i < modes->len; i++) {
    const gchar *mode = g_ptr_array_index (modes, i);
    g_autoptr (GPtrArray) row = snn_select (results, "mode", mode);
    g_autoptr (GPtrArray) seeds = snn_distinct (row, "seed");

    snn_report_row_begin (report, snn_display_name (mode));
    for (guint j = 0; j < G_N_ELEMENTS (stages); j++) {
      g_autoptr (GPtrArray) cell = snn_select (row, "stage", stages[j]);
      SnnSummary mean = snn_summarise (cell, path);
      SnnSummary sd = snn_summarise (cell, deviation);
      double spread = sd.n ? sd.mean : mean.n > 1 ? mean.sd : NAN;

      snn_report_number (report, factor * mean.mean, factor * spread, digits);
    }
    g_string_append_printf (report->body, "<td>%u</td>", seeds->len);
    snn_report_row_end (report);
  }
  snn_report_table_end (report);
}

void
snn_report_spikes (SnnReport *report)
{
  g_autoptr (GPtrArray) images = snn_results_of (report->results, "cifar");
  g_autoptr (GPtrArray) volumes = snn_results_of (report->results, "ternary");
  g_autoptr (GPtrArray) losses = snn_distinct (volumes, "loss");

  if (images->len + volumes->len == 0)
    return;
  snn_report_section (report, "spikes", "Binary against ternary spikes");
  if (images->len)
    append_spikes_table (report, images, "values/accuracy", "", 100., 2,
        "CIFAR-10, VGG-5: accuracy on the test images in per cent (the paper's "
        "Table 4), mean ± standard deviation over seeds.");
  for (guint i = 0; i < losses->len; i++) {
    const gchar *loss = g_ptr_array_index (losses, i);
    g_autoptr (GPtrArray) results = snn_select (volumes, "loss", loss);
    g_autofree gchar *caption = snn_with_loss ("Hippocampus: 3D Dice "
        "coefficient (the paper's Table 5), mean over test subjects ± standard "
        "deviation, averaged over folds and seeds.", loss);

    append_spikes_table (report, results, "values/dice/mean",
        "values/dice/sd", 1., 3, caption);
  }
}
