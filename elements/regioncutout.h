/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/base/pool.h>
#include <snn/volumes/part.h>

G_BEGIN_DECLS

/* What was cut out around a structure. */
typedef struct
{
  SnnVolumeInfo *info;          /* of the box alone */
  SnnVolume *volume;            /* the box, and neighbours of its outer slices */
} GstSnnRegionCutout;

/**
 * gst_snn_region_cutout_new:
 * @whole: what @values, on the grid @from, are of
 * @box: the grid of what is cut out
 * @axis, @context: of the slices that will be sent, and how many neighbours they
 *   have on either side
 *
 * Returns: (transfer full): %NULL with an error of snn_part_new()
 */
GstSnnRegionCutout *gst_snn_region_cutout_new (SnnVolumeInfo * whole,
    const SnnGrid * from, const float *values, const SnnPart * part,
    const SnnGrid * box, SnnAxis axis, guint context, SnnPool * pool,
    GError ** error);
void gst_snn_region_cutout_free (GstSnnRegionCutout * cutout);

G_END_DECLS
