/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking-private.h"

#include <string.h>

/* The output's potential, out of the bytes of those that lead to it. */

static void
add_row (const guint8 *x, gsize n, gboolean is_signed, gint16 *restrict to)
{
  const gint8 *with_sign = (const gint8 *) x;

  if (is_signed)
    for (gsize i = 0; i < n; i++)
      to[i] = (gint16) (to[i] + with_sign[i]);
  else
    for (gsize i = 0; i < n; i++)
      to[i] = (gint16) (to[i] + x[i]);
}

/* Bytes of a frame, borders and all, summed over @n of the block's timesteps. */
static void
sum_timesteps (const SnnByteFrame *frame, const guint8 *bytes, guint first,
    guint n, gint16 *sums)
{
  for (gsize y = 0; y < snn_shape_rows (frame->shape); y++) {
    gint16 *to = sums + y * frame->time;

    memset (to, 0, frame->time * sizeof *to);
    for (guint t = first; t < first + n; t++)
      add_row (bytes + y * frame->row + t * frame->time, frame->time,
          frame->is_signed, to);
  }
}

/* Adds the products of @n inputs, one output after the other, as these are few. */
static void
multiply_run (const gint16 *x, guint n, const gint32 *w, guint channels,
    gint32 *sum)
{
  for (guint i = 0; i < n; i++, w += channels)
    for (guint o = 0; o < channels; o++)
      sum[o] += x[i] * w[o];
}

/* The only output's weights are halved, w = 2^15 high + low, as processors multiply
 * short numbers best. What overflows on the way comes back. */
#define LOW_BITS 15

static void
split_weights (const gint32 *w, gsize n, gint16 *high, gint16 *low)
{
  for (gsize i = 0; i < n; i++) {
    high[i] = (gint16) ((w[i] + (1 << (LOW_BITS - 1))) >> LOW_BITS);
    low[i] = (gint16) (w[i] - high[i] * (1 << LOW_BITS));
  }
}

static guint32
multiply_halves (const gint16 *x, guint n, const gint16 *high,
    const gint16 *low)
{
  guint32 sum_high = 0, sum_low = 0;

  for (guint i = 0; i < n; i++) {
    sum_high += (guint32) (x[i] * high[i]);
    sum_low += (guint32) (x[i] * low[i]);
  }
  return (sum_high << LOW_BITS) + sum_low;
}

/* What a branch of the readout is multiplied by, and its inputs, summed. */
typedef struct
{
  const SnnSpikingBranch *branch;
  gsize time;                   /* values from a run to the next */
  const float *scale;
  guint period;
  gint16 *high;                 /* of the only output's weights, else NULL */
  gint16 *low;
  gint32 *sum;                  /* room for one of each output */
} Readout;

/* Of potentials (phase + period i) of a row, whose inputs begin at @x, and weights at
 * @w. */
static void
read_row (const Readout *r, const SnnBranchRow *row, const gint16 *x, gsize w,
    guint phase, double *potential)
{
  const SnnSpikingBranch *branch = r->branch;
  const SnnShape shape = branch->node->out;
  const gsize pixels = snn_shape_rows (shape) * shape.width;
  const guint n = branch->length;

  for (guint i = phase; i < shape.width; i += r->period, x += row->pixel) {
    if (r->high) {
      guint32 sum = 0;

      for (guint run = 0; run < row->n_runs; run++)
        sum += multiply_halves (x + run * r->time, n, r->high + w + run * n,
            r->low + w + run * n);
      potential[i] += (double) (gint32) sum * r->scale[0];
      continue;
    }
    memset (r->sum, 0, shape.channels * sizeof *r->sum);
    for (guint run = 0; run < row->n_runs; run++)
      multiply_run (x + run * r->time, n, branch->weights
          + (w + run * n) * shape.channels, shape.channels, r->sum);
    for (guint o = 0; o < shape.channels; o++)
      potential[o * pixels + i] += (double) r->sum[o] * r->scale[o];
  }
}

/* The output only accumulates, so that it can take @n_timesteps' spikes together.
 * Its potential is a sum of integers times a power of two: doubles are exact
 * for 2^22 blocks. */
static void
read_branch (const SnnSpikingRun *run, const SnnSpikingStep *step,
    const SnnSpikingBranch *branch, guint first, guint n_timesteps,
    double *potential)
{
  const SnnByteFrame *frame = &run->memory->frames[branch->frame];
  const SnnShape shape = branch->node->out;
  const gsize rows = snn_shape_rows (shape);
  const gsize k = (gsize) branch->n_runs * branch->length;
  g_autofree gint32 *sum = g_new (gint32, shape.channels);
  const gsize n = shape.channels == 1 ? branch->n_phases * k : 0;
  g_autofree gint16 *halves = n > 0 ? g_new (gint16, 2 * n) : NULL;
  const Readout readout = {
    .branch = branch,
    .time = frame->time,
    .scale = step->scale,
    .period = step->period,
    .high = halves,
    .low = halves + n,
    .sum = sum,
  };

  split_weights (branch->weights, n, halves, halves + n);
  sum_timesteps (frame, run->memory->bytes[branch->frame], first, n_timesteps,
      run->memory->sums);
  for (gsize y = 0; y < rows; y++)
    for (guint phase = 0; phase < step->period; phase++) {
      const SnnBranchRow row = snn_spiking_find_row (run, step, branch, y, phase);

      read_row (&readout, &row, run->memory->sums + row.row * frame->time
          + frame->first + row.at, (gsize) row.phase * k
          + (gsize) row.first_run * branch->length, phase, potential
          + y * shape.width);
    }
}

void
snn_spiking_read (const SnnSpikingRun *run, guint first, guint n,
    double *potential)
{
  const SnnSpikingStep *step =
      &run->spiking->steps[run->spiking->n_steps - 1];

  for (guint b = 0; b < step->n_branches; b++)
    read_branch (run, step, &step->branches[b], first, n, potential);
}
