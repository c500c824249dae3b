/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reference-terms.h"

/* A slice is a volume of one. */
static guint
n_slices (SnnShape shape)
{
  return MAX (shape.depth, 1);
}

gsize
reference_n_pixels (SnnShape shape)
{
  return (gsize) n_slices (shape) * shape.height * shape.width;
}

/* Of pixel @at of channel @c. */
static gsize
place (SnnShape shape, guint c, const gint at[3])
{
  return c * reference_n_pixels (shape) + ((gsize) at[0] * shape.height + (gsize) at[1])
      * shape.width + (gsize) at[2];
}

static gboolean
is_inside (SnnShape shape, const gint at[3])
{
  return at[0] >= 0 && at[1] >= 0 && at[2] >= 0
      && at[0] < (gint) n_slices (shape) && at[1] < (gint) shape.height
      && at[2] < (gint) shape.width;
}

/* Sets @at to pixel @i, slices, rows and columns being of these numbers. */
static void
set_pixel (gsize i, guint rows, guint columns, gint at[3])
{
  at[0] = (gint) (i / columns / rows);
  at[1] = (gint) (i / columns % rows);
  at[2] = (gint) (i % columns);
}

static guint
n_taps (const SnnNode *node)
{
  return node->kernel * node->kernel * (node->in.depth > 0 ? node->kernel : 1);
}

static void
convolution_terms (const SnnNode *node, ReferenceTerm term, gpointer data)
{
  const gint k = (gint) node->kernel, s = (gint) node->stride;
  const gint p = (gint) node->padding;

  for (guint o = 0; o < node->out.channels; o++)
    for (gsize pixel = 0; pixel < reference_n_pixels (node->out); pixel++)
      for (guint i = 0; i < node->in.channels; i++)
        for (guint t = 0; t < n_taps (node); t++) {
          gint to[3], from[3];

          set_pixel (pixel, node->out.height, node->out.width, to);
          set_pixel (t, (guint) k, (guint) k, from);
          for (guint axis = node->in.depth > 0 ? 0 : 1; axis < 3; axis++)
            from[axis] += to[axis] * s - p;
          if (is_inside (node->in, from))
            term (place (node->out, o, to), place (node->in, i, from),
                (gssize) ((t * node->in.channels + i) * node->out.channels
                    + o), 1., data);
        }
}

static void
transposed_terms (const SnnNode *node, ReferenceTerm term, gpointer data)
{
  for (guint i = 0; i < node->in.channels; i++)
    for (gsize pixel = 0; pixel < reference_n_pixels (node->in); pixel++)
      for (guint o = 0; o < node->out.channels; o++)
        for (guint t = 0; t < n_taps (node); t++) {
          gint to[3], from[3];

          set_pixel (pixel, node->in.height, node->in.width, from);
          set_pixel (t, node->kernel, node->kernel, to);
          for (guint axis = 0; axis < 3; axis++)
            to[axis] += from[axis] * (gint) node->stride;
          term (place (node->out, o, to), place (node->in, i, from),
              (gssize) ((t * node->in.channels + i) * node->out.channels + o),
              1., data);
        }
}

static void
linear_terms (const SnnNode *node, ReferenceTerm term, gpointer data)
{
  for (guint i = 0; i < node->in.channels; i++)
    for (guint o = 0; o < node->out.channels; o++)
      term (o, i, (gssize) (i * node->out.channels + o), 1., data);
}

/* What each value of a window counts in its mean or sum; 0 of other nodes. */
static double
pooling_share (const SnnNode *node)
{
  if (node->op == &snn_op_avg_pool2d || node->op == &snn_op_avg_pool3d)
    return 1. / n_taps (node);
  return node->op == &snn_op_sum_pool2d || node->op == &snn_op_sum_pool3d;
}

static void
pooling_terms (const SnnNode *node, ReferenceTerm term, gpointer data)
{
  for (guint c = 0; c < node->out.channels; c++)
    for (gsize pixel = 0; pixel < reference_n_pixels (node->in); pixel++) {
      gint from[3], to[3];

      set_pixel (pixel, node->in.height, node->in.width, from);
      for (guint axis = 0; axis < 3; axis++)
        to[axis] = from[axis] / (gint) node->kernel;
      term (place (node->out, c, to), place (node->in, c, from), -1,
          pooling_share (node), data);
    }
}

/* The bias is the weight of a further input, which is always 1. */
static void
bias_terms (const SnnNode *node, ReferenceTerm term, gpointer data)
{
  const gsize pixels = reference_n_pixels (node->out);
  const SnnParameter *bias = snn_node_parameter (node, "bias");

  for (gsize i = 0; bias && bias->n > 0 && i < pixels * bias->n; i++)
    term (i, snn_shape_size (node->in), (gssize) (node->n_weights + i / pixels),
        1., data);
}

void
reference_node_terms (const SnnNode *node, ReferenceTerm term, gpointer data)
{
  bias_terms (node, term, data);
  if (node->op == &snn_op_conv2d || node->op == &snn_op_conv3d)
    convolution_terms (node, term, data);
  else if (node->op == &snn_op_conv_transpose2d
      || node->op == &snn_op_conv_transpose3d)
    transposed_terms (node, term, data);
  else if (node->op == &snn_op_linear)
    linear_terms (node, term, data);
  else if (pooling_share (node) > 0.)
    pooling_terms (node, term, data);
  else
    for (gsize i = 0; i < snn_shape_size (node->in); i++)
      term (i, i, -1, 1., data);
}
