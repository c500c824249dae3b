/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../ops/bytes.h"
#include "operations.h"

G_BEGIN_DECLS

/* The forward pass of spiking networks on integers (see ../ops/bytes.h);
 * private to core/. */

/* snn_spiking_new: %NULL where the network has what only floats can do, such as
 * neurons that receive activations without weights. Weights are not packed
 * before snn_spiking_update(). */
SnnSpiking *snn_spiking_new (const SnnPlan * plan, const SnnKernels * kernels);
void snn_spiking_free (SnnSpiking * spiking);

/* snn_spiking_update: takes notice of the network's weights, for spikes that count
 * @spike_factor (1, or 1 / (1 - p) with dropout). Runs pack them as they come to need
 * them, so that they must not change before this is called again. */
void snn_spiking_update (SnnSpiking * spiking, double spike_factor);

/* snn_spiking_takes: whether all values of @input are what it can work on. */
gboolean snn_spiking_takes (const SnnSpiking * spiking,
    const SnnInput * input);

/* snn_spiking_block: how many of @timesteps to pass next. */
guint snn_spiking_block (guint timesteps);

/* snn_spiking_memory_new: for blocks of up to @timesteps. Frames have it to themselves,
 * so that all can be read once a block has passed. */
SnnSpikingMemory *snn_spiking_memory_new (const SnnSpiking * spiking,
    guint timesteps);

/* snn_spiking_memory_new_shared: the same where only what a run adds to is of interest,
 * spikes or the readout: frames have the memory of those that are done with. */
SnnSpikingMemory *snn_spiking_memory_new_shared (const SnnSpiking * spiking,
    guint timesteps);
void snn_spiking_memory_free (const SnnSpiking * spiking,
    SnnSpikingMemory * memory);

/* snn_spiking_forward: a block of one sample. The bytes of all buffers are
 * left in @run->memory, unless these share it. */
void snn_spiking_forward (const SnnSpikingRun * run);

/* snn_spiking_forward_group: the same of @n samples, with as many memories,
 * which read the weights of Linear layers together. All have as many timesteps
 * in the block. */
void snn_spiking_forward_group (guint n, const SnnSpikingRun * runs);

/* snn_spiking_read: after snn_spiking_forward(); adds the readout of @n of the block's
 * timesteps from its @first on to @potential, as that does to @run->potential, exactly. */
void snn_spiking_read (const SnnSpikingRun * run, guint first, guint n,
    double *potential);

/* snn_spiking_add_spikes: of the block's timesteps, to @sums of the neurons of
 * @layer. */
void snn_spiking_add_spikes (const SnnSpikingRun * run, guint layer,
    float *sums);

/* snn_spiking_get_frames: a buffer's bytes, if they are not signed; spikes count
 * @spike_factor. */
SnnSpikeFrames snn_spiking_get_frames (const SnnSpikingRun * run, guint buffer,
    float spike_factor);

/* snn_spiking_get_values: timestep @t of a buffer as floats, in the plan's
 * layout; spikes count @spike_factor. Does nothing where there are no bytes, as
 * for analog input. */
void snn_spiking_get_values (const SnnSpikingRun * run, guint buffer, guint t,
    float spike_factor, float *frame);

/* snn_spiking_count_operations: adds to @run->operations what the block's values in
 * @buffer take to pass the synapses of @node. */
void snn_spiking_count_operations (const SnnSpikingRun * run,
    const SnnNode * node, guint buffer);

G_END_DECLS
