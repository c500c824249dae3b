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

/* [n][values], out of a file of them. */
static float *
load_images (const gchar *folder, const gchar *prefix, guint n, gsize values)
{
  g_autoptr (Npy) file = golden_load (folder, "%simage", prefix);
  float *images = g_new (float, n * values);

  fail_unless_equals_int (file->n, n * values);
  for (gsize i = 0; i < n * values; i++)
    images[i] = (float) file->values[i];
  return images;
}

/* [n][timesteps][values], out of a file of [timesteps][n][values]. */
static gint8 *
load_spikes (const gchar *folder, const gchar *prefix, guint n, guint timesteps,
    gsize values)
{
  g_autoptr (Npy) file = golden_load (folder, "%sspikes", prefix);
  gint8 *spikes = g_new (gint8, n * timesteps * values), *to = spikes;

  fail_unless_equals_int (file->n, n * timesteps * values);
  for (guint s = 0; s < n; s++)
    for (guint t = 0; t < timesteps; t++)
      for (gsize i = 0; i < values; i++)
        *to++ = (gint8) file->values[(t * n + s) * values + i];
  return spikes;
}

GoldenSamples *
golden_samples_new (const SnnNetwork *network, const gchar *folder,
    const gchar *prefix, guint n, guint timesteps)
{
  const gsize in = snn_shape_size (snn_network_input (network));
  const gsize out = snn_shape_size (snn_network_output (network));
  g_autoptr (Npy) masks = golden_load (folder, "%smask", prefix);
  SnnInput input = { NULL, SNN_VALUE_FLOAT32, 1 };
  GoldenSamples *samples = g_new (GoldenSamples, 1);

  if (network->spiking)
    input = (SnnInput) { NULL, SNN_VALUE_INT8, timesteps };
  fail_unless_equals_int (masks->n, n * out);
  *samples = (GoldenSamples) {
    .n = n,
    .masks = g_new (guint8, n * out),
    .logits = g_new0 (float, n * out),
    .logits_at = g_new (float *, n),
    .samples = g_new (SnnSample, n),
  };
  if (network->spiking)
    samples->inputs = load_spikes (folder, prefix, n, timesteps, in);
  else
    samples->inputs = load_images (folder, prefix, n, in);
  for (gsize i = 0; i < n * out; i++)
    samples->masks[i] = (guint8) masks->values[i];
  for (guint s = 0; s < n; s++) {
    input.data = (const guint8 *) samples->inputs
        + s * input.timesteps * in * snn_value_size (input.type);
    samples->logits_at[s] = samples->logits + s * out;
    samples->samples[s] = (SnnSample) {
      .input = input,
      .target = samples->masks + s * out,
      .id = s
    };
  }
  return samples;
}

void
golden_samples_free (GoldenSamples *samples)
{
  g_free (samples->inputs);
  g_free (samples->masks);
  g_free (samples->logits);
  g_free (samples->logits_at);
  g_free (samples->samples);
  g_free (samples);
}

void
golden_check_loss (SnnNetwork *network, GoldenSamples *samples,
    const gchar *folder, const gchar *prefix, float *gradient)
{
  g_autofree gchar *logits = g_strconcat (prefix, ".logits", NULL);
  g_autoptr (Npy) expected = golden_load (folder, "%s.loss", prefix);
  g_autoptr (SnnTrainer) trainer = NULL;
  SnnTrainingSettings settings;
  double loss;

  snn_training_settings_init (&settings);
  settings.loss = SNN_LOSS_BCE;
  settings.threads = 2;
  trainer = snn_trainer_new (network, &settings, NULL);
  loss = snn_trainer_gradient (trainer, samples->n, samples->samples,
      samples->logits_at, gradient);
  fail_unless (fabs (loss - expected->values[0]) <= 1e-6,
      "%s: loss %g; expected %g", prefix, loss, expected->values[0]);
  golden_check (folder, logits, samples->logits,
      samples->n * snn_shape_size (snn_network_output (network)), 1e-5);
}
