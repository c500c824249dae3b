/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <gst/snn/tensors.h>
#include "tests/cifar-files.h"
#include "tests/elements/helpers.h"

/* What sources of datasets share is tested with volumesrc. */

static gchar *folder;

static void
setup (void)
{
  folder = cifar_folder_new ();
}

static void
teardown (void)
{
  snn_test_folder_free (folder);
}

static GstElement *
pipeline_of (const gchar *location, const gchar *properties)
{
  g_autofree gchar *text = g_strdup_printf ("cifarsrc name=src location=%s %s "
      "! fakesink name=sink", location, properties);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error);

  fail_unless (error == NULL, "%s", error ? error->message : "");
  return pipeline;
}

static void
trace_of (Trace *trace, const gchar *location, const gchar *properties)
{
  GstElement *pipeline = pipeline_of (location, properties);

  trace_run (trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
trace (Trace *trace, const gchar *properties)
{
  trace_of (trace, folder, properties);
}

/* Which image buffer @i is, by its meta, once its content is seen to be that
 * image. */
static guint
image_at (const Trace *trace, guint i)
{
  static const guint8 files[9][2] = { {0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1},
  {2, 0}, {2, 1}, {2, 2}, {2, 3}
  };
  GstBuffer *buffer = trace->buffers->pdata[i];
  guint image = meta_at (trace, i)->sample;
  GstMapInfo values, label;

  fail_unless (image < 9);
  fail_unless (meta_at (trace, i)->volume == NULL);
  fail_unless_equals_int (meta_at (trace, i)->axis, SNN_AXIS_NONE);
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 2);
  gst_buffer_map_range (buffer, 0, 1, &values, GST_MAP_READ);
  gst_buffer_map_range (buffer, 1, 1, &label, GST_MAP_READ);
  fail_unless_equals_uint64 (values.size, 3072 * sizeof (float));
  fail_unless_equals_uint64 (label.size, 1);
  fail_unless_equals_int (label.data[0], cifar_label (files[image][0],
          files[image][1]));
  for (guint k = 0; k < 3072; k++)
    fail_unless (((const float *) values.data)[k]
        == cifar_pixel (files[image][0], files[image][1], k) / 255.f);
  gst_buffer_unmap (buffer, &label);
  gst_buffer_unmap (buffer, &values);
  return image;
}

GST_START_TEST (test_training_and_evaluation)
{
  Trace t;

  trace (&t, "evaluate=true epochs=2");
  fail_unless_equals_string (t.events->str,
      "0:caps 0:segment 0:begin0/2t(5) 5:end0/2t(5) "
      "5:begin0/2e(4) 9:end0/2e(4) 9:begin1/2t(5) 14:end1/2t(5) "
      "14:begin1/2e(4) 18:end1/2e(4) 18:eos");
  for (guint i = 0; i < 18; i++) {
    fail_unless_equals_int (image_at (&t, i), i % 9);
    fail_unless_equals_int (meta_at (&t, i)->epoch, i / 9);
    fail_unless_equals_int (!!(meta_at (&t, i)->flags
            & GST_SNN_SAMPLE_EVALUATE), i % 9 >= 5);
  }
  trace_clear (&t);
}

GST_END_TEST;

GST_START_TEST (test_caps)
{
  GstHarness *harness = gst_harness_new_with_padnames ("cifarsrc", NULL, "src");
  GstSnnTensors tensors;
  GstCaps *caps;

  gst_harness_set (harness, "cifarsrc", "location", folder, NULL);
  gst_harness_play (harness);
  gst_buffer_unref (gst_harness_pull (harness));
  caps = gst_pad_get_current_caps (harness->sinkpad);
  fail_unless (gst_snn_tensors_from_caps (&tensors, caps, NULL));
  fail_unless (gst_snn_tensors_equal (&tensors, &(GstSnnTensors) {
            .n_tensors = 2,.tensor = {
                {SNN_VALUE_FLOAT32, 32, 32, 1, 3, 1},
                {SNN_VALUE_UINT8, 1, 1, 1, 1, 1},
              } }));
  gst_caps_unref (caps);
  gst_harness_teardown (harness);
}

GST_END_TEST;

GST_START_TEST (test_subsets)
{
  g_autofree gchar *file = g_build_filename (folder, "data_batch_2.bin", NULL);
  g_autofree gchar *pattern = g_build_filename (folder, "*.bin", NULL);
  Trace t;

  trace (&t, "subset=test");
  fail_unless_equals_int (t.buffers->len, 4);
  for (guint i = 0; i < 4; i++) {
    /* Numbered as when they are evaluated; asked for, they aren't held out. */
    fail_unless_equals_int (image_at (&t, i), 5 + i);
    fail_unless_equals_int (meta_at (&t, i)->flags, 0);
  }
  trace_clear (&t);

  trace (&t, "max-samples=3 evaluate=true");
  fail_unless_equals_int (t.buffers->len, 6);
  for (guint i = 0; i < 6; i++)
    fail_unless_equals_int (image_at (&t, i), i < 3 ? i : 2 + i);
  trace_clear (&t);

  /* The last training images in place of the test images, or alone. */
  trace (&t, "held-out=2 evaluate=true");
  fail_unless_equals_int (t.buffers->len, 5);
  for (guint i = 0; i < 5; i++) {
    fail_unless_equals_int (image_at (&t, i), i);
    fail_unless_equals_int (!!(meta_at (&t, i)->flags
            & GST_SNN_SAMPLE_EVALUATE), i >= 3);
  }
  trace_clear (&t);
  trace (&t, "held-out=2 subset=test");
  fail_unless_equals_int (t.buffers->len, 2);
  for (guint i = 0; i < 2; i++)
    fail_unless_equals_int (image_at (&t, i), 3 + i);
  trace_clear (&t);
  trace_of (&t, file, "held-out=1 evaluate=true");
  fail_unless_equals_int (t.buffers->len, 2);
  trace_clear (&t);

  trace_of (&t, file, "");
  fail_unless_equals_int (t.buffers->len, 2);
  trace_clear (&t);
  trace_of (&t, pattern, "evaluate=true");
  fail_unless_equals_int (t.buffers->len, 9);
  trace_clear (&t);
}

GST_END_TEST;

static GstPadProbeReturn
keep_description (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  gchar **lines = data;

  if (gst_snn_query_is_resume (query) && !*lines)
    *lines = g_strdup (gst_snn_query_description (query));
  return GST_PAD_PROBE_OK;
}

/* (transfer full): what a trainer hears of the images that will come. */
static gchar *
description_of (const gchar *properties)
{
  GstElement *pipeline = pipeline_of (folder, properties);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");
  gchar *lines = NULL;
  Trace t;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM
      | GST_PAD_PROBE_TYPE_PUSH, keep_description, &lines, NULL);
  trace_run (&t, pipeline);
  trace_clear (&t);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  fail_unless (lines != NULL, "%s", properties);
  return lines;
}

/* A training goes on only with the same images: not with those that were held out. */
GST_START_TEST (test_description)
{
  static const gchar *const others[] = {
    "held-out=2", "held-out=2 augment=true", "held-out=1", "max-samples=3 subset=test",
    "",
  };
  g_autofree gchar *same = description_of ("held-out=2 epochs=2 seed=7");

  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree gchar *lines = description_of (others[i]);

    fail_unless ((strcmp (lines, same) == 0) == (i == 0), "%s: %s", others[i],
        lines);
  }
}

GST_END_TEST;

/* Every image once an epoch, in an order of its own. */
GST_START_TEST (test_shuffle)
{
  Trace t, again;
  guint moved = 0;

  trace (&t, "shuffle=true seed=3 epochs=4 evaluate=true");
  trace (&again, "shuffle=true seed=3 epochs=4 evaluate=true");
  fail_unless (same_stream (&t, &again));
  for (guint epoch = 0; epoch < 4; epoch++) {
    guint seen = 0;

    for (guint i = 0; i < 9; i++) {
      guint image = image_at (&t, 9 * epoch + i);

      seen |= 1 << image;
      moved += image != i;
      fail_unless (i < 5 || image == i);
    }
    fail_unless_equals_int (seen, 0x1ff);
  }
  fail_unless (moved > 5);
  trace_clear (&again);
  trace_clear (&t);
}

GST_END_TEST;

/* Training images change from epoch to epoch, test images never. */
GST_START_TEST (test_augment)
{
  Trace t, again, plain;
  guint same[2] = { 0, 0 };

  trace (&plain, "epochs=4 evaluate=true");
  trace (&t, "augment=true seed=1 epochs=4 evaluate=true");
  trace (&again, "augment=true seed=1 epochs=4 evaluate=true");
  fail_unless (same_stream (&t, &again));
  for (guint i = 0; i < 36; i++) {
    GstBuffer *buffer = t.buffers->pdata[i];
    GstMapInfo map;

    gst_buffer_map_range (plain.buffers->pdata[i], 0, 1, &map, GST_MAP_READ);
    same[i % 9 >= 5] += gst_buffer_memcmp (buffer, 0, map.data, map.size) == 0;
    gst_buffer_unmap (plain.buffers->pdata[i], &map);
  }
  fail_unless (same[0] < 4, "%u", same[0]);
  fail_unless_equals_int (same[1], 16);
  trace_clear (&t);
  trace_clear (&again);
  trace_clear (&plain);

  trace (&t, "augment=true subset=test");
  for (guint i = 0; i < 4; i++)
    fail_unless_equals_int (image_at (&t, i), 5 + i);
  trace_clear (&t);
}

GST_END_TEST;

GST_START_TEST (test_same_instance_again)
{
  GstElement *pipeline = pipeline_of (folder, "evaluate=true");
  Trace t, again;

  trace_run (&t, pipeline);
  trace_run (&again, pipeline);
  fail_unless (same_stream (&t, &again));
  fail_unless_equals_int (t.buffers->len, 9);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  trace_clear (&t);
  trace_clear (&again);
}

GST_END_TEST;

static void
assert_error (const gchar *location, const gchar *properties, GQuark domain,
    gint code, const gchar *text)
{
  Trace t;

  trace_of (&t, location, properties);
  fail_unless (t.error != NULL, "%s %s", location, properties);
  fail_unless (g_error_matches (t.error, domain, code), "%s",
      t.error->message);
  fail_unless (strstr (t.error->message, text) != NULL, "%s",
      t.error->message);
  trace_clear (&t);
}

GST_START_TEST (test_errors)
{
  g_autofree gchar *none = g_build_filename (folder, "none", NULL);
  g_autofree gchar *file = g_build_filename (folder, "data_batch_1.bin", NULL);
  g_autofree gchar *bad = g_build_filename (folder, "bad.bin", NULL);
  g_autofree gchar *data = g_malloc0 (2 * CIFAR_RECORD);

  assert_error ("\"\"", "", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      "No location is set");
  assert_error (none, "", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      none);
  assert_error (folder, "subset=test evaluate=true", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "only with subset=train");
  assert_error (file, "evaluate=true", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND, "no test images");
  assert_error (folder, "held-out=5", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND, "held-out=5 leaves no image");
  assert_error (file, "subset=test", GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND, "no test images");

  cifar_write (folder, "bad.bin", 0, 1, 7);
  assert_error (bad, "", GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
      "3080 bytes");
  data[CIFAR_RECORD] = 77;
  fail_unless (g_file_set_contents (bad, data, 2 * CIFAR_RECORD, NULL));
  assert_error (bad, "", GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
      "label 77");
}

GST_END_TEST;

static Suite *
cifarsrc_suite (void)
{
  Suite *suite = suite_create ("cifarsrc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_training_and_evaluation);
  tcase_add_test (tc, test_caps);
  tcase_add_test (tc, test_subsets);
  tcase_add_test (tc, test_description);
  tcase_add_test (tc, test_shuffle);
  tcase_add_test (tc, test_augment);
  tcase_add_test (tc, test_same_instance_again);
  tcase_add_test (tc, test_errors);
  return suite;
}

GST_CHECK_MAIN (cifarsrc);
