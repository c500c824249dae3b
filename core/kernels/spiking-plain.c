/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking.h"

#include <math.h>
#include <string.h>

/* The spiking kernels as one would write them down. */

enum
{
  PANEL = 16,
};

static gsize
plain_packed_size (SnnPacking packing, guint n_runs, guint length, guint taps,
    gboolean narrow)
{
  if (packing != SNN_PACKED_FOR_BITS)
    return 0;
  return (gsize) n_runs * length * PANEL
      * (narrow ? sizeof (gint8) : sizeof (gint32));
}

static void
plain_pack (SnnPacking packing, guint n_runs, guint length, guint taps,
    gboolean narrow, const gint32 *w, gpointer packed)
{
  gint8 *to = packed;

  if (!narrow)
    memcpy (packed, w, plain_packed_size (packing, n_runs, length, taps, FALSE));
  for (gsize i = 0; narrow && i < (gsize) n_runs * length * PANEL; i++)
    to[i] = (gint8) w[i];
}

/* Most inputs are zero: weights are added where one is not. */
static void
add_branch (const SnnFireBranch *branch, guint pixel, guint t,
    gint32 sum[PANEL])
{
  const gint32 *w = branch->weights;
  const gint8 *narrow = branch->weights;
  const guint8 *x = branch->x + pixel * branch->pixel + t * branch->time;

  for (guint run = 0; run < branch->n_runs; run++, x += branch->run)
    for (guint i = 0; i < branch->length; i++, w += PANEL, narrow += PANEL) {
      gint value = branch->is_signed ? (gint8) x[i] : x[i];

      if (value == 0)
        continue;
      for (guint o = 0; o < PANEL; o++)
        sum[o] += value * (branch->narrow ? narrow[o] : w[o]);
    }
}

static void
start_neurons (const SnnFireRow *row)
{
  for (guint pixel = 0; pixel < row->pixels; pixel++)
    for (guint o = 0; o < row->lanes; o++) {
      row->membrane[pixel * row->neuron + o] = row->start[o];
      if (row->net)
        row->net[pixel * row->neuron + o] = 0.f;
    }
}

static guint
plain_fire (const SnnFireRow *row)
{
  guint n_spikes = 0;

  if (row->start)
    start_neurons (row);
  for (guint pixel = 0; pixel < row->pixels; pixel++)
    for (guint t = 0; t < row->timesteps; t++) {
      gint32 sum[PANEL] = { 0 };
      gsize at = pixel * row->neuron;

      for (guint b = 0; b < row->n_branches; b++)
        add_branch (&row->branches[b], pixel, t, sum);
      for (guint o = 0; o < row->lanes; o++, at++) {
        float v = row->threshold[o];
        float current = row->current
            ? row->current[pixel * row->current_pixel + o]
            : (float) sum[o] * row->scale[o];
        float u = row->leak ? fmaf (row->leak[o], row->membrane[at], current)
            : row->membrane[at] + current;
        gint spike = u > v;
        float distance = u - v;

        if (row->net && row->net[at] > 0.f && !spike) {
          distance = fminf (u, 0.f);
          spike = -(u < 0.f);
        }
        if (row->net)
          row->net[at] += (float) spike;
        if (row->distance)
          row->distance[t * row->distance_time + at] = distance;
        row->membrane[at] = row->reset && u > v ? row->reset[o]
            : u - v * (float) spike;
        row->spikes[pixel * row->spikes_pixel + t * row->spikes_time + o] =
            (guint8) (!row->keep || row->keep[at] ? spike : 0);
        if (row->counts)
          row->counts[at] += (guint) spike;
        n_spikes += spike != 0;
      }
    }
  return n_spikes;
}

const SnnSpikingKernels snn_spiking_plain = {
  .panel = PANEL,
  .packed_size = plain_packed_size,
  .pack = plain_pack,
  .fire = plain_fire,
};
