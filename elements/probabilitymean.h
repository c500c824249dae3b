/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstaggregator.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_PROBABILITY_MEAN (gst_snn_probability_mean_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnProbabilityMean, gst_snn_probability_mean, GST,
    SNN_PROBABILITY_MEAN, GstAggregator)

GST_ELEMENT_REGISTER_DECLARE (probabilitymean);

G_END_DECLS
