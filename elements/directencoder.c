/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-directencoder
 * @title: directencoder
 * @short_description: the image itself as a constant current
 * @see_also: poissonencoder, regularencoder, snninference
 *
 * Presents each sample for a number of timesteps as it is: the first layer of
 * a spiking network receives the analog values as a current, the same at every
 * timestep, and makes the spikes itself.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 phantomsrc num-buffers=1 ! voxelnormalize ! \
 *   directencoder timesteps=16 ! fakesink dump=true
 * ]|
 */
#include "directencoder.h"

#include <snn/encode/encode.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_direct_encoder_debug);
#define GST_CAT_DEFAULT gst_snn_direct_encoder_debug

struct _GstSnnDirectEncoder
{
  GstSnnSpikeEncoder parent_instance;
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnDirectEncoder, gst_snn_direct_encoder,
    GST_TYPE_SNN_SPIKE_ENCODER,
    GST_DEBUG_CATEGORY_INIT (gst_snn_direct_encoder_debug, "directencoder", 0,
        "Constant currents"));
GST_ELEMENT_REGISTER_DEFINE (directencoder, "directencoder", GST_RANK_NONE,
    GST_TYPE_SNN_DIRECT_ENCODER);

static SnnValueType
gst_snn_direct_encoder_get_value_type (GstSnnSpikeEncoder *encoder)
{
  return SNN_VALUE_FLOAT32;
}

static gboolean
gst_snn_direct_encoder_check (GstSnnSpikeEncoder *encoder, SnnValueType type,
    const float *values, gsize n, GError **error)
{
  return snn_encode_check_finite (values, n, error);
}

static void
gst_snn_direct_encoder_encode (GstSnnSpikeEncoder *encoder,
    const GstSnnSpikeEncoderChunk *chunk, gpointer out)
{
  GST_LOG_OBJECT (encoder, "sample %u: %u timesteps from %u on", chunk->sample,
      chunk->steps, chunk->first);
  snn_encode_direct (chunk->values, chunk->n, chunk->steps, out);
}

static void
gst_snn_direct_encoder_class_init (GstSnnDirectEncoderClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnSpikeEncoderClass *encoder_class = GST_SNN_SPIKE_ENCODER_CLASS (class);

  gst_element_class_set_static_metadata (element_class,
      "Direct encoder", "Filter/Converter/Tensor",
      "Presents analog images as a constant current over timesteps",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &src_template);
  encoder_class->get_type = gst_snn_direct_encoder_get_value_type;
  encoder_class->check = gst_snn_direct_encoder_check;
  encoder_class->encode = gst_snn_direct_encoder_encode;
}

static void
gst_snn_direct_encoder_init (GstSnnDirectEncoder *self)
{
}
