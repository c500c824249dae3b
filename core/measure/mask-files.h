/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "evaluation.h"
#include "../volumes/nifti-read.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * snn_evaluation_add_mask_files:
 * @subject: what it is called in reports
 * @mask: file of what was found
 * @label: file of what is there, on the same grid
 * @settings: which values of both are label, or which classes (those of
 *   @evaluation); values are rounded to whole numbers first
 * @map: @mask holds probabilities, of which a voxel is set where it exceeds the
 *   cut-off; there are no classes then
 *
 * Measures a mask that exists, slice by slice across z, as dicesink measures a
 * prediction. There is a remark where @mask has fractions, or voxels other than 0
 * and none of the values.
 *
 * Returns: FALSE with the errors of snn_nifti_load_labelled() and
 * snn_evaluation_add(), or SNN_ERROR_UNSUPPORTED, which names it, where a class has
 * a value that float32 does not tell from its neighbours
 */
gboolean snn_evaluation_add_mask_files (SnnEvaluation * evaluation,
    const gchar * subject, const gchar * mask, const gchar * label,
    const SnnNiftiSettings * settings, gboolean map, GPtrArray * remarks,
    GError ** error);

SNN_END_DECLS
