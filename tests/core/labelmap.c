/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include <gst/check/gstcheck.h>

#include <snn/base/error.h>
#include <snn/volumes/labelmap.h>
#include "tests/shared-data.h"

#define SIDE 48

static const guint both[] = { 17, 53 };
static const guint left[] = { 17 };

/* A head of 1 mm: a ball of skin around one of CSF, white matter to the left
 * and to the right, and in each an ellipsoid of hippocampus, the left one the
 * larger. */
static SnnVolume *
make_volume (void)
{
  SnnVolumeInfo *info = snn_volume_info_new ("map");
  float *image = g_new0 (float, SIDE * SIDE * SIDE);
  gsize i = 0;

  for (gint z = 0; z < SIDE; z++)
    for (gint y = 0; y < SIDE; y++)
      for (gint x = 0; x < SIDE; x++, i++) {
        double a = x - 23.5, b = y - 23.5, c = z - 23.5;
        double radius = sqrt (a * a + b * b + c * c);
        double dx = fabs (a) - 7., size = a < 0. ? 5. : 4.;
        double ellipsoid = dx * dx + b * b / 4. + (c + 3.) * (c + 3.);

        if (radius < 22.)
          image[i] = 507.f;
        if (radius < 18.)
          image[i] = 24.f;
        if (radius < 17.)
          image[i] = a < 0. ? 2.f : 41.f;
        if (ellipsoid < size * size)
          image[i] = a < 0. ? 17.f : 53.f;
      }
  for (guint k = 0; k < 3; k++)
    info->dims[k] = SIDE;
  return snn_volume_new (info, image, NULL);
}

static SnnLabelMap *
make_map (void)
{
  g_autoptr (SnnVolume) volume = make_volume ();
  GError *error = NULL;
  SnnLabelMap *map = snn_label_map_new (volume, &error);

  g_assert_no_error (error);
  return map;
}

/* Heads of 1 mm that fit around the map. */
static void
small_heads (SnnHeads *heads)
{
  snn_heads_init (heads);
  for (guint i = 0; i < 3; i++)
    heads->dims[i] = 56;
  heads->zoom = 1.;
  heads->shift = 1.;
  heads->deformation = 1.;
  heads->labels = both;
  heads->n_labels = 2;
}

static gsize
n_voxels (const SnnVolume *volume)
{
  return volume->info->dims[0] * volume->info->dims[1]
      * volume->info->dims[2];
}

static gboolean
same (const SnnVolume *a, const SnnVolume *b)
{
  return n_voxels (a) == n_voxels (b)
      && memcmp (a->image, b->image, n_voxels (a) * sizeof (float)) == 0
      && memcmp (a->mask, b->mask, n_voxels (a)) == 0;
}

GST_START_TEST (test_same_arguments_same_head)
{
  g_autoptr (SnnLabelMap) map = make_map ();
  g_autoptr (SnnPool) pool = snn_pool_new (3);
  SnnHeads heads;

  small_heads (&heads);
  heads.low_resolution = 3.;
  for (guint i = 0; i < 2; i++) {
    g_autoptr (SnnVolume) a = snn_head_new (map, &heads, 3, 5, NULL);
    g_autoptr (SnnVolume) again = snn_head_new (map, &heads, 3, 5, pool);
    g_autoptr (SnnVolume) other = snn_head_new (map, &heads, 3, 6, pool);
    g_autoptr (SnnVolume) reseeded = snn_head_new (map, &heads, 4, 5, pool);

    fail_unless (same (a, again), "%g mm", heads.zoom);
    fail_if (same (a, other));
    fail_if (same (a, reseeded));
    fail_unless_equals_string (a->info->subject, "head-00005");
    heads.zoom = 2.;
    heads.dims[0] = 30;
  }
}

GST_END_TEST;

/* What the facts about a head say is what its voxels say; values are finite,
 * whatever is drawn. */
GST_START_TEST (test_heads_are_as_described)
{
  g_autoptr (SnnLabelMap) map = make_map ();
  g_autofree SnnStatistics *statistics = g_new (SnnStatistics, 1);
  SnnHeads heads;

  small_heads (&heads);
  heads.stripped = 0.5;
  heads.low_resolution = 4.;
  heads.noise = 0.2;
  for (guint subject = 0; subject < 12; subject++) {
    g_autoptr (SnnVolume) v = NULL;
    guint64 labelled = 0, wrong = 0;

    heads.contrast = subject % 2 ? SNN_CONTRAST_RANDOM : SNN_CONTRAST_T1;
    v = snn_head_new (map, &heads, 0, subject, NULL);
    for (gsize i = 0; i < n_voxels (v); i++) {
      wrong += !isfinite (v->image[i]) || v->image[i] < 0.f || v->mask[i] > 1;
      labelled += v->mask[i];
    }
    fail_unless_equals_uint64 (wrong, 0);
    fail_unless (v->info->labelled);
    fail_unless_equals_uint64 (v->info->n_label_voxels, labelled);
    fail_unless (labelled > 800 && labelled < 3500, "%u: %u", subject,
        (guint) labelled);
    fail_unless (v->info->zooms[0] == 1. && v->info->affine[2][3] == -28.);
    snn_statistics_compute (statistics, v->image, n_voxels (v));
    fail_unless (memcmp (statistics, &v->info->statistics,
            sizeof *statistics) == 0);
  }
}

GST_END_TEST;

/* Without movement, at the map's own voxels, the label is the map's to the
 * voxel, and each structure has its intensity. */
GST_START_TEST (test_still_head_is_its_map)
{
  g_autoptr (SnnVolume) volume = make_volume ();
  g_autoptr (SnnLabelMap) map = make_map ();
  g_autoptr (SnnVolume) v = NULL;
  double mean[2] = { 0., }, n[2] = { 0., };
  guint64 wrong = 0;
  SnnHeads heads;

  small_heads (&heads);
  heads.shift = heads.rotation = heads.scale = heads.shear = 0.;
  heads.deformation = heads.texture = heads.blur = heads.bias = 0.;
  heads.gamma = heads.noise = heads.stripped = 0.;
  heads.mirror = FALSE;
  v = snn_head_new (map, &heads, 1, 2, NULL);
  /* The map has an even extent, and so does the grid, whose middle is its. */
  for (gsize z = 0; z < SIDE; z++)
    for (gsize y = 0; y < SIDE; y++)
      for (gsize x = 0; x < SIDE; x++) {
        gsize here = (z * SIDE + y) * SIDE + x;
        gsize there = ((z + 4) * 56 + y + 4) * 56 + x + 4;
        guint label = (guint) volume->image[here];

        wrong += v->mask[there] != (label == 17 || label == 53);
        wrong += label == 0 && v->image[there] != 0.f;
        if (label == 2 || label == 17) {
          mean[label == 17] += v->image[there];
          n[label == 17]++;
        }
      }
  fail_unless_equals_uint64 (wrong, 0);
  fail_unless (fabs (mean[0] / n[0] / SNN_HEAD_WHITE - 0.9) <= 0.0601);
  fail_unless (fabs (mean[1] / n[1] / SNN_HEAD_WHITE - 0.6) <= 0.0601);
}

GST_END_TEST;

/* Labels as classes are those of the mask, left and right apart, whichever way
 * the head is mirrored and however large its voxels are. */
GST_START_TEST (test_classes)
{
  static const guint sides[] = { 2, 1 };
  g_autoptr (SnnLabelMap) map = make_map ();
  SnnHeads heads, classed;

  small_heads (&heads);
  for (guint subject = 0; subject < 4; subject++) {
    g_autoptr (SnnVolume) mask = NULL;
    g_autoptr (SnnVolume) classes = NULL;
    guint64 counts[3] = { 0, }, wrong = 0;
    double x[3] = { 0., };

    heads.zoom = subject % 2 ? 2. : 1.;
    classed = heads;
    classed.classes = sides;
    classed.n_classes = 2;
    mask = snn_head_new (map, &heads, 5, subject, NULL);
    classes = snn_head_new (map, &classed, 5, subject, NULL);
    for (gsize i = 0; i < n_voxels (mask); i++) {
      const guint class = MIN (classes->mask[i], 2);

      wrong += mask->mask[i] != (classes->mask[i] > 0) || classes->mask[i] > 2;
      counts[class]++;
      x[class] += (double) (i % heads.dims[0]);
    }
    fail_unless_equals_uint64 (wrong, 0);
    fail_unless (memcmp (mask->image, classes->image,
            n_voxels (mask) * sizeof (float)) == 0);
    fail_unless_equals_int (classes->info->n_classes, 2);
    for (guint c = 0; c < 2; c++)
      fail_unless_equals_uint64 (classes->info->n_class_voxels[c],
          counts[c + 1]);
    fail_unless (x[2] / counts[2] < x[1] / counts[1]);
  }
}

GST_END_TEST;

/* The image shows its label, wherever the head went: hippocampi are darker
 * than the white matter around them. */
GST_START_TEST (test_labels_go_along)
{
  g_autoptr (SnnLabelMap) map = make_map ();
  SnnHeads heads;

  small_heads (&heads);
  heads.noise = 0.02;
  heads.bias = 0.1;
  for (guint subject = 0; subject < 10; subject++) {
    g_autoptr (SnnVolume) v = snn_head_new (map, &heads, 2, subject, NULL);
    double inside = 0., near = 0., n_inside = 0., n_near = 0.;

    for (gsize z = 3; z < 53; z++)
      for (gsize y = 3; y < 53; y++)
        for (gsize x = 3; x < 53; x++) {
          gsize i = (z * 56 + y) * 56 + x;
          guint around = v->mask[i - 3] + v->mask[i + 3] + v->mask[i - 56 * 3]
              + v->mask[i + 56 * 3];

          if (v->mask[i] && around == 4) {
            inside += v->image[i];
            n_inside++;
          } else if (!v->mask[i] && around > 0 && !v->mask[i - 1]
              && !v->mask[i + 1] && !v->mask[i - 56] && !v->mask[i + 56]) {
            near += v->image[i];
            n_near++;
          }
        }
    fail_unless (n_inside > 20. && n_near > 100.);
    fail_unless (inside / n_inside < 0.92 * near / n_near, "%u: %g and %g",
        subject, inside / n_inside, near / n_near);
  }
}

GST_END_TEST;

/* Left stays left where heads are mirrored, and half of them are. */
GST_START_TEST (test_left_stays_left)
{
  g_autoptr (SnnLabelMap) map = make_map ();
  guint large = 0;
  SnnHeads heads;

  fail_unless (snn_label_map_count (map, 17)
      > 3 * snn_label_map_count (map, 53) / 2);
  fail_unless_equals_uint64 (snn_label_map_count (map, 99), 0);
  small_heads (&heads);
  heads.labels = left;
  heads.n_labels = 1;
  heads.rotation = 10.;
  for (guint subject = 0; subject < 24; subject++) {
    g_autoptr (SnnVolume) v = snn_head_new (map, &heads, 2, subject, NULL);
    double sum = 0.;

    for (gsize i = 0; i < n_voxels (v); i++)
      if (v->mask[i])
        sum += (double) (i % 56) - 27.5;
    fail_unless (sum / v->info->n_label_voxels < -3., "%u: %g", subject,
        sum / v->info->n_label_voxels);
    large += v->info->n_label_voxels > 1.25 * snn_label_map_count (map, 53);
  }
  fail_unless (large > 4 && large < 20, "%u", large);
}

GST_END_TEST;

/* A structure that is asked for is in the middle, as far as it may be moved. */
GST_START_TEST (test_around)
{
  g_autoptr (SnnLabelMap) map = make_map ();
  SnnHeads heads;

  small_heads (&heads);
  heads.labels = heads.around = left;
  heads.n_labels = heads.n_around = 1;
  heads.shift = 2.;
  heads.deformation = 0.5;
  for (guint subject = 0; subject < 10; subject++) {
    g_autoptr (SnnVolume) v = snn_head_new (map, &heads, 2, subject, NULL);
    double sums[3] = { 0., };

    for (gsize i = 0; i < n_voxels (v); i++)
      if (v->mask[i]) {
        sums[0] += (double) (i % 56);
        sums[1] += (double) (i / 56 % 56);
        sums[2] += (double) (i / 56 / 56);
      }
    for (guint k = 0; k < 3; k++)
      fail_unless (fabs (sums[k] / v->info->n_label_voxels - 27.5) < 5.,
          "%u, axis %u: %g", subject, k, sums[k] / v->info->n_label_voxels);
  }
}

GST_END_TEST;

/* Larger voxels keep the volume of a structure, and show its mean. */
GST_START_TEST (test_larger_voxels)
{
  g_autoptr (SnnLabelMap) map = make_map ();
  double cubic_mm = 0., n = 0.;
  SnnHeads heads;

  small_heads (&heads);
  heads.zoom = 2.;
  heads.scale = 0.;
  for (guint subject = 0; subject < 20; subject++) {
    g_autoptr (SnnVolume) v = snn_head_new (map, &heads, 2, subject, NULL);

    cubic_mm += 8. * v->info->n_label_voxels;
    n++;
  }
  cubic_mm /= n;
  n = snn_label_map_count (map, 17) + snn_label_map_count (map, 53);
  fail_unless (fabs (cubic_mm / n - 1.) < 0.03, "%g of %g mm3", cubic_mm, n);
}

GST_END_TEST;

/* All that is outside of the brain is black in a stripped head. */
GST_START_TEST (test_stripped)
{
  g_autoptr (SnnLabelMap) map = make_map ();
  SnnHeads heads;

  small_heads (&heads);
  heads.noise = 0.;
  for (guint subject = 0; subject < 6; subject++) {
    g_autoptr (SnnVolume) v = NULL;
    gsize bright = 0;

    heads.stripped = subject % 2;
    v = snn_head_new (map, &heads, 2, subject, NULL);
    for (gsize i = 0; i < n_voxels (v); i++)
      bright += v->image[i] > 20.f;
    if (subject % 2)
      fail_unless (bright < 40000, "%u: %zu", subject, bright);
    else
      fail_unless (bright > 25000, "%u: %zu", subject, bright);
  }
}

GST_END_TEST;

GST_START_TEST (test_what_is_no_map_is_refused)
{
  static const struct
  {
    const gchar *name;
    float values[4];
  } rows[] = {
    {"a fraction", {0.f, 1.5f, 0.f, 0.f}},
    {"negative", {0.f, -1.f, 0.f, 0.f}},
    {"too large", {0.f, 65536.f, 0.f, 0.f}},
    {"not a number", {0.f, NAN, 1.f, 0.f}},
    {"empty", {0.f, 0.f, 0.f, 0.f}},
  };
  GError *error = NULL;

  for (guint i = 0; i <= G_N_ELEMENTS (rows); i++) {
    g_autoptr (SnnVolume) volume = make_volume ();
    gsize n = n_voxels (volume);

    if (i < G_N_ELEMENTS (rows)) {
      memset (volume->image, 0, n * sizeof (float));
      memcpy (volume->image, rows[i].values, sizeof rows[i].values);
    } else {
      for (gsize k = 0; k < n; k++)
        volume->image[k] = (float) (k % 257);
    }
    fail_unless (snn_label_map_new (volume, &error) == NULL, "row %u", i);
    g_assert_error (error, SNN_ERROR, SNN_ERROR_FORMAT);
    fail_unless (strstr (error->message, "map") != NULL);
    g_clear_error (&error);
  }
}

GST_END_TEST;

GST_START_TEST (test_real_map)
{
  g_autofree gchar *path = snn_shared_data ("labelmaps/labelmap_01.nii.gz");
  g_autoptr (SnnLabelMap) map = NULL;
  g_autoptr (SnnVolume) v = NULL;
  double sums[2] = { 0., }, counts[2] = { 0., };
  GError *error = NULL;
  SnnHeads heads;

  if (!path)
    return;
  map = snn_label_map_load (path, NULL, &error);
  g_assert_no_error (error);
  /* As numpy counts them. */
  fail_unless_equals_uint64 (snn_label_map_count (map, 17), 2444);
  fail_unless_equals_uint64 (snn_label_map_count (map, 53), 1747);
  snn_heads_init (&heads);
  heads.labels = both;
  heads.n_labels = 2;
  v = snn_head_new (map, &heads, 1, 0, NULL);
  fail_unless (v->info->n_label_voxels > 300 && v->info->n_label_voxels < 900);
  /* One on either side of the other. */
  for (gsize i = 0; i < n_voxels (v); i++)
    if (v->mask[i]) {
      sums[0] += (double) (i % 128);
      counts[0]++;
    }
  for (gsize i = 0; i < n_voxels (v); i++)
    if (v->mask[i]) {
      sums[1] += fabs ((double) (i % 128) - sums[0] / counts[0]);
      counts[1]++;
    }
  fail_unless (sums[1] / counts[1] > 8. && sums[1] / counts[1] < 25., "%g",
      sums[1] / counts[1]);
}

GST_END_TEST;

static Suite *
labelmap_suite (void)
{
  Suite *suite = suite_create ("labelmap");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_same_arguments_same_head);
  tcase_add_test (tc, test_heads_are_as_described);
  tcase_add_test (tc, test_still_head_is_its_map);
  tcase_add_test (tc, test_classes);
  tcase_add_test (tc, test_labels_go_along);
  tcase_add_test (tc, test_left_stays_left);
  tcase_add_test (tc, test_around);
  tcase_add_test (tc, test_larger_voxels);
  tcase_add_test (tc, test_stripped);
  tcase_add_test (tc, test_what_is_no_map_is_refused);
  tcase_add_test (tc, test_real_map);
  return suite;
}

GST_CHECK_MAIN (labelmap);
