/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gst/check/gstcheck.h>

#include <snn/base/error.h>

#include "tests/elements/helpers.h"

/* labels/s0.nii and so on are maps of 5 x 4 x 3 voxels, some of them 1. */
#define SOURCE "labelmapsrc location=#/labels labels=1 subjects=5 " \
  "grid=10x9x8 voxel-size=1 shift=1 "

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 3);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static void
run (Trace *trace, const gchar *format, ...)
{
  g_autofree gchar *description = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  va_list arguments;

  va_start (arguments, format);
  description = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  pipeline = snn_test_launch (description, folder);
  trace_run (trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_no_error (trace->error);
}

GST_START_TEST (test_same_settings_same_heads)
{
  Trace once, again, reseeded;

  run (&once, SOURCE "threads=1 ! fakesink name=sink");
  run (&again, SOURCE "threads=3 cache-size=0 ! fakesink name=sink");
  run (&reseeded, SOURCE "head-seed=7 ! fakesink name=sink");
  /* Five heads of ten slices. */
  fail_unless_equals_int (once.buffers->len, 50);
  fail_unless (same_stream (&once, &again));
  fail_if (same_stream (&once, &reseeded));
  fail_unless_equals_string (meta_at (&once, 42)->volume->subject,
      "head-00004");
  fail_unless (meta_at (&once, 42)->volume->labelled);
  trace_clear (&once);
  trace_clear (&again);
  trace_clear (&reseeded);
}

GST_END_TEST;

/* Heads are of the voxel size and on the grid that they are asked for on, and
 * roi, size and folds work as those of any source. */
GST_START_TEST (test_grid)
{
  Trace trace;

  run (&trace, "labelmapsrc location=#/labels labels=1 subjects=6 "
      "grid=10x12x14 voxel-size=0.5 axis=none size=4x0x16 folds=3 subset=test "
      "! fakesink name=sink");
  fail_unless_equals_int (trace.buffers->len, 2);
  for (guint i = 0; i < 2; i++) {
    const SnnVolumeInfo *info = meta_at (&trace, i)->volume;

    fail_unless_equals_int (info->dims[1], 12);
    fail_unless (info->zooms[2] == 0.5);
    fail_unless_equals_int (meta_at (&trace, i)->box.size[2], 16);
  }
  fail_unless_equals_string (meta_at (&trace, 1)->volume->subject,
      "head-00003");
  trace_clear (&trace);
}

GST_END_TEST;

/* Places in millimetres are those of the heads that are sent. */
GST_START_TEST (test_roi_in_mm)
{
  const SnnVolumeInfo *info;
  const SnnBox *box;
  Trace trace;

  run (&trace, "labelmapsrc location=#/labels labels=1 subjects=1 grid=10x12x14 "
      "voxel-size=0.5 axis=x roi=\"-1.5:1,:,:mm\" ! fakesink name=sink");
  info = meta_at (&trace, 0)->volume;
  box = &meta_at (&trace, 0)->box;
  fail_unless_equals_int (trace.buffers->len, box->size[0]);
  fail_unless_equals_int (box->size[0], 6);
  fail_unless (info->affine[0][3] + 0.5 * (double) box->origin[0] == -1.5);
  trace_clear (&trace);
}

GST_END_TEST;

/* Heads of one name that another seed made are other heads. */
GST_START_TEST (test_seed_is_known)
{
  static const gchar *const seeds[] = { "1", "1", "2" };
  guint64 numbers[3];

  for (guint i = 0; i < G_N_ELEMENTS (seeds); i++) {
    g_autofree gchar *text = g_strdup_printf ("labelmapsrc location=#/labels labels=1 "
        "subjects=1 grid=4x4x4 head-seed=%s ! fakesink name=sink", seeds[i]);
    Trace trace;

    run (&trace, text);
    numbers[i] = meta_at (&trace, 0)->volume->seed;
    trace_clear (&trace);
  }
  fail_unless_equals_uint64 (numbers[0], numbers[1]);
  fail_if (numbers[0] == numbers[2]);
}

GST_END_TEST;

/* A row is what is wrong and what is said about it. */
GST_START_TEST (test_errors)
{
  static const struct
  {
    const gchar *settings;
    const gchar *text;
  } rows[] = {
    {"", "No location is set"},
    {"location=#/nowhere", "nowhere"},
    {"location=#/labels labels=1,two", "labels is \"1,two\""},
    {"location=#/labels labels=0", "labels is \"0\""},
    {"location=#/labels labels=1+0", "labels is \"1+0\""},
    {"location=#/labels labels=1,2,1+3", "labels is \"1,2,1+3\": Class 1 is "
          "there twice"},
    {"location=#/labels around=,", "around is \",\""},
    {"location=#/labels grid=10x10", "grid is \"10x10\""},
    {"location=#/labels grid=10x0x10", "grid is \"10x0x10\""},
    {"location=#/labels grid=10x10x5000", "from 1 to 1024"},
    {"location=#/labels labels=1 around=17", "has no structure 17"},
    {"location=#/images labels=1 grid=4x4x4", "label map"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *description = g_strdup_printf ("labelmapsrc %s ! "
        "fakesink", rows[i].settings);
    GstElement *pipeline = snn_test_launch (description, folder);
    SnnTestRun result;

    snn_test_run (pipeline, &result);
    fail_unless (result.error != NULL, "%s: no error", rows[i].settings);
    fail_unless (strstr (result.error->message, rows[i].text) != NULL,
        "%s: %s", rows[i].settings, result.error->message);
    fail_unless (result.n_errors == 1, "%s: %u errors", rows[i].settings,
        result.n_errors);
    snn_test_run_clear (&result);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    gst_object_unref (pipeline);
  }
}

GST_END_TEST;

/* A map of one side has no structure for the middle of mirrored heads, while one in
 * the middle of the brain is its own twin. */
GST_START_TEST (test_map_of_one_side)
{
  static const struct
  {
    const gchar *settings;
    gboolean taken;
  } rows[] = {
    {"around=17", FALSE},
    {"around=16,17", FALSE},
    {"around=16", TRUE},
    {"around=17 mirror=false", TRUE},
  };
  const SnnClasses classes = { 2, { 16, 17 } };
  const guint8 mask[] = { 1, 1, 0, 2, 2, 2, 0, 1 };
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("side");
  g_autofree gchar *path = g_build_filename (folder, "side.nii", NULL);

  for (guint i = 0; i < 3; i++)
    info->dims[i] = 2;
  fail_unless (snn_nifti_write_classes (path, info, &classes, mask, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *description = g_strdup_printf ("labelmapsrc "
        "location=#/side.nii labels=17 subjects=8 grid=4x4x4 %s ! fakesink",
        rows[i].settings);

    if (rows[i].taken)
      snn_test_expect_eos (description, folder, NULL);
    else
      snn_test_expect_error (description, folder, GST_STREAM_ERROR,
          GST_STREAM_ERROR_WRONG_TYPE, "side.nii has no structure 53 to be in "
          "the middle of mirrored heads");
  }
}

GST_END_TEST;

/* A map without the label makes heads without one, and that is said, once a
 * map. */
GST_START_TEST (test_maps_without_the_label)
{
  SnnTestRun result;

  snn_test_expect_eos ("labelmapsrc location=#/labels subjects=6 grid=4x4x4 "
      "cache-size=0 epochs=2 ! fakesink", folder, &result);
  fail_unless_equals_int (result.n_warnings, 3);
  fail_unless (strstr (result.warning, "labels=17+53") != NULL, "%s",
      result.warning);
  snn_test_run_clear (&result);
}

GST_END_TEST;

static Suite *
labelmapsrc_suite (void)
{
  Suite *suite = suite_create ("labelmapsrc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_same_settings_same_heads);
  tcase_add_test (tc, test_grid);
  tcase_add_test (tc, test_roi_in_mm);
  tcase_add_test (tc, test_seed_is_known);
  tcase_add_test (tc, test_errors);
  tcase_add_test (tc, test_map_of_one_side);
  tcase_add_test (tc, test_maps_without_the_label);
  return suite;
}

GST_CHECK_MAIN (labelmapsrc);
