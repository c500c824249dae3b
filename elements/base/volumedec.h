/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/base/memory-file.h>
#include <snn/volumes/volume.h>
#include <snn/base/api.h>

SNN_BEGIN_DECLS

#define GST_TYPE_SNN_VOLUME_DEC (gst_snn_volume_dec_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstSnnVolumeDec, gst_snn_volume_dec, GST,
    SNN_VOLUME_DEC,
    GstElement)

/**
 * GstSnnVolumeDecClass:
 * @load: (transfer full): the volume in the bytes of a file, called by the name
 *   of @file, which also goes into errors and @remarks; @max_bytes: memory that
 *   it may take, 0: any; called in the streaming thread
 *
 * Base of decoders of volumes: collects the bytes of a file up to the end of the
 * stream, and sends the samples that #GstSnnVolumeSrc sends of the same file, as
 * one epoch. Bytes that are missing are an error where their offsets or a
 * DISCONT tell. A subclass adds a sink pad template and reads the file.
 *
 * Properties: axis, size, spacing, roi, subject, framerate, max-bytes.
 */
struct _GstSnnVolumeDecClass
{
  GstElementClass parent_class;

  SnnVolume *(*load) (GstSnnVolumeDec * dec, SnnMemoryFile * file,
      guint64 max_bytes, GPtrArray * remarks, GError ** error);

  gpointer _gst_reserved[GST_PADDING];
};

SNN_END_DECLS
