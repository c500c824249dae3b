/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <malloc.h>
#include <math.h>
#include <string.h>

#include <snn/base/error.h>
#include <snn/base/random.h>
#include <snn/train/fptt.h>
#include "small-training.h"

/* Forward propagation through time, which updates the weights at each timestep. The
 * gradient of a timestep's loss is held to differences in gradient.c. */

#define N_WEIGHTS 7

/* alpha / 2 |W - W' - g / (2 alpha)|^2 */
static double
regulariser (double alpha, const double *weights, const double *mean,
    const double *last)
{
  double sum = 0.;

  for (guint i = 0; i < N_WEIGHTS; i++) {
    double d = weights[i] - mean[i] - last[i] / (2. * alpha);

    sum += alpha / 2. * d * d;
  }
  return sum;
}

/* Five timesteps of random gradients and updates. */
GST_START_TEST (test_regularised)
{
  const double alpha = 0.1 + 0.4 * __i__, h = 1e-5;
  double mean[N_WEIGHTS], last[N_WEIGHTS] = { 0. }, w[N_WEIGHTS];
  float weights[N_WEIGHTS], gradient[N_WEIGHTS], loss_gradient[N_WEIGHTS];
  SnnRandom random;
  SnnFptt fptt;

  snn_random_init (&random, 1, SNN_RANDOM_WEIGHTS, 0);
  for (guint i = 0; i < N_WEIGHTS; i++)
    mean[i] = weights[i] = (float) snn_random_normal (&random);
  snn_fptt_init (&fptt, alpha, N_WEIGHTS);
  snn_fptt_begin (&fptt, weights);
  for (guint t = 0; t < 5; t++) {
    for (guint i = 0; i < N_WEIGHTS; i++) {
      gradient[i] = loss_gradient[i] = (float) snn_random_normal (&random);
      w[i] = weights[i];
    }
    snn_fptt_regularise (&fptt, weights, gradient);
    for (guint i = 0; i < N_WEIGHTS; i++) {
      double above, below, expected;

      w[i] = weights[i] + h;
      above = regulariser (alpha, w, mean, last);
      w[i] = weights[i] - h;
      below = regulariser (alpha, w, mean, last);
      w[i] = weights[i];
      expected = loss_gradient[i] + (above - below) / (2. * h);
      fail_unless (fabs (gradient[i] - expected) < 1e-5,
          "timestep %u: %g; expected %g", t, gradient[i], expected);
    }
    for (guint i = 0; i < N_WEIGHTS; i++) {
      weights[i] -= 0.1f * gradient[i];
      mean[i] = 0.5 * (mean[i] + weights[i]) - loss_gradient[i] / (2. * alpha);
      last[i] = loss_gradient[i];
    }
    snn_fptt_follow (&fptt, weights);
  }
  snn_fptt_clear (&fptt);
}

GST_END_TEST;

/* The network after a minibatch of so many timesteps. */
static SnnNetwork *
train (SnnGradient gradient, guint timesteps)
{
  SnnNetwork *network = make_network (KIND_BY_TIMESTEP, 1);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autofree Batch *batch = make_batch (TRUE);
  SnnTrainingSettings settings;
  double loss;

  init_settings (&settings, 1);
  settings.gradient = gradient;
  trainer = snn_trainer_new (network, &settings, NULL);
  for (guint s = 0; s < N_SAMPLES; s++)
    batch->samples[s].input.timesteps = timesteps;
  fail_unless (snn_trainer_step (trainer, N_SAMPLES, batch->samples, NULL, NULL,
          &loss, NULL));
  return network;
}

static gboolean
same_weights (const SnnNetwork *a, const SnnNetwork *b)
{
  for (guint i = 0; i < a->nodes->len; i++) {
    const SnnNode *x = snn_network_node (a, i), *y = snn_network_node (b, i);

    if (x->n_weights > 0
        && memcmp (x->weight, y->weight, x->n_weights * sizeof (float)) != 0)
      return FALSE;
  }
  return TRUE;
}

/* Where there is one timestep there is no time to propagate through. */
GST_START_TEST (test_one_timestep)
{
  g_autoptr (SnnNetwork) fptt = train (SNN_GRADIENT_FPTT, 1);
  g_autoptr (SnnNetwork) bptt = train (SNN_GRADIENT_BPTT, 1);
  g_autoptr (SnnNetwork) fptt_of_two = train (SNN_GRADIENT_FPTT, 2);
  g_autoptr (SnnNetwork) bptt_of_two = train (SNN_GRADIENT_BPTT, 2);

  fail_unless (same_weights (fptt, bptt));
  fail_if (same_weights (fptt_of_two, bptt_of_two));
}

GST_END_TEST;

/* What is allocated after a minibatch of so many timesteps. */
static gsize
memory_of (SnnGradient gradient, guint timesteps)
{
  g_autoptr (SnnNetwork) network = make_network (KIND_BY_TIMESTEP, 1);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autofree float *values = g_new0 (float, (gsize) timesteps * PIXELS);
  guint8 target[PIXELS] = { 1 };
  const SnnSample sample = {
    .input = {values, SNN_VALUE_FLOAT32, timesteps},.target = target
  };
  const gsize before = mallinfo2 ().uordblks + mallinfo2 ().hblkhd;
  SnnTrainingSettings settings;
  double loss;

  init_settings (&settings, 1);
  settings.gradient = gradient;
  trainer = snn_trainer_new (network, &settings, NULL);
  fail_unless (snn_trainer_step (trainer, 1, &sample, NULL, NULL, &loss,
          NULL));
  return mallinfo2 ().uordblks + mallinfo2 ().hblkhd - before;
}

GST_START_TEST (test_flat_memory)
{
  gsize few, many, through_time;

  if (g_getenv ("ASAN_OPTIONS"))
    return;                     /* whose blocks mallinfo2() does not know */
  few = memory_of (SNN_GRADIENT_FPTT, 2);
  many = memory_of (SNN_GRADIENT_FPTT, 512);
  through_time = memory_of (SNN_GRADIENT_BPTT, 512)
      - memory_of (SNN_GRADIENT_BPTT, 2);
  GST_INFO ("%" G_GSIZE_FORMAT " bytes at 2, %" G_GSIZE_FORMAT " at 512; bptt "
      "takes %" G_GSIZE_FORMAT " more", few, many, through_time);
  fail_unless (many <= few + 4096, "%" G_GSIZE_FORMAT " bytes at 512 timesteps, "
      "%" G_GSIZE_FORMAT " at 2", many, few);
  fail_unless (through_time > 65536, "bptt takes %" G_GSIZE_FORMAT
      " bytes more, so that nothing is seen here", through_time);
}

GST_END_TEST;

/* A number that is none comes in the midst of a minibatch: nothing is left of the
 * timesteps before. */
GST_START_TEST (test_given_up)
{
  g_autoptr (SnnNetwork) network = make_network (KIND_BY_TIMESTEP, 1);
  g_autoptr (SnnNetwork) before = make_network (KIND_BY_TIMESTEP, 1);
  g_autoptr (SnnNetwork) after = make_network (KIND_BY_TIMESTEP, 1);
  g_autoptr (SnnTrainer) trainer = NULL, other = NULL;
  g_autofree Batch *batch = make_batch (TRUE);
  g_autoptr (GError) error = NULL;
  SnnTrainingSettings settings;
  double loss;
  float kept;

  init_settings (&settings, 1);
  settings.gradient = SNN_GRADIENT_FPTT;
  trainer = snn_trainer_new (network, &settings, NULL);
  other = snn_trainer_new (after, &settings, NULL);
  kept = batch->values[1][4][7];
  batch->values[1][4][7] = NAN;
  fail_if (snn_trainer_step (trainer, N_SAMPLES, batch->samples, NULL, NULL,
          &loss, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NUMERIC));
  fail_unless (same_weights (network, before));

  batch->values[1][4][7] = kept;
  fail_unless (snn_trainer_step (trainer, N_SAMPLES, batch->samples, NULL, NULL,
          &loss, NULL));
  fail_unless (snn_trainer_step (other, N_SAMPLES, batch->samples, NULL, NULL,
          &loss, NULL));
  fail_unless (same_weights (network, after), "something is left");
  fail_if (same_weights (network, before));
}

GST_END_TEST;

static Suite *
fptt_suite (void)
{
  Suite *suite = suite_create ("fptt");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_regularised, 0, 3);
  tcase_add_test (tc, test_one_timestep);
  tcase_add_test (tc, test_flat_memory);
  tcase_add_test (tc, test_given_up);
  return suite;
}

GST_CHECK_MAIN (fptt);
