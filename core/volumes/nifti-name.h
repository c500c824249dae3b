/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Names of NIfTI files: a stem, then .nii, or .hdr and .img for the two files
 * of a pair, each with or without .gz, in any case. */

/* What nnU-Net adds to the name of a subject for the file of its first image: the file
 * of case is case_0000. */
#define SNN_FIRST_CHANNEL "_0000"

/* snn_nifti_is_location: whether @name ends as a NIfTI file's name does. */
gboolean snn_nifti_is_location (const gchar * name);

/* snn_nifti_subject: (transfer full): @location without folder and ending. */
gchar *snn_nifti_subject (const gchar * location);

/* snn_nifti_ending: ".nii", ".hdr" or ".img", or %NULL where @name has none of
 * them; @stem (out) (optional): its length without ending and .gz. */
const gchar *snn_nifti_ending (const gchar * name, gsize * stem);

/* snn_nifti_partner: (transfer full): the file with @ending (".hdr" or ".img")
 * that makes a pair with @location, which has the other: in the same case, and
 * gzipped or not as it; or where that is not there but another one, that. */
gchar *snn_nifti_partner (const gchar * location, const gchar * ending);

SNN_END_DECLS
