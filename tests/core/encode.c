/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/encode/encode.h>
#include <snn/base/error.h>
#include "core/kernels/kernels.h"
#include <snn/base/random.h>

static void
random_values (float *values, gsize n)
{
  SnnRandom random;

  snn_random_init (&random, 11, SNN_RANDOM_PHANTOM, 0);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) (2. * snn_random_double (&random) - 1.);
}

GST_START_TEST (test_fast_is_plain)
{
  static const gsize sizes[] = { 1, 2, 3, 4, 5, 31, 127, 128, 129, 1000 };

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    const gsize n = sizes[s];
    const guint steps = 7;
    g_autofree float *values = g_new (float, n);
    g_autofree gint8 *fast = g_new (gint8, n * steps);
    g_autofree gint8 *plain = g_new (gint8, n * steps);

    random_values (values, n);
    values[0] = -1.f;
    if (n > 4) {
      values[1] = 0.f;
      values[2] = -0.f;
      values[3] = 1e-12f;
      values[4] = 1.f + 1e-7f;
    }
    snn_encode_poisson (5, 77, 3, values, n, 40, steps, fast);
    snn_encode_poisson_plain (5, 77, 3, values, n, 40, steps, plain);
    fail_unless (memcmp (fast, plain, n * steps) == 0,
        "%" G_GSIZE_FORMAT " values", n);
  }
}

GST_END_TEST;

/* Half of the bounds are the draws of the first timestep, so that there are
 * ties, of which half are spikes. */
GST_START_TEST (test_kernels_are_equal)
{
  enum { GROUPS = 9, N = GROUPS * SNN_POISSON_GROUP, STEPS = 50 };
  static guint16 bounds[N];
  static guint32 rests[N];
  static guint8 bytes[N], expected[STEPS][N], spikes[N];
  SnnPoisson poisson = {
    .key = { 1, 2 }, .tie_key = { 3, 4 }, .counter = { 0, 6, 7 },
    .n_groups = GROUPS, .bounds = bounds, .rests = rests, .bytes = bytes,
  };
  const gchar *const *names = snn_kernels_names ();
  SnnRandom random;
  guint ties = 0;

  snn_random_init (&random, 11, SNN_RANDOM_PHANTOM, 0);
  for (gsize i = 0; i < N; i++) {
    const guint32 block = (guint32) (i / 128 * 16 + i % 32 / 2);
    const guint32 counter[4] = { block, 0, 6, 7 };
    guint32 words[4];

    snn_philox4x32 (counter, poisson.key, words);
    bounds[i] = i % 3 ? (guint16) (words[i % 128 / 32] >> 16 * (i % 2))
        : (guint16) snn_random_u32 (&random);
    rests[i] = snn_random_u32 (&random) >> 16;
    bytes[i] = (guint8) (1 + i % 250);
  }
  for (guint t = 0; t < STEPS; t++) {
    poisson.counter[0] = t;
    poisson.spikes = expected[t];
    snn_poisson_plain (&poisson);
  }
  for (gsize i = 0; i < N; i++)
    ties += i % 3 && expected[0][i];
  fail_unless (ties > N * 2 / 3 * 4 / 10 && ties < N * 2 / 3 * 6 / 10);

  for (guint k = 0; names[k]; k++)
    for (guint t = 0; t < STEPS; t++) {
      poisson.counter[0] = t;
      poisson.spikes = spikes;
      snn_kernels_find (names[k])->poisson (&poisson);
      fail_unless (memcmp (spikes, expected[t], N) == 0, "%s at %u",
          names[k], t);
    }
}

GST_END_TEST;

/* Rates that only ties decide on: 2^-17, and 1. */
GST_START_TEST (test_rates_beyond_a_draw)
{
  const gsize n = 4096;
  const guint steps = 4096;
  g_autofree float *values = g_new (float, n);
  g_autofree gint8 *spikes = g_new (gint8, n * steps);
  guint rare = 0, sure = 0;

  for (gsize i = 0; i < n; i++)
    values[i] = i < n / 2 ? 0x1p-17f : -1.f;
  snn_encode_poisson (1, 0, 0, values, n, 0, steps, spikes);
  for (guint t = 0; t < steps; t++)
    for (gsize i = 0; i < n / 2; i++) {
      rare += spikes[t * n + i] == 1;
      sure += spikes[t * n + n / 2 + i] == -1;
    }
  fail_unless (fabs (rare - 64.) <= 5. * 8., "%u rare spikes", rare);
  fail_unless_equals_int (sure, n / 2 * steps);
}

GST_END_TEST;

static const float rates[] = { 0.f, 0.001f, 0.1f, 0.5f, -0.5f, -0.93f, 1.f,
  -1.f
};

/* With N draws of probability p the count has a deviation of
 * sqrt (N p (1 - p)). */
GST_START_TEST (test_rates)
{
  const gsize n = 500;
  const guint steps = 400;
  g_autofree float *values = g_new (float, n);
  g_autofree gint8 *spikes = g_new (gint8, n * steps);
  const double p = fabs (rates[__i__]), draws = (double) (n * steps);
  gint sum = 0, odd = 0;

  for (gsize i = 0; i < n; i++)
    values[i] = rates[__i__];
  snn_encode_poisson (1, __i__, 0, values, n, 0, steps, spikes);
  for (gsize i = 0; i < n * steps; i++) {
    odd += spikes[i] != 0 && spikes[i] != (rates[__i__] > 0.f ? 1 : -1);
    sum += ABS (spikes[i]);
  }
  fail_unless_equals_int (odd, 0);
  fail_unless (fabs (sum - draws * p) <= 5. * sqrt (draws * p * (1. - p)),
      "rate %g: %d spikes in %g draws", rates[__i__], sum, draws);
}

GST_END_TEST;

static double
agreement (const gint8 *a, const gint8 *b, gsize n)
{
  gsize equal = 0;

  for (gsize i = 0; i < n; i++)
    equal += a[i] == b[i];
  return (double) equal / (double) n;
}

/* Trains that differ in one coordinate only agree as often as independent
 * fair coins do: half the time, within five deviations of 0.5 / sqrt (n). */
GST_START_TEST (test_coordinates_are_independent)
{
  const gsize n = 1024;
  const guint steps = 40;
  g_autofree float *values = g_new (float, n);
  g_autofree gint8 *base = g_new (gint8, n * steps);
  g_autofree gint8 *other = g_new (gint8, n * steps);
  const double limit = 5. * 0.5 / sqrt ((double) (n * steps));

  for (gsize i = 0; i < n; i++)
    values[i] = 0.5f;
  snn_encode_poisson (1, 2, 3, values, n, 0, steps, base);
  snn_encode_poisson (1, 2, 3, values, n, 0, steps, other);
  fail_unless (memcmp (base, other, n * steps) == 0);

  snn_encode_poisson (2, 2, 3, values, n, 0, steps, other);
  fail_unless (fabs (agreement (base, other, n * steps) - 0.5) < limit);
  snn_encode_poisson (1, 3, 3, values, n, 0, steps, other);
  fail_unless (fabs (agreement (base, other, n * steps) - 0.5) < limit);
  snn_encode_poisson (1, 2, 4, values, n, 0, steps, other);
  fail_unless (fabs (agreement (base, other, n * steps) - 0.5) < limit);
  snn_encode_poisson (1, 2, 3, values, n, steps, steps, other);
  fail_unless (fabs (agreement (base, other, n * steps) - 0.5) < limit);

  /* Neighbours in value and in time. */
  fail_unless (fabs (agreement (base, base + 1, n * steps - 1) - 0.5) < limit);
  fail_unless (fabs (agreement (base, base + 4, n * steps - 4) - 0.5) < limit);
  fail_unless (fabs (agreement (base, base + n, n * (steps - 1)) - 0.5)
      < 1.1 * limit);
}

GST_END_TEST;

GST_START_TEST (test_chunks_do_not_matter)
{
  static const guint chunks[] = { 1, 3, 4, 12 };
  const gsize n = 77;
  const guint steps = 12;
  g_autofree float *values = g_new (float, n);
  g_autofree gint8 *poisson = g_new (gint8, n * steps);
  g_autofree gint8 *regular = g_new (gint8, n * steps);
  g_autofree gint8 *chunked = g_new (gint8, n * steps);

  random_values (values, n);
  snn_encode_poisson (9, 1, 0, values, n, 0, steps, poisson);
  snn_encode_regular (values, n, 0, steps, regular);
  for (guint c = 0; c < G_N_ELEMENTS (chunks); c++) {
    for (guint t = 0; t < steps; t += chunks[c])
      snn_encode_poisson (9, 1, 0, values, n, t, chunks[c], chunked + t * n);
    fail_unless (memcmp (poisson, chunked, n * steps) == 0, "Poisson, chunks of %u",
        chunks[c]);
    for (guint t = 0; t < steps; t += chunks[c])
      snn_encode_regular (values, n, t, chunks[c], chunked + t * n);
    fail_unless (memcmp (regular, chunked, n * steps) == 0, "regular, chunks of %u",
        chunks[c]);
  }
}

GST_END_TEST;

/* After t timesteps there are x t spikes, to the nearest integer, and gaps
 * differ by at most one timestep. */
GST_START_TEST (test_regular_is_even)
{
  const guint steps = 1000;
  g_autofree gint8 *spikes = g_new (gint8, steps);

  for (gint k = -50; k <= 50; k++) {
    const float value = (float) k / 50.f;
    gint count = 0, last = -1, shortest = G_MAXINT, longest = 0;
    guint uneven = 0;

    snn_encode_regular (&value, 1, 0, steps, spikes);
    for (guint t = 0; t < steps; t++) {
      count += spikes[t];
      uneven += ABS (spikes[t]) > 1
          || fabs (count - (double) value * (t + 1)) > 0.5 + 1e-4;
      if (spikes[t]) {
        if (last >= 0) {
          shortest = MIN (shortest, (gint) t - last);
          longest = MAX (longest, (gint) t - last);
        }
        last = (gint) t;
      }
    }
    fail_unless (uneven == 0, "%g: in %u of %u timesteps", (double) value, uneven,
        steps);
    fail_unless_equals_int (count, 20 * k);
    if (k != 0)
      fail_unless (longest - shortest <= 1);
  }
}

GST_END_TEST;

GST_START_TEST (test_direct_repeats)
{
  const float values[3] = { -2.5f, 0.f, 1e9f };
  float currents[12];

  snn_encode_direct (values, 3, 4, currents);
  for (guint i = 0; i < 12; i++)
    fail_unless (currents[i] == values[i % 3]);
}

GST_END_TEST;

static const struct
{
  float value;
  gboolean binary, ternary, finite;
} checks[] = {
  {0.f, TRUE, TRUE, TRUE},
  {1.f, TRUE, TRUE, TRUE},
  {1.f + 5e-7f, TRUE, TRUE, TRUE},
  {1.00001f, FALSE, FALSE, TRUE},
  {-1e-9f, FALSE, TRUE, TRUE},
  {-1.f, FALSE, TRUE, TRUE},
  {-1.00001f, FALSE, FALSE, TRUE},
  {NAN, FALSE, FALSE, FALSE},
  {INFINITY, FALSE, FALSE, FALSE},
  {-INFINITY, FALSE, FALSE, FALSE},
};

GST_START_TEST (test_checks)
{
  const float values[4] = { 0.f, 0.5f, checks[__i__].value, 0.25f };
  g_autoptr (GError) error = NULL;

  fail_unless_equals_int (snn_encode_check (values, 4, 0., &error),
      checks[__i__].binary);
  if (error) {
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NUMERIC));
    fail_unless (strstr (error->message, "value 2 is "));
    fail_unless (strstr (error->message, "voxelnormalize mode=unit"));
  }
  fail_unless_equals_int (snn_encode_check (values, 4, -1., NULL),
      checks[__i__].ternary);
  fail_unless_equals_int (snn_encode_check_finite (values, 4, NULL),
      checks[__i__].finite);
}

GST_END_TEST;

static Suite *
encode_suite (void)
{
  Suite *suite = suite_create ("encode");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_fast_is_plain);
  tcase_add_test (tc, test_kernels_are_equal);
  tcase_add_loop_test (tc, test_rates, 0, G_N_ELEMENTS (rates));
  tcase_add_test (tc, test_rates_beyond_a_draw);
  tcase_add_test (tc, test_coordinates_are_independent);
  tcase_add_test (tc, test_chunks_do_not_matter);
  tcase_add_test (tc, test_regular_is_even);
  tcase_add_test (tc, test_direct_repeats);
  tcase_add_loop_test (tc, test_checks, 0, G_N_ELEMENTS (checks));
  return suite;
}

GST_CHECK_MAIN (encode);
