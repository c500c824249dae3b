/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "report-sections.h"

/* What the paper claims, and what the results say to it. */

/* Settings that two results share when they are of the same ANN. */
static const gchar *const pair_settings[] = {
  "loss", "fold", "seed", "mode", "batches"
};

static gboolean
is_pair (const SnnResult *a, const SnnResult *b, const gchar *except)
{
  for (guint i = 0; i < G_N_ELEMENTS (pair_settings); i++)
    if (strcmp (pair_settings[i], except) != 0
        && strcmp (snn_result_setting (a, pair_settings[i]),
            snn_result_setting (b, pair_settings[i])) != 0)
      return FALSE;
  return TRUE;
}

/* Of the number at @path where @setting is @value, less that where it is
 * @other and all else is the same. */
static SnnSummary
paired_difference (const GPtrArray *results, const gchar *setting,
    const gchar *value, const gchar *other, const gchar *path)
{
  g_autoptr (GPtrArray) first = snn_select (results, setting, value);
  g_autoptr (GPtrArray) second = snn_select (results, setting, other);
  g_autoptr (GArray) differences = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < first->len; i++)
    for (guint j = 0; j < second->len; j++) {
      const SnnResult *a = g_ptr_array_index (first, i);
      const SnnResult *b = g_ptr_array_index (second, j);
      double difference = snn_result_number (a, path)
          - snn_result_number (b, path);

      if (is_pair (a, b, setting))
        g_array_append_val (differences, difference);
    }
  return snn_summarise_values ((const double *) differences->data,
      differences->len);
}

static void
append_claim (SnnReport *report, gboolean holds, const gchar *claim,
    const gchar *detail)
{
  g_string_append_printf (report->body, "<li><b>%s</b><span>",
      holds ? "Holds" : "Does not hold");
  snn_report_escape (report, claim);
  g_string_append (report->body, "</span><p>");
  snn_report_escape (report, detail);
  g_string_append (report->body, "</p></li>\n");
}

static void
claim_restored (SnnReport *report)
{
  g_autoptr (GPtrArray) results = snn_results_of (report->results, "table1");
  g_autoptr (GPtrArray) losses = snn_distinct (results, "loss");
  g_autoptr (GString) detail =
      g_string_new ("Mean difference of the 3D Dice coefficient to the ANN:");
  gboolean holds = TRUE;
  guint known = 0;

  for (guint i = 0; i < losses->len; i++) {
    const gchar *loss = g_ptr_array_index (losses, i);
    g_autoptr (GPtrArray) row = snn_select (results, "loss", loss);
    SnnSummary tuned = paired_difference (row, "stage", "fine-tuned", "ann",
        "values/dice/mean");
    SnnSummary converted = paired_difference (row, "stage", "converted",
        "ann", "values/dice/mean");

    if (tuned.n == 0)
      continue;
    holds &= tuned.mean >= -0.01;
    g_string_append_printf (detail, "%s %s %+.3f (n = %u", known++ ? ";" : "",
        snn_display_name (loss), tuned.mean, tuned.n);
    if (converted.n)
      g_string_append_printf (detail, "; converted %+.3f", converted.mean);
    g_string_append_c (detail, ')');
  }
  g_string_append_c (detail, '.');
  if (known)
    append_claim (report, holds, "Fine-tuning restores the converted network to "
        "within 0.01 of the ANN.", detail->str);
}

static void
claim_faster (SnnReport *report)
{
  g_autoptr (GPtrArray) results = snn_results_of (report->results, "direct");
  g_autoptr (GPtrArray) batches = snn_distinct (results, "batches");
  g_autoptr (GString) detail =
      g_string_new ("2D Dice, fine-tuned less directly trained, after");
  gboolean holds = TRUE;
  guint known = 0;

  for (guint i = 0; i < batches->len; i++) {
    const gchar *number = g_ptr_array_index (batches, i);
    g_autoptr (GPtrArray) cell = snn_select (results, "batches", number);
    SnnSummary gain = paired_difference (cell, "stage", "fine-tuned",
        "direct", "values/dice_2d/mean");

    if (gain.n == 0)
      continue;
    holds &= gain.mean > 0.;
    g_string_append_printf (detail, "%s %s batches %+.3f", known++ ? "," : "",
        number, gain.mean);
  }
  g_string_append_c (detail, '.');
  if (known)
    append_claim (report, holds, "Fine-tuning beats direct training at every "
        "number of batches seen.", detail->str);
}

/* The best point of all of an experiment's cut-offs. */
static SnnPoint
best_cut_off (const GPtrArray *results)
{
  const SnnCurves curves = {
    NULL, "", "values/cut_offs", "cut_off", "dice/mean"
  };
  g_autoptr (GPtrArray) series = snn_curves (results, &curves);
  SnnPoint best = { NAN, -INFINITY, 0., 0 };

  for (guint i = 0; i < series->len; i++) {
    const GArray *points = ((SnnSeries *) g_ptr_array_index (series, i))->points;

    for (guint j = 0; j < points->len; j++)
      if (g_array_index (points, SnnPoint, j).y > best.y)
        best = g_array_index (points, SnnPoint, j);
  }
  return best;
}

/* Where a conversion lost nothing there is nothing to repair. */
static void
claim_cut_off (SnnReport *report)
{
  g_autoptr (GPtrArray) all = snn_results_of (report->results, "cutoffs");
  g_autoptr (GPtrArray) losses = snn_distinct (all, "loss");
  g_autoptr (GString) detail = g_string_new (NULL);
  gboolean lost = FALSE, repaired = FALSE;

  for (guint i = 0; i < losses->len; i++) {
    const gchar *loss = g_ptr_array_index (losses, i);
    g_autoptr (GPtrArray) results = snn_select (all, "loss", loss);
    g_autoptr (GPtrArray) ann = snn_select (results, "stage", "ann");
    g_autoptr (GPtrArray) published =
        snn_select (results, "conversion", "published");
    SnnSummary at_half = snn_summarise (published, "values/dice/mean");
    SnnSummary reference = snn_summarise (ann, "values/dice/mean");
    SnnPoint best = best_cut_off (published);

    if (isnan (best.x) || reference.n == 0)
      continue;
    if (at_half.mean < reference.mean - 0.01) {
      lost = TRUE;
      repaired |= best.y >= reference.mean - 0.01;
    }
    g_string_append_printf (detail, "%s%sbest 3D Dice %.3f at cut-off %g, %.3f "
        "at 0.5; the ANN has %.3f. ", snn_display_name (loss),
        *loss ? ": " : "", best.y, best.x, at_half.mean, reference.mean);
  }
  if (!detail->len)
    return;
  g_string_append (detail, lost ? "Repaired would mean within 0.01 of the ANN."
      : "The conversion lost nothing that could be repaired.");
  append_claim (report, lost && !repaired, "A global cut-off does not repair the "
      "published conversion.", detail->str);
}

/* Those whose ANNs, of all modes, have learnt something: what is made of one
 * that has not says nothing of spikes. @n: how many ANNs have not. */
static GPtrArray *
of_learnt (const GPtrArray *results, const gchar *path, guint *n)
{
  g_autoptr (GPtrArray) ann = snn_select (results, "stage", "ann");
  GPtrArray *learnt = g_ptr_array_new ();

  *n = 0;
  for (guint i = ann->len; i-- > 0;)
    if (snn_result_number (g_ptr_array_index (ann, i), path) > 0.)
      g_ptr_array_remove_index_fast (ann, i);
    else
      (*n)++;
  for (guint i = 0; i < results->len; i++) {
    gpointer result = g_ptr_array_index (results, i);
    gboolean paired = FALSE;

    for (guint j = 0; j < ann->len; j++)
      paired |= is_pair (result, g_ptr_array_index (ann, j), "mode");
    if (!paired)
      g_ptr_array_add (learnt, result);
  }
  return learnt;
}

static void
claim_ternary (SnnReport *report, const gchar *experiment, const gchar *path,
    const gchar *claim, const gchar *measure)
{
  guint n_silent;
  g_autoptr (GPtrArray) all = snn_results_of (report->results, experiment);
  g_autoptr (GPtrArray) results = of_learnt (all, path, &n_silent);
  g_autoptr (GPtrArray) ann = snn_select (results, "stage", "ann");
  g_autoptr (GPtrArray) tuned = snn_select (results, "stage", "fine-tuned");
  g_autoptr (GPtrArray) converted = snn_select (results, "stage", "converted");
  SnnSummary ann_gain = paired_difference (ann, "mode", "zero-mean", "unit",
      path);
  SnnSummary tuned_gain = paired_difference (tuned, "mode", "zero-mean",
      "unit", path);
  SnnSummary converted_gain = paired_difference (converted, "mode",
      "zero-mean", "unit", path);
  g_autofree gchar *without = NULL;
  g_autofree gchar *detail = NULL;

  if (tuned_gain.n == 0 || converted_gain.n == 0)
    return;
  without = n_silent == 0 ? g_strdup ("")
      : g_strdup_printf (" Left out: runs in which an ANN had learnt nothing "
      "(%u).", n_silent);
  detail = g_strdup_printf ("%s, ternary less binary: ANN %+.3f, converted "
      "%+.3f, fine-tuned %+.3f (n = %u each).%s", measure, ann_gain.mean,
      converted_gain.mean, tuned_gain.mean, tuned_gain.n, without);
  append_claim (report, tuned_gain.mean > 0. && converted_gain.mean > 0., claim,
      detail);
}

/* The fewest timesteps of any recipe that come within @margin of the ANN. */
static void
claim_latency (SnnReport *report, const gchar *stage, double margin,
    const gchar *input, double limit)
{
  g_autoptr (GPtrArray) all = snn_results_of (report->results, "lowlatency");
  g_autoptr (GPtrArray) ann = snn_select (all, "stage", "ann");
  g_autoptr (GPtrArray) of_stage = snn_select (all, "stage", stage);
  g_autoptr (GPtrArray) results = snn_select (of_stage, "input", input);
  gboolean converted = strcmp (stage, "converted") == 0;
  const SnnCurves curves = {
    "recipe", "", converted ? "values/timesteps" : NULL, "timesteps",
    converted ? "dice/mean" : "values/dice/mean"
  };
  g_autoptr (GPtrArray) series = snn_curves (results, &curves);
  SnnSummary reference = snn_summarise (ann, "values/dice/mean");
  SnnPoint best = { INFINITY, NAN, 0., 0 };
  const gchar *recipe = NULL;
  g_autofree gchar *claim = NULL;
  g_autofree gchar *detail = NULL;

  if (!series->len || reference.n == 0)
    return;
  for (guint i = 0; i < series->len; i++) {
    const SnnSeries *curve = g_ptr_array_index (series, i);

    for (guint j = 0; j < curve->points->len; j++) {
      const SnnPoint *point = &g_array_index (curve->points, SnnPoint, j);

      if (point->y < reference.mean - margin || point->x > best.x
          || (point->x == best.x && point->y <= best.y))
        continue;
      best = *point;
      recipe = curve->label;
    }
  }
  claim = g_strdup_printf ("%s SNNs with %s input come within %g of the ANN at "
      "T \xe2\x89\xa4 %g (beyond the paper).", snn_display_name (stage), input,
      margin, limit);
  detail = recipe ? g_strdup_printf ("Fewest timesteps: T = %g, 3D Dice %.3f "
      "(ANN %.3f), by \xe2\x80\x9c%s\xe2\x80\x9d.", best.x, best.y,
      reference.mean, recipe)
      : g_strdup_printf ("No recipe came within %g of the ANN's %.3f.", margin,
      reference.mean);
  append_claim (report, best.x <= limit, claim, detail);
}

void
snn_report_claims (SnnReport *report)
{
  gsize before;
  gsize contents = report->contents->len;
  gsize start = report->body->len;

  snn_report_section (report, "claims", "The claims tested");
  g_string_append (report->body, "<ul class=\"claims\">\n");
  before = report->body->len;
  claim_restored (report);
  claim_faster (report);
  claim_cut_off (report);
  claim_ternary (report, "cifar", "values/accuracy", "Ternary spikes beat "
      "binary ones in classification.", "Accuracy as a fraction");
  claim_ternary (report, "ternary", "values/dice/mean", "Ternary spikes beat "
      "binary ones in segmentation.", "3D Dice");
  claim_latency (report, "converted", 0.01, "direct", 12.);
  claim_latency (report, "converted", 0.01, "spiking", 32.);
  claim_latency (report, "fine-tuned", 0.005, "direct", 4.);
  claim_latency (report, "fine-tuned", 0.005, "spiking", 16.);
  if (report->body->len == before) {
    g_string_truncate (report->body, start);
    g_string_truncate (report->contents, contents);
    return;
  }
  g_string_append (report->body, "</ul>\n");
}
