/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking-private.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "../ops/neuron.h"

/* Three signed digits of base 256 hold numbers up to this. */
#define LARGEST_WEIGHT 8355711.

#define ALIGNMENT 64
#define HUGE_PAGE (2 << 20)
/* Tables from this size on are asked to be of huge pages. */
#define HUGE_TABLES (32 << 20)

/* Adding and taking away this rounds a double to an integer, ties to even. */
#define ROUNDER 0x1.8p52

/* What a byte of 1 counts in a branch. */
static double
branch_factor (const SnnSpiking *spiking, const SnnSpikingBranch *branch,
    double spike_factor)
{
  const SnnByteFrame *frame = &spiking->frames[branch->frame];

  return frame->share * (frame->dropped ? spike_factor : 1.);
}

/* For each channel, over all branches: the largest weight, and the largest
 * sum of inputs of one phase. Returns how much rounding can add to a sum. */
static double
measure (const SnnSpiking *spiking, const SnnSpikingStep *step,
    double spike_factor, guint64 largest_input, double *largest, double *sum)
{
  guint channels = step->node->out.channels;
  g_autofree double *phase_sum = g_new (double, channels);
  g_autofree double *branch_sum = g_new (double, channels);
  double rounding = 0.;

  for (guint b = 0; b < step->n_branches; b++) {
    const SnnSpikingBranch *branch = &step->branches[b];
    double factor = branch_factor (spiking, branch, spike_factor);
    double input = (double) largest_input
        * spiking->frames[branch->frame].largest;
    gsize k = (gsize) branch->n_runs * branch->length;
    const float *w = branch->values;

    memset (branch_sum, 0, channels * sizeof *branch_sum);
    for (guint phase = 0; phase < branch->n_phases; phase++) {
      memset (phase_sum, 0, channels * sizeof *phase_sum);
      for (gsize i = 0; i < k; i++, w += channels)
        for (guint o = 0; o < channels; o++) {
          double size = fabs (w[o] * factor);

          largest[o] = size > largest[o] ? size : largest[o];
          phase_sum[o] += size * input;
        }
      for (guint o = 0; o < channels; o++)
        branch_sum[o] = phase_sum[o] > branch_sum[o] ? phase_sum[o]
            : branch_sum[o];
    }
    /* Not a number stays so. */
    for (guint o = 0; o < channels; o++)
      sum[o] += isnan (phase_sum[o]) ? phase_sum[o] : branch_sum[o];
    rounding += 0.5 * (double) k * input;
  }
  return rounding;
}

/* 2^e for each channel, 0 where weights are not finite. */
static double *
choose_scales (const SnnSpiking *spiking, SnnSpikingStep *step,
    double spike_factor)
{
  guint channels = step->node->out.channels;
  g_autofree double *largest = g_new0 (double, channels);
  g_autofree double *sum = g_new0 (double, channels);
  double *scales = g_new0 (double, channels);
  double rounding = measure (spiking, step, spike_factor,
      step->type == SNN_SPIKING_READOUT ? SNN_BLOCK : 1, largest, sum);

  for (guint o = 0; o < channels; o++) {
    double room;
    gint e;

    if (!isfinite (sum[o])) {
      step->scale[o] = NAN;
      continue;
    }
    room = MIN (LARGEST_WEIGHT / MAX (largest[o], 0x1p-80),
        (G_MAXINT32 - rounding) / MAX (sum[o], 0x1p-80));
    frexp (room, &e);
    scales[o] = ldexp (1., e - 1);
    step->scale[o] = (float) ldexp (1., 1 - e);
  }
  return scales;
}

/* Whether all weights of a channel are whole numbers of up to a byte's size at the
 * scale that its largest one has room for: those that conversion made so. */
static gboolean
fits_bytes (const SnnSpiking *spiking, const SnnSpikingStep *step, guint channel,
    double spike_factor, double scale)
{
  const guint channels = step->node->out.channels;

  for (guint b = 0; b < step->n_branches; b++) {
    const SnnSpikingBranch *branch = &step->branches[b];
    const double factor =
        branch_factor (spiking, branch, spike_factor) * scale;
    const gsize k = (gsize) branch->n_phases * branch->n_runs * branch->length;

    for (gsize i = 0; i < k; i++) {
      const double x = branch->values[i * channels + channel] * factor;

      if (x != rint (x) || fabs (x) > SNN_LARGEST_BYTE)
        return FALSE;
    }
  }
  return TRUE;
}

/* Scales as below, under which all weights fit a byte; NULL where there are none. */
static double *
choose_narrow_scales (const SnnSpiking *spiking, SnnSpikingStep *step,
    double spike_factor)
{
  guint channels = step->node->out.channels;
  g_autofree double *largest = g_new0 (double, channels);
  g_autofree double *sum = g_new0 (double, channels);
  g_autofree double *scales = g_new (double, channels);

  if (step->type == SNN_SPIKING_READOUT)
    return NULL;
  measure (spiking, step, spike_factor, 1, largest, sum);
  for (guint o = 0; o < channels; o++) {
    gint e;

    if (!isfinite (sum[o]))
      return NULL;
    frexp (SNN_LARGEST_BYTE / MAX (largest[o], 0x1p-80), &e);
    scales[o] = ldexp (1., e - 1);
    if (sum[o] * scales[o] > G_MAXINT32
        || !fits_bytes (spiking, step, o, spike_factor, scales[o]))
      return NULL;
  }
  for (guint o = 0; o < channels; o++)
    step->scale[o] = (float) (1. / scales[o]);
  return g_steal_pointer (&scales);
}

/* Tables are many times what the weights are, so that in large networks pages of
 * 4 KiB, one after the other, take a sixth of the time of loading. In small ones huge
 * pages gained nothing, and made steps of training up to 1.6 times as slow, now and
 * then, where they were measured. */
static guint8 *
allocate_tables (gsize n, gsize size)
{
  const gboolean large = n * size >= HUGE_TABLES;
  guint8 *tables = g_aligned_alloc (n, size, large ? HUGE_PAGE : ALIGNMENT);

#ifdef MADV_HUGEPAGE
  if (large)
    madvise (tables, n * size, MADV_HUGEPAGE);
#endif
  return tables;
}

/* Tables for weights as narrow as they are now. */
static void
allocate_branch (const SnnSpiking *spiking, SnnSpikingBranch *branch,
    gboolean narrow)
{
  const guint n_panels =
      snn_spiking_n_panels (spiking, branch->node->out.channels);

  if (branch->weights || (branch->packed && branch->narrow == narrow))
    return;
  g_aligned_free (branch->packed);
  branch->narrow = narrow;
  branch->panel_size = spiking->kernels->packed_size (branch->n_runs,
      branch->length, branch->taps, narrow);
  branch->packed = allocate_tables ((gsize) n_panels * branch->n_phases,
      branch->panel_size);
}

/* Weights [first, first + n) of @channels of one row, as integers. */
static inline void
quantise (const float *w, const double *scales, double factor, guint n,
    gint32 *to)
{
  for (guint o = 0; o < n; o++) {
    double x = w[o] * factor * scales[o];

    to[o] = scales[o] > 0. ? (gint32) (x + ROUNDER - ROUNDER) : 0;
  }
}

static void
pack_branch (const SnnSpiking *spiking, SnnSpikingBranch *branch,
    const double *scales, double factor)
{
  const SnnSpikingKernels *kernels = spiking->kernels;
  guint channels = branch->node->out.channels;
  gsize k = (gsize) branch->n_runs * branch->length;
  guint panel = kernels->panel;
  guint n_panels = snn_spiking_n_panels (spiking, channels);
  g_autofree gint32 *rows = NULL;

  if (branch->weights) {
    for (gsize i = 0; i < branch->n_phases * k; i++)
      quantise (branch->values + i * channels, scales, factor, channels,
          branch->weights + i * channels);
    return;
  }
  rows = g_new0 (gint32, k * panel);
  for (guint p = 0; p < n_panels; p++)
    for (guint phase = 0; phase < branch->n_phases; phase++) {
      guint first = p * panel;
      guint lanes = MIN (panel, channels - first);
      const float *w = branch->values + phase * k * channels + first;

      if (lanes < panel)
        memset (rows, 0, k * panel * sizeof *rows);
      for (gsize i = 0; i < k; i++)
        quantise (w + i * channels, scales + first, factor, lanes,
            rows + i * panel);
      kernels->pack (branch->n_runs, branch->length, branch->taps,
          branch->narrow, rows, branch->packed
          + ((gsize) p * branch->n_phases + phase) * branch->panel_size);
    }
}

void
snn_spiking_update (SnnSpiking *spiking, double spike_factor)
{
  for (guint i = 0; i < spiking->n_steps; i++) {
    SnnSpikingStep *step = &spiking->steps[i];
    g_autofree double *scales = NULL;
    gboolean narrow;

    if (step->n_branches == 0)
      continue;
    if (step->type == SNN_SPIKING_FIRE)
      step->node->op->neuron->pack_bytes (step->node, step);
    scales = choose_narrow_scales (spiking, step, spike_factor);
    narrow = scales != NULL;
    if (!narrow)
      scales = choose_scales (spiking, step, spike_factor);
    for (guint b = 0; b < step->n_branches; b++)
      allocate_branch (spiking, &step->branches[b], narrow);
    for (guint b = 0; b < step->n_branches; b++)
      pack_branch (spiking, &step->branches[b], scales,
          branch_factor (spiking, &step->branches[b], spike_factor));
  }
}
