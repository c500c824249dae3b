/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/convert/conversion.h>
#include <snn/base/error.h>
#include <snn/base/random.h>
#include <snn/graph/builder.h>

#define SIDE 8
#define SIZE (SIDE * SIDE)
#define SAMPLES 6

static const SnnShape slice = { 1, SIDE, SIDE };
/* Of as many values. */
static const SnnShape volume = { 1, 4, 4, 4 };

static SnnNetwork *
make_unet (SnnShape input, gboolean bias)
{
  SnnNetwork *ann = snn_network_new_unet (input, 4, 2, 1, NULL);

  if (bias)
    snn_network_add_bias (ann);
  snn_network_init_weights (ann, 11);
  return ann;
}

static SnnNetwork *
make_ann (gboolean bias)
{
  return make_unet (slice, bias);
}

static void
make_images (float images[SAMPLES][SIZE], SnnInput inputs[SAMPLES])
{
  SnnRandom random;

  snn_random_init (&random, 2, SNN_RANDOM_PHANTOM, 0);
  for (guint s = 0; s < SAMPLES; s++) {
    for (guint i = 0; i < SIZE; i++)
      images[s][i] = (float) (2. * snn_random_double (&random) - 1.);
    inputs[s] = (SnnInput) { images[s], SNN_VALUE_FLOAT32, 1 };
  }
}

/* Repeats an image, as directencoder does. */
static float *
repeat (const float *image, guint timesteps)
{
  float *train = g_new (float, (gsize) timesteps * SIZE);

  for (guint t = 0; t < timesteps; t++)
    memcpy (train + (gsize) t * SIZE, image, SIZE * sizeof *image);
  return train;
}

static void
run (SnnNetwork *network, const SnnInput *input, float *logits)
{
  SnnEngine *engine = snn_engine_new (network, 1);
  SnnState *state = network->spiking ? snn_state_new (network) : NULL;

  snn_engine_run (engine, 1, input, &state, &logits, NULL, NULL);
  g_clear_pointer (&state, snn_state_unref);
  snn_engine_unref (engine);
}

/* With scales no activation exceeds, rates approach activations as 1/T, on
 * both branches of every skip. */
static void
check_converges (SnnShape shape, SnnScales scales, gboolean bias)
{
  const guint timesteps = 4000;
  float images[SAMPLES][SIZE], expected[SIZE], found[SIZE];
  SnnInput inputs[SAMPLES];
  SnnConversionSettings settings;
  g_autoptr (SnnNetwork) ann = make_unet (shape, bias);
  g_autoptr (SnnNetwork) snn = NULL;
  g_autoptr (GError) error = NULL;
  float largest = 0.f;

  make_images (images, inputs);
  snn_conversion_settings_init (&settings);
  settings.scales = scales;
  settings.percentile = 100.;
  settings.matching_timesteps = 0;
  snn = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL, NULL,
      &error);
  g_assert_no_error (error);
  fail_unless (snn->spiking && snn->signed_input);
  fail_unless_equals_float (snn->initial_membrane, 0.5);

  for (guint s = 0; s < SAMPLES; s++) {
    g_autofree float *train = repeat (images[s], timesteps);
    const SnnInput input = { train, SNN_VALUE_FLOAT32, timesteps };

    run (ann, &inputs[s], expected);
    run (snn, &input, found);
    for (guint i = 0; i < SIZE; i++)
      largest = MAX (largest, fabsf (expected[i]));
    for (guint i = 0; i < SIZE; i++)
      fail_unless (fabsf (found[i] - expected[i]) < 0.02f * largest,
          "logit %u: spiking %g, ANN %g", i, found[i], expected[i]);
  }
}

GST_START_TEST (test_branch_aware_converges)
{
  for (gint bias = FALSE; bias <= TRUE; bias++) {
    check_converges (slice, SNN_SCALES_PER_LAYER, bias);
    check_converges (slice, SNN_SCALES_PER_CHANNEL, bias);
    check_converges (volume, SNN_SCALES_PER_LAYER, bias);
    check_converges (volume, SNN_SCALES_PER_CHANNEL, bias);
  }
}

GST_END_TEST;

/* Input, 1x1 convolution to so many channels by 1, ReLU, 1x1 convolution by 1:
 * its activations are the input's positive values. */
static SnnNetwork *
make_identity (guint channels)
{
  const gchar *from[] = { "input", NULL };
  SnnNetwork *network = snn_network_new ();
  SnnNode node = {.name = (gchar *) "input",.op = &snn_op_input,
    .out = {1, 10, 10}
  };

  snn_network_add (network, &node, NULL, NULL);
  node = (SnnNode) {.name = (gchar *) "a",.op = &snn_op_conv2d,
    .out.channels = channels,.kernel = 1,.stride = 1};
  snn_network_add (network, &node, from, NULL);
  from[0] = "a";
  node = (SnnNode) {.name = (gchar *) "a_act",.op = &snn_op_relu};
  snn_network_add (network, &node, from, NULL);
  from[0] = "a_act";
  node = (SnnNode) {.name = (gchar *) "b",.op = &snn_op_conv2d,
    .out.channels = 1,.kernel = 1,.stride = 1};
  snn_network_add (network, &node, from, NULL);
  from[0] = "b";
  node = (SnnNode) {.name = (gchar *) "output",.op = &snn_op_output};
  snn_network_add (network, &node, from, NULL);
  for (guint c = 0; c < channels; c++)
    snn_network_find (network, "a")->weight[c] =
        snn_network_find (network, "b")->weight[c] = 1.f;
  return network;
}

GST_START_TEST (test_percentile)
{
  static const double percentiles[] = { 50., 90., 99., 100. };
  g_autoptr (SnnNetwork) ann = make_identity (1);
  SnnConversionSettings settings;
  float image[100];
  const SnnInput input = { image, SNN_VALUE_FLOAT32, 1 };

  /* -0.49 ... 0.50: only the 50 positive values count. */
  for (guint i = 0; i < 100; i++)
    image[i] = ((float) i - 49.f) / 100.f;
  for (guint i = 0; i < G_N_ELEMENTS (percentiles); i++) {
    g_autoptr (SnnNetwork) snn = NULL;
    double scale;

    snn_conversion_settings_init (&settings);
    settings.percentile = percentiles[i];
    settings.matching_timesteps = 0;
    snn = snn_convert (ann, &settings, 1, &input, NULL, NULL, NULL, NULL, NULL);
    scale = 1. / snn_network_find (snn, "a")->weight[0];
    /* Values stand 0.01 apart. */
    fail_unless (fabs (scale - percentiles[i] / 100. * 0.5) < 0.0101,
        "the %g%% scale is %g", percentiles[i], scale);
    /* The scale is taken back where the output is read. */
    fail_unless (fabs (snn_network_find (snn, "b")->weight[0] - scale) < 1e-6,
        "%g%%: %g is not %g", percentiles[i],
        snn_network_find (snn, "b")->weight[0], scale);
  }
}

GST_END_TEST;

/* The mean square error of rates after @levels timesteps of each positive value. */
static double
rate_error (const float *values, double scale, guint levels, double membrane)
{
  double error = 0.;

  for (guint i = 0; i < 100; i++)
    if (values[i] > 0.f) {
      double spikes = MIN (floor (values[i] / scale * levels + membrane), levels);
      double left = values[i] - scale * spikes / levels;

      error += left * left;
    }
  return error / 100.;
}

/* No scale has a smaller error than the one that is found, but for what the width
 * of a bin moves a value over a step: of even values, and of a few large ones. (With
 * branch-aware, values count as much as the output hangs on them.) */
GST_START_TEST (test_least_error)
{
  static const struct
  {
    guint levels;
    double membrane;
    double power;
  } rows[] = {
    {1, 0.5, 1.}, {2, 0.5, 1.}, {4, 0.5, 1.}, {4, 0., 1.},
    {2, 0.5, 6.}, {4, 0.5, 6.}, {16, 0.5, 6.}, {SNN_MAX_LEVELS, 0.5, 6.},
  };
  g_autoptr (SnnNetwork) ann = make_identity (1);
  float image[100];
  const SnnInput input = { image, SNN_VALUE_FLOAT32, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (SnnNetwork) snn = NULL;
    SnnConversionSettings settings;
    double least = G_MAXDOUBLE, scale, found;

    for (guint j = 0; j < 100; j++)
      image[j] = (float) (pow ((j + 0.3) / 100., rows[i].power) - 0.1);
    snn_conversion_settings_init (&settings);
    settings.method = SNN_CONVERSION_THRESHOLD_BALANCING;
    settings.percentile = 0.;
    settings.levels = rows[i].levels;
    settings.initial_membrane = rows[i].membrane;
    snn = snn_convert (ann, &settings, 1, &input, NULL, NULL, NULL, NULL, NULL);
    scale = snn_network_find (snn, "a_act")->threshold[0];
    found = rate_error (image, scale, rows[i].levels, rows[i].membrane);
    for (guint c = 1; c <= 5000; c++)
      least = MIN (least, rate_error (image, c / 5000., rows[i].levels,
              rows[i].membrane));
    fail_unless (found < 1.02 * least + 1e-8,
        "row %u: a scale of %g has an error of %g, the best one %g", i, scale,
        found, least);
  }
}

GST_END_TEST;

/* Channels that are active a half, a hundredth and never as much as the first:
 * the last two have the scale of a tenth. */
GST_START_TEST (test_channels)
{
  static const float weights[] = { 1.f, 0.5f, 0.01f, -1.f };
  static const float scales[] = { 1.f, 0.5f, 0.1f, 0.1f };
  g_autoptr (SnnNetwork) ann = make_identity (G_N_ELEMENTS (weights));
  g_autoptr (SnnNetwork) snn = NULL;
  SnnConversionSettings settings;
  float image[100];
  const SnnInput input = { image, SNN_VALUE_FLOAT32, 1 };

  memcpy (snn_network_find (ann, "a")->weight, weights, sizeof weights);
  for (guint i = 0; i < 100; i++)
    image[i] = 1.f;
  snn_conversion_settings_init (&settings);
  settings.scales = SNN_SCALES_PER_CHANNEL;
  settings.percentile = 100.;
  settings.matching_timesteps = 0;
  snn = snn_convert (ann, &settings, 1, &input, NULL, NULL, NULL, NULL, NULL);
  for (guint c = 0; c < G_N_ELEMENTS (weights); c++) {
    float a = snn_network_find (snn, "a")->weight[c];
    float b = snn_network_find (snn, "b")->weight[c];

    fail_unless (fabs (a * scales[c] - weights[c]) < 1e-5,
        "channel %u has a weight of %g", c, a);
    fail_unless (fabs (b - scales[c]) < 1e-5,
        "channel %u has a weight of %g behind it", c, b);
  }
}

GST_END_TEST;

/* Of all pixels, after so many timesteps of the image. */
static double
mean_logit (SnnNetwork *network, const float *image, guint timesteps)
{
  g_autofree float *train = g_new (float, 100 * timesteps);
  const SnnInput input = { train, SNN_VALUE_FLOAT32, timesteps };
  float logits[100];
  double sum = 0.;

  for (guint i = 0; i < 100 * timesteps; i++)
    train[i] = image[i % 100];
  run (network, &input, logits);
  for (guint i = 0; i < 100; i++)
    sum += logits[i];
  return sum / 100.;
}

/* What is cut off of large activations, and what rounding leaves, is made up
 * for on average; but not beyond a factor of 2. */
GST_START_TEST (test_rate_matching)
{
  g_autoptr (SnnNetwork) ann = make_identity (2);
  g_autoptr (SnnNetwork) cut = NULL, matched = NULL, limited = NULL;
  SnnConversionSettings settings;
  float image[100];
  const SnnInput input = { image, SNN_VALUE_FLOAT32, 1 };
  double expected;

  snn_network_find (ann, "a")->weight[1] = 0.7f;
  for (guint i = 0; i < 100; i++)
    image[i] = ((float) i - 9.f) / 100.f;
  expected = mean_logit (ann, image, 1);
  snn_conversion_settings_init (&settings);
  settings.percentile = 60.;
  settings.matching_timesteps = 0;
  cut = snn_convert (ann, &settings, 1, &input, NULL, NULL, NULL, NULL, NULL);
  fail_unless (mean_logit (cut, image, 8) < 0.9 * expected);
  settings.matching_timesteps = 8;
  matched = snn_convert (ann, &settings, 1, &input, NULL, NULL, NULL, NULL,
      NULL);
  fail_unless (fabs (mean_logit (matched, image, 8) / expected - 1.) < 1e-5);

  settings.percentile = 10.;
  limited = snn_convert (ann, &settings, 1, &input, NULL, NULL, NULL, NULL,
      NULL);
  for (guint c = 0; c < 2; c++) {
    const SnnNode *a = snn_network_find (limited, "a");
    const SnnNode *b = snn_network_find (limited, "b");

    fail_unless (fabs (a->weight[c] * b->weight[c] / (c ? 0.7 : 1.) - 2.)
        < 1e-5);
  }
}

GST_END_TEST;

/* The published procedure on a chain of two: the first threshold is the
 * largest input, the second the largest weighted spike. */
GST_START_TEST (test_threshold_balancing)
{
  const gchar *from[] = { "a_act", NULL };
  g_autoptr (SnnNetwork) ann = make_identity (1);
  g_autoptr (SnnNetwork) two = snn_network_new ();
  g_autoptr (SnnNetwork) snn = NULL;
  g_autoptr (GError) error = NULL;
  SnnConversionSettings settings;
  SnnNode node;
  float train[300];
  const SnnInput input = { train, SNN_VALUE_FLOAT32, 3 };

  /* Put a second layer, weighted by 0.25, before the output. */
  for (guint i = 0; i < 3; i++) {
    SnnNode *copy = snn_network_node (ann, i);
    const gchar *inputs[] = { i ? snn_network_node (ann, i - 1)->name : NULL,
      NULL
    };

    snn_network_add (two, copy, i ? inputs : NULL, NULL);
  }
  node = (SnnNode) {.name = (gchar *) "b",.op = &snn_op_conv2d,
    .out.channels = 1,.kernel = 1,.stride = 1};
  snn_network_add (two, &node, from, NULL);
  from[0] = "b";
  node = (SnnNode) {.name = (gchar *) "b_act",.op = &snn_op_relu};
  snn_network_add (two, &node, from, NULL);
  from[0] = "b_act";
  node = (SnnNode) {.name = (gchar *) "output",.op = &snn_op_output};
  snn_network_add (two, &node, from, NULL);
  snn_network_find (two, "a")->weight[0] = 1.f;
  snn_network_find (two, "b")->weight[0] = 0.25f;

  for (guint i = 0; i < 300; i++)
    train[i] = i % 100 == 42 ? 0.8f : 0.3f;
  snn_conversion_settings_init (&settings);
  settings.method = SNN_CONVERSION_THRESHOLD_BALANCING;
  settings.scales = SNN_SCALES_PER_LAYER;
  settings.percentile = 100.;
  settings.threshold_scale = 0.7;
  settings.initial_membrane = 0.;
  snn = snn_convert (two, &settings, 1, &input, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);

  fail_unless_equals_float (snn_network_find (snn, "a_act")->threshold[0],
      0.8f * 0.7f);
  fail_unless_equals_float (snn_network_find (snn, "b_act")->threshold[0],
      0.25f * 0.7f);
  fail_unless_equals_float (snn_network_find (snn, "a")->weight[0], 1.f);
  fail_unless_equals_float (snn_network_find (snn, "b")->weight[0], 0.25f);
}

GST_END_TEST;

/* max (x + 0.2, 0) + 0.3 by published conversion: rates stand for activations
 * over the threshold, and so do potentials, whose bias is divided by it. */
GST_START_TEST (test_balanced_bias)
{
  const guint timesteps = 1000;
  float image[100], expected[100], found[100];
  const SnnInput analog = { image, SNN_VALUE_FLOAT32, 1 };
  g_autofree float *train = g_new (float, timesteps * 100);
  const SnnInput spikes = { train, SNN_VALUE_FLOAT32, timesteps };
  g_autoptr (SnnNetwork) ann = make_identity (1);
  g_autoptr (SnnNetwork) snn = NULL;
  SnnConversionSettings settings;
  float v;

  snn_network_add_bias (ann);
  snn_network_find (ann, "a")->weight[0] = 1.f;
  snn_network_find (ann, "b")->weight[0] = 1.f;
  snn_node_parameter (snn_network_find (ann, "a"), "bias")->values[0] = 0.2f;
  snn_node_parameter (snn_network_find (ann, "b"), "bias")->values[0] = 0.3f;
  for (guint i = 0; i < 100; i++)
    image[i] = (float) i / 50.f - 1.f;
  for (guint t = 0; t < timesteps; t++)
    memcpy (train + t * 100, image, sizeof image);
  snn_conversion_settings_init (&settings);
  settings.method = SNN_CONVERSION_THRESHOLD_BALANCING;
  settings.scales = SNN_SCALES_PER_LAYER;
  settings.percentile = 100.;
  settings.initial_membrane = 0.;
  snn = snn_convert (ann, &settings, 1, &spikes, NULL, NULL, NULL, NULL, NULL);
  fail_unless (snn != NULL);
  v = snn_network_find (snn, "a_act")->threshold[0];
  fail_unless (fabsf (v - 1.18f) < 1e-4f, "threshold %g", v);
  run (ann, &analog, expected);
  run (snn, &spikes, found);
  for (guint i = 0; i < 100; i++)
    fail_unless (fabsf (found[i] * v - expected[i]) < 2.f / timesteps,
        "logit %u: spiking %g, ANN %g", i, found[i] * v, expected[i]);
}

GST_END_TEST;

/* Mean square of what logits are off by, at few timesteps. */
static double
unevenness (SnnNeuronKind neuron, guint timesteps)
{
  float images[SAMPLES][SIZE], expected[SIZE], found[SIZE];
  SnnInput inputs[SAMPLES];
  SnnConversionSettings settings;
  g_autoptr (SnnNetwork) ann = make_ann (FALSE);
  g_autoptr (SnnNetwork) snn = NULL;
  double sum = 0.;

  make_images (images, inputs);
  snn_conversion_settings_init (&settings);
  settings.percentile = 100.;
  settings.matching_timesteps = 0;
  settings.neuron = neuron;
  snn = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL, NULL,
      NULL);
  fail_unless (snn != NULL);
  fail_unless_equals_int (snn_network_neurons (snn),
      neuron == SNN_NEURON_AUTO ? SNN_NEURON_IF : neuron);
  for (guint s = 0; s < SAMPLES; s++) {
    g_autofree float *train = repeat (images[s], timesteps);
    const SnnInput input = { train, SNN_VALUE_FLOAT32, timesteps };

    run (ann, &inputs[s], expected);
    run (snn, &input, found);
    for (guint i = 0; i < SIZE; i++)
      sum += (found[i] - expected[i]) * (found[i] - expected[i]);
  }
  return sum / (SAMPLES * SIZE);
}

/* What signed neurons take back is what came too early. */
GST_START_TEST (test_signed_neurons)
{
  for (guint timesteps = 4; timesteps <= 32; timesteps *= 2) {
    double plain = unevenness (SNN_NEURON_AUTO, timesteps);
    double with_signs = unevenness (SNN_NEURON_SIGNED_IF, timesteps);

    GST_INFO ("%u timesteps: off by %g, signed %g", timesteps, plain,
        with_signs);
    fail_unless (with_signs < plain, "%u timesteps: off by %g, signed %g",
        timesteps, plain, with_signs);
  }
}

GST_END_TEST;

GST_START_TEST (test_leaky_neurons)
{
  float images[SAMPLES][SIZE];
  SnnInput inputs[SAMPLES];
  SnnConversionSettings settings;
  g_autoptr (SnnNetwork) ann = make_ann (FALSE);
  g_autoptr (GError) error = NULL;

  make_images (images, inputs);
  snn_conversion_settings_init (&settings);
  settings.neuron = SNN_NEURON_LIF;
  fail_unless (snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL,
        NULL, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH));
  fail_unless (strstr (error->message, "leaky") != NULL, "%s",
      error->message);
}

GST_END_TEST;

GST_START_TEST (test_refusals)
{
  g_autoptr (SnnNetwork) ann = make_identity (1);
  g_autoptr (SnnNetwork) snn = snn_network_to_spiking (ann);
  SnnConversionSettings settings;
  float image[100] = { 0.f };
  const SnnInput input = { image, SNN_VALUE_FLOAT32, 1 };
  const gint cancel = 1;
  GError *error = NULL;

  snn_conversion_settings_init (&settings);
  fail_if (snn_convert (snn, &settings, 1, &input, NULL, NULL, NULL, NULL,
      &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
  g_clear_error (&error);

  fail_if (snn_convert (ann, &settings, 0, NULL, NULL, NULL, NULL, NULL,
      &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
  g_clear_error (&error);

  fail_if (snn_convert (ann, &settings, 1, &input, NULL, NULL, NULL, NULL,
      &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_NUMERIC);
  fail_unless (strstr (error->message, "a_act"));
  g_clear_error (&error);

  image[0] = 1.f;
  fail_if (snn_convert (ann, &settings, 1, &input, &cancel, NULL, NULL, NULL,
          &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_CANCELLED);
  g_clear_error (&error);
}

GST_END_TEST;

/* Maxima and counts don't depend on who looked first. */
GST_START_TEST (test_threads_do_not_matter)
{
  float images[SAMPLES][SIZE];
  SnnInput inputs[SAMPLES];
  g_autoptr (SnnNetwork) ann = make_ann (FALSE);

  make_images (images, inputs);
  for (guint method = 0; method < 2; method++) {
    SnnNetwork *snn[2];
    SnnConversionSettings settings;

    snn_conversion_settings_init (&settings);
    settings.method = method;
    settings.percentile = 99.;
    for (guint i = 0; i < 2; i++) {
      settings.threads = i + 1;
      snn[i] = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL,
        NULL, NULL);
      fail_unless (snn[i]);
    }
    for (guint n = 0; n < snn[0]->nodes->len; n++) {
      const SnnNode *a = snn_network_node (snn[0], n);
      const SnnNode *b = snn_network_node (snn[1], n);

      if (a->weight)
        fail_unless (memcmp (a->weight, b->weight,
                a->n_weights * sizeof (float)) == 0);
      if (a->threshold)
        fail_unless (memcmp (a->threshold, b->threshold,
                a->out.channels * sizeof (float)) == 0);
    }
    snn_network_unref (snn[0]);
    snn_network_unref (snn[1]);
  }
}

GST_END_TEST;

/* One layer of one neuron a pixel: a = max (0, x + 0.1). */
static SnnNetwork *
make_layer (void)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, SIDE, SIDE });
  SnnNetwork *ann;

  at = snn_builder_conv2d (b, "a", 1, 1, at);
  at = snn_builder_relu (b, "act", at, NULL);
  at = snn_builder_conv2d (b, "out", 1, 1, at);
  ann = snn_builder_end (b, at, NULL);
  snn_network_add_bias (ann);
  snn_network_find (ann, "a")->weight[0] = 1.f;
  snn_network_find (ann, "out")->weight[0] = 1.f;
  snn_node_parameter (snn_network_find (ann, "a"), "bias")->values[0] = 0.1f;
  return ann;
}

static float
bias_of (const SnnNetwork *network)
{
  return snn_node_parameter (snn_network_find (network, "a"), "bias")->values[0];
}

/* b += mean of a / scale - mean of r, where the mean rate r is that of the network
 * before; signed neurons keep their biases. */
GST_START_TEST (test_mean_correction)
{
  const guint timesteps = 4;
  float images[SAMPLES][SIZE];
  SnnInput inputs[SAMPLES];
  SnnConversionSettings settings;
  g_autoptr (SnnNetwork) ann = make_layer ();
  g_autoptr (SnnNetwork) before = NULL, after = NULL, is_signed = NULL;
  double spikes = 0., activations = 0., expected;

  make_images (images, inputs);
  snn_conversion_settings_init (&settings);
  settings.percentile = 60.;
  settings.neuron = SNN_NEURON_IF;
  settings.matching_timesteps = 0;
  before = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL, NULL,
      NULL);
  settings.matching_timesteps = timesteps;
  after = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL, NULL,
      NULL);
  settings.neuron = SNN_NEURON_SIGNED_IF;
  is_signed = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL,
        NULL, NULL);
  fail_unless (before && after && is_signed);

  for (guint s = 0; s < SAMPLES; s++) {
    g_autofree float *train = repeat (images[s], timesteps);
    g_autoptr (SnnEngine) engine = snn_engine_new (before, 1);
    g_autoptr (SnnState) state = snn_state_new (before);
    g_autofree float *logits = g_new (float, SIZE);

    snn_engine_run (engine, 1, &(SnnInput) { train, SNN_VALUE_FLOAT32, timesteps },
        &state, &logits, NULL, NULL);
    spikes += (double) snn_state_spikes (state, 0) / timesteps;
    for (guint i = 0; i < SIZE; i++)
      activations += MAX (0., images[s][i] + 0.1);
  }
  /* The weight is 1 / scale. */
  expected = bias_of (before) + (activations * snn_network_find (before,
          "a")->weight[0] - spikes) / (SAMPLES * SIZE);
  fail_unless (fabs (expected - bias_of (before)) > 0.01,
      "there is nothing to correct");
  fail_unless (fabs (bias_of (after) - expected) < 1e-5,
      "the bias is %g; expected %g", bias_of (after), expected);
  fail_unless (bias_of (is_signed) == bias_of (before));
}

GST_END_TEST;

static Suite *
conversion_suite (void)
{
  Suite *suite = suite_create ("conversion");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_branch_aware_converges);
  tcase_add_test (tc, test_percentile);
  tcase_add_test (tc, test_least_error);
  tcase_add_test (tc, test_channels);
  tcase_add_test (tc, test_rate_matching);
  tcase_add_test (tc, test_mean_correction);
  tcase_add_test (tc, test_threshold_balancing);
  tcase_add_test (tc, test_balanced_bias);
  tcase_add_test (tc, test_signed_neurons);
  tcase_add_test (tc, test_leaky_neurons);
  tcase_add_test (tc, test_refusals);
  tcase_add_test (tc, test_threads_do_not_matter);
  return suite;
}

GST_CHECK_MAIN (conversion);
