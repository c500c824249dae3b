/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include <snn/files/model-file.h>
#include "tests/elements/helpers.h"

#define SIDE 8
#define N (SIDE * SIDE)
#define CAPS SNN_TEST_CAPS ("1", "float32", "8:8:1:1:1")
#define SPIKES SNN_TEST_CAPS ("1", "int8", "8:8:1:1:64")
#define T 64
#define CONVERTER "snnconverter model=#/ann.nir location=#/out.nir "
#define BALANCING "method=threshold-balancing "

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 3);
  snn_test_write_unet (folder, "ann.nir", SIDE, FALSE);
  snn_test_write_unet (folder, "snn.nir", SIDE, TRUE);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static void
keep_as (const gchar *name)
{
  g_autofree gchar *from = g_build_filename (folder, "out.nir", NULL);
  g_autofree gchar *to = g_build_filename (folder, name, NULL);

  fail_unless (g_rename (from, to) == 0, "nothing was converted");
}

static void
push_samples (SnnTestElement *e, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    snn_test_element_push (e, snn_test_sample (i, N, 0), GST_FLOW_OK);
}

/* A spike train, whole. */
static GstBuffer *
new_train (guint id)
{
  gint8 *spikes = g_new (gint8, T * N);
  GstBuffer *buffer = gst_buffer_new_wrapped (spikes, T * N);

  for (guint i = 0; i < T * N; i++)
    spikes[i] = snn_test_value (id, i) > 0.4f;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  return buffer;
}

static guint
samples_of (SnnTestElement *e)
{
  GstStructure *done = snn_test_element_structure (e, "snn-conversion-done");
  guint n = 0;

  if (!done)
    return 0;
  fail_unless (gst_structure_get_uint (done, "samples", &n));
  fail_unless (g_str_has_suffix (gst_structure_get_string (done, "location"),
      "/out.nir"));
  gst_structure_free (done);
  return n;
}

GST_START_TEST (test_start_errors)
{
  static const struct
  {
    const gchar *settings;
    gboolean resource;
    gint code;
    const gchar *text;
  } cases[] = {
    { "location=#/out.nir", TRUE, GST_RESOURCE_ERROR_SETTINGS,
        "The property \"model\" is not set" },
    { "model=#/ann.nir", TRUE, GST_RESOURCE_ERROR_SETTINGS,
        "The property \"location\" is not set" },
    { "model=#/none.nir location=#/out.nir", TRUE, GST_RESOURCE_ERROR_NOT_FOUND,
        "none.nir" },
    { "model=#/snn.nir location=#/out.nir", FALSE, GST_STREAM_ERROR_WRONG_TYPE,
        "snn.nir holds a spiking network (IF), expected an analog one" },
    { "model=#/ann.nir location=#/none/out.nir", TRUE,
        GST_RESOURCE_ERROR_OPEN_WRITE, "none/out.nir can't be written" },
    { "model=#/ann.nir location=/dev/full", TRUE,
        GST_RESOURCE_ERROR_NO_SPACE_LEFT, "/dev/full" },
    { "model=#/ann.nir location=#/out.nir levels=2 percentile=97", FALSE,
        GST_STREAM_ERROR_WRONG_TYPE,
        "levels=2 does nothing with percentile=97; expected percentile=0" },
    { "model=#/ann.nir location=#/out.nir rate-matching=8 weight-calibration=4",
        FALSE, GST_STREAM_ERROR_WRONG_TYPE,
        "weight-calibration=4 does what rate-matching=8 would do, and more" },
    { "model=#/ann.nir location=#/out.nir levels=0", FALSE,
        GST_STREAM_ERROR_WRONG_TYPE,
        "percentile=0 gives no scale; expected levels" },
    { "model=#/ann.nir location=#/out.nir rate-matching=8 " BALANCING, FALSE,
        GST_STREAM_ERROR_WRONG_TYPE,
        "rate-matching=8 does nothing with method=threshold-balancing" },
    { "model=#/ann.nir location=#/out.nir neuron=lif", FALSE,
        GST_STREAM_ERROR_WRONG_TYPE, "can't be converted to leaky neurons" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *description =
        g_strconcat (SNN_TEST_SLICES "! voxelnormalize ! snnconverter ",
            cases[i].settings, " ! fakesink", NULL);

    snn_test_expect_error (description, folder,
        cases[i].resource ? GST_RESOURCE_ERROR : GST_STREAM_ERROR,
        cases[i].code, cases[i].text);
  }
  fail_if (snn_test_exists (folder, "out.nir"));
}

GST_END_TEST;

static const struct
{
  const gchar *settings;
  const gchar *caps;
  const gchar *text;
} refused_caps[] = {
  { "", SNN_TEST_CAPS ("1", "float32", "8:16:1:1:1"),
      "ann.nir works on "
      "samples of 8x8 with 1 channels (width x height), found 8x16" },
  { "", SNN_TEST_CAPS ("1", "int8", "8:8:1:2:4"), "found 8x8 with 2" },
  { BALANCING, CAPS, "method=threshold-balancing needs spike trains" },
};

GST_START_TEST (test_refused_caps)
{
  g_autofree gchar *description =
      g_strconcat (CONVERTER, refused_caps[__i__].settings, NULL);
  SnnTestElement e;

  snn_test_element_init (&e, description, folder, refused_caps[__i__].caps);
  snn_test_element_push (&e, snn_test_sample (0, N, 0),
      GST_FLOW_NOT_NEGOTIATED);
  snn_test_element_eos (&e);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      refused_caps[__i__].text);
  fail_if (snn_test_exists (folder, "out.nir"));
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* A network that is worse off with calibrated weights keeps those it has, and this is
 * said once. */
GST_START_TEST (test_calibration_left)
{
  g_autofree gchar *path = g_build_filename (folder, "ann.nir", NULL);
  g_autoptr (SnnNetwork) ann =
      snn_network_new_unet ((SnnShape) { 1, SIDE, SIDE }, 2, 1, 3, NULL);
  SnnTestElement e;
  gchar *text = NULL;

  snn_network_init_weights (ann, 13);
  fail_unless (snn_model_save (ann, path, NULL));
  for (guint l = 0; l < 2; l++) {
    g_autofree gchar *launch =
        g_strdup_printf (CONVERTER "levels=1 weight-calibration=%u", l);
    GstMessage *message;

    snn_test_element_init (&e, launch, folder, CAPS);
    push_samples (&e, 0, 8);
    snn_test_element_eos (&e);
    message = gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING);
    if (l == 0) {
      fail_unless (message == NULL);
      keep_as ("left.nir");
    } else {
      g_autoptr (GError) error = NULL;

      fail_unless (message != NULL);
      gst_message_parse_warning (message, &error, NULL);
      text = g_strdup (error->message);
      gst_message_unref (message);
    }
    fail_unless (gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING) == NULL);
    snn_test_element_clear (&e);
  }
  fail_unless (strstr (text, "ann.nir: Weights are left as they were") != NULL,
      "%s", text);
  fail_unless (snn_test_same_files (folder, "left.nir", "out.nir"));
  g_free (text);
}

GST_END_TEST;

/* Converts when it has enough, once, and lets everything pass by reference. */
GST_START_TEST (test_calibration_samples)
{
  SnnTestElement e;

  snn_test_element_init (&e, CONVERTER "calibration-samples=3", folder, CAPS);
  for (guint i = 0; i < 5; i++) {
    GstBuffer *sample = snn_test_sample (i, N, 0), *out;

    fail_unless_equals_int (snn_test_exists (folder, "out.nir"), i > 2);
    out = gst_harness_push_and_pull (e.harness, sample);
    fail_unless (out == sample);
    gst_buffer_unref (out);
  }
  snn_test_element_eos (&e);
  fail_unless_equals_int (samples_of (&e), 3);
  fail_unless_equals_int (samples_of (&e), 0);
  keep_as ("three.nir");

  /* Again from READY; the end comes early. */
  snn_test_element_restart (&e, CAPS);
  push_samples (&e, 0, 2);
  fail_if (snn_test_exists (folder, "out.nir"));
  snn_test_element_eos (&e);
  fail_unless_equals_int (samples_of (&e), 2);
  keep_as ("two.nir");
  fail_if (snn_test_same_files (folder, "two.nir", "three.nir"));

  /* Samples for evaluation don't count. */
  snn_test_element_restart (&e, CAPS);
  push_samples (&e, 0, 2);
  for (guint i = 50; i < 54; i++) {
    GstBuffer *sample = snn_test_sample (i, N, 0);

    gst_buffer_get_snn_sample_meta (sample)->flags = GST_SNN_SAMPLE_EVALUATE;
    snn_test_element_push (&e, sample, GST_FLOW_OK);
  }
  push_samples (&e, 2, 3);
  fail_unless_equals_int (samples_of (&e), 3);
  keep_as ("again.nir");
  fail_unless (snn_test_same_files (folder, "again.nir", "three.nir"));

  /* What came before a flush doesn't either. */
  snn_test_element_restart (&e, CAPS);
  push_samples (&e, 60, 62);
  snn_test_element_flush (&e);
  push_samples (&e, 0, 3);
  fail_unless_equals_int (samples_of (&e), 3);
  keep_as ("again.nir");
  fail_unless (snn_test_same_files (folder, "again.nir", "three.nir"));
  snn_test_no_error (e.bus);
  snn_test_element_clear (&e);
}

GST_END_TEST;

static const gchar *const methods[] = { "", BALANCING };

/* The same bits whatever the threads, and an SNN that runs. */
GST_START_TEST (test_threads)
{
  for (guint threads = 1; threads <= 3; threads++) {
    g_autofree gchar *description = g_strdup_printf (SNN_TEST_SLICES
        "! voxelnormalize ! poissonencoder timesteps=8 ! " CONVERTER
        "%s threads=%u ! fakesink",
        methods[__i__], threads);

    snn_test_expect_eos (description, folder, NULL);
    keep_as (threads == 1 ? "one.nir" : "more.nir");
    if (threads > 1)
      fail_unless (snn_test_same_files (folder, "one.nir", "more.nir"));
  }
  snn_test_expect_eos (SNN_TEST_SLICES
      "! voxelnormalize ! "
      "poissonencoder timesteps=8 ! snninference model=#/one.nir ! fakesink",
      folder, NULL);
}

GST_END_TEST;

static void
check_bad_sample (const gchar *settings, const gchar *caps, GstBuffer *bad,
    gint code, const gchar *text)
{
  g_autofree gchar *description = g_strconcat (CONVERTER, settings, NULL);
  SnnTestElement e;

  snn_test_element_init (&e, description, folder, caps);
  snn_test_element_push (&e, bad, GST_FLOW_ERROR);
  snn_test_element_eos (&e);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, code, text);
  fail_if (snn_test_exists (folder, "out.nir"));
  snn_test_element_clear (&e);
}

GST_START_TEST (test_bad_samples)
{
  const float nan = NAN;
  GstBuffer *bad = new_train (0);

  GST_BUFFER_FLAG_UNSET (bad, GST_BUFFER_FLAG_MARKER);
  check_bad_sample (BALANCING, SPIKES, bad, GST_STREAM_ERROR_WRONG_TYPE,
      "set chunk=0 on the encoder");
  check_bad_sample ("", CAPS, snn_test_sample (0, N - 1, 0),
      GST_STREAM_ERROR_WRONG_TYPE, "252 bytes where the caps say 256");
  bad = snn_test_sample (0, N, 0);
  gst_buffer_fill (bad, 40, &nan, sizeof nan);
  check_bad_sample ("calibration-samples=1", CAPS, bad, GST_STREAM_ERROR_FAILED,
      "nan");
}

GST_END_TEST;

/* Nothing to calibrate with. */
GST_START_TEST (test_no_samples)
{
  SnnTestElement e;

  snn_test_element_init (&e, CONVERTER, folder, CAPS);
  snn_test_element_eos (&e);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "sample");
  fail_if (snn_test_exists (folder, "out.nir"));
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* The published recipe keeps the weights and sets the thresholds. */
GST_START_TEST (test_threshold_balancing)
{
  g_autofree gchar *ann_path = g_build_filename (folder, "ann.nir", NULL);
  g_autofree gchar *snn_path = g_build_filename (folder, "out.nir", NULL);
  g_autoptr (SnnNetwork) ann = snn_model_load (ann_path, NULL);
  g_autoptr (SnnNetwork) snn = NULL;
  SnnTestElement e;

  snn_test_element_init (&e,
      CONVERTER BALANCING "scales=layer percentile=100 "
                          "threshold-scale=0.7 initial-membrane=zero",
      folder, SPIKES);
  for (guint i = 0; i < 4; i++)
    snn_test_element_push (&e, new_train (i), GST_FLOW_OK);
  snn_test_element_eos (&e);
  fail_unless_equals_int (samples_of (&e), 4);
  snn_test_element_clear (&e);

  snn = snn_model_load (snn_path, NULL);
  fail_unless (snn != NULL && snn->spiking);
  fail_unless_equals_int (snn->timesteps, T);
  fail_unless_equals_int (snn->nodes->len, ann->nodes->len);
  for (guint i = 0; i < snn->nodes->len; i++) {
    const SnnNode *a = snn_network_node (ann, i);
    const SnnNode *b = snn_network_node (snn, i);

    fail_unless (a->n_weights == b->n_weights
        && (!a->n_weights
            || memcmp (a->weight, b->weight, a->n_weights * sizeof (float))
                == 0));
    for (guint c = 0; b->threshold && c < b->out.channels; c++)
      fail_unless (b->threshold[c] > 0.f && b->threshold[c] != 1.f);
  }
}

GST_END_TEST;

/* The end of a whole epoch of fewer samples than asked for is enough; an end in
 * its middle, as Ctrl-C makes, leaves the network that is there. */
GST_START_TEST (test_stopped)
{
  snn_test_expect_eos (SNN_TEST_SLICES "! voxelnormalize ! " CONVERTER
      "calibration-samples=100 ! fakesink", folder, NULL);
  keep_as ("whole.nir");
  snn_test_expect_eos (SNN_TEST_SLICES "! voxelnormalize ! " CONVERTER
      "calibration-samples=100 ! fakesink", folder, NULL);
  snn_test_expect_error (SNN_TEST_SLICES "num-buffers=6 ! voxelnormalize ! "
      CONVERTER "calibration-samples=7 ! fakesink", folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FAILED, "Only 6 of 7 calibration samples");
  fail_unless (snn_test_same_files (folder, "out.nir", "whole.nir"));
  snn_test_expect_eos (SNN_TEST_SLICES "num-buffers=6 ! voxelnormalize ! "
      CONVERTER "calibration-samples=6 ! fakesink", folder, NULL);
  fail_if (snn_test_same_files (folder, "out.nir", "whole.nir"));
}

GST_END_TEST;

/* What weights are is noted in the model. */
GST_START_TEST (test_integers)
{
  g_autofree gchar *path = g_build_filename (folder, "out.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  const SnnNode *node;
  SnnTestRun run;

  snn_test_expect_eos ("phantomsrc subjects=2 size=2x8x8 ! voxelnormalize "
      "mode=zero-mean ! " CONVERTER "weights=int8 ! fakesink", folder, &run);
  snn_test_run_clear (&run);
  network = snn_model_load (path, NULL);
  fail_unless (network != NULL);
  assert_equals_string (snn_network_metadata (network, SNN_WEIGHTS_NOTE),
      "int8");
  node = snn_network_find (network, "e1a");
  for (gsize w = 0; w < node->n_weights; w++) {
    const float q = node->weight[w] * 128.f;

    fail_unless (q == rintf (q) && fabsf (q) <= 127.f, "%g", q);
  }
}

GST_END_TEST;

static Suite *
snnconverter_suite (void)
{
  Suite *suite = suite_create ("snnconverter");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_start_errors);
  tcase_add_loop_test (tc, test_refused_caps, 0, G_N_ELEMENTS (refused_caps));
  tcase_add_test (tc, test_calibration_left);
  tcase_add_test (tc, test_calibration_samples);
  tcase_add_loop_test (tc, test_threads, 0, G_N_ELEMENTS (methods));
  tcase_add_test (tc, test_bad_samples);
  tcase_add_test (tc, test_no_samples);
  tcase_add_test (tc, test_stopped);
  tcase_add_test (tc, test_threshold_balancing);
  tcase_add_test (tc, test_integers);
  return suite;
}

GST_CHECK_MAIN (snnconverter);
