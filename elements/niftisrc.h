/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/volumesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_NIFTI_SRC (gst_nifti_src_get_type ())
G_DECLARE_FINAL_TYPE (GstNiftiSrc, gst_nifti_src, GST, NIFTI_SRC, GstVolumeSrc)

GST_ELEMENT_REGISTER_DECLARE (niftisrc);

G_END_DECLS
