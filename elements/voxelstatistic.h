/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What probabilitymean hands on of several networks' probabilities at a voxel. */
typedef enum
{
  GST_SNN_VOXEL_STATISTIC_MEAN,
  GST_SNN_VOXEL_STATISTIC_VARIANCE,
} GstSnnVoxelStatisticKind;

/**
 * GstSnnVoxelStatistic:
 * @field: what caps say of it, %NULL where it is a probability
 * @of: of voxel @i of @n_views arrays of probabilities, which are taken in their
 *     order, so that the same inputs give the same bits
 */
typedef struct
{
  const gchar *field;
  float (*of) (float *const *values, guint n_views, gsize i);
} GstSnnVoxelStatistic;

const GstSnnVoxelStatistic *gst_snn_voxel_statistic (GstSnnVoxelStatisticKind kind);

GType gst_snn_voxel_statistic_get_type (void);

G_END_DECLS
