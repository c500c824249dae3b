/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "small-training.h"

#include <gst/check/gstcheck.h>

#include <snn/base/random.h>

Batch *
make_batch (gboolean spiking)
{
  Batch *batch = g_new0 (Batch, 1);
  SnnRandom random;

  snn_random_init (&random, 9, SNN_RANDOM_PHANTOM, 0);
  for (guint s = 0; s < N_SAMPLES; s++) {
    for (guint p = 0; p < PIXELS; p++) {
      gint y = (gint) (p / WIDTH) - 3, x = (gint) (p % WIDTH) - 3 - (gint) s;

      batch->targets[s][p] = x * x + y * y < 6;
      for (guint t = 0; t < TIMESTEPS; t++)
        batch->values[s][t][p] = (float) batch->targets[s][p]
            + 0.3f * (float) snn_random_normal (&random);
    }
    batch->samples[s] = (SnnSample) {
      .input = {batch->values[s], SNN_VALUE_FLOAT32, spiking ? TIMESTEPS : 1},
      .target = batch->targets[s],
      .id = s
    };
  }
  return batch;
}

static const struct
{
  gboolean spiking;
  SnnGradient gradient;
} kinds[] = {
  [KIND_ANN] = {FALSE},
  [KIND_THROUGH_TIME] = {TRUE, SNN_GRADIENT_BPTT},
  [KIND_BY_RATES] = {TRUE, SNN_GRADIENT_RATE},
  [KIND_QUANTISED] = {TRUE, SNN_GRADIENT_QCFS},
  [KIND_BY_TIMESTEP] = {TRUE, SNN_GRADIENT_FPTT},
  [KIND_LINEAR] = {FALSE},
  [KIND_LINEAR_BY_RATES] = {TRUE, SNN_GRADIENT_RATE},
  [KIND_LINEAR_QUANTISED] = {TRUE, SNN_GRADIENT_QCFS},
};

gboolean
is_spiking (Kind kind)
{
  return kinds[kind].spiking;
}

SnnGradient
gradient_of (Kind kind)
{
  return kinds[kind].gradient;
}

/* A convolution, and Linear layers of more than one block of columns. */
static SnnNetwork *
make_linear_network (void)
{
  SnnNetwork *network = snn_network_new ();
  const SnnNode nodes[] = {
    {.name = (gchar *) "conv",.op = &snn_op_conv2d,.out.channels = 2,
        .kernel = 3,.stride = 1,.padding = 1},
    {.name = (gchar *) "conv_act",.op = &snn_op_relu},
    {.name = (gchar *) "flatten",.op = &snn_op_flatten},
    {.name = (gchar *) "a",.op = &snn_op_linear,.out.channels = 150},
    {.name = (gchar *) "a_act",.op = &snn_op_relu},
    {.name = (gchar *) "b",.op = &snn_op_linear,.out.channels = PIXELS},
    {.name = (gchar *) "output",.op = &snn_op_output},
  };
  const gchar *from[] = { "input", NULL };

  snn_network_add (network, &(SnnNode) {.name = (gchar *) "input",
        .op = &snn_op_input,.out = {1, HEIGHT, WIDTH} }, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    fail_unless (snn_network_add (network, &nodes[i], from, NULL) >= 0);
    from[0] = nodes[i].name;
  }
  fail_unless (snn_network_validate (network, NULL));
  return network;
}

SnnNetwork *
make_network (Kind kind, guint64 seed)
{
  g_autoptr (SnnNetwork) ann = kind >= KIND_LINEAR ? make_linear_network ()
      : snn_network_new_unet ((SnnShape) { 1, HEIGHT, WIDTH }, 3, 2, 1, NULL);
  SnnNetwork *snn;

  snn_network_init_weights (ann, seed);
  if (!is_spiking (kind))
    return g_steal_pointer (&ann);
  snn = snn_network_to_spiking (ann);
  for (guint i = 0; i < snn->nodes->len; i++) {
    SnnNode *node = snn_network_node (snn, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = 0.3f;
  }
  return snn;
}

void
init_settings (SnnTrainingSettings *settings, guint threads)
{
  snn_training_settings_init (settings);
  settings->learning_rate = 0.01;
  settings->dropout = 0.2;
  settings->schedule = SNN_SCHEDULE_PLATEAU;
  settings->patience = 0;
  settings->seed = 4;
  settings->threads = threads;
}

/* Two minibatches, of 3 and of 2 samples. */
void
train_epoch (SnnTrainer *trainer, Batch *batch)
{
  SnnEpoch report;
  double loss;

  for (guint s = 0; s < N_SAMPLES; s++)
    batch->samples[s].epoch = snn_trainer_epoch (trainer);
  fail_unless (snn_trainer_step (trainer, 3, batch->samples, NULL, NULL,
          &loss, NULL));
  fail_unless (snn_trainer_step (trainer, 2, batch->samples + 3, NULL, NULL,
          &loss, NULL));
  snn_trainer_end_epoch (trainer, &report);
}

void
assert_same_files (const gchar *a, const gchar *b)
{
  g_autofree gchar *content_a = NULL, *content_b = NULL;
  gsize n_a, n_b;

  fail_unless (g_file_get_contents (a, &content_a, &n_a, NULL));
  fail_unless (g_file_get_contents (b, &content_b, &n_b, NULL));
  fail_unless (n_a == n_b && memcmp (content_a, content_b, n_a) == 0,
      "%s and %s differ", a, b);
}

void
train_and_save (Kind kind, guint threads, const gchar *to)
{
  g_autoptr (SnnNetwork) network = make_network (kind, 1);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autofree Batch *batch = make_batch (is_spiking (kind));
  SnnTrainingSettings settings;

  init_settings (&settings, threads);
  settings.gradient = gradient_of (kind);
  trainer = snn_trainer_new (network, &settings, NULL);
  for (guint epoch = 0; epoch < 6; epoch++)
    train_epoch (trainer, batch);
  fail_unless (snn_trainer_save (trainer, to, NULL));
}
