/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/base/error.h>
#include <snn/convert/conversion.h>
#include <snn/graph/builder.h>
#include <snn/kernels/kernels.h>
#include <snn/kernels/spiking.h>
#include "core/convert/integers.h"
#include "small-training.h"

/* Conversion to weights that are bytes. That all kernels do the same with them is in
 * spiking.c. */

static SnnNetwork *
convert (SnnWeights weights)
{
  g_autoptr (SnnNetwork) ann = make_network (KIND_ANN, 1);
  g_autofree Batch *batch = make_batch (FALSE);
  SnnConversionSettings settings;
  SnnInput inputs[N_SAMPLES];
  SnnNetwork *snn;

  for (guint s = 0; s < N_SAMPLES; s++)
    inputs[s] = batch->samples[s].input;
  snn_conversion_settings_init (&settings);
  settings.weights = weights;
  snn = snn_convert (ann, &settings, N_SAMPLES, inputs, NULL, NULL, NULL, NULL,
      NULL);
  fail_unless (snn != NULL);
  return snn;
}

/* What neurons do depends on weights over thresholds: these are off by half of a
 * step at most, and the largest of a channel is 127 steps. */
static void
check_neuron (SnnNetwork *plain, SnnNetwork *rounded, guint index, guint channel)
{
  const SnnNode *node = snn_network_node (rounded, index);
  const double v = node->threshold ? node->threshold[channel] : 1.;
  const double plain_v = node->threshold
      ? snn_network_node (plain, index)->threshold[channel] : 1.;
  double largest = 0., largest_rounded = 0., step;

  for (guint i = 0; i < node->n_inputs; i++) {
    const SnnNode *from = snn_network_node (plain, node->inputs[i]);

    const SnnNode *to = snn_network_node (rounded, node->inputs[i]);

    for (gsize w = channel; w < from->n_weights; w += node->in.channels) {
      largest = MAX (largest, fabs (from->weight[w]));
      largest_rounded = MAX (largest_rounded, fabs (to->weight[w]));
    }
  }
  step = largest / 127.;
  for (guint i = 0; i < node->n_inputs; i++) {
    const SnnNode *from = snn_network_node (plain, node->inputs[i]);
    const SnnNode *to = snn_network_node (rounded, node->inputs[i]);

    for (gsize w = channel; w < to->n_weights; w += node->in.channels) {
      const double q = to->weight[w] / largest_rounded * 127.;

      fail_unless (fabs (q - rint (q)) < 1e-4, "'%s' has %g", to->name, q);
      fail_unless (fabs (to->weight[w] / v - from->weight[w] / plain_v)
          <= 0.5001 * step / plain_v, "'%s'", to->name);
    }
  }
}

GST_START_TEST (test_rounded)
{
  g_autoptr (SnnNetwork) plain = convert (SNN_WEIGHTS_FLOAT32);
  g_autoptr (SnnNetwork) rounded = convert (SNN_WEIGHTS_INT8);
  guint n = 0;

  for (guint i = 0; i < rounded->nodes->len; i++) {
    const SnnNode *node = snn_network_node (rounded, i);

    if (!node->threshold && node->op != &snn_op_output)
      continue;
    for (guint channel = 0; channel < node->in.channels; channel++, n++)
      check_neuron (plain, rounded, i, channel);
  }
  fail_unless (n > 12);
  fail_unless (snn_network_metadata (plain, SNN_WEIGHTS_NOTE) == NULL);
  assert_equals_string (snn_network_metadata (rounded, SNN_WEIGHTS_NOTE),
      "int8");
}

GST_END_TEST;

/* An update of the weights makes them floats again. */
GST_START_TEST (test_trained)
{
  g_autoptr (SnnNetwork) network = convert (SNN_WEIGHTS_INT8);
  g_autofree Batch *batch = make_batch (TRUE);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autoptr (SnnEngine) engine = NULL;
  SnnTrainingSettings settings;
  float made[N_SAMPLES][PIXELS], expected[N_SAMPLES][PIXELS];
  float *made_at[N_SAMPLES], *expected_at[N_SAMPLES];
  SnnState *states[N_SAMPLES];
  SnnInput inputs[N_SAMPLES];

  init_settings (&settings, 1);
  settings.dropout = 0.;
  trainer = snn_trainer_new (network, &settings, NULL);
  train_epoch (trainer, batch);
  fail_unless (snn_network_metadata (network, SNN_WEIGHTS_NOTE) == NULL);
  engine = snn_engine_new (network, 1);
  for (guint s = 0; s < N_SAMPLES; s++) {
    made_at[s] = made[s];
    expected_at[s] = expected[s];
    inputs[s] = batch->samples[s].input;
    states[s] = snn_state_new (network);
  }
  fail_unless (snn_trainer_predict (trainer, N_SAMPLES, inputs, made_at, NULL,
          NULL));
  fail_unless (snn_engine_run (engine, N_SAMPLES, inputs, states, expected_at,
          NULL, NULL));
  for (guint s = 0; s < N_SAMPLES; s++)
    snn_state_unref (states[s]);
  fail_unless (memcmp (made, expected, sizeof made) == 0);
}

GST_END_TEST;

static gsize
packed_size (const SnnSpikingKernels *kernels, gboolean narrow)
{
  gsize size = 0;

  for (guint i = 0; i < SNN_N_PACKINGS; i++)
    size += kernels->packed_size ((SnnPacking) i, 3, 48, 3, narrow);
  return size;
}

/* Tables of all sets but tiles are half as large, or less. */
GST_START_TEST (test_half_the_tables)
{
  for (guint k = 0; snn_kernels_names ()[k]; k++) {
    const gchar *name = snn_kernels_names ()[k];
    const SnnSpikingKernels *kernels = snn_kernels_find (name)->spiking;
    const gsize narrow = packed_size (kernels, TRUE);
    const gsize wide = packed_size (kernels, FALSE);

    GST_INFO ("%s: %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes", name,
        narrow, wide);
    fail_unless (g_str_equal (name, "amx") ? narrow == wide
        : 2 * narrow <= wide, "%s", name);
  }
}

GST_END_TEST;

/* Neurons that are fed by others, without weights between. */
GST_START_TEST (test_refused)
{
  g_autoptr (SnnNetwork) ann = snn_network_new ();
  g_autoptr (SnnNetwork) snn = NULL;
  g_autoptr (GError) error = NULL;
  const SnnNode nodes[] = {
    {.name = (gchar *) "input",.op = &snn_op_input,.out = {1, 4, 4}},
    {.name = (gchar *) "a",.op = &snn_op_conv2d,.out.channels = 1,.kernel = 1,
        .stride = 1},
    {.name = (gchar *) "a_act",.op = &snn_op_relu},
    {.name = (gchar *) "b_act",.op = &snn_op_relu},
    {.name = (gchar *) "b",.op = &snn_op_conv2d,.out.channels = 1,.kernel = 1,
        .stride = 1},
    {.name = (gchar *) "output",.op = &snn_op_output},
  };
  const gchar *from[] = { NULL, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    fail_unless (snn_network_add (ann, &nodes[i], from, NULL) >= 0);
    from[0] = nodes[i].name;
  }
  snn = snn_network_to_spiking (ann);
  fail_if (snn_round_weights (snn, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
  fail_unless (strstr (error->message, "'a_act'") != NULL
      && strstr (error->message, "without weights") != NULL, "%s",
      error->message);
}

GST_END_TEST;

/* A convolution that no neurons follow would stay floats. */
GST_START_TEST (test_refuses_no_neurons)
{
  for (guint i = 0; i < 2; i++) {
    SnnBuilder *b = snn_builder_new ();
    const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, 4, 4 });
    g_autoptr (SnnNetwork) ann = NULL, snn = NULL;
    g_autoptr (GError) error = NULL;

    at = snn_builder_conv2d (b, "a", 2, 3, at);
    if (i > 0)
      at = snn_builder_pool (b, "b", at);
    at = snn_builder_conv2d (b, i > 0 ? "c" : "b", 2, 3, at);
    at = snn_builder_relu (b, "act", at, NULL);
    at = snn_builder_conv2d (b, "d", 1, 1, at);
    ann = snn_builder_end (b, at, NULL);
    snn_network_init_weights (ann, 1);
    snn = snn_network_to_spiking (ann);
    fail_if (snn_round_weights (snn, &error));
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
    fail_unless (strstr (error->message, "'a'") != NULL
        && strstr (error->message, "'b'") != NULL, "%s", error->message);
  }
}

GST_END_TEST;

static Suite *
integers_suite (void)
{
  Suite *suite = suite_create ("integers");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_rounded);
  tcase_add_test (tc, test_trained);
  tcase_add_test (tc, test_half_the_tables);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_refuses_no_neurons);
  return suite;
}

GST_CHECK_MAIN (integers);
