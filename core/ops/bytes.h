/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/input.h"
#include "../kernels/spiking.h"
#include "layers.h"

G_BEGIN_DECLS

/* Of run/operations.h, above. */
typedef struct _SnnOperations SnnOperations;
typedef struct _SnnMemoryStock SnnMemoryStock;

/* What the forward pass of spiking networks on integers works on; private to
 * core/. run/spiking.h runs it.
 *
 * What neurons send is bytes: an IF node's spikes are 0 or 1, those of signed
 * neurons and ternary input -1, 0 or 1, and average pooling sends the sum of its spikes, whose share 1 / k^2
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
 * @pad: zeros before and after a row
 * @time, @row: bytes from a timestep and a row to the next; rows are those of all
 *   slices
 * @first: of the first value inside the border
 * @size: bytes of a block
 * @largest: absolute value at most; @is_signed: whether bytes are signed
 * @of_input: whether they are the network's input, pooled or not, whose type says
 *   for each sample whether they are signed indeed
 * @is_looked_up: whether neurons read them, for whom kernels want bits or lists;
 *   @is_listable: whether lists can have them; @is_narrow: whether all weights that
 *   neurons read them by are narrow, as these are now
 * @dropped: whether they are spikes of neurons, which training may drop
 * @share: what a byte of 1 stands for
 *
 * Layout of a plan's buffer over a block: value (y, t, x, c) is byte
 * first + y row + t time + x channels + c.
 */
struct _SnnByteFrame
{
  SnnShape shape;
  guint pad;
  gsize time;
  gsize row;
  gsize first;
  gsize size;
  guint largest;
  gboolean is_signed;
  gboolean of_input;
  gboolean is_looked_up;
  gboolean is_listable;
  gboolean is_narrow;
  gboolean dropped;
  float share;
};

#define SNN_MAX_BRANCHES 8

/**
 * SnnPackedBranch:
 * @size: bytes of one panel and phase
 * @panels: [panels][phases], made when needed
 * @made: [panels], whether it is packed, atomic
 *
 * A branch's weights, packed in one way.
 */
typedef struct
{
  gsize size;
  guint8 *panels;
  gint *made;
} SnnPackedBranch;

/* A layer with weights into a step's sum, or its bias: a neuron's only weight of
 * a byte that is always 1, so that a constant current is as exact as others and
 * kernels need not know of it. */
struct _SnnSpikingBranch
{
  const SnnNode *node;
  const float *values;          /* [phases][n_runs * length][out] */
  guint part;                   /* of the branches that @node is the sum of */
  guint plan_step;
  guint frame;                  /* that it reads */
  guint n_runs;
  guint length;
  guint n_phases;               /* sets of weights: one, or one for each place in a period */
  guint period;
  guint taps;                   /* pixels that a run covers, 0 where it is not listed */
  guint pad;                    /* zeros that it needs around its input */
  gboolean narrow;              /* weights fit bytes, and are packed so */
  SnnPackedBranch *packed;      /* [packings]; NULL for the readout's, which is below */
  gint32 *weights;              /* [phases][n_runs * length][out] */
};

typedef enum
{
  SNN_SPIKING_FIRE,
  SNN_SPIKING_PASS,             /* without weights */
  SNN_SPIKING_READOUT,
} SnnSpikingStepType;

/* A neuron at (y, x) is in phase (y mod period, x mod period), and so along depth:
 * there may be other weights for each. */
struct _SnnSpikingStep
{
  SnnSpikingStepType type;
  const SnnNode *node;
  guint input;                  /* buffer, of what passes */
  guint output;
  guint layer;
  guint sum;                    /* buffer of the plan where branches meet */
  guint period;
  gboolean from_input;          /* all branches read the network's input */
  guint n_branches;
  SnnSpikingBranch branches[SNN_MAX_BRANCHES];
  double *scales;               /* 2^e of each channel, 0 where weights are not finite */
  float *scale;                 /* [panels][panel], 2^-e */
  float *threshold;
  float *leak;                  /* NULL where neurons don't leak */
  float *reset;                 /* NULL where thresholds are subtracted */
};

/**
 * SnnBranchRow:
 * @row: of the input, of the rows of all slices, that the first run lies in; the
 *   others lie in those after it
 * @at: bytes there from its first value to the first neuron's first input, less than
 *   0 in the border
 * @pixel: bytes from a neuron's inputs to the next one's
 * @phase: which set of weights
 * @first_run, @n_runs: those that are not outside of the input
 *
 * Where a row of neurons finds the inputs of a branch.
 */
struct _SnnBranchRow
{
  gsize row;
  gssize at;
  gsize pixel;
  guint phase;
  guint first_run;
  guint n_runs;
};

/**
 * SnnSpiking:
 * @frames: of each of the plan's buffers, and as the last one, number @constant,
 *   that of the 1 that biases are multiplied by
 * @storage: of each frame, number of the one whose memory it can share
 * @n_steps, @steps: layers
 * @takes_analog: whether float input is covered
 * @spike_factor: as snn_spiking_update() was told
 * @packing: held where weights are packed
 * @stock: memories for runs
 *
 * Shared by all workers, which pack weights as they need them.
 */
typedef struct
{
  const SnnPlan *plan;
  const SnnSpikingKernels *kernels;
  SnnByteFrame *frames;
  guint *storage;
  guint constant;
  guint n_steps;
  SnnSpikingStep *steps;
  gboolean takes_analog;
  double spike_factor;
  GMutex *packing;
  SnnMemoryStock *stock;
} SnnSpiking;

/**
 * SnnFrameLists:
 * @are_counted: whether sizes are known of the block's rows, and so which are silent
 * @are_made: whether the block's spikes are listed, and not in bit planes
 * @lists: [rows][n_frames], made when needed
 */
typedef struct
{
  gboolean are_counted;
  gboolean are_made;
  SnnSpikeList lists;
} SnnFrameLists;

/**
 * SnnSpikingMemory:
 * @timesteps: that blocks may have
 * @frames: as of #SnnSpiking, with room for as many in place of %SNN_BLOCK
 * @storage: of each frame, number of the one whose memory it has
 * @bytes: of each of the frames, a block, with zero borders; %NULL where there
 *   are none
 * @bits: their bit planes, where the kernels want them
 * @lists: of each of the frames. Several frames may have the same of these three,
 *   and then a block leaves those that were written last
 * @values: frames of floats, for analog input; made when needed
 * @sums: spikes summed over a block, for the readout
 * @membranes: of each layer, of samples that are run as a whole; made when needed
 * @start: membranes that a step's neurons begin with, of each channel
 * @rests: whether they stay so, and send nothing, as long as nothing comes
 *
 * What one worker needs.
 */
typedef struct
{
  guint timesteps;
  SnnByteFrame *frames;
  guint *storage;
  guint8 **bytes;
  guint8 **bits;
  SnnFrameLists **lists;
  float **values;
  gint16 *sums;
  float **membranes;
  float *start;
  gboolean rests;
} SnnSpikingMemory;

/**
 * SnnSpikingRun:
 * @packed: for analog input
 * @n_frames: timesteps of this block
 * @input: the sample; @first: the block's first timestep in it
 * @membranes: u of each layer, [height][width][channels], updated
 * @begins: whether these hold nothing yet, and neurons begin anew
 * @ends: whether nobody will read them after this block
 * @spikes: (nullable): counts per layer, added to
 * @operations: (nullable): what spikes take to pass all synapses, added to
 * @counts: (nullable): of each layer and neuron, [height][width][channels],
 *   added to; dropped spikes count
 * @keep: (nullable): of each layer and neuron, 0 where spikes are dropped,
 *   else 1
 * @potential: of the output, summed over timesteps, [height][width][channels],
 *   added to exactly; %NULL: no readout
 * @distances: (nullable): of each layer, receives u - v before the reset,
 *   [height][n_frames][width][channels]; %NULL for layers not wanted
 */
struct _SnnSpikingRun
{
  const SnnSpiking *spiking;
  const SnnPacked *packed;
  SnnSpikingMemory *memory;
  guint n_frames;
  const SnnInput *input;
  guint first;
  float **membranes;
  gboolean begins;
  gboolean ends;
  guint64 *spikes;
  SnnOperations *operations;
  guint32 **counts;
  guint8 **keep;
  double *potential;
  float **distances;
};

/* snn_byte_frame_is_signed: whether there may be bytes below 0 of this run's
 * input. */
static inline gboolean
snn_byte_frame_is_signed (const SnnSpikingRun *run, const SnnByteFrame *frame)
{
  return frame->is_signed
      && !(frame->of_input && run->input->type == SNN_VALUE_UINT8);
}

/* snn_spiking_bytes: the first value of row @y, of those of all slices, of timestep
 * @t of a buffer. */
static inline guint8 *
snn_spiking_bytes (const SnnSpikingRun *run, guint buffer, gsize y, guint t)
{
  const SnnByteFrame *frame = &run->memory->frames[buffer];

  return run->memory->bytes[buffer] + frame->first + y * frame->row
      + t * frame->time;
}

G_END_DECLS
