/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/measuresink.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_ACCURACY_SINK (gst_snn_accuracy_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnAccuracySink, gst_snn_accuracy_sink, GST,
    SNN_ACCURACY_SINK,
    GstSnnMeasureSink)

GST_ELEMENT_REGISTER_DECLARE (accuracysink);

G_END_DECLS
