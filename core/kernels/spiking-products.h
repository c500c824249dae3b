/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "spiking-integrate.h"

/* Sums by products of bytes (AVX-512 VNNI): an instruction multiplies four inputs by the
 * weights of a panel, 64 products where a float one has 16, and adds them up in 32 bits.
 * Weights of 24 bits are three signed digits to base 256, narrow ones one, and sums are
 * exact modulo 2^32.
 *
 * The instruction takes one of its bytes as unsigned. Inputs are: 128 is added to them,
 * for which a bit is flipped as they are loaded, and 128 times a run's weights are taken
 * from the sum beforehand.
 *
 * Inputs are those of several pixels and timesteps, so that a weight is loaded for all
 * of them and many sums go on together. */

enum
{
  SNN_DIGITS = 3,
  SNN_INPUTS = 4,               /* inputs that are multiplied at once */
  SNN_WIDE_PLACES = 8,          /* pixels and timesteps whose sums are in registers */
  SNN_NARROW_PLACES = 12,
};

/* Of a run: what 128 inputs of 1 count, and digits, [length / 4][digits][panel][4]. */
static inline gsize
snn_digits_size (guint length, gboolean narrow)
{
  return sizeof (SnnSum) + (gsize) (length + SNN_INPUTS - 1) / SNN_INPUTS
      * (narrow ? 1 : SNN_DIGITS) * SNN_INPUTS * SNN_PANEL;
}

/* The lowest digits of four inputs' weights, side by side, which are taken away. */
static inline __attribute__((always_inline)) void
snn_take_digit (gint32 rest[SNN_INPUTS][SNN_PANEL], guint8 *to)
{
  guint32 four[SNN_PANEL] = { 0 };

  for (guint i = 0; i < SNN_INPUTS; i++)
    for (guint o = 0; o < SNN_PANEL; o++) {
      const gint8 value = (gint8) rest[i][o];

      four[o] |= (guint32) (guint8) value << 8 * i;
      rest[i][o] = (rest[i][o] - value) / 256;
    }
  memcpy (to, four, sizeof four);
}

static inline void
snn_pack_digits (guint length, guint n_digits, const gint32 *w, guint8 *to)
{
  guint32 sum[SNN_PANEL] = { 0 };
  guint8 *bytes = to + sizeof sum;

  for (guint first = 0; first < length; first += SNN_INPUTS) {
    const guint n = MIN (SNN_INPUTS, length - first);
    gint32 rest[SNN_INPUTS][SNN_PANEL] = { {0} };

    memcpy (rest, w + (gsize) first * SNN_PANEL, n * sizeof rest[0]);
    for (guint i = 0; i < SNN_INPUTS; i++)
      for (guint o = 0; o < SNN_PANEL; o++)
        sum[o] += 128 * (guint32) rest[i][o];
    for (guint digit = 0; digit < n_digits; digit++) {
      snn_take_digit (rest, bytes);
      bytes += SNN_INPUTS * SNN_PANEL;
    }
  }
  memcpy (to, sum, sizeof sum);
}

/* Adds all runs' products of @places inputs, of which the first @n are asked for. */
static inline __attribute__((always_inline)) void
snn_multiply (const SnnFireBranch *branch, const gsize *places_at, guint n,
    SnnSum *sums, const gboolean first, const guint places,
    const guint n_digits)
{
  const __m512i flip = _mm512_set1_epi8 ((gchar) 0x80);
  const guint groups = (branch->length + SNN_INPUTS - 1) / SNN_INPUTS;
  const guint8 *x[SNN_NARROW_PLACES], *w = branch->weights;
  __m512i sum[SNN_NARROW_PLACES][SNN_DIGITS], before = _mm512_setzero_si512 ();

#pragma GCC unroll 12
  for (guint p = 0; p < places; p++) {
    x[p] = branch->x + places_at[MIN (p, n - 1)];
#pragma GCC unroll 3
    for (guint digit = 0; digit < n_digits; digit++)
      sum[p][digit] = _mm512_setzero_si512 ();
  }
  for (guint run = 0; run < branch->n_runs; run++) {
    const gsize at = run * branch->run;

    before = _mm512_sub_epi32 (before, _mm512_loadu_si512 (w));
    w += sizeof (SnnSum);
    for (guint g = 0; g < groups; g++, w += n_digits * SNN_INPUTS * SNN_PANEL)
#pragma GCC unroll 12
      for (guint p = 0; p < places; p++) {
        gint32 four;
        __m512i bytes;

        memcpy (&four, x[p] + at + g * SNN_INPUTS, sizeof four);
        bytes = _mm512_xor_si512 (_mm512_set1_epi32 (four), flip);
#pragma GCC unroll 3
        for (guint digit = 0; digit < n_digits; digit++)
          sum[p][digit] = _mm512_dpbusd_epi32 (sum[p][digit], bytes,
              _mm512_loadu_si512 (w + digit * SNN_INPUTS * SNN_PANEL));
      }
  }
#pragma GCC unroll 12
  for (guint p = 0; p < places; p++) {
    __m512i all = _mm512_add_epi32 (before, sum[p][0]);

#pragma GCC unroll 3
    for (guint digit = 1; digit < n_digits; digit++)
      all = _mm512_add_epi32 (all, _mm512_slli_epi32 (sum[p][digit],
              (gint) digit * 8));
    if (p >= n)
      continue;
    if (!first)
      all = _mm512_add_epi32 (all, _mm512_load_si512 (sums[p]));
    _mm512_store_si512 (sums[p], all);
  }
}

static inline __attribute__((always_inline)) void
snn_add_places (const SnnFireRow *row, const SnnFireBranch *branch, guint pixel,
    guint pixels, const gboolean first, SnnSum *sums, const guint places,
    const guint n_digits)
{
  const guint n = pixels * row->timesteps;
  gsize at[SNN_SUMS];

  for (guint i = 0; i < pixels; i++)
    for (guint t = 0; t < row->timesteps; t++)
      at[i * row->timesteps + t] = (pixel + i) * branch->pixel
          + t * branch->time;
  for (guint i = 0; i < n; i += places)
    snn_multiply (branch, at + i, MIN (places, n - i), sums + i, first, places,
        n_digits);
}

/* A branch's products, for @pixels from @pixel on. */
static void
snn_add_products (const SnnFireRow *row, const SnnFireBranch *branch,
    guint pixel, guint pixels, gboolean first, SnnSum *sums)
{
  if (branch->narrow && first)
    snn_add_places (row, branch, pixel, pixels, TRUE, sums,
        SNN_NARROW_PLACES, 1);
  else if (branch->narrow)
    snn_add_places (row, branch, pixel, pixels, FALSE, sums,
        SNN_NARROW_PLACES, 1);
  else if (first)
    snn_add_places (row, branch, pixel, pixels, TRUE, sums,
        SNN_WIDE_PLACES, SNN_DIGITS);
  else
    snn_add_places (row, branch, pixel, pixels, FALSE, sums,
        SNN_WIDE_PLACES, SNN_DIGITS);
}
