/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "tests/elements/helpers.h"

/* A seek goes to the n-th sample of a stream: what comes is what came there
 * without one. */

/* Four subjects of three slices. */
#define SOURCE "niftisrc name=src location=#/images label-location=#/labels " \
  "axis=z seed=3 "

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 4);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

typedef struct
{
  guint epoch;
  guint sample;
  gboolean evaluate;
  guint64 offset;
  GstClockTime time;
} Seen;

/* What has come since the last segment. */
typedef struct
{
  GMutex lock;
  GArray *seen;
  GstSegment segment;
  guint n_segments;
  guint n_begun; /* epochs, since the segment */
} Watch;

static GstPadProbeReturn
watch_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Watch *watch = data;
  GstSnnEpoch epoch;
  gboolean end;

  g_mutex_lock (&watch->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
    const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
    Seen seen = { meta->epoch, meta->sample,
      (meta->flags & GST_SNN_SAMPLE_EVALUATE) != 0, GST_BUFFER_OFFSET (buffer),
      GST_BUFFER_PTS (buffer) };

    g_array_append_val (watch->seen, seen);
  } else if (GST_EVENT_TYPE (info->data) == GST_EVENT_SEGMENT) {
    gst_event_copy_segment (info->data, &watch->segment);
    g_array_set_size (watch->seen, 0);
    watch->n_segments++;
    watch->n_begun = 0;
  } else if (gst_snn_event_parse_epoch (info->data, &epoch, &end) && !end) {
    watch->n_begun++;
  }
  g_mutex_unlock (&watch->lock);
  return GST_PAD_PROBE_OK;
}

static GstElement *
launch (const gchar *settings, Watch *watch)
{
  g_autofree gchar *text =
      g_strdup_printf (SOURCE "%s ! fakesink name=sink", settings);
  GstElement *pipeline = snn_test_launch (text, folder);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline),
      "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  *watch = (Watch) { .seen = g_array_new (FALSE, FALSE, sizeof (Seen)) };
  g_mutex_init (&watch->lock);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      watch_probe, watch, NULL);
  return pipeline;
}

static void
clear (GstElement *pipeline, Watch *watch)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  g_array_unref (watch->seen);
  g_mutex_clear (&watch->lock);
}

static void
preroll (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
          snn_test_patience ()), GST_STATE_CHANGE_SUCCESS);
}

static void
play_to_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) end = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  end = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (end && GST_MESSAGE_TYPE (end) == GST_MESSAGE_EOS);
}

/* That @watch has seen samples @start to @end of @whole. */
static void
check_part (const Watch *watch, const Watch *whole, guint start, guint end)
{
  fail_unless (watch->seen->len == end - start, "%u samples, expected %u to %u",
      watch->seen->len, start, end);
  for (guint i = start; i < end; i++) {
    const Seen *a = &g_array_index (watch->seen, Seen, i - start);
    const Seen *b = &g_array_index (whole->seen, Seen, i);

    fail_unless (a->epoch == b->epoch && a->sample == b->sample
            && a->evaluate == b->evaluate && a->offset == b->offset
            && a->time == b->time,
        "sample %u of the stream is %u of epoch %u, expected %u of epoch %u",
        i, a->sample, a->epoch, b->sample, b->epoch);
  }
}

static const gchar *const streams[] = {
  "",
  "shuffle=true epochs=3",
  "shuffle=true epochs=2 folds=4 subset=train evaluate=true",
  "epochs=2 framerate=10/1",
};

GST_START_TEST (test_flushing)
{
  static const guint starts[] = { 0, 1, 7, 8, 11 };
  Watch whole, watch;
  GstElement *pipeline = launch (streams[__i__], &whole);
  guint n;

  play_to_end (pipeline);
  n = whole.seen->len;
  fail_unless (n >= 12);
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
    GstElement *other = launch (streams[__i__], &watch);

    preroll (other);
    fail_unless (gst_element_seek_simple (other, GST_FORMAT_DEFAULT,
        GST_SEEK_FLAG_FLUSH, starts[i]));
    play_to_end (other);
    check_part (&watch, &whole, starts[i], n);
    fail_unless (watch.n_begun >= 1 && watch.n_segments == 2,
        "from %u on: %u epochs, %u segments", starts[i], watch.n_begun,
        watch.n_segments);
    clear (other, &watch);
  }
  clear (pipeline, &whole);
}

GST_END_TEST;

/* With a stop, in the other format of counts. */
GST_START_TEST (test_stop)
{
  Watch whole, watch;
  GstElement *pipeline = launch (streams[__i__], &whole);

  play_to_end (pipeline);
  for (guint start = 2; start < 6; start += 3) {
    GstElement *other = launch (streams[__i__], &watch);

    preroll (other);
    fail_unless (gst_element_seek (other, 1., GST_FORMAT_BUFFERS,
        GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, start, GST_SEEK_TYPE_SET, 6));
    play_to_end (other);
    check_part (&watch, &whole, start, 6);
    clear (other, &watch);
  }
  clear (pipeline, &whole);
}

GST_END_TEST;

/* While the stream runs, which never ends. */
GST_START_TEST (test_not_flushing)
{
  Watch whole, watch;
  GstElement *pipeline = launch ("epochs=4 shuffle=true", &whole);
  GstElement *endless = launch ("epochs=0 shuffle=true", &watch);
  g_autoptr (GstBus) bus = gst_element_get_bus (endless);
  g_autoptr (GstMessage) end = NULL;

  play_to_end (pipeline);
  gst_element_set_state (endless, GST_STATE_PLAYING);
  gst_element_get_state (endless, NULL, NULL, snn_test_patience ());
  fail_unless (gst_element_seek (endless, 1., GST_FORMAT_DEFAULT, 0,
      GST_SEEK_TYPE_SET, 14, GST_SEEK_TYPE_SET, 40));
  end = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (end && GST_MESSAGE_TYPE (end) == GST_MESSAGE_EOS);
  check_part (&watch, &whole, 14, 40);
  clear (endless, &watch);
  clear (pipeline, &whole);
}

GST_END_TEST;

/* In time, where samples have one. */
GST_START_TEST (test_time)
{
  Watch whole, watch;
  GstElement *pipeline = launch (streams[3], &whole);
  GstElement *other = launch (streams[3], &watch);

  play_to_end (pipeline);
  preroll (other);
  fail_unless (gst_element_seek_simple (other, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH, 500 * GST_MSECOND));
  play_to_end (other);
  check_part (&watch, &whole, 5, whole.seen->len);
  fail_unless_equals_uint64 (watch.segment.start, 500 * GST_MSECOND);
  fail_unless_equals_uint64 (watch.segment.time, 500 * GST_MSECOND);
  clear (other, &watch);
  clear (pipeline, &whole);
}

GST_END_TEST;

/* When a sample begins is rounded down to nanoseconds, and is a time in the sample all
 * the same. A stop within a sample sends it, as it has begun then. */
GST_START_TEST (test_rounded_times)
{
  const gint64 third = GST_SECOND / 30;
  const struct
  {
    gint64 start, stop;
    guint first, end;
  } rows[] = {
    { third, -1, 1, 12 },
    { third - 1, -1, 0, 12 },
    { 2 * (gint64) GST_SECOND / 30, -1, 2, 12 },
    { 0, third, 0, 1 },
    { 0, third + 1, 0, 2 },
    { 0, 2 * (gint64) GST_SECOND / 30, 0, 2 },
    { third, 50 * GST_MSECOND, 1, 2 },
    { 0, 50 * GST_MSECOND, 0, 2 },
    { 0, GST_SECOND / 10, 0, 3 },
    { 0, 100 * GST_SECOND, 0, 12 },
  };
  Watch whole;
  GstElement *pipeline = launch ("framerate=30/1", &whole);
  gint64 time, n;

  play_to_end (pipeline);
  for (gint64 i = 0; i < 12; i++) {
    fail_unless (gst_element_query_convert (pipeline, GST_FORMAT_DEFAULT, i,
            GST_FORMAT_TIME, &time));
    fail_unless (gst_element_query_convert (pipeline, GST_FORMAT_TIME, time,
            GST_FORMAT_DEFAULT, &n));
    fail_unless_equals_int64 (n, i);
  }
  fail_unless (gst_element_query_convert (pipeline, GST_FORMAT_TIME, G_MAXINT64,
          GST_FORMAT_DEFAULT, &n));
  fail_unless (n > G_MAXINT32);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Watch watch;
    GstElement *other = launch ("framerate=30/1", &watch);

    preroll (other);
    fail_unless (gst_element_seek (other, 1., GST_FORMAT_TIME,
        GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, rows[i].start,
        rows[i].stop < 0 ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET,
        rows[i].stop));
    play_to_end (other);
    check_part (&watch, &whole, rows[i].first, rows[i].end);
    clear (other, &watch);
  }
  clear (pipeline, &whole);
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  Watch watch;
  GstElement *pipeline = launch ("", &watch);

  preroll (pipeline);
  /* Backwards, and in time where samples have none. */
  fail_if (gst_element_seek (pipeline, -1., GST_FORMAT_DEFAULT,
      GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET, 6));
  fail_if (gst_element_seek_simple (pipeline, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH, GST_SECOND));
  /* That is no harm to the stream. */
  fail_unless (gst_element_seek_simple (pipeline, GST_FORMAT_DEFAULT,
      GST_SEEK_FLAG_FLUSH, 3));
  play_to_end (pipeline);
  fail_unless_equals_int (watch.seen->len, 9);
  clear (pipeline, &watch);
}

GST_END_TEST;

static void
check_seeking (GstElement *pipeline, GstFormat format, gboolean expected,
    gint64 end)
{
  g_autoptr (GstQuery) query = gst_query_new_seeking (format);
  gboolean seekable;
  gint64 begin, last;

  fail_unless (gst_element_query (pipeline, query));
  gst_query_parse_seeking (query, NULL, &seekable, &begin, &last);
  fail_unless_equals_int (seekable, expected);
  fail_unless_equals_int64 (begin, 0);
  fail_unless_equals_int64 (last, end);
}

GST_START_TEST (test_queries)
{
  Watch watch;
  GstElement *pipeline = launch ("framerate=10/1", &watch);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  g_autoptr (GstQuery) formats = gst_query_new_formats ();
  g_autoptr (GstElement) phantoms = gst_object_ref_sink
      (gst_element_factory_make ("phantomsrc", "phantoms"));
  g_autoptr (GstQuery) uri = gst_query_new_uri ();
  g_autofree gchar *text = NULL;
  gint64 value;
  guint n;

  preroll (pipeline);
  check_seeking (pipeline, GST_FORMAT_DEFAULT, TRUE, 12);
  check_seeking (pipeline, GST_FORMAT_TIME, TRUE, 12 * (GST_SECOND / 10));
  fail_unless (gst_element_query_convert (src, GST_FORMAT_DEFAULT, 7,
      GST_FORMAT_TIME, &value));
  fail_unless_equals_int64 (value, 700 * GST_MSECOND);
  fail_unless (gst_element_query_convert (src, GST_FORMAT_TIME, value,
      GST_FORMAT_BUFFERS, &value));
  fail_unless_equals_int64 (value, 7);
  fail_unless (gst_element_query (src, formats));
  gst_query_parse_n_formats (formats, &n);
  fail_unless_equals_int (n, 3);
  /* Stream ids are made of it, and are the same in each run. */
  fail_unless (gst_element_query (phantoms, uri));
  gst_query_parse_uri (uri, &text);
  fail_unless_equals_string (text, "urn:gst-snn:phantoms");
  clear (pipeline, &watch);

  pipeline = launch ("", &watch);
  preroll (pipeline);
  check_seeking (pipeline, GST_FORMAT_DEFAULT, TRUE, 12);
  check_seeking (pipeline, GST_FORMAT_TIME, FALSE, -1);
  clear (pipeline, &watch);
}

GST_END_TEST;

/* A trainer does not train a part of an epoch as if it were one. */
GST_START_TEST (test_trainer_refuses)
{
  GstElement *pipeline = snn_test_launch (SOURCE "size=8x8x4 epochs=0 ! "
      "voxelnormalize ! anntrainer location=#/out.nir width=2 depth=1 "
      "resume=false batch-size=2 ! fakesink", folder);
  g_autoptr (GstQuery) query = gst_query_new_seeking (GST_FORMAT_DEFAULT);
  gboolean seekable;

  preroll (pipeline);
  fail_unless (gst_element_query (pipeline, query));
  gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
  fail_if (seekable);
  fail_if (gst_element_seek_simple (pipeline, GST_FORMAT_DEFAULT,
      GST_SEEK_FLAG_FLUSH, 3));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static Suite *
seek_suite (void)
{
  Suite *suite = suite_create ("seek");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_flushing, 0, G_N_ELEMENTS (streams));
  tcase_add_loop_test (tc, test_stop, 0, G_N_ELEMENTS (streams));
  tcase_add_test (tc, test_not_flushing);
  tcase_add_test (tc, test_time);
  tcase_add_test (tc, test_rounded_times);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_queries);
  tcase_add_test (tc, test_trainer_refuses);
  return suite;
}

GST_CHECK_MAIN (seek);
