/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include "spiking.h"

/* What the vector kernels do with a pixel's currents, in GCC's vector
 * extension. Included with SNN_SIMD_WIDTH, the floats in a register. */

enum
{
  SNN_PANEL = 16,
  SNN_VECTORS = SNN_PANEL / SNN_SIMD_WIDTH,
  SNN_PIXELS = 64 / SNN_PANEL,  /* whose membranes pass time side by side */
};

typedef float SnnFloats
    __attribute__((vector_size (4 * SNN_SIMD_WIDTH), aligned (4), may_alias));
typedef gint32 SnnInts
    __attribute__((vector_size (4 * SNN_SIMD_WIDTH), aligned (4), may_alias));
typedef gint8 SnnBytes
    __attribute__((vector_size (SNN_SIMD_WIDTH), aligned (1), may_alias));

/* A panel that may end early. */
static inline void
snn_load_panel (SnnFloats to[SNN_VECTORS], const float *from, guint lanes)
{
  if (lanes == SNN_PANEL)
    memcpy (to, from, SNN_PANEL * sizeof *from);
  else
    memcpy (to, from, lanes * sizeof *from);
}

static inline void
snn_store_panel (float *to, const SnnFloats from[SNN_VECTORS], guint lanes)
{
  if (lanes == SNN_PANEL)
    memcpy (to, from, SNN_PANEL * sizeof *to);
  else
    memcpy (to, from, lanes * sizeof *to);
}

/* What plain_fire() does with the @sums of @n pixels, a constant, or with the
 * row's constant current; adds each lane's spikes to @total. A membrane is one
 * chain of dependent operations, so that several have to go on together. */
static inline __attribute__((always_inline)) void
snn_integrate (const SnnFireRow *row, guint pixel, const guint n,
    gint32 (*sums)[SNN_BLOCK][SNN_PANEL], SnnInts total[SNN_VECTORS])
{
  const guint lanes = row->lanes;
  SnnFloats u[SNN_PIXELS][SNN_VECTORS] = { {{0.f}} };
  SnnFloats current[SNN_PIXELS][SNN_VECTORS] = { {{0.f}} };
  SnnInts count[SNN_PIXELS][SNN_VECTORS] = { {{0}} };
  gint8 keep[SNN_PIXELS][SNN_PANEL];

#pragma GCC unroll 4
  for (guint i = 0; i < n; i++) {
    snn_load_panel (u[i], row->membrane + (pixel + i) * row->neuron, lanes);
    if (row->current)
      snn_load_panel (current[i], row->current
          + (pixel + i) * row->current_pixel, lanes);
    memset (keep[i], 1, SNN_PANEL);
    if (row->keep)
      memcpy (keep[i], row->keep + (pixel + i) * row->neuron, lanes);
  }

  for (guint t = 0; t < row->timesteps; t++) {
    guint8 *spikes = row->spikes + pixel * row->spikes_pixel
        + t * row->spikes_time;

#pragma GCC unroll 4
    for (guint i = 0; i < n; i++, spikes += row->spikes_pixel) {
      SnnFloats distance[SNN_VECTORS];
      gint8 out[SNN_PANEL];

#pragma GCC unroll 2
      for (guint j = 0; j < SNN_VECTORS; j++) {
        const guint lane = j * SNN_SIMD_WIDTH;
        const SnnFloats v = *(const SnnFloats *) (row->threshold + lane);
        SnnInts fires;

        if (row->current)
          u[i][j] += current[i][j];
        else
          u[i][j] += __builtin_convertvector
              (*(const SnnInts *) (sums[i][t] + lane), SnnFloats)
              * *(const SnnFloats *) (row->scale + lane);
        fires = u[i][j] > v;
        distance[j] = u[i][j] - v;
        u[i][j] -= (SnnFloats) ((SnnInts) v & fires);
        count[i][j] -= fires;
        *(SnnBytes *) (out + lane) = __builtin_convertvector (fires, SnnBytes)
            & *(const SnnBytes *) (keep[i] + lane);
      }
      if (lanes == SNN_PANEL)
        memcpy (spikes, out, SNN_PANEL);
      else
        memcpy (spikes, out, lanes);
      if (row->distance)
        snn_store_panel (row->distance + t * row->distance_time
            + (pixel + i) * row->neuron, distance, lanes);
    }
  }

#pragma GCC unroll 4
  for (guint i = 0; i < n; i++) {
    gsize at = (pixel + i) * row->neuron;

    snn_store_panel (row->membrane + at, u[i], lanes);
    for (guint j = 0; j < SNN_VECTORS; j++)
      total[j] += count[i][j];
    for (guint o = 0; row->counts && o < lanes; o++)
      row->counts[at + o] += (guint) count[i][o / SNN_SIMD_WIDTH]
          [o % SNN_SIMD_WIDTH];
  }
}

/* All pixels of a row, whose sums @add makes, unless the current is given. */
static inline __attribute__((always_inline)) guint
snn_fire_row (const SnnFireRow *row, void (*add) (const SnnFireRow *row,
        guint pixel, gint32 sums[SNN_BLOCK][SNN_PANEL]))
{
  gint32 sums[SNN_PIXELS][SNN_BLOCK][SNN_PANEL] __attribute__((aligned (64)));
  SnnInts total[SNN_VECTORS] = { {0} };
  guint n_spikes = 0, n;

  for (guint pixel = 0; pixel < row->pixels; pixel += n) {
    n = row->pixels - pixel >= SNN_PIXELS ? SNN_PIXELS : 1;
    for (guint i = 0; i < n && !row->current; i++)
      add (row, pixel + i, sums[i]);
    if (n == SNN_PIXELS)
      snn_integrate (row, pixel, SNN_PIXELS, sums, total);
    else
      snn_integrate (row, pixel, 1, sums, total);
  }
  for (guint o = 0; o < SNN_PANEL; o++)
    n_spikes += (guint) total[o / SNN_SIMD_WIDTH][o % SNN_SIMD_WIDTH];
  return n_spikes;
}
