/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_NIFTI_SINK (gst_snn_nifti_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnNiftiSink, gst_snn_nifti_sink, GST, SNN_NIFTI_SINK,
    GstBaseSink)

GST_ELEMENT_REGISTER_DECLARE (niftisink);

G_END_DECLS
