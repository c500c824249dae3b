/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/* Counter-based random numbers: Philox4x32-10 of Salmon et al., "Parallel
 * random numbers: as easy as 1, 2, 3", SC'11. A draw is a pure function of
 * (key, counter), so it does not depend on threads, chunks or order. */

/**
 * snn_philox4x32:
 * @counter: what is being drawn, four words
 * @key: the seed, two words
 * @out: (out): four independent uniform words
 */
void snn_philox4x32 (const guint32 counter[4], const guint32 key[2],
    guint32 out[4]);

#define SNN_PHILOX_LANES 16

/**
 * snn_philox4x32_lanes:
 * @words: (inout): words[w][lane] is word w of that lane's counter, and then of its
 *   draw, which is the one of snn_philox4x32()
 *
 * Takes not much more than half the time of so many single ones.
 */
void snn_philox4x32_lanes (guint32 words[4][SNN_PHILOX_LANES],
    const guint32 key[2]);

/* The purposes that random streams are drawn for; each has a key of its own,
 * so that the same seed never gives correlated draws in two places. */
typedef enum
{
  SNN_RANDOM_WEIGHTS = 1,
  SNN_RANDOM_SHUFFLE,
  SNN_RANDOM_FOLDS,
  SNN_RANDOM_DROPOUT,
  SNN_RANDOM_ENCODER,
  SNN_RANDOM_PHANTOM,
  SNN_RANDOM_AUGMENT,
  SNN_RANDOM_ENCODER_TIES,
  SNN_RANDOM_HEAD,
  SNN_RANDOM_SENSITIVITY,
} SnnRandomPurpose;

/**
 * SnnRandom:
 *
 * A sequence of draws out of one Philox stream. Plain data: copy it to fork
 * it, no clean-up.
 */
typedef struct
{
  guint32 key[2];
  guint32 counter[4];
  guint32 block[4];
  guint used;
} SnnRandom;

/**
 * snn_random_init:
 * @purpose: separates uses of the same @seed
 * @index: separates sequences of one purpose (an epoch, a layer, a subject)
 */
void snn_random_init (SnnRandom * random, guint64 seed,
    SnnRandomPurpose purpose, guint64 index);

/* snn_random_key: the Philox key of (seed, purpose), for direct use. */
void snn_random_key (guint64 seed, SnnRandomPurpose purpose, guint32 key[2]);

/* snn_random_part: @part of the stream that @random began, from its beginning.
 * What is drawn voxel by voxel has a part for each plane, so that planes may be
 * drawn in any order; part 0 begins where the stream does. */
SnnRandom snn_random_part (const SnnRandom * random, guint32 part);

guint32 snn_random_u32 (SnnRandom * random);

/* snn_random_double: uniform in [0, 1), 53 bits. */
double snn_random_double (SnnRandom * random);

/* snn_random_normal: mean 0, standard deviation 1 (Box-Muller). */
double snn_random_normal (SnnRandom * random);

/* snn_random_normals: @n of them in float32, which is several times as fast;
 * none is beyond 6.7. */
void snn_random_normals (SnnRandom * random, float *values, gsize n);

/* snn_random_between: uniform in [@low, @high). */
double snn_random_between (SnnRandom * random, double low, double high);

/* snn_random_below: uniform in [0, @n), unbiased (rejection); @n > 0. */
guint64 snn_random_below (SnnRandom * random, guint64 n);

/* snn_random_shuffle: Fisher-Yates over @n items, every order equally likely. */
void snn_random_shuffle (SnnRandom * random, guint32 * items, gsize n);

SNN_END_DECLS
