/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <immintrin.h>
#include <string.h>

#include "spiking.h"

/* What the vector kernels do with a pixel's currents, in GCC's vector
 * extension. Included with SNN_SIMD_WIDTH, the floats in a register. */

enum
{
  SNN_PANEL = 16,
  SNN_VECTORS = SNN_PANEL / SNN_SIMD_WIDTH,
  SNN_PIXELS = 64 / SNN_PANEL,  /* whose membranes pass time side by side */
  SNN_SUMMED = 12,              /* pixels whose sums are made together, or more */
  SNN_SUMS = 512,               /* there is memory for */
};

/* Of a panel's neurons at one timestep; those of a pixel are side by side. */
typedef gint32 SnnSum[SNN_PANEL];

G_STATIC_ASSERT (SNN_SUMMED * SNN_BLOCK <= SNN_SUMS);

typedef float SnnFloats
    __attribute__((vector_size (4 * SNN_SIMD_WIDTH), aligned (4), may_alias));
typedef gint32 SnnInts
    __attribute__((vector_size (4 * SNN_SIMD_WIDTH), aligned (4), may_alias));

/* A panel that may end early: vectors are read and written in part. */
#if SNN_SIMD_WIDTH == 16
static inline __mmask16
snn_lanes (guint lanes)
{
  return (__mmask16) ((1u << lanes) - 1);
}
#else
static inline __m256i
snn_lanes (guint lanes, guint j)
{
  return _mm256_cmpgt_epi32 (_mm256_set1_epi32 ((gint) lanes
          - (gint) j * SNN_SIMD_WIDTH), _mm256_setr_epi32 (0, 1, 2, 3, 4, 5, 6,
          7));
}
#endif

static inline __attribute__((always_inline)) void
snn_load_panel (SnnFloats to[SNN_VECTORS], const float *from, guint lanes)
{
#pragma GCC unroll 2
  for (guint j = 0; j < SNN_VECTORS; j++, from += SNN_SIMD_WIDTH)
    if (lanes == SNN_PANEL)
      to[j] = *(const SnnFloats *) from;
    else
#if SNN_SIMD_WIDTH == 16
      to[j] = (SnnFloats) _mm512_maskz_loadu_ps (snn_lanes (lanes), from);
#else
      to[j] = (SnnFloats) _mm256_maskload_ps (from, snn_lanes (lanes, j));
#endif
}

static inline __attribute__((always_inline)) void
snn_store_panel (float *to, const SnnFloats from[SNN_VECTORS], guint lanes)
{
#pragma GCC unroll 2
  for (guint j = 0; j < SNN_VECTORS; j++, to += SNN_SIMD_WIDTH)
    if (lanes == SNN_PANEL)
      *(SnnFloats *) to = from[j];
    else
#if SNN_SIMD_WIDTH == 16
      _mm512_mask_storeu_ps (to, snn_lanes (lanes), (__m512) from[j]);
#else
      _mm256_maskstore_ps (to, snn_lanes (lanes, j), (__m256) from[j]);
#endif
}

/* Bytes of a panel. */
static inline __attribute__((always_inline)) void
snn_store_bytes (guint8 *to, __m128i from, guint lanes)
{
  if (lanes == SNN_PANEL) {
    _mm_storeu_si128 ((__m128i *) to, from);
    return;
  }
#if SNN_SIMD_WIDTH == 16
  _mm_mask_storeu_epi8 (to, snn_lanes (lanes), from);
#else
  for (guint n = 8; n > 0; n /= 2) {
    const guint64 bytes = (guint64) _mm_cvtsi128_si64 (from);

    if (!(lanes & n))
      continue;
    memcpy (to, &bytes, n);
    to += n;
    from = n == 8 ? _mm_srli_si128 (from, 8)
        : _mm_srl_epi64 (from, _mm_cvtsi32_si128 ((gint) n * 8));
  }
#endif
}

/* Fires and resets where u > v, to @to if that is not %NULL, and counts; returns
 * the bytes of @keep there. */
static inline __attribute__((always_inline)) __m128i
snn_reset (SnnFloats u[SNN_VECTORS], const SnnFloats v[SNN_VECTORS],
    const SnnFloats *to, SnnInts count[SNN_VECTORS], __m128i keep)
{
#if SNN_SIMD_WIDTH == 16
  __mmask16 fires = _mm512_cmp_ps_mask (u[0], v[0], _CMP_GT_OQ);

  u[0] = to ? _mm512_mask_mov_ps (u[0], fires, to[0])
      : _mm512_mask_sub_ps (u[0], fires, u[0], v[0]);
  count[0] = (SnnInts) _mm512_mask_add_epi32 ((__m512i) count[0], fires,
      (__m512i) count[0], _mm512_set1_epi32 (1));
  return _mm_maskz_mov_epi8 (fires, keep);
#else
  SnnInts fires[SNN_VECTORS];
  __m256i words;

#pragma GCC unroll 2
  for (guint j = 0; j < SNN_VECTORS; j++) {
    fires[j] = u[j] > v[j];
    if (to)
      u[j] = (SnnFloats) (((SnnInts) to[j] & fires[j])
          | ((SnnInts) u[j] & ~fires[j]));
    else
      u[j] -= (SnnFloats) ((SnnInts) v[j] & fires[j]);
    count[j] -= fires[j];
  }
  /* Packing works on halves of registers, and leaves their quarters crossed. */
  words = _mm256_packs_epi32 ((__m256i) fires[0], (__m256i) fires[1]);
  words = _mm256_permute4x64_epi64 (words, 0xd8);
  return _mm_and_si128 (_mm_packs_epi16 (_mm256_castsi256_si128 (words),
          _mm256_extracti128_si256 (words, 1)), keep);
#endif
}

/* The same of signed neurons, whose net counts are @net; @count counts both
 * kinds of spikes. */
static inline __attribute__((always_inline)) __m128i
snn_reset_signed (SnnFloats u[SNN_VECTORS], const SnnFloats v[SNN_VECTORS],
    SnnFloats net[SNN_VECTORS], SnnInts count[SNN_VECTORS], __m128i keep)
{
#if SNN_SIMD_WIDTH == 16
  const __m512 none = _mm512_setzero_ps (), one = _mm512_set1_ps (1.f);
  __mmask16 fires = _mm512_cmp_ps_mask (u[0], v[0], _CMP_GT_OQ);
  __mmask16 takes = _mm512_mask_cmp_ps_mask (_mm512_cmp_ps_mask (net[0], none,
          _CMP_GT_OQ), u[0], none, _CMP_LT_OQ);

  u[0] = _mm512_mask_sub_ps (u[0], fires, u[0], v[0]);
  u[0] = _mm512_mask_add_ps (u[0], takes, u[0], v[0]);
  net[0] = _mm512_mask_add_ps (net[0], fires, net[0], one);
  net[0] = _mm512_mask_sub_ps (net[0], takes, net[0], one);
  count[0] = (SnnInts) _mm512_mask_add_epi32 ((__m512i) count[0],
      (__mmask16) (fires | takes), (__m512i) count[0], _mm512_set1_epi32 (1));
  return _mm_mask_sub_epi8 (_mm_maskz_mov_epi8 (fires, keep), takes,
      _mm_setzero_si128 (), keep);
#else
  SnnInts spikes[SNN_VECTORS];
  __m256i words;
  __m128i kept = _mm_sub_epi8 (_mm_setzero_si128 (), keep);

#pragma GCC unroll 2
  for (guint j = 0; j < SNN_VECTORS; j++) {
    SnnInts fires = u[j] > v[j];
    SnnInts takes = (u[j] < 0.f) & (net[j] > 0.f);

    u[j] -= (SnnFloats) ((SnnInts) v[j] & fires);
    u[j] += (SnnFloats) ((SnnInts) v[j] & takes);
    spikes[j] = takes - fires;
    net[j] += __builtin_convertvector (spikes[j], SnnFloats);
    count[j] -= fires | takes;
  }
  words = _mm256_packs_epi32 ((__m256i) spikes[0], (__m256i) spikes[1]);
  words = _mm256_permute4x64_epi64 (words, 0xd8);
  return _mm_and_si128 (_mm_packs_epi16 (_mm256_castsi256_si128 (words),
          _mm256_extracti128_si256 (words, 1)), kept);
#endif
}

/* How far u is from v, or where signed neurons may take spikes back, from
 * [0, v]. */
static inline __attribute__((always_inline)) SnnFloats
snn_distance (SnnFloats u, SnnFloats v, SnnFloats net,
    const gboolean is_signed)
{
  SnnFloats above = u - v;
  SnnInts beyond, below;

  if (!is_signed)
    return above;
  beyond = (u > v) | ~(net > 0.f);
  below = (u < 0.f) & ~beyond;
  return (SnnFloats) (((SnnInts) above & beyond) | ((SnnInts) u & below));
}

/* What a row is, where that is a constant and not asked for each timestep. */
typedef struct
{
  gboolean whole;               /* lanes are a panel */
  gboolean constant;            /* the current is given */
  gboolean distance;            /* is wanted */
  gboolean leaks;
  gboolean resets;              /* to a value */
  gboolean is_signed;
} SnnRowKind;

/* leak u + current, rounded once */
static inline __attribute__((always_inline)) SnnFloats
snn_leak (SnnFloats leak, SnnFloats u, SnnFloats current)
{
#if SNN_SIMD_WIDTH == 16
  return (SnnFloats) _mm512_fmadd_ps (leak, u, current);
#else
  return (SnnFloats) _mm256_fmadd_ps (leak, u, current);
#endif
}

/* Adds a timestep's current, the row's constant one or that of @sums. */
static inline __attribute__((always_inline)) void
snn_charge (SnnFloats u[SNN_VECTORS], const SnnRowKind kind,
    const SnnFloats current[SNN_VECTORS], const gint32 *sums,
    const SnnFloats scale[SNN_VECTORS], const SnnFloats leak[SNN_VECTORS])
{
#pragma GCC unroll 2
  for (guint j = 0; j < SNN_VECTORS; j++) {
    SnnFloats x = current[j];

    if (!kind.constant)
      x = __builtin_convertvector (*(const SnnInts *)
          (sums + j * SNN_SIMD_WIDTH), SnnFloats) * scale[j];
    if (kind.leaks)
      u[j] = snn_leak (leak[j], u[j], x);
    else
      u[j] += x;
  }
}

static inline __attribute__((always_inline)) void
snn_add_counts (const SnnFireRow *row, gsize at,
    const SnnInts count[SNN_VECTORS], guint lanes)
{
  gint32 counts[SNN_PANEL];

  memcpy (counts, count, sizeof counts);
  for (guint o = 0; o < lanes; o++)
    row->counts[at + o] += (guint) counts[o];
}

/* Stores net counts; what they have changed by goes to the row's counts. */
static inline __attribute__((always_inline)) void
snn_store_net (const SnnFireRow *row, gsize at,
    const SnnFloats net[SNN_VECTORS], guint lanes)
{
  float counts[SNN_PANEL];

  if (row->counts) {
    snn_store_panel (counts, net, SNN_PANEL);
    for (guint o = 0; o < lanes; o++)
      row->counts[at + o] += (guint) (gint) (counts[o]
          - (row->start ? 0.f : row->net[at + o]));
  }
  if (!row->ends)
    snn_store_panel (row->net + at, net, lanes);
}

/* 0 where a neuron's spikes are dropped, else 1. */
static inline __attribute__((always_inline)) __m128i
snn_load_keep (const SnnFireRow *row, gsize at, guint lanes)
{
  guint8 bytes[SNN_PANEL];

  if (!row->keep)
    return _mm_set1_epi8 (1);
  memcpy (bytes, row->keep + at, lanes);
  return _mm_loadu_si128 ((const __m128i *) bytes);
}

/* What plain_fire() does with the @sums of @n pixels, or with the row's constant
 * current; adds each lane's spikes to @total. A membrane is one chain of
 * dependent operations, so that several have to go on together. @n and @kind
 * are constants. */
static inline __attribute__((always_inline)) void
snn_integrate (const SnnFireRow *row, guint pixel, const guint n,
    const SnnRowKind kind, SnnSum *sums,
    SnnInts total[SNN_VECTORS])
{
  /* Bytes that are written could be anything, so that the row is best read
   * before. */
  const guint lanes = kind.whole ? SNN_PANEL : row->lanes;
  const guint timesteps = row->timesteps;
  const gsize spikes_pixel = row->spikes_pixel, neuron = row->neuron;
  guint8 *spikes = row->spikes + pixel * spikes_pixel;
  float *distance = kind.distance ? row->distance + pixel * neuron : NULL;
  SnnFloats v[SNN_VECTORS], scale[SNN_VECTORS];
  SnnFloats leak[SNN_VECTORS] = { {0.f} }, to[SNN_VECTORS] = { {0.f} };
  SnnFloats u[SNN_PIXELS][SNN_VECTORS] = { {{0.f}} };
  SnnFloats current[SNN_PIXELS][SNN_VECTORS] = { {{0.f}} };
  SnnInts count[SNN_PIXELS][SNN_VECTORS] = { {{0}} };
  SnnFloats net[SNN_PIXELS][SNN_VECTORS] = { {{0.f}} };
  __m128i keep[SNN_PIXELS];

  snn_load_panel (v, row->threshold, SNN_PANEL);
  snn_load_panel (scale, row->scale, SNN_PANEL);
  if (kind.leaks)
    snn_load_panel (leak, row->leak, SNN_PANEL);
  if (kind.resets)
    snn_load_panel (to, row->reset, SNN_PANEL);
#pragma GCC unroll 4
  for (guint i = 0; i < n; i++) {
    snn_load_panel (u[i], row->start ? row->start
        : row->membrane + (pixel + i) * neuron, lanes);
    if (kind.is_signed && !row->start)
      snn_load_panel (net[i], row->net + (pixel + i) * neuron, lanes);
    if (kind.constant)
      snn_load_panel (current[i], row->current
          + (pixel + i) * row->current_pixel, lanes);
    keep[i] = snn_load_keep (row, (pixel + i) * neuron, lanes);
  }

  for (guint t = 0; t < timesteps; t++) {
#pragma GCC unroll 4
    for (guint i = 0; i < n; i++) {
      SnnFloats above[SNN_VECTORS];
      __m128i out;

      snn_charge (u[i], kind, current[i], sums[i * timesteps + t], scale, leak);
#pragma GCC unroll 2
      for (guint j = 0; j < SNN_VECTORS; j++)
        above[j] = snn_distance (u[i][j], v[j], net[i][j], kind.is_signed);
      out = kind.is_signed
          ? snn_reset_signed (u[i], v, net[i], count[i], keep[i])
          : snn_reset (u[i], v, kind.resets ? to : NULL, count[i], keep[i]);
      snn_store_bytes (spikes + i * spikes_pixel, out, lanes);
      if (kind.distance)
        snn_store_panel (distance + i * neuron, above, lanes);
    }
    spikes += row->spikes_time;
    if (kind.distance)
      distance += row->distance_time;
  }

#pragma GCC unroll 4
  for (guint i = 0; i < n; i++) {
    if (!row->ends)
      snn_store_panel (row->membrane + (pixel + i) * neuron, u[i], lanes);
#pragma GCC unroll 2
    for (guint j = 0; j < SNN_VECTORS; j++)
      total[j] += count[i][j];
    if (kind.is_signed)
      snn_store_net (row, (pixel + i) * neuron, net[i], lanes);
    else if (row->counts)
      snn_add_counts (row, (pixel + i) * neuron, count[i], lanes);
  }
}

static inline __attribute__((always_inline)) void
snn_integrate_pixels (const SnnFireRow *row, guint pixel, guint n,
    const SnnRowKind kind, SnnSum *sums,
    SnnInts total[SNN_VECTORS])
{
  guint i = 0;

  for (; i + SNN_PIXELS <= n; i += SNN_PIXELS)
    snn_integrate (row, pixel + i, SNN_PIXELS, kind,
        sums + i * row->timesteps, total);
  for (; i < n; i++)
    snn_integrate (row, pixel + i, 1, kind, sums + i * row->timesteps, total);
}

/* Whole panels without more are most of the work, again. */
static inline __attribute__((always_inline)) void
snn_integrate_signed (const SnnFireRow *row, guint pixel, guint n,
    const SnnRowKind kind, SnnSum *sums,
    SnnInts total[SNN_VECTORS])
{
  if (kind.whole && !kind.constant && !kind.distance && !row->leak)
    snn_integrate_pixels (row, pixel, n,
        (SnnRowKind) { .whole = TRUE, .is_signed = TRUE }, sums, total);
  else
    snn_integrate_pixels (row, pixel, n, (SnnRowKind) { kind.whole,
          kind.constant, kind.distance, row->leak != NULL, FALSE, TRUE }, sums,
        total);
}

/* Membranes are far away, and not asked for before all sums are there. */
static inline void
snn_fetch_membranes (const SnnFireRow *row)
{
  if (row->start)
    return;
  for (guint pixel = 0; pixel < row->pixels; pixel++) {
    __builtin_prefetch (row->membrane + pixel * row->neuron, 1);
    if (row->net)
      __builtin_prefetch (row->net + pixel * row->neuron, 1);
  }
}

/* All pixels of a row, whose sums @add makes, up to @most at a time, unless the
 * current is given. */
static inline __attribute__((always_inline)) guint
snn_fire_row (const SnnFireRow *row, guint most,
    void (*add) (const SnnFireRow *row, guint pixel, guint pixels,
        SnnSum *sums))
{
  const SnnRowKind kind = {
    .whole = row->lanes == SNN_PANEL,
    .constant = row->current != NULL,
    .distance = row->distance != NULL,
  };
  SnnSum sums[SNN_SUMS] __attribute__((aligned (64)));
  SnnInts total[SNN_VECTORS] = { {0} };
  guint n_spikes = 0, n;
  guint rest = (row->pixels + most - 1) / most;

  snn_fetch_membranes (row);
  for (guint pixel = 0; pixel < row->pixels; pixel += n) {
    n = (row->pixels - pixel + rest - 1) / rest;
    rest--;
    if (!kind.constant)
      add (row, pixel, n, sums);
    if (row->net)
      snn_integrate_signed (row, pixel, n, kind, sums, total);
    else if (row->reset)
      snn_integrate_pixels (row, pixel, n, (SnnRowKind) { kind.whole,
            kind.constant, kind.distance, row->leak != NULL, TRUE }, sums,
          total);
    else if (row->leak)
      snn_integrate_pixels (row, pixel, n,
          (SnnRowKind) { kind.whole, kind.constant, kind.distance, TRUE },
          sums, total);
    else if (!kind.whole || kind.constant)
      snn_integrate_pixels (row, pixel, n, kind, sums, total);
    else if (kind.distance)
      snn_integrate_pixels (row, pixel, n,
          (SnnRowKind) { .whole = TRUE, .distance = TRUE }, sums, total);
    else
      snn_integrate_pixels (row, pixel, n, (SnnRowKind) { .whole = TRUE },
          sums, total);
  }
  for (guint o = 0; o < SNN_PANEL; o++)
    n_spikes += (guint) total[o / SNN_SIMD_WIDTH][o % SNN_SIMD_WIDTH];
  return n_spikes;
}
