/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/batchtransform.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_CONVERTER (gst_snn_converter_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnConverter, gst_snn_converter, GST, SNN_CONVERTER,
    GstSnnBatchTransform)

GST_ELEMENT_REGISTER_DECLARE (snnconverter);

G_END_DECLS
