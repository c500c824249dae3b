/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume.h"
#include "../base/api.h"
#include "../base/classes.h"

SNN_BEGIN_DECLS

/**
 * SnnNiftiContent:
 * @SNN_NIFTI_MASK: uint8, 0 or 1
 * @SNN_NIFTI_PROBABILITY: float32
 * @SNN_NIFTI_UNCERTAINTY: float32, the entropy of the probabilities in bits,
 *   -sum p log2 p over the background and all classes: 0 where a prediction is sure,
 *   1 where two classes are as probable
 */
typedef enum
{
  SNN_NIFTI_MASK,
  SNN_NIFTI_PROBABILITY,
  SNN_NIFTI_UNCERTAINTY,
} SnnNiftiContent;

/**
 * snn_nifti_write:
 * @location: .nii or .nii.gz; an existing file is replaced
 * @info: of the volume that @values were made from
 * @values: one guint8 or float a voxel, by @content, on the canonical grid
 *
 * Writes @values on the grid, in the orientation and in the NIfTI version of
 * the file that @info tells of, with its qform, sform, codes, voxel sizes,
 * units, description and header extensions. A phantom, which has no file,
 * becomes NIfTI-1 with its affine as sform. The whole file is put aside first
 * and then renamed (snn_file_write()).
 *
 * Returns: %FALSE with SNN_ERROR_UNSUPPORTED (name), SNN_ERROR_NO_SPACE or
 * SNN_ERROR_WRITE
 */
gboolean snn_nifti_write (const gchar * location, const SnnVolumeInfo * info,
    SnnNiftiContent content, gconstpointer values, GError ** error);

/* snn_nifti_write_probabilities: the same of float32 values of @n_volumes volumes,
 * one after the other: a 4D file where there are several, as a program that reads
 * probabilities of several classes expects. */
gboolean snn_nifti_write_probabilities (const gchar * location,
    const SnnVolumeInfo * info, guint n_volumes, const float *values,
    GError ** error);

/* snn_nifti_write_classes: the same of a map of @classes, @values of which are 0
 * or 1 more than a class's index; what is written are 0 and the classes' values,
 * as uint8, or int16 or int32 where these need it. No classes: as a mask. */
gboolean snn_nifti_write_classes (const gchar * location,
    const SnnVolumeInfo * info, const SnnClasses * classes,
    const guint8 * values, GError ** error);

SNN_END_DECLS
