/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/spikeencoder.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_POISSON_ENCODER (gst_snn_poisson_encoder_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnPoissonEncoder, gst_snn_poisson_encoder, GST,
    SNN_POISSON_ENCODER, GstSnnSpikeEncoder)

GST_ELEMENT_REGISTER_DECLARE (poissonencoder);

G_END_DECLS
