/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nifti-header.h"

G_BEGIN_DECLS

/* Private to nifti-*.c: which affine a header means. */

/**
 * snn_nifti_form_affine:
 * @m: (out): stored voxel index to world mm, whatever unit the file has
 *
 * Returns: FALSE where the header has no such form, or one that does not take
 * different voxels to different places
 */
gboolean snn_nifti_form_affine (const nifti_2_header * fields,
    SnnNiftiForm form, double m[4][4]);

/* snn_nifti_form_name: "sform", "qform", "voxel size". */
const gchar *snn_nifti_form_name (SnnNiftiForm form);

/* snn_nifti_unit: millimetres in the unit that xyzt_units says lengths have;
 * an unknown one is taken for millimetres. */
double snn_nifti_unit (const nifti_2_header * fields);

/* snn_nifti_choose_affine: sets form and affine of @header: the sform where it
 * has a code and is usable, else the qform, else what the voxel sizes say.
 * Remarks tell where a form is left out, and where voxel sizes are impossible
 * or not the affine's. */
void snn_nifti_choose_affine (SnnNiftiHeader * header, const gchar * location,
    GPtrArray * remarks);

G_END_DECLS
