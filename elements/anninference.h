/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/inference.h>

G_BEGIN_DECLS

#define GST_TYPE_ANN_INFERENCE (gst_ann_inference_get_type ())
G_DECLARE_FINAL_TYPE (GstAnnInference, gst_ann_inference, GST, ANN_INFERENCE,
    GstInference)

GST_ELEMENT_REGISTER_DECLARE (anninference);

G_END_DECLS
