/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "schedule.h"

#include <math.h>

/* PyTorch's relative threshold of ReduceLROnPlateau. */
#define THRESHOLD 1e-4

/* Nothing is lowered to what it is below of already. */
static double
lowest (const SnnScheduleState *schedule)
{
  return MIN (schedule->min_rate, schedule->first);
}

/* Half a cosine over all epochs, update by update: SGDR's without restarts
 * (Loshchilov and Hutter 2017). It is a function of where the training is, so
 * that nothing has to be kept. */
static double
cosine_rate (const SnnScheduleState *schedule, guint epoch, guint batch)
{
  double done;

  if (schedule->epochs == 0)
    return schedule->first;
  done = epoch;
  if (schedule->n_batches > 0)
    done += MIN ((double) batch / schedule->n_batches, 1.);
  done = MIN (done / schedule->epochs, 1.);
  return lowest (schedule) + (schedule->first - lowest (schedule))
      * 0.5 * (1. + cos (G_PI * done));
}

static double
kept_rate (const SnnScheduleState *schedule, guint epoch, guint batch)
{
  return schedule->rate;
}

static void
do_nothing (SnnScheduleState *schedule, double loss)
{
}

static void
exponential_end_epoch (SnnScheduleState *schedule, double loss)
{
  if (schedule->decay < 1.)
    schedule->rate = MAX (schedule->rate * schedule->decay,
        lowest (schedule));
}

static void
plateau_end_epoch (SnnScheduleState *schedule, double loss)
{
  if (loss < schedule->best * (1. - THRESHOLD)) {
    schedule->best = loss;
    schedule->n_bad = 0;
  } else if (++schedule->n_bad > schedule->patience) {
    schedule->rate = MAX (schedule->rate * schedule->factor,
        lowest (schedule));
    schedule->n_bad = 0;
  }
  exponential_end_epoch (schedule, loss);
}

static const struct
{
  SnnName name;
  double (*rate) (const SnnScheduleState *, guint epoch, guint batch);
  void (*end_epoch) (SnnScheduleState *, double loss);
} kinds[] = {
  [SNN_SCHEDULE_COSINE] = {
    {"cosine", "From learning-rate to min-learning-rate along half a cosine "
        "over all epochs; an endless stream stays at learning-rate"},
    cosine_rate, do_nothing},
  [SNN_SCHEDULE_PLATEAU] = {
    {"plateau", "Multiplied by factor when the training loss stops falling, and by "
        "decay after every epoch"},
    kept_rate, plateau_end_epoch},
  [SNN_SCHEDULE_EXPONENTIAL] = {
    {"exponential", "Multiplied by decay after every epoch"},
    kept_rate, exponential_end_epoch},
  [SNN_SCHEDULE_CONSTANT] = {
    {"constant", "Always learning-rate"}, kept_rate, do_nothing},
};

void
snn_schedule_begin (SnnScheduleState *schedule)
{
  schedule->rate = schedule->first;
  schedule->best = G_MAXDOUBLE;
  schedule->n_bad = 0;
}

double
snn_schedule_rate (const SnnScheduleState *schedule, guint64 step,
    guint epoch, guint batch)
{
  double rate = kinds[schedule->kind].rate (schedule, epoch, batch);

  if (step < schedule->warmup)
    rate *= (double) (step + 1) / ((double) schedule->warmup + 1.);
  return rate;
}

void
snn_schedule_end_epoch (SnnScheduleState *schedule, double loss)
{
  kinds[schedule->kind].end_epoch (schedule, loss);
}

const SnnName *
snn_schedule_name (guint schedule)
{
  return schedule < G_N_ELEMENTS (kinds) ? &kinds[schedule].name : NULL;
}
