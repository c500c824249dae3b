/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <json-glib/json-glib.h>

#include <snn/base/error.h>
#include <snn/train/loss.h>

/* Losses of classes and PyTorch's; tests/data/losses.py wrote what these are. */

static const struct
{
  const gchar *name;
  SnnLoss loss;
} losses[] = {
  {"cross-entropy", SNN_LOSS_CROSS_ENTROPY},
  {"dice", SNN_LOSS_DICE},
  {"ce-dice", SNN_LOSS_CE_DICE},
};

static JsonObject *
load (JsonParser *parser)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("SNN_TEST_DATA"),
      "losses.json", NULL);

  fail_unless (json_parser_load_from_file (parser, path, NULL), "%s", path);
  return json_node_get_object (json_parser_get_root (parser));
}

static double
number (JsonObject *object, const gchar *member, guint index)
{
  return json_array_get_double_element (json_object_get_array_member (object,
          member), index);
}

GST_START_TEST (test_against_torch)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *data = load (parser), *expected = json_object_get_object_member
      (json_object_get_object_member (data, "losses"), losses[__i__].name);
  const guint n = (guint) json_object_get_int_member (data, "samples");
  const SnnShape shape = {
    (guint) json_object_get_int_member (data, "classes"),
    (guint) json_object_get_int_member (data, "height"),
    (guint) json_object_get_int_member (data, "width"),
  };
  const SnnLossKind *kind = snn_loss_kind (losses[__i__].loss, shape, NULL);
  const guint size = (guint) snn_shape_size (shape);
  const guint plane = size / shape.channels;
  const guint n_sums = kind->n_sums (shape);
  g_autofree float *logits = g_new (float, n * size);
  g_autofree float *gradient = g_new (float, n * size);
  g_autofree guint8 *labels = g_new (guint8, n * plane);
  g_autofree double *sums = g_new (double, n_sums);
  g_autofree double *total = g_new0 (double, n_sums);
  double value;

  fail_unless_equals_int (snn_shape_size (kind->target (shape)), plane);
  fail_unless_equals_int (kind->n_classes (shape), shape.channels);
  for (guint i = 0; i < n * size; i++)
    logits[i] = (float) number (data, "logits", i);
  for (guint i = 0; i < n * plane; i++)
    labels[i] = (guint8) number (data, "labels", i);
  for (guint s = 0; s < n; s++) {
    kind->sum (kind, shape, logits + s * size, labels + s * plane, sums);
    for (guint i = 0; i < n_sums; i++)
      total[i] += sums[i];
  }
  value = kind->value (kind, shape, n, total);
  fail_unless (fabs (value - json_object_get_double_member (expected,
              "value")) < 1e-6, "%s: %.9g", losses[__i__].name, value);
  for (guint s = 0; s < n; s++)
    kind->gradient (kind, shape, n, total, logits + s * size,
        labels + s * plane, gradient + s * size);
  for (guint i = 0; i < n * size; i++)
    fail_unless (fabs (gradient[i] - number (expected, "gradient", i)) < 1e-7,
        "%s: gradient %u is %.9g; expected %.9g", losses[__i__].name, i,
        gradient[i], number (expected, "gradient", i));
}

GST_END_TEST;

/* What a loss is depends on what the network's output is of. */
GST_START_TEST (test_kinds)
{
  const SnnShape mask = { 1, 4, 4 }, classes = { 3, 4, 4 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; snn_loss_name (i); i++)
    fail_unless (snn_loss_kind (i, classes, NULL) != NULL, "%s",
        snn_loss_name (i)->nick);
  fail_unless (snn_loss_kind (SNN_LOSS_DICE, mask, NULL)
      != snn_loss_kind (SNN_LOSS_DICE, classes, NULL));
  fail_unless (snn_loss_kind (SNN_LOSS_BCE, mask, NULL)
      == snn_loss_kind (SNN_LOSS_BCE, classes, NULL));
  fail_if (snn_loss_kind (SNN_LOSS_CE_DICE, mask, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH));
}

GST_END_TEST;

static Suite *
loss_suite (void)
{
  Suite *suite = suite_create ("loss");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_against_torch, 0, G_N_ELEMENTS (losses));
  tcase_add_test (tc, test_kinds);
  return suite;
}

GST_CHECK_MAIN (loss);
