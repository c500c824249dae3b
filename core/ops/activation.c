/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "activation.h"

gboolean
snn_activation_infer_shape (SnnNode *node)
{
  node->out = node->in;
  return TRUE;
}

void
snn_activation_drop (const SnnLayer *l, float *const *buffers)
{
  const float *factor = l->run->dropout ?
      l->run->dropout[l->step->layer] : NULL;
  const SnnShape shape = l->node->out;
  const gsize n = (gsize) shape.width * shape.channels;
  const gsize rows = snn_shape_rows (shape);

  for (guint f = 0; factor && f < l->run->n_frames; f++)
    for (gsize row = 0; row < rows; row++) {
      float *x = buffers[l->step->output] + f * l->out->size
          + l->out->first + snn_frame_row (l->out, row);

      for (gsize i = 0; i < n; i++)
        x[i] *= factor[row * n + i];
      if (l->run->samples && row + 1 == rows)
        factor += rows * n;
    }
}
