/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include <snn/volumes/nifti-read.h>
#include "tests/elements/helpers.h"

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 3);
  snn_test_write_unet (folder, "ann.nir", 8, FALSE);
  snn_test_write_unet (folder, "snn.nir", 8, TRUE);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* What a network makes of a source's slices across @axis: boxes of 8 voxels each
 * way, so that one network fits all of them. */
#define CUBES(axis) "niftisrc location=#/images size=8x8x8 axis=" axis \
  " ! voxelnormalize ! anninference model=#/ann.nir "
#define PHANTOMS "phantomsrc subjects=2 size=8x8x8 axis="
#define VIEW(axis, more) PHANTOMS axis " " more " ! voxelnormalize ! " \
  "anninference model=#/ann.nir "
#define MEAN "probabilitymean name=mean "
#define WRITE(name) "niftisink content=probability location=#/" name "-%s.nii "

static SnnVolume *
load (const gchar *name, guint subject)
{
  g_autofree gchar *file = g_strdup_printf ("%s-s%u.nii", name, subject);
  g_autofree gchar *path = g_build_filename (folder, file, NULL);
  GError *error = NULL;
  SnnVolume *volume = snn_nifti_load (path, 0, NULL, &error);

  fail_unless (volume != NULL, "%s", error ? error->message : "");
  return volume;
}

/* The mean of three views is, voxel for voxel and to the bit, what the files
 * of the three say. */
GST_START_TEST (test_three_views)
{
  static const gchar *const names[] = { "x", "y", "z" };

  snn_test_expect_eos (CUBES ("x") "! " WRITE ("x"), folder, NULL);
  snn_test_expect_eos (CUBES ("y") "! " WRITE ("y"), folder, NULL);
  snn_test_expect_eos (CUBES ("z") "! " WRITE ("z"), folder, NULL);
  snn_test_expect_eos (MEAN "! " WRITE ("mean")
      CUBES ("x") "! mean. " CUBES ("y") "! queue ! mean. "
      CUBES ("z") "! mean. ", folder, NULL);
  for (guint s = 0; s < 3; s++) {
    g_autoptr (SnnVolume) mean = load ("mean", s);
    SnnVolume *views[3];
    guint n_other = 0;

    for (guint v = 0; v < 3; v++)
      views[v] = load (names[v], s);
    for (gsize i = 0; i < 5 * 4 * 3; i++) {
      float sum = views[0]->image[i];

      sum += views[1]->image[i];
      sum += views[2]->image[i];
      fail_unless (mean->image[i] == sum / 3.f, "subject %u, voxel %"
          G_GSIZE_FORMAT ": %.9g where %.9g is the mean", s, i,
          mean->image[i], sum / 3.f);
      n_other += mean->image[i] != views[0]->image[i];
    }
    fail_unless (n_other > 0);
    for (guint v = 0; v < 3; v++)
      snn_volume_unref (views[v]);
  }
}

GST_END_TEST;

/* The variance of two views is a quarter of their difference's square; what takes it
 * for a probability is told that it is none. */
GST_START_TEST (test_variance)
{
#define VARIANCE MEAN "statistic=variance "
#define TWO CUBES ("x") "! mean. " CUBES ("y") "! mean. "
  static const gchar *const refuse[] = {
    VARIANCE "! dicesink location=#/report.json " TWO,
    VARIANCE "! niftisink location=#/mask-%s.nii " TWO,
    VARIANCE "! niftisink content=uncertainty location=#/bits-%s.nii " TWO,
    VARIANCE "! maskoverlay ! fakesink " TWO,
  };

  snn_test_expect_eos (CUBES ("x") "! " WRITE ("x"), folder, NULL);
  snn_test_expect_eos (CUBES ("y") "! " WRITE ("y"), folder, NULL);
  snn_test_expect_eos (VARIANCE "! " WRITE ("variance") TWO, folder, NULL);
  for (guint s = 0; s < 3; s++) {
    g_autoptr (SnnVolume) variance = load ("variance", s);
    g_autoptr (SnnVolume) x = load ("x", s);
    g_autoptr (SnnVolume) y = load ("y", s);
    guint n_wrong = 0, n_some = 0;

    for (gsize i = 0; i < 5 * 4 * 3; i++) {
      const double half = (x->image[i] - y->image[i]) / 2.;

      n_wrong += fabs (variance->image[i] - half * half) > 1e-7;
      n_some += variance->image[i] > 0.f;
    }
    fail_unless (n_wrong == 0 && n_some > 0, "subject %u: %u wrong, %u not 0", s,
        n_wrong, n_some);
  }
  for (guint i = 0; i < G_N_ELEMENTS (refuse); i++)
    snn_test_expect_error (refuse[i], folder, GST_STREAM_ERROR,
        GST_STREAM_ERROR_DECODE, "values that are the variance of predictions");
}

GST_END_TEST;

/* An aggregator sends its segment with its first buffer, and nothing but a
 * buffer makes it. */
static void
put_segment_first (GString *events)
{
  fail_unless_equals_int (g_string_replace (events,
          "0:caps 0:begin0/1t(15) 0:segment", "0:caps 0:segment 0:begin0/1t(15)",
          1), 1);
}

/* One network, or one twice, is that network: its events and facts, too, and
 * the padding around a volume. */
GST_START_TEST (test_one_view)
{
#define SLICES SNN_TEST_SLICES "folds=3 ! voxelnormalize ! "
#define TRAIN "poissonencoder timesteps=6 seed=3 ! snninference model=#/snn.nir "
#define TRAINS "poissonencoder timesteps=6 chunk=2 seed=3 ! " \
  "snninference model=#/snn.nir "
  static const struct
  {
    const gchar *alone;
    const gchar *meant;
  } rows[] = {
    { SLICES "anninference model=#/ann.nir ! fakesink name=sink",
        MEAN "! fakesink name=sink " SLICES
        "anninference model=#/ann.nir ! mean." },
    { SLICES "anninference model=#/ann.nir ! fakesink name=sink",
        MEAN "! fakesink name=sink " SLICES
        "anninference model=#/ann.nir ! mean. " SLICES
        "anninference model=#/ann.nir ! mean." },
    { SLICES TRAIN "! dicesink location=#/a.json",
        MEAN "! dicesink location=#/b.json " SLICES TRAIN "! mean." },
    /* Of several chunks the last one counts. */
    { SLICES TRAIN "! dicesink location=#/a.json",
        MEAN "! dicesink location=#/b.json " SLICES TRAINS "! mean." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (strstr (rows[i].alone, "dicesink")) {
      snn_test_expect_eos (rows[i].alone, folder, NULL);
      snn_test_expect_eos (rows[i].meant, folder, NULL);
      fail_unless (snn_test_same_files (folder, "a.json", "b.json"), "row %u",
          i);
    } else {
      g_autoptr (GstElement) alone = snn_test_launch (rows[i].alone, folder);
      g_autoptr (GstElement) meant = snn_test_launch (rows[i].meant, folder);
      Trace a = { 0 }, b = { 0 };

      trace_run (&a, alone);
      trace_run (&b, meant);
      put_segment_first (b.events);
      fail_unless (same_stream (&a, &b), "row %u:\n%s\n%s", i, a.events->str,
          b.events->str);
      gst_element_set_state (alone, GST_STATE_NULL);
      gst_element_set_state (meant, GST_STATE_NULL);
      trace_clear (&a);
      trace_clear (&b);
    }
  }
}

GST_END_TEST;

/* A row is slices that come, the last of which is refused; of those from 10 on another
 * chunk follows. */
static const struct
{
  guint slices[4];
  guint n;
  const gchar *text;
} repeats[] = {
  { { 0, 3 }, 2, "found slice 3 of a, which has 3" },
  { { 0, 0 }, 2, "found slice 0 of a a second time" },
  { { 0, 11, 1, 1 }, 4, "found slice 1 of a a second time" },
  { { 0, 11, 0 }, 3, "found slice 0 of a a second time" },
};

GST_START_TEST (test_repeated_slices)
{
  GstHarness *harness = gst_harness_new_with_padnames ("probabilitymean", "sink_0",
      "src");
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("a");
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_bus (harness->element, bus);
  gst_harness_set_src_caps_str (harness, SNN_TEST_CAPS ("1", "float32",
          "4:4:1:1:1"));
  for (guint i = 0; i < repeats[__i__].n; i++) {
    GstBuffer *buffer = snn_test_sample (0, 16, 0);
    GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

    meta->volume = snn_volume_info_ref (info);
    meta->box = (SnnBox) { { 0, 0, 0 }, { 4, 4, 3 } };
    meta->axis = SNN_AXIS_Z;
    meta->slice = repeats[__i__].slices[i] % 10;
    meta->n_slices = 3;
    meta->timesteps = 2;
    if (repeats[__i__].slices[i] >= 10)
      GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_MARKER);
    gst_harness_push (harness, buffer);
  }
  message = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
      GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "no error, expected: %s", repeats[__i__].text);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, repeats[__i__].text) != NULL,
      "'%s' lacks '%s'", error->message, repeats[__i__].text);
  gst_element_set_bus (harness->element, NULL);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* What goes out is the view of the lowest number, by which 2 is before 10. */
GST_START_TEST (test_first_view)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (MEAN "! fakesink name=sink "
      CUBES ("x") "! mean.sink_10 " CUBES ("z") "! mean.sink_2 ", folder);
  Trace trace = { 0 };

  trace_run (&trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_no_error (trace.error);
  fail_unless_equals_int (meta_at (&trace, 0)->axis, SNN_AXIS_Z);
  trace_clear (&trace);
}

GST_END_TEST;

/* Four slices across x are there before the eight across y: the end of the pass waits
 * for the last volume all the same. */
GST_START_TEST (test_end_of_pass)
{
#define FLAT(axis, more) "niftisrc location=#/images size=4x8x8 axis=" axis \
  " ! voxelnormalize ! anninference model=#/ann.nir " more " ! mean. "
  g_autoptr (GstElement) pipeline = snn_test_launch (MEAN "! fakesink name=sink "
      FLAT ("x", "") FLAT ("y", "other-size=whole"), folder);
  Trace trace = { 0 };

  trace_run (&trace, pipeline);
  fail_unless (strstr (trace.events->str, "12:end0"), "%s", trace.events->str);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  trace_clear (&trace);
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  static const struct
  {
    const gchar *other; /* the second of two views */
    gint code;
    const gchar *text;
  } rows[] = {
    { VIEW ("y", "seed=5 subjects=1"), GST_STREAM_ERROR_FAILED,
        "sink_1 ended where sink_0 goes on with phantom-00001" },
    { VIEW ("y", "subjects=3"), GST_STREAM_ERROR_FAILED,
        "sink_0 ended where sink_1 goes on with phantom-00002" },
    { VIEW ("x", "shuffle=true seed=2"), GST_STREAM_ERROR_FAILED,
        "expected whole volumes, one after the other" },
    { VIEW ("y", "roi=0:8,0:8,0:8"), GST_STREAM_ERROR_FAILED,
        "or at another place" },
    { SNN_TEST_SLICES "! voxelnormalize ! anninference model=#/ann.nir",
        GST_STREAM_ERROR_FAILED, "sink_1 sends s0" },
    { VIEW ("y", "") "! identity eos-after=13", GST_STREAM_ERROR_FAILED,
        "sink_1 ended after 4 of 8 slices of phantom-00001" },
    { PHANTOMS "y ! voxelnormalize ! poissonencoder timesteps=4 ! "
        "snninference model=#/snn.nir ! identity drop-probability=1",
        GST_STREAM_ERROR_FAILED, "sink_1 ended where sink_0 goes on" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *description = g_strdup_printf (MEAN
        "! dicesink location=#/report.json " VIEW ("x", "") "! mean. %s ! mean.",
        rows[i].other);

    snn_test_expect_error (description, folder, GST_STREAM_ERROR, rows[i].code,
        rows[i].text);
  }
}

GST_END_TEST;

/* A subject of one name, whose voxels are elsewhere, or are of other structures. */
GST_START_TEST (test_other_voxels)
{
#define S0 "niftisrc location=#/images/s0.nii label-location=#/labels/s0.nii "
  static const struct
  {
    const gchar *first;
    const gchar *second;
    gint code;
    const gchar *text;
  } rows[] = {
    { S0, "niftisrc location=#/moved/s0.nii", GST_STREAM_ERROR_FAILED,
        "sink_1 sends s0 with voxel 0 at (0, 30, 0) mm where sink_0 has it at (0, 0" },
    { S0 "labels=1", S0 "labels=2", GST_STREAM_ERROR_WRONG_TYPE,
        "sink_1 sends predictions of the classes 2 where sink_0 sends those of 1" },
  };
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("test");
  g_autofree gchar *parent = g_build_filename (folder, "moved", NULL);
  g_autofree gchar *path = g_build_filename (parent, "s0.nii", NULL);
  const float values[5 * 4 * 3] = { 1.f };

  memcpy (info->dims, (gsize[3]) { 5, 4, 3 }, sizeof info->dims);
  info->affine[1][3] = 30.;
  g_mkdir (parent, 0777);
  fail_unless (snn_nifti_write (path, info, SNN_NIFTI_PROBABILITY, values, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *description = g_strdup_printf (MEAN "! fakesink %s ! mean. "
        "%s ! mean.", rows[i].first, rows[i].second);

    snn_test_expect_error (description, folder, GST_STREAM_ERROR, rows[i].code,
        rows[i].text);
  }
}

GST_END_TEST;

/* Views of subjects that differ in size: the caps of the next one come while others
 * still have slices of the one before. One view after the other is to be the longer
 * one, and volumes become larger and smaller. */
GST_START_TEST (test_sizes)
{
  static const gsize sizes[][3] = { { 5, 12, 9 }, { 7, 4, 6 }, { 6, 13, 12 } };
  static const gchar *const axes[][2] = { { "x", "y" }, { "y", "x" }, { "z", "y" } };
  const gchar *model = "voxelnormalize ! anninference model=#/ann.nir "
      "other-size=whole ";

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    g_autofree gchar *name = g_strdup_printf ("sized/s%u.nii", s);

    snn_test_write_sized (folder, name, sizes[s], s);
  }
  for (guint i = 0; i < G_N_ELEMENTS (axes); i++) {
    g_autofree gchar *alone[2] = { NULL, NULL };
    g_autofree gchar *both = NULL;
    GString *views = g_string_new (NULL);

    for (guint v = 0; v < 2; v++) {
      alone[v] = g_strdup_printf ("niftisrc location=#/sized axis=%s ! %s", axes[i][v],
          model);
      g_string_append_printf (views, "%s ! mean. ", alone[v]);
    }
    for (guint v = 0; v < 2; v++) {
      g_autofree gchar *one = g_strdup_printf ("%s ! niftisink content=probability "
          "location=#/%u-%u-%%s.nii", alone[v], i, v);

      snn_test_expect_eos (one, folder, NULL);
    }
    both = g_strdup_printf (MEAN "! niftisink content=probability "
        "location=#/mean-%u-%%s.nii %s", i, views->str);
    snn_test_expect_eos (both, folder, NULL);
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
      g_autofree gchar *names[] = { g_strdup_printf ("%u-0", i),
        g_strdup_printf ("%u-1", i), g_strdup_printf ("mean-%u", i) };
      g_autoptr (SnnVolume) a = load (names[0], s);
      g_autoptr (SnnVolume) b = load (names[1], s);
      g_autoptr (SnnVolume) mean = load (names[2], s);
      guint n_wrong = 0;

      for (gsize k = 0; k < sizes[s][0] * sizes[s][1] * sizes[s][2]; k++)
        n_wrong += mean->image[k] != (a->image[k] + b->image[k]) / 2.f;
      fail_unless (n_wrong == 0, "axes %s and %s, subject %u: %u voxels", axes[i][0],
          axes[i][1], s, n_wrong);
      g_free (names[1]);
      g_free (names[2]);
    }
    g_free (alone[1]);
    g_string_free (views, TRUE);
  }
}

GST_END_TEST;

/* What a pad probe does to a stream, ahead of its buffer number @at. */
typedef struct
{
  void (*commit) (GstPad * pad, GstPadProbeInfo * info);
  guint at;
  guint n;
} Meddling;

static GstPadProbeReturn
meddle (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Meddling *meddling = data;

  if (meddling->n++ == meddling->at)
    meddling->commit (pad, info);
  return GST_PAD_PROBE_OK;
}

/* (transfer full): two views, of which the first is meddled with. */
static GstElement *
launch_meddled (Meddling *meddling)
{
  GstElement *pipeline = snn_test_launch (MEAN "! fakesink name=sink "
      VIEW ("x", "") "! identity name=here ! mean. "
      VIEW ("y", "") "! mean. ", folder);
  g_autoptr (GstElement) here = gst_bin_get_by_name (GST_BIN (pipeline),
      "here");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (here, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, meddle, meddling, NULL);
  return pipeline;
}

static void
send_gaps (GstPad *pad, GstPadProbeInfo *info)
{
  fail_unless (gst_pad_push_event (pad, gst_event_new_gap (0, GST_SECOND)));
  fail_unless (gst_pad_push_event (pad, gst_event_new_gap (GST_SECOND,
              GST_CLOCK_TIME_NONE)));
}

/* A gap is no sample, wherever in a volume it is. */
GST_START_TEST (test_gaps)
{
  for (guint at = 0; at < 16; at += 5) {
    Meddling meddling = { send_gaps, at, 0 };
    g_autoptr (GstElement) pipeline = launch_meddled (&meddling);
    Trace trace = { 0 };

    trace_run (&trace, pipeline);
    fail_unless (trace.error == NULL, "at %u: %s", at,
        trace.error ? trace.error->message : "");
    fail_unless_equals_int (trace.buffers->len, 16);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    trace_clear (&trace);
  }
}

GST_END_TEST;

/* Samples of another size, with the facts of those before. */
static void
shrink (GstPad *pad, GstPadProbeInfo *info)
{
  const GstSnnTensors tensors = {
    .n_tensors = 1,
    .tensor = { { SNN_VALUE_FLOAT32, 4, 4, 1, 1, 1 } },
  };
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstMemory *memory = gst_allocator_alloc (NULL, 4 * 4 * sizeof (float), NULL);
  g_autoptr (GstCaps) caps = gst_snn_tensors_to_caps (&tensors);
  GstBuffer *small = gst_buffer_new ();

  gst_buffer_append_memory (small, memory);
  gst_buffer_copy_into (small, buffer, GST_BUFFER_COPY_META, 0, -1);
  GST_PAD_PROBE_INFO_DATA (info) = small;
  gst_buffer_unref (buffer);
  fail_unless (gst_pad_push_event (pad, gst_event_new_caps (caps)));
}

GST_START_TEST (test_other_size_within_a_volume)
{
  Meddling meddling = { shrink, 5, 0 };
  g_autoptr (GstElement) pipeline = launch_meddled (&meddling);
  SnnTestRun run;

  snn_test_run (pipeline, &run);
  fail_unless_equals_int (run.n_errors, 1);
  fail_unless (strstr (run.error->message, "sink_0: the caps change after 5 of 8 slices "
          "of phantom-00000"), "%s", run.error->message);
  snn_test_run_clear (&run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

/* Pads come and go, and a pipeline is played more than once. */
GST_START_TEST (test_states)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (MEAN
      "! dicesink location=#/report.json " VIEW ("x", "") "! mean. "
      VIEW ("y", "") "! mean. ", folder);
  g_autoptr (GstElement) mean = gst_bin_get_by_name (GST_BIN (pipeline),
      "mean");
  GstPad *pad;

  for (guint i = 0; i < 2; i++) {
    SnnTestRun run = { 0 };

    snn_test_run (pipeline, &run);
    fail_unless (run.error == NULL, "%s", run.error ? run.error->message : "");
    snn_test_run_clear (&run);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  pad = gst_element_request_pad_simple (mean, "sink_%u");
  fail_unless (pad != NULL);
  gst_element_release_request_pad (mean, pad);
  gst_object_unref (pad);
}

GST_END_TEST;

static Suite *
probabilitymean_suite (void)
{
  Suite *suite = suite_create ("probabilitymean");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_three_views);
  tcase_add_test (tc, test_variance);
  tcase_add_test (tc, test_one_view);
  tcase_add_loop_test (tc, test_repeated_slices, 0, G_N_ELEMENTS (repeats));
  tcase_add_test (tc, test_first_view);
  tcase_add_test (tc, test_end_of_pass);
  tcase_add_test (tc, test_sizes);
  tcase_add_test (tc, test_other_voxels);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_gaps);
  tcase_add_test (tc, test_other_size_within_a_volume);
  tcase_add_test (tc, test_states);
  return suite;
}

GST_CHECK_MAIN (probabilitymean);
