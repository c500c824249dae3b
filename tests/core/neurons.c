/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/base/error.h>
#include <snn/graph/builder.h>
#include <snn/ops/neurons.h>
#include <snn/train/trainer.h>
#include "tests/core/golden-peer.h"

/* Each kind of neurons against PyTorch's: tests/data/neurons.py has the network
 * and the equations, and a name there is a row here. */

#define FOLDER "neurons"
#define N_SAMPLES 2
#define TIMESTEPS 13
#define HEIGHT 8
#define WIDTH 12
#define PIXELS (HEIGHT * WIDTH)
#define THRESHOLD 0.4f
#define RESET 0.05f

static const struct
{
  const gchar *name;
  SnnNeuronKind kind;
  double leak;
  SnnReset reset;
} kinds[] = {
  {"if", SNN_NEURON_IF, 1.},
  {"if", SNN_NEURON_LIF, 1., SNN_RESET_SUBTRACT},
  {"lif", SNN_NEURON_LIF, 0.9},
  {"signed-if", SNN_NEURON_SIGNED_IF, 1., SNN_RESET_SUBTRACT},
  {"if-reset", SNN_NEURON_IF, 1., SNN_RESET_ZERO},
  {"lif-reset", SNN_NEURON_LIF, 0.9, SNN_RESET_ZERO},
};

static SnnNetwork *
make_network (guint kind)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *a, *at;
  g_autoptr (SnnNetwork) ann = NULL;
  g_autoptr (GError) error = NULL;
  SnnNetwork *snn;

  at = snn_builder_input (b, "input", (SnnShape) { 1, HEIGHT, WIDTH });
  a = snn_builder_relu (b, "a_act", snn_builder_conv2d (b, "a", 4, 3, at),
      NULL);
  at = snn_builder_conv2d (b, "b", 6, 3, snn_builder_pool (b, "p", a));
  at = snn_builder_relu (b, "b_act", at, NULL);
  at = snn_builder_conv_transpose2d (b, "u", 4, 2, at);
  at = snn_builder_relu (b, "u_act", at, NULL);
  at = snn_builder_relu (b, "d_act",
      snn_builder_conv2d (b, "d_up", 4, 3, at),
      snn_builder_conv2d (b, "d_skip", 4, 3, a));
  ann = snn_builder_end (b, snn_builder_conv2d (b, "out", 1, 1, at), &error);
  fail_unless (ann != NULL, "%s", error ? error->message : "");
  snn = snn_network_to_spiking (ann);
  snn->initial_membrane = 0.5;
  golden_set_weights (snn, FOLDER, "weight", THRESHOLD);
  snn_network_set_neurons (snn, kinds[kind].kind, kinds[kind].leak);
  fail_unless (snn_network_set_reset (snn, kinds[kind].reset, &error), "%s: %s",
      kinds[kind].name, error ? error->message : "");
  for (guint i = 0; i < snn->nodes->len; i++) {
    const SnnParameter *reset =
        snn_node_parameter (snn_network_node (snn, i), "reset");

    for (gsize c = 0; reset && c < reset->n; c++)
      reset->values[c] = RESET;
  }
  return snn;
}

/* In one piece, and in chunks that divide the timesteps unevenly. */
GST_START_TEST (test_spikes)
{
  const guint kind = (guint) __i__ / 2;
  const guint chunk = __i__ % 2 ? 5 : TIMESTEPS;
  g_autofree gchar *counts = g_strconcat (kinds[kind].name, ".count", NULL);
  g_autofree gchar *logits = g_strconcat (kinds[kind].name, ".logits", NULL);
  g_autoptr (SnnNetwork) network = make_network (kind);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autoptr (GoldenSamples) samples =
      golden_samples_new (network, FOLDER, "", N_SAMPLES, TIMESTEPS);

  for (guint s = 0; s < N_SAMPLES; s++) {
    const gint8 *spikes = samples->samples[s].input.data;
    g_autoptr (SnnState) state = snn_state_new (network);

    for (guint t = 0; t < TIMESTEPS; t += chunk)
      snn_engine_run (engine, 1, &(SnnInput) { spikes + t * PIXELS,
            SNN_VALUE_INT8, MIN (chunk, TIMESTEPS - t) }, &state,
          &samples->logits_at[s], NULL, NULL);
    golden_check_spikes (network, state, FOLDER, counts, s, N_SAMPLES, 4);
  }
  golden_check (FOLDER, logits, samples->logits, N_SAMPLES * PIXELS, 1e-5);
}

GST_END_TEST;

GST_START_TEST (test_gradients)
{
  const gchar *name = kinds[__i__].name;
  g_autofree gchar *prefix = g_strconcat (name, ".grad", NULL);
  g_autoptr (SnnNetwork) network = make_network ((guint) __i__);
  g_autoptr (GoldenSamples) samples =
      golden_samples_new (network, FOLDER, "", N_SAMPLES, TIMESTEPS);
  g_autofree float *gradient = g_new (float, snn_network_n_weights (network));

  golden_check_loss (network, samples, FOLDER, name, gradient);
  golden_check_gradient (network, FOLDER, prefix, gradient, 1e-4);
}

GST_END_TEST;

/* Thresholds stay, and a leak of 1 makes IF neurons. */
GST_START_TEST (test_set)
{
  g_autoptr (SnnNetwork) network = make_network (0);
  SnnNode *node = snn_network_find (network, "a_act");

  node->threshold[2] = 3.f;
  snn_network_set_neurons (network, SNN_NEURON_LIF, 0.75);
  fail_unless (node->op == &snn_op_lif);
  fail_unless (node->threshold[2] == 3.f);
  fail_unless (snn_node_parameter (node, "tau")->values[3] == 4.f);
  snn_network_set_neurons (network, SNN_NEURON_AUTO, 0.5);
  fail_unless (node->op == &snn_op_lif);
  fail_unless (snn_node_parameter (node, "tau")->values[3] == 4.f);
  snn_network_set_neurons (network, SNN_NEURON_SIGNED_IF, 1.);
  fail_unless (node->op == &snn_op_signed_if);
  snn_network_set_neurons (network, SNN_NEURON_LIF, 1.);
  fail_unless (node->op == &snn_op_if);
  fail_unless (node->threshold[2] == 3.f);
}

GST_END_TEST;

/* A reset stays with another kind of neurons, but for signed ones, which can't be
 * set to zero. */
GST_START_TEST (test_set_reset)
{
  g_autoptr (SnnNetwork) network = make_network (0);
  g_autoptr (GError) error = NULL;
  SnnNode *node = snn_network_find (network, "a_act");

  node->threshold[2] = 3.f;
  fail_unless_equals_int (snn_node_parameter (node, "reset")->n, 0);
  fail_unless (snn_network_set_reset (network, SNN_RESET_ZERO, NULL));
  fail_unless_equals_int (snn_node_parameter (node, "reset")->n, 4);
  fail_unless (node->threshold[2] == 3.f);
  snn_node_parameter (node, "reset")->values[1] = -1.f;
  snn_network_set_neurons (network, SNN_NEURON_LIF, 0.75);
  fail_unless (snn_network_set_reset (network, SNN_RESET_AUTO, NULL));
  fail_unless (snn_node_parameter (node, "reset")->values[1] == -1.f);
  fail_unless (snn_node_parameter (node, "tau")->values[3] == 4.f);
  fail_unless (snn_network_set_reset (network, SNN_RESET_ZERO, NULL));
  fail_unless (snn_node_parameter (node, "reset")->values[1] == 0.f);
  fail_unless (snn_node_parameter (node, "tau")->values[3] == 4.f);
  snn_network_set_neurons (network, SNN_NEURON_SIGNED_IF, 1.);
  fail_unless (!node->resets && node->threshold[2] == 3.f);
  fail_unless (!snn_network_set_reset (network, SNN_RESET_ZERO, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH));
  fail_unless (node->op == &snn_op_signed_if && !node->resets);
}

GST_END_TEST;

static Suite *
neurons_suite (void)
{
  Suite *suite = suite_create ("neurons");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_spikes, 0, 2 * G_N_ELEMENTS (kinds));
  tcase_add_loop_test (tc, test_gradients, 0, G_N_ELEMENTS (kinds));
  tcase_add_test (tc, test_set);
  tcase_add_test (tc, test_set_reset);
  return suite;
}

GST_CHECK_MAIN (neurons);
