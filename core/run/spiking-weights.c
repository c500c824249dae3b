/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking-private.h"

#include <math.h>
#include <string.h>

#include "../base/zeros.h"
#include "../ops/neuron.h"

/* Three signed digits of base 256 hold numbers up to this. */
#define LARGEST_WEIGHT 8355711.

/* Adding and taking away this rounds a double to an integer, ties to even. */
#define ROUNDER 0x1.8p52

/* What a byte of 1 counts in a branch. */
static double
branch_factor (const SnnSpiking *spiking, const SnnSpikingBranch *branch)
{
  const SnnByteFrame *frame = &spiking->frames[branch->frame];

  return frame->share * (frame->dropped ? spiking->spike_factor : 1.);
}

/* For each channel, over all branches: the largest weight, and the largest
 * sum of inputs of one phase. Returns how much rounding can add to a sum. */
static double
measure (const SnnSpiking *spiking, const SnnSpikingStep *step,
    guint64 largest_input, double *largest, double *sum)
{
  guint channels = step->node->out.channels;
  g_autofree double *phase_sum = g_new (double, channels);
  g_autofree double *branch_sum = g_new (double, channels);
  double rounding = 0.;

  for (guint b = 0; b < step->n_branches; b++) {
    const SnnSpikingBranch *branch = &step->branches[b];
    double factor = branch_factor (spiking, branch);
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

/* Weights, their sums with inputs, and how much rounding can add to these, as measured. */
typedef struct
{
  double *largest;
  double *sum;
  double rounding;
} Measured;

/* As fine as weights and sums allow. */
static void
choose_scales (SnnSpikingStep *step, const Measured *found)
{
  const double *largest = found->largest, *sum = found->sum;

  for (guint o = 0; o < step->node->out.channels; o++) {
    double room;
    gint e;

    if (!isfinite (sum[o])) {
      step->scales[o] = 0.;
      step->scale[o] = NAN;
      continue;
    }
    room = MIN (LARGEST_WEIGHT / MAX (largest[o], 0x1p-80),
        (G_MAXINT32 - found->rounding) / MAX (sum[o], 0x1p-80));
    frexp (room, &e);
    step->scales[o] = ldexp (1., e - 1);
    step->scale[o] = (float) ldexp (1., 1 - e);
  }
}

/* Whether all weights of a channel are whole numbers of up to a byte's size at the
 * scale that its largest one has room for: those that conversion made so. */
static gboolean
fits_bytes (const SnnSpiking *spiking, const SnnSpikingStep *step, guint channel,
    double scale)
{
  const guint channels = step->node->out.channels;

  for (guint b = 0; b < step->n_branches; b++) {
    const SnnSpikingBranch *branch = &step->branches[b];
    const double factor = branch_factor (spiking, branch) * scale;
    const gsize k = (gsize) branch->n_phases * branch->n_runs * branch->length;

    for (gsize i = 0; i < k; i++) {
      const double x = branch->values[i * channels + channel] * factor;

      if (x != rint (x) || fabs (x) > SNN_LARGEST_BYTE)
        return FALSE;
    }
  }
  return TRUE;
}

/* Scales under which all weights fit a byte; FALSE where there are none. */
static gboolean
choose_narrow_scales (const SnnSpiking *spiking, SnnSpikingStep *step,
    const Measured *found)
{
  if (step->type == SNN_SPIKING_READOUT)
    return FALSE;
  for (guint o = 0; o < step->node->out.channels; o++) {
    gint e;

    if (!isfinite (found->sum[o]))
      return FALSE;
    frexp (SNN_LARGEST_BYTE / MAX (found->largest[o], 0x1p-80), &e);
    step->scales[o] = ldexp (1., e - 1);
    step->scale[o] = (float) ldexp (1., 1 - e);
    if (found->sum[o] * step->scales[o] > G_MAXINT32
        || !fits_bytes (spiking, step, o, step->scales[o]))
      return FALSE;
  }
  return TRUE;
}

/* Whether its weights are narrow. */
static gboolean
set_scales (const SnnSpiking *spiking, SnnSpikingStep *step)
{
  const guint channels = step->node->out.channels;
  g_autofree double *largest = g_new0 (double, channels);
  g_autofree double *sum = g_new0 (double, channels);
  Measured found = { largest, sum, 0. };

  found.rounding = measure (spiking, step,
      step->type == SNN_SPIKING_READOUT ? SNN_BLOCK : 1, largest, sum);
  if (choose_narrow_scales (spiking, step, &found))
    return TRUE;
  choose_scales (step, &found);
  return FALSE;
}

/* Whatever there is was packed of other weights, and where these were as narrow, its
 * memory will do. */
static void
forget_packed (const SnnSpiking *spiking, SnnSpikingBranch *branch,
    gboolean narrow)
{
  const SnnSpikingKernels *kernels = spiking->kernels;
  const guint n_panels =
      snn_spiking_n_panels (spiking, branch->node->out.channels);

  for (guint i = 0; i < SNN_N_PACKINGS; i++) {
    SnnPackedBranch *packed = &branch->packed[i];

    if (branch->narrow != narrow)
      g_clear_pointer (&packed->panels, snn_zeros_free);
    packed->size = kernels->packed_size ((SnnPacking) i, branch->n_runs,
        branch->length, branch->taps, narrow);
    memset (packed->made, 0, n_panels * sizeof *packed->made);
  }
  branch->narrow = narrow;
}

/* @n weights of one row, as integers. */
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
quantise_branch (const SnnSpiking *spiking, const SnnSpikingStep *step,
    const SnnSpikingBranch *branch)
{
  const guint channels = branch->node->out.channels;
  const gsize n = (gsize) branch->n_phases * branch->n_runs * branch->length;

  for (gsize i = 0; i < n; i++)
    quantise (branch->values + i * channels, step->scales,
        branch_factor (spiking, branch), channels,
        branch->weights + i * channels);
}

static void
pack_panel (const SnnSpiking *spiking, const SnnSpikingStep *step,
    const SnnSpikingBranch *branch, SnnPacking packing, guint panel)
{
  const SnnSpikingKernels *kernels = spiking->kernels;
  const SnnPackedBranch *packed = &branch->packed[packing];
  const guint channels = branch->node->out.channels;
  const guint first = panel * kernels->panel;
  const guint lanes = MIN (kernels->panel, channels - first);
  const gsize k = (gsize) branch->n_runs * branch->length;
  const double factor = branch_factor (spiking, branch);
  g_autofree gint32 *rows = g_new0 (gint32, k * kernels->panel);

  for (guint phase = 0; phase < branch->n_phases; phase++) {
    const float *w = branch->values + phase * k * channels + first;

    for (gsize i = 0; i < k; i++)
      quantise (w + i * channels, step->scales + first, factor, lanes,
          rows + i * kernels->panel);
    kernels->pack (packing, branch->n_runs, branch->length, branch->taps,
        branch->narrow, rows, packed->panels
        + ((gsize) panel * branch->n_phases + phase) * packed->size);
  }
}

static void
make_panel (const SnnSpiking *spiking, const SnnSpikingStep *step,
    const SnnSpikingBranch *branch, SnnPacking packing, guint panel)
{
  SnnPackedBranch *packed = &branch->packed[packing];

  g_mutex_lock (spiking->packing);
  if (!packed->panels)
    packed->panels = snn_zeros_new_huge (packed->size * branch->n_phases
        * snn_spiking_n_panels (spiking, branch->node->out.channels));
  if (!g_atomic_int_get (&packed->made[panel])) {
    pack_panel (spiking, step, branch, packing, panel);
    g_atomic_int_set (&packed->made[panel], TRUE);
  }
  g_mutex_unlock (spiking->packing);
}

const guint8 *
snn_spiking_packed (const SnnSpiking *spiking, const SnnSpikingStep *step,
    const SnnSpikingBranch *branch, SnnPacking packing, guint panel,
    guint phase)
{
  const SnnPackedBranch *packed = &branch->packed[packing];

  if (!g_atomic_int_get (&packed->made[panel]))
    make_panel (spiking, step, branch, packing, panel);
  return packed->panels
      + ((gsize) panel * branch->n_phases + phase) * packed->size;
}

void
snn_spiking_update (SnnSpiking *spiking, double spike_factor)
{
  spiking->spike_factor = spike_factor;
  for (guint i = 0; i <= spiking->constant; i++)
    spiking->frames[i].is_narrow = TRUE;
  for (guint i = 0; i < spiking->n_steps; i++) {
    SnnSpikingStep *step = &spiking->steps[i];
    gboolean narrow;

    if (step->n_branches == 0)
      continue;
    if (step->type == SNN_SPIKING_FIRE)
      step->node->op->neuron->pack_bytes (step->node, step);
    narrow = set_scales (spiking, step);
    for (guint b = 0; b < step->n_branches; b++) {
      SnnSpikingBranch *branch = &step->branches[b];

      if (branch->weights) {
        quantise_branch (spiking, step, branch);
        continue;
      }
      forget_packed (spiking, branch, narrow);
      spiking->frames[branch->frame].is_narrow &= narrow;
    }
  }
}
