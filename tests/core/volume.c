/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <stdlib.h>

#include <snn/base/random.h>
#include <snn/volumes/volume.h>

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

GST_START_TEST (test_statistics)
{
  enum { N = 5000 };
  g_autofree SnnStatistics *statistics = g_new (SnnStatistics, 1);
  float values[N + 3], sorted[N];
  double sum = 0., squares = 0.;
  SnnRandom random;

  snn_random_init (&random, 3, SNN_RANDOM_PHANTOM, 0);
  for (guint i = 0; i < N; i++) {
    values[i] = (float) (1e3 * snn_random_normal (&random));
    if (i % 7 == 0)
      values[i] = 0.f;
    sorted[i] = values[i];
    sum += values[i];
  }
  values[N] = NAN;
  values[N + 1] = INFINITY;
  values[N + 2] = -INFINITY;
  for (guint i = 0; i < N; i++)
    squares += (values[i] - sum / N) * (values[i] - sum / N);
  qsort (sorted, N, sizeof *sorted, compare_floats);

  snn_statistics_compute (statistics, values, N + 3);
  fail_unless_equals_uint64 (statistics->n_finite, N);
  fail_unless_equals_uint64 (statistics->n_nonfinite, 3);
  fail_unless (fabs (statistics->mean - sum / N) < 1e-9);
  fail_unless (fabs (statistics->deviation - sqrt (squares / N)) < 1e-9);
  fail_unless_equals_float (statistics->quantile[0], sorted[0]);
  fail_unless_equals_float (statistics->quantile[1000], sorted[N - 1]);
  for (guint k = 0; k <= 1000; k++) {
    double position = (N - 1) * k / 1000.;
    guint below = MIN ((guint) position, N - 2);
    double expected = sorted[below]
        + (position - below) * ((double) sorted[below + 1] - sorted[below]);

    fail_unless (fabs (statistics->quantile[k] - expected)
        < 1e-6 * (1. + fabs (expected)));
  }
  fail_unless_equals_float (snn_statistics_percentile (statistics, 100.),
      sorted[N - 1]);
}

GST_END_TEST;

GST_START_TEST (test_statistics_of_nothing)
{
  g_autofree SnnStatistics *statistics = g_new (SnnStatistics, 1);
  const float values[2] = { NAN, NAN };

  snn_statistics_compute (statistics, values, 2);
  fail_unless_equals_uint64 (statistics->n_finite, 0);
  fail_unless_equals_float (statistics->mean, 0.);
}

GST_END_TEST;

/* Every slice of a box that reaches past the grid, cut and pasted, gives the
 * part of the grid that lies in the box. */
GST_START_TEST (test_cut_and_paste)
{
  const gsize dims[3] = { 5, 4, 3 };
  const SnnBox box = { {-1, 1, 1}, {4, 5, 1} };
  const float fill = -1.f;
  float grid[60], slice[60];

  for (guint i = 0; i < G_N_ELEMENTS (grid); i++)
    grid[i] = (float) (i + 1);
  for (guint axis = SNN_AXIS_X; axis <= SNN_AXIS_NONE; axis++) {
    float pasted[60] = { 0.f, };
    gsize slice_dims[3];
    gsize n = snn_box_slice_dims (&box, axis, slice_dims);

    fail_unless_equals_uint64 (n * slice_dims[0] * slice_dims[1]
        * slice_dims[2], 20);
    for (guint index = 0; index < n; index++) {
      snn_box_cut (&box, axis, index, dims, grid, sizeof *grid, &fill, slice);
      snn_box_paste (&box, axis, index, dims, pasted, sizeof *pasted, slice);
    }
    for (guint z = 0; z < 3; z++)
      for (guint y = 0; y < 4; y++)
        for (guint x = 0; x < 5; x++) {
          guint i = x + 5 * (y + 4 * z);
          gboolean inside = x < 3 && y >= 1 && z == 1;

          fail_unless_equals_float (pasted[i], inside ? grid[i] : 0.f);
        }
  }
}

GST_END_TEST;

static Suite *
volume_suite (void)
{
  Suite *suite = suite_create ("volume");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_statistics);
  tcase_add_test (tc, test_statistics_of_nothing);
  tcase_add_test (tc, test_cut_and_paste);
  return suite;
}

GST_CHECK_MAIN (volume);
