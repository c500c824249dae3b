/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "neuron.h"

#include <math.h>

#include "../hdf5/node-fields.h"

/* LIF: leaky integrate-and-fire neurons with soft reset. Of
 * tau du/dt = -u + r I (Pedersen et al. 2024, NIR's LIF with v_leak 0), Euler's
 * method with steps of 1 and r = tau makes
 *
 *   u[t] = leak (u[t-1] - v s[t-1]) + I[t],  leak = 1 - 1 / tau,  s[t] = u[t] > v,
 *
 * which is IF where leak is 1. tau, in timesteps, is what a node and its file
 * have, so that a leak comes back from a file as it was. */

enum
{
  THRESHOLD,
  TAU,
};

static const SnnParameterSpec parameters[] = {
  [THRESHOLD] = {
    .name = "threshold",
    .dims = snn_neuron_channels,
    .initial = 1.f,
  },
  [TAU] = {
    .name = "tau",
    .dims = snn_neuron_channels,
    .initial = 2.f,
  },
};

static float
leak_of (const SnnNode *node, gsize channel)
{
  return (float) (1. - 1. / node->parameters[TAU].values[channel]);
}

static void
pack (const SnnNode *node, const SnnPackedSurrogate *surrogate,
    SnnPackedLayer *layer)
{
  snn_neuron_pack_threshold (node, surrogate, layer);
  for (gsize i = 0; i < (gsize) node->out.width * node->out.channels; i++)
    layer->leak[i] = leak_of (node, i % node->out.channels);
}

static void
pack_bytes (const SnnNode *node, SnnSpikingStep *step)
{
  snn_neuron_pack_threshold_bytes (node, step);
  for (guint c = 0; c < node->out.channels; c++)
    step->leak[c] = leak_of (node, c);
}

/* dL/du[t] = dL/ds[t] ds/du[t] + leak dL/du[t+1]: the reset passes no
 * gradient. */
static void
backward_slopes (const SnnPackedLayer *layer, gsize n, float *gradient,
    const float *slope, float *carry)
{
  for (gsize i = 0; i < n; i++) {
    gradient[i] = gradient[i] * slope[i] + carry[i];
    carry[i] = layer->leak[i] * gradient[i];
  }
}

/* Of the line from a current of (1 - leak) v, whose neuron never spikes, to one
 * of v, whose neuron always does: see docs/gradients.md. */
static void
rate_slopes (const SnnPackedLayer *layer, gsize n, const float *current,
    float *slope)
{
  for (gsize i = 0; i < n; i++) {
    float v = layer->threshold[i], leak = layer->leak[i];

    slope[i] = current[i] > (1.f - leak) * v && current[i] < v
        ? 1.f / (leak * v) : 0.f;
  }
}

static const SnnNeuron neuron = {
  .leaks = TRUE,
  .pack = pack,
  .pack_bytes = pack_bytes,
  .reset = snn_neuron_reset,
  .fire = snn_neuron_fire,
  .backward = snn_neuron_fire_backward,
  .backward_slopes = backward_slopes,
  .rate_slopes = rate_slopes,
  .fire_bytes = snn_neuron_fire_bytes,
};

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  return fields->from != NULL
      || snn_fields_refuse (fields, SNN_ERROR_FORMAT, "receives nothing");
}

/* NIR's neurons reset to v_reset; those that subtract say so. */
static gboolean
check_reset (SnnNodeFields *fields, const SnnNode *node)
{
  g_autofree gchar *reset = NULL;

  if (!snn_fields_check_values (fields, "v_leak", node->out, 0.f)
      || (snn_hdf5_has (fields->h, snn_fields_at (fields, "v_reset"))
          && !snn_fields_check_values (fields, "v_reset", node->out, 0.f)))
    return FALSE;
  if (snn_hdf5_has (fields->h, snn_fields_at (fields, "metadata/reset")))
    reset = snn_hdf5_read_text (fields->h,
        snn_fields_at (fields, "metadata/reset"));
  if (g_strcmp0 (reset, "subtract") != 0)
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "resets to v_reset; only a LIF neuron that subtracts its threshold is "
        "supported, whose metadata/reset says 'subtract'");
  return TRUE;
}

/* How long a timestep is, which no file says. In one of ours, and of those who
 * count in timesteps, tau is more than 1; snnTorch takes 1e-4 (its beta is our
 * leak) and gives r = tau / 1e-4, by which it is known. */
static gboolean
find_timestep (SnnNodeFields *fields, double tau, double r, double *dt)
{
  *dt = 1.;
  if (tau > 1.)
    return TRUE;
  *dt = 1e-4;
  if (tau > 1e-4 && fabs (r * 1e-4 / tau - 1.) < 1e-5)
    return TRUE;
  return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
      "tau is %g and r %g; expected a tau above 1, in timesteps, or r = tau / "
      "1e-4, in seconds", tau, r);
}

/* A current that counts g = r dt / tau in place of 1 is a threshold of v / g. */
static gboolean
read_values (SnnNodeFields *fields, SnnNode *node)
{
  const guint n = node->out.channels;
  float *tau = node->parameters[TAU].values;
  g_autofree float *r = g_new (float, n);

  if (!check_reset (fields, node)
      || !snn_fields_read_channels (fields, "tau", node, TRUE, tau)
      || !snn_fields_read_channels (fields, "r", node, TRUE, r)
      || !snn_fields_read_channels (fields, "v_threshold", node, TRUE,
          node->threshold))
    return FALSE;
  for (guint c = 0; c < n; c++) {
    double dt;

    if (!find_timestep (fields, tau[c], r[c], &dt))
      return FALSE;
    if (dt == 1.)
      node->threshold[c] =
          (float) ((double) node->threshold[c] * tau[c] / r[c]);
    else
      tau[c] = (float) (tau[c] / dt);
  }
  return TRUE;
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  const float *tau = node->parameters[TAU].values;

  snn_fields_write_channels (fields, "tau", node, tau);
  snn_fields_write_channels (fields, "r", node, tau);
  snn_fields_write_values (fields, "v_leak", node, 0.f);
  snn_fields_write_values (fields, "v_reset", node, 0.f);
  snn_fields_write_channels (fields, "v_threshold", node, node->threshold);
  snn_hdf5_write_text (fields->h, snn_fields_at (fields, "metadata/reset"),
      "subtract");
}

const SnnOp snn_op_lif = {
  .name = "LIF",
  .role = SNN_ROLE_ACTIVATION,
  .infer_shape = snn_activation_infer_shape,
  .n_parameters = G_N_ELEMENTS (parameters),
  .parameters = parameters,
  .neuron = &neuron,
  .axes = SNN_AXES_SAME,
  .read = read_fields,
  .read_values = read_values,
  .write = write_fields,
  .forward = snn_neuron_forward,
  .backward = snn_neuron_backward,
};
