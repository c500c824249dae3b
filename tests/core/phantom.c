/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <snn/volumes/phantom.h>

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

GST_START_TEST (test_same_arguments_same_volume)
{
  g_autoptr (SnnVolume) a = snn_phantom_new (3, 5, 0.06);
  g_autoptr (SnnVolume) again = snn_phantom_new (3, 5, 0.06);
  g_autoptr (SnnVolume) other_subject = snn_phantom_new (3, 6, 0.06);
  g_autoptr (SnnVolume) other_seed = snn_phantom_new (4, 5, 0.06);

  fail_unless (same (a, again));
  fail_if (same (a, other_subject));
  fail_if (same (a, other_seed));
  fail_unless_equals_string (a->info->subject, "phantom-00005");
}

GST_END_TEST;

GST_START_TEST (test_noise_changes_only_the_image)
{
  g_autoptr (SnnVolume) clean = snn_phantom_new (0, 1, 0.);
  g_autoptr (SnnVolume) noisy = snn_phantom_new (0, 1, 0.1);

  fail_unless_equals_uint64 (n_voxels (clean), n_voxels (noisy));
  fail_unless (memcmp (clean->mask, noisy->mask, n_voxels (clean)) == 0);
  fail_if (memcmp (clean->image, noisy->image, n_voxels (clean)) == 0);
}

GST_END_TEST;

/* What the facts about each volume say is what its voxels say, within the
 * extents that the real data have. */
GST_START_TEST (test_volumes_are_as_described)
{
  double smallest = G_MAXDOUBLE, largest = 0.;

  for (guint subject = 0; subject < 40; subject++) {
    g_autoptr (SnnVolume) v = snn_phantom_new (0, subject, 0.06);
    const SnnVolumeInfo *info = v->info;
    gsize dims[3], labelled = 0, at_border = 0, odd = 0, i = 0;
    double inside = 0., outside = 0.;
    SnnStatistics statistics;
    SnnGrid grid;

    snn_phantom_grid (0, subject, &grid);
    memcpy (dims, grid.dims, sizeof dims);
    for (guint k = 0; k < 3; k++)
      fail_unless_equals_uint64 (dims[k], info->dims[k]);
    fail_unless (dims[0] >= 31 && dims[0] <= 43);
    fail_unless (dims[1] >= 40 && dims[1] <= 59);
    fail_unless (dims[2] >= 24 && dims[2] <= 47);

    for (gsize z = 0; z < dims[2]; z++)
      for (gsize y = 0; y < dims[1]; y++)
        for (gsize x = 0; x < dims[0]; x++, i++) {
          odd += v->mask[i] > 1 || !(v->image[i] >= 0.f);
          labelled += v->mask[i];
          if (v->mask[i])
            inside += v->image[i];
          else
            outside += v->image[i];
          if (x == 0 || y == 0 || z == 0 || x == dims[0] - 1
              || y == dims[1] - 1 || z == dims[2] - 1)
            at_border += v->mask[i];
        }
    fail_unless_equals_uint64 (odd, 0);
    fail_unless (info->labelled);
    fail_unless_equals_uint64 (info->n_label_voxels, labelled);
    fail_unless (labelled > 1200 && labelled < 6000, "%" G_GSIZE_FORMAT,
        labelled);
    fail_unless (at_border < labelled / 50);
    /* Grey in mostly white surroundings. */
    fail_unless (inside / labelled < 0.85 * outside / (i - labelled));

    snn_statistics_compute (&statistics, v->image, i);
    fail_unless (memcmp (&statistics, &info->statistics,
            sizeof statistics) == 0);
    smallest = MIN (smallest, statistics.quantile[990]);
    largest = MAX (largest, statistics.quantile[990]);
  }
  fail_unless (largest / smallest > 100.);
}

GST_END_TEST;

static Suite *
phantom_suite (void)
{
  Suite *suite = suite_create ("phantom");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_same_arguments_same_volume);
  tcase_add_test (tc, test_noise_changes_only_the_image);
  tcase_add_test (tc, test_volumes_are_as_described);
  return suite;
}

GST_CHECK_MAIN (phantom);
