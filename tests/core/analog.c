/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <snn/base/random.h>
#include <snn/graph/builder.h>
#include <snn/run/engine.h>

#include "core/run/spiking.h"
#include "core/run/workspace.h"

/* Analog input of a network of vectors, whose first layer is one that samples pass
 * together. All values are multiples of powers of two, so that sums are exact in
 * whatever order, and held to loops in double precision. */

#define N_IN 6
#define N_OUT 3
#define N_HIDDEN 2
#define N_SAMPLES 8
#define MOST_TIMESTEPS 64

typedef struct
{
  guint64 spikes[N_HIDDEN];
  double logits[N_OUT];
  SnnOperations operations;
} Outcome;

/* A multiple of 1 / @n of [-1, 1]. */
static float
draw (SnnRandom *random, guint n)
{
  return ((float) snn_random_below (random, 2 * n + 1) - (float) n) / (float) n;
}

static SnnNetwork *
make_network (gboolean bias)
{
  SnnBuilder *builder = snn_builder_new ();
  const gchar *at =
      snn_builder_input (builder, "input", (SnnShape) { N_IN, 1, 1 });
  g_autoptr (SnnNetwork) ann = NULL;
  SnnNetwork *network;
  SnnRandom random;

  at = snn_builder_linear (builder, "a", 37, at);
  at = snn_builder_relu (builder, "a_act", at, NULL);
  at = snn_builder_linear (builder, "b", 20, at);
  at = snn_builder_relu (builder, "b_act", at, NULL);
  at = snn_builder_linear (builder, "c", N_OUT, at);
  ann = snn_builder_end (builder, at, NULL);
  if (bias)
    snn_network_add_bias (ann);
  network = snn_network_to_spiking (ann);
  network->initial_membrane = 0.5;
  snn_random_init (&random, 1, SNN_RANDOM_WEIGHTS, 0);
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);
    const SnnParameter *added = snn_node_parameter (node, "bias");

    for (gsize w = 0; w < node->n_weights; w++)
      node->weight[w] = draw (&random, 32);
    for (gsize o = 0; added && o < added->n; o++)
      added->values[o] = draw (&random, 32);
    for (guint o = 0; node->threshold && o < node->out.channels; o++)
      node->threshold[o] = 1.f + (float) (o % 7) / 16.f;
  }
  return network;
}

/* Analog samples, and spikes of either type, by turns; several of as many timesteps
 * follow each other. Analog input changes at every fourth one. */
static void
make_inputs (SnnInput *inputs)
{
  SnnRandom random;

  snn_random_init (&random, 2, SNN_RANDOM_PHANTOM, 0);
  for (guint s = 0; s < N_SAMPLES; s++) {
    const SnnValueType type = s % 3 == 0 ? SNN_VALUE_FLOAT32
        : s % 3 == 1 ? SNN_VALUE_UINT8 : SNN_VALUE_INT8;
    const guint timesteps = s < 5 ? 8 : MOST_TIMESTEPS;
    guint8 *bytes = g_malloc (N_IN * timesteps * sizeof (float));
    float *floats = (float *) bytes;

    for (guint i = 0; i < N_IN * timesteps; i++)
      if (type == SNN_VALUE_FLOAT32)
        floats[i] = i / N_IN % 4 ? floats[i - N_IN] : draw (&random, 8);
      else if (type == SNN_VALUE_UINT8)
        bytes[i] = (guint8) snn_random_below (&random, 2);
      else
        ((gint8 *) bytes)[i] = (gint8) draw (&random, 1);
    inputs[s] = (SnnInput) { bytes, type, timesteps };
  }
}

static void
free_inputs (SnnInput *inputs)
{
  for (guint s = 0; s < N_SAMPLES; s++)
    g_free ((gpointer) inputs[s].data);
}

static double
value_of (const SnnInput *input, guint i)
{
  return input->type == SNN_VALUE_FLOAT32 ? ((const float *) input->data)[i]
      : input->type == SNN_VALUE_INT8 ? ((const gint8 *) input->data)[i]
      : ((const guint8 *) input->data)[i];
}

/* y = w x + b; the operations of what is not 0 */
static guint64
pass_linear (const SnnNode *node, const double *x, double *y)
{
  const SnnParameter *bias = snn_node_parameter (node, "bias");
  const guint n = node->out.channels;
  guint64 n_operations = 0;

  for (guint o = 0; o < n; o++)
    y[o] = bias && bias->n > 0 ? bias->values[o] : 0.;
  for (guint i = 0; i < node->in.channels; i++) {
    n_operations += x[i] != 0. ? n : 0;
    for (guint o = 0; o < n; o++)
      y[o] += x[i] * node->weight[i * n + o];
  }
  return n_operations;
}

static Outcome
expect (const SnnNetwork *network, const SnnInput *input)
{
  static const gchar *const layers[] = { "a", "b" };
  static const gchar *const activations[] = { "a_act", "b_act" };
  Outcome outcome = {.logits = {0.} };
  double u[N_HIDDEN][37], x[37], y[37];

  for (guint l = 0; l < N_HIDDEN; l++)
    for (guint o = 0; o < snn_network_find (network, layers[l])->out.channels; o++)
      u[l][o] = 0.5 * snn_network_find (network, activations[l])->threshold[o];
  for (guint t = 0; t < input->timesteps; t++) {
    for (guint i = 0; i < N_IN; i++)
      x[i] = value_of (input, t * N_IN + i);
    for (guint l = 0; l < N_HIDDEN; l++) {
      const SnnNode *node = snn_network_find (network, layers[l]);
      const float *v = snn_network_find (network, activations[l])->threshold;
      const guint64 n = pass_linear (node, x, y);

      if (l == 0 && input->type == SNN_VALUE_FLOAT32)
        outcome.operations.multiply_accumulates += n;
      else
        outcome.operations.accumulates += n;
      for (guint o = 0; o < node->out.channels; o++) {
        u[l][o] += y[o];
        x[o] = u[l][o] > v[o];
        u[l][o] -= x[o] * v[o];
        outcome.spikes[l] += x[o] > 0.;
      }
    }
    outcome.operations.accumulates +=
        pass_linear (snn_network_find (network, "c"), x, y);
    for (guint o = 0; o < N_OUT; o++)
      outcome.logits[o] += y[o] / input->timesteps;
  }
  return outcome;
}

static void
assert_outcome (const gchar *what, guint sample, const Outcome *expected,
    const Outcome *found)
{
  for (guint l = 0; l < N_HIDDEN; l++)
    fail_unless (found->spikes[l] == expected->spikes[l],
        "%s, sample %u: layer %u has %" G_GUINT64_FORMAT " spikes; expected %"
        G_GUINT64_FORMAT, what, sample, l, found->spikes[l],
        expected->spikes[l]);
  for (guint o = 0; o < N_OUT; o++)
    fail_unless (found->logits[o] == expected->logits[o],
        "%s, sample %u: logit %g; expected %g", what, sample,
        found->logits[o], expected->logits[o]);
  fail_unless_equals_uint64 (found->operations.accumulates,
      expected->operations.accumulates);
  fail_unless_equals_uint64 (found->operations.multiply_accumulates,
      expected->operations.multiply_accumulates);
}

/* @n samples in one call. */
static void
run_engine (SnnEngine *engine, guint n, const SnnInput *inputs,
    const Outcome *expected, const gchar *what)
{
  SnnState *states[N_SAMPLES];
  float logits[N_SAMPLES][N_OUT], *out[N_SAMPLES];

  for (guint s = 0; s < n; s++) {
    states[s] = snn_state_new (snn_engine_network (engine));
    out[s] = logits[s];
  }
  fail_unless (snn_engine_run (engine, n, inputs, states, out, NULL, NULL));
  for (guint s = 0; s < n; s++) {
    Outcome found = {.operations = *snn_state_operations (states[s]) };

    for (guint l = 0; l < N_HIDDEN; l++)
      found.spikes[l] = snn_state_spikes (states[s], l);
    for (guint o = 0; o < N_OUT; o++)
      found.logits[o] = logits[s][o];
    assert_outcome (what, s, &expected[s], &found);
    snn_state_unref (states[s]);
  }
}

/* Samples one by one, so that a worker's memory holds what the one before has left,
 * and all of them together. */
GST_START_TEST (test_engine)
{
  g_autoptr (SnnNetwork) network = make_network (__i__ > 0);
  SnnInput inputs[N_SAMPLES];
  Outcome expected[N_SAMPLES];

  make_inputs (inputs);
  for (guint s = 0; s < N_SAMPLES; s++) {
    expected[s] = expect (network, &inputs[s]);
    fail_unless (expected[s].spikes[0] > 0 && expected[s].spikes[1] > 0);
  }
  for (guint threads = 1; threads <= 3; threads++) {
    g_autoptr (SnnEngine) engine = snn_engine_new (network, threads);

    snn_engine_count_operations (engine, TRUE);
    for (guint round = 0; round < 2; round++) {
      for (guint s = 0; s < N_SAMPLES; s++)
        run_engine (engine, 1, &inputs[s], &expected[s], "alone");
      run_engine (engine, N_SAMPLES, inputs, expected, "together");
    }
  }
  free_inputs (inputs);
}

GST_END_TEST;

/* Blocks of all samples of as many timesteps in a group, by each set of kernels. */
static void
run_group (const SnnPlan *plan, const SnnKernels *kernels, guint block,
    guint n, const SnnInput *inputs, const Outcome *expected)
{
  g_autoptr (SnnPool) pool = snn_pool_new (1);
  SnnPacked *packed = snn_packed_new (plan, kernels, FALSE);
  SnnSpiking *spiking = snn_spiking_new (plan, kernels);
  SnnSpikingRun runs[N_SAMPLES];
  Outcome found[N_SAMPLES] = { {.logits = {0.} } };

  snn_packed_update (packed, pool, NULL);
  snn_spiking_update (spiking, 1.);
  for (guint s = 0; s < n; s++) {
    fail_unless (snn_spiking_takes (spiking, &inputs[s]));
    runs[s] = (SnnSpikingRun) {
      .spiking = spiking,
      .packed = packed,
      .memory = snn_spiking_memory_new_shared (spiking, block),
      .input = &inputs[s],
      .membranes = snn_state_buffers_new (plan),
      .spikes = found[s].spikes,
      .operations = &found[s].operations,
      .potential = found[s].logits,
    };
  }
  for (guint t = 0; t < inputs->timesteps; t += block) {
    for (guint s = 0; s < n; s++) {
      runs[s].first = t;
      runs[s].n_frames = MIN (block, inputs->timesteps - t);
      runs[s].begins = t == 0;
    }
    snn_spiking_forward_group (n, runs);
  }
  for (guint s = 0; s < n; s++) {
    for (guint o = 0; o < N_OUT; o++)
      found[s].logits[o] /= inputs->timesteps;
    assert_outcome (kernels->name, s, &expected[s], &found[s]);
    snn_spiking_memory_free (spiking, runs[s].memory);
    snn_buffers_free (plan->n_layers, runs[s].membranes);
  }
  snn_spiking_free (spiking);
  snn_packed_free (packed);
}

GST_START_TEST (test_kernels)
{
  g_autoptr (SnnNetwork) network = make_network (__i__ > 0);
  SnnPlan *plan = snn_plan_new (network);
  SnnInput inputs[N_SAMPLES];
  Outcome expected[N_SAMPLES];
  const guint blocks[] = { 1, 3, 8, 32 };

  make_inputs (inputs);
  for (guint s = 0; s < N_SAMPLES; s++)
    expected[s] = expect (network, &inputs[s]);
  for (guint k = 0; snn_kernels_names ()[k]; k++)
    for (guint b = 0; b < G_N_ELEMENTS (blocks); b++)
      for (guint first = 0, n; first < N_SAMPLES; first += n) {
        for (n = 1; first + n < N_SAMPLES && inputs[first + n].timesteps
            == inputs[first].timesteps; n++);
        run_group (plan, snn_kernels_find (snn_kernels_names ()[k]), blocks[b],
            n, &inputs[first], &expected[first]);
      }
  free_inputs (inputs);
  snn_plan_free (plan);
}

GST_END_TEST;

static Suite *
analog_suite (void)
{
  Suite *suite = suite_create ("analog");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_engine, 0, 2);
  tcase_add_loop_test (tc, test_kernels, 0, 2);
  return suite;
}

GST_CHECK_MAIN (analog);
