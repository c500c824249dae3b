/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine-private.h"

#include <string.h>

#include "../base/error.h"
#include "../ops/neuron.h"
#include "memory-stock.h"
#include "spiking.h"
#include "state-private.h"
#include "workspace.h"

/* Bytes of all buffers of a frame, from which on no cache holds them. */
#define LARGE_FRAMES (16u << 20)

struct _SnnEngine
{
  gatomicrefcount ref_count;
  const SnnPlan *plan;
  SnnPacked *packed;
  SnnPool *pool;
  SnnSpiking *spiking;          /* NULL where only floats will do */
  guint tile;                   /* frames that pass all layers together */
  float ***values;              /* of each worker: tile frames */
  guint group;                  /* samples that read weights together */
  gboolean counting;
  GMutex counted_lock;
  SnnOperations counted;        /* of an ANN's samples */

  SnnEngine *lender;            /* whose weights these are, or NULL */

  /* What it made itself, and frees; NULL where another owns these. */
  SnnPlan *own_plan;
  SnnPacked *own_packed;
  SnnPool *own_pool;
  SnnSpiking *own_spiking;
};

G_DEFINE_BOXED_TYPE (SnnEngine, snn_engine, snn_engine_ref, snn_engine_unref)

/* One call of snn_engine_run(). */
typedef struct
{
  SnnEngine *engine;
  guint n;
  const SnnInput *inputs;
  SnnState *const *states;
  float *const *logits;
  const gint *cancel;
} Call;

static gboolean
has_matrix (const SnnPlan *plan)
{
  for (guint i = 0; i < plan->n_steps; i++)
    if (snn_step_is_matrix (&plan->steps[i]))
      return TRUE;
  return FALSE;
}

/* A Linear layer reads all its weights for every call, so it wants many frames;
 * convolutions want what fits the cache, and of frames that alone are larger, such as
 * volumes, each may as well be another worker's. */
static guint
choose_tile (const SnnPlan *plan)
{
  gsize size = 0;

  if (has_matrix (plan))
    return 16;
  for (guint i = 0; i < plan->n_frames; i++)
    size += plan->frames[i].size * sizeof (float);
  return size > LARGE_FRAMES ? 1 : 4;
}

/* What each worker has, once plan and pool are there. */
static void
prepare_workers (SnnEngine *engine)
{
  g_atomic_ref_count_init (&engine->ref_count);
  g_mutex_init (&engine->counted_lock);
  engine->tile = choose_tile (engine->plan);
  engine->group = has_matrix (engine->plan) ? 8 : 1;
  engine->values = g_new0 (float **, snn_pool_threads (engine->pool));
}

SnnEngine *
snn_engine_new (SnnNetwork *network, guint threads)
{
  SnnEngine *engine;

  g_return_val_if_fail (network != NULL, NULL);

  engine = g_new0 (SnnEngine, 1);
  engine->plan = engine->own_plan = snn_plan_new (network);
  engine->pool = engine->own_pool = snn_pool_new (threads);
  engine->packed = engine->own_packed =
      snn_packed_new (engine->plan, snn_kernels_get (), FALSE);
  engine->spiking = engine->own_spiking =
      snn_spiking_new (engine->plan, snn_kernels_get ());
  prepare_workers (engine);
  snn_engine_weights_changed (engine);
  return engine;
}

SnnEngine *
snn_engine_share (SnnEngine *engine, guint threads)
{
  SnnEngine *shared;

  g_return_val_if_fail (engine != NULL, NULL);

  shared = g_new0 (SnnEngine, 1);
  shared->lender = snn_engine_ref (engine);
  shared->plan = engine->plan;
  shared->packed = engine->packed;
  shared->spiking = engine->spiking;
  shared->pool = shared->own_pool = snn_pool_new (threads);
  prepare_workers (shared);
  return shared;
}

SnnEngine *
snn_engine_new_on (const SnnPlan *plan, SnnPacked *packed,
    SnnSpiking *spiking, SnnPool *pool)
{
  SnnEngine *engine = g_new0 (SnnEngine, 1);

  engine->plan = plan;
  engine->packed = packed;
  engine->pool = pool;
  engine->spiking = spiking;
  if (!spiking)
    engine->spiking = engine->own_spiking =
        snn_spiking_new (plan, packed->kernels);
  prepare_workers (engine);
  snn_engine_weights_changed (engine);
  return engine;
}

const gchar *
snn_engine_kernels (const SnnEngine *engine)
{
  g_return_val_if_fail (engine != NULL, NULL);

  return engine->packed->kernels->name;
}

SnnEngine *
snn_engine_ref (SnnEngine *engine)
{
  g_return_val_if_fail (engine != NULL, NULL);

  g_atomic_ref_count_inc (&engine->ref_count);
  return engine;
}

void
snn_engine_unref (SnnEngine *engine)
{
  if (!engine || !g_atomic_ref_count_dec (&engine->ref_count))
    return;
  for (guint i = 0; i < snn_pool_threads (engine->pool); i++)
    snn_buffers_free (engine->plan->n_frames, engine->values[i]);
  g_mutex_clear (&engine->counted_lock);
  g_free (engine->values);
  snn_spiking_free (engine->own_spiking);
  snn_packed_free (engine->own_packed);
  snn_pool_free (engine->own_pool);
  snn_plan_free (engine->own_plan);
  snn_engine_unref (engine->lender);
  g_free (engine);
}

SnnNetwork *
snn_engine_network (SnnEngine *engine)
{
  g_return_val_if_fail (engine != NULL, NULL);

  return engine->plan->network;
}

void
snn_engine_weights_changed (SnnEngine *engine)
{
  g_return_if_fail (engine != NULL);

  /* Those of spiking networks are mostly asked for as integers. */
  if (engine->own_packed && engine->spiking)
    snn_packed_forget (engine->own_packed);
  else if (engine->own_packed)
    snn_packed_update (engine->own_packed, engine->pool, NULL);
  if (engine->own_spiking)
    snn_spiking_update (engine->own_spiking, 1.);
}

SnnOperations
snn_engine_take_operations (SnnEngine *engine)
{
  SnnOperations counted = { 0, 0 };

  g_return_val_if_fail (engine != NULL, counted);

  g_mutex_lock (&engine->counted_lock);
  counted = engine->counted;
  engine->counted = (SnnOperations) { 0, 0 };
  g_mutex_unlock (&engine->counted_lock);
  return counted;
}

/* What a worker's frames, samples of an ANN, took. */
static void
count_samples (SnnEngine *engine, const SnnRun *run)
{
  SnnOperations counted = { 0, 0 };

  snn_run_count_operations (run, TRUE, &counted);
  g_mutex_lock (&engine->counted_lock);
  snn_operations_add (&engine->counted, &counted);
  g_mutex_unlock (&engine->counted_lock);
}

void
snn_engine_count_operations (SnnEngine *engine, gboolean count)
{
  g_return_if_fail (engine != NULL);

  engine->counting = count;
}

static SnnRun
worker_run (SnnEngine *engine, guint worker)
{
  if (!engine->values[worker])
    engine->values[worker] = snn_plan_buffers_new (engine->plan, engine->tile);
  return (SnnRun) {
    .plan = engine->plan,
    .packed = engine->packed,
    .values = engine->values[worker],
  };
}

/* Frames are the samples of a group. */
static void
run_ann_group (gpointer data, guint item, guint worker)
{
  const Call *call = data;
  SnnEngine *engine = call->engine;
  guint first = item * engine->tile;
  SnnRun run = worker_run (engine, worker);
  gsize size = snn_shape_size (snn_network_output (engine->plan->network));

  if (snn_is_cancelled (call->cancel))
    return;
  run.n_frames = MIN (engine->tile, call->n - first);
  for (guint i = 0; i < run.n_frames; i++)
    snn_run_load (&run, &call->inputs[first + i], 0, 1, i);
  snn_run_forward (&run, run.plan->n_steps);
  if (engine->counting)
    count_samples (engine, &run);
  for (guint i = 0; i < run.n_frames; i++) {
    memset (call->logits[first + i], 0, size * sizeof (float));
    snn_run_read (&run, i, 1, call->logits[first + i]);
  }
}

/* By floats: frames are timesteps of one sample. */
static void
run_float_sample (const Call *call, guint item, guint worker)
{
  SnnEngine *engine = call->engine;
  const SnnInput *input = &call->inputs[item];
  SnnState *state = call->states[item];
  SnnRun run = worker_run (engine, worker);
  gsize size = snn_shape_size (snn_network_output (engine->plan->network));
  g_autofree float *potential = g_new (float, size);

  if (!state->membranes)
    state->membranes = snn_state_buffers_new (engine->plan);
  if (state->is_reset)
    snn_reset_membranes (state->network, state->membranes);
  state->is_reset = FALSE;
  run.membranes = state->membranes;
  run.spikes = state->spikes;
  for (guint t = 0;
      t < input->timesteps && !snn_is_cancelled (call->cancel);
      t += run.n_frames) {
    run.n_frames = MIN (engine->tile, input->timesteps - t);
    snn_run_load (&run, input, t, run.n_frames, 0);
    snn_run_forward (&run, run.plan->n_steps);
    if (engine->counting)
      snn_run_count_operations (&run, input->type == SNN_VALUE_FLOAT32,
          &state->operations);
    for (guint f = 0; f < run.n_frames; f++) {
      memset (potential, 0, size * sizeof *potential);
      snn_run_read (&run, f, 1, potential);
      for (gsize i = 0; i < size; i++)
        state->potential[i] += potential[i];
      if (state->variance)
        snn_variance_add (state->variance, potential);
    }
  }
}

/* Those of a sample that is run as a whole are its worker's, which are near. */
static float **
find_membranes (const SnnEngine *engine, SnnState *state,
    SnnSpikingMemory *memory)
{
  float ***membranes = state->is_reset && state->ends
      ? &memory->membranes : &state->membranes;

  if (!*membranes)
    *membranes = snn_state_buffers_new (engine->plan);
  return *membranes;
}

/* Of a block that has passed, by itself what each timestep adds to the output's
 * potential. */
static void
add_variance (const SnnSpikingRun *run, SnnVariance *variance, gsize size)
{
  g_autofree double *potential = g_new (double, size);
  g_autofree float *logits = g_new (float, size);

  for (guint t = 0; t < run->n_frames; t++) {
    memset (potential, 0, size * sizeof *potential);
    snn_spiking_read (run, t, 1, potential);
    for (gsize i = 0; i < size; i++)
      logits[i] = (float) potential[i];
    snn_variance_add (variance, logits);
  }
}

/* By integers: samples of as many timesteps, a block after the other. */
static void
run_integer_samples (const Call *call, guint first, guint n)
{
  SnnEngine *engine = call->engine;
  g_autofree SnnSpikingMemory **memories = g_new (SnnSpikingMemory *, n);
  g_autofree SnnSpikingRun *runs = g_new0 (SnnSpikingRun, n);
  guint timesteps = call->inputs[first].timesteps;
  guint block = snn_spiking_block (timesteps);

  snn_memory_stock_take (engine->spiking, n, block, memories);
  for (guint i = 0; i < n; i++) {
    SnnState *state = call->states[first + i];

    runs[i] = (SnnSpikingRun) {
      .spiking = engine->spiking,
      .packed = engine->packed,
      .memory = memories[i],
      .input = &call->inputs[first + i],
      .membranes = find_membranes (engine, state, memories[i]),
      .begins = state->is_reset,
      .spikes = state->spikes,
      .operations = engine->counting ? &state->operations : NULL,
      .potential = state->potential,
    };
  }
  for (guint t = 0; t < timesteps && !snn_is_cancelled (call->cancel);
      t += block) {
    for (guint i = 0; i < n; i++) {
      runs[i].first = t;
      runs[i].n_frames = MIN (block, timesteps - t);
      runs[i].ends = call->states[first + i]->ends && t + block >= timesteps;
    }
    snn_spiking_forward_group (n, runs);
    for (guint i = 0; i < n; i++) {
      SnnState *state = call->states[first + i];

      state->is_reset = runs[i].begins = FALSE;
      if (state->variance)
        add_variance (&runs[i], state->variance,
            snn_shape_size (snn_network_output (state->network)));
    }
  }
  snn_memory_stock_give (engine->spiking, n, memories);
}

static void
run_spiking_group (gpointer data, guint item, guint worker)
{
  const Call *call = data;
  SnnEngine *engine = call->engine;
  guint first = item * engine->group;
  guint end = MIN (first + engine->group, call->n);
  gsize size = snn_shape_size (snn_network_output (engine->plan->network));

  for (guint i = first, n; i < end; i += n) {
    const SnnInput *inputs = call->inputs;

    n = 1;
    if (!engine->spiking || !snn_spiking_takes (engine->spiking, &inputs[i])) {
      run_float_sample (call, i, worker);
      continue;
    }
    while (i + n < end && inputs[i + n].timesteps == inputs[i].timesteps
        && snn_spiking_takes (engine->spiking, &inputs[i + n]))
      n++;
    run_integer_samples (call, i, n);
  }
  for (guint i = first; i < end; i++) {
    SnnState *state = call->states[i];
    double factor;

    state->has_ended = state->ends;
    state->timesteps += call->inputs[i].timesteps;
    factor = snn_readout_factor (engine->plan->network, state->timesteps);
    for (gsize j = 0; j < size; j++)
      call->logits[i][j] = (float) (state->potential[j] * factor);
  }
}

gboolean
snn_engine_run (SnnEngine *engine, guint n, const SnnInput *inputs,
    SnnState *const *states, float *const *logits, const gint *cancel,
    GError **error)
{
  Call call = { engine, n, inputs, states, logits, cancel };

  g_return_val_if_fail (engine != NULL, FALSE);
  g_return_val_if_fail (n == 0 || (inputs != NULL && logits != NULL), FALSE);
  g_return_val_if_fail (n == 0 || states != NULL
      || !engine->plan->network->spiking, FALSE);

  for (guint i = 0; engine->plan->network->spiking && i < n; i++)
    g_return_val_if_fail (!states[i]->has_ended, FALSE);
  if (engine->plan->network->spiking)
    snn_pool_run (engine->pool, (n + engine->group - 1) / engine->group,
        run_spiking_group, &call);
  else
    snn_pool_run (engine->pool, (n + engine->tile - 1) / engine->tile,
        run_ann_group, &call);
  return snn_check_cancelled (cancel, "Inference", error);
}

/* How many timesteps @size bytes are; 0 where they are no whole number. */
static guint
timesteps_of (const SnnNetwork *network, gsize size, SnnValueType type)
{
  gsize frame = snn_shape_size (snn_network_input (network))
      * snn_value_size (type);

  return size % frame != 0 || size / frame > G_MAXUINT ? 0
      : (guint) (size / frame);
}

GBytes *
snn_engine_run_bytes (SnnEngine *engine, SnnState *state, GBytes *input,
    SnnValueType type, GError **error)
{
  g_autofree float *logits = NULL;
  const SnnNetwork *network;
  SnnInput sample;
  gsize size;

  g_return_val_if_fail (engine != NULL && input != NULL, NULL);
  network = engine->plan->network;
  g_return_val_if_fail (network->spiking == (state != NULL), NULL);
  g_return_val_if_fail (!state || state->network == network, NULL);

  sample.data = g_bytes_get_data (input, &size);
  sample.type = type;
  sample.timesteps = timesteps_of (network, size, type);
  if (sample.timesteps == 0 || (sample.timesteps > 1 && !state)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "The input has %" G_GSIZE_FORMAT " bytes, expected %s %" G_GSIZE_FORMAT,
        size, state ? "a multiple of" : "one sample of",
        snn_shape_size (snn_network_input (network)) * snn_value_size (type));
    return NULL;
  }
  size = snn_shape_size (snn_network_output (network)) * sizeof *logits;
  logits = g_malloc (size);
  if (!snn_engine_run (engine, 1, &sample, &state, &logits, NULL, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&logits), size);
}
