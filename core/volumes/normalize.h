/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

typedef enum
{
  SNN_NORMALIZE_UNIT,           /* [0, 1] */
  SNN_NORMALIZE_ZERO_MEAN,      /* [-1, 1] */
  SNN_NORMALIZE_Z_SCORE,        /* (x - mean) / standard deviation */
  SNN_NORMALIZE_ROBUST,         /* [-1, 1], from the foreground */
} SnnNormalizeMode;

/**
 * SnnNormalization:
 * @lower, @upper: values are clipped to these first
 * @origin, @range, @offset: then y = (x - origin) / range + offset
 *
 * A linear scaling of the voxels of one volume. What is not a finite number
 * is taken for @lower.
 */
typedef struct
{
  double lower;
  double upper;
  double origin;
  double range;
  double offset;
} SnnNormalization;

/**
 * snn_normalization_init:
 * @statistics: of the whole volume, so that all of its slices are scaled
 *   alike
 * @lower, @upper: percentiles that values are clipped to, in [0, 100], @lower
 *   below @upper. In unit and zero-mean mode they become the ends of the
 *   range; the z-score is that of the volume's own mean and deviation. They play
 *   no part in the robust mode: there y = (x - median) / (3 s), clipped to [-1, 1],
 *   of the foreground's median and s, its interquartile range / 1.349, which is the
 *   standard deviation of a normal distribution. However many voxels an outlier has,
 *   up to a quarter, it does not move the others.
 *
 * A volume whose voxels all have one value becomes the lower end of the range
 * throughout, or 0 as a z-score and in the robust mode; so does one of which so
 * many have one that both percentiles, or quartiles, are it.
 */
void snn_normalization_init (SnnNormalization * normalization,
    SnnNormalizeMode mode, const SnnStatistics * statistics, double lower,
    double upper);

/* snn_normalization_init_range: the same, clipped to @minimum and @maximum,
 * which are intensities and not percentiles; not for the robust mode. @statistics
 * may be %NULL but for the z-score. */
void snn_normalization_init_range (SnnNormalization * normalization,
    SnnNormalizeMode mode, const SnnStatistics * statistics, double minimum,
    double maximum);

/* snn_normalization_is_constant: whether all values become one, be it that those of
 * the volume are, or that nearly all are: both percentiles, or both quartiles, are
 * one value then. */
gboolean snn_normalization_is_constant (const SnnNormalization *
    normalization);

/* snn_normalize: @n values, in place. */
void snn_normalize (const SnnNormalization * normalization, float *values,
    gsize n);

SNN_END_DECLS
