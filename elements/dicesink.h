/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/measuresink.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_DICE_SINK (gst_snn_dice_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnDiceSink, gst_snn_dice_sink, GST, SNN_DICE_SINK,
    GstSnnMeasureSink)

GST_ELEMENT_REGISTER_DECLARE (dicesink);

G_END_DECLS
