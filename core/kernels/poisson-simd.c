/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* snn_poisson_plain() in GCC's vector extension, compiled as simd.h says. */

#include "poisson.h"

#include "simd.h"

/* Draws of a register. */
#define LANES (2 * SNN_SIMD_WIDTH)

typedef guint64 Words __attribute__((vector_size (2 * LANES)));
typedef guint16 Draws __attribute__((vector_size (2 * LANES)));
typedef guint16 LooseDraws
    __attribute__((vector_size (2 * LANES), aligned (2), may_alias));
typedef guint8 Bytes __attribute__((vector_size (LANES)));
typedef guint8 LooseBytes
    __attribute__((vector_size (LANES), aligned (1), may_alias));

/* Blocks that a register has a word of: the upper half of 64 bits is room for
 * products. */
enum
{
  BLOCKS = SNN_SIMD_WIDTH / 2,
  ROUNDS = 10,
};

static const guint64 every_other[8] __attribute__((aligned (64))) =
    { 0, 2, 4, 6, 8, 10, 12, 14 };

/* Products of the lower halves. */
static inline Words
multiply (Words a, Words b)
{
#if SNN_SIMD_WIDTH == 16
  return (Words) _mm512_mul_epu32 ((__m512i) a, (__m512i) b);
#else
  return (Words) _mm256_mul_epu32 ((__m256i) a, (__m256i) b);
#endif
}

static inline Words
upper (Words a)
{
#if SNN_SIMD_WIDTH == 16
  return (Words) _mm512_shuffle_epi32 ((__m512i) a, 0xF5);
#else
  return (Words) _mm256_shuffle_epi32 ((__m256i) a, 0xF5);
#endif
}

static inline gboolean
any (Draws mask)
{
#if SNN_SIMD_WIDTH == 16
  return _mm512_test_epi16_mask ((__m512i) mask, (__m512i) mask) != 0;
#else
  return !_mm256_testz_si256 ((__m256i) mask, (__m256i) mask);
#endif
}

/* Ten rounds over 2 * BLOCKS blocks from @block on, the even ones in c[0] and
 * the odd ones in c[1]; upper halves of the result are undefined. */
static inline __attribute__((always_inline)) void
philox (const SnnPoisson *p, const Words keys[ROUNDS][2], guint32 block,
    Words c[2][4])
{
  const Words m0 = (Words) { 0 } + 0xD2511F53u;
  const Words m1 = (Words) { 0 } + 0xCD9E8D57u;

#pragma GCC unroll 2
  for (guint odd = 0; odd < 2; odd++) {
    c[odd][0] = *(const Words *) every_other + block + odd;
#pragma GCC unroll 3
    for (guint i = 1; i < 4; i++)
      c[odd][i] = (Words) { 0 } + p->counter[i - 1];
  }
#pragma GCC unroll 10
  for (guint round = 0; round < ROUNDS; round++)
#pragma GCC unroll 2
    for (guint odd = 0; odd < 2; odd++) {
      Words p0 = multiply (c[odd][0], m0), p1 = multiply (c[odd][2], m1);

      c[odd][0] = upper (p1) ^ c[odd][1] ^ keys[round][0];
      c[odd][1] = p1;
      c[odd][2] = upper (p0) ^ c[odd][3] ^ keys[round][1];
      c[odd][3] = p0;
    }
}

void
OF_SET (snn_poisson_, SNN_SIMD_NAME) (const SnnPoisson *poisson)
{
  const SnnPoisson p = *poisson;
  Words keys[ROUNDS][2];

  for (guint32 round = 0; round < ROUNDS; round++) {
    keys[round][0] = (Words) { 0 } + (p.key[0] + round * 0x9E3779B9u);
    keys[round][1] = (Words) { 0 } + (p.key[1] + round * 0xBB67AE85u);
  }
  for (gsize group = 0; group < p.n_groups; group++) {
    Draws ties = { 0 };

    for (guint b = 0; b < SNN_POISSON_BLOCKS; b += 2 * BLOCKS) {
      const guint32 block = (guint32) group * SNN_POISSON_BLOCKS + b;
      Words c[2][4];

      philox (&p, keys, block, c);
#pragma GCC unroll 4
      for (guint w = 0; w < 4; w++) {
        const gsize first = group * SNN_POISSON_GROUP
            + w * 2 * SNN_POISSON_BLOCKS + 2 * b;
        const Draws draws = (Draws) ((c[0][w] & 0xFFFFFFFFu) | c[1][w] << 32);
        const Draws bounds = *(const LooseDraws *) (p.bounds + first);
        const Bytes bytes = *(const LooseBytes *) (p.bytes + first);

        ties |= draws == bounds;
        *(LooseBytes *) (p.spikes + first) =
            bytes & __builtin_convertvector (draws < bounds, Bytes);
      }
    }
    if (any (ties))
      snn_poisson_group (poisson, group);
  }
}
