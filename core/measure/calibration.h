/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "metrics.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Whether a prediction is right as often as it is sure: voxels by the confidence
 * of what is predicted for them, the probability of the most probable class (Guo et
 * al. 2017, "On calibration of modern neural networks", ICML). Sums are integers,
 * so that nothing depends on the order in which voxels come. */

/* A hundredth of confidence each; the least that two classes can have is 0.5. */
#define SNN_CALIBRATION_BINS 100

/**
 * SnnCalibrationBin:
 * @n: voxels
 * @right: of these, voxels whose class is the predicted one
 * @confidence: sum of theirs, in units of 2^-24
 * @overlap: of all classes but the background together
 */
typedef struct
{
  guint64 n;
  guint64 right;
  guint64 confidence;
  SnnOverlap overlap;
} SnnCalibrationBin;

/* Plain data, zero to begin with. */
typedef struct
{
  SnnCalibrationBin bins[SNN_CALIBRATION_BINS];
} SnnCalibration;

/**
 * snn_calibration_count:
 * @channels: 1 of a mask, else one for the background and each class
 * @probability: [@channels][@plane] values from 0 to 1, of which the first @n of
 *   each channel count
 * @label: @n values: 0, or the class's channel; of a mask anything but 0
 *
 * Adds @n voxels. Of a mask a voxel is predicted where its probability exceeds
 * 0.5, and its confidence is max (p, 1 - p).
 */
void snn_calibration_count (SnnCalibration * calibration, guint channels,
    const float *probability, gsize plane, const guint8 * label, gsize n);

/* snn_calibration_add: @calibration += @more. */
void snn_calibration_add (SnnCalibration * calibration,
    const SnnCalibration * more);

/**
 * snn_calibration_reliability:
 * @first, @n: of the bins that are looked at together
 * @confidence: (out): their voxels' mean
 * @right: (out): the part of them that is predicted rightly
 *
 * Returns: how many voxels there are; of none both are NAN
 */
guint64 snn_calibration_reliability (const SnnCalibration * calibration,
    guint first, guint n, double *confidence, double *right);

/* snn_calibration_error: the expected calibration error over twenty bins of 0.05,
 * sum_b n_b / n |right_b - confidence_b|; NAN of no voxels. */
double snn_calibration_error (const SnnCalibration * calibration);

/**
 * snn_calibration_kept:
 * @first: bin
 * @share: (out): part of the voxels below it, which are referred to a human
 *
 * Returns: Dice of the voxels that are kept, from bin @first on, all classes
 *   together
 */
double snn_calibration_kept (const SnnCalibration * calibration, guint first,
    double *share);

SNN_END_DECLS
