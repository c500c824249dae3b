/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "normalize.h"

#include <math.h>

void
snn_normalization_init (SnnNormalization *normalization,
    SnnNormalizeMode mode, const SnnStatistics *statistics, double lower,
    double upper)
{
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
  }
  /* Without contrast every value is taken for the origin. */
  if (!(n->upper > n->lower && n->range > 0.)) {
    n->lower = n->upper = n->origin;
    n->range = 1.;
  }
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
