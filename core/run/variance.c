/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "variance.h"

#include <string.h>

struct _SnnVariance
{
  const SnnNetwork *network;
  SnnOutputFunction output;
  guint timesteps;
  gsize size;
  double *mean;
  double *squares;              /* of differences from the mean, summed */
};

SnnVariance *
snn_variance_new (const SnnNetwork *network, SnnOutputFunction output)
{
  SnnVariance *variance = g_new0 (SnnVariance, 1);

  variance->network = network;
  variance->output = output;
  variance->size = snn_shape_size (snn_network_output (network));
  variance->mean = g_new0 (double, variance->size);
  variance->squares = g_new0 (double, variance->size);
  return variance;
}

void
snn_variance_free (SnnVariance *variance)
{
  if (!variance)
    return;
  g_free (variance->mean);
  g_free (variance->squares);
  g_free (variance);
}

void
snn_variance_reset (SnnVariance *variance)
{
  if (!variance)
    return;
  variance->timesteps = 0;
  memset (variance->mean, 0, variance->size * sizeof *variance->mean);
  memset (variance->squares, 0, variance->size * sizeof *variance->squares);
}

/* By Welford's recurrence ("Note on a method for calculating corrected sums of
 * squares and products", Technometrics 1962), as timesteps come one by one. */
void
snn_variance_add (SnnVariance *variance, float *logits)
{
  const guint n = ++variance->timesteps;

  if (variance->output)
    variance->output (variance->network, logits);
  for (gsize i = 0; i < variance->size; i++) {
    const double from_mean = logits[i] - variance->mean[i];

    variance->mean[i] += from_mean / n;
    variance->squares[i] += from_mean * (logits[i] - variance->mean[i]);
  }
}

void
snn_variance_get (const SnnVariance *variance, float *values)
{
  const guint n = MAX (variance->timesteps, 1);

  for (gsize i = 0; i < variance->size; i++)
    values[i] = (float) (variance->squares[i] / n);
}
