/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "normalize.h"

#include <math.h>

/* Of a normal distribution: its interquartile range in standard deviations. */
#define QUARTILES 1.3489795003921634

/* So many standard deviations to either side become [-1, 1]. */
#define REACH 3.

static void
init_robust (SnnNormalization *n, const SnnStatistics *statistics)
{
  const double spread = (snn_statistics_foreground (statistics, 75.)
      - snn_statistics_foreground (statistics, 25.)) / QUARTILES;

  n->origin = snn_statistics_foreground (statistics, 50.);
  n->range = spread > 0. ? REACH * spread : 1.;
  n->lower = n->origin - (spread > 0. ? n->range : 0.);
  n->upper = n->origin + (spread > 0. ? n->range : 0.);
  n->offset = 0.;
}

void
snn_normalization_init (SnnNormalization *normalization,
    SnnNormalizeMode mode, const SnnStatistics *statistics, double lower,
    double upper)
{
  if (mode == SNN_NORMALIZE_ROBUST)
    init_robust (normalization, statistics);
  else
    snn_normalization_init_range (normalization, mode, statistics,
        snn_statistics_percentile (statistics, lower),
        snn_statistics_percentile (statistics, upper));
}

void
snn_normalization_init_range (SnnNormalization *normalization,
    SnnNormalizeMode mode, const SnnStatistics *statistics, double minimum,
    double maximum)
{
  SnnNormalization *n = normalization;

  n->lower = minimum;
  n->upper = maximum;
  n->origin = n->lower;
  n->range = n->upper - n->lower;
  n->offset = 0.;
  switch (mode) {
    case SNN_NORMALIZE_UNIT:
      break;
    case SNN_NORMALIZE_ZERO_MEAN:
      n->range /= 2.;
      n->offset = -1.;
      break;
    case SNN_NORMALIZE_Z_SCORE:
      n->origin = statistics->mean;
      n->range = statistics->deviation;
      break;
    case SNN_NORMALIZE_ROBUST:
      g_return_if_reached ();
  }
  /* Without contrast every value is taken for the origin. */
  if (!(n->upper > n->lower && n->range > 0.)) {
    n->lower = n->upper = n->origin;
    n->range = 1.;
  }
}

gboolean
snn_normalization_is_constant (const SnnNormalization *normalization)
{
  return !(normalization->lower < normalization->upper);
}

void
snn_normalize (const SnnNormalization *normalization, float *values, gsize n)
{
  const SnnNormalization s = *normalization;

  for (gsize i = 0; i < n; i++) {
    double x = isfinite (values[i]) ? values[i] : s.lower;

    x = CLAMP (x, s.lower, s.upper);
    values[i] = (float) ((x - s.origin) / s.range + s.offset);
  }
}
