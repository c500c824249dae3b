/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packed.h"

G_BEGIN_DECLS

/* What every layer does with its buffers, forward and backward; private to
 * core/. Spiking networks and ANNs differ only in their activations: all else
 * sees a number of frames, which are timesteps of one sample, or samples.
 *
 * Shapes: x is [height][width][channels] of a step's input buffer and y of its
 * output buffer, inside their borders; dx and dy are the loss's gradients. Volumes
 * are [depth][height][width][channels], whose rows follow each other as if there
 * were one slice of depth times height of them: where a height is said and rows are
 * what counts, it is that of all slices (snn_shape_rows()). */

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
 * @fetch: (nullable): puts into @values what @step reads of them backward, before it
 *   goes; otherwise they are there. @fetch_data is for it
 * @gradients: the same of the loss, backward only
 * @membranes: u of each layer (spiking), [height][width][channels]
 * @carries: dL/du of the timestep after the last frame; updated backward
 * @surrogates: ds/du of each layer, or dr/dI with @levels, n_frames dense frames,
 *   when gradients follow; %NULL otherwise
 * @distances: (nullable): backward, u - v of each layer before the reset, to
 *   make @surrogates of; [height][n_frames][width][channels]
 * @rates: (nullable): mean spikes a timestep of each neuron, a dense frame for
 *   each of samples: instead of firing, neurons put these out, dropped already,
 *   and @surrogates receive the slopes of min (max (I / v, 0), 1) at their
 *   currents I; nothing is carried
 * @levels: 0, or into how many steps neurons quantise the rates of their currents,
 *   which they then put out instead of firing; nothing is carried
 * @dropout: factor of each neuron, or %NULL
 * @spikes: counts per layer, added to; with @levels, of steps
 * @weight_gradient: of all nodes, added to
 *
 * Which memory a worker works on.
 */
struct _SnnRun
{
  const SnnPlan *plan;
  const SnnPacked *packed;
  guint n_frames;
  gboolean samples;
  float **values;
  const SnnSpikeFrames *spike_frames;
  void (*fetch) (const SnnRun * run, const SnnStep * step);
  gconstpointer fetch_data;
  float **gradients;
  float **membranes;
  float **carries;
  float **surrogates;
  float **distances;
  float **rates;
  guint levels;
  float **dropout;
  guint64 *spikes;
  float *weight_gradient;
};

/**
 * SnnLayer:
 *
 * A step of a run, as its operator sees it.
 */
struct _SnnLayer
{
  const SnnRun *run;
  const SnnStep *step;
  const SnnNode *node;
  const SnnKernels *kernels;
  const SnnPackedStep *packed;
  const SnnFrame *in;
  const SnnFrame *out;
};

/* A frame's first value inside its border. */
static inline float *
snn_layer_x (const SnnLayer *l, guint frame)
{
  return l->run->values[l->step->input] + frame * l->in->size + l->in->first;
}

static inline float *
snn_layer_y (const SnnLayer *l, guint frame)
{
  return l->run->values[l->step->output] + frame * l->out->size
      + l->out->first;
}

static inline float *
snn_layer_dx (const SnnLayer *l, guint frame)
{
  return l->run->gradients[l->step->input] + frame * l->in->size
      + l->in->first;
}

static inline float *
snn_layer_dy (const SnnLayer *l, guint frame)
{
  return l->run->gradients[l->step->output] + frame * l->out->size
      + l->out->first;
}

/* snn_layer_wants_dx: nobody asks for the gradient of the network's input. */
static inline gboolean
snn_layer_wants_dx (const SnnLayer *l)
{
  return l->step->input != l->run->plan->input;
}

/* snn_layer_dw: gradient of the values of the node's parameter @index, added
 * to. */
static inline float *
snn_layer_dw (const SnnLayer *l, guint index)
{
  return l->run->weight_gradient + l->node->parameters[index].offset;
}

/* snn_layer_add_forward: y (+)= x; snn_layer_add_backward: dx (+)= dy. */
void snn_layer_add_forward (const SnnLayer * layer);
void snn_layer_add_backward (const SnnLayer * layer);

void snn_layer_forward (const SnnRun * run, const SnnStep * step);

/* snn_step_takes_spikes: whether the weights' gradient of @step can be had from
 * spike_frames; otherwise it needs values. */
gboolean snn_step_takes_spikes (const SnnStep * step);

/* snn_layer_backward: from the gradient of the step's output to that of its
 * input (not for the network's own input) and of its weights. */
void snn_layer_backward (const SnnRun * run, const SnnStep * step);

/* snn_step_is_matrix: whether all frames are the rows of one matrix, of which
 * columns can be made one by one.
 *
 * snn_layer_forward_columns, snn_layer_backward_columns: of such a step, @n
 * outputs, or backward inputs, from @first on, which begins a panel (see
 * snn_kernels_panel()). */
gboolean snn_step_is_matrix (const SnnStep * step);
void snn_layer_forward_columns (const SnnRun * run, const SnnStep * step,
    guint first, guint n);
void snn_layer_backward_columns (const SnnRun * run, const SnnStep * step,
    guint first, guint n);

G_END_DECLS
