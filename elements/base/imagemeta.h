/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "tensors.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/**
 * GstSnnImageMeta:
 * @memory: the image; owned, and never written to
 * @tensor: its type and dimensions
 *
 * The image that a sample began as. Encoders and networks put spikes and
 * predictions in its place, and maskoverlay still has to draw it. It travels
 * by reference with whatever is made of the sample.
 */
typedef struct
{
  GstMeta meta;

  GstMemory *memory;
  GstSnnTensor tensor;
} GstSnnImageMeta;

GType gst_snn_image_meta_api_get_type (void);
const GstMetaInfo *gst_snn_image_meta_get_info (void);

/**
 * gst_buffer_get_snn_image_meta:
 *
 * Returns: (transfer none) (nullable): the meta of @buffer
 */
GstSnnImageMeta *gst_buffer_get_snn_image_meta (GstBuffer * buffer);

/**
 * gst_buffer_add_snn_image_meta:
 * @memory: (transfer none): usually memory 0 of @buffer; from now on shared,
 *   so whoever maps it for writing gets a copy
 * @tensor: what @memory holds
 *
 * Replaces the image that @buffer carries, if it carries one.
 *
 * Returns: (transfer none): the meta of @buffer
 */
GstSnnImageMeta *gst_buffer_add_snn_image_meta (GstBuffer * buffer,
    GstMemory * memory, const GstSnnTensor * tensor);

SNN_END_DECLS
