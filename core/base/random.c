/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "random.h"

#include <math.h>

#define ROUNDS 10

/* A round of a block; @round is from 0 on. */
static inline void
mix (guint32 *c0, guint32 *c1, guint32 *c2, guint32 *c3, const guint32 key[2],
    guint32 round)
{
  guint64 p0 = (guint64) 0xD2511F53u * *c0;
  guint64 p1 = (guint64) 0xCD9E8D57u * *c2;

  *c0 = (guint32) (p1 >> 32) ^ *c1 ^ (key[0] + round * 0x9E3779B9u);
  *c1 = (guint32) p1;
  *c2 = (guint32) (p0 >> 32) ^ *c3 ^ (key[1] + round * 0xBB67AE85u);
  *c3 = (guint32) p0;
}

void
snn_philox4x32 (const guint32 counter[4], const guint32 key[2], guint32 out[4])
{
  guint32 c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];

  for (guint32 round = 0; round < ROUNDS; round++)
    mix (&c0, &c1, &c2, &c3, key, round);
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/* Loops that compilers turn into vectors where they are not unrolled. */
void
snn_philox4x32_lanes (guint32 words[4][SNN_PHILOX_LANES],
    const guint32 key[2])
{
  /* What is written can't be this. */
  const guint32 own[2] = { key[0], key[1] };

  for (guint32 round = 0; round < ROUNDS; round++)
    for (guint lane = 0; lane < SNN_PHILOX_LANES; lane++)
      mix (&words[0][lane], &words[1][lane], &words[2][lane], &words[3][lane],
          own, round);
}

void
snn_random_key (guint64 seed, SnnRandomPurpose purpose, guint32 key[2])
{
  /* One Philox round trip spreads (seed, purpose) over the key space. */
  const guint32 counter[4] = { (guint32) seed, (guint32) (seed >> 32), purpose, 0 };
  const guint32 zero[2] = { 0, 0 };
  guint32 out[4];

  snn_philox4x32 (counter, zero, out);
  key[0] = out[0];
  key[1] = out[1];
}

void
snn_random_init (SnnRandom *random, guint64 seed, SnnRandomPurpose purpose,
    guint64 index)
{
  snn_random_key (seed, purpose, random->key);
  random->counter[0] = 0;
  random->counter[1] = 0;
  random->counter[2] = (guint32) index;
  random->counter[3] = (guint32) (index >> 32);
  random->used = 4;
}

SnnRandom
snn_random_part (const SnnRandom *random, guint32 part)
{
  SnnRandom begin = *random;

  begin.counter[0] = 0;
  begin.counter[1] = part;
  begin.used = 4;
  return begin;
}

guint32
snn_random_u32 (SnnRandom *random)
{
  if (random->used == 4) {
    snn_philox4x32 (random->counter, random->key, random->block);
    if (++random->counter[0] == 0)
      random->counter[1]++;
    random->used = 0;
  }
  return random->block[random->used++];
}

static guint64
snn_random_u64 (SnnRandom *random)
{
  guint64 high = snn_random_u32 (random);

  return high << 32 | snn_random_u32 (random);
}

double
snn_random_double (SnnRandom *random)
{
  return (double) (snn_random_u64 (random) >> 11) * 0x1p-53;
}

double
snn_random_normal (SnnRandom *random)
{
  double radius = sqrt (-2. * log (1. - snn_random_double (random)));

  return radius * cos (2. * G_PI * snn_random_double (random));
}

/* Both coordinates of Box and Muller's point are used. */
void
snn_random_normals (SnnRandom *random, float *values, gsize n)
{
  for (gsize i = 0; i < n; i += 2) {
    float u = ((float) snn_random_u32 (random) + 0.5f) * 0x1p-32f;
    float angle = (float) (gint32) snn_random_u32 (random)
        * (float) (G_PI * 0x1p-31);
    float radius = sqrtf (-2.f * logf (MIN (u, 1.f)));

    values[i] = radius * cosf (angle);
    if (i + 1 < n)
      values[i + 1] = radius * sinf (angle);
  }
}

double
snn_random_between (SnnRandom *random, double low, double high)
{
  return low + (high - low) * snn_random_double (random);
}

guint64
snn_random_below (SnnRandom *random, guint64 n)
{
  guint64 draw, limit = G_MAXUINT64 - G_MAXUINT64 % n;

  do
    draw = snn_random_u64 (random);
  while (draw >= limit);
  return draw % n;
}

void
snn_random_shuffle (SnnRandom *random, guint32 *items, gsize n)
{
  for (gsize i = n; i > 1; i--) {
    gsize j = snn_random_below (random, i);
    guint32 swap = items[i - 1];

    items[i - 1] = items[j];
    items[j] = swap;
  }
}
