/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include <gst/check/gstcheck.h>

#include <snn/base/random.h>
#include <snn/volumes/field.h>
#include <snn/volumes/intensity.h>

/* What happens to intensities, one thing at a time. */

/* A field's values have mean 0 and deviation 1, change little from voxel to
 * voxel, and are independent far apart. */
GST_START_TEST (test_fields)
{
  static const gsize dims[][3] = { {64, 48, 40}, {200, 300, 1}, {40000, 1, 1} };

  for (guint i = 0; i < G_N_ELEMENTS (dims); i++) {
    const gsize *d = dims[i];
    const double spacing[3] = { 4., 4., 4. };
    g_autofree float *row = g_new (float, d[0]);
    double sum = 0., squares = 0., steps = 0., n = 0.;
    SnnRandom random;

    snn_random_init (&random, 1, SNN_RANDOM_AUGMENT, i);
    {
      g_autoptr (SnnField) field = snn_field_new (d, spacing, &random);

      for (gsize z = 0; z < d[2]; z++)
        for (gsize y = 0; y < d[1]; y++) {
          snn_field_row (field, y, z, row);
          for (gsize x = 0; x < d[0]; x++, n++) {
            sum += row[x];
            squares += row[x] * row[x];
            if (x > 0)
              steps += (row[x] - row[x - 1]) * (row[x] - row[x - 1]);
          }
        }
    }
    fail_unless (fabs (sum / n) < 0.1, "%u: mean %g", i, sum / n);
    fail_unless (fabs (squares / n - 1.) < 0.1, "%u: variance %g", i,
        squares / n);
    fail_unless (steps / n < 0.1, "%u: steps %g", i, steps / n);
  }
}

GST_END_TEST;

/* A point becomes a Gaussian, in what is one stays one, and the sum stays. */
GST_START_TEST (test_blur)
{
  const gsize dims[3] = { 21, 19, 17 };
  const double deviation[3] = { 1.5, 0., 1. };
  const gsize n = 21 * 19 * 17, middle = (8 * 19 + 9) * 21 + 10;
  g_autofree float *values = g_new0 (float, n);
  double sum = 0., expected = 0.;

  values[middle] = 1.f;
  snn_blur (values, dims, deviation, NULL);
  for (gsize i = 0; i < n; i++)
    sum += values[i];
  fail_unless (fabs (sum - 1.) < 1e-5, "%g", sum);
  fail_unless (values[middle + 21] == 0.f);
  expected = values[middle] * exp (-0.5 * 4. / 2.25);
  fail_unless (fabs (values[middle - 2] - expected) < 1e-6);
  fail_unless (values[middle - 2] == values[middle + 2]);
  expected = values[middle] * exp (-0.5);
  fail_unless (fabs (values[middle + 19 * 21] - expected) < 1e-6);

  for (gsize i = 0; i < n; i++)
    values[i] = 3.f;
  snn_blur (values, dims, deviation, NULL);
  for (gsize i = 0; i < n; i++)
    fail_unless (fabs (values[i] - 3.) < 1e-5);
}

GST_END_TEST;

GST_START_TEST (test_noise_has_its_deviation)
{
  const gsize dims[3] = { 40, 40, 20 };
  const gsize n = 40 * 40 * 20;
  g_autofree float *values = g_new0 (float, n);
  double squares = 0., next = 0., above = 0.;
  SnnRandom random;

  snn_random_init (&random, 1, SNN_RANDOM_AUGMENT, 0);
  snn_noise (values, dims, 2., &random, NULL);
  for (gsize i = 0; i + 1600 < n; i++) {
    squares += values[i] * values[i];
    next += values[i] * values[i + 1];
    above += values[i] * values[i + 1600];
  }
  fail_unless (fabs (squares / n - 4. * 0.95) < 0.1, "%g", squares / n);
  fail_unless (fabs (next / n) < 0.1 && fabs (above / n) < 0.1);
}

GST_END_TEST;

/* A pattern that is too fine for larger voxels is gone, what is coarse stays. */
GST_START_TEST (test_low_resolution)
{
  const gsize dims[3] = { 32, 24, 1 };
  const double factor[3] = { 4., 1., 1. };
  float fine[32 * 24], coarse[32 * 24];

  for (gsize i = 0; i < 32 * 24; i++) {
    fine[i] = i % 2;
    coarse[i] = (float) (i / 32);
  }
  snn_low_resolution (fine, dims, factor, NULL);
  snn_low_resolution (coarse, dims, factor, NULL);
  for (gsize i = 0; i < 32 * 24; i++) {
    fail_unless (fabs (fine[i] - 0.5) < 1e-6, "%zu: %g", i, fine[i]);
    fail_unless (fabs (coarse[i] - (double) (i / 32)) < 1e-5);
  }
}

GST_END_TEST;

/* What is at the border stays near what is there, by whatever factor: larger voxels
 * reach to it, and are half of themselves off at most. */
GST_START_TEST (test_low_resolution_at_the_border)
{
  const gsize dims[3] = { 48, 5, 1 };
  float values[48 * 5];

  for (double f = 1.05; f < 8.; f += 0.05) {
    double most = 0.;

    for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
      values[i] = 100.f + (float) (i % 48);
    /* What was written where no larger voxel was. */
    values[0] = 5.f;
    snn_low_resolution (values, dims, (double[3]) { f, 1., 1. }, NULL);
    for (gsize i = 24; i < 48; i++)
      most = MAX (most, fabs (values[i] - 100. - (double) i));
    fail_unless (most <= 0.5 * f, "factor %g: %g off", f, most);
  }
}

GST_END_TEST;

/* Voxels of the box are those whose centres are in it, of boxes that lie anywhere. */
GST_START_TEST (test_cutout)
{
  static const struct
  {
    gsize dims[3];
    double centre[3];
    double size[3];
    gsize n;
  } rows[] = {
    {{8, 6, 1}, {3.5, 2.5, 0.}, {4., 2., 1.}, 8},
    {{8, 6, 1}, {3., 2., 0.}, {3., 3., 1.}, 9},
    {{8, 6, 5}, {3., 2., 2.}, {3., 3., 3.}, 27},
    {{8, 6, 5}, {-0.5, -0.5, -0.5}, {4., 4., 4.}, 8},
    {{8, 6, 5}, {7.49, 5.49, 4.49}, {4., 4., 4.}, 8},
    {{8, 6, 5}, {4., 3., 2.}, {100., 100., 100.}, 240},
    {{8, 6, 5}, {3.5, 2.5, 1.5}, {0., 0., 0.}, 0},
    {{8, 6, 5}, {-9., 2., 2.}, {3., 3., 3.}, 0},
    {{8, 6, 5}, {20., 2., 2.}, {3., 3., 3.}, 0},
  };

  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    const gsize *dims = rows[r].dims;
    float values[8 * 6 * 5] = { 0.f };
    gsize n = 0, wrong = 0;

    snn_cutout (values, dims, rows[r].centre, rows[r].size, 7.f);
    for (gsize i = 0; i < G_N_ELEMENTS (values); i++) {
      const double at[3] = {
        (double) (i % dims[0]), (double) (i / dims[0] % dims[1]),
        (double) (i / dims[0] / dims[1])
      };
      gboolean is_in = i < dims[0] * dims[1] * dims[2];

      for (guint k = 0; k < 3; k++)
        is_in &= at[k] >= rows[r].centre[k] - rows[r].size[k] / 2.
            && at[k] < rows[r].centre[k] + rows[r].size[k] / 2.;
      n += is_in;
      wrong += values[i] != (is_in ? 7.f : 0.f);
    }
    fail_unless (n == rows[r].n && wrong == 0, "row %u: %zu in the box, %zu wrong",
        r, n, wrong);
  }
}

GST_END_TEST;

static Suite *
intensity_suite (void)
{
  Suite *suite = suite_create ("intensity");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_fields);
  tcase_add_test (tc, test_blur);
  tcase_add_test (tc, test_noise_has_its_deviation);
  tcase_add_test (tc, test_low_resolution);
  tcase_add_test (tc, test_low_resolution_at_the_border);
  tcase_add_test (tc, test_cutout);
  return suite;
}

GST_CHECK_MAIN (intensity);
