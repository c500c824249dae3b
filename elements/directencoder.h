/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/spikeencoder.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_DIRECT_ENCODER (gst_snn_direct_encoder_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnDirectEncoder, gst_snn_direct_encoder, GST,
    SNN_DIRECT_ENCODER,
    GstSnnSpikeEncoder)

GST_ELEMENT_REGISTER_DECLARE (directencoder);

G_END_DECLS
