/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_REGION_FINDER (gst_snn_region_finder_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnRegionFinder, gst_snn_region_finder, GST,
    SNN_REGION_FINDER, GstElement)

GST_ELEMENT_REGISTER_DECLARE (regionfinder);

G_END_DECLS
