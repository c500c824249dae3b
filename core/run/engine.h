/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "../graph/input.h"
#include "../graph/network.h"
#include "operations.h"
#include "../base/pool.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Running a network. Samples are worked on in parallel, and each sample's
 * result is the same to the bit whatever the threads, the number of samples a
 * call and the way its timesteps are cut into chunks.
 *
 * An engine may be called by several threads, a state by one at a time. */

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

/**
 * SnnEngine:
 *
 * A network that is ready to run. Reference counted.
 */
typedef struct _SnnEngine SnnEngine;

#define SNN_TYPE_ENGINE (snn_engine_get_type ())
GType snn_engine_get_type (void);

/* snn_engine_new: keeps a reference to @network; @threads 0: one a processor. An
 * engine may be called by several threads: each call has a context of its own,
 * and they take turns with the workers. */
SnnEngine *snn_engine_new (SnnNetwork * network, guint threads);

/**
 * snn_engine_share:
 * @threads: 0: one a processor
 *
 * Returns: (transfer full): an engine with workers of its own that runs on the
 *   weights of @engine, which it keeps a reference to. Packed weights take several
 *   times the memory of those in a file; this way many that run the same network
 *   have them once
 */
SnnEngine *snn_engine_share (SnnEngine * engine, guint threads);
SnnEngine *snn_engine_ref (SnnEngine * engine);
/* snn_engine_unref: %NULL is fine. */
void snn_engine_unref (SnnEngine * engine);

/**
 * snn_engine_network:
 *
 * Returns: (transfer none): what it runs
 */
SnnNetwork *snn_engine_network (SnnEngine * engine);

/* snn_engine_kernels: name of the set of kernels that it runs on, of those that
 * GST_SNN_KERNELS can ask for. */
const gchar *snn_engine_kernels (const SnnEngine * engine);

/* snn_engine_weights_changed: call after writing the network's weights, while
 * no other thread is in the engine, nor in one that shares its weights; of one
 * that has them from another it does nothing. */
void snn_engine_weights_changed (SnnEngine * engine);

/* snn_engine_count_operations: whether effective operations are counted, which
 * takes a little time: of spiking samples in their states, of an ANN's in the
 * engine. */
void snn_engine_count_operations (SnnEngine * engine, gboolean count);

/**
 * snn_engine_run_bytes:
 * @state: (nullable): that goes on where it is (spiking), or %NULL (ANN)
 * @input: [timesteps][channels][height][width] values of @type, in the order of
 *   bytes of this machine; one timestep for an ANN
 *
 * Runs one sample: snn_engine_run() for other languages.
 *
 * Returns: (transfer full): the logits, [channels][height][width] float32, or
 *   %NULL with SNN_ERROR_MISMATCH where @input is not a whole number of timesteps
 */
GBytes *snn_engine_run_bytes (SnnEngine * engine, SnnState * state,
    GBytes * input, SnnValueType type, GError ** error);

#ifndef __GI_SCANNER__ /* structs by value, arrays of pointers, callbacks */

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

/* snn_engine_take_operations: what an ANN's samples took since this was last
 * called. */
SnnOperations snn_engine_take_operations (SnnEngine * engine);

/**
 * snn_engine_run:
 * @n: number of samples
 * @inputs: @n inputs of the network's input shape
 * @states: @n states that go on where they are (spiking), or %NULL (ANN); none may
 *   have come to an end
 * @logits: @n buffers of the output shape, [channels][height][width]; for a
 *   spiking network the readout of all timesteps so far
 * @cancel: (nullable): looked at now and then; work stops when it is not 0
 *
 * Returns: FALSE with SNN_ERROR_CANCELLED; states and logits are then undefined
 */
gboolean snn_engine_run (SnnEngine * engine, guint n, const SnnInput * inputs,
    SnnState * const *states, float *const *logits, const gint * cancel,
    GError ** error);

/* snn_sigmoid: p = 1 / (1 + exp(-x)), in place. */
void snn_sigmoid (float *values, gsize n);

/* snn_softmax: p_c = exp (x_c) / sum exp (x), at each of @plane pixels over
 * [channels][plane] values, in place. */
void snn_softmax (float *values, guint channels, gsize plane);

/* snn_largest: the channel with the largest of [channels][plane] values at
 * pixel @at; the first of several. */
guint snn_largest (const float *values, guint channels, gsize plane, gsize at);

#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnState, snn_state_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnEngine, snn_engine_unref)

SNN_END_DECLS
