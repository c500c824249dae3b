/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <gst/check/gstcheck.h>

#include <snn/base/random.h>

static const struct
{
  guint32 counter[4], key[2], out[4];
} known_answers[] = {
  {{0, 0, 0, 0}, {0, 0},
      {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
  {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
        {0xffffffff, 0xffffffff},
      {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
  {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
        {0xa4093822, 0x299f31d0},
      {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

/* Known answers of Random123's kat_vectors for philox4x32-10. */
GST_START_TEST (test_philox_known_answers)
{
  guint32 out[4];

  snn_philox4x32 (known_answers[__i__].counter, known_answers[__i__].key, out);
  for (guint j = 0; j < 4; j++)
    fail_unless_equals_int_hex (out[j], known_answers[__i__].out[j]);
}

GST_END_TEST;

GST_START_TEST (test_philox_lanes)
{
  const guint32 key[2] = { 0xa4093822, 0x299f31d0 };
  guint32 words[4][SNN_PHILOX_LANES], counters[SNN_PHILOX_LANES][4];
  SnnRandom random;

  snn_random_init (&random, 1, SNN_RANDOM_WEIGHTS, 0);
  for (guint lane = 0; lane < SNN_PHILOX_LANES; lane++)
    for (guint w = 0; w < 4; w++)
      words[w][lane] = counters[lane][w] = snn_random_u32 (&random);
  snn_philox4x32_lanes (words, key);
  for (guint lane = 0; lane < SNN_PHILOX_LANES; lane++) {
    guint32 out[4];

    snn_philox4x32 (counters[lane], key, out);
    for (guint w = 0; w < 4; w++)
      fail_unless (words[w][lane] == out[w], "lane %u, word %u: %x, expected %x",
          lane, w, words[w][lane], out[w]);
  }
}

GST_END_TEST;

GST_START_TEST (test_shuffle_is_unbiased)
{
  const guint n = 4, draws = 24000;
  guint counts[4][4] = { {0} };

  for (guint draw = 0; draw < draws; draw++) {
    guint32 items[4] = { 0, 1, 2, 3 };
    SnnRandom random;

    snn_random_init (&random, 7, SNN_RANDOM_SHUFFLE, draw);
    snn_random_shuffle (&random, items, n);
    for (guint i = 0; i < n; i++)
      counts[i][items[i]]++;
  }
  /* 6000 expected in each cell; five standard deviations are 335. */
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n; j++)
      fail_unless (ABS ((gint) counts[i][j] - 6000) < 335,
          "item %u at place %u: %u times", j, i, counts[i][j]);
}

GST_END_TEST;

GST_START_TEST (test_normal_moments)
{
  const guint n = 100000;
  double sum = 0., squares = 0.;
  SnnRandom random;

  snn_random_init (&random, 1, SNN_RANDOM_PHANTOM, 0);
  for (guint i = 0; i < n; i++) {
    double x = snn_random_normal (&random);

    sum += x;
    squares += x * x;
  }
  fail_unless (ABS (sum / n) < 0.02);
  fail_unless (ABS (squares / n - 1.) < 0.03);
}

GST_END_TEST;

/* The quick ones have the moments of the others, an odd number of them ends
 * as it should, and parts of a stream are streams of their own. */
GST_START_TEST (test_many_normals)
{
  const guint n = 200001;
  g_autofree float *x = g_new (float, n + 1);
  double moments[4] = { 0., };
  SnnRandom random, part;
  float first[8], again[8];

  snn_random_init (&random, 1, SNN_RANDOM_PHANTOM, 0);
  x[n] = 42.f;
  snn_random_normals (&random, x, n);
  fail_unless (x[n] == 42.f);
  for (guint i = 0; i < n; i++) {
    double power = 1.;

    for (guint k = 0; k < 4; k++)
      moments[k] += power *= x[i];
    fail_unless (ABS (x[i]) < 6.8);
  }
  fail_unless (ABS (moments[0] / n) < 0.01);
  fail_unless (ABS (moments[1] / n - 1.) < 0.015);
  fail_unless (ABS (moments[2] / n) < 0.03);
  fail_unless (ABS (moments[3] / n - 3.) < 0.12);

  part = snn_random_part (&random, 0);
  snn_random_normals (&part, first, 8);
  fail_unless (memcmp (first, x, sizeof first) == 0);
  part = snn_random_part (&random, 7);
  snn_random_normals (&part, first, 8);
  fail_if (memcmp (first, x, sizeof first) == 0);
  part = snn_random_part (&part, 7);
  snn_random_normals (&part, again, 8);
  fail_unless (memcmp (first, again, sizeof first) == 0);
}

GST_END_TEST;

static Suite *
random_suite (void)
{
  Suite *suite = suite_create ("random");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_philox_known_answers, 0, G_N_ELEMENTS (known_answers));
  tcase_add_test (tc, test_philox_lanes);
  tcase_add_test (tc, test_shuffle_is_unbiased);
  tcase_add_test (tc, test_normal_moments);
  tcase_add_test (tc, test_many_normals);
  return suite;
}

GST_CHECK_MAIN (random);
