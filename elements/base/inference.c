/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inference.h"

#include "batch.h"
#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include "enums.h"
#include "knownsubjects.h"
#include "model.h"
#include "properties.h"
#include "recipe.h"
#include "sharedmodel.h"
#include "tiles.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_inference_debug);
#define GST_CAT_DEFAULT gst_snn_inference_debug

typedef struct
{
  gchar *model;
  GstSnnOutput output;
  GstSnnOtherSize other_size;
  double overlap;
  gboolean count_operations;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  SnnEngine *engine;            /* of the network in the file */
  SnnInputFiles *inputs;        /* the model's file, which nobody replaces */
  SnnEngine *resized;           /* for samples of another size, or NULL */
  SnnNetwork *network;          /* that is run */
  GstSnnTiles tiles;            /* of the samples */
  GstSnnTensor in;
  GstSnnTensor out;
  gboolean labelled;            /* somebody will measure */
  GstSnnKnownSubjects known;    /* of which it has seen some in training */
  gboolean sign_known;          /* negative input was warned of, or is right */
  gboolean class_known;         /* the same of what is predicted */
  guint64 n_counted;            /* samples since the last message, and ... */
  SnnOperations effective;      /* ... what they took, without zeros */
  SnnOperations dense;          /* ... and with them */
} State;

typedef struct
{
  Settings settings;
  State state;
} GstSnnInferencePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstSnnInference, gst_snn_inference,
    GST_TYPE_SNN_BATCH_TRANSFORM, G_ADD_PRIVATE (GstSnnInference)
    GST_DEBUG_CATEGORY_INIT (gst_snn_inference_debug, "inference", 0,
        "Elements that run networks"));

static GstSnnInferencePrivate *
get_private (gpointer self)
{
  return gst_snn_inference_get_instance_private (GST_SNN_INFERENCE (self));
}

SnnNetwork *
gst_snn_inference_get_network (GstSnnInference *self)
{
  return get_private (self)->state.network;
}

const gchar *
gst_snn_inference_get_model (GstSnnInference *self)
{
  return get_private (self)->state.settings.model;
}

SnnOutputFunction
gst_snn_inference_get_output (GstSnnInference *self)
{
  return get_private (self)->state.settings.output
      == GST_SNN_OUTPUT_PROBABILITY ? gst_snn_model_probability : NULL;
}

static const gchar *
get_statistic (GstSnnInference *self)
{
  const GstSnnInferenceClass *class = GST_SNN_INFERENCE_GET_CLASS (self);

  return class->statistic ? class->statistic (self) : NULL;
}

gboolean
gst_snn_inference_counts (GstSnnInference *self)
{
  return get_private (self)->state.settings.count_operations;
}

static SnnEngine *
active_engine (State *state)
{
  return state->resized ? state->resized : state->engine;
}

void
gst_snn_inference_add_operations (GstSnnInference *self, guint n,
    const SnnOperations *effective, const SnnOperations *dense)
{
  State *state = &get_private (self)->state;

  snn_operations_add (&state->effective, effective);
  snn_operations_add (&state->dense, dense);
  state->n_counted += n;
}

static void
post_energy (GstSnnInference *self)
{
  State *state = &get_private (self)->state;
  const SnnOperations *effective = &state->effective, *dense = &state->dense;
  double n = (double) state->n_counted;

  if (state->n_counted == 0)
    return;
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("snn-energy",
              "samples", G_TYPE_UINT64, state->n_counted,
              "effective-accumulates", G_TYPE_DOUBLE,
              (double) effective->accumulates / n,
              "effective-multiply-accumulates", G_TYPE_DOUBLE,
              (double) effective->multiply_accumulates / n,
              "effective-microjoules", G_TYPE_DOUBLE,
              snn_operations_microjoules (effective) / n,
              "dense-accumulates", G_TYPE_DOUBLE,
              (double) dense->accumulates / n,
              "dense-multiply-accumulates", G_TYPE_DOUBLE,
              (double) dense->multiply_accumulates / n,
              "dense-microjoules", G_TYPE_DOUBLE,
              snn_operations_microjoules (dense) / n, NULL)));
  state->effective = state->dense = (SnnOperations) { 0, 0 };
  state->n_counted = 0;
}

void
gst_snn_inference_end_pass (GstSnnInference *self)
{
  State *state = &get_private (self)->state;

  post_energy (self);
  gst_snn_known_subjects_tell (&state->known, GST_ELEMENT (self),
      state->settings.model);
}

static gboolean
gst_snn_inference_epoch_end (GstSnnBatchTransform *batch,
    const GstSnnEpoch *epoch, GError **error)
{
  gst_snn_inference_end_pass (GST_SNN_INFERENCE (batch));
  return TRUE;
}

static gboolean
gst_snn_inference_finish (GstSnnBatchTransform *batch, GError **error)
{
  gst_snn_inference_end_pass (GST_SNN_INFERENCE (batch));
  return TRUE;
}

static gpointer
settings_of (gpointer object)
{
  return &get_private (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"model", "Model",
      "File of the network to run: HDF5 in NIR's layout",
      GST_SNN_STRING, GST_SNN_AT (Settings, model)},
  {"output", "Output",
      "What is put out for each value of the prediction",
      GST_SNN_ENUM, GST_SNN_AT (Settings, output),
      .get_type = gst_snn_output_get_type,
      .fallback = GST_SNN_OUTPUT_PROBABILITY},
  {"other-size", "Other size",
      "What to do with samples larger or smaller than those that the network was "
      "trained on",
      GST_SNN_ENUM, GST_SNN_AT (Settings, other_size),
      .get_type = gst_snn_other_size_get_type,
      .fallback = GST_SNN_OTHER_SIZE_REFUSE},
  {"overlap", "Overlap",
      "Part of a tile that the next one has in common with it at least, with "
      "other-size=tiles",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, overlap), .max = 0.9,
      .fallback = 0.5},
  {"count-operations", "Count operations",
      "Post how many synaptic operations a sample takes, and the energy that "
      "they would need",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, count_operations)},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static const GstSnnProperty batch_properties[] = {
  {"batch-size", "Batch size",
      "Samples that are collected and worked on together; results come out "
      "when so many are there",
      GST_SNN_UINT, GST_SNN_AT (GstSnnBatchSettings, batch_size), .min = 1,
      .max = 65536, .fallback = 8},
  {"batch-timeout", "Batch timeout",
      "Milliseconds after which a batch is worked on though it is not full, as "
      "when no more samples come before the results of these; 0: never",
      GST_SNN_UINT, GST_SNN_AT (GstSnnBatchSettings, timeout), .max = 3600000,
      .fallback = 500},
};

static const GstSnnPropertyTable batch_table =
    GST_SNN_TABLE (batch_properties, GstSnnBatchSettings,
    gst_snn_batch_transform_settings, NULL);

static void
state_clear (State *state)
{
  gst_snn_properties_clear (&property_table, &state->settings);
  gst_snn_tiles_clear (&state->tiles);
  g_clear_pointer (&state->inputs, snn_input_files_free);
  g_clear_pointer (&state->resized, gst_snn_shared_model_close);
  g_clear_pointer (&state->engine, gst_snn_shared_model_close);
  gst_snn_known_subjects_clear (&state->known);
  *state = (State) { 0 };
}

static void
gst_snn_inference_reset (GstSnnBatchTransform *batch)
{
  gst_snn_recipe_withdraw (GST_ELEMENT (batch));
  state_clear (&get_private (batch)->state);
}

static gboolean
gst_snn_inference_start (GstBaseTransform *trans)
{
  GstSnnInferencePrivate *priv = get_private (trans);
  State *state = &priv->state;
  GError *error = NULL;

  if (!GST_BASE_TRANSFORM_CLASS (gst_snn_inference_parent_class)->start
      (trans))
    return FALSE;
  if (!gst_snn_properties_start (trans, &property_table, &state->settings)) {
    GST_BASE_TRANSFORM_CLASS (gst_snn_inference_parent_class)->stop (trans);
    return FALSE;
  }
  state->engine = gst_snn_shared_model_open (state->settings.model,
      GST_SNN_INFERENCE_GET_CLASS (trans)->spiking,
      gst_snn_batch_transform_active_settings (GST_SNN_BATCH_TRANSFORM (trans))
      ->threads, &error);
  if (!state->engine) {
    gst_snn_element_error (GST_ELEMENT (trans), error);
    GST_BASE_TRANSFORM_CLASS (gst_snn_inference_parent_class)->stop (trans);
    return FALSE;
  }
  state->inputs = snn_input_files_new ();
  snn_input_files_add (state->inputs, state->settings.model);
  state->network = snn_engine_network (state->engine);
  GST_INFO_OBJECT (trans, "loaded %s: %s network of %u nodes, on %s kernels",
      state->settings.model, state->network->spiking ? "a spiking" : "an analog",
      state->network->nodes->len, snn_engine_kernels (state->engine));
  gst_snn_recipe_publish (GST_ELEMENT (trans), state->settings.model,
      state->network, state->settings.other_size == GST_SNN_OTHER_SIZE_REFUSE
      ? GST_SNN_RECIPE_RUN : GST_SNN_RECIPE_RUN_ANY_SIZE);
  return TRUE;
}

static gboolean
gst_snn_inference_query (GstBaseTransform *trans, GstPadDirection direction,
    GstQuery *query)
{
  gst_snn_recipe_answer (GST_ELEMENT (trans), query);
  return GST_BASE_TRANSFORM_CLASS (gst_snn_inference_parent_class)->query
      (trans, direction, query);
}

static guint
round_up (guint extent, guint step)
{
  return (extent + step - 1) / step * step;
}

/* What looks at samples of @tensor, which the network in the file has not the size
 * of: a copy that takes them, made larger where it has to halve them. */
static gboolean
resize_network (GstSnnInference *self, State *state,
    const GstSnnTensor *tensor, GError **error)
{
  const SnnShape step = snn_network_reduction (state->network);
  const SnnShape shape = {
    .channels = tensor->channels,
    .height = round_up (tensor->height, step.height),
    .width = round_up (tensor->width, step.width),
    .depth = snn_network_input (state->network).depth > 0
        ? round_up (tensor->depth, step.depth) : 0,
  };

  state->resized = gst_snn_shared_model_resize (state->engine, shape,
      gst_snn_batch_transform_active_settings (GST_SNN_BATCH_TRANSFORM (self))
      ->threads, error);
  if (!state->resized) {
    g_prefix_error (error, "%s can't work on whole samples of %ux%u: ",
        state->settings.model, tensor->width, tensor->height);
    return FALSE;
  }
  state->network = snn_engine_network (state->resized);
  return TRUE;
}

/* A prediction as large as the sample, as tiles of it are put together. */
static gboolean
fit_output (State *state, const GstSnnTensor *tensor, GError **error)
{
  const SnnShape in = snn_network_input (state->network);
  const SnnShape out = snn_network_output (state->network);

  if (out.width != in.width || out.height != in.height || out.depth != in.depth) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "%s predicts %ux%u values for %ux%u, expected one a voxel where samples "
        "are of another size, as other-size says", state->settings.model,
        out.width, out.height, in.width, in.height);
    return FALSE;
  }
  state->out.width = tensor->width;
  state->out.height = tensor->height;
  state->out.depth = tensor->depth;
  return TRUE;
}

/* Chooses the network for samples of @tensor, and the tiles that it sees of them. */
static gboolean
choose_network (GstSnnInference *self, const GstSnnTensor *tensor,
    GError **error)
{
  State *state = &get_private (self)->state;
  GstSnnInferenceClass *class = GST_SNN_INFERENCE_GET_CLASS (self);
  const GstSnnOtherSize other_size = state->settings.other_size;
  gboolean fits;

  gst_snn_tiles_clear (&state->tiles);
  g_clear_pointer (&state->resized, gst_snn_shared_model_close);
  state->network = snn_engine_network (state->engine);
  if (!gst_snn_model_check_kind (state->network, state->settings.model, tensor,
          error))
    return FALSE;
  fits = gst_snn_model_check (state->network, state->settings.model, tensor,
      "other-size=whole or tiles is for others",
      other_size == GST_SNN_OTHER_SIZE_REFUSE ? error : NULL);
  if (!fits && other_size == GST_SNN_OTHER_SIZE_REFUSE)
    return FALSE;
  if (!fits && other_size == GST_SNN_OTHER_SIZE_WHOLE
      && !resize_network (self, state, tensor, error))
    return FALSE;
  state->out = gst_snn_model_output (state->network);
  if (!fits && !fit_output (state, tensor, error))
    return FALSE;
  gst_snn_tiles_init (&state->tiles, tensor, state->network,
      state->settings.overlap);
  GST_INFO_OBJECT (self, "samples of %ux%ux%u on a network of %ux%u: %u tiles",
      tensor->width, tensor->height, tensor->depth,
      snn_network_input (state->network).width,
      snn_network_input (state->network).height, state->tiles.n);
  snn_engine_count_operations (active_engine (state),
      state->settings.count_operations);
  if (class->set_network)
    class->set_network (self, state->network);
  return TRUE;
}

static gboolean
gst_snn_inference_set_tensors (GstSnnBatchTransform *batch,
    const GstSnnTensors *in, GstSnnTensors *out, GError **error)
{
  State *state = &get_private (batch)->state;
  const GstSnnTensor *tensor = &in->tensor[0];

  if (!choose_network (GST_SNN_INFERENCE (batch), tensor, error))
    return FALSE;
  if (!state->network->spiking && tensor->timesteps != 1) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "%s holds an analog network, which works on one timestep, found %u",
        state->settings.model, tensor->timesteps);
    return FALSE;
  }
  state->labelled = in->n_tensors > 1;
  state->in = *tensor;
  state->sign_known = state->network->signed_input
      || tensor->type == SNN_VALUE_UINT8;
  out->tensor[0] = state->out;
  out->statistic = get_statistic (GST_SNN_INFERENCE (batch));
  if (!gst_snn_model_check_classes (state->network, state->settings.model, in,
          &out->classes, error))
    return FALSE;
  if (!state->class_known)
    gst_snn_model_warn_of_class (GST_ELEMENT (batch), state->network,
        state->settings.model, in);
  state->class_known = TRUE;
  return TRUE;
}

static gboolean
has_negative (const SnnInput *input, gsize n)
{
  const float *floats = input->data;
  const gint8 *spikes = input->data;

  for (gsize i = 0; i < n; i++)
    if (input->type == SNN_VALUE_FLOAT32 ? floats[i] < 0.f : spikes[i] < 0)
      return TRUE;
  return FALSE;
}

/* Input of the wrong sign gives poor predictions rather than none. */
static void
check_sign (GstSnnBatchTransform *self, State *state, guint n,
    const SnnInput *inputs)
{
  gsize size = gst_snn_tensor_size (&state->in)
      / snn_value_size (state->in.type);

  for (guint i = 0; i < n && !state->sign_known; i++) {
    if (!has_negative (&inputs[i], size))
      continue;
    state->sign_known = TRUE;
    GST_SNN_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("%s was made for input in [0, 1], found negative values: predictions "
            "will be poor", state->settings.model), (NULL));
  }
}

/* The logits of @n samples. */
static gboolean
infer (GstSnnInference *self, GstBuffer **buffers, guint n,
    const SnnInput *inputs, float *const *logits, gboolean *skip,
    GError **error)
{
  State *state = &get_private (self)->state;
  GstSnnInferenceClass *class = GST_SNN_INFERENCE_GET_CLASS (self);
  GstSnnTiles *tiles = &state->tiles;

  if (!tiles->tiling)
    return class->infer (self, active_engine (state), buffers, n, 1, inputs,
        logits, skip, error);
  if (!gst_snn_tiles_cut (tiles, n, inputs, error)
      || !class->infer (self, active_engine (state), buffers, n, tiles->n,
          tiles->inputs, tiles->logits, skip, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!skip[i] && !gst_snn_tiles_blend (tiles, i, logits[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
gst_snn_inference_process (GstSnnBatchTransform *batch, GstBuffer **in, guint n,
    gboolean evaluate, GstBuffer **out, GError **error)
{
  GstSnnInference *self = GST_SNN_INFERENCE (batch);
  State *state = &get_private (self)->state;
  g_autofree gboolean *skip = g_new0 (gboolean, n);
  GstSnnBatch maps;
  gboolean done = TRUE;

  if (!gst_snn_batch_map (&maps, in, n, &state->in, &state->out, error))
    return FALSE;
  check_sign (batch, state, n, maps.inputs);
  for (guint i = 0; i < n && state->labelled; i++)
    gst_snn_known_subjects_note (&state->known, state->network, in[i]);
  for (guint i = 0, now; done && i < n; i += now) {
    now = MIN (n - i, gst_snn_tiles_most (&state->tiles));
    done = infer (self, in + i, now, maps.inputs + i, maps.logits + i, skip + i,
        error);
  }
  if (done && !get_statistic (self) && gst_snn_inference_get_output (self))
    for (guint i = 0; i < n; i++)
      if (!skip[i])
        gst_snn_tensor_probability (&state->out, maps.logits[i]);
  gst_snn_batch_finish (&maps, done ? out : NULL);
  for (guint i = 0; i < n; i++)
    if (skip[i])
      gst_clear_buffer (&out[i]);
  return done;
}

static void
gst_snn_inference_class_init (GstSnnInferenceClass *class)
{
  GstSnnBatchTransformClass *batch_class =
      GST_SNN_BATCH_TRANSFORM_CLASS (class);

  gst_snn_properties_install (class, &property_table);
  gst_snn_properties_install (class, &batch_table);

  GST_BASE_TRANSFORM_CLASS (class)->start = gst_snn_inference_start;
  GST_BASE_TRANSFORM_CLASS (class)->query = gst_snn_inference_query;
  batch_class->set_tensors = gst_snn_inference_set_tensors;
  batch_class->process = gst_snn_inference_process;
  batch_class->reset = gst_snn_inference_reset;
  batch_class->epoch_end = gst_snn_inference_epoch_end;
  batch_class->finish = gst_snn_inference_finish;

  gst_type_mark_as_plugin_api (GST_TYPE_SNN_INFERENCE, 0);
}

static void
gst_snn_inference_init (GstSnnInference *self)
{
  gst_snn_properties_init (self, &property_table);
  gst_snn_properties_init (self, &batch_table);
}
