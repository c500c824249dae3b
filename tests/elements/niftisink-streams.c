/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <snn/volumes/nifti-read.h>
#include "tests/elements/helpers.h"

/* niftisink alone: slices that come in no order, in part, twice, or of nothing. */

#define CAPS(dimensions) SNN_TEST_CAPS ("1", "float32", dimensions)

static gchar *folder;
static SnnTestElement e;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_element_init (&e, "niftisink location=#/%s.nii content=probability",
      folder, CAPS ("5:4:1:1:1"));
}

static void
teardown (void)
{
  snn_test_element_clear (&e);
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* Slice @slice of 3 along z of a volume of 5 x 4 x 3, all @value. */
static GstBuffer *
new_slice (SnnVolumeInfo *info, guint slice, float value)
{
  float *values = g_new (float, 20);
  GstBuffer *buffer = gst_buffer_new_wrapped (values, 20 * sizeof (float));
  GstSnnSampleMeta *meta = gst_buffer_add_snn_sample_meta (buffer, info);

  for (guint i = 0; i < 20; i++)
    values[i] = value;
  meta->box = (SnnBox) { {0, 0, 0}, {5, 4, 3} };
  meta->axis = SNN_AXIS_Z;
  meta->slice = slice;
  meta->n_slices = 3;
  return buffer;
}

static SnnVolumeInfo *
new_info (const gchar *subject)
{
  SnnVolumeInfo *info = snn_volume_info_new (subject);

  info->dims[0] = 5;
  info->dims[1] = 4;
  info->dims[2] = 3;
  return info;
}

static void
assert_planes (const gchar *name, float a, float b, float c)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolume) volume = snn_nifti_load (path, 0, NULL, &error);

  fail_unless (volume != NULL, "%s", error ? error->message : name);
  fail_unless_equals_float (volume->image[0], a);
  fail_unless_equals_float (volume->image[20], b);
  fail_unless_equals_float (volume->image[40], c);
}

static void
push (GstBuffer *buffer)
{
  snn_test_element_push (&e, buffer, GST_FLOW_OK);
}

/* The next warning, which has to be there. */
static void
check_warning (const gchar *text)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING);
  g_autoptr (GError) warning = NULL;

  fail_unless (message != NULL, "no warning, expected: %s", text);
  gst_message_parse_warning (message, &warning, NULL);
  fail_unless (strstr (warning->message, text) != NULL, "'%s' lacks '%s'",
      warning->message, text);
}

GST_START_TEST (test_last_chunk_counts)
{
  g_autoptr (SnnVolumeInfo) a = new_info ("a");
  g_autoptr (SnnVolumeInfo) b = new_info ("b");
  GstBuffer *buffer;

  for (guint chunk = 1; chunk <= 2; chunk++)
    for (guint slice = 0; slice < 3; slice++)
      push (new_slice (a, slice, chunk / 4.f));
  fail_if (snn_test_exists (folder, "b.nii"));

  /* The last chunk says so: the volume is written without delay. */
  push (new_slice (b, 1, 0.25f));
  push (new_slice (b, 2, 0.5f));
  buffer = new_slice (b, 0, 0.25f);
  push (buffer);
  fail_if (snn_test_exists (folder, "b.nii"));
  buffer = new_slice (b, 0, 0.75f);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  push (buffer);
  assert_planes ("b.nii", 0.75f, 0.25f, 0.5f);

  snn_test_element_eos (&e);
  assert_planes ("a.nii", 0.5f, 0.5f, 0.5f);
}

GST_END_TEST;

/* What is missing at EOS is zero where that is wanted, and said. */
GST_START_TEST (test_incomplete)
{
  g_autoptr (SnnVolumeInfo) a = new_info ("a");

  gst_element_set_state (e.element, GST_STATE_NULL);
  g_object_set (e.element, "allow-partial", TRUE, NULL);
  snn_test_element_restart (&e, CAPS ("5:4:1:1:1"));
  push (new_slice (a, 2, 0.5f));
  fail_if (snn_test_exists (folder, "a.nii"));
  snn_test_element_eos (&e);
  assert_planes ("a.nii", 0.f, 0.f, 0.5f);
  check_warning ("1 of 3 slices of a");
}

GST_END_TEST;

/* A volume whose last slice has come is done with when another sample follows, though
 * one in the midst is missing. */
GST_START_TEST (test_last_slice)
{
  g_autoptr (SnnVolumeInfo) a = new_info ("a");
  g_autoptr (SnnVolumeInfo) b = new_info ("b");
  GstBuffer *buffer = new_slice (a, 2, 0.5f);

  push (new_slice (a, 0, 0.5f));
  gst_buffer_get_snn_sample_meta (buffer)->flags = GST_SNN_SAMPLE_LAST;
  push (buffer);
  fail_unless (gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING) == NULL);
  push (new_slice (b, 0, 0.5f));
  check_warning ("Only 2 of 3 slices of a");
}

GST_END_TEST;

/* A whole volume is written where the stream is stopped, too. */
GST_START_TEST (test_stop)
{
  g_autoptr (SnnVolumeInfo) a = new_info ("a");

  for (guint slice = 0; slice < 3; slice++)
    push (new_slice (a, slice, 0.5f));
  fail_if (snn_test_exists (folder, "a.nii"));
  gst_element_set_state (e.element, GST_STATE_READY);
  assert_planes ("a.nii", 0.5f, 0.5f, 0.5f);
}

GST_END_TEST;

/* Slices of two epochs are of two volumes, also where no event is between. */
GST_START_TEST (test_epochs)
{
  g_autoptr (SnnVolumeInfo) a = new_info ("a");
  g_autoptr (GstStructure) written = NULL;
  guint epoch = 0;

  push (new_slice (a, 0, 0.25f));
  for (guint slice = 0; slice < 3; slice++) {
    GstBuffer *buffer = new_slice (a, slice, 0.5f);

    gst_buffer_get_snn_sample_meta (buffer)->epoch = 1;
    push (buffer);
  }
  snn_test_element_eos (&e);
  assert_planes ("a.nii", 0.5f, 0.5f, 0.5f);
  written = snn_test_element_structure (&e, "niftisink");
  fail_unless (gst_structure_get_uint (written, "epoch", &epoch));
  fail_unless_equals_int (epoch, 1);
}

GST_END_TEST;

GST_START_TEST (test_epoch_end)
{
  const GstSnnEpoch epoch = { 0, 2, FALSE, 3 };
  g_autoptr (SnnVolumeInfo) a = new_info ("a");

  for (guint slice = 0; slice < 3; slice++)
    push (new_slice (a, slice, 0.5f));
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_end (&epoch));
  assert_planes ("a.nii", 0.5f, 0.5f, 0.5f);
}

GST_END_TEST;

GST_START_TEST (test_flush_forgets)
{
  g_autoptr (SnnVolumeInfo) a = new_info ("a");

  push (new_slice (a, 0, 0.5f));
  snn_test_element_flush (&e);
  snn_test_element_eos (&e);
  fail_if (snn_test_exists (folder, "a.nii"));
}

GST_END_TEST;

/* A row is what caps say, which slice comes of what, and what becomes of it. */
static const struct
{
  const gchar *caps;
  guint slice;
  gboolean known;               /* whose slice it is */
  GstFlowReturn flow;
} strange[] = {
  {CAPS ("5:4:1:1:1"), 0, FALSE, GST_FLOW_ERROR},
  {CAPS ("5:4:1:1:1"), 3, TRUE, GST_FLOW_ERROR},
  {CAPS ("5:3:1:1:1"), 0, TRUE, GST_FLOW_ERROR},
  {CAPS ("5:4:1:2:1"), 0, TRUE, GST_FLOW_NOT_NEGOTIATED},
};

GST_START_TEST (test_strange_samples)
{
  g_autoptr (SnnVolumeInfo) a = new_info ("a");
  GstBuffer *buffer = strange[__i__].known
      ? new_slice (a, strange[__i__].slice, 0.f)
      : gst_buffer_new_and_alloc (20 * sizeof (float));

  snn_test_element_restart (&e, strange[__i__].caps);
  snn_test_element_push (&e, buffer, strange[__i__].flow);
}

GST_END_TEST;

GST_START_TEST (test_properties)
{
  GstElement *sink = gst_check_setup_element ("niftisink");
  gboolean overwrite;
  double cut_off;
  gint content;

  g_object_get (sink, "content", &content, "cut-off", &cut_off, "overwrite",
      &overwrite, NULL);
  fail_unless_equals_int (content, SNN_NIFTI_MASK);
  fail_unless_equals_float (cut_off, 0.5);
  fail_if (overwrite);
  gst_util_set_object_arg (G_OBJECT (sink), "content", "probability");
  g_object_get (sink, "content", &content, NULL);
  fail_unless_equals_int (content, SNN_NIFTI_PROBABILITY);
  gst_check_teardown_element (sink);
}

GST_END_TEST;

static Suite *
niftisink_streams_suite (void)
{
  Suite *suite = suite_create ("niftisink-streams");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_last_chunk_counts);
  tcase_add_test (tc, test_incomplete);
  tcase_add_test (tc, test_last_slice);
  tcase_add_test (tc, test_stop);
  tcase_add_test (tc, test_epochs);
  tcase_add_test (tc, test_epoch_end);
  tcase_add_test (tc, test_flush_forgets);
  tcase_add_loop_test (tc, test_strange_samples, 0, G_N_ELEMENTS (strange));
  tcase_add_test (tc, test_properties);
  return suite;
}

GST_CHECK_MAIN (niftisink_streams);
