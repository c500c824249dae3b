/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* trained-snn, trained-snn-int8, trained-ann: a network that comes with gst-snn, with
 * direct input, on slices of phantoms; the same with weights of a byte; and a U-Net of
 * its size with ReLU. How often neurons spike is what a trained network makes of
 * images, where the random weights of the other modes spike at few timesteps much less
 * than any network of use. */

#include "benchmark.h"

#include <snn/convert/integers.h>
#include <snn/encode/encode.h>
#include <snn/files/model-file.h>
#include <snn/run/engine.h>
#include <snn/volumes/normalize.h>
#include <snn/volumes/phantom.h>

/* As its card says: a neighbour on each side, percentiles 0.5 and 99.5. */
#define CONTEXT 1
static const gsize box_size[3] = { 36, 60, 48 };

typedef struct
{
  BenchOptions options;
  SnnNetwork *network;
  SnnEngine *engine;
  float *images;
  float *currents;
  SnnInput *inputs;
  SnnState **states;
  float **logits;
} Bench;

/* Slices of one phantom after the other, as many as make a batch. */
static void
cut_slices (Bench *b, gsize size)
{
  for (guint s = 0; s < b->options.batch;) {
    g_autoptr (SnnVolume) volume = snn_phantom_new (0, s, 0.05);
    const SnnVolumeInfo *info = volume->info;
    SnnNormalization normalization;
    SnnBox box;

    for (guint i = 0; i < 3; i++) {
      box.size[i] = box_size[i];
      box.origin[i] = ((gint64) info->dims[i] - (gint64) box_size[i]) / 2;
    }
    snn_normalization_init (&normalization, SNN_NORMALIZE_ZERO_MEAN,
        &info->statistics, 0.5, 99.5);
    for (guint i = 0; i < box.size[0] && s < b->options.batch; i++, s++) {
      float *image = b->images + s * size;

      snn_volume_cut (volume, &box, SNN_AXIS_X, i, CONTEXT, image);
      snn_normalize (&normalization, image, size);
    }
  }
}

/* A U-Net of the size of @like, whose first layer has the width. */
static SnnNetwork *
new_ann (const SnnNetwork *like, SnnShape shape)
{
  guint width = 0;
  SnnNetwork *ann;

  for (guint i = 0; !width && i < like->nodes->len; i++) {
    const SnnNode *node = snn_network_node (like, i);

    if (snn_node_has_weights (node))
      width = node->out.channels;
  }
  ann = snn_network_new_unet (shape, width, 2, 1, NULL);
  snn_network_init_weights (ann, 0);
  return ann;
}

static gpointer
prepare (const BenchOptions *options)
{
  g_autoptr (GError) error = NULL;
  Bench *b = g_new0 (Bench, 1);
  const guint batch = options->batch;
  SnnShape shape;
  gsize size, train;

  b->options = *options;
  b->network = snn_model_load (BENCH_MODEL, &error);
  if (!b->network)
    g_error ("%s", error->message);
  shape = snn_network_node (b->network, 0)->out;
  if (g_str_equal (options->mode, "trained-ann")) {
    SnnNetwork *ann = new_ann (b->network, shape);

    snn_network_unref (b->network);
    b->network = ann;
    b->options.timesteps = 1;
  } else if (g_str_equal (options->mode, "trained-snn-int8")
      && !snn_round_weights (b->network, &error)) {
    g_error ("%s", error->message);
  }
  size = snn_shape_size (shape);
  train = b->options.timesteps * size;
  b->images = g_new (float, batch * size);
  cut_slices (b, size);
  b->currents = g_new (float, batch * train);
  b->inputs = g_new0 (SnnInput, batch);
  b->states = g_new0 (SnnState *, batch);
  b->logits = g_new0 (float *, batch);
  for (guint s = 0; s < batch; s++) {
    snn_encode_direct (b->images + s * size, size, b->options.timesteps,
        b->currents + s * train);
    b->inputs[s] = (SnnInput) { b->currents + s * train, SNN_VALUE_FLOAT32,
      b->options.timesteps };
    b->logits[s] = g_new (float, size);
    if (b->network->spiking)
      b->states[s] = snn_state_new (b->network);
  }
  b->engine = snn_engine_new (b->network, options->threads);
  return b;
}

static void
run (gpointer bench)
{
  Bench *b = bench;

  for (guint s = 0; b->network->spiking && s < b->options.batch; s++) {
    snn_state_reset (b->states[s]);
    snn_state_announce_end (b->states[s]);
  }
  snn_engine_run (b->engine, b->options.batch, b->inputs, b->states, b->logits,
      NULL, NULL);
}

/* The mean rate of all neurons. */
static void
report (gpointer bench, double seconds)
{
  Bench *b = bench;
  double neurons, spikes;

  bench_count_spikes (b->network, b->options.batch, b->states, &neurons,
      &spikes);
  if (b->network->spiking)
    g_print (" mean_rate=%.4f",
        spikes / neurons / b->options.batch / b->options.timesteps);
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
  snn_engine_unref (b->engine);
  snn_network_unref (b->network);
  g_free (b->images);
  g_free (b->currents);
  g_free (b->inputs);
  g_free (b->states);
  g_free (b->logits);
  g_free (b);
}

const BenchMode bench_trained_modes[] = {
  {"trained-snn", 1, prepare, run, report, release},
  {"trained-snn-int8", 1, prepare, run, report, release},
  {"trained-ann", 1, prepare, run, report, release},
  {NULL}
};
