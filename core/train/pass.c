/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pass.h"

#include <string.h>

#include "../base/random.h"
#include "tail.h"

/* Of spiking networks. */
static const SnnPass *const gradient_passes[] = {
  [SNN_GRADIENT_BPTT] = &snn_pass_bptt,
  [SNN_GRADIENT_RATE] = &snn_pass_rate,
  [SNN_GRADIENT_QCFS] = &snn_pass_qcfs,
  [SNN_GRADIENT_FPTT] = &snn_pass_fptt,
};

void
snn_passes_init (SnnPasses *passes, SnnNetwork *network,
    const SnnTrainingSettings *settings)
{
  SnnPlan *plan = snn_plan_new (network);

  *passes = (SnnPasses) {
    .pass = network->spiking ? gradient_passes[settings->gradient]
        : &snn_pass_ann,
    .loss = snn_loss_kind (settings->loss, snn_network_output (network),
        NULL),
    .settings = *settings,
    .plan = plan,
    .packed = snn_packed_new (plan, snn_kernels_get (), TRUE),
    .spiking = snn_spiking_new (plan, snn_kernels_get ()),
    .pool = snn_pool_new (settings->threads),
  };
  passes->workers = g_new0 (SnnPassWorker, snn_pool_threads (passes->pool));
  for (guint i = 0; i < plan->n_layers; i++)
    passes->n_states += snn_layer_state_size (plan, i);
  snn_tail_find (passes);
}

static void
free_worker (const SnnPasses *passes, SnnPassWorker *worker)
{
  const SnnPlan *plan = passes->plan;

  snn_buffers_free (plan->n_frames, worker->values);
  snn_shared_buffers_free (plan->n_frames, worker->gradients);
  snn_shared_buffers_free (plan->n_frames, worker->fetched);
  snn_buffers_free (plan->n_layers, worker->surrogates);
  snn_buffers_free (plan->n_layers, worker->membranes);
  snn_buffers_free (plan->n_layers, worker->carries);
  snn_buffers_free (plan->n_layers, worker->dropout);
  for (guint i = 0; worker->spikes && i < passes->n_kept; i++) {
    snn_buffers_free (plan->n_layers, worker->distances[i]);
    snn_spiking_memory_free (passes->spiking, worker->spikes[i]);
  }
  g_free (worker->checkpoints);
  g_free (worker->distances);
  g_free (worker->spikes);
  g_free (worker->spike_frames);
  for (guint i = 0; worker->keep && i < plan->n_layers; i++)
    g_free (worker->keep[i]);
  g_free (worker->keep);
  *worker = (SnnPassWorker) { NULL };
}

static void
free_memory (SnnPasses *passes)
{
  for (guint i = 0; i < snn_pool_threads (passes->pool); i++)
    free_worker (passes, &passes->workers[i]);
  for (guint i = 0; i < passes->n_traces; i++) {
    SnnTrace *trace = &passes->traces[i];

    snn_buffers_free (passes->plan->n_frames, trace->values);
    g_free (trace->checkpoints);
    g_free (trace->potential);
    snn_buffers_free (passes->plan->n_layers, trace->rates);
    snn_buffers_free (passes->plan->n_layers, trace->slopes);
    g_free (trace->logits);
    g_free (trace->gradient);
    g_free (trace->spikes);
    g_free (trace->sums);
  }
  g_clear_pointer (&passes->traces, g_free);
  passes->n_traces = 0;
  snn_tail_clear (passes);
}

void
snn_passes_clear (SnnPasses *passes)
{
  free_memory (passes);
  g_free (passes->workers);
  snn_packed_free (passes->packed);
  snn_spiking_free (passes->spiking);
  snn_plan_free (passes->plan);
  snn_pool_free (passes->pool);
  *passes = (SnnPasses) { NULL };
}

void
snn_passes_weights_changed (SnnPasses *passes)
{
  const SnnPackedSurrogate surrogate = {
    passes->settings.surrogate, passes->settings.alpha
  };

  snn_packed_update (passes->packed, passes->pool, &surrogate);
  if (passes->spiking)
    snn_spiking_update (passes->spiking,
        1. / (1. - passes->settings.dropout));
}

guint
snn_passes_n_tiles (const SnnPasses *passes, guint timesteps)
{
  return (timesteps + passes->tile - 1) / passes->tile;
}

gboolean
snn_passes_prepare (SnnPasses *passes, guint n, guint timesteps)
{
  const SnnPlan *plan = passes->plan;
  const SnnShape output = snn_network_output (plan->network);
  gsize size = snn_shape_size (output);

  if (n <= passes->n_traces && timesteps == passes->n_timesteps)
    return FALSE;
  free_memory (passes);
  passes->n_traces = n;
  passes->n_timesteps = timesteps;
  passes->tile = passes->n_kept = 1;
  if (passes->pass->cut)
    passes->pass->cut (passes, timesteps);
  passes->traces = g_new0 (SnnTrace, n);
  for (guint i = 0; i < n; i++) {
    SnnTrace *trace = &passes->traces[i];

    trace->logits = g_new (float, size);
    trace->gradient = g_new (float, size);
    trace->spikes = g_new0 (guint64, MAX (plan->n_layers, 1));
    trace->sums = g_new0 (double, passes->loss->n_sums (output));
    passes->pass->make_trace (passes, trace);
  }
  snn_tail_prepare (passes, n);
  return TRUE;
}

/* Dropped neurons are a function of (seed, sample, epoch, layer, neuron): the
 * backward pass draws the same ones, and so does a resumed run. Four neurons share a
 * block of draws. */
static void
draw_dropout (const SnnPasses *passes, const SnnSample *sample,
    float **dropout)
{
  const double keep = 1. - passes->settings.dropout;
  /* A draw is below it where it is not above this, which always fits. */
  const guint32 most = (guint32) ((guint64) (keep * 0x1p32) - 1);
  const float kept = (float) (1. / keep);
  guint32 key[2];

  snn_random_key (passes->settings.seed, SNN_RANDOM_DROPOUT, key);
  for (guint layer = 0; layer < passes->plan->n_layers; layer++) {
    const gsize size = passes->plan->layer_size[layer];

    for (gsize first = 0; first < size; first += 4 * SNN_PHILOX_LANES) {
      const gsize n = MIN (size - first, 4 * SNN_PHILOX_LANES);
      guint32 draws[4][SNN_PHILOX_LANES];
      float factors[4 * SNN_PHILOX_LANES];

      for (guint lane = 0; lane < SNN_PHILOX_LANES; lane++) {
        draws[0][lane] = (guint32) (first / 4) + lane;
        draws[1][lane] = layer;
        draws[2][lane] = sample->id;
        draws[3][lane] = sample->epoch;
      }
      snn_philox4x32_lanes (draws, key);
      for (guint lane = 0; lane < SNN_PHILOX_LANES; lane++)
        for (guint i = 0; i < 4; i++)
          factors[4 * lane + i] = draws[i][lane] <= most ? kept : 0.f;
      memcpy (dropout[layer] + first, factors, n * sizeof *factors);
    }
  }
}

/* A worker's own memory, made in the worker when it is first needed, and the
 * sample's draw. */
static SnnRun
begin (SnnPasses *passes, const SnnSample *sample, guint index)
{
  SnnPassWorker *worker = &passes->workers[index];

  if (!worker->gradients) {
    passes->pass->make_worker (passes, worker);
    if (passes->settings.dropout > 0.)
      worker->dropout = snn_layer_buffers_new (passes->plan, 1);
  }
  if (worker->dropout)
    draw_dropout (passes, sample, worker->dropout);
  return (SnnRun) {
    .plan = passes->plan,
    .packed = passes->packed,
    .n_frames = 1,
    .values = worker->values,
    .gradients = worker->gradients,
    .membranes = worker->membranes,
    .carries = worker->carries,
    .dropout = worker->dropout,
  };
}

void
snn_passes_forward (SnnPasses *passes, guint item, const SnnSample *sample,
    guint worker)
{
  SnnTrace *trace = &passes->traces[item];
  SnnRun run = begin (passes, sample, worker);

  memset (trace->logits, 0, sizeof (float)
      * snn_shape_size (snn_network_output (passes->plan->network)));
  if (passes->timestep == 0)
    memset (trace->spikes, 0, passes->plan->n_layers * sizeof (guint64));
  passes->pass->forward (passes, &run, &passes->workers[worker], item,
      &sample->input);
}

void
snn_passes_feed_tail (SnnPasses *passes, guint item, const SnnSample *sample,
    guint worker)
{
  SnnRun run = begin (passes, sample, worker);

  passes->pass->feed_tail (passes, &run, &passes->workers[worker], item,
      &sample->input);
}

void
snn_passes_read_tail (SnnPasses *passes, guint item)
{
  snn_run_read (&passes->tail.run, item, 1, passes->traces[item].logits);
}

void
snn_passes_backward (SnnPasses *passes, guint item, const SnnSample *sample,
    guint worker, float *weight_gradient)
{
  SnnRun run = begin (passes, sample, worker);

  run.weight_gradient = weight_gradient;
  passes->pass->backward (passes, &run, &passes->workers[worker], item,
      &sample->input);
}

void
snn_passes_backward_trunk (SnnPasses *passes, SnnRun *run, guint item,
    float factor)
{
  if (snn_tail_exists (passes))
    snn_tail_give (passes, item, run);
  else
    snn_run_seed_gradient (run, 0, run->n_frames,
        passes->traces[item].gradient, factor);
  snn_run_backward (run, passes->tail.first);
}
