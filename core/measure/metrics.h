/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"
#include "../base/classes.h"

SNN_BEGIN_DECLS

/* How well a predicted mask P agrees with a true mask T. docs/metrics.md has
 * the definitions and the rules for empty masks. A value that is not defined
 * is NAN. */

typedef enum
{
  SNN_METRIC_DICE,              /* 2 |P T| / (|P| + |T|) */
  SNN_METRIC_IOU,               /* |P T| / |P + T| */
  SNN_METRIC_SENSITIVITY,       /* |P T| / |T| */
  SNN_METRIC_PRECISION,         /* |P T| / |P| */
  SNN_METRIC_VOLUME_DIFFERENCE, /* (|P| - |T|) / |T| */
  SNN_METRIC_HD95,              /* mm; core/distance.h */
  SNN_METRIC_ASSD,              /* mm; core/distance.h */
  SNN_METRIC_CALIBRATION_ERROR, /* of probabilities; calibration.h */
} SnnMetric;

#define SNN_N_METRICS 8

/* snn_metric_name: the key of reports: "dice", "volume_difference", ... */
const gchar *snn_metric_name (SnnMetric metric);

/* SnnOverlap: numbers of voxels. */
typedef struct
{
  guint64 both;
  guint64 predicted;
  guint64 truth;
} SnnOverlap;

/**
 * snn_overlap_count:
 * @probability: @n values; a voxel is set where one exceeds @cut_off, which
 *   is rounded to single precision first
 * @mask: @n values, set where not 0
 *
 * Adds @n voxels to @overlap.
 */
void snn_overlap_count (SnnOverlap * overlap, const float *probability,
    const guint8 * mask, gsize n, double cut_off);

/* snn_overlap_add: @overlap += @more. */
void snn_overlap_add (SnnOverlap * overlap, const SnnOverlap * more);

/* snn_overlap_metric: NAN of distances and the calibration error, which take more
 * than these numbers. */
double snn_overlap_metric (const SnnOverlap * overlap, SnnMetric metric);

/**
 * SnnOverlaps:
 * @n: classes but the background; 1 of a mask
 *
 * The overlap of each class. Plain data, zero to begin with.
 */
typedef struct
{
  guint n;
  SnnOverlap of[SNN_CLASSES_MAX];
} SnnOverlaps;

/**
 * snn_overlaps_count:
 * @channels: of the prediction: 1 as for snn_overlap_count(), else one for the
 *   background and each class, of which the largest is predicted, whatever
 *   @cut_off is
 * @label: @n values, 0 or the class's channel
 *
 * Adds @n voxels to @overlaps.
 */
void snn_overlaps_count (SnnOverlaps * overlaps, guint channels,
    const float *probability, const guint8 * label, gsize n, double cut_off);

/* snn_overlaps_metric: mean of the classes for which it is defined. */
double snn_overlaps_metric (const SnnOverlaps * overlaps, SnnMetric metric);

/* snn_overlaps_total: of all classes together, voxels of the right one. */
SnnOverlap snn_overlaps_total (const SnnOverlaps * overlaps);

/**
 * SnnMoments:
 *
 * Running mean and standard deviation (Welford 1962). Plain data, zero to
 * begin with.
 */
typedef struct
{
  guint64 n;
  double mean;
  double squares;               /* sum of squared deviations from the mean */
} SnnMoments;

/* snn_moments_add: leaves NAN out. */
void snn_moments_add (SnnMoments * moments, double value);

/* snn_moments_mean: NAN of no values. */
double snn_moments_mean (const SnnMoments * moments);

/* snn_moments_deviation: of a sample (n - 1); NAN of less than two values. */
double snn_moments_deviation (const SnnMoments * moments);

SNN_END_DECLS
