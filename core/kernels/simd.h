/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <immintrin.h>
#include <string.h>

G_BEGIN_DECLS

/* Vectors in GCC's extension, for files that the build compiles once for each
 * instruction set, with its flags and
 *   SNN_SIMD_NAME   the set's
 *   SNN_SIMD_WIDTH  floats in a register
 * and with contraction on, so that every a * b + c is one fused operation, as
 * fmaf() is in the plain kernels. */

#define WIDTH SNN_SIMD_WIDTH

#define SNN_SIMD_CONCAT(a, b) a##b
/* The name that belongs to a set: snn_kernels_avx2 is OF_SET (snn_kernels_,
 * SNN_SIMD_NAME). */
#define OF_SET(prefix, set) SNN_SIMD_CONCAT (prefix, set)

typedef float Vector __attribute__((vector_size (4 * WIDTH)));
typedef float LooseVector
    __attribute__((vector_size (4 * WIDTH), aligned (4), may_alias));
typedef gint32 Mask __attribute__((vector_size (4 * WIDTH)));

enum
{
  /* Registers that hold sums; the others hold weights and a broadcast pixel. */
  SUMS = WIDTH == 16 ? 24 : 12,
};

static inline Vector
load (const float *from)
{
  return *(const LooseVector *) from;
}

static inline void
store (float *to, Vector v)
{
  *(LooseVector *) to = v;
}

/* The first @n floats, and zeros. */
static inline Vector
load_partial (const float *from, guint n)
{
#if WIDTH == 16
  return (Vector) _mm512_maskz_loadu_ps ((__mmask16) ((1u << n) - 1), from);
#else
  const Mask lane = { 0, 1, 2, 3, 4, 5, 6, 7 };

  return (Vector) _mm256_maskload_ps (from, (__m256i) (lane < (gint32) n));
#endif
}

G_END_DECLS
