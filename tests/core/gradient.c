/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/base/random.h>
#include <snn/ops/neurons.h>
#include <snn/train/trainer.h>
#include "tests/core/gradient-networks.h"
#include "tests/reference-network.h"

/* Gradients of small random networks, each of which is about one kind of
 * layer. The reference's forward pass in double precision gives finite
 * differences that are exact to many digits; our gradients of ANNs are held to
 * these, and those of spiking networks, whose surrogate gradient is no
 * derivative of anything, to the reference's own backward pass. The rate gradient
 * is the derivative of a network of mean values, again by differences. */

#define N_SAMPLES 3
static SnnNetwork *
build (const NetworkSpec *spec)
{
  g_autoptr (SnnNetwork) network = snn_network_new ();
  g_autoptr (GError) error = NULL;
  SnnRandom random;

  snn_network_add (network, &(SnnNode) {.name = (gchar *) "input",
        .op = &snn_op_input,.out = spec->input }, NULL, NULL);
  for (guint i = 0; i < MAX_NODES && spec->nodes[i].name; i++) {
    const NodeSpec *from = &spec->nodes[i];
    SnnNode node = {
      .name = (gchar *) from->name,.op = from->op,
      .out.channels = from->channels,.kernel = from->kernel,
      .stride = from->stride,.padding = from->padding
    };

    fail_unless (snn_network_add (network, &node, from->from, &error) >= 0,
        "%s: %s", spec->name, error ? error->message : "");
  }
  fail_unless (snn_network_validate (network, &error), "%s: %s", spec->name,
      error ? error->message : "");
  if (spec->bias)
    snn_network_add_bias (network);
  snn_network_init_weights (network, 1);
  /* Larger than usual, and not centred, so that most neurons are active; less so in
   * volumes, where neurons have many inputs and would always be. */
  snn_random_init (&random, 2, SNN_RANDOM_WEIGHTS, 0);
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (gsize w = 0; w < node->n_weights; w++)
      node->weight[w] = 1.5f * node->weight[w]
          + (node->in.depth > 0 ? 0.02f : 0.1f)
          * (float) snn_random_double (&random);
    for (gsize o = 0; spec->bias && node->n_weights > 0
        && o < snn_node_parameter (node, "bias")->n; o++)
      snn_node_parameter (node, "bias")->values[o] =
          0.2f * (float) snn_random_double (&random);
  }
  return g_steal_pointer (&network);
}

static const NetworkSpec *
find_spec (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    if (g_str_equal (specs[i].name, name))
      return &specs[i];
  g_assert_not_reached ();
}

/* Spikes make a potential equal to no threshold, where rounding would decide, and
 * those of a neuron alone don't make another one spike every time. */
static float
threshold_for (const SnnNetwork *network, const SnnNode *node, guint channel)
{
  const float base =
      snn_node_is_activation (snn_network_node (network, node->inputs[0])) ? 1.41f : 0.41f;

  return base + 0.053f * (float) channel;
}

static SnnNetwork *
build_spiking (const NetworkSpec *spec)
{
  g_autoptr (SnnNetwork) ann = build (spec);
  SnnNetwork *snn = snn_network_to_spiking (ann);

  for (guint i = 0; i < snn->nodes->len; i++) {
    SnnNode *node = snn_network_node (snn, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = threshold_for (snn, node, c);
  }
  return snn;
}

typedef struct
{
  float *values[N_SAMPLES];
  guint8 *targets[N_SAMPLES];
  float *logits[N_SAMPLES];
  double *expected_logits[N_SAMPLES];
  SnnSample samples[N_SAMPLES];
  ReferenceRates *rates;        /* for rate_loss() */
} Batch;

/* Whether a label has the class of each pixel, or as many masks as channels. */
static gboolean
is_of_classes (const SnnNetwork *network, SnnLoss loss)
{
  return loss == SNN_LOSS_CROSS_ENTROPY || loss == SNN_LOSS_CE_DICE
      || (loss == SNN_LOSS_DICE && snn_network_output (network).channels > 1);
}

static Batch *
make_batch (const SnnNetwork *network, SnnLoss loss, guint timesteps)
{
  Batch *batch = g_new0 (Batch, 1);
  gsize n_in = snn_shape_size (snn_network_input (network));
  gsize n_out = snn_shape_size (snn_network_output (network));
  const guint channels = snn_network_output (network).channels;
  SnnRandom random;

  snn_random_init (&random, 3, SNN_RANDOM_PHANTOM, 0);
  for (guint s = 0; s < N_SAMPLES; s++) {
    batch->values[s] = g_new (float, n_in * timesteps);
    batch->targets[s] = g_new0 (guint8, n_out);
    batch->logits[s] = g_new0 (float, n_out);
    batch->expected_logits[s] = g_new0 (double, n_out);
    for (gsize i = 0; i < n_in * timesteps; i++)
      batch->values[s][i] = (float) snn_random_normal (&random);
    for (gsize i = 0; i < n_out; i++)
      batch->targets[s][i] = (guint8) snn_random_below (&random, 2);
    if (is_of_classes (network, loss))
      for (gsize i = 0; i < n_out / channels; i++)
        batch->targets[s][i] = (guint8) snn_random_below (&random, channels);
    batch->samples[s] = (SnnSample) {
      .input = {batch->values[s], SNN_VALUE_FLOAT32, timesteps},
      .target = batch->targets[s],
      .id = s
    };
  }
  return batch;
}

static void
batch_free (Batch *batch)
{
  for (guint s = 0; s < N_SAMPLES; s++) {
    g_free (batch->values[s]);
    g_free (batch->targets[s]);
    g_free (batch->logits[s]);
    g_free (batch->expected_logits[s]);
  }
  g_clear_pointer (&batch->rates, reference_rates_free);
  g_free (batch);
}

/* Our gradient of the batch; fills in the logits, too. */
static float *
our_gradient (SnnNetwork *network, const SnnTrainingSettings *settings,
    Batch *batch, double *loss)
{
  g_autoptr (SnnTrainer) trainer = snn_trainer_new (network, settings, NULL);
  float *gradient = g_new (float, snn_network_n_weights (network));

  *loss = snn_trainer_gradient (trainer, N_SAMPLES, batch->samples,
      batch->logits, gradient);
  return gradient;
}

/* Node by node: the largest difference, relative to the largest value. Returns: how
 * many nodes have no gradient */
static guint
compare_gradient (const gchar *name, const SnnNetwork *network,
    const float *found, const double *expected, double tolerance)
{
  guint n_without = 0;

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    double largest = 0., difference = 0.;

    for (gsize w = 0; w < reference_n_trained (node); w++) {
      largest = MAX (largest, fabs (expected[w]));
      difference = MAX (difference, fabs (found[w] - expected[w]));
    }
    if (node->n_weights > 0) {
      GST_INFO ("%s, '%s': %g of %g", name, node->name, difference, largest);
      n_without += largest <= 1e-4;
      fail_unless (difference <= tolerance * MAX (largest, 1e-4),
          "%s: gradient of '%s' differs by %g, where the largest is %g", name,
          node->name, difference, largest);
    }
    found += reference_n_trained (node);
    expected += reference_n_trained (node);
  }
  return n_without;
}

static void
assert_gradient (const gchar *name, const SnnNetwork *network,
    const float *found, const double *expected, double tolerance)
{
  const guint n = compare_gradient (name, network, found, expected, tolerance);

  fail_unless (n == 0, "%s: %u nodes have no gradient", name, n);
}

static void
assert_logits (const gchar *name, const SnnNetwork *network,
    const Batch *batch)
{
  for (guint s = 0; s < N_SAMPLES; s++)
    for (gsize i = 0; i < snn_shape_size (snn_network_output (network)); i++)
      fail_unless (fabs (batch->logits[s][i]
              - batch->expected_logits[s][i]) <= 1e-5
          * MAX (1., fabs (batch->expected_logits[s][i])),
          "%s: logit %g; expected %g", name, batch->logits[s][i],
          batch->expected_logits[s][i]);
}

typedef double (*Loss) (const SnnNetwork * network, const double *weights,
    const SnnTrainingSettings * settings, const Batch * batch);

static double
ann_loss (const SnnNetwork *network, const double *weights,
    const SnnTrainingSettings *settings, const Batch *batch)
{
  return reference_gradient (network, weights, settings, N_SAMPLES,
      batch->samples, NULL, NULL);
}

static double
rate_loss (const SnnNetwork *network, const double *weights,
    const SnnTrainingSettings *settings, const Batch *batch)
{
  return reference_rates_loss (batch->rates, weights, NULL);
}

/* (L(w + h) - L(w - h)) / 2h of every weight. */
static double *
finite_differences (const SnnNetwork *network,
    const SnnTrainingSettings *settings, const Batch *batch, Loss loss)
{
  const double h = 1e-5;
  gsize n = snn_network_n_weights (network);
  g_autofree double *weights = reference_weights (network);
  double *slopes = g_new (double, n);

  for (gsize w = 0; w < n; w++) {
    double kept = weights[w], above, below;

    weights[w] = kept + h;
    above = loss (network, weights, settings, batch);
    weights[w] = kept - h;
    below = loss (network, weights, settings, batch);
    weights[w] = kept;
    slopes[w] = (above - below) / (2. * h);
  }
  return slopes;
}

GST_START_TEST (test_finite_differences)
{
  const NetworkSpec *spec = &specs[__i__];
  g_autoptr (SnnNetwork) network = build (spec);
  Batch *batch = make_batch (network, spec->loss, 1);
  g_autofree double *weights = reference_weights (network);
  g_autofree double *expected = NULL;
  g_autofree float *gradient = NULL;
  SnnTrainingSettings settings;
  double loss, expected_loss;

  snn_training_settings_init (&settings);
  settings.loss = spec->loss;
  settings.threads = 1;
  gradient = our_gradient (network, &settings, batch, &loss);
  expected_loss = reference_gradient (network, weights, &settings, N_SAMPLES,
      batch->samples, batch->expected_logits, NULL);
  fail_unless (fabs (loss - expected_loss) < 1e-6, "%s: loss %g; expected %g",
      spec->name, loss, expected_loss);
  assert_logits (spec->name, network, batch);
  expected = finite_differences (network, &settings, batch, ann_loss);
  assert_gradient (spec->name, network, gradient, expected, 1e-5);
  batch_free (batch);
}

GST_END_TEST;

/* The reference's own backward pass, which the next tests rely on. */
GST_START_TEST (test_reference)
{
  const NetworkSpec *spec = &specs[__i__];
  g_autoptr (SnnNetwork) network = build (spec);
  gsize n = snn_network_n_weights (network);
  Batch *batch = make_batch (network, spec->loss, 1);
  g_autofree double *weights = reference_weights (network);
  g_autofree double *gradient = g_new (double, n);
  g_autofree double *expected = NULL;
  SnnTrainingSettings settings;

  snn_training_settings_init (&settings);
  settings.loss = spec->loss;
  reference_gradient (network, weights, &settings, N_SAMPLES, batch->samples,
      NULL, gradient);
  expected = finite_differences (network, &settings, batch, ann_loss);
  for (gsize w = 0; w < n; w++)
    fail_unless (fabs (gradient[w] - expected[w]) < 1e-7,
        "%s: weight %" G_GSIZE_FORMAT ": %g; expected %g", spec->name, w,
        gradient[w], expected[w]);
  batch_free (batch);
}

GST_END_TEST;

/* Ways to train a spiking network. */
static const struct
{
  const gchar *name;
  SnnSurrogate surrogate;
  double alpha;
  double logit_gain;
  SnnReadout readout;
  double initial_membrane;
  guint timesteps;
  double leak;                  /* 0: signed neurons */
  SnnReset reset;
  guint levels;                 /* of quantised rates */
} ways[] = {
  {"Rathi", SNN_SURROGATE_RELATIVE, 0.3, 1., SNN_READOUT_MEAN, 0., 7, 1.},
  {"Yue", SNN_SURROGATE_ABSOLUTE, 0.3, 1., SNN_READOUT_MEAN, 0., 7, 1.},
  {"sum", SNN_SURROGATE_RELATIVE, 0.3, 1., SNN_READOUT_SUM, 0., 5, 1.},
  {"half charged", SNN_SURROGATE_RELATIVE, 1., 1., SNN_READOUT_MEAN, 0.5, 4, 1.,
      .levels = 6},
  {"gain", SNN_SURROGATE_ABSOLUTE, 1., 10., SNN_READOUT_MEAN, 0.5, 4, 1.},
  {"long", SNN_SURROGATE_RELATIVE, 0.3, 1., SNN_READOUT_MEAN, 0., 37, 1.,
      .levels = 12},
  {"one step", SNN_SURROGATE_RELATIVE, 0.3, 1., SNN_READOUT_MEAN, 0.5, 1, 1.},
  {"leaky", SNN_SURROGATE_RELATIVE, 0.3, 1., SNN_READOUT_MEAN, 0.5, 7, 0.8},
  {"signed", SNN_SURROGATE_RELATIVE, 0.3, 1., SNN_READOUT_MEAN, 0.5, 7, 0.},
  {"to zero", SNN_SURROGATE_RELATIVE, 0.3, 1., SNN_READOUT_MEAN, 0.5, 7, 1.,
      SNN_RESET_ZERO},
  {"leaky, to zero", SNN_SURROGATE_RELATIVE, 0.3, 1., SNN_READOUT_MEAN, 0.5, 7,
      0.8, SNN_RESET_ZERO},
};

static void
set_neurons (SnnNetwork *network, guint way)
{
  const double leak = ways[way].leak;

  snn_network_set_neurons (network, leak > 0. ? SNN_NEURON_LIF
      : SNN_NEURON_SIGNED_IF, leak);
  fail_unless (snn_network_set_reset (network, ways[way].reset, NULL), "%s",
      ways[way].name);
}

GST_START_TEST (test_through_time)
{
  const NetworkSpec *spec = &specs[__i__ % G_N_ELEMENTS (specs)];
  const guint way = (guint) __i__ / G_N_ELEMENTS (specs);
  g_autoptr (SnnNetwork) network = build_spiking (spec);
  g_autofree gchar *name =
      g_strdup_printf ("%s, %s", spec->name, ways[way].name);
  g_autofree double *weights = reference_weights (network);
  g_autofree double *expected =
      g_new (double, snn_network_n_weights (network));
  g_autofree float *gradient = NULL;
  Batch *batch = make_batch (network, spec->loss, ways[way].timesteps);
  SnnTrainingSettings settings;
  double loss, expected_loss;

  network->readout = ways[way].readout;
  network->initial_membrane = ways[way].initial_membrane;
  set_neurons (network, way);
  snn_training_settings_init (&settings);
  settings.loss = spec->loss;
  settings.surrogate = ways[way].surrogate;
  settings.alpha = ways[way].alpha;
  settings.logit_gain = ways[way].logit_gain;
  settings.threads = 1;
  gradient = our_gradient (network, &settings, batch, &loss);
  expected_loss = reference_gradient (network, weights, &settings, N_SAMPLES,
      batch->samples, batch->expected_logits, expected);
  fail_unless (fabs (loss - expected_loss) < 1e-5 * MAX (1., expected_loss),
      "%s: loss %g; expected %g", name, loss, expected_loss);
  assert_logits (name, network, batch);
  assert_gradient (name, network, gradient, expected, 1e-5);
  batch_free (batch);
}

GST_END_TEST;

/* Blocks of timesteps that are kept are those that would be made again. */
GST_START_TEST (test_kept_blocks)
{
  const NetworkSpec *spec = find_spec ("sums of branches");
  g_autoptr (SnnNetwork) network = build_spiking (spec);
  gsize size = snn_network_n_weights (network) * sizeof (float);
  g_autofree float *expected = NULL;
  Batch *batch = make_batch (network, spec->loss, 200);
  SnnTrainingSettings settings;
  double loss;

  snn_training_settings_init (&settings);
  settings.loss = spec->loss;
  settings.threads = 1;
  settings.kept_bytes = 0;
  expected = our_gradient (network, &settings, batch, &loss);
  for (gsize bytes = 1024; bytes <= 1u << 20; bytes *= 2) {
    g_autofree float *gradient = NULL;

    settings.kept_bytes = bytes;
    gradient = our_gradient (network, &settings, batch, &loss);
    fail_unless (memcmp (gradient, expected, size) == 0,
        "with %" G_GSIZE_FORMAT " bytes", bytes);
  }
  batch_free (batch);
}

GST_END_TEST;

/* Gradients of mean values over time, or of one timestep. */
static const struct
{
  const gchar *name;
  SnnGradient gradient;
  gboolean sparse;              /* a potential may be out of the surrogate's reach */
} mean_gradients[] = {
  {"by rates", SNN_GRADIENT_RATE},
  {"quantised", SNN_GRADIENT_QCFS},
  {"at the last timestep", SNN_GRADIENT_FPTT, TRUE},
};

/* Differences take long: of the kinds after the first every third pair of a network
 * and a way is looked at, so that all networks and all ways are. */
static gboolean
is_looked_at (guint kind, guint spec, guint way)
{
  return kind == 0 || (spec + way + kind) % 3 == 0;
}

GST_START_TEST (test_rates)
{
  const guint pairs = G_N_ELEMENTS (specs) * G_N_ELEMENTS (ways);
  const guint kind = (guint) __i__ / pairs;
  const guint way = (guint) __i__ % pairs / G_N_ELEMENTS (specs);
  const NetworkSpec *spec = &specs[__i__ % G_N_ELEMENTS (specs)];
  g_autoptr (SnnNetwork) network = build_spiking (spec);
  g_autofree gchar *name =
      g_strdup_printf ("%s, %s, %s", spec->name, ways[way].name,
      mean_gradients[kind].name);
  g_autofree double *weights = reference_weights (network);
  g_autofree double *expected = NULL;
  g_autofree float *gradient = NULL;
  Batch *batch = make_batch (network, spec->loss, ways[way].timesteps);
  SnnTrainingSettings settings;
  double loss, expected_loss;

  if (!is_looked_at (kind, (guint) (spec - specs), way)) {
    batch_free (batch);
    return;
  }
  network->readout = ways[way].readout;
  network->initial_membrane = ways[way].initial_membrane;
  set_neurons (network, way);
  snn_training_settings_init (&settings);
  settings.loss = spec->loss;
  settings.gradient = mean_gradients[kind].gradient;
  settings.levels = ways[way].levels;
  settings.surrogate = ways[way].surrogate;
  settings.alpha = ways[way].alpha;
  settings.logit_gain = ways[way].logit_gain;
  settings.threads = 1;
  gradient = our_gradient (network, &settings, batch, &loss);
  batch->rates = reference_rates_new (network, &settings, N_SAMPLES,
      batch->samples);
  expected_loss = reference_rates_loss (batch->rates, weights,
      batch->expected_logits);
  fail_unless (fabs (loss - expected_loss) < 1e-5 * MAX (1., expected_loss),
      "%s: loss %g; expected %g", name, loss, expected_loss);
  assert_logits (name, network, batch);
  expected = finite_differences (network, &settings, batch, rate_loss);
  if (mean_gradients[kind].sparse)
    compare_gradient (name, network, gradient, expected, 1e-5);
  else
    assert_gradient (name, network, gradient, expected, 1e-5);
  batch_free (batch);
}

GST_END_TEST;

static const gchar *const dropped[] = { "3x3 convolutions", "linear layers" };

/* What is dropped depends on the sample and the epoch only, so that the loss
 * with dropout is a function of the weights like any other. Its differences
 * are taken in single precision, as the reference has no dropout. */
GST_START_TEST (test_dropout)
{
  const NetworkSpec *spec = find_spec (dropped[__i__]);
  const float h = 3e-4f;
  g_autoptr (SnnNetwork) network = build (spec);
  g_autofree float *gradient = NULL;
  g_autofree float *plain = NULL;
  gsize n = snn_network_n_weights (network);
  Batch *batch = make_batch (network, spec->loss, 1);
  SnnNode *node = snn_network_find (network, "b");
  SnnTrainingSettings settings;
  gsize first = snn_network_find (network, "a")->n_weights;
  double loss, plain_loss, largest = 0., difference = 0.;

  snn_training_settings_init (&settings);
  settings.loss = spec->loss;
  settings.threads = 1;
  plain = our_gradient (network, &settings, batch, &plain_loss);
  settings.dropout = 0.4;
  gradient = our_gradient (network, &settings, batch, &loss);
  fail_unless (loss != plain_loss);
  fail_unless (memcmp (gradient, plain, n * sizeof *plain) != 0);
  for (gsize w = 0; w < node->n_weights; w++) {
    float kept = node->weight[w];
    double above, below;

    node->weight[w] = kept + h;
    g_free (our_gradient (network, &settings, batch, &above));
    node->weight[w] = kept - h;
    g_free (our_gradient (network, &settings, batch, &below));
    node->weight[w] = kept;
    largest = MAX (largest, fabs (gradient[first + w]));
    difference = MAX (difference, fabs (gradient[first + w]
            - (above - below) / (2. * h)));
  }
  GST_INFO ("dropout: %g of %g", difference, largest);
  fail_unless (difference < 0.02 * largest, "differs by %g of %g", difference,
      largest);

  batch->samples[0].epoch = 1;
  g_free (our_gradient (network, &settings, batch, &plain_loss));
  fail_unless (loss != plain_loss, "epochs drop the same");
  batch->samples[0].epoch = 0;
  batch->samples[0].id = 5;
  g_free (our_gradient (network, &settings, batch, &plain_loss));
  fail_unless (loss != plain_loss, "samples drop the same");
  batch->samples[0].id = 0;
  g_free (our_gradient (network, &settings, batch, &plain_loss));
  fail_unless (loss == plain_loss, "a draw is not repeated");
  batch_free (batch);
}

GST_END_TEST;

static Suite *
gradient_suite (void)
{
  Suite *suite = suite_create ("gradient");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_finite_differences, 0, G_N_ELEMENTS (specs));
  tcase_add_loop_test (tc, test_reference, 0, G_N_ELEMENTS (specs));
  tcase_add_loop_test (tc, test_through_time, 0,
      G_N_ELEMENTS (specs) * G_N_ELEMENTS (ways));
  tcase_add_test (tc, test_kept_blocks);
  tcase_add_loop_test (tc, test_rates, 0, G_N_ELEMENTS (specs)
      * G_N_ELEMENTS (ways) * G_N_ELEMENTS (mean_gradients));
  tcase_add_loop_test (tc, test_dropout, 0, G_N_ELEMENTS (dropped));
  return suite;
}

GST_CHECK_MAIN (gradient);
