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

/* An image that is no slice of a volume is drawn as it came, whatever side of a
 * body would be up. */
GST_START_TEST (test_photographs)
{
  static const gchar *const orientations[] = { "neurological", "radiological",
    "voxel" };

  for (guint i = 0; i < G_N_ELEMENTS (orientations); i++) {
    g_autofree gchar *properties = g_strdup_printf ("scale=1 orientation=%s",
        orientations[i]);
    GstHarness *harness = new_harness (properties, CAPS ("0/1"),
        "video/x-raw,format=RGBx");
    GstBuffer *frame = gst_harness_push_and_pull (harness, new_sample ());

    fail_unless_equals_int (red_at (frame, WIDTH, 0, 0), 255);
    gst_buffer_unref (frame);
    gst_harness_teardown (harness);
  }
}

GST_END_TEST;

static Suite *
overlay_streams_suite (void)
{
  Suite *suite = suite_create ("overlay-streams");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_photographs);
  return suite;
}

GST_CHECK_MAIN (overlay_streams);
