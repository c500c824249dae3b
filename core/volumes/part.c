/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "part.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "affine.h"
#include "resample.h"

gboolean
snn_part_grid (const SnnGrid *whole, const double centre[3],
    const gsize dims[3], const double zooms[3], SnnGrid *grid, GError **error)
{
  double back[4][4], own[3], first[3];

  if (!snn_affine_invert (whole->affine, back)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC, "The affine of the volume "
        "can't be inverted");
    return FALSE;
  }
  snn_grid_zooms (whole, own);
  snn_affine_apply (back, centre, first);
  memcpy (grid->affine, whole->affine, sizeof grid->affine);
  for (guint k = 0; k < 3; k++) {
    const gboolean same = zooms[k] <= 0. || snn_grid_same_zoom (own[k],
        zooms[k]);
    const double ratio = same ? 1. : zooms[k] / own[k];

    grid->dims[k] = dims[k];
    first[k] -= ((double) dims[k] - 1.) / 2. * ratio;
    if (same)
      first[k] = floor (first[k] + 0.5);
    for (guint i = 0; i < 3; i++)
      grid->affine[i][k] *= ratio;
  }
  snn_affine_apply (whole->affine, first, first);
  for (guint i = 0; i < 3; i++)
    grid->affine[i][3] = first[i];
  return TRUE;
}

SnnVolume *
snn_part_new (SnnVolumeInfo *whole, const SnnGrid *from, const float *values,
    const SnnPart *part, const SnnGrid *grid, float fill, SnnPool *pool,
    GError **error)
{
  const SnnClasses *classes = &part->classes;
  g_autofree gchar *name = g_strdup_printf ("%s_%d", whole->subject,
      classes->values[part->which]);
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new (name);
  g_autofree float *image = NULL;
  gsize n;

  if (g_size_checked_mul (&n, grid->dims[0], grid->dims[1])
      && g_size_checked_mul (&n, n, grid->dims[2]))
    image = g_try_new (float, n);
  if (!image) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for %"
        G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " voxels",
        name, grid->dims[0], grid->dims[1], grid->dims[2]);
    return NULL;
  }
  if (!snn_resample_image (values, from, grid, fill, pool, image, error))
    return NULL;
  info->location = g_strdup (whole->location);
  memcpy (info->dims, grid->dims, sizeof grid->dims);
  memcpy (info->affine, grid->affine, sizeof grid->affine);
  snn_grid_zooms (grid, info->zooms);
  snn_statistics_compute (&info->statistics, image, n);
  info->origin = snn_volume_info_ref (whole->origin ? whole->origin : whole);
  info->part = g_memdup2 (part, sizeof *part);
  return snn_volume_new (g_steal_pointer (&info), g_steal_pointer (&image),
      NULL);
}
