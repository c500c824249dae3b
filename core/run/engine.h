/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "../graph/input.h"
#include "../graph/network.h"
#include "../base/api.h"
#include "../base/pool.h"
#include "operations.h"
#include "state.h"

SNN_BEGIN_DECLS

/* Running a network. Samples are worked on in parallel, and each sample's
 * result is the same to the bit whatever the threads, the number of samples a
 * call and the way its timesteps are cut into chunks.
 *
 * An engine may be called by several threads, a state (state.h) by one at a time. */

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

#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnEngine, snn_engine_unref)

SNN_END_DECLS
