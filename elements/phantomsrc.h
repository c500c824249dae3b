/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/volumesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_PHANTOM_SRC (gst_phantom_src_get_type ())
G_DECLARE_FINAL_TYPE (GstPhantomSrc, gst_phantom_src, GST, PHANTOM_SRC,
    GstVolumeSrc)

GST_ELEMENT_REGISTER_DECLARE (phantomsrc);

G_END_DECLS
