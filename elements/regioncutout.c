/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "regioncutout.h"

/* The outer slices of a box have neighbours in the head, as those of a source's
 * crop have; what the box says of itself, its statistics among it, is without
 * them. */
GstSnnRegionCutout *
gst_snn_region_cutout_new (SnnVolumeInfo *whole, const SnnGrid *from,
    const float *values, const SnnPart *part, const SnnGrid *box, SnnAxis axis,
    guint context, SnnPool *pool, GError **error)
{
  const float fill = whole->statistics.quantile[0];
  g_autoptr (SnnVolume) alone = snn_part_new (whole, from, values, part, box,
      fill, pool, error);
  g_autoptr (SnnVolume) wider = NULL;
  SnnGrid grid = *box;
  GstSnnRegionCutout *cutout;

  if (!alone)
    return NULL;
  if (context > 0) {
    snn_grid_widen (&grid, axis, context);
    wider = snn_part_new (whole, from, values, part, &grid, fill, pool, error);
    if (!wider)
      return NULL;
  }
  cutout = g_new (GstSnnRegionCutout, 1);
  cutout->info = snn_volume_info_ref (alone->info);
  cutout->volume = wider ? g_steal_pointer (&wider) : g_steal_pointer (&alone);
  return cutout;
}

void
gst_snn_region_cutout_free (GstSnnRegionCutout *cutout)
{
  snn_volume_info_unref (cutout->info);
  snn_volume_unref (cutout->volume);
  g_free (cutout);
}
