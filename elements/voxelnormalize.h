/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_VOXEL_NORMALIZE (gst_snn_voxel_normalize_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnVoxelNormalize, gst_snn_voxel_normalize, GST,
    SNN_VOXEL_NORMALIZE, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (voxelnormalize);

G_END_DECLS
