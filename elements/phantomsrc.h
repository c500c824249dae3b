/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/volumesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_PHANTOM_SRC (gst_snn_phantom_src_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnPhantomSrc, gst_snn_phantom_src, GST,
    SNN_PHANTOM_SRC,
    GstSnnVolumeSrc)

GST_ELEMENT_REGISTER_DECLARE (phantomsrc);

G_END_DECLS
