/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics.h"

#include <math.h>

#include "../run/probability.h"

static const gchar *const names[SNN_N_METRICS] = {
  [SNN_METRIC_DICE] = "dice",
  [SNN_METRIC_IOU] = "iou",
  [SNN_METRIC_SENSITIVITY] = "sensitivity",
  [SNN_METRIC_PRECISION] = "precision",
  [SNN_METRIC_VOLUME_DIFFERENCE] = "volume_difference",
  [SNN_METRIC_HD95] = "hd95",
  [SNN_METRIC_ASSD] = "assd",
  [SNN_METRIC_CALIBRATION_ERROR] = "calibration_error",
};

const gchar *
snn_metric_name (SnnMetric metric)
{
  return names[metric];
}

void
snn_overlap_count (SnnOverlap *overlap, const float *probability,
    const guint8 *mask, gsize n, double cut_off)
{
  const float cut = (float) cut_off;
  guint64 both = 0, predicted = 0, truth = 0;

  for (gsize i = 0; i < n; i++) {
    guint p = probability[i] > cut, t = mask[i] != 0;

    both += p & t;
    predicted += p;
    truth += t;
  }
  overlap->both += both;
  overlap->predicted += predicted;
  overlap->truth += truth;
}

void
snn_overlap_add (SnnOverlap *overlap, const SnnOverlap *more)
{
  overlap->both += more->both;
  overlap->predicted += more->predicted;
  overlap->truth += more->truth;
}

double
snn_overlap_metric (const SnnOverlap *overlap, SnnMetric metric)
{
  const double both = (double) overlap->both;
  const double predicted = (double) overlap->predicted;
  const double truth = (double) overlap->truth;
  const double either = predicted + truth - both;

  switch (metric) {
    case SNN_METRIC_DICE:
      return either > 0. ? 2. * both / (predicted + truth) : 1.;
    case SNN_METRIC_IOU:
      return either > 0. ? both / either : 1.;
    case SNN_METRIC_SENSITIVITY:
      return truth > 0. ? both / truth : NAN;
    case SNN_METRIC_PRECISION:
      return predicted > 0. ? both / predicted : NAN;
    case SNN_METRIC_VOLUME_DIFFERENCE:
      return truth > 0. ? (predicted - truth) / truth : NAN;
    case SNN_METRIC_HD95:
    case SNN_METRIC_ASSD:
    case SNN_METRIC_CALIBRATION_ERROR:
      break;
  }
  return NAN;
}

void
snn_overlaps_count (SnnOverlaps *overlaps, guint channels,
    const float *probability, const guint8 *label, gsize n, double cut_off)
{
  if (channels == 1) {
    overlaps->n = 1;
    snn_overlap_count (overlaps->of, probability, label, n, cut_off);
    return;
  }
  overlaps->n = channels - 1;
  for (gsize i = 0; i < n; i++) {
    const guint p = snn_largest (probability, channels, n, i), t = label[i];

    if (p > 0)
      overlaps->of[p - 1].predicted++;
    if (t > 0)
      overlaps->of[t - 1].truth++;
    if (p > 0 && p == t)
      overlaps->of[p - 1].both++;
  }
}

double
snn_overlaps_metric (const SnnOverlaps *overlaps, SnnMetric metric)
{
  SnnMoments mean = { 0, };

  for (guint c = 0; c < overlaps->n; c++)
    snn_moments_add (&mean, snn_overlap_metric (&overlaps->of[c], metric));
  return snn_moments_mean (&mean);
}

SnnOverlap
snn_overlaps_total (const SnnOverlaps *overlaps)
{
  SnnOverlap total = { 0, };

  for (guint c = 0; c < overlaps->n; c++)
    snn_overlap_add (&total, &overlaps->of[c]);
  return total;
}

void
snn_moments_add (SnnMoments *moments, double value)
{
  double difference = value - moments->mean;

  if (isnan (value))
    return;
  moments->n++;
  moments->mean += difference / (double) moments->n;
  moments->squares += difference * (value - moments->mean);
}

double
snn_moments_mean (const SnnMoments *moments)
{
  return moments->n > 0 ? moments->mean : NAN;
}

double
snn_moments_deviation (const SnnMoments *moments)
{
  return moments->n > 1 ?
      sqrt (moments->squares / (double) (moments->n - 1)) : NAN;
}
