/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "spiking-integrate.h"

/* Sums of weights by lists of spikes, and how these lists are made: what is not
 * sent is not worked on. */

/* A vector of narrow weights: __builtin_convertvector() takes them one by one. */
static inline __attribute__((always_inline)) SnnInts
snn_widen_bytes (const guint8 *bytes)
{
#if SNN_SIMD_WIDTH == 16
  return (SnnInts) _mm512_cvtepi8_epi32 (_mm_loadu_si128 ((const __m128i *)
          bytes));
#else
  return (SnnInts) _mm256_cvtepi8_epi32 (_mm_loadl_epi64 ((const __m128i *)
          bytes));
#endif
}

/* Weights one by one: for each pixel of a run a panel of zeros, those of all channels,
 * and the same less than 0. */
static inline gsize
snn_rows_size (guint length, guint taps, gboolean narrow)
{
  return ((gsize) taps + (taps > 0 ? 2 * length : 0)) * SNN_PLACE
      * (narrow ? 1 : sizeof (gint32));
}

static inline void
snn_pack_rows (guint length, guint taps, gboolean narrow, const gint32 *w,
    guint8 *to)
{
  const gsize n = (gsize) length / MAX (taps, 1) * SNN_PANEL;
  gint32 *wide = (gint32 *) to;
  gint8 *bytes = (gint8 *) to;

  memset (to, 0, snn_rows_size (length, taps, narrow));
  for (guint tap = 0; tap < taps; tap++, w += n) {
    const gsize at = tap * (SNN_PANEL + 2 * n) + SNN_PANEL;

    for (gsize i = 0; narrow && i < n; i++) {
      bytes[at + i] = (gint8) w[i];
      bytes[at + n + i] = (gint8) -w[i];
    }
    for (gsize i = 0; !narrow && i < n; i++) {
      wide[at + i] = w[i];
      wide[at + n + i] = -w[i];
    }
  }
}

/* Appends a place for each bit of @mask to @places, which has room for a vector of
 * 16; what is behind the last one becomes 0. */
static inline __attribute__((always_inline)) guint32
snn_append_places (guint mask, guint32 first, guint32 *places)
{
#if SNN_SIMD_WIDTH == 16
  const __m512i all = _mm512_add_epi32 (_mm512_set1_epi32 ((gint) first
          * SNN_PLACE), _mm512_setr_epi32 (0, 16, 32, 48, 64, 80, 96, 112, 128,
          144, 160, 176, 192, 208, 224, 240));

  _mm512_storeu_si512 (places, _mm512_maskz_compress_epi32 ((__mmask16) mask,
          all));
#else
  memset (places, 0, 16 * sizeof *places);
  for (guint rest = mask; rest; rest &= rest - 1)
    *places++ = (first + (guint32) __builtin_ctz (rest)) * SNN_PLACE;
#endif
  return (guint32) __builtin_popcount (mask);
}

/* Which of 16 bytes are @value at least, or where that is negative, at most. */
static inline __attribute__((always_inline)) guint
snn_reach (__m128i bytes, gint value)
{
  return (guint) _mm_movemask_epi8 (value < 0
      ? _mm_cmpgt_epi8 (_mm_set1_epi8 ((gint8) (value + 1)), bytes)
      : _mm_cmpgt_epi8 (bytes, _mm_set1_epi8 ((gint8) (value - 1))));
}

/* Those of 16 bytes, as often as they are large. */
static inline __attribute__((always_inline)) guint32
snn_list_bytes (__m128i bytes, guint lanes, guint32 channel, gint largest,
    gint sign, guint32 *places)
{
  guint mask = snn_reach (bytes, sign) & lanes;
  guint32 n = snn_append_places (mask, channel, places);

  for (gint value = 2; value <= largest && mask; value++) {
    mask = snn_reach (bytes, sign * value) & lanes;
    n += snn_append_places (mask, channel, places + n);
  }
  return n;
}

/* What is written could be anything, so that the row is best read before. Whole
 * vectors of channels are most of the work, which @lanes is a constant for. */
static inline __attribute__((always_inline)) guint32
snn_list_row (const SnnListRow *row, guint32 n, guint lanes, const gint largest,
    const gboolean is_signed)
{
  const guint channels = row->channels, pixels = row->pixels;
  const guint8 *bytes = row->bytes;
  guint32 *const places = row->places, *const first = row->first;
  guint32 *const slots = row->slots;
  guint found = 0;

  for (guint pixel = 0; pixel < pixels; pixel++) {
    const guint32 begin = n;

    first[found] = n;
    for (guint c = 0; c < channels; c += 16) {
      const guint some = c + 16 < channels ? 0xffff : lanes;
      const __m128i x = _mm_loadu_si128 ((const __m128i *) (bytes + c));

      n += snn_list_bytes (x, some, 1 + c, largest, 1, places + n);
      if (is_signed && (_mm_movemask_epi8 (x) & some))
        n += snn_list_bytes (x, some, 1 + channels + c, largest, -1,
            places + n);
    }
    _mm_storeu_si128 ((__m128i *) (places + n), _mm_setzero_si128 ());
    n = (n + SNN_TOGETHER - 1) / SNN_TOGETHER * SNN_TOGETHER;
    found += n > begin;
    slots[pixel] = n > begin ? found : 0;
    bytes += channels;
  }
  first[found] = n;
  *row->found = found;
  return n;
}

static guint32
snn_list_spikes (const SnnListRow *row, guint32 n)
{
  const guint rest = row->channels % 16;
  const guint lanes = rest ? (1u << rest) - 1 : 0xffff;

  if (row->is_signed)
    return snn_list_row (row, n, lanes, row->largest, TRUE);
  if (row->largest > 1 || rest)
    return snn_list_row (row, n, lanes, row->largest, FALSE);
  return snn_list_row (row, n, 0xffff, 1, FALSE);
}

/* A branch's weights one by one: at @weights those of the first run, @run bytes from
 * one to the next and @tap from a pixel's to the next one's. */
typedef struct
{
  const guint8 *weights;
  gsize run;
  gsize tap;
} SnnWeightRows;

/* For each pixel of a row that has spikes, the sums of their weights for each of the
 * @taps neurons that see it. */
static inline __attribute__((always_inline)) void
snn_sum_pixels (const SnnSpikeList *list, const guint32 *first, guint n,
    const guint8 *weights, gsize tap_size, SnnSum *slots, const guint taps,
    const gboolean narrow)
{
  const gsize scale = narrow ? 1 : sizeof (gint32);

  for (guint s = 0; s < n; s++, slots += taps) {
    const guint32 *place = list->places + first[s];
    const guint32 *end = list->places + first[s + 1];
    SnnInts sum[SNN_TAPS][SNN_VECTORS] = { {{0}} };

    do {
#pragma GCC unroll 4
      for (guint q = 0; q < SNN_TOGETHER; q++) {
        const guint8 *row = weights + place[q] * scale;

#pragma GCC unroll 3
        for (guint tap = 0; tap < taps; tap++)
#pragma GCC unroll 2
          for (guint j = 0; j < SNN_VECTORS; j++)
            sum[tap][j] += narrow
                ? snn_widen_bytes (row + tap * tap_size + j * SNN_SIMD_WIDTH)
                : ((const SnnInts *) (row + tap * tap_size))[j];
      }
    } while ((place += SNN_TOGETHER) < end);
#pragma GCC unroll 3
    for (guint tap = 0; tap < taps; tap++)
#pragma GCC unroll 2
      for (guint j = 0; j < SNN_VECTORS; j++)
        ((SnnInts *) slots[tap])[j] = sum[tap][j];
  }
}

/* Adds what a neuron's pixels have for it. */
static inline __attribute__((always_inline)) void
snn_add_pixels (const guint32 *slot_of, gsize pixel, guint n, SnnSum *slots,
    SnnSum *sums, guint timesteps, const guint taps, const gboolean begins)
{
  for (guint i = 0; i < n; i++, slot_of += pixel, sums += timesteps) {
    SnnInts *to = (SnnInts *) *sums;
    SnnInts sum[SNN_VECTORS] = { {0} };

#pragma GCC unroll 2
    for (guint j = 0; !begins && j < SNN_VECTORS; j++)
      sum[j] = to[j];
#pragma GCC unroll 3
    for (guint tap = 0; tap < taps; tap++)
#pragma GCC unroll 2
      for (guint j = 0; j < SNN_VECTORS; j++)
        sum[j] += ((const SnnInts *) slots[slot_of[tap] * taps + tap])[j];
#pragma GCC unroll 2
    for (guint j = 0; j < SNN_VECTORS; j++)
      to[j] = sum[j];
  }
}

/* One run and timestep, whose list is number @at, of @n neurons. */
static inline __attribute__((always_inline)) void
snn_add_run (const SnnFireBranch *branch, gsize at, gsize pixel, guint n,
    const guint8 *weights, gsize tap_size, SnnSum *slots, SnnSum *sums,
    guint timesteps, const guint taps, const gboolean begins,
    const gboolean narrow)
{
  const SnnSpikeList *list = branch->list;
  const gsize row = at * (list->pixels + 1);

  snn_sum_pixels (list, list->first + row, list->found[at], weights, tap_size,
      slots + taps, taps, narrow);
  snn_add_pixels (list->slots + row + branch->list_at
      + pixel * branch->list_pixel, branch->list_pixel, n, slots, sums,
      timesteps, taps, begins);
}

/* A branch whose spikes are listed, for @n pixels from @pixel on; @begins: it is the
 * first one. */
static inline __attribute__((always_inline)) void
snn_add_lists (const SnnFireRow *row, const SnnFireBranch *branch, guint pixel,
    guint n, const SnnWeightRows rows, SnnSum *sums, const guint taps,
    const gboolean first, const gboolean narrow)
{
  SnnSum slots[(SNN_LISTED_PIXELS + 1) * SNN_TAPS]
      __attribute__((aligned (64)));
  gboolean begins[SNN_BLOCK];

#pragma GCC unroll 6
  for (guint j = 0; j < taps * SNN_VECTORS; j++)
    ((SnnInts *) slots)[j] = (SnnInts) { 0 };
  for (guint t = 0; t < row->timesteps; t++)
    begins[t] = first;
  /* A run's weights are near as long as nothing else is done. */
  for (guint run = 0; run < branch->n_runs; run++)
    for (guint t = 0; t < row->timesteps; t++) {
      const gsize at = branch->list_row + run * row->timesteps + t;
      const guint8 *weights = rows.weights + run * rows.run;

      if (branch->list->found[at] == 0)
        continue;
      if (begins[t])
        snn_add_run (branch, at, pixel, n, weights, rows.tap, slots, sums + t,
            row->timesteps, taps, TRUE, narrow);
      else
        snn_add_run (branch, at, pixel, n, weights, rows.tap, slots, sums + t,
            row->timesteps, taps, FALSE, narrow);
      begins[t] = FALSE;
    }
  for (guint t = 0; t < row->timesteps; t++)
    for (guint i = 0; begins[t] && i < n; i++)
#pragma GCC unroll 2
      for (guint j = 0; j < SNN_VECTORS; j++)
        ((SnnInts *) sums[t + i * row->timesteps])[j] = (SnnInts) { 0 };
}

static void
snn_add_listed (const SnnFireRow *row, const SnnFireBranch *branch,
    guint pixel, guint pixels, gboolean first, SnnSum *sums)
{
  const gsize rows_size = snn_rows_size (branch->length, branch->taps,
      branch->narrow);
  const SnnWeightRows rows = {
    .weights = branch->weights,
    .run = rows_size,
    .tap = rows_size / branch->taps,
  };

  if (branch->narrow && branch->taps == 3)
    snn_add_lists (row, branch, pixel, pixels, rows, sums, 3, first, TRUE);
  else if (branch->narrow)
    snn_add_lists (row, branch, pixel, pixels, rows, sums, 1, first, TRUE);
  else if (branch->taps == 3)
    snn_add_lists (row, branch, pixel, pixels, rows, sums, 3, first, FALSE);
  else
    snn_add_lists (row, branch, pixel, pixels, rows, sums, 1, first, FALSE);
}
