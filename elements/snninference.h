/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/inference.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_INFERENCE (gst_snn_inference_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnInference, gst_snn_inference, GST,
    SNN_INFERENCE, GstInference)

GST_ELEMENT_REGISTER_DECLARE (snninference);

G_END_DECLS
