/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network.h"
#include "op.h"

G_BEGIN_DECLS

/* A plan is a network unrolled into steps over buffers, private to core/.
 * Convolutions that meet in a sum add into one buffer, and activations work
 * in place where nobody else reads their input. */

/**
 * SnnFrame:
 * @shape: of the values
 * @pad: border of zeros on each side, for the convolutions that read it
 *   forward and backward
 * @row, @plane, @size: strides of a row, of a slice and of a frame, in values
 * @first: offset of the first value inside the border
 *
 * Layout of one timestep of a buffer: channels-last with a border. Where there is
 * depth, slices follow each other, each with its border, between @pad slices of
 * zeros; a slice without is one of them.
 */
struct _SnnFrame
{
  SnnShape shape;
  guint pad;
  gsize row;
  gsize plane;
  gsize size;
  gsize first;
};

/* snn_frame_row: from a frame's first value to the first one of @row, of the rows of
 * all slices. */
static inline gsize
snn_frame_row (const SnnFrame *frame, gsize row)
{
  return row / frame->shape.height * frame->plane
      + row % frame->shape.height * frame->row;
}

typedef enum
{
  SNN_STEP_LAYER,               /* node of any type but Input and Output */
  SNN_STEP_ADD,                 /* copies or adds a buffer to a sum */
} SnnStepType;

/**
 * SnnStep:
 * @node: %NULL for %SNN_STEP_ADD
 * @input, @output: buffers; the same where a step works in place
 * @accumulate: adds to @output, another step having written it
 * @accumulate_gradient: backward, adds to the gradient of @input
 * @layer: index among the activations
 * @weights: trained values of the steps before it
 */
struct _SnnStep
{
  SnnStepType type;
  const SnnNode *node;
  guint input;
  guint output;
  gboolean accumulate;
  gboolean accumulate_gradient;
  guint layer;
  gsize weights;
};

/**
 * SnnPlan:
 * @input, @output: buffers of the network's input and of the output's
 *   potential (before the sigmoid)
 * @n_layers: activations; @layer_size: neurons of each; @layer_step: its step
 */
typedef struct
{
  SnnNetwork *network;
  guint n_steps;
  SnnStep *steps;
  guint n_frames;
  SnnFrame *frames;
  guint input;
  guint output;
  guint n_layers;
  gsize *layer_size;
  guint *layer_step;
  gsize n_weights;
} SnnPlan;

SnnPlan *snn_plan_new (SnnNetwork * network);
void snn_plan_free (SnnPlan * plan);

G_END_DECLS
