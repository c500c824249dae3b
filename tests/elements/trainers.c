/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <math.h>
#include <string.h>

#include <snn/files/model-file.h>
#include <gst/snn/samplemeta.h>
#include "tests/elements/training-runs.h"

/* anntrainer and snnfinetuner, which share most of what they do;
 * trainers-resume.c has how they go on from checkpoints. */

#define LABELLED SNN_TEST_CAPS ("2", "float32,uint8", "8:8:1:1:1,8:8:1:1:1")

static void
start (SnnTestElement *e, guint kind, const gchar *settings, const gchar *caps)
{
  g_autofree gchar *description = g_strdup_printf ("%s batch-size=4 %s "
                                                   "resume=false %s",
      snn_test_trainers[kind].name, snn_test_trainers[kind].settings, settings);

  snn_test_element_init (e, description, folder, caps);
}

GST_START_TEST (test_start_errors)
{
  g_autofree gchar *other =
      g_strdup_printf ("location=#/out.nir model=#/%s",
          snn_test_trainers[__i__].other);

  snn_test_train_error (__i__, "", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS,
      "The property \"location\" is not set");
  snn_test_train_error (__i__, "location=#/none/out.nir", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_WRITE, "none/out.nir can't be written");
  snn_test_train_error (__i__, "location=#/images", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_WRITE, "images can't be written");
  snn_test_train_error (__i__,
      "location=#/out.nir checkpoint-location=#/none/c",
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE,
      "checkpoint-location=");
  snn_test_train_error (__i__, "location=#/out.nir model=#/none.nir",
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "none.nir");
  snn_test_train_error (__i__, other, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE,
      snn_test_trainers[__i__].other);
  fail_if (snn_test_exists (folder, "out.nir"));
}

GST_END_TEST;

static const struct
{
  guint kind;
  const gchar *settings;
  const gchar *caps;
  const gchar *text;
} refused_caps[] = {
  { ANN, "", SNN_TEST_CAPS ("1", "float32", "8:8:1:1:1"),
      "Training needs labelled samples, found a stream without labels" },
  { ANN, "", SNN_TEST_CAPS ("2", "float32,uint8", "8:8:1:1:2,8:8:1:1:1"),
      "one timestep, found 2" },
  { ANN, "", SNN_TEST_CAPS ("2", "float32,uint8", "8:8:1:1:1,8:4:1:1:1"),
      "The label is a tensor of 8:4:1:1:1, expected uint8 8:8:1:1:1" },
  { ANN, "", SNN_TEST_CAPS ("2", "float32,uint8", "8:9:1:1:1,8:9:1:1:1"),
      "must be multiples of 2^depth" },
  { ANN, "loss=cross-entropy", LABELLED,
      "loss=cross-entropy is of classes, found a network of one output "
      "channel" },
  { ANN, "loss=cross-entropy network=vgg5 classes=2", LABELLED,
      "expected uint8 1:1:1:1:1, the class for loss=cross-entropy" },
  { ANN, "model=#/ann.nir",
      SNN_TEST_CAPS ("2", "float32,uint8", "16:8:1:1:1,16:8:1:1:1"),
      "ann.nir works on samples of 8x8 with 1 channels (width x height), "
      "found 16x8 with 1 channels" },
  { FINETUNED, "", SNN_TEST_CAPS ("1", "int8", "8:8:1:1:4"),
      "found a stream without labels" },
  { FINETUNED, "", SNN_TEST_CAPS ("2", "int8,uint8", "8:8:1:2:4,8:8:1:1:1"),
      "found 8x8 with 2 channels" },
};

GST_START_TEST (test_refused_caps)
{
  g_autofree gchar *settings =
      g_strconcat (refused_caps[__i__].settings, " location=#/out.nir", NULL);
  g_autoptr (GError) error = NULL;
  SnnTestElement e;

  start (&e, refused_caps[__i__].kind, settings, refused_caps[__i__].caps);
  snn_test_element_push (&e, snn_test_sample (0, N, N),
      GST_FLOW_NOT_NEGOTIATED);
  snn_test_element_eos (&e);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      refused_caps[__i__].text);
  fail_if (snn_test_exists (folder, "out.nir"));
  snn_test_element_clear (&e);
}

GST_END_TEST;

GST_START_TEST (test_caps_change)
{
  SnnTestElement e;

  start (&e, __i__, "location=#/out.nir", LABELLED);
  for (guint i = 0; i < 6; i++)
    snn_test_element_push (&e, snn_test_sample (i, N, N), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (e.harness), 4);
  gst_harness_set_src_caps_str (e.harness,
      SNN_TEST_CAPS ("2", "float32,uint8", "4:8:1:1:1,4:8:1:1:1"));
  fail_unless_equals_int (gst_harness_buffers_in_queue (e.harness), 6);
  snn_test_element_push (&e, snn_test_sample (6, N / 2, N / 2),
      GST_FLOW_NOT_NEGOTIATED);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "The network in training works on samples of 8x8");
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* One sample that can't be trained on: one error, no model, and the same
 * instance trains again when it is started anew. */
static void
check_bad_sample (guint kind, GstBuffer *bad, gint code, const gchar *text)
{
  SnnTestElement e;

  start (&e, kind, "location=#/out.nir", LABELLED);
  for (guint i = 0; i < 3; i++)
    snn_test_element_push (&e, snn_test_sample (i, N, N), GST_FLOW_OK);
  snn_test_element_push (&e, bad, GST_FLOW_ERROR);
  snn_test_element_push (&e, snn_test_sample (4, N, N), GST_FLOW_ERROR);
  snn_test_element_eos (&e);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, code, text);
  fail_if (snn_test_exists (folder, "out.nir"));

  snn_test_element_restart (&e, LABELLED);
  snn_test_element_push (&e, snn_test_sample (0, N, N), GST_FLOW_OK);
  snn_test_element_eos (&e);
  fail_unless (snn_test_exists (folder, "out.nir"));
  snn_test_no_error (e.bus);
  snn_test_element_clear (&e);
  snn_test_forget_model ("out.nir");
}

GST_START_TEST (test_bad_samples)
{
  const guint8 two = 2;
  const float nan = NAN;
  GstBuffer *bad = snn_test_sample (3, N, N);

  gst_buffer_fill (bad, N * sizeof (float) + 5, &two, 1);
  check_bad_sample (__i__, bad, GST_STREAM_ERROR_WRONG_TYPE,
      "The label of sample 3 has the value 2, expected less than 2");

  bad = snn_test_sample (3, N, N);
  for (guint i = 0; i < N; i++)
    gst_buffer_fill (bad, i * sizeof nan, &nan, sizeof nan);
  check_bad_sample (__i__, bad, GST_STREAM_ERROR_FAILED,
      "Sample 3: value 0 is nan");

  check_bad_sample (__i__, snn_test_sample (3, N, N - 1),
      GST_STREAM_ERROR_WRONG_TYPE, "63 bytes where the caps say 64");
  check_bad_sample (__i__, snn_test_sample (3, N, 0),
      GST_STREAM_ERROR_WRONG_TYPE, "1 memories where the caps say 2");
  if (__i__ != ANN) {
    bad = snn_test_sample (3, N, N);
    GST_BUFFER_FLAG_UNSET (bad, GST_BUFFER_FLAG_MARKER);
    check_bad_sample (__i__, bad, GST_STREAM_ERROR_WRONG_TYPE,
        "put poissonencoder, regularencoder or directencoder ahead");
    bad = snn_test_sample (3, N, N);
    gst_buffer_get_snn_sample_meta (bad)->timesteps = 2;
    check_bad_sample (__i__, bad, GST_STREAM_ERROR_WRONG_TYPE,
        "set chunk=0 on the encoder");
  }
}

GST_END_TEST;

/* A network that no input reaches through. */
GST_START_TEST (test_silence)
{
  const gchar *silent = SNN_TEST_SLICES "epochs=4 ! voxelnormalize ! "
      "regularencoder timesteps=8 ! snnfinetuner width=2 depth=1 "
      "threshold=1000 location=#/out.nir ! fakesink";
  SnnTestRun run;

  snn_test_expect_eos (silent, folder, &run);
  fail_unless_equals_int (run.n_warnings, 1);
  fail_unless (strstr (run.warning, "predicted in epoch 1") != NULL, "%s",
      run.warning);
  snn_test_run_clear (&run);

  snn_test_train (ANN, "epochs=4", "location=#/ann-out.nir", &run);
  fail_unless_equals_int (run.n_warnings, 0);
  snn_test_run_clear (&run);
}

GST_END_TEST;

/* /dev/full is a disk without space. */
GST_START_TEST (test_full_disk)
{
  snn_test_train_error (__i__, "location=/dev/full checkpoint-location=\"\"",
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, "/dev/full");
  snn_test_train_error (__i__,
      "location=#/out.nir checkpoint-location=/dev/full "
      "resume=false",
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, "/dev/full");
  fail_if (snn_test_exists (folder, "out.nir"));
}

GST_END_TEST;

static void
push_samples (SnnTestElement *e, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    snn_test_element_push (e, snn_test_sample (i, N, N), GST_FLOW_OK);
}

/* The messages of an epoch, of so many samples; they are dropped. */
static guint
count_epochs (SnnTestElement *e)
{
  GstStructure *structure;
  guint n = 0;

  while ((structure = snn_test_element_structure (e, "snn-epoch"))) {
    gst_structure_free (structure);
    n++;
  }
  return n;
}

/* What waits in a batch is trained on at the end, and lost in a flush. */
GST_START_TEST (test_within_a_batch)
{
  const GstSnnEpoch epoch = { 0, 0, FALSE, 12 };
  g_autoptr (GByteArray) predictions = g_byte_array_new ();
  SnnTestElement e;

  start (&e, __i__, "location=#/a.nir", LABELLED);
  push_samples (&e, 0, 6);
  fail_unless_equals_int (snn_test_element_pull (&e, predictions), 4);
  snn_test_element_eos (&e);
  fail_unless_equals_int (snn_test_element_pull (&e, predictions), 2);
  fail_unless (snn_test_exists (folder, "a.nir"));
  fail_unless_equals_int (count_epochs (&e), 1);
  snn_test_element_clear (&e);

  start (&e, __i__, "location=#/b.nir", LABELLED);
  push_samples (&e, 0, 4);
  push_samples (&e, 8, 11);
  snn_test_element_flush (&e);
  push_samples (&e, 4, 6);
  snn_test_element_eos (&e);
  fail_unless (snn_test_same_files (folder, "a.nir", "b.nir"));
  snn_test_element_clear (&e);

  /* In the midst of an epoch: the model, but no checkpoint and no report. */
  start (&e, __i__, "location=#/c.nir", LABELLED);
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
  push_samples (&e, 0, 6);
  snn_test_element_eos (&e);
  fail_unless_equals_int (count_epochs (&e), 0);
  fail_unless (snn_test_same_files (folder, "a.nir", "c.nir"));
  fail_if (snn_test_exists (folder, "c.nir.checkpoint"));
  snn_test_no_error (e.bus);
  snn_test_element_clear (&e);
  snn_test_forget_model ("a.nir");
  snn_test_forget_model ("b.nir");
  snn_test_forget_model ("c.nir");
}

GST_END_TEST;

/* Samples for evaluation are predicted, and leave no trace in the model. */
GST_START_TEST (test_evaluation)
{
  g_autoptr (GByteArray) predictions = g_byte_array_new ();
  SnnTestElement e;

  start (&e, __i__, "location=#/a.nir", LABELLED);
  push_samples (&e, 0, 3);
  for (guint i = 20; i < 27; i++) {
    GstBuffer *buffer = snn_test_sample (i, N, N);

    gst_buffer_get_snn_sample_meta (buffer)->flags = GST_SNN_SAMPLE_EVALUATE;
    snn_test_element_push (&e, buffer, GST_FLOW_OK);
  }
  push_samples (&e, 4, 8);
  snn_test_element_eos (&e);
  fail_unless_equals_int (snn_test_element_pull (&e, predictions), 14);
  snn_test_element_clear (&e);

  start (&e, __i__, "location=#/b.nir", LABELLED);
  push_samples (&e, 0, 3);
  snn_test_element_eos (&e);
  snn_test_element_clear (&e);
  fail_if (snn_test_same_files (folder, "a.nir", "b.nir"));
  snn_test_forget_model ("b.nir");

  start (&e, __i__, "location=#/b.nir", LABELLED);
  push_samples (&e, 0, 3);
  gst_harness_push_event (e.harness, gst_event_new_gap (0, 1));
  push_samples (&e, 4, 8);
  snn_test_element_eos (&e);
  snn_test_element_clear (&e);
  fail_unless (snn_test_same_files (folder, "a.nir", "b.nir"));
  snn_test_forget_model ("a.nir");
  snn_test_forget_model ("b.nir");
}

GST_END_TEST;

/* An epoch that is not the one that is due would be trained with another's random
 * numbers. */
GST_START_TEST (test_epochs_in_order)
{
  GstSnnEpoch epoch = { .epochs = 9, .n_samples = 4 };
  SnnTestElement e;

  start (&e, __i__, "location=#/a.nir", LABELLED);
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
  push_samples (&e, 0, 4);
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_end (&epoch));
  snn_test_no_error (e.bus);
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "The source begins with epoch 0, expected 1");
  snn_test_element_restart (&e, LABELLED);
  epoch.epoch = 3;
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "The source begins with epoch 3, expected 0");
  snn_test_element_clear (&e);
  snn_test_forget_model ("a.nir");
}

GST_END_TEST;

/* A network knows whether it has seen negative input. */
GST_START_TEST (test_sign)
{
  static const gchar *const modes[] = { "unit", "zero-mean" };
  g_autofree gchar *description = g_strdup_printf (SLICES "! voxelnormalize mode=%s "
      "! anntrainer width=2 depth=1 location=#/a.nir ! fakesink", modes[__i__]);
  g_autofree gchar *path = g_build_filename (folder, "a.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;

  snn_test_expect_eos (description, folder, NULL);
  network = snn_model_load (path, NULL);
  fail_unless_equals_int (network->signed_input, __i__);
  snn_test_forget_model ("a.nir");
}

GST_END_TEST;

/* Slice @i of a subject, which is held out. */
static GstBuffer *
held_out_slice (SnnVolumeInfo *volume, guint i)
{
  GstBuffer *buffer = snn_test_sample (i, N, N);
  GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  meta->volume = snn_volume_info_ref (volume);
  meta->flags = GST_SNN_SAMPLE_EVALUATE;
  return buffer;
}

/* The best network is that of the largest mean Dice of subjects, of which one may have
 * more slices than another. */
GST_START_TEST (test_best_score)
{
  static const guint n_slices[] = { 1, 3 };
  GstSnnEpoch epoch = { .epochs = 1, .n_samples = 4 };
  g_autofree gchar *path = g_build_filename (folder, "a.nir.checkpoint", NULL);
  g_autoptr (SnnCheckpoint) checkpoint = NULL;
  g_autoptr (GByteArray) predictions = g_byte_array_new ();
  double expected = 0.;
  SnnTestElement e;
  guint i = 0;

  /* So that predictions stay what random weights make them, around 0.5. */
  start (&e, ANN, "location=#/a.nir learning-rate=1e-9", LABELLED);
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
  for (; i < 4; i++) {
    GstBuffer *buffer = snn_test_sample (i, N, N);

    gst_buffer_get_snn_sample_meta (buffer)->volume = snn_volume_info_new ("t");
    snn_test_element_push (&e, buffer, GST_FLOW_OK);
  }
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_end (&epoch));
  snn_test_element_pull (&e, predictions);
  epoch.evaluate = TRUE;
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
  for (guint s = 0; s < G_N_ELEMENTS (n_slices); s++) {
    g_autoptr (SnnVolumeInfo) volume = snn_volume_info_new (s ? "b" : "a");

    for (guint k = 0; k < n_slices[s]; k++)
      snn_test_element_push (&e, held_out_slice (volume, i++), GST_FLOW_OK);
  }
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_end (&epoch));
  g_byte_array_set_size (predictions, 0);
  fail_unless_equals_int (snn_test_element_pull (&e, predictions), 4);
  i = 0;
  for (guint s = 0; s < G_N_ELEMENTS (n_slices); s++) {
    double both = 0., either = 0.;

    for (guint end = i + n_slices[s]; i < end; i++)
      for (guint v = 0; v < N; v++) {
        const gboolean found = ((float *) predictions->data)[i * N + v] > 0.5f;
        const gboolean truth = snn_test_value (4 + i, v) > 0.7f;

        both += found && truth;
        either += found + truth;
      }
    fail_unless (both > 0., "nothing of subject %u is found", s);
    expected += 2. * both / either / 2.;
  }
  checkpoint = snn_checkpoint_load (path, NULL);
  fail_unless (fabs (snn_checkpoint_get (checkpoint, "best-dice", -1.) - expected)
      < 1e-12, "%g, expected %g", snn_checkpoint_get (checkpoint, "best-dice", -1.),
      expected);
  snn_test_element_clear (&e);
  snn_test_forget_model ("a.nir");
}

GST_END_TEST;

/* A network that is lost is drawn anew, with a warning each time, and the best
 * on held-out samples is kept. */
GST_START_TEST (test_restarts_and_best)
{
  SnnTestRun run;

  /* Nothing passes such thresholds, so that no weight has a gradient. */
  snn_test_expect_eos (SLICES "epochs=20 ! voxelnormalize ! "
      "regularencoder timesteps=8 ! snnfinetuner width=2 depth=1 batch-size=4 "
      "threshold=1000 restarts=2 location=#/out.nir ! fakesink", folder, &run);
  fail_unless (run.n_warnings >= 2, "%u", run.n_warnings);
  snn_test_run_clear (&run);
  snn_test_forget_model ("out.nir");

  snn_test_train (ANN, "subset=train folds=3 evaluate=true epochs=3",
      "location=#/out.nir", &run);
  fail_unless_equals_int (run.n_warnings, 0);
  snn_test_run_clear (&run);
  fail_unless (snn_test_exists (folder, "out.nir.best"));
  /* The same again is the same best. */
  snn_test_forget_model ("out.nir");
  snn_test_train (ANN, "subset=train folds=3 evaluate=true epochs=3",
      "location=#/out.nir best-location=#/other.nir", NULL);
  fail_unless (snn_test_same_files (folder, "out.nir.best", "other.nir"));
  snn_test_forget_model ("out.nir");
  snn_test_train (ANN, "subset=train folds=3 evaluate=true epochs=1",
      "location=#/none.nir best-location=\"\"", NULL);
  fail_if (snn_test_exists (folder, "none.nir.best"));
  snn_test_forget_model ("none.nir");
}

GST_END_TEST;

/* Biases begin at 0, are trained, and stand in the file. */
GST_START_TEST (test_bias)
{
  g_autofree gchar *path = g_build_filename (folder, "out.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  const SnnParameter *bias;
  guint n_moved = 0;

  snn_test_train (ANN, "epochs=1", "bias=true location=#/out.nir", NULL);
  network = snn_model_load (path, NULL);
  fail_unless (network != NULL);
  bias = snn_node_parameter (snn_network_find (network, "e1a"), "bias");
  for (gsize o = 0; o < bias->n; o++)
    n_moved += bias->values[o] != 0.f;
  fail_unless (n_moved > 0, "%" G_GSIZE_FORMAT " biases stayed 0", bias->n);
  snn_test_forget_model ("out.nir");
}

GST_END_TEST;

/* A decay that no schedule looks at. */
GST_START_TEST (test_decay_without_schedule)
{
  snn_test_train_error (__i__, "location=#/out.nir decay=0.5 schedule=cosine",
      GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "decay=0.5 does nothing with schedule=cosine");
}

GST_END_TEST;

/* A batch of many samples is given up when the state changes. */
GST_START_TEST (test_stops_within_a_batch)
{
  g_autofree gchar *description =
      snn_test_training (__i__, "epochs=0", "location=#/out.nir batch-size=60");
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  for (guint i = 0; i < 5; i++) {
    GstMessage *message;

    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
        GST_MESSAGE_STREAM_START | GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT);
    fail_unless (message != NULL);
    fail_if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
    gst_message_unref (message);
    g_usleep (i * 2000);
    fail_unless_equals_int (gst_element_set_state (pipeline,
                                i % 2 ? GST_STATE_READY : GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    gst_bus_set_flushing (bus, TRUE);
    gst_bus_set_flushing (bus, FALSE);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  snn_test_forget_model ("out.nir");
}

GST_END_TEST;

static Suite *
trainers_suite (void)
{
  Suite *suite = suite_create ("trainers");
  TCase *tc = tcase_create ("general");
  const gint n = SNN_TEST_N_TRAINERS;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, snn_test_training_setup,
      snn_test_training_teardown);
  tcase_add_loop_test (tc, test_start_errors, 0, n);
  tcase_add_loop_test (tc, test_refused_caps, 0, G_N_ELEMENTS (refused_caps));
  tcase_add_loop_test (tc, test_caps_change, 0, n);
  tcase_add_loop_test (tc, test_bad_samples, 0, n);
  tcase_add_test (tc, test_silence);
  tcase_add_loop_test (tc, test_full_disk, 0, n);
  tcase_add_loop_test (tc, test_within_a_batch, 0, n);
  tcase_add_loop_test (tc, test_evaluation, 0, n);
  tcase_add_loop_test (tc, test_epochs_in_order, 0, n);
  tcase_add_loop_test (tc, test_sign, 0, 2);
  tcase_add_test (tc, test_best_score);
  tcase_add_test (tc, test_restarts_and_best);
  tcase_add_test (tc, test_bias);
  tcase_add_loop_test (tc, test_decay_without_schedule, 0, n);
  tcase_add_loop_test (tc, test_stops_within_a_batch, 0, n);
  return suite;
}

GST_CHECK_MAIN (trainers);
