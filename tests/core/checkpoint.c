/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include "tests/core/file-fixture.h"
#include "tests/core/small-training.h"

GST_START_TEST (test_same_bits_when_resumed)
{
  const gboolean spiking = is_spiking (__i__);
  g_autofree Batch *batch = make_batch (spiking);
  SnnTrainingSettings settings;

  train_and_save (__i__, 1, path);
  init_settings (&settings, 2);
  settings.gradient = gradient_of (__i__);
  for (guint epoch = 0; epoch < 6; epoch++) {
    /* As by a new process each epoch. */
    g_autoptr (SnnNetwork) network = make_network (__i__, 1);
    g_autoptr (SnnTrainer) trainer = snn_trainer_new (network, &settings, NULL);

    if (epoch > 0)
      fail_unless (snn_trainer_restore (trainer, other_path, NULL));
    fail_unless_equals_int (snn_trainer_epoch (trainer), epoch);
    train_epoch (trainer, batch);
    fail_unless (snn_trainer_save (trainer, other_path, NULL));
  }
  assert_same_files (path, other_path);
}

GST_END_TEST;

static void
assert_not_restored (const SnnTrainingSettings *settings, SnnNetwork *network,
    SnnError code, const gchar *text)
{
  g_autoptr (SnnTrainer) trainer = snn_trainer_new (network, settings, NULL);
  g_autoptr (GError) error = NULL;

  fail_unless (snn_trainer_save (trainer, other_path, NULL));
  fail_if (snn_trainer_restore (trainer, path, &error));
  fail_unless (error->domain == SNN_ERROR && error->code == (gint) code,
      "%s", error->message);
  fail_unless (strstr (error->message, path) != NULL, "%s", error->message);
  fail_unless (strstr (error->message, text) != NULL, "'%s' lacks '%s'",
      error->message, text);
  /* Nothing has changed. */
  fail_unless (snn_trainer_save (trainer, path, NULL));
  assert_same_files (path, other_path);
}

GST_START_TEST (test_restore_errors)
{
  g_autoptr (SnnNetwork) ann = make_network (KIND_ANN, 1);
  g_autoptr (SnnNetwork) other = make_network (KIND_ANN, 2);
  g_autoptr (SnnNetwork) snn = make_network (KIND_THROUGH_TIME, 1);
  g_autoptr (SnnNetwork) wider =
      snn_network_new_unet ((SnnShape) { 1, HEIGHT, WIDTH }, 4, 2, 1, NULL);
  SnnTrainingSettings settings;

  init_settings (&settings, 1);
  assert_not_restored (&settings, ann, SNN_ERROR_NOT_FOUND, "No such file");

  train_and_save (KIND_ANN, 1, path);
  settings.dropout = 0.3;
  assert_not_restored (&settings, ann, SNN_ERROR_MISMATCH, "dropout");

  train_and_save (KIND_ANN, 1, path);
  init_settings (&settings, 1);
  settings.seed = 5;
  assert_not_restored (&settings, ann, SNN_ERROR_MISMATCH, "seed");

  train_and_save (KIND_ANN, 1, path);
  init_settings (&settings, 1);
  assert_not_restored (&settings, other, SNN_ERROR_MISMATCH,
      "initial-weights");

  train_and_save (KIND_ANN, 1, path);
  assert_not_restored (&settings, snn, SNN_ERROR_MISMATCH, "e1a_act");

  train_and_save (KIND_ANN, 1, path);
  assert_not_restored (&settings, wider, SNN_ERROR_MISMATCH, "e1a");

  train_and_save (KIND_BY_RATES, 1, path);
  assert_not_restored (&settings, snn, SNN_ERROR_MISMATCH, "gradient=rate");

  fail_unless (snn_model_save (ann, path, NULL));
  assert_not_restored (&settings, ann, SNN_ERROR_FORMAT, "training state");
}

GST_END_TEST;

/* Values in a checkpoint that no training can have left. */
GST_START_TEST (test_restore_values)
{
  static const struct
  {
    const gchar *name;          /* NULL: a moment of Adam's */
    double value;               /* INFINITY: none at all */
  } bad[] = {
    {"epoch", NAN}, {"epoch", 1e300}, {"epoch", -1.}, {"epoch", 0.5},
    {"epoch", INFINITY}, {"step", NAN}, {"step", 1e17}, {"step", INFINITY},
    {"learning-rate", NAN}, {"learning-rate", -1e-3},
    {"learning-rate", INFINITY}, {"best-loss", NAN}, {"best-loss", INFINITY},
    {"bad-epochs", 1e10}, {"bad-epochs", INFINITY}, {NULL, NAN}, {NULL, -1.},
  };
  g_autoptr (SnnNetwork) network = make_network (KIND_ANN, 1);
  SnnTrainingSettings settings;

  init_settings (&settings, 1);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (SnnTrainer) trainer = snn_trainer_new (network, &settings, NULL);
    g_autoptr (SnnCheckpoint) checkpoint = NULL;
    g_autoptr (GError) error = NULL;
    guint epoch = 77;
    gboolean evaluated;

    train_and_save (KIND_ANN, 1, path);
    checkpoint = snn_checkpoint_load (path, NULL);
    if (!bad[i].name)
      checkpoint->second_moment[3] = (float) bad[i].value;
    else if (bad[i].value == INFINITY)
      g_hash_table_remove (checkpoint->values, bad[i].name);
    else
      snn_checkpoint_set (checkpoint, bad[i].name, bad[i].value);
    fail_unless (snn_checkpoint_save (checkpoint, path, NULL));

    fail_if (snn_trainer_restore (trainer, path, &error), "row %u: %s", i,
        bad[i].name);
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT),
        "row %u: %s", i, error->message);
    fail_unless (strstr (error->message, bad[i].name ? bad[i].name
            : "moments") != NULL, "row %u: %s", i, error->message);
    fail_unless (snn_trainer_epoch (trainer) == 0, "row %u", i);
    fail_unless (snn_trainer_peek_epoch (path, &epoch, &evaluated, NULL)
        == (bad[i].name == NULL), "row %u", i);
  }
}

GST_END_TEST;

/* Seeds beyond 2^53 are not numbers that a double tells apart. */
GST_START_TEST (test_restore_large_seed)
{
  const guint64 seed = G_GUINT64_CONSTANT (1) << 53;
  g_autoptr (SnnNetwork) network = make_network (KIND_ANN, 1);
  g_autoptr (SnnTrainer) first = NULL;
  SnnTrainingSettings settings;

  init_settings (&settings, 1);
  settings.seed = seed;
  first = snn_trainer_new (network, &settings, NULL);
  fail_unless (snn_trainer_save (first, path, NULL));
  fail_unless (snn_trainer_restore (first, path, NULL));
  settings.seed = seed + 1;
  assert_not_restored (&settings, network, SNN_ERROR_MISMATCH,
      "seed=9007199254740992 where this run has seed=9007199254740993");
}

GST_END_TEST;

/* As those of a layer that has just been given them, or that nothing trains. */
GST_START_TEST (test_biases_of_zero)
{
  g_autoptr (SnnNetwork) network = make_network (KIND_ANN, 1);
  g_autoptr (SnnTrainer) first = NULL, second = NULL;
  g_autoptr (GError) error = NULL;
  SnnTrainingSettings settings;

  snn_network_add_bias (network);
  init_settings (&settings, 1);
  first = snn_trainer_new (network, &settings, NULL);
  fail_unless (snn_trainer_save (first, path, NULL));
  second = snn_trainer_new (network, &settings, NULL);
  fail_unless (snn_trainer_restore (second, path, &error), "%s",
      error ? error->message : "");
}

GST_END_TEST;

static Suite *
checkpoint_suite (void)
{
  Suite *suite = suite_create ("checkpoint");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_same_bits_when_resumed, 0, N_KINDS);
  tcase_add_test (tc, test_restore_errors);
  tcase_add_test (tc, test_restore_values);
  tcase_add_test (tc, test_restore_large_seed);
  tcase_add_test (tc, test_biases_of_zero);
  return suite;
}

GST_CHECK_MAIN (checkpoint);
