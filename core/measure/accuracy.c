/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "accuracy.h"

#include <json-glib/json-glib.h>
#include <math.h>

#include "../base/error.h"

#define REPORT_VERSION 1

struct _SnnAccuracy
{
  SnnAccuracyPass open;
  guint64 n_finished;           /* of its samples, when it was last finished */
  GPtrArray *passes;            /* SnnAccuracyPass, finished */
  const SnnAccuracyPass *reported;
};

static void
pass_free (gpointer data)
{
  SnnAccuracyPass *pass = data;

  g_free (pass->confusion);
  g_free (pass);
}

SnnAccuracy *
snn_accuracy_new (void)
{
  SnnAccuracy *accuracy = g_new0 (SnnAccuracy, 1);

  accuracy->passes = g_ptr_array_new_with_free_func (pass_free);
  return accuracy;
}

void
snn_accuracy_free (SnnAccuracy *accuracy)
{
  if (!accuracy)
    return;
  g_ptr_array_unref (accuracy->passes);
  g_free (accuracy->open.confusion);
  g_free (accuracy);
}

void
snn_accuracy_begin (SnnAccuracy *accuracy, guint epoch, gboolean evaluate)
{
  g_free (accuracy->open.confusion);
  accuracy->n_finished = 0;
  accuracy->open = (SnnAccuracyPass) {
    .epoch = epoch,
    .evaluate = evaluate,
  };
}

gboolean
snn_accuracy_add (SnnAccuracy *accuracy, const float *probability,
    guint n_classes, guint label, GError **error)
{
  SnnAccuracyPass *pass = &accuracy->open;
  guint likeliest = 0;

  for (guint i = 0; i < n_classes; i++) {
    if (!(probability[i] >= 0.f && probability[i] <= 1.f)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
          "The prediction for class %u is %g, where a probability was "
          "expected, from 0 to 1: logits can't be measured", i,
          (double) probability[i]);
      return FALSE;
    }
    if (probability[i] > probability[likeliest])
      likeliest = i;
  }
  if (label >= n_classes) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "A sample is of class %u, where the classifier has classes 0 to %u",
        label, n_classes - 1);
    return FALSE;
  }
  if (pass->confusion && pass->n_classes != n_classes) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "A prediction has %u classes, where those before had %u", n_classes,
        pass->n_classes);
    return FALSE;
  }
  if (!pass->confusion) {
    pass->n_classes = n_classes;
    pass->confusion = g_new0 (guint64, (gsize) n_classes * n_classes);
  }
  pass->confusion[(gsize) label * n_classes + likeliest]++;
  pass->right += likeliest == label;
  pass->n++;
  return TRUE;
}

const SnnAccuracyPass *
snn_accuracy_finish (SnnAccuracy *accuracy)
{
  const SnnAccuracyPass *open = &accuracy->open;
  SnnAccuracyPass *pass;

  if (open->n == accuracy->n_finished)
    return NULL;
  pass = g_memdup2 (open, sizeof *open);
  pass->confusion = g_memdup2 (open->confusion,
      (gsize) open->n_classes * open->n_classes * sizeof *open->confusion);
  /* It has been finished before, and another source went on with it. */
  if (accuracy->n_finished > 0) {
    if (accuracy->reported == g_ptr_array_index (accuracy->passes,
            accuracy->passes->len - 1))
      accuracy->reported = NULL;
    g_ptr_array_set_size (accuracy->passes, (gint) accuracy->passes->len - 1);
  }
  g_ptr_array_add (accuracy->passes, pass);
  if (pass->evaluate || !accuracy->reported || !accuracy->reported->evaluate)
    accuracy->reported = pass;
  accuracy->n_finished = open->n;
  return pass;
}

static void
add_count (JsonBuilder *builder, const gchar *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) value);
}

static void
add_pass (JsonBuilder *builder, const SnnAccuracyPass *pass)
{
  add_count (builder, "epoch", pass->epoch);
  json_builder_set_member_name (builder, "evaluate");
  json_builder_add_boolean_value (builder, pass->evaluate);
  add_count (builder, "n", pass->n);
  add_count (builder, "right", pass->right);
  json_builder_set_member_name (builder, "accuracy");
  json_builder_add_double_value (builder,
      (double) pass->right / (double) pass->n);
}

static void
add_confusion (JsonBuilder *builder, const SnnAccuracyPass *pass)
{
  json_builder_set_member_name (builder, "confusion");
  json_builder_begin_array (builder);
  for (guint i = 0; i < pass->n_classes; i++) {
    json_builder_begin_array (builder);
    for (guint j = 0; j < pass->n_classes; j++)
      json_builder_add_int_value (builder,
          (gint64) pass->confusion[(gsize) i * pass->n_classes + j]);
    json_builder_end_array (builder);
  }
  json_builder_end_array (builder);
}

gchar *
snn_accuracy_to_json (const SnnAccuracy *accuracy)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "format");
  json_builder_add_string_value (builder, "gst-snn accuracy report");
  add_count (builder, "version", REPORT_VERSION);
  if (accuracy->reported) {
    add_pass (builder, accuracy->reported);
    add_confusion (builder, accuracy->reported);
  }
  json_builder_set_member_name (builder, "passes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < accuracy->passes->len; i++) {
    json_builder_begin_object (builder);
    add_pass (builder, g_ptr_array_index (accuracy->passes, i));
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}
