/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "golden-peer.h"

#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/graph/node.h>

static Npy *
load (const gchar *folder, const gchar *name)
{
  g_autofree gchar *path = g_strdup_printf ("%s/%s/%s.npy",
      g_getenv ("SNN_TEST_DATA"), folder, name);
  g_autoptr (GError) error = NULL;
  Npy *npy = npy_load (path, &error);

  fail_unless (npy != NULL, "%s", error ? error->message : "");
  return npy;
}

Npy *
golden_load (const gchar *folder, const gchar *format, ...)
{
  g_autofree gchar *name = NULL;
  va_list arguments;

  va_start (arguments, format);
  name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return load (folder, name);
}

/* (transfer full): a file of weights or their gradient, in our order. */
static float *
load_weights (const SnnNode *node, const gchar *folder, const gchar *prefix)
{
  g_autoptr (Npy) npy = golden_load (folder, "%s.%s", prefix, node->name);
  g_autofree float *torch = g_new (float, node->n_weights);
  float *ours = g_new (float, node->n_weights);

  fail_unless_equals_int (npy->n, node->n_weights);
  for (gsize i = 0; i < npy->n; i++)
    torch[i] = (float) npy->values[i];
  snn_weights_from_torch (node, torch, ours);
  return ours;
}

void
golden_set_weights (SnnNetwork *network, const gchar *folder,
    const gchar *prefix, float threshold)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = threshold;
    if (snn_node_has_weights (node)) {
      g_autofree float *weights = load_weights (node, folder, prefix);

      memcpy (node->weight, weights, node->n_weights * sizeof *weights);
    }
  }
}

void
golden_check_close (const gchar *what, const float *found,
    const float *expected, gsize n, double tolerance)
{
  double largest = 0., difference = 0.;
  gsize n_broken = 0;

  for (gsize i = 0; i < n; i++) {
    n_broken += !isfinite (found[i]);
    largest = MAX (largest, fabs ((double) expected[i]));
    difference = MAX (difference, fabs ((double) found[i] - expected[i]));
  }
  GST_INFO ("%s: %g of %g", what, difference, largest);
  fail_unless (n_broken == 0 && difference <= tolerance * largest,
      "%s: differs by %g, where the largest value is %g, and %" G_GSIZE_FORMAT
      " are no finite numbers", what, difference, largest, n_broken);
}

void
golden_check (const gchar *folder, const gchar *name, const float *found,
    gsize n, double tolerance)
{
  g_autoptr (Npy) npy = load (folder, name);
  g_autofree float *expected = g_new (float, n);

  fail_unless (npy->n == n, "%s: %" G_GSIZE_FORMAT " values, not %"
      G_GSIZE_FORMAT, name, npy->n, n);
  for (gsize i = 0; i < n; i++)
    expected[i] = (float) npy->values[i];
  golden_check_close (name, found, expected, n, tolerance);
}

void
golden_check_gradient (const SnnNetwork *network, const gchar *folder,
    const gchar *prefix, const float *gradient, double tolerance)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    g_autofree float *expected = NULL;
    g_autofree gchar *what = g_strdup_printf ("%s.%s", prefix, node->name);

    if (!snn_node_has_weights (node))
      continue;
    expected = load_weights (node, folder, prefix);
    golden_check_close (what, gradient, expected, node->n_weights, tolerance);
    gradient += node->n_weights;
  }
}

void
golden_check_spikes (const SnnNetwork *network, const SnnState *state,
    const gchar *folder, const gchar *prefix, guint s, guint n_samples,
    guint n_layers)
{
  guint layer = 0;

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    const gsize n = snn_shape_size (node->out);
    g_autoptr (Npy) count = NULL;
    double expected = 0.;

    if (!snn_node_is_neuron (node))
      continue;
    count = golden_load (folder, "%s.%c", prefix, node->name[0]);
    fail_unless_equals_int (count->n, n_samples * n);
    for (gsize p = 0; p < n; p++)
      expected += count->values[s * n + p];
    fail_unless (snn_state_spikes (state, layer) == (guint64) expected,
        "%s: %" G_GUINT64_FORMAT " spikes in '%s'; expected %g", prefix,
        snn_state_spikes (state, layer), node->name, expected);
    layer++;
  }
  fail_unless_equals_int (layer, n_layers);
}
