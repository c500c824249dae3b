/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evaluation.h"

#include <math.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "../base/text.h"

#define REPORT_VERSION 1

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
add_moments (JsonBuilder *builder, const gchar *name, const SnnMoments *moments)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  add_number (builder, "mean", snn_moments_mean (moments));
  add_number (builder, "sd", snn_moments_deviation (moments));
  add_count (builder, "n", moments->n);
  json_builder_end_object (builder);
}

/* The members that sum a pass up. */
static void
add_pass (JsonBuilder *builder, const SnnEvaluation *evaluation,
    const SnnPass *pass)
{
  const guint metrics = snn_evaluation_metrics (evaluation);
  guint n_cut_offs;
  const double *cut_offs = snn_evaluation_cut_offs (evaluation, &n_cut_offs);

  add_count (builder, "epoch", pass->epoch);
  json_builder_set_member_name (builder, "evaluate");
  json_builder_add_boolean_value (builder, pass->evaluate);
  add_count (builder, "n_subjects", pass->n_subjects);
  add_count (builder, "n_slices", pass->cut[0].slices.n);
  add_count (builder, "missed_voxels", pass->n_missed);
  for (guint m = 0; m < SNN_N_METRICS; m++)
    if (metrics & 1 << m)
      add_moments (builder, snn_metric_name (m), &pass->metric[m]);
  add_moments (builder, "dice_2d", &pass->cut[0].slices);
  add_moments (builder, "dice_2d_labelled", &pass->cut[0].labelled_slices);
  if (n_cut_offs == 1)
    return;

  json_builder_set_member_name (builder, "cut_offs");
  json_builder_begin_array (builder);
  for (guint k = 1; k < n_cut_offs; k++) {
    json_builder_begin_object (builder);
    add_number (builder, "cut_off", cut_offs[k]);
    add_moments (builder, "dice", &pass->cut[k].dice);
    add_moments (builder, "dice_2d", &pass->cut[k].slices);
    add_moments (builder, "dice_2d_labelled", &pass->cut[k].labelled_slices);
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
add_subject (JsonBuilder *builder, const SnnEvaluation *evaluation,
    const SnnSubjectResult *subject)
{
  g_autofree gchar *name = snn_text_valid (subject->name);
  const guint metrics = snn_evaluation_metrics (evaluation);
  guint n_cut_offs;
  const double *cut_offs = snn_evaluation_cut_offs (evaluation, &n_cut_offs);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "subject");
  json_builder_add_string_value (builder, name);
  add_count (builder, "n_samples", subject->n_samples);
  if (subject->n_expected)
    add_count (builder, "n_expected", subject->n_expected);
  add_count (builder, "true_voxels", subject->cut[0].overlap.truth);
  add_count (builder, "missed_voxels", subject->n_missed);
  for (guint m = 0; m < SNN_N_METRICS; m++)
    if (metrics & 1 << m)
      add_number (builder, snn_metric_name (m), subject->metric[m]);
  add_cut (builder, &subject->cut[0]);
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
  json_builder_end_object (builder);
}

static void
add_chunks (JsonBuilder *builder, const SnnEvaluation *evaluation)
{
  const SnnPass *pass;

  json_builder_set_member_name (builder, "chunks");
  json_builder_begin_array (builder);
  for (guint i = 0; (pass = snn_evaluation_get_chunk (evaluation, i)); i++) {
    json_builder_begin_object (builder);
    add_count (builder, "chunk", i + 1);
    add_moments (builder, "dice", &pass->cut->dice);
    add_moments (builder, "dice_2d", &pass->cut->slices);
    add_moments (builder, "dice_2d_labelled", &pass->cut->labelled_slices);
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
      snn_evaluation_cut_offs (evaluation, &n_cut_offs)[0]);
  if (reported)
    add_pass (builder, evaluation, reported);
  if (snn_evaluation_get_chunk (evaluation, 0))
    add_chunks (builder, evaluation);

  json_builder_set_member_name (builder, "subjects");
  json_builder_begin_array (builder);
  for (guint i = 0; i < snn_evaluation_n_subjects (evaluation); i++)
    add_subject (builder, evaluation,
        snn_evaluation_get_subject (evaluation, i));
  json_builder_end_array (builder);

  json_builder_set_member_name (builder, "passes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < snn_evaluation_n_passes (evaluation); i++) {
    json_builder_begin_object (builder);
    add_pass (builder, evaluation, snn_evaluation_get_pass (evaluation, i));
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

/* RFC 4180; a field that is not defined is empty. */
static void
append_text (GString *csv, const gchar *text)
{
  if (!strpbrk (text, ",\"\r\n")) {
    g_string_append (csv, text);
    return;
  }
  g_string_append_c (csv, '"');
  for (; *text; text++) {
    if (*text == '"')
      g_string_append_c (csv, '"');
    g_string_append_c (csv, *text);
  }
  g_string_append_c (csv, '"');
}

static void
append_number (GString *csv, double value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (csv, ',');
  if (isfinite (value))
    g_string_append (csv, g_ascii_formatd (text, sizeof text, "%.9g", value));
}

gchar *
snn_evaluation_to_csv (const SnnEvaluation *evaluation)
{
  const guint metrics = snn_evaluation_metrics (evaluation);
  guint n_cut_offs;
  const double *cut_offs = snn_evaluation_cut_offs (evaluation, &n_cut_offs);
  GString *csv = g_string_new ("subject,n_samples,true_voxels,"
      "predicted_voxels,common_voxels,missed_voxels");

  for (guint m = 0; m < SNN_N_METRICS; m++)
    if (metrics & 1 << m)
      g_string_append_printf (csv, ",%s", snn_metric_name (m));
  g_string_append (csv, ",dice_2d,dice_2d_labelled");
  for (guint k = 1; k < n_cut_offs; k++) {
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf (csv, ",dice_%s",
        g_ascii_formatd (text, sizeof text, "%.6g", cut_offs[k]));
  }
  g_string_append_c (csv, '\n');

  for (guint i = 0; i < snn_evaluation_n_subjects (evaluation); i++) {
    const SnnSubjectResult *subject =
        snn_evaluation_get_subject (evaluation, i);
    g_autofree gchar *name = snn_text_valid (subject->name);
    const SnnCutResult *cut = subject->cut;

    append_text (csv, name);
    g_string_append_printf (csv, ",%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
        ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, subject->n_samples,
        cut->overlap.truth, cut->overlap.predicted, cut->overlap.both,
        subject->n_missed);
    for (guint m = 0; m < SNN_N_METRICS; m++)
      if (metrics & 1 << m)
        append_number (csv, subject->metric[m]);
    append_number (csv, snn_moments_mean (&cut->slices));
    append_number (csv, snn_moments_mean (&cut->labelled_slices));
    for (guint k = 1; k < n_cut_offs; k++)
      append_number (csv,
          snn_overlap_metric (&cut[k].overlap, SNN_METRIC_DICE));
    g_string_append_c (csv, '\n');
  }
  return g_string_free (csv, FALSE);
}
