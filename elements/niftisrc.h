/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/volumesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_NIFTI_SRC (gst_snn_nifti_src_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnNiftiSrc, gst_snn_nifti_src, GST, SNN_NIFTI_SRC,
    GstSnnVolumeSrc)

GST_ELEMENT_REGISTER_DECLARE (niftisrc);

G_END_DECLS
