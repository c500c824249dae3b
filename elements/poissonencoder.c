/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-poissonencoder
 * @title: poissonencoder
 * @short_description: rate-coded random spikes
 * @see_also: regularencoder, directencoder, snninference
 *
 * Presents each sample for a number of timesteps as random spikes: at every
 * timestep a value x has a spike with probability |x|, with the sign of x. A
 * binary train has spikes of 1 only and takes values from 0 to 1
 * (voxelnormalize mode=unit), a ternary one has -1 and 1 and takes values from
 * -1 to 1 (mode=zero-mean). The spikes depend on nothing but the seed, the
 * sample and the epoch: chunks, threads and the order of samples make no
 * difference.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 phantomsrc num-buffers=1 ! voxelnormalize mode=zero-mean ! \
 *   poissonencoder timesteps=100 ! fakesink dump=true
 * ]|
 */
#include "poissonencoder.h"

#include <gst/snn/properties.h>
#include <snn/encode/encode.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_poisson_encoder_debug);
#define GST_CAT_DEFAULT gst_snn_poisson_encoder_debug

typedef enum
{
  POLARITY_BINARY,
  POLARITY_TERNARY,
} Polarity;

typedef struct
{
  guint64 seed;
  Polarity polarity;
} Settings;

struct _GstSnnPoissonEncoder
{
  GstSnnSpikeEncoder parent_instance;

  Settings settings;
  Settings active;              /* as they were when the stream started */
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_SPIKE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnPoissonEncoder, gst_snn_poisson_encoder,
    GST_TYPE_SNN_SPIKE_ENCODER,
    GST_DEBUG_CATEGORY_INIT (gst_snn_poisson_encoder_debug, "poissonencoder", 0,
        "Random spikes"));
GST_ELEMENT_REGISTER_DEFINE (poissonencoder, "poissonencoder", GST_RANK_NONE,
    GST_TYPE_SNN_POISSON_ENCODER);

static
G_DEFINE_ENUM_TYPE (GstSnnPoissonEncoderPolarity,
    gst_snn_poisson_encoder_polarity,
    {POLARITY_BINARY, "Spikes of 1, as uint8, from values in [0, 1]",
        "binary"},
    {POLARITY_TERNARY, "Spikes of -1 and 1, as int8, from values in [-1, 1]",
        "ternary"})

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_POISSON_ENCODER (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"seed", "Seed",
      "Seed of the random spikes",
      GST_SNN_UINT64, GST_SNN_AT (Settings, seed)},
  {"polarity", "Polarity",
      "Which spikes there are, and what values they can stand for",
      GST_SNN_ENUM, GST_SNN_AT (Settings, polarity),
      .get_type = gst_snn_poisson_encoder_polarity_get_type,
      .fallback = POLARITY_TERNARY},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static gboolean
gst_snn_poisson_encoder_start (GstBaseTransform *transform)
{
  GstSnnPoissonEncoder *self = GST_SNN_POISSON_ENCODER (transform);

  if (!gst_snn_properties_start (self, &property_table, &self->active))
    return FALSE;
  GST_DEBUG_OBJECT (self, "%s spikes of seed %" G_GUINT64_FORMAT,
      self->active.polarity == POLARITY_BINARY ? "binary" : "ternary",
      self->active.seed);
  return GST_BASE_TRANSFORM_CLASS (gst_snn_poisson_encoder_parent_class)
      ->start (transform);
}

static SnnValueType
gst_snn_poisson_encoder_get_value_type (GstSnnSpikeEncoder *encoder)
{
  Settings settings;

  gst_snn_properties_copy (encoder, &property_table, &settings);
  return settings.polarity == POLARITY_BINARY ? SNN_VALUE_UINT8 : SNN_VALUE_INT8;
}

static gboolean
gst_snn_poisson_encoder_check (GstSnnSpikeEncoder *encoder, SnnValueType type,
    const float *values, gsize n, GError **error)
{
  return snn_encode_check (values, n, type == SNN_VALUE_UINT8 ? 0. : -1.,
      error);
}

static void
gst_snn_poisson_encoder_encode (GstSnnSpikeEncoder *encoder,
    const GstSnnSpikeEncoderChunk *chunk, gpointer out)
{
  GST_LOG_OBJECT (encoder, "sample %u of epoch %u: %u timesteps from %u on",
      chunk->sample, chunk->epoch, chunk->steps, chunk->first);
  snn_encode_poisson (GST_SNN_POISSON_ENCODER (encoder)->active.seed,
      chunk->sample, chunk->epoch, chunk->values, chunk->n, chunk->first,
      chunk->steps, out);
}

static void
gst_snn_poisson_encoder_class_init (GstSnnPoissonEncoderClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnSpikeEncoderClass *encoder_class = GST_SNN_SPIKE_ENCODER_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Poisson spike encoder", "Filter/Converter/Tensor",
      "Turns analog images into random spikes, at rates of their values",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &src_template);
  GST_BASE_TRANSFORM_CLASS (class)->start = gst_snn_poisson_encoder_start;
  encoder_class->get_type = gst_snn_poisson_encoder_get_value_type;
  encoder_class->check = gst_snn_poisson_encoder_check;
  encoder_class->encode = gst_snn_poisson_encoder_encode;
}

static void
gst_snn_poisson_encoder_init (GstSnnPoissonEncoder *self)
{
  gst_snn_properties_init (self, &property_table);
}
