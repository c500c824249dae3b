/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/files/model-file.h>
#include <snn/graph/builder.h>
#include <snn/volumes/nifti-read.h>
#include "tests/elements/helpers.h"

/* Volumes of 24 x 20 x 16 voxels with two boxes in them; a finder that knows them
 * by their intensities, and a network behind it that tells bright from dark. */

#define SIDE_X 24
#define SIDE_Y 20
#define SIDE_Z 16

#define FINDER "regionfinder model=#/finder.nir least-volume=20 "
#define FINE " ! voxelnormalize ! anninference model=#/fine.nir "
#define TO_FILES " ! niftisink location=#/%s_map.nii overwrite=true"

static gchar *folder;

/* Of one convolution of 1 x 1, for slices of 8 x 8 and @inputs channels. */
static void
write_network (const gchar *name, guint inputs, guint channels,
    const float *weights, const float *biases, const gchar *const *metadata)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input",
      (SnnShape) { inputs, 8, 8 });
  g_autoptr (SnnNetwork) network = snn_builder_end (b, snn_builder_conv2d (b,
          "conv", channels, 1, at), NULL);
  SnnNode *conv = snn_network_find (network, "conv");
  g_autofree gchar *path = g_build_filename (folder, name, NULL);

  snn_network_add_bias (network);
  memcpy (conv->weight, weights, inputs * channels * sizeof *weights);
  memcpy (snn_node_parameter (conv, "bias")->values, biases,
      channels * sizeof *biases);
  if (channels == 3)
    network->classes = (SnnClasses) { 2, {17, 53} };
  for (guint i = 0; metadata[i]; i += 2)
    snn_network_set_metadata (network, metadata[i], metadata[i + 1]);
  fail_unless (snn_model_save (network, path, NULL));
}

static void
fill_box (float *values, guint x, guint y, guint z, guint size, float value)
{
  for (guint k = z; k < z + size; k++)
    for (guint j = y; j < y + size; j++)
      for (guint i = x; i < x + size; i++)
        values[(k * SIDE_Y + j) * SIDE_X + i] = value;
}

/* One box of 4 voxels a side of half the intensity, and one of 5 of all of it. */
static void
write_head (const gchar *name, gboolean left, gboolean right)
{
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("head");
  g_autofree float *values = g_new0 (float, SIDE_X * SIDE_Y * SIDE_Z);
  g_autofree gchar *path = g_build_filename (folder, "heads", name, NULL);

  info->dims[0] = SIDE_X;
  info->dims[1] = SIDE_Y;
  info->dims[2] = SIDE_Z;
  info->affine[0][3] = -12.;
  /* Whole numbers would be taken for a mask's. */
  for (guint i = 0; i < SIDE_X * SIDE_Y * SIDE_Z; i++)
    values[i] = 0.3f * (float) (i % 5);
  if (left)
    fill_box (values, 3, 8, 6, 4, 500.f);
  if (right)
    fill_box (values, 15, 9, 5, 5, 1000.f);
  values[0] = 1000.f;           /* so that intensities are scaled alike */
  fail_unless (snn_nifti_write (path, info, SNN_NIFTI_PROBABILITY, values,
          NULL));
}

static void
setup (void)
{
  static const float finder_weights[] = { 0.f, 40.f, 80.f };
  static const float finder_biases[] = { 0.f, -10.f, -40.f };
  static const float fine_weights[] = { 40.f }, fine_biases[] = { -10.f };
  static const gchar *const finder_recipe[] = { "axis", "y", "scaling", "unit",
    "lower-percentile", "0", "upper-percentile", "100", NULL
  };
  static const gchar *const fine_recipe[] = { "axis", "x", "size", "8x8x8",
    "spacing", "1x1x1", "scaling", "unit", NULL
  };
  g_autofree gchar *heads = NULL;

  folder = snn_test_folder_new ();
  heads = g_build_filename (folder, "heads", NULL);
  g_mkdir (heads, 0700);
  write_network ("finder.nir", 1, 3, finder_weights, finder_biases,
      finder_recipe);
  write_network ("fine.nir", 1, 1, fine_weights, fine_biases, fine_recipe);
  write_network ("unsaid.nir", 1, 1, fine_weights, fine_biases,
      fine_recipe + G_N_ELEMENTS (fine_recipe) - 1);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* How many voxels of each structure a map has, and of anything else (0). */
static void
count (const gchar *name, guint counts[3])
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolume) volume = snn_nifti_load (path, 0, NULL, &error);

  g_assert_no_error (error);
  counts[0] = counts[1] = counts[2] = 0;
  fail_unless_equals_int (volume->info->dims[0], SIDE_X);
  for (guint i = 0; i < SIDE_X * SIDE_Y * SIDE_Z; i++) {
    const float value = volume->image[i];

    if (value != 0.f)
      counts[value == 17.f ? 1 : value == 53.f ? 2 : 0]++;
  }
  fail_unless (counts[1] == 0 || volume->image[(7 * SIDE_Y + 9) * SIDE_X + 4]
      == 17.f);
  fail_unless (counts[2] == 0 || volume->image[(7 * SIDE_Y + 11) * SIDE_X + 17]
      == 53.f);
}

/* Nothing is set but files: the source sends whole volumes, the boxes are as the
 * network behind wants them, and each head gets one map. */
GST_START_TEST (test_heads_to_maps)
{
  guint found = 0, maps = 0, counts[3];
  SnnTestRun result;

  write_head ("a.nii", TRUE, TRUE);
  write_head ("b.nii", TRUE, TRUE);
  snn_test_expect_eos ("niftisrc location=#/heads ! " FINDER FINE TO_FILES,
      folder, &result);
  fail_unless (result.n_warnings == 0, "%s", result.warning);
  for (guint i = 0; i < result.structures->len; i++) {
    const GstStructure *s = g_ptr_array_index (result.structures, i);
    const GValue *x = gst_structure_get_value (s, "x");
    guint slices;

    if (gst_structure_has_name (s, "regionfinder")) {
      double centre = g_value_get_double (gst_value_array_get_value (x, 0));

      fail_unless (centre > -7.6 && centre < -7.4, "%g", centre);
      found++;
    }
    if (!gst_structure_has_name (s, "niftisink"))
      continue;
    gst_structure_get_uint (s, "slices", &slices);
    fail_unless_equals_int (slices, 16);
    maps++;
  }
  fail_unless (found == 2 && maps == 2, "%u found, %u maps", found, maps);
  snn_test_run_clear (&result);
  for (guint i = 0; i < 2; i++) {
    count (i ? "b_map.nii" : "a_map.nii", counts);
    fail_unless (counts[0] == 0 && counts[1] == 64 && counts[2] == 125,
        "%u, %u, %u", counts[0], counts[1], counts[2]);
  }
}

GST_END_TEST;

/* What is sent, slice by slice. */
GST_START_TEST (test_stream)
{
  GstElement *pipeline;
  Trace trace;

  write_head ("a.nii", TRUE, TRUE);
  pipeline = snn_test_launch ("niftisrc location=#/heads ! " FINDER
      "axis=z size=6x8x10 spacing=0.5 ! fakesink name=sink", folder);
  trace_run (&trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  g_assert_no_error (trace.error);
  fail_unless_equals_int (trace.buffers->len, 20);
  fail_unless (strstr (trace.events->str, "begin0/1t(20)"), "%s",
      trace.events->str);
  for (guint i = 0; i < 20; i++) {
    const GstSnnSampleMeta *meta = meta_at (&trace, i);

    fail_unless_equals_string (meta->volume->subject, i < 10 ? "a_17" : "a_53");
    fail_unless_equals_int (meta->volume->part->which, i / 10);
    fail_unless_equals_int (meta->slice, i % 10);
    fail_unless_equals_int (gst_buffer_get_size (g_ptr_array_index
            (trace.buffers, i)), 6 * 8 * sizeof (float));
    fail_unless_equals_int (meta->sample, i);
    fail_unless_equals_int (meta->n_slices, 10);
    fail_unless_equals_int (meta->flags & GST_SNN_SAMPLE_LAST,
        i % 10 == 9 ? GST_SNN_SAMPLE_LAST : 0);
    fail_unless (meta->volume->zooms[2] == 0.5);
    fail_unless_equals_string (meta->volume->origin->subject, "a");
  }
  trace_clear (&trace);
}

GST_END_TEST;

/* Of a head of which a part comes, places are those in the world all the same. */
GST_START_TEST (test_part_of_a_head)
{
  static const gchar *const regions[] = { "", "roi=2:,4:,1:" };
  static const gchar *const names[] = { "x", "y", "z" };
  double centres[2][3];

  write_head ("a.nii", TRUE, TRUE);
  for (guint r = 0; r < G_N_ELEMENTS (regions); r++) {
    g_autofree gchar *description = g_strdup_printf ("niftisrc location=#/heads "
        "%s ! " FINDER "! fakesink", regions[r]);
    SnnTestRun result;

    snn_test_expect_eos (description, folder, &result);
    fail_unless_equals_int (result.structures->len, 1);
    for (guint k = 0; k < 3; k++)
      centres[r][k] = g_value_get_double (gst_value_array_get_value
          (gst_structure_get_value (result.structures->pdata[0], names[k]), 1));
    snn_test_run_clear (&result);
  }
  for (guint k = 0; k < 3; k++)
    fail_unless (fabs (centres[0][k] - centres[1][k]) < 1e-6, "%s: %g, in a part %g",
        names[k], centres[0][k], centres[1][k]);
}

GST_END_TEST;

/* What comes to the element named sink of @behind: slices of boxes of 8 voxels a
 * side, or @longer by one at both ends of @axis. */
static void
trace_slices (Trace *trace, guint axis, gboolean longer, const gchar *spacing,
    const gchar *behind)
{
  g_autofree gchar *description = g_strdup_printf ("niftisrc location=#/heads "
      "! " FINDER "axis=%c size=%ux%ux%u spacing=%s ! %s", "xyz"[axis],
      longer && axis == 0 ? 10 : 8, longer && axis == 1 ? 10 : 8,
      longer && axis == 2 ? 10 : 8, spacing, behind);
  GstElement *pipeline = snn_test_launch (description, folder);

  trace_run (trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  g_assert_no_error (trace->error);
}

/* Whether channel @c of 8 x 8 values is that slice. */
static gboolean
same_slice (GstBuffer *channels, guint c, GstBuffer *slice)
{
  GstMapInfo a, b;
  gboolean same = TRUE;

  fail_unless (gst_buffer_map (channels, &a, GST_MAP_READ));
  fail_unless (gst_buffer_map (slice, &b, GST_MAP_READ));
  fail_unless (a.size == 3 * 64 * sizeof (float)
      && b.size == 64 * sizeof (float));
  for (guint i = 0; i < 64; i++)
    same &= fabsf (((float *) a.data)[64 * c + i] - ((float *) b.data)[i])
        < 1e-3f;
  gst_buffer_unmap (channels, &a);
  gst_buffer_unmap (slice, &b);
  return same;
}

/* Of each axis, as the voxels are and resampled: the neighbours of the first and
 * the last slice of a box are those of the head, and the volume that slices say
 * they are of is the box as it is without neighbours. */
GST_START_TEST (test_neighbours)
{
  static const gchar *const spacings[] = { "1", "0.7" };
  static const float weights[] = { 0.f, 40.f, 0.f }, biases[] = { -10.f };
  const guint axis = (guint) __i__ % 3;
  const gchar *spacing = spacings[__i__ / 3];
  gchar name[] = { "xyz"[axis], '\0' };
  const gchar *const recipe[] = { "axis", name, "scaling", "unit", "context",
    "1", NULL
  };
  Trace plain, longer, trace;

  write_head ("a.nii", TRUE, TRUE);
  write_network ("context.nir", 3, 1, weights, biases, recipe);
  trace_slices (&plain, axis, FALSE, spacing, "fakesink name=sink");
  trace_slices (&longer, axis, TRUE, spacing, "fakesink name=sink");
  trace_slices (&trace, axis, FALSE, spacing,
      "anninference name=sink model=#/context.nir ! fakesink");
  fail_unless_equals_int (plain.buffers->len, 16);
  fail_unless_equals_int (longer.buffers->len, 20);
  fail_unless_equals_int (trace.buffers->len, 16);
  for (guint i = 0; i < 16; i++) {
    const SnnVolumeInfo *info = meta_at (&trace, i)->volume;
    const SnnVolumeInfo *same = meta_at (&plain, i)->volume;

    fail_unless (same_slice (trace.buffers->pdata[i], 1,
            plain.buffers->pdata[i]));
    for (guint c = 0; c < 3; c++)
      fail_unless (same_slice (trace.buffers->pdata[i], c,
              longer.buffers->pdata[i / 8 * 10 + i % 8 + c]),
          "%c, spacing %s: slice %u has another channel %u", name[0], spacing,
          i, c);
    fail_unless (memcmp (info->dims, same->dims, sizeof info->dims) == 0);
    fail_unless (memcmp (info->affine, same->affine, sizeof info->affine) == 0);
    fail_unless (memcmp (&info->statistics, &same->statistics,
            sizeof info->statistics) == 0);
    fail_unless (memcmp (&meta_at (&trace, i)->box, &meta_at (&plain, i)->box,
            sizeof (SnnBox)) == 0);
  }
  trace_clear (&plain);
  trace_clear (&longer);
  trace_clear (&trace);
}

GST_END_TEST;

/* A network that looks at its own slice alone makes the map that one without
 * neighbours makes. */
GST_START_TEST (test_map_with_neighbours)
{
  static const float weights[] = { 0.f, 40.f, 0.f }, biases[] = { -10.f };
  static const gchar *const recipe[] = { "axis", "x", "size", "8x8x8", "spacing",
    "1x1x1", "scaling", "unit", "context", "1", NULL
  };

  write_head ("a.nii", TRUE, TRUE);
  write_network ("context.nir", 3, 1, weights, biases, recipe);
  snn_test_expect_eos ("niftisrc location=#/heads ! " FINDER FINE
      "! niftisink location=#/plain.nii", folder, NULL);
  snn_test_expect_eos ("niftisrc location=#/heads ! " FINDER "! voxelnormalize "
      "! anninference model=#/context.nir ! niftisink location=#/context.nii",
      folder, NULL);
  fail_unless (snn_test_same_files (folder, "plain.nii", "context.nii"));
}

GST_END_TEST;

/* Without one structure the map is without it, and that is said; without both
 * there is none. */
GST_START_TEST (test_missing)
{
  guint counts[3];
  SnnTestRun result;

  write_head ("a.nii", FALSE, TRUE);
  write_head ("b.nii", FALSE, FALSE);
  snn_test_expect_eos ("niftisrc location=#/heads ! " FINDER FINE TO_FILES,
      folder, &result);
  fail_unless_equals_int (result.n_warnings, 3);
  fail_unless (strstr (result.warning, "b.nii: structure 53 was not found")
      != NULL, "%s", result.warning);
  fail_unless (gst_structure_has_name (g_ptr_array_index (result.structures,
              result.structures->len - 1), "snn-skipped")
      || gst_structure_has_name (g_ptr_array_index (result.structures,
              result.structures->len - 2), "snn-skipped"));
  snn_test_run_clear (&result);
  count ("a_map.nii", counts);
  fail_unless (counts[0] == 0 && counts[1] == 0 && counts[2] == 125);
  fail_if (snn_test_exists (folder, "b_map.nii"));
}

GST_END_TEST;

/* A row is a pipeline and what is said of it. */
GST_START_TEST (test_errors)
{
  static const struct
  {
    const gchar *description;
    const gchar *text;
  } rows[] = {
    {"niftisrc location=#/heads ! " FINDER "on-missing=stop ! fakesink",
        "a.nii: structure 17 was not found"},
    {"niftisrc location=#/heads ! regionfinder ! fakesink",
        "\"model\" is not set"},
    {"niftisrc location=#/heads ! regionfinder model=#/no.nir ! fakesink",
        "no.nir"},
    {"niftisrc location=#/heads ! regionfinder model=#/unsaid.nir ! fakesink",
        "axis=unknown"},
    {"niftisrc location=#/heads axis=x ! " FINDER "! fakesink",
        "axis=x contradicts"},
    {"niftisrc location=#/heads ! " FINDER "size=8x0x8 ! fakesink",
        "size=8x0x8 leaves"},
    {"niftisrc location=#/heads ! " FINDER "axis=y" FINE "! fakesink",
        "axis=y contradicts"},
    {"niftisrc location=#/heads ! " FINDER FINE "! niftisink "
          "location=#/map.nii content=probability", "no probabilities"},
  };

  write_head ("a.nii", FALSE, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GstElement *pipeline = snn_test_launch (rows[i].description, folder);
    SnnTestRun result;

    snn_test_run (pipeline, &result);
    fail_unless (result.error != NULL, "%s: no error", rows[i].description);
    fail_unless (strstr (result.error->message, rows[i].text) != NULL,
        "%s: %s", rows[i].description, result.error->message);
    fail_unless (result.n_errors == 1, "%s: %u errors", rows[i].description,
        result.n_errors);
    snn_test_run_clear (&result);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    gst_object_unref (pipeline);
  }
}

GST_END_TEST;

/* Files that are there are kept, and their heads are not even read. */
GST_START_TEST (test_kept)
{
  SnnTestRun result;
  guint counts[3];

  write_head ("a.nii", TRUE, TRUE);
  snn_test_expect_eos ("niftisrc location=#/heads ! " FINDER FINE TO_FILES,
      folder, NULL);
  write_head ("b.nii", TRUE, FALSE);
  snn_test_expect_eos ("niftisrc location=#/heads ! " FINDER FINE
      " ! niftisink location=#/%s_map.nii skip-existing=true", folder,
      &result);
  for (guint i = 0; i < result.structures->len; i++) {
    const GstStructure *s = g_ptr_array_index (result.structures, i);

    if (gst_structure_has_name (s, "regionfinder"))
      fail_unless_equals_string (gst_structure_get_string (s, "subject"), "b");
  }
  snn_test_run_clear (&result);
  count ("b_map.nii", counts);
  fail_unless (counts[1] == 64 && counts[2] == 0);
}

GST_END_TEST;

/* What a source says of its volumes is not so of slices. */
GST_START_TEST (test_queries)
{
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  GstQuery *query = gst_query_new_seeking (GST_FORMAT_DEFAULT);
  gboolean seekable = TRUE;
  gint64 value;

  write_head ("a.nii", TRUE, TRUE);
  pipeline = snn_test_launch ("niftisrc location=#/heads framerate=1/1 ! " FINDER
      "axis=z size=6x8x10 ! fakesink name=sink", folder);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
          snn_test_patience ()), GST_STATE_CHANGE_SUCCESS);
  fail_unless (gst_pad_peer_query (pad, query));
  gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
  gst_query_unref (query);
  fail_unless (!seekable);
  fail_unless (!gst_pad_peer_query_duration (pad, GST_FORMAT_DEFAULT, &value));
  fail_unless (!gst_pad_peer_query_position (pad, GST_FORMAT_DEFAULT, &value));
  fail_unless (!gst_pad_peer_query_convert (pad, GST_FORMAT_DEFAULT, 20,
          GST_FORMAT_TIME, &value));
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

static Suite *
regionfinder_suite (void)
{
  Suite *suite = suite_create ("regionfinder");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_heads_to_maps);
  tcase_add_test (tc, test_stream);
  tcase_add_test (tc, test_part_of_a_head);
  tcase_add_loop_test (tc, test_neighbours, 0, 6);
  tcase_add_test (tc, test_map_with_neighbours);
  tcase_add_test (tc, test_missing);
  tcase_add_test (tc, test_errors);
  tcase_add_test (tc, test_kept);
  tcase_add_test (tc, test_queries);
  return suite;
}

GST_CHECK_MAIN (regionfinder);
