/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include <gst/check/gstcheck.h>

#include <snn/base/error.h>
#include <snn/base/random.h>
#include <snn/graph/builder.h>
#include <snn/run/engine.h>
#include <snn/volumes/affine.h>
#include <snn/volumes/component.h>
#include <snn/volumes/finder.h>
#include <snn/volumes/nifti-read.h>
#include <snn/volumes/part.h>
#include <snn/volumes/part-map.h>
#include "tests/folder.h"

/* What is found in volumes, and maps that are put together from it. */

/* A row is a plane of 6 x 3 values in tenths, and the component that is the
 * largest above 0.5. */
GST_START_TEST (test_components)
{
  static const struct
  {
    const gchar *values;
    guint n;
    double mean;
    double x;
    double y;
  } rows[] = {
    {"000000" "000000" "000000", 0, 0., 0., 0.},
    {"000000" "005000" "000000", 0, 0., 0., 0.},
    {"600000" "000000" "000006", 1, 0.6, 0., 0.},
    {"660060" "000060" "000060", 3, 0.6, 4., 1.},
    {"600000" "060000" "006600", 2, 0.6, 2.5, 2.},
    {"669000" "000000" "000000", 3, 0.7, (6. + 18.) / 21., 0.},
    {"999999" "000009" "999999", 13, 0.9, 35. / 13., 1.},
    {"000006" "600000" "000000", 1, 0.6, 5., 0.},
  };
  const gsize dims[3] = { 6, 3, 1 };

  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    float values[18];
    guint8 mask[18];
    SnnComponent found;
    guint marked = 0;

    for (guint i = 0; i < 18; i++)
      values[i] = (float) (rows[r].values[i] - '0') / 10.f;
    fail_unless (snn_component_largest (values, dims, 0.5f, mask, &found,
            NULL));
    for (guint i = 0; i < 18; i++) {
      fail_unless (!mask[i] || values[i] > 0.5f, "row %u", r);
      marked += mask[i];
    }
    fail_unless (found.n == rows[r].n && marked == found.n
        && fabs (found.mean - rows[r].mean) < 1e-6
        && fabs (found.centre[0] - rows[r].x) < 1e-6
        && fabs (found.centre[1] - rows[r].y) < 1e-6 && found.centre[2] == 0.,
        "row %u: %u voxels of %g at %g, %g", r, (guint) found.n, found.mean,
        found.centre[0], found.centre[1]);
  }
}

GST_END_TEST;

static void
run (SnnNetwork *network, const float *values, float *logits)
{
  SnnEngine *engine = snn_engine_new (network, 1);
  const SnnInput input = { values, SNN_VALUE_FLOAT32, 1 };

  fail_unless (snn_engine_run (engine, 1, &input, NULL, &logits, NULL, NULL));
  snn_engine_unref (engine);
}

/* On a larger frame the network is the same: what is far enough from the border
 * does not change, and back at the old size all values are the old ones. */
GST_START_TEST (test_resized)
{
  const SnnShape small = {.channels = 1,.height = 40,.width = 40 };
  g_autoptr (SnnNetwork) unet = snn_network_new_unet (small, 2, 2, 1, NULL);
  g_autoptr (SnnNetwork) larger = NULL;
  g_autoptr (SnnNetwork) back = NULL;
  g_autoptr (SnnNetwork) vgg = NULL;
  g_autoptr (GError) error = NULL;
  float image[40 * 40], wide[40 * 48] = { 0.f, };
  float plain[40 * 40], again[40 * 40], other[40 * 48];
  SnnRandom random;

  snn_network_init_weights (unet, 3);
  snn_network_set_metadata (unet, "axis", "y");
  fail_unless_equals_int (snn_network_reduction (unet).height, 4);
  larger = snn_network_resized (unet, 0, 40, 48, &error);
  g_assert_no_error (error);
  fail_unless_equals_string (snn_network_metadata (larger, "axis"), "y");
  fail_unless_equals_int (snn_network_output (larger).width, 48);
  back = snn_network_resized (larger, 0, 40, 40, &error);
  g_assert_no_error (error);
  snn_random_init (&random, 1, SNN_RANDOM_WEIGHTS, 0);
  for (guint i = 0; i < G_N_ELEMENTS (image); i++) {
    image[i] = (float) snn_random_double (&random);
    wide[i / 40 * 48 + i % 40] = image[i];
  }
  run (unet, image, plain);
  run (back, image, again);
  run (larger, wide, other);
  fail_unless (memcmp (plain, again, sizeof plain) == 0);
  /* 22 pixels: two convolutions of 1 at each level, of 2 at half the size and of
   * 4 at a quarter, there and back. */
  for (guint y = 0; y < 40; y++)
    fail_unless (memcmp (plain + y * 40, other + y * 48, 12 * sizeof *plain)
        == 0);

  fail_unless (snn_network_resized (unet, 0, 41, 40, &error) == NULL);
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
  g_clear_error (&error);
  vgg = snn_network_new_vgg5 ((SnnShape) {.channels = 3,.height = 32,
      .width = 32}, 10, NULL);
  fail_unless (snn_network_resized (vgg, 0, 64, 64, &error) == NULL);
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
}

GST_END_TEST;

/* A network that knows structures by their intensities: 0 is background, 1/2 the
 * first and 1 the second. */
static SnnNetwork *
make_finder (void)
{
  static const float weights[] = { 0.f, 40.f, 80.f };
  static const float biases[] = { 0.f, -10.f, -40.f };
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, 4, 4 });
  SnnNetwork *network =
      snn_builder_end (b, snn_builder_conv2d (b, "conv", 3, 1, at), NULL);
  SnnNode *conv = snn_network_find (network, "conv");

  snn_network_add_bias (network);
  memcpy (conv->weight, weights, sizeof weights);
  memcpy (snn_node_parameter (conv, "bias")->values, biases, sizeof biases);
  return network;
}

#define X 30
#define Y 22
#define Z 18

static void
fill_box (float *values, const guint low[3], const guint high[3], float value)
{
  for (guint z = low[2]; z < high[2]; z++)
    for (guint y = low[1]; y < high[1]; y++)
      for (guint x = low[0]; x < high[0]; x++)
        values[(z * Y + y) * X + x] = value;
}

/* A volume of 2 mm with two boxes that are structures, and less of the first
 * beside them, on a grid that is turned a little. */
static float *
make_volume (SnnGrid *grid)
{
  float *values = g_new0 (float, X * Y * Z);

  *grid = (SnnGrid) {.dims = {X, Y, Z},.affine = {{2., 0.1, 0., -31.},
      {-0.1, 2., 0., -19.}, {0., 0., 2., 7.}, {0., 0., 0., 1.}
    }
  };
  fill_box (values, (const guint[]) {4, 5, 6}, (const guint[]) {10, 12, 11},
      50.f);
  fill_box (values, (const guint[]) {18, 6, 3}, (const guint[]) {24, 15, 9},
      100.f);
  fill_box (values, (const guint[]) {12, 16, 14}, (const guint[]) {14, 18, 16},
      50.f);
  return values;
}

static void
expect_at (const SnnGrid *grid, const double centre[3], double x, double y,
    double z, double tolerance)
{
  const double at[3] = { x, y, z };

  for (guint i = 0; i < 3; i++) {
    double expected = grid->affine[i][3];

    for (guint k = 0; k < 3; k++)
      expected += grid->affine[i][k] * at[k];
    fail_unless (fabs (centre[i] - expected) <= tolerance,
        "axis %u: %g where %g was expected", i, centre[i], expected);
  }
}

/* Whatever the axis, the voxels and the threads, centres are those of the boxes. */
GST_START_TEST (test_find)
{
  g_autoptr (SnnNetwork) network = make_finder ();
  SnnGrid grid;
  g_autofree float *values = make_volume (&grid);

  for (guint i = 0; i < 9; i++) {
    const double zoom = i < 3 ? 0. : i < 6 ? 1.5 : 4.;
    const SnnFinderSettings settings = {
      .axis = i % 3,.zooms = {zoom, zoom, zoom},.mode = SNN_NORMALIZE_UNIT,
      .lower = 0.,.upper = 100.,.cut_off = 0.5f,.least = 700.,.threads = 1 + i % 3
    };
    const double tolerance = i < 3 ? 1e-3 : i < 6 ? 0.4 : 1.;
    SnnFinder *finder = snn_finder_new (network, &settings, NULL);
    SnnFinding findings[2];
    g_autoptr (GError) error = NULL;

    fail_unless_equals_int (snn_finder_n_structures (finder), 2);
    for (guint again = 0; again < 2; again++) {
      fail_unless (snn_finder_find (finder, &grid, values, 0.f, findings, NULL,
              &error));
      fail_unless (findings[0].found && findings[1].found);
      fail_unless (findings[1].probability > 0.8);
      /* Between two sizes of voxels the border of the bright box looks like the
       * other one. */
      if (i < 3)
        expect_at (&grid, findings[0].centre, 6.5, 8., 8., tolerance);
      expect_at (&grid, findings[1].centre, 20.5, 10., 5.5, tolerance);
    }
    if (i < 3)
      fail_unless (fabs (findings[0].mm3 - 210. * 8.) < 10.
          && fabs (findings[1].mm3 - 324. * 8.) < 10.);
    snn_finder_free (finder);
  }
}

GST_END_TEST;

GST_START_TEST (test_not_found)
{
  g_autoptr (SnnNetwork) network = make_finder ();
  SnnGrid grid;
  g_autofree float *values = make_volume (&grid);
  SnnFinderSettings settings = {.axis = SNN_AXIS_Y,.mode = SNN_NORMALIZE_UNIT,
    .upper = 100.,.cut_off = 0.5f,.least = 2000.
  };
  g_autoptr (SnnNetwork) volumes = snn_network_new_unet ((SnnShape) { 1, 8, 8, 4 },
      2, 1, 1, NULL);
  SnnFinder *finder = snn_finder_new (network, &settings, NULL);
  SnnFinding findings[2];
  g_autoptr (GError) error = NULL;
  const gint cancel = 1;

  fail_unless (snn_finder_find (finder, &grid, values, 0.f, findings, NULL,
          NULL));
  fail_unless (!findings[0].found && findings[0].mm3 > 1600.);
  fail_unless (findings[1].found);
  fail_unless (!snn_finder_find (finder, &grid, values, 0.f, findings, &cancel,
          &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_CANCELLED);
  g_clear_error (&error);
  snn_finder_free (finder);

  settings.context = 1;
  fail_unless (snn_finder_new (network, &settings, &error) == NULL);
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
  g_clear_error (&error);
  settings.context = 0;
  fail_unless (snn_finder_new (volumes, &settings, &error) == NULL);
  fail_unless (strstr (error->message, "4 slices together"), "%s",
      error->message);
}

GST_END_TEST;

/* Voxels as large as the whole's are the whole's; others have their middle where
 * it was asked for. */
GST_START_TEST (test_part_grid)
{
  const double centre[3] = { 3.3, 1.2, 20. };
  const gsize dims[3] = { 6, 5, 4 };
  SnnGrid whole, part;
  g_autofree float *values = make_volume (&whole);

  for (guint i = 0; i < 2; i++) {
    const double zooms[3] = { 0., i ? 1. : 0., 2. };
    double zoom[3];

    fail_unless (snn_part_grid (&whole, centre, dims, zooms, &part, NULL));
    snn_grid_zooms (&part, zoom);
    fail_unless (fabs (zoom[1] - (i ? 1. : 2.)) < 0.01);
    expect_at (&part, centre, 2.5, 2., 1.5, 1.1);
    for (guint k = 0; k < 3 && !i; k++) {
      double steps = (part.affine[2][3] - whole.affine[2][3]) / 2.;

      fail_unless (fabs (steps - round (steps)) < 1e-9);
    }
  }
}

GST_END_TEST;

static SnnVolume *
make_part (SnnVolumeInfo *whole, const SnnGrid *grid, const float *values,
    guint which, const double middle[3])
{
  const SnnPart part = {.classes = {.n = 2,.values = {17, 53}},.which = which,
    .n_parts = 2
  };
  const gsize dims[3] = { 24, 26, 22 };
  const double zooms[3] = { 1., 1., 1. };
  double centre[3];
  SnnVolume *volume;
  SnnGrid own;

  for (guint i = 0; i < 3; i++) {
    centre[i] = grid->affine[i][3];
    for (guint k = 0; k < 3; k++)
      centre[i] += grid->affine[i][k] * middle[k];
  }
  fail_unless (snn_part_grid (grid, centre, dims, zooms, &own, NULL));
  volume = snn_part_new (whole, grid, values, &part, &own, 0.f, NULL, NULL);
  fail_unless (volume != NULL);
  fail_unless (snn_volume_info_whole (volume->info) == whole);
  return volume;
}

/* From boxes of finer voxels back to the whole: each structure with its value,
 * without what hangs together less. */
GST_START_TEST (test_part_map)
{
  static const double middles[2][3] = { {6.5, 8., 8.}, {20.5, 10., 5.5} };
  g_autoptr (SnnVolumeInfo) whole = snn_volume_info_new ("head");
  g_autofree gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "map.nii", NULL);
  g_autoptr (SnnVolume) written = NULL;
  SnnVolume *parts[2];
  g_autoptr (GError) error = NULL;
  SnnPartMap *map = NULL;
  SnnGrid grid;
  g_autofree float *values = make_volume (&grid);
  guint n, wrong = 0;

  memcpy (whole->dims, grid.dims, sizeof grid.dims);
  memcpy (whole->affine, grid.affine, sizeof grid.affine);
  for (guint p = 0; p < 2; p++) {
    const float level = p ? 100.f : 50.f;
    float *image;

    parts[p] = make_part (whole, &grid, values, p, middles[p]);
    fail_unless_equals_string (parts[p]->info->subject,
        p ? "head_53" : "head_17");
    image = parts[p]->image;
    for (gsize i = 0; i < 24 * 26 * 22; i++)
      image[i] = MIN (image[i] / level, 1.f);
    if (!map)
      map = snn_part_map_new (parts[p]->info, &error);
    g_assert_no_error (error);
    fail_unless (snn_part_map_takes (map, parts[p]->info));
    fail_if (snn_part_map_is_whole (map));
    fail_unless (snn_part_map_add (map, parts[p]->info, image, 0.5f, &error));
  }
  fail_if (snn_volume_info_same (parts[0]->info, parts[1]->info));
  fail_if (snn_part_map_takes (map, whole));
  fail_unless (snn_part_map_is_whole (map));
  fail_unless_equals_int (snn_part_map_count (map, &n), 2);
  fail_unless (snn_part_map_write (map, path, &error));
  snn_part_map_free (map);
  snn_volume_unref (parts[0]);
  snn_volume_unref (parts[1]);
  written = snn_nifti_load (path, 0, NULL, &error);
  g_assert_no_error (error);
  fill_box (values, (const guint[]) {12, 16, 14}, (const guint[]) {14, 18, 16},
      0.f);
  for (gsize i = 0; i < X * Y * Z; i++)
    wrong += written->image[i] != (values[i] > 75.f ? 53.f : values[i] > 25.f
        ? 17.f : 0.f);
  fail_unless (wrong == 0, "%u voxels are of another structure", wrong);
  snn_test_folder_free (g_steal_pointer (&folder));
}

GST_END_TEST;

/* Whether the middle of voxel @at of @grid lies in @part. */
static gboolean
is_within (const SnnGrid *grid, const double at[3], const SnnVolumeInfo *part)
{
  double back[4][4], place[3];
  gboolean within = TRUE;

  snn_affine_apply (grid->affine, at, place);
  fail_unless (snn_affine_invert (part->affine, back));
  snn_affine_apply (back, place, place);
  for (guint k = 0; k < 3; k++)
    within &= place[k] > -0.5 && place[k] < (double) part->dims[k] - 0.5;
  return within;
}

/* Structures that fill their boxes, whose borders are those of voxels, are in the map up
 * to these, and where boxes overlap the first to come is. */
GST_START_TEST (test_full_parts)
{
  static const double middles[2][3] = { {9.5, 9., 8.}, {15.5, 10., 9.} };
  g_autoptr (SnnVolumeInfo) whole = snn_volume_info_new ("head");
  g_autofree gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "map.nii", NULL);
  g_autoptr (SnnVolume) written = NULL;
  SnnVolume *parts[2];
  SnnPartMap *map = NULL;
  SnnGrid grid;
  g_autofree float *values = make_volume (&grid);
  guint wrong = 0, both = 0;

  memcpy (whole->dims, grid.dims, sizeof grid.dims);
  memcpy (whole->affine, grid.affine, sizeof grid.affine);
  for (guint p = 0; p < 2; p++) {
    parts[p] = make_part (whole, &grid, values, p, middles[p]);
    for (gsize i = 0; i < 24 * 26 * 22; i++)
      parts[p]->image[i] = 1.f;
    if (!map)
      map = snn_part_map_new (parts[p]->info, NULL);
    fail_unless (snn_part_map_add (map, parts[p]->info, parts[p]->image, 0.5f, NULL));
  }
  fail_unless (snn_part_map_write (map, path, NULL));
  written = snn_nifti_load (path, 0, NULL, NULL);
  for (guint i = 0; i < X * Y * Z; i++) {
    const double at[3] = { i % X, i / X % Y, i / X / Y };
    const gboolean first = is_within (&grid, at, parts[0]->info);
    const gboolean second = is_within (&grid, at, parts[1]->info);

    wrong += written->image[i] != (first ? 17.f : second ? 53.f : 0.f);
    both += first && second;
  }
  fail_unless (wrong == 0 && both > 0, "%u voxels are of another structure, %u of "
      "both", wrong, both);
  snn_part_map_free (map);
  snn_volume_unref (parts[0]);
  snn_volume_unref (parts[1]);
  snn_test_folder_free (g_steal_pointer (&folder));
}

GST_END_TEST;

static Suite *
finder_suite (void)
{
  Suite *suite = suite_create ("finder");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_components);
  tcase_add_test (tc, test_resized);
  tcase_add_test (tc, test_find);
  tcase_add_test (tc, test_not_found);
  tcase_add_test (tc, test_part_grid);
  tcase_add_test (tc, test_part_map);
  tcase_add_test (tc, test_full_parts);
  return suite;
}

GST_CHECK_MAIN (finder);
