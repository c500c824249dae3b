/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grid.h"
#include "nifti-name.h"
#include "../base/classes.h"
#include "../base/memory-file.h"
#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Reading NIfTI-1 and -2: .nii and .hdr with .img, each as it is or gzipped
 * (by content, not by name), of any real datatype and either byte order.
 * The affine is the sform's where it has a code, else the qform's, else made
 * of the voxel sizes; lengths are in mm here, whatever unit the file has.
 * scl_slope and scl_inter are applied in double precision.
 *
 * What a header says is checked against the file's size and a limit of memory
 * before any is taken for the voxels. Loading takes 4 bytes a voxel, 5 with a
 * mask, and a few MB whatever the size.
 *
 * Functions take a list of remarks (base/remarks.h), or NULL. */

#define SNN_NIFTI_MAX_BYTES (G_GUINT64_CONSTANT (2) << 30)

/**
 * SnnNiftiSettings:
 * @index: which volume, where a file has more than three dimensions; all from
 *   the fourth on are counted through
 * @max_bytes: memory that a volume may take, with its mask; 0: no limit
 * @label_map: the image's values are numbers of structures, so that it is not
 *   odd where there are few
 * @classes: that voxels of a mask are of, rounded to whole numbers; other values are
 *   background. The mask has their numbers (classes.h). None: all that is not zero is
 *   label
 *
 * How volumes are read.
 */
typedef struct
{
  guint index;
  guint64 max_bytes;
  gboolean label_map;
  SnnClasses classes;
} SnnNiftiSettings;

#define SNN_NIFTI_SETTINGS_INIT \
  { 0, SNN_NIFTI_MAX_BYTES, FALSE, { 0, { 0 } } }

/**
 * snn_nifti_load:
 * @location: .nii, .hdr or .img, with or without .gz
 * @index: which volume; all else is SNN_NIFTI_SETTINGS_INIT
 *
 * Returns: (transfer full): the volume in canonical orientation, with its
 * statistics, or %NULL with SNN_ERROR_NOT_FOUND, _OPEN, _READ (it ends early),
 * _FORMAT, _UNSUPPORTED (complex, RGB, Analyze 7.5, too large) or _NUMERIC (no
 * volume @index)
 */
SnnVolume *snn_nifti_load (const gchar * location, guint index,
    GPtrArray * remarks, GError ** error);

/**
 * snn_nifti_load_labelled:
 * @label: (nullable): file of the mask, on the same grid as @location:
 *   of the same shape and place once both are turned to RAS, within tolerances
 *   for rounding in headers (nifti-grid.h has them)
 *
 * As snn_nifti_load(), with the mask. A mask with one volume belongs to every
 * index. A value that is not finite is no label. SNN_ERROR_MISMATCH where the
 * grids differ names both files and both values.
 */
SnnVolume *snn_nifti_load_labelled (const gchar * location,
    const gchar * label, const SnnNiftiSettings * settings,
    GPtrArray * remarks, GError ** error);

/**
 * snn_nifti_load_channels:
 * @locations: (array zero-terminated=1): a file for each channel, all on the grid
 *   of the first, whose name and header the volume has. One with one volume
 *   belongs to every index
 *
 * As snn_nifti_load_labelled(), of several images of a subject, such as T1 and
 * T2.
 */
SnnVolume *snn_nifti_load_channels (const gchar * const *locations,
    const gchar * label, const SnnNiftiSettings * settings,
    GPtrArray * remarks, GError ** error);

/**
 * snn_nifti_load_memory:
 * @memory: the bytes of a single file, .nii with or without gzip
 *
 * As snn_nifti_load_labelled() without a mask, of bytes that came from
 * elsewhere. What it is called names the volume. A remark where a second file follows
 * the first, which is all that is read.
 */
SnnVolume *snn_nifti_load_memory (SnnMemoryFile * memory,
    const SnnNiftiSettings * settings, GPtrArray * remarks, GError ** error);

/**
 * snn_nifti_check:
 * @grid: (out): the canonical one
 *
 * All that snn_nifti_load_labelled() checks before it reads voxels. FALSE with
 * its error.
 */
gboolean snn_nifti_check (const gchar * location, const gchar * label,
    const SnnNiftiSettings * settings, SnnGrid * grid, GError ** error);

/* snn_nifti_check_channels: the same for snn_nifti_load_channels(). */
gboolean snn_nifti_check_channels (const gchar * const *locations,
    const gchar * label, const SnnNiftiSettings * settings, SnnGrid * grid,
    GError ** error);

SNN_END_DECLS
