/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "calibration.h"

#include <math.h>

#include "../run/probability.h"

/* Of confidence; a float between 0.5 and 1 is a whole number of these. */
#define UNIT 0x1p24

/* Bins of the expected calibration error have so many of ours. */
#define COARSE 5

void
snn_calibration_count (SnnCalibration *calibration, guint channels,
    const float *probability, gsize plane, const guint8 *label, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    const guint predicted = channels == 1 ? probability[i] > 0.5f
        : snn_largest (probability, channels, plane, i);
    const guint truth = channels == 1 ? label[i] != 0 : label[i];
    const double sure = channels > 1 ? probability[predicted * plane + i]
        : predicted ? probability[i] : 1. - probability[i];
    const guint at = MIN ((guint) (sure * SNN_CALIBRATION_BINS),
        SNN_CALIBRATION_BINS - 1);
    SnnCalibrationBin *bin = &calibration->bins[at];

    bin->n++;
    bin->right += predicted == truth;
    bin->confidence += (guint64) (sure * UNIT + 0.5);
    bin->overlap.both += predicted == truth && truth > 0;
    bin->overlap.predicted += predicted > 0;
    bin->overlap.truth += truth > 0;
  }
}

void
snn_calibration_add (SnnCalibration *calibration, const SnnCalibration *more)
{
  for (guint i = 0; i < SNN_CALIBRATION_BINS; i++) {
    SnnCalibrationBin *bin = &calibration->bins[i];

    bin->n += more->bins[i].n;
    bin->right += more->bins[i].right;
    bin->confidence += more->bins[i].confidence;
    snn_overlap_add (&bin->overlap, &more->bins[i].overlap);
  }
}

guint64
snn_calibration_reliability (const SnnCalibration *calibration, guint first,
    guint n, double *confidence, double *right)
{
  SnnCalibrationBin sum = { 0, };

  for (guint i = first; i < first + n && i < SNN_CALIBRATION_BINS; i++) {
    sum.n += calibration->bins[i].n;
    sum.right += calibration->bins[i].right;
    sum.confidence += calibration->bins[i].confidence;
  }
  *confidence = sum.n ? (double) sum.confidence / UNIT / (double) sum.n : NAN;
  *right = sum.n ? (double) sum.right / (double) sum.n : NAN;
  return sum.n;
}

double
snn_calibration_error (const SnnCalibration *calibration)
{
  double sum = 0., total = 0.;

  for (guint i = 0; i < SNN_CALIBRATION_BINS; i += COARSE) {
    double confidence, right;
    const guint64 n = snn_calibration_reliability (calibration, i, COARSE,
        &confidence, &right);

    if (n > 0)
      sum += (double) n * fabs (right - confidence);
    total += (double) n;
  }
  return total > 0. ? sum / total : NAN;
}

double
snn_calibration_kept (const SnnCalibration *calibration, guint first,
    double *share)
{
  SnnOverlap kept = { 0, };
  guint64 referred = 0, n = 0;

  for (guint i = 0; i < SNN_CALIBRATION_BINS; i++) {
    n += calibration->bins[i].n;
    if (i < first)
      referred += calibration->bins[i].n;
    else
      snn_overlap_add (&kept, &calibration->bins[i].overlap);
  }
  *share = n ? (double) referred / (double) n : NAN;
  return snn_overlap_metric (&kept, SNN_METRIC_DICE);
}
