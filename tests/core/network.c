/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <snn/base/error.h>
#include <snn/graph/builder.h>
#include <snn/ops/ops.h>
#include <snn/run/engine.h>

/* Building networks and running them from several threads. */

static const gchar *const op_names[] = {
  "Input", "Output", "Conv2d", "ConvTranspose2d", "Linear", "AvgPool2d",
  "Flatten", "ReLU", "IF", "LIF",
};

GST_START_TEST (test_operators_by_name)
{
  const SnnOp *op = snn_op_find (op_names[__i__]);

  fail_unless (op != NULL, "there is no operator '%s'", op_names[__i__]);
  fail_unless_equals_string (snn_op_name (op), op_names[__i__]);
  fail_unless (snn_op_find ("MaxPool2d") == NULL);
}

GST_END_TEST;

/* The first error is the one that is reported. */
GST_START_TEST (test_builder_errors)
{
  g_autoptr (GError) error = NULL;
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, 6, 6 });

  at = snn_builder_conv2d (b, "conv", 3, 3, at);
  at = snn_builder_linear (b, "linear", 2, at);
  at = snn_builder_pool (b, "pool", at);
  fail_unless (snn_builder_end (b, at, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH));
  fail_unless (strstr (error->message, "'linear'") != NULL, "%s",
      error->message);
  fail_unless (strstr (error->message, "3x6x6") != NULL, "%s",
      error->message);
}

GST_END_TEST;

GST_START_TEST (test_parameters)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", (SnnShape) { 2, 4, 4 });
  g_autoptr (SnnNetwork) ann = NULL;
  g_autoptr (SnnNetwork) snn = NULL;
  gsize offset = 0;

  at = snn_builder_conv2d (b, "conv", 5, 3, at);
  at = snn_builder_relu (b, "conv_act", at, NULL);
  at = snn_builder_conv2d (b, "out", 1, 1, at);
  ann = snn_builder_end (b, at, NULL);
  fail_unless (ann != NULL);
  fail_unless_equals_int (snn_network_n_weights (ann), 3 * 3 * 2 * 5 + 5);
  snn = snn_network_to_spiking (ann);
  for (guint i = 0; i < snn->nodes->len; i++) {
    const SnnNode *node = snn_network_node (snn, i);
    const SnnParameter *weight = snn_node_parameter (node, "weight");
    const SnnParameter *threshold = snn_node_parameter (node, "threshold");

    fail_unless ((weight != NULL) == snn_node_has_weights (node));
    fail_unless ((threshold != NULL) == snn_node_is_neuron (node));
    if (threshold) {
      fail_if (threshold->trained);
      fail_unless_equals_int (threshold->n, 5);
      fail_unless_equals_float (threshold->values[4], 1.f);
    }
    if (!weight)
      continue;
    fail_unless (weight->trained);
    fail_unless_equals_int (weight->offset, offset);
    offset += weight->n;
  }
  fail_unless_equals_int (offset, snn_network_n_weights (snn));
}

GST_END_TEST;

/* Slices that come together are no frame, and are not folded into one; nor is a slice
 * a volume. */
GST_START_TEST (test_depth_is_refused)
{
  static const struct
  {
    SnnShape input;
    const SnnOp *op;
    const gchar *text;
  } cases[] = {
    {{1, 8, 8, 4}, &snn_op_conv2d, "4 slices"},
    {{1, 8, 8, 4}, &snn_op_avg_pool2d, "4 slices"},
    {{1, 8, 8, 4}, &snn_op_conv_transpose2d, "4 slices"},
    {{1, 8, 8}, &snn_op_conv3d, "one slice"},
    {{1, 8, 8}, &snn_op_avg_pool3d, "one slice"},
    {{1, 8, 8}, &snn_op_conv_transpose3d, "one slice"},
    {{1, 1, 1, 4}, &snn_op_linear, "1x4x1x1"},
    {{1, 8, 8, 5}, &snn_op_avg_pool3d, "1x5x8x8"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    SnnBuilder *b = snn_builder_new ();
    g_autoptr (GError) error = NULL;
    const gchar *at = snn_builder_input (b, "input", cases[i].input);

    at = snn_builder_add (b, "node", (SnnNode) {.op = cases[i].op,
          .out.channels = 2,.kernel = 2,.stride = 2 }, at, NULL);
    fail_unless (snn_builder_end (b, at, &error) == NULL, "case %u", i);
    fail_unless (strstr (error->message, cases[i].text) != NULL, "case %u: %s",
        i, error->message);
  }
}

GST_END_TEST;

GST_START_TEST (test_unet_of_volumes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnNetwork) unet = snn_network_new_unet ((SnnShape) { 1, 8, 12, 4 },
      3, 2, 1, &error);
  const SnnNode *node;

  fail_unless (unet != NULL, "%s", error ? error->message : "");
  fail_unless (snn_shape_equal (snn_network_output (unet),
          (SnnShape) { 1, 8, 12, 4 }));
  node = snn_network_find (unet, "b1");
  fail_unless (node->op == &snn_op_conv3d);
  fail_unless (snn_shape_equal (node->out, (SnnShape) { 12, 2, 3, 1 }));
  fail_unless_equals_int (node->n_weights, 27 * 6 * 12);
  node = snn_network_find (unet, "u2");
  fail_unless (node->op == &snn_op_conv_transpose3d);
  fail_unless_equals_int (node->n_weights, 8 * 12 * 6);
  fail_unless (snn_network_new_unet ((SnnShape) { 1, 8, 12, 6 }, 3, 2, 1,
          &error) == NULL);
  fail_unless (strstr (error->message, "12x8x6") != NULL, "%s", error->message);
}

GST_END_TEST;

/* What can't be run is refused before memory is taken for it: 8 MB of weights
 * that ask for 700000 channels. */
GST_START_TEST (test_hostile_size_is_refused)
{
  g_autoptr (GError) error = NULL;
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, 24, 24 });

  at = snn_builder_conv2d (b, "wide", 700000, 1, at);
  at = snn_builder_conv2d (b, "narrow", 1, 1, at);
  fail_unless (snn_builder_end (b, at, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
  fail_unless (strstr (error->message, "'wide'") != NULL, "%s",
      error->message);
}

GST_END_TEST;

#define SIDE 16
#define TIMESTEPS 20
#define N_CALLS 6

typedef struct
{
  SnnEngine *engine;
  SnnNetwork *network;
  guint8 *spikes;
  float logits[SIDE * SIDE];
} Caller;

static gpointer
run_calls (gpointer data)
{
  Caller *caller = data;
  const SnnInput input = { caller->spikes, SNN_VALUE_UINT8, TIMESTEPS };
  float *logits = caller->logits;

  for (guint i = 0; i < N_CALLS; i++) {
    g_autoptr (SnnState) state = snn_state_new (caller->network);

    if (!snn_engine_run (caller->engine, 1, &input, &state, &logits, NULL,
            NULL))
      return NULL;
  }
  return caller;
}

/* Each of the callers of an engine, or of engines that share weights, gets what it
 * would get alone. */
GST_START_TEST (test_engine_by_several_threads)
{
  g_autoptr (SnnNetwork) ann =
      snn_network_new_unet ((SnnShape) { 1, SIDE, SIDE }, 4, 2, 1, NULL);
  g_autoptr (SnnNetwork) network = NULL;
  g_autoptr (SnnEngine) engine = NULL;
  Caller callers[4];
  GThread *threads[G_N_ELEMENTS (callers)];

  fail_unless (ann != NULL);
  snn_network_init_weights (ann, 3);
  network = snn_network_to_spiking (ann);
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = 0.05f;
  }
  engine = snn_engine_new (network, 2);
  for (guint i = 0; i < G_N_ELEMENTS (callers); i++) {
    callers[i] = (Caller) { __i__ ? snn_engine_share (engine, 2)
          : snn_engine_ref (engine), network };
    callers[i].spikes = g_new (guint8, SIDE * SIDE * TIMESTEPS);
    for (guint j = 0; j < SIDE * SIDE * TIMESTEPS; j++)
      callers[i].spikes[j] = (j * (7 + 2 * i)) % 11 < 4;
    threads[i] = g_thread_new ("caller", run_calls, &callers[i]);
  }
  g_clear_pointer (&engine, snn_engine_unref);
  for (guint i = 0; i < G_N_ELEMENTS (callers); i++)
    fail_unless (g_thread_join (threads[i]) == &callers[i]);
  for (guint i = 0; i < G_N_ELEMENTS (callers); i++) {
    float together[SIDE * SIDE];

    memcpy (together, callers[i].logits, sizeof together);
    fail_unless (run_calls (&callers[i]) == &callers[i]);
    fail_unless (memcmp (together, callers[i].logits, sizeof together) == 0,
        "caller %u", i);
    fail_if (i > 0 && memcmp (together, callers[0].logits,
            sizeof together) == 0);
  }
  for (guint i = 0; i < G_N_ELEMENTS (callers); i++) {
    g_free (callers[i].spikes);
    snn_engine_unref (callers[i].engine);
  }
}

GST_END_TEST;

static Suite *
network_suite (void)
{
  Suite *suite = suite_create ("network");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_operators_by_name, 0,
      G_N_ELEMENTS (op_names));
  tcase_add_test (tcase, test_builder_errors);
  tcase_add_test (tcase, test_parameters);
  tcase_add_test (tcase, test_depth_is_refused);
  tcase_add_test (tcase, test_unet_of_volumes);
  tcase_add_test (tcase, test_hostile_size_is_refused);
  tcase_add_loop_test (tcase, test_engine_by_several_threads, 0, 2);
  return suite;
}

GST_CHECK_MAIN (network);
