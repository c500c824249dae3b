/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "encode.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "kernels/poisson.h"
#include "random.h"

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
  guint32 key[2];

  snn_random_key (seed, SNN_RANDOM_ENCODER, key);
  for (guint t = 0; t < steps; t++)
    for (gsize i = 0; i < n; i++) {
      const guint32 counter[4] = { i / 4, first + t, sample, epoch };
      guint32 words[4];

      snn_philox4x32 (counter, key, words);
      spikes[t * n + i] =
          words[i % 4] < magnitude (values[i]) ? sign (values[i]) : 0;
    }
}

void
snn_encode_poisson (guint64 seed, guint32 sample, guint32 epoch,
    const float *values, gsize n, guint first, guint steps, gint8 *spikes)
{
  const gsize n_blocks = ((n + 3) / 4 + SNN_POISSON_LANES - 1)
      / SNN_POISSON_LANES * SNN_POISSON_LANES;
  g_autofree guint32 *bounds = g_new0 (guint32, 4 * n_blocks);
  g_autofree guint32 *bytes = g_new0 (guint32, 4 * n_blocks);
  g_autofree guint32 *step = g_new (guint32, n_blocks);
  guint32 key[2];

  /* r < m becomes r <= m - 1, which fits 32 bits; m = 0 has a byte of 0. */
  for (gsize i = 0; i < n; i++) {
    gsize at = i % 4 * n_blocks + i / 4;
    guint64 m = magnitude (values[i]);
    guint32 byte = m ? (guint8) sign (values[i]) : 0;

    bounds[at] = m ? (guint32) (m - 1) : 0;
    bytes[at] = GUINT32_TO_LE (byte << 8 * (i % 4));
  }
  snn_random_key (seed, SNN_RANDOM_ENCODER, key);
  for (guint t = 0; t < steps; t++) {
    const guint32 counter[3] = { first + t, sample, epoch };

    snn_poisson_step (key, counter, n_blocks, bounds, bytes, step);
    memcpy (spikes + t * n, step, n);
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
