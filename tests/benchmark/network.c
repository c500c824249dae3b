/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ann-infer, ann-train, snn-infer, snn-infer-direct, snn-train, snn-train-rate: the
 * U-Net of tests/peers/unet.py; with -3d behind, that of volumes. As there, drawing
 * the spikes is part of a run; direct input is the image itself at every timestep. */

#include "benchmark.h"

#include <string.h>

#include <snn/encode/encode.h>
#include <snn/run/engine.h>
#include <snn/base/pool.h>
#include <snn/base/random.h>
#include <snn/train/trainer.h>

#define THRESHOLD 0.4f

typedef struct
{
  BenchOptions options;
  SnnNetwork *network;
  SnnPool *pool;                /* draws spikes */
  SnnEngine *engine;
  SnnTrainer *trainer;
  gboolean spikes_in;           /* what is fed are spikes */
  gsize size;                   /* values of a slice or volume */
  float *images;                /* batch * size, uniform */
  float *currents;              /* batch * timesteps * size, direct input */
  gint8 *spikes;                /* batch * timesteps * size */
  guint8 *masks;                /* a tenth are ones */
  SnnInput *inputs;
  SnnSample *samples;
  SnnState **states;
  float **logits;
  guint32 n_runs;
  SnnOperations dense;          /* of the ANN, for a slice */
} Bench;

static gsize
train_size (const Bench *b)
{
  return (gsize) b->options.timesteps * b->size;
}

/* Spikes are drawn for one sample an item. */
static void
draw_spikes (gpointer bench, guint s, guint worker)
{
  const Bench *b = bench;

  snn_encode_poisson (0, s, b->n_runs, b->images + (gsize) s * b->size,
      b->size, 0, b->options.timesteps, b->spikes + s * train_size (b));
}

SnnNetwork *
bench_new_network (const BenchOptions *options, gboolean spiking)
{
  const SnnShape shape = {
    1, BENCH_HEIGHT, BENCH_WIDTH,
    g_str_has_suffix (options->mode, "3d") ? BENCH_DEPTH : 0
  };
  SnnNetwork *ann = snn_network_new_unet (shape, options->width, 2, 1, NULL);
  SnnNetwork *snn;

  snn_network_init_weights (ann, 0);
  if (!spiking)
    return ann;
  snn = snn_network_to_spiking (ann);
  snn_network_unref (ann);
  for (guint i = 0; i < snn->nodes->len; i++) {
    SnnNode *node = snn_network_node (snn, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = THRESHOLD;
  }
  return snn;
}

static void
make_samples (Bench *b)
{
  const guint batch = b->options.batch;
  const gsize n = (gsize) batch * b->size;
  SnnRandom random;

  snn_random_init (&random, 0, SNN_RANDOM_PHANTOM, 0);
  b->images = g_new (float, n);
  b->masks = g_new (guint8, n);
  for (gsize i = 0; i < n; i++) {
    b->images[i] = (float) (snn_random_double (&random) * BENCH_BRIGHTEST);
    b->masks[i] = snn_random_double (&random) > 0.9;
  }
  b->spikes = g_new (gint8, b->spikes_in ? batch * train_size (b) : 1);
  b->currents = g_new (float, b->spikes_in ? 1 : batch * train_size (b));
  for (guint s = 0; !b->spikes_in && s < batch; s++)
    snn_encode_direct (b->images + (gsize) s * b->size, b->size,
        b->options.timesteps, b->currents + s * train_size (b));
  b->inputs = g_new0 (SnnInput, batch);
  b->samples = g_new0 (SnnSample, batch);
  b->states = g_new0 (SnnState *, batch);
  b->logits = g_new0 (float *, batch);
  for (guint s = 0; s < batch; s++) {
    b->inputs[s] = b->spikes_in
        ? (SnnInput) { b->spikes + s * train_size (b), SNN_VALUE_UINT8,
            b->options.timesteps }
        : (SnnInput) { b->currents + s * train_size (b), SNN_VALUE_FLOAT32,
            b->options.timesteps };
    b->samples[s] = (SnnSample) {
      .input = b->inputs[s],
      .target = b->masks + (gsize) s * b->size,
    };
    b->logits[s] = g_new (float, b->size);
    if (b->engine && b->network->spiking)
      b->states[s] = snn_state_new (b->network);
  }
}

static gpointer
prepare (const BenchOptions *options)
{
  Bench *b = g_new0 (Bench, 1);
  SnnTrainingSettings settings;
  SnnNetwork *ann;

  b->options = *options;
  b->network = bench_new_network (options,
      g_str_has_prefix (options->mode, "snn"));
  b->size = snn_shape_size (snn_network_input (b->network));
  b->spikes_in = b->network->spiking && !strstr (options->mode, "direct");
  if (!b->network->spiking)
    b->options.timesteps = 1;
  ann = bench_new_network (options, FALSE);
  b->dense = snn_network_operations (ann, TRUE);
  snn_network_unref (ann);
  snn_training_settings_init (&settings);
  settings.loss = SNN_LOSS_BCE;
  settings.threads = options->threads;
  if (g_str_equal (options->mode, "snn-train-rate"))
    settings.gradient = SNN_GRADIENT_RATE;
  if (strstr (options->mode, "infer"))
    b->engine = snn_engine_new (b->network, options->threads);
  else
    b->trainer = snn_trainer_new (b->network, &settings, NULL);
  b->pool = snn_pool_new (options->threads);
  make_samples (b);
  return b;
}

static void
infer (Bench *b)
{
  for (guint s = 0; b->network->spiking && s < b->options.batch; s++) {
    snn_state_reset (b->states[s]);
    snn_state_announce_end (b->states[s]);
  }
  snn_engine_run (b->engine, b->options.batch, b->inputs, b->states,
      b->logits, NULL, NULL);
}

static void
run (gpointer bench)
{
  Bench *b = bench;
  const guint batch = b->options.batch;
  double loss;

  if (b->spikes_in)
    snn_pool_run (b->pool, batch, draw_spikes, b);
  b->n_runs++;
  if (!b->trainer)
    infer (b);
  else if (!snn_trainer_step (b->trainer, batch, b->samples, NULL, NULL, &loss,
          NULL))
    g_error ("the loss is not finite");
}

void
bench_count_spikes (const SnnNetwork *network, guint batch,
    SnnState *const *states, double *neurons, double *spikes)
{
  guint layer = 0;

  *neurons = *spikes = 0.;
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    if (!snn_node_is_activation (node))
      continue;
    *neurons += (double) snn_shape_size (node->out);
    for (guint s = 0; network->spiking && s < batch; s++)
      *spikes += (double) snn_state_spikes (states[s], layer);
    layer++;
  }
}

/* Bytes that have to be read or written, for a slice: input and logits; the
 * weights, once a batch; and in training what a backward pass needs to know of
 * each neuron, written and read, and the gradients and Adam's moments. A neuron
 * leaves a float, its value or mean rate; through time, a spike's bit and a
 * byte of surrogate gradient a timestep. */
static double
needed_bytes (const Bench *b, double neurons)
{
  const double timesteps = b->network->spiking ? b->options.timesteps : 1.;
  const double value = b->spikes_in ? 1. : 4.;
  const double weights = 4. * (double) snn_network_n_weights (b->network);
  double bytes = (timesteps * value + 4.) * b->size;

  if (b->trainer)
    bytes += 2. * neurons
        * (g_str_equal (b->options.mode, "snn-train") ? 1.125 * timesteps : 4.);
  return bytes + (b->trainer ? 8. : 1.) * weights / b->options.batch;
}

/* One more run, which counts spikes: the mean rate is for each neuron and
 * timestep. Multiply-adds are of a dense forward pass over all timesteps, and
 * accumulates those of them that spikes ask for. All are for a slice. */
static void
report (gpointer bench, double seconds)
{
  Bench *b = bench;
  const guint batch = b->options.batch;
  const double timesteps = b->network->spiking ? b->options.timesteps : 1.;
  double neurons, spikes, accumulates = 0.;

  if (b->network->spiking) {
    if (!b->engine)
      b->engine = snn_engine_new (b->network, b->options.threads);
    for (guint s = 0; s < batch; s++)
      if (!b->states[s])
        b->states[s] = snn_state_new (b->network);
    snn_engine_count_operations (b->engine, TRUE);
    infer (b);
    for (guint s = 0; s < batch; s++)
      accumulates += (double) snn_state_operations (b->states[s])->accumulates;
  }
  bench_count_spikes (b->network, batch, b->states, &neurons, &spikes);
  if (b->network->spiking)
    g_print (" mean_rate=%.4f accumulates=%.4g",
        spikes / neurons / batch / timesteps, accumulates / batch);
  g_print (" multiply_adds=%.4g bytes=%.4g",
      timesteps * (double) b->dense.multiply_accumulates,
      needed_bytes (b, neurons));
}

static void
release (gpointer bench)
{
  Bench *b = bench;

  for (guint s = 0; s < b->options.batch; s++) {
    if (b->states[s])
      snn_state_unref (b->states[s]);
    g_free (b->logits[s]);
  }
  g_clear_pointer (&b->engine, snn_engine_unref);
  g_clear_pointer (&b->trainer, snn_trainer_free);
  snn_network_unref (b->network);
  snn_pool_free (b->pool);
  g_free (b->images);
  g_free (b->spikes);
  g_free (b->currents);
  g_free (b->masks);
  g_free (b->inputs);
  g_free (b->samples);
  g_free (b->states);
  g_free (b->logits);
  g_free (b);
}

const BenchMode bench_network_modes[] = {
  {"ann-infer", 1, prepare, run, report, release},
  {"ann-train", 1, prepare, run, report, release},
  {"snn-infer", 1, prepare, run, report, release},
  {"snn-infer-direct", 1, prepare, run, report, release},
  {"snn-train", 1, prepare, run, report, release},
  {"snn-train-rate", 1, prepare, run, report, release},
  {"ann-infer-3d", 1, prepare, run, report, release},
  {"ann-train-3d", 1, prepare, run, report, release},
  {"snn-infer-direct-3d", 1, prepare, run, report, release},
  {NULL}
};
