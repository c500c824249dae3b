/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/inference.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_ANN_INFERENCE (gst_snn_ann_inference_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnAnnInference, gst_snn_ann_inference, GST,
    SNN_ANN_INFERENCE,
    GstSnnInference)

GST_ELEMENT_REGISTER_DECLARE (anninference);

G_END_DECLS
