/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/graph/builder.h>
#include <snn/train/trainer.h>
#include "tests/npy.h"

/* Networks of volumes against PyTorch's: tests/data/volumes.py has the network. */

#define N_SAMPLES 2
#define TIMESTEPS 9
#define INPUT ((SnnShape) { 1, 6, 10, 4 })
#define N_IN (4 * 6 * 10)
#define N_OUT (N_IN / 8)
#define THRESHOLD 0.4f

static Npy *
load (const gchar *prefix, const gchar *name)
{
  g_autofree gchar *path = g_strdup_printf ("%s/volumes/%s%s.npy",
      g_getenv ("SNN_TEST_DATA"), prefix, name);
  g_autoptr (GError) error = NULL;
  Npy *npy = npy_load (path, &error);

  fail_unless (npy != NULL, "%s", error ? error->message : "");
  return npy;
}

/* The values of a file of weights or their gradient, in our order. */
static float *
load_weights (const SnnNode *node, const gchar *prefix)
{
  g_autoptr (Npy) npy = load (prefix, node->name);
  g_autofree float *torch = g_new (float, node->n_weights);
  float *ours = g_new (float, node->n_weights);

  fail_unless_equals_int (npy->n, node->n_weights);
  for (gsize i = 0; i < npy->n; i++)
    torch[i] = (float) npy->values[i];
  snn_weights_from_torch (node, torch, ours);
  return ours;
}

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
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = THRESHOLD;
    if (snn_node_has_weights (node)) {
      g_autofree float *weights = load_weights (node, "weight.");

      memcpy (node->weight, weights, node->n_weights * sizeof *weights);
    }
  }
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
  g_autoptr (Npy) images = load ("", "image");
  g_autoptr (Npy) spikes = load ("", "spikes");
  g_autoptr (Npy) mask = load ("", "mask");
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

/* The largest difference, relative to the largest of the expected. */
static void
assert_close (const gchar *what, gsize n, const float *found,
    const float *expected, double tolerance)
{
  double largest = 0., difference = 0.;

  for (gsize i = 0; i < n; i++) {
    largest = MAX (largest, fabs ((double) expected[i]));
    difference = MAX (difference, fabs ((double) found[i] - expected[i]));
  }
  GST_INFO ("%s: %g of %g", what, difference, largest);
  fail_unless (difference <= tolerance * largest,
      "%s differs by %g, where the largest value is %g", what, difference,
      largest);
}

/* Of the ANN, and of the spiking network through time. */
GST_START_TEST (test_gradients)
{
  const gboolean spiking = __i__ == 1;
  const gchar *kind = spiking ? "snn." : "ann.";
  g_autofree gchar *prefix = g_strconcat (kind, "grad.", NULL);
  g_autoptr (SnnNetwork) network = make_network (spiking);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autoptr (Npy) expected_loss = load (kind, "loss");
  g_autoptr (Npy) expected_logits = load (kind, "logits");
  g_autofree Data *data = load_data (spiking);
  g_autofree float *gradient = g_new (float, snn_network_n_weights (network));
  const float *at = gradient;
  float logits[N_SAMPLES * N_OUT];
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
  fail_unless_equals_int (expected_logits->n, N_SAMPLES * N_OUT);
  for (guint i = 0; i < N_SAMPLES * N_OUT; i++)
    logits[i] = (float) expected_logits->values[i];
  assert_close ("output", N_SAMPLES * N_OUT, data->logits[0], logits, 1e-5);
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    g_autofree float *expected = NULL;

    if (!snn_node_has_weights (node))
      continue;
    expected = load_weights (node, prefix);
    assert_close (node->name, node->n_weights, at, expected, 1e-4);
    at += node->n_weights;
  }
}

GST_END_TEST;

GST_START_TEST (test_spikes)
{
  g_autoptr (SnnNetwork) network = make_network (TRUE);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autofree Data *data = load_data (TRUE);
  guint n_layers = 0;

  for (guint s = 0; s < N_SAMPLES; s++) {
    g_autoptr (SnnState) state = snn_state_new (network);

    n_layers = 0;
    snn_engine_run (engine, 1, &data->samples[s].input, &state,
        &data->logits_at[s], NULL, NULL);
    for (guint i = 0; i < network->nodes->len; i++) {
      const SnnNode *node = snn_network_node (network, i);
      const gsize n = snn_shape_size (node->out);
      const gchar name[] = { node->name[0], '\0' };
      g_autoptr (Npy) count = NULL;
      double expected = 0.;

      if (!snn_node_is_neuron (node))
        continue;
      count = load ("snn.count.", name);
      fail_unless_equals_int (count->n, N_SAMPLES * n);
      for (gsize p = 0; p < n; p++)
        expected += count->values[s * n + p];
      fail_unless (snn_state_spikes (state, n_layers) == (guint64) expected,
          "%" G_GUINT64_FORMAT " spikes in '%s'; expected %g",
          snn_state_spikes (state, n_layers), node->name, expected);
      n_layers++;
    }
  }
  fail_unless_equals_int (n_layers, 5);
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
