/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The spiking kernels where there are vectors but no tiles: six inputs at once
 * by a table. Compiled as simd.h says, and with SNN_VNNI where bytes can be multiplied, by
 * spiking-products.h.
 *
 * Six bits of input choose one of 64 sums of six weights, for all neurons of a
 * panel: a load and an addition in place of 96 multiply-adds, whatever the
 * firing rate, and no branches. As spikes are sparse, only the entries of few
 * bits are hot in the cache. Values above 1 are taken bit by bit. Where spikes are
 * listed, spiking-events.h adds weights one by one. */

#include "spiking.h"

#include "simd.h"

#include "spiking-events.h"
#ifdef SNN_VNNI
#include "spiking-products.h"
#endif

enum
{
  WORD = 8,                     /* tables whose bits a load of 64 bits has */
  PART = WORD * 2 / SNN_VECTORS,        /* tables whose entries are added up in
                                         * registers */
  LONGEST = 1024,               /* run that has large tables */
};

/* What an entry of a table is. Narrow ones are sums of narrow weights, and those of a
 * part's tables still fit 16 bits. */
typedef gint32 Entry[SNN_PANEL];
typedef gint16 NarrowEntry[SNN_PANEL];

G_STATIC_ASSERT (WORD * 2 * 6 * SNN_LARGEST_BYTE <= G_MAXINT16);

typedef gint16 SnnShorts
    __attribute__((vector_size (2 * SNN_PANEL), aligned (2), may_alias));
typedef gint16 SnnFewShorts
    __attribute__((vector_size (2 * SNN_SIMD_WIDTH), aligned (2), may_alias));

/* Inputs that index a table together. A long run, that of a Linear layer, comes
 * with as few pixels that large tables would not be read often enough. */
static inline guint
group_size (guint length)
{
  return length <= LONGEST ? 6 : 4;
}

/* One more entry than there are keeps like entries of tables, which are as hot,
 * out of the same set of the cache. */
static inline gsize
table_size (guint group, gboolean narrow)
{
  return ((1u << group) + 1)
      * (narrow ? sizeof (NarrowEntry) : sizeof (Entry));
}

static inline gsize
tables_size (guint length, gboolean narrow)
{
  const guint group = group_size (length);

  return (length + group - 1) / group * table_size (group, narrow);
}

/* How seldom spikes have to be for lists to pay, against tables and against products of
 * wide and of narrow weights (measured). */
#ifdef SNN_VNNI
#define DENSE 4
#define NARROW_DENSE 14
#define CHOOSE choose
#define FEW_TIMESTEPS 8

/* Narrow weights are multiplied always; wide ones where inputs are several bits, for
 * which tables are read several times, or timesteps few, for which tables' entries are
 * read too seldom to stay near. */
static SnnPacking
choose (guint timesteps, guint n_planes, gboolean narrow)
{
  return narrow || timesteps <= FEW_TIMESTEPS || n_planes > 1
      ? SNN_PACKED_FOR_BYTES : SNN_PACKED_FOR_BITS;
}
#else
#define DENSE 7
#define NARROW_DENSE DENSE
#define CHOOSE NULL
#endif

static gsize
run_size (SnnPacking packing, guint length, guint taps, gboolean narrow)
{
  switch (packing) {
    case SNN_PACKED_FOR_BITS:
      return tables_size (length, narrow);
    case SNN_PACKED_FOR_LISTS:
      return snn_rows_size (length, taps, narrow);
#ifdef SNN_VNNI
    case SNN_PACKED_FOR_BYTES:
      return snn_digits_size (length, narrow);
#endif
    default:
      return 0;
  }
}

static gsize
packed_size (SnnPacking packing, guint n_runs, guint length, guint taps,
    gboolean narrow)
{
  return n_runs * run_size (packing, length, taps, narrow);
}

/* An entry is one of fewer bits and the weight of its lowest one. */
static void
pack_table (guint group, guint n, const gint32 *w, Entry *table)
{
  memset (table[0], 0, sizeof table[0]);
  for (guint entry = 1; entry < 1u << group; entry++) {
    guint i = (guint) __builtin_ctz (entry);
    const gint32 *rest = table[entry & (entry - 1)];

    for (guint o = 0; o < SNN_PANEL; o++)
      table[entry][o] = rest[o] + (i < n ? w[i * SNN_PANEL + o] : 0);
  }
}

static void
pack_tables (guint length, gboolean narrow, const gint32 *w, guint8 *to)
{
  const guint group = group_size (length);
  Entry wide[1 << 6];

  for (guint first = 0; first < length; first += group) {
    const gint32 *weights = w + (gsize) first * SNN_PANEL;
    const guint n = MIN (group, length - first);
    NarrowEntry *table = (NarrowEntry *) to;

    to += table_size (group, narrow);
    if (!narrow) {
      pack_table (group, n, weights, (Entry *) table);
      continue;
    }
    pack_table (group, n, weights, wide);
    for (guint entry = 0; entry < 1u << group; entry++)
      for (guint o = 0; o < SNN_PANEL; o++)
        table[entry][o] = (gint16) wide[entry][o];
  }
}

static void
pack_run (SnnPacking packing, guint length, guint taps, gboolean narrow,
    const gint32 *w, guint8 *to)
{
  switch (packing) {
    case SNN_PACKED_FOR_BITS:
      pack_tables (length, narrow, w, to);
      break;
    case SNN_PACKED_FOR_LISTS:
      snn_pack_rows (length, taps, narrow, w, to);
      break;
#ifdef SNN_VNNI
    case SNN_PACKED_FOR_BYTES:
      snn_pack_digits (length, narrow ? 1 : SNN_DIGITS, w, to);
      break;
#endif
    default:
      break;
  }
}

static void
pack (SnnPacking packing, guint n_runs, guint length, guint taps,
    gboolean narrow, const gint32 *w, gpointer packed)
{
  const gsize size = run_size (packing, length, taps, narrow);
  guint8 *to = packed;

  for (guint run = 0; run < n_runs; run++, to += size)
    pack_run (packing, length, taps, narrow, w + (gsize) run * length * SNN_PANEL,
        to);
}

static void
pack_bits (const guint8 *bytes, gsize n, guint bit, guint8 *bits)
{
  for (gsize i = 0; i < n; i += 32) {
    __m256i x = _mm256_loadu_si256 ((const __m256i *) (bytes + i));
    guint32 word = (guint32) _mm256_movemask_epi8 (_mm256_slli_epi16 (x,
            7 - (gint) bit));

    memcpy (bits + i / 8, &word, sizeof word);
  }
}

/* Where sums of a plane's bits go: to begin with, or added to what is there
 * once moved up by @plane bits. */
typedef struct
{
  gboolean first;
  gboolean negative;
  guint plane;
} Target;

/* The bits of a word's tables, as offsets: an entry has 64 bytes, or 32. */
static inline guint64
load_word (const guint8 *bits, guint shift, const gboolean narrow)
{
  guint64 word;

  memcpy (&word, bits, sizeof word);
  return word >> shift << (narrow ? 5 : 6);
}

/* Vector @j of a narrow sum. */
static inline __attribute__((always_inline)) SnnInts
widen (const SnnShorts *sum, guint j)
{
  return __builtin_convertvector (((const SnnFewShorts *) sum)[j], SnnInts);
}

/* Adds the sums of @groups tables' entries for all timesteps of @pixels, whose
 * bits begin at bit @at. What is constant where this is inlined is not asked
 * for each timestep, and many look-ups go on together. */
static inline __attribute__((always_inline)) void
look_up (const SnnFireRow *row, const SnnFireBranch *branch,
    const guint8 *bits, gsize at, guint pixels, const guint8 *tables,
    const guint groups, const Target target, SnnSum *sums, const guint group,
    const gboolean narrow)
{
  const guint timesteps = row->timesteps;
  const gsize pixel = branch->pixel, time = branch->time / 8;
  const guint64 mask = ((1u << group) - 1)
      * (narrow ? sizeof (NarrowEntry) : sizeof (Entry));

  for (guint i = 0; i < pixels; i++, at += pixel) {
    const guint8 *from = bits + at / 8;
    const guint shift = at % 8;

    for (guint t = 0; t < timesteps; t++, from += time) {
      SnnInts *to = (SnnInts *) sums[i * timesteps + t];
      SnnInts sum[SNN_VECTORS];
      SnnShorts shorts = { 0 };
      guint64 word = load_word (from, shift, narrow);

      /* Large values are rare; their parts are of one word. */
      if (target.plane > 0 && groups <= WORD
          && word << ((narrow ? 59 : 58) - groups * group) == 0)
        continue;
#pragma GCC unroll 2
      for (guint j = 0; j < SNN_VECTORS; j++)
        if (target.plane > 0 || target.first)
          sum[j] = (SnnInts) { 0 };
        else
          sum[j] = to[j];
#pragma GCC unroll 16
      for (guint g = 0; g < groups; g++) {
        const guint8 *table = tables + g * table_size (group, narrow);

        if (g == WORD)
          word = load_word (from + group, shift, narrow);
        if (narrow) {
          shorts += *(const SnnShorts *) (table
              + (word >> g % WORD * group & mask));
          continue;
        }
#pragma GCC unroll 2
        for (guint j = 0; j < SNN_VECTORS; j++)
          sum[j] += ((const SnnInts *) (table
                  + (word >> g % WORD * group & mask)))[j];
      }
#pragma GCC unroll 2
      for (guint j = 0; narrow && j < SNN_VECTORS; j++)
        sum[j] += widen (&shorts, j);
#pragma GCC unroll 2
      for (guint j = 0; j < SNN_VECTORS; j++)
        if (target.plane == 0)
          to[j] = sum[j];
        else if (target.negative)
          to[j] -= sum[j] << target.plane;
        else
          to[j] += sum[j] << target.plane;
    }
  }
}

/* The same for parts of @groups tables, a constant where they are whole words;
 * plane 0, which is most of the work, has a constant target. */
static inline __attribute__((always_inline)) void
add_part (const SnnFireRow *row, const SnnFireBranch *branch,
    const guint8 *bits, gsize at, guint pixels, const guint8 *tables,
    const guint groups, Target target, SnnSum *sums, const guint group,
    const gboolean narrow)
{
  if (target.plane > 0)
    look_up (row, branch, bits, at, pixels, tables, groups, target, sums,
        group, narrow);
  else if (target.first)
    look_up (row, branch, bits, at, pixels, tables, groups,
        (Target) { .first = TRUE }, sums, group, narrow);
  else
    look_up (row, branch, bits, at, pixels, tables, groups,
        (Target) { .first = FALSE }, sums, group, narrow);
}

/* All runs of a branch on one plane. */
static inline __attribute__((always_inline)) void
add_plane (const SnnFireRow *row, const SnnFireBranch *branch, guint pixel,
    guint pixels, Target target, SnnSum *sums, const guint group,
    const gboolean narrow)
{
  const guint8 *bits = branch->bits + target.plane * branch->plane;
  const guint n = (branch->length + group - 1) / group;
  const guint most = target.plane > 0 ? WORD : PART;
  const guint8 *tables = branch->weights;
  guint groups;

  for (guint run = 0; run < branch->n_runs; run++)
    for (guint first = 0; first < n; first += groups) {
      const gsize at = branch->at + pixel * branch->pixel + run * branch->run
          + first * group;

      groups = MIN (n - first, most);
      if (groups == PART) {
        add_part (row, branch, bits, at, pixels, tables, PART, target, sums,
            group, narrow);
      } else if (groups >= WORD) {
        groups = WORD;
        add_part (row, branch, bits, at, pixels, tables, WORD, target, sums,
            group, narrow);
      } else {
        add_part (row, branch, bits, at, pixels, tables, groups, target, sums,
            group, narrow);
      }
      tables += groups * table_size (group, narrow);
      target.first = FALSE;
    }
}

static void
add_planes (const SnnFireRow *row, const SnnFireBranch *branch, guint pixel,
    guint pixels, gboolean first, SnnSum *sums)
{
  for (guint plane = 0; plane < branch->n_planes; plane++) {
    const Target target = {
      .first = first && plane == 0,
      .negative = branch->is_signed && plane + 1 == branch->n_planes,
      .plane = plane,
    };

    if (group_size (branch->length) == 4)
      add_plane (row, branch, pixel, pixels, target, sums, 4, branch->narrow);
    else if (branch->narrow)
      add_plane (row, branch, pixel, pixels, target, sums, 6, TRUE);
    else
      add_plane (row, branch, pixel, pixels, target, sums, 6, FALSE);
  }
}

static void
add_pixels (const SnnFireRow *row, guint pixel, guint pixels, SnnSum *sums)
{
  for (guint b = 0; b < row->n_branches; b++) {
    const SnnFireBranch *branch = &row->branches[b];

    switch (branch->packing) {
      case SNN_PACKED_FOR_LISTS:
        snn_add_listed (row, branch, pixel, pixels, b == 0, sums);
        break;
#ifdef SNN_VNNI
      case SNN_PACKED_FOR_BYTES:
        snn_add_products (row, branch, pixel, pixels, b == 0, sums);
        break;
#endif
      default:
        add_planes (row, branch, pixel, pixels, b == 0, sums);
        break;
    }
  }
}

static guint
fire (const SnnFireRow *row)
{
  guint most = SNN_SUMMED;

  for (guint b = 0; b < row->n_branches; b++)
    if (row->branches[b].packing != SNN_PACKED_FOR_BITS)
      most = SNN_SUMS / row->timesteps;
  return snn_fire_row (row, most, add_pixels);
}

const SnnSpikingKernels OF_SET (snn_spiking_, SNN_SIMD_NAME) = {
  .panel = SNN_PANEL,
  .dense = DENSE,
  .narrow_dense = NARROW_DENSE,
  .choose = CHOOSE,
  .packed_size = packed_size,
  .pack = pack,
  .pack_bits = pack_bits,
  .count = snn_count_spikes,
  .list = snn_list_spikes,
  .fire = fire,
};
