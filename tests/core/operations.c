/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <math.h>

#include <snn/graph/builder.h>
#include <snn/run/engine.h>
#include <snn/run/operations.h>

/* Input (2 channels, 6 x 8, or 3 slices of 2 x 8), node, output. */
static SnnNetwork *
new_network (const SnnNode *node)
{
  SnnNetwork *network = snn_network_new ();
  const SnnNode input = {.name = "input",.op = &snn_op_input,
    .out = node->op == &snn_op_conv3d ? (SnnShape) { 2, 2, 8, 3 }
    : (SnnShape) { 2, 6, 8 }
  };
  const SnnNode output = {.name = "output",.op = &snn_op_output };
  const gchar *const of_input[] = { "input", NULL };
  const gchar *const of_node[] = { node->name, NULL };

  network->spiking = TRUE;
  fail_unless (snn_network_add (network, &input, NULL, NULL) == 0);
  fail_unless (snn_network_add (network, node, of_input, NULL) == 1);
  fail_unless (snn_network_add (network, &output, of_node, NULL) == 2);
  return network;
}

/* In one direction, by going through all outputs and what they read. */
static guint64
count_readers_along (const SnnNode *node, guint n_out, guint at)
{
  guint64 n = 0;

  for (guint out = 0; out < n_out; out++)
    for (guint tap = 0; tap < node->kernel; tap++)
      n += out * node->stride + tap == at + node->padding;
  return n;
}

static guint64
count_readers (const SnnNode *node, guint row, guint x)
{
  const guint y = row % node->in.height, z = row / node->in.height;

  return count_readers_along (node, node->out.height, y)
      * count_readers_along (node, node->out.width, x)
      * (node->in.depth > 0
      ? count_readers_along (node, node->out.depth, z) : 1);
}

static const SnnNode nodes[] = {
  {.name = "a",.op = &snn_op_conv2d,.kernel = 3,.stride = 1,.padding = 1,
      .out = {3}},
  {.name = "b",.op = &snn_op_conv2d,.kernel = 1,.stride = 1,.out = {1}},
  {.name = "c",.op = &snn_op_conv2d,.kernel = 3,.stride = 2,.padding = 0,
      .out = {4}},
  {.name = "d",.op = &snn_op_conv2d,.kernel = 5,.stride = 2,.padding = 2,
      .out = {2}},
  {.name = "e",.op = &snn_op_avg_pool2d,.kernel = 2,.stride = 2},
  {.name = "f",.op = &snn_op_conv3d,.kernel = 3,.stride = 1,.padding = 1,
      .out = {3}},
  {.name = "g",.op = &snn_op_conv3d,.kernel = 3,.stride = 2,.padding = 1,
      .out = {2}},
};

GST_START_TEST (test_fan_out)
{
  g_autoptr (SnnNetwork) network = new_network (&nodes[__i__]);
  const SnnNode *node = snn_network_node (network, 1);
  gboolean pool = node->op == &snn_op_avg_pool2d;
  SnnOperations all = snn_network_operations (network, TRUE);
  SnnOperations of_spikes = snn_network_operations (network, FALSE);
  guint64 sum = 0;

  for (guint y = 0; y < 6; y++)
    for (guint x = 0; x < 8; x++) {
      guint64 expected = count_readers (node, y, x)
          * (pool ? 1 : node->out.channels);

      fail_unless_equals_uint64 (snn_node_fan_out (node, y, x), expected);
      sum += 2 * expected;
    }
  fail_unless_equals_uint64 (all.accumulates, pool ? sum : 0);
  fail_unless_equals_uint64 (all.multiply_accumulates, pool ? 0 : sum);
  fail_unless_equals_uint64 (of_spikes.accumulates, sum);
  fail_unless_equals_uint64 (of_spikes.multiply_accumulates, 0);
}

GST_END_TEST;

/* Each output of a transposed convolution without overlap has one reader of
 * each input channel; each weight of a linear layer is used once. */
GST_START_TEST (test_other_layers)
{
  const SnnNode up = {.name = "up",.op = &snn_op_conv_transpose2d,
    .kernel = 2,.stride = 2,.out = {3}
  };
  g_autoptr (SnnNetwork) network = new_network (&up);
  const SnnNode *node = snn_network_node (network, 1);

  fail_unless_equals_uint64 (snn_node_fan_out (node, 2, 2), 4 * 3);
  fail_unless_equals_uint64 (snn_network_operations
      (network, TRUE).multiply_accumulates, 2 * snn_shape_size (node->out));
}

GST_END_TEST;

/* What an engine counts of spikes and of other values, in chunks. */
GST_START_TEST (test_engine)
{
  g_autoptr (SnnNetwork) network = new_network (&nodes[__i__]);
  const SnnNode *node = snn_network_node (network, 1);
  gboolean pool = node->op == &snn_op_avg_pool2d;
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autoptr (SnnState) state = snn_state_new (network);
  g_autofree float *logits = g_new (float,
      snn_shape_size (snn_network_output (network)));
  gint8 spikes[7][2][6][8];
  float values[2][2][6][8];
  const SnnInput inputs[] = {
    {spikes, SNN_VALUE_INT8, 7},
    {values, SNN_VALUE_FLOAT32, 2},
  };
  SnnOperations expected = { 0, 0 };
  const SnnOperations *counted = snn_state_operations (state);

  for (guint j = 0; j < sizeof spikes; j++) {
    gint8 spike = (gint8) (j * 7 % 5 % 3) - 1;
    guint64 n = snn_node_fan_out (node, j / 8 % 6, j % 8);

    ((gint8 *) spikes)[j] = spike;
    expected.accumulates += spike ? n : 0;
  }
  for (guint j = 0; j < sizeof values / sizeof (float); j++) {
    float value = (float) (j % 3) / 2.f;
    guint64 n = snn_node_fan_out (node, j / 8 % 6, j % 8);

    ((float *) values)[j] = value;
    if (value != 0.f && pool)
      expected.accumulates += n;
    else if (value != 0.f)
      expected.multiply_accumulates += n;
  }

  snn_engine_run (engine, 1, &inputs[0], &state, &logits, NULL, NULL);
  fail_unless_equals_uint64 (counted->accumulates, 0);
  snn_engine_count_operations (engine, TRUE);
  snn_state_reset (state);
  for (guint k = 0; k < 2; k++)
    snn_engine_run (engine, 1, &inputs[k], &state, &logits, NULL, NULL);
  fail_unless_equals_uint64 (counted->accumulates, expected.accumulates);
  fail_unless_equals_uint64 (counted->multiply_accumulates,
      expected.multiply_accumulates);
  snn_state_reset (state);
  fail_unless_equals_uint64 (counted->accumulates, 0);
}

GST_END_TEST;

/* Intensities of 1 are multiplied, those of a network that runs on integers and of one
 * that pools them first, which runs on floats; four spikes that are pooled are one. */
GST_START_TEST (test_intensities_of_one)
{
  for (guint pools = 0; pools < 2; pools++) {
    SnnBuilder *b = snn_builder_new ();
    const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, 4, 4 });
    g_autoptr (SnnNetwork) ann = NULL, network = NULL;
    g_autoptr (SnnEngine) engine = NULL;
    float values[16], logits[48], *out = logits;
    guint8 spikes[16];
    const SnnInput inputs[] = {
      {values, SNN_VALUE_FLOAT32, 1},
      {spikes, SNN_VALUE_UINT8, 1},
    };

    for (guint i = 0; i < 16; i++)
      values[i] = spikes[i] = 1;
    if (pools)
      at = snn_builder_pool (b, "pool", at);
    at = snn_builder_conv2d (b, "a", 2, 1, at);
    at = snn_builder_relu (b, "act", at, NULL);
    at = snn_builder_conv2d (b, "out", 3, 1, at);
    ann = snn_builder_end (b, at, NULL);
    network = snn_network_to_spiking (ann);
    snn_network_find (network, "a")->weight[0] = 2.f;
    engine = snn_engine_new (network, 1);
    snn_engine_count_operations (engine, TRUE);
    for (guint i = 0; i < 2; i++) {
      g_autoptr (SnnState) state = snn_state_new (network);
      const SnnOperations *counted = snn_state_operations (state);
      const guint pixels = pools ? 4 : 16;
      const guint of_first = 2 * pixels;

      fail_unless (snn_engine_run (engine, 1, &inputs[i], &state, &out, NULL,
              NULL));
      fail_unless_equals_uint64 (snn_state_spikes (state, 0), pixels);
      fail_unless_equals_uint64 (counted->multiply_accumulates,
          i == 0 ? of_first : 0);
      fail_unless_equals_uint64 (counted->accumulates, 3 * pixels
          + (pools ? 16 : 0) + (i == 0 ? 0 : of_first));
    }
  }
}

GST_END_TEST;

/* Of an ANN what is not zero counts, 1 as any other value, whatever the number
 * of samples a call and of threads. */
GST_START_TEST (test_ann)
{
  g_autoptr (SnnNetwork) network = new_network (&nodes[__i__]);
  const SnnNode *node = snn_network_node (network, 1);
  gboolean pool = node->op == &snn_op_avg_pool2d;
  gsize size = snn_shape_size (snn_network_output (network));
  g_autoptr (SnnEngine) engine = NULL;
  g_autofree float *all_logits = g_new (float, 9 * size);
  float values[9][2][6][8];
  SnnInput inputs[9];
  float *logits[9];
  guint64 expected = 0;
  SnnOperations counted, more;

  network->spiking = FALSE;
  engine = snn_engine_new (network, 1 + __i__ % 2);
  for (guint j = 0; j < sizeof values / sizeof (float); j++) {
    float value = (float) (j * 7 % 11 % 4) / 3.f - 1.f / 3.f;

    if (j * 7 % 11 % 4 == 1)
      value = 0.f;
    ((float *) values)[j] = value;
    expected += value != 0.f ? snn_node_fan_out (node, j / 8 % 6, j % 8) : 0;
  }
  for (guint j = 0; j < 9; j++) {
    inputs[j] = (SnnInput) { values[j], SNN_VALUE_FLOAT32, 1 };
    logits[j] = all_logits + j * size;
  }
  fail_unless (snn_engine_run (engine, 9, inputs, NULL, logits, NULL, NULL));
  counted = snn_engine_take_operations (engine);
  fail_unless_equals_uint64 (counted.multiply_accumulates, 0);
  snn_engine_count_operations (engine, TRUE);
  fail_unless (snn_engine_run (engine, 4, inputs, NULL, logits, NULL, NULL));
  fail_unless (snn_engine_run (engine, 5, inputs + 4, NULL, logits, NULL,
          NULL));
  counted = snn_engine_take_operations (engine);
  more = snn_engine_take_operations (engine);
  fail_unless_equals_uint64 (pool ? counted.accumulates
      : counted.multiply_accumulates, expected);
  fail_unless_equals_uint64 (pool ? counted.multiply_accumulates
      : counted.accumulates, 0);
  fail_unless_equals_uint64 (more.accumulates + more.multiply_accumulates,
      0);
}

GST_END_TEST;

/* Dense: of a spiking network accumulates where neurons lead to, and
 * multiply-accumulates behind analog input and behind average pooling. */
GST_START_TEST (test_dense)
{
  g_autoptr (SnnNetwork) network = snn_network_new ();
  const SnnNode added[] = {
    {.name = "input",.op = &snn_op_input,.out = {1, 4, 4}},
    {.name = "a",.op = &snn_op_conv2d,.kernel = 1,.stride = 1,.out = {3}},
    {.name = "if",.op = &snn_op_if},
    {.name = "b",.op = &snn_op_conv2d,.kernel = 1,.stride = 1,.out = {5}},
    {.name = "if2",.op = &snn_op_if},
    {.name = "pool",.op = &snn_op_avg_pool2d,.kernel = 2,.stride = 2},
    {.name = "flat",.op = &snn_op_flatten},
    {.name = "c",.op = &snn_op_linear,.out = {2}},
    {.name = "output",.op = &snn_op_output},
  };
  const gchar *const *none = NULL;
  SnnOperations analog, spikes;

  network->spiking = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (added); i++) {
    const gchar *const before[] = { i ? added[i - 1].name : NULL, NULL };

    fail_unless_equals_int (snn_network_add (network, &added[i],
            i ? before : none, NULL), (gint) i);
  }
  analog = snn_network_operations (network, TRUE);
  spikes = snn_network_operations (network, FALSE);
  fail_unless_equals_uint64 (analog.accumulates, 16 * 3 * 5 + 16 * 5);
  fail_unless_equals_uint64 (analog.multiply_accumulates, 16 * 3
      + 4 * 5 * 2);
  fail_unless_equals_uint64 (spikes.accumulates, 16 * 3 + 16 * 3 * 5
      + 16 * 5);
  fail_unless_equals_uint64 (spikes.multiply_accumulates, 4 * 5 * 2);
}

GST_END_TEST;

GST_START_TEST (test_energy)
{
  const SnnOperations operations = { 1000000, 2000000 };
  SnnOperations sum = { 1, 2 };

  fail_unless (fabs (snn_operations_microjoules (&operations)
          - (0.9 + 2. * 4.6)) < 1e-9);
  snn_operations_add (&sum, &operations);
  fail_unless_equals_uint64 (snn_operations_times (&operations,
          3).multiply_accumulates, 6000000);
  fail_unless_equals_uint64 (sum.accumulates, 1000001);
  fail_unless_equals_uint64 (sum.multiply_accumulates, 2000002);
}

GST_END_TEST;

static Suite *
operations_suite (void)
{
  Suite *suite = suite_create ("operations");
  TCase *tcase = tcase_create ("general");

  tcase_add_loop_test (tcase, test_fan_out, 0, G_N_ELEMENTS (nodes));
  tcase_add_test (tcase, test_other_layers);
  tcase_add_loop_test (tcase, test_engine, 0, G_N_ELEMENTS (nodes));
  tcase_add_test (tcase, test_intensities_of_one);
  tcase_add_loop_test (tcase, test_ann, 0, G_N_ELEMENTS (nodes));
  tcase_add_test (tcase, test_dense);
  tcase_add_test (tcase, test_energy);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (operations);
