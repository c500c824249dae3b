/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-regularencoder
 * @title: regularencoder
 * @short_description: rate-coded evenly spaced spikes
 * @see_also: poissonencoder, directencoder, snninference
 *
 * Presents each sample for a number of timesteps as spikes at even intervals:
 * a value x has |x| spikes a timestep, of the sign of x. Unlike
 * poissonencoder's, the number of spikes after T timesteps is exact: x T to
 * the nearest integer. Values have to be in [-1, 1].
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 phantomsrc num-buffers=1 ! voxelnormalize ! \
 *   regularencoder timesteps=32 ! fakesink dump=true
 * ]|
 */
#include "regularencoder.h"

#include <snn/encode/encode.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_regular_encoder_debug);
#define GST_CAT_DEFAULT gst_snn_regular_encoder_debug

struct _GstSnnRegularEncoder
{
  GstSnnSpikeEncoder parent_instance;
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_SNN_TENSORS_CAPS
        ("int8,\"int8,uint8\",\"int8.uint8\"")));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnRegularEncoder, gst_snn_regular_encoder,
    GST_TYPE_SNN_SPIKE_ENCODER,
    GST_DEBUG_CATEGORY_INIT (gst_snn_regular_encoder_debug, "regularencoder", 0,
        "Evenly spaced spikes"));
GST_ELEMENT_REGISTER_DEFINE (regularencoder, "regularencoder", GST_RANK_NONE,
    GST_TYPE_SNN_REGULAR_ENCODER);

static SnnValueType
gst_snn_regular_encoder_get_value_type (GstSnnSpikeEncoder *encoder)
{
  return SNN_VALUE_INT8;
}

static gboolean
gst_snn_regular_encoder_check (GstSnnSpikeEncoder *encoder, SnnValueType type,
    const float *values, gsize n, GError **error)
{
  return snn_encode_check (values, n, -1., error);
}

static void
gst_snn_regular_encoder_encode (GstSnnSpikeEncoder *encoder,
    const GstSnnSpikeEncoderChunk *chunk, gpointer out)
{
  GST_LOG_OBJECT (encoder, "sample %u: %u timesteps from %u on", chunk->sample,
      chunk->steps, chunk->first);
  snn_encode_regular (chunk->values, chunk->n, chunk->first, chunk->steps,
      out);
}

static void
gst_snn_regular_encoder_class_init (GstSnnRegularEncoderClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnSpikeEncoderClass *encoder_class = GST_SNN_SPIKE_ENCODER_CLASS (class);

  gst_element_class_set_static_metadata (element_class,
      "Regular spike encoder", "Filter/Converter/Tensor",
      "Turns analog images into evenly spaced spikes, at rates of their values",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &src_template);
  encoder_class->get_type = gst_snn_regular_encoder_get_value_type;
  encoder_class->check = gst_snn_regular_encoder_check;
  encoder_class->encode = gst_snn_regular_encoder_encode;
}

static void
gst_snn_regular_encoder_init (GstSnnRegularEncoder *self)
{
}
