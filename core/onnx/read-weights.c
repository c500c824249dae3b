/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#include <string.h>

/* Layers with weights. */

/* A convolution's weights as they are in the file: [out][in][kernel][kernel], or
 * [in][out][kernel][kernel] where transposed; of volumes with a kernel more.
 * @space: axes of the kernel; @taps: its values */
typedef struct
{
  guint space;
  guint64 dims[SNN_ONNX_MOST_AXES];
  gsize taps;
  guint64 groups;
  guint dilation;
  float *values;
} Kernel;

/* That of the weights, without what says so. */
static gchar *
layer_name (const SnnOnnxNode *node, const gchar *weight)
{
  if (g_str_has_suffix (weight, ".weight") && strlen (weight) > 7)
    return g_strndup (weight, strlen (weight) - 7);
  return g_strdup (node->name && *node->name ? node->name : node->op_type);
}

/* One number for all @n that the attribute lists. */
static gboolean
read_same (SnnOnnxImport *import, const SnnOnnxNode *node, const gchar *name,
    gsize n, gint64 fallback, guint *value)
{
  const SnnOnnx__AttributeProto *a = snn_onnx_attribute (node, name);

  *value = (guint) fallback;
  if (!a || a->n_ints == 0)
    return TRUE;
  if (a->n_ints != n)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "%s has %"
        G_GSIZE_FORMAT " numbers; expected %" G_GSIZE_FORMAT, name, a->n_ints,
        n);
  for (gsize i = 0; i < n; i++)
    if (a->ints[i] != a->ints[0] || a->ints[i] < 0
        || a->ints[i] > G_MAXUINT16)
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "%s has %"
          G_GINT64_FORMAT " and %" G_GINT64_FORMAT "; expected the same, from 0 "
          "to %d, in all directions", name, a->ints[0], a->ints[i],
          G_MAXUINT16);
  *value = (guint) a->ints[0];
  return TRUE;
}

static gboolean
read_padding (SnnOnnxImport *import, const SnnOnnxNode *node, guint space,
    SnnNode *like)
{
  if (!read_same (import, node, "pads", 2 * space, 0, &like->padding))
    return FALSE;
  if (snn_onnx_is_text (node, "auto_pad", "NOTSET", "NOTSET"))
    return TRUE;
  like->padding = 0;
  if (snn_onnx_is_text (node, "auto_pad", "", "VALID"))
    return TRUE;
  if (like->stride != 1 || like->kernel % 2 == 0
      || !(snn_onnx_is_text (node, "auto_pad", "", "SAME_UPPER")
          || snn_onnx_is_text (node, "auto_pad", "", "SAME_LOWER")))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "auto_pad with "
        "a kernel of %u and a stride of %u; expected an odd kernel and a stride "
        "of 1, or pads as numbers", like->kernel, like->stride);
  like->padding = like->kernel / 2;
  return TRUE;
}

/* The weights, of the kernel's side as the file has it. */
static gboolean
read_values (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, Kernel *kernel)
{
  const SnnOnnx__TensorProto *tensor = snn_onnx_tensor (import, node, 1);
  const guint space = snn_onnx_space (value);
  guint64 n = 0;

  if (value->vector)
    return snn_onnx_refuse (import, node, SNN_ERROR_FORMAT,
        "receives vectors; expected frames");
  if (!tensor)
    return FALSE;
  if (tensor->n_dims != 2 + space)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "its weights "
        "have %" G_GSIZE_FORMAT " dimensions; expected %u, as it receives %s",
        tensor->n_dims, 2 + space, space == 3 ? "volumes" : "slices");
  kernel->values = snn_onnx_floats (import, node, 1, &n);
  if (!kernel->values)
    return FALSE;
  kernel->space = space;
  kernel->taps = 1;
  for (guint d = 0; d < 2 + space; d++)
    kernel->dims[d] = (guint64) tensor->dims[d];
  for (guint d = 2; n > 0 && d < 2 + space; d++) {
    if (kernel->dims[d] != kernel->dims[2])
      return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "its kernel "
          "is %" G_GUINT64_FORMAT " by %" G_GUINT64_FORMAT "; expected a square, "
          "or a cube", kernel->dims[2], kernel->dims[d]);
    kernel->taps *= kernel->dims[d];
  }
  return n > 0
      || snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "it has no weights");
}

static gboolean
read_kernel (SnnOnnxImport *import, const SnnOnnxNode *node,
    const SnnOnnxValue *value, Kernel *kernel, SnnNode *like)
{
  const gint64 groups = snn_onnx_int (node, "group", 1);
  guint64 side;
  guint given;

  if (!read_values (import, node, value, kernel)
      || !read_same (import, node, "dilations", kernel->space, 1,
          &kernel->dilation)
      || !read_same (import, node, "strides", kernel->space, 1, &like->stride)
      || !read_same (import, node, "kernel_shape", kernel->space,
          (gint64) kernel->dims[2], &given))
    return FALSE;
  if (given != kernel->dims[2] || groups < 1 || kernel->dilation < 1)
    return snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "kernel_shape is %u, "
        "group %" G_GINT64_FORMAT " and dilation %u, with weights of a kernel of "
        "%" G_GUINT64_FORMAT, given, groups, kernel->dilation, kernel->dims[2]);
  kernel->groups = (guint64) groups;
  side = 1 + (kernel->dims[2] - 1) * kernel->dilation;
  if (side > G_MAXUINT16)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "its dilated kernel is %" G_GUINT64_FORMAT " wide", side);
  like->kernel = (guint) side;
  return read_padding (import, node, kernel->space, like);
}

static gboolean
check_channels (SnnOnnxImport *import, const SnnOnnxNode *node, guint64 taken,
    const SnnOnnxValue *value)
{
  const guint64 channels = snn_onnx_channels (value);

  return taken == channels
      || snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "its weights are for %"
      G_GUINT64_FORMAT " channels; it receives %" G_GUINT64_FORMAT, taken,
      channels);
}

/* From [out][in / groups][taps] to [taps][in][out], with zeros between the taps of a
 * dilated kernel and between groups. */
static void
spread (const Kernel *kernel, SnnOnnxWeights *to)
{
  const gsize out = kernel->dims[0], group_in = kernel->dims[1];
  const gsize k = kernel->dims[2], in = group_in * kernel->groups;
  const gsize side = to->like.kernel;
  const float *from = kernel->values;

  for (gsize o = 0; o < out; o++)
    for (gsize i = 0; i < group_in; i++)
      for (gsize tap = 0; tap < kernel->taps; tap++) {
        const gsize z = tap / k / k, y = tap / k % k, x = tap % k;
        const gsize at = ((z * side + y) * side + x) * kernel->dilation;
        const gsize c = o / (out / kernel->groups) * group_in + i;

        to->weight[(at * in + c) * out + o] = *from++;
      }
}

/* [in][out][taps] to [taps][in][out] */
static void
transpose (const Kernel *kernel, SnnOnnxWeights *to)
{
  const gsize in = kernel->dims[0], out = kernel->dims[1];
  const gsize taps = kernel->taps;

  for (gsize i = 0; i < in; i++)
    for (gsize o = 0; o < out; o++)
      for (gsize tap = 0; tap < taps; tap++)
        to->weight[(tap * in + i) * out + o] =
            kernel->values[(i * out + o) * taps + tap];
}

/* Behind weights and kernel, which are there. */
static gboolean
add_convolution (SnnOnnxImport *import, const SnnOnnxNode *node,
    const Kernel *kernel, SnnOnnxWeights *weights, const SnnOnnxValue *value,
    void (*order) (const Kernel *kernel, SnnOnnxWeights *to))
{
  guint64 n = weights->like.out.channels;
  g_autofree gchar *name = layer_name (node, node->input[1]);
  g_autofree float *bias = NULL;

  if (snn_onnx_has_input (node, 2)
      && !(bias = snn_onnx_floats (import, node, 2, &n)))
    return FALSE;
  weights->bias = bias;
  if (!snn_onnx_take_weights (import, node, weights, snn_onnx_channels (value)))
    return FALSE;
  order (kernel, weights);
  return snn_onnx_layer (import, node, name, weights, value, NULL);
}

gboolean
snn_onnx_read_conv (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  SnnOnnxWeights weights = { 0 };
  Kernel kernel = { 0 };
  g_autofree float *values = NULL;
  guint64 in;
  gboolean ok = value && read_kernel (import, node, value, &kernel,
      &weights.like);

  values = kernel.values;
  if (!ok)
    return FALSE;
  if (!g_uint64_checked_mul (&in, kernel.dims[1], kernel.groups)
      || kernel.dims[0] % kernel.groups != 0)
    return snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "group is %"
        G_GUINT64_FORMAT "; expected a divisor of %" G_GUINT64_FORMAT " output "
        "channels", kernel.groups, kernel.dims[0]);
  weights.like.op = kernel.space == 3 ? &snn_op_conv3d : &snn_op_conv2d;
  weights.like.out.channels = (guint) kernel.dims[0];
  return check_channels (import, node, in, value)
      && add_convolution (import, node, &kernel, &weights, value, spread);
}

gboolean
snn_onnx_read_conv_transpose (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  SnnOnnxWeights weights = { 0 };
  Kernel kernel = { 0 };
  g_autofree float *values = NULL;
  guint grown;
  gboolean ok = value && read_kernel (import, node, value, &kernel,
          &weights.like)
      && read_same (import, node, "output_padding", kernel.space, 0, &grown);

  values = kernel.values;
  if (!ok)
    return FALSE;
  if (kernel.groups != 1 || kernel.dilation != 1 || grown != 0
      || weights.like.padding != 0 || weights.like.stride != weights.like.kernel
      || snn_onnx_attribute (node, "output_shape"))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "a kernel of "
        "%u with stride %u, padding %u, output padding %u, dilation %u and %"
        G_GUINT64_FORMAT " groups; expected kernels that do not overlap, such as "
        "2x2 with stride 2, and none of the rest", weights.like.kernel,
        weights.like.stride, weights.like.padding, grown, kernel.dilation,
        kernel.groups);
  weights.like.op = kernel.space == 3 ? &snn_op_conv_transpose3d
      : &snn_op_conv_transpose2d;
  weights.like.out.channels = (guint) kernel.dims[1];
  return check_channels (import, node, kernel.dims[0], value)
      && add_convolution (import, node, &kernel, &weights, value, transpose);
}

/* The b of a Gemm is added to [sample][out]: a bias is along the last axis. What is
 * along the first has a value a sample, though it may have as many as there are
 * outputs. */
static gboolean
check_bias (SnnOnnxImport *import, const SnnOnnxNode *node, guint64 out,
    guint64 n_bias)
{
  const SnnOnnx__TensorProto *tensor = snn_onnx_tensor (import, node, 2);

  if (!tensor)
    return FALSE;
  if (n_bias != out && n_bias != 1)
    return snn_onnx_refuse (import, node, SNN_ERROR_FORMAT, "'%s' has %"
        G_GUINT64_FORMAT " values; expected %" G_GUINT64_FORMAT,
        node->input[2], n_bias, out);
  if (n_bias == 1 || (guint64) tensor->dims[tensor->n_dims - 1] == n_bias)
    return TRUE;
  return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "'%s' has its %"
      G_GUINT64_FORMAT " values along axis 0, a value a sample; expected a bias, "
      "a value an output, along the last", node->input[2], n_bias);
}

/* y = alpha x w + beta b, where the file has w [out][in] or, not @transposed,
 * [in][out]. */
static gboolean
read_linear (SnnOnnxImport *import, const SnnOnnxNode *node,
    gboolean transposed, float alpha, float beta)
{
  const SnnOnnxValue *value = snn_onnx_frames (import, node, 0);
  gboolean turned = FALSE;
  const SnnOnnx__TensorProto *tensor =
      value ? snn_onnx_matrix (import, node, 1, &turned) : NULL;
  SnnOnnxWeights weights = {.like = {.op = &snn_op_linear } };
  g_autofree float *values = NULL, *bias = NULL;
  g_autofree gchar *name = NULL;
  guint64 n = 0, in, out, n_bias = 0;

  if (!tensor || !(values = snn_onnx_floats (import, node, 1, &n)))
    return FALSE;
  if (tensor->n_dims != 2 || n == 0 || !value->vector)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED, "multiplies %s "
        "by weights of %" G_GSIZE_FORMAT " dimensions; expected vectors and 2",
        value->vector ? "vectors" : "frames", tensor->n_dims);
  transposed ^= turned;
  in = (guint64) tensor->dims[transposed ? 1 : 0];
  out = (guint64) tensor->dims[transposed ? 0 : 1];
  weights.like.out.channels = (guint) out;
  if (!check_channels (import, node, in, value))
    return FALSE;
  if (snn_onnx_has_input (node, 2)) {
    if (!(bias = snn_onnx_floats (import, node, 2, &n_bias))
        || !check_bias (import, node, out, n_bias))
      return FALSE;
    bias = g_renew (float, bias, out);
    for (guint64 o = n_bias; o < out; o++)
      bias[o] = bias[0];
    for (guint64 o = 0; o < out; o++)
      bias[o] *= beta;
  }
  weights.bias = bias;
  if (!snn_onnx_take_weights (import, node, &weights, in))
    return FALSE;
  for (guint64 i = 0; i < in; i++)
    for (guint64 o = 0; o < out; o++)
      weights.weight[i * out + o] = alpha
          * values[transposed ? o * in + i : i * out + o];
  name = layer_name (node, turned && tensor->name ? tensor->name
      : node->input[1]);
  return snn_onnx_layer (import, node, name, &weights, value, NULL);
}

gboolean
snn_onnx_read_gemm (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  if (snn_onnx_int (node, "transA", 0) != 0)
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "transA is set; expected samples in rows");
  return read_linear (import, node, snn_onnx_int (node, "transB", 0) != 0,
      snn_onnx_float (node, "alpha", 1.f), snn_onnx_float (node, "beta", 1.f));
}

gboolean
snn_onnx_read_matmul (SnnOnnxImport *import, const SnnOnnxNode *node)
{
  if (snn_onnx_is_constant (import, node, 0))
    return snn_onnx_refuse (import, node, SNN_ERROR_UNSUPPORTED,
        "multiplies a constant by values; expected the weights behind");
  return read_linear (import, node, FALSE, 1.f, 1.f);
}
