/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * SnnGrid:
 * @dims: voxels along x, y and z
 * @affine: voxel index to world mm, row major
 */
typedef struct
{
  gsize dims[3];
  double affine[4][4];
} SnnGrid;

/* snn_grid_from_info: the canonical grid of a volume. */
void snn_grid_from_info (SnnGrid * grid, const SnnVolumeInfo * info);

/* snn_grid_centred: of cubes with sides of @zoom mm, the middle voxel at the origin. */
void snn_grid_centred (SnnGrid * grid, const gsize dims[3], double zoom);

/* snn_grid_equal: whether the voxels are the same, within a ten-thousandth of
 * their size. */
gboolean snn_grid_equal (const SnnGrid * a, const SnnGrid * b);

/* snn_grid_zooms: voxel sizes in mm, the lengths of the affine's columns. */
void snn_grid_zooms (const SnnGrid * grid, double zooms[3]);

/* snn_grid_widen: @n voxels more at both ends of @axis, which is one of the three;
 * the others stay where they are. */
void snn_grid_widen (SnnGrid * grid, SnnAxis axis, gsize n);

/**
 * snn_grid_parse_zooms:
 * @text: (nullable): "1x1x1.5" in x, y, z, millimetres, where 0 keeps the own
 *   size, or one number for all three; %NULL and empty: "0"
 *
 * Returns: FALSE with SNN_ERROR_FORMAT
 */
gboolean snn_grid_parse_zooms (const gchar * text, double zooms[3],
    GError ** error);

/* snn_grid_format_zooms: (transfer full): the same as text, "" where one of them
 * is 0. */
gchar *snn_grid_format_zooms (const double zooms[3]);

/* snn_grid_same_zoom: whether two sizes of voxels, in mm, are the same within a
 * thousandth. */
gboolean snn_grid_same_zoom (double a, double b);

/**
 * snn_grid_respace:
 * @zooms: voxel size in mm along each axis; 0 keeps that of @from
 * @to: (out): the grid of these voxels with the same axes and the same centre
 *   that covers what @from does, within half a voxel
 *
 * Along an axis whose size is right within a thousandth, nothing changes.
 *
 * Returns: FALSE with SNN_ERROR_NUMERIC where a size is negative or not
 * finite, or @from has voxels of no size, and SNN_ERROR_UNSUPPORTED where
 * there would be more than SNN_REGION_MAX voxels along an axis
 */
gboolean snn_grid_respace (const SnnGrid * from, const double zooms[3],
    SnnGrid * to, GError ** error);

SNN_END_DECLS
