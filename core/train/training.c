/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "training-private.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/random.h"
#include "../run/workspace.h"

/* How a step goes
 *
 * Losses such as Dice couple the samples of a minibatch, so that all of them
 * pass forward first; with others each sample's backward pass follows its
 * forward one. An ANN keeps what every layer put out; training-spiking.c tells
 * what a spiking network keeps. Linear layers at the end are passed by all
 * samples together, whatever the loss: see training-tail.c.
 *
 * Each sample's weight gradient is summed on its own, and the sums are added
 * in sample order: the bits do not depend on the number of threads. */

/* Gradients of this many samples wait to be added, memory allowing. */
#define WAVE_BYTES (256u << 20)
#define WEIGHT_BLOCK 16384

/* Timesteps that pass all layers together, where none pass backward. */
#define RATE_TILE 4

void
snn_training_settings_init (SnnTrainingSettings *settings)
{
  *settings = (SnnTrainingSettings) {
    .loss = SNN_LOSS_DICE,
    .learning_rate = 1e-3,
    .patience = 3,
    .factor = 0.1,
    .decay = 1.,
    .gradient = SNN_GRADIENT_BPTT,
    .surrogate = SNN_SURROGATE_RELATIVE,
    .alpha = 0.3,
    .logit_gain = 1.,
    .kept_bytes = 1u << 30,
  };
}

static gchar *
digest_weights (const SnnNetwork *network)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    if (node->weight)
      g_checksum_update (sum, (const guchar *) node->weight,
          node->n_weights * sizeof (float));
    if (node->threshold)
      g_checksum_update (sum, (const guchar *) node->threshold,
          node->out.channels * sizeof (float));
  }
  return g_strdup (g_checksum_get_string (sum));
}

SnnTrainer *
snn_trainer_new (SnnNetwork *network, const SnnTrainingSettings *settings)
{
  SnnTrainer *trainer = g_new0 (SnnTrainer, 1);

  trainer->settings = *settings;
  trainer->network = snn_network_ref (network);
  trainer->plan = snn_plan_new (network);
  trainer->packed = snn_packed_new (trainer->plan, snn_kernels_get (), TRUE);
  trainer->spiking = snn_spiking_new (trainer->plan, snn_kernels_get ());
  trainer->pool = snn_pool_new (settings->threads);
  trainer->workers = g_new0 (SnnTrainerWorker, snn_pool_threads (trainer->pool));
  trainer->gradient = g_new0 (float, trainer->plan->n_weights);
  trainer->spikes = g_new0 (guint64, MAX (trainer->plan->n_layers, 1));
  trainer->rates = g_new0 (double, MAX (trainer->plan->n_layers, 1));
  for (guint i = 0; i < trainer->plan->n_layers; i++)
    trainer->n_neurons += trainer->plan->layer_size[i];
  trainer->initial_weights = digest_weights (network);
  snn_adam_init (&trainer->adam, trainer->plan->n_weights);
  trainer->plateau = (SnnPlateau) {
    .rate = settings->learning_rate,
    .best = G_MAXDOUBLE,
    .patience = settings->patience,
    .factor = settings->factor,
    .min_rate = settings->min_rate,
    .decay = settings->decay,
  };
  snn_tail_init (trainer);
  snn_trainer_weights_changed (trainer);
  return trainer;
}

static void
free_worker (SnnTrainer *trainer, SnnTrainerWorker *worker)
{
  const SnnPlan *plan = trainer->plan;

  snn_buffers_free (plan->n_frames, worker->values);
  snn_buffers_free (plan->n_frames, worker->gradients);
  snn_buffers_free (plan->n_layers, worker->surrogates);
  snn_buffers_free (plan->n_layers, worker->membranes);
  snn_buffers_free (plan->n_layers, worker->carries);
  snn_buffers_free (plan->n_layers, worker->dropout);
  for (guint i = 0; worker->spikes && i < trainer->n_kept; i++) {
    snn_buffers_free (plan->n_layers, worker->distances[i]);
    snn_spiking_memory_free (trainer->spiking, worker->spikes[i]);
  }
  g_free (worker->checkpoints);
  g_free (worker->distances);
  g_free (worker->spikes);
  g_free (worker->spike_frames);
  for (guint i = 0; worker->keep && i < plan->n_layers; i++)
    g_free (worker->keep[i]);
  g_free (worker->keep);
  *worker = (SnnTrainerWorker) { NULL };
}

/* Buffers depend on the number of samples and timesteps, and are kept from
 * one minibatch to the next. */
static void
free_traces (SnnTrainer *trainer)
{
  for (guint i = 0; i < snn_pool_threads (trainer->pool); i++)
    free_worker (trainer, &trainer->workers[i]);
  for (guint i = 0; i < trainer->n_traces; i++) {
    SnnTrace *trace = &trainer->traces[i];

    snn_buffers_free (trainer->plan->n_frames, trace->values);
    g_free (trace->checkpoints);
    g_free (trace->potential);
    snn_buffers_free (trainer->plan->n_layers, trace->rates);
    g_free (trace->logits);
    g_free (trace->gradient);
    g_free (trace->spikes);
  }
  g_clear_pointer (&trainer->traces, g_free);
  trainer->n_traces = 0;
  snn_buffers_free (trainer->wave, trainer->wave_gradients);
  trainer->wave_gradients = NULL;
  snn_tail_clear (trainer);
}

void
snn_trainer_free (SnnTrainer *trainer)
{
  free_traces (trainer);
  g_free (trainer->workers);
  g_clear_pointer (&trainer->engine, snn_engine_free);
  snn_adam_clear (&trainer->adam);
  snn_packed_free (trainer->packed);
  snn_spiking_free (trainer->spiking);
  snn_plan_free (trainer->plan);
  snn_pool_free (trainer->pool);
  snn_network_unref (trainer->network);
  g_free (trainer->initial_weights);
  g_free (trainer->gradient);
  g_free (trainer->spikes);
  g_free (trainer->rates);
  g_free (trainer);
}

SnnNetwork *
snn_trainer_network (SnnTrainer *trainer)
{
  return trainer->network;
}

gboolean
snn_trainer_by_rates (const SnnTrainer *trainer)
{
  return trainer->network->spiking
      && trainer->settings.gradient == SNN_GRADIENT_RATE;
}

/* Timesteps that pass all layers together: what the integer kernels like, or
 * what makes kept membranes and remade frames about equal. */
static guint
tile_for (const SnnTrainer *trainer, guint timesteps)
{
  if (!trainer->network->spiking)
    return 1;
  if (trainer->spiking)
    return snn_spiking_block (timesteps);
  return snn_trainer_by_rates (trainer) ? RATE_TILE
      : MAX (4, (guint) ceil (sqrt (timesteps)));
}

guint
snn_trainer_n_tiles (const SnnTrainer *trainer, guint timesteps)
{
  return (timesteps + trainer->tile - 1) / trainer->tile;
}

/* Tiles of a sample that wait in a worker for the backward pass, where it comes
 * next. A neuron takes a float and about a byte a timestep. */
static guint
n_kept_for (const SnnTrainer *trainer, guint timesteps)
{
  const gsize bytes = MAX (trainer->n_neurons, 1) * trainer->tile
      * (sizeof (float) + 1) * snn_pool_threads (trainer->pool);

  if (snn_loss_couples (trainer->settings.loss)
      || snn_trainer_by_rates (trainer))
    return 1;
  return (guint) CLAMP (trainer->settings.kept_bytes / bytes, 1,
      snn_trainer_n_tiles (trainer, timesteps));
}

static void
prepare_traces (SnnTrainer *trainer, guint n, guint timesteps)
{
  const SnnPlan *plan = trainer->plan;
  gsize size = snn_shape_size (snn_network_output (trainer->network));
  gsize bytes;
  guint threads = snn_pool_threads (trainer->pool);
  g_autofree gsize *sizes = NULL;

  if (n <= trainer->n_traces && timesteps == trainer->n_timesteps)
    return;
  free_traces (trainer);
  trainer->n_traces = n;
  trainer->n_timesteps = timesteps;
  trainer->tile = tile_for (trainer, timesteps);
  trainer->n_kept = n_kept_for (trainer, timesteps);
  trainer->traces = g_new0 (SnnTrace, n);
  for (guint i = 0; i < n; i++) {
    SnnTrace *trace = &trainer->traces[i];

    trace->logits = g_new (float, size);
    trace->gradient = g_new (float, size);
    trace->spikes = g_new0 (guint64, MAX (plan->n_layers, 1));
    if (trainer->network->spiking)
      trace->potential = g_new (double, size);
    if (snn_trainer_by_rates (trainer))
      trace->rates = snn_layer_buffers_new (plan, 1);
    else if (!trainer->network->spiking)
      trace->values = snn_plan_buffers_new (plan, 1);
    else if (snn_loss_couples (trainer->settings.loss))
      trace->checkpoints = g_new (float, trainer->n_neurons
          * snn_trainer_n_tiles (trainer, timesteps));
  }

  snn_tail_prepare (trainer, n);
  bytes = MAX (trainer->n_own, 1) * sizeof (float);
  trainer->wave = (guint) CLAMP (WAVE_BYTES / bytes, threads, MAX (n, threads));
  sizes = g_new (gsize, trainer->wave);
  for (guint i = 0; i < trainer->wave; i++)
    sizes[i] = trainer->n_own;
  trainer->wave_gradients = snn_buffers_new (trainer->wave, sizes);
}

/* A worker's own memory, made in the worker when it is first needed. */
static SnnRun
worker_run (SnnTrainer *trainer, guint index)
{
  const SnnPlan *plan = trainer->plan;
  SnnTrainerWorker *worker = &trainer->workers[index];

  if (!worker->gradients) {
    worker->gradients = snn_plan_buffers_new (plan,
        snn_trainer_by_rates (trainer) ? 1 : trainer->tile);
    if (trainer->network->spiking)
      snn_trainer_worker_init_spiking (trainer, worker);
    if (trainer->settings.dropout > 0.)
      worker->dropout = snn_layer_buffers_new (plan, 1);
  }
  return (SnnRun) {
    .plan = plan,
    .packed = trainer->packed,
    .n_frames = 1,
    .values = worker->values,
    .gradients = worker->gradients,
    .membranes = worker->membranes,
    .carries = worker->carries,
    .dropout = worker->dropout,
  };
}

/* Dropped neurons are a function of (seed, sample, epoch, layer, neuron): the
 * backward pass draws the same ones, and so does a resumed run. */
static void
draw_dropout (SnnTrainer *trainer, const SnnSample *sample, float **dropout)
{
  const double keep = 1. - trainer->settings.dropout;
  const guint64 limit = (guint64) (keep * 0x1p32);
  guint32 key[2];

  snn_random_key (trainer->settings.seed, SNN_RANDOM_DROPOUT, key);
  for (guint layer = 0; layer < trainer->plan->n_layers; layer++)
    for (gsize i = 0; i < trainer->plan->layer_size[layer]; i += 4) {
      const guint32 counter[4] = {
        (guint32) (i / 4), layer, sample->id, sample->epoch
      };
      guint32 draw[4];

      snn_philox4x32 (counter, key, draw);
      for (gsize j = 0; j < 4
          && i + j < trainer->plan->layer_size[layer]; j++)
        dropout[layer][i + j] = draw[j] < limit ? (float) (1. / keep) : 0.f;
    }
}

static void
measure_loss (SnnTrainer *trainer, guint item)
{
  SnnTrace *trace = &trainer->traces[item];

  trace->sums = snn_loss_sum (trainer->settings.loss,
      snn_network_output (trainer->network), trace->logits,
      trainer->samples[item].target);
}

static void
forward_sample (gpointer data, guint item, guint worker)
{
  SnnTrainer *trainer = data;
  const SnnSample *sample = &trainer->samples[item];
  SnnTrace *trace = &trainer->traces[item];
  SnnRun run = worker_run (trainer, worker);
  gsize size = snn_shape_size (snn_network_output (trainer->network));

  if (snn_is_cancelled (trainer->cancel))
    return;
  if (run.dropout)
    draw_dropout (trainer, sample, run.dropout);
  memset (trace->logits, 0, size * sizeof (float));
  memset (trace->spikes, 0, trainer->plan->n_layers * sizeof (guint64));
  if (trainer->network->spiking) {
    snn_trainer_forward_spiking (trainer, &run, &trainer->workers[worker],
        &sample->input, trace);
  } else {
    run.values = trace->values;
    snn_run_load (&run, &sample->input, 0, 1, 0);
    snn_run_forward (&run, trainer->tail.first);
    if (snn_tail_exists (trainer)) {
      snn_tail_take (trainer, item, &run);
      return;
    }
    snn_run_read (&run, 0, 1, trace->logits);
  }
  measure_loss (trainer, item);
}

static void
read_tail (gpointer data, guint item, guint worker)
{
  SnnTrainer *trainer = data;

  snn_run_read (&trainer->tail.run, item, 1, trainer->traces[item].logits);
  measure_loss (trainer, item);
}

/* What mean rates lead to, for the tail's gradient; the logits are the spikes'.
 * The trunk is passed once more before the backward pass, rather than keep all
 * samples' values. */
static void
forward_rates_sample (gpointer data, guint item, guint worker)
{
  SnnTrainer *trainer = data;
  const SnnSample *sample = &trainer->samples[item];
  SnnRun run = worker_run (trainer, worker);

  if (run.dropout)
    draw_dropout (trainer, sample, run.dropout);
  run.surrogates = trainer->workers[worker].surrogates;
  snn_rates_forward (&run, &sample->input, trainer->traces[item].rates,
      trainer->tail.first);
  snn_tail_take (trainer, item, &run);
}

static void
make_loss_gradient (SnnTrainer *trainer, guint item)
{
  SnnTrace *trace = &trainer->traces[item];

  snn_loss_gradient (trainer->settings.loss, &trainer->total,
      snn_network_output (trainer->network), trace->logits,
      trainer->samples[item].target, trace->gradient);
}

static void
seed_tail (gpointer data, guint item, guint worker)
{
  SnnTrainer *trainer = data;

  make_loss_gradient (trainer, item);
  snn_run_seed_gradient (&trainer->tail.run, item, 1,
      trainer->traces[item].gradient, trainer->network->spiking
      ? snn_trainer_rate_factor (trainer, &trainer->samples[item].input) : 1.f);
}

void
snn_trainer_backward_trunk (SnnTrainer *trainer, SnnRun *run,
    const SnnTrace *trace, float factor)
{
  if (snn_tail_exists (trainer))
    snn_tail_give (trainer, (guint) (trace - trainer->traces), run);
  else
    snn_run_seed_gradient (run, 0, run->n_frames, trace->gradient, factor);
  snn_run_backward (run, trainer->tail.first);
}

static void
backward_sample (gpointer data, guint item, guint worker)
{
  SnnTrainer *trainer = data;
  const SnnSample *sample = &trainer->samples[trainer->first + item];
  SnnTrace *trace = &trainer->traces[trainer->first + item];
  SnnRun run = worker_run (trainer, worker);

  run.weight_gradient = trainer->wave_gradients[item];
  memset (run.weight_gradient, 0, trainer->n_own * sizeof (float));
  if (snn_is_cancelled (trainer->cancel))
    return;
  if (run.dropout)
    draw_dropout (trainer, sample, run.dropout);
  if (!snn_tail_exists (trainer))
    make_loss_gradient (trainer, trainer->first + item);
  if (trainer->network->spiking) {
    snn_trainer_backward_spiking (trainer, &run, &trainer->workers[worker],
        &sample->input, trace);
    return;
  }
  run.values = trace->values;
  snn_trainer_backward_trunk (trainer, &run, trace, 1.f);
}

/* A loss that is not finite ends the step; it may be a class that there is
 * none of, which has no gradient. */
static void
forward_and_backward_sample (gpointer data, guint item, guint worker)
{
  SnnTrainer *trainer = data;
  guint sample = trainer->first + item;

  forward_sample (trainer, sample, worker);
  if (isfinite (trainer->traces[sample].sums.entropy))
    backward_sample (trainer, item, worker);
}

/* Adds the wave's gradients, sample after sample, in a block of weights. */
static void
add_gradients (gpointer data, guint item, guint worker)
{
  SnnTrainer *trainer = data;
  gsize first = (gsize) item * WEIGHT_BLOCK;
  gsize n = MIN (WEIGHT_BLOCK, trainer->n_own - first);
  float *sum = trainer->gradient + first;

  for (guint s = 0; s < MIN (trainer->wave, trainer->n - trainer->first); s++) {
    const float *gradient = trainer->wave_gradients[s] + first;

    for (gsize i = 0; i < n; i++)
      sum[i] += gradient[i];
  }
}

static guint
n_blocks (gsize n_weights)
{
  return (guint) ((n_weights + WEIGHT_BLOCK - 1) / WEIGHT_BLOCK);
}

/* Of the traces, which have passed forward. */
static gboolean
compute_loss (SnnTrainer *trainer, float *const *logits, double *loss,
    GError **error)
{
  gsize size = snn_shape_size (snn_network_output (trainer->network));

  trainer->total = (SnnLossSums) { .n_values = 0 };
  for (guint i = 0; i < trainer->n; i++) {
    snn_loss_sums_add (&trainer->total, &trainer->traces[i].sums);
    if (logits)
      memcpy (logits[i], trainer->traces[i].logits, size * sizeof (float));
  }
  *loss = snn_loss_value (trainer->settings.loss, &trainer->total);
  if (isfinite (*loss))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
      "The loss became %g in batch %u of epoch %u; expected a finite number. "
      "Look for voxels that are not numbers, or lower the learning rate "
      "(it is %g)", *loss, trainer->n_batches, trainer->epoch,
      trainer->plateau.rate);
  return FALSE;
}

/* Loss and gradient of a minibatch, into trainer->gradient. */
static gboolean
compute (SnnTrainer *trainer, guint n, const SnnSample *samples,
    float *const *logits, const gint *cancel, double *loss, GError **error)
{
  const SnnLoss kind = trainer->settings.loss;
  const gboolean together = snn_loss_couples (kind)
      || snn_tail_exists (trainer);
  guint timesteps = 1;

  for (guint i = 0; i < n; i++)
    timesteps = MAX (timesteps, samples[i].input.timesteps);
  prepare_traces (trainer, n, timesteps);
  trainer->n = n;
  trainer->samples = samples;
  trainer->cancel = cancel;

  if (together) {
    snn_pool_run (trainer->pool, n, forward_sample, trainer);
    if (snn_tail_exists (trainer) && !trainer->network->spiking) {
      snn_tail_forward (trainer);
      snn_pool_run (trainer->pool, n, read_tail, trainer);
    }
    if (!snn_check_cancelled (cancel, "Training", error)
        || !compute_loss (trainer, logits, loss, error))
      return FALSE;
  } else {
    trainer->total = (SnnLossSums) {
      .n_values = n * snn_loss_n_values (kind,
          snn_network_output (trainer->network)),
    };
  }

  memset (trainer->gradient, 0, trainer->plan->n_weights * sizeof (float));
  if (snn_tail_exists (trainer)) {
    if (trainer->network->spiking) {
      snn_pool_run (trainer->pool, n, forward_rates_sample, trainer);
      snn_tail_forward (trainer);
    }
    snn_pool_run (trainer->pool, n, seed_tail, trainer);
    snn_tail_backward (trainer);
  }
  for (trainer->first = 0; trainer->first < n;
      trainer->first += trainer->wave) {
    snn_pool_run (trainer->pool, MIN (trainer->wave, n - trainer->first),
        together ? backward_sample : forward_and_backward_sample, trainer);
    if (!snn_check_cancelled (cancel, "Training", error))
      return FALSE;
    snn_pool_run (trainer->pool, n_blocks (trainer->n_own), add_gradients,
        trainer);
  }
  if (!together && !compute_loss (trainer, logits, loss, error))
    return FALSE;
  for (gsize i = 0; i < trainer->plan->n_weights; i++)
    if (!isfinite (trainer->gradient[i])) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
          "A weight's gradient became %g in batch %u of epoch %u; expected a "
          "finite number. Lower the learning rate (it is %g)",
          trainer->gradient[i], trainer->n_batches, trainer->epoch,
          trainer->plateau.rate);
      return FALSE;
    }
  return TRUE;
}

void
snn_trainer_weights_changed (SnnTrainer *trainer)
{
  snn_packed_update (trainer->packed, trainer->pool, &trainer->settings);
  if (trainer->spiking)
    snn_spiking_update (trainer->spiking,
        1. / (1. - trainer->settings.dropout));
  if (trainer->engine)
    snn_engine_weights_changed (trainer->engine);
}

typedef struct
{
  SnnTrainer *trainer;
  SnnNode *node;
  gsize first;                  /* of its weights, among all */
} Update;

static void
update_block (gpointer data, guint item, guint worker)
{
  const Update *update = data;
  SnnTrainer *trainer = update->trainer;
  gsize at = (gsize) item * WEIGHT_BLOCK;

  snn_adam_update (&trainer->adam, trainer->plateau.rate, update->first + at,
      MIN (WEIGHT_BLOCK, update->node->n_weights - at),
      trainer->gradient + update->first + at, update->node->weight + at);
}

gboolean
snn_trainer_step (SnnTrainer *trainer, guint n, const SnnSample *samples,
    float *const *logits, const gint *cancel, double *loss, GError **error)
{
  const SnnNetwork *network = trainer->network;
  Update update = { trainer, NULL, 0 };

  if (!compute (trainer, n, samples, logits, cancel, loss, error))
    return FALSE;

  snn_adam_begin (&trainer->adam);
  for (guint i = 0; i < network->nodes->len; i++) {
    update.node = snn_network_node (network, i);
    snn_pool_run (trainer->pool, n_blocks (update.node->n_weights),
        update_block, &update);
    update.first += update.node->n_weights;
  }
  snn_trainer_weights_changed (trainer);

  trainer->n_batches++;
  trainer->n_samples += n;
  trainer->loss += *loss * n;
  for (guint i = 0; i < n; i++) {
    trainer->n_sample_steps += samples[i].input.timesteps;
    for (guint layer = 0; layer < trainer->plan->n_layers; layer++)
      trainer->spikes[layer] += trainer->traces[i].spikes[layer];
  }
  return TRUE;
}

double
snn_trainer_gradient (SnnTrainer *trainer, guint n, const SnnSample *samples,
    float *const *logits, float *gradient)
{
  g_autoptr (GError) error = NULL;
  double loss;

  if (!compute (trainer, n, samples, logits, NULL, &loss, &error))
    return NAN;
  memcpy (gradient, trainer->gradient,
      trainer->plan->n_weights * sizeof (float));
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
snn_trainer_end_epoch (SnnTrainer *trainer, SnnEpoch *report)
{
  double loss = trainer->n_samples ? trainer->loss / trainer->n_samples : 0.;

  for (guint layer = 0; layer < trainer->plan->n_layers; layer++)
    trainer->rates[layer] = trainer->n_sample_steps ?
        (double) trainer->spikes[layer] / (double) trainer->n_sample_steps
        / (double) trainer->plan->layer_size[layer] : 0.;
  *report = (SnnEpoch) {
    .epoch = trainer->epoch,
    .n_batches = trainer->n_batches,
    .n_samples = trainer->n_samples,
    .loss = loss,
    .learning_rate = trainer->plateau.rate,
    .n_rates = trainer->network->spiking ? trainer->plan->n_layers : 0,
    .rates = trainer->rates,
  };
  if (trainer->n_samples)
    snn_plateau_step (&trainer->plateau, loss);
  trainer->epoch++;
  trainer->n_batches = trainer->n_samples = 0;
  trainer->loss = 0.;
  trainer->n_sample_steps = 0;
  memset (trainer->spikes, 0, trainer->plan->n_layers * sizeof (guint64));
}

guint
snn_trainer_epoch (const SnnTrainer *trainer)
{
  return trainer->epoch;
}
