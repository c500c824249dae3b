/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/base/error.h>
#include <snn/base/random.h>
#include <snn/ops/neurons.h>
#include <snn/run/engine.h>

#include "core/convert/integers.h"
#include "core/run/spiking.h"
#include "core/run/workspace.h"

/* The integer forward pass: every set of kernels gives the bits of the plain
 * one, whatever the blocks, and the spikes of float sums but for ties. */

/* Timesteps of a block whose spikes may be listed. */
#define MOST_LISTED 8

typedef enum
{
  UNET,
  VGG,
  STRIDED,                      /* VGG whose second convolution is 3 x 3 */
} Architecture;

typedef struct
{
  Architecture architecture;
  SnnShape input;
  guint width, depth, timesteps;
  SnnValueType type;
  double dropout;
  gboolean bias;
  double leak;                  /* 0: none; -1: signed neurons */
  SnnReset reset;
  gboolean integers;            /* weights are bytes */
  double high;                  /* 0, or a factor of thresholds (U-Net) or of the
                                 * first ones (others), so that spikes are few and
                                 * listed in blocks of few timesteps */
} Case;

/* The first ones have spikes as input and drop none. */
static const Case cases[] = {
  {VGG, {3, 8, 8}, 6, 0, 17, SNN_VALUE_INT8, 0.},
  {UNET, {1, 12, 20}, 16, 2, 20, SNN_VALUE_INT8, 0.},
  {UNET, {1, 8, 8}, 16, 1, 1, SNN_VALUE_UINT8, 0.},
  {UNET, {1, 16, 8}, 5, 3, 7, SNN_VALUE_INT8, 0.},
  {UNET, {2, 8, 12}, 2, 2, 37, SNN_VALUE_UINT8, 0.},
  {UNET, {1, 8, 20}, 32, 2, 16, SNN_VALUE_INT8, 0.},
  {UNET, {1, 4, 34}, 16, 1, 5, SNN_VALUE_INT8, 0.},
  {UNET, {1, 12, 20}, 16, 2, 20, SNN_VALUE_FLOAT32, 0.},
  {UNET, {1, 8, 12}, 20, 2, 16, SNN_VALUE_INT8, 0.3},
  {VGG, {3, 12, 8}, 17, 0, 9, SNN_VALUE_FLOAT32, 0.5},
  {UNET, {1, 12, 20}, 16, 2, 20, SNN_VALUE_INT8, 0., TRUE},
  {UNET, {1, 8, 12}, 20, 2, 37, SNN_VALUE_FLOAT32, 0.3, TRUE},
  {VGG, {3, 8, 8}, 6, 0, 17, SNN_VALUE_UINT8, 0.5, TRUE},
  {UNET, {1, 12, 20}, 16, 2, 20, SNN_VALUE_INT8, 0., FALSE, 0.9},
  {UNET, {1, 8, 12}, 20, 2, 37, SNN_VALUE_FLOAT32, 0.3, TRUE, 0.75},
  {VGG, {3, 8, 8}, 6, 0, 17, SNN_VALUE_UINT8, 0.5, TRUE, 0.6},
  {UNET, {1, 12, 20}, 16, 2, 20, SNN_VALUE_INT8, 0., FALSE, -1.},
  {UNET, {1, 8, 12}, 20, 2, 37, SNN_VALUE_FLOAT32, 0.3, TRUE, -1.},
  {VGG, {3, 8, 8}, 6, 0, 17, SNN_VALUE_UINT8, 0.5, TRUE, -1.},
  {UNET, {1, 12, 20}, 16, 2, 20, SNN_VALUE_INT8, 0., FALSE, 0., SNN_RESET_ZERO},
  {UNET, {1, 8, 12}, 20, 2, 37, SNN_VALUE_FLOAT32, 0.3, TRUE, 0.75, SNN_RESET_ZERO},
  {VGG, {3, 8, 8}, 6, 0, 17, SNN_VALUE_UINT8, 0.5, TRUE, 0., SNN_RESET_ZERO},
  {UNET, {1, 12, 20}, 16, 2, 20, SNN_VALUE_INT8, 0.,.integers = TRUE},
  {UNET, {1, 8, 12}, 20, 2, 37, SNN_VALUE_FLOAT32, 0., TRUE, -1.,.integers = TRUE},
  {UNET, {2, 8, 12}, 2, 2, 37, SNN_VALUE_UINT8, 0.,.leak = 0.9,.integers = TRUE},
  {VGG, {3, 8, 8}, 6, 0, 17, SNN_VALUE_INT8, 0.5,.integers = TRUE},
  {VGG, {3, 8, 8}, 21, 0, 17, SNN_VALUE_UINT8, 0., FALSE, 0., SNN_RESET_ZERO, TRUE},
  {UNET, {1, 12, 20}, 16, 2, 17, SNN_VALUE_FLOAT32, 0.,.high = 3.},
  {UNET, {1, 8, 52}, 32, 2, 17, SNN_VALUE_INT8, 0.,.leak = -1.,.high = 2.},
  {UNET, {2, 12, 20}, 20, 2, 17, SNN_VALUE_UINT8, 0.3, TRUE,.high = 2.},
  {UNET, {1, 12, 20}, 17, 2, 17, SNN_VALUE_FLOAT32, 0., TRUE, 0.9,.high = 2.},
  {UNET, {1, 12, 20}, 16, 2, 17, SNN_VALUE_INT8, 0., FALSE, 0., SNN_RESET_ZERO,
      .high = 2.5},
  {UNET, {1, 12, 20}, 16, 2, 17, SNN_VALUE_FLOAT32, 0., TRUE, -1.,
      .integers = TRUE,.high = 3.},
  {UNET, {1, 4, 12, 8}, 16, 2, 20, SNN_VALUE_INT8, 0.},
  {UNET, {2, 4, 6, 2}, 5, 1, 9, SNN_VALUE_UINT8, 0.3, TRUE},
  {UNET, {1, 4, 8, 4}, 16, 1, 20, SNN_VALUE_FLOAT32, 0., TRUE, -1.},
  {UNET, {1, 4, 8, 4}, 17, 2, 37, SNN_VALUE_INT8, 0., FALSE, 0.9,
      SNN_RESET_ZERO},
  {UNET, {1, 4, 8, 4}, 16, 2, 17, SNN_VALUE_FLOAT32, 0., TRUE,.integers = TRUE},
  {UNET, {1, 6, 10, 4}, 16, 1, 17, SNN_VALUE_INT8, 0.,.high = 2.},
  {UNET, {1, 6, 10, 4}, 16, 1, 17, SNN_VALUE_FLOAT32, 0., TRUE, -1.,
      .high = 2.},
  {VGG, {3, 6, 8, 4}, 6, 0, 17, SNN_VALUE_INT8, 0.},
  {STRIDED, {3, 8, 12, 4}, 16, 0, 17, SNN_VALUE_UINT8, 0.,.high = 25.},
  {STRIDED, {3, 12, 16}, 16, 0, 17, SNN_VALUE_UINT8, 0.,.high = 25.},
  {STRIDED, {3, 8, 8}, 37, 0, 18, SNN_VALUE_INT8, 0.,.leak = -1.,.high = 20.},
  {VGG, {1, 2, 2}, 65, 0, 3, SNN_VALUE_UINT8, 0.},
  {VGG, {65, 2, 6}, 3, 0, 255, SNN_VALUE_INT8, 0., TRUE, -1.,.integers = TRUE},
  {STRIDED, {1, 2, 2, 2}, 65, 0, 256, SNN_VALUE_UINT8, 0., FALSE, 0.9,
      SNN_RESET_ZERO},
  {UNET, {65, 2, 6}, 3, 1, 257, SNN_VALUE_INT8, 0., TRUE,.integers = TRUE},
  {UNET, {1, 2, 2}, 3, 1, 1000, SNN_VALUE_FLOAT32, 0., TRUE, 0.9},
  {UNET, {1, 2, 2}, 65, 1, 3, SNN_VALUE_FLOAT32, 0., TRUE},
};

typedef struct
{
  float **membranes;
  guint64 *spikes;
  guint32 **counts;
  double *potential;
  guint n_listed;               /* frames of blocks */
} Outcome;

static void
add (SnnNetwork *network, const gchar *name, SnnNode node, const gchar *from)
{
  const gchar *inputs[] = { from, NULL };

  node.name = (gchar *) name;
  fail_unless (snn_network_add (network, &node, inputs, NULL) >= 0);
}

/* Convolutions, one of which is more padding than input, pooling, and Linear layers behind Flatten. */
static SnnNetwork *
make_vgg (SnnShape input, guint width, guint kernel, guint padding)
{
  SnnNetwork *network = snn_network_new ();
  const gboolean volumes = input.depth > 0;
  const SnnOp *convolution = volumes ? &snn_op_conv3d : &snn_op_conv2d;
  const SnnNode conv = {.op = convolution,.out.channels = width,
    .kernel = 3,.stride = 1,.padding = 1
  };

  add (network, "input", (SnnNode) {.op = &snn_op_input,.out = input },
      NULL);
  add (network, "c1", conv, "input");
  add (network, "c1_act", (SnnNode) {.op = &snn_op_relu }, "c1");
  add (network, "pool", (SnnNode) {.op = volumes ? &snn_op_avg_pool3d
        : &snn_op_avg_pool2d,.kernel = 2,.stride = 2 }, "c1_act");
  add (network, "c2", (SnnNode) {.op = convolution,
        .out.channels = width,.kernel = kernel,.stride = 2,
        .padding = padding }, "pool");
  add (network, "c2_act", (SnnNode) {.op = &snn_op_relu }, "c2");
  add (network, "flatten", (SnnNode) {.op = &snn_op_flatten }, "c2_act");
  add (network, "f1", (SnnNode) {.op = &snn_op_linear,.out.channels = 37 },
      "flatten");
  add (network, "f1_act", (SnnNode) {.op = &snn_op_relu }, "f1");
  add (network, "f2", (SnnNode) {.op = &snn_op_linear,.out.channels = 10 },
      "f1_act");
  add (network, "output", (SnnNode) {.op = &snn_op_output }, "f2");
  return network;
}

/* Others than 0, as files of others may have them. */
static void
set_resets (SnnNetwork *network)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnParameter *reset =
        snn_node_parameter (snn_network_node (network, i), "reset");

    for (gsize o = 0; reset && o < reset->n; o++)
      reset->values[o] = 0.02f * (float) (o % 5) - 0.04f;
  }
}

static SnnNetwork *
make_network (const Case *c)
{
  g_autoptr (SnnNetwork) ann = c->architecture == UNET
      ? snn_network_new_unet (c->input, c->width, c->depth, 2, NULL)
      : c->architecture == VGG ? make_vgg (c->input, c->width, 5, 4)
      : make_vgg (c->input, c->width, 3, 1);
  SnnNetwork *network;
  SnnRandom random;

  if (c->bias)
    snn_network_add_bias (ann);
  snn_network_init_weights (ann, 3);
  network = snn_network_to_spiking (ann);
  network->initial_membrane = 0.5;
  snn_random_init (&random, 1, SNN_RANDOM_PHANTOM, 0);
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint o = 0; node->threshold && o < node->out.channels; o++)
      node->threshold[o] = (0.1f + 0.2f * (float) snn_random_double (&random))
          * (c->high > 0. && (c->architecture == UNET
              || g_str_equal (node->name, "c1_act")) ? (float) c->high : 1.f);
  }
  if (c->leak > 0.)
    snn_network_set_neurons (network, SNN_NEURON_LIF, c->leak);
  else if (c->leak < 0.)
    snn_network_set_neurons (network, SNN_NEURON_SIGNED_IF, 1.);
  fail_unless (snn_network_set_reset (network, c->reset, NULL));
  set_resets (network);
  if (c->integers)
    fail_unless (snn_round_weights (network, NULL));
  return network;
}

/* Half of the values are zero. Analog input changes at every fourth step. */
static gpointer
make_input (const Case *c, SnnInput *input)
{
  gsize size = snn_shape_size (c->input);
  gsize n = size * c->timesteps;
  guint8 *bytes = g_malloc0 (n * sizeof (float));
  float *floats = (float *) bytes;
  SnnRandom random;

  snn_random_init (&random, 2, SNN_RANDOM_PHANTOM, 0);
  for (gsize i = 0; i < n; i++) {
    double x = snn_random_double (&random) * 2. - 1.;

    if (c->type == SNN_VALUE_FLOAT32)
      floats[i] = i / size % 4 ? floats[i - size] : (float) x;
    else if (c->type == SNN_VALUE_INT8)
      bytes[i] = (guint8) (x < -0.5 ? -1 : x > 0.5);
    else
      bytes[i] = x > 0.;
  }
  *input = (SnnInput) { bytes, c->type, c->timesteps };
  return bytes;
}

static guint8 **
make_keep (const SnnPlan *plan, double dropout)
{
  guint8 **keep = g_new0 (guint8 *, plan->n_layers);
  SnnRandom random;

  snn_random_init (&random, 4, SNN_RANDOM_PHANTOM, 0);
  for (guint i = 0; i < plan->n_layers; i++) {
    keep[i] = g_new (guint8, plan->layer_size[i]);
    for (gsize j = 0; j < plan->layer_size[i]; j++)
      keep[i][j] = snn_random_double (&random) >= dropout;
  }
  return keep;
}

static void
free_layers (const SnnPlan *plan, gpointer layers)
{
  for (guint i = 0; i < plan->n_layers; i++)
    g_free (((gpointer *) layers)[i]);
  g_free (layers);
}

static Outcome
outcome_new (const SnnPlan *plan)
{
  Outcome outcome = {
    .membranes = snn_state_buffers_new (plan),
    .spikes = g_new0 (guint64, plan->n_layers),
    .counts = g_new0 (guint32 *, plan->n_layers),
    .potential =
        g_new0 (double, snn_shape_size (snn_network_output (plan->network))),
  };

  for (guint i = 0; i < plan->n_layers; i++)
    outcome.counts[i] = g_new0 (guint32, plan->layer_size[i]);
  snn_reset_membranes (plan->network, outcome.membranes);
  return outcome;
}

static void
outcome_clear (const SnnPlan *plan, Outcome *outcome)
{
  snn_buffers_free (plan->n_layers, outcome->membranes);
  free_layers (plan, outcome->counts);
  g_free (outcome->spikes);
  g_free (outcome->potential);
}

/* So that what is read before it is written would be seen. */
static void
spoil_membranes (const SnnPlan *plan, float **membranes)
{
  for (guint i = 0; i < plan->n_layers; i++)
    for (gsize j = 0; j < snn_layer_state_size (plan, i); j++)
      membranes[i][j] = NAN;
}

/* @block timesteps at a time; 0: as many as there is room for, and from membranes
 * that are set before, and frames that have memory of their own. */
static Outcome
run (const SnnPlan *plan, const gchar *kernels_name, const Case *c,
    const SnnInput *input, guint8 **keep, guint block)
{
  const SnnKernels *kernels = snn_kernels_find (kernels_name);
  g_autoptr (SnnPool) pool = snn_pool_new (1);
  SnnPacked *packed = snn_packed_new (plan, kernels, FALSE);
  SnnSpiking *spiking = snn_spiking_new (plan, kernels);
  SnnSpikingMemory *memory;
  Outcome outcome = outcome_new (plan);
  const gboolean begins = block > 0;

  fail_unless (spiking != NULL, "%s does not cover the network", kernels_name);
  fail_unless (snn_spiking_takes (spiking, input));
  if (!block)
    block = snn_spiking_block (input->timesteps);
  memory = begins ? snn_spiking_memory_new_shared (spiking, block)
      : snn_spiking_memory_new (spiking, block);
  snn_packed_update (packed, pool, NULL);
  snn_spiking_update (spiking, 1. / (1. - c->dropout));
  for (guint i = 0; i + 1 < spiking->n_steps; i++)
    for (guint b = 0; b < spiking->steps[i].n_branches; b++)
      fail_unless (spiking->steps[i].branches[b].narrow == c->integers,
          "step %u packs no integers, or others", i);
  if (begins)
    spoil_membranes (plan, outcome.membranes);
  for (guint t = 0; t < input->timesteps; t += block) {
    snn_spiking_forward (&(SnnSpikingRun) {
          .spiking = spiking,
          .packed = packed,
          .memory = memory,
          .n_frames = MIN (block, input->timesteps - t),
          .input = input,
          .first = t,
          .membranes = outcome.membranes,
          .begins = begins && t == 0,
          .spikes = outcome.spikes,
          .counts = outcome.counts,
          .keep = c->dropout > 0. ? keep : NULL,
          .potential = outcome.potential });
    for (guint i = 0; i < plan->n_frames; i++) {
      const gboolean is_listed = memory->lists[i] && memory->lists[i]->are_made;

      fail_if (is_listed && (!kernels->spiking->list
              || MIN (block, input->timesteps - t) > MOST_LISTED));
      outcome.n_listed += is_listed;
    }
  }
  /* Who multiplies bytes in such blocks has no tables made. */
  for (guint i = 0; block <= MOST_LISTED && kernels->spiking->choose
      && i + 1 < spiking->n_steps; i++)
    for (guint b = 0; b < spiking->steps[i].n_branches; b++)
      fail_if (spiking->steps[i].branches[b].packed[SNN_PACKED_FOR_BITS].panels,
          "step %u has tables", i);
  snn_spiking_memory_free (spiking, memory);
  snn_spiking_free (spiking);
  snn_packed_free (packed);
  return outcome;
}

static void
assert_same (const SnnPlan *plan, const gchar *what, const Outcome *expected,
    const Outcome *found)
{
  gsize size = snn_shape_size (snn_network_output (plan->network));

  for (guint i = 0; i < plan->n_layers; i++) {
    const gchar *layer = plan->steps[plan->layer_step[i]].node->name;

    fail_unless (memcmp (expected->counts[i], found->counts[i],
            plan->layer_size[i] * sizeof (guint32)) == 0,
        "%s: other spikes in %s", what, layer);
    fail_unless (memcmp (expected->membranes[i], found->membranes[i],
            snn_layer_state_size (plan, i) * sizeof (float)) == 0,
        "%s: other membranes in %s", what, layer);
    fail_unless_equals_int (expected->spikes[i], found->spikes[i]);
  }
  fail_unless (memcmp (expected->potential, found->potential,
          size * sizeof (double)) == 0, "%s: other potential", what);
}

GST_START_TEST (test_same_bits)
{
  const Case *c = &cases[__i__];
  g_autoptr (SnnNetwork) network = make_network (c);
  SnnPlan *plan = snn_plan_new (network);
  guint8 **keep = make_keep (plan, c->dropout);
  SnnInput input;
  g_autofree gpointer data = make_input (c, &input);
  Outcome plain = run (plan, "plain", c, &input, keep, 0);
  const guint blocks[] = { 0, 1, 3, MOST_LISTED, MOST_LISTED + 1, 32 };

  for (guint i = 0; i < plan->n_layers; i++)
    fail_unless (plain.spikes[i] > 0, "layer %u is silent", i);
  for (guint k = 0; snn_kernels_names ()[k]; k++) {
    const gchar *name = snn_kernels_names ()[k];
    /* Currents enter by the float kernels, and how OpenBLAS sums those depends
     * on the processor: there it is held to itself. */
    gboolean own_bits = c->type == SNN_VALUE_FLOAT32 && g_str_equal (name, "blas");
    Outcome own = own_bits ? run (plan, name, c, &input, keep, 0) : plain;

    for (guint b = 0; b < G_N_ELEMENTS (blocks); b++) {
      g_autofree gchar *what = g_strdup_printf ("%s, blocks of %u", name,
          blocks[b]);
      Outcome found = run (plan, name, c, &input, keep, blocks[b]);

      assert_same (plan, what, &own, &found);
      if (c->high > 0. && blocks[b] > 0 && blocks[b] <= MOST_LISTED
          && snn_kernels_find (name)->spiking->list)
        fail_unless (found.n_listed > 0, "%s: no lists are made", what);
      outcome_clear (plan, &found);
    }
    if (own_bits)
      outcome_clear (plan, &own);
  }
  outcome_clear (plan, &plain);
  free_layers (plan, keep);
  snn_plan_free (plan);
}

GST_END_TEST;

/* The same sum in double, from the spikes that the integer pass sent: a neuron
 * may spike otherwise than by exact arithmetic only where u is as near to v as
 * the bound in spiking.h, and rounding of u, say. First layers are enough to
 * see it, as all others are made of the same steps. */
GST_START_TEST (test_rounding)
{
  const Case c = { UNET, {1, 16, 16}, 16, 1, 16, SNN_VALUE_INT8, 0. };
  g_autoptr (SnnNetwork) network = make_network (&c);
  SnnPlan *plan = snn_plan_new (network);
  SnnInput input;
  g_autofree gpointer data = make_input (&c, &input);
  Outcome found = run (plan, "plain", &c, &input, NULL, 0);
  const SnnNode *conv = snn_network_find (network, "e1a");
  const SnnNode *fire = snn_network_find (network, "e1a_act");
  const gint8 *x = data;
  guint n_compared = 0;

  for (gint y = 0; y < 16; y++)
    for (gint px = 0; px < 16; px++)
      for (guint o = 0; o < 16; o++) {
        double v = fire->threshold[o], u = 0.5 * v, bound = 0.;
        guint count = 0;
        gboolean tie = FALSE;

        for (guint t = 0; t < 16 && !tie; t++) {
          for (gint tap = 0; tap < 9; tap++) {
            gint sy = y + tap / 3 - 1, sx = px + tap % 3 - 1;
            double w = conv->weight[tap * 16 + o];

            if (sy < 0 || sx < 0 || sy > 15 || sx > 15)
              continue;
            u += w * x[(t * 16 + sy) * 16 + sx];
            bound += fabs (w) * 0x1p-22;
          }
          bound += 0x1p-23 * (fabs (u) + v);
          tie = fabs (u - v) <= bound;
          if (u > v) {
            u -= v;
            count++;
          }
        }
        if (tie)
          continue;
        n_compared++;
        fail_unless_equals_int (count,
            found.counts[0][(y * 16 + px) * 16 + o]);
        fail_unless (fabs (u - found.membranes[0][(y * 16 + px) * 16 + o])
            <= bound);
      }
  fail_unless (n_compared > 4000, "only %u neurons were far from a tie",
      n_compared);
  outcome_clear (plan, &found);
  snn_plan_free (plan);
}

GST_END_TEST;

/* The float pass of the same network: rounding is elsewhere, so that a few
 * spikes may come a step later, and no more than a few. */
GST_START_TEST (test_near_floats)
{
  const Case *c = &cases[__i__];
  g_autoptr (SnnNetwork) network = make_network (c);
  SnnPlan *plan = snn_plan_new (network);
  g_autoptr (SnnPool) pool = snn_pool_new (1);
  SnnPacked *packed = snn_packed_new (plan, snn_kernels_find ("plain"), FALSE);
  SnnInput input;
  g_autofree gpointer data = make_input (c, &input);
  Outcome found = run (plan, "plain", c, &input, NULL, 0);
  Outcome floats = outcome_new (plan);
  SnnRun float_run = {
    .plan = plan,
    .packed = packed,
    .n_frames = 1,
    .values = snn_plan_buffers_new (plan, 1),
    .membranes = floats.membranes,
    .spikes = floats.spikes,
  };

  snn_packed_update (packed, pool, NULL);
  for (guint t = 0; t < input.timesteps; t++) {
    snn_run_load (&float_run, &input, t, 1, 0);
    snn_run_forward (&float_run, plan->n_steps);
  }
  for (guint i = 0; i < plan->n_layers; i++) {
    double difference =
        fabs ((double) found.spikes[i] - (double) floats.spikes[i]);

    fail_unless (difference <= 2. + 0.001 * (double) floats.spikes[i],
        "layer %u has %" G_GUINT64_FORMAT " spikes, by floats %"
        G_GUINT64_FORMAT, i, found.spikes[i], floats.spikes[i]);
  }
  snn_buffers_free (plan->n_frames, float_run.values);
  outcome_clear (plan, &found);
  outcome_clear (plan, &floats);
  snn_packed_free (packed);
  snn_plan_free (plan);
}

GST_END_TEST;

/* Samples in one call, several of which read a Linear layer's weights
 * together, and threads. */
GST_START_TEST (test_same_bits_in_groups)
{
  const Case *c = &cases[0];
  g_autoptr (SnnNetwork) network = make_network (c);
  SnnInput inputs[11];
  SnnState *states[G_N_ELEMENTS (inputs)];
  float logits[G_N_ELEMENTS (inputs)][10], expected[10];
  float *out[G_N_ELEMENTS (inputs)];
  g_autofree gpointer data = make_input (c, &inputs[0]);

  for (guint threads = 1; threads <= 3; threads++) {
    g_autoptr (SnnEngine) engine = snn_engine_new (network, threads);
    const guint n = threads == 1 ? 1 : G_N_ELEMENTS (inputs);

    for (guint i = 0; i < n; i++) {
      inputs[i] = inputs[0];
      states[i] = snn_state_new (network);
      out[i] = logits[i];
    }
    snn_engine_run (engine, n, inputs, states, out, NULL, NULL);
    if (threads == 1)
      memcpy (expected, logits[0], sizeof expected);
    for (guint i = 0; i < n; i++) {
      fail_unless (memcmp (logits[i], expected, sizeof expected) == 0,
          "sample %u of %u with %u threads", i, n, threads);
      snn_state_unref (states[i]);
    }
  }
}

GST_END_TEST;

/* What a state has come to that is given the input in @parts, the last one of which
 * is announced or not: logits and spikes of each layer. */
static GArray *
run_in_parts (SnnEngine *engine, const SnnInput *input, guint parts,
    gboolean announce)
{
  SnnNetwork *network = snn_engine_network (engine);
  g_autoptr (SnnState) state = snn_state_new (network);
  const gsize frame = snn_shape_size (snn_network_input (network))
      * snn_value_size (input->type);
  const gsize n_out = snn_shape_size (snn_network_output (network));
  g_autofree float *logits = g_new (float, n_out);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (double));
  guint layer = 0;

  for (guint part = 0, t = 0; part < parts; part++) {
    SnnInput some = { (const guint8 *) input->data + t * frame, input->type,
      input->timesteps * (part + 1) / parts - t
    };

    if (announce && part + 1 == parts)
      snn_state_announce_end (state);
    fail_unless (snn_engine_run (engine, 1, &some, &state, &logits, NULL, NULL));
    t += some.timesteps;
  }
  for (gsize i = 0; i < n_out; i++) {
    const double logit = logits[i];

    g_array_append_val (found, logit);
  }
  for (guint i = 0; i < network->nodes->len; i++)
    if (snn_node_is_activation (snn_network_node (network, i))) {
      const double spikes = (double) snn_state_spikes (state, layer++);

      g_array_append_val (found, spikes);
    }
  return found;
}

/* That no more is to come changes nothing in what comes out, and whoever goes on
 * without a reset hears of it. */
GST_START_TEST (test_announced_end)
{
  const Case *c = &cases[__i__];
  g_autoptr (SnnNetwork) network = make_network (c);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  SnnInput input;
  g_autofree gpointer data = make_input (c, &input);

  /* Few timesteps come first, so that the worker's memory is too small for all. */
  for (guint few = 2; few-- > 0;) {
    g_autoptr (GArray) expected = NULL;

    input.timesteps = few ? MIN (c->timesteps, 4) : c->timesteps;
    expected = run_in_parts (engine, &input, 1, FALSE);
    for (guint parts = 1; parts <= MIN (input.timesteps, 3); parts++) {
      g_autoptr (GArray) found = run_in_parts (engine, &input, parts, TRUE);

      fail_unless (found->len == expected->len && memcmp (found->data,
              expected->data, found->len * sizeof (double)) == 0,
          "case %d, %u timesteps in %u parts", __i__, input.timesteps, parts);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_goes_on_behind_the_end)
{
  const Case *c = &cases[0];
  g_autoptr (SnnNetwork) network = make_network (c);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autoptr (SnnState) state = snn_state_new (network);
  SnnInput input;
  g_autofree gpointer data = make_input (c, &input);
  float logits[10], *out = logits;

  snn_state_announce_end (state);
  fail_unless (snn_engine_run (engine, 1, &input, &state, &out, NULL, NULL));
  ASSERT_CRITICAL (snn_engine_run (engine, 1, &input, &state, &out, NULL,
          NULL));
  snn_state_reset (state);
  fail_unless (snn_engine_run (engine, 1, &input, &state, &out, NULL, NULL));
}

GST_END_TEST;

GST_START_TEST (test_cancelled)
{
  const Case *c = &cases[0];
  g_autoptr (SnnNetwork) network = make_network (c);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 2);
  g_autoptr (SnnState) state = snn_state_new (network);
  g_autoptr (GError) error = NULL;
  SnnInput input;
  g_autofree gpointer data = make_input (c, &input);
  float logits[10], *out = logits;
  gint cancel = 1;

  fail_if (snn_engine_run (engine, 1, &input, &state, &out, &cancel, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_CANCELLED));
  cancel = 0;
  snn_state_reset (state);
  fail_unless (snn_engine_run (engine, 1, &input, &state, &out, &cancel,
          NULL));
}

GST_END_TEST;

/* Bytes that are no spikes are left to the float pass. */
GST_START_TEST (test_takes)
{
  g_autoptr (SnnNetwork) network = make_network (&cases[2]);
  SnnPlan *plan = snn_plan_new (network);
  SnnSpiking *spiking = snn_spiking_new (plan, snn_kernels_find ("plain"));
  SnnInput input;
  g_autofree guint8 *data = make_input (&cases[2], &input);

  fail_unless (snn_spiking_takes (spiking, &input));
  data[5] = 2;
  fail_if (snn_spiking_takes (spiking, &input));
  data[5] = 0xff;
  fail_if (snn_spiking_takes (spiking, &input));
  input.type = SNN_VALUE_INT8;
  fail_unless (snn_spiking_takes (spiking, &input));
  snn_spiking_free (spiking);
  snn_plan_free (plan);
}

GST_END_TEST;

static Suite *
spiking_suite (void)
{
  Suite *suite = suite_create ("spiking");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_same_bits, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_rounding);
  tcase_add_loop_test (tc, test_near_floats, 0, 6);
  tcase_add_test (tc, test_same_bits_in_groups);
  tcase_add_loop_test (tc, test_announced_end, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_goes_on_behind_the_end);
  tcase_add_test (tc, test_cancelled);
  tcase_add_test (tc, test_takes);
  return suite;
}

GST_CHECK_MAIN (spiking);
