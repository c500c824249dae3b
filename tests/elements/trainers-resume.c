/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <glib/gstdio.h>

#include "tests/elements/training-runs.h"

/* Trainers that were interrupted or are done, and their checkpoints. */

static guint
epochs_of (const SnnTestRun *run)
{
  guint n = 0;

  for (guint i = 0; i < run->structures->len; i++)
    n += gst_structure_has_name (run->structures->pdata[i], "snn-epoch");
  return n;
}

static GstPadProbeReturn
stop_source (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gint *left = data;

  if ((*left)-- > 0)
    return GST_PAD_PROBE_OK;
  gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_DATA (info) = NULL;
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_EOS;
  return GST_PAD_PROBE_HANDLED;
}

/* Whether training is over, or in its third epoch where that is enough. */
static gboolean
is_far_enough (GstMessage *message, gboolean third)
{
  guint epoch = 0;

  fail_unless (message != NULL);
  fail_if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS
      || (third && gst_message_has_name (message, "snn-progress")
      && gst_structure_get_uint (gst_message_get_structure (message), "epoch",
          &epoch) && epoch >= 2);
}

/* Stops a training in its third epoch, by a change of state or by EOS. */
static void
interrupt (guint kind, const gchar *settings, gboolean by_state)
{
  g_autofree gchar *description =
      snn_test_training (kind, "epochs=4", settings);
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  g_autoptr (GstElement) it = gst_bin_get_by_name (GST_BIN (pipeline), "it");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (it, "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gint left = 37;
  gboolean done = FALSE;

  if (!by_state)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, stop_source, &left,
        NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!done) {
    GstMessage *message = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
        GST_MESSAGE_ELEMENT | GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

    done = is_far_enough (message, by_state);
    gst_message_unref (message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

/* However a run is interrupted, it ends with the bits of one that was not. */
GST_START_TEST (test_resume)
{
  const gchar *way = "dropout=0.2 location=#/resumed.nir";
  const gchar *steady = "dropout=0.2 schedule=constant location=#/steady.nir";
  const gchar *parts = "dropout=0.2 schedule=constant location=#/resumed.nir";
  SnnTestRun run;

  snn_test_train (__i__, "epochs=4",
      "dropout=0.2 location=#/whole.nir threads=1", &run);
  fail_unless_equals_int (epochs_of (&run), 4);
  snn_test_run_clear (&run);

  /* Threads don't matter. */
  snn_test_train (__i__, "epochs=4",
      "dropout=0.2 location=#/threads.nir threads=2",
      NULL);
  fail_unless (snn_test_same_files (folder, "whole.nir", "threads.nir"));

  /* Between epochs, where the schedule does not ask how many there are. */
  snn_test_train (__i__, "epochs=4", steady, NULL);
  snn_test_train (__i__, "epochs=2", parts, NULL);
  snn_test_train (__i__, "epochs=4", parts, &run);
  fail_unless_equals_int (epochs_of (&run), 2);
  fail_unless_equals_int (run.n_warnings, 0);
  snn_test_run_clear (&run);
  fail_unless (snn_test_same_files (folder, "steady.nir", "resumed.nir"));
  snn_test_forget_model ("steady.nir");
  snn_test_forget_model ("resumed.nir");

  /* A cosine goes on as that of the new number, and says so. */
  snn_test_train (__i__, "epochs=1", way, NULL);
  snn_test_train (__i__, "epochs=2", way, &run);
  fail_unless_equals_int (epochs_of (&run), 1);
  fail_unless_equals_int (run.n_warnings, 1);
  fail_unless (strstr (run.warning, "planned for 1 epochs and goes on as one "
          "of 2") != NULL, "%s", run.warning);
  snn_test_run_clear (&run);
  snn_test_forget_model ("resumed.nir");

  /* In the third epoch. */
  for (guint by_state = 0; by_state < 2; by_state++) {
    interrupt (__i__, way, by_state);
    snn_test_train (__i__, "epochs=4", way, NULL);
    fail_unless (snn_test_same_files (folder, "whole.nir", "resumed.nir"),
        "interrupted by %s", by_state ? "a change of state" : "EOS");
    snn_test_forget_model ("resumed.nir");
  }

  /* All epochs are done: nothing is left to do, and the model stays. */
  snn_test_train (__i__, "epochs=4", "dropout=0.2 location=#/whole.nir", &run);
  fail_unless_equals_int (epochs_of (&run), 0);
  snn_test_run_clear (&run);
  fail_unless (snn_test_same_files (folder, "whole.nir", "threads.nir"));
  snn_test_forget_model ("whole.nir");
  snn_test_forget_model ("threads.nir");
}

GST_END_TEST;

GST_START_TEST (test_refused_checkpoints)
{
  g_autofree gchar *path =
      g_build_filename (folder, "out.nir.checkpoint", NULL);

  snn_test_train (__i__, "", "location=#/out.nir", NULL);
  snn_test_train_error (__i__, "location=#/out.nir seed=5", GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "seed=");
  snn_test_train_error (__i__, "location=#/out.nir loss=bce", GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "loss=");
  if (__i__ != FINETUNED)
    snn_test_train_error (__i__, "location=#/out.nir width=3", GST_STREAM_ERROR,
        GST_STREAM_ERROR_WRONG_TYPE, "node 'e1a' has an output of 2x8x8 (channels "
        "first) where that of this run has 3x8x8; found another width than expected");
  if (__i__ != FINETUNED)
    snn_test_train_error (__i__, "location=#/out.nir depth=2", GST_STREAM_ERROR,
        GST_STREAM_ERROR_WRONG_TYPE, "found another depth or kind of network");

  fail_unless (g_file_set_contents (path, "no checkpoint", -1, NULL));
  snn_test_train_error (__i__, "location=#/out.nir", GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "Can't go on from a checkpoint");
  snn_test_train (__i__, "", "location=#/out.nir resume=false", NULL);
  snn_test_forget_model ("out.nir");
}

GST_END_TEST;

/* A finished run of another fold, or of anything else that the source sends: its
 * network would be measured on subjects that it knows. With a queue the source
 * asks before the trainer knows its caps. */
GST_START_TEST (test_other_dataset)
{
  static const struct
  {
    const gchar *source;
    const gchar *text;
  } others[] = {
    {"subset=train folds=3 fold=1", "fold=0 where this run has fold=1"},
    {"subset=train folds=3 fold=1 ! queue", "fold=0 where this run has fold=1"},
    {"subset=train folds=2", "folds=3 where this run has folds=2"},
    {"subset=all folds=3", "subset=train where this run has subset=all"},
    {"subset=train folds=3 axis=y size=8x0x8",
        "axis=x where this run has axis=y"},
    {"subset=train folds=3 max-subjects=1", "subjects=2"},
  };
  const gchar *way = "location=#/out.nir";

  snn_test_train (__i__, "subset=train folds=3", way, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree gchar *description = snn_test_training (__i__, others[i].source,
        way);

    snn_test_expect_error (description, folder, GST_STREAM_ERROR,
        GST_STREAM_ERROR_WRONG_TYPE, others[i].text);
  }
  /* The same is as good as nothing, and afresh is always possible. */
  snn_test_train (__i__, "subset=train folds=3", way, NULL);
  snn_test_train (__i__, "subset=train folds=3 fold=1",
      "resume=false location=#/out.nir",
      NULL);
  snn_test_forget_model ("out.nir");
}

GST_END_TEST;

static gboolean
has_best (void)
{
  g_autofree gchar *path = g_build_filename (folder, "part.nir.best", NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* A run that ended after its last epoch and before its evaluation, as its checkpoint
 * says, evaluates when it goes on, and only then. */
GST_START_TEST (test_evaluation_is_due)
{
  const gchar *way = "location=#/part.nir";
  SnnTestRun run;

  snn_test_train (__i__, "epochs=2 folds=3 subset=train", way, NULL);
  fail_if (has_best ());
  for (guint again = 0; again < 2; again++) {
    snn_test_train (__i__, "epochs=2 folds=3 subset=train evaluate=true", way, &run);
    fail_unless_equals_int (epochs_of (&run), 0);
    fail_unless (has_best () == !again, "%s", again ? "a second time" : "not at all");
    snn_test_run_clear (&run);
    if (has_best ()) {
      g_autofree gchar *path = g_build_filename (folder, "part.nir.best", NULL);

      fail_unless (snn_test_same_files (folder, "part.nir", "part.nir.best"));
      g_remove (path);
    }
  }
  snn_test_train (__i__, "epochs=3 folds=3 subset=train evaluate=true", way, &run);
  fail_unless_equals_int (epochs_of (&run), 1);
  snn_test_run_clear (&run);
  snn_test_forget_model ("part.nir");
}

GST_END_TEST;

/* A source may still ask while the trainer is stopped under it, as pipelines
 * stop from their sinks on: that is answered, and nothing is kept of it. */
GST_START_TEST (test_asked_when_stopped)
{
  g_autoptr (GstElement) trainer =
      gst_element_factory_make (snn_test_trainers[__i__].name, NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (trainer, "sink");

  for (guint i = 0; i < 2; i++) {
    GstQuery *query = gst_snn_query_new_resume ();
    gboolean evaluated;

    gst_element_set_state (trainer, GST_STATE_PAUSED);
    gst_element_set_state (trainer, GST_STATE_READY);
    gst_snn_query_describe (query, "fold=0\n");
    fail_unless (gst_pad_query (pad, query));
    fail_unless_equals_int (gst_snn_query_parse_resume (query, &evaluated), 0);
    gst_query_unref (query);
  }
  gst_element_set_state (trainer, GST_STATE_NULL);
}

GST_END_TEST;

static Suite *
trainers_resume_suite (void)
{
  Suite *suite = suite_create ("trainers-resume");
  TCase *tc = tcase_create ("general");
  const gint n = SNN_TEST_N_TRAINERS;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, snn_test_training_setup,
      snn_test_training_teardown);
  tcase_add_loop_test (tc, test_evaluation_is_due, 0, n);
  tcase_add_loop_test (tc, test_resume, 0, n);
  tcase_add_loop_test (tc, test_refused_checkpoints, 0, n);
  tcase_add_loop_test (tc, test_other_dataset, 0, n);
  tcase_add_loop_test (tc, test_asked_when_stopped, 0, n);
  return suite;
}

GST_CHECK_MAIN (trainers_resume);
