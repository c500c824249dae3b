/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "activation.h"

/* y = max(x, 0), dropped */
static void
forward (const SnnLayer *l)
{
  const gsize rows = snn_shape_rows (l->node->out);
  const gsize n = (gsize) l->node->out.width * l->node->out.channels;

  if (l->step->input != l->step->output)
    snn_layer_add_forward (l);
  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < rows; row++) {
      float *y = snn_layer_y (l, f) + snn_frame_row (l->out, row);

      for (gsize i = 0; i < n; i++)
        y[i] = y[i] > 0.f ? y[i] : 0.f;
    }
  snn_activation_drop (l, l->run->values);
}

/* dx = dy where y > 0; what was dropped is 0 there already */
static void
backward (const SnnLayer *l)
{
  const gsize rows = snn_shape_rows (l->node->out);
  const gsize n = (gsize) l->node->out.width * l->node->out.channels;

  snn_activation_drop (l, l->run->gradients);
  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < rows; row++) {
      const float *y = snn_layer_y (l, f) + snn_frame_row (l->out, row);
      float *dy = snn_layer_dy (l, f) + snn_frame_row (l->out, row);

      for (gsize i = 0; i < n; i++)
        dy[i] = y[i] > 0.f ? dy[i] : 0.f;
    }
  if (l->step->input != l->step->output)
    snn_layer_add_backward (l);
}

const SnnOp snn_op_relu = {
  .name = "ReLU",
  .role = SNN_ROLE_ACTIVATION,
  .infer_shape = snn_activation_infer_shape,
  .spiking = &snn_op_if,
  .axes = SNN_AXES_SAME,
  .forward = forward,
  .backward = backward,
};
