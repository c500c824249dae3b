/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/measure/calibration.h>

#define N 4000

/* Masks and classes, as a plain reading of the definitions has them. */
static const guint channels_of[] = { 1, 2, 4 };

typedef struct
{
  guint channels;
  float probability[4][N];
  guint8 label[N];
  double sure[N];
  guint predicted[N];
} Voxels;

/* Predictions that are sure more often than they are right. */
static void
draw (Voxels *v, guint channels)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (channels);

  v->channels = channels;
  for (guint i = 0; i < N; i++) {
    float sum = 0.f;
    guint best = 0;

    for (guint c = 0; c < channels; c++) {
      const double x = g_rand_double (rand);

      v->probability[c][i] = (float) (channels == 1 ? x * x : x * x * x * x);
      sum += v->probability[c][i];
    }
    for (guint c = 0; c < channels && channels > 1; c++)
      v->probability[c][i] /= sum;
    for (guint c = 1; c < channels; c++)
      if (v->probability[c][i] > v->probability[best][i])
        best = c;
    v->predicted[i] = channels == 1 ? v->probability[0][i] > 0.5f : best;
    v->sure[i] = channels > 1 ? v->probability[best][i]
        : MAX (v->probability[0][i], 1. - v->probability[0][i]);
    v->label[i] = (guint8) v->predicted[i];
    if (g_rand_double (rand) > 0.7)
      v->label[i] = (guint8) g_rand_int_range (rand, 0,
          MAX (2, (gint) channels));
  }
}

static void
count (const Voxels *v, guint from, guint to, SnnCalibration *calibration)
{
  snn_calibration_count (calibration, v->channels, &v->probability[0][from], N,
      v->label + from, to - from);
}

GST_START_TEST (test_definition)
{
  g_autofree Voxels *v = g_new (Voxels, 1);
  g_autofree SnnCalibration *calibration = g_new0 (SnnCalibration, 1);
  double expected = 0.;

  draw (v, channels_of[__i__]);
  count (v, 0, N, calibration);
  for (guint b = 0; b < 20; b++) {
    double sure = 0., right = 0., found_sure, found_right;
    guint n = 0;

    for (guint i = 0; i < N; i++)
      if ((guint) (v->sure[i] * 20.) == b || (b == 19 && v->sure[i] == 1.)) {
        n++;
        sure += v->sure[i];
        right += v->predicted[i] == v->label[i];
      }
    fail_unless_equals_int (snn_calibration_reliability (calibration, 5 * b, 5,
            &found_sure, &found_right), n);
    if (n == 0) {
      fail_unless (isnan (found_sure) && isnan (found_right));
      continue;
    }
    fail_unless (fabs (found_sure - sure / n) < 1e-6, "bin %u: %g, %g", b,
        found_sure, sure / n);
    fail_unless (fabs (found_right - right / n) < 1e-12);
    expected += fabs (right - sure) / N;
  }
  fail_unless (fabs (snn_calibration_error (calibration) - expected) < 1e-6,
      "%g, expected %g", snn_calibration_error (calibration), expected);
  fail_unless (expected > 0.02);
}

GST_END_TEST;

GST_START_TEST (test_kept)
{
  g_autofree Voxels *v = g_new (Voxels, 1);
  g_autofree SnnCalibration *calibration = g_new0 (SnnCalibration, 1);

  draw (v, channels_of[__i__]);
  count (v, 0, N, calibration);
  for (guint first = 0; first < SNN_CALIBRATION_BINS; first += 7) {
    guint both = 0, predicted = 0, truth = 0, referred = 0;
    double share, dice = snn_calibration_kept (calibration, first, &share);

    for (guint i = 0; i < N; i++) {
      if ((guint) (v->sure[i] * 100.) < first) {
        referred++;
        continue;
      }
      both += v->label[i] > 0 && v->label[i] == v->predicted[i];
      predicted += v->predicted[i] > 0;
      truth += v->label[i] > 0;
    }
    fail_unless (share == referred / (double) N);
    fail_unless (fabs (dice - (predicted + truth
                ? 2. * both / (predicted + truth) : 1.)) < 1e-12,
        "from %u: %g", first, dice);
  }
}

GST_END_TEST;

/* Sums are the same to the bit however voxels come. */
GST_START_TEST (test_order)
{
  g_autofree Voxels *v = g_new (Voxels, 1);
  g_autofree SnnCalibration *all = g_new0 (SnnCalibration, 1);
  g_autofree SnnCalibration *front = g_new0 (SnnCalibration, 1);
  g_autofree SnnCalibration *back = g_new0 (SnnCalibration, 1);

  draw (v, channels_of[__i__]);
  count (v, 0, N, all);
  for (guint i = N; i > N / 3; i -= 1)
    count (v, i - 1, i, back);
  count (v, 0, N / 3, front);
  snn_calibration_add (back, front);
  fail_unless (memcmp (all, back, sizeof *all) == 0);
}

GST_END_TEST;

GST_START_TEST (test_nothing)
{
  g_autofree SnnCalibration *calibration = g_new0 (SnnCalibration, 1);
  const float certain[] = { 0.f, 1.f, 1.f };
  const guint8 label[] = { 0, 255, 1 };
  double share;

  fail_unless (isnan (snn_calibration_error (calibration)));
  snn_calibration_kept (calibration, 0, &share);
  fail_unless (isnan (share));
  /* Sure and right, with any value of a mask. */
  snn_calibration_count (calibration, 1, certain, 3, label, 3);
  fail_unless (snn_calibration_error (calibration) == 0.);
  fail_unless (snn_calibration_kept (calibration, 0, &share) == 1.);
}

GST_END_TEST;

static Suite *
calibration_suite (void)
{
  Suite *suite = suite_create ("calibration");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_definition, 0, G_N_ELEMENTS (channels_of));
  tcase_add_loop_test (tcase, test_kept, 0, G_N_ELEMENTS (channels_of));
  tcase_add_loop_test (tcase, test_order, 0, G_N_ELEMENTS (channels_of));
  tcase_add_test (tcase, test_nothing);
  return suite;
}

GST_CHECK_MAIN (calibration);
