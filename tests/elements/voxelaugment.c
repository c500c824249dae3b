/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include <gst/check/gstcheck.h>

#include <gst/snn/imagemeta.h>
#include "tests/elements/helpers.h"

#define SOURCE "phantomsrc subjects=4 folds=2 subset=train evaluate=true " \
  "epochs=2 size=6x24x20 "
#define MOVED "voxelaugment gamma=0 noise=0.05 bias-field=0.3 "
#define VOLUMES "phantomsrc subjects=2 axis=none size=20x24x22 epochs=2 "
#define EVERYTHING "voxelaugment deformation=1 bias-field=0.3 blur=1 " \
  "low-resolution=3 mirror=x+y+z "
#define SINK "! fakesink name=sink"

static void
run (Trace *trace, const gchar *format, ...)
{
  g_autofree gchar *description = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  va_list arguments;

  va_start (arguments, format);
  description = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  pipeline = snn_test_launch (description, NULL);
  trace_run (trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_no_error (trace->error);
  fail_unless (trace->buffers->len > 0);
}

static GstBuffer *
buffer_at (const Trace *trace, guint i)
{
  return g_ptr_array_index (trace->buffers, i);
}

/* Training samples are changed, label along, and the others are not; events
 * and caps are what they were. */
GST_START_TEST (test_only_training_samples)
{
  guint held_out = 0, labels = 0;
  Trace plain, changed;

  run (&plain, SOURCE SINK);
  run (&changed, SOURCE "! " EVERYTHING SINK);
  fail_unless_equals_string (plain.events->str, changed.events->str);
  fail_unless_equals_int (plain.buffers->len, changed.buffers->len);
  for (guint i = 0; i < plain.buffers->len; i++) {
    GstBuffer *a = buffer_at (&plain, i), *b = buffer_at (&changed, i);
    const GstSnnSampleMeta *meta = meta_at (&changed, i);

    fail_unless_equals_int (meta->sample, meta_at (&plain, i)->sample);
    fail_unless_equals_string (meta->volume->subject,
        meta_at (&plain, i)->volume->subject);
    if (meta->flags & GST_SNN_SAMPLE_EVALUATE) {
      fail_unless (snn_test_same_memory (a, b, 0) && snn_test_same_memory (a, b, 1));
      fail_unless (memcmp (&meta->volume->statistics,
              &meta_at (&plain, i)->volume->statistics,
              sizeof (SnnStatistics)) == 0);
      held_out++;
    } else {
      fail_if (snn_test_same_memory (a, b, 0), "sample %u", i);
      labels += !snn_test_same_memory (a, b, 1);
    }
  }
  fail_unless_equals_int (held_out, plain.buffers->len / 2);
  fail_unless (labels > 10);
  trace_clear (&plain);
  trace_clear (&changed);
}

GST_END_TEST;

/* The order in which samples come, threads and batches are nothing to a
 * sample: what it becomes in an epoch is its own. Another epoch, or another
 * seed, makes another of it. */
GST_START_TEST (test_draws_are_the_samples_own)
{
  static const gchar *sources[] = { SOURCE, VOLUMES };

  for (guint s = 0; s < G_N_ELEMENTS (sources); s++) {
    Trace straight, shuffled, reseeded;
    guint n, again = 0;

    run (&straight, "%s! " EVERYTHING "seed=3 threads=1 " SINK, sources[s]);
    run (&shuffled, "%s shuffle=true seed=9 ! " EVERYTHING "seed=3 threads=3 "
        SINK, sources[s]);
    run (&reseeded, "%s! " EVERYTHING "seed=4 " SINK, sources[s]);
    n = straight.buffers->len;
    fail_unless (shuffled.buffers->len == n, "%s", sources[s]);
    for (guint i = 0; i < n; i++) {
      const GstSnnSampleMeta *a = meta_at (&straight, i);

      for (guint k = 0; k < n; k++) {
        const GstSnnSampleMeta *b = meta_at (&shuffled, k);
        gboolean same = snn_test_same_memory (buffer_at (&straight, i),
            buffer_at (&shuffled, k), 0);

        if (a->sample != b->sample || a->flags & GST_SNN_SAMPLE_EVALUATE)
          continue;
        fail_unless (same == (a->epoch == b->epoch), "%s: sample %u of epoch %u, "
            "and of epoch %u", sources[s], a->sample, a->epoch, b->epoch);
        again += same;
      }
      if (!(a->flags & GST_SNN_SAMPLE_EVALUATE))
        fail_if (snn_test_same_memory (buffer_at (&straight, i),
                buffer_at (&reseeded, i), 0), "%s: sample %u", sources[s],
            a->sample);
    }
    fail_unless (again >= n / 2, "%s: %u of %u", sources[s], again, n);
    trace_clear (&straight);
    trace_clear (&shuffled);
    trace_clear (&reseeded);
  }
}

GST_END_TEST;

static void
find_extremes (GstBuffer *buffer, float *least, float *most)
{
  GstMapInfo map;

  *least = G_MAXFLOAT;
  *most = -G_MAXFLOAT;
  gst_buffer_map_range (buffer, 0, 1, &map, GST_MAP_READ);
  for (gsize k = 0; k < map.size / sizeof (float); k++) {
    *least = MIN (*least, ((float *) map.data)[k]);
    *most = MAX (*most, ((float *) map.data)[k]);
  }
  gst_buffer_unmap (buffer, &map);
}

/* Of a whole volume, the facts are those of what flows; and values are in the range
 * that they promise, so that whoever normalises keeps contrast. */
GST_START_TEST (test_facts_stay_true)
{
  Trace plain, trace, scaled;

  run (&plain, VOLUMES SINK);
  run (&trace, VOLUMES "! " MOVED SINK);
  for (guint i = 0; i < trace.buffers->len; i++) {
    const GstSnnSampleMeta *meta = meta_at (&trace, i);
    guint64 labelled = 0;
    GstMapInfo map;

    fail_unless (memcmp (&meta_at (&plain, i)->volume->statistics,
            &meta->volume->statistics, sizeof (SnnStatistics)) == 0);
    gst_buffer_map_range (buffer_at (&trace, i), 1, 1, &map, GST_MAP_READ);
    for (gsize k = 0; k < map.size; k++)
      labelled += map.data[k] != 0;
    gst_buffer_unmap (buffer_at (&trace, i), &map);
    fail_unless_equals_uint64 (labelled, meta->volume->n_label_voxels);
  }
  trace_clear (&plain);
  trace_clear (&trace);

  run (&trace, SOURCE "! " EVERYTHING SINK);
  run (&scaled, SOURCE "! " EVERYTHING "! voxelnormalize mode=zero-mean " SINK);
  for (guint i = 0; i < trace.buffers->len; i++) {
    const float *range = meta_at (&trace, i)->volume->statistics.quantile;
    float least, most;

    find_extremes (buffer_at (&trace, i), &least, &most);
    fail_unless (least >= range[0] && most <= range[SNN_N_QUANTILES - 1],
        "sample %u: from %g to %g", i, least, most);
    find_extremes (buffer_at (&scaled, i), &least, &most);
    fail_unless (most - least > 0.5f, "sample %u, scaled: from %g to %g", i, least,
        most);
  }
  trace_clear (&trace);
  trace_clear (&scaled);
}

GST_END_TEST;

/* A crop of a volume is scaled as the same crop that is held out: where nothing but a
 * mirror is drawn, both have the same values, and a sample that is not mirrored is the
 * same to the bit. */
GST_START_TEST (test_crops_are_scaled_alike)
{
#define CROPS "phantomsrc subjects=3 axis=none size=16x20x18 "
  static const gchar *const modes[] = { "unit", "zero-mean", "z-score", "robust" };

  for (guint m = 0; m < G_N_ELEMENTS (modes); m++) {
    g_autofree gchar *plain_text = g_strdup_printf (CROPS "! voxelnormalize mode=%s "
        SINK, modes[m]);
    g_autofree gchar *text = g_strdup_printf (CROPS "! voxelaugment mirror=x rotation=0 "
        "scale=0 shift=0 deformation=0 gamma=0 bias-field=0 blur=0 low-resolution=1 "
        "noise=0 ! voxelnormalize mode=%s " SINK, modes[m]);
    Trace plain, trace;

    run (&plain, plain_text);
    run (&trace, text);
    for (guint i = 0; i < trace.buffers->len; i++) {
      double sums[2] = { 0., 0. };

      for (guint k = 0; k < 2; k++) {
        GstMapInfo map;

        gst_buffer_map_range (buffer_at (k ? &trace : &plain, i), 0, 1, &map,
            GST_MAP_READ);
        for (gsize v = 0; v < map.size / sizeof (float); v++)
          sums[k] += ((float *) map.data)[v];
        gst_buffer_unmap (buffer_at (k ? &trace : &plain, i), &map);
      }
      fail_unless (fabs (sums[0] - sums[1]) < 1e-3, "%s, volume %u: %g, %g", modes[m], i,
          sums[0], sums[1]);
    }
    trace_clear (&plain);
    trace_clear (&trace);
  }
}

GST_END_TEST;

/* Behind what scales intensities it would add noise of thousands to values from 0 to
 * 1. */
GST_START_TEST (test_behind_voxelnormalize)
{
  snn_test_expect_error ("phantomsrc subjects=1 size=4x24x20 ! voxelnormalize ! "
      "voxelaugment ! fakesink", NULL, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "Put voxelaugment ahead of it");
}

GST_END_TEST;

/* Another branch of a tee gets what the source sent. */
GST_START_TEST (test_shared_samples_are_copied)
{
  Trace plain, branch;

  run (&plain, "phantomsrc subjects=1 size=4x24x20 " SINK);
  run (&branch, "phantomsrc subjects=1 size=4x24x20 ! tee name=t "
      "t. ! queue ! " EVERYTHING "! fakesink "
      "t. ! queue ! fakesink name=sink");
  fail_unless (same_stream (&plain, &branch));
  trace_clear (&plain);
  trace_clear (&branch);
}

GST_END_TEST;

/* Behind voxelnormalize the image that is drawn under predictions goes along: it was
 * taken for another one, and what flowed for a prediction. Where none is to be drawn,
 * there is none. */
GST_START_TEST (test_drawn_image_goes_along)
{
  const GstSnnTensor tensor = { SNN_VALUE_FLOAT32, 8, 8, 1, 1, 1 };
  SnnTestElement e;

  snn_test_element_init (&e, "voxelaugment rotation=20", NULL,
      SNN_TEST_CAPS ("1", "float32", "8:8:1:1:1"));
  for (guint drawn = 0; drawn < 2; drawn++) {
    GstBuffer *buffer = snn_test_sample (5, 8 * 8, 0);
    GstSnnImageMeta *image;

    if (drawn)
      gst_buffer_add_snn_image_meta (buffer, gst_buffer_peek_memory (buffer, 0),
          &tensor);
    buffer = gst_harness_push_and_pull (e.harness, buffer);
    image = gst_buffer_get_snn_image_meta (buffer);
    fail_unless ((image != NULL) == drawn);
    fail_unless (!image || image->memory == gst_buffer_peek_memory (buffer, 0));
    gst_buffer_unref (buffer);
  }
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* Images of several channels whose label is a class, without a meta: they are
 * numbered as they come, and the class stays. */
GST_START_TEST (test_photographs)
{
  const gchar *caps = SNN_TEST_CAPS ("2", "float32,uint8",
      "8:8:1:3:1,1:1:1:1:1");
  g_autoptr (GByteArray) once = g_byte_array_new ();
  g_autoptr (GByteArray) again = g_byte_array_new ();
  SnnTestElement e;

  snn_test_element_init (&e, "voxelaugment", NULL, caps);
  for (guint pass = 0; pass < 2; pass++) {
    GByteArray *bytes = pass ? again : once;

    for (guint i = 0; i < 2; i++) {
      GstBuffer *buffer = snn_test_sample (5, 8 * 8 * 3, 1);
      GstMapInfo map;

      /* As numbered by its place in the stream. */
      while (gst_buffer_get_snn_sample_meta (buffer))
        gst_buffer_remove_meta (buffer,
            (GstMeta *) gst_buffer_get_snn_sample_meta (buffer));
      gst_buffer_map_range (buffer, 1, 1, &map, GST_MAP_WRITE);
      map.data[0] = 7;
      gst_buffer_unmap (buffer, &map);
      fail_unless_equals_int (gst_harness_push (e.harness, buffer),
          GST_FLOW_OK);
      buffer = gst_harness_pull (e.harness);
      gst_buffer_map_range (buffer, 1, 1, &map, GST_MAP_READ);
      fail_unless_equals_int (map.data[0], 7);
      gst_buffer_unmap (buffer, &map);
      gst_buffer_map_range (buffer, 0, 1, &map, GST_MAP_READ);
      g_byte_array_append (bytes, map.data, map.size);
      gst_buffer_unmap (buffer, &map);
      gst_buffer_unref (buffer);
    }
    fail_unless (memcmp (bytes->data, bytes->data + bytes->len / 2,
            bytes->len / 2) != 0);
    snn_test_element_restart (&e, caps);
  }
  fail_unless (once->len == again->len
      && memcmp (once->data, again->data, once->len) == 0);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* Images that are no slices of a volume are mirrored along what the property calls
 * their width and height. Their meta says no axis, whatever the field holds. */
GST_START_TEST (test_photographs_are_mirrored)
{
  static const gchar *const axes[] = { "x", "y" };
  const guint side = 8;

  for (guint a = 0; a < 2 * G_N_ELEMENTS (axes); a++) {
    g_autofree gchar *settings = g_strdup_printf ("voxelaugment rotation=0 "
        "scale=0 shift=0 gamma=0 noise=0 mirror=%s", axes[a / 2]);
    guint n_same = 0, n_mirrored = 0;
    SnnTestElement e;

    snn_test_element_init (&e, settings, NULL, SNN_TEST_CAPS ("1", "float32",
            "8:8:1:1:1"));
    for (guint i = 0; i < 20; i++) {
      GstBuffer *before = snn_test_sample (i, side * side, 0), *after;
      gboolean same = TRUE, mirrored = TRUE;
      GstMapInfo map;

      gst_buffer_get_snn_sample_meta (before)->axis =
          a % 2 ? SNN_AXIS_NONE : SNN_AXIS_X;
      after = gst_harness_push_and_pull (e.harness, before);
      gst_buffer_map_range (after, 0, 1, &map, GST_MAP_READ);
      for (guint k = 0; k < side * side; k++) {
        const guint x = k % side, y = k / side, last = side - 1;
        const guint other = a / 2 ? (last - y) * side + x
            : y * side + last - x;

        same &= ((const float *) map.data)[k] == snn_test_value (i, k);
        mirrored &= ((const float *) map.data)[k]
            == snn_test_value (i, other);
      }
      gst_buffer_unmap (after, &map);
      gst_buffer_unref (after);
      n_same += same;
      n_mirrored += mirrored;
    }
    fail_unless (n_same + n_mirrored == 20 && n_same > 0 && n_mirrored > 0,
        "mirror=%s: %u as they were, %u mirrored", axes[a / 2], n_same,
        n_mirrored);
    snn_test_element_clear (&e);
  }
}

GST_END_TEST;

/* The left and the right one of a structure are not told apart by a network that has
 * seen heads mirrored, which is said once. */
GST_START_TEST (test_mirrored_classes)
{
  static const struct
  {
    const gchar *source, *augment;
    gboolean warned;
  } rows[] = {
    { "labels=1,2 axis=z", "", TRUE },
    { "labels=1,2 axis=y", "", TRUE },
    { "labels=1,2 axis=none", "mirror=x+z", TRUE },
    { "labels=1,2 axis=x", "", FALSE },
    { "labels=1,2 axis=z", "mirror=0", FALSE },
    { "labels=1,2 axis=z", "mirror=y", FALSE },
    { "axis=z", "", FALSE },
    { "labels=1,2 axis=z subset=test", "", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *text = g_strdup_printf ("phantomsrc subjects=2 folds=2 "
        "size=20x24x22 epochs=2 %s ! voxelaugment %s ! fakesink",
        rows[i].source, rows[i].augment);
    SnnTestRun run;

    snn_test_expect_eos (text, NULL, &run);
    fail_unless (run.n_warnings == (guint) rows[i].warned, "row %u: %u warnings, %s", i,
        run.n_warnings, run.warning);
    if (rows[i].warned)
      fail_unless (strstr (run.warning, "classes 1,2")
          && strstr (run.warning, "mirror"), "row %u: %s", i, run.warning);
    snn_test_run_clear (&run);
  }
}

GST_END_TEST;

GST_START_TEST (test_all_switched_off)
{
  Trace plain, off;

  run (&plain, SOURCE SINK);
  run (&off, SOURCE "! voxelaugment rotation=0 scale=0 shift=0 mirror=0 "
      "gamma=0 noise=0 " SINK);
  fail_unless (same_stream (&plain, &off));
  trace_clear (&plain);
  trace_clear (&off);
}

GST_END_TEST;

static Suite *
voxelaugment_suite (void)
{
  Suite *suite = suite_create ("voxelaugment");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_only_training_samples);
  tcase_add_test (tc, test_draws_are_the_samples_own);
  tcase_add_test (tc, test_facts_stay_true);
  tcase_add_test (tc, test_crops_are_scaled_alike);
  tcase_add_test (tc, test_behind_voxelnormalize);
  tcase_add_test (tc, test_shared_samples_are_copied);
  tcase_add_test (tc, test_drawn_image_goes_along);
  tcase_add_test (tc, test_photographs);
  tcase_add_test (tc, test_photographs_are_mirrored);
  tcase_add_test (tc, test_mirrored_classes);
  tcase_add_test (tc, test_all_switched_off);
  return suite;
}

GST_CHECK_MAIN (voxelaugment);
