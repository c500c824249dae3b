/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume.h"

G_BEGIN_DECLS

/* Reading NIfTI-1 and -2: .nii and .hdr with .img, each as it is or gzipped
 * (by content, not by name), of any real datatype and either byte order.
 * The affine is the sform's where it has a code, else the qform's, else made
 * of the voxel sizes. scl_slope and scl_inter are applied in double precision.
 * Memory is only taken as the file turns out to have the data for it. */

/**
 * snn_nifti_load:
 * @location: .nii, .hdr or .img, with or without .gz
 * @index: which volume, where the file has more than three dimensions; all
 *   from the fourth on are counted through
 * @warning: (out) (optional) (transfer full): what is odd in the file but can
 *   be lived with, or %NULL
 *
 * Returns: (transfer full): the volume in canonical orientation, with its
 * statistics, or %NULL with SNN_ERROR_NOT_FOUND, _OPEN, _READ (it ends early),
 * _FORMAT, _UNSUPPORTED (complex, RGB, Analyze 7.5) or _NUMERIC (no volume
 * @index)
 */
SnnVolume *snn_nifti_load (const gchar * location, guint index,
    gchar ** warning, GError ** error);

/* For snn_nifti_load_labelled(): every voxel that is not zero is label. */
#define SNN_NIFTI_ANY_LABEL (-1)

/**
 * snn_nifti_load_labelled:
 * @label: file of the mask, on the same grid as @location: with the same
 *   stored shape, and the same affine within 1e-3
 * @label_value: voxels with this value are label, or %SNN_NIFTI_ANY_LABEL
 *
 * As snn_nifti_load(), with the mask. A mask with one volume belongs to every
 * @index. SNN_ERROR_MISMATCH where the grids differ names both files and both
 * values.
 */
SnnVolume *snn_nifti_load_labelled (const gchar * location,
    const gchar * label, gint label_value, guint index, gchar ** warning,
    GError ** error);

/* snn_nifti_extent: canonical dims, of the header alone; errors as those of
 * snn_nifti_load() on headers. */
gboolean snn_nifti_extent (const gchar * location, gsize dims[3],
    GError ** error);

/* snn_nifti_is_location: whether @name ends as a NIfTI file's name does. */
gboolean snn_nifti_is_location (const gchar * name);

/* snn_nifti_subject: (transfer full): @location without folder and ending. */
gchar *snn_nifti_subject (const gchar * location);

G_END_DECLS
