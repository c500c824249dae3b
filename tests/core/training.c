/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include <snn/run/engine.h>
#include "core/train/optimizer.h"
#include "tests/core/file-fixture.h"
#include "tests/core/small-training.h"

/* What torch.optim.Adam of PyTorch 1.13.1 makes of these gradients in single
 * precision, with a rate of 1e-2 for three steps and then of 1e-3. */
GST_START_TEST (test_adam)
{
  static const float gradients[5][4] = {
    {0.5f, -1e-3f, 0.f, 1e4f},
    {-0.25f, 2e-3f, 0.f, -1e4f},
    {1.f, -1e-3f, 1e-6f, 3e4f},
    {0.125f, 5e-3f, 0.f, 0.f},
    {-2.f, 1e-3f, -1e-6f, 1e4f},
  };
  static const float expected[5][4] = {
    {0.99000001f, -0.490000099f, 0.25f, 1.99000001f},
    {0.987336636f, -0.493661106f, 0.25f, 1.99052632f},
    {0.980755508f, -0.493634999f, 0.243720576f, 1.98492062f},
    {0.980156541f, -0.494156033f, 0.243207559f, 1.98446143f},
    {0.98037678f, -0.494685978f, 0.24327974f, 1.98393226f},
  };
  float weights[4] = { 1.f, -0.5f, 0.25f, 2.f };
  SnnAdam adam;

  snn_adam_init (&adam, 4);
  for (guint step = 0; step < 5; step++) {
    snn_adam_begin (&adam);
    /* In two parts, as the nodes of a network are. */
    snn_adam_update (&adam, step < 3 ? 1e-2 : 1e-3, 0, 1, gradients[step],
        weights);
    snn_adam_update (&adam, step < 3 ? 1e-2 : 1e-3, 1, 3, gradients[step] + 1,
        weights + 1);
    for (guint i = 0; i < 4; i++)
      fail_unless (fabsf (weights[i] - expected[step][i]) < 5e-7f,
          "step %u, weight %u: %.9g; expected %.9g", step, i, weights[i],
          expected[step][i]);
  }
  snn_adam_clear (&adam);
}

GST_END_TEST;

/* Logistic regression for 20 steps of the whole trainer, and PyTorch's. */
GST_START_TEST (test_against_torch)
{
  static const float start[2][3] = { {0.1f, -0.2f, 0.3f}, {0.4f, 0.5f, -0.6f} };
  static const float expected[2][3] = {
    {0.784513175f, 0.66329819f, -0.578195214f},
    {-0.471291363f, -0.416417152f, 0.323110342f}
  };
  static const float inputs[2][3] = { {1.f, 2.f, -1.f}, {0.5f, -1.5f, 2.f} };
  static const guint8 targets[2][2] = { {1, 0}, {0, 1} };
  static const gchar *from_input[] = { "input", NULL };
  static const gchar *from_a[] = { "a", NULL };
  g_autoptr (SnnNetwork) network = snn_network_new ();
  g_autoptr (SnnTrainer) trainer = NULL;
  SnnTrainingSettings settings;
  SnnSample samples[2];
  SnnNode *node;
  float torch[6];
  double loss = 0.;

  snn_network_add (network, &(SnnNode) {.name = (gchar *) "input",
        .op = &snn_op_input,.out = {3, 1, 1} }, NULL, NULL);
  snn_network_add (network, &(SnnNode) {.name = (gchar *) "a",
        .op = &snn_op_linear,.out.channels = 2 }, from_input, NULL);
  snn_network_add (network, &(SnnNode) {.name = (gchar *) "output",
        .op = &snn_op_output }, from_a, NULL);
  fail_unless (snn_network_validate (network, NULL));
  node = snn_network_find (network, "a");
  snn_weights_from_torch (node, start[0], node->weight);
  for (guint s = 0; s < 2; s++)
    samples[s] = (SnnSample) {
      .input = {inputs[s], SNN_VALUE_FLOAT32, 1},
      .target = targets[s],
      .id = s
    };

  snn_training_settings_init (&settings);
  settings.loss = SNN_LOSS_BCE;
  settings.learning_rate = 0.05;
  settings.threads = 1;
  trainer = snn_trainer_new (network, &settings, NULL);
  for (guint step = 0; step < 20; step++) {
    fail_unless (snn_trainer_step (trainer, 2, samples, NULL, NULL, &loss,
            NULL));
    if (step == 0)
      fail_unless (fabs (loss - 1.58789921) < 1e-6, "%.9g", loss);
  }
  fail_unless (fabs (loss - 0.197029173) < 1e-6, "%.9g", loss);
  snn_weights_to_torch (node, node->weight, torch);
  for (guint i = 0; i < 6; i++)
    fail_unless (fabsf (torch[i] - expected[i / 3][i % 3]) < 2e-6f,
        "weight %u: %.9g; expected %.9g", i, torch[i],
        expected[i / 3][i % 3]);
}

GST_END_TEST;

GST_START_TEST (test_same_bits_with_more_threads)
{
  train_and_save (__i__, 1, path);
  for (guint threads = 2; threads <= 4; threads++) {
    train_and_save (__i__, threads, other_path);
    assert_same_files (path, other_path);
  }
}

GST_END_TEST;

/* Trains with a disturbance after the first step, which must leave no trace. */
static void
train_disturbed (gboolean spiking, gboolean disturb,
    void (*disturbance) (SnnTrainer *, Batch *), const gchar *to)
{
  g_autoptr (SnnNetwork) network =
      make_network (spiking ? KIND_THROUGH_TIME : KIND_ANN, 1);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autofree Batch *batch = make_batch (spiking);
  SnnTrainingSettings settings;
  SnnEpoch report;
  double loss;

  init_settings (&settings, 2);
  trainer = snn_trainer_new (network, &settings, NULL);
  fail_unless (snn_trainer_step (trainer, 3, batch->samples, NULL, NULL,
          &loss, NULL));
  if (disturb)
    disturbance (trainer, batch);
  fail_unless (snn_trainer_step (trainer, 2, batch->samples + 3, NULL, NULL,
          &loss, NULL));
  snn_trainer_end_epoch (trainer, &report);
  fail_unless_equals_int (report.n_batches, 2);
  fail_unless_equals_int (report.n_samples, 5);
  train_epoch (trainer, batch);
  fail_unless (snn_trainer_save (trainer, to, NULL));
}

static void
step_on_nan (SnnTrainer *trainer, Batch *batch)
{
  float kept = batch->values[1][0][7];
  g_autoptr (GError) error = NULL;
  double loss;

  batch->values[1][0][7] = NAN;
  fail_if (snn_trainer_step (trainer, 3, batch->samples, NULL, NULL, &loss,
          &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NUMERIC));
  batch->values[1][0][7] = kept;
}

static void
step_cancelled (SnnTrainer *trainer, Batch *batch)
{
  const gint cancel = 1;
  g_autoptr (GError) error = NULL;
  double loss;

  fail_if (snn_trainer_step (trainer, 3, batch->samples, NULL, &cancel, &loss,
          &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_CANCELLED));
}

GST_START_TEST (test_numbers_that_are_none)
{
  train_disturbed (__i__ == 1, FALSE, step_on_nan, path);
  train_disturbed (__i__ == 1, TRUE, step_on_nan, other_path);
  assert_same_files (path, other_path);
}

GST_END_TEST;

GST_START_TEST (test_cancel)
{
  train_disturbed (__i__ == 1, FALSE, step_cancelled, path);
  train_disturbed (__i__ == 1, TRUE, step_cancelled, other_path);
  assert_same_files (path, other_path);
}

GST_END_TEST;

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (20000);
  g_atomic_int_set ((gint *) data, 1);
  return NULL;
}

/* A step that is cut short while it runs leaves the weights as they were. */
GST_START_TEST (test_cancel_while_running)
{
  g_autoptr (SnnNetwork) network = make_network (KIND_THROUGH_TIME, 1);
  g_autoptr (SnnNetwork) before = NULL;
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree Batch *batch = make_batch (TRUE);
  SnnTrainingSettings settings;
  GThread *thread;
  gint cancel = 0;
  double loss;

  init_settings (&settings, 2);
  trainer = snn_trainer_new (network, &settings, NULL);
  thread = g_thread_new ("cancel", cancel_soon, &cancel);
  do {
    g_clear_pointer (&before, snn_network_unref);
    before = snn_network_copy (network);
  } while (snn_trainer_step (trainer, N_SAMPLES, batch->samples, NULL,
          &cancel, &loss, &error));
  g_thread_join (thread);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_CANCELLED));
  fail_unless (snn_model_save (before, path, NULL));
  fail_unless (snn_model_save (network, other_path, NULL));
  assert_same_files (path, other_path);
}

GST_END_TEST;

GST_START_TEST (test_loss_falls)
{
  const gboolean spiking = is_spiking (__i__);
  g_autoptr (SnnNetwork) network = make_network (__i__, 1);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autofree Batch *batch = make_batch (spiking);
  SnnTrainingSettings settings;
  double first, last = 0.;

  init_settings (&settings, 2);
  settings.gradient = gradient_of (__i__);
  settings.dropout = 0.;
  trainer = snn_trainer_new (network, &settings, NULL);
  fail_unless (snn_trainer_step (trainer, N_SAMPLES, batch->samples, NULL,
          NULL, &first, NULL));
  for (guint step = 0; step < 100; step++)
    fail_unless (snn_trainer_step (trainer, N_SAMPLES, batch->samples, NULL,
            NULL, &last, NULL));
  fail_unless (last < 0.5 * first, "from %g to %g", first, last);
}

GST_END_TEST;

/* Losses are weighted by samples, rates are spikes a neuron a timestep, and
 * predictions are those of an engine, but for training without spikes. */
GST_START_TEST (test_epoch_report)
{
  const gboolean spiking = is_spiking (__i__);
  const gboolean quantised = gradient_of (__i__) == SNN_GRADIENT_QCFS;
  g_autoptr (SnnNetwork) network = make_network (__i__, 1);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autofree Batch *batch = make_batch (spiking);
  float made[N_SAMPLES][PIXELS], predicted[N_SAMPLES][PIXELS];
  float *made_at[N_SAMPLES], *predicted_at[N_SAMPLES];
  SnnInput inputs[N_SAMPLES];
  SnnState *states[N_SAMPLES] = { NULL };
  SnnTrainingSettings settings;
  SnnEpoch report;
  double losses[2];

  init_settings (&settings, 2);
  settings.dropout = 0.;
  settings.learning_rate = 1e-30;
  settings.gradient = gradient_of (__i__);
  trainer = snn_trainer_new (network, &settings, NULL);
  for (guint s = 0; s < N_SAMPLES; s++) {
    made_at[s] = made[s];
    predicted_at[s] = predicted[s];
    inputs[s] = batch->samples[s].input;
  }
  fail_unless (snn_trainer_step (trainer, 3, batch->samples, made_at, NULL,
          &losses[0], NULL));
  fail_unless (snn_trainer_step (trainer, 2, batch->samples + 3, made_at + 3,
          NULL, &losses[1], NULL));
  snn_trainer_predict (trainer, N_SAMPLES, inputs, predicted_at, NULL, NULL);
  for (guint s = 0; !quantised && s < N_SAMPLES; s++)
    for (guint p = 0; p < PIXELS; p++)
      fail_unless (fabsf (made[s][p] - predicted[s][p]) < 1e-5f);

  snn_trainer_end_epoch (trainer, &report);
  fail_unless_equals_int (report.epoch, 0);
  fail_unless_equals_int (report.n_batches, 2);
  fail_unless_equals_int (report.n_samples, 5);
  fail_unless (fabs (report.loss - (3. * losses[0] + 2. * losses[1]) / 5.)
      < 1e-12);
  fail_unless (report.learning_rate == 1e-30);
  fail_unless_equals_int (report.n_rates,
      !spiking ? 0 : __i__ >= KIND_LINEAR ? 2 : 12);
  for (guint i = 0; i < report.n_rates; i++)
    fail_unless (report.rates[i] > 0. && report.rates[i] <= 1.);
  fail_unless_equals_int (snn_trainer_epoch (trainer), 1);

  if (spiking && !quantised) {
    g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
    guint layer = 0;

    for (guint s = 0; s < N_SAMPLES; s++)
      states[s] = snn_state_new (network);
    snn_engine_run (engine, N_SAMPLES, inputs, states, predicted_at, NULL,
        NULL);
    for (guint i = 0; i < network->nodes->len; i++) {
      const SnnNode *node = snn_network_node (network, i);
      double spikes = 0.;

      if (node->op != &snn_op_if)
        continue;
      for (guint s = 0; s < N_SAMPLES; s++)
        spikes += (double) snn_state_spikes (states[s], layer);
      fail_unless (fabs (report.rates[layer] - spikes / N_SAMPLES / TIMESTEPS
              / (double) snn_shape_size (node->out)) < 1e-12);
      layer++;
    }
    for (guint s = 0; s < N_SAMPLES; s++)
      snn_state_unref (states[s]);
  }

  /* An epoch without samples. */
  snn_trainer_end_epoch (trainer, &report);
  fail_unless_equals_int (report.epoch, 1);
  fail_unless_equals_int (report.n_samples, 0);
  fail_unless (report.loss == 0.);
}

GST_END_TEST;

/* A class that the network does not have is an error, not a crash. */
GST_START_TEST (test_class_out_of_range)
{
  g_autoptr (SnnNetwork) network =
      snn_network_new_vgg5 ((SnnShape) { 1, 4, 4 }, 10, NULL);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  float image[16] = { 0.5f };
  guint8 label = 9;
  SnnSample sample = {
    .input = {image, SNN_VALUE_FLOAT32, 1},.target = &label
  };
  SnnTrainingSettings settings;
  double loss;

  init_settings (&settings, 1);
  settings.loss = SNN_LOSS_CROSS_ENTROPY;
  snn_network_init_weights (network, 1);
  trainer = snn_trainer_new (network, &settings, NULL);
  fail_unless (snn_trainer_step (trainer, 1, &sample, NULL, NULL, &loss,
          NULL));
  label = 10;
  fail_if (snn_trainer_step (trainer, 1, &sample, NULL, NULL, &loss, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NUMERIC));
}

GST_END_TEST;

/* One channel has no classes to choose from; several have, at each pixel. */
GST_START_TEST (test_loss_of_another_network)
{
  g_autoptr (SnnNetwork) unet = make_network (KIND_ANN, 1);
  g_autoptr (SnnNetwork) classes = NULL;
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  SnnTrainingSettings settings;

  init_settings (&settings, 1);
  settings.loss = SNN_LOSS_CROSS_ENTROPY;
  fail_unless (snn_trainer_new (unet, &settings, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH));
  fail_unless (strstr (error->message, "cross-entropy") != NULL, "%s",
      error->message);
  fail_unless (strstr (error->message, "one output channel") != NULL, "%s",
      error->message);
  classes = snn_network_new_unet (snn_network_input (unet), 2, 1, 3, NULL);
  trainer = snn_trainer_new (classes, &settings, NULL);
  fail_unless (trainer != NULL);
}

GST_END_TEST;

static Suite *
training_suite (void)
{
  Suite *suite = suite_create ("training");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_adam);
  tcase_add_test (tc, test_against_torch);
  tcase_add_loop_test (tc, test_same_bits_with_more_threads, 0, N_KINDS);
  tcase_add_loop_test (tc, test_numbers_that_are_none, 0, 2);
  tcase_add_loop_test (tc, test_cancel, 0, 2);
  tcase_add_test (tc, test_cancel_while_running);
  tcase_add_loop_test (tc, test_loss_falls, 0, N_KINDS);
  tcase_add_loop_test (tc, test_epoch_report, 0, N_KINDS);
  tcase_add_test (tc, test_class_out_of_range);
  tcase_add_test (tc, test_loss_of_another_network);
  return suite;
}

GST_CHECK_MAIN (training);
