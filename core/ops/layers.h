/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../kernels/kernels.h"
#include "../base/pool.h"
#include "../graph/plan.h"
#include "surrogate.h"

G_BEGIN_DECLS

/* What every layer does with its buffers, forward and backward; private to
 * core/. Spiking networks and ANNs differ only in their activations: all else
 * sees a number of frames, which are timesteps of one sample, or samples. */

/**
 * SnnPacked:
 *
 * Weights as the kernels want them, thresholds and surrogates spread over a
 * row. Shared by all workers; snn_packed_update() follows the network.
 */
typedef struct
{
  gsize *input_taps;            /* of the kernel, as offsets in the input ... */
  gsize *output_taps;           /* ... and in the output */
  gssize *spike_taps;           /* from an input's place in the output */
  float *forward;
  float *backward;
} SnnPackedStep;

typedef struct
{
  float *threshold;             /* [width][channels] of a row */
  float *scale;
  float *slope;
} SnnPackedLayer;

/* A panel of a step's weights. */
typedef struct
{
  guint step;
  gboolean backward;
  guint first;                  /* column */
} SnnPackedPart;

typedef struct
{
  const SnnPlan *plan;
  const SnnKernels *kernels;
  gboolean gradients;
  SnnPackedStep *steps;
  SnnPackedLayer *layers;
  GArray *parts;                /* all of them */
} SnnPacked;

SnnPacked *snn_packed_new (const SnnPlan * plan, const SnnKernels * kernels,
    gboolean gradients);
void snn_packed_free (SnnPacked * packed);

typedef struct
{
  SnnSurrogate kind;
  double alpha;                 /* its height */
} SnnPackedSurrogate;

/* snn_packed_update: @surrogate is %NULL without gradients. */
void snn_packed_update (SnnPacked * packed, SnnPool * pool,
    const SnnPackedSurrogate * surrogate);

/**
 * SnnSpikeFrames:
 * @x: bytes of the first value inside the border; %NULL where there are none,
 *   or signed ones
 * @row, @frame: bytes from one to the next
 * @factor: what a byte of 1 stands for
 *
 * The same values as a buffer's, when they come as bytes.
 */
typedef struct
{
  const guint8 *x;
  gsize row;
  gsize frame;
  float factor;
} SnnSpikeFrames;

/**
 * SnnRun:
 * @n_frames: timesteps in this call, or samples
 * @samples: whether frames are samples: each has its own @dropout
 * @values: each buffer of the plan, n_frames frames with zero borders
 * @spike_frames: (nullable): backward, of each buffer; values need not be
 *   there where bytes are
 * @gradients: the same of the loss, backward only
 * @membranes: u of each layer (spiking), [height][width][channels]
 * @carries: dL/du of the timestep after the last frame; updated backward
 * @surrogates: ds/du of each layer, n_frames dense frames, when gradients
 *   follow; %NULL otherwise
 * @distances: (nullable): backward, u - v of each layer before the reset, to
 *   make @surrogates of; [height][n_frames][width][channels]
 * @rates: (nullable): mean spikes a timestep of each neuron, a dense frame for
 *   each of samples: instead of firing, neurons put these out, dropped already,
 *   and @surrogates receive the slopes of min (max (I / v, 0), 1) at their
 *   currents I; nothing is carried
 * @dropout: factor of each neuron, or %NULL
 * @spikes: counts per layer, added to
 * @weight_gradient: of all nodes, added to
 *
 * Which memory a worker works on.
 */
typedef struct
{
  const SnnPlan *plan;
  const SnnPacked *packed;
  guint n_frames;
  gboolean samples;
  float **values;
  const SnnSpikeFrames *spike_frames;
  float **gradients;
  float **membranes;
  float **carries;
  float **surrogates;
  float **distances;
  float **rates;
  float **dropout;
  guint64 *spikes;
  float *weight_gradient;
} SnnRun;

void snn_layer_forward (const SnnRun * run, const SnnStep * step);

/* snn_step_takes_spikes: whether the weights' gradient of @step can be had from
 * spike_frames; otherwise it needs values. */
gboolean snn_step_takes_spikes (const SnnStep * step);

/* snn_layer_backward: from the gradient of the step's output to that of its
 * input (not for the network's own input) and of its weights. */
void snn_layer_backward (const SnnRun * run, const SnnStep * step);

/* The same of a Linear layer for @n outputs, or backward inputs, from @first
 * on, which begins a panel (see snn_kernels_panel()). */
void snn_linear_forward (const SnnRun * run, const SnnStep * step,
    guint first, guint n);
void snn_linear_backward (const SnnRun * run, const SnnStep * step,
    guint first, guint n);

G_END_DECLS
