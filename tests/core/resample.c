/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>

#include <snn/base/error.h>
#include <snn/base/random.h>
#include <snn/volumes/affine.h>
#include <snn/volumes/phantom.h>
#include <snn/volumes/resample.h>

static gsize
n_voxels (const SnnGrid *grid)
{
  return grid->dims[0] * grid->dims[1] * grid->dims[2];
}

static SnnGrid
make_grid (gsize x, gsize y, gsize z, double zoom)
{
  SnnGrid grid = {.dims = {x, y, z} };

  snn_affine_identity (grid.affine);
  for (guint i = 0; i < 3; i++)
    grid.affine[i][i] = zoom;
  return grid;
}

/* Values that are all different, and labels of which some are neighbours. */
static float *
make_image (gsize n)
{
  float *image = g_new (float, n);
  SnnRandom random;

  snn_random_init (&random, 3, SNN_RANDOM_PHANTOM, 0);
  for (gsize i = 0; i < n; i++)
    image[i] = (float) snn_random_normal (&random);
  return image;
}

static guint16 *
make_labels (gsize n)
{
  guint16 *labels = g_new (guint16, n);
  SnnRandom random;

  snn_random_init (&random, 3, SNN_RANDOM_PHANTOM, 1);
  for (gsize i = 0; i < n; i++)
    labels[i] = i > 0 && snn_random_double (&random) < 0.7 ? labels[i - 1]
        : 500 * snn_random_below (&random, 4);
  return labels;
}

/* Cases that tests/data/resample.py computed from the definitions. */
static void
get_grid (JsonObject *object, const gchar *dims, const gchar *affine,
    SnnGrid *grid)
{
  JsonArray *d = json_object_get_array_member (object, dims);
  JsonArray *a = json_object_get_array_member (object, affine);

  for (guint i = 0; i < 3; i++)
    grid->dims[i] = json_array_get_int_element (d, i);
  for (guint i = 0; i < 16; i++)
    grid->affine[i / 4][i % 4] = json_array_get_double_element (a, i);
}

static void
check_case (JsonObject *object)
{
  const gchar *name = json_object_get_string_member (object, "name");
  JsonArray *values = json_object_get_array_member (object, "values");
  JsonArray *labels = json_object_get_array_member (object, "labels");
  JsonArray *image = json_object_get_array_member (object, "image");
  JsonArray *majority = json_object_get_array_member (object, "majority");
  const float fill = (float) json_object_get_double_member (object, "fill");
  g_autofree float *from_image = NULL, *to_image = NULL;
  g_autofree guint16 *from_labels = NULL, *to_labels = NULL;
  GError *error = NULL;
  SnnGrid from, to;

  get_grid (object, "dims", "affine", &from);
  get_grid (object, "new_dims", "new_affine", &to);
  from_image = g_new (float, n_voxels (&from));
  from_labels = g_new (guint16, n_voxels (&from));
  to_image = g_new (float, n_voxels (&to));
  to_labels = g_new (guint16, n_voxels (&to));
  fail_unless_equals_int (json_array_get_length (values), n_voxels (&from));
  fail_unless_equals_int (json_array_get_length (image), n_voxels (&to));
  for (gsize i = 0; i < n_voxels (&from); i++) {
    from_image[i] = (float) json_array_get_double_element (values, i);
    from_labels[i] = json_array_get_int_element (labels, i);
  }
  snn_resample_image (from_image, &from, &to, fill, NULL, to_image, &error);
  g_assert_no_error (error);
  snn_resample_labels (from_labels, 2, &from, &to, 0, NULL, to_labels, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n_voxels (&to); i++) {
    double expected = json_array_get_double_element (image, i);

    fail_unless (fabs (to_image[i] - expected) < 2e-6,
        "%s: voxel %" G_GSIZE_FORMAT " is %.8g, not %.8g", name, i,
        to_image[i], expected);
    fail_unless (to_labels[i] == json_array_get_int_element (majority, i),
        "%s: voxel %" G_GSIZE_FORMAT " is labelled %u, not %d", name, i,
        to_labels[i], (gint) json_array_get_int_element (majority, i));
  }
}

GST_START_TEST (test_stored_cases)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("SNN_TEST_DATA"),
      "resample.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  GError *error = NULL;
  JsonArray *cases;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  cases = json_node_get_array (json_parser_get_root (parser));
  fail_unless (json_array_get_length (cases) >= 14);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    check_case (json_array_get_object_element (cases, i));
}

GST_END_TEST;

/* The same grid gives the same bytes, whatever they are; so do grids as equal
 * as two spellings of one affine in float32 are. */
GST_START_TEST (test_equal_grids_give_the_same_bytes)
{
  SnnGrid from = make_grid (5, 4, 3, 0.7), to = from;
  g_autofree float *image = make_image (60);
  g_autofree guint16 *labels = make_labels (60);
  float moved[60];
  guint16 voted[60];
  GError *error = NULL;

  image[7] = NAN;
  image[8] = -INFINITY;
  image[9] = 1e-44f;
  image[10] = -0.f;
  for (guint i = 0; i < 2; i++) {
    fail_unless (snn_grid_equal (&from, &to));
    snn_resample_image (image, &from, &to, 0.f, NULL, moved, &error);
    g_assert_no_error (error);
    snn_resample_labels (labels, 2, &from, &to, 0, NULL, voted, &error);
    g_assert_no_error (error);
    fail_unless (memcmp (image, moved, sizeof moved) == 0);
    fail_unless (memcmp (labels, voted, sizeof voted) == 0);
    to.affine[0][0] = 0.7f;
    to.affine[0][1] = 1e-6;
    to.affine[1][3] = -2e-6;
  }
  to.affine[1][3] = 0.01;
  fail_if (snn_grid_equal (&from, &to));
}

GST_END_TEST;

/* Moved by whole voxels, values are what they were, and what comes in is the
 * fill. */
GST_START_TEST (test_whole_voxels_change_no_value)
{
  SnnGrid from = make_grid (5, 4, 3, 2.), to = from;
  g_autofree float *image = make_image (60);
  float moved[60];
  GError *error = NULL;

  image[0] = NAN;
  to.affine[0][3] = 2. * 2.;
  to.affine[2][3] = -1. * 2.;
  snn_resample_image (image, &from, &to, 42.f, NULL, moved, &error);
  g_assert_no_error (error);
  for (gsize z = 0; z < 3; z++)
    for (gsize y = 0; y < 4; y++)
      for (gsize x = 0; x < 5; x++) {
        float found = moved[(z * 4 + y) * 5 + x];

        if (x + 2 > 4 || z < 1)
          fail_unless (found == 42.f);
        else
          fail_unless (found == image[((z - 1) * 4 + y) * 5 + x + 2]);
      }
}

GST_END_TEST;

/* What a table of grids gives with one thread and with three, is the same; and
 * the quick way, where axes are parallel, agrees with the one for any angle,
 * which a turn too small to matter takes. */
GST_START_TEST (test_threads_and_ways_agree)
{
  static const struct
  {
    const gchar *name;
    double zoom, x, y, z;
  } rows[] = {
    {"finer", 0.41, 0.1, -0.2, 0.3},
    {"same size", 1., 0.37, 0.21, -0.4},
    {"coarser", 1.7, -1., 2., 0.5},
    {"much coarser", 4.3, 0., 0., 0.},
  };
  const SnnGrid from = make_grid (23, 19, 17, 1.);
  g_autofree float *image = make_image (n_voxels (&from));
  g_autofree guint16 *labels = make_labels (n_voxels (&from));
  g_autoptr (SnnPool) pool = snn_pool_new (3);
  GError *error = NULL;

  for (guint row = 0; row < G_N_ELEMENTS (rows); row++) {
    SnnGrid to = make_grid (24, 20, 18, rows[row].zoom), turned;
    gsize n = n_voxels (&to), different = 0;
    g_autofree float *one = g_new (float, n), *three = g_new (float, n);
    g_autofree guint16 *one_l = g_new (guint16, n);
    g_autofree guint16 *three_l = g_new (guint16, n);

    to.affine[0][3] = rows[row].x;
    to.affine[1][3] = rows[row].y;
    to.affine[2][3] = rows[row].z;
    snn_resample_image (image, &from, &to, 9.f, NULL, one, &error);
    snn_resample_image (image, &from, &to, 9.f, pool, three, &error);
    snn_resample_labels (labels, 2, &from, &to, 7, NULL, one_l, &error);
    snn_resample_labels (labels, 2, &from, &to, 7, pool, three_l, &error);
    g_assert_no_error (error);
    fail_unless (memcmp (one, three, n * sizeof (float)) == 0, "%s",
        rows[row].name);
    fail_unless (memcmp (one_l, three_l, n * 2) == 0, "%s", rows[row].name);

    turned = to;
    turned.affine[0][2] = 1e-5;
    snn_resample_image (image, &from, &turned, 9.f, pool, three, &error);
    snn_resample_labels (labels, 2, &from, &turned, 7, pool, three_l, &error);
    g_assert_no_error (error);
    for (gsize i = 0; i < n; i++) {
      fail_unless (fabs (one[i] - three[i]) < 2e-3, "%s: %g and %g",
          rows[row].name, one[i], three[i]);
      different += one_l[i] != three_l[i];
    }
    fail_unless (different <= n / 500, "%s: %" G_GSIZE_FORMAT " labels differ",
        rows[row].name, different);
  }
}

GST_END_TEST;

/* Labels of any size are only ever compared: all give what bytes give, and no
 * label comes out that did not go in. */
GST_START_TEST (test_labels_of_all_sizes)
{
  const SnnGrid from = make_grid (9, 8, 7, 1.), to = make_grid (6, 6, 5, 1.4);
  g_autofree guint16 *two = make_labels (n_voxels (&from));
  guint8 one[9 * 8 * 7], out_one[6 * 6 * 5];
  gint32 four[9 * 8 * 7], out_four[6 * 6 * 5];
  guint16 out_two[6 * 6 * 5];
  GError *error = NULL;

  for (gsize i = 0; i < n_voxels (&from); i++) {
    one[i] = two[i] / 500;
    four[i] = two[i] / 500 - 2;
  }
  snn_resample_labels (one, 1, &from, &to, 0, NULL, out_one, &error);
  snn_resample_labels (two, 2, &from, &to, 0, NULL, out_two, &error);
  snn_resample_labels (four, 4, &from, &to, (guint32) -2, NULL, out_four,
      &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n_voxels (&to); i++) {
    fail_unless_equals_int (out_two[i], 500 * out_one[i]);
    /* Shares that are equal may go to another label, as -2 is the largest
     * of unsigned numbers. */
    fail_unless (out_four[i] >= -2 && out_four[i] <= 1);
  }
}

GST_END_TEST;

GST_START_TEST (test_respace)
{
  const double same[3] = { 0., 1.0005, 1. }, half[3] = { 0.5, 0.5, 0.5 };
  const double two[3] = { 2., 2., 2. }, huge[3] = { 400., 0., 0. };
  const double negative[3] = { -1., 1., 1. }, none[3] = { 1., NAN, 1. };
  const double tiny[3] = { 1e-9, 1., 1. };
  SnnGrid grid = make_grid (35, 50, 36, 1.), to;
  GError *error = NULL;
  double zooms[3];

  snn_affine_rotate (grid.affine, 1, 0.3);
  fail_unless (snn_grid_respace (&grid, same, &to, &error));
  fail_unless (memcmp (&grid, &to, sizeof to) == 0);

  fail_unless (snn_grid_respace (&grid, half, &to, &error));
  fail_unless_equals_int (to.dims[0], 70);
  fail_unless_equals_int (to.dims[1], 100);
  snn_grid_zooms (&to, zooms);
  for (guint i = 0; i < 3; i++)
    fail_unless (fabs (zooms[i] - 0.5) < 1e-12);

  /* The centre stays. */
  fail_unless (snn_grid_respace (&grid, two, &to, &error));
  fail_unless_equals_int (to.dims[0], 18);
  for (guint i = 0; i < 2; i++) {
    const SnnGrid *g = i ? &to : &grid;
    double centre[3];

    for (guint k = 0; k < 3; k++)
      centre[k] = ((double) g->dims[k] - 1.) / 2.;
    snn_affine_apply (g->affine, centre, centre);
    snn_affine_apply (grid.affine, (double[3]) { 17., 24.5, 17.5 }, zooms);
    for (guint k = 0; k < 3; k++)
      fail_unless (fabs (centre[k] - zooms[k]) < 1e-9);
  }

  fail_unless (snn_grid_respace (&grid, huge, &to, &error));
  fail_unless_equals_int (to.dims[0], 1);
  fail_if (snn_grid_respace (&grid, negative, &to, &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_NUMERIC);
  g_clear_error (&error);
  fail_if (snn_grid_respace (&grid, none, &to, &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_NUMERIC);
  g_clear_error (&error);
  fail_if (snn_grid_respace (&grid, tiny, &to, &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
}

GST_END_TEST;

GST_START_TEST (test_flat_affine_is_refused)
{
  SnnGrid from = make_grid (2, 2, 2, 1.), to = make_grid (2, 2, 1, 1.);
  const float image[8] = { 0.f, };
  float out[4];
  GError *error = NULL;

  for (guint i = 0; i < 4; i++)
    from.affine[1][i] = 0.;
  fail_if (snn_resample_image (image, &from, &to, 0.f, NULL, out, &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_NUMERIC);
  g_clear_error (&error);
}

GST_END_TEST;

/* A body has the volume that it had on finer and on coarser voxels, and comes
 * back nearly as it was; facts about the new volume are its own. */
GST_START_TEST (test_phantom_there_and_back)
{
  static const double zooms[] = { 0.5, 0.8, 1.5 };
  g_autoptr (SnnVolume) phantom = snn_phantom_new (1, 2, 0.06);
  double cubic_mm = (double) phantom->info->n_label_voxels;
  GError *error = NULL;
  SnnGrid own;

  snn_grid_from_info (&own, phantom->info);
  for (guint i = 0; i < G_N_ELEMENTS (zooms); i++) {
    const double size[3] = { zooms[i], zooms[i], zooms[i] };
    g_autoptr (SnnVolume) there = NULL, back = NULL;
    g_autofree SnnStatistics *statistics = g_new (SnnStatistics, 1);
    guint64 both = 0;
    SnnGrid grid;
    double dice;

    snn_grid_respace (&own, size, &grid, &error);
    g_assert_no_error (error);
    there = snn_volume_resample (phantom, &grid, NULL, &error);
    g_assert_no_error (error);
    fail_unless (g_str_equal (there->info->subject, phantom->info->subject)
        && fabs (there->info->zooms[1] - zooms[i]) < 1e-9, "%g mm: %s of %g mm",
        zooms[i], there->info->subject, there->info->zooms[1]);
    fail_unless (fabs (there->info->n_label_voxels * pow (zooms[i], 3.)
            / cubic_mm - 1.) < 0.03, "%g mm: %g of %g", zooms[i],
        there->info->n_label_voxels * pow (zooms[i], 3.), cubic_mm);
    snn_statistics_compute (statistics, there->image, n_voxels (&grid));
    fail_unless (memcmp (statistics, &there->info->statistics,
            sizeof *statistics) == 0, "%g mm", zooms[i]);

    back = snn_volume_resample (there, &own, NULL, &error);
    g_assert_no_error (error);
    for (gsize k = 0; k < n_voxels (&own); k++)
      both += back->mask[k] && phantom->mask[k];
    dice = 2. * both / (back->info->n_label_voxels + cubic_mm);
    fail_unless (dice > (zooms[i] > 1. ? 0.93 : 0.98), "%g mm: Dice %g",
        zooms[i], dice);
  }
}

GST_END_TEST;

GST_START_TEST (test_affines)
{
  double m[4][4], inverse[4][4], p[3] = { 1., 2., 3. };

  snn_affine_identity (m);
  snn_affine_scale (m, (double[3]) { 2., 3., -1. });
  snn_affine_rotate (m, 2, G_PI / 2.);
  snn_affine_move (m, (double[3]) { 1., 1., 1. });
  snn_affine_apply (m, p, p);
  /* (2, 6, -3), turned from x to y, moved. */
  fail_unless (fabs (p[0] + 5.) < 1e-12 && fabs (p[1] - 3.) < 1e-12
      && fabs (p[2] + 2.) < 1e-12);
  fail_unless (snn_affine_invert (m, inverse));
  snn_affine_apply (inverse, p, p);
  for (guint i = 0; i < 3; i++)
    fail_unless (fabs (p[i] - (i + 1.)) < 1e-12);
  snn_affine_multiply (inverse, m, m);
  for (guint i = 0; i < 16; i++)
    fail_unless (fabs (m[i / 4][i % 4] - (i % 5 == 0)) < 1e-12);
  m[2][2] = NAN;
  fail_if (snn_affine_invert (m, inverse));
}

GST_END_TEST;

static Suite *
resample_suite (void)
{
  Suite *suite = suite_create ("resample");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_affines);
  tcase_add_test (tc, test_stored_cases);
  tcase_add_test (tc, test_equal_grids_give_the_same_bytes);
  tcase_add_test (tc, test_whole_voxels_change_no_value);
  tcase_add_test (tc, test_threads_and_ways_agree);
  tcase_add_test (tc, test_labels_of_all_sizes);
  tcase_add_test (tc, test_respace);
  tcase_add_test (tc, test_flat_affine_is_refused);
  tcase_add_test (tc, test_phantom_there_and_back);
  return suite;
}

GST_CHECK_MAIN (resample);
