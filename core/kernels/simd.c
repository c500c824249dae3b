/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernels that are neither products nor on integers, compiled as simd.h says. */

#include "simd.h"

#include "product-simd.h"

/* @ins input channels by @panels panels of output channels of one tap, summed
 * over all pixels in registers. */
static inline __attribute__((always_inline)) void
outer_block (const SnnOuter *p, const float *x0, const float *dy0, float *dw,
    const guint ins, const guint panels, guint last)
{
  Vector sum[SUMS];

#pragma GCC unroll 32
  for (guint i = 0; i < ins * panels; i++)
    sum[i] = (Vector) { 0.f };

  for (guint row = 0; row < p->rows; row++) {
    const float *x = x0 + row * p->x_row;
    const float *dy = dy0 + row * p->y_row;

    for (guint pixel = 0; pixel < p->pixels; pixel++) {
      Vector delta[2];

#pragma GCC unroll 2
      for (guint j = 0; j < panels; j++)
        delta[j] = j + 1 < panels || last == WIDTH ? load (dy + j * WIDTH)
            : load_partial (dy + j * WIDTH, last);
#pragma GCC unroll 32
      for (guint i = 0; i < ins; i++) {
        float value = x[i];

#pragma GCC unroll 2
        for (guint j = 0; j < panels; j++)
          sum[i * panels + j] += value * delta[j];
      }
      x += p->x_pixel;
      dy += p->y_pixel;
    }
  }

#pragma GCC unroll 32
  for (guint i = 0; i < ins; i++)
#pragma GCC unroll 2
    for (guint j = 0; j < panels; j++) {
      float *to = dw + i * p->out + j * WIDTH;

      if (j + 1 < panels || last == WIDTH) {
        store (to, load (to) + sum[i * panels + j]);
      } else {
        Vector total = load_partial (to, last) + sum[i * panels + j];

        memcpy (to, &total, last * sizeof *to);
      }
    }
}

static inline __attribute__((always_inline)) void
outer_tap (const SnnOuter *p, const float *x, const float *dy, float *dw,
    const guint panels, guint last)
{
  const guint most = WIDTH == 16 ? 8 : 4;

  for (guint in = 0; in < p->in;) {
    guint left = p->in - in;
    guint done;

    if (left >= most) {
      done = most;
      outer_block (p, x + in, dy, dw + (gsize) in * p->out, most, panels,
          last);
    } else if (left >= 4) {
      done = 4;
      outer_block (p, x + in, dy, dw + (gsize) in * p->out, 4, panels, last);
    } else {
      done = 1;
      outer_block (p, x + in, dy, dw + (gsize) in * p->out, 1, panels, last);
    }
    in += done;
  }
}

static void
simd_outer (const SnnOuter *outer)
{
  SnnOuter p = *outer;

  if (p.pixels == 1) {
    p.pixels = p.rows;
    p.x_pixel = p.x_row;
    p.y_pixel = p.y_row;
    p.rows = 1;
  }
  for (guint tap = 0; tap < p.n_taps; tap++)
    for (guint first = 0; first < p.out;) {
      guint left = p.out - first;
      guint panels = left > WIDTH ? 2 : 1;
      const float *x = p.x + p.taps[tap];
      float *dw = p.dw + (gsize) tap * p.in * p.out + first;

      if (panels == 2)
        outer_tap (&p, x, p.dy + first, dw, 2, MIN (left - WIDTH, WIDTH));
      else
        outer_tap (&p, x, p.dy + first, dw, 1, left);
      first += panels * WIDTH;
    }
}

/* Channels whose spikes are looked for together. */
#define SPIKE_CHANNELS 64

typedef struct
{
  guint at;                     /* in dy */
  float value;
} Spike;

typedef struct
{
  guint n[SPIKE_CHANNELS];
  Spike spikes[SPIKE_CHANNELS][SNN_SPIKE_POSITIONS];
} SpikeLists;

/* A bit for each of 64 bytes that is not zero. */
static inline guint64
find_spikes (const guint8 *x)
{
  const __m256i zero = _mm256_setzero_si256 ();
  const __m256i *from = (const __m256i *) x;
  guint32 low = (guint32) _mm256_movemask_epi8 (_mm256_cmpeq_epi8
      (_mm256_loadu_si256 (from), zero));
  guint32 high = (guint32) _mm256_movemask_epi8 (_mm256_cmpeq_epi8
      (_mm256_loadu_si256 (from + 1), zero));

  return ~((guint64) high << 32 | low);
}

/* The spikes of channels [first, first + n), for each in order of position.
 * Pixels of few channels are read together where they lie side by side. */
static void
list_spikes (const SnnSpikeOuter *p, guint first, guint n, SpikeLists *lists)
{
  guint together = p->in == p->x_pixel && (n & (n - 1)) == 0 && n == p->in
      ? SPIKE_CHANNELS / n : 1;
  guint shift = (guint) __builtin_ctz (n);

  memset (lists->n, 0, n * sizeof *lists->n);
  for (guint row = 0; row < p->rows; row++)
    for (guint pixel = 0; pixel < p->pixels; pixel += together) {
      const guint8 *x = p->x + row * p->x_row + pixel * p->x_pixel + first;
      guint bytes = MIN (together, p->pixels - pixel) * n;
      guint64 found = find_spikes (x) & G_MAXUINT64 >> (64 - bytes);

      for (; found; found &= found - 1) {
        guint byte = (guint) __builtin_ctzll (found);
        guint channel = together == 1 ? byte : byte & (n - 1);
        guint in_pixel = together == 1 ? 0 : byte >> shift;

        lists->spikes[channel][lists->n[channel]++] = (Spike) {
          .at = (guint) (row * p->y_row + (pixel + in_pixel) * p->y_pixel),
          .value = x[byte],
        };
      }
    }
}

/* One channel by @n_taps taps by @panels panels, sums in registers; both are
 * constants. */
static inline __attribute__((always_inline)) void
spike_block (const SnnSpikeOuter *p, const Spike *spikes, guint n,
    const float *dy, const gssize *taps, float *dw, const guint n_taps,
    const guint panels, guint last)
{
  const gsize tap_size = (gsize) p->in * p->out;
  const Vector factor = p->factor - (Vector) { 0.f };
  Vector sum[SUMS];
  const float *tap_dy[9];

#pragma GCC unroll 9
  for (guint t = 0; t < n_taps; t++) {
    tap_dy[t] = dy + taps[t];
#pragma GCC unroll 2
    for (guint j = 0; j < panels; j++)
      sum[t * panels + j] = (Vector) { 0.f };
  }
  for (guint i = 0; i < n; i++) {
    const gsize at = spikes[i].at;
    const float value = spikes[i].value;

#pragma GCC unroll 9
    for (guint t = 0; t < n_taps; t++)
#pragma GCC unroll 2
      for (guint j = 0; j < panels; j++) {
        const float *delta = tap_dy[t] + at + j * WIDTH;

        sum[t * panels + j] += value * (j + 1 < panels || last == WIDTH
            ? load (delta) : load_partial (delta, last));
      }
  }
#pragma GCC unroll 9
  for (guint t = 0; t < n_taps; t++)
#pragma GCC unroll 2
    for (guint j = 0; j < panels; j++) {
      float *to = dw + t * tap_size + j * WIDTH;

      if (j + 1 < panels || last == WIDTH) {
        store (to, load (to) + factor * sum[t * panels + j]);
      } else {
        Vector total = load_partial (to, last) + factor * sum[t * panels + j];

        memcpy (to, &total, last * sizeof *to);
      }
    }
}

/* All taps, in blocks of nine, the commonest kernel's, four and one. */
static inline __attribute__((always_inline)) void
spike_taps (const SnnSpikeOuter *p, const Spike *spikes, guint n,
    const float *dy, float *dw, const guint panels, guint last)
{
  const gsize tap_size = (gsize) p->in * p->out;

  for (guint tap = 0, done; tap < p->n_taps; tap += done) {
    const gssize *taps = p->taps + tap;
    float *to = dw + tap * tap_size;

    done = p->n_taps - tap >= 9 ? 9 : p->n_taps - tap >= 4 ? 4 : 1;
    if (done == 9)
      spike_block (p, spikes, n, dy, taps, to, 9, panels, last);
    else if (done == 4)
      spike_block (p, spikes, n, dy, taps, to, 4, panels, last);
    else
      spike_block (p, spikes, n, dy, taps, to, 1, panels, last);
  }
}

static void
simd_spike_outer (const SnnSpikeOuter *p)
{
  const guint most = WIDTH == 16 ? 2 : 1;
  SpikeLists lists;

  for (guint first = 0; first < p->in; first += SPIKE_CHANNELS) {
    guint n = MIN (p->in - first, SPIKE_CHANNELS);

    list_spikes (p, first, n, &lists);
    for (guint out = 0, left; out < p->out; out += most * WIDTH) {
      left = p->out - out;
      for (guint i = 0; i < n; i++) {
        const Spike *spikes = lists.spikes[i];
        float *dw = p->dw + (gsize) (first + i) * p->out + out;

        if (lists.n[i] == 0)
          continue;
        if (most == 2 && left >= 2 * WIDTH)
          spike_taps (p, spikes, lists.n[i], p->dy + out, dw, 2, WIDTH);
        else if (most == 2 && left > WIDTH)
          spike_taps (p, spikes, lists.n[i], p->dy + out, dw, 2, left - WIDTH);
        else if (left >= WIDTH)
          spike_taps (p, spikes, lists.n[i], p->dy + out, dw, 1, WIDTH);
        else
          spike_taps (p, spikes, lists.n[i], p->dy + out, dw, 1, left);
      }
    }
  }
}

/* max (0, 1 - |distance| slope) */
static inline Vector
surrogate_height (Vector distance, const float *slope)
{
  Vector height;

  distance = (Vector) ((Mask) distance & 0x7fffffff);
  height = 1.f - distance * load (slope);
  return (Vector) ((Mask) height & (height > 0.f));
}

/* @leaks, @resets and @is_signed are constants, so that other neurons are not asked,
 * and that a leak is one operation with the sum, as in plain_fire(). */
static inline __attribute__((always_inline)) guint
fire_row (const SnnFire *p, const gboolean leaks, const gboolean resets,
    const gboolean is_signed)
{
  gsize whole = p->n / WIDTH * WIDTH;
  Mask count = { 0 };
  guint spikes = 0;

  for (gsize i = 0; i < whole; i += WIDTH) {
    Vector v = load (p->threshold + i);
    Vector kept = load (p->membrane + i);
    Vector u = (leaks ? load (p->leak + i) * kept : kept)
        + load (p->current + i);
    Vector distance = u - v;
    Mask fires = u > v;
    Mask takes = { 0 };
    Vector spikes_of;

    if (is_signed) {
      Mask charged = load (p->net + i) > 0.f;
      Mask below = u < 0.f;

      takes = below & charged;
      distance = (Vector) (((Mask) distance & (fires | ~charged))
          | ((Mask) u & takes));
    }
    spikes_of = (Vector) ((fires & 0x3f800000) | (takes & (gint) 0xbf800000));
    if (p->surrogate)
      store (p->surrogate + i, load (p->scale + i)
          * surrogate_height (distance, p->slope + i));
    if (is_signed) {
      store (p->net + i, load (p->net + i) + spikes_of);
      u += (Vector) ((Mask) v & takes);
    }
    if (resets)
      u = (Vector) (((Mask) load (p->reset + i) & fires) | ((Mask) u & ~fires));
    else
      u -= (Vector) ((Mask) v & fires);
    store (p->membrane + i, u);
    store (p->current + i, spikes_of);
    count -= fires | takes;
  }
  for (guint j = 0; j < WIDTH; j++)
    spikes += (guint) count[j];

  if (whole < p->n) {
    SnnFire rest = {
      .n = p->n - whole,
      .current = p->current + whole,
      .membrane = p->membrane + whole,
      .threshold = p->threshold + whole,
      .leak = leaks ? p->leak + whole : NULL,
      .reset = resets ? p->reset + whole : NULL,
      .net = is_signed ? p->net + whole : NULL,
      .surrogate = p->surrogate ? p->surrogate + whole : NULL,
      .scale = p->scale ? p->scale + whole : NULL,
      .slope = p->slope ? p->slope + whole : NULL,
    };

    spikes += snn_kernels_plain.fire (&rest);
  }
  return spikes;
}

static guint
simd_fire (const SnnFire *p)
{
  if (p->net)
    return p->leak ? fire_row (p, TRUE, FALSE, TRUE)
        : fire_row (p, FALSE, FALSE, TRUE);
  if (p->reset)
    return p->leak ? fire_row (p, TRUE, TRUE, FALSE)
        : fire_row (p, FALSE, TRUE, FALSE);
  return p->leak ? fire_row (p, TRUE, FALSE, FALSE)
      : fire_row (p, FALSE, FALSE, FALSE);
}

static void
simd_fire_backward (const SnnFireBackward *p)
{
  gsize whole = p->n / WIDTH * WIDTH;

  for (gsize i = 0; i < whole; i += WIDTH) {
    Vector surrogate = load (p->scale + i)
        * surrogate_height (load (p->distance + i), p->slope + i);
    Vector carry = load (p->carry + i);
    Vector du;

    if (p->resets)
      carry = (Vector) ((Mask) carry & ~(load (p->distance + i) > 0.f));
    du = load (p->gradient + i) * surrogate + carry;
    store (p->carry + i, p->leak ? load (p->leak + i) * du : du);
    store (p->gradient + i, du);
  }
  snn_kernels_plain.fire_backward (&(SnnFireBackward) {
        .n = p->n - whole,
        .gradient = p->gradient + whole,
        .carry = p->carry + whole,
        .distance = p->distance + whole,
        .leak = p->leak ? p->leak + whole : NULL,
        .resets = p->resets,
        .scale = p->scale + whole,
        .slope = p->slope + whole });
}

#define TEXT(name) #name
#define NAME(name) TEXT (name)

const SnnKernels OF_SET (snn_kernels_, SNN_SIMD_NAME) = {
  .name = NAME (SNN_SIMD_NAME),
  .panel = WIDTH,
  .product = OF_SET (snn_product_, SNN_SIMD_NAME),
  .sparse_product = OF_SET (snn_sparse_product_, SNN_SIMD_NAME),
  .outer = simd_outer,
  .spike_outer = simd_spike_outer,
  .fire = simd_fire,
  .fire_backward = simd_fire_backward,
  .poisson = OF_SET (snn_poisson_, SNN_SIMD_NAME),
  .spiking = &OF_SET (snn_spiking_, SNN_SIMD_NAME),
};
