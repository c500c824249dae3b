/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "histogram.h"

#include <math.h>

float
snn_histogram_percentile (const guint32 *bins, float largest,
    double percentile)
{
  guint64 total = 0, below = 0;
  double wanted;

  for (guint b = 0; b < SNN_HISTOGRAM_BINS; b++)
    total += bins[b];
  wanted = percentile / 100. * (double) total;
  for (guint b = 0; b < SNN_HISTOGRAM_BINS; b++) {
    if (bins[b] > 0 && (double) (below + bins[b]) >= wanted)
      return (float) (largest / SNN_HISTOGRAM_BINS
          * (b + (wanted - (double) below) / bins[b]));
    below += bins[b];
  }
  return largest;
}

/* Of the values in all bins below each one: how many, their sum, and that of their
 * squares, in widths of a bin. With them a candidate costs as many steps as it has
 * levels. */
typedef struct
{
  double n;
  double sum;
  double squares;
} Below;

static Below *
sum_below (const double *bins)
{
  Below *below = g_new0 (Below, SNN_HISTOGRAM_BINS + 1);

  for (guint b = 0; b < SNN_HISTOGRAM_BINS; b++) {
    double middle = b + 0.5;

    below[b + 1] = (Below) { below[b].n + bins[b],
      below[b].sum + bins[b] * middle,
      below[b].squares + bins[b] * middle * middle
    };
  }
  return below;
}

/* The first bin whose middle is not below @value. */
static guint
first_bin (double value)
{
  return (guint) CLAMP (ceil (value - 0.5), 0., SNN_HISTOGRAM_BINS);
}

static double
square_error (const Below *below, double scale, guint levels,
    double initial_membrane)
{
  double error = 0.;
  guint from = 0;

  for (guint k = 0; k <= levels && from < SNN_HISTOGRAM_BINS; k++) {
    double q = scale * k / levels;
    guint to = k == levels ? SNN_HISTOGRAM_BINS
        : first_bin (scale * (k + 1. - initial_membrane) / levels);

    error += below[to].squares - below[from].squares
        - 2. * q * (below[to].sum - below[from].sum)
        + q * q * (below[to].n - below[from].n);
    from = to;
  }
  return error;
}

float
snn_histogram_least_error (const double *bins, float largest, guint levels,
    double initial_membrane)
{
  g_autofree Below *below = sum_below (bins);
  double least = G_MAXDOUBLE;
  guint scale = SNN_HISTOGRAM_BINS;

  for (guint b = 1; b <= SNN_HISTOGRAM_BINS; b++) {
    double error = square_error (below, b, levels, initial_membrane);

    if (error < least) {
      least = error;
      scale = b;
    }
  }
  return largest / SNN_HISTOGRAM_BINS * scale;
}
