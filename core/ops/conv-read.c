/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conv-read.h"

#include <math.h>

#include "weights.h"
#include "window.h"

/* Weights that we make up, at most; a file that holds few could ask for any
 * number. */
#define MAX_DENSE (1u << 24)

/* What is in the file: [out][in / groups][kernel][kernel], of volumes with a kernel
 * more. */
typedef struct
{
  guint out;
  guint in;                     /* of a group */
  guint kernel;
  gsize taps;
  guint groups;
  guint dilation;
} Layout;

gboolean
snn_conv_check_dense (SnnNodeFields *fields, guint64 taps, guint64 in,
    guint64 out)
{
  guint64 n;

  if (g_uint64_checked_mul (&n, in, out) && g_uint64_checked_mul (&n, n, taps)
      && n <= MAX_DENSE)
    return TRUE;
  return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED, "as a dense layer, "
      "which is how it is run here, it has more than %u weights", MAX_DENSE);
}

static gboolean
read_dilation (SnnNodeFields *fields, const SnnNode *node, Layout *layout)
{
  if (!snn_fields_read_sides (fields, "dilation", node, &layout->dilation))
    return FALSE;
  return layout->dilation > 0
      || snn_fields_refuse (fields, SNN_ERROR_FORMAT, "dilation is 0");
}

static gboolean
read_layout (SnnNodeFields *fields, const SnnNode *node, Layout *layout)
{
  SnnHdf5Shape shape;
  gint64 groups;

  if (!snn_hdf5_shape (fields->h, snn_fields_at (fields, "weight"), &shape)
      || !snn_hdf5_read_ints (fields->h, snn_fields_at (fields, "groups"), 1,
          &groups) || !read_dilation (fields, node, layout))
    return FALSE;
  if (shape.rank != 2 + node->op->n_axes)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
        "weight has %u dimensions; expected %u", shape.rank,
        2 + node->op->n_axes);
  layout->taps = 1;
  for (guint axis = 2; axis < shape.rank; axis++) {
    if (shape.dims[axis] != shape.dims[2])
      return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
          "the kernel is %" G_GSIZE_FORMAT " by %" G_GSIZE_FORMAT
          "; expected a %s", shape.dims[2], shape.dims[axis],
          shape.rank == 4 ? "square" : "cube");
    layout->taps *= shape.dims[axis];
  }
  if (groups < 1 || (guint64) groups > shape.dims[0]
      || shape.dims[0] % (guint64) groups != 0)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "groups is %"
        G_GINT64_FORMAT "; expected a divisor of %" G_GSIZE_FORMAT
        " output channels", groups, shape.dims[0]);
  layout->out = (guint) shape.dims[0];
  layout->in = (guint) shape.dims[1];
  layout->kernel = (guint) shape.dims[2];
  layout->groups = (guint) groups;
  if (!fields->from || (guint64) layout->in * layout->groups
      != fields->from->out.channels)
    return snn_fields_refuse (fields, SNN_ERROR_FORMAT, "weight is for %"
        G_GUINT64_FORMAT " channels; the node receives %u",
        (guint64) layout->in * layout->groups,
        fields->from ? fields->from->out.channels : 0);
  return TRUE;
}

/* As PyTorch: "same" puts as many zeros around as make the output as large as the
 * input. */
static gboolean
read_padding (SnnNodeFields *fields, SnnNode *node)
{
  g_autofree gchar *text = NULL;

  if (!snn_hdf5_is_text (fields->h, snn_fields_at (fields, "padding")))
    return snn_fields_read_sides (fields, "padding", node, &node->padding);
  text = snn_hdf5_read_text (fields->h, snn_fields_at (fields, "padding"));
  if (!text)
    return FALSE;
  node->padding = 0;
  if (g_str_equal (text, "valid"))
    return TRUE;
  if (!g_str_equal (text, "same"))
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "padding is '%s'; expected numbers, 'same' or 'valid'", text);
  if (node->stride != 1 || node->kernel % 2 == 0)
    return snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "padding is 'same' with a kernel of %u and a stride of %u; expected an "
        "odd kernel and a stride of 1", node->kernel, node->stride);
  node->padding = node->kernel / 2;
  return TRUE;
}

gboolean
snn_conv_read (SnnNodeFields *fields, SnnNode *node)
{
  Layout layout;
  guint64 kernel, taps = 1;

  if (!read_layout (fields, node, &layout))
    return FALSE;
  kernel = 1 + (guint64) (layout.kernel - 1) * layout.dilation;
  for (guint axis = 0; axis < node->op->n_axes && kernel <= G_MAXUINT16; axis++)
    taps *= kernel;
  if ((layout.groups > 1 || layout.dilation > 1)
      && (kernel > G_MAXUINT16 || !snn_conv_check_dense (fields, taps,
              fields->from->out.channels, layout.out)))
    return !snn_hdf5_failed (fields->h)
        && snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
        "its dilated kernel is %" G_GUINT64_FORMAT " wide", kernel);
  node->out.channels = layout.out;
  node->kernel = (guint) kernel;
  return snn_fields_read_sides (fields, "stride", node, &node->stride)
      && read_padding (fields, node)
      && snn_weights_read_bias (fields, node)
      && snn_convolution_check_input (fields, node);
}

/* To [taps][in][out], of zeros before. */
static void
spread (const Layout *layout, const SnnNode *node, const float *from)
{
  const gsize k = layout->kernel, side = node->kernel;
  const guint group_out = layout->out / layout->groups;

  for (guint o = 0; o < layout->out; o++)
    for (guint i = 0; i < layout->in; i++)
      for (gsize tap = 0; tap < layout->taps; tap++) {
        const gsize z = tap / k / k, y = tap / k % k, x = tap % k;
        const gsize at = ((z * side + y) * side + x) * layout->dilation;
        const gsize in = (gsize) (o / group_out) * layout->in + i;

        node->weight[(at * node->in.channels + in) * layout->out + o] = *from++;
      }
}

gboolean
snn_conv_read_values (SnnNodeFields *fields, SnnNode *node)
{
  Layout layout;
  g_autofree float *weights = NULL;
  gsize n;

  if (!read_layout (fields, node, &layout))
    return FALSE;
  if (layout.groups == 1 && layout.dilation == 1)
    return snn_weights_read_values (fields, node);
  n = (gsize) layout.out * layout.in * layout.taps;
  weights = g_new (float, n);
  if (!snn_hdf5_read_floats (fields->h, snn_fields_at (fields, "weight"), n,
          weights))
    return FALSE;
  for (gsize w = 0; w < n; w++)
    if (!isfinite (weights[w]))
      return snn_fields_refuse (fields, SNN_ERROR_FORMAT,
          "weight has a value of %g", weights[w]);
  spread (&layout, node, weights);
  return snn_weights_read_bias_values (fields, node);
}
