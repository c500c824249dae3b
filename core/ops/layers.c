/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers.h"

#include <string.h>

static SnnLayer
layer_of (const SnnRun *run, const SnnStep *step)
{
  return (SnnLayer) {
    .run = run,
    .step = step,
    .node = step->node,
    .kernels = run->packed->kernels,
    .packed = snn_packed_step (run->packed,
        (guint) (step - run->plan->steps)),
    .in = &run->plan->frames[step->input],
    .out = &run->plan->frames[step->output],
  };
}

/* y (+)= x, row by row, as borders may differ */
static void
add_frames (const SnnFrame *to, float *y, const SnnFrame *from, const float *x,
    guint n_frames, gboolean accumulate)
{
  gsize n = (gsize) to->shape.width * to->shape.channels;

  for (guint f = 0; f < n_frames; f++)
    for (gsize row = 0; row < snn_shape_rows (to->shape); row++) {
      float *out = y + f * to->size + to->first + snn_frame_row (to, row);
      const float *in = x + f * from->size + from->first
          + snn_frame_row (from, row);

      if (accumulate)
        for (gsize i = 0; i < n; i++)
          out[i] += in[i];
      else
        memcpy (out, in, n * sizeof *out);
    }
}

void
snn_layer_add_forward (const SnnLayer *l)
{
  add_frames (l->out, l->run->values[l->step->output], l->in,
      l->run->values[l->step->input], l->run->n_frames, l->step->accumulate);
}

void
snn_layer_add_backward (const SnnLayer *l)
{
  if (snn_layer_wants_dx (l))
    add_frames (l->in, l->run->gradients[l->step->input], l->out,
        l->run->gradients[l->step->output], l->run->n_frames,
        l->step->accumulate_gradient);
}

void
snn_layer_forward (const SnnRun *run, const SnnStep *step)
{
  const SnnLayer l = layer_of (run, step);

  if (step->node)
    step->node->op->forward (&l);
  else
    snn_layer_add_forward (&l);
}

void
snn_layer_backward (const SnnRun *run, const SnnStep *step)
{
  const SnnLayer l = layer_of (run, step);

  if (step->node)
    step->node->op->backward (&l);
  else
    snn_layer_add_backward (&l);
}

gboolean
snn_step_takes_spikes (const SnnStep *step)
{
  const SnnNode *node = step->node;

  return node && node->op->takes_spikes && node->op->takes_spikes (node);
}

gboolean
snn_step_is_matrix (const SnnStep *step)
{
  return step->node && step->node->op->forward_columns;
}

void
snn_layer_forward_columns (const SnnRun *run, const SnnStep *step,
    guint first, guint n)
{
  const SnnLayer l = layer_of (run, step);

  step->node->op->forward_columns (&l, first, n);
}

void
snn_layer_backward_columns (const SnnRun *run, const SnnStep *step,
    guint first, guint n)
{
  const SnnLayer l = layer_of (run, step);

  step->node->op->backward_columns (&l, first, n);
}
