/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <string.h>

#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include "tests/elements/helpers.h"
#include "tests/shared-data.h"

#define QUIET " ! fakesink name=sink signal-handoffs=true"

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *image = g_strdup_printf ("images/s%u.nii.gz", i);
    g_autofree gchar *label = g_strdup_printf ("labels/s%u.nii", i);

    snn_test_write_nifti (folder, image, i, SNN_NIFTI_PROBABILITY);
    snn_test_write_nifti (folder, label, i, SNN_NIFTI_MASK);
  }
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* What has flowed. */
typedef struct
{
  guint n_buffers;
  guint n_memories;
  guint64 n_ones;
  double sum;
  gchar *caps;
} Flow;

static void
count (GstElement *sink, GstBuffer *buffer, GstPad *pad, Flow *flow)
{
  GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstSnnTensors tensors;
  GstMapInfo map;

  fail_unless (meta && meta->volume && meta->volume->location);
  fail_unless (gst_snn_tensors_from_caps (&tensors, caps, NULL));
  fail_unless (gst_snn_tensors_check_buffer (&tensors, buffer, NULL));
  flow->n_buffers++;
  flow->n_memories = gst_buffer_n_memory (buffer);
  if (!flow->caps)
    flow->caps = gst_caps_to_string (caps);
  gst_memory_map (gst_buffer_peek_memory (buffer, 0), &map, GST_MAP_READ);
  for (gsize i = 0; i < map.size / sizeof (float); i++)
    flow->sum += ((const float *) map.data)[i];
  gst_memory_unmap (gst_buffer_peek_memory (buffer, 0), &map);
  if (flow->n_memories < 2)
    return;
  gst_memory_map (gst_buffer_peek_memory (buffer, 1), &map, GST_MAP_READ);
  for (gsize i = 0; i < map.size; i++)
    flow->n_ones += map.data[i];
  gst_memory_unmap (gst_buffer_peek_memory (buffer, 1), &map);
}

/* Runs @pipeline once and tells what came. */
static void
run_once (GstElement *pipeline, Flow *flow, SnnTestRun *run)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline),
      "sink");
  gulong id;

  *flow = (Flow) { 0, };
  id = g_signal_connect (sink, "handoff", G_CALLBACK (count), flow);
  snn_test_run (pipeline, run);
  g_signal_handler_disconnect (sink, id);
}

static void
assert_flow (const gchar *description, guint n_buffers, guint n_memories,
    guint64 n_ones, const gchar *dimensions, const gchar *warning)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  SnnTestRun run;
  Flow flow;

  for (guint i = 0; i < 2; i++) {
    run_once (pipeline, &flow, &run);
    fail_unless (!run.error, "%s", run.error ? run.error->message : "");
    fail_unless (warning ? run.warning && strstr (run.warning, warning)
        : run.n_warnings == 0, "%s: %s", description, run.warning);
    fail_unless_equals_int (flow.n_buffers, n_buffers);
    fail_unless_equals_int (flow.n_memories, n_memories);
    fail_unless_equals_uint64 (flow.n_ones, n_ones);
    fail_unless (strstr (flow.caps, dimensions), "%s", flow.caps);
    g_free (flow.caps);
    snn_test_run_clear (&run);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_START_TEST (test_streams)
{
  assert_flow ("niftisrc location=#/images" QUIET, 15, 1, 0, "4:3:1:1:1",
      NULL);
  assert_flow ("niftisrc location=#/images label-location=#/labels" QUIET,
      15, 2, 60, "4:3:1:1:1\\,4:3:1:1:1", NULL);
  assert_flow ("niftisrc location=#/images/s1.nii.gz axis=z" QUIET, 3, 1, 0,
      "5:4:1:1:1", NULL);
  assert_flow ("niftisrc location=#/images/s[12].nii.gz axis=none "
      "label-location=#/labels label-value=1 epochs=3" QUIET, 6, 2, 120,
      "5:4:3:1:1", NULL);
  assert_flow ("niftisrc location=#/images label-location=#/labels "
      "label-value=2 shuffle=true cache-size=0" QUIET, 15, 2, 0, "4:3:1:1:1",
      "none of its voxels is 2");
}

GST_END_TEST;

/* The file is stored from right to left; slices come from left to right. */
GST_START_TEST (test_orientation)
{
  GstHarness *harness = gst_harness_new ("niftisrc");
  g_autofree gchar *location = g_build_filename (folder, "images/s2.nii.gz",
      NULL);

  g_object_set (harness->element, "location", location, NULL);
  gst_harness_play (harness);
  for (guint x = 0; x < 5; x++) {
    GstBuffer *buffer = gst_harness_pull (harness);
    GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
    GstMapInfo map;

    fail_unless_equals_int (meta->slice, x);
    fail_unless_equals_int (meta->n_slices, 5);
    fail_unless_equals_string (meta->volume->subject, "s2");
    fail_unless_equals_string (meta->volume->location, location);
    fail_unless_equals_int (!!(meta->flags & GST_SNN_SAMPLE_LAST), x == 4);
    gst_buffer_map (buffer, &map, GST_MAP_READ);
    for (guint z = 0; z < 3; z++)
      for (guint y = 0; y < 4; y++)
        fail_unless_equals_float (((const float *) map.data)[y + 4 * z],
            snn_test_value (2, 4 - x + 5 * (y + 4 * z)));
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  gst_harness_teardown (harness);
}

GST_END_TEST;

GST_START_TEST (test_errors)
{
  g_autofree gchar *bad = g_build_filename (folder, "bad.nii", NULL);

  snn_test_expect_error ("niftisrc ! fakesink", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND, "No location");
  snn_test_expect_error ("niftisrc location=#/nothing ! fakesink", folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "/nothing");
  snn_test_expect_error ("niftisrc location=#/images "
      "label-location=#/labels/s1.nii ! fakesink", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND, "s0.nii.gz");
  snn_test_expect_error ("niftisrc location=#/images volume-index=1 ! "
      "fakesink", folder, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
      "1 volumes");

  fail_unless (g_file_set_contents (bad, "not a volume", -1, NULL));
  snn_test_expect_error ("niftisrc location=#/bad.nii ! fakesink", folder,
      GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE, bad);
}

GST_END_TEST;

/* The label's affine is moved by a quarter of a millimetre. */
GST_START_TEST (test_mismatch)
{
  g_autofree gchar *label = g_build_filename (folder, "labels/s1.nii", NULL);
  g_autofree gchar *bytes = NULL;
  const gsize srow_x_offset = 280 + 3 * sizeof (float);
  float moved = 4.25f;
  gsize size;

  fail_unless (g_file_get_contents (label, &bytes, &size, NULL));
  memcpy (bytes + srow_x_offset, &moved, sizeof moved);
  fail_unless (g_file_set_contents (label, bytes, (gssize) size, NULL));
  snn_test_expect_error ("niftisrc location=#/images label-location=#/labels "
      "! fakesink", folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "4.25 in ");
  snn_test_expect_error ("niftisrc location=#/images label-location=#/labels "
      "! fakesink", folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "images/s1.nii.gz");
}

GST_END_TEST;

/* What headers tell is told before the first sample, of all subjects at once,
 * those of the held-out fold as well. */
GST_START_TEST (test_all_problems_at_once)
{
  const gchar *description = "niftisrc location=#/images label-location=#/labels "
      "subset=train folds=3 evaluate=true ! fakesink";
  g_autofree gchar *first = g_build_filename (folder, "images/s0.nii.gz", NULL);
  g_autofree gchar *last = g_build_filename (folder, "images/s2.nii.gz", NULL);

  fail_unless (g_file_set_contents (first, "not a volume", -1, NULL));
  snn_test_expect_error (description, folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, first);
  fail_unless (g_file_set_contents (last, "nor this", -1, NULL));
  snn_test_expect_error (description, folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, first);
  snn_test_expect_error (description, folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, last);
  snn_test_expect_error (description, folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "2 of 3 subjects");
  snn_test_expect_error ("niftisrc location=#/images/s1.nii.gz roi=0:9,:,: ! "
      "fakesink", folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "images/s1.nii.gz: The region");
}

GST_END_TEST;

/* A singular sform is worth one warning a stream, however often it is read. */
GST_START_TEST (test_warning)
{
  g_autofree gchar *path = g_build_filename (folder, "images/odd.nii", NULL);
  g_autoptr (GstElement) pipeline = NULL;
  g_autofree gchar *bytes = NULL;
  gsize size;

  snn_test_write_nifti (folder, "images/odd.nii", 0, SNN_NIFTI_PROBABILITY);
  fail_unless (g_file_get_contents (path, &bytes, &size, NULL));
  memset (bytes + 280, 0, 3 * 4 * sizeof (float));
  fail_unless (g_file_set_contents (path, bytes, (gssize) size, NULL));

  pipeline = snn_test_launch ("niftisrc location=#/images epochs=3 "
      "cache-size=0" QUIET, folder);
  for (guint i = 0; i < 2; i++) {
    SnnTestRun run;
    Flow flow;

    run_once (pipeline, &flow, &run);
    fail_unless (!run.error);
    fail_unless_equals_int (flow.n_buffers, 3 * 4 * 5);
    fail_unless_equals_int (run.n_warnings, 1);
    fail_unless (strstr (run.warning, path) && strstr (run.warning, "sform"));
    g_free (flow.caps);
    snn_test_run_clear (&run);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

GST_START_TEST (test_invalid_files)
{
  static const struct
  {
    const gchar *name;
    GQuark (*domain) (void);
    gint code;
  } cases[] = {
    {"bad_crc.nii.gz", gst_stream_error_quark, GST_STREAM_ERROR_DECODE},
    {"bad_magic.nii", gst_stream_error_quark, GST_STREAM_ERROR_NOT_IMPLEMENTED},
    {"huge_dims.nii", gst_resource_error_quark, GST_RESOURCE_ERROR_READ},
    {"trunc_data.nii", gst_resource_error_quark, GST_RESOURCE_ERROR_READ},
  };
  g_autofree gchar *invalid = snn_shared_data ("oddnifti/invalid");

  if (!invalid)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *description =
        g_strdup_printf ("niftisrc location=#/%s ! fakesink", cases[i].name);

    snn_test_expect_error (description, invalid, cases[i].domain (),
        cases[i].code, cases[i].name);
  }
}

GST_END_TEST;

/* A whole head is more than 150 MB, but flows in slices. */
GST_START_TEST (test_whole_head)
{
  g_autofree gchar *heads = snn_shared_data ("heads");
  g_autoptr (GstElement) pipeline = NULL;
  SnnTestRun run;
  Flow flow;

  if (!heads)
    return;
  pipeline = snn_test_launch (
      "niftisrc location=#/studyforrest_sub02_T1w.nii.gz" QUIET, heads);
  run_once (pipeline, &flow, &run);
  fail_unless (!run.error);
  fail_unless_equals_int (flow.n_buffers, 274);
  fail_unless (strstr (flow.caps, "384:384:1:1:1"), "%s", flow.caps);
  g_free (flow.caps);
  snn_test_run_clear (&run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

GST_START_TEST (test_properties)
{
  GstElement *src = gst_check_setup_element ("niftisrc");
  gchar *location, *label_location;
  guint volume_index;
  gint label_value;

  g_object_get (src, "location", &location, "label-location", &label_location,
      "label-value", &label_value, "volume-index", &volume_index, NULL);
  fail_unless (!location && !label_location);
  fail_unless_equals_int (label_value, -1);
  fail_unless_equals_int (volume_index, 0);
  g_object_set (src, "location", "a", "label-location", "b", "label-value", 2,
      "volume-index", 7, NULL);
  g_object_get (src, "location", &location, "label-location", &label_location,
      "label-value", &label_value, "volume-index", &volume_index, NULL);
  fail_unless_equals_string (location, "a");
  fail_unless_equals_string (label_location, "b");
  fail_unless_equals_int (label_value, 2);
  fail_unless_equals_int (volume_index, 7);
  g_free (location);
  g_free (label_location);
  gst_check_teardown_element (src);
}

GST_END_TEST;

/* Two sessions of a person are held out together, or by a file that says so. */
GST_START_TEST (test_persons)
{
  static const struct
  {
    const gchar *properties;
    guint n_subjects;
  } cases[] = {
    {"subset=test", 2},
    {"subset=train", 1},
    {"subset=test group=\"\"", 2},
    {"subset=train group=\"\"", 1},
    {"subset=test fold=1", 1},
    {"subset=test fold=1 group=\"\"", 1},
    {"subset=test group=ses-1", 2},
    {"subset=train split=#/split.json", 1},
    {"subset=test split=#/split.json", 1},
  };
  static const gchar *const split = "[{\"train\": [\"sub-02_ses-1\"], "
      "\"val\": [\"sub-01_ses-2\"]}]";
  static const gchar *const names[] = {
    "sub-01_ses-1", "sub-01_ses-2", "sub-02_ses-1"
  };
  g_autofree gchar *path = g_build_filename (folder, "split.json", NULL);

  fail_unless (g_file_set_contents (path, split, -1, NULL));
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *name = g_strdup_printf ("bids/%s.nii", names[i]);

    snn_test_write_nifti (folder, name, i, SNN_NIFTI_PROBABILITY);
  }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *description = g_strdup_printf ("niftisrc "
        "location=#/bids axis=none folds=2 %s ! fakesink name=sink",
        cases[i].properties);
    g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
    Trace trace;

    trace_run (&trace, pipeline);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    fail_unless (trace.buffers->len == cases[i].n_subjects, "%s: %u",
        cases[i].properties, trace.buffers->len);
    for (guint j = 0; i == 0 && j < 2; j++)
      fail_unless_equals_string (meta_at (&trace, j)->volume->subject, names[j]);
    trace_clear (&trace);
  }
}

GST_END_TEST;

/* Subjects that are folders, and a dataset as BIDS has it. */
GST_START_TEST (test_layouts)
{
  static const gchar *const sources[][2] = {
    { "niftisrc location=\"#/f/*/t1.nii\" label-location=\"#/f/*/m.nii\""
        QUIET, "sub-2" },
    { "niftisrc location=#/b label-location=#/b/derivatives/m" QUIET,
      "sub-2_T1w" },
  };

  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *name = g_strdup_printf ("sub-%u", i + 1);
    g_autofree gchar *image = g_strdup_printf ("f/%s/t1.nii", name);
    g_autofree gchar *label = g_strdup_printf ("f/%s/m.nii", name);
    g_autofree gchar *scan = g_strdup_printf ("b/%s/anat/%s_T1w.nii.gz", name,
        name);
    g_autofree gchar *mask = g_strdup_printf
        ("b/derivatives/m/%s/anat/%s_space-T1w_dseg.nii.gz", name, name);

    snn_test_write_nifti (folder, image, i, SNN_NIFTI_PROBABILITY);
    snn_test_write_nifti (folder, label, i, SNN_NIFTI_MASK);
    snn_test_write_nifti (folder, scan, i, SNN_NIFTI_PROBABILITY);
    snn_test_write_nifti (folder, mask, i, SNN_NIFTI_MASK);
  }
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++) {
    g_autoptr (GstElement) pipeline = snn_test_launch (sources[i][0], folder);
    Trace trace;

    trace_run (&trace, pipeline);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    fail_unless (!trace.error && trace.buffers->len == 10, "%s: %s", sources[i][0],
        trace.error ? trace.error->message : "");
    fail_unless (g_str_equal (meta_at (&trace, 9)->volume->subject, sources[i][1])
        && gst_buffer_n_memory (trace.buffers->pdata[9]) == 2, "%s: %s",
        sources[i][0], meta_at (&trace, 9)->volume->subject);
    trace_clear (&trace);
  }
}

GST_END_TEST;

/* What GStreamer calls a file by its URI. */
GST_START_TEST (test_uri)
{
  g_autofree gchar *path = g_build_filename (folder, "images", "s0.nii.gz",
      NULL);
  g_autofree gchar *uri = gst_filename_to_uri (path, NULL);
  g_autofree gchar *description = g_strdup_printf ("niftisrc name=src uri=%s"
      QUIET, uri);
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  g_autofree gchar *got = gst_uri_handler_get_uri (GST_URI_HANDLER (src));
  g_autofree gchar *again = NULL;
  SnnTestRun run;
  Flow flow;

  fail_unless_equals_string (got, uri);
  run_once (pipeline, &flow, &run);
  fail_unless (!run.error, "%s", run.error ? run.error->message : "");
  fail_unless_equals_int (flow.n_buffers, 5);
  snn_test_run_clear (&run);
  g_free (flow.caps);

  fail_if (gst_uri_handler_set_uri (GST_URI_HANDLER (src),
          "http://example.org/a.nii", NULL));
  g_object_set (src, "uri", NULL, "location", path, NULL);
  again = gst_uri_handler_get_uri (GST_URI_HANDLER (src));
  fail_unless_equals_string (again, uri);
  fail_unless (gst_uri_handler_set_uri (GST_URI_HANDLER (src), uri, NULL));
  run_once (pipeline, &flow, &run);
  fail_unless (!run.error, "%s", run.error ? run.error->message : "");
  snn_test_run_clear (&run);
  g_free (flow.caps);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

GST_START_TEST (test_uri_refused)
{
  g_autoptr (GstElement) by_default = gst_element_make_from_uri (GST_URI_SRC,
      "file:///a.nii", NULL, NULL);

  snn_test_expect_error ("niftisrc uri=file:///a.nii location=#/images"
      QUIET, folder, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "location=");
  snn_test_expect_error ("niftisrc uri=http://example.org/a.nii" QUIET, folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, "uri: ");
  /* Files as such stay filesrc's. */
  fail_unless_equals_string (G_OBJECT_TYPE_NAME (by_default), "GstFileSrc");
  gst_object_ref_sink (by_default);
}

GST_END_TEST;

static Suite *
niftisrc_suite (void)
{
  Suite *suite = suite_create ("niftisrc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_persons);
  tcase_add_test (tc, test_streams);
  tcase_add_test (tc, test_orientation);
  tcase_add_test (tc, test_errors);
  tcase_add_test (tc, test_mismatch);
  tcase_add_test (tc, test_all_problems_at_once);
  tcase_add_test (tc, test_warning);
  tcase_add_test (tc, test_invalid_files);
  tcase_add_test (tc, test_whole_head);
  tcase_add_test (tc, test_properties);
  tcase_add_test (tc, test_layouts);
  tcase_add_test (tc, test_uri);
  tcase_add_test (tc, test_uri_refused);
  return suite;
}

GST_CHECK_MAIN (niftisrc);
