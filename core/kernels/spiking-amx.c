/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The spiking kernels by AMX: tiles of up to 16 rows by 64 inputs times 64
 * inputs by 16 neurons. Rows are pixels side by side at one timestep: their
 * inputs are adjacent, and their membranes independent. Where a row of neurons
 * is short, as in Linear layers, they are timesteps of one pixel.
 *
 * Weights of 24 bits are three tiles of signed digits to base 256, whose
 * products are exact, and so are the sums of these modulo 2^32.
 *
 * Loading tiles takes as long as multiplying them. So two tiles of input, of
 * one timestep and the next, share those of weights, and the sums of the last
 * two are integrated meanwhile. */

#include "spiking.h"

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spiking-integrate.h"

enum
{
  DEPTH = 64,                   /* inputs of a tile, at most */
  DIGITS = 3,
  ROWS = 16,                    /* of a tile, at most */
  TILE = 1024,                  /* bytes */
  SHORT_ROW = 8,                /* pixels: below, rows of tiles are timesteps */
};

/* Tiles: sums of each digit, of two inputs; an input; weights of a digit. Their
 * numbers become part of instructions' names, which enumerators can't. */
#define FIRST_LOW 0
#define FIRST_MIDDLE 1
#define FIRST_HIGH 2
#define SECOND_LOW 3
#define SECOND_MIDDLE 4
#define SECOND_HIGH 5
#define INPUT 6
#define WEIGHTS 7
#define N_TILES 8

typedef gint32 Digits[DIGITS][ROWS][SNN_PANEL];

/* Tiles of a run. */
static inline guint
n_tiles (guint length)
{
  return (length + DEPTH - 1) / DEPTH;
}

/* Inputs of each: as equal as can be, as rows that cross a cache line are slow
 * to load, and narrow ones do so less often. */
static inline guint
tile_depth (guint length)
{
  guint n = n_tiles (length);

  return ((length + n - 1) / n + 3) / 4 * 4;
}

/* Tiles have all digits of narrow weights, too. */
static gsize
amx_packed_size (SnnPacking packing, guint n_runs, guint length, guint taps,
    gboolean narrow)
{
  if (packing != SNN_PACKED_FOR_BITS)
    return 0;
  return (gsize) n_runs * n_tiles (length) * DIGITS * TILE;
}

/* A tile of weights: row r has inputs 4 r to 4 r + 3 of each neuron. */
static void
amx_pack (SnnPacking packing, guint n_runs, guint length, guint taps,
    gboolean narrow, const gint32 *w, gpointer packed)
{
  const guint depth = tile_depth (length);
  gint8 *tiles = packed;

  memset (packed, 0, amx_packed_size (packing, n_runs, length, taps,
          narrow));
  for (guint run = 0; run < n_runs; run++)
    for (guint first = 0; first < length; first += depth) {
      for (guint i = first; i < MIN (first + depth, length); i++)
        for (guint o = 0; o < SNN_PANEL; o++) {
          gint32 rest = w[((gsize) run * length + i) * SNN_PANEL + o];
          gsize at = (i - first) / 4 * 64 + o * 4 + i % 4;

          for (guint digit = 0; digit < DIGITS; digit++) {
            gint8 value = (gint8) (rest & 0xff);

            tiles[digit * TILE + at] = value;
            rest = (rest - value) / 256;
          }
        }
      tiles += DIGITS * TILE;
    }
}

/* How many rows and bytes a row each tile has: 64 bytes that the processor
 * reads. */
typedef struct
{
  guint8 palette;
  guint8 start_row;
  guint8 reserved[14];
  guint16 row_bytes[16];
  guint8 rows[16];
} TileConfig;

/* For inputs of so many rows. A branch that is less deep than another reads
 * past its run, times weights of 0. */
static void
configure (const SnnFireRow *row, guint rows)
{
  TileConfig config = {.palette = 1 };
  guint depth = 0;

  for (guint b = 0; b < row->n_branches; b++)
    depth = MAX (depth, tile_depth (row->branches[b].length));
  for (guint tile = 0; tile < N_TILES; tile++) {
    config.rows[tile] = (guint8) (tile == WEIGHTS ? depth / 4 : rows);
    config.row_bytes[tile] = (guint16) (tile == INPUT ? depth : 64);
  }
  /* The intrinsic tells the compiler of the first 8 bytes only. */
  __asm__ volatile ("ldtilecfg %0"::"m" (config));
}

static void
amx_end (void)
{
  _tile_release ();
}

/* Adds the products of input @a, and of @b if @two, with a tile of weights. */
static inline __attribute__((always_inline)) void
multiply_tile (const guint8 *a, const guint8 *b, gsize stride, const guint8 *w,
    const gboolean two)
{
  _tile_loadd (INPUT, a, stride);
  _tile_loadd (WEIGHTS, w, 64);
  _tile_dpbssd (FIRST_LOW, INPUT, WEIGHTS);
  _tile_loadd (WEIGHTS, w + TILE, 64);
  _tile_dpbssd (FIRST_MIDDLE, INPUT, WEIGHTS);
  _tile_loadd (WEIGHTS, w + 2 * TILE, 64);
  _tile_dpbssd (FIRST_HIGH, INPUT, WEIGHTS);
  if (!two)
    return;
  _tile_loadd (INPUT, b, stride);
  _tile_dpbssd (SECOND_HIGH, INPUT, WEIGHTS);
  _tile_loadd (WEIGHTS, w + TILE, 64);
  _tile_dpbssd (SECOND_MIDDLE, INPUT, WEIGHTS);
  _tile_loadd (WEIGHTS, w, 64);
  _tile_dpbssd (SECOND_LOW, INPUT, WEIGHTS);
}

static inline void
zero_sums (void)
{
  _tile_zero (FIRST_LOW);
  _tile_zero (FIRST_MIDDLE);
  _tile_zero (FIRST_HIGH);
  _tile_zero (SECOND_LOW);
  _tile_zero (SECOND_MIDDLE);
  _tile_zero (SECOND_HIGH);
}

static inline __attribute__((always_inline)) void
store_sums (Digits first, Digits second, const gboolean two)
{
  _tile_stored (FIRST_LOW, first[0], 64);
  _tile_stored (FIRST_MIDDLE, first[1], 64);
  _tile_stored (FIRST_HIGH, first[2], 64);
  if (!two)
    return;
  _tile_stored (SECOND_LOW, second[0], 64);
  _tile_stored (SECOND_MIDDLE, second[1], 64);
  _tile_stored (SECOND_HIGH, second[2], 64);
}

static inline __m512i
sum_digits (Digits digits, guint i)
{
  __m512i sum = _mm512_load_si512 (digits[2][i]);

  sum = _mm512_add_epi32 (_mm512_slli_epi32 (sum, 8),
      _mm512_load_si512 (digits[1][i]));
  return _mm512_add_epi32 (_mm512_slli_epi32 (sum, 8),
      _mm512_load_si512 (digits[0][i]));
}

/* Pixels whose timesteps are integrated one after the other. @leaks is a
 * constant where this is inlined. */
typedef struct
{
  const SnnFireRow *row;
  gboolean leaks;
  guint first;                  /* pixel of the tiles' first row */
  guint begin, end;             /* rows that are not done by another group */
  guint t, i;                   /* of the next to be integrated */
  guint n_spikes;
} Group;

/* What plain_fire() does, of up to @n pixels of one timestep. */
static inline __attribute__((always_inline)) void
integrate (Group *group, guint n, Digits digits[2])
{
  const SnnFireRow *row = group->row;
  const __mmask16 lanes = (__mmask16) ((1u << row->lanes) - 1);
  const __m512 v = _mm512_loadu_ps (row->threshold);
  const __m512 scale = _mm512_loadu_ps (row->scale);
  const __m512 leak = group->leaks ? _mm512_loadu_ps (row->leak)
      : _mm512_setzero_ps ();
  const gsize neuron = row->neuron, spikes_pixel = row->spikes_pixel;
  const gsize pixel = group->first + group->i, at = pixel * neuron;
  float *membrane = row->membrane + at;
  float *distance = row->distance
      ? row->distance + at + group->t * row->distance_time : NULL;
  const guint8 *keep = row->keep ? row->keep + at : NULL;
  guint32 *counts = row->counts ? row->counts + at : NULL;
  guint8 *spikes = row->spikes + pixel * spikes_pixel
      + group->t * row->spikes_time;
  guint n_spikes = 0;

  n = MIN (n, group->end - group->i);
  for (guint j = 0; j < n; j++, spikes += spikes_pixel) {
    __m512i sum = sum_digits (digits[group->t % 2], group->i + j);
    __m512 u = _mm512_maskz_loadu_ps (lanes, membrane + j * neuron);
    __m128i sent = _mm_set1_epi8 (1);
    __mmask16 fires;

    if (group->leaks)
      u = _mm512_fmadd_ps (leak, u, _mm512_cvtepi32_ps (sum) * scale);
    else
      u += _mm512_cvtepi32_ps (sum) * scale;
    fires = _mm512_mask_cmp_ps_mask (lanes, u, v, _CMP_GT_OQ);
    if (distance)
      _mm512_mask_storeu_ps (distance + j * neuron, lanes, u - v);
    u = _mm512_mask_sub_ps (u, fires, u, v);
    _mm512_mask_storeu_ps (membrane + j * neuron, lanes, u);
    if (keep)
      sent = _mm_maskz_loadu_epi8 (lanes, keep + j * neuron);
    _mm_mask_storeu_epi8 (spikes, lanes, _mm_maskz_mov_epi8 (fires, sent));
    if (counts) {
      __m512i count = _mm512_maskz_loadu_epi32 (fires, counts + j * neuron);

      _mm512_mask_storeu_epi32 (counts + j * neuron, fires,
          _mm512_add_epi32 (count, _mm512_set1_epi32 (1)));
    }
    n_spikes += (guint) __builtin_popcount (fires);
  }
  group->n_spikes += n_spikes;
  group->i += n;
  if (group->i == group->end) {
    group->i = group->begin;
    group->t++;
  }
}

/* Asks for a run's inputs of two timesteps from @x on. */
static inline void
prefetch (const guint8 *x, gsize time, gsize n)
{
  for (gsize i = 0; i < n; i += 64) {
    _mm_prefetch ((const char *) x + i, _MM_HINT_T0);
    _mm_prefetch ((const char *) x + time + i, _MM_HINT_T0);
  }
}

/* Sums of timesteps @t and, if @two, @t + 1, while what came before is
 * integrated, @share pixels for each tile of weights. */
static inline __attribute__((always_inline)) void
multiply_pixels (Group *group, guint t, guint share, const gboolean two,
    Digits digits[2])
{
  const SnnFireRow *row = group->row;

  zero_sums ();
  for (guint b = 0; b < row->n_branches; b++) {
    const SnnFireBranch *branch = &row->branches[b];
    const gsize pixel = branch->pixel, time = branch->time;
    const guint length = branch->length, depth = tile_depth (length);
    const guint8 *x = branch->x + group->first * pixel + t * time;
    const guint8 *w = branch->weights;

    for (guint run = 0; run < branch->n_runs; run++, x += branch->run) {
      prefetch (x + 2 * time, time, (group->end - 1) * pixel + length + 63);
      for (guint i = 0; i < length; i += depth, w += DIGITS * TILE) {
        multiply_tile (x + i, x + i + time, pixel, w, two);
        if (group->t < t)
          integrate (group, share, digits);
      }
    }
  }
  while (group->t < t)
    integrate (group, ROWS, digits);
  store_sums (digits[t % 2], digits[(t + 1) % 2], two);
}

static inline __attribute__((always_inline)) guint
fire_pixels (const SnnFireRow *row, const gboolean leaks)
{
  Digits digits[2] __attribute__((aligned (64)));
  const guint n_groups = (row->pixels + ROWS - 1) / ROWS;
  const guint n = (row->pixels + n_groups - 1) / n_groups;
  guint n_weights = 0, n_spikes = 0, share;

  for (guint b = 0; b < row->n_branches; b++)
    n_weights += row->branches[b].n_runs * n_tiles (row->branches[b].length);
  share = (2 * n + n_weights - 1) / n_weights;
  configure (row, n);
  for (guint begin = 0; begin < row->pixels; begin += n) {
    guint first = MIN (begin, row->pixels - n);
    Group group = {
      .row = row,
      .leaks = leaks,
      .first = first,
      .begin = begin - first,
      .end = n,
      .i = begin - first,
    };

    /* Where timesteps are odd, the last two overlap with those before. */
    for (guint t = 0; t < row->timesteps; t += 2)
      if (row->timesteps == 1)
        multiply_pixels (&group, 0, share, FALSE, digits);
      else
        multiply_pixels (&group, MIN (t, row->timesteps - 2), share, TRUE,
            digits);
    while (group.t < row->timesteps)
      integrate (&group, ROWS, digits);
    n_spikes += group.n_spikes;
  }
  return n_spikes;
}

/* Timesteps of a tile. A block of more than its rows is two tiles, which
 * overlap in one timestep where their number is odd. */
static inline guint
tile_timesteps (guint timesteps)
{
  return timesteps <= ROWS ? timesteps : (timesteps + 1) / 2;
}

static inline __attribute__((always_inline)) void
multiply_timesteps (const SnnFireRow *row, guint p, const gboolean two,
    Digits digits[2])
{
  const guint second = row->timesteps - tile_timesteps (row->timesteps);

  zero_sums ();
  for (guint b = 0; b < row->n_branches; b++) {
    const SnnFireBranch *branch = &row->branches[b];
    const gsize time = branch->time;
    const guint length = branch->length, depth = tile_depth (length);
    const guint8 *x = branch->x + p * branch->pixel;
    const guint8 *w = branch->weights;

    for (guint run = 0; run < branch->n_runs; run++, x += branch->run)
      for (guint i = 0; i < length; i += depth, w += DIGITS * TILE)
        multiply_tile (x + i, x + i + second * time, time, w, two);
  }
  store_sums (digits[0], digits[1], two);
}

static void
add_timesteps (const SnnFireRow *row, guint pixel, guint pixels, SnnSum *sums)
{
  const guint n = tile_timesteps (row->timesteps);
  const guint second = row->timesteps - n;
  Digits digits[2] __attribute__((aligned (64)));

  for (guint p = 0; p < pixels; p++, sums += row->timesteps) {
    if (second > 0)
      multiply_timesteps (row, pixel + p, TRUE, digits);
    else
      multiply_timesteps (row, pixel + p, FALSE, digits);
    for (guint t = 0; t < n; t++) {
      _mm512_store_si512 (sums[t], sum_digits (digits[0], t));
      if (second > 0)
        _mm512_store_si512 (sums[second + t], sum_digits (digits[1], t));
    }
  }
}

/* Groups read the membranes of neurons that begin, too. */
static void
start_neurons (const SnnFireRow *row)
{
  for (guint pixel = 0; pixel < row->pixels; pixel++)
    memcpy (row->membrane + pixel * row->neuron, row->start,
        row->lanes * sizeof (float));
}

static guint
amx_fire (const SnnFireRow *row)
{
  if (row->current)
    return snn_fire_row (row, SNN_SUMMED, add_timesteps);
  if (row->pixels >= SHORT_ROW && !row->net && !row->reset) {
    if (row->start)
      start_neurons (row);
    return row->leak ? fire_pixels (row, TRUE) : fire_pixels (row, FALSE);
  }
  configure (row, tile_timesteps (row->timesteps));
  return snn_fire_row (row, SNN_SUMMED, add_timesteps);
}

gboolean
snn_spiking_amx_allowed (void)
{
  enum
  {
    ARCH_REQ_XCOMP_PERM = 0x1023,
    XFEATURE_XTILEDATA = 18,
  };

  return syscall (SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

const SnnSpikingKernels snn_spiking_amx = {
  .panel = SNN_PANEL,
  .packed_size = amx_packed_size,
  .pack = amx_pack,
  .end = amx_end,
  .fire = amx_fire,
};
