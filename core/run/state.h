/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "../base/api.h"
#include "../graph/network.h"
#include "operations.h"

SNN_BEGIN_DECLS

/**
 * SnnState:
 *
 * Membrane potentials of one sample in a spiking network, the output's
 * accumulated potential, and how many timesteps have passed. Used with engines
 * of the same network. Reference counted.
 */
typedef struct _SnnState SnnState;

#define SNN_TYPE_STATE (snn_state_get_type ())
GType snn_state_get_type (void);

/* snn_state_new: of a spiking @network, to which it keeps a reference. */
SnnState *snn_state_new (const SnnNetwork * network);
SnnState *snn_state_ref (SnnState * state);
/* snn_state_unref: %NULL is fine. */
void snn_state_unref (SnnState * state);

/* snn_state_reset: membranes to the network's initial value; T, counts to 0. */
void snn_state_reset (SnnState * state);
guint snn_state_timesteps (const SnnState * state);

/**
 * snn_state_announce_end:
 *
 * Says that the next input is a sample's last one, before @state is reset: what
 * membranes become need not be written to memory, which takes much of the time of few
 * timesteps. What the next run makes is the same. It is forgotten with that run, after
 * which @state has to be reset before another.
 */
void snn_state_announce_end (SnnState * state);

/* snn_state_spikes: spikes emitted since the reset by the @layer-th IF node
 * (in graph order), summed over its neurons. */
guint64 snn_state_spikes (const SnnState * state, guint layer);

/**
 * snn_state_operations:
 *
 * Returns: (transfer none): since the reset, where the engine counts them
 */
const SnnOperations *snn_state_operations (const SnnState * state);

#ifndef __GI_SCANNER__ /* callbacks */

/* SnnOutputFunction: makes of the logits of @network, of the output's shape, what is
 * told of them, in place, such as probabilities. */
typedef void (*SnnOutputFunction) (const SnnNetwork * network, float *values);

/**
 * snn_state_keep_variance:
 * @state: just made or reset
 * @output: (nullable): what is told of logits; %NULL: they themselves
 *
 * Has engines keep, from now on, the variance over timesteps of what each of them
 * says by itself, which takes two doubles a value of the output. With x_t the readout
 * of timestep t alone, that is what t adds to the output's potential, and
 * p_t = @output (x_t),
 *
 *   variance = 1/T sum_t (p_t - 1/T sum_s p_s)^2.
 *
 * That timesteps are predictors of an ensemble, of which one tells mean and
 * uncertainty, is from Sun, Yin and Bohte, "Efficient uncertainty estimation in
 * spiking neural networks via MC-dropout" (ICANN 2023, arXiv:2304.10191), who drop
 * neurons at random besides; here nothing is.
 */
void snn_state_keep_variance (SnnState * state, SnnOutputFunction output);

/* snn_state_get_variance: of the timesteps since the reset, to @values, of the
 * output's shape; of a state that keeps it. 0 of one timestep. */
void snn_state_get_variance (const SnnState * state, float *values);

#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnState, snn_state_unref)

SNN_END_DECLS
