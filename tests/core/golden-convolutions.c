/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <snn/onnx/onnx-file.h>
#include "tests/core/golden-peer.h"

/* Gradients of grouped and dilated convolutions, of slices and volumes, against
 * PyTorch's: tests/data/convolutions.py has the networks, and they are read as it
 * exported them. Here they are dense, so that only places which PyTorch has are
 * compared. */

#define FOLDER "convolutions"
#define N_SAMPLES 2
#define TIMESTEPS 9
#define THRESHOLD 0.4f

static const struct
{
  const gchar *name;
  SnnShape input;
  guint space;                  /* its dimensions */
} kinds[] = {
  {"flat", {1, 8, 12}, 2},
  {"volumes", {1, 6, 10, 4}, 3},
};

static const struct
{
  const gchar *name;
  guint kernel;
  guint groups;
  guint dilation;
} layers[] = {
  {"first", 3, 1, 1},
  {"groups", 3, 2, 1},
  {"dilated", 3, 1, 2},
  {"both", 3, 4, 2},
  {"out", 1, 1, 1},
};

static SnnNetwork *
load_network (const gchar *kind, gboolean spiking)
{
  g_autofree gchar *path = g_strdup_printf ("%s/" FOLDER "/%s.onnx",
      g_getenv ("SNN_TEST_DATA"), kind);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnNetwork) ann = snn_onnx_load (path, NULL, &error);
  SnnNetwork *network;

  fail_unless (ann != NULL, "%s", error ? error->message : "");
  network = spiking ? snn_network_to_spiking (ann) : snn_network_ref (ann);
  network->initial_membrane = 0.5;
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = THRESHOLD;
  }
  return network;
}

/* What PyTorch has of layer @l, [out][in / groups][kernel]..., out of all
 * @values of @node's weights. Returns how many. */
static gsize
pick_weights (const SnnNode *node, guint l, guint space, const float *values,
    float *picked)
{
  const guint in = node->in.channels / layers[l].groups;
  const guint group_out = node->out.channels / layers[l].groups;
  const guint side = layers[l].kernel, slices = space == 3 ? side : 1;
  g_autofree float *dense = g_new (float, node->n_weights);
  gsize n = 0;

  fail_unless_equals_int (node->kernel, 1 + (side - 1) * layers[l].dilation);
  snn_weights_to_torch (node, values, dense);
  for (guint o = 0; o < node->out.channels; o++)
    for (guint i = 0; i < in; i++)
      for (guint z = 0; z < slices; z++)
        for (guint y = 0; y < side; y++)
          for (guint x = 0; x < side; x++) {
            gsize at = (gsize) o * node->in.channels + o / group_out * in + i;

            if (space == 3)
              at = at * node->kernel + z * layers[l].dilation;
            at = at * node->kernel + y * layers[l].dilation;
            at = at * node->kernel + x * layers[l].dilation;
            picked[n++] = dense[at];
          }
  return n;
}

static void
check_layer (const SnnNetwork *network, guint kind, const gchar *prefix,
    guint l, const float *gradient)
{
  const SnnNode *node = snn_network_find (network, layers[l].name);
  g_autofree gchar *weight = g_strdup_printf ("%s.grad.%s.weight", prefix,
      layers[l].name);
  g_autofree gchar *bias = g_strdup_printf ("%s.grad.%s.bias", prefix,
      layers[l].name);
  g_autofree float *picked = NULL;
  gsize n;

  fail_unless (node != NULL && node->bias, "%s: '%s'", prefix,
      layers[l].name);
  picked = g_new (float, node->n_weights);
  n = pick_weights (node, l, kinds[kind].space,
      gradient + snn_node_parameter (node, "weight")->offset, picked);
  golden_check (FOLDER, weight, picked, n, 1e-4);
  golden_check (FOLDER, bias,
      gradient + snn_node_parameter (node, "bias")->offset,
      node->out.channels, 1e-4);
}

GST_START_TEST (test_gradients)
{
  const guint kind = (guint) __i__ / 2;
  const gboolean spiking = __i__ % 2;
  g_autofree gchar *prefix = g_strconcat (kinds[kind].name,
      spiking ? ".snn" : ".ann", NULL);
  g_autofree gchar *files = g_strconcat (kinds[kind].name, ".", NULL);
  g_autoptr (SnnNetwork) network = load_network (kinds[kind].name, spiking);
  g_autoptr (GoldenSamples) samples =
      golden_samples_new (network, FOLDER, files, N_SAMPLES, TIMESTEPS);
  g_autofree float *gradient = g_new (float, snn_network_n_weights (network));

  fail_unless (snn_shape_equal (snn_network_input (network),
          kinds[kind].input), "%s", prefix);
  golden_check_loss (network, samples, FOLDER, prefix, gradient);
  for (guint l = 0; l < G_N_ELEMENTS (layers); l++)
    check_layer (network, kind, prefix, l, gradient);
}

GST_END_TEST;

static Suite *
golden_convolutions_suite (void)
{
  Suite *suite = suite_create ("golden-convolutions");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_gradients, 0, 2 * G_N_ELEMENTS (kinds));
  return suite;
}

GST_CHECK_MAIN (golden_convolutions);
