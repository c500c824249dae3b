/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <snn/graph/builder.h>
#include "tests/core/golden-peer.h"

/* Networks of volumes against PyTorch's: tests/data/volumes.py has the network. */

#define FOLDER "volumes"
#define N_SAMPLES 2
#define TIMESTEPS 9
#define INPUT ((SnnShape) { 1, 6, 10, 4 })
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

/* Of the ANN, and of the spiking network through time. */
GST_START_TEST (test_gradients)
{
  const gboolean spiking = __i__ == 1;
  const gchar *kind = spiking ? "snn" : "ann";
  g_autofree gchar *prefix = g_strconcat (kind, ".grad", NULL);
  g_autoptr (SnnNetwork) network = make_network (spiking);
  g_autoptr (GoldenSamples) samples =
      golden_samples_new (network, FOLDER, "", N_SAMPLES, TIMESTEPS);
  g_autofree float *gradient = g_new (float, snn_network_n_weights (network));

  golden_check_loss (network, samples, FOLDER, kind, gradient);
  golden_check_gradient (network, FOLDER, prefix, gradient, 1e-4);
}

GST_END_TEST;

GST_START_TEST (test_spikes)
{
  g_autoptr (SnnNetwork) network = make_network (TRUE);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autoptr (GoldenSamples) samples =
      golden_samples_new (network, FOLDER, "", N_SAMPLES, TIMESTEPS);

  for (guint s = 0; s < N_SAMPLES; s++) {
    g_autoptr (SnnState) state = snn_state_new (network);

    snn_engine_run (engine, 1, &samples->samples[s].input, &state,
        &samples->logits_at[s], NULL, NULL);
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
