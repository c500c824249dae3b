/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "part-map.h"

#include <math.h>

#include "../base/error.h"
#include "affine.h"
#include "component.h"
#include "nifti-write.h"
#include "resample.h"

struct _SnnPartMap
{
  SnnVolumeInfo *info;          /* of the whole volume */
  SnnClasses classes;
  guint n_parts;
  guint n_added;
  guint8 *voxels;
};

SnnPartMap *
snn_part_map_new (const SnnVolumeInfo *part, GError **error)
{
  g_autoptr (SnnPartMap) map = g_new0 (SnnPartMap, 1);
  const gsize *dims = part->origin->dims;
  gsize n;

  map->info = snn_volume_info_ref (part->origin);
  map->classes = part->part->classes;
  map->n_parts = part->part->n_parts;
  if (g_size_checked_mul (&n, dims[0], dims[1])
      && g_size_checked_mul (&n, n, dims[2]))
    map->voxels = g_try_malloc0 (n);
  if (map->voxels)
    return g_steal_pointer (&map);
  g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for a map of %"
      G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " voxels",
      map->info->subject, dims[0], dims[1], dims[2]);
  return NULL;
}

void
snn_part_map_free (SnnPartMap *map)
{
  if (!map)
    return;
  snn_volume_info_unref (map->info);
  g_free (map->voxels);
  g_free (map);
}

gboolean
snn_part_map_takes (const SnnPartMap *map, const SnnVolumeInfo *part)
{
  return part->part && snn_volume_info_same (map->info, part->origin);
}

/* The voxels of the whole volume that @part may reach, as a box and as a grid of
 * their own; FALSE where there are none. */
static gboolean
find_reach (const SnnPartMap *map, const SnnVolumeInfo *part, SnnBox *box,
    SnnGrid *grid)
{
  double back[4][4], low[3], high[3], first[3];

  for (guint k = 0; k < 3; k++) {
    low[k] = INFINITY;
    high[k] = -INFINITY;
  }
  if (!snn_affine_invert (map->info->affine, back))
    return FALSE;
  for (guint corner = 0; corner < 8; corner++) {
    double at[3];

    for (guint k = 0; k < 3; k++)
      at[k] = corner >> k & 1 ? (double) part->dims[k] : -1.;
    snn_affine_apply (part->affine, at, at);
    snn_affine_apply (back, at, at);
    for (guint k = 0; k < 3; k++) {
      low[k] = MIN (low[k], at[k]);
      high[k] = MAX (high[k], at[k]);
    }
  }
  snn_grid_from_info (grid, map->info);
  for (guint k = 0; k < 3; k++) {
    const double last = (double) map->info->dims[k] - 1.;

    low[k] = ceil (MAX (low[k], 0.));
    high[k] = floor (MIN (high[k], last));
    if (!(low[k] <= high[k]))
      return FALSE;
    box->origin[k] = (gint64) low[k];
    box->size[k] = grid->dims[k] = (gsize) (high[k] - low[k]) + 1;
    first[k] = low[k];
  }
  snn_affine_apply (map->info->affine, first, first);
  for (guint k = 0; k < 3; k++)
    grid->affine[k][3] = first[k];
  return TRUE;
}

/* What of @mask is 1 becomes @value in the map, where that is free. */
static void
paint (SnnPartMap *map, const SnnBox *box, const guint8 *mask, guint8 value)
{
  const gsize *dims = map->info->dims;

  for (gsize z = 0; z < box->size[2]; z++)
    for (gsize y = 0; y < box->size[1]; y++) {
      guint8 *row = map->voxels + ((z + box->origin[2]) * dims[1] + y
          + box->origin[1]) * dims[0] + box->origin[0];

      for (gsize x = 0; x < box->size[0]; x++, mask++)
        if (*mask && row[x] == 0)
          row[x] = value;
    }
}

gboolean
snn_part_map_add (SnnPartMap *map, const SnnVolumeInfo *part,
    const float *probability, float cut_off, GError **error)
{
  g_autofree float *values = NULL;
  g_autofree guint8 *mask = NULL;
  SnnComponent component;
  SnnGrid from, to;
  SnnBox box;
  gsize n;

  map->n_added++;
  if (!find_reach (map, part, &box, &to))
    return TRUE;
  n = box.size[0] * box.size[1] * box.size[2];
  values = g_try_new (float, n);
  mask = g_try_malloc (n);
  if (!values || !mask) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for the %"
        G_GSIZE_FORMAT " voxels around a structure", map->info->subject, n);
    return FALSE;
  }
  snn_grid_from_info (&from, part);
  if (!snn_resample_image (probability, &from, &to, 0.f, NULL, values, error)
      || !snn_component_largest (values, to.dims, cut_off, mask, &component,
          error))
    return FALSE;
  paint (map, &box, mask, (guint8) (part->part->which + 1));
  return TRUE;
}

guint
snn_part_map_count (const SnnPartMap *map, guint *n_parts)
{
  *n_parts = map->n_parts;
  return map->n_added;
}

gboolean
snn_part_map_is_whole (const SnnPartMap *map)
{
  return map->n_added >= map->n_parts;
}

SnnVolumeInfo *
snn_part_map_info (const SnnPartMap *map)
{
  return map->info;
}

gboolean
snn_part_map_write (const SnnPartMap *map, const gchar *location,
    GError **error)
{
  return snn_nifti_write_classes (location, map->info, &map->classes,
      map->voxels, error);
}
