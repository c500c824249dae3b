/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Products of pixels and weights, compiled as simd.h says: of all inputs, and of those
 * that are not zero. */

#include "product-simd.h"

#include "simd.h"

enum
{
  /* Pixels that are found from one pointer: more offsets than that don't fit
   * into registers. */
  GROUP = WIDTH == 16 ? 8 : SUMS,
  GROUPS = (SUMS + GROUP - 1) / GROUP,
  /* Sums that a weight must go on with at once for it to pay to leave out inputs that
   * are zero (measured): with fewer, products wait for each other. */
  ENOUGH_SUMS = WIDTH == 16 ? 4 : 8,
  LINE = 16,                    /* floats */
};

/* Sums of @n outputs, @stride values apart, by @panels panels of channels, of which
 * the last one has @last. */
static inline __attribute__((always_inline)) void
begin_sums (const SnnProduct *p, const float *y, gsize stride, const guint n,
    const guint panels, guint last, Vector *sum)
{
#pragma GCC unroll 32
  for (guint i = 0; i < n; i++)
#pragma GCC unroll 2
    for (guint j = 0; j < panels; j++) {
      const float *from = y + i * stride + j * WIDTH;

      if (!p->accumulate)
        sum[i * panels + j] = (Vector) { 0.f };
      else if (j + 1 < panels || last == WIDTH)
        sum[i * panels + j] = load (from);
      else
        sum[i * panels + j] = load_partial (from, last);
    }
}

static inline __attribute__((always_inline)) void
end_sums (float *y, gsize stride, const guint n, const guint panels, guint last,
    const Vector *sum)
{
#pragma GCC unroll 32
  for (guint i = 0; i < n; i++)
#pragma GCC unroll 2
    for (guint j = 0; j < panels; j++) {
      float *to = y + i * stride + j * WIDTH;

      if (j + 1 < panels || last == WIDTH)
        store (to, sum[i * panels + j]);
      else
        memcpy (to, &sum[i * panels + j], last * sizeof *to);
    }
}

/* @pixels outputs of one row by @panels panels of channels, all sums in
 * registers. Both are constants where it is inlined. @last is how many
 * channels the last panel really has. */
static inline __attribute__((always_inline)) void
product_block (const SnnProduct *p, const float *x, const float *w, float *y,
    const guint pixels, const guint panels, guint last)
{
  const gsize panel = (gsize) p->n_taps * p->in * WIDTH;
  Vector sum[SUMS];

  begin_sums (p, y, p->y_pixel, pixels, panels, last, sum);
  for (guint tap = 0; tap < p->n_taps; tap++) {
    const float *from[GROUPS];

#pragma GCC unroll 3
    for (guint k = 0; k < GROUPS; k++) {
      from[k] = x + p->taps[tap] + k * GROUP * p->x_pixel;
      /* The compiler would find all from the first one. */
      __asm__ ("":"+r" (from[k]));
    }
    for (guint in = 0; in < p->in; in++, w += WIDTH) {
      Vector weight[2];

#pragma GCC unroll 2
      for (guint j = 0; j < panels; j++)
        weight[j] = load (w + j * panel);
#pragma GCC unroll 32
      for (guint i = 0; i < pixels; i++) {
        float value = from[i / GROUP][i % GROUP * p->x_pixel + in];

#pragma GCC unroll 2
        for (guint j = 0; j < panels; j++)
          sum[i * panels + j] += value * weight[j];
      }
    }
  }
  end_sums (y, p->y_pixel, pixels, panels, last, sum);
}

/* One row: blocks as large as the registers allow, then smaller ones. */
static inline __attribute__((always_inline)) void
product_row (const SnnProduct *p, const float *x, const float *w, float *y,
    const guint panels, guint last)
{
  guint left = p->pixels;

  while (left > 0) {
    guint done;

    if (left >= SUMS / panels) {
      done = SUMS / panels;
      product_block (p, x, w, y, SUMS / panels, panels, last);
    } else if (left >= 6) {
      done = 6;
      product_block (p, x, w, y, 6, panels, last);
    } else if (left >= 2) {
      done = 2;
      product_block (p, x, w, y, 2, panels, last);
    } else {
      done = 1;
      product_block (p, x, w, y, 1, panels, last);
    }
    left -= done;
    x += done * p->x_pixel;
    y += done * p->y_pixel;
  }
}

static void
product_frame (const SnnProduct *p)
{
  const gsize panel = (gsize) p->n_taps * p->in * WIDTH;

  for (guint first = 0; first < p->out;) {
    guint left = p->out - first;
    const float *w = p->w + first / WIDTH * panel;
    guint panels = left > WIDTH ? 2 : 1;

    for (guint row = 0; row < p->rows; row++) {
      const float *x = p->x + row * p->x_row;
      float *y = p->y + row * p->y_row + first;

      if (panels == 2)
        product_row (p, x, w, y, 2, MIN (left - WIDTH, WIDTH));
      else
        product_row (p, x, w, y, 1, left);
    }
    first += panels * WIDTH;
  }
}

void
OF_SET (snn_product_, SNN_SIMD_NAME) (const SnnProduct *product)
{
  SnnProduct p = *product;

  /* A column is a row as well: Linear layers have one pixel a frame. */
  if (p.pixels == 1) {
    p.pixels = p.rows;
    p.x_pixel = p.x_row;
    p.y_pixel = p.y_row;
    p.rows = 1;
  }
  for (guint f = 0; f < p.frames; f++) {
    product_frame (&p);
    p.x += p.x_frame;
    p.y += p.y_frame;
  }
}

/* What of an input pixel is not zero: @n channels, as offsets of their rows in a tap's
 * weights, and their values, [@n][frames]. */
typedef struct
{
  guint n;
  guint32 *rows;
  float *values;
} Pixel;

/**
 * Pixels:
 * @step, @row: from an output pixel's inputs to those of the next one and of the next
 *   row, in pixels
 * @taps: of the product, in pixels
 * @n: pixels that an output row reads, the gaps between them, too; a ring
 * @end: pixels from the first one that were packed so far
 */
typedef struct
{
  const SnnProduct *p;
  gsize step, row;
  gsize *taps;
  gsize n;
  gsize end;
  Pixel *ring;
  guint32 *rows;
  float *values;
} Pixels;

static void
pixels_init (Pixels *pixels, const SnnProduct *p)
{
  gsize last = 0;

  *pixels = (Pixels) {
    .p = p,
    .step = p->x_pixel / p->in,
    .row = p->x_row / p->in,
    .taps = g_new (gsize, p->n_taps),
  };
  for (guint tap = 0; tap < p->n_taps; tap++) {
    pixels->taps[tap] = p->taps[tap] / p->in;
    last = MAX (last, pixels->taps[tap]);
  }
  pixels->n = (p->pixels - 1) * pixels->step + last + 1;
  pixels->ring = g_new (Pixel, pixels->n);
  pixels->rows = g_new (guint32, pixels->n * p->in);
  pixels->values = g_new (float, pixels->n * p->in * p->frames);
  for (gsize i = 0; i < pixels->n; i++)
    pixels->ring[i] = (Pixel) {
      .rows = pixels->rows + i * p->in,
      .values = pixels->values + i * p->in * p->frames,
    };
}

static void
pixels_clear (Pixels *pixels)
{
  g_free (pixels->taps);
  g_free (pixels->ring);
  g_free (pixels->rows);
  g_free (pixels->values);
}

/* A bit for each of @n channels, at most WIDTH, that is not zero in all frames. */
static inline guint32
find_channels (const SnnProduct *p, const float *x, guint n)
{
  const Vector sign = -((Vector) { 0.f });
  Mask any = { 0 };

  for (guint f = 0; f < p->frames; f++, x += p->x_frame)
    any |= (Mask) (n == WIDTH ? load (x) : load_partial (x, n)) & ~(Mask) sign;
#if WIDTH == 16
  return _mm512_test_epi32_mask ((__m512i) any, (__m512i) any);
#else
  return ~(guint32) _mm256_movemask_ps ((__m256) (any == 0)) & 0xff;
#endif
}

static void
pack_pixel (const SnnProduct *p, const float *x, Pixel *pixel)
{
  float *values = pixel->values;

  pixel->n = 0;
  for (guint first = 0; first < p->in; first += WIDTH)
    for (guint32 left = find_channels (p, x + first, MIN (p->in - first, WIDTH));
        left; left &= left - 1) {
      const guint channel = first + (guint) __builtin_ctz (left);

      pixel->rows[pixel->n++] = channel * WIDTH;
      for (guint f = 0; f < p->frames; f++)
        *values++ = x[f * p->x_frame + channel];
    }
}

/* Those that output row @row reads and that are not there yet. */
static void
pack_row (Pixels *pixels, guint row)
{
  const gsize first = row * pixels->row;

  for (gsize at = MAX (pixels->end, first); at < first + pixels->n; at++)
    pack_pixel (pixels->p, pixels->p->x + at * pixels->p->in,
        &pixels->ring[at % pixels->n]);
  pixels->end = first + pixels->n;
}

/* Input pixel @at, in all frames, is soon packed: it lies in as many places, for which
 * processors don't look ahead. */
static inline void
expect_pixel (const Pixels *pixels, gsize at)
{
  const SnnProduct *p = pixels->p;
  const float *x = p->x + at * p->in;

  for (guint f = 0; f < p->frames; f++, x += p->x_frame)
    for (guint i = 0; i < p->in; i += LINE)
      __builtin_prefetch (x + i);
}

/* The same of what will be written. */
static inline void
expect_output (const SnnProduct *p, const float *y, guint panels)
{
  for (guint f = 0; !p->accumulate && f < p->frames; f++, y += p->y_frame)
    for (guint i = 0; i < panels * WIDTH; i += LINE)
      __builtin_prefetch (y + i, 1);
}

/* One pixel's output in @frames frames from @frame on, by @panels panels, as
 * product_block() has it. */
static inline __attribute__((always_inline)) void
sparse_block (const Pixels *pixels, gsize at, guint frame, const float *w,
    float *y, const guint frames, const guint panels, guint last)
{
  const SnnProduct *p = pixels->p;
  const gsize panel = (gsize) p->n_taps * p->in * WIDTH;
  Vector sum[SUMS];

  begin_sums (p, y, p->y_frame, frames, panels, last, sum);
  for (guint tap = 0; tap < p->n_taps; tap++, w += (gsize) p->in * WIDTH) {
    const Pixel *pixel = &pixels->ring[(at + pixels->taps[tap]) % pixels->n];
    const float *values = pixel->values + frame;

    for (guint k = 0; k < pixel->n; k++, values += p->frames) {
      const float *row = w + pixel->rows[k];
      Vector weight[2];

#pragma GCC unroll 2
      for (guint j = 0; j < panels; j++)
        weight[j] = load (row + j * panel);
#pragma GCC unroll 32
      for (guint i = 0; i < frames; i++)
#pragma GCC unroll 2
        for (guint j = 0; j < panels; j++)
          sum[i * panels + j] += values[i] * weight[j];
    }
  }
  end_sums (y, p->y_frame, frames, panels, last, sum);
}

/* All frames of a pixel, in blocks of about one size, as one frame alone has more
 * loads than products. */
static inline __attribute__((always_inline)) void
sparse_pixel (const Pixels *pixels, gsize at, const float *w, float *y,
    const guint panels, guint last)
{
  const guint frames = pixels->p->frames;
  const guint n_blocks = (frames + SUMS / 2 - 1) / (SUMS / 2);

  expect_output (pixels->p, y, panels);
  for (guint block = 0; block < n_blocks; block++) {
    const guint first = block * frames / n_blocks;
    float *to = y + first * pixels->p->y_frame;

    switch ((block + 1) * frames / n_blocks - first) {
#define CASE(n) \
      case n: \
        sparse_block (pixels, at, first, w, to, n, panels, last); \
        break;

      CASE (1) CASE (2) CASE (3) CASE (4) CASE (5) CASE (6)
#if WIDTH == 16
      CASE (7) CASE (8) CASE (9) CASE (10) CASE (11) CASE (12)
#endif
#undef CASE
      default:
        g_assert_not_reached ();
    }
  }
}

void
OF_SET (snn_sparse_product_, SNN_SIMD_NAME) (const SnnProduct *p)
{
  const gsize panel = (gsize) p->n_taps * p->in * WIDTH;
  Pixels pixels;

  if (p->frames * (p->out > WIDTH ? 2 : 1) < ENOUGH_SUMS) {
    OF_SET (snn_product_, SNN_SIMD_NAME) (p);
    return;
  }
  pixels_init (&pixels, p);
  for (guint row = 0; row < p->rows; row++) {
    pack_row (&pixels, row);
    for (guint first = 0; first < p->out; first += 2 * WIDTH) {
      const guint left = p->out - first;
      const float *w = p->w + first / WIDTH * panel;
      float *y = p->y + row * p->y_row + first;

      for (guint i = 0; i < p->pixels; i++, y += p->y_pixel) {
        const gsize at = row * pixels.row + i * pixels.step;

        if (first == 0 && row + 1 < p->rows)
          expect_pixel (&pixels, at + pixels.n);
        if (left > WIDTH)
          sparse_pixel (&pixels, at, w, y, 2, MIN (left - WIDTH, WIDTH));
        else
          sparse_pixel (&pixels, at, w, y, 1, left);
      }
    }
  }
  pixels_clear (&pixels);
}
