/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/volumes/normalize.h>

#define N 1001

static void
assert_near (double found, double expected, double tolerance)
{
  fail_unless (fabs (found - expected) <= tolerance,
      "found %.9g, expected %.9g", found, expected);
}

/* 0, 2, 4 ... 2000, so that the percentile p is 20 p. */
static void
ramp (float values[N], SnnStatistics *statistics)
{
  for (guint i = 0; i < N; i++)
    values[i] = 2.f * i;
  snn_statistics_compute (statistics, values, N);
}

GST_START_TEST (test_unit)
{
  SnnNormalization normalization;
  SnnStatistics statistics;
  float values[N];

  ramp (values, &statistics);
  snn_normalization_init (&normalization, SNN_NORMALIZE_UNIT, &statistics,
      0.5, 99.5);
  snn_normalize (&normalization, values, N);
  fail_unless (values[0] == 0.f);
  fail_unless (values[5] == 0.f);
  assert_near (values[500], 0.5, 1e-6);
  assert_near (values[105], 200. / 1980., 1e-6);
  fail_unless (values[995] == 1.f);
  fail_unless (values[1000] == 1.f);
}

GST_END_TEST;

GST_START_TEST (test_zero_mean)
{
  SnnNormalization normalization;
  SnnStatistics statistics;
  float values[N];

  ramp (values, &statistics);
  snn_normalization_init (&normalization, SNN_NORMALIZE_ZERO_MEAN,
      &statistics, 0., 100.);
  snn_normalize (&normalization, values, N);
  fail_unless (values[0] == -1.f);
  assert_near (values[250], -0.5, 1e-6);
  assert_near (values[500], 0., 1e-6);
  fail_unless (values[1000] == 1.f);
}

GST_END_TEST;

GST_START_TEST (test_z_score)
{
  SnnNormalization normalization;
  SnnStatistics statistics;
  float values[N];
  double sum = 0., squares = 0.;

  ramp (values, &statistics);
  snn_normalization_init (&normalization, SNN_NORMALIZE_Z_SCORE, &statistics,
      0., 100.);
  snn_normalize (&normalization, values, N);
  for (guint i = 0; i < N; i++) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  assert_near (sum / N, 0., 1e-6);
  assert_near (squares / N, 1., 1e-6);
}

GST_END_TEST;

/* Air in the first half, then a head from 1000 to 2000. What a few voxels of metal
 * are makes no difference, where percentiles end in them. */
GST_START_TEST (test_robust)
{
  static const float metal[] = { 2000.f, 1e6f };
  float found[G_N_ELEMENTS (metal)][N];

  for (guint m = 0; m < G_N_ELEMENTS (metal); m++) {
    SnnNormalization normalization;
    SnnStatistics statistics;
    float *values = found[m];

    for (guint i = 0; i < N; i++)
      values[i] = i < 501 ? i % 7 : 1000.f + 2.f * (i - 501);
    for (guint i = 0; i < 10; i++)
      values[N - 1 - i] = metal[m];
    snn_statistics_compute (&statistics, values, N);
    assert_near (snn_statistics_foreground (&statistics, 0.), 1000., 2.);
    assert_near (snn_statistics_foreground (&statistics, 50.), 1500., 2.);
    snn_normalization_init (&normalization, SNN_NORMALIZE_ROBUST, &statistics,
        0.5, 99.5);
    snn_normalize (&normalization, values, N);
    /* Quartiles 1250 and 1750 are +-0.6745 standard deviations. */
    assert_near (values[501 + 250], 0., 0.002);
    assert_near (values[501 + 375], 0.6745 / 3., 0.002);
    assert_near (values[501 + 125], -0.6745 / 3., 0.002);
    fail_unless (values[0] == -1.f);
  }
  for (guint i = 0; i < N - 10; i++)
    fail_unless (found[0][i] == found[1][i], "voxel %u: %g, %g", i,
        (double) found[0][i], (double) found[1][i]);
  fail_unless (found[1][N - 1] == 1.f);
}

GST_END_TEST;

/* Half of a volume is air, a quarter dim, and a quarter bright: what is dim is
 * background up to a tenth of the range. */
static const struct
{
  float dim, least;
} foregrounds[] = {
  {90.f, 1000.f},
  {110.f, 110.f},
};

GST_START_TEST (test_foreground)
{
  const float dim = foregrounds[__i__].dim;
  SnnStatistics statistics;
  float values[N];

  for (guint i = 0; i < N; i++)
    values[i] = i % 4 < 2 ? 0.f : i % 4 == 2 ? dim : 1000.f;
  snn_statistics_compute (&statistics, values, N);
  assert_near (snn_statistics_foreground (&statistics, 1.),
      foregrounds[__i__].least, 0.);
}

GST_END_TEST;

/* Nothing that is not finite may come out, whatever goes in. */
GST_START_TEST (test_odd_volumes)
{
  static const float volumes[][4] = {
    {7.f, 7.f, 7.f, 7.f},
    {0.f, 0.f, 0.f, 0.f},
    {NAN, NAN, NAN, NAN},
    {NAN, INFINITY, -INFINITY, 3.f},
    {-3e38f, 3e38f, 0.f, 1.f},
    {1e-45f, 0.f, 0.f, 2e-45f},
    {1e30f, 1e30f, 1e30f, 1.0000001e30f},
  };

  for (guint v = 0; v < G_N_ELEMENTS (volumes); v++)
    for (guint mode = 0; mode <= SNN_NORMALIZE_ROBUST; mode++) {
      SnnNormalization normalization;
      SnnStatistics statistics;
      float values[4];

      memcpy (values, volumes[v], sizeof values);
      snn_statistics_compute (&statistics, values, 4);
      snn_normalization_init (&normalization, mode, &statistics, 0.5, 99.5);
      snn_normalize (&normalization, values, 4);
      for (guint i = 0; i < 4; i++) {
        fail_unless (isfinite (values[i]), "volume %u, mode %u", v, mode);
        if (mode != SNN_NORMALIZE_Z_SCORE)
          fail_unless (values[i] >= (mode == SNN_NORMALIZE_UNIT ? 0.f : -1.f)
              && values[i] <= 1.f, "volume %u, mode %u: %g", v, mode, values[i]);
      }
      if (v < 4)
        for (guint i = 0; i < 4; i++)
          fail_unless (values[i] == (mode == SNN_NORMALIZE_ZERO_MEAN
                  ? -1.f : 0.f), "volume %u, mode %u: %g", v, mode, values[i]);
    }
}

GST_END_TEST;

GST_START_TEST (test_not_finite_is_lowest)
{
  SnnNormalization normalization;
  SnnStatistics statistics;
  float values[N], odd[3] = { NAN, INFINITY, -INFINITY };

  ramp (values, &statistics);
  for (guint mode = 0; mode <= SNN_NORMALIZE_ROBUST; mode++) {
    float lowest[1] = { -1e30f }, copy[3];

    memcpy (copy, odd, sizeof odd);
    snn_normalization_init (&normalization, mode, &statistics, 1., 99.);
    snn_normalize (&normalization, lowest, 1);
    snn_normalize (&normalization, copy, 3);
    for (guint i = 0; i < 3; i++)
      fail_unless (copy[i] == lowest[0]);
  }
}

GST_END_TEST;

static Suite *
normalize_suite (void)
{
  Suite *suite = suite_create ("normalize");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_unit);
  tcase_add_test (tc, test_zero_mean);
  tcase_add_test (tc, test_z_score);
  tcase_add_test (tc, test_robust);
  tcase_add_loop_test (tc, test_foreground, 0, G_N_ELEMENTS (foregrounds));
  tcase_add_test (tc, test_odd_volumes);
  tcase_add_test (tc, test_not_finite_is_lowest);
  return suite;
}

GST_CHECK_MAIN (normalize);
