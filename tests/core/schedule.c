/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/train/schedule.h>

/* The rates that ReduceLROnPlateau (patience=2, factor=0.1, min_lr=5e-4) of
 * PyTorch 1.13.1 gives after each of these losses. */
GST_START_TEST (test_plateau)
{
  static const struct
  {
    double loss;
    double rate;
  } epochs[] = {
    {1., 1.}, {0.9, 1.}, {0.95, 1.}, {0.9, 1.}, {0.89999, 0.1},
    {0.899905, 0.1}, {0.8999, 0.1}, {0.9, 0.1}, {0.9, 0.01}, {0.8, 0.01},
    {0.85, 0.01}, {0.8, 0.01}, {0.8, 0.001}, {0.8, 0.001}, {0.9, 0.001},
    {0.7, 0.001}, {0.7, 0.001}, {0.7, 0.001}, {0.7, 5e-4}, {0.7, 5e-4},
    {0.7, 5e-4}, {0.7, 5e-4}, {0.7, 5e-4},
  };
  SnnScheduleState state = {
    .kind = SNN_SCHEDULE_PLATEAU,.first = 1.,.patience = 2,.factor = 0.1,
    .min_rate = 5e-4,.decay = 1.
  };

  snn_schedule_begin (&state);
  for (guint i = 0; i < G_N_ELEMENTS (epochs); i++) {
    double rate;

    snn_schedule_end_epoch (&state, epochs[i].loss);
    rate = snn_schedule_rate (&state, i, i, 0);
    fail_unless (fabs (rate / epochs[i].rate - 1.) < 1e-12,
        "epoch %u: rate %g; expected %g", i, rate, epochs[i].rate);
  }
}

GST_END_TEST;

/* By the formulas of PyTorch's ExponentialLR and CosineAnnealingLR (T_max=8,
 * eta_min=0.1), each epoch of 4 updates. */
GST_START_TEST (test_others)
{
  static const struct
  {
    SnnSchedule kind;
    guint epochs;
    guint epoch;
    guint batch;
    double rate;
  } rates[] = {
    {SNN_SCHEDULE_CONSTANT, 8, 0, 0, 1.}, {SNN_SCHEDULE_CONSTANT, 8, 7, 3, 1.},
    {SNN_SCHEDULE_EXPONENTIAL, 8, 0, 3, 1.},
    {SNN_SCHEDULE_EXPONENTIAL, 8, 1, 0, 0.7},
    {SNN_SCHEDULE_EXPONENTIAL, 8, 3, 0, 0.343},
    {SNN_SCHEDULE_EXPONENTIAL, 0, 7, 0, 0.1},
    {SNN_SCHEDULE_COSINE, 8, 0, 0, 1.}, {SNN_SCHEDULE_COSINE, 8, 4, 0, 0.55},
    {SNN_SCHEDULE_COSINE, 8, 2, 0, 0.1 + 0.9 * (2. + M_SQRT2) / 4.},
    {SNN_SCHEDULE_COSINE, 8, 3, 4, 0.55}, {SNN_SCHEDULE_COSINE, 4, 1, 4, 0.55},
    {SNN_SCHEDULE_COSINE, 8, 7, 4, 0.1}, {SNN_SCHEDULE_COSINE, 8, 9, 0, 0.1},
    {SNN_SCHEDULE_COSINE, 0, 5, 0, 1.},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    SnnScheduleState state = {
      .kind = rates[i].kind,.first = 1.,.decay = 0.7,.min_rate = 0.1,
      .factor = 0.1,.epochs = rates[i].epochs,.n_batches = 4
    };
    double rate;

    snn_schedule_begin (&state);
    for (guint epoch = 0; epoch < rates[i].epoch; epoch++)
      snn_schedule_end_epoch (&state, 1.);
    rate = snn_schedule_rate (&state, 100, rates[i].epoch, rates[i].batch);
    fail_unless (fabs (rate / rates[i].rate - 1.) < 1e-12,
        "row %u: rate %g; expected %g", i, rate, rates[i].rate);
  }
}

GST_END_TEST;

GST_START_TEST (test_warmup)
{
  SnnScheduleState state = {
    .kind = __i__,.first = 1.,.warmup = 3,.patience = 3,.decay = 1.
  };

  snn_schedule_begin (&state);
  for (guint step = 0; step < 6; step++)
    fail_unless (fabs (snn_schedule_rate (&state, step, 0, 0)
            - MIN (0.25 * (step + 1), 1.)) < 1e-12, "step %u", step);
}

GST_END_TEST;

/* A rate that is below of what it is not lowered below stays. */
GST_START_TEST (test_rate_below_the_least)
{
  static const SnnSchedule kinds[] = { SNN_SCHEDULE_COSINE, SNN_SCHEDULE_PLATEAU,
    SNN_SCHEDULE_EXPONENTIAL };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    SnnScheduleState state = {
      .kind = kinds[i],.first = 1e-5,.decay = 0.7,.min_rate = 1e-4,.factor = 0.1,
      .epochs = 8,.n_batches = 4
    };

    snn_schedule_begin (&state);
    for (guint epoch = 0; epoch < 8; epoch++) {
      const double rate = snn_schedule_rate (&state, 100, epoch, 2);

      fail_unless (fabs (rate / 1e-5 - 1.) < 1e-12, "schedule %u, epoch %u: %g", i,
          epoch, rate);
      snn_schedule_end_epoch (&state, 1.);
    }
  }
}

GST_END_TEST;

static Suite *
schedule_suite (void)
{
  Suite *suite = suite_create ("schedule");
  TCase *tc = tcase_create ("general");
  gint n = 0;

  while (snn_schedule_name (n))
    n++;
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_plateau);
  tcase_add_test (tc, test_others);
  tcase_add_test (tc, test_rate_below_the_least);
  tcase_add_loop_test (tc, test_warmup, 0, n);
  return suite;
}

GST_CHECK_MAIN (schedule);
