/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/inference.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_SPIKING_INFERENCE (gst_snn_spiking_inference_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnSpikingInference, gst_snn_spiking_inference, GST,
    SNN_SPIKING_INFERENCE, GstSnnInference)

GST_ELEMENT_REGISTER_DECLARE (snninference);

G_END_DECLS
