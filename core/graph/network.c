/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/random.h"

/* No tensor of ours comes near this; a file that claims more is hostile. */
#define MAX_VALUES G_MAXINT32

static const gchar *const type_names[] = {
  [SNN_NODE_INPUT] = "Input",
  [SNN_NODE_OUTPUT] = "Output",
  [SNN_NODE_CONV2D] = "Conv2d",
  [SNN_NODE_CONV_TRANSPOSE2D] = "ConvTranspose2d",
  [SNN_NODE_LINEAR] = "Linear",
  [SNN_NODE_AVG_POOL2D] = "AvgPool2d",
  [SNN_NODE_FLATTEN] = "Flatten",
  [SNN_NODE_RELU] = "ReLU",
  [SNN_NODE_IF] = "IF",
};

const gchar *
snn_node_type_name (SnnNodeType type)
{
  return type_names[type];
}

gboolean
snn_node_type_from_name (const gchar *name, SnnNodeType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (g_str_equal (name, type_names[i])) {
      *type = i;
      return TRUE;
    }
  return FALSE;
}

gboolean
snn_node_has_weights (const SnnNode *node)
{
  return node->type == SNN_NODE_CONV2D
      || node->type == SNN_NODE_CONV_TRANSPOSE2D
      || node->type == SNN_NODE_LINEAR;
}

gsize
snn_shape_size (SnnShape shape)
{
  return (gsize) shape.channels * shape.height * shape.width;
}

static gboolean
shape_equal (SnnShape a, SnnShape b)
{
  return a.channels == b.channels && a.height == b.height
      && a.width == b.width;
}

static void
snn_node_free (SnnNode *node)
{
  g_free (node->name);
  g_free (node->inputs);
  g_free (node->weight);
  g_free (node->threshold);
  g_free (node);
}

static SnnNode *
snn_node_copy (const SnnNode *node)
{
  SnnNode *copy = g_memdup2 (node, sizeof *node);

  copy->name = g_strdup (node->name);
  copy->inputs = g_memdup2 (node->inputs,
      node->n_inputs * sizeof *node->inputs);
  copy->weight = g_memdup2 (node->weight,
      node->n_weights * sizeof *node->weight);
  if (node->threshold)
    copy->threshold = g_memdup2 (node->threshold,
        node->out.channels * sizeof *node->threshold);
  return copy;
}

SnnNetwork *
snn_network_new (void)
{
  SnnNetwork *network = g_new0 (SnnNetwork, 1);

  network->nodes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) snn_node_free);
  g_atomic_ref_count_init (&network->ref_count);
  return network;
}

SnnNetwork *
snn_network_ref (SnnNetwork *network)
{
  g_atomic_ref_count_inc (&network->ref_count);
  return network;
}

void
snn_network_unref (SnnNetwork *network)
{
  if (!g_atomic_ref_count_dec (&network->ref_count))
    return;
  g_ptr_array_unref (network->nodes);
  g_free (network);
}

SnnNetwork *
snn_network_copy (const SnnNetwork *network)
{
  SnnNetwork *copy = snn_network_new ();

  for (guint i = 0; i < network->nodes->len; i++)
    g_ptr_array_add (copy->nodes,
        snn_node_copy (snn_network_node (network, i)));
  copy->spiking = network->spiking;
  copy->signed_input = network->signed_input;
  copy->readout = network->readout;
  copy->initial_membrane = network->initial_membrane;
  copy->timesteps = network->timesteps;
  return copy;
}

SnnNode *
snn_network_node (const SnnNetwork *network, guint index)
{
  return g_ptr_array_index (network->nodes, index);
}

static gint
find_index (const SnnNetwork *network, const gchar *name)
{
  for (guint i = 0; i < network->nodes->len; i++)
    if (g_str_equal (snn_network_node (network, i)->name, name))
      return (gint) i;
  return -1;
}

SnnNode *
snn_network_find (const SnnNetwork *network, const gchar *name)
{
  gint index = find_index (network, name);

  return index < 0 ? NULL : snn_network_node (network, (guint) index);
}

SnnShape
snn_network_input (const SnnNetwork *network)
{
  return snn_network_node (network, 0)->out;
}

SnnShape
snn_network_output (const SnnNetwork *network)
{
  return snn_network_node (network, network->nodes->len - 1)->out;
}

gsize
snn_network_n_weights (const SnnNetwork *network)
{
  gsize n = 0;

  for (guint i = 0; i < network->nodes->len; i++)
    n += snn_network_node (network, i)->n_weights;
  return n;
}

/* The output of a node of known input shape; FALSE where it can't be. */
static gboolean
infer_shape (SnnNode *node)
{
  const SnnShape in = node->in;
  guint channels = node->out.channels;
  guint k = node->kernel, s = node->stride, p = node->padding;

  switch (node->type) {
    case SNN_NODE_INPUT:
      return snn_shape_size (node->out) > 0;
    case SNN_NODE_OUTPUT:
    case SNN_NODE_RELU:
    case SNN_NODE_IF:
      node->out = in;
      return TRUE;
    case SNN_NODE_FLATTEN:
      node->out = (SnnShape) { (guint) snn_shape_size (in), 1, 1 };
      return TRUE;
    case SNN_NODE_LINEAR:
      node->out = (SnnShape) { channels, 1, 1 };
      return channels > 0 && in.height == 1 && in.width == 1;
    case SNN_NODE_CONV2D:
      if (channels == 0 || k == 0 || s == 0 || p >= k
          || in.height + 2 * p < k || in.width + 2 * p < k)
        return FALSE;
      node->out.height = (in.height + 2 * p - k) / s + 1;
      node->out.width = (in.width + 2 * p - k) / s + 1;
      return TRUE;
    case SNN_NODE_CONV_TRANSPOSE2D:
      /* Kernels do not overlap: the up-convolution of the U-Net. */
      if (channels == 0 || k == 0 || s != k || p != 0
          || in.height > MAX_VALUES / k || in.width > MAX_VALUES / k)
        return FALSE;
      node->out.height = in.height * k;
      node->out.width = in.width * k;
      return TRUE;
    case SNN_NODE_AVG_POOL2D:
      if (k == 0 || s != k || p != 0 || in.height % k || in.width % k)
        return FALSE;
      node->out = (SnnShape) { in.channels, in.height / k, in.width / k };
      return TRUE;
  }
  return FALSE;
}

/* Products of three numbers below 2^31 can pass 64 bits: check each step. */
static gboolean
size_fits (guint a, guint b, guint c)
{
  guint64 size;

  return g_uint64_checked_mul (&size, a, b)
      && g_uint64_checked_mul (&size, size, c) && size <= MAX_VALUES;
}

static gsize
weight_count (const SnnNode *node)
{
  if (node->type == SNN_NODE_LINEAR)
    return (gsize) node->in.channels * node->out.channels;
  return (gsize) node->kernel * node->kernel * node->in.channels
      * node->out.channels;
}

gint
snn_network_add (SnnNetwork *network, const SnnNode *template,
    const gchar *const *inputs, GError **error)
{
  SnnNode *node = g_new0 (SnnNode, 1);

  node->name = g_strdup (template->name);
  node->type = template->type;
  node->out = template->out;
  node->kernel = template->kernel;
  node->stride = template->stride;
  node->padding = template->padding;
  node->n_inputs = inputs ? g_strv_length ((gchar **) inputs) : 0;
  node->inputs = g_new0 (guint, MAX (node->n_inputs, 1));

  if (*node->name == '\0' || strchr (node->name, '/')
      || find_index (network, node->name) >= 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "Node name '%s' is empty, taken or contains a '/'", node->name);
    goto fail;
  }
  if ((node->n_inputs == 0) != (node->type == SNN_NODE_INPUT)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "Node '%s' of type %s has %u inputs", node->name,
        type_names[node->type], node->n_inputs);
    goto fail;
  }
  for (guint i = 0; i < node->n_inputs; i++) {
    gint index = find_index (network, inputs[i]);
    const SnnNode *from;

    if (index < 0) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Node '%s' receives from '%s', which does not exist before it",
          node->name, inputs[i]);
      goto fail;
    }
    from = snn_network_node (network, (guint) index);
    if (i > 0 && !shape_equal (from->out, node->in)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Node '%s' receives %ux%ux%u (channels, height, width) from '%s' "
          "and %ux%ux%u from '%s'", node->name, node->in.channels,
          node->in.height, node->in.width, inputs[0], from->out.channels,
          from->out.height, from->out.width, inputs[i]);
      goto fail;
    }
    node->in = from->out;
    node->inputs[i] = (guint) index;
  }

  if (!size_fits (node->in.channels, node->in.height, node->in.width)
      || !size_fits (node->kernel, node->kernel, 1)
      || !size_fits (node->in.channels, node->out.channels,
          MAX (node->kernel * node->kernel, 1))) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "Node '%s' is larger than 2^31 values", node->name);
    goto fail;
  }
  if (!infer_shape (node)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Node '%s': a %s of kernel %u, stride %u, padding %u and %u output "
        "channels can't work on an input of %ux%ux%u (channels, height, width)",
        node->name, type_names[node->type], node->kernel, node->stride,
        node->padding, template->out.channels, node->in.channels,
        node->in.height, node->in.width);
    goto fail;
  }
  if (!size_fits (node->out.channels, node->out.height, node->out.width)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "Node '%s' is larger than 2^31 values", node->name);
    goto fail;
  }

  if (snn_node_has_weights (node)) {
    node->n_weights = weight_count (node);
    node->weight = g_new0 (float, node->n_weights);
  }
  if (node->type == SNN_NODE_IF) {
    node->threshold = g_new (float, node->out.channels);
    for (guint c = 0; c < node->out.channels; c++)
      node->threshold[c] = 1.f;
  }
  g_ptr_array_add (network->nodes, node);
  return (gint) network->nodes->len - 1;

fail:
  snn_node_free (node);
  return -1;
}

gboolean
snn_network_validate (const SnnNetwork *network, GError **error)
{
  guint n = network->nodes->len;
  g_autofree gboolean *used = g_new0 (gboolean, MAX (n, 1));

  if (n < 2 || snn_network_node (network, 0)->type != SNN_NODE_INPUT
      || snn_network_node (network, n - 1)->type != SNN_NODE_OUTPUT) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "A network begins with an Input node and ends with an Output node");
    return FALSE;
  }
  used[n - 1] = TRUE;
  for (guint i = n; i-- > 0;) {
    const SnnNode *node = snn_network_node (network, i);
    SnnNodeType wrong = network->spiking ? SNN_NODE_RELU : SNN_NODE_IF;

    if (!used[i]) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Node '%s' does not lead to the output", node->name);
      return FALSE;
    }
    if ((node->type == SNN_NODE_INPUT) != (i == 0)
        || (node->type == SNN_NODE_OUTPUT) != (i == n - 1)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Node '%s' is a second %s node", node->name, type_names[node->type]);
      return FALSE;
    }
    if (node->type == wrong) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Node '%s' is a %s in a network whose other activations are not",
          node->name, type_names[node->type]);
      return FALSE;
    }
    for (guint j = 0; j < node->n_inputs; j++)
      used[node->inputs[j]] = TRUE;
  }
  return TRUE;
}

/* What PyTorch counts: for a transposed convolution its out channels, though
 * each output sees every in channel once. */
static double
node_fan_in (const SnnNode *node)
{
  switch (node->type) {
    case SNN_NODE_LINEAR:
      return node->in.channels;
    case SNN_NODE_CONV2D:
      return (double) node->kernel * node->kernel * node->in.channels;
    case SNN_NODE_CONV_TRANSPOSE2D:
      return (double) node->kernel * node->kernel * node->out.channels;
    default:
      return 0.;
  }
}

/* Branches that meet in a sum are one convolution over a concatenation, whose
 * fan-in is that of all of them. */
static double
branch_fan_in (const SnnNetwork *network, guint index)
{
  for (guint i = index + 1; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    double sum = 0.;
    gboolean found = FALSE;

    for (guint j = 0; j < node->n_inputs; j++) {
      found |= node->inputs[j] == index;
      sum += node_fan_in (snn_network_node (network, node->inputs[j]));
    }
    if (found)
      return sum;
  }
  return node_fan_in (snn_network_node (network, index));
}

void
snn_network_init_weights (SnnNetwork *network, guint64 seed)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);
    SnnRandom random;
    double bound;

    if (!snn_node_has_weights (node))
      continue;
    bound = 1. / sqrt (branch_fan_in (network, i));
    snn_random_init (&random, seed, SNN_RANDOM_WEIGHTS, i);
    for (gsize w = 0; w < node->n_weights; w++)
      node->weight[w] =
          (float) (bound * (2. * snn_random_double (&random) - 1.));
  }
}

SnnNetwork *
snn_network_to_spiking (const SnnNetwork *ann)
{
  SnnNetwork *network = snn_network_copy (ann);

  network->spiking = TRUE;
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    if (node->type != SNN_NODE_RELU)
      continue;
    node->type = SNN_NODE_IF;
    node->threshold = g_new (float, node->out.channels);
    for (guint c = 0; c < node->out.channels; c++)
      node->threshold[c] = 1.f;
  }
  return network;
}

/* Maps index @w of our order to PyTorch's. */
static gsize
torch_index (const SnnNode *node, gsize w)
{
  gsize out = w % node->out.channels;
  gsize in = w / node->out.channels % node->in.channels;
  gsize taps = (gsize) node->kernel * node->kernel;
  gsize tap = w / node->out.channels / node->in.channels;

  switch (node->type) {
    case SNN_NODE_CONV2D:
      return (out * node->in.channels + in) * taps + tap;
    case SNN_NODE_CONV_TRANSPOSE2D:
      return (in * node->out.channels + out) * taps + tap;
    default:
      return out * node->in.channels + in;
  }
}

void
snn_weights_to_torch (const SnnNode *node, const float *weight, float *out)
{
  for (gsize w = 0; w < node->n_weights; w++)
    out[torch_index (node, w)] = weight[w];
}

void
snn_weights_from_torch (const SnnNode *node, const float *torch, float *out)
{
  for (gsize w = 0; w < node->n_weights; w++)
    out[w] = torch[torch_index (node, w)];
}
