/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_MASK_OVERLAY (gst_snn_mask_overlay_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnMaskOverlay, gst_snn_mask_overlay, GST,
    SNN_MASK_OVERLAY,
    GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (maskoverlay);

G_END_DECLS
