/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times what torch_unet.py times, on inputs, weights and thresholds of the
 * same distributions, and prints the same line:
 *
 *   snn-bench MODE [--width W] [--batch B] [--timesteps T] [--threads N]
 *             [--reps R]
 *
 * MODE: ann-infer, ann-train, snn-infer, snn-train. Slices are 1 x 56 x 48. */

#include <stdlib.h>
#include <sys/resource.h>

#include "core/engine.h"
#include "core/kernels/kernels.h"
#include "core/random.h"
#include "core/training.h"

#define HEIGHT 56
#define WIDTH 48
#define SIZE (HEIGHT * WIDTH)
#define THRESHOLD 0.4f

static gint width = 16, batch = 26, timesteps = 20, threads, reps = 5;

static const GOptionEntry options[] = {
  {"width", 0, 0, G_OPTION_ARG_INT, &width, "channels of the first level", "W"},
  {"batch", 0, 0, G_OPTION_ARG_INT, &batch, "slices a call", "B"},
  {"timesteps", 0, 0, G_OPTION_ARG_INT, &timesteps, "of a spiking network", "T"},
  {"threads", 0, 0, G_OPTION_ARG_INT, &threads, "0: one a processor", "N"},
  {"reps", 0, 0, G_OPTION_ARG_INT, &reps, "the median of so many", "R"},
  {NULL}
};

typedef struct
{
  SnnNetwork *network;
  SnnEngine *engine;
  SnnTrainer *trainer;
  float *images;                /* batch * SIZE, uniform in [0, 0.6) */
  guint8 *spikes;               /* batch * timesteps * SIZE */
  guint8 *masks;                /* a tenth are ones */
  SnnInput *inputs;
  SnnSample *samples;
  SnnState **states;
  float **logits;
  SnnRandom random;
} Bench;

static void
draw_spikes (Bench *b)
{
  for (gint s = 0; s < batch; s++)
    for (gint t = 0; t < timesteps; t++)
      for (gint i = 0; i < SIZE; i++)
        b->spikes[((gsize) s * timesteps + t) * SIZE + i] =
            snn_random_u32 (&b->random) * 0x1p-32f
            <= b->images[(gsize) s * SIZE + i];
}

static void
prepare (Bench *b, gboolean spiking, gboolean train)
{
  const SnnShape shape = { 1, HEIGHT, WIDTH };
  SnnTrainingSettings settings;

  snn_random_init (&b->random, 0, SNN_RANDOM_PHANTOM, 0);
  b->network = snn_network_new_unet (shape, (guint) width, 2, 1, NULL);
  snn_network_init_weights (b->network, 0);
  if (spiking) {
    SnnNetwork *ann = b->network;

    b->network = snn_network_to_spiking (ann);
    snn_network_unref (ann);
    for (guint i = 0; i < b->network->nodes->len; i++) {
      SnnNode *node = snn_network_node (b->network, i);

      for (guint c = 0; node->threshold && c < node->out.channels; c++)
        node->threshold[c] = THRESHOLD;
    }
  }
  snn_training_settings_init (&settings);
  settings.loss = SNN_LOSS_BCE;
  settings.threads = (guint) threads;
  if (train)
    b->trainer = snn_trainer_new (b->network, &settings);
  else
    b->engine = snn_engine_new (b->network, (guint) threads);

  b->images = g_new (float, (gsize) batch * SIZE);
  b->masks = g_new (guint8, (gsize) batch * SIZE);
  for (gint i = 0; i < batch * SIZE; i++) {
    b->images[i] = (float) snn_random_double (&b->random) * 0.6f;
    b->masks[i] = snn_random_double (&b->random) > 0.9;
  }
  b->spikes = g_new (guint8, (gsize) batch * timesteps * SIZE);
  b->inputs = g_new0 (SnnInput, batch);
  b->samples = g_new0 (SnnSample, batch);
  b->states = g_new0 (SnnState *, batch);
  b->logits = g_new0 (float *, batch);
  for (gint s = 0; s < batch; s++) {
    b->inputs[s] = spiking
        ? (SnnInput) { b->spikes + (gsize) s * timesteps * SIZE,
            SNN_VALUE_UINT8, (guint) timesteps }
        : (SnnInput) { b->images + (gsize) s * SIZE, SNN_VALUE_FLOAT32, 1 };
    b->samples[s] = (SnnSample) {
      .input = b->inputs[s],
      .target = b->masks + (gsize) s * SIZE,
    };
    b->logits[s] = g_new (float, SIZE);
    if (spiking && !train)
      b->states[s] = snn_state_new (b->network);
  }
}

static void
run (Bench *b)
{
  double loss;

  if (b->network->spiking)
    draw_spikes (b);
  if (b->trainer) {
    if (!snn_trainer_step (b->trainer, (guint) batch, b->samples, NULL, NULL,
            &loss, NULL))
      g_error ("the loss is not finite");
    return;
  }
  for (gint s = 0; b->network->spiking && s < batch; s++)
    snn_state_reset (b->states[s]);
  snn_engine_run (b->engine, (guint) batch, b->inputs, b->states, b->logits);
}

/* Spikes a neuron a timestep, over all layers. */
static double
mean_rate (Bench *b)
{
  double spikes = 0., neurons = 0.;
  guint layer = 0;

  for (guint i = 0; i < b->network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (b->network, i);

    if (node->type != SNN_NODE_IF)
      continue;
    for (gint s = 0; s < batch; s++)
      spikes += (double) snn_state_spikes (b->states[s], layer);
    neurons += (double) snn_shape_size (node->out) * batch * timesteps;
    layer++;
  }
  return spikes / neurons;
}

static void
release (Bench *b)
{
  for (gint s = 0; s < batch; s++) {
    if (b->states[s])
      snn_state_free (b->states[s]);
    g_free (b->logits[s]);
  }
  g_clear_pointer (&b->engine, snn_engine_free);
  g_clear_pointer (&b->trainer, snn_trainer_free);
  snn_network_unref (b->network);
  g_free (b->images);
  g_free (b->spikes);
  g_free (b->masks);
  g_free (b->inputs);
  g_free (b->samples);
  g_free (b->states);
  g_free (b->logits);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("MODE");
  g_autoptr (GError) error = NULL;
  g_autofree double *times = NULL;
  const gchar *mode;
  struct rusage usage;
  Bench bench = { NULL };

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2) {
    g_printerr ("%s\n", error ? error->message : "name one mode");
    return 1;
  }
  mode = argv[1];
  if (!g_str_equal (mode, "ann-infer") && !g_str_equal (mode, "ann-train")
      && !g_str_equal (mode, "snn-infer") && !g_str_equal (mode, "snn-train")) {
    g_printerr ("%s is none of ann-infer, ann-train, snn-infer, snn-train\n",
        mode);
    return 1;
  }
  prepare (&bench, g_str_has_prefix (mode, "snn"),
      g_str_has_suffix (mode, "train"));
  times = g_new (double, reps);
  run (&bench);
  for (gint r = 0; r < reps; r++) {
    gint64 start = g_get_monotonic_time ();

    run (&bench);
    times[r] = (double) (g_get_monotonic_time () - start) / 1e3 / batch;
  }
  qsort (times, (gsize) reps, sizeof *times, compare_doubles);
  getrusage (RUSAGE_SELF, &usage);
  g_print ("%s width=%d batch=%d timesteps=%d threads=%d ms_per_slice=%.3f "
      "peak_MiB=%ld kernels=%s", mode, width, batch, timesteps,
      threads ? threads : (gint) g_get_num_processors (), times[reps / 2],
      usage.ru_maxrss / 1024, snn_kernels_get ()->name);
  if (bench.states[0])
    g_print (" mean_rate=%.4f", mean_rate (&bench));
  g_print ("\n");
  release (&bench);
  return 0;
}
