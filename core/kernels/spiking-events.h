/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "spiking-integrate.h"

/* Sums of weights by lists of spikes, and how these lists are made: what is not
 * sent is not worked on. */

enum
{
  SNN_RUNS = 3,                 /* whose lists are added up together */
};

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

/* Those of 16 bytes none of which is larger than 1, whatever the sign. There are no
 * branches, as which vectors have something, or something below 0, is not foreseen. */
static inline __attribute__((always_inline)) guint32
snn_list_units (__m128i bytes, guint lanes, guint32 channel, guint32 channels,
    const gboolean is_signed, guint32 *places)
{
  const guint below = is_signed ? (guint) _mm_movemask_epi8 (bytes) & lanes : 0;
#if SNN_SIMD_WIDTH == 16
  const __mmask16 sent = (__mmask16) (_mm_test_epi8_mask (bytes, bytes) & lanes);
  __m512i all = _mm512_add_epi32 (_mm512_set1_epi32 ((gint) channel
          * SNN_PLACE), _mm512_setr_epi32 (0, 16, 32, 48, 64, 80, 96, 112, 128,
          144, 160, 176, 192, 208, 224, 240));

  if (is_signed)
    all = _mm512_mask_add_epi32 (all, (__mmask16) below, all,
        _mm512_set1_epi32 ((gint) channels * SNN_PLACE));
  _mm512_storeu_si512 (places, _mm512_maskz_compress_epi32 (sent, all));
  return (guint32) __builtin_popcount (sent);
#else
  const guint32 n = snn_append_places (snn_reach (bytes, 1) & lanes, channel,
      places);

  return below ? n + snn_append_places (below, channel + channels, places + n)
      : n;
#endif
}

/* The sum of bytes' sizes. */
static inline __attribute__((always_inline)) guint64
snn_add_sizes (const guint8 *bytes, gsize n)
{
#if SNN_SIMD_WIDTH == 16
  __m512i sum = _mm512_setzero_si512 ();

  for (gsize i = 0; i < n; i += 64) {
    const __mmask64 some = n - i < 64 ? (1ull << (n - i)) - 1 : ~0ull;

    sum = _mm512_add_epi64 (sum, _mm512_sad_epu8 (_mm512_abs_epi8
            (_mm512_maskz_loadu_epi8 (some, bytes + i)),
            _mm512_setzero_si512 ()));
  }
  return (guint64) _mm512_reduce_add_epi64 (sum);
#else
  __m256i sum = _mm256_setzero_si256 ();
  gsize i = 0;
  guint64 all = 0;

  for (; i + 32 <= n; i += 32)
    sum = _mm256_add_epi64 (sum, _mm256_sad_epu8 (_mm256_abs_epi8
            (_mm256_loadu_si256 ((const __m256i *) (bytes + i))),
            _mm256_setzero_si256 ()));
  for (guint lane = 0; lane < 4; lane++)
    all += (guint64) ((__v4di) sum)[lane];
  for (; i < n; i++)
    all += (guint64) ABS ((gint8) bytes[i]);
  return all;
#endif
}

static guint32
snn_count_spikes (const SnnListRow *row)
{
  return (guint32) snn_add_sizes (row->bytes,
      (gsize) row->pixels * row->channels);
}

/* What is written could be anything, so that the row is best read before. Spikes are
 * most of the work, for which @largest is a constant, and whole vectors of channels, for
 * which @lanes is one. */
static inline __attribute__((always_inline)) guint32
snn_list_row (const SnnListRow *row, guint32 n, guint lanes, const gint largest,
    const gboolean is_signed)
{
  const guint channels = row->channels, pixels = row->pixels;
  const guint8 *bytes = row->bytes;
  guint32 *const places = row->places, *const first = row->first;

  for (guint pixel = 0; pixel < pixels; pixel++) {
    first[pixel] = n;
    for (guint c = 0; c < channels; c += 16) {
      const guint some = c + 16 < channels ? 0xffff : lanes;
      const __m128i x = _mm_loadu_si128 ((const __m128i *) (bytes + c));

      if (largest == 1) {
        n += snn_list_units (x, some, 1 + c, channels, is_signed, places + n);
        continue;
      }
      n += snn_list_bytes (x, some, 1 + c, largest, 1, places + n);
      if (is_signed && (_mm_movemask_epi8 (x) & some))
        n += snn_list_bytes (x, some, 1 + channels + c, largest, -1,
            places + n);
    }
    _mm_storeu_si128 ((__m128i *) (places + n), _mm_setzero_si128 ());
    n = (n + SNN_TOGETHER - 1) / SNN_TOGETHER * SNN_TOGETHER;
    bytes += channels;
  }
  first[pixels] = n;
  return n;
}

static guint32
snn_list_spikes (const SnnListRow *row, guint32 n)
{
  const guint rest = row->channels % 16;
  const guint lanes = rest ? (1u << rest) - 1 : 0xffff;

  if (row->largest > 1)
    return snn_list_row (row, n, lanes, row->largest, row->is_signed);
  if (row->is_signed)
    return snn_list_row (row, n, lanes, 1, TRUE);
  if (rest)
    return snn_list_row (row, n, lanes, 1, FALSE);
  return snn_list_row (row, n, 0xffff, 1, FALSE);
}

/* Lists of runs of one timestep, and their weights: from @first on, for each pixel where
 * its places begin; at @weights those of the run's first pixel. Runs in which nothing was
 * sent are left out. */
typedef struct
{
  const guint32 *places;
  const guint32 *first[SNN_RUNS];
  const guint8 *weights[SNN_RUNS];
  gsize tap;                    /* bytes from a pixel's weights to the next one's */
  guint n;
} SnnListedRuns;

/* Finds up to %SNN_RUNS runs from @run on; returns the next one. */
static inline guint
snn_find_runs (const SnnFireBranch *branch, guint run, guint t, gsize pixel,
    SnnListedRuns *runs)
{
  const SnnSpikeList *list = branch->list;
  const gsize run_size = snn_rows_size (branch->length, branch->taps,
      branch->narrow);

  runs->places = list->places;
  runs->tap = run_size / branch->taps;
  runs->n = 0;
  for (; run < branch->n_runs && runs->n < SNN_RUNS; run++) {
    const gsize at = branch->list_row + run * branch->list_run + t;

    if (list->sizes[at] == 0)
      continue;
    runs->first[runs->n] = list->first + at * (list->pixels + 1)
        + branch->list_at + pixel * branch->list_pixel;
    runs->weights[runs->n] = (const guint8 *) branch->weights + run * run_size;
    runs->n++;
  }
  return run;
}

/* Adds weights at %SNN_TOGETHER places to the sums of @taps pixels. */
static inline __attribute__((always_inline)) void
snn_add_pair (const guint32 *place, const guint8 *weights, gsize tap_size,
    SnnInts sum[][SNN_VECTORS], const guint taps, const gboolean narrow)
{
  const gsize scale = narrow ? 1 : sizeof (gint32);

#pragma GCC unroll 2
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
}

static inline __attribute__((always_inline)) void
snn_add_sum (const SnnInts from[SNN_VECTORS], SnnSum *to, gboolean begins)
{
#pragma GCC unroll 2
  for (guint j = 0; j < SNN_VECTORS; j++)
    if (begins)
      ((SnnInts *) *to)[j] = from[j];
    else
      ((SnnInts *) *to)[j] += from[j];
}

/* Neurons side by side, of which a pixel is seen by three: its weights are added to the
 * sums of these, and then one of them is done. */
static inline __attribute__((always_inline)) void
snn_slide (const SnnListedRuns *all_runs, guint n, SnnSum *sums,
    guint timesteps, gboolean begins, const gboolean narrow)
{
  const SnnListedRuns listed = *all_runs, *const runs = &listed;
  SnnInts sum[SNN_TAPS][SNN_VECTORS] = { {{0}} };

  for (guint i = 0; i < n + SNN_TAPS - 1; i++) {
    for (guint run = 0; run < runs->n; run++) {
      const guint32 *place = runs->places + runs->first[run][i];
      const guint32 *end = runs->places + runs->first[run][i + 1];

      for (; place < end; place += SNN_TOGETHER)
        snn_add_pair (place, runs->weights[run], runs->tap, sum, SNN_TAPS,
            narrow);
    }
    if (i + 1 >= SNN_TAPS) {
      snn_add_sum (sum[SNN_TAPS - 1], sums, begins);
      sums += timesteps;
    }
#pragma GCC unroll 2
    for (guint j = 0; j < SNN_VECTORS; j++) {
      sum[2][j] = sum[1][j];
      sum[1][j] = sum[0][j];
      sum[0][j] = (SnnInts) { 0 };
    }
  }
}

/* Functions of their own, as there are not registers enough for more. */
static __attribute__((noinline)) void
snn_slide_wide (const SnnListedRuns *runs, guint n, SnnSum *sums,
    guint timesteps, gboolean begins)
{
  snn_slide (runs, n, sums, timesteps, begins, FALSE);
}

static __attribute__((noinline)) void
snn_slide_narrow (const SnnListedRuns *runs, guint n, SnnSum *sums,
    guint timesteps, gboolean begins)
{
  snn_slide (runs, n, sums, timesteps, begins, TRUE);
}

/* Neurons wherever they are, one after the other. */
static inline __attribute__((always_inline)) void
snn_visit (const SnnListedRuns *runs, guint n, guint pixel, guint taps,
    SnnSum *sums, guint timesteps, gboolean begins, const gboolean narrow)
{
  for (guint i = 0; i < n; i++, sums += timesteps) {
    SnnInts sum[1][SNN_VECTORS] = { {{0}} };

    for (guint run = 0; run < runs->n; run++)
      for (guint tap = 0; tap < taps; tap++) {
        const guint32 *first = runs->first[run] + i * pixel + tap;
        const guint32 *place = runs->places + first[0];
        const guint32 *end = runs->places + first[1];

        for (; place < end; place += SNN_TOGETHER)
          snn_add_pair (place, runs->weights[run] + tap * runs->tap, 0, sum, 1,
              narrow);
      }
    snn_add_sum (sum[0], sums, begins);
  }
}

static inline __attribute__((always_inline)) void
snn_add_runs (const SnnFireBranch *branch, const SnnListedRuns *runs, guint n,
    SnnSum *sums, guint timesteps, gboolean begins, const gboolean narrow)
{
  if (branch->taps == SNN_TAPS && branch->list_pixel == 1 && narrow)
    snn_slide_narrow (runs, n, sums, timesteps, begins);
  else if (branch->taps == SNN_TAPS && branch->list_pixel == 1)
    snn_slide_wide (runs, n, sums, timesteps, begins);
  else
    snn_visit (runs, n, branch->list_pixel, branch->taps, sums, timesteps,
        begins, narrow);
}

/* A branch whose spikes are listed, for @n pixels from @pixel on; @first: it is the
 * first one. */
static inline __attribute__((always_inline)) void
snn_add_lists (const SnnFireRow *row, const SnnFireBranch *branch, guint pixel,
    guint n, SnnSum *sums, gboolean first, const gboolean narrow)
{
  const guint timesteps = row->timesteps;

  for (guint t = 0; t < timesteps; t++) {
    gboolean begins = first;
    SnnListedRuns runs;

    for (guint run = 0; run < branch->n_runs;) {
      run = snn_find_runs (branch, run, t, pixel, &runs);
      if (runs.n == 0)
        break;
      snn_add_runs (branch, &runs, n, sums + t, timesteps, begins, narrow);
      begins = FALSE;
    }
    for (guint i = 0; begins && i < n; i++)
      snn_add_sum ((const SnnInts[SNN_VECTORS]) { {0} }, sums + t
          + i * timesteps, TRUE);
  }
}

static void
snn_add_listed (const SnnFireRow *row, const SnnFireBranch *branch,
    guint pixel, guint pixels, gboolean first, SnnSum *sums)
{
  if (branch->narrow)
    snn_add_lists (row, branch, pixel, pixels, sums, first, TRUE);
  else
    snn_add_lists (row, branch, pixel, pixels, sums, first, FALSE);
}
