/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "if.h"

#include <math.h>

#include "reset.h"

/* IF: integrate-and-fire neurons. With soft reset, eqs. 1 and 2 of Yue et al.
 * 2023: u[t] = u[t-1] + x[t] - v s[t-1], s[t] = u[t] > v. Those of NIR are set to
 * a value where they spike (Pedersen et al. 2024, "Neuromorphic intermediate
 * representation", Table 1). */

/* How long a timestep is where r is its inverse: what SpikingJelly, snnTorch and
 * others write. */
#define TIMESTEP 1e-4

const SnnParameterSpec snn_if_parameters[SNN_IF_N_PARAMETERS] = {
  {
    .name = "threshold",
    .dims = snn_neuron_channels,
    .initial = 1.f,
  },
  {
    .name = "reset",
    .dims = snn_neuron_reset_channels,
  },
};

static const SnnNeuron neuron = {
  .pack = snn_neuron_pack_threshold,
  .pack_bytes = snn_neuron_pack_threshold_bytes,
  .reset = snn_neuron_reset,
  .fire = snn_neuron_fire,
  .backward = snn_neuron_fire_backward,
  .backward_slopes = snn_neuron_backward_slopes,
  .rate_slopes = snn_neuron_rate_slopes,
  .fire_bytes = snn_neuron_fire_bytes,
};

gboolean
snn_if_read (SnnNodeFields *fields, SnnNode *node)
{
  if (!fields->from)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "receives nothing");
  return snn_reset_read (fields, node);
}

/* In a timestep dt a current counts r dt, which has to be 1: r is 1 where time is
 * counted in timesteps, and 1 / dt where in seconds. */
static gboolean
check_resistance (SnnNodeFields *fields, const SnnNode *node)
{
  const guint n = node->out.channels;
  g_autofree float *r = g_new (float, n);

  if (!snn_fields_read_channels (fields, "r", node, TRUE, r))
    return FALSE;
  for (guint c = 0; c < n; c++)
    if (r[c] != r[0] || (r[c] != 1.f && fabs (r[c] * TIMESTEP - 1.) > 1e-5))
      return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
          "r has the value %g; only 1 and, in seconds, %g are supported, by "
          "which a current counts 1 in a timestep", r[c], 1. / TIMESTEP);
  return TRUE;
}

gboolean
snn_if_read_values (SnnNodeFields *fields, SnnNode *node)
{
  return check_resistance (fields, node)
      && snn_reset_read_values (fields, node)
      && snn_fields_read_channels (fields, "v_threshold", node, TRUE,
      node->threshold);
}

void
snn_if_write (SnnNodeFields *fields, const SnnNode *node)
{
  snn_reset_write (fields, node);
  snn_fields_write_values (fields, "r", node, 1.f);
  snn_fields_write_channels (fields, "v_threshold", node, node->threshold);
}

const SnnOp snn_op_if = {
  .name = "IF",
  .role = SNN_ROLE_ACTIVATION,
  .infer_shape = snn_activation_infer_shape,
  .n_parameters = SNN_IF_N_PARAMETERS,
  .parameters = snn_if_parameters,
  .neuron = &neuron,
  .axes = SNN_AXES_SAME,
  .read = snn_if_read,
  .read_values = snn_if_read_values,
  .write = snn_if_write,
  .forward = snn_neuron_forward,
  .backward = snn_neuron_backward,
};
