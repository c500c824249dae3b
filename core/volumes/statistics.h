/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

#define SNN_N_QUANTILES 1001

/**
 * SnnStatistics:
 *
 * Of the finite voxels of a whole volume, before any crop.
 * quantile[k] is the k/1000 quantile, linearly interpolated between order
 * statistics (numpy's default); quantile[0] is the minimum, quantile[1000]
 * the maximum.
 */
typedef struct
{
  double mean;
  double deviation;             /* population standard deviation */
  guint64 n_finite;
  guint64 n_nonfinite;          /* NaN and infinities, excluded above */
  float quantile[SNN_N_QUANTILES];
} SnnStatistics;

#ifndef __GI_SCANNER__ /* a struct that is filled */

/* snn_statistics_compute: exact, in five passes over @values and a few MB of
 * memory whatever @n is. */
void snn_statistics_compute (SnnStatistics * statistics, const float *values,
    gsize n);

#endif

/* snn_statistics_percentile: @percent in [0, 100], interpolated in the table. */
double snn_statistics_percentile (const SnnStatistics * statistics,
    double percent);

/* snn_statistics_foreground: the percentile of the voxels that are not background:
 * that are above a tenth of the way from the 2nd to the 98th percentile of all
 * (Smith 2002, "Fast robust automated brain extraction", Human Brain Mapping 17);
 * of all voxels where none are. */
double snn_statistics_foreground (const SnnStatistics * statistics,
    double percent);

SNN_END_DECLS
