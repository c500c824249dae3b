/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_VOXEL_AUGMENT (gst_snn_voxel_augment_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnVoxelAugment, gst_snn_voxel_augment, GST,
    SNN_VOXEL_AUGMENT, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (voxelaugment);

G_END_DECLS
