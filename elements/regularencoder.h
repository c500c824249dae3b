/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/spikeencoder.h>

G_BEGIN_DECLS

#define GST_TYPE_REGULAR_ENCODER (gst_regular_encoder_get_type ())
G_DECLARE_FINAL_TYPE (GstRegularEncoder, gst_regular_encoder, GST,
    REGULAR_ENCODER, GstSpikeEncoder)

GST_ELEMENT_REGISTER_DECLARE (regularencoder);

G_END_DECLS
