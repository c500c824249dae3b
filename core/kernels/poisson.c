/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "poisson.h"

#define BLOCKS SNN_POISSON_BLOCKS

/* The spikes of all that have a draw in one word of the blocks. Returns
 * whether there are ties. */
static gboolean
decide (const guint32 *restrict words, const guint16 *restrict bounds,
    const guint8 *restrict bytes, guint8 *restrict spikes)
{
  guint16 draws[2 * BLOCKS], ties = 0;

  for (guint b = 0; b < BLOCKS; b++) {
    draws[2 * b] = (guint16) words[b];
    draws[2 * b + 1] = (guint16) (words[b] >> 16);
  }
  for (guint i = 0; i < 2 * BLOCKS; i++) {
    spikes[i] = bytes[i] & (guint8) -(draws[i] < bounds[i]);
    ties |= draws[i] == bounds[i];
  }
  return ties;
}

static void
break_ties (const SnnPoisson *p, const guint32 *words, gsize first)
{
  for (gsize i = first; i < first + 2 * BLOCKS; i++) {
    const guint32 counter[4] =
        { (guint32) i, p->counter[0], p->counter[1], p->counter[2] };
    guint16 draw = (guint16) (words[(i - first) / 2] >> 16 * (i % 2));
    guint32 tie[4];

    if (draw != p->bounds[i])
      continue;
    snn_philox4x32 (counter, p->tie_key, tie);
    if (tie[0] >> 16 < p->rests[i])
      p->spikes[i] = p->bytes[i];
  }
}

void
snn_poisson_group (const SnnPoisson *p, gsize group)
{
  guint32 words[4][BLOCKS];

  for (guint32 b = 0; b < BLOCKS; b++) {
    words[0][b] = (guint32) group * BLOCKS + b;
    words[1][b] = p->counter[0];
    words[2][b] = p->counter[1];
    words[3][b] = p->counter[2];
  }
  snn_philox4x32_lanes (words, p->key);
  for (guint w = 0; w < 4; w++) {
    gsize first = group * SNN_POISSON_GROUP + w * 2 * BLOCKS;

    if (decide (words[w], p->bounds + first, p->bytes + first,
            p->spikes + first))
      break_ties (p, words[w], first);
  }
}

void
snn_poisson_plain (const SnnPoisson *p)
{
  for (gsize group = 0; group < p->n_groups; group++)
    snn_poisson_group (p, group);
}
