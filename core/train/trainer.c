/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trainer-private.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"

/* Weights that a worker updates at once. */
#define WEIGHT_BLOCK 16384

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

SnnTrainer *
snn_trainer_new (SnnNetwork *network, const SnnTrainingSettings *settings,
    GError **error)
{
  const SnnLossKind *loss = snn_loss_kind (settings->loss);
  SnnTrainer *trainer;
  guint n_layers;

  if (loss->check && !loss->check (snn_network_output (network), error))
    return NULL;
  trainer = g_new0 (SnnTrainer, 1);
  trainer->settings = *settings;
  trainer->network = snn_network_ref (network);
  snn_minibatch_init (&trainer->batch, network, settings);
  n_layers = trainer->batch.passes.plan->n_layers;
  trainer->spikes = g_new0 (guint64, MAX (n_layers, 1));
  trainer->rates = g_new0 (double, MAX (n_layers, 1));
  trainer->initial_weights = digest_weights (network);
  snn_adam_init (&trainer->adam, trainer->batch.passes.plan->n_weights);
  trainer->schedule = (SnnScheduleState) {
    .kind = settings->schedule,
    .first = settings->learning_rate,
    .min_rate = settings->min_rate,
    .patience = settings->patience,
    .factor = settings->factor,
    .decay = settings->decay,
    .warmup = settings->warmup,
  };
  snn_schedule_begin (&trainer->schedule);
  snn_trainer_weights_changed (trainer);
  return trainer;
}

void
snn_trainer_free (SnnTrainer *trainer)
{
  if (!trainer)
    return;
  snn_minibatch_clear (&trainer->batch);
  g_clear_pointer (&trainer->engine, snn_engine_free);
  snn_adam_clear (&trainer->adam);
  snn_network_unref (trainer->network);
  g_free (trainer->initial_weights);
  g_free (trainer->spikes);
  g_free (trainer->rates);
  g_free (trainer);
}

SnnNetwork *
snn_trainer_network (SnnTrainer *trainer)
{
  return trainer->network;
}

void
snn_trainer_weights_changed (SnnTrainer *trainer)
{
  snn_passes_weights_changed (&trainer->batch.passes);
  if (trainer->engine)
    snn_engine_weights_changed (trainer->engine);
}

typedef struct
{
  SnnTrainer *trainer;
  const SnnParameter *parameter;
} Update;

static void
update_block (gpointer data, guint item, guint worker)
{
  const Update *update = data;
  const SnnParameter *to = update->parameter;
  SnnTrainer *trainer = update->trainer;
  gsize at = (gsize) item * WEIGHT_BLOCK;

  snn_adam_update (&trainer->adam, trainer->learning_rate, to->offset + at,
      MIN (WEIGHT_BLOCK, to->n - at), trainer->batch.gradient + to->offset + at,
      to->values + at);
}

static void
update_weights (SnnTrainer *trainer)
{
  const SnnNetwork *network = trainer->network;
  Update update = { trainer, NULL };

  trainer->learning_rate = snn_schedule_rate (&trainer->schedule,
      trainer->adam.step, trainer->epoch, trainer->n_batches);
  snn_adam_begin (&trainer->adam);
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++) {
      update.parameter = &node->parameters[p];
      if (update.parameter->trained)
        snn_pool_run (trainer->batch.passes.pool,
            (guint) ((update.parameter->n + WEIGHT_BLOCK - 1) / WEIGHT_BLOCK),
            update_block, &update);
    }
  }
  snn_trainer_weights_changed (trainer);
}

gboolean
snn_trainer_step (SnnTrainer *trainer, guint n, const SnnSample *samples,
    float *const *logits, const gint *cancel, double *loss, GError **error)
{
  if (!snn_minibatch_compute (&trainer->batch, n, samples, logits, cancel,
          loss, error)) {
    if (error && g_error_matches (*error, SNN_ERROR, SNN_ERROR_NUMERIC))
      g_prefix_error (error, "Batch %u of epoch %u, at learning rate %g: ",
          trainer->n_batches, trainer->epoch, trainer->schedule.rate);
    return FALSE;
  }
  update_weights (trainer);

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

double
snn_trainer_gradient (SnnTrainer *trainer, guint n, const SnnSample *samples,
    float *const *logits, float *gradient)
{
  g_autoptr (GError) error = NULL;
  double loss;

  if (!snn_minibatch_compute (&trainer->batch, n, samples, logits, NULL,
          &loss, &error))
    return NAN;
  memcpy (gradient, trainer->batch.gradient,
      trainer->batch.passes.plan->n_weights * sizeof (float));
  return loss;
}

gboolean
snn_trainer_predict (SnnTrainer *trainer, guint n, const SnnInput *inputs,
    float *const *logits, const gint *cancel, GError **error)
{
  g_autofree SnnState **states = g_new0 (SnnState *, MAX (n, 1));
  gsize size = snn_shape_size (snn_network_output (trainer->network));
  gboolean done;

  if (!trainer->engine)
    trainer->engine = snn_engine_new (trainer->network,
        trainer->settings.threads);
  for (guint i = 0; trainer->network->spiking && i < n; i++)
    states[i] = snn_state_new (trainer->network);
  done = snn_engine_run (trainer->engine, n, inputs, states, logits, cancel,
      error);
  for (guint i = 0; trainer->network->spiking && i < n; i++) {
    snn_state_free (states[i]);
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
