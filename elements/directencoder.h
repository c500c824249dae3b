/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/spikeencoder.h>

G_BEGIN_DECLS

#define GST_TYPE_DIRECT_ENCODER (gst_direct_encoder_get_type ())
G_DECLARE_FINAL_TYPE (GstDirectEncoder, gst_direct_encoder, GST, DIRECT_ENCODER,
    GstSpikeEncoder)

GST_ELEMENT_REGISTER_DECLARE (directencoder);

G_END_DECLS
