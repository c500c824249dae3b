/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "neuron.h"

#include <string.h>

#include "../hdf5/node-fields.h"

/* IF: integrate-and-fire neurons with soft reset, eqs. 1 and 2 of Yue et al.
 * 2023: u[t] = u[t-1] + x[t] - v s[t-1], s[t] = u[t] > v. */

static const SnnParameterSpec parameters[] = {
  {
    .name = "threshold",
    .dims = snn_neuron_channels,
    .initial = 1.f,
  },
};

static void
pack_bytes (const SnnNode *node, SnnSpikingStep *step)
{
  memcpy (step->threshold, node->threshold,
      node->out.channels * sizeof *step->threshold);
}

/* dL/du[t] = dL/ds[t] ds/du[t] + dL/du[t+1]: the reset passes no gradient. */
static void
backward_slopes (const SnnPackedLayer *layer, gsize n, float *gradient,
    const float *slope, float *carry)
{
  for (gsize i = 0; i < n; i++)
    gradient[i] = carry[i] = gradient[i] * slope[i] + carry[i];
}

/* Of rate = min (max (I / v, 0), 1). */
static void
rate_slopes (const SnnPackedLayer *layer, gsize n, const float *current,
    float *slope)
{
  for (gsize i = 0; i < n; i++) {
    float v = layer->threshold[i];

    slope[i] = current[i] > 0.f && current[i] < v ? 1.f / v : 0.f;
  }
}

static const SnnNeuron neuron = {
  .pack = snn_neuron_pack_threshold,
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
  if (!fields->from)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "receives nothing");
  return snn_fields_check_values (fields, "r", fields->from->out, 1.f);
}

static gboolean
read_values (SnnNodeFields *fields, SnnNode *node)
{
  if (snn_hdf5_has (fields->h, snn_fields_at (fields, "v_reset"))
      && !snn_fields_check_values (fields, "v_reset", node->out, 0.f))
    return FALSE;
  return snn_fields_read_channels (fields, "v_threshold", node, TRUE,
      node->threshold);
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_fields_write_values (fields, "v_reset", node, 0.f);
  snn_fields_write_values (fields, "r", node, 1.f);
  snn_fields_write_channels (fields, "v_threshold", node, node->threshold);
}

const SnnOp snn_op_if = {
  .name = "IF",
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
