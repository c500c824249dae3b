/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <snn/base/atomic-file.h>
#include <snn/base/input-files.h>
#include <snn/base/remarks.h>
#include <snn/base/text.h>
#include <snn/measure/evaluation.h>
#include <snn/measure/mask-files.h>
#include <snn/measure/report.h>
#include <snn/volumes/dataset.h>
#include <snn/volumes/label-values.h>
#include "program.h"

/* Compares masks that exist with true ones, by the code that dicesink measures
 * predictions with. */

typedef struct
{
  gchar *labels;                /* classes, or all */
  gchar *label;                 /* one class; without both, masks */
  gdouble cut_off;              /* NAN: masks */
  gint volume;
  gchar *json;
  gchar *tsv;                   /* NULL: standard output */
  gboolean quiet;
  gchar **paths;
} Options;

static void
tell_all (const GPtrArray *texts)
{
  for (guint i = 0; i < texts->len; i++)
    snn_program_tell (texts->pdata[i]);
}

static gboolean
choose_classes (const Options *options, const GPtrArray *items,
    SnnNiftiSettings *nifti, GError **error)
{
  g_autoptr (GPtrArray) labels = NULL;
  const gchar *text = options->label ? options->label : options->labels;

  if (!text)
    return TRUE;
  if (!options->labels || !g_str_equal (text, "all"))
    return snn_classes_parse (&nifti->classes, text, error);
  labels = g_ptr_array_new ();
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (labels, ((SnnDatasetItem *) items->pdata[i])->label);
  g_ptr_array_add (labels, NULL);
  return snn_label_classes_of_files ((const gchar * const *) labels->pdata,
      nifti->index, &nifti->classes, error);
}

/* How many of @items could not be measured. */
static guint
measure (SnnEvaluation *evaluation, const GPtrArray *items,
    const SnnNiftiSettings *nifti, const Options *options)
{
  guint n_failed = 0;

  for (guint i = 0; i < items->len; i++) {
    const SnnDatasetItem *item = items->pdata[i];
    g_autoptr (GPtrArray) remarks = snn_remarks_new ();
    GError *error = NULL;

    if (!snn_evaluation_add_mask_files (evaluation, item->subject, item->image,
            item->label, nifti, !isnan (options->cut_off), remarks, &error)) {
      snn_program_tell_error (error);
      n_failed++;
    }
    tell_all (remarks);
  }
  return n_failed;
}

/* Mean and deviation of the first metrics, for people. */
static void
print_summary (const SnnPass *pass)
{
  static const struct
  {
    SnnMetric metric;
    const gchar *unit;
  } rows[] = {
    {SNN_METRIC_DICE, ""},
    {SNN_METRIC_HD95, " mm"},
    {SNN_METRIC_ASSD, " mm"},
    {SNN_METRIC_VOLUME_DIFFERENCE, ""},
  };

  fprintf (stderr, "%u subject%s:", pass->n_subjects,
      pass->n_subjects == 1 ? "" : "s");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const SnnMoments *moments = &pass->metric[rows[i].metric];
    const double deviation = snn_moments_deviation (moments);

    if (moments->n == 0)
      continue;
    fprintf (stderr, "%s %s %.4f", i ? "," : "",
        snn_metric_name (rows[i].metric), snn_moments_mean (moments));
    if (!isnan (deviation))
      fprintf (stderr, " (sd %.4f)", deviation);
    fprintf (stderr, "%s", rows[i].unit);
  }
  fputc ('\n', stderr);
}

/* Makes known what is read, so that no report replaces it, and says before the
 * first mask is read which report could not be written. */
static gboolean
check_reports (const Options *options, const GPtrArray *items,
    SnnInputFiles *inputs, GError **error)
{
  snn_dataset_add_inputs (items, inputs);
  snn_input_files_add (inputs, options->paths[0]);
  snn_input_files_add (inputs, options->paths[1]);
  return (!options->json || snn_file_check (options->json, error))
      && (!options->tsv || snn_file_check (options->tsv, error));
}

static gboolean
write_reports (const SnnEvaluation *evaluation, const Options *options,
    gboolean whole, GError **error)
{
  g_autofree gchar *table = options->tsv
      ? snn_evaluation_to_table (evaluation, options->tsv, TRUE)
      : snn_evaluation_to_tsv (evaluation);

  if (options->json) {
    g_autofree gchar *all = snn_evaluation_to_json (evaluation);
    g_autofree gchar *json = whole ? g_strdup (all)
        : snn_report_mark_partial (all);

    if (!snn_file_write (options->json, json, strlen (json), error))
      return FALSE;
  }
  if (options->tsv)
    return snn_file_write (options->tsv, table, strlen (table), error);
  fputs (table, stdout);
  return TRUE;
}

static gint
run (const Options *options)
{
  SnnNiftiSettings nifti = SNN_NIFTI_SETTINGS_INIT;
  const double cut_off = isnan (options->cut_off) ? 0.5 : options->cut_off;
  g_autoptr (GPtrArray) missing = snn_remarks_new ();
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (SnnInputFiles) inputs = snn_input_files_new ();
  /* Masks say nothing of how sure they are. */
  g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (&cut_off, 1,
      ((1 << SNN_N_METRICS) - 1) & ~(1u << SNN_METRIC_CALIBRATION_ERROR));
  GError *error = NULL;
  const SnnPass *pass;
  guint n_failed;

  nifti.index = (guint) options->volume;
  items = snn_dataset_list_masks (options->paths[0], options->paths[1], missing,
      missing, &error);
  if (items)
    tell_all (missing);
  if (!items || !check_reports (options, items, inputs, &error)
      || !choose_classes (options, items, &nifti, &error)
      || !snn_evaluation_set_classes (evaluation, &nifti.classes, &error)) {
    snn_program_tell_error (error);
    return SNN_PROGRAM_FAILED;
  }
  n_failed = measure (evaluation, items, &nifti, options) + missing->len;
  pass = snn_evaluation_finish (evaluation, NULL, NULL);
  if (!pass) {
    snn_program_tell ("there is nothing to measure");
    return SNN_PROGRAM_FAILED;
  }
  if (!write_reports (evaluation, options, n_failed == 0, &error)) {
    snn_program_tell_error (error);
    return SNN_PROGRAM_FAILED;
  }
  if (!options->quiet)
    print_summary (pass);
  return n_failed > 0 ? SNN_PROGRAM_FAILED : EXIT_SUCCESS;
}

/* What is wrong with the options, or NULL. */
static const gchar *
check (const Options *options, gint n_paths)
{
  if (n_paths != 2)
    return "MASKS and LABELS are expected; snn-measure --help";
  if (options->labels && options->label)
    return "--label is one class and --labels are several; give one of the two";
  if (!isnan (options->cut_off) && (options->labels || options->label))
    return "--cut-off is of maps of probabilities, which have no label values";
  if (options->volume < 0)
    return "--volume counts from 0";
  return NULL;
}

int
main (int argc, char **argv)
{
  Options options = {.cut_off = NAN };
  const GOptionEntry entries[] = {
    {"labels", 'l', 0, G_OPTION_ARG_STRING, &options.labels,
        "Values in both that are classes to tell apart, or all: those that there "
        "are in any of LABELS", "VALUES"},
    {"label", 'v', 0, G_OPTION_ARG_STRING, &options.label,
        "Value in both that is the structure; by default any but 0", "VALUE"},
    {"cut-off", 'c', 0, G_OPTION_ARG_DOUBLE, &options.cut_off,
        "MASKS are maps of probabilities, set where they exceed it", "P"},
    {"volume", 0, 0, G_OPTION_ARG_INT, &options.volume,
        "Which volume of 4D files, from 0", "INDEX"},
    {"json", 'j', 0, G_OPTION_ARG_FILENAME, &options.json,
        "Write a report as dicesink's, with means", "FILE"},
    {"tsv", 't', 0, G_OPTION_ARG_FILENAME, &options.tsv,
        "Write the table there in place of standard output; with commas where its "
        "name ends in .csv", "FILE"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet,
        "No summary", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.paths,
        NULL, "MASKS LABELS"},
    {NULL},
  };
  const gchar *wrong;
  gint status;

  if (!snn_program_begin ("snn-measure",
          "Measures masks against true ones: Dice and the other metrics of each "
          "subject.\nBoth are a file, a folder, a BIDS dataset, a pattern or a "
          "list; files pair by name\nor BIDS entities.", entries, &argc, &argv,
          &status))
    return status;
  wrong = check (&options, options.paths ? (gint) g_strv_length (options.paths)
      : 0);
  if (wrong)
    snn_program_tell (wrong);
  status = wrong ? SNN_PROGRAM_USAGE : run (&options);
  g_free (options.labels);
  g_free (options.label);
  g_free (options.json);
  g_free (options.tsv);
  g_strfreev (options.paths);
  return status;
}
