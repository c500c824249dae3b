/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

#include "tensors.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

#define GST_TYPE_SNN_SPIKE_ENCODER (gst_snn_spike_encoder_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstSnnSpikeEncoder, gst_snn_spike_encoder, GST,
    SNN_SPIKE_ENCODER, GstBaseTransform)

/**
 * GstSnnSpikeEncoderChunk:
 * @values: the sample's @n analog values
 * @sample, @epoch: which sample it is: the counter of every random draw
 * @first: first timestep of the chunk
 * @steps: how many timesteps it has
 */
typedef struct
{
  const float *values;
  gsize n;
  guint32 sample;
  guint32 epoch;
  guint first;
  guint steps;
} GstSnnSpikeEncoderChunk;

/**
 * GstSnnSpikeEncoderClass:
 * @get_type: what is written for each value, by the properties as they are
 *   now; asked once as a stream starts
 * @check: (nullable): whether a sample can be encoded as values of @type;
 *   FALSE with an error, whose text goes on from "Sample 12: "
 * @encode: writes [steps][n] values of that type to @out; must not depend on
 *   how the timesteps are cut into chunks
 *
 * Base of spike encoders: an image of float32 W:H:D:C:1 goes in, W:H:D:C:T
 * comes out, in one buffer or several. Which timesteps a buffer has, the sample
 * meta says; the last one has the flag MARKER. Labels and metas pass, and the
 * image is kept as a meta.
 *
 * Properties: timesteps, chunk.
 */
struct _GstSnnSpikeEncoderClass
{
  GstBaseTransformClass parent_class;

  SnnValueType (*get_type) (GstSnnSpikeEncoder * self);
  gboolean (*check) (GstSnnSpikeEncoder * self, SnnValueType type,
      const float *values, gsize n, GError ** error);
  void (*encode) (GstSnnSpikeEncoder * self,
      const GstSnnSpikeEncoderChunk * chunk,
      gpointer out);

  gpointer _gst_reserved[GST_PADDING];
};

SNN_END_DECLS
