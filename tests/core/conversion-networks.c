/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/base/error.h>
#include <snn/base/random.h>
#include <snn/convert/conversion.h>
#include <snn/graph/builder.h>

/* Networks other than U-Nets: those that are converted give the ANN's logits, those
 * that would give others are refused by name. */

#define SIDE 8
#define SIZE (SIDE * SIDE)
#define SAMPLES 4
#define TIMESTEPS 2000

/* From node "a_act", neurons behind a convolution, on. */
typedef const gchar *(*Rest) (SnnBuilder * b, const gchar * a, const gchar * act);

static const gchar *
add_nothing (SnnBuilder *b, const gchar *a, const gchar *act)
{
  return act;
}

static const gchar *
add_pool (SnnBuilder *b, const gchar *a, const gchar *act)
{
  return snn_builder_pool (b, "pool", act);
}

static const gchar *
add_flatten (SnnBuilder *b, const gchar *a, const gchar *act)
{
  return snn_builder_flatten (b, "flatten", snn_builder_pool (b, "pool", act));
}

/* The sum that "a_act" is of enters "c_act" as well. */
static const gchar *
add_residual (SnnBuilder *b, const gchar *a, const gchar *act)
{
  const gchar *at = snn_builder_conv2d (b, "c", 6, 3, act);

  at = snn_builder_relu (b, "c_act", at, a);
  return snn_builder_conv2d (b, "out", 2, 1, at);
}

/* ... or a convolution. */
static const gchar *
add_reader (SnnBuilder *b, const gchar *a, const gchar *act)
{
  const gchar *c = snn_builder_conv2d (b, "c", 6, 3, act);
  const gchar *d = snn_builder_conv2d (b, "d", 6, 3, a);

  return snn_builder_conv2d (b, "out", 2, 1, snn_builder_relu (b, "c_act", c, d));
}

static const gchar *
add_layers (SnnBuilder *b, const gchar *a, const gchar *act)
{
  const gchar *at = snn_builder_conv2d (b, "c", 5, 3, act);

  at = snn_builder_relu (b, "c_act", at, NULL);
  return snn_builder_conv2d (b, "out", 2, 1, at);
}

/* Readers behind a pooling, and a Linear one of several pixels. */
static const gchar *
add_classifier (SnnBuilder *b, const gchar *a, const gchar *act)
{
  const gchar *at = snn_builder_pool (b, "pool", act);

  at = snn_builder_conv2d (b, "c", 5, 3, at);
  at = snn_builder_relu (b, "c_act", at, NULL);
  at = snn_builder_flatten (b, "flatten", at);
  at = snn_builder_linear (b, "d", 7, at);
  at = snn_builder_relu (b, "d_act", at, NULL);
  return snn_builder_linear (b, "out", 3, at);
}

/* Sums that no neurons are of, with several readers and before the output. */
static const gchar *
add_sums (SnnBuilder *b, const gchar *a, const gchar *act)
{
  const gchar *c = snn_builder_conv2d (b, "c", 4, 3, act);
  const gchar *d = snn_builder_conv2d (b, "d", 5, 3, c);
  const gchar *e = snn_builder_conv2d (b, "e", 5, 1, c);
  const gchar *at = snn_builder_relu (b, "d_act", d, e);

  at = snn_builder_conv2d (b, "out", 2, 1, at);
  return snn_builder_pool (b, "pool", at);
}

static SnnNetwork *
make_ann (Rest rest, gboolean bias)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, SIDE, SIDE });
  const gchar *a = snn_builder_conv2d (b, "a", 6, 3, at);
  SnnNetwork *ann;
  SnnRandom random;

  at = rest (b, a, snn_builder_relu (b, "a_act", a, NULL));
  ann = snn_builder_end (b, at, NULL);
  fail_unless (ann != NULL);
  if (bias)
    snn_network_add_bias (ann);
  snn_random_init (&random, 5, SNN_RANDOM_WEIGHTS, 0);
  for (guint i = 0; i < ann->nodes->len; i++) {
    SnnNode *node = snn_network_node (ann, i);
    const SnnParameter *added = snn_node_parameter (node, "bias");

    /* Channels that differ, as otherwise it doesn't matter whose scale is taken. */
    for (gsize w = 0; w < node->n_weights; w++)
      node->weight[w] = (float) ((snn_random_double (&random) - 0.3)
          * (double) (1 + w % node->out.channels) / node->out.channels);
    for (gsize o = 0; added && o < added->n; o++)
      added->values[o] = (float) (snn_random_double (&random) - 0.5);
  }
  return ann;
}

/* Of images, trains that repeat them. */
static float *
make_inputs (SnnInput inputs[SAMPLES])
{
  float *trains = g_new (float, SAMPLES * TIMESTEPS * SIZE);
  SnnRandom random;

  snn_random_init (&random, 6, SNN_RANDOM_PHANTOM, 0);
  for (guint s = 0; s < SAMPLES; s++) {
    float *train = trains + (gsize) s * TIMESTEPS * SIZE;

    for (guint i = 0; i < SIZE; i++)
      train[i] = (float) snn_random_double (&random);
    for (guint t = 1; t < TIMESTEPS; t++)
      memcpy (train + t * SIZE, train, SIZE * sizeof *train);
    inputs[s] = (SnnInput) { train, SNN_VALUE_FLOAT32, TIMESTEPS };
  }
  return trains;
}

static SnnNetwork *
convert (SnnNetwork *ann, SnnConversionMethod method, SnnScales scales,
    const SnnInput *inputs, GError **error)
{
  SnnConversionSettings settings;

  snn_conversion_settings_init (&settings);
  settings.method = method;
  settings.scales = scales;
  settings.percentile = 100.;
  settings.neuron = SNN_NEURON_IF;
  settings.threads = 1;
  return snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL, NULL,
      error);
}

static void
run (SnnNetwork *network, SnnInput input, float *logits)
{
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autoptr (SnnState) state = network->spiking ? snn_state_new (network) : NULL;

  input.timesteps = network->spiking ? TIMESTEPS : 1;
  fail_unless (snn_engine_run (engine, 1, &input, &state, &logits, NULL, NULL));
}

/* Logits of @snn are those of @ann over @factor. */
static void
assert_logits (const gchar *what, SnnNetwork *ann, SnnNetwork *snn,
    const SnnInput *inputs, double factor)
{
  const gsize n = snn_shape_size (snn_network_output (ann));

  for (guint s = 0; s < SAMPLES; s++) {
    g_autofree float *expected = g_new (float, n);
    g_autofree float *found = g_new (float, n);
    double largest = 0.;

    run (ann, inputs[s], expected);
    run (snn, inputs[s], found);
    for (gsize i = 0; i < n; i++)
      largest = MAX (largest, fabs (expected[i]));
    for (gsize i = 0; i < n; i++)
      fail_unless (fabs (found[i] * factor - expected[i]) < 0.01 * largest,
          "%s: logit %" G_GSIZE_FORMAT " is %g; expected %g", what, i,
          found[i] * factor, expected[i]);
  }
}

static const struct
{
  const gchar *name;
  Rest rest;
} converted[] = {
  {"layers", add_layers},
  {"a classifier", add_classifier},
  {"sums", add_sums},
};

GST_START_TEST (test_branch_aware)
{
  SnnInput inputs[SAMPLES];
  g_autofree float *trains = make_inputs (inputs);

  for (guint i = 0; i < G_N_ELEMENTS (converted); i++)
    for (gint bias = FALSE; bias <= TRUE; bias++)
      for (guint scales = 0; scales < 2; scales++) {
        g_autoptr (SnnNetwork) ann = make_ann (converted[i].rest, bias);
        g_autoptr (GError) error = NULL;
        g_autoptr (SnnNetwork) snn =
            convert (ann, SNN_CONVERSION_BRANCH_AWARE, scales, inputs, &error);

        g_assert_no_error (error);
        assert_logits (converted[i].name, ann, snn, inputs, 1.);
      }
}

GST_END_TEST;

/* Of all layers. */
static double
product_of_thresholds (const SnnNetwork *network)
{
  double product = 1.;

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    double sum = 0.;

    for (guint o = 0; node->threshold && o < node->out.channels; o++)
      sum += node->threshold[o];
    product *= node->threshold ? sum / node->out.channels : 1.;
  }
  return product;
}

/* By the published method logits are those of the ANN over one factor, whether
 * thresholds are those of layers or of channels. */
GST_START_TEST (test_balancing)
{
  SnnInput inputs[SAMPLES];
  g_autofree float *trains = make_inputs (inputs);

  for (guint i = 0; i < G_N_ELEMENTS (converted); i++)
    for (gint bias = FALSE; bias <= TRUE; bias++)
      for (guint scales = 0; scales < 2; scales++) {
        g_autoptr (SnnNetwork) ann = make_ann (converted[i].rest, bias);
        g_autoptr (GError) error = NULL;
        g_autoptr (SnnNetwork) snn = convert (ann,
            SNN_CONVERSION_THRESHOLD_BALANCING, scales, inputs, &error);

        g_assert_no_error (error);
        assert_logits (converted[i].name, ann, snn, inputs,
            product_of_thresholds (snn));
      }
}

GST_END_TEST;

static void
assert_refused (Rest rest, SnnConversionMethod method, const gchar *name,
    const SnnInput *inputs)
{
  g_autoptr (SnnNetwork) ann = make_ann (rest, FALSE);
  g_autoptr (GError) error = NULL;

  fail_unless (convert (ann, method, SNN_SCALES_PER_CHANNEL, inputs,
          &error) == NULL, "%s is not refused", name);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
  fail_unless (strstr (error->message, name) != NULL, "'%s' lacks %s",
      error->message, name);
}

/* What neurons send has a scale of its own, which nothing takes back. */
GST_START_TEST (test_refuses_bare_neurons)
{
  static const Rest rests[] = { add_nothing, add_pool, add_flatten };
  SnnInput inputs[SAMPLES];
  g_autofree float *trains = make_inputs (inputs);

  for (guint i = 0; i < G_N_ELEMENTS (rests); i++)
    for (guint method = 0; method < 2; method++)
      assert_refused (rests[i], method, "'a_act'", inputs);
}

GST_END_TEST;

/* A layer with weights has one scale. */
GST_START_TEST (test_refuses_shared_layers)
{
  SnnInput inputs[SAMPLES];
  g_autofree float *trains = make_inputs (inputs);

  assert_refused (add_residual, SNN_CONVERSION_BRANCH_AWARE, "'a'", inputs);
  assert_refused (add_reader, SNN_CONVERSION_BRANCH_AWARE, "'a'", inputs);
}

GST_END_TEST;

/* Thresholds leave it as it is: only who reads spikes takes up what they count. */
GST_START_TEST (test_balances_shared_layers)
{
  SnnInput inputs[SAMPLES];
  g_autofree float *trains = make_inputs (inputs);
  g_autoptr (SnnNetwork) ann = make_ann (add_reader, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnNetwork) snn = convert (ann,
      SNN_CONVERSION_THRESHOLD_BALANCING, SNN_SCALES_PER_CHANNEL, inputs, &error);
  const SnnNode *c = snn_network_find (ann, "c");
  const SnnNode *d = snn_network_find (ann, "d");

  g_assert_no_error (error);
  fail_unless (memcmp (c->weight, snn_network_find (snn, "c")->weight,
          c->n_weights * sizeof (float)) != 0);
  fail_unless (memcmp (d->weight, snn_network_find (snn, "d")->weight,
          d->n_weights * sizeof (float)) == 0);
}

GST_END_TEST;

static Suite *
conversion_networks_suite (void)
{
  Suite *suite = suite_create ("conversion-networks");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_branch_aware);
  tcase_add_test (tc, test_balancing);
  tcase_add_test (tc, test_refuses_bare_neurons);
  tcase_add_test (tc, test_refuses_shared_layers);
  tcase_add_test (tc, test_balances_shared_layers);
  return suite;
}

GST_CHECK_MAIN (conversion_networks);
