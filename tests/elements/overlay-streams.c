/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <gst/snn/imagemeta.h>
#include "tests/elements/helpers.h"

/* What streams do to maskoverlay; what it draws is tested with maskoverlay. */

#define WIDTH 6
#define HEIGHT 4
#define N (WIDTH * HEIGHT)

#define CAPS(rate) "other/tensors, format=static, num_tensors=1, " \
  "types=float32, dimensions=\"6:4:1:1:1\", framerate=" rate

/* A sample that is black but for its first voxel. */
static GstBuffer *
new_sample (void)
{
  GstBuffer *buffer = snn_test_sample (0, N, 0);
  GstMapInfo map;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_WRITE));
  for (guint i = 0; i < N; i++)
    ((float *) map.data)[i] = i == 0;
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

static GstHarness *
new_harness (const gchar *properties, const gchar *caps,
    const gchar *sink_caps)
{
  g_autofree gchar *text = g_strdup_printf ("maskoverlay smooth=false %s",
      properties);
  GstHarness *harness = gst_harness_new_parse (text);

  gst_harness_set_sink_caps_str (harness, sink_caps);
  gst_harness_set_src_caps_str (harness, caps);
  return harness;
}

/* The red of a pixel in RGBx. */
static guint
red_at (GstBuffer *frame, guint width, guint x, guint y)
{
  guint8 red = 0;

  fail_unless_equals_int (gst_buffer_extract (frame, (y * width + x) * 4, &red,
          1), 1);
  return red;
}

static const gchar *const orientations[] = { "neurological", "radiological",
  "voxel" };

/* An image that is no slice of a volume is drawn as it came, whatever side of a
 * body would be up. */
GST_START_TEST (test_photographs)
{
  g_autofree gchar *properties = g_strdup_printf ("scale=1 orientation=%s",
      orientations[__i__]);
  GstHarness *harness = new_harness (properties, CAPS ("0/1"),
      "video/x-raw,format=RGBx");
  GstBuffer *frame = gst_harness_push_and_pull (harness, new_sample ());

  fail_unless_equals_int (red_at (frame, WIDTH, 0, 0), 255);
  gst_buffer_unref (frame);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* What comes at a time is shown at it, as of a live source, whose frames would be too
 * late if they were counted; and it lasts as long as it did. */
GST_START_TEST (test_own_timestamps)
{
  static const struct
  {
    const gchar *properties, *caps, *wish;
    gint numerator, denominator;        /* that the video has */
  } rows[] = {
    { "", CAPS ("0/1"), "", 10, 1 },
    { "framerate=0/1", CAPS ("0/1"), "", 0, 1 },
    { "", CAPS ("30/1"), "", 30, 1 },
    { "framerate=0/1", CAPS ("30/1"), "", 30, 1 },
    { "framerate=5/1", CAPS ("30000/1001"), "", 30000, 1001 },
    { "", CAPS ("30/1"), ",framerate=25/1", 25, 1 },
  };
  const GstClockTime times[] = { 7 * GST_SECOND, 9 * GST_SECOND + 1 };

  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    g_autofree gchar *wish = g_strconcat ("video/x-raw,format=RGBx",
        rows[r].wish, NULL);
    GstHarness *harness = new_harness (rows[r].properties, rows[r].caps, wish);
    g_autoptr (GstCaps) got = NULL;
    gint numerator = -1, denominator = -1;

    for (guint i = 0; i < 2 * G_N_ELEMENTS (times); i++) {
      GstBuffer *frame, *buffer = new_sample ();
      /* Sources that don't know how long a sample lasts leave it open. */
      const GstClockTime duration = i % 2 ? 3 * GST_MSECOND : GST_CLOCK_TIME_NONE;

      GST_BUFFER_PTS (buffer) = times[i / 2];
      GST_BUFFER_DURATION (buffer) = duration;
      frame = gst_harness_push_and_pull (harness, buffer);
      fail_unless (GST_BUFFER_PTS (frame) == times[i / 2]
          && GST_BUFFER_DURATION (frame) == duration, "row %u, frame %u: %"
          GST_TIME_FORMAT " for %" GST_TIME_FORMAT, r, i,
          GST_TIME_ARGS (GST_BUFFER_PTS (frame)),
          GST_TIME_ARGS (GST_BUFFER_DURATION (frame)));
      gst_buffer_unref (frame);
    }
    got = gst_pad_get_current_caps (harness->sinkpad);
    gst_structure_get_fraction (gst_caps_get_structure (got, 0), "framerate",
        &numerator, &denominator);
    fail_unless (numerator == rows[r].numerator
        && denominator == rows[r].denominator, "row %u: %d/%d", r, numerator,
        denominator);
    gst_harness_teardown (harness);
  }
}

GST_END_TEST;

/* Samples without a time are counted from the start of each segment on. */
GST_START_TEST (test_segments)
{
  GstHarness *harness = new_harness ("framerate=4/1", CAPS ("0/1"),
      "video/x-raw,format=RGBx");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GstBuffer) frame = NULL;
    GstClockTime expected = i / 2 * 5 * GST_SECOND + i % 2 * (GST_SECOND / 4);

    segment.start = segment.time = i / 2 * 5 * GST_SECOND;
    if (i == 2)
      gst_harness_push_event (harness, gst_event_new_segment (&segment));
    frame = gst_harness_push_and_pull (harness, new_sample ());
    fail_unless (GST_BUFFER_PTS (frame) == expected, "frame %u at %" GST_TIME_FORMAT,
        i, GST_TIME_ARGS (GST_BUFFER_PTS (frame)));
  }
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* Before the first sample nobody knows how wide voxels are, and whoever asks for what
 * they turn out to be is not refused; who asks for something else is, by it. */
GST_START_TEST (test_aspect_asked_for)
{
  static const struct
  {
    const gchar *wish;
    double height;              /* of a voxel, of width 1 */
    gint denominator;           /* of the aspect that is sent; 0: none */
  } rows[] = {
    { "", 1., 1 },
    { "", 4., 4 },
    { ",pixel-aspect-ratio=1/4", 4., 4 },
    { ",pixel-aspect-ratio=(fraction){1/2,1/4}", 4., 4 },
    { ",pixel-aspect-ratio=(fraction){1/2,1/4}", 2., 2 },
    { ",pixel-aspect-ratio=(fraction)[1/100,1/3]", 4., 4 },
    { ",pixel-aspect-ratio=1/1", 4., 1 },
    { ",pixel-aspect-ratio=1/4", 1., 0 },
    { ",pixel-aspect-ratio=1/4", 2., 0 },
  };

  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    g_autofree gchar *wish = g_strconcat ("video/x-raw,format=RGBx",
        rows[r].wish, NULL);
    GstHarness *harness = new_harness ("scale=1", CAPS ("0/1"), wish);
    g_autoptr (GstCaps) got = NULL;
    GstFlowReturn flow = GST_FLOW_OK;
    gint numerator = 0, denominator = 0;

    for (guint i = 0; i < 2 && flow == GST_FLOW_OK; i++) {
      GstBuffer *buffer = new_sample ();
      GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

      meta->volume = snn_volume_info_new ("subject");
      meta->volume->zooms[2] = rows[r].height;
      meta->axis = SNN_AXIS_X;
      flow = gst_harness_push (harness, buffer);
    }
    fail_unless (flow == (rows[r].denominator ? GST_FLOW_OK
            : GST_FLOW_NOT_NEGOTIATED), "row %u: %s", r,
        gst_flow_get_name (flow));
    if (rows[r].denominator) {
      got = gst_pad_get_current_caps (harness->sinkpad);
      gst_structure_get_fraction (gst_caps_get_structure (got, 0),
          "pixel-aspect-ratio", &numerator, &denominator);
      fail_unless (numerator == 1 && denominator == rows[r].denominator,
          "row %u: %d/%d", r, numerator, denominator);
    }
    gst_harness_teardown (harness);
  }
}

GST_END_TEST;

/* What GStreamer's parser would set aside is an error, as of other elements. */
GST_START_TEST (test_values_out_of_range)
{
  snn_test_expect_error ("phantomsrc subjects=1 size=2x8x8 ! maskoverlay "
      "scale=65 ! fakesink", NULL, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "scale");
  snn_test_expect_error ("phantomsrc subjects=1 size=2x8x8 ! maskoverlay "
      "cut-off=1.5 ! fakesink", NULL, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "cut-off");
}

GST_END_TEST;

/* A query of somebody else's need say nothing. */
GST_START_TEST (test_empty_query)
{
  GstHarness *harness = new_harness ("scale=1", CAPS ("0/1"),
      "video/x-raw,format=RGBx");
  g_autoptr (GstQuery) query = gst_query_new_custom (GST_QUERY_CUSTOM, NULL);

  fail_if (gst_pad_peer_query (harness->srcpad, query));
  gst_harness_teardown (harness);
}

GST_END_TEST;

static Suite *
overlay_streams_suite (void)
{
  Suite *suite = suite_create ("overlay-streams");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_photographs, 0, G_N_ELEMENTS (orientations));
  tcase_add_test (tc, test_own_timestamps);
  tcase_add_test (tc, test_segments);
  tcase_add_test (tc, test_aspect_asked_for);
  tcase_add_test (tc, test_values_out_of_range);
  tcase_add_test (tc, test_empty_query);
  return suite;
}

GST_CHECK_MAIN (overlay_streams);
