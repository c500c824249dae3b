/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/volumedec.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_NIFTI_DEC (gst_snn_nifti_dec_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnNiftiDec, gst_snn_nifti_dec, GST, SNN_NIFTI_DEC,
    GstSnnVolumeDec)

GST_ELEMENT_REGISTER_DECLARE (niftidec);

G_END_DECLS
