/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <string.h>

#include <snn/volumes/phantom.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include "tests/elements/helpers.h"
#include "tests/folder.h"

/* phantomsrc is the plainest of the volume sources: what is tested here is
 * what they share. */

static GstElement *
pipeline_of (const gchar *properties)
{
  g_autofree gchar *text = g_strdup_printf ("phantomsrc name=src noise=0.05 "
      "subjects=5 %s ! fakesink name=sink", properties);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error);

  fail_unless (error == NULL, "%s", error ? error->message : "");
  return pipeline;
}

static void
trace (Trace *trace, const gchar *properties)
{
  GstElement *pipeline = pipeline_of (properties);

  trace_run (trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GST_START_TEST (test_stream_and_events)
{
  Trace t;

  trace (&t, "size=10x20x30 subset=train evaluate=true epochs=2");
  fail_unless_equals_string (t.events->str,
      "0:caps 0:segment 0:begin0/2t(40) 40:end0/2t(40) "
      "40:begin0/2e(10) 50:end0/2e(10) "
      "50:begin1/2t(40) 90:end1/2t(40) "
      "90:begin1/2e(10) 100:end1/2e(10) 100:eos");
  for (guint i = 0; i < 100; i++) {
    GstSnnSampleMeta *meta = meta_at (&t, i);
    guint k = i % 50, subject = (k / 10 + 1) % 5;

    fail_unless_equals_uint64 (GST_BUFFER_OFFSET (t.buffers->pdata[i]), i);
    fail_unless_equals_int (meta->epoch, i / 50);
    fail_unless_equals_int (meta->slice, k % 10);
    fail_unless_equals_int (meta->n_slices, 10);
    fail_unless_equals_int (meta->sample, subject * 10 + k % 10);
    fail_unless_equals_int (meta->axis, SNN_AXIS_X);
    fail_unless_equals_int (!!(meta->flags & GST_SNN_SAMPLE_EVALUATE), k >= 40);
    fail_unless_equals_int (!!(meta->flags & GST_SNN_SAMPLE_LAST),
        k % 10 == 9);
    fail_unless_equals_int (meta->volume->subject[strlen ("phantom-0000")],
        '0' + subject);
    fail_unless_equals_uint64 (meta->box.size[1], 20);
  }
  trace_clear (&t);
}

GST_END_TEST;

/* Voxel by voxel against the volume itself, for every axis. */
static void
check_voxels (const Trace *t, guint buffer, const SnnVolume *volume,
    const gint order[3])
{
  GstBuffer *b = t->buffers->pdata[buffer];
  const GstSnnSampleMeta *meta = meta_at (t, buffer);
  const float fill = volume->info->statistics.quantile[0];
  GstMapInfo image, mask;
  gsize i = 0, odd = 0;
  gsize depth = meta->axis == SNN_AXIS_NONE ? meta->box.size[2] : 1;

  fail_unless_equals_int (gst_buffer_n_memory (b), 2);
  gst_memory_map (gst_buffer_peek_memory (b, 0), &image, GST_MAP_READ);
  gst_memory_map (gst_buffer_peek_memory (b, 1), &mask, GST_MAP_READ);
  for (gsize c = 0; c < depth; c++)
    for (gsize v = 0; v < meta->box.size[order[1]]; v++)
      for (gsize u = 0; u < meta->box.size[order[0]]; u++, i++) {
        const gsize *dims = volume->info->dims;
        gint64 at[3];
        gboolean inside = TRUE;
        gsize voxel;

        at[order[0]] = meta->box.origin[order[0]] + (gint64) u;
        at[order[1]] = meta->box.origin[order[1]] + (gint64) v;
        at[order[2]] = meta->box.origin[order[2]]
            + (gint64) (meta->axis == SNN_AXIS_NONE ? c : meta->slice);
        for (guint k = 0; k < 3; k++)
          inside &= at[k] >= 0 && at[k] < (gint64) dims[k];
        voxel = inside ? at[0] + dims[0] * (at[1] + dims[1] * at[2]) : 0;
        odd += ((float *) image.data)[i] != (inside
            ? volume->image[voxel] : fill);
        odd += mask.data[i] != (inside ? volume->mask[voxel] : 0);
      }
  fail_unless_equals_uint64 (image.size, i * sizeof (float));
  fail_unless_equals_uint64 (mask.size, i);
  fail_unless_equals_uint64 (odd, 0);
  gst_memory_unmap (gst_buffer_peek_memory (b, 0), &image);
  gst_memory_unmap (gst_buffer_peek_memory (b, 1), &mask);
}

static const struct
{
  const gchar *properties;
  gint order[3];
} cuts[] = {
  {"axis=x size=32x56x48", {1, 2, 0}},
  {"axis=y size=60x12x20 roi=2:20,:,3:", {0, 2, 1}},
  {"axis=z roi=1:30,2:38,4:20", {0, 1, 2}},
  {"axis=none size=50x30x41", {0, 1, 2}},
  {"axis=none", {0, 1, 2}},
  {"axis=x", {1, 2, 0}},
};

GST_START_TEST (test_voxels)
{
  Trace t;

  trace (&t, cuts[__i__].properties);
  fail_unless (t.error == NULL);
  fail_unless (t.buffers->len >= 5);
  for (guint i = 0; i < t.buffers->len; i += 3) {
    guint subject = meta_at (&t, i)->volume->subject[12] - '0';
    g_autoptr (SnnVolume) volume = snn_phantom_new (0, subject, 0.05);

    check_voxels (&t, i, volume, cuts[__i__].order);
  }
  trace_clear (&t);
}

GST_END_TEST;

static gconstpointer
image_of (const Trace *t, guint i)
{
  GstMemory *memory = gst_buffer_peek_memory (t->buffers->pdata[i], 0);
  GstMapInfo map;

  fail_unless (gst_memory_map (memory, &map, GST_MAP_READ));
  gst_memory_unmap (memory, &map);
  return map.data;
}

/* Whole volumes that are kept come out without a copy, twice the same memory; who
 * writes into them does not write into what is kept. */
GST_START_TEST (test_whole_volumes)
{
  g_autoptr (SnnVolume) volume = snn_phantom_new (0, 0, 0.05);
  const gsize n = volume->info->dims[0] * volume->info->dims[1]
      * volume->info->dims[2];
  Trace t, written;

  trace (&t, "axis=none epochs=2 max-subjects=1");
  fail_unless_equals_int (t.buffers->len, 2);
  fail_unless (image_of (&t, 0) == image_of (&t, 1));
  trace_clear (&t);

  trace (&written, "axis=none epochs=2 max-subjects=1 ! "
      "voxelnormalize mode=zero-mean");
  fail_unless_equals_int (written.buffers->len, 2);
  fail_unless (image_of (&written, 0) != image_of (&written, 1));
  fail_unless (memcmp (image_of (&written, 0), image_of (&written, 1),
          n * sizeof (float)) == 0);
  fail_if (memcmp (image_of (&written, 0), volume->image, n * sizeof (float))
      == 0);
  trace_clear (&written);
}

GST_END_TEST;

/* Without a size, caps and numbers of slices follow the volumes. */
GST_START_TEST (test_natural_sizes)
{
  guint n = 0, at = 0;
  Trace t;

  trace (&t, "");
  for (guint subject = 0; subject < 5; subject++) {
    SnnGrid grid;
    gsize dims[3];

    snn_phantom_grid (0, subject, &grid);
    memcpy (dims, grid.dims, sizeof dims);
    for (guint slice = 0; slice < dims[0]; slice++, at++) {
      GstSnnSampleMeta *meta = meta_at (&t, at);

      fail_unless_equals_int (meta->slice, slice);
      fail_unless_equals_int (meta->sample, subject << 16 | slice);
      fail_unless_equals_uint64 (gst_buffer_get_size (t.buffers->pdata[at]),
          5 * dims[1] * dims[2]);
    }
    n += dims[0];
  }
  fail_unless_equals_int (t.buffers->len, n);
  {
    g_autofree gchar *begin = g_strdup_printf ("begin0/1t(%u)", n);
    g_auto (GStrv) caps = g_strsplit (t.events->str, "caps", -1);

    fail_unless (strstr (t.events->str, begin) != NULL);
    fail_unless_equals_int (g_strv_length (caps) - 1, 5);
  }
  trace_clear (&t);
}

GST_END_TEST;

GST_START_TEST (test_shuffle)
{
  guint last_of_epoch = 0, moved = 0;
  g_autofree guint *seen = g_new0 (guint, 2 * 50);
  Trace t, again, other;

  trace (&t, "size=10x20x30 shuffle=true epochs=2 seed=4");
  trace (&again, "size=10x20x30 shuffle=true epochs=2 seed=4");
  trace (&other, "size=10x20x30 shuffle=true epochs=2 seed=5");
  fail_unless_equals_int (t.buffers->len, 100);
  fail_unless (same_stream (&t, &again));
  fail_if (same_stream (&t, &other));
  for (guint i = 0; i < 100; i++) {
    GstSnnSampleMeta *meta = meta_at (&t, i);

    fail_unless (meta->sample < 50);
    seen[i / 50 * 50 + meta->sample]++;
    last_of_epoch += !!(meta->flags & GST_SNN_SAMPLE_LAST);
    moved += meta->sample != meta_at (&t, (i + 50) % 100)->sample;
    if (meta->flags & GST_SNN_SAMPLE_LAST)
      for (guint j = i + 1; j < (i / 50 + 1) * 50; j++)
        fail_unless (meta_at (&t, j)->sample / 10 != meta->sample / 10);
  }
  for (guint i = 0; i < 100; i++)
    fail_unless_equals_int (seen[i], 1);
  fail_unless_equals_int (last_of_epoch, 10);
  fail_unless (moved > 50);
  trace_clear (&t);
  trace_clear (&again);
  trace_clear (&other);
}

GST_END_TEST;

/* The cache only saves work. */
GST_START_TEST (test_cache_changes_nothing)
{
  Trace cached, uncached;

  trace (&cached, "size=10x20x30 shuffle=true seed=4");
  trace (&uncached, "size=10x20x30 shuffle=true seed=4 cache-size=0");
  fail_unless (same_stream (&cached, &uncached));
  trace_clear (&cached);
  trace_clear (&uncached);
}

GST_END_TEST;

GST_START_TEST (test_max_subjects)
{
  Trace t;

  trace (&t, "size=4x20x30 folds=2 fold=1 subset=train evaluate=true "
      "max-subjects=1");
  fail_unless_equals_int (t.buffers->len, 8);
  fail_unless_equals_string (meta_at (&t, 0)->volume->subject,
      "phantom-00000");
  fail_unless_equals_string (meta_at (&t, 4)->volume->subject,
      "phantom-00001");
  trace_clear (&t);
}

GST_END_TEST;

GST_START_TEST (test_same_instance_again)
{
  GstElement *pipeline = pipeline_of ("size=8x20x30 shuffle=true epochs=2");
  GstElement *src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  Trace once, twice, third;

  trace_run (&once, pipeline);
  trace_run (&twice, pipeline);
  fail_unless (same_stream (&once, &twice));

  /* New settings take hold between runs. */
  g_object_set (src, "epochs", 1, NULL);
  trace_run (&third, pipeline);
  fail_unless_equals_int (third.buffers->len, once.buffers->len / 2);
  trace_clear (&once);
  trace_clear (&twice);
  trace_clear (&third);
  gst_object_unref (src);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static const gchar *const endless[] = {
  "epochs=0 shuffle=true",
  "epochs=0 max-subjects=1 size=1x8x8",
  "epochs=0 max-subjects=1 size=1x8x8 subset=train evaluate=true",
};

/* Endless sources stop at once, also between epochs, which here are a sample
 * long. */
GST_START_TEST (test_endless_stops)
{
  GstElement *pipeline = pipeline_of (endless[__i__]);

  for (guint i = 0; i < 20; i++) {
    fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING)
        != GST_STATE_CHANGE_FAILURE);
    g_usleep (5000 + 1000 * i);
    fail_unless_equals_int (gst_element_set_state (pipeline,
            i % 2 ? GST_STATE_NULL : GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GST_END_TEST;

typedef struct
{
  GstElement *pipeline;
  gint reached;                 /* atomic */
} Refusing;

/* Refuses a buffer, but only once its pipeline is on the way to READY. */
static GstPadProbeReturn
refuse_late (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Refusing *refusing = data;
  GstState target;

  g_atomic_int_set (&refusing->reached, TRUE);
  do {
    g_usleep (100);
    GST_OBJECT_LOCK (refusing->pipeline);
    target = GST_STATE_TARGET (refusing->pipeline);
    GST_OBJECT_UNLOCK (refusing->pipeline);
  } while (target > GST_STATE_READY);
  gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_NOT_NEGOTIATED;
  return GST_PAD_PROBE_HANDLED;
}

/* A sink that is stopped refuses what comes. That is no error of the stream. */
GST_START_TEST (test_refused_while_stopping)
{
  g_autoptr (GstElement) pipeline = pipeline_of ("epochs=0");
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  Refusing refusing = { pipeline, FALSE };

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, refuse_late, &refusing,
      NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!g_atomic_int_get (&refusing.reached))
    g_usleep (100);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  snn_test_no_error (bus);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

static gboolean
answer_resume (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (gst_snn_query_is_resume (query)) {
    gst_snn_query_set_resume (query, GPOINTER_TO_UINT (pad->querydata), TRUE);
    return TRUE;
  }
  return gst_pad_query_default (pad, parent, query);
}

static void
trace_from_epoch (Trace *t, guint epoch)
{
  GstElement *pipeline = pipeline_of ("size=10x20x30 shuffle=true epochs=3 "
      "subset=train evaluate=true seed=2");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_set_query_function_full (pad, answer_resume,
      GUINT_TO_POINTER (epoch), NULL);
  trace_run (t, pipeline);
  gst_object_unref (pad);
  gst_object_unref (sink);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

/* A resumed run sends what was left of the undisturbed one. */
GST_START_TEST (test_resume)
{
  Trace all, rest, nothing;

  trace_from_epoch (&all, 0);
  trace_from_epoch (&rest, 2);
  trace_from_epoch (&nothing, 3);
  fail_unless_equals_int (all.buffers->len, 150);
  fail_unless_equals_int (rest.buffers->len, 50);
  fail_unless_equals_int (nothing.buffers->len, 0);
  fail_unless (g_str_has_prefix (rest.events->str,
          "0:caps 0:segment 0:begin2/3t(40) "));
  fail_unless (g_str_has_suffix (nothing.events->str, "0:eos"));
  for (guint i = 0; i < 50; i++) {
    fail_unless_equals_int (meta_at (&rest, i)->sample,
        meta_at (&all, 100 + i)->sample);
    fail_unless_equals_int (meta_at (&rest, i)->epoch, 2);
  }
  trace_clear (&all);
  trace_clear (&rest);
  trace_clear (&nothing);
}

GST_END_TEST;

/* After a flush the stream goes on. */
GST_START_TEST (test_flush)
{
  GstHarness *harness = gst_harness_new_with_padnames ("phantomsrc", NULL,
      "src");
  GstBuffer *buffer;
  guint64 last = 4;

  gst_harness_set (harness, "phantomsrc", "epochs", 0, "subjects", 2, NULL);
  gst_util_set_object_arg (G_OBJECT (harness->element), "size", "8x20x30");
  gst_harness_set_drop_buffers (harness, FALSE);
  gst_harness_play (harness);
  for (guint i = 0; i < 5; i++)
    gst_buffer_unref (gst_harness_pull (harness));

  gst_element_send_event (harness->element, gst_event_new_flush_start ());
  while ((buffer = gst_harness_try_pull (harness))) {
    last = GST_BUFFER_OFFSET (buffer);
    gst_buffer_unref (buffer);
  }
  gst_element_send_event (harness->element, gst_event_new_flush_stop (TRUE));
  buffer = gst_harness_pull (harness);
  fail_unless (buffer != NULL);
  fail_unless (GST_BUFFER_OFFSET (buffer) > last);
  fail_unless (gst_buffer_get_snn_sample_meta (buffer) != NULL);
  gst_buffer_unref (buffer);
  gst_harness_teardown (harness);
}

GST_END_TEST;

static const struct
{
  const gchar *settings;
  gint64 duration;
} streams[] = {
  {"size=8x20x30", 40},
  {"size=8x20x30 epochs=3 subset=train", 96},
  {"size=8x20x30 epochs=2 subset=train evaluate=true", -1},
};

/* In samples; how long a stream is that has held-out ones in it is not told. */
GST_START_TEST (test_position_and_duration)
{
  GstElement *pipeline = pipeline_of (streams[__i__].settings);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (pipeline),
      "src");
  gint64 position = -1, duration = -1;
  GstMessage *end;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  gst_element_get_state (pipeline, NULL, NULL, snn_test_patience ());
  gst_element_query_duration (src, GST_FORMAT_DEFAULT, &duration);
  fail_unless_equals_int64 (duration, streams[__i__].duration);
  fail_unless (gst_element_query_position (src, GST_FORMAT_BUFFERS,
          &position));
  fail_unless (position >= 1);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  end = gst_bus_timed_pop_filtered (GST_ELEMENT_BUS (pipeline),
      snn_test_patience (), GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (end), GST_MESSAGE_EOS);
  gst_message_unref (end);
  fail_unless (gst_element_query_position (pipeline, GST_FORMAT_DEFAULT,
          &position));
  if (duration > 0)
    fail_unless_equals_int64 (position, duration);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static const struct
{
  const gchar *properties;
  gboolean settings;
  const gchar *text;
} refused[] = {
  {"size=32x56", TRUE, "\"32x56\" is not a size"},
  {"roi=5", TRUE, "\"5\" is not a region of interest"},
  {"roi=none.tsv", TRUE, "Can't read none.tsv"},
  {"folds=3 fold=3", TRUE, "no fold 3 among 3 folds"},
  {"evaluate=true", TRUE, "only with subset=train"},
  {"folds=1 subset=train", TRUE, "leave none to send"},
  {"folds=20 fold=10 subset=test", TRUE, "leave none to send"},
  {"folds=20 fold=10 subset=train evaluate=true", TRUE,
      "leave none to evaluate"},
  {"roi=0:44,:,:", FALSE, "phantom-00000: The region of interest has "
        "voxels 0 to 43 along x, where the volume has 37"},
  {"axis=none size=65535x65535x1", FALSE, "has more than"},
};

GST_START_TEST (test_errors)
{
  Trace t;

  trace (&t, refused[__i__].properties);
  fail_unless (t.error != NULL, "%s", refused[__i__].properties);
  fail_unless (strstr (t.error->message, refused[__i__].text), "%s",
      t.error->message);
  if (refused[__i__].settings)
    fail_unless (g_error_matches (t.error, GST_RESOURCE_ERROR,
            GST_RESOURCE_ERROR_SETTINGS));
  else
    fail_unless (t.error->domain == GST_STREAM_ERROR);
  fail_unless_equals_int (t.buffers->len, 0);
  trace_clear (&t);
}

GST_END_TEST;

/* Places in millimetres are those of the volumes that are sent: as many slices come as
 * the box has. */
GST_START_TEST (test_roi_in_mm)
{
  static const gchar *const rois[] = { "-9:6,:,:mm", "10:,:,:mm", ":3,-4:9,:mm" };

  for (guint r = 0; r < G_N_ELEMENTS (rois); r++) {
    g_autofree gchar *properties = g_strdup_printf ("axis=x roi=\"%s\"", rois[r]);
    guint n = 0;
    Trace t;

    trace (&t, properties);
    fail_unless (t.error == NULL, "%s: %s", rois[r], t.error->message);
    for (guint i = 0; i < t.buffers->len; i += n) {
      const SnnVolumeInfo *info = meta_at (&t, i)->volume;
      const SnnBox *box = &meta_at (&t, i)->box;
      const double first = (double) box->origin[0] + info->affine[0][3];

      n = (guint) box->size[0];
      fail_unless (i + n <= t.buffers->len, "%s: %u slices of %u are left", rois[r],
          t.buffers->len - i, n);
      fail_unless (meta_at (&t, i + n - 1)->volume == info, "%s", rois[r]);
      fail_unless (r != 0 || (first == -9. && n == 16), "%s: from %g, %u", rois[r],
          first, n);
    }
    trace_clear (&t);
  }
}

GST_END_TEST;

/* Each subject has the region that a table says; one that is not in it can be left
 * out like one that can't be read. */
GST_START_TEST (test_roi_table)
{
  static const gchar table[] = "subject,roi\nphantom-00000,\"3:9,:,:\"\n"
      "phantom-00001,\"4:24,2:12,:\"\n";
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "roi.csv", NULL);
  g_autofree gchar *all = g_strdup_printf ("axis=none roi=%s", path);
  g_autofree gchar *skip = g_strconcat (all, " on-error=skip", NULL);
  Trace t;

  fail_unless (g_file_set_contents (path, table, -1, NULL));
  trace (&t, all);
  fail_unless (t.error && strstr (t.error->message,
          "roi.csv has no region of interest for subject phantom-00002"), "%s",
      t.error ? t.error->message : "no error");
  trace_clear (&t);

  trace (&t, skip);
  fail_unless_equals_int (t.buffers->len, 2);
  fail_unless_equals_int64 (meta_at (&t, 0)->box.origin[0], 3);
  fail_unless_equals_uint64 (meta_at (&t, 0)->box.size[0], 6);
  fail_unless_equals_int64 (meta_at (&t, 1)->box.origin[1], 2);
  fail_unless_equals_uint64 (meta_at (&t, 1)->box.size[0], 20);
  trace_clear (&t);
  snn_test_folder_free (folder);
}

GST_END_TEST;

static Suite *
volumesrc_suite (void)
{
  Suite *suite = suite_create ("volumesrc");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_stream_and_events);
  tcase_add_loop_test (tc, test_voxels, 0, G_N_ELEMENTS (cuts));
  tcase_add_test (tc, test_roi_in_mm);
  tcase_add_test (tc, test_roi_table);
  tcase_add_test (tc, test_whole_volumes);
  tcase_add_test (tc, test_natural_sizes);
  tcase_add_test (tc, test_shuffle);
  tcase_add_test (tc, test_cache_changes_nothing);
  tcase_add_test (tc, test_max_subjects);
  tcase_add_test (tc, test_same_instance_again);
  tcase_add_loop_test (tc, test_endless_stops, 0, G_N_ELEMENTS (endless));
  tcase_add_test (tc, test_refused_while_stopping);
  tcase_add_test (tc, test_resume);
  tcase_add_test (tc, test_flush);
  tcase_add_loop_test (tc, test_position_and_duration, 0, G_N_ELEMENTS (streams));
  tcase_add_loop_test (tc, test_errors, 0, G_N_ELEMENTS (refused));
  return suite;
}

GST_CHECK_MAIN (volumesrc);
