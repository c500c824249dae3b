/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include <math.h>

#include "conv-read.h"
#include "weights.h"

/* Scale, a factor for each channel: only in files of others. It is read as a layer
 * with weights that has these on its diagonal, a convolution of one pixel or, of
 * vectors, a Linear layer. */

static gboolean
infer_shape (SnnNode *node)
{
  return FALSE;
}

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  const SnnNode *from = fields->from;

  if (!from)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "receives nothing");
  node->out.channels = from->out.channels;
  node->op = from->out.depth == 0 && from->out.height == 1 && from->out.width == 1
      ? &snn_op_linear : from->out.depth > 0 ? &snn_op_conv3d : &snn_op_conv2d;
  node->kernel = node->stride = 1;
  return snn_conv_check_dense (fields, 1, from->out.channels,
      from->out.channels);
}

/* One for all, one a channel, or one a value, which are the same within a channel. */
static gboolean
read_values (SnnNodeFields *fields, SnnNode *node)
{
  const gsize channels = node->out.channels;
  g_autofree float *scale = g_new (float, channels);
  SnnHdf5Shape shape;

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, "scale"), &shape))
    return FALSE;
  if (shape.n == channels && shape.rank >= 1 && shape.dims[0] == channels) {
    if (!snn_hdf5_read_floats (fields->h, snn_fields_at (fields, "scale"),
            channels, scale))
      return FALSE;
  } else if (!snn_fields_read_channels (fields, "scale", node, FALSE, scale))
    return FALSE;
  for (gsize c = 0; c < channels; c++) {
    if (!isfinite (scale[c]))
      return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
          "scale has a value of %g", scale[c]);
    node->weight[c * channels + c] = scale[c];
  }
  return TRUE;
}

const SnnOp snn_op_scale = {
  .name = "Scale",
  .role = SNN_ROLE_WEIGHTS,
  .infer_shape = infer_shape,
  .read = read_fields,
  .read_values = read_values,
};
