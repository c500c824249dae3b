/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "encode.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../kernels/kernels.h"
#include "../base/random.h"

gboolean
snn_encode_check (const float *values, gsize n, double lowest, GError **error)
{
  const double low = lowest - (lowest < 0. ? SNN_ENCODE_TOLERANCE : 0.);
  const double high = 1. + SNN_ENCODE_TOLERANCE;

  for (gsize i = 0; i < n; i++)
    if (!(values[i] >= low && values[i] <= high)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
          "value %" G_GSIZE_FORMAT " is %g, where spikes can only be made of "
          "numbers from %g to 1; voxelnormalize mode=%s gives such", i,
          (double) values[i], lowest, lowest < 0. ? "zero-mean" : "unit");
      return FALSE;
    }
  return TRUE;
}

gboolean
snn_encode_check_finite (const float *values, gsize n, GError **error)
{
  for (gsize i = 0; i < n; i++)
    if (!isfinite (values[i])) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
          "value %" G_GSIZE_FORMAT " is %g, where a finite number was "
          "expected; voxelnormalize gives such", i, (double) values[i]);
      return FALSE;
    }
  return TRUE;
}

/* |value| in units of 2^-32, at most 1. */
static guint64
magnitude (float value)
{
  return (guint64) (MIN (fabs (value), 1.) * 0x1p32);
}

static gint8
sign (float value)
{
  return (value > 0.f) - (value < 0.f);
}

void
snn_encode_poisson_plain (guint64 seed, guint32 sample, guint32 epoch,
    const float *values, gsize n, guint first, guint steps, gint8 *spikes)
{
  guint32 key[2], tie_key[2];

  snn_random_key (seed, SNN_RANDOM_ENCODER, key);
  snn_random_key (seed, SNN_RANDOM_ENCODER_TIES, tie_key);
  for (guint t = 0; t < steps; t++)
    for (gsize i = 0; i < n; i++) {
      const guint32 block = (guint32) (i / 128 * 16 + i % 32 / 2);
      const guint32 counter[4] = { block, first + t, sample, epoch };
      const guint32 tie_counter[4] = { i, first + t, sample, epoch };
      guint32 words[4], tie_words[4], draw;

      snn_philox4x32 (counter, key, words);
      snn_philox4x32 (tie_counter, tie_key, tie_words);
      draw = (words[i % 128 / 32] >> 16 * (i % 2)) << 16 | tie_words[0] >> 16;
      spikes[t * n + i] = draw < magnitude (values[i]) ? sign (values[i]) : 0;
    }
}

void
snn_encode_poisson (guint64 seed, guint32 sample, guint32 epoch,
    const float *values, gsize n, guint first, guint steps, gint8 *spikes)
{
  const gsize n_groups = (n + SNN_POISSON_GROUP - 1) / SNN_POISSON_GROUP;
  const gsize n_padded = n_groups * SNN_POISSON_GROUP;
  g_autofree guint16 *bounds = g_new0 (guint16, n_padded);
  g_autofree guint32 *rests = g_new0 (guint32, n_padded);
  g_autofree guint8 *bytes = g_new0 (guint8, 2 * n_padded);
  guint8 *last = bytes + n_padded;
  SnnPoisson poisson = {
    .counter = { first, sample, epoch },
    .n_groups = n_groups,
    .bounds = bounds,
    .rests = rests,
    .bytes = bytes,
  };

  snn_random_key (seed, SNN_RANDOM_ENCODER, poisson.key);
  snn_random_key (seed, SNN_RANDOM_ENCODER_TIES, poisson.tie_key);
  for (gsize i = 0; i < n; i++) {
    guint64 m = magnitude (values[i]);

    bounds[i] = (guint16) MIN (m >> 16, G_MAXUINT16);
    rests[i] = (guint32) (m - ((guint64) bounds[i] << 16));
    bytes[i] = (guint8) sign (values[i]);
  }
  /* A kernel writes whole groups; the next timestep overwrites what is beyond
   * the end of one, if there is a next. */
  for (guint t = 0; t < steps; t++, poisson.counter[0]++) {
    gboolean fits = n_padded <= (steps - t) * n;

    poisson.spikes = fits ? (guint8 *) spikes + t * n : last;
    snn_kernels_get ()->poisson (&poisson);
    if (!fits)
      memcpy (spikes + t * n, last, n);
  }
}

void
snn_encode_regular (const float *values, gsize n, guint first, guint steps,
    gint8 *spikes)
{
  const guint64 half = G_GUINT64_CONSTANT (1) << 31;

  for (guint t = 0; t < steps; t++) {
    guint64 step = (guint64) first + t;

    for (gsize i = 0; i < n; i++) {
      guint64 m = magnitude (values[i]);
      guint64 before = (m * step + half) >> 32;
      guint64 after = (m * (step + 1) + half) >> 32;

      spikes[t * n + i] = (gint8) ((gint) (after - before) * sign (values[i]));
    }
  }
}

void
snn_encode_direct (const float *values, gsize n, guint steps, float *currents)
{
  for (guint t = 0; t < steps; t++)
    memcpy (currents + t * n, values, n * sizeof *values);
}
