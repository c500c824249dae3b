/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trainer-private.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../run/engine-private.h"

/* A network that has not learned for so many updates will not. */
#define LOST_UPDATES 20

/* Of a network drawn anew: updates that the warm-up before is taken to have had,
 * and how often it is doubled, which keeps it within 64 bits. */
#define LEAST_WARMUP 30
#define MOST_DOUBLINGS 30

static gchar *
digest_weights (const SnnNetwork *network)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++)
      g_checksum_update (sum, (const guchar *) node->parameters[p].values,
          (gssize) (node->parameters[p].n * sizeof (float)));
  }
  return g_strdup (g_checksum_get_string (sum));
}

/* Copies all trained values, in the order of their offsets, to or from
 * @values. */
static void
exchange_weights (SnnNetwork *network, float *values, gboolean save)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++) {
      SnnParameter *parameter = &node->parameters[p];
      const gsize bytes = parameter->n * sizeof (float);

      if (!parameter->trained)
        continue;
      if (save)
        memcpy (values, parameter->values, bytes);
      else
        memcpy (parameter->values, values, bytes);
      values += parameter->n;
    }
  }
}

static void
init_average (SnnTrainer *trainer)
{
  if (trainer->settings.weight_average <= 0.) {
    trainer->result = snn_network_ref (trainer->network);
    return;
  }
  if (!trainer->average)
    trainer->average =
        g_new (float, MAX (trainer->batch.passes.plan->n_weights, 1));
  if (!trainer->result)
    trainer->result = snn_network_copy (trainer->network);
  exchange_weights (trainer->network, trainer->average, TRUE);
}

/* Weights are mostly lost in the first updates, and less easily where these are
 * smaller; so each draw takes twice as long as the one before to get to the full
 * rate. */
void
snn_trainer_set_draw (SnnTrainer *trainer, guint draw)
{
  const guint64 first = trainer->settings.warmup;

  trainer->draw = draw;
  trainer->schedule.warmup = draw == 0 ? first
      : MAX (first, LEAST_WARMUP) << MIN (draw, MOST_DOUBLINGS);
}

SnnTrainer *
snn_trainer_new (SnnNetwork *network, const SnnTrainingSettings *settings,
    GError **error)
{
  SnnTrainer *trainer;
  guint n_layers;

  if (!snn_loss_kind (settings->loss, snn_network_output (network), error))
    return NULL;
  trainer = g_new0 (SnnTrainer, 1);
  trainer->settings = *settings;
  trainer->network = snn_network_ref (network);
  snn_minibatch_init (&trainer->batch, network, settings);
  n_layers = trainer->batch.passes.plan->n_layers;
  trainer->spikes = g_new0 (guint64, MAX (n_layers, 1));
  trainer->rates = g_new0 (double, MAX (n_layers, 1));
  trainer->initial_weights = digest_weights (network);
  snn_network_set_metadata (network, SNN_WEIGHTS_NOTE, NULL);
  snn_adam_init (&trainer->adam, trainer->batch.passes.plan->n_weights);
  if (trainer->batch.passes.pass->by_timestep) {
    snn_fptt_init (&trainer->fptt, settings->regularisation, trainer->adam.n);
    trainer->weights = g_new (float, MAX (trainer->adam.n, 1));
    trainer->kept = g_new (float, MAX (4 * trainer->adam.n, 1));
  }
  trainer->adam.weight_decay = settings->weight_decay;
  init_average (trainer);
  trainer->schedule = (SnnScheduleState) {
    .kind = settings->schedule,
    .first = settings->learning_rate,
    .min_rate = settings->min_rate,
    .patience = settings->patience,
    .factor = settings->factor,
    .decay = settings->decay,
  };
  snn_trainer_set_draw (trainer, 0);
  snn_schedule_begin (&trainer->schedule);
  snn_trainer_weights_changed (trainer);
  return trainer;
}

void
snn_trainer_free (SnnTrainer *trainer)
{
  if (!trainer)
    return;
  g_clear_pointer (&trainer->engine, snn_engine_unref);
  snn_minibatch_clear (&trainer->batch);
  snn_adam_clear (&trainer->adam);
  snn_fptt_clear (&trainer->fptt);
  g_free (trainer->weights);
  g_free (trainer->kept);
  snn_network_unref (trainer->network);
  snn_network_unref (trainer->result);
  g_free (trainer->average);
  g_free (trainer->initial_weights);
  g_free (trainer->dataset);
  g_free (trainer->spikes);
  g_free (trainer->rates);
  g_free (trainer);
}

SnnNetwork *
snn_trainer_network (SnnTrainer *trainer)
{
  return trainer->network;
}

SnnNetwork *
snn_trainer_result (SnnTrainer *trainer)
{
  if (!trainer->stale)
    return trainer->result;
  trainer->stale = FALSE;
  if (trainer->average) {
    exchange_weights (trainer->result, trainer->average, FALSE);
    trainer->result->signed_input = trainer->network->signed_input;
    trainer->result->timesteps = trainer->network->timesteps;
    snn_network_copy_metadata (trainer->result, trainer->network);
  }
  if (trainer->engine)
    snn_engine_weights_changed (trainer->engine);
  return trainer->result;
}

void
snn_trainer_weights_changed (SnnTrainer *trainer)
{
  snn_passes_weights_changed (&trainer->batch.passes);
  trainer->stale = TRUE;
}

typedef struct
{
  SnnTrainer *trainer;
  const SnnParameter *parameter;
} Update;

/* Share of the averaged weights that stays, less while there were few updates. */
static float
kept_average (const SnnTrainer *trainer)
{
  const double t = (double) trainer->adam.step;

  return (float) MIN (trainer->settings.weight_average, (1. + t) / (10. + t));
}

static void
update_block (gpointer data, guint item, guint worker)
{
  const Update *update = data;
  SnnTrainer *trainer = update->trainer;
  const SnnParameter *to = update->parameter;
  const gsize at = (gsize) item * SNN_WEIGHT_BLOCK;
  const gsize n = MIN (SNN_WEIGHT_BLOCK, to->n - at);
  const gsize first = to->offset + at;
  float *values = to->values + at;

  snn_adam_update (&trainer->adam, trainer->learning_rate, first, n,
      trainer->batch.gradient + first, values);
  if (trainer->average) {
    const float kept = kept_average (trainer);
    float *average = trainer->average + first;

    for (gsize i = 0; i < n; i++)
      average[i] += (1.f - kept) * (values[i] - average[i]);
  }
}

/* Of the update that is due. */
static double
next_rate (const SnnTrainer *trainer)
{
  return snn_schedule_rate (&trainer->schedule, trainer->adam.step, trainer->epoch,
      trainer->n_batches);
}

static void
update_weights (SnnTrainer *trainer)
{
  const SnnNetwork *network = trainer->network;
  Update update = { trainer, NULL };

  trainer->learning_rate = next_rate (trainer);
  snn_adam_begin (&trainer->adam);
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++) {
      update.parameter = &node->parameters[p];
      if (update.parameter->trained)
        snn_pool_run (trainer->batch.passes.pool,
            snn_weight_blocks (update.parameter->n),
            update_block, &update);
    }
  }
  snn_trainer_weights_changed (trainer);
}

/* All that updates change, to or from memory that is kept. */
static void
exchange_state (SnnTrainer *trainer, gboolean save)
{
  const gsize n = trainer->adam.n;
  float *const state[] = {
    trainer->adam.m, trainer->adam.v, trainer->average
  };

  exchange_weights (trainer->network, trainer->kept, save);
  for (guint i = 0; i < G_N_ELEMENTS (state); i++) {
    float *kept = trainer->kept + (i + 1) * n;

    if (state[i] && n > 0)
      memcpy (save ? kept : state[i], save ? state[i] : kept,
          n * sizeof *kept);
  }
}

/* A pass of the minibatch, and an update. */
static gboolean
pass_once (SnnTrainer *trainer, guint timestep, guint n,
    const SnnSample *samples, float *const *logits, const gint *cancel,
    double *loss, GError **error)
{
  SnnMinibatch *batch = &trainer->batch;

  if (!snn_minibatch_compute (batch, timestep, n, samples, logits, cancel,
          loss, error))
    return FALSE;
  if (trainer->settings.gradient_clipping > 0.)
    snn_minibatch_clip (batch, trainer->settings.gradient_clipping);
  if (trainer->weights)
    snn_fptt_regularise (&trainer->fptt, trainer->weights, batch->gradient);
  update_weights (trainer);
  return TRUE;
}

/* An update a timestep. A minibatch that is given up in between leaves nothing
 * behind. */
static gboolean
pass_timesteps (SnnTrainer *trainer, guint n, const SnnSample *samples,
    float *const *logits, const gint *cancel, double *loss, GError **error)
{
  const guint n_passes =
      snn_minibatch_n_passes (&trainer->batch, n, samples);
  const guint64 step = trainer->adam.step;
  const double rate = trainer->learning_rate;

  exchange_state (trainer, TRUE);
  exchange_weights (trainer->network, trainer->weights, TRUE);
  snn_fptt_begin (&trainer->fptt, trainer->weights);
  for (guint t = 0; t < n_passes; t++) {
    if (!pass_once (trainer, t, n, samples, logits, cancel, loss, error)) {
      exchange_state (trainer, FALSE);
      trainer->adam.step = step;
      trainer->learning_rate = rate;
      snn_trainer_weights_changed (trainer);
      return FALSE;
    }
    exchange_weights (trainer->network, trainer->weights, TRUE);
    snn_fptt_follow (&trainer->fptt, trainer->weights);
  }
  return TRUE;
}

gboolean
snn_trainer_step (SnnTrainer *trainer, guint n, const SnnSample *samples,
    float *const *logits, const gint *cancel, double *loss, GError **error)
{
  const gboolean done = trainer->weights
      ? pass_timesteps (trainer, n, samples, logits, cancel, loss, error)
      : pass_once (trainer, 0, n, samples, logits, cancel, loss, error);

  if (!done) {
    if (error && g_error_matches (*error, SNN_ERROR, SNN_ERROR_NUMERIC))
      g_prefix_error (error, "Batch %u of epoch %u, at learning rate %g: ",
          trainer->n_batches, trainer->epoch, next_rate (trainer));
    return FALSE;
  }
  if (snn_minibatch_has_labels (&trainer->batch))
    trainer->n_lost = snn_minibatch_is_lost (&trainer->batch)
        ? trainer->n_lost + 1 : 0;

  trainer->n_batches++;
  trainer->n_samples += n;
  trainer->loss += *loss * n;
  for (guint i = 0; i < n; i++) {
    trainer->n_sample_steps += samples[i].input.timesteps;
    for (guint layer = 0; layer < trainer->batch.passes.plan->n_layers;
        layer++)
      trainer->spikes[layer] += trainer->batch.passes.traces[i].spikes[layer];
  }
  return TRUE;
}

gboolean
snn_trainer_is_lost (const SnnTrainer *trainer)
{
  return trainer->n_lost >= LOST_UPDATES;
}

gboolean
snn_trainer_restart (SnnTrainer *trainer)
{
  if (trainer->draw >= trainer->settings.restarts)
    return FALSE;
  snn_trainer_set_draw (trainer, trainer->draw + 1);
  snn_network_initialise (trainer->network, trainer->settings.initialisation,
      trainer->settings.seed, trainer->draw);
  snn_adam_reset (&trainer->adam);
  snn_schedule_begin (&trainer->schedule);
  trainer->n_lost = 0;
  if (trainer->average)
    init_average (trainer);
  snn_trainer_weights_changed (trainer);
  return TRUE;
}

guint
snn_trainer_draw (const SnnTrainer *trainer)
{
  return trainer->draw;
}

guint64
snn_trainer_warmup (const SnnTrainer *trainer)
{
  return trainer->schedule.warmup;
}

void
snn_trainer_end_evaluation (SnnTrainer *trainer)
{
  trainer->evaluated = trainer->epoch;
}

gboolean
snn_trainer_is_evaluated (const SnnTrainer *trainer)
{
  return trainer->evaluated == trainer->epoch;
}

gboolean
snn_trainer_note_evaluation (SnnTrainer *trainer, double dice)
{
  const gboolean none = trainer->best_epoch == 0 && trainer->best == 0.;

  /* The first one is the best even where nothing was found. */
  if (!(dice > trainer->best || (none && dice == 0.)))
    return FALSE;
  trainer->best = dice;
  trainer->best_epoch = trainer->epoch;
  return TRUE;
}

double
snn_trainer_gradient (SnnTrainer *trainer, guint n, const SnnSample *samples,
    float *const *logits, float *gradient)
{
  g_autoptr (GError) error = NULL;
  const guint n_passes =
      snn_minibatch_n_passes (&trainer->batch, n, samples);
  double loss = NAN;

  for (guint t = 0; t < n_passes; t++)
    if (!snn_minibatch_compute (&trainer->batch, t, n, samples, logits, NULL,
            &loss, &error))
      return NAN;
  memcpy (gradient, trainer->batch.gradient,
      trainer->batch.passes.plan->n_weights * sizeof (float));
  return loss;
}

/* On the weights and workers of the passes, where these are what the result is.
 * With dropout, a spike of the passes counts more than 1. */
static SnnEngine *
make_engine (SnnTrainer *trainer)
{
  const SnnPasses *passes = &trainer->batch.passes;

  if (trainer->result != trainer->network)
    return snn_engine_new (trainer->result, trainer->settings.threads);
  return snn_engine_new_on (passes->plan, passes->packed,
      trainer->settings.dropout > 0. ? NULL : passes->spiking, passes->pool);
}

gboolean
snn_trainer_predict (SnnTrainer *trainer, guint n, const SnnInput *inputs,
    float *const *logits, const gint *cancel, GError **error)
{
  g_autofree SnnState **states = g_new0 (SnnState *, MAX (n, 1));
  gsize size = snn_shape_size (snn_network_output (trainer->network));
  gboolean done;

  snn_trainer_result (trainer);
  if (!trainer->engine)
    trainer->engine = make_engine (trainer);
  for (guint i = 0; trainer->network->spiking && i < n; i++) {
    states[i] = snn_state_new (trainer->network);
    snn_state_announce_end (states[i]);
  }
  done = snn_engine_run (trainer->engine, n, inputs, states, logits, cancel,
      error);
  for (guint i = 0; trainer->network->spiking && i < n; i++) {
    snn_state_unref (states[i]);
    for (gsize j = 0; j < size; j++)
      logits[i][j] *= (float) trainer->settings.logit_gain;
  }
  return done;
}

void
snn_trainer_begin_epoch (SnnTrainer *trainer, guint epochs, guint n_samples)
{
  const guint batch = MAX (trainer->settings.batch_size, 1);

  trainer->schedule.epochs = epochs;
  trainer->schedule.n_batches = n_samples / batch + (n_samples % batch > 0);
}

void
snn_trainer_set_dataset (SnnTrainer *trainer, const gchar *text)
{
  g_free (trainer->dataset);
  trainer->dataset = g_strdup (text);
}

const gchar *
snn_trainer_dataset (const SnnTrainer *trainer)
{
  return trainer->dataset;
}

guint
snn_trainer_planned_epochs (const SnnTrainer *trainer)
{
  return trainer->schedule.epochs;
}

void
snn_trainer_end_epoch (SnnTrainer *trainer, SnnEpoch *report)
{
  const SnnPlan *plan = trainer->batch.passes.plan;
  double loss = trainer->n_samples ? trainer->loss / trainer->n_samples : 0.;

  for (guint layer = 0; layer < plan->n_layers; layer++)
    trainer->rates[layer] = trainer->n_sample_steps ?
        (double) trainer->spikes[layer] / (double) trainer->n_sample_steps
        / (double) plan->layer_size[layer] : 0.;
  *report = (SnnEpoch) {
    .epoch = trainer->epoch,
    .n_batches = trainer->n_batches,
    .n_samples = trainer->n_samples,
    .loss = loss,
    .learning_rate = trainer->learning_rate,
    .n_rates = trainer->network->spiking ? plan->n_layers : 0,
    .rates = trainer->rates,
  };
  if (trainer->n_samples)
    snn_schedule_end_epoch (&trainer->schedule, loss);
  trainer->epoch++;
  trainer->n_batches = trainer->n_samples = 0;
  trainer->loss = 0.;
  trainer->n_sample_steps = 0;
  memset (trainer->spikes, 0, plan->n_layers * sizeof (guint64));
}

guint
snn_trainer_epoch (const SnnTrainer *trainer)
{
  return trainer->epoch;
}
