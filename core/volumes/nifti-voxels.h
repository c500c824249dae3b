/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nifti-file.h"
#include "nifti-header.h"

G_BEGIN_DECLS

/* Private to nifti-*.c: the values of voxels, on their way from a file. */

/**
 * SnnNiftiTake:
 * @at: value of the canonical grid that the first of @values belongs to
 * @step: from each to the next
 * @values: scaled, @n of them
 */
typedef void (*SnnNiftiTake) (gpointer data, gsize at, gssize step,
    const double *values, gsize n);

/* snn_nifti_check_capacity: whether @file, which holds the voxels, can have as
 * many as @header says; FALSE with SNN_ERROR_READ. */
gboolean snn_nifti_check_capacity (const SnnNiftiFile * file,
    const SnnNiftiHeader * header, GError ** error);

/**
 * snn_nifti_read_voxels:
 * @file: what holds the voxels
 * @info: what snn_nifti_header_describe() makes of @header
 * @index: which volume
 * @take: is handed all voxels, each once, in the order of the file
 *
 * Takes a megabyte or two, whatever the volume's size.
 *
 * Returns: FALSE with SNN_ERROR_READ, _FORMAT, _UNSUPPORTED, or _NUMERIC where
 * there is no volume @index
 */
gboolean snn_nifti_read_voxels (SnnNiftiFile * file,
    const SnnNiftiHeader * header, const SnnVolumeInfo * info, guint index,
    SnnNiftiTake take, gpointer data, GError ** error);

G_END_DECLS
