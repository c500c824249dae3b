/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weights.h"

#include <math.h>
#include <string.h>

#include "window.h"

/* Floats of dy that a call should read, so that they stay in the nearest cache
 * for all input channels. */
#define SPIKE_DELTAS 6144

/* Said of biases that are 0, which are otherwise those of a layer that has none. */
#define HAS_BIAS "metadata/has_bias"

guint
snn_weights_bias_dims (const SnnNode *node, gsize dims[SNN_MAX_DIMS])
{
  dims[0] = node->bias ? node->out.channels : 0;
  return 1;
}

const float *
snn_weights_bias (const SnnNode *node)
{
  const SnnParameter *bias = &node->parameters[SNN_BIAS];

  return bias->n > 0 ? bias->values : NULL;
}

gsize
snn_weights_torch_index (const SnnNode *node, gsize w)
{
  const gsize channels = (gsize) node->in.channels * node->out.channels;
  gsize out = w % node->out.channels;
  gsize in = w / node->out.channels % node->in.channels;
  gsize tap = w / channels;

  return (out * node->in.channels + in) * (node->n_weights / channels) + tap;
}

gsize
snn_weights_n_inputs (const SnnNode *node)
{
  return node->n_weights / node->out.channels;
}

void
snn_weights_scale (SnnNode *node, const float *in, const float *out)
{
  SnnParameter *bias = &node->parameters[SNN_BIAS];

  for (gsize o = 0; o < bias->n; o++)
    bias->values[o] /= out[o];
  for (gsize w = 0; w < node->n_weights; w++) {
    gsize o = w % node->out.channels;
    gsize c = w / node->out.channels % node->in.channels;

    node->weight[w] *= in[c] / out[o];
  }
}

gboolean
snn_weights_read_shape (SnnNodeFields *fields, SnnNode *node, guint in)
{
  const guint rank = 2 + node->op->n_axes;
  SnnHdf5Shape shape;

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, "weight"), &shape))
    return FALSE;
  if (shape.rank != rank)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
        "weight has %u dimensions; expected %u", shape.rank, rank);
  if (!fields->from || shape.dims[in] != fields->from->out.channels)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
        "weight is for %" G_GSIZE_FORMAT " channels; the node receives %u",
        shape.dims[in], fields->from ? fields->from->out.channels : 0);
  for (guint d = 3; d < rank; d++)
    if (shape.dims[d] != shape.dims[2])
      return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
          "the kernel is %" G_GSIZE_FORMAT " by %" G_GSIZE_FORMAT
          "; expected the same along all axes", shape.dims[2], shape.dims[d]);
  node->out.channels = (guint) shape.dims[1 - in];
  node->kernel = rank > 2 ? (guint) shape.dims[2] : 0;
  return TRUE;
}

/* NIR's convolutions have the field always, and others write zeros. */
static gboolean
read_has_bias (SnnNodeFields *fields, gboolean *has)
{
  gint64 value = 0;

  if (snn_hdf5_has (fields->h, snn_fields_at (fields, HAS_BIAS))
      && !snn_hdf5_read_ints (fields->h, snn_fields_at (fields, HAS_BIAS), 1,
          &value))
    return FALSE;
  *has = value != 0;
  return TRUE;
}

gboolean
snn_weights_read_bias (SnnNodeFields *fields, SnnNode *node)
{
  const SnnShape shape = { node->out.channels, 1, 1 };
  g_autofree float *values = NULL;

  if (!snn_hdf5_has (fields->h, snn_fields_at (fields, "bias")))
    return TRUE;
  if (!snn_fields_check_dims (fields, "bias", shape))
    return FALSE;
  values = g_new (float, shape.channels);
  if (!snn_hdf5_read_floats (fields->h, snn_fields_at (fields, "bias"),
          shape.channels, values)
      || !read_has_bias (fields, &node->bias))
    return FALSE;
  for (guint o = 0; o < shape.channels; o++) {
    if (!isfinite (values[o]))
      return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
          "bias has a value of %g", values[o]);
    node->bias |= values[o] != 0.f;
  }
  return TRUE;
}

gboolean
snn_weights_read_bias_values (SnnNodeFields *fields, SnnNode *node)
{
  const SnnParameter *bias = &node->parameters[SNN_BIAS];

  return bias->n == 0 || snn_hdf5_read_floats (fields->h,
      snn_fields_at (fields, "bias"), bias->n, bias->values);
}

gboolean
snn_weights_read_values (SnnNodeFields *fields, SnnNode *node)
{
  return snn_fields_read_weights (fields, node)
      && snn_weights_read_bias_values (fields, node);
}

void
snn_weights_write_bias (SnnNodeFields *fields, const SnnNode *node)
{
  const gsize channels = node->out.channels;
  g_autofree float *none = g_new0 (float, channels);
  const float *bias = snn_weights_bias (node);
  gboolean is_zero = TRUE;

  snn_hdf5_write_floats (fields->h, snn_fields_at (fields, "bias"), 1,
      &channels, FALSE, bias ? bias : none);
  for (gsize o = 0; bias && o < channels; o++)
    is_zero &= bias[o] == 0.f;
  if (bias && is_zero)
    snn_hdf5_write_int (fields->h, snn_fields_at (fields, HAS_BIAS), 1);
}

guint
snn_convolution_dims (const SnnNode *node, gsize dims[SNN_MAX_DIMS])
{
  const guint n_axes = node->op->n_axes;

  for (guint axis = 0; axis < n_axes; axis++)
    dims[axis] = node->kernel;
  dims[n_axes] = node->in.channels;
  dims[n_axes + 1] = node->out.channels;
  return n_axes + 2;
}

gboolean
snn_convolution_read (SnnNodeFields *fields, SnnNode *node)
{
  gint64 groups = 1;

  if (!snn_weights_read_shape (fields, node, 0)
      || !snn_fields_read_sides (fields, "stride", node, &node->stride)
      || !snn_fields_read_sides (fields, "padding", node, &node->padding)
      || !snn_fields_check_sides (fields, "dilation", node, 1)
      || !snn_hdf5_read_ints (fields->h, snn_fields_at (fields, "groups"), 1,
          &groups)
      || !snn_weights_read_bias (fields, node))
    return FALSE;
  if (groups != 1)
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "groups is %" G_GINT64_FORMAT "; only 1 is supported", groups);
  return snn_convolution_check_input (fields, node);
}

/* The last @n of depth, height and width. */
static void
get_extent (SnnShape shape, guint n, gint64 *extent)
{
  const gint64 all[] = { shape.depth, shape.height, shape.width };

  for (guint axis = 0; axis < n; axis++)
    extent[axis] = all[G_N_ELEMENTS (all) - n + axis];
}

/* (transfer full): "8x12". */
static gchar *
extent_to_text (guint n, const gint64 *extent)
{
  GString *text = g_string_new (NULL);

  for (guint axis = 0; axis < n; axis++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, axis ? "x" : "",
        extent[axis]);
  return g_string_free (text, FALSE);
}

gboolean
snn_convolution_check_input (SnnNodeFields *fields, const SnnNode *node)
{
  const guint n_axes = node->op->n_axes;
  gint64 found[3], expected[3];
  g_autofree gchar *is = NULL, *should = NULL;

  if (!snn_hdf5_has (fields->h, snn_fields_at (fields, "input_shape")))
    return TRUE;
  if (!snn_hdf5_read_ints (fields->h, snn_fields_at (fields, "input_shape"),
          n_axes, found))
    return FALSE;
  get_extent (fields->from->out, n_axes, expected);
  if (memcmp (found, expected, n_axes * sizeof *found) == 0)
    return TRUE;
  is = extent_to_text (n_axes, found);
  should = extent_to_text (n_axes, expected);
  return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
      "input_shape is %s; the node receives %s (%s)", is, should,
      n_axes == 2 ? "height, width" : "depth, height, width");
}

void
snn_convolution_write (SnnNodeFields *fields, const SnnNode *node, guint first,
    guint second)
{
  const guint n_axes = node->op->n_axes;
  gsize dims[SNN_MAX_DIMS] = { first, second };
  gint64 input_shape[3];

  get_extent (node->in, n_axes, input_shape);
  for (guint axis = 0; axis < n_axes; axis++)
    dims[2 + axis] = node->kernel;
  snn_hdf5_write_ints (fields->h, snn_fields_at (fields, "input_shape"), n_axes,
      input_shape);
  snn_fields_write_weights (fields, node, 2 + n_axes, dims);
  snn_fields_write_sides (fields, "stride", node, node->stride);
  snn_fields_write_sides (fields, "padding", node, node->padding);
  snn_fields_write_sides (fields, "dilation", node, 1);
  snn_hdf5_write_int (fields->h, snn_fields_at (fields, "groups"), 1);
  snn_weights_write_bias (fields, node);
}

/* Of slice @z, in bands of rows or parts of a row. */
static void
add_spikes (const SnnLayer *l, const SnnSpikeFrames *spikes, guint frame,
    guint z, guint scale)
{
  const SnnShape in = l->node->in, out = l->node->out;
  const guint8 *bytes = spikes->x + frame * spikes->frame
      + (gsize) z * in.height * spikes->row;
  const float *dy = snn_layer_dy (l, frame)
      + (gsize) z * (out.depth > 0 ? scale : 1) * l->out->plane;
  const gsize line = (gsize) in.width * scale * scale * MIN (out.channels, 32);
  const guint pixels = MIN (in.width, SNN_SPIKE_POSITIONS);
  const guint rows = MAX (1, MIN (SPIKE_DELTAS / line,
          SNN_SPIKE_POSITIONS / pixels));

  for (guint y = 0; y < in.height; y += rows)
    for (guint x = 0; x < in.width; x += pixels)
      l->kernels->spike_outer (&(SnnSpikeOuter) {
            .rows = MIN (rows, in.height - y),
            .pixels = MIN (pixels, in.width - x),
            .x = bytes + y * spikes->row + (gsize) x * in.channels,
            .x_row = spikes->row,
            .x_pixel = in.channels,
            .dy = dy + y * scale * l->out->row
                + (gsize) x * scale * out.channels,
            .y_row = scale * l->out->row,
            .y_pixel = (gsize) scale * out.channels,
            .n_taps = snn_window_taps (l->node),
            .taps = l->packed->spike_taps,
            .in = in.channels,
            .out = out.channels,
            .factor = spikes->factor,
            .dw = snn_layer_dw (l, SNN_WEIGHT) });
}

gboolean
snn_weights_add_spikes (const SnnLayer *l, guint frame, guint scale)
{
  const SnnSpikeFrames *spikes = l->run->spike_frames
      ? &l->run->spike_frames[l->step->input] : NULL;

  if (!spikes || !spikes->x || !snn_step_takes_spikes (l->step))
    return FALSE;
  for (guint z = 0; z < snn_window_depth (l->node).in; z++)
    add_spikes (l, spikes, frame, z, scale);
  return TRUE;
}

void
snn_weights_add_bias (const SnnLayer *l, guint first, guint n)
{
  const float *bias = snn_weights_bias (l->node);
  const SnnShape out = l->node->out;

  if (!bias)
    return;
  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < snn_shape_rows (out); row++) {
      float *to = snn_layer_y (l, f) + snn_frame_row (l->out, row);

      for (guint x = 0; x < out.width; x++, to += out.channels)
        for (guint o = first; o < first + n; o++)
          to[o] += bias[o];
    }
}

void
snn_weights_bias_backward (const SnnLayer *l)
{
  const SnnShape out = l->node->out;
  float *to;

  if (!snn_weights_bias (l->node))
    return;
  to = snn_layer_dw (l, SNN_BIAS);
  for (guint f = 0; f < l->run->n_frames; f++)
    for (gsize row = 0; row < snn_shape_rows (out); row++) {
      const float *dy = snn_layer_dy (l, f) + snn_frame_row (l->out, row);

      for (guint x = 0; x < out.width; x++, dy += out.channels)
        for (guint o = 0; o < out.channels; o++)
          to[o] += dy[o];
    }
}
