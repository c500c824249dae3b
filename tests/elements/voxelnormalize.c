/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <math.h>
#include <string.h>

#include "tests/elements/helpers.h"

#define CAPS_4 "other/tensors,format=static,num_tensors=1,types=float32," \
  "dimensions=(string)4:1:1:1:1,framerate=0/1"
#define CAPS_4_LABELLED "other/tensors,format=static,num_tensors=2," \
  "types=(string)\"float32,uint8\"," \
  "dimensions=(string)\"4:1:1:1:1,4:1:1:1:1\",framerate=0/1"

static GstMemory *
memory_of (gconstpointer data, gsize size)
{
  gpointer copy = g_memdup2 (data, size);

  return gst_memory_new_wrapped (0, copy, size, 0, size, copy, g_free);
}

static GstBuffer *
buffer_of (const float values[4], const guint8 *label)
{
  GstBuffer *buffer = gst_buffer_new ();

  gst_buffer_append_memory (buffer, memory_of (values, 4 * sizeof (float)));
  if (label)
    gst_buffer_append_memory (buffer, memory_of (label, 4));
  return buffer;
}

/* Checks and consumes @buffer. */
static void
assert_values (GstBuffer *buffer, const float expected[4])
{
  GstMapInfo map;

  fail_unless (buffer != NULL);
  gst_buffer_map_range (buffer, 0, 1, &map, GST_MAP_READ);
  fail_unless_equals_uint64 (map.size, 4 * sizeof (float));
  for (guint i = 0; i < 4; i++)
    fail_unless (fabs (((float *) map.data)[i] - expected[i]) < 1e-6,
        "value %u is %g, expected %g", i, ((float *) map.data)[i],
        expected[i]);
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
}

static GstHarness *
harness_of (const gchar *properties)
{
  g_autofree gchar *text = g_strdup_printf ("voxelnormalize %s", properties);
  GstHarness *harness = gst_harness_new_parse (text);

  gst_harness_set_src_caps_str (harness, CAPS_4);
  return harness;
}

/* Samples that say nothing about their volume are scaled by their own
 * values. */
GST_START_TEST (test_modes_without_meta)
{
  const float values[4] = { 10.f, NAN, 20.f, 30.f };
  static const struct
  {
    const gchar *mode;
    float expected[4];
  } cases[] = {
    {"unit", {0.f, 0.f, 0.5f, 1.f}},
    {"zero-mean", {-1.f, -1.f, 0.f, 1.f}},
    {"z-score", {-1.2247449f, -1.2247449f, 0.f, 1.2247449f}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *text = g_strdup_printf ("mode=%s lower-percentile=0 "
        "upper-percentile=100", cases[i].mode);
    GstHarness *harness = harness_of (text);

    assert_values (gst_harness_push_and_pull (harness,
            buffer_of (values, NULL)), cases[i].expected);
    gst_harness_teardown (harness);
  }
}

GST_END_TEST;

/* The volume's statistics are used, not the slice's. */
GST_START_TEST (test_statistics_of_the_volume)
{
  const float values[4] = { 0.f, 25.f, 50.f, 500.f };
  const float expected[4] = { 0.f, 0.25f, 0.5f, 1.f };
  GstHarness *harness = harness_of ("lower-percentile=0 upper-percentile=100");
  SnnVolumeInfo *info = snn_volume_info_new ("someone");
  GstBuffer *buffer = buffer_of (values, NULL);
  GstSnnSampleMeta *meta;

  info->statistics.n_finite = SNN_N_QUANTILES;
  for (guint k = 0; k < SNN_N_QUANTILES; k++)
    info->statistics.quantile[k] = k / 10.f;
  meta = gst_buffer_add_snn_sample_meta (buffer, info);
  meta->sample = 42;
  gst_snn_sample_meta_vouch (meta, values, sizeof values);
  snn_volume_info_unref (info);

  buffer = gst_harness_push_and_pull (harness, buffer);
  meta = gst_buffer_get_snn_sample_meta (buffer);
  fail_unless (meta != NULL);
  fail_unless_equals_int (meta->sample, 42);
  assert_values (buffer, expected);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* The volume's statistics are not believed of what was made of its values;
 * changed in place, or twice normalized. A given range needs none. */
GST_START_TEST (test_changed_values)
{
  static const struct
  {
    const gchar *between;
    const gchar *error; /* NULL: none */
  } rows[] = {
    { "", NULL },
    { "identity dump=true !", NULL },
    { "queue !", NULL },
    { "voxelnormalize !", "The values are not those of the volume any more" },
    { "voxelnormalize mode=zero-mean !", "not those of the volume any more" },
    { "voxelnormalize minimum=0 maximum=1000 !", "phantom" },
    { "breakmydata probability=1 set-to=65 !", "once, ahead of it" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *plain = g_strdup_printf ("phantomsrc subjects=1 axis=z "
        "roi=:,:,10:12 ! %s voxelnormalize ! fakesink", rows[i].between);
    g_autofree gchar *ranged = g_strdup_printf ("phantomsrc subjects=1 axis=z "
        "roi=:,:,10:12 ! %s voxelnormalize minimum=0 maximum=1 ! fakesink",
        rows[i].between);

    if (rows[i].error)
      snn_test_expect_error (plain, "", GST_STREAM_ERROR,
          GST_STREAM_ERROR_WRONG_TYPE, rows[i].error);
    else
      snn_test_expect_eos (plain, "", NULL);
    snn_test_expect_eos (ranged, "", NULL);
  }
}

GST_END_TEST;

/* What is no number becomes the lowest, and the stream ends with a count. */
GST_START_TEST (test_repairs_are_counted)
{
  const float values[4] = { NAN, 1.f, INFINITY, 3.f };
  SnnTestElement e;
  GstMessage *message;
  g_autoptr (GError) warning = NULL;

  snn_test_element_init (&e, "voxelnormalize", "", CAPS_4);
  for (guint i = 0; i < 3; i++)
    snn_test_element_push (&e, buffer_of (values, NULL), GST_FLOW_OK);
  snn_test_element_eos (&e);
  message = gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  gst_message_parse_warning (message, &warning, NULL);
  gst_message_unref (message);
  fail_unless (strstr (warning->message, "6 values, in 3 samples") != NULL,
      "%s", warning->message);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* A sample of the volume @name, of whose values all but @n thousandths are @first,
 * and others from 1 to below @last. */
static GstBuffer *
sparse_buffer (const gchar *name, float first, guint n, float last)
{
  const float values[4] = { first, first, 1.f, last };
  SnnVolumeInfo *info = snn_volume_info_new (name);
  GstBuffer *buffer = buffer_of (values, NULL);

  info->statistics.n_finite = SNN_N_QUANTILES;
  for (guint k = 0; k < SNN_N_QUANTILES; k++)
    info->statistics.quantile[k] = k + n < SNN_N_QUANTILES ? first
        : 1.f + (last - 1.f) * (float) (k + n - SNN_N_QUANTILES) / (float) n;
  gst_snn_sample_meta_vouch (gst_buffer_add_snn_sample_meta (buffer, info),
      values, sizeof values);
  snn_volume_info_unref (info);
  return buffer;
}

/* The text of all warnings that there are, each of its own line. */
static gchar *
pop_warnings (GstBus *bus)
{
  GString *text = g_string_new (NULL);
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING))) {
    g_autoptr (GError) warning = NULL;

    gst_message_parse_warning (message, &warning, NULL);
    g_string_append_printf (text, "%s\n", warning->message);
    gst_message_unref (message);
  }
  return g_string_free (text, FALSE);
}

/* What is not constant but becomes so is warned of, once a volume; not warned of are
 * constant volumes and those whose percentiles differ. */
GST_START_TEST (test_sparse_volumes)
{
  static const struct
  {
    const gchar *settings;
    float first;
    guint n;                    /* thousandths that are not @first */
    float last;
    const gchar *text;          /* NULL: no warning */
  } rows[] = {
    {"mode=unit", 0.f, 4, 2.f, "a: lower-percentile=0.5 and "
          "upper-percentile=99.5 are both 0, where voxels are from 0 to 1.75: "},
    {"mode=zero-mean", 0.f, 4, 2.f, "mode=robust"},
    {"mode=z-score", 0.f, 4, 2.f, "are both 0"},
    {"mode=unit upper-percentile=100", 0.f, 4, 2.f, NULL},
    {"mode=unit minimum=0 maximum=2", 0.f, 4, 2.f, NULL},
    {"mode=unit", 0.f, 40, 2.f, NULL},
    {"mode=unit", 2.f, 0, 2.f, NULL},
    {"mode=robust", 0.f, 4, 2.f, NULL},
    {"mode=robust", 0.f, 40, 1.f, "both quartiles of what is not background are "
          "1, where voxels are from 0 to 1: "},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *text = g_strdup_printf ("voxelnormalize %s",
        rows[i].settings);
    g_autofree gchar *warnings = NULL;
    g_auto (GStrv) lines = NULL;
    SnnTestElement e;

    snn_test_element_init (&e, text, "", CAPS_4);
    for (guint k = 0; k < 6; k++)
      snn_test_element_push (&e, sparse_buffer (k % 2 ? "b" : "a",
              rows[i].first, rows[i].n, rows[i].last), GST_FLOW_OK);
    snn_test_element_eos (&e);
    warnings = pop_warnings (e.bus);
    lines = g_strsplit (warnings, "\n", -1);
    fail_unless (g_strv_length (lines) == (rows[i].text ? 3 : 0), "%s: %s",
        rows[i].settings, warnings);
    fail_unless (!rows[i].text || strstr (lines[0], rows[i].text), "%s: %s",
        rows[i].settings, warnings);
    fail_unless (!rows[i].text || g_str_has_prefix (lines[1], "b: "), "%s: %s",
        rows[i].settings, warnings);
    snn_test_element_clear (&e);
  }
}

GST_END_TEST;

/* A given range goes before the statistics of anyone. */
GST_START_TEST (test_given_range)
{
  const float values[4] = { -50.f, 0.f, 150.f, 500.f };
  static const struct
  {
    const gchar *mode;
    float expected[4];
  } cases[] = {
    {"unit", {0.f, 0.25f, 1.f, 1.f}},
    {"zero-mean", {-1.f, -0.5f, 1.f, 1.f}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *text = g_strdup_printf ("mode=%s minimum=-50 "
        "maximum=150", cases[i].mode);
    GstHarness *harness = harness_of (text);
    SnnVolumeInfo *info = snn_volume_info_new ("someone");
    GstBuffer *buffer = buffer_of (values, NULL);

    assert_values (gst_harness_push_and_pull (harness,
            buffer_of (values, NULL)), cases[i].expected);
    gst_harness_teardown (harness);
    harness = harness_of (text);
    gst_buffer_add_snn_sample_meta (buffer, info);
    snn_volume_info_unref (info);
    assert_values (gst_harness_push_and_pull (harness, buffer),
        cases[i].expected);
    gst_harness_teardown (harness);
  }
}

GST_END_TEST;

GST_START_TEST (test_label_passes)
{
  const float values[4] = { 0.f, 1.f, 2.f, 4.f };
  const float expected[4] = { 0.f, 0.25f, 0.5f, 1.f };
  const guint8 label[4] = { 0, 1, 1, 0 };
  GstHarness *harness = harness_of ("lower-percentile=0 upper-percentile=100");
  GstBuffer *buffer = buffer_of (values, label);
  GstMemory *memory = gst_buffer_get_memory (buffer, 1);

  gst_harness_set_src_caps_str (harness, CAPS_4_LABELLED);
  buffer = gst_harness_push_and_pull (harness, buffer);
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 2);
  fail_unless (gst_buffer_peek_memory (buffer, 1) == memory);
  gst_memory_unref (memory);
  assert_values (buffer, expected);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* In place where nobody else looks, else in a copy. */
GST_START_TEST (test_shared_buffers_are_left_alone)
{
  const float values[4] = { 0.f, 1.f, 2.f, 4.f };
  const float expected[4] = { 0.f, 0.25f, 0.5f, 1.f };
  GstHarness *harness = harness_of ("lower-percentile=0 upper-percentile=100");
  GstBuffer *buffer = buffer_of (values, NULL);
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
  GstBuffer *out;

  out = gst_harness_push_and_pull (harness, gst_buffer_ref (buffer));
  fail_unless (gst_buffer_peek_memory (out, 0) != memory);
  assert_values (out, expected);
  fail_unless (gst_buffer_memcmp (buffer, 0, values, sizeof values) == 0);

  out = gst_harness_push_and_pull (harness, buffer);
  fail_unless (gst_buffer_peek_memory (out, 0) == memory);
  assert_values (out, expected);
  gst_harness_teardown (harness);
}

GST_END_TEST;

GST_START_TEST (test_caps_change_and_cycles)
{
  const float values[4] = { 0.f, 1.f, 2.f, 4.f };
  const float expected[4] = { 0.f, 0.25f, 0.5f, 1.f };
  const float eight[8] = { 7.f, 7.f, 7.f, 7.f, 7.f, 7.f, 7.f, 7.f };
  GstHarness *harness = harness_of ("lower-percentile=0 upper-percentile=100");
  GstBuffer *buffer;

  for (guint run = 0; run < 2; run++) {
    gst_harness_play (harness);
    gst_harness_set_src_caps_str (harness, CAPS_4);
    assert_values (gst_harness_push_and_pull (harness,
            buffer_of (values, NULL)), expected);
    gst_harness_set_src_caps_str (harness, "other/tensors,format=static,"
        "num_tensors=1,types=float32,dimensions=(string)8,framerate=0/1");
    buffer = gst_harness_push_and_pull (harness,
        gst_buffer_new_memdup (eight, sizeof eight));
    fail_unless (buffer != NULL);
    gst_buffer_unref (buffer);
    gst_element_set_state (harness->element, GST_STATE_NULL);
  }
  gst_harness_teardown (harness);
}

GST_END_TEST;

GST_START_TEST (test_errors)
{
  const float values[4] = { 0.f, 1.f, 2.f, 4.f };
  GstHarness *harness = harness_of ("");
  GstElement *element =
      gst_harness_find_element (harness, "voxelnormalize");
  GstBus *bus = gst_bus_new ();

  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_harness_push (harness,
          gst_buffer_new_memdup (values, 12)), GST_FLOW_ERROR);
  snn_test_pop_error (bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "12 bytes where the caps say 16");

  gst_element_set_state (element, GST_STATE_NULL);
  g_object_set (element, "lower-percentile", 60., "upper-percentile", 40.,
      NULL);
  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  snn_test_pop_error (bus, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "lower-percentile is 60");

  gst_element_set_state (element, GST_STATE_NULL);
  g_object_set (element, "lower-percentile", 0.5, "upper-percentile", 99.5,
      "minimum", 2., "maximum", 1., NULL);
  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  snn_test_pop_error (bus, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "minimum is 2 and maximum 1");

  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (harness);
}

GST_END_TEST;

static Suite *
voxelnormalize_suite (void)
{
  Suite *suite = suite_create ("voxelnormalize");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_modes_without_meta);
  tcase_add_test (tc, test_statistics_of_the_volume);
  tcase_add_test (tc, test_changed_values);
  tcase_add_test (tc, test_repairs_are_counted);
  tcase_add_test (tc, test_sparse_volumes);
  tcase_add_test (tc, test_given_range);
  tcase_add_test (tc, test_label_passes);
  tcase_add_test (tc, test_shared_buffers_are_left_alone);
  tcase_add_test (tc, test_caps_change_and_cycles);
  tcase_add_test (tc, test_errors);
  return suite;
}

GST_CHECK_MAIN (voxelnormalize);
