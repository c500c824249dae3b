/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/random.h"

G_BEGIN_DECLS

/* Values are drawn for in groups, of 16 Philox blocks with 8 draws of 16 bits
 * each. They are dealt out so that a register of a word of all blocks holds
 * the draws of neighbours, whatever its width: value i of a group has half
 * i mod 2 (the lower first) of word i / 32 of block i mod 32 / 2. */
enum
{
  SNN_POISSON_BLOCKS = SNN_PHILOX_LANES,
  SNN_POISSON_GROUP = 8 * SNN_POISSON_BLOCKS,
};

/**
 * SnnPoisson:
 * @key: Philox key of the draws
 * @tie_key: and of those that ties are broken with
 * @counter: words 1 to 3 of the counter: timestep, sample, epoch
 * @n_groups: of values
 * @bounds: a draw below it is a spike, for each value of the groups
 * @rests: of 65536 ties with the bound, how many are spikes
 * @bytes: what a spike is written as
 * @spikes: (out): of all values of the groups
 *
 * The draws of one timestep: block b of group g is Philox4x32-10 of
 * { 16 g + b, @counter }. Value i has a spike with probability
 * (bounds[i] + rests[i] / 65536) / 65536, exactly.
 */
typedef struct
{
  guint32 key[2];
  guint32 tie_key[2];
  guint32 counter[3];
  gsize n_groups;
  const guint16 *bounds;
  const guint32 *rests;
  const guint8 *bytes;
  guint8 *spikes;
} SnnPoisson;

/* snn_poisson_plain: in plain C, and the same in the sets of kernels that are
 * named so. */
void snn_poisson_plain (const SnnPoisson * poisson);
void snn_poisson_avx2 (const SnnPoisson * poisson);
void snn_poisson_avx512 (const SnnPoisson * poisson);
void snn_poisson_vnni (const SnnPoisson * poisson);
void snn_poisson_amx (const SnnPoisson * poisson);

/* snn_poisson_group: one group in plain C. Others leave it to this to break
 * ties, for each of which the upper half of word 0 of Philox of
 * { i, @counter } under @tie_key is compared with rests[i]. */
void snn_poisson_group (const SnnPoisson * poisson, gsize group);

G_END_DECLS
