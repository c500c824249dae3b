/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "if.h"

/* IF: integrate-and-fire neurons with soft reset, eqs. 1 and 2 of Yue et al.
 * 2023: u[t] = u[t-1] + x[t] - v s[t-1], s[t] = u[t] > v. */

const SnnParameterSpec snn_if_parameters[SNN_IF_N_PARAMETERS] = {
  {
    .name = "threshold",
    .dims = snn_neuron_channels,
    .initial = 1.f,
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
  return snn_fields_check_values (fields, "r", fields->from->out, 1.f);
}

gboolean
snn_if_read_values (SnnNodeFields *fields, SnnNode *node)
{
  if (snn_hdf5_has (fields->h, snn_fields_at (fields, "v_reset"))
      && !snn_fields_check_values (fields, "v_reset", node->out, 0.f))
    return FALSE;
  return snn_fields_read_channels (fields, "v_threshold", node, TRUE,
      node->threshold);
}

void
snn_if_write (SnnNodeFields *fields, const SnnNode *node)
{
  snn_fields_write_values (fields, "v_reset", node, 0.f);
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
