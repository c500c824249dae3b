/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine.h"
#include "../kernels/kernels.h"
#include "../kernels/spiking.h"
#include "../ops/layers.h"
#include "../graph/plan.h"

G_BEGIN_DECLS

/* The forward pass of spiking networks on integers; private to core/.
 *
 * What neurons send is bytes: an IF node's spikes are 0 or 1, ternary input -1,
 * 0 or 1, and average pooling sends the sum of its spikes, whose share 1 / k^2
 * goes into its readers' weights. Weights become fixed-point numbers with one
 * power of two 2^-e for all that meet in an output channel, as fine as 24 bits
 * a weight and 32 bits a sum allow. Rounding them moves a current by no more
 * than
 *
 *   2^-e-1 sum |x|  <=  max (2^-23 max |w| sum |x|, 2^-30 n sum |x w|)
 *
 * over its n inputs (w with shares): below what float32 sums of as many terms
 * are sure of, n 2^-24 sum |x w|, or at most one unit in a weight's last place.
 *
 * A block of up to SNN_BLOCK timesteps passes one layer after the other.
 * Results do not depend on how timesteps are cut into blocks. */

/**
 * SnnByteFrame:
 * @shape: of a timestep's values; no channels where a buffer has no bytes
 * @pad: border of zeros
 * @time, @row: bytes from a timestep and a row to the next
 * @first: of the first value inside the border
 * @size: bytes of a block
 * @largest: absolute value at most; @is_signed: whether bytes are signed
 * @share: what a byte of 1 stands for
 *
 * Layout of a plan's buffer over a block: value (y, t, x, c) is byte
 * first + y row + t time + x channels + c.
 */
typedef struct
{
  SnnShape shape;
  guint pad;
  gsize time;
  gsize row;
  gsize first;
  gsize size;
  guint largest;
  gboolean is_signed;
  float share;
} SnnByteFrame;

typedef struct _SnnSpikingStep SnnSpikingStep;

/**
 * SnnSpiking:
 * @frames: of each of the plan's buffers
 * @n_steps, @steps: layers
 * @takes_analog: whether float input is covered
 *
 * Shared by all workers.
 */
typedef struct
{
  const SnnPlan *plan;
  const SnnSpikingKernels *kernels;
  SnnByteFrame *frames;
  guint n_steps;
  SnnSpikingStep *steps;
  gboolean takes_analog;
} SnnSpiking;

/* snn_spiking_new: %NULL where the network has what only floats can do, such as
 * neurons that receive activations without weights. Weights are not packed
 * before snn_spiking_update(). */
SnnSpiking *snn_spiking_new (const SnnPlan * plan, const SnnKernels * kernels);
void snn_spiking_free (SnnSpiking * spiking);

/* snn_spiking_update: packs the network's weights, for spikes that count
 * @spike_factor (1, or 1 / (1 - p) with dropout). */
void snn_spiking_update (SnnSpiking * spiking, double spike_factor);

/* snn_spiking_takes: whether all values of @input are what it can work on. */
gboolean snn_spiking_takes (const SnnSpiking * spiking,
    const SnnInput * input);

/* snn_spiking_block: how many of @timesteps to pass next. */
guint snn_spiking_block (guint timesteps);

/**
 * SnnSpikingMemory:
 * @bytes: of each of the plan's buffers, a block, with zero borders; %NULL
 *   where there are none
 * @bits: their bit planes, where the kernels want them
 * @values: frames of floats, for analog input; made when needed
 * @sums: spikes summed over a block, for the readout
 *
 * What one worker needs.
 */
typedef struct
{
  guint8 **bytes;
  guint8 **bits;
  float **values;
  gint16 *sums;
} SnnSpikingMemory;

SnnSpikingMemory *snn_spiking_memory_new (const SnnSpiking * spiking);
void snn_spiking_memory_free (const SnnSpiking * spiking,
    SnnSpikingMemory * memory);

/**
 * SnnSpikingRun:
 * @packed: for analog input
 * @n_frames: timesteps of this block
 * @input: the sample; @first: the block's first timestep in it
 * @membranes: u of each layer, [height][width][channels], updated
 * @spikes: (nullable): counts per layer, added to
 * @counts: (nullable): of each layer and neuron, [height][width][channels],
 *   added to; dropped spikes count
 * @keep: (nullable): of each layer and neuron, 0 where spikes are dropped,
 *   else 1
 * @potential: of the output, summed over timesteps, [height][width][channels],
 *   added to exactly; %NULL: no readout
 * @distances: (nullable): of each layer, receives u - v before the reset,
 *   [height][n_frames][width][channels]; %NULL for layers not wanted
 */
typedef struct
{
  const SnnSpiking *spiking;
  const SnnPacked *packed;
  SnnSpikingMemory *memory;
  guint n_frames;
  const SnnInput *input;
  guint first;
  float **membranes;
  guint64 *spikes;
  guint32 **counts;
  guint8 **keep;
  double *potential;
  float **distances;
} SnnSpikingRun;

/* snn_spiking_forward: a block of one sample. The bytes of all buffers are
 * left in @run->memory. */
void snn_spiking_forward (const SnnSpikingRun * run);

/* snn_spiking_forward_group: the same of @n samples, with as many memories,
 * which read the weights of Linear layers together. All have as many timesteps
 * in the block. */
void snn_spiking_forward_group (guint n, const SnnSpikingRun * runs);

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

/* snn_spiking_count_operations: after snn_spiking_forward(); adds what the
 * block's spikes took to pass all synapses. */
void snn_spiking_count_operations (const SnnSpikingRun * run,
    SnnOperations * operations);

G_END_DECLS
