/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/spikeencoder.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_REGULAR_ENCODER (gst_snn_regular_encoder_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnRegularEncoder, gst_snn_regular_encoder, GST,
    SNN_REGULAR_ENCODER, GstSnnSpikeEncoder)

GST_ELEMENT_REGISTER_DECLARE (regularencoder);

G_END_DECLS
