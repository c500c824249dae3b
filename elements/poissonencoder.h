/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/spikeencoder.h>

G_BEGIN_DECLS

#define GST_TYPE_POISSON_ENCODER (gst_poisson_encoder_get_type ())
G_DECLARE_FINAL_TYPE (GstPoissonEncoder, gst_poisson_encoder, GST,
    POISSON_ENCODER, GstSpikeEncoder)

GST_ELEMENT_REGISTER_DECLARE (poissonencoder);

G_END_DECLS
