/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-snninference
 * @title: snninference
 * @short_description: predicts with a spiking network
 * @see_also: poissonencoder, snnconverter, anninference
 *
 * Feeds spike trains, or analog currents, to a spiking network of
 * integrate-and-fire neurons and puts its prediction in their place: for each
 * voxel the probability that it belongs to the label. A sample may come in
 * chunks of its timesteps: the membranes are reset at the first one and kept up
 * to the last, and the result is the same to the bit as that of the whole train.
 * Which is which, the sample meta says, and a chunk that is missing is an error.
 * Where there is no meta, a sample ends with the flag MARKER. A network that is
 * run for another number of timesteps than it was converted or fine-tuned for
 * is noted by an info message. With every-chunk=true a prediction out of the
 * timesteps so far follows every chunk; the last has MARKER. With
 * statistic=variance it says by how much the timesteps disagree.
 *
 * Samples of another size than it was trained on are taken with
 * #GstSnnInference:other-size, as anninference does; each tile has membranes of its
 * own.
 *
 * At the end of each epoch and of the stream an element message "snn-rates"
 * says how active the network was: "samples" and "timesteps" (in all) as
 * guint64, and for each layer of neurons "layers" (names), "rates" (spikes for
 * each neuron and timestep) and "thresholds" (means) as arrays. With
 * count-operations=true there is "snn-energy", too: "samples" (guint64), and
 * for a sample "effective-accumulates", "effective-multiply-accumulates",
 * "effective-microjoules" and the same as "dense-" (double); docs/metrics.md has
 * the definitions.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 niftisrc location=images label-location=labels ! \
 *   voxelnormalize mode=zero-mean ! poissonencoder timesteps=200 ! \
 *   snninference model=snn.nir ! dicesink location=report.json
 * ]|
 */
#include "snninference.h"

#include <gst/snn/model.h>
#include <gst/snn/properties.h>
#include <gst/snn/spiketrain.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_spiking_inference_debug);
#define GST_CAT_DEFAULT gst_snn_spiking_inference_debug

/* Of the samples that ended since the last message. */
typedef struct
{
  guint64 n_samples;
  guint64 n_timesteps;
  guint64 *spikes;              /* for each layer, and what there could be: */
  guint64 *neuron_timesteps;    /* of samples or tiles of any size */
} Activity;

typedef enum
{
  STATISTIC_MEAN,
  STATISTIC_VARIANCE,
} StatisticName;

typedef struct
{
  gboolean every_chunk;
  StatisticName statistic;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  SnnNetwork *network;          /* that states are of */
  GPtrArray *layers;            /* SnnNode of each IF layer, not owned */
  GPtrArray *states;            /* the first one goes on in the next batch */
  GstSnnSpikeTrain train;
  gboolean timesteps_known;     /* other ones were noted, or are right */
  Activity activity;
} State;

struct _GstSnnSpikingInference
{
  GstSnnInference parent_instance;

  Settings settings;
  State state;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_CURRENT_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_PREDICTION_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnSpikingInference,
    gst_snn_spiking_inference, GST_TYPE_SNN_INFERENCE,
    GST_DEBUG_CATEGORY_INIT (gst_snn_spiking_inference_debug, "snninference", 0,
        "Spiking network inference"));
GST_ELEMENT_REGISTER_DEFINE (snninference, "snninference", GST_RANK_NONE,
    GST_TYPE_SNN_SPIKING_INFERENCE);

/* What is told of a sample's timesteps, of which @keep has the engine keep what is
 * needed for @get. @field: of caps, %NULL where it is a prediction, which all three
 * are without. To add one, add its name to StatisticName, a row here, and one to the
 * enum of the property. */
static const struct
{
  const gchar *field;
  void (*keep) (SnnState *state, SnnOutputFunction output);
  void (*get) (const SnnState *state, float *values);
} statistics[] = {
  [STATISTIC_MEAN] = {NULL, NULL, NULL},
  [STATISTIC_VARIANCE] =
      {"variance", snn_state_keep_variance, snn_state_get_variance},
};

static
G_DEFINE_ENUM_TYPE (GstSnnSpikingInferenceStatistic,
    gst_snn_spiking_inference_statistic,
    {STATISTIC_MEAN, "The prediction of all timesteps together", "mean"},
    {STATISTIC_VARIANCE, "Variance over timesteps of what each of them says alone, "
          "from 0 where they agree to 0.25; niftisink content=probability writes it",
        "variance"})

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_SPIKING_INFERENCE (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"every-chunk", "Every chunk",
      "Put out a prediction after every chunk of a sample, rather than only "
      "after the last",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, every_chunk)},
  {"statistic", "Statistic",
      "What of the timesteps' predictions is put out for each voxel",
      GST_SNN_ENUM, GST_SNN_AT (Settings, statistic),
      .get_type = gst_snn_spiking_inference_statistic_get_type,
      .fallback = STATISTIC_MEAN},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static void
state_clear (State *state)
{
  g_clear_pointer (&state->layers, g_ptr_array_unref);
  g_clear_pointer (&state->states, g_ptr_array_unref);
  g_clear_pointer (&state->network, snn_network_unref);
  g_free (state->activity.spikes);
  g_free (state->activity.neuron_timesteps);
  *state = (State) { 0 };
}

static gboolean
gst_snn_spiking_inference_start (GstBaseTransform *trans)
{
  GstSnnSpikingInference *self = GST_SNN_SPIKING_INFERENCE (trans);
  State *state = &self->state;

  if (!GST_BASE_TRANSFORM_CLASS (gst_snn_spiking_inference_parent_class)->start
      (trans))
    return FALSE;
  if (!gst_snn_properties_start (self, &property_table, &state->settings)) {
    GST_BASE_TRANSFORM_CLASS (gst_snn_spiking_inference_parent_class)->stop
        (trans);
    return FALSE;
  }
  return TRUE;
}

/* Layers are those of any size. A sample that has begun can't go on on others'
 * membranes. */
static void
gst_snn_spiking_inference_set_network (GstSnnInference *inference,
    SnnNetwork *network)
{
  State *state = &GST_SNN_SPIKING_INFERENCE (inference)->state;

  if (network == state->network)
    return;
  g_clear_pointer (&state->network, snn_network_unref);
  state->network = snn_network_ref (network);
  g_clear_pointer (&state->layers, g_ptr_array_unref);
  state->layers = g_ptr_array_new ();
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    if (snn_node_is_neuron (node))
      g_ptr_array_add (state->layers, node);
  }
  g_clear_pointer (&state->states, g_ptr_array_unref);
  state->states =
      g_ptr_array_new_with_free_func ((GDestroyNotify) snn_state_unref);
  state->train = (GstSnnSpikeTrain) { 0 };
  if (!state->activity.spikes) {
    state->activity.spikes = g_new0 (guint64, MAX (state->layers->len, 1));
    state->activity.neuron_timesteps =
        g_new0 (guint64, MAX (state->layers->len, 1));
  }
  GST_INFO_OBJECT (inference, "%u layers of neurons, made for %u timesteps",
      state->layers->len, network->timesteps);
}

static void
gst_snn_spiking_inference_reset (GstSnnBatchTransform *batch)
{
  state_clear (&GST_SNN_SPIKING_INFERENCE (batch)->state);
  GST_SNN_BATCH_TRANSFORM_CLASS (gst_snn_spiking_inference_parent_class)->reset
      (batch);
}

static void
gst_snn_spiking_inference_flush (GstSnnBatchTransform *batch)
{
  State *state = &GST_SNN_SPIKING_INFERENCE (batch)->state;

  if (state->train.in_sample)
    GST_DEBUG_OBJECT (batch, "a sample is given up in its midst");
  state->train = (GstSnnSpikeTrain) { 0 };
}

/* The membranes of tile @index of a batch, counted over all samples. */
static SnnState *
get_state (GstSnnSpikingInference *self, guint index)
{
  GstSnnInference *inference = GST_SNN_INFERENCE (self);
  State *state = &self->state;

  while (index >= state->states->len) {
    SnnState *made = snn_state_new (state->network);

    if (statistics[state->settings.statistic].keep)
      statistics[state->settings.statistic].keep (made,
          gst_snn_inference_get_output (inference));
    g_ptr_array_add (state->states, made);
  }
  return g_ptr_array_index (state->states, index);
}

static const gchar *
gst_snn_spiking_inference_statistic (GstSnnInference *inference)
{
  const State *state = &GST_SNN_SPIKING_INFERENCE (inference)->state;

  return statistics[state->settings.statistic].field;
}

/* In place of the prediction, where something else is told of a sample's timesteps. */
static void
put_statistic (const GstSnnSpikingInference *self, const SnnState *sample,
    float *logits)
{
  const StatisticName name = self->state.settings.statistic;

  if (statistics[name].get)
    statistics[name].get (sample, logits);
}

/* That it was made for other timesteps is no fault, but where a prediction
 * surprises, the first thing to know. */
static void
note_timesteps (GstSnnSpikingInference *self, guint timesteps)
{
  State *state = &self->state;
  guint own = gst_snn_inference_get_network
      (GST_SNN_INFERENCE (self))->timesteps;

  if (state->timesteps_known)
    return;
  state->timesteps_known = TRUE;
  if (own > 0 && timesteps != own)
    GST_SNN_ELEMENT_INFO (self, STREAM, FORMAT,
        ("%s was converted or fine-tuned for %u timesteps and is run for %u",
            gst_snn_inference_get_model (GST_SNN_INFERENCE (self)), own,
            timesteps), (NULL));
}

/* Of a tile of a sample; @n: samples that this is, once for each. */
static void
count_operations (GstSnnInference *self, guint n, const SnnState *tile,
    gboolean analog)
{
  SnnOperations dense =
      snn_network_operations (gst_snn_inference_get_network (self), analog);

  dense = snn_operations_times (&dense, snn_state_timesteps (tile));
  gst_snn_inference_add_operations (self, n, snn_state_operations (tile),
      &dense);
}

/* Of a sample that has ended, whose first tile is number @first. */
static void
count_activity (GstSnnSpikingInference *self, guint first, guint n_tiles,
    gboolean analog)
{
  Activity *activity = &self->state.activity;
  const guint timesteps = snn_state_timesteps (get_state (self, first));

  note_timesteps (self, timesteps);
  activity->n_samples++;
  activity->n_timesteps += timesteps;
  for (guint k = 0; k < n_tiles; k++) {
    const SnnState *tile = get_state (self, first + k);

    if (gst_snn_inference_counts (GST_SNN_INFERENCE (self)))
      count_operations (GST_SNN_INFERENCE (self), k == 0, tile, analog);
    for (guint i = 0; i < self->state.layers->len; i++) {
      const SnnNode *node = g_ptr_array_index (self->state.layers, i);

      activity->spikes[i] += snn_state_spikes (tile, i);
      activity->neuron_timesteps[i] += snn_shape_size (node->out) * timesteps;
    }
  }
}

/* The membranes of a sample that goes on, to where the next batch has those of its
 * first. */
static void
move_to_front (GPtrArray *states, guint sample, guint n_tiles)
{
  for (guint k = 0; k < n_tiles; k++) {
    gpointer going_on = states->pdata[sample * n_tiles + k];

    states->pdata[sample * n_tiles + k] = states->pdata[k];
    states->pdata[k] = going_on;
  }
}

/* Chunks of one sample have to follow each other, while samples are worked on
 * in parallel: first the first chunk in this batch of each, then the second,
 * and so on. */
static gboolean
gst_snn_spiking_inference_infer (GstSnnInference *inference, SnnEngine *engine,
    GstBuffer **buffers, guint n, guint n_tiles, const SnnInput *inputs,
    float *const *logits, gboolean *skip, GError **error)
{
  GstSnnSpikingInference *self = GST_SNN_SPIKING_INFERENCE (inference);
  State *state = &self->state;
  g_autofree guint *sample = g_new (guint, n);
  g_autofree guint *round = g_new (guint, n);
  g_autofree gboolean *ends = g_new (gboolean, n);
  g_autofree SnnInput *now_inputs = g_new (SnnInput, n * n_tiles);
  g_autofree SnnState **now_states = g_new (SnnState *, n * n_tiles);
  g_autofree float **now_logits = g_new (float *, n * n_tiles);
  const GstSnnTensor *tensor = &gst_snn_batch_transform_get_tensors
      (GST_SNN_BATCH_TRANSFORM (self))->tensor[0];
  guint last_round = 0;

  for (guint i = 0; i < n; i++) {
    gboolean begins;

    if (!gst_snn_spike_train_follow (&state->train, buffers[i], tensor,
            &begins, &ends[i], error))
      return FALSE;
    if (begins) {
      sample[i] = i ? sample[i - 1] + 1 : 0;
      round[i] = 0;
      for (guint k = 0; k < n_tiles; k++)
        snn_state_reset (get_state (self, sample[i] * n_tiles + k));
    } else {
      sample[i] = i ? sample[i - 1] : 0;
      round[i] = i ? round[i - 1] + 1 : 0;
    }
    last_round = MAX (last_round, round[i]);
    skip[i] = !ends[i] && !state->settings.every_chunk;
  }

  GST_LOG_OBJECT (self, "%u chunks in %u rounds", n, last_round + 1);
  for (guint r = 0; r <= last_round; r++) {
    guint n_now = 0;

    for (guint i = 0; i < n; i++) {
      for (guint k = 0; round[i] == r && k < n_tiles; k++, n_now++) {
        now_inputs[n_now] = inputs[i * n_tiles + k];
        now_states[n_now] = get_state (self, sample[i] * n_tiles + k);
        if (ends[i])
          snn_state_announce_end (now_states[n_now]);
        now_logits[n_now] = logits[i * n_tiles + k];
      }
    }
    if (!snn_engine_run (engine, n_now, now_inputs, now_states, now_logits,
            gst_snn_batch_transform_cancel_flag (GST_SNN_BATCH_TRANSFORM
                (self)), error)) {
      state->train.in_sample = FALSE;
      return FALSE;
    }
    for (guint i = 0; i < n_now; i++)
      put_statistic (self, now_states[i], now_logits[i]);
  }

  for (guint i = 0; i < n; i++)
    if (ends[i])
      count_activity (self, sample[i] * n_tiles, n_tiles,
          inputs->type == SNN_VALUE_FLOAT32);
  move_to_front (state->states, sample[n - 1], n_tiles);
  return TRUE;
}

static void
post_activity (GstSnnSpikingInference *self)
{
  State *state = &self->state;
  Activity *activity = &state->activity;
  GValue rates = G_VALUE_INIT;
  GstStructure *structure;

  gst_snn_inference_end_pass (GST_SNN_INFERENCE (self));
  if (activity->n_samples == 0)
    return;
  structure = gst_structure_new ("snn-rates",
      "samples", G_TYPE_UINT64, activity->n_samples,
      "timesteps", G_TYPE_UINT64, activity->n_timesteps, NULL);
  gst_snn_model_describe_layers
      (gst_snn_inference_get_network (GST_SNN_INFERENCE (self)), structure);
  gst_value_array_init (&rates, state->layers->len);
  for (guint i = 0; i < state->layers->len; i++) {
    gst_snn_append_double (&rates, (double) activity->spikes[i]
        / (double) MAX (activity->neuron_timesteps[i], 1));
    activity->spikes[i] = activity->neuron_timesteps[i] = 0;
  }
  gst_structure_take_value (structure, "rates", &rates);
  activity->n_samples = activity->n_timesteps = 0;
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}

static gboolean
gst_snn_spiking_inference_epoch_end (GstSnnBatchTransform *batch,
    const GstSnnEpoch *epoch, GError **error)
{
  post_activity (GST_SNN_SPIKING_INFERENCE (batch));
  return TRUE;
}

static gboolean
gst_snn_spiking_inference_finish (GstSnnBatchTransform *batch, GError **error)
{
  GstSnnSpikingInference *self = GST_SNN_SPIKING_INFERENCE (batch);

  if (self->state.train.in_sample)
    GST_SNN_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("The stream ended in the midst of a sample: its last chunk did not "
            "come%s", self->state.settings.every_chunk ? ""
            : ", and no prediction was made"), (NULL));
  /* The stream that may come next does not go on with that sample. */
  self->state.train = (GstSnnSpikeTrain) { 0 };
  post_activity (self);
  return TRUE;
}

static void
gst_snn_spiking_inference_class_init (GstSnnSpikingInferenceClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnBatchTransformClass *batch_class =
      GST_SNN_BATCH_TRANSFORM_CLASS (class);
  GstSnnInferenceClass *inference_class = GST_SNN_INFERENCE_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Spiking network inference", "Filter/Analyzer/Tensor",
      "Predicts a probability for each voxel with a spiking network",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  GST_BASE_TRANSFORM_CLASS (class)->start = gst_snn_spiking_inference_start;
  batch_class->reset = gst_snn_spiking_inference_reset;
  batch_class->flush = gst_snn_spiking_inference_flush;
  batch_class->epoch_end = gst_snn_spiking_inference_epoch_end;
  batch_class->finish = gst_snn_spiking_inference_finish;
  inference_class->spiking = TRUE;
  inference_class->set_network = gst_snn_spiking_inference_set_network;
  inference_class->infer = gst_snn_spiking_inference_infer;
  inference_class->statistic = gst_snn_spiking_inference_statistic;
}

static void
gst_snn_spiking_inference_init (GstSnnSpikingInference *self)
{
  gst_snn_properties_init (self, &property_table);
}
