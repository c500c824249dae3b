/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/base/random.h>
#include <snn/ops/neurons.h>
#include <snn/run/engine.h>
#include <snn/run/probability.h>

#include "core/ops/weights.h"
#include "core/run/spiking.h"
#include "core/run/workspace.h"

/* The variance over timesteps is that of what the spikes of single timesteps say, and
 * the same bits whatever the threads, chunks and samples of a call. */

#define N_SAMPLES 3
#define MOST_TIMESTEPS 37

typedef struct
{
  SnnShape input;
  guint classes;
  guint timesteps;
  SnnValueType type;
  SnnNeuronKind neuron;
  gboolean bias;
  SnnReadout readout;
  SnnOutputFunction output;
} Case;

static void
of_mask (const SnnNetwork *network, float *values)
{
  snn_sigmoid (values, snn_shape_size (snn_network_output (network)));
}

static void
of_classes (const SnnNetwork *network, float *values)
{
  const SnnShape shape = snn_network_output (network);

  snn_softmax (values, shape.channels, snn_shape_rows (shape) * shape.width);
}

static const Case cases[] = {
  {{1, 8, 12}, 1, 8, SNN_VALUE_INT8,.output = of_mask},
  {{1, 8, 12}, 1, 1, SNN_VALUE_INT8,.output = of_mask},
  {{2, 8, 12}, 3, 37, SNN_VALUE_UINT8, SNN_NEURON_SIGNED_IF, TRUE,
      .output = of_classes},
  {{1, 8, 12}, 1, 9, SNN_VALUE_FLOAT32, SNN_NEURON_LIF, TRUE,
      SNN_READOUT_SUM, of_mask},
  {{1, 4, 8, 6}, 1, 8, SNN_VALUE_FLOAT32, SNN_NEURON_SIGNED_IF,
      .output = of_mask},
  {{1, 4, 8, 6}, 3, 11, SNN_VALUE_INT8,.bias = TRUE,.output = of_classes},
  {{1, 8, 12}, 3, 8, SNN_VALUE_INT8},   /* of logits */
};

static SnnNetwork *
make_network (const Case *c)
{
  g_autoptr (SnnNetwork) ann =
      snn_network_new_unet (c->input, 4, 1, c->classes, NULL);
  SnnNetwork *network;
  SnnRandom random;

  if (c->bias)
    snn_network_add_bias (ann);
  snn_network_init_weights (ann, 3);
  snn_random_init (&random, 1, SNN_RANDOM_PHANTOM, 0);
  for (guint i = 0; i < ann->nodes->len; i++) {
    const SnnNode *node = snn_network_node (ann, i);
    const SnnParameter *bias = snn_node_parameter (node, "bias");

    /* The readout's begin small, so that all would say nearly the same. */
    for (gsize k = 0; k < node->n_weights && node->kernel == 1; k++)
      node->weight[k] = (float) (2. * snn_random_double (&random) - 1.);
    for (gsize k = 0; bias && k < bias->n; k++)
      bias->values[k] = (float) (0.2 * snn_random_double (&random) - 0.1);
  }
  network = snn_network_to_spiking (ann);
  network->initial_membrane = 0.5;
  network->readout = c->readout;
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint o = 0; node->threshold && o < node->out.channels; o++)
      node->threshold[o] = 0.2f + 0.3f * (float) snn_random_double (&random);
  }
  if (c->neuron != SNN_NEURON_IF)
    snn_network_set_neurons (network, c->neuron, 0.9);
  return network;
}

/* Bytes of all samples, one after the other. */
static guint8 *
make_inputs (const Case *c, SnnInput *inputs)
{
  const gsize n = snn_shape_size (c->input) * c->timesteps;
  const gsize size = snn_value_size (c->type);
  guint8 *bytes = g_malloc (N_SAMPLES * n * size);
  SnnRandom random;

  snn_random_init (&random, 2, SNN_RANDOM_PHANTOM, 0);
  for (gsize i = 0; i < N_SAMPLES * n; i++) {
    const double x = snn_random_double (&random) * 2. - 1.;

    if (c->type == SNN_VALUE_FLOAT32)
      ((float *) bytes)[i] = (float) x;
    else if (c->type == SNN_VALUE_INT8)
      bytes[i] = (guint8) (x < -0.5 ? -1 : x > 0.5);
    else
      bytes[i] = x > 0.;
  }
  for (guint s = 0; s < N_SAMPLES; s++)
    inputs[s] = (SnnInput) { bytes + s * n * size, c->type, c->timesteps };
  return bytes;
}

/* What the spikes of the timestep that has just passed say, by the weights as they
 * are: the readout is a convolution of 1. */
static void
read_spikes (const SnnSpikingRun *run, float **frames, float *logits)
{
  const SnnPlan *plan = run->spiking->plan;
  const SnnShape shape = snn_network_output (plan->network);
  const gsize plane = snn_shape_rows (shape) * shape.width;
  const SnnStep *step = &plan->steps[plan->n_steps - 1];
  const SnnNode *node = step->node;
  const float *bias = snn_weights_bias (node);
  const SnnFrame *layout = &plan->frames[step->input];

  fail_unless (step->output == plan->output && node->kernel == 1);
  snn_spiking_get_values (run, step->input, 0, 1.f, frames[step->input]);
  for (gsize i = 0; i < plane; i++) {
    const float *x = frames[step->input] + layout->first
        + snn_frame_row (layout, i / shape.width)
        + i % shape.width * node->in.channels;

    for (guint o = 0; o < shape.channels; o++) {
      double sum = bias ? bias[o] : 0.;

      for (guint k = 0; k < node->in.channels; k++)
        sum += (double) node->weight[k * shape.channels + o] * x[k];
      logits[o * plane + i] = (float) sum;
    }
  }
}

/* By definition: the mean of all, then the mean square of what they differ by. */
static double *
reference (const Case *c, SnnNetwork *network, const SnnInput *input)
{
  SnnPlan *plan = snn_plan_new (network);
  const SnnKernels *kernels = snn_kernels_find ("plain");
  g_autoptr (SnnPool) pool = snn_pool_new (1);
  SnnPacked *packed = snn_packed_new (plan, kernels, FALSE);
  SnnSpiking *spiking = snn_spiking_new (plan, kernels);
  SnnSpikingMemory *memory = snn_spiking_memory_new (spiking, 1);
  float **membranes = snn_state_buffers_new (plan);
  float **frames = snn_plan_buffers_new (plan, 1);
  const gsize size = snn_shape_size (snn_network_output (network));
  g_autofree float *said = g_new (float, size * c->timesteps);
  double *variance = g_new0 (double, size);

  snn_packed_update (packed, pool, NULL);
  snn_spiking_update (spiking, 1.);
  for (guint t = 0; t < c->timesteps; t++) {
    const SnnSpikingRun run = {
      .spiking = spiking,.packed = packed,.memory = memory,.n_frames = 1,
      .input = input,.first = t,.membranes = membranes,.begins = t == 0
    };

    snn_spiking_forward (&run);
    read_spikes (&run, frames, said + t * size);
    if (c->output)
      c->output (network, said + t * size);
  }
  for (gsize i = 0; i < size; i++) {
    double mean = 0.;

    for (guint t = 0; t < c->timesteps; t++)
      mean += said[t * size + i] / c->timesteps;
    for (guint t = 0; t < c->timesteps; t++)
      variance[i] += (said[t * size + i] - mean) * (said[t * size + i] - mean)
          / c->timesteps;
  }
  snn_buffers_free (plan->n_frames, frames);
  snn_buffers_free (plan->n_layers, membranes);
  snn_spiking_memory_free (spiking, memory);
  snn_spiking_free (spiking);
  snn_packed_free (packed);
  snn_plan_free (plan);
  return variance;
}

/* Variances and logits of all samples, @chunk timesteps and @batch samples a call. */
static void
run (SnnNetwork *network, const Case *c, const SnnInput *inputs, guint threads,
    guint chunk, guint batch, float *variances, float *logits)
{
  g_autoptr (SnnEngine) engine = snn_engine_new (network, threads);
  const gsize size = snn_shape_size (snn_network_output (network));
  const gsize frame = snn_shape_size (c->input) * snn_value_size (c->type);

  for (guint s = 0; s < N_SAMPLES; s += batch) {
    const guint n = MIN (batch, N_SAMPLES - s);
    SnnState *states[N_SAMPLES];
    float *to[N_SAMPLES];

    for (guint i = 0; i < n; i++) {
      states[i] = snn_state_new (network);
      if (variances)
        snn_state_keep_variance (states[i], c->output);
      to[i] = logits + (s + i) * size;
    }
    for (guint t = 0; t < c->timesteps; t += chunk) {
      SnnInput now[N_SAMPLES];

      for (guint i = 0; i < n; i++)
        now[i] = (SnnInput) {
          (const guint8 *) inputs[s + i].data + t * frame, c->type,
          MIN (chunk, c->timesteps - t)
        };
      fail_unless (snn_engine_run (engine, n, now, states, to, NULL, NULL));
    }
    for (guint i = 0; i < n; i++) {
      if (variances)
        snn_state_get_variance (states[i], variances + (s + i) * size);
      snn_state_unref (states[i]);
    }
  }
}

static void
check_same (SnnNetwork *network, const Case *c, const SnnInput *inputs,
    const float *variances)
{
  static const struct
  {
    guint threads, chunk, batch;
  } ways[] = {
    {2, MOST_TIMESTEPS, 3}, {3, 4, 3}, {1, 3, 2}, {2, 1, 1},
  };
  const gsize n = N_SAMPLES * snn_shape_size (snn_network_output (network));
  g_autofree float *plain = g_new (float, n);
  g_autofree float *again = g_new (float, n);
  g_autofree float *logits = g_new (float, n);

  run (network, c, inputs, 1, MOST_TIMESTEPS, 1, NULL, plain);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    run (network, c, inputs, ways[i].threads, ways[i].chunk, ways[i].batch,
        again, logits);
    fail_unless (memcmp (again, variances, n * sizeof *again) == 0,
        "way %u: other variances", i);
    fail_unless (memcmp (logits, plain, n * sizeof *logits) == 0,
        "way %u: other logits than without variances", i);
  }
}

GST_START_TEST (test_variance)
{
  const Case *c = &cases[__i__];
  g_autoptr (SnnNetwork) network = make_network (c);
  const gsize size = snn_shape_size (snn_network_output (network));
  g_autofree float *variances = g_new (float, N_SAMPLES * size);
  g_autofree float *logits = g_new (float, N_SAMPLES * size);
  SnnInput inputs[N_SAMPLES];
  g_autofree guint8 *bytes = make_inputs (c, inputs);

  run (network, c, inputs, 1, MOST_TIMESTEPS, 1, variances, logits);
  for (guint s = 0; s < N_SAMPLES; s++) {
    g_autofree double *expected = reference (c, network, &inputs[s]);
    guint n_wrong = 0, n_some = 0;

    for (gsize i = 0; i < size; i++) {
      n_wrong += !(fabs (variances[s * size + i] - expected[i])
          <= 1e-6 * MAX (expected[i], 0.25));
      n_some += variances[s * size + i] > 1e-3f;
    }
    fail_unless (n_wrong == 0, "case %d, sample %u: %u of %u are wrong", __i__,
        s, n_wrong, (guint) size);
    fail_unless ((n_some > 0) == (c->timesteps > 1), "case %d: %u are not 0",
        __i__, n_some);
  }
  check_same (network, c, inputs, variances);
}

GST_END_TEST;

/* Neurons that receive what no weights have multiplied run on floats, one timestep
 * after the other. */
GST_START_TEST (test_floats)
{
  const Case c = {
    {1, 8, 8}, 1, 6, SNN_VALUE_UINT8,.output = of_mask
  };
  g_autoptr (SnnNetwork) network = snn_network_new ();
  const gchar *const from[] = { "input", "act", "out" };
  const SnnNode nodes[] = {
    {.name = (gchar *) "act",.op = &snn_op_if},
    {.name = (gchar *) "out",.op = &snn_op_conv2d,.out.channels = 1,
        .kernel = 1,.stride = 1},
    {.name = (gchar *) "output",.op = &snn_op_output},
  };
  float variances[N_SAMPLES * 64], logits[N_SAMPLES * 64];
  SnnInput inputs[N_SAMPLES];
  g_autofree guint8 *bytes = make_inputs (&c, inputs);
  guint n_wrong = 0;

  snn_network_add (network, &(SnnNode) {.name = (gchar *) "input",
        .op = &snn_op_input,.out = c.input }, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    const gchar *inputs_of[] = { from[i], NULL };

    fail_unless (snn_network_add (network, &nodes[i], inputs_of, NULL) >= 0);
  }
  network->spiking = TRUE;
  snn_network_node (network, 1)->threshold[0] = 1.5f;
  snn_network_node (network, 2)->weight[0] = 2.f;
  run (network, &c, inputs, 1, c.timesteps, 1, variances, logits);
  for (guint i = 0; i < N_SAMPLES * 64; i++) {
    const guint8 *x = (const guint8 *) inputs[i / 64].data + i % 64;
    const double p[2] = { 0.5, 1. / (1. + exp (-2.)) };
    double membrane = 0., rate = 0.;

    for (guint t = 0; t < c.timesteps; t++) {
      const gboolean spike = (membrane += x[t * 64]) > 1.5;

      membrane -= spike ? 1.5 : 0.;
      rate += spike / (double) c.timesteps;
    }
    n_wrong += !(fabs (variances[i] - rate * (1. - rate) * (p[1] - p[0])
            * (p[1] - p[0])) < 1e-6);
  }
  fail_unless (n_wrong == 0, "%u are wrong", n_wrong);
  check_same (network, &c, inputs, variances);
}

GST_END_TEST;

static Suite *
variance_suite (void)
{
  Suite *suite = suite_create ("variance");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_variance, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_floats);
  return suite;
}

GST_CHECK_MAIN (variance);
