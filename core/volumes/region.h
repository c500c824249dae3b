/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grid.h"
#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * SnnRegion:
 * @begin: first voxel of the region of interest, canonical x, y, z
 * @end: the voxel after its last; 0: the end of the volume
 * @size: what the region is cropped or padded to, centred; 0: its own extent
 * @in_mm: the region is from @from to @to (mm of the world, x, y, z; infinite: the
 *   border of the volume), in place of @begin and @end
 *
 * What to take of every volume. All zero is the whole volume.
 */
typedef struct
{
  gsize begin[3];
  gsize end[3];
  gsize size[3];
  gboolean in_mm;
  double from[3];
  double to[3];
} SnnRegion;

/* The largest extent that a region may have along an axis. */
#define SNN_REGION_MAX 65535

/**
 * snn_region_parse_size:
 * @text: (nullable): "32x56x48" in x, y, z, where 0 keeps the own extent;
 *   %NULL and empty: "0x0x0"
 *
 * Sets @region->size. Returns: FALSE with SNN_ERROR_FORMAT
 */
gboolean snn_region_parse_size (SnnRegion * region, const gchar * text,
    GError ** error);

/**
 * snn_region_parse_roi:
 * @text: (nullable): "x0:x1,y0:y1,z0:z1": voxels from the first up to, but
 *   not including, the second; a number left out is the volume's border;
 *   %NULL and empty: ":,:,:". With "mm" at its end, as "-40:-10,-45:5,:20mm",
 *   millimetres of the world that the file's affine leads to (RAS+)
 *
 * Sets all of @region but for @region->size. Returns: FALSE with SNN_ERROR_FORMAT
 */
gboolean snn_region_parse_roi (SnnRegion * region, const gchar * text,
    GError ** error);

/**
 * snn_region_box:
 * @grid: of a volume, canonical
 * @box: (out): origin = begin + floor((extent of the region - size) / 2)
 *
 * A region in mm is the voxels of the volume whose centres are in it; where the
 * grid is oblique, the smallest box of voxels that has them all.
 *
 * Returns: FALSE with SNN_ERROR_MISMATCH when the region of interest reaches
 * past the volume, or in mm has none of its voxels, or the box is larger than
 * SNN_REGION_MAX along an axis; with SNN_ERROR_NUMERIC where a region is in mm and
 * @grid has voxels of no size
 */
gboolean snn_region_box (const SnnRegion * region, const SnnGrid * grid,
    SnnBox * box, GError ** error);

SNN_END_DECLS
