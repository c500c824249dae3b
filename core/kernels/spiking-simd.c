/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The spiking kernels where there are vectors but no tiles: four inputs at once
 * by a table. Compiled as simd.c is.
 *
 * Four bits of input choose one of 16 sums of four weights, for all neurons of
 * a panel: a load and an addition in place of 64 multiply-adds, whatever the
 * firing rate, and no branches. Values above 1 are taken bit by bit. */

#include "spiking.h"

#include "spiking-integrate.h"

enum
{
  GROUP = 4,                    /* inputs that index a table together */
  ENTRIES = 1 << GROUP,
  WORD_GROUPS = 14,             /* that an unaligned load of 64 bits holds */
  TOGETHER = 4,                 /* timesteps */
};

typedef gint32 Table[ENTRIES][SNN_PANEL];

static guint
n_groups (guint length)
{
  return (length + GROUP - 1) / GROUP;
}

static gsize
packed_size (guint n_runs, guint length)
{
  return (gsize) n_runs * n_groups (length) * sizeof (Table);
}

static void
pack (guint n_runs, guint length, const gint32 *w, gpointer packed)
{
  Table *table = packed;

  for (guint run = 0; run < n_runs; run++, w += length * SNN_PANEL)
    for (guint first = 0; first < length; first += GROUP, table++)
      for (guint entry = 0; entry < ENTRIES; entry++) {
        gint32 *sum = (*table)[entry];

        memset (sum, 0, sizeof (*table)[entry]);
        for (guint i = 0; i < GROUP && first + i < length; i++)
          for (guint o = 0; (entry >> i & 1) && o < SNN_PANEL; o++)
            sum[o] += w[(first + i) * SNN_PANEL + o];
      }
}

static void
pack_bits (const guint8 *bytes, gsize n, guint bit, guint8 *bits)
{
  for (gsize i = 0; i < n / 8; i++) {
    guint64 x;

    memcpy (&x, bytes + 8 * i, sizeof x);
    x = GUINT64_FROM_LE (x) >> bit & G_GUINT64_CONSTANT (0x0101010101010101);
    /* Gathers the lowest bit of each byte in the highest byte. */
    bits[i] = x * G_GUINT64_CONSTANT (0x0102040810204080) >> 56;
  }
}

/* The bits from @at on, moved up for an offset of 64 bytes an entry. */
static inline guint64
load_bits (const guint8 *bits, gsize at)
{
  guint64 word;

  memcpy (&word, bits + at / 8, sizeof word);
  return word >> at % 8 << 6;
}

/* Adds @groups tables' entries to the sums of @n timesteps, a constant. */
static inline __attribute__((always_inline)) void
look_up (const SnnFireBranch *branch, const guint8 *bits, gsize at,
    const guint8 *tables, guint groups, gint32 (*sums)[SNN_PANEL],
    const guint n)
{
  guint64 word[TOGETHER];
  SnnInts sum[TOGETHER][SNN_VECTORS];

#pragma GCC unroll 4
  for (guint i = 0; i < n; i++) {
    word[i] = load_bits (bits, at + i * branch->time);
#pragma GCC unroll 2
    for (guint j = 0; j < SNN_VECTORS; j++)
      sum[i][j] = *(const SnnInts *) (sums[i] + j * SNN_SIMD_WIDTH);
  }
  for (guint group = 0; group < groups; group++, tables += sizeof (Table))
#pragma GCC unroll 4
    for (guint i = 0; i < n; i++) {
      const SnnInts *entry = (const SnnInts *)
          (tables + (word[i] & (ENTRIES - 1) << 6));

#pragma GCC unroll 2
      for (guint j = 0; j < SNN_VECTORS; j++)
        sum[i][j] += entry[j];
      word[i] >>= GROUP;
    }
#pragma GCC unroll 4
  for (guint i = 0; i < n; i++)
#pragma GCC unroll 2
    for (guint j = 0; j < SNN_VECTORS; j++)
      *(SnnInts *) (sums[i] + j * SNN_SIMD_WIDTH) = sum[i][j];
}

/* Tables of a part of a run, which fit the nearest cache, for all timesteps. */
static void
add_bits (const SnnFireRow *row, const SnnFireBranch *branch,
    const guint8 *bits, guint pixel, gint32 (*sums)[SNN_PANEL])
{
  const guint8 *tables = branch->weights;
  guint n = n_groups (branch->length);

  for (guint run = 0; run < branch->n_runs; run++)
    for (guint first = 0; first < n; first += WORD_GROUPS) {
      guint groups = MIN (n - first, WORD_GROUPS);
      gsize at = branch->at + pixel * branch->pixel + run * branch->run
          + first * GROUP;
      guint t = 0;

      for (; t + TOGETHER <= row->timesteps; t += TOGETHER)
        look_up (branch, bits, at + t * branch->time, tables, groups, sums + t,
            TOGETHER);
      for (; t < row->timesteps; t++)
        look_up (branch, bits, at + t * branch->time, tables, groups, sums + t,
            1);
      tables += groups * sizeof (Table);
    }
}

static void
add_branch (const SnnFireRow *row, const SnnFireBranch *branch, guint pixel,
    gint32 (*sums)[SNN_PANEL])
{
  add_bits (row, branch, branch->bits, pixel, sums);
  for (guint plane = 1; plane < branch->n_planes; plane++) {
    gint32 part[SNN_BLOCK][SNN_PANEL];
    gboolean negative = branch->is_signed && plane + 1 == branch->n_planes;
    gint32 factor = (negative ? -1 : 1) * (1 << plane);

    memset (part, 0, row->timesteps * sizeof *part);
    add_bits (row, branch, branch->bits + plane * branch->plane, pixel, part);
    for (guint t = 0; t < row->timesteps; t++)
      for (guint o = 0; o < SNN_PANEL; o++)
        sums[t][o] += factor * part[t][o];
  }
}

static void
add_pixel (const SnnFireRow *row, guint pixel,
    gint32 sums[SNN_BLOCK][SNN_PANEL])
{
  memset (sums, 0, row->timesteps * sizeof *sums);
  for (guint b = 0; b < row->n_branches; b++)
    add_branch (row, &row->branches[b], pixel, sums);
}

static guint
fire (const SnnFireRow *row)
{
  return snn_fire_row (row, add_pixel);
}

#define CONCAT(a, b) a##b
#define SPIKING(name) CONCAT (snn_spiking_, name)

const SnnSpikingKernels SPIKING (SNN_SIMD_NAME) = {
  .panel = SNN_PANEL,
  .packed_size = packed_size,
  .pack = pack,
  .pack_bits = pack_bits,
  .fire = fire,
};
