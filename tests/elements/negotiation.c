/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "tests/elements/helpers.h"

/* What pad templates promise is what downstream gets: frame rates, images
 * without labels, and NNStreamer's ways to write caps. */

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 2);
  snn_test_write_unet (folder, "ann.nir", 8, FALSE);
  snn_test_write_unet (folder, "snn.nir", 8, TRUE);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

#define UNTIMED GST_CLOCK_TIME_NONE

/* A stream of the ten slices, and what of its first and third buffer. */
static const struct
{
  const gchar *pipeline;
  guint n_memories;
  GstClockTime begin, duration, third;
} streams[] = {
  { SNN_TEST_SLICES "!", 2, UNTIMED, UNTIMED, UNTIMED },
  { SNN_TEST_SLICES "framerate=10/1 !", 2, 0, 100 * GST_MSECOND,
      200 * GST_MSECOND },
  { SNN_TEST_SLICES "! other/tensors,framerate=10/1 !", 2, 0,
      100 * GST_MSECOND, 200 * GST_MSECOND },
  { SNN_TEST_SLICES "framerate=4/1 ! "
                    "other/tensors,framerate=(fraction)[1/1,2/1] !", 2, 0,
      500 * GST_MSECOND, GST_SECOND },
  { SNN_TEST_SLICES "! other/tensors,num_tensors=1 !", 1, UNTIMED, UNTIMED,
      UNTIMED },
  { SNN_TEST_SLICES "! other/tensors,types=(string)float32 !", 1, UNTIMED,
      UNTIMED, UNTIMED },
  { SNN_TEST_SLICES "! other/tensors,types=(string)\"float32.uint8\" !", 2,
      UNTIMED, UNTIMED, UNTIMED },
  { SNN_TEST_SLICES "! other/tensors,num_tensors=2,"
                    "dimensions=(string)\"8:8:1:1,8:8:1:1\" !", 2, UNTIMED,
      UNTIMED, UNTIMED },
  { SNN_TEST_SLICES "! other/tensors,types=(string)\"float32.uint8\","
                    "dimensions=(string)\"8:8.8:8\",framerate=2/1 !", 2, 0,
      500 * GST_MSECOND, GST_SECOND },
  { SNN_TEST_SLICES "! other/tensors,num_tensors=1,"
                    "dimensions=(string)\"8:8:1:1:1:1:1:1:1:1:1:1:1:1:1:1\" !",
      1, UNTIMED, UNTIMED, UNTIMED },
  /* Chunks share the time of their sample. */
  { SNN_TEST_SLICES "framerate=10/1 ! voxelnormalize ! "
                    "poissonencoder timesteps=4 chunk=2 !", 2, 0,
      50 * GST_MSECOND, 100 * GST_MSECOND },
  { SNN_TEST_SLICES "! voxelnormalize ! poissonencoder timesteps=4 ! "
                    "other/tensors,framerate=5/1 !", 2, 0, 200 * GST_MSECOND,
      400 * GST_MSECOND },
  { SNN_TEST_SLICES "! voxelnormalize ! poissonencoder timesteps=4 ! "
                    "other/tensors,types=(string)\"int8.uint8\" !", 2,
      UNTIMED, UNTIMED, UNTIMED },
  { SNN_TEST_SLICES "! voxelnormalize ! anninference model=#/ann.nir ! "
                    "other/tensors,framerate=5/1 !", 2, 0, 200 * GST_MSECOND,
      400 * GST_MSECOND },
  { SNN_TEST_SLICES "! voxelnormalize ! anninference model=#/ann.nir ! "
                    "other/tensors,num_tensors=1,"
                    "dimensions=(string)\"8:8:1:1\" !", 1, UNTIMED, UNTIMED,
      UNTIMED },
  { SNN_TEST_SLICES "framerate=10/1 ! voxelnormalize ! "
                    "poissonencoder timesteps=4 chunk=2 ! "
                    "snninference model=#/snn.nir every-chunk=true !", 2, 0,
      50 * GST_MSECOND, 100 * GST_MSECOND },
};

GST_START_TEST (test_stream)
{
  g_autofree gchar *description =
      g_strconcat (streams[__i__].pipeline, " fakesink name=sink", NULL);
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  GstBuffer *first, *third;
  Trace trace;

  trace_run (&trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (!trace.error, "%s: %s", description,
      trace.error ? trace.error->message : "");
  fail_unless (trace.buffers->len >= 10, "%s: %u buffers", description,
      trace.buffers->len);
  first = trace.buffers->pdata[0];
  third = trace.buffers->pdata[2];
  fail_unless (gst_buffer_n_memory (first) == streams[__i__].n_memories
      && gst_buffer_n_memory (third) == streams[__i__].n_memories,
      "%s: %u memories", description, gst_buffer_n_memory (first));
  fail_unless (GST_BUFFER_PTS (first) == streams[__i__].begin
      && GST_BUFFER_DURATION (first) == streams[__i__].duration
      && GST_BUFFER_PTS (third) == streams[__i__].third,
      "%s: %" GST_TIME_FORMAT ", %" GST_TIME_FORMAT ", %" GST_TIME_FORMAT,
      description, GST_TIME_ARGS (GST_BUFFER_PTS (first)),
      GST_TIME_ARGS (GST_BUFFER_DURATION (first)),
      GST_TIME_ARGS (GST_BUFFER_PTS (third)));
  trace_clear (&trace);
}

GST_END_TEST;

/* In time, where there is one. */
GST_START_TEST (test_position_and_duration)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (
      SNN_TEST_SLICES "framerate=5/1 epochs=2 ! fakesink name=sink", folder);
  gint64 duration = -1;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  gst_element_get_state (pipeline, NULL, NULL, snn_test_patience ());
  fail_unless (gst_element_query_duration (pipeline, GST_FORMAT_TIME,
      &duration));
  fail_unless_equals_int64 (duration, 4 * GST_SECOND);
  fail_unless (gst_element_query_duration (pipeline, GST_FORMAT_DEFAULT,
      &duration));
  fail_unless_equals_int64 (duration, 20);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

/* What nobody can give is refused, by one who asked for it. */
GST_START_TEST (test_refused)
{
  static const gchar *const filters[] = {
    "other/tensors,dimensions=(string)9:9",
    "other/tensors,num_tensors=2,dimensions=(string)8:8:1:1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (filters); i++) {
    g_autofree gchar *description = g_strdup_printf (
        SNN_TEST_SLICES "! identity ! %s ! fakesink", filters[i]);
    g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
    SnnTestRun run;

    snn_test_run (pipeline, &run);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    fail_unless (run.error != NULL, "%s", filters[i]);
    snn_test_run_clear (&run);
  }
}

GST_END_TEST;

/* A row is how dimensions are written, and what they are, or 0 where they are none. */
static const struct
{
  const gchar *text;
  guint width, height;
} dimensions[] = {
  { "8:4:1:1:1", 8, 4 },
  { "8:4", 8, 4 },
  { "8", 8, 1 },
  { "8:4:1:1:1:1:1", 8, 4 },
  { "8:4:0:0", 8, 4 },          /* as NNStreamer ends a rank that is not used */
  { "8:4:1:1:1:0", 8, 4 },
  { "0", 0, 0 },
  { "0:4", 0, 0 },
  { "8:0:4", 0, 0 },
  { "8:4:1:1:1:2", 0, 0 },
  { "8:x", 0, 0 },
  { "8:-4", 0, 0 },
  { "65536:8191", 65536, 8191 },
  { "65536:8192", 0, 0 },       /* more bytes than GStreamer's sizes hold */
};

GST_START_TEST (test_dimensions)
{
  g_autofree gchar *text = g_strdup_printf (SNN_TEST_CAPS ("1", "float32", "%s"),
      dimensions[__i__].text);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GstSnnTensors tensors;
  const gboolean parsed = gst_snn_tensors_from_caps (&tensors, caps, NULL);

  fail_unless_equals_int (parsed, dimensions[__i__].width > 0);
  if (parsed) {
    fail_unless_equals_int (tensors.tensor[0].width, dimensions[__i__].width);
    fail_unless_equals_int (tensors.tensor[0].height, dimensions[__i__].height);
  } else {
    fail_unless_equals_int (tensors.n_tensors, 0);
  }
}

GST_END_TEST;

static Suite *
negotiation_suite (void)
{
  Suite *suite = suite_create ("negotiation");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_stream, 0, G_N_ELEMENTS (streams));
  tcase_add_test (tc, test_position_and_duration);
  tcase_add_test (tc, test_refused);
  tcase_add_loop_test (tc, test_dimensions, 0, G_N_ELEMENTS (dimensions));
  return suite;
}

GST_CHECK_MAIN (negotiation);
