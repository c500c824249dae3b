/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "neuron.h"

#include <math.h>

#include "reset.h"

/* LIF: leaky integrate-and-fire neurons. Of
 * tau du/dt = -u + r I (Pedersen et al. 2024, NIR's LIF with v_leak 0), Euler's
 * method with steps of 1 and r = tau makes
 *
 *   u[t] = leak (u[t-1] - v s[t-1]) + I[t],  leak = 1 - 1 / tau,  s[t] = u[t] > v,
 *
 * with soft reset, which is IF where leak is 1; those of NIR are set to a value
 * where they spike. tau, in timesteps, is what a node and its file
 * have, so that a leak comes back from a file as it was. */

/* How long a timestep is in files whose tau are seconds: what snnTorch,
 * SpikingJelly and the reference of NIR's paper take. */
#define TIMESTEP 1e-4

enum
{
  THRESHOLD,
  TAU,
  RESET,
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
  [RESET] = {
    .name = "reset",
    .dims = snn_neuron_reset_channels,
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
  .backward_slopes = snn_neuron_backward_slopes,
  .rate_slopes = rate_slopes,
  .fire_bytes = snn_neuron_fire_bytes,
};

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  if (!fields->from)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "receives nothing");
  return snn_reset_read (fields, node);
}

/* How long a timestep is, which no file says. In one of ours, and of those who
 * count in timesteps, tau is more than 1; who counts in seconds has less. A file
 * in which both occur would mean something else by one of them. */
static gboolean
find_timestep (SnnNodeFields *fields, double tau, double *dt)
{
  SnnTimestep *known = fields->timestep;

  *dt = tau >= 1. ? 1. : TIMESTEP;
  if (tau <= *dt)
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "tau is %g; expected more than 1, in timesteps, or more than %g, in "
        "seconds", tau, TIMESTEP);
  if (known->length == 0.)
    *known = (SnnTimestep) { *dt, fields->name, tau };
  return *dt == known->length || snn_fields_refuse (fields,
      SNN_ERROR_UNSUPPORTED, "tau is %g, and %g in node '%s'; expected all of a "
      "file to be more than 1, in timesteps, or all less, in seconds", tau,
      known->tau, known->name);
}

/* A current that counts g = r dt / tau in place of 1 is a threshold of v / g, and a
 * reset to as much less. Where g is 1 but for rounding, it is 1. */
static gboolean
read_values (SnnNodeFields *fields, SnnNode *node)
{
  const guint n = node->out.channels;
  float *tau = node->parameters[TAU].values;
  const SnnParameter *reset = &node->parameters[RESET];
  g_autofree float *r = g_new (float, n);

  if (!snn_fields_check_values (fields, "v_leak", node->out, 0.f)
      || !snn_reset_read_values (fields, node)
      || !snn_fields_read_channels (fields, "tau", node, TRUE, tau)
      || !snn_fields_read_channels (fields, "r", node, TRUE, r)
      || !snn_fields_read_channels (fields, "v_threshold", node, TRUE,
          node->threshold))
    return FALSE;
  for (guint c = 0; c < n; c++) {
    double dt, g;

    if (!find_timestep (fields, tau[c], &dt))
      return FALSE;
    g = r[c] * dt / tau[c];
    if (fabs (g - 1.) >= 1e-5) {
      node->threshold[c] = (float) (node->threshold[c] / g);
      if (reset->n > 0)
        reset->values[c] = (float) (reset->values[c] / g);
    }
    if (dt != 1.)
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
  snn_reset_write (fields, node);
  snn_fields_write_channels (fields, "v_threshold", node, node->threshold);
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
