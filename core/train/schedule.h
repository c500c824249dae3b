/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/name.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* How the learning rate goes on from its beginning. A new schedule is a value
 * here and a row in schedule.c. */

typedef enum
{
  SNN_SCHEDULE_COSINE,          /* from the first rate to @min_rate along half a cosine */
  SNN_SCHEDULE_PLATEAU,         /* lowered when a loss stops falling */
  SNN_SCHEDULE_EXPONENTIAL,     /* multiplied by @decay after every epoch */
  SNN_SCHEDULE_CONSTANT,
} SnnSchedule;

/**
 * SnnScheduleState:
 * @kind: of #SnnSchedule
 * @first: the learning rate at the beginning
 * @min_rate: it is not lowered below this
 * @patience, @factor: plateau: the rate is multiplied by @factor after more
 *   than @patience epochs without a loss below 0.9999 of the best (PyTorch's
 *   ReduceLROnPlateau defaults)
 * @decay: exponential and plateau: the rate is multiplied by this after every
 *   epoch (PyTorch's ExponentialLR); 1: it is not
 * @warmup: updates over which the rate rises from nearly 0; 0: none
 * @epochs: planned, 0: not known, with which a cosine stays at its beginning
 * @n_batches: in an epoch, 0: not known, with which a cosine changes between
 *   epochs only
 * @rate: now, but for warm-up and a cosine
 * @best: loss so far, G_MAXDOUBLE: none
 * @n_bad: epochs since then
 *
 * A schedule in force. All but the last three are settings.
 */
typedef struct
{
  SnnSchedule kind;
  double first;
  double min_rate;
  guint patience;
  double factor;
  double decay;
  guint64 warmup;
  guint epochs;
  guint n_batches;

  double rate;
  double best;
  guint n_bad;
} SnnScheduleState;

/* snn_schedule_begin: sets the state from the settings. */
void snn_schedule_begin (SnnScheduleState * schedule);

/* snn_schedule_rate: for update @step (from 0, since the beginning), which is
 * the @batch-th of @epoch, from 0 both. */
double snn_schedule_rate (const SnnScheduleState * schedule, guint64 step,
    guint epoch, guint batch);

/* snn_schedule_end_epoch: an epoch with this mean @loss is over. */
void snn_schedule_end_epoch (SnnScheduleState * schedule, double loss);

/* snn_schedule_name: (nullable): of @schedule, from 0 on. */
const SnnName *snn_schedule_name (guint schedule);

SNN_END_DECLS
