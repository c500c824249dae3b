/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/graph/builder.h>
#include <snn/train/trainer.h>
#include "tests/core/golden-peer.h"

/* Networks of volumes against PyTorch's: tests/data/volumes.py has the network. */

#define FOLDER "volumes"
#define N_SAMPLES 2
#define TIMESTEPS 9
#define INPUT ((SnnShape) { 1, 6, 10, 4 })
#define N_IN (4 * 6 * 10)
#define N_OUT (N_IN / 8)
#define THRESHOLD 0.4f

static SnnNetwork *
make_network (gboolean spiking)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *a, *at;
  g_autoptr (SnnNetwork) ann = NULL;
  g_autoptr (GError) error = NULL;
  SnnNetwork *network;

  at = snn_builder_input (b, "input", INPUT);
  a = snn_builder_relu (b, "a_act", snn_builder_conv3d (b, "a", 3, 3, at),
      NULL);
  at = snn_builder_conv3d (b, "b", 4, 3, snn_builder_pool3d (b, "p", a));
  at = snn_builder_relu (b, "b_act", at, NULL);
  at = snn_builder_conv_transpose3d (b, "u", 3, 2, at);
  at = snn_builder_relu (b, "u_act", at, NULL);
  at = snn_builder_relu (b, "d_act",
      snn_builder_conv3d (b, "d_up", 3, 3, at),
      snn_builder_conv3d (b, "d_skip", 3, 3, a));
  at = snn_builder_add (b, "s", (SnnNode) {.op = &snn_op_conv3d,
        .out.channels = 2,.kernel = 3,.stride = 2,.padding = 1 }, at, NULL);
  at = snn_builder_relu (b, "s_act", at, NULL);
  ann = snn_builder_end (b, snn_builder_conv3d (b, "out", 1, 1, at), &error);
  fail_unless (ann != NULL, "%s", error ? error->message : "");
  network = spiking ? snn_network_to_spiking (ann) : snn_network_ref (ann);
  network->initial_membrane = 0.5;
  golden_set_weights (network, FOLDER, "weight", THRESHOLD);
  return network;
}

/* The two samples, as our functions take them. */
typedef struct
{
  float images[N_SAMPLES][N_IN];
  gint8 spikes[N_SAMPLES][TIMESTEPS][N_IN];
  guint8 mask[N_SAMPLES][N_OUT];
  float logits[N_SAMPLES][N_OUT];
  float *logits_at[N_SAMPLES];
  SnnSample samples[N_SAMPLES];
} Data;

static Data *
load_data (gboolean spiking)
{
  g_autoptr (Npy) images = golden_load (FOLDER, "image");
  g_autoptr (Npy) spikes = golden_load (FOLDER, "spikes");
  g_autoptr (Npy) mask = golden_load (FOLDER, "mask");
  Data *data = g_new0 (Data, 1);

  fail_unless_equals_int (images->n, N_SAMPLES * N_IN);
  fail_unless_equals_int (spikes->n, TIMESTEPS * N_SAMPLES * N_IN);
  fail_unless_equals_int (mask->n, N_SAMPLES * N_OUT);
  for (guint s = 0; s < N_SAMPLES; s++) {
    for (guint i = 0; i < N_IN; i++) {
      data->images[s][i] = (float) images->values[s * N_IN + i];
      for (guint t = 0; t < TIMESTEPS; t++)
        data->spikes[s][t][i] =
            (gint8) spikes->values[(t * N_SAMPLES + s) * N_IN + i];
    }
    for (guint i = 0; i < N_OUT; i++)
      data->mask[s][i] = (guint8) mask->values[s * N_OUT + i];
    data->logits_at[s] = data->logits[s];
    data->samples[s] = (SnnSample) {
      .input = spiking
          ? (SnnInput) { data->spikes[s], SNN_VALUE_INT8, TIMESTEPS }
          : (SnnInput) { data->images[s], SNN_VALUE_FLOAT32, 1 },
      .target = data->mask[s],
      .id = s
    };
  }
  return data;
}

/* Of the ANN, and of the spiking network through time. */
GST_START_TEST (test_gradients)
{
  const gboolean spiking = __i__ == 1;
  const gchar *kind = spiking ? "snn" : "ann";
  g_autofree gchar *prefix = g_strconcat (kind, ".grad", NULL);
  g_autofree gchar *logits = g_strconcat (kind, ".logits", NULL);
  g_autoptr (SnnNetwork) network = make_network (spiking);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autoptr (Npy) expected_loss = golden_load (FOLDER, "%s.loss", kind);
  g_autofree Data *data = load_data (spiking);
  g_autofree float *gradient = g_new (float, snn_network_n_weights (network));
  SnnTrainingSettings settings;
  double loss;

  snn_training_settings_init (&settings);
  settings.loss = SNN_LOSS_BCE;
  settings.threads = 2;
  trainer = snn_trainer_new (network, &settings, NULL);
  loss = snn_trainer_gradient (trainer, N_SAMPLES, data->samples,
      data->logits_at, gradient);
  fail_unless (fabs (loss - expected_loss->values[0]) <= 1e-6,
      "%s: loss %g; expected %g", kind, loss, expected_loss->values[0]);
  golden_check (FOLDER, logits, data->logits[0], N_SAMPLES * N_OUT, 1e-5);
  golden_check_gradient (network, FOLDER, prefix, gradient, 1e-4);
}

GST_END_TEST;

GST_START_TEST (test_spikes)
{
  g_autoptr (SnnNetwork) network = make_network (TRUE);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autofree Data *data = load_data (TRUE);

  for (guint s = 0; s < N_SAMPLES; s++) {
    g_autoptr (SnnState) state = snn_state_new (network);

    snn_engine_run (engine, 1, &data->samples[s].input, &state,
        &data->logits_at[s], NULL, NULL);
    golden_check_spikes (network, state, FOLDER, "snn.count", s, N_SAMPLES, 5);
  }
}

GST_END_TEST;

static Suite *
golden_volumes_suite (void)
{
  Suite *suite = suite_create ("golden-volumes");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_gradients, 0, 2);
  tcase_add_test (tc, test_spikes);
  return suite;
}

GST_CHECK_MAIN (golden_volumes);
