/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-snnconverter
 * @title: snnconverter
 * @short_description: makes a spiking network of an analog one, stage 2
 * @see_also: anntrainer, snninference, snnfinetuner
 *
 * Collects calibration samples, converts the analog network of the property
 * model with them, and writes the spiking network to location. Samples pass
 * untouched; those marked for evaluation are not used. The conversion happens
 * when calibration-samples have come, or at the end of the stream. An end in the
 * middle of an epoch, before they have come, is an error, and no file is written.
 *
 * The default method, branch-aware, rescales the weights of each branch by its
 * own factor, keeps thresholds at 1 and works on analog images as well as on
 * spike trains. Neurons take spikes back (#GstSnnConverter:neuron). Only with
 * percentile=100 do rates approach the analog network's activations without end
 * as timesteps grow. The published method, threshold-balancing, keeps the weights
 * and needs spike trains: method=threshold-balancing scales=layer percentile=100
 * threshold-scale=0.7 initial-membrane=zero neuron=if is Rathi's and Yue's recipe.
 *
 * Posts element messages: "snn-conversion" ("done" and "total" layers as uint)
 * on the way, and "snn-conversion-done" ("location", "samples" as uint, and
 * for each layer of neurons "layers" (names) and "thresholds" (means) as
 * arrays) once the model is written.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 niftisrc location=images subset=train ! \
 *   voxelnormalize mode=zero-mean ! \
 *   snnconverter model=ann.nir location=snn.nir ! fakesink
 * ]|
 */
#include "snnconverter.h"

#include <gst/snn/enums.h>
#include <gst/snn/model.h>
#include <gst/snn/properties.h>
#include <gst/snn/recipe.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/spiketrain.h>
#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/base/lock-file.h>
#include <snn/base/remarks.h>
#include <snn/base/text.h>
#include <snn/encode/encode.h>
#include <snn/files/model-file.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_converter_debug);
#define GST_CAT_DEFAULT gst_snn_converter_debug

#define MAX_MATCHING 65536

typedef struct
{
  gchar *model;
  gchar *location;
  SnnConversionSettings conversion;
  GstSnnInitialMembrane initial_membrane;
  guint n_samples;              /* to calibrate with; 0: all */
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  SnnLockFile *lock;            /* of settings.location */
  SnnInputFiles *files;         /* settings.model */
  SnnNetwork *ann;
  GPtrArray *samples;           /* GstBuffer */
  GArray *inputs;               /* SnnInput of each, data not set */
  gboolean done;
  gboolean in_epoch;            /* begun and not ended */
} State;

struct _GstSnnConverter
{
  GstSnnBatchTransform parent_instance;

  Settings settings;
  State state;
  gchar *description;           /* of what is sent; under the object lock */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_CURRENT_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_CURRENT_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnConverter, gst_snn_converter,
    GST_TYPE_SNN_BATCH_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (gst_snn_converter_debug, "snnconverter", 0,
        "Conversion to spiking networks"));
GST_ELEMENT_REGISTER_DEFINE (snnconverter, "snnconverter", GST_RANK_NONE,
    GST_TYPE_SNN_CONVERTER);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_CONVERTER (object)->settings;
}

static void
init_defaults (gpointer data)
{
  Settings *settings = data;

  snn_conversion_settings_init (&settings->conversion);
  settings->initial_membrane = settings->conversion.initial_membrane > 0.
      ? GST_SNN_INITIAL_MEMBRANE_HALF : GST_SNN_INITIAL_MEMBRANE_ZERO;
}

static const GstSnnProperty properties[] = {
  {"model", "Model",
      "File of the analog network to convert: HDF5 in NIR's layout",
      GST_SNN_STRING, GST_SNN_AT (Settings, model)},
  {"location", "Location",
      "File to write the spiking network to: HDF5 in NIR's layout",
      GST_SNN_STRING, GST_SNN_AT (Settings, location)},
  {"method", "Method",
      "How the network is converted",
      GST_SNN_ENUM, GST_SNN_AT (Settings, conversion.method),
      .get_type = gst_snn_conversion_method_get_type, .core_default = TRUE},
  {"scales", "Scales",
      "What has a scale (branch-aware) or threshold (threshold-balancing) of "
      "its own",
      GST_SNN_ENUM, GST_SNN_AT (Settings, conversion.scales),
      .get_type = gst_snn_scales_get_type, .core_default = TRUE},
  {"percentile", "Percentile",
      "Percentile of the positive activations (branch-aware) or input "
      "currents (threshold-balancing) that becomes the scale or threshold; "
      "100: their maximum; 0: what levels says",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, conversion.percentile),
      .max = 100., .core_default = TRUE},
  {"levels", "Levels",
      "With percentile=0, the scale or threshold is that of the least mean "
      "square error of rates after so many timesteps of constant currents, in "
      "which errors count as much as the output hangs on them (branch-aware); 0: "
      "the percentile tells",
      GST_SNN_UINT, GST_SNN_AT (Settings, conversion.levels),
      .max = SNN_MAX_LEVELS, .core_default = TRUE},
  {"threshold-scale", "Threshold scale",
      "What all thresholds (threshold-balancing; Rathi et al. use 0.7) or "
      "scales (branch-aware) are multiplied by; below 1 neurons spike more",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, conversion.threshold_scale),
      .min = 1e-3, .max = 1e3, .core_default = TRUE},
  {"initial-membrane", "Initial membrane",
      "Membrane potential at a sample's first timestep",
      GST_SNN_ENUM, GST_SNN_AT (Settings, initial_membrane),
      .get_type = gst_snn_initial_membrane_get_type, .core_default = TRUE},
  {"rate-matching", "Rate matching",
      "Timesteps over which each channel's mean rate is matched to its mean "
      "activation, by a factor on what it passes on (branch-aware); 0: not "
      "matched",
      GST_SNN_UINT, GST_SNN_AT (Settings, conversion.matching_timesteps),
      .max = MAX_MATCHING, .core_default = TRUE},
  {"weight-calibration", "Weight calibration",
      "Timesteps over which each layer's weights are fitted to the analog "
      "network's sums, where errors count as much as the output hangs on them, "
      "unless outputs are closer without (branch-aware); 0: not",
      GST_SNN_UINT, GST_SNN_AT (Settings, conversion.calibration_timesteps),
      .max = 65536, .core_default = TRUE},
  {"readout", "Readout",
      "How the output's potential becomes a logit",
      GST_SNN_ENUM, GST_SNN_AT (Settings, conversion.readout),
      .get_type = gst_snn_readout_get_type, .core_default = TRUE},
  {"neuron", "Neuron",
      "Neurons of the spiking network: those that take spikes back are better from "
      "some four timesteps on, plain ones (if, auto) are what hardware and other "
      "programs have; leaky ones can't stand for activations",
      GST_SNN_ENUM, GST_SNN_AT (Settings, conversion.neuron),
      .get_type = gst_snn_neuron_get_type, .core_default = TRUE},
  {"weights", "Weights",
      "What weights are at the end; integers are what chips take, in tables of half "
      "the size",
      GST_SNN_ENUM, GST_SNN_AT (Settings, conversion.weights),
      .get_type = gst_snn_weights_get_type, .core_default = TRUE},
  {"calibration-samples", "Calibration samples",
      "How many samples to convert with; they are kept in memory until then; "
      "0: all up to the end of the stream",
      GST_SNN_UINT, GST_SNN_AT (Settings, n_samples),
      .fallback = 128},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, init_defaults);

static void
drop_samples (State *state)
{
  g_clear_pointer (&state->samples, g_ptr_array_unref);
  g_clear_pointer (&state->inputs, g_array_unref);
}

static void
state_clear (State *state)
{
  gst_snn_properties_clear (&property_table, &state->settings);
  g_clear_pointer (&state->lock, snn_lock_file_free);
  g_clear_pointer (&state->files, snn_input_files_free);
  g_clear_pointer (&state->ann, snn_network_unref);
  drop_samples (state);
  *state = (State) { 0 };
}

/* Reads what is to be converted, and holds what is to be written. */
static gboolean
prepare (GstSnnConverter *self, GError **error)
{
  State *state = &self->state;

  state->settings.conversion.threads =
      gst_snn_batch_transform_active_settings (GST_SNN_BATCH_TRANSFORM (self))
      ->threads;
  state->settings.conversion.initial_membrane =
      gst_snn_initial_membrane_fraction (state->settings.initial_membrane);
  /* The analog network took long to train, and is not replaced by the spiking
   * one, by whatever name. */
  state->files = snn_input_files_new ();
  if (state->settings.model)
    snn_input_files_add (state->files, state->settings.model);
  if (!snn_conversion_settings_check (&state->settings.conversion, error)
      || !gst_snn_model_check_writable ("location", state->settings.location,
          error))
    return FALSE;
  state->lock = snn_lock_file_take (state->settings.location, error);
  if (!state->lock)
    return FALSE;
  state->ann = gst_snn_model_load (state->settings.model, FALSE, error);
  if (!state->ann)
    return FALSE;
  gst_snn_recipe_publish (GST_ELEMENT (self), state->settings.model,
      state->ann, GST_SNN_RECIPE_RUN);
  return TRUE;
}

static gboolean
gst_snn_converter_start (GstBaseTransform *trans)
{
  GstBaseTransformClass *parent =
      GST_BASE_TRANSFORM_CLASS (gst_snn_converter_parent_class);
  GstSnnConverter *self = GST_SNN_CONVERTER (trans);
  GError *error = NULL;

  if (!parent->start (trans))
    return FALSE;
  if (gst_snn_properties_start (self, &property_table, &self->state.settings)
      && prepare (self, &error))
    return TRUE;
  if (error)
    gst_snn_element_error (GST_ELEMENT (self), error);
  parent->stop (trans);
  return FALSE;
}

static void
gst_snn_converter_reset (GstSnnBatchTransform *batch)
{
  GstSnnConverter *self = GST_SNN_CONVERTER (batch);

  gst_snn_recipe_withdraw (GST_ELEMENT (self));
  state_clear (&self->state);
  GST_OBJECT_LOCK (self);
  g_clear_pointer (&self->description, g_free);
  GST_OBJECT_UNLOCK (self);
}

/* Hears what is sent, which the source says as it asks for something else. */
static gboolean
gst_snn_converter_query (GstBaseTransform *trans, GstPadDirection direction,
    GstQuery *query)
{
  GstSnnConverter *self = GST_SNN_CONVERTER (trans);

  gst_snn_recipe_answer (GST_ELEMENT (self), query);
  if (direction == GST_PAD_SINK && gst_snn_query_is_resume (query)) {
    GST_OBJECT_LOCK (self);
    g_free (self->description);
    self->description = g_strdup (gst_snn_query_description (query));
    GST_OBJECT_UNLOCK (self);
  }
  return GST_BASE_TRANSFORM_CLASS (gst_snn_converter_parent_class)->query
      (trans, direction, query);
}

/* The recipe is that of the analog network; what it does not say, as of one out
 * of an older file, is how the samples were made that it was converted with. */
static void
note_recipe (GstSnnConverter *self, SnnNetwork *network)
{
  GST_OBJECT_LOCK (self);
  gst_snn_recipe_note (network, self->description);
  GST_OBJECT_UNLOCK (self);
  snn_network_copy_metadata (network, self->state.ann);
}

/* Samples go on as they came: @out stays what it is. */
static gboolean
gst_snn_converter_set_tensors (GstSnnBatchTransform *batch,
    const GstSnnTensors *in, GstSnnTensors *out, GError **error)
{
  const State *state = &GST_SNN_CONVERTER (batch)->state;
  const GstSnnTensor *tensor = &in->tensor[0];

  if (!gst_snn_model_check (state->ann, state->settings.model, tensor, NULL,
          error))
    return FALSE;
  if (tensor->type != SNN_VALUE_FLOAT32 || tensor->timesteps > 1
      || state->settings.conversion.method
      != SNN_CONVERSION_THRESHOLD_BALANCING)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "method=threshold-balancing needs spike trains, found analog images: "
      "put an encoder ahead");
  return FALSE;
}

static void
post_progress (gpointer data, guint done, guint total)
{
  gst_element_post_message (GST_ELEMENT (data),
      gst_message_new_element (GST_OBJECT (data),
          gst_structure_new ("snn-conversion", "done", G_TYPE_UINT, done,
              "total", G_TYPE_UINT, total, NULL)));
}

static void
post_done (GstSnnConverter *self, const SnnNetwork *network, guint n_samples)
{
  g_autofree gchar *location = snn_text_valid (self->state.settings.location);
  GstStructure *structure = gst_structure_new ("snn-conversion-done",
      "location", G_TYPE_STRING, location,
      "samples", G_TYPE_UINT, n_samples, NULL);

  gst_snn_model_describe_layers (network, structure);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}

/* Converts with the samples there are. */
static gboolean
convert (GstSnnConverter *self, GError **error)
{
  State *state = &self->state;
  guint n = state->samples ? state->samples->len : 0;
  g_autofree GstMapInfo *maps = g_new0 (GstMapInfo, MAX (n, 1));
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  g_autoptr (SnnNetwork) network = NULL;
  guint n_mapped;

  for (n_mapped = 0; n_mapped < n; n_mapped++) {
    GstBuffer *buffer = g_ptr_array_index (state->samples, n_mapped);
    SnnInput *input = &g_array_index (state->inputs, SnnInput, n_mapped);

    if (!gst_memory_map (gst_buffer_peek_memory (buffer, 0), &maps[n_mapped],
            GST_MAP_READ)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_READ,
          "The memory of a sample can't be mapped for reading");
      break;
    }
    input->data = maps[n_mapped].data;
    if (input->type == SNN_VALUE_FLOAT32
        && !snn_encode_check_finite (input->data,
            maps[n_mapped].size / sizeof (float), error)) {
      gst_snn_prefix_sample (error, buffer, n_mapped);
      gst_memory_unmap (maps[n_mapped].memory, &maps[n_mapped]);
      break;
    }
    state->settings.conversion.timesteps =
        input->timesteps > 1 ? input->timesteps : 0;
  }
  GST_INFO_OBJECT (self, "converting with %u samples", n);
  if (n_mapped == n)
    network = snn_convert (state->ann, &state->settings.conversion, n,
        n ? (SnnInput *) state->inputs->data : NULL,
        gst_snn_batch_transform_cancel_flag (GST_SNN_BATCH_TRANSFORM (self)),
        post_progress, self, remarks, error);
  while (n_mapped-- > 0)
    gst_memory_unmap (maps[n_mapped].memory, &maps[n_mapped]);
  drop_samples (state);
  if (!network)
    return FALSE;
  for (guint i = 0; i < remarks->len; i++)
    GST_SNN_ELEMENT_WARNING (self, STREAM, ENCODE, ("%s: %s",
            state->settings.model,
            (const gchar *) g_ptr_array_index (remarks, i)), (NULL));
  note_recipe (self, network);
  if (!snn_model_save (network, state->settings.location, error))
    return FALSE;
  state->done = TRUE;
  post_done (self, network, n);
  return TRUE;
}

/* A reference to the buffer, so that nobody downstream writes into it. */
static void
keep_sample (State *state, GstBuffer *buffer, const GstSnnTensor *tensor)
{
  const SnnInput input = {
    .type = tensor->type,
    .timesteps = tensor->timesteps,
  };

  if (!state->samples) {
    state->samples =
        g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
    state->inputs = g_array_new (FALSE, FALSE, sizeof (SnnInput));
  }
  g_ptr_array_add (state->samples, gst_buffer_ref (buffer));
  g_array_append_val (state->inputs, input);
}

static gboolean
take_sample (GstSnnConverter *self, GstBuffer *buffer, GError **error)
{
  const GstSnnTensor *tensor = &gst_snn_batch_transform_get_tensors
      (GST_SNN_BATCH_TRANSFORM (self))->tensor[0];
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  State *state = &self->state;

  if ((tensor->type != SNN_VALUE_FLOAT32 || tensor->timesteps > 1
          || (meta && meta->timesteps > 0))
      && !gst_snn_spike_train_check_whole (buffer, tensor, error))
    return FALSE;
  keep_sample (state, buffer, tensor);
  return state->settings.n_samples == 0
      || state->samples->len < state->settings.n_samples
      || convert (self, error);
}

static gboolean
gst_snn_converter_process (GstSnnBatchTransform *batch, GstBuffer **in,
    guint n, gboolean evaluate, GstBuffer **out, GError **error)
{
  GstSnnConverter *self = GST_SNN_CONVERTER (batch);

  for (guint i = 0; i < n; i++) {
    if (!evaluate && !self->state.done && !take_sample (self, in[i], error))
      return FALSE;
    out[i] = gst_buffer_ref (in[i]);
  }
  return TRUE;
}

static gboolean
gst_snn_converter_epoch_begin (GstSnnBatchTransform *batch,
    const GstSnnEpoch *epoch, GError **error)
{
  GST_SNN_CONVERTER (batch)->state.in_epoch = TRUE;
  return TRUE;
}

static gboolean
gst_snn_converter_epoch_end (GstSnnBatchTransform *batch,
    const GstSnnEpoch *epoch, GError **error)
{
  GST_SNN_CONVERTER (batch)->state.in_epoch = FALSE;
  return TRUE;
}

/* A network made of the few samples that came before Ctrl-C must not replace a
 * good one. Of a stream without epochs nobody knows how many there should be. */
static gboolean
gst_snn_converter_finish (GstSnnBatchTransform *batch, GError **error)
{
  GstSnnConverter *self = GST_SNN_CONVERTER (batch);
  State *state = &self->state;
  guint n = state->samples ? state->samples->len : 0;

  if (state->done)
    return TRUE;
  if (!state->in_epoch)
    return convert (self, error);
  if (state->settings.n_samples > 0)
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "Only %u "
        "of %u calibration samples have come, and the stream ended in the "
        "middle of an epoch; %s is not written", n, state->settings.n_samples,
        state->settings.location);
  else
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "All "
        "samples were to come, and the stream ended in the middle of an epoch "
        "after %u; %s is not written. calibration-samples says how many are "
        "enough", n, state->settings.location);
  return FALSE;
}

static void
gst_snn_converter_flush (GstSnnBatchTransform *batch)
{
  State *state = &GST_SNN_CONVERTER (batch)->state;

  drop_samples (state);
  state->in_epoch = FALSE;
}

static void
gst_snn_converter_class_init (GstSnnConverterClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (class);
  GstSnnBatchTransformClass *batch_class = GST_SNN_BATCH_TRANSFORM_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Spiking network converter", "Filter/Analyzer/Tensor",
      "Converts an analog network to a spiking one with calibration samples",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  trans_class->start = gst_snn_converter_start;
  trans_class->query = gst_snn_converter_query;
  batch_class->set_tensors = gst_snn_converter_set_tensors;
  batch_class->process = gst_snn_converter_process;
  batch_class->epoch_begin = gst_snn_converter_epoch_begin;
  batch_class->epoch_end = gst_snn_converter_epoch_end;
  batch_class->finish = gst_snn_converter_finish;
  batch_class->flush = gst_snn_converter_flush;
  batch_class->reset = gst_snn_converter_reset;
}

static void
gst_snn_converter_init (GstSnnConverter *self)
{
  gst_snn_properties_init (self, &property_table);
}
