/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/inference.h"

G_BEGIN_DECLS

#define GST_TYPE_SPIKING_INFERENCE (gst_spiking_inference_get_type ())
G_DECLARE_FINAL_TYPE (GstSpikingInference, gst_spiking_inference, GST,
    SPIKING_INFERENCE, GstSnnInference)

GST_ELEMENT_REGISTER_DECLARE (snninference);

G_END_DECLS
