/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evaluation.h"

#include <math.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "../base/table.h"
#include "../base/text.h"

#define REPORT_VERSION 1

/* The first one, the main, is always measured, and none but it where there are
 * several classes, which no cut-off tells apart. */
static const double *
get_cut_offs (const SnnEvaluation *evaluation, guint *n)
{
  const double *cut_offs = snn_evaluation_cut_offs (evaluation, n);

  if (snn_evaluation_of_class (evaluation, 0))
    *n = 1;
  return cut_offs;
}

/* JSON knows no NaN: what is not defined is null. */
static void
add_number (JsonBuilder *builder, const gchar *name, double value)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_count (JsonBuilder *builder, const gchar *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) value);
}

static void
begin_list (JsonBuilder *builder, const gchar *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
}

static void
add_moments (JsonBuilder *builder, const gchar *name, const SnnMoments *moments)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  add_number (builder, "mean", snn_moments_mean (moments));
  add_number (builder, "sd", snn_moments_deviation (moments));
  add_count (builder, "n", moments->n);
  json_builder_end_object (builder);
}

/* Of pass number @index. */
static void
add_measures (JsonBuilder *builder, const SnnEvaluation *evaluation,
    guint index)
{
  const guint metrics = snn_evaluation_metrics (evaluation);
  const SnnPass *pass = snn_evaluation_get_pass (evaluation, index);

  add_count (builder, "missed_voxels", pass->n_missed);
  for (guint m = 0; m < SNN_N_METRICS; m++)
    if (metrics & 1 << m)
      add_moments (builder, snn_metric_name (m), &pass->metric[m]);
  add_moments (builder, "dice_2d", &pass->cut[0].slices);
  add_moments (builder, "dice_2d_labelled", &pass->cut[0].labelled_slices);
}

/* What @add says of @index, a pass or a subject, of each class where there are
 * several. */
static void
add_classes (JsonBuilder *builder, const SnnEvaluation *evaluation,
    guint index, void (*add) (JsonBuilder *builder, const SnnEvaluation *one,
        guint index))
{
  const SnnEvaluation *one = snn_evaluation_of_class (evaluation, 0);

  if (!one)
    return;
  begin_list (builder, "classes");
  for (guint c = 0; (one = snn_evaluation_of_class (evaluation, c)); c++) {
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "class");
    json_builder_add_int_value (builder,
        snn_evaluation_classes (evaluation)->values[c]);
    add (builder, one, index);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

/* How many bins of confidence stand together in a report. */
#define COARSE 5

/* Most voxels are above this, where each bin stands alone. */
#define FINE 90

/* From the least confidence of any voxel on. */
static void
add_calibration (JsonBuilder *builder, const SnnCalibration *calibration)
{
  guint first = 0;

  json_builder_set_member_name (builder, "calibration");
  json_builder_begin_object (builder);
  begin_list (builder, "reliability");
  for (guint i = 0; i < SNN_CALIBRATION_BINS; i += COARSE) {
    double confidence, right;
    const guint64 n = snn_calibration_reliability (calibration, i, COARSE,
        &confidence, &right);

    if (n == 0) {
      first += first == i ? COARSE : 0;
      continue;
    }
    json_builder_begin_object (builder);
    add_number (builder, "from", i / (double) SNN_CALIBRATION_BINS);
    add_number (builder, "confidence", confidence);
    add_number (builder, "right", right);
    add_count (builder, "voxels", n);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  begin_list (builder, "referred");
  for (guint i = first; i < SNN_CALIBRATION_BINS; i += i < FINE ? COARSE : 1) {
    double share, dice = snn_calibration_kept (calibration, i, &share);

    json_builder_begin_object (builder);
    add_number (builder, "below", i / (double) SNN_CALIBRATION_BINS);
    add_number (builder, "share", share);
    add_number (builder, "dice", dice);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/* Of one cut-off, or of one chunk. */
static void
add_dice (JsonBuilder *builder, const SnnPassCut *cut)
{
  add_moments (builder, "dice", &cut->dice);
  add_moments (builder, "dice_2d", &cut->slices);
  add_moments (builder, "dice_2d_labelled", &cut->labelled_slices);
}

/* The members that sum pass number @index up. */
static void
add_pass (JsonBuilder *builder, const SnnEvaluation *evaluation, guint index)
{
  const SnnPass *pass = snn_evaluation_get_pass (evaluation, index);
  const SnnEvaluation *one = snn_evaluation_of_class (evaluation, 0);
  guint n_cut_offs;
  const double *cut_offs = get_cut_offs (evaluation, &n_cut_offs);

  add_count (builder, "epoch", pass->epoch);
  json_builder_set_member_name (builder, "evaluate");
  json_builder_add_boolean_value (builder, pass->evaluate);
  add_count (builder, "n_subjects", pass->n_subjects);
  add_count (builder, "n_slices", one ? snn_evaluation_get_pass (one,
          index)->cut[0].slices.n : pass->cut[0].slices.n);
  add_measures (builder, evaluation, index);
  if (pass->calibration)
    add_calibration (builder, pass->calibration);
  add_classes (builder, evaluation, index, add_measures);
  if (n_cut_offs == 1)
    return;

  begin_list (builder, "cut_offs");
  for (guint k = 1; k < n_cut_offs; k++) {
    json_builder_begin_object (builder);
    add_number (builder, "cut_off", cut_offs[k]);
    add_dice (builder, &pass->cut[k]);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_cut (JsonBuilder *builder, const SnnCutResult *cut)
{
  add_number (builder, "dice_2d", snn_moments_mean (&cut->slices));
  add_number (builder, "dice_2d_labelled",
      snn_moments_mean (&cut->labelled_slices));
  add_count (builder, "predicted_voxels", cut->overlap.predicted);
  add_count (builder, "common_voxels", cut->overlap.both);
}

static void
add_subject_measures (JsonBuilder *builder, const SnnEvaluation *evaluation,
    guint index)
{
  const guint metrics = snn_evaluation_metrics (evaluation);
  const SnnSubjectResult *subject =
      snn_evaluation_get_subject (evaluation, index);

  add_count (builder, "true_voxels", subject->cut[0].overlap.truth);
  add_count (builder, "missed_voxels", subject->n_missed);
  for (guint m = 0; m < SNN_N_METRICS; m++)
    if (metrics & 1 << m)
      add_number (builder, snn_metric_name (m), subject->metric[m]);
  add_cut (builder, &subject->cut[0]);
}

static void
add_subject (JsonBuilder *builder, const SnnEvaluation *evaluation,
    guint index)
{
  const SnnSubjectResult *subject =
      snn_evaluation_get_subject (evaluation, index);
  g_autofree gchar *name = snn_text_valid (subject->name);
  guint n_cut_offs;
  const double *cut_offs = get_cut_offs (evaluation, &n_cut_offs);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "subject");
  json_builder_add_string_value (builder, name);
  add_count (builder, "n_samples", subject->n_samples);
  if (subject->n_expected)
    add_count (builder, "n_expected", subject->n_expected);
  add_subject_measures (builder, evaluation, index);
  if (n_cut_offs > 1) {
    json_builder_set_member_name (builder, "cut_offs");
    json_builder_begin_array (builder);
    for (guint k = 1; k < n_cut_offs; k++) {
      json_builder_begin_object (builder);
      add_number (builder, "cut_off", cut_offs[k]);
      add_number (builder, "dice",
          snn_overlap_metric (&subject->cut[k].overlap, SNN_METRIC_DICE));
      add_cut (builder, &subject->cut[k]);
      json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
  }
  add_classes (builder, evaluation, index, add_subject_measures);
  json_builder_end_object (builder);
}

static void
add_chunks (JsonBuilder *builder, const SnnEvaluation *evaluation)
{
  const SnnPass *pass;

  begin_list (builder, "chunks");
  for (guint i = 0; (pass = snn_evaluation_get_chunk (evaluation, i)); i++) {
    json_builder_begin_object (builder);
    add_count (builder, "chunk", i + 1);
    add_dice (builder, pass->cut);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

gchar *
snn_evaluation_to_json (const SnnEvaluation *evaluation)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  const SnnPass *reported = snn_evaluation_reported (evaluation);
  guint n_cut_offs;
  g_autofree gchar *text = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "format");
  json_builder_add_string_value (builder, "gst-snn dice report");
  add_count (builder, "version", REPORT_VERSION);
  add_number (builder, "cut_off",
      get_cut_offs (evaluation, &n_cut_offs)[0]);
  for (guint i = 0; i < snn_evaluation_n_passes (evaluation); i++)
    if (snn_evaluation_get_pass (evaluation, i) == reported)
      add_pass (builder, evaluation, i);
  if (snn_evaluation_get_chunk (evaluation, 0))
    add_chunks (builder, evaluation);

  begin_list (builder, "subjects");
  for (guint i = 0; i < snn_evaluation_n_subjects (evaluation); i++)
    add_subject (builder, evaluation, i);
  json_builder_end_array (builder);

  begin_list (builder, "passes");
  for (guint i = 0; i < snn_evaluation_n_passes (evaluation); i++) {
    json_builder_begin_object (builder);
    add_pass (builder, evaluation, i);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  text = json_generator_to_data (generator, NULL);
  return g_strconcat (text, "\n", NULL);
}

/**
 * Table:
 * @separator: between cells
 * @undefined: in place of a value that is not defined
 *
 * Comma-separated values are RFC 4180's; with tabs, BIDS' (and so there are no
 * tabs and line ends in cells).
 */
typedef struct
{
  GString *text;
  gchar separator;
  const gchar *undefined;
} Table;

static void
end_line (Table *table)
{
  g_string_truncate (table->text, table->text->len - 1);
  g_string_append_c (table->text, '\n');
}

static void append_cell (Table * table, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);

static void
append_cell (Table *table, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_string_append_vprintf (table->text, format, arguments);
  va_end (arguments);
  g_string_append_c (table->text, table->separator);
}

static void
append_text (Table *table, const gchar *text)
{
  if (table->separator == '\t') {
    g_autofree gchar *cell = g_strdelimit (g_strdup (text), "\t\r\n", ' ');

    append_cell (table, "%s", cell);
    return;
  }
  if (!strpbrk (text, ",\"\r\n")) {
    append_cell (table, "%s", text);
    return;
  }
  g_string_append_c (table->text, '"');
  for (; *text; text++) {
    if (*text == '"')
      g_string_append_c (table->text, '"');
    g_string_append_c (table->text, *text);
  }
  append_cell (table, "\"");
}

static void
append_number (Table *table, double value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  append_cell (table, "%s", isfinite (value)
      ? g_ascii_formatd (text, sizeof text, "%.9g", value) : table->undefined);
}

/* What heads the columns of classes, or what stands in them for subject @index. */
static void
append_classes (Table *table, const SnnEvaluation *evaluation, gint index)
{
  const guint metrics = snn_evaluation_metrics (evaluation);
  const SnnClasses *classes = snn_evaluation_classes (evaluation);
  const SnnEvaluation *one;

  for (guint c = 0; (one = snn_evaluation_of_class (evaluation, c)); c++) {
    const SnnSubjectResult *subject = index < 0 ? NULL
        : snn_evaluation_get_subject (one, (guint) index);

    if (subject) {
      append_cell (table, "%" G_GUINT64_FORMAT, subject->cut->overlap.truth);
      append_cell (table, "%" G_GUINT64_FORMAT,
          subject->cut->overlap.predicted);
    } else {
      append_cell (table, "class_%d_true_voxels", classes->values[c]);
      append_cell (table, "class_%d_predicted_voxels", classes->values[c]);
    }
    for (guint m = 0; m < SNN_N_METRICS; m++)
      if (metrics & 1 << m && subject)
        append_number (table, subject->metric[m]);
      else if (metrics & 1 << m)
        append_cell (table, "class_%d_%s", classes->values[c],
            snn_metric_name (m));
  }
}

static void
append_head (Table *table, const SnnEvaluation *evaluation)
{
  static const gchar *const names[] = { "subject", "n_samples", "true_voxels",
    "predicted_voxels", "common_voxels", "missed_voxels"
  };
  const guint metrics = snn_evaluation_metrics (evaluation);
  guint n_cut_offs;
  const double *cut_offs = get_cut_offs (evaluation, &n_cut_offs);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    append_cell (table, "%s", names[i]);
  for (guint m = 0; m < SNN_N_METRICS; m++)
    if (metrics & 1 << m)
      append_cell (table, "%s", snn_metric_name (m));
  append_cell (table, "dice_2d");
  append_cell (table, "dice_2d_labelled");
  for (guint k = 1; k < n_cut_offs; k++) {
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];

    append_cell (table, "dice_%s",
        g_ascii_formatd (text, sizeof text, "%.6g", cut_offs[k]));
  }
  append_classes (table, evaluation, -1);
  end_line (table);
}

static void
append_subject (Table *table, const SnnEvaluation *evaluation, guint index)
{
  const guint metrics = snn_evaluation_metrics (evaluation);
  const SnnSubjectResult *subject =
      snn_evaluation_get_subject (evaluation, index);
  const SnnCutResult *cut = subject->cut;
  const guint64 voxels[] = { cut->overlap.truth, cut->overlap.predicted,
    cut->overlap.both, subject->n_missed
  };
  g_autofree gchar *name = snn_text_valid (subject->name);
  guint n_cut_offs;

  get_cut_offs (evaluation, &n_cut_offs);
  append_text (table, name);
  append_cell (table, "%u", subject->n_samples);
  for (guint i = 0; i < G_N_ELEMENTS (voxels); i++)
    append_cell (table, "%" G_GUINT64_FORMAT, voxels[i]);
  for (guint m = 0; m < SNN_N_METRICS; m++)
    if (metrics & 1 << m)
      append_number (table, subject->metric[m]);
  append_number (table, snn_moments_mean (&cut->slices));
  append_number (table, snn_moments_mean (&cut->labelled_slices));
  for (guint k = 1; k < n_cut_offs; k++)
    append_number (table,
        snn_overlap_metric (&cut[k].overlap, SNN_METRIC_DICE));
  append_classes (table, evaluation, (gint) index);
  end_line (table);
}

static gchar *
to_table (const SnnEvaluation *evaluation, gchar separator,
    const gchar *undefined)
{
  Table table = { g_string_new (NULL), separator, undefined };

  append_head (&table, evaluation);
  for (guint i = 0; i < snn_evaluation_n_subjects (evaluation); i++)
    append_subject (&table, evaluation, i);
  return g_string_free (table.text, FALSE);
}

gchar *
snn_evaluation_to_csv (const SnnEvaluation *evaluation)
{
  return to_table (evaluation, ',', "");
}

gchar *
snn_evaluation_to_tsv (const SnnEvaluation *evaluation)
{
  return to_table (evaluation, '\t', "n/a");
}

gchar *
snn_evaluation_to_table (const SnnEvaluation *evaluation, const gchar *path,
    gboolean tabs)
{
  const gchar separator = snn_table_separator (path);

  return separator == '\t' || (tabs && separator != ',')
      ? snn_evaluation_to_tsv (evaluation) : snn_evaluation_to_csv (evaluation);
}
