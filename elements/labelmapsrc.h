/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/volumesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_LABEL_MAP_SRC (gst_snn_label_map_src_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnLabelMapSrc, gst_snn_label_map_src, GST,
    SNN_LABEL_MAP_SRC, GstSnnVolumeSrc)

GST_ELEMENT_REGISTER_DECLARE (labelmapsrc);

G_END_DECLS
