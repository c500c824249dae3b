/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "voxelstatistic.h"

static float
mean_of (float *const *values, guint n_views, gsize i)
{
  float sum = 0.f;

  for (guint v = 0; v < n_views; v++)
    sum += values[v][i];
  return sum / (float) n_views;
}

/* Of the views there are, not an estimate for others: of one it is 0. */
static float
variance_of (float *const *values, guint n_views, gsize i)
{
  const float mean = mean_of (values, n_views, i);
  float sum = 0.f;

  for (guint v = 0; v < n_views; v++)
    sum += (values[v][i] - mean) * (values[v][i] - mean);
  return sum / (float) n_views;
}

/* To add one, add its name to GstSnnVoxelStatisticKind, a row here, and one to the
 * enum below. */
static const GstSnnVoxelStatistic statistics[] = {
  [GST_SNN_VOXEL_STATISTIC_MEAN] = {NULL, mean_of},
  [GST_SNN_VOXEL_STATISTIC_VARIANCE] = {"variance", variance_of},
};

const GstSnnVoxelStatistic *
gst_snn_voxel_statistic (GstSnnVoxelStatisticKind kind)
{
  return &statistics[kind];
}

G_DEFINE_ENUM_TYPE (GstSnnProbabilityMeanStatistic, gst_snn_voxel_statistic,
    {GST_SNN_VOXEL_STATISTIC_MEAN, "Mean, a probability again", "mean"},
    {GST_SNN_VOXEL_STATISTIC_VARIANCE,
        "Variance over the views, from 0 where they agree to 0.25; "
        "niftisink content=probability writes it", "variance"})
