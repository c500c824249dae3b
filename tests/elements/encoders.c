/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <math.h>
#include <string.h>

#include <snn/encode/encode.h>
#include <gst/snn/imagemeta.h>
#include "tests/elements/helpers.h"

#define N 12                    /* values of a sample: 3 x 2 of 2 channels */
#define IMAGE_CAPS "other/tensors,format=static,num_tensors=1,types=float32," \
  "dimensions=(string)3:2:1:2:1,framerate=0/1"

static const float image[N] = { 0.f, 0.1f, -0.2f, 0.3f, 0.4f, -0.5f, 0.6f, 0.7f,
  0.8f, -0.9f, 1.f, -1.f
};

static const float positive[N] = { 0.f, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f,
  0.7f, 0.8f, 0.9f, 1.f, 1.f
};

static GstBuffer *
sample_of (const float *values, guint32 sample, guint32 epoch)
{
  GstBuffer *buffer = gst_buffer_new_memdup (values, N * sizeof (float));
  SnnVolumeInfo *info = snn_volume_info_new ("someone");
  GstSnnSampleMeta *meta = gst_buffer_add_snn_sample_meta (buffer, info);

  meta->sample = sample;
  meta->epoch = epoch;
  snn_volume_info_unref (info);
  return buffer;
}

static GstHarness *
harness_of (const gchar *text)
{
  GstHarness *harness = gst_harness_new_parse (text);

  gst_harness_set_src_caps_str (harness, IMAGE_CAPS);
  return harness;
}

static void
assert_tensor (GstHarness *harness, SnnValueType type, guint timesteps)
{
  GstCaps *caps = gst_pad_get_current_caps (harness->sinkpad);
  GstSnnTensors tensors;

  fail_unless (caps != NULL);
  fail_unless (gst_snn_tensors_from_caps (&tensors, caps, NULL));
  gst_caps_unref (caps);
  fail_unless_equals_int (tensors.tensor[0].type, type);
  fail_unless_equals_int (tensors.tensor[0].width, 3);
  fail_unless_equals_int (tensors.tensor[0].height, 2);
  fail_unless_equals_int (tensors.tensor[0].channels, 2);
  fail_unless_equals_int (tensors.tensor[0].timesteps, timesteps);
}

/* Pulls the @chunks buffers of a sample and appends their memory 0. */
static GByteArray *
pull_sample (GstHarness *harness, guint chunks)
{
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < chunks; i++) {
    GstBuffer *buffer = gst_harness_pull (harness);
    const GstSnnSampleMeta *meta;
    GstMapInfo map;

    fail_unless (buffer != NULL);
    fail_if (i > 0
        && GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
    meta = gst_buffer_get_snn_sample_meta (buffer);
    if (meta) {
      fail_unless (meta->timesteps >= chunks && meta->timesteps % chunks == 0);
      fail_unless_equals_int (meta->timestep, i * (meta->timesteps / chunks));
    }
    fail_unless_equals_int (GST_BUFFER_FLAG_IS_SET (buffer,
            GST_BUFFER_FLAG_MARKER), i == chunks - 1);
    gst_memory_map (gst_buffer_peek_memory (buffer, 0), &map, GST_MAP_READ);
    g_byte_array_append (bytes, map.data, map.size);
    gst_memory_unmap (gst_buffer_peek_memory (buffer, 0), &map);
    gst_buffer_unref (buffer);
  }
  return bytes;
}

static GByteArray *
encode (const gchar *text, const float *values, guint32 sample, guint32 epoch,
    guint chunks)
{
  GstHarness *harness = harness_of (text);
  GByteArray *bytes;

  fail_unless_equals_int (gst_harness_push (harness, sample_of (values,
              sample, epoch)), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), chunks);
  bytes = pull_sample (harness, chunks);
  gst_harness_teardown (harness);
  return bytes;
}

static gboolean
equal (const GByteArray *a, const GByteArray *b)
{
  return a->len == b->len && memcmp (a->data, b->data, a->len) == 0;
}

GST_START_TEST (test_poisson_is_the_core_s)
{
  g_autoptr (GByteArray) spikes = encode ("poissonencoder timesteps=20 seed=7",
      image, 5, 2, 1);
  gint8 expected[20 * N];

  snn_encode_poisson (7, 5, 2, image, N, 0, 20, expected);
  fail_unless_equals_int (spikes->len, sizeof expected);
  fail_unless (memcmp (spikes->data, expected, sizeof expected) == 0);
}

GST_END_TEST;

static const struct
{
  const gchar *text;
  SnnValueType type;
} types[] = {
  {"poissonencoder timesteps=6 chunk=3", SNN_VALUE_INT8},
  {"poissonencoder timesteps=6 chunk=3 polarity=ternary", SNN_VALUE_INT8},
  {"poissonencoder timesteps=6 chunk=3 polarity=binary", SNN_VALUE_UINT8},
  {"regularencoder timesteps=6 chunk=3", SNN_VALUE_INT8},
  {"directencoder timesteps=6 chunk=3", SNN_VALUE_FLOAT32},
};

GST_START_TEST (test_types)
{
  GstHarness *harness = harness_of (types[__i__].text);
  GByteArray *bytes;

  gst_harness_push (harness, sample_of (positive, 0, 0));
  assert_tensor (harness, types[__i__].type, 3);
  bytes = pull_sample (harness, 2);
  fail_unless_equals_int (bytes->len,
      6 * N * snn_value_size (types[__i__].type));
  g_byte_array_unref (bytes);
  gst_harness_teardown (harness);
}

GST_END_TEST;

GST_START_TEST (test_binary_and_ternary_agree)
{
  g_autoptr (GByteArray) binary = encode ("poissonencoder timesteps=50 "
      "polarity=binary", positive, 1, 0, 1);
  g_autoptr (GByteArray) ternary = encode ("poissonencoder timesteps=50 "
      "polarity=ternary", positive, 1, 0, 1);

  fail_unless (equal (binary, ternary));
}

GST_END_TEST;

GST_START_TEST (test_chunks_do_not_matter)
{
  static const gchar *const encoders[] = { "poissonencoder", "regularencoder",
    "directencoder"
  };
  static const guint chunks[] = { 1, 2, 5, 20 };

  for (guint e = 0; e < G_N_ELEMENTS (encoders); e++) {
    g_autofree gchar *text =
        g_strdup_printf ("%s timesteps=20", encoders[e]);
    g_autoptr (GByteArray) whole = encode (text, image, 3, 1, 1);

    for (guint c = 0; c < G_N_ELEMENTS (chunks); c++) {
      g_autofree gchar *cut = g_strdup_printf ("%s chunk=%u", text, chunks[c]);
      g_autoptr (GByteArray) parts = encode (cut, image, 3, 1,
          20 / chunks[c]);

      fail_unless (equal (whole, parts), "%s", cut);
    }
  }
}

GST_END_TEST;

/* The spikes are the sample's, wherever in the stream it comes; without facts
 * about samples they are counted. */
GST_START_TEST (test_order_does_not_matter)
{
  GstHarness *harness = harness_of ("poissonencoder timesteps=30");
  g_autoptr (GByteArray) a = NULL, b = NULL, again = NULL, epoch = NULL;
  g_autoptr (GByteArray) one = NULL, two = NULL;

  gst_harness_push (harness, sample_of (image, 8, 0));
  gst_harness_push (harness, sample_of (image, 9, 0));
  gst_harness_push (harness, sample_of (image, 8, 0));
  gst_harness_push (harness, sample_of (image, 8, 1));
  a = pull_sample (harness, 1);
  b = pull_sample (harness, 1);
  again = pull_sample (harness, 1);
  epoch = pull_sample (harness, 1);
  fail_unless (equal (a, again));
  fail_if (equal (a, b));
  fail_if (equal (a, epoch));
  gst_harness_teardown (harness);

  harness = harness_of ("poissonencoder timesteps=30");
  gst_harness_push (harness, gst_buffer_new_memdup (image, sizeof image));
  gst_harness_push (harness, gst_buffer_new_memdup (image, sizeof image));
  one = pull_sample (harness, 1);
  two = pull_sample (harness, 1);
  fail_if (equal (one, two));
  gst_harness_teardown (harness);
}

GST_END_TEST;

GST_START_TEST (test_metas_and_label)
{
  GstHarness *harness = harness_of ("poissonencoder timesteps=4 chunk=2");
  GstBuffer *buffer = sample_of (image, 17, 3), *out;
  static guint8 label[6] = { 0, 1, 0, 0, 1, 1 };
  GstMemory *mask = gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, label, 6,
      0, 6, NULL, NULL);
  GstSnnImageMeta *meta;

  gst_harness_set_src_caps_str (harness, "other/tensors,format=static,"
      "num_tensors=2,types=(string)\"float32,uint8\","
      "dimensions=(string)\"3:2:1:2:1,3:2:1:1:1\",framerate=0/1");
  gst_buffer_append_memory (buffer, gst_memory_ref (mask));
  GST_BUFFER_OFFSET (buffer) = 99;
  gst_harness_push (harness, buffer);
  for (guint i = 0; i < 2; i++) {
    GstMapInfo map;

    out = gst_harness_pull (harness);
    fail_unless_equals_int (gst_buffer_n_memory (out), 2);
    fail_unless (gst_buffer_peek_memory (out, 1) == mask);
    fail_unless_equals_int (gst_buffer_get_snn_sample_meta (out)->sample, 17);
    fail_unless_equals_uint64 (GST_BUFFER_OFFSET (out), 99);
    meta = gst_buffer_get_snn_image_meta (out);
    fail_unless (meta != NULL);
    fail_unless_equals_int (meta->tensor.channels, 2);
    fail_unless (gst_memory_map (meta->memory, &map, GST_MAP_READ));
    fail_unless (memcmp (map.data, image, sizeof image) == 0);
    gst_memory_unmap (meta->memory, &map);
    gst_buffer_unref (out);
  }
  gst_memory_unref (mask);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* Poisson spikes of a whole stream, at the rates of its values. */
GST_START_TEST (test_rates_through_the_element)
{
  const guint samples = 50, timesteps = 200;
  GstHarness *harness = harness_of ("poissonencoder chunk=100 seed=3");
  gint count[N] = { 0, };

  for (guint s = 0; s < samples; s++) {
    g_autoptr (GByteArray) spikes = NULL;

    gst_harness_push (harness, sample_of (image, s, 0));
    spikes = pull_sample (harness, 2);
    for (guint i = 0; i < spikes->len; i++)
      count[i % N] += (gint8) spikes->data[i];
  }
  for (guint i = 0; i < N; i++) {
    const double draws = samples * timesteps, p = fabs (image[i]);

    fail_unless (fabs (count[i] - draws * image[i])
        <= 5. * sqrt (draws * p * (1. - p)) + 1e-3, "%g: %d spikes of %g",
        image[i], count[i], draws);
  }
  gst_harness_teardown (harness);
}

GST_END_TEST;

GST_START_TEST (test_cycles_caps_and_flush)
{
  GstHarness *harness = harness_of ("poissonencoder timesteps=8 chunk=4");
  GByteArray *run[2];
  GstBuffer *buffer;

  for (guint i = 0; i < 2; i++) {
    gst_harness_play (harness);
    gst_harness_set_src_caps_str (harness, IMAGE_CAPS);
    gst_harness_push (harness, gst_buffer_new_memdup (image, sizeof image));
    run[i] = pull_sample (harness, 2);

    /* A flush between samples. */
    gst_harness_push_event (harness, gst_event_new_flush_start ());
    gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
    gst_harness_set_src_caps_str (harness, "other/tensors,format=static,"
        "num_tensors=1,types=float32,dimensions=(string)6,framerate=0/1");
    {
      GstSegment segment;

      gst_segment_init (&segment, GST_FORMAT_TIME);
      gst_harness_push_event (harness, gst_event_new_segment (&segment));
    }
    fail_unless_equals_int (gst_harness_push (harness,
            gst_buffer_new_memdup (positive, 6 * sizeof (float))),
        GST_FLOW_OK);
    buffer = gst_harness_pull (harness);
    fail_unless_equals_uint64 (gst_buffer_get_size (buffer), 4 * 6);
    gst_buffer_unref (buffer);
    gst_buffer_unref (gst_harness_pull (harness));
    gst_element_set_state (harness->element, GST_STATE_NULL);
  }
  fail_unless (equal (run[0], run[1]));
  g_byte_array_unref (run[0]);
  g_byte_array_unref (run[1]);
  gst_harness_teardown (harness);
}

GST_END_TEST;

static GstPadProbeReturn
flush_once (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gint *left = data;

  if ((*left)-- != 0)
    return GST_PAD_PROBE_OK;
  gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_DATA (info) = NULL;
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_FLUSHING;
  return GST_PAD_PROBE_HANDLED;
}

/* A sample that was cut short leaves nothing behind for the next. */
GST_START_TEST (test_flush_within_a_sample)
{
  GstHarness *harness = harness_of ("poissonencoder timesteps=8 chunk=2");
  g_autoptr (GByteArray) spikes = NULL;
  g_autoptr (GByteArray) expected =
      encode ("poissonencoder timesteps=8 chunk=2", image, 6, 0, 4);
  gint left = 2;

  gst_pad_add_probe (harness->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, flush_once,
      &left, NULL);
  fail_unless_equals_int (gst_harness_push (harness, sample_of (image, 5, 0)),
      GST_FLOW_FLUSHING);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 2);
  gst_buffer_unref (gst_harness_pull (harness));
  gst_buffer_unref (gst_harness_pull (harness));

  fail_unless_equals_int (gst_harness_push (harness, sample_of (image, 6, 0)),
      GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 4);
  spikes = pull_sample (harness, 4);
  fail_unless (equal (spikes, expected));
  gst_harness_teardown (harness);
}

GST_END_TEST;

static const struct
{
  const gchar *breaking;
  const gchar *culprit;       /* NULL: whoever notices, or nobody */
} breaks[] = {
  {"identity error-after=7", "identity"},
  {"breakmydata probability=0.5 seed=3", NULL},
  {"identity drop-probability=0.5", NULL},
};

/* Whatever comes in the middle of a stream, it ends with a message. */
GST_START_TEST (test_broken_streams)
{
  g_autofree gchar *text = g_strdup_printf ("phantomsrc subjects=2 ! %s "
      "! voxelnormalize mode=zero-mean ! poissonencoder timesteps=4 chunk=2 "
      "! fakesink", breaks[__i__].breaking);
  GstElement *pipeline = gst_parse_launch (text, NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  for (guint run = 0; run < 2; run++) {
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
        GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    fail_unless (message != NULL, "%s", text);
    if (breaks[__i__].culprit) {
      fail_unless_equals_int (GST_MESSAGE_TYPE (message),
          GST_MESSAGE_ERROR);
      fail_unless (g_str_has_prefix (GST_OBJECT_NAME (message->src),
              breaks[__i__].culprit));
    }
    gst_message_unref (message);
    fail_unless_equals_int (gst_element_set_state (pipeline,
            GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
    gst_bus_set_flushing (bus, TRUE);
    gst_bus_set_flushing (bus, FALSE);
  }
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static void
assert_refused (const gchar *element, const float *values,
    const gchar *expected)
{
  g_autofree gchar *text =
      g_strconcat ("someone, slice 0: ", expected, NULL);
  GstHarness *harness = harness_of (element);
  GstBus *bus = gst_bus_new ();

  gst_element_set_bus (harness->element, bus);
  fail_unless_equals_int (gst_harness_push (harness, sample_of (values, 0, 0)),
      GST_FLOW_ERROR);
  snn_test_pop_error (bus, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, text);
  gst_element_set_bus (harness->element, NULL);
  gst_object_unref (bus);
  gst_harness_teardown (harness);
}

GST_START_TEST (test_refuses_values)
{
  float values[N];

  assert_refused ("poissonencoder polarity=binary timesteps=4", image,
      "value 2 is -0.2, where spikes can only be made of numbers from 0 to 1; "
      "voxelnormalize mode=unit");
  memcpy (values, positive, sizeof values);
  values[4] = 1.5f;
  assert_refused ("poissonencoder timesteps=4", values, "value 4 is 1.5");
  assert_refused ("regularencoder timesteps=4", values, "value 4 is 1.5");
  values[4] = NAN;
  assert_refused ("poissonencoder timesteps=4", values, "value 4 is nan");
  assert_refused ("regularencoder timesteps=4", values, "value 4 is nan");
  assert_refused ("directencoder timesteps=4", values, "value 4 is nan");
}

GST_END_TEST;

GST_START_TEST (test_refuses_uneven_chunks)
{
  GstElement *element = gst_element_factory_make ("poissonencoder", NULL);
  GstBus *bus = gst_bus_new ();

  g_object_set (element, "timesteps", 10, "chunk", 3, NULL);
  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  snn_test_pop_error (bus, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "timesteps=10 can't be sent in equal chunks of chunk=3");
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
}

GST_END_TEST;

/* What is no analog image of one timestep is not accepted. */
GST_START_TEST (test_refuses_caps)
{
  GstHarness *harness = harness_of ("poissonencoder timesteps=4");

  gst_harness_set_src_caps_str (harness, "other/tensors,format=static,"
      "num_tensors=1,types=float32,dimensions=(string)3:2:1:2:4,"
      "framerate=0/1");
  fail_unless_equals_int (gst_harness_push (harness,
          gst_buffer_new_allocate (NULL, 4 * N * sizeof (float), NULL)),
      GST_FLOW_NOT_NEGOTIATED);
  gst_harness_set_src_caps_str (harness, "other/tensors,format=static,"
      "num_tensors=1,types=int8,dimensions=(string)3:2:1:2:1,framerate=0/1");
  fail_unless_equals_int (gst_harness_push (harness,
          gst_buffer_new_allocate (NULL, N, NULL)), GST_FLOW_NOT_NEGOTIATED);
  gst_harness_teardown (harness);
}

GST_END_TEST;

static Suite *
encoders_suite (void)
{
  Suite *suite = suite_create ("encoders");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_poisson_is_the_core_s);
  tcase_add_loop_test (tc, test_types, 0, G_N_ELEMENTS (types));
  tcase_add_test (tc, test_binary_and_ternary_agree);
  tcase_add_test (tc, test_chunks_do_not_matter);
  tcase_add_test (tc, test_order_does_not_matter);
  tcase_add_test (tc, test_metas_and_label);
  tcase_add_test (tc, test_rates_through_the_element);
  tcase_add_test (tc, test_cycles_caps_and_flush);
  tcase_add_test (tc, test_flush_within_a_sample);
  tcase_add_loop_test (tc, test_broken_streams, 0, G_N_ELEMENTS (breaks));
  tcase_add_test (tc, test_refuses_values);
  tcase_add_test (tc, test_refuses_uneven_chunks);
  tcase_add_test (tc, test_refuses_caps);
  return suite;
}

GST_CHECK_MAIN (encoders);
