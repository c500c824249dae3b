/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <math.h>
#include <string.h>

#include <snn/run/engine.h>
#include <snn/run/probability.h>
#include <snn/files/model-file.h>
#include "tests/elements/helpers.h"

/* anninference and snninference, which share most of what they do. */

#define SIDE 8
#define N (SIDE * SIDE)
#define CAPS SNN_TEST_CAPS ("1", "float32", "8:8:1:1:1")
#define LABELLED SNN_TEST_CAPS ("2", "float32,uint8", "8:8:1:1:1,8:8:1:1:1")
#define CHUNK_CAPS SNN_TEST_CAPS ("1", "int8", "8:8:1:1:2")

static const struct
{
  const gchar *name;
  const gchar *model;
  const gchar *other;   /* a model of the other kind */
  const gchar *refusal; /* of that */
} kinds[] = {
  { "anninference", "ann.nir", "snn.nir",
      "snn.nir holds a spiking network (IF), expected an analog one" },
  { "snninference", "snn.nir", "ann.nir",
      "ann.nir holds an analog network (ReLU), expected a spiking one" },
};

static gchar *folder;

static void
setup (void)
{
  g_autofree gchar *whole = NULL, *half = NULL, *noise = NULL;
  g_autofree gchar *content = NULL;
  gsize size;

  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 3);
  snn_test_write_unet (folder, "ann.nir", SIDE, FALSE);
  snn_test_write_unet (folder, "snn.nir", SIDE, TRUE);
  snn_test_write_classifier (folder, "classes.nir", SIDE, 1, 3);
  whole = g_build_filename (folder, "ann.nir", NULL);
  half = g_build_filename (folder, "half.nir", NULL);
  noise = g_build_filename (folder, "noise.nir", NULL);
  fail_unless (g_file_get_contents (whole, &content, &size, NULL));
  fail_unless (g_file_set_contents (half, content, (gssize) size / 2, NULL));
  fail_unless (g_file_set_contents (noise, "no model", -1, NULL));
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* Element number @kind with its model. */
static void
start (SnnTestElement *e, guint kind, const gchar *settings, const gchar *caps)
{
  g_autofree gchar *description = g_strdup_printf (
      "%s model=#/%s batch-timeout=0 %s",
      kinds[kind].name, kinds[kind].model, settings);

  snn_test_element_init (e, description, folder, caps);
}

static void
expect_start_error (guint kind, const gchar *settings, GQuark domain, gint code,
    const gchar *text)
{
  g_autofree gchar *description = g_strdup_printf (SNN_TEST_SLICES "! %s %s "
                                                                   "! fakesink",
      kinds[kind].name, settings);

  snn_test_expect_error (description, folder, domain, code, text);
}

GST_START_TEST (test_model_errors)
{
  g_autofree gchar *other = g_strdup_printf ("model=#/%s", kinds[__i__].other);

  expect_start_error (__i__, "", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "The property \"model\" is not set");
  expect_start_error (__i__, "model=#/none.nir", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND, "none.nir");
  expect_start_error (__i__, "model=#/noise.nir", GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "noise.nir");
  expect_start_error (__i__, "model=#/half.nir", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ, "half.nir");
  expect_start_error (__i__, other, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, kinds[__i__].refusal);
}

GST_END_TEST;

GST_START_TEST (test_model_for_other_caps)
{
  static const struct
  {
    const gchar *caps;
    const gchar *found;
  } refused[] = {
    { SNN_TEST_CAPS ("1", "float32", "16:8:1:1:1"), "), found 16x8 with 1 channels" },
    { SNN_TEST_CAPS ("1", "float32", "8:16:1:1:1"), "), found 8x16 with 1 channels" },
    { SNN_TEST_CAPS ("1", "float32", "8:8:1:3:1"), "), found 8x8 with 3 channels" },
    { SNN_TEST_CAPS ("1", "float32", "8:8:2:1:1"),
        " x depth), found 8x8x2 with 1 channels" },
  };
  SnnTestElement e;

  start (&e, __i__, "", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autofree gchar *text =
        g_strdup_printf ("%s works on samples of 8x8 "
                         "with 1 channels (width x height%s",
            kinds[__i__].model, refused[i].found);

    snn_test_element_restart (&e, refused[i].caps);
    snn_test_element_push (&e, snn_test_sample (0, N, 0),
        GST_FLOW_NOT_NEGOTIATED);
    snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
        text);
  }

  /* The same instance works once the stream is right. */
  snn_test_element_restart (&e, CAPS);
  snn_test_element_push (&e, snn_test_sample (0, N, 0), GST_FLOW_OK);
  snn_test_element_clear (&e);
}

GST_END_TEST;

GST_START_TEST (test_analog_takes_one_timestep)
{
  SnnTestElement e;

  start (&e, 0, "", SNN_TEST_CAPS ("1", "float32", "8:8:1:1:4"));
  snn_test_element_push (&e, snn_test_sample (0, 4 * N, 0),
      GST_FLOW_NOT_NEGOTIATED);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "an analog network, which works on one timestep, found 4");
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* What the core predicts for samples 0 to @n - 1. */
static GByteArray *
predict (guint kind, guint n, gboolean probability)
{
  g_autofree gchar *path = g_build_filename (folder, kinds[kind].model, NULL);
  g_autoptr (SnnNetwork) network = snn_model_load (path, NULL);
  SnnEngine *engine = snn_engine_new (network, 1);
  SnnState *state = network->spiking ? snn_state_new (network) : NULL;
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < n; i++) {
    float values[N], logits[N], *out = logits;
    const SnnInput input = { .data = values,
      .type = SNN_VALUE_FLOAT32,
      .timesteps = 1 };

    for (guint j = 0; j < N; j++)
      values[j] = snn_test_value (i, j);
    if (state)
      snn_state_reset (state);
    snn_engine_run (engine, 1, &input, state ? &state : NULL, &out, NULL,
        NULL);
    if (probability)
      snn_sigmoid (logits, N);
    g_byte_array_append (bytes, (guint8 *) logits, sizeof logits);
  }
  g_clear_pointer (&state, snn_state_unref);
  snn_engine_unref (engine);
  return bytes;
}

static void
check_equal (const GByteArray *a, const GByteArray *b, const gchar *what)
{
  fail_unless (a->len == b->len && memcmp (a->data, b->data, a->len) == 0,
      "%s: %u and %u bytes", what, a->len, b->len);
}

/* Neither batches nor threads change a bit of what the core says. */
GST_START_TEST (test_batches_and_threads)
{
  static const gchar *const ways[] = { "batch-size=1 threads=1",
    "batch-size=3 threads=2", "batch-size=11 threads=1", "threads=2",
    "batch-size=20 threads=3", "batch-size=4 output=logit threads=2" };

  for (guint w = 0; w < G_N_ELEMENTS (ways); w++) {
    g_autoptr (GByteArray) expected =
        predict (__i__, 11, !strstr (ways[w], "logit"));
    g_autoptr (GByteArray) got = g_byte_array_new ();
    SnnTestElement e;

    start (&e, __i__, ways[w], CAPS);
    for (guint i = 0; i < 11; i++)
      snn_test_element_push (&e, snn_test_sample (i, N, 0), GST_FLOW_OK);
    snn_test_element_eos (&e);
    fail_unless (snn_test_element_pull (&e, got) == 11, "%s", ways[w]);
    check_equal (got, expected, ways[w]);
    snn_test_element_clear (&e);
  }
}

GST_END_TEST;

/* Buffers that came out have to be of samples @from to @to - 1. */
static void
check_samples (SnnTestElement *e, guint from, guint to, guint n_memory)
{
  for (guint i = from; i < to; i++) {
    GstBuffer *buffer = gst_harness_try_pull (e->harness);

    fail_unless (buffer != NULL, "no prediction of sample %u", i);
    fail_unless_equals_int (gst_buffer_get_snn_sample_meta (buffer)->sample, i);
    fail_unless_equals_int (gst_buffer_n_memory (buffer), n_memory);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (gst_harness_buffers_in_queue (e->harness), 0);
}

static void
push_samples (SnnTestElement *e, guint from, guint to, gsize n_label)
{
  for (guint i = from; i < to; i++)
    snn_test_element_push (e, snn_test_sample (i, N, n_label), GST_FLOW_OK);
}

GST_START_TEST (test_within_a_batch)
{
  const GstSnnEpoch epoch = { 0, 2, FALSE, 9 };
  SnnTestElement e;

  start (&e, __i__, "batch-size=4", CAPS);
  push_samples (&e, 0, 6, 0);
  check_samples (&e, 0, 4, 1);

  /* Two samples wait: lost in a flush, ... */
  snn_test_element_flush (&e);
  push_samples (&e, 6, 10, 0);
  check_samples (&e, 6, 10, 1);

  /* ... ahead of an event, of a gap, of other caps, and of the end. */
  push_samples (&e, 10, 13, 0);
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_end (&epoch));
  check_samples (&e, 10, 13, 1);
  push_samples (&e, 13, 14, 0);
  gst_harness_push_event (e.harness, gst_event_new_gap (0, 1));
  check_samples (&e, 13, 14, 1);
  push_samples (&e, 14, 16, 0);
  gst_harness_set_src_caps_str (e.harness, LABELLED);
  check_samples (&e, 14, 16, 1);
  push_samples (&e, 16, 19, N);
  snn_test_element_eos (&e);
  check_samples (&e, 16, 19, 2);
  snn_test_no_error (e.bus);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* After a broken sample nothing is worked on, and there is no second error. */
GST_START_TEST (test_broken_samples)
{
  SnnTestElement e;

  start (&e, __i__, "batch-size=4", CAPS);
  push_samples (&e, 0, 2, 0);
  snn_test_element_push (&e, snn_test_sample (2, N - 1, 0), GST_FLOW_ERROR);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "Tensor 0 of a buffer has 252 bytes where the caps say 256");
  snn_test_element_push (&e, snn_test_sample (3, N, 0), GST_FLOW_ERROR);
  snn_test_element_eos (&e);
  check_samples (&e, 0, 0, 1);
  snn_test_no_error (e.bus);

  snn_test_element_restart (&e, LABELLED);
  snn_test_element_push (&e, snn_test_sample (0, N, 0), GST_FLOW_ERROR);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "1 memories where the caps say 2 tensors");
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* Numbers however large spoil no other sample; what is no number is refused,
 * by the name of its sample. */
GST_START_TEST (test_not_a_number)
{
  g_autoptr (GByteArray) expected = predict (__i__, 3, TRUE);
  g_autoptr (GByteArray) got = g_byte_array_new ();
  const gsize size = N * sizeof (float);
  const float bad[] = { 1e38f, NAN, INFINITY, -INFINITY };

  for (guint b = 0; b < G_N_ELEMENTS (bad); b++) {
    gboolean refused = !isfinite (bad[b]);
    SnnTestElement e;

    start (&e, __i__, "batch-size=3 batch-timeout=0", CAPS);
    for (guint i = 0; i < 3; i++) {
      GstBuffer *buffer = snn_test_sample (i, N, 0);

      if (i == 1)
        gst_buffer_fill (buffer, 20 * sizeof (float), &bad[b], sizeof (float));
      snn_test_element_push (&e, buffer,
          refused && i == 2 ? GST_FLOW_ERROR : GST_FLOW_OK);
    }
    if (refused) {
      snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
          "Sample 1: value 20 is ");
      snn_test_element_clear (&e);
      continue;
    }
    g_byte_array_set_size (got, 0);
    fail_unless (snn_test_element_pull (&e, got) == 3, "%g", bad[b]);
    for (guint i = 0; i < 3; i++)
      fail_unless ((memcmp (got->data + i * size, expected->data + i * size, size)
              == 0) == (i != 1), "%g: sample %u", bad[b], i);
    snn_test_element_clear (&e);
  }
}

GST_END_TEST;

GST_START_TEST (test_sign_is_warned_of_once)
{
  const float negative = -0.5f;
  SnnTestElement e;
  GstMessage *message;
  GError *warning = NULL;

  start (&e, __i__, "batch-size=2", CAPS);
  for (guint i = 0; i < 6; i++) {
    GstBuffer *buffer = snn_test_sample (i, N, 0);

    gst_buffer_fill (buffer, 0, &negative, sizeof negative);
    snn_test_element_push (&e, buffer, GST_FLOW_OK);
  }
  message = gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  gst_message_parse_warning (message, &warning, NULL);
  fail_unless (strstr (warning->message,
                   "made for input in [0, 1], found "
                   "negative values")
          != NULL,
      "%s", warning->message);
  g_error_free (warning);
  gst_message_unref (message);
  fail_unless (gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING) == NULL);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* Softmax over classes, as probabilities. */
GST_START_TEST (test_classifier)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  const float *p;
  SnnTestElement e;

  snn_test_element_init (&e, "anninference model=#/classes.nir batch-size=1",
      folder, SNN_TEST_CAPS ("2", "float32,uint8", "8:8:1:1:1,1:1:1:1:1"));
  snn_test_element_push (&e, snn_test_sample (0, N, 1), GST_FLOW_OK);
  fail_unless_equals_int (snn_test_element_pull (&e, got), 1);
  fail_unless_equals_int (got->len, 3 * sizeof (float));
  p = (const float *) got->data;
  fail_unless (fabs (p[0] + p[1] + p[2] - 1.) < 1e-6);
  fail_unless (p[0] > 0.f && p[1] > 0.f && p[2] > 0.f);
  snn_test_element_clear (&e);
}

GST_END_TEST;

GST_START_TEST (test_counts_operations)
{
  SnnTestElement e;

  start (&e, __i__, "batch-size=4 count-operations=true", CAPS);
  for (guint run = 0; run < 2; run++) {
    GstStructure *energy;
    guint64 n = 0;
    double effective = 0., dense = 0.;

    push_samples (&e, 0, 6, 0);
    snn_test_element_eos (&e);
    energy = snn_test_element_structure (&e, "snn-energy");
    fail_unless (energy != NULL);
    gst_structure_get_uint64 (energy, "samples", &n);
    gst_structure_get_double (energy, "effective-microjoules", &effective);
    gst_structure_get_double (energy, "dense-microjoules", &dense);
    fail_unless_equals_uint64 (n, 6);
    fail_unless (effective > 0. && effective < dense, "%g of %g", effective,
        dense);
    gst_structure_free (energy);
    fail_unless (snn_test_element_structure (&e, "snn-energy") == NULL);
    snn_test_element_restart (&e, CAPS);
  }
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* Predictions of spikes that come as @settings of the encoder say. */
static GPtrArray *
predict_spikes (const gchar *encoder, const gchar *settings)
{
  g_autofree gchar *description = g_strdup_printf (SNN_TEST_SLICES
      "! voxelnormalize ! poissonencoder polarity=binary %s "
      "! snninference model=#/snn.nir %s ! fakesink name=sink",
      encoder, settings);
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  GPtrArray *predictions;
  Trace trace;

  trace_run (&trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (trace.error == NULL, "%s", description);
  predictions = g_steal_pointer (&trace.buffers);
  g_string_free (trace.events, TRUE);
  return predictions;
}

/* In chunks or whole, in any batch, by any number of threads: the same; and
 * after every chunk, what a train that ended there would have given. */
GST_START_TEST (test_chunks)
{
  static const guint chunks[] = { 1, 3, 4, 12 };
  static const gchar *const ways[] = { "batch-size=1 threads=1",
    "batch-size=5 threads=2", "batch-size=64 threads=1" };
  g_autoptr (GPtrArray) whole = predict_spikes ("timesteps=12", "");

  fail_unless_equals_int (whole->len, 15);
  for (guint c = 0; c < G_N_ELEMENTS (chunks); c++) {
    const guint n_chunks = 12 / chunks[c];
    g_autofree gchar *encoder =
        g_strdup_printf ("timesteps=12 chunk=%u", chunks[c]);

    for (guint w = 0; w < G_N_ELEMENTS (ways); w++) {
      g_autofree gchar *every =
          g_strconcat (ways[w], " every-chunk=true", NULL);
      g_autoptr (GPtrArray) last = predict_spikes (encoder, ways[w]);
      g_autoptr (GPtrArray) all = predict_spikes (encoder, every);

      fail_unless (last->len == whole->len && all->len == whole->len * n_chunks,
          "%s, %s: %u and %u", encoder, ways[w], last->len, all->len);
      for (guint i = 0; i < whole->len; i++) {
        GstBuffer *end = all->pdata[(i + 1) * n_chunks - 1];

        fail_unless (snn_test_same_memory (last->pdata[i], whole->pdata[i], 0)
            && snn_test_same_memory (end, whole->pdata[i], 0)
            && GST_BUFFER_FLAG_IS_SET (end, GST_BUFFER_FLAG_MARKER),
            "%s, %s: sample %u", encoder, ways[w], i);
      }
      for (guint k = 1; w == 0 && k < n_chunks; k++) {
        g_autofree gchar *shorter =
            g_strdup_printf ("timesteps=%u", k * chunks[c]);
        g_autoptr (GPtrArray) early = predict_spikes (shorter, "");

        for (guint i = 0; i < whole->len; i++)
          fail_unless (snn_test_same_memory (all->pdata[i * n_chunks + k - 1],
                  early->pdata[i], 0),
              "%s: sample %u at %s", encoder, i, shorter);
      }
    }
  }
}

GST_END_TEST;

/* Chunk @chunk of sample @id: two timesteps; flags only as given. */
static GstBuffer *
new_chunk (guint id, guint chunk, GstBufferFlags flags)
{
  gint8 *spikes = g_new (gint8, 2 * N);
  GstBuffer *buffer = gst_buffer_new_wrapped (spikes, 2 * N);

  for (guint i = 0; i < 2 * N; i++)
    spikes[i] = snn_test_value (id + chunk * 31, i) > 0.4f;
  GST_BUFFER_FLAG_SET (buffer, flags);
  return buffer;
}

/* The membranes that a cut sample leaves are not the next one's. */
GST_START_TEST (test_within_a_sample)
{
  g_autoptr (GByteArray) expected = g_byte_array_new ();
  g_autoptr (GByteArray) got = g_byte_array_new ();
  GstStructure *rates;
  GstMessage *message;
  SnnTestElement e;
  guint64 n;

  snn_test_element_init (&e, "snninference model=#/snn.nir batch-size=1",
      folder, CHUNK_CAPS);
  snn_test_element_push (&e, new_chunk (7, 0, GST_BUFFER_FLAG_DISCONT),
      GST_FLOW_OK);
  fail_unless_equals_int (snn_test_element_pull (&e, expected), 0);
  snn_test_element_push (&e, new_chunk (7, 1, GST_BUFFER_FLAG_MARKER),
      GST_FLOW_OK);
  fail_unless_equals_int (snn_test_element_pull (&e, expected), 1);

  /* A flush: the next chunk is a first one, even if it does not say so. */
  snn_test_element_push (&e, new_chunk (8, 0, GST_BUFFER_FLAG_DISCONT),
      GST_FLOW_OK);
  snn_test_element_flush (&e);
  snn_test_element_push (&e, new_chunk (7, 0, 0), GST_FLOW_OK);
  snn_test_element_push (&e, new_chunk (7, 1, GST_BUFFER_FLAG_MARKER),
      GST_FLOW_OK);
  fail_unless_equals_int (snn_test_element_pull (&e, got), 1);
  check_equal (got, expected, "after a flush");
  g_byte_array_set_size (got, 0);

  /* A break before the MARKER, which a flush gets over. */
  snn_test_element_push (&e, new_chunk (8, 0, GST_BUFFER_FLAG_DISCONT),
      GST_FLOW_OK);
  snn_test_element_push (&e, new_chunk (7, 0, GST_BUFFER_FLAG_DISCONT),
      GST_FLOW_ERROR);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "The stream is broken within a sample");
  snn_test_element_flush (&e);
  snn_test_element_push (&e, new_chunk (7, 0, GST_BUFFER_FLAG_DISCONT),
      GST_FLOW_OK);
  snn_test_element_push (&e, new_chunk (7, 1, GST_BUFFER_FLAG_MARKER),
      GST_FLOW_OK);
  fail_unless_equals_int (snn_test_element_pull (&e, got), 1);
  check_equal (got, expected, "after a broken sample");
  g_byte_array_set_size (got, 0);

  /* The end, which is warned of; whole samples were counted. */
  snn_test_element_push (&e, new_chunk (8, 0, GST_BUFFER_FLAG_DISCONT),
      GST_FLOW_OK);
  snn_test_element_eos (&e);
  fail_unless_equals_int (snn_test_element_pull (&e, got), 0);
  message =
      gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING | GST_MESSAGE_ELEMENT);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_WARNING);
  gst_message_unref (message);
  rates = snn_test_element_structure (&e, "snn-rates");
  fail_unless (gst_structure_get_uint64 (rates, "samples", &n));
  fail_unless_equals_uint64 (n, 3);
  fail_unless (gst_structure_get_uint64 (rates, "timesteps", &n));
  fail_unless_equals_uint64 (n, 12);
  gst_structure_free (rates);

  /* READY. */
  snn_test_element_restart (&e, CHUNK_CAPS);
  snn_test_element_push (&e, new_chunk (7, 0, 0), GST_FLOW_OK);
  snn_test_element_push (&e, new_chunk (7, 1, GST_BUFFER_FLAG_MARKER),
      GST_FLOW_OK);
  fail_unless_equals_int (snn_test_element_pull (&e, got), 1);
  check_equal (got, expected, "after READY");
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* What batching delays is said where a frame rate tells how long that is. */
GST_START_TEST (test_latency)
{
  SnnTestElement e;

  start (&e, __i__, "batch-size=4",
      "other/tensors, format=(string)static, "
      "num_tensors=(int)1, types=(string)float32, "
      "dimensions=(string)\"8:8:1:1:1\", framerate=(fraction)10/1");
  fail_unless_equals_uint64 (gst_harness_query_latency (e.harness),
      300 * GST_MSECOND);
  snn_test_element_restart (&e, CAPS);
  fail_unless_equals_uint64 (gst_harness_query_latency (e.harness), 0);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* A batch that is not full goes out when it has waited, and by it the whole of
 * a request; in the midst of a sample too. */
GST_START_TEST (test_batch_timeout)
{
  g_autoptr (GByteArray) expected = predict (__i__, 3, TRUE);
  g_autoptr (GByteArray) got = g_byte_array_new ();
  SnnTestElement e;

  start (&e, __i__, "batch-size=64 batch-timeout=50", CAPS);
  for (guint round = 0; round < 2; round++) {
    g_byte_array_set_size (got, 0);
    push_samples (&e, 0, 3, 0);
    for (guint i = 0; i < 3; i++) {
      GstBuffer *buffer = gst_harness_pull (e.harness);
      GstMapInfo map;

      fail_unless (buffer != NULL, "no result within a minute");
      gst_buffer_map (buffer, &map, GST_MAP_READ);
      g_byte_array_append (got, map.data, map.size);
      gst_buffer_unmap (buffer, &map);
      gst_buffer_unref (buffer);
    }
    check_equal (got, expected, "after a timeout");
  }
  /* Stopped while some wait. */
  push_samples (&e, 0, 2, 0);
  snn_test_element_restart (&e, CAPS);
  snn_test_no_error (e.bus);
  snn_test_element_clear (&e);
}

GST_END_TEST;

static Suite *
inference_suite (void)
{
  Suite *suite = suite_create ("inference");
  TCase *tc = tcase_create ("general");
  const gint n = G_N_ELEMENTS (kinds);

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_model_errors, 0, n);
  tcase_add_loop_test (tc, test_model_for_other_caps, 0, n);
  tcase_add_test (tc, test_analog_takes_one_timestep);
  tcase_add_loop_test (tc, test_batches_and_threads, 0, n);
  tcase_add_loop_test (tc, test_within_a_batch, 0, n);
  tcase_add_loop_test (tc, test_broken_samples, 0, n);
  tcase_add_loop_test (tc, test_not_a_number, 0, n);
  tcase_add_loop_test (tc, test_sign_is_warned_of_once, 0, n);
  tcase_add_test (tc, test_classifier);
  tcase_add_loop_test (tc, test_counts_operations, 0, n);
  tcase_add_test (tc, test_chunks);
  tcase_add_test (tc, test_within_a_sample);
  tcase_add_loop_test (tc, test_batch_timeout, 0, n);
  tcase_add_loop_test (tc, test_latency, 0, n);
  return suite;
}

GST_CHECK_MAIN (inference);
