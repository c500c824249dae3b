/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/files/model-file.h>
#include <snn/run/engine.h>
#include <snn/volumes/nifti-read.h>
#include "tests/elements/helpers.h"

/* Trains of spikes on the way from their encoder to who reads them: what is
 * missing is noticed, whatever it is. */

#define SIDE 8
#define TRAINS SNN_TEST_SLICES "! voxelnormalize mode=unit ! poissonencoder timesteps=8 "
#define READER "! snninference name=it model=#/snn.nir batch-size=3 "

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 2);
  snn_test_write_unet (folder, "ann.nir", SIDE, FALSE);
  snn_test_write_unet (folder, "snn.nir", SIDE, TRUE);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* Buffers that don't come, by their running numbers, from *first on. */
typedef struct
{
  guint seen;
  guint first;
  guint n;
} Loss;

static GstPadProbeReturn
lose (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Loss *loss = data;
  guint i = loss->seen++;

  return i >= loss->first && i < loss->first + loss->n ? GST_PAD_PROBE_DROP
      : GST_PAD_PROBE_OK;
}

/* Chunks of two timesteps, four a sample. */
GST_START_TEST (test_lost_chunks)
{
  static const struct
  {
    guint first, n;
    const gchar *settings;
    const gchar *error; /* NULL: none */
  } rows[] = {
    { 0, 0, "", NULL },
    { 0, 1, "", "Timesteps 0 to 1 of sample 0, which has 8, did not come" },
    { 1, 1, "", "Timesteps 2 to 3 of sample 0, which has 8, did not come" },
    { 1, 1, "batch-size=1", "Timesteps 2 to 3 of sample 0, which has 8" },
    { 1, 1, "every-chunk=true", "Timesteps 2 to 3 of sample 0, which has 8" },
    { 3, 1, "", "Timesteps 6 to 7 of sample 0, which has 8, did not come" },
    { 2, 3, "", "Timesteps 4 to 7 of sample 0, which has 8, did not come" },
    { 5, 2, "", "Timesteps 2 to 5 of sample 1, which has 8, did not come" },
    /* A whole sample is not a part of one. */
    { 4, 4, "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *description = g_strdup_printf (
        TRAINS "chunk=2 " READER "%s ! fakesink", rows[i].settings);
    g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
    g_autoptr (GstElement) it = gst_bin_get_by_name (GST_BIN (pipeline), "it");
    g_autoptr (GstPad) pad = gst_element_get_static_pad (it, "sink");
    Loss loss = { 0, rows[i].first, rows[i].n };
    SnnTestRun run;

    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, lose, &loss, NULL);
    snn_test_run (pipeline, &run);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    if (!rows[i].error)
      fail_unless (!run.error, "row %u: %s", i,
          run.error ? run.error->message : "");
    else
      fail_unless (run.error && run.n_errors == 1
              && strstr (run.error->message, rows[i].error),
          "row %u: '%s' lacks '%s'", i, run.error ? run.error->message : "",
          rows[i].error);
    snn_test_run_clear (&run);
  }
}

GST_END_TEST;

static GstPadProbeReturn
end_early (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  guint *left = data;

  if (*left == 0)
    return GST_PAD_PROBE_DROP;
  (*left)--;
  return GST_PAD_PROBE_OK;
}

/* What is cut off at the end can't be told from a stream that is stopped. */
GST_START_TEST (test_cut_off)
{
  g_autoptr (GstElement) pipeline =
      snn_test_launch (TRAINS "chunk=2 " READER "! fakesink", folder);
  g_autoptr (GstElement) it = gst_bin_get_by_name (GST_BIN (pipeline), "it");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (it, "sink");
  guint left = 6;
  SnnTestRun run;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, end_early, &left, NULL);
  snn_test_run (pipeline, &run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (!run.error);
  fail_unless_equals_int (run.n_warnings, 1);
  fail_unless (strstr (run.warning, "in the midst of a sample") != NULL, "%s",
      run.warning);
  snn_test_run_clear (&run);
}

GST_END_TEST;

/* The stream that comes after one that was cut off begins anew, and so do membranes. */
GST_START_TEST (test_cut_off_and_next)
{
  const gchar *caps = SNN_TEST_CAPS ("1", "float32", "8:8:1:1:2");
  g_autoptr (GByteArray) before = g_byte_array_new ();
  g_autoptr (GByteArray) after = g_byte_array_new ();
  SnnTestElement e;

  snn_test_element_init (&e, "snninference model=#/snn.nir batch-size=1",
      folder, caps);
  for (guint stream = 0; stream < 2; stream++) {
    GstBuffer *begun = snn_test_sample (1, SIDE * SIDE * 2, 0);
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    if (stream == 1) {
      gst_harness_push_event (e.harness, gst_event_new_stream_start ("next"));
      gst_harness_push_event (e.harness, gst_event_new_segment (&segment));
    }
    snn_test_element_push (&e, snn_test_sample (0, SIDE * SIDE * 2, 0),
        GST_FLOW_OK);
    GST_BUFFER_FLAG_UNSET (begun, GST_BUFFER_FLAG_MARKER);
    snn_test_element_push (&e, begun, GST_FLOW_OK);
    snn_test_element_eos (&e);
    fail_unless_equals_int (snn_test_element_pull (&e, stream ? after : before),
        1);
    snn_test_no_error (e.bus);
  }
  fail_unless (before->len > 0 && before->len == after->len
      && memcmp (before->data, after->data, before->len) == 0);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* DISCONT says that something was lost, and not where a sample begins: a queue
 * may set it, and the first buffer of a stream has it. */
GST_START_TEST (test_discont_begins_nothing)
{
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  g_autoptr (GByteArray) marked = g_byte_array_new ();

  for (guint run = 0; run < 2; run++) {
    SnnTestElement e;

    snn_test_element_init (&e, "snninference model=#/snn.nir batch-size=1",
        folder, SNN_TEST_CAPS ("1", "uint8", "8:8:1:1:2"));
    for (guint i = 0; i < 4; i++) {
      guint8 *spikes = g_new (guint8, 2 * SIDE * SIDE);
      GstBuffer *buffer = gst_buffer_new_wrapped (spikes, 2 * SIDE * SIDE);
      GstSnnSampleMeta *meta = gst_buffer_add_snn_sample_meta (buffer, NULL);

      for (guint j = 0; j < 2 * SIDE * SIDE; j++)
        spikes[j] = snn_test_value (i, j) > 0.4f;
      meta->timestep = 2 * i;
      meta->timesteps = 8;
      if (run > 0)
        GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
      snn_test_element_push (&e, buffer, GST_FLOW_OK);
    }
    fail_unless_equals_int (
        snn_test_element_pull (&e, run > 0 ? marked : plain), 1);
    snn_test_element_clear (&e);
  }
  fail_unless (plain->len == marked->len
      && memcmp (plain->data, marked->data, plain->len) == 0);
}

GST_END_TEST;

GST_START_TEST (test_forgotten_encoder)
{
  static const gchar *const readers[] = {
    "snninference model=#/snn.nir",
    "snninference model=#/snn.nir every-chunk=true",
    "snnfinetuner model=#/snn.nir location=#/out.nir resume=false",
  };

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++) {
    g_autofree gchar *description = g_strconcat (
        SNN_TEST_SLICES "! voxelnormalize mode=unit ! ", readers[i], " ! fakesink", NULL);

    snn_test_expect_error (description, folder, GST_STREAM_ERROR,
        GST_STREAM_ERROR_WRONG_TYPE,
        "put poissonencoder, regularencoder or directencoder ahead");
  }
}

GST_END_TEST;

/* Who needs whole trains says so, also of currents, whose chunks of one
 * timestep have the caps of an image. */
GST_START_TEST (test_chunks_are_no_trains)
{
  static const gchar *const readers[] = {
    "snnfinetuner model=#/snn.nir location=#/out.nir resume=false",
    "snnconverter model=#/ann.nir location=#/out.nir",
  };

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    for (guint chunk = 1; chunk <= 2; chunk++) {
      g_autofree gchar *description = g_strdup_printf (SNN_TEST_SLICES
          "! voxelnormalize mode=unit ! directencoder timesteps=4 chunk=%u ! %s "
          "! fakesink", chunk, readers[i]);

      snn_test_expect_error (description, folder, GST_STREAM_ERROR,
          GST_STREAM_ERROR_WRONG_TYPE, "set chunk=0 on the encoder");
    }
}

GST_END_TEST;

static guint
count_notes (const gchar *description, const gchar *text)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  guint n = 0;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((message = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
              GST_MESSAGE_INFO | GST_MESSAGE_EOS | GST_MESSAGE_ERROR))) {
    gboolean ended = GST_MESSAGE_TYPE (message) != GST_MESSAGE_INFO;
    g_autoptr (GError) info = NULL;

    fail_if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
    if (!ended) {
      gst_message_parse_info (message, &info, NULL);
      fail_unless (strstr (info->message, text) != NULL, "%s", info->message);
      n++;
    }
    gst_message_unref (message);
    if (ended)
      break;
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return n;
}

GST_START_TEST (test_other_timesteps_are_noted)
{
  g_autofree gchar *from = g_build_filename (folder, "snn.nir", NULL);
  g_autofree gchar *to = g_build_filename (folder, "snn8.nir", NULL);
  g_autoptr (SnnNetwork) network = snn_model_load (from, NULL);
  const gchar *text = "snn8.nir was converted or fine-tuned for 8 timesteps "
                      "and is run for 4";

  network->timesteps = 8;
  fail_unless (snn_model_save (network, to, NULL));
  fail_unless_equals_int (count_notes (SNN_TEST_SLICES
      "! voxelnormalize mode=unit ! directencoder timesteps=4 "
      "! snninference model=#/snn8.nir ! fakesink", text), 1);
  fail_unless_equals_int (count_notes (SNN_TEST_SLICES
      "! voxelnormalize mode=unit ! directencoder timesteps=8 chunk=2 "
      "! snninference model=#/snn8.nir ! fakesink", text), 0);
  fail_unless_equals_int (count_notes (SNN_TEST_SLICES
      "! voxelnormalize mode=unit ! directencoder timesteps=4 "
      "! snninference model=#/snn.nir ! fakesink", text), 0);
}

GST_END_TEST;

static SnnVolume *
load (const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  GError *error = NULL;
  SnnVolume *volume = snn_nifti_load (path, 0, NULL, &error);

  fail_unless (volume != NULL, "%s", error ? error->message : "");
  return volume;
}

/* Of two timesteps, a quarter of the square of what they differ by, each of which is
 * found from the readout of the first and that of both; the same bits however samples
 * come. */
GST_START_TEST (test_variance)
{
#define CUBES SNN_TEST_SLICES "size=8x8x8 ! voxelnormalize mode=unit ! directencoder "
#define WRITE "! niftisink content=probability overwrite=true location=#/"
  static const gchar *const ways[] = {
    CUBES "timesteps=1 ! snninference model=#/snn.nir output=logit " WRITE "one-%s.nii",
    CUBES "timesteps=2 ! snninference model=#/snn.nir output=logit " WRITE "two-%s.nii",
    CUBES "timesteps=2 ! snninference model=#/snn.nir output=logit statistic=variance "
    WRITE "logit-%s.nii",
    CUBES "timesteps=2 ! snninference model=#/snn.nir statistic=variance "
    WRITE "probability-%s.nii",
    CUBES "timesteps=2 chunk=1 ! snninference model=#/snn.nir statistic=variance "
    "batch-size=3 threads=2 " WRITE "chunks-%s.nii",
    CUBES "timesteps=2 chunk=1 ! snninference model=#/snn.nir statistic=variance "
    "every-chunk=true batch-size=1 " WRITE "every-%s.nii",
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    snn_test_expect_eos (ways[i], folder, NULL);
  for (guint s = 0; s < 2; s++) {
    const gchar *const names[] = { "one", "two", "logit", "probability", "chunks", "every" };
    SnnVolume *found[G_N_ELEMENTS (names)];
    guint n_wrong = 0, n_other = 0, n_some = 0;

    for (guint k = 0; k < G_N_ELEMENTS (names); k++) {
      g_autofree gchar *name = g_strdup_printf ("%s-s%u.nii", names[k], s);

      found[k] = load (name);
    }
    for (gsize i = 0; i < 5 * 4 * 3; i++) {
      const double first = found[0]->image[i];
      const double second = 2. * found[1]->image[i] - first;
      const double logit = (first - second) / 2.;
      const double p = (1. / (1. + exp (-first)) - 1. / (1. + exp (-second))) / 2.;

      n_wrong += fabs (found[2]->image[i] - logit * logit) > 1e-4 * logit * logit + 1e-9;
      n_wrong += fabs (found[3]->image[i] - p * p) > 1e-4 * p * p + 1e-9;
      n_other += found[4]->image[i] != found[3]->image[i];
      n_other += found[5]->image[i] != found[3]->image[i];
      n_some += p * p > 1e-6;
    }
    fail_unless (n_wrong == 0 && n_other == 0 && n_some > 0, "subject %u: %u wrong, %u "
        "other by chunks, %u not 0", s, n_wrong, n_other, n_some);
    for (guint k = 0; k < G_N_ELEMENTS (names); k++)
      snn_volume_unref (found[k]);
  }
}

GST_END_TEST;

/* Who takes it for a probability is told that it is none. */
GST_START_TEST (test_variance_is_no_probability)
{
  static const gchar *const readers[] = {
    "dicesink location=#/report.json", "niftisink location=#/mask-%s.nii",
    "niftisink content=uncertainty location=#/bits-%s.nii", "maskoverlay ! fakesink",
    "probabilitymean ! fakesink",
  };

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++) {
    g_autofree gchar *description = g_strconcat (CUBES "timesteps=2 ! snninference "
        "model=#/snn.nir statistic=variance ! ", readers[i], NULL);

    snn_test_expect_error (description, folder, GST_STREAM_ERROR,
        GST_STREAM_ERROR_DECODE, "values that are the variance of predictions");
  }
}

GST_END_TEST;

/* A layer's rate is that of its neurons' spikes over all timesteps of all samples. */
GST_START_TEST (test_rates)
{
#define N_SAMPLES 3
#define TIMESTEPS 4
  const gsize size = TIMESTEPS * SIDE * SIDE;
  g_autofree gchar *path = g_build_filename (folder, "snn.nir", NULL);
  g_autoptr (SnnNetwork) network = snn_model_load (path, NULL);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  SnnState *state = snn_state_new (network);
  g_autoptr (GstStructure) structure = NULL;
  const GValue *rates;
  guint64 spikes[32] = { 0, };
  SnnTestElement e;
  guint n_layers;

  snn_test_element_init (&e, "snninference model=#/snn.nir", folder,
      SNN_TEST_CAPS ("1", "int8", "8:8:1:1:4"));
  for (guint i = 0; i < N_SAMPLES; i++) {
    gint8 *train = g_new (gint8, size);
    GstBuffer *buffer = gst_buffer_new_wrapped (train, size);
    float logits[SIDE * SIDE], *out = logits;

    for (gsize k = 0; k < size; k++)
      train[k] = snn_test_value (i, k) > 0.4f;
    snn_state_reset (state);
    snn_engine_run (engine, 1, &(SnnInput) { train, SNN_VALUE_INT8, TIMESTEPS },
        &state, &out, NULL, NULL);
    for (guint n = 0, layer = 0; n < network->nodes->len; n++)
      if (snn_node_is_neuron (snn_network_node (network, n))) {
        spikes[layer] += snn_state_spikes (state, layer);
        layer++;
      }
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
    snn_test_element_push (&e, buffer, GST_FLOW_OK);
  }
  snn_test_element_eos (&e);
  structure = snn_test_element_structure (&e, "snn-rates");
  rates = gst_structure_get_value (structure, "rates");
  n_layers = gst_value_array_get_size (rates);
  for (guint n = 0, layer = 0; n < network->nodes->len; n++) {
    const SnnNode *node = snn_network_node (network, n);
    const double most = (double) (N_SAMPLES * TIMESTEPS * snn_shape_size (node->out));
    double rate;

    if (!snn_node_is_neuron (node))
      continue;
    fail_unless (layer < n_layers, "no rate of %s", node->name);
    rate = g_value_get_double (gst_value_array_get_value (rates, layer));
    fail_unless (spikes[layer] > 0
        && fabs (rate - (double) spikes[layer] / most) < 1e-12, "%s: %g for %"
        G_GUINT64_FORMAT " spikes", node->name, rate, spikes[layer]);
    layer++;
  }
  snn_state_unref (state);
  snn_test_element_clear (&e);
}

GST_END_TEST;

static Suite *
spike_trains_suite (void)
{
  Suite *suite = suite_create ("spike-trains");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_lost_chunks);
  tcase_add_test (tc, test_cut_off);
  tcase_add_test (tc, test_cut_off_and_next);
  tcase_add_test (tc, test_discont_begins_nothing);
  tcase_add_test (tc, test_forgotten_encoder);
  tcase_add_test (tc, test_chunks_are_no_trains);
  tcase_add_test (tc, test_other_timesteps_are_noted);
  tcase_add_test (tc, test_rates);
  tcase_add_test (tc, test_variance);
  tcase_add_test (tc, test_variance_is_no_probability);
  return suite;
}

GST_CHECK_MAIN (spike_trains);
