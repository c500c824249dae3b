/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/samplesrc.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_CIFAR_SRC (gst_snn_cifar_src_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnCifarSrc, gst_snn_cifar_src, GST, SNN_CIFAR_SRC,
    GstSnnSampleSrc)

GST_ELEMENT_REGISTER_DECLARE (cifarsrc);

G_END_DECLS
