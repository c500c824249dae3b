/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nifti-header.h"

G_BEGIN_DECLS

/* Private to nifti-*.c. */

/**
 * snn_nifti_same_grid:
 * @image_location, @label_location: for messages
 * @remarks: (nullable): where the grids are not quite the same
 *
 * Whether a mask lies on an image's grid once both are turned to RAS: of the
 * same shape; with directions and voxel sizes that differ by at most 1e-3 of a
 * voxel from one voxel to the next; and with a corner at most a fiftieth of a
 * voxel from the other's. Headers whose affine is in single precision, or in a
 * quaternion, do not agree to more than that.
 *
 * Returns: FALSE with SNN_ERROR_MISMATCH, which names both files and values,
 * and a form of either header that would fit
 */
gboolean snn_nifti_same_grid (const SnnNiftiHeader * image,
    const gchar * image_location, const SnnNiftiHeader * label,
    const gchar * label_location, GPtrArray * remarks, GError ** error);

G_END_DECLS
