/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spikeencoder.h"

#include <snn/base/error.h>
#include "imagemeta.h"
#include "samplemeta.h"
#include "properties.h"
#include "recipe.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_spike_encoder_debug);
#define GST_CAT_DEFAULT gst_snn_spike_encoder_debug

#define MAX_TIMESTEPS 1000000
#define DEFAULT_TIMESTEPS 200

typedef struct
{
  guint timesteps;
  guint chunk;
} Settings;

typedef struct
{
  gboolean started;
  Settings settings;            /* as they were when the stream started */
  SnnValueType type;            /* that spikes had then */
  GstSnnTensors in;
  GstSnnTensors out;
  GstSnnFacts facts;

  GstBuffer *buffer;            /* the sample being encoded, or NULL */
  guint next;                   /* its first timestep not yet sent */
  guint32 n_samples;            /* begun so far */
} State;

typedef struct
{
  Settings settings;
  State state;
} GstSnnSpikeEncoderPrivate;

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstSnnSpikeEncoder, gst_snn_spike_encoder,
    GST_TYPE_BASE_TRANSFORM, G_ADD_PRIVATE (GstSnnSpikeEncoder)
    GST_DEBUG_CATEGORY_INIT (gst_snn_spike_encoder_debug, "spikeencoder", 0,
        "Spike encoders"));

static GstSnnSpikeEncoderPrivate *
get_private (gpointer self)
{
  return
      gst_snn_spike_encoder_get_instance_private (GST_SNN_SPIKE_ENCODER (self));
}

static gpointer
settings_of (gpointer object)
{
  return &get_private (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"timesteps", "Timesteps",
      "Number of timesteps T that each sample is presented for; 0: as many as "
      "the network downstream was made for, 200 where it does not say",
      GST_SNN_UINT, GST_SNN_AT (Settings, timesteps), .max = MAX_TIMESTEPS},
  {"chunk", "Chunk",
      "Number of timesteps in a buffer, which has to divide timesteps; 0: all "
      "of them in one",
      GST_SNN_UINT, GST_SNN_AT (Settings, chunk), .max = MAX_TIMESTEPS},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

/* Which encoder this is, as gst-launch-1.0 names it. */
static const gchar *
kind_of (GstSnnSpikeEncoder *self)
{
  GstElementFactory *factory = gst_element_get_factory (GST_ELEMENT (self));

  return factory ? GST_OBJECT_NAME (factory) : G_OBJECT_TYPE_NAME (self);
}

/* A network that was tuned for other timesteps or spikes still works, and how
 * well is what experiments are about. */
static gboolean
choose_timesteps (GstSnnSpikeEncoder *self, Settings *settings)
{
  static const GstSnnRecipeItem kind = {
    .name = SNN_RECIPE_ENCODER,
    .property = "encoder",
  };
  static const GstSnnRecipeItem timesteps = {
    .name = GST_SNN_RECIPE_TIMESTEPS,
    .property = "timesteps",
  };
  g_autoptr (GstSnnRecipe) recipe =
      gst_snn_recipe_ask (GST_BASE_TRANSFORM_SRC_PAD (self));
  double n = settings->timesteps > 0 ? settings->timesteps : -1.;
  g_autofree gchar *unused = NULL;

  if (!gst_snn_recipe_choose (GST_ELEMENT (self), recipe, &kind,
          kind_of (self), NULL, NULL, &unused)
      || !gst_snn_recipe_choose_number (GST_ELEMENT (self), recipe, &timesteps,
          MAX_TIMESTEPS, DEFAULT_TIMESTEPS, &n))
    return FALSE;
  settings->timesteps = (guint) n;
  return TRUE;
}

/* The timesteps of a buffer. */
static guint
chunk_steps (const Settings *settings)
{
  return settings->chunk ? settings->chunk : settings->timesteps;
}

static gboolean
gst_snn_spike_encoder_start (GstBaseTransform *transform)
{
  GstSnnSpikeEncoder *self = GST_SNN_SPIKE_ENCODER (transform);
  GstSnnSpikeEncoderPrivate *priv = get_private (self);
  Settings *settings = &priv->state.settings;

  if (!gst_snn_properties_start (self, &property_table, settings)
      || !choose_timesteps (self, settings))
    return FALSE;
  priv->state.type = GST_SNN_SPIKE_ENCODER_GET_CLASS (self)->get_type (self);
  priv->state.started = TRUE;
  if (settings->timesteps % chunk_steps (settings) == 0)
    return TRUE;
  GST_SNN_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("timesteps=%u can't be sent in equal chunks of chunk=%u",
          settings->timesteps, settings->chunk),
      ("All buffers have the same caps: chunk has to divide timesteps"));
  return FALSE;
}

static gboolean
gst_snn_spike_encoder_stop (GstBaseTransform *transform)
{
  State *state = &get_private (GST_SNN_SPIKE_ENCODER (transform))->state;

  gst_clear_buffer (&state->buffer);
  *state = (State) { 0, };
  return TRUE;
}

/* What comes out of @in; properties that change count for the next stream.
 * FALSE: that is not known yet. */
static gboolean
encoded_tensors (GstSnnSpikeEncoder *self, const GstSnnTensors *in,
    GstSnnTensors *out)
{
  GstSnnSpikeEncoderPrivate *priv = get_private (self);
  const State *state = &priv->state;

  *out = *in;
  if (state->started) {
    out->tensor[0].type = state->type;
    out->tensor[0].timesteps = chunk_steps (&state->settings);
    return TRUE;
  }
  out->tensor[0].type = GST_SNN_SPIKE_ENCODER_GET_CLASS (self)->get_type (self);
  GST_OBJECT_LOCK (self);
  out->tensor[0].timesteps = chunk_steps (&priv->settings);
  GST_OBJECT_UNLOCK (self);
  return out->tensor[0].timesteps > 0;
}

/* The image that @spikes are made of: the frame rate, and whether there is a
 * label, are the same. */
static GstStructure *
image_structure (const GstCaps *template, const GstStructure *spikes)
{
  GstStructure *image =
      gst_structure_copy (gst_caps_get_structure (template, 0));
  const GValue *rate = gst_structure_get_value (spikes, "framerate");
  const GValue *n = gst_structure_get_value (spikes, "num_tensors");

  if (rate)
    gst_structure_set_value (image, "framerate", rate);
  if (n)
    gst_structure_set_value (image, "num_tensors", n);
  return image;
}

static GstCaps *
gst_snn_spike_encoder_transform_caps (GstBaseTransform *transform,
    GstPadDirection direction, GstCaps *caps, GstCaps *filter)
{
  GstSnnSpikeEncoder *self = GST_SNN_SPIKE_ENCODER (transform);
  GstSnnTensors in, out;
  GstCaps *result;

  if (direction == GST_PAD_SRC) {
    g_autoptr (GstCaps) template =
        gst_pad_get_pad_template_caps (transform->sinkpad);

    result = gst_caps_new_empty ();
    for (guint i = 0; i < gst_caps_get_size (caps); i++)
      gst_caps_append_structure (result, image_structure (template,
              gst_caps_get_structure (caps, i)));
  } else if (gst_caps_is_fixed (caps)
      && gst_snn_tensors_from_caps (&in, caps, NULL)
      && encoded_tensors (self, &in, &out)) {
    result = gst_snn_tensors_to_any_caps (&out, gst_structure_get_value
        (gst_caps_get_structure (caps, 0), "framerate"));
  } else {
    result = gst_pad_get_pad_template_caps (transform->srcpad);
  }
  if (filter) {
    GstCaps *all = result;

    result = gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (all);
  }
  return result;
}

static gboolean
gst_snn_spike_encoder_set_caps (GstBaseTransform *transform, GstCaps *in_caps,
    GstCaps *out_caps)
{
  GstSnnSpikeEncoder *self = GST_SNN_SPIKE_ENCODER (transform);
  State *state = &get_private (self)->state;
  const GstSnnTensor *image = &state->in.tensor[0];
  GError *error = NULL;
  gsize size;

  if (!gst_snn_tensors_from_caps (&state->in, in_caps, &error))
    goto failed;
  if (image->type != SNN_VALUE_FLOAT32 || image->timesteps != 1) {
    g_set_error (&error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Can't encode a stream of %u timesteps: expected an analog image of "
        "float32 and one timestep", image->timesteps);
    goto failed;
  }
  encoded_tensors (self, &state->in, &state->out);
  if (!g_size_checked_mul (&size, gst_snn_tensor_size (image),
          state->out.tensor[0].timesteps) || size > G_MAXINT) {
    g_set_error (&error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "%u timesteps of %ux%ux%u values and %u channels are too large for a "
        "buffer: set chunk to send fewer at once",
        state->out.tensor[0].timesteps, image->width, image->height,
        image->depth, image->channels);
    goto failed;
  }
  GST_DEBUG_OBJECT (self, "%" GST_PTR_FORMAT " to %" GST_PTR_FORMAT, in_caps,
      out_caps);
  return TRUE;

failed:
  state->in.n_tensors = 0;
  gst_snn_element_refuse_caps (GST_ELEMENT (self), in_caps, error);
  return FALSE;
}

/* A sample that was not sent to its end, as after a flush, is given up. */
static GstFlowReturn
gst_snn_spike_encoder_submit_input_buffer (GstBaseTransform *transform,
    gboolean is_discont, GstBuffer *input)
{
  State *state = &get_private (GST_SNN_SPIKE_ENCODER (transform))->state;
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (transform),
      &state->in, &state->facts, &input);

  gst_clear_buffer (&state->buffer);
  if (flow != GST_FLOW_OK)
    return flow;
  return GST_BASE_TRANSFORM_CLASS
      (gst_snn_spike_encoder_parent_class)->submit_input_buffer (transform,
      is_discont, input);
}

/* A sample lasts as long as before; a chunk is its part of that. */
static void
set_time (const State *state, GstBuffer *buffer, guint first, guint steps)
{
  const guint timesteps = state->settings.timesteps;
  GstClockTime duration = GST_BUFFER_DURATION (state->buffer), begin, end;

  if (!GST_CLOCK_TIME_IS_VALID (duration))
    return;
  begin = gst_util_uint64_scale (duration, first, timesteps);
  end = gst_util_uint64_scale (duration, first + steps, timesteps);
  GST_BUFFER_DURATION (buffer) = end - begin;
  if (GST_BUFFER_PTS_IS_VALID (buffer))
    GST_BUFFER_PTS (buffer) += begin;
}

/* Makes the chunk that is due of the current sample, whose image is mapped. */
static GstBuffer *
make_chunk (GstSnnSpikeEncoder *self, const GstMapInfo *image)
{
  State *state = &get_private (self)->state;
  GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (state->buffer);
  const GstSnnSpikeEncoderChunk chunk = {
    .values = (const float *) image->data,
    .n = image->size / sizeof (float),
    .sample = meta ? meta->sample : state->n_samples - 1,
    .epoch = meta ? meta->epoch : 0,
    .first = state->next,
    .steps = chunk_steps (&state->settings),
  };
  GstMemory *memory = gst_allocator_alloc (NULL,
      gst_snn_tensor_size (&state->out.tensor[0]), NULL);
  GstBuffer *buffer;
  GstMapInfo map;

  gst_memory_map (memory, &map, GST_MAP_WRITE);
  GST_SNN_SPIKE_ENCODER_GET_CLASS (self)->encode (self, &chunk, map.data);
  gst_memory_unmap (memory, &map);

  buffer = gst_snn_buffer_replace_tensor (state->buffer, memory);
  if (!gst_buffer_get_snn_image_meta (buffer))
    gst_buffer_add_snn_image_meta (buffer, image->memory,
        &state->in.tensor[0]);
  meta = gst_buffer_get_snn_sample_meta (buffer);
  if (meta) {
    meta->timestep = chunk.first;
    meta->timesteps = state->settings.timesteps;
  }
  set_time (state, buffer, chunk.first, chunk.steps);
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_MARKER);
  if (chunk.first > 0)
    GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_DISCONT);
  state->next += chunk.steps;
  if (state->next == state->settings.timesteps)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  return buffer;
}

/* Whether @self can encode the new sample in @image. */
static gboolean
check_sample (GstSnnSpikeEncoder *self, const GstMapInfo *image, GError **error)
{
  GstSnnSpikeEncoderClass *class = GST_SNN_SPIKE_ENCODER_GET_CLASS (self);
  State *state = &get_private (self)->state;

  if (!class->check
      || class->check (self, state->type, (const float *) image->data,
          image->size / sizeof (float), error))
    return TRUE;
  gst_snn_prefix_sample (error, state->buffer, state->n_samples - 1);
  return FALSE;
}

/* Called again and again until it makes no buffer. */
static GstFlowReturn
gst_snn_spike_encoder_generate_output (GstBaseTransform *transform,
    GstBuffer **out)
{
  GstSnnSpikeEncoder *self = GST_SNN_SPIKE_ENCODER (transform);
  State *state = &get_private (self)->state;
  gboolean is_new = FALSE;
  GError *error = NULL;
  GstMemory *memory;
  GstMapInfo image;

  if (!state->buffer) {
    state->buffer = g_steal_pointer (&transform->queued_buf);
    if (!state->buffer)
      return GST_FLOW_OK;
    is_new = TRUE;
    state->next = 0;
    state->n_samples++;
  }
  memory = gst_buffer_peek_memory (state->buffer, 0);
  if (!gst_memory_map (memory, &image, GST_MAP_READ)) {
    g_set_error (&error, SNN_ERROR, SNN_ERROR_READ,
        "The image of a sample can't be read");
    goto failed;
  }
  if (!is_new || check_sample (self, &image, &error))
    *out = make_chunk (self, &image);
  gst_memory_unmap (memory, &image);
  if (error)
    goto failed;
  if (state->next == state->settings.timesteps)
    gst_clear_buffer (&state->buffer);
  return GST_FLOW_OK;

failed:
  gst_clear_buffer (&state->buffer);
  gst_snn_element_error (GST_ELEMENT (self), error);
  return GST_FLOW_ERROR;
}

/* A training goes on with the same spikes, and a network remembers which it was
 * trained with. */
static gboolean
gst_snn_spike_encoder_query (GstBaseTransform *transform,
    GstPadDirection direction, GstQuery *query)
{
  GstSnnSpikeEncoder *self = GST_SNN_SPIKE_ENCODER (transform);

  if (direction == GST_PAD_SINK && gst_snn_query_is_resume (query)) {
    g_autofree gchar *line = g_strdup_printf (SNN_RECIPE_ENCODER "=%s\n",
        kind_of (self));

    gst_snn_query_describe (query, line);
  }
  return GST_BASE_TRANSFORM_CLASS (gst_snn_spike_encoder_parent_class)->query
      (transform, direction, query);
}

static void
gst_snn_spike_encoder_class_init (GstSnnSpikeEncoderClass *class)
{
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (class),
      &sink_template);
  transform_class->start = gst_snn_spike_encoder_start;
  transform_class->stop = gst_snn_spike_encoder_stop;
  transform_class->query = gst_snn_spike_encoder_query;
  transform_class->transform_caps = gst_snn_spike_encoder_transform_caps;
  transform_class->set_caps = gst_snn_spike_encoder_set_caps;
  transform_class->submit_input_buffer =
      gst_snn_spike_encoder_submit_input_buffer;
  transform_class->generate_output = gst_snn_spike_encoder_generate_output;

  gst_type_mark_as_plugin_api (GST_TYPE_SNN_SPIKE_ENCODER, 0);
}

static void
gst_snn_spike_encoder_init (GstSnnSpikeEncoder *self)
{
  gst_snn_properties_init (self, &property_table);
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), FALSE);
}
