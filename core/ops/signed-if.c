/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "if.h"

/* Signed IF: integrate-and-fire neurons that take spikes back. What a converted
 * network loses at few timesteps is unevenness: a spike that was sent before the
 * currents came that speak against it.
 *
 *   s[t] = 1 where u[t] > v, -1 where u[t] < 0 and sum of s so far > 0, else 0
 *   u[t+1] = u[t] - v s[t] + I[t+1]
 *
 * In a file it is an IF node whose metadata name it. */

/* A neuron that is set to a value has nothing left that it could take back. */
static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  if (!snn_if_read (fields, node))
    return FALSE;
  if (node->resets
      && snn_hdf5_has (fields->h, snn_fields_at (fields, "metadata/reset")))
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED, "signed neurons "
        "that are reset to v_reset are not supported; only those that subtract "
        "are");
  node->resets = FALSE;
  return TRUE;
}

static const SnnNeuron neuron = {
  .is_signed = TRUE,
  .pack = snn_neuron_pack_threshold,
  .pack_bytes = snn_neuron_pack_threshold_bytes,
  .reset = snn_neuron_reset,
  .fire = snn_neuron_fire,
  .backward = snn_neuron_fire_backward,
  .backward_slopes = snn_neuron_backward_slopes,
  .rate_slopes = snn_neuron_rate_slopes,
  .fire_bytes = snn_neuron_fire_bytes,
};

const SnnOp snn_op_signed_if = {
  .name = "IF",
  .variant = "signed-if",
  .role = SNN_ROLE_ACTIVATION,
  .infer_shape = snn_activation_infer_shape,
  .n_parameters = SNN_IF_N_PARAMETERS,
  .parameters = snn_if_parameters,
  .neuron = &neuron,
  .axes = SNN_AXES_SAME,
  .read = read_fields,
  .read_values = snn_if_read_values,
  .write = snn_if_write,
  .forward = snn_neuron_forward,
  .backward = snn_neuron_backward,
};
