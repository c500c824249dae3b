/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <gst/snn/recipe.h>
#include <snn/files/model-file.h>
#include "tests/elements/helpers.h"

/* Several images of a subject, and neighbouring slices, as channels of one
 * sample. */

#define N_X 8
#define N_Y 8
#define N_Z 4
#define N (N_X * N_Y * N_Z)

#define T1 "niftisrc location=#/t1 label-location=#/labels axis=z "
#define BOTH T1 "channel-locations=#/t2 "

static gchar *folder;

static SnnVolumeInfo *
new_info (const gchar *name, double shift)
{
  SnnVolumeInfo *info = snn_volume_info_new (name);

  info->dims[0] = N_X;
  info->dims[1] = N_Y;
  info->dims[2] = N_Z;
  info->affine[0][3] = shift;
  return info;
}

/* @contrast: by how much the label, the left half, is brighter. */
static void
write_image (const gchar *place, const gchar *name, double scale,
    double contrast, double shift)
{
  g_autofree gchar *parent = g_build_filename (folder, place, NULL);
  g_autofree gchar *path = g_build_filename (parent, name, NULL);
  g_autoptr (SnnVolumeInfo) info = new_info (name, shift);
  float values[N];

  g_mkdir_with_parents (parent, 0777);
  for (guint i = 0; i < N; i++)
    values[i] = (float) (scale * (1. + (i * 37 % 11) / 11.
            + (i % N_X < N_X / 2 ? contrast : 0.)));
  fail_unless (snn_nifti_write (path, info, SNN_NIFTI_PROBABILITY, values,
          NULL));
}

static void
write_label (const gchar *name)
{
  g_autofree gchar *parent = g_build_filename (folder, "labels", NULL);
  g_autofree gchar *path = g_build_filename (parent, name, NULL);
  g_autoptr (SnnVolumeInfo) info = new_info (name, 0.);
  guint8 mask[N];

  g_mkdir_with_parents (parent, 0777);
  for (guint i = 0; i < N; i++)
    mask[i] = i % N_X < N_X / 2;
  fail_unless (snn_nifti_write (path, info, SNN_NIFTI_MASK, mask, NULL));
}

/* Only T2 shows what is labelled, and on a scale of its own. */
static void
setup (void)
{
  folder = snn_test_folder_new ();
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *t1 = g_strdup_printf ("s%u_T1w.nii", i);
    g_autofree gchar *t2 = g_strdup_printf ("s%u_T2w.nii", i);

    write_image ("t1", t1, 10., 0., 0.);
    write_image ("t2", t2, 1e4 * (i + 1), 3., 0.);
    write_label (t1);
  }
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* (transfer full): a memory of all buffers of @source, normalised. */
static GPtrArray *
memories_of (const gchar *source, guint memory)
{
  g_autofree gchar *description = g_strconcat (source,
      " ! voxelnormalize ! fakesink name=sink", NULL);
  GPtrArray *memories = g_ptr_array_new_with_free_func
      ((GDestroyNotify) g_bytes_unref);
  GstElement *pipeline;
  Trace trace;

  pipeline = snn_test_launch (description, folder);
  trace_run (&trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  fail_if (trace.error, "%s: %s", source,
      trace.error ? trace.error->message : "");
  for (guint i = 0; i < trace.buffers->len; i++) {
    GstBuffer *buffer = trace.buffers->pdata[i];
    GstMapInfo map;

    fail_unless (gst_buffer_map_range (buffer, memory, 1, &map, GST_MAP_READ));
    g_ptr_array_add (memories, g_bytes_new (map.data, map.size));
    gst_buffer_unmap (buffer, &map);
  }
  trace_clear (&trace);
  return memories;
}

/* Each channel is, to the bit, what its image would be alone. */
GST_START_TEST (test_each_by_itself)
{
  g_autoptr (GPtrArray) t1 = memories_of ("niftisrc location=#/t1 axis=z "
      "size=0x10x0", 0);
  g_autoptr (GPtrArray) t2 = memories_of ("niftisrc location=#/t2 axis=z "
      "size=0x10x0", 0);
  g_autoptr (GPtrArray) both = memories_of ("niftisrc location=#/t1 axis=z "
      "channel-locations=#/t2 size=0x10x0", 0);

  fail_unless_equals_int (both->len, 3 * N_Z);
  for (guint i = 0; i < both->len; i++) {
    gsize n, n_first, n_second;
    const guint8 *values = g_bytes_get_data (both->pdata[i], &n);
    gconstpointer one = g_bytes_get_data (t1->pdata[i], &n_first);
    gconstpointer other = g_bytes_get_data (t2->pdata[i], &n_second);

    fail_unless (n == n_first + n_second && n_first == N_X * 10 * 4);
    fail_unless (memcmp (values, one, n_first) == 0, "slice %u", i);
    fail_unless (memcmp (values + n_first, other, n_second) == 0, "slice %u",
        i);
  }
}

GST_END_TEST;

/* A network finds in the second channel what the first does not show. */
GST_START_TEST (test_training)
{
  g_autofree gchar *path = g_build_filename (folder, "ann.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  SnnTestRun run;
  double mean = 0.;

  snn_test_expect_eos (BOTH "folds=3 subset=train epochs=12 shuffle=true ! "
      "voxelaugment rotation=0 scale=0 shift=0 ! voxelnormalize ! "
      "anntrainer location=#/ann.nir width=8 depth=1 batch-size=2 seed=1 "
      "learning-rate=0.01 ! fakesink", folder, NULL);
  network = snn_model_load (path, NULL);
  fail_unless (network != NULL);
  fail_unless_equals_int (snn_network_input (network).channels, 2);
  snn_test_expect_eos (BOTH "folds=3 subset=test ! voxelnormalize ! "
      "anninference model=#/ann.nir ! dicesink", folder, &run);
  for (guint i = 0; i < run.structures->len; i++)
    gst_structure_get_double (run.structures->pdata[i], "mean", &mean);
  fail_unless (mean > 0.9, "%g", mean);
  snn_test_run_clear (&run);
  snn_test_expect_error (T1 "! voxelnormalize ! anninference model=#/ann.nir "
      "! dicesink", folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "with 2 channels");
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  write_image ("moved", "s0_T2w.nii", 1., 0., 3.);
  write_image ("few", "s1_T2w.nii", 1., 0., 0.);
  write_image ("many", "s0_T2w.nii", 1., 0., 0.);
  write_image ("many", "s0_FLAIR.nii", 1., 0., 0.);
  snn_test_expect_error ("niftisrc location=#/t1/s0_T1w.nii "
      "channel-locations=#/moved ! fakesink", folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "differ in affine");
  snn_test_expect_error ("niftisrc location=#/t1 channel-locations=#/few ! "
      "fakesink", folder, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      "s0_T1w.nii: a file named s0_T1w, or as that up to its last underscore");
  snn_test_expect_error ("niftisrc location=#/t1 channel-locations=#/many ! "
      "fakesink", folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "could both be the further channel of");
  snn_test_expect_error ("niftisrc location=#/t1 channel-locations=#/t2 "
      "max-bytes=2047 ! fakesink", folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_NOT_IMPLEMENTED, "max-bytes");
}

GST_END_TEST;

/* Where @slice of @subject is in @slices of all volumes, one image each, or NULL
 * where there is none. */
static const float *
find_slice (const GPtrArray *slices, guint subject, gint slice)
{
  return slice < 0 || slice >= N_Z ? NULL
      : g_bytes_get_data (slices->pdata[subject * N_Z + slice], NULL);
}

/* Two of four slices are sent. Their neighbours are the volume's, and what is
 * beyond it has the lowest value. */
GST_START_TEST (test_context)
{
  static const float outside[N_X * N_Y] = { 0.f, };
  const gchar *const sources[] = {
    "niftisrc location=#/t1 axis=z", "niftisrc location=#/t2 axis=z"
  };
  const guint n_slices = N_Z / 2, context = 2, n = 2 * context + 1;
  g_autoptr (GPtrArray) both = memories_of (BOTH "context=2 size=0x0x2", 0);
  g_autoptr (GPtrArray) masks = memories_of (BOTH "context=2 size=0x0x2", 1);
  g_autoptr (GPtrArray) alone = memories_of (T1 "size=0x0x2", 1);

  fail_unless_equals_int (both->len, 3 * n_slices);
  for (guint image = 0; image < G_N_ELEMENTS (sources); image++) {
    g_autoptr (GPtrArray) slices = memories_of (sources[image], 0);

    for (guint i = 0; i < both->len; i++)
      for (guint c = 0; c < n; c++) {
        const gint slice = (gint) (i % n_slices + N_Z / 4 + c - context);
        const float *expected = find_slice (slices, i / n_slices, slice);
        const float *found = g_bytes_get_data (both->pdata[i], NULL);

        fail_unless (memcmp (found + (image * n + c) * N_X * N_Y, expected
                ? expected : outside, sizeof outside) == 0,
            "image %u, sample %u, channel %u", image, i, c);
      }
  }
  for (guint i = 0; i < masks->len; i++)
    fail_unless (g_bytes_equal (masks->pdata[i], alone->pdata[i]));
}

GST_END_TEST;

/* A network with neighbouring slices goes through all stages, and what feeds it
 * afterwards is told by it. */
GST_START_TEST (test_context_stages)
{
  static const gchar *const files[] = { "one.nir", "converted.nir", "snn.nir" };
  SnnTestRun run;

  for (guint threads = 1; threads <= 2; threads++) {
    g_autofree gchar *description = g_strdup_printf (BOTH "context=1 "
        "epochs=2 shuffle=true ! voxelaugment threads=%u ! voxelnormalize ! "
        "anntrainer location=#/%s.nir width=2 depth=1 batch-size=3 seed=1 "
        "threads=%u ! fakesink", threads, threads == 1 ? "one" : "two",
        threads);

    snn_test_expect_eos (description, folder, NULL);
  }
  fail_unless (snn_test_same_files (folder, "one.nir", "two.nir"));
  snn_test_expect_eos (BOTH "! voxelnormalize ! snnconverter model=#/one.nir "
      "location=#/converted.nir calibration-samples=0 ! fakesink", folder,
      NULL);
  snn_test_expect_eos (BOTH "! voxelnormalize ! directencoder timesteps=2 ! "
      "snnfinetuner model=#/converted.nir location=#/snn.nir ! dicesink", folder,
      NULL);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = g_build_filename (folder, files[i], NULL);
    g_autoptr (SnnNetwork) network = snn_model_load (path, NULL);

    fail_unless (snn_network_input (network).channels == 6
        && g_strcmp0 (snn_network_metadata (network, SNN_RECIPE_CONTEXT), "1") == 0,
        "%s", files[i]);
  }
  snn_test_expect_eos ("niftisrc location=#/t1 channel-locations=#/t2 ! "
      "voxelnormalize ! directencoder ! snninference model=#/snn.nir ! "
      "niftisink location=#/%s.nii", folder, &run);
  fail_unless (run.n_warnings == 0, "%s", run.warning);
  fail_unless (snn_test_exists (folder, "s2_T1w.nii"));
  snn_test_run_clear (&run);
  snn_test_expect_error (BOTH "context=2 ! voxelnormalize ! anninference "
      "model=#/one.nir ! dicesink", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "which was made with context=1");
  snn_test_expect_error (T1 "! voxelnormalize ! anninference model=#/one.nir "
      "! dicesink", folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "with 6 channels (width x height), found 8x8 with 3 channels: "
      "images (channel-locations of niftisrc)");
  snn_test_expect_error (T1 "axis=none context=1 ! fakesink", folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "a whole volume has no neighbouring slices");
}

GST_END_TEST;

static Suite *
channels_suite (void)
{
  Suite *s = suite_create ("channels");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, test_each_by_itself);
  tcase_add_test (tc, test_training);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_context);
  tcase_add_test (tc, test_context_stages);
  return s;
}

GST_CHECK_MAIN (channels);
