/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trainer.h"

#include "batch.h"
#include <snn/base/lock-file.h>
#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include "heldout.h"
#include "knownsubjects.h"
#include "label.h"
#include "model.h"
#include "recipe.h"
#include "resumption.h"
#include "spiketrain.h"
#include "trainersettings.h"
#include "trainingreport.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_trainer_debug);
#define GST_CAT_DEFAULT gst_snn_trainer_debug

typedef struct
{
  GstSnnTrainerSettings settings;       /* as the stream started */
  GPtrArray *locks;             /* of all that is written; NULL: none yet */
  SnnNetwork *initial;          /* out of settings.model, until caps come */
  SnnTrainer *trainer;          /* from the first caps on */
  GstSnnTensor in;
  GstSnnTensor out;
  GstSnnTrainingReport report;
  GstSnnHeldOut held_out;
  GstSnnKnownSubjects known;    /* that are held out, and it has seen before */
  gboolean in_epoch;            /* an epoch-begin awaits its epoch-end */
  gboolean epochs_announced;
  gboolean dirty;               /* the model file is older than the weights */
} State;

typedef struct
{
  GstSnnTrainerSettings settings;
  State state;
  GstSnnResumption resumption;
} GstSnnTrainerPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstSnnTrainer, gst_snn_trainer,
    GST_TYPE_SNN_BATCH_TRANSFORM, G_ADD_PRIVATE (GstSnnTrainer)
    G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, NULL)
    GST_DEBUG_CATEGORY_INIT (gst_snn_trainer_debug, "trainer", 0,
        "Elements that train networks"));

static GstSnnTrainerPrivate *
get_private (gpointer self)
{
  return gst_snn_trainer_get_instance_private (GST_SNN_TRAINER (self));
}

gpointer
gst_snn_trainer_settings (gpointer self)
{
  return &get_private (self)->settings;
}

static void
gst_snn_trainer_reset (GstSnnBatchTransform *batch)
{
  GstSnnTrainerPrivate *priv = get_private (batch);
  State *state = &priv->state;

  gst_snn_recipe_withdraw (GST_ELEMENT (batch));
  gst_snn_resumption_clear (&priv->resumption, GST_ELEMENT (batch));
  gst_snn_properties_clear (&gst_snn_trainer_properties, &state->settings);
  g_clear_pointer (&state->locks, g_ptr_array_unref);
  g_clear_pointer (&state->initial, snn_network_unref);
  g_clear_pointer (&state->trainer, snn_trainer_free);
  gst_snn_held_out_begin (&state->held_out);
  gst_snn_known_subjects_clear (&state->known);
  *state = (State) { 0 };
}

static gboolean
prepare_start (GstSnnTrainer *self, GError **error)
{
  State *state = &get_private (self)->state;
  GstSnnTrainerSettings *settings = &state->settings;

  if (!gst_snn_trainer_settings_prepare (settings, error))
    return FALSE;
  if (!snn_lock_file_hold (&state->locks, settings->location, error)
      || !snn_lock_file_hold (&state->locks, settings->checkpoint, error)
      || !snn_lock_file_hold (&state->locks, settings->best, error))
    return FALSE;
  if (!settings->model)
    return TRUE;
  /* There is nothing to draw anew. */
  settings->training.restarts = 0;
  state->initial = gst_snn_model_load (settings->model,
      GST_SNN_TRAINER_GET_CLASS (self)->spiking, error);
  return state->initial != NULL;
}

static gboolean
gst_snn_trainer_start (GstBaseTransform *trans)
{
  GstSnnTrainer *self = GST_SNN_TRAINER (trans);
  GstSnnBatchTransform *batch = GST_SNN_BATCH_TRANSFORM (trans);
  const GstSnnBatchSettings *active =
      gst_snn_batch_transform_active_settings (batch);
  SnnTrainingSettings *training;
  GstSnnTrainerPrivate *priv = get_private (self);
  GError *error = NULL;

  if (!GST_BASE_TRANSFORM_CLASS (gst_snn_trainer_parent_class)->start (trans))
    return FALSE;
  if (!gst_snn_properties_start (self, &gst_snn_trainer_properties,
          &priv->state.settings)) {
    GST_BASE_TRANSFORM_CLASS (gst_snn_trainer_parent_class)->stop (trans);
    return FALSE;
  }
  training = &priv->state.settings.training;
  training->threads = active->threads;
  training->batch_size = active->batch_size;
  if (GST_SNN_TRAINER_GET_CLASS (self)->configure)
    GST_SNN_TRAINER_GET_CLASS (self)->configure (self, training);
  if (!prepare_start (self, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    GST_BASE_TRANSFORM_CLASS (gst_snn_trainer_parent_class)->stop (trans);
    return FALSE;
  }
  if (priv->state.initial)
    gst_snn_recipe_publish (GST_ELEMENT (self), priv->state.settings.model,
        priv->state.initial, GST_SNN_RECIPE_TRAIN);
  gst_snn_resumption_start (&priv->resumption, GST_ELEMENT (self),
      priv->state.settings.checkpoint);
  return TRUE;
}

static SnnNetwork *
make_network (GstSnnTrainer *self, const GstSnnTensors *tensors,
    GError **error)
{
  GstSnnTrainerClass *class = GST_SNN_TRAINER_GET_CLASS (self);
  SnnNetwork *network = gst_snn_trainer_new_network
      (&get_private (self)->state.settings, tensors, error);

  return network && class->prepare ? class->prepare (self, network) : network;
}

/* Goes on from the checkpoint if there is one. */
static gboolean
restore (GstSnnTrainer *self, GError **error)
{
  GstSnnTrainerPrivate *priv = get_private (self);
  State *state = &priv->state;
  const gchar *path = state->settings.checkpoint;
  GError *failure = NULL;

  if (state->settings.resume && path) {
    if (snn_trainer_restore (state->trainer, path, &failure)) {
      state->dirty = TRUE;
      GST_INFO_OBJECT (self, "going on from %s, %u epochs done", path,
          snn_trainer_epoch (state->trainer));
    } else if (g_error_matches (failure, SNN_ERROR, SNN_ERROR_NOT_FOUND)) {
      g_clear_error (&failure);
    } else {
      g_propagate_error (error, failure);
      g_prefix_error (error, GST_SNN_RESUMPTION_GO_ON);
      return FALSE;
    }
    if (!gst_snn_resumption_restored (&priv->resumption, GST_ELEMENT (self),
            snn_trainer_dataset (state->trainer), error))
      return FALSE;
  }
  gst_snn_resumption_set_epoch (&priv->resumption, GST_ELEMENT (self),
      snn_trainer_epoch (state->trainer),
      !state->settings.best || snn_trainer_is_evaluated (state->trainer));
  return TRUE;
}

static gboolean
make_trainer (GstSnnTrainer *self, const GstSnnTensors *tensors,
    GError **error)
{
  const GstSnnTensor *tensor = &tensors->tensor[0];
  State *state = &get_private (self)->state;
  g_autoptr (SnnNetwork) network = NULL;

  if (state->initial) {
    if (!gst_snn_model_check (state->initial, state->settings.model, tensor,
            NULL, error))
      return FALSE;
    network = snn_network_copy (state->initial);
    gst_snn_model_warn_of_class (GST_ELEMENT (self), network,
        state->settings.model, tensors);
  } else {
    network = make_network (self, tensors, error);
    if (!network)
      return FALSE;
  }
  if (!gst_snn_model_check_classes (network, state->initial
          ? state->settings.model : "The network", tensors, &network->classes,
          error))
    return FALSE;
  if (GST_SNN_TRAINER_GET_CLASS (self)->adapt
      && !GST_SNN_TRAINER_GET_CLASS (self)->adapt (self, network, error))
    return FALSE;
  if (network->spiking)
    network->timesteps = tensor->timesteps;
  if (tensor->type == SNN_VALUE_INT8)
    network->signed_input = TRUE;
  state->trainer = snn_trainer_new (network, &state->settings.training, error);
  if (!state->trainer)
    return FALSE;
  if (!restore (self, error))
    g_clear_pointer (&state->trainer, snn_trainer_free);
  return state->trainer != NULL;
}

static SnnShape
output_of (const State *state)
{
  return snn_network_output (snn_trainer_network (state->trainer));
}

static const SnnLossKind *
loss_of (const State *state)
{
  return snn_loss_kind (state->settings.training.loss, output_of (state), NULL);
}

static gboolean
gst_snn_trainer_set_tensors (GstSnnBatchTransform *batch,
    const GstSnnTensors *in, GstSnnTensors *out, GError **error)
{
  GstSnnTrainer *self = GST_SNN_TRAINER (batch);
  State *state = &get_private (self)->state;
  const GstSnnTensor *tensor = &in->tensor[0];
  const SnnNetwork *network;

  if (in->n_tensors < 2) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Training needs labelled samples, found a stream without labels; "
        "expected a second tensor with the mask or the class");
    return FALSE;
  }
  if (!GST_SNN_TRAINER_GET_CLASS (self)->spiking && tensor->timesteps != 1) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "An analog network is trained on samples of one timestep, found %u",
        tensor->timesteps);
    return FALSE;
  }
  if (state->trainer) {
    if (!gst_snn_model_check (snn_trainer_network (state->trainer),
            "The network in training", tensor, NULL, error))
      return FALSE;
  } else if (!make_trainer (self, in, error)) {
    return FALSE;
  }
  network = snn_trainer_network (state->trainer);
  state->in = *tensor;
  state->out = gst_snn_model_output (network);
  out->tensor[0] = state->out;
  if (!gst_snn_model_check_classes (network, "The network in training", in,
          &out->classes, error))
    return FALSE;
  return gst_snn_label_check (loss_of (state), output_of (state),
      &in->tensor[1], error);
}

static gboolean
save_model (State *state, GError **error)
{
  if (!snn_model_save (snn_trainer_result (state->trainer),
          state->settings.location, error))
    return FALSE;
  state->dirty = FALSE;
  return TRUE;
}

/* A cosine that was planned for another number of epochs. */
static void
check_plan (GstSnnTrainer *self, guint epochs)
{
  const State *state = &get_private (self)->state;
  guint planned = snn_trainer_planned_epochs (state->trainer);

  if (state->settings.training.schedule != SNN_SCHEDULE_COSINE
      || planned == 0 || planned == epochs)
    return;
  GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
      ("The training was planned for %u epochs and goes on as one of %u: from "
          "epoch %u on the learning rate is what it is there, and the network "
          "is not what %u epochs at once would have made", planned, epochs,
          snn_trainer_epoch (state->trainer), epochs), (NULL));
}

static void
note_dataset (GstSnnTrainer *self)
{
  GstSnnTrainerPrivate *priv = get_private (self);
  SnnTrainer *trainer = priv->state.trainer;
  g_autofree gchar *dataset =
      gst_snn_resumption_dataset (&priv->resumption, GST_ELEMENT (self));

  if (dataset)
    snn_trainer_set_dataset (trainer, dataset);
  gst_snn_recipe_note (snn_trainer_network (trainer), dataset);
}

static void
begin_epoch (GstSnnTrainer *self, const GstSnnEpoch *epoch)
{
  State *state = &get_private (self)->state;

  if (state->trainer) {
    check_plan (self, epoch->epochs);
    note_dataset (self);
    snn_trainer_begin_epoch (state->trainer, epoch->epochs, epoch->n_samples);
  }
  gst_snn_training_report_begin (&state->report, epoch,
      state->settings.training.batch_size);
  state->in_epoch = TRUE;
}

static gboolean
gst_snn_trainer_epoch_begin (GstSnnBatchTransform *batch,
    const GstSnnEpoch *epoch, GError **error)
{
  State *state = &get_private (batch)->state;
  guint due = state->trainer ? snn_trainer_epoch (state->trainer) : 0;

  state->epochs_announced = TRUE;
  if (epoch->evaluate) {
    gst_snn_held_out_begin (&state->held_out);
    return TRUE;
  }
  if (epoch->epoch != due) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "The source begins with epoch %u, expected %u, as so many are done%s%s",
        epoch->epoch, due, state->settings.checkpoint ? " by checkpoint " : "",
        state->settings.checkpoint ? state->settings.checkpoint : "");
    return FALSE;
  }
  begin_epoch (GST_SNN_TRAINER (batch), epoch);
  return TRUE;
}

/* Keeps the network where it is the best so far; and a checkpoint that says that this
 * is known, so that a run that is ended before evaluates first when it goes on. */
static gboolean
evaluated (GstSnnTrainer *self, GError **error)
{
  State *state = &get_private (self)->state;
  const GstSnnTrainerSettings *settings = &state->settings;
  double score = gst_snn_held_out_end (&state->held_out);

  gst_snn_known_subjects_tell (&state->known, GST_ELEMENT (self),
      settings->model ? settings->model : settings->location);
  if (!state->trainer)
    return TRUE;
  snn_trainer_end_evaluation (state->trainer);
  if (settings->best && snn_trainer_note_evaluation (state->trainer, score)) {
    GST_INFO_OBJECT (self, "%u epochs done, the best so far on held-out samples: "
        "%.4f", snn_trainer_epoch (state->trainer), score);
    if (!snn_model_save (snn_trainer_result (state->trainer), settings->best, error))
      return FALSE;
  }
  return !settings->checkpoint || !settings->best
      || snn_trainer_save (state->trainer, settings->checkpoint, error);
}

/* The end of an epoch is the one moment at which a run can be taken up again
 * to the same bits. */
static gboolean
gst_snn_trainer_epoch_end (GstSnnBatchTransform *batch,
    const GstSnnEpoch *epoch,
    GError **error)
{
  State *state = &get_private (batch)->state;
  const gchar *checkpoint = state->settings.checkpoint;
  SnnEpoch done;

  if (epoch->evaluate)
    return evaluated (GST_SNN_TRAINER (batch), error);
  if (!state->in_epoch || !state->trainer)
    return TRUE;
  state->in_epoch = FALSE;
  snn_trainer_end_epoch (state->trainer, &done);
  if ((checkpoint && !snn_trainer_save (state->trainer, checkpoint, error))
      || !save_model (state, error))
    return FALSE;
  /* Who hears of it and stops the pipeline finds it saved. */
  gst_snn_training_report_end (&state->report, GST_ELEMENT (batch), &done);
  return TRUE;
}

/* A stream that was ended in the midst of an epoch leaves its model, and the
 * checkpoint of the epoch before: going on from there repeats the epoch and
 * ends as if it had never been interrupted. A stream that does not speak of
 * epochs is one. */
static gboolean
gst_snn_trainer_finish (GstSnnBatchTransform *batch, GError **error)
{
  GstSnnTrainerPrivate *priv = get_private (batch);
  State *state = &priv->state;
  SnnEpoch done;

  if (!state->trainer || !state->dirty
      || gst_snn_resumption_was_refused (&priv->resumption, GST_ELEMENT (batch)))
    return TRUE;
  if (!state->epochs_announced && state->in_epoch) {
    state->in_epoch = FALSE;
    snn_trainer_end_epoch (state->trainer, &done);
    gst_snn_training_report_end (&state->report, GST_ELEMENT (batch), &done);
  }
  return save_model (state, error);
}

static gboolean
check_whole (GstSnnTrainer *self, GstBuffer **in, guint n, GError **error)
{
  if (!GST_SNN_TRAINER_GET_CLASS (self)->spiking)
    return TRUE;
  for (guint i = 0; i < n; i++)
    if (!gst_snn_spike_train_check_whole (in[i],
            &get_private (self)->state.in, error))
      return FALSE;
  return TRUE;
}

/* Notes in the network whether it is trained on negative input. */
static void
note_sign (State *state, const GstSnnBatch *maps)
{
  SnnNetwork *network = snn_trainer_network (state->trainer);
  gsize size = gst_snn_tensor_size (&state->in) / sizeof (float);

  if (network->signed_input || state->in.type != SNN_VALUE_FLOAT32)
    return;
  for (guint i = 0; i < maps->n; i++) {
    const float *values = maps->inputs[i].data;

    for (gsize j = 0; j < size; j++)
      if (values[j] < 0.f) {
        network->signed_input = TRUE;
        return;
      }
  }
}

/* Maps the labels and says which samples these are. */
static gboolean
describe_samples (State *state, const GstSnnBatch *maps, SnnSample *samples,
    GstMapInfo *labels, GError **error)
{
  for (guint i = 0; i < maps->n; i++) {
    GstBuffer *buffer = maps->buffers[i];
    const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
    guint32 id = meta ? meta->sample : state->report.n_samples + i;

    if (!gst_memory_map (gst_buffer_peek_memory (buffer, 1), &labels[i],
            GST_MAP_READ)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_READ,
          "The label of sample %u can't be mapped for reading", id);
      return FALSE;
    }
    if (!gst_snn_label_check_values (loss_of (state), output_of (state),
            labels[i].data, labels[i].size, id, error))
      return FALSE;
    samples[i] = (SnnSample) {
      .input = maps->inputs[i],
      .target = labels[i].data,
      .id = id,
      .epoch = meta ? meta->epoch : snn_trainer_epoch (state->trainer),
    };
  }
  return TRUE;
}

/* A network that learns nothing any more is drawn anew. */
static void
revive (GstSnnTrainer *self)
{
  SnnTrainer *trainer = get_private (self)->state.trainer;

  if (!snn_trainer_is_lost (trainer) || !snn_trainer_restart (trainer))
    return;
  GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
      ("The network predicts next to nothing and does not learn any more in "
          "epoch %u. It starts again with other random weights and a warm-up of %"
          G_GUINT64_FORMAT " updates (try %u of %u); where that happens often, lower "
          "the learning-rate, raise warmup, or set gradient-centralisation or "
          "loss=bce-dice", snn_trainer_epoch (trainer), snn_trainer_warmup (trainer),
          snn_trainer_draw (trainer) + 1,
          get_private (self)->state.settings.training.restarts + 1), (NULL));
}

static gboolean
train (GstSnnTrainer *self, const GstSnnBatch *maps, GError **error)
{
  State *state = &get_private (self)->state;
  const SnnNetwork *network = snn_trainer_network (state->trainer);
  const SnnShape output = snn_network_output (network);
  g_autofree SnnSample *samples = g_new0 (SnnSample, maps->n);
  g_autofree GstMapInfo *labels = g_new0 (GstMapInfo, maps->n);
  gboolean done;
  double loss;

  if (!state->in_epoch)
    begin_epoch (self, &(GstSnnEpoch) {.epochs = 1 });
  note_sign (state, maps);
  done = describe_samples (state, maps, samples, labels, error)
      && snn_trainer_step (state->trainer, maps->n, samples, maps->logits,
      gst_snn_batch_transform_cancel_flag (GST_SNN_BATCH_TRANSFORM (self)),
          &loss,
      error);
  for (guint i = 0; done && i < maps->n; i++) {
    gst_snn_tensor_probability (&state->out, maps->logits[i]);
    gst_snn_training_report_count (&state->report, maps->logits[i], output,
        labels[i].data);
  }
  if (done) {
    state->dirty = TRUE;
    gst_snn_known_subjects_learn (snn_trainer_network (state->trainer), maps->n,
        maps->buffers);
    gst_snn_training_report_batch (&state->report, GST_ELEMENT (self),
        maps->n, loss);
    revive (self);
  }
  for (guint i = 0; i < maps->n; i++)
    if (labels[i].memory)
      gst_memory_unmap (labels[i].memory, &labels[i]);
  return done;
}

static gboolean
predict (GstSnnTrainer *self, const GstSnnBatch *maps, GError **error)
{
  State *state = &get_private (self)->state;
  SnnTrainer *trainer = state->trainer;

  if (!snn_trainer_predict (trainer, maps->n, maps->inputs, maps->logits,
          gst_snn_batch_transform_cancel_flag (GST_SNN_BATCH_TRANSFORM (self)),
              error))
    return FALSE;
  for (guint i = 0; i < maps->n; i++) {
    gst_snn_tensor_probability (&state->out, maps->logits[i]);
    gst_snn_held_out_count (&state->held_out, maps->buffers[i],
        maps->logits[i], output_of (state));
    gst_snn_known_subjects_note (&state->known, snn_trainer_network (trainer),
        maps->buffers[i]);
  }
  return TRUE;
}

static gboolean
gst_snn_trainer_process (GstSnnBatchTransform *batch, GstBuffer **in, guint n,
    gboolean evaluate, GstBuffer **out, GError **error)
{
  GstSnnTrainer *self = GST_SNN_TRAINER (batch);
  State *state = &get_private (self)->state;
  GstSnnBatch maps;
  gboolean done;

  if (!check_whole (self, in, n, error)
      || !gst_snn_batch_map (&maps, in, n, &state->in, &state->out, error))
    return FALSE;
  done = evaluate ? predict (self, &maps, error) : train (self, &maps, error);
  gst_snn_batch_finish (&maps, done ? out : NULL);
  return done;
}

/* How many epochs are done, also before the caps have come, as when there is
 * a queue between the source and here. What is wrong with a checkpoint is said
 * when they come. */
static guint
get_resume_epoch (GstSnnTrainer *self, gboolean *evaluated)
{
  gint known = gst_snn_resumption_get_epoch (&get_private (self)->resumption,
      GST_ELEMENT (self), evaluated);
  GstSnnTrainerSettings settings;
  guint epoch = 0;

  if (known >= 0)
    return known;
  *evaluated = TRUE;
  gst_snn_properties_copy (self, &gst_snn_trainer_properties, &settings);
  gst_snn_trainer_settings_choose_places (&settings);
  if (settings.resume && settings.checkpoint
      && !snn_trainer_peek_epoch (settings.checkpoint, &epoch, evaluated, NULL)) {
    epoch = 0;
    *evaluated = TRUE;
  }
  *evaluated = *evaluated || !settings.best;
  gst_snn_properties_clear (&gst_snn_trainer_properties, &settings);
  return epoch;
}

static void
answer (GstSnnTrainer *self, GstQuery *query)
{
  GError *error = NULL;
  gboolean evaluated;
  guint epoch;

  if (gst_snn_resumption_sends (&get_private (self)->resumption, GST_ELEMENT (self),
          gst_snn_query_description (query), &error)) {
    epoch = get_resume_epoch (self, &evaluated);
    gst_snn_query_set_resume (query, epoch, evaluated);
    return;
  }
  gst_snn_element_error (GST_ELEMENT (self), error);
  gst_snn_query_set_resume (query, G_MAXUINT, TRUE);
}

static gboolean
gst_snn_trainer_query (GstBaseTransform *trans, GstPadDirection direction,
    GstQuery *query)
{
  const gchar *subject, *location;

  if (gst_snn_query_parse_wanted (query, &subject, &location))
    gst_snn_query_answer_wanted (query, TRUE);
  gst_snn_recipe_answer (GST_ELEMENT (trans), query);
  if (direction == GST_PAD_SINK && gst_snn_query_is_resume (query)) {
    answer (GST_SNN_TRAINER (trans), query);
    return TRUE;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_snn_trainer_parent_class)->query
      (trans, direction, query);
}

static void
gst_snn_trainer_class_init (GstSnnTrainerClass *class)
{
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (class);
  GstSnnBatchTransformClass *batch_class =
      GST_SNN_BATCH_TRANSFORM_CLASS (class);

  gst_snn_properties_install (class, &gst_snn_trainer_properties);
  gst_snn_properties_install (class, &gst_snn_trainer_batch_properties);

  trans_class->start = gst_snn_trainer_start;
  trans_class->query = gst_snn_trainer_query;
  batch_class->set_tensors = gst_snn_trainer_set_tensors;
  batch_class->process = gst_snn_trainer_process;
  batch_class->epoch_begin = gst_snn_trainer_epoch_begin;
  batch_class->epoch_end = gst_snn_trainer_epoch_end;
  batch_class->finish = gst_snn_trainer_finish;
  batch_class->reset = gst_snn_trainer_reset;
  batch_class->whole_epochs = TRUE;

  gst_type_mark_as_plugin_api (GST_TYPE_SNN_TRAINER, 0);
}

static void
gst_snn_trainer_init (GstSnnTrainer *self)
{
  GstSnnTrainerPrivate *priv = get_private (self);

  gst_snn_properties_init (self, &gst_snn_trainer_properties);
  gst_snn_properties_init (self, &gst_snn_trainer_batch_properties);
  gst_snn_resumption_clear (&priv->resumption, GST_ELEMENT (self));
}
