/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/base/random.h>
#include <snn/base/remarks.h>
#include <snn/convert/calibrate.h>
#include <snn/graph/builder.h>
#include <snn/train/initialisation.h>

#define SIDE 8
#define SIZE (SIDE * SIDE)
#define SAMPLES 40
#define HIDDEN 5
#define CLASSES 3
#define TIMESTEPS 2

static const SnnShape slice = { 1, SIDE, SIDE };

/* Waves, as neighbours of pixels are like them in pictures. */
static void
make_images (float images[SAMPLES][SIZE], SnnInput inputs[SAMPLES])
{
  SnnRandom random;

  snn_random_init (&random, 7, SNN_RANDOM_PHANTOM, 0);
  for (guint s = 0; s < SAMPLES; s++) {
    double along = snn_random_normal (&random);
    double across = snn_random_normal (&random);
    double phase = 6.3 * snn_random_double (&random);

    for (guint i = 0; i < SIZE; i++)
      images[s][i] = (float) sin (along * (i % SIDE) + across * (i / SIDE)
          + phase);
    inputs[s] = (SnnInput) { images[s], SNN_VALUE_FLOAT32, 1 };
  }
}

/* y = sum over c of b_c max (a_c x, 0), for each pixel and output by itself. */
static SnnNetwork *
make_pixels (guint outputs)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", slice);
  SnnNetwork *ann;

  at = snn_builder_conv2d (b, "a", HIDDEN, 1, at);
  at = snn_builder_relu (b, "act", at, NULL);
  at = snn_builder_conv2d (b, "out", outputs, 1, at);
  ann = snn_builder_end (b, at, NULL);
  snn_network_init_weights (ann, 5);
  return ann;
}

static double
sum_of (const SnnNetwork *ann, double x, guint outputs, guint output)
{
  const float *a = snn_network_find ((SnnNetwork *) ann, "a")->weight;
  const float *b = snn_network_find ((SnnNetwork *) ann, "out")->weight;
  double y = 0.;

  for (guint c = 0; c < HIDDEN; c++)
    y += MAX (a[c] * x, 0.) * b[c * outputs + output];
  return y;
}

/* The mean of |y| of either sign, whichever is less. */
static double
expected_temperature (const SnnNetwork *ann,
    float images[SAMPLES][SIZE])
{
  double sum[2] = { 0., 0. }, count[2] = { 0., 0. };

  for (guint s = 0; s < SAMPLES; s++)
    for (guint i = 0; i < SIZE; i++) {
      double y = sum_of (ann, images[s][i], 1, 0);

      sum[y > 0.] += fabs (y);
      count[y > 0.]++;
    }
  return count[0] == 0. ? sum[1] / count[1] : count[1] == 0.
      ? sum[0] / count[0] : MIN (sum[0] / count[0], sum[1] / count[1]);
}

/* Where an output hangs on its own pixel alone, a sign squared is 1, and s is
 * p (1 - p) b^2, active or not. */
GST_START_TEST (test_sensitivity)
{
  float images[SAMPLES][SIZE], other[SIZE];
  SnnInput inputs[SAMPLES];
  SnnConversionSettings settings;
  g_autoptr (SnnNetwork) ann = make_pixels (1);
  const float *b = snn_network_find (ann, "out")->weight;
  const double tau = (make_images (images, inputs),
      expected_temperature (ann, images));
  SnnConverter *converter;
  SnnSensitivity *sensitivity;
  float **potentials, **weights;

  snn_conversion_settings_init (&settings);
  converter = snn_converter_new (ann, &settings, inputs, NULL);
  sensitivity = snn_sensitivity_new (converter, SAMPLES);
  potentials = snn_sensitivity_buffers_new (sensitivity);
  weights = snn_sensitivity_buffers_new (sensitivity);
  fail_unless_equals_int (snn_sensitivity_size (sensitivity, 0),
      SIZE * HIDDEN);
  fail_unless_equals_int (snn_sensitivity_size (sensitivity, 1), SIZE);
  for (guint i = 0; i < SIZE; i++)
    other[i] = (float) (tau * (i - SIZE / 2.) / 8.);
  for (guint s = 0; s < SAMPLES; s++) {
    double divergence = 0., found;

    snn_sensitivity_measure (sensitivity, s, 0, 0, potentials, weights);
    found = snn_sensitivity_divergence (sensitivity, s, 0, other);
    for (guint i = 0; i < SIZE; i++) {
      const double y = sum_of (ann, images[s][i], 1, 0);
      const double p = 1. / (1. + exp (-y / tau));
      const double q = 1. / (1. + exp (-other[i] / tau));

      divergence += p * log (p / q) + (1. - p) * log ((1. - p) / (1. - q));
      fail_unless (fabs (potentials[1][i] - y) < 1e-4);
      fail_unless (fabs (weights[1][i] - p * (1. - p)) < 1e-5,
          "sample %u, pixel %u: %g, expected %g", s, i, weights[1][i],
          p * (1. - p));
      for (guint c = 0; c < HIDDEN; c++) {
        const double expected = p * (1. - p) * b[c] * b[c];

        fail_unless (fabs (weights[0][i * HIDDEN + c] - expected)
            < 1e-4 * b[c] * b[c], "sample %u, pixel %u, channel %u: %g, "
            "expected %g", s, i, c, weights[0][i * HIDDEN + c], expected);
      }
    }
    fail_unless (fabs (found - divergence) < 1e-4 * divergence,
        "sample %u: a divergence of %g, expected %g", s, found, divergence);
  }
  snn_sensitivity_buffers_free (sensitivity, potentials);
  snn_sensitivity_buffers_free (sensitivity, weights);
  snn_sensitivity_free (sensitivity);
  snn_converter_free (converter);
}

GST_END_TEST;

/* From what a network has that finds all classes equally likely, and from the ANN's own,
 * where that has the logits @y and probabilities @p at every pixel. */
static void
check_divergence_of_classes (SnnSensitivity *sensitivity, const float *y,
    const double p[CLASSES])
{
  const float even[CLASSES * SIZE] = { 0.f };
  double expected = 0., found;

  for (guint k = 0; k < CLASSES; k++)
    expected += SIZE * p[k] * log (p[k] * CLASSES);
  found = snn_sensitivity_divergence (sensitivity, 0, 0, even);
  fail_unless (fabs (found - expected) < 1e-4 * expected,
      "a divergence of %g, expected %g", found, expected);
  found = snn_sensitivity_divergence (sensitivity, 0, 0, y);
  fail_unless (fabs (found) < 1e-6 * expected, "%g from itself", found);
}

/* Of classes, (sum over k of b_ck g_k)^2 with g = B e and B B^T = diag (p) - p p^T has
 * the mean sum over j, k of b_cj b_ck (p_j [j = k] - p_j p_k). All samples show the same,
 * and draw other signs. */
GST_START_TEST (test_sensitivity_of_classes)
{
  enum { DRAWS = 400 };
  static float image[SIZE];
  static SnnInput inputs[DRAWS];
  SnnConversionSettings settings;
  g_autoptr (SnnNetwork) ann = make_pixels (CLASSES);
  const float *b = snn_network_find (ann, "out")->weight;
  SnnConverter *converter;
  SnnSensitivity *sensitivity;
  float **potentials, **weights;
  double mean[HIDDEN] = { 0. }, p[CLASSES];

  for (guint i = 0; i < SIZE; i++)
    image[i] = 1.f;
  for (guint i = 0; i < DRAWS; i++)
    inputs[i] = (SnnInput) { image, SNN_VALUE_FLOAT32, 1 };
  snn_conversion_settings_init (&settings);
  converter = snn_converter_new (ann, &settings, inputs, NULL);
  sensitivity = snn_sensitivity_new (converter, DRAWS);
  potentials = snn_sensitivity_buffers_new (sensitivity);
  weights = snn_sensitivity_buffers_new (sensitivity);
  for (guint s = 0; s < DRAWS; s++) {
    snn_sensitivity_measure (sensitivity, s, 0, 0, potentials, weights);
    for (guint i = 0; i < SIZE; i++)
      for (guint c = 0; c < HIDDEN; c++)
        mean[c] += weights[0][i * HIDDEN + c] / (DRAWS * SIZE);
  }
  /* The output's weights are p (1 - p); of three classes their p follow from them but
   * for one that is above a half, which the largest logit has. */
  for (guint k = 0; k < CLASSES; k++) {
    p[k] = 0.5 - sqrt (MAX (0.25 - weights[1][k], 0.));
  }
  for (guint k = 0; k < CLASSES; k++)
    if (potentials[1][k] >= MAX (potentials[1][0], MAX (potentials[1][1],
                potentials[1][2])))
      p[k] = 1. - p[(k + 1) % CLASSES] - p[(k + 2) % CLASSES];
  check_divergence_of_classes (sensitivity, potentials[1], p);
  for (guint c = 0; c < HIDDEN; c++) {
    double expected = 0., along = 0.;

    for (guint k = 0; k < CLASSES; k++) {
      expected += p[k] * b[c * CLASSES + k] * b[c * CLASSES + k];
      along += p[k] * b[c * CLASSES + k];
    }
    expected -= along * along;
    fail_unless (fabs (mean[c] / expected - 1.) < 0.03,
        "channel %u: %g, expected %g", c, mean[c], expected);
  }
  snn_sensitivity_buffers_free (sensitivity, potentials);
  snn_sensitivity_buffers_free (sensitivity, weights);
  snn_sensitivity_free (sensitivity);
  snn_converter_free (converter);
}

GST_END_TEST;

static void
init_settings (SnnConversionSettings *settings, guint calibration)
{
  snn_conversion_settings_init (settings);
  settings->percentile = 0.;
  settings->levels = TIMESTEPS;
  settings->calibration_timesteps = calibration;
}

/* Solves m x = v by Gauss's elimination. */
static void
eliminate (double m[HIDDEN][HIDDEN], double v[HIDDEN], double x[HIDDEN])
{
  for (guint i = 0; i < HIDDEN; i++)
    for (guint j = i + 1; j < HIDDEN; j++) {
      const double f = m[j][i] / m[i][i];

      for (guint k = i; k < HIDDEN; k++)
        m[j][k] -= f * m[i][k];
      v[j] -= f * v[i];
    }
  for (guint i = HIDDEN; i-- > 0;) {
    x[i] = v[i];
    for (guint k = i + 1; k < HIDDEN; k++)
      x[i] -= m[i][k] * x[k];
    x[i] /= m[i][i];
  }
}

/* What a neuron has spiked on average after TIMESTEPS of a current, signed spikes
 * included, which a constant one has none of. */
static double
rate (float current)
{
  return MIN (MAX (floorf (current * TIMESTEPS + 0.5f), 0.f), TIMESTEPS)
      / (double) TIMESTEPS;
}

/* The first layer's inputs are exact, so that nothing of it changes; the readout's new
 * weights solve the normal equations. */
GST_START_TEST (test_least_squares)
{
  float images[SAMPLES][SIZE];
  SnnInput inputs[SAMPLES];
  SnnConversionSettings settings;
  g_autoptr (SnnNetwork) ann = make_pixels (1);
  g_autoptr (SnnNetwork) before = NULL, after = NULL;
  double m[HIDDEN][HIDDEN] = { {0.} }, v[HIDDEN] = { 0. }, x[HIDDEN];
  double tau, mean = 0., ridge = 0.;
  const float *a, *b, *c;

  make_images (images, inputs);
  tau = expected_temperature (ann, images);
  init_settings (&settings, 0);
  before = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL, NULL,
      NULL);
  init_settings (&settings, TIMESTEPS);
  after = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL, NULL,
      NULL);
  fail_unless (before && after);
  a = snn_network_find (before, "a")->weight;
  b = snn_network_find (before, "out")->weight;
  c = snn_network_find (after, "out")->weight;
  fail_unless (memcmp (a, snn_network_find (after, "a")->weight,
          HIDDEN * sizeof *a) == 0);

  for (guint pass = 0; pass < 2; pass++)
    for (guint s = 0; s < SAMPLES; s++)
      for (guint i = 0; i < SIZE; i++) {
        const double y = sum_of (ann, images[s][i], 1, 0);
        const double p = 1. / (1. + exp (-y / tau));
        double r[HIDDEN], left = y, weight;

        if (pass == 0) {
          mean += p * (1. - p) / (SAMPLES * SIZE);
          continue;
        }
        weight = MIN (p * (1. - p) / mean, 50.) + 0.02;
        for (guint k = 0; k < HIDDEN; k++) {
          r[k] = rate (a[k] * images[s][i]);
          left -= b[k] * r[k];
        }
        for (guint k = 0; k < HIDDEN; k++) {
          for (guint l = 0; l < HIDDEN; l++)
            m[k][l] += weight * r[k] * r[l];
          v[k] += weight * r[k] * left;
        }
      }
  for (guint k = 0; k < HIDDEN; k++)
    ridge += 0.01 * m[k][k] / HIDDEN;
  for (guint k = 0; k < HIDDEN; k++)
    m[k][k] += ridge;
  eliminate (m, v, x);
  for (guint k = 0; k < HIDDEN; k++)
    fail_unless (fabs (c[k] - b[k] - x[k]) < 2e-3 * (fabs (x[k]) + 0.1),
        "weight %u: %g more than %g, expected %g", k, c[k] - b[k], b[k], x[k]);
}

GST_END_TEST;

static SnnNetwork *
make_unet (SnnShape shape, guint classes, gboolean bias, guint64 seed)
{
  SnnNetwork *ann = snn_network_new_unet (shape, 4, 2, classes, NULL);

  if (bias)
    snn_network_add_bias (ann);
  snn_network_initialise (ann, SNN_INITIALISATION_HE, seed, 0);
  return ann;
}

static void
run (SnnNetwork *network, const SnnInput *input, float *logits)
{
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  SnnState *state = network->spiking ? snn_state_new (network) : NULL;

  snn_engine_run (engine, 1, input, &state, &logits, NULL, NULL);
  g_clear_pointer (&state, snn_state_unref);
}

static void
keep_total (gpointer data, guint done, guint total)
{
  fail_unless (done <= total);
  *(guint *) data = total;
}

/* How far from the ANN's a network's outputs are after TIMESTEPS of all images. */
static double
divergence (SnnSensitivity *sensitivity, SnnNetwork *snn,
    const SnnInput *inputs)
{
  const guint classes = snn_network_output (snn).channels;
  static float found[CLASSES * SIZE], interleaved[CLASSES * SIZE];
  double sum = 0.;

  for (guint s = 0; s < SAMPLES; s++) {
    float train[TIMESTEPS][SIZE];
    const SnnInput input = { train, SNN_VALUE_FLOAT32, TIMESTEPS };

    for (guint t = 0; t < TIMESTEPS; t++)
      memcpy (train[t], inputs[s].data, sizeof train[t]);
    run (snn, &input, found);
    for (guint i = 0; i < classes * SIZE; i++)
      interleaved[i] = found[i % classes * SIZE + i / classes];
    sum += snn_sensitivity_divergence (sensitivity, s, 0, interleaved);
  }
  return sum;
}

static void
check_same_weights (const SnnNetwork *a, const SnnNetwork *b,
    const gchar *name)
{
  for (guint n = 0; n < a->nodes->len; n++) {
    const SnnNode *x = snn_network_node (a, n);
    const SnnNode *y = snn_network_node (b, n);

    for (guint p = 0; p < x->n_parameters; p++)
      fail_unless (memcmp (x->parameters[p].values, y->parameters[p].values,
              x->parameters[p].n * sizeof (float)) == 0, "%s: %s", name,
          x->name);
  }
}

/* Of slices and volumes, with several classes and biases: outputs come closer to the
 * ANN's, or nothing changes, and weights are the same whatever the threads. Add a row for
 * a kind of network: @most of the divergence without calibration may be left; @passes
 * over the layers it takes, more than one where tau has to be softer (of 75 random
 * networks of one to three classes six, of which five end up closer); LEFT as it
 * was. */
GST_START_TEST (test_networks)
{
  enum { LEFT = 4 };
  static const struct
  {
    const gchar *name;
    SnnShape shape;
    guint classes;
    gboolean bias;
    SnnNeuronKind neuron;
    guint64 seed;
    double most;
    guint passes;
  } rows[] = {
    {"slices", {1, SIDE, SIDE}, 1, FALSE, SNN_NEURON_SIGNED_IF, 15, 0.6, 1},
    {"plain neurons", {1, SIDE, SIDE}, 1, FALSE, SNN_NEURON_IF, 11, 0.8, 1},
    {"classes", {1, SIDE, SIDE}, 3, FALSE, SNN_NEURON_SIGNED_IF, 8, 0.7, 1},
    {"biases", {1, SIDE, SIDE}, 1, TRUE, SNN_NEURON_SIGNED_IF, 11, 0.9, 1},
    {"volumes", {1, 4, 4, 4}, 1, FALSE, SNN_NEURON_SIGNED_IF, 11, 0.85, 1},
    {"twice as soft", {1, SIDE, SIDE}, 1, FALSE, SNN_NEURON_SIGNED_IF, 13,
        0.8, 2},
    {"classes, twice as soft", {1, SIDE, SIDE}, 3, FALSE,
        SNN_NEURON_SIGNED_IF, 12, 0.8, 2},
    {"four times", {1, SIDE, SIDE}, 3, FALSE, SNN_NEURON_SIGNED_IF, 24, 0.8,
        3},
    {"left", {1, SIDE, SIDE}, 3, FALSE, SNN_NEURON_SIGNED_IF, 7, 1.,
        LEFT},
  };
  float images[SAMPLES][SIZE];
  SnnInput inputs[SAMPLES];

  make_images (images, inputs);
  for (guint row = 0; row < G_N_ELEMENTS (rows); row++) {
    const gchar *name = rows[row].name;
    g_autoptr (SnnNetwork) ann = make_unet (rows[row].shape,
        rows[row].classes, rows[row].bias, rows[row].seed);
    g_autoptr (SnnNetwork) before = NULL, after = NULL, threaded = NULL;
    g_autoptr (GPtrArray) remarks = snn_remarks_new ();
    const gboolean left = rows[row].passes == LEFT;
    SnnConversionSettings settings;
    SnnConverter *converter;
    SnnSensitivity *sensitivity;
    guint total = 0;
    double without, with;

    init_settings (&settings, 0);
    settings.neuron = rows[row].neuron;
    before = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL,
        NULL, NULL);
    settings.calibration_timesteps = TIMESTEPS;
    settings.threads = 1;
    after = snn_convert (ann, &settings, SAMPLES, inputs, NULL, keep_total,
        &total, remarks, NULL);
    settings.threads = 3;
    threaded = snn_convert (ann, &settings, SAMPLES, inputs, NULL, NULL, NULL,
        NULL, NULL);
    fail_unless (before && after && threaded, "%s", name);
    check_same_weights (after, threaded, name);

    converter = snn_converter_new (ann, &settings, inputs, NULL);
    sensitivity = snn_sensitivity_new (converter, SAMPLES);
    without = divergence (sensitivity, before, inputs);
    with = divergence (sensitivity, after, inputs);
    fail_unless (with <= rows[row].most * without,
        "%s: a divergence of %g, %g without", name, with, without);
    fail_unless_equals_int (total,
        rows[row].passes * (converter->plan->n_layers + 1));
    fail_unless (remarks->len == (left ? 1 : 0), "%s: %u remarks", name,
        remarks->len);
    if (left)
      check_same_weights (after, before, name);
    snn_sensitivity_free (sensitivity);
    snn_converter_free (converter);
  }
}

GST_END_TEST;

GST_START_TEST (test_refusals)
{
  SnnConversionSettings settings;
  g_autoptr (GError) error = NULL;

  init_settings (&settings, 4);
  fail_unless (snn_conversion_settings_check (&settings, NULL));
  settings.matching_timesteps = 8;
  fail_if (snn_conversion_settings_check (&settings, &error));
  fail_unless (strstr (error->message, "rate-matching=8") != NULL, "%s",
      error->message);
  g_clear_error (&error);
  settings.matching_timesteps = 0;
  settings.method = SNN_CONVERSION_THRESHOLD_BALANCING;
  fail_if (snn_conversion_settings_check (&settings, &error));
  fail_unless (strstr (error->message, "weight-calibration=4") != NULL, "%s",
      error->message);
}

GST_END_TEST;

static Suite *
weight_calibration_suite (void)
{
  Suite *suite = suite_create ("weight-calibration");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_sensitivity);
  tcase_add_test (tc, test_sensitivity_of_classes);
  tcase_add_test (tc, test_least_squares);
  tcase_add_test (tc, test_networks);
  tcase_add_test (tc, test_refusals);
  return suite;
}

GST_CHECK_MAIN (weight_calibration);
