/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state-private.h"

#include <string.h>

#include "workspace.h"

G_DEFINE_BOXED_TYPE (SnnState, snn_state, snn_state_ref, snn_state_unref)

SnnState *
snn_state_new (const SnnNetwork *network)
{
  SnnState *state;

  g_return_val_if_fail (network != NULL && network->spiking, NULL);

  state = g_new0 (SnnState, 1);
  g_atomic_ref_count_init (&state->ref_count);
  state->network = snn_network_ref ((SnnNetwork *) network);
  for (guint i = 0; i < network->nodes->len; i++)
    state->n_layers += snn_node_is_activation (snn_network_node (network, i));
  state->spikes = g_new0 (guint64, MAX (state->n_layers, 1));
  state->potential = g_new0 (double,
      snn_shape_size (snn_network_output (network)));
  snn_state_reset (state);
  return state;
}

SnnState *
snn_state_ref (SnnState *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  g_atomic_ref_count_inc (&state->ref_count);
  return state;
}

void
snn_state_unref (SnnState *state)
{
  if (!state || !g_atomic_ref_count_dec (&state->ref_count))
    return;
  snn_buffers_free (state->n_layers, state->membranes);
  g_free (state->spikes);
  g_free (state->potential);
  snn_variance_free (state->variance);
  snn_network_unref (state->network);
  g_free (state);
}

void
snn_state_reset (SnnState *state)
{
  g_return_if_fail (state != NULL);

  state->is_reset = TRUE;
  state->ends = state->has_ended = FALSE;
  memset (state->spikes, 0, state->n_layers * sizeof *state->spikes);
  memset (state->potential, 0,
      snn_shape_size (snn_network_output (state->network))
      * sizeof *state->potential);
  snn_variance_reset (state->variance);
  state->operations = (SnnOperations) { 0, 0 };
  state->timesteps = 0;
}

void
snn_state_keep_variance (SnnState *state, SnnOutputFunction output)
{
  g_return_if_fail (state != NULL && state->timesteps == 0);

  snn_variance_free (state->variance);
  state->variance = snn_variance_new (state->network, output);
}

void
snn_state_get_variance (const SnnState *state, float *values)
{
  g_return_if_fail (state != NULL && state->variance != NULL);

  snn_variance_get (state->variance, values);
}

void
snn_state_announce_end (SnnState *state)
{
  g_return_if_fail (state != NULL);

  state->ends = TRUE;
}

guint
snn_state_timesteps (const SnnState *state)
{
  g_return_val_if_fail (state != NULL, 0);

  return state->timesteps;
}

guint64
snn_state_spikes (const SnnState *state, guint layer)
{
  g_return_val_if_fail (state != NULL && layer < state->n_layers, 0);

  return state->spikes[layer];
}

const SnnOperations *
snn_state_operations (const SnnState *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return &state->operations;
}
