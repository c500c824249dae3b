/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/random.h"
#include "op.h"

/* No tensor of ours comes near this; a file that claims more is hostile. */
#define MAX_VALUES G_MAXINT32

SnnNetwork *
snn_network_new (void)
{
  SnnNetwork *network = g_new0 (SnnNetwork, 1);

  network->nodes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) snn_node_free);
  network->metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_atomic_ref_count_init (&network->ref_count);
  return network;
}

G_DEFINE_BOXED_TYPE (SnnNetwork, snn_network, snn_network_ref,
    snn_network_unref)

SnnNetwork *
snn_network_ref (SnnNetwork *network)
{
  g_atomic_ref_count_inc (&network->ref_count);
  return network;
}

void
snn_network_unref (SnnNetwork *network)
{
  if (!network || !g_atomic_ref_count_dec (&network->ref_count))
    return;
  g_ptr_array_unref (network->nodes);
  g_hash_table_unref (network->metadata);
  g_free (network);
}

void
snn_network_set_metadata (SnnNetwork *network, const gchar *name,
    const gchar *value)
{
  if (value)
    g_hash_table_replace (network->metadata, g_strdup (name),
        g_strdup (value));
  else
    g_hash_table_remove (network->metadata, name);
}

const gchar *
snn_network_metadata (const SnnNetwork *network, const gchar *name)
{
  return g_hash_table_lookup (network->metadata, name);
}

void
snn_network_copy_metadata (SnnNetwork *to, const SnnNetwork *from)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, from->metadata);
  while (g_hash_table_iter_next (&iter, &name, &value))
    snn_network_set_metadata (to, name, value);
}

/* All but the nodes. */
static void
copy_facts (SnnNetwork *to, const SnnNetwork *from)
{
  to->spiking = from->spiking;
  to->signed_input = from->signed_input;
  to->classes = from->classes;
  to->readout = from->readout;
  to->initial_membrane = from->initial_membrane;
  to->timesteps = from->timesteps;
  snn_network_copy_metadata (to, from);
}

SnnNetwork *
snn_network_copy (const SnnNetwork *network)
{
  SnnNetwork *copy = snn_network_new ();

  for (guint i = 0; i < network->nodes->len; i++)
    g_ptr_array_add (copy->nodes,
        snn_node_copy (snn_network_node (network, i)));
  copy_facts (copy, network);
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

void
snn_network_get_shapes (const SnnNetwork *network, SnnShape *input,
    SnnShape *output)
{
  g_return_if_fail (network != NULL && input != NULL && output != NULL);

  *input = snn_network_input (network);
  *output = snn_network_output (network);
}

gsize
snn_network_n_weights (const SnnNetwork *network)
{
  gsize n = 0;

  g_return_val_if_fail (network != NULL, 0);

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++)
      n += node->parameters[p].trained ? node->parameters[p].n : 0;
  }
  return n;
}

static void
set_offsets (SnnNetwork *network)
{
  gsize offset = 0;

  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++) {
      node->parameters[p].offset = offset;
      offset += node->parameters[p].trained ? node->parameters[p].n : 0;
    }
  }
}

static gboolean
check_name (const SnnNetwork *network, const SnnNode *node, GError **error)
{
  if (node->name && *node->name != '\0' && !strchr (node->name, '/')
      && find_index (network, node->name) < 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
      "Node name '%s' is empty, taken or contains a '/'",
      node->name ? node->name : "");
  return FALSE;
}

/* Finds the nodes that it receives from; their shapes must agree. */
static gboolean
connect (const SnnNetwork *network, SnnNode *node, const gchar *const *inputs,
    GError **error)
{
  node->n_inputs = inputs ? g_strv_length ((gchar **) inputs) : 0;
  node->inputs = g_new0 (guint, MAX (node->n_inputs, 1));
  if ((node->n_inputs == 0) != (node->op->role == SNN_ROLE_INPUT)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "Node '%s' of type %s has %u inputs", node->name, node->op->name,
        node->n_inputs);
    return FALSE;
  }
  for (guint i = 0; i < node->n_inputs; i++) {
    gint index = find_index (network, inputs[i]);
    const SnnNode *from;

    if (index < 0) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Node '%s' receives from '%s', which does not exist before it",
          node->name, inputs[i]);
      return FALSE;
    }
    from = snn_network_node (network, (guint) index);
    if (i > 0 && !snn_shape_equal (from->out, node->in)) {
      g_autofree gchar *first = snn_shape_to_text (node->in);
      g_autofree gchar *other = snn_shape_to_text (from->out);

      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Node '%s' receives %s (channels, height, width) from '%s' "
          "and %s from '%s'", node->name, first, inputs[0], other, inputs[i]);
      return FALSE;
    }
    node->in = from->out;
    node->inputs[i] = (guint) index;
  }
  return TRUE;
}

static gboolean
refuse_size (const SnnNode *node, GError **error)
{
  g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
      "Node '%s' is larger than 2^31 values", node->name);
  return FALSE;
}

/* Products of three numbers below 2^31 can pass 64 bits, so each step is checked. */
static gboolean
has_few_weights (const SnnNode *node)
{
  guint64 taps = 1, weights;

  for (guint axis = 0; axis < node->op->n_axes; axis++)
    if (!g_uint64_checked_mul (&taps, taps, MAX (node->kernel, 1)))
      return FALSE;
  return taps <= MAX_VALUES
      && g_uint64_checked_mul (&weights, node->in.channels, node->out.channels)
      && g_uint64_checked_mul (&weights, weights, taps)
      && weights <= MAX_VALUES;
}

/* Whether there can be such a node of its input. */
static gboolean
infer_shape (SnnNode *node, GError **error)
{
  const guint channels = node->out.channels;
  g_autofree gchar *in = snn_shape_to_text (node->in);

  if ((node->n_inputs > 0 && !snn_shape_fits (node->in, MAX_VALUES))
      || !has_few_weights (node))
    return refuse_size (node, error);
  if (node->op->n_axes == 2 && node->in.depth > 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "Node '%s': a %s works on slices, not on an input of %u slices "
        "together (%s channels, depth, height, width)", node->name,
        node->op->name, node->in.depth, in);
    return FALSE;
  }
  if (node->op->n_axes == 3 && node->in.depth == 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "Node '%s': a %s works on volumes, not on an input of one slice "
        "(%s channels, height, width)", node->name, node->op->name, in);
    return FALSE;
  }
  if (!node->op->infer_shape (node)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Node '%s': a %s of kernel %u, stride %u, padding %u and %u output "
        "channels can't work on an input of %s (channels, %sheight, width)%s%s",
        node->name, node->op->name, node->kernel, node->stride, node->padding,
        channels, in, node->in.depth > 0 ? "depth, " : "",
        node->op->expects ? "; expected " : "",
        node->op->expects ? node->op->expects : "");
    return FALSE;
  }
  return snn_shape_fits (node->out, MAX_VALUES) || refuse_size (node, error);
}

/* What all nodes take together is known before any of it is allocated. */
static gboolean
check_memory (const SnnNetwork *network, const SnnNode *node, GError **error)
{
  guint64 sum = snn_shape_size (node->out);

  for (guint i = 0; i < network->nodes->len; i++)
    sum += snn_shape_size (snn_network_node (network, i)->out);
  if (sum <= SNN_LARGEST_FRAMES)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
      "Up to node '%s' the network puts out %" G_GUINT64_FORMAT " values for "
      "one image; at most %" G_GUINT64_FORMAT " are supported", node->name,
      sum, SNN_LARGEST_FRAMES);
  return FALSE;
}

gint
snn_network_add (SnnNetwork *network, const SnnNode *like,
    const gchar *const *inputs, GError **error)
{
  SnnNode *node;

  g_return_val_if_fail (network != NULL, -1);
  g_return_val_if_fail (like != NULL && like->op != NULL, -1);

  node = snn_node_new (like);
  if (!check_name (network, node, error)
      || !connect (network, node, inputs, error)
      || !infer_shape (node, error) || !check_memory (network, node, error)) {
    snn_node_free (node);
    return -1;
  }
  snn_node_set_op (node, node->op);
  g_ptr_array_add (network->nodes, node);
  set_offsets (network);
  return (gint) network->nodes->len - 1;
}

gboolean
snn_network_validate (const SnnNetwork *network, GError **error)
{
  guint n = network->nodes->len;
  g_autofree gboolean *used = g_new0 (gboolean, MAX (n, 1));

  if (n < 2 || snn_network_node (network, 0)->op->role != SNN_ROLE_INPUT
      || snn_network_node (network, n - 1)->op->role != SNN_ROLE_OUTPUT) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "A network begins with an Input node and ends with an Output node");
    return FALSE;
  }
  used[n - 1] = TRUE;
  for (guint i = n; i-- > 0;) {
    const SnnNode *node = snn_network_node (network, i);

    if (!used[i]) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Node '%s' does not lead to the output", node->name);
      return FALSE;
    }
    if ((node->op->role == SNN_ROLE_INPUT) != (i == 0)
        || (node->op->role == SNN_ROLE_OUTPUT) != (i == n - 1)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Node '%s' is a second %s node", node->name, node->op->name);
      return FALSE;
    }
    if (snn_node_is_activation (node)
        && snn_node_is_neuron (node) != network->spiking) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Node '%s' is a %s in a network whose other activations are not",
          node->name, node->op->name);
      return FALSE;
    }
    for (guint j = 0; j < node->n_inputs; j++)
      used[node->inputs[j]] = TRUE;
  }
  return TRUE;
}

/* Adds to @to what @node is in @from, with its values. */
static gboolean
add_like (SnnNetwork *to, const SnnNetwork *from, const SnnNode *node,
    GError **error)
{
  g_autofree const gchar **inputs = g_new0 (const gchar *, node->n_inputs + 1);
  const SnnNode *added;
  gint index;

  for (guint i = 0; i < node->n_inputs; i++)
    inputs[i] = snn_network_node (from, node->inputs[i])->name;
  index = snn_network_add (to, node, node->n_inputs ? inputs : NULL, error);
  if (index < 0)
    return FALSE;
  added = snn_network_node (to, (guint) index);
  for (guint p = 0; p < node->n_parameters; p++) {
    if (added->parameters[p].n != node->parameters[p].n) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Node '%s' has %" G_GSIZE_FORMAT " values of its %s, which suit one "
          "size of input only", node->name, node->parameters[p].n,
          node->parameters[p].name);
      return FALSE;
    }
    memcpy (added->parameters[p].values, node->parameters[p].values,
        node->parameters[p].n * sizeof (float));
  }
  return TRUE;
}

SnnNetwork *
snn_network_resized (const SnnNetwork *network, guint depth, guint height,
    guint width, GError **error)
{
  g_autoptr (SnnNetwork) resized = NULL;

  g_return_val_if_fail (network != NULL, NULL);

  resized = snn_network_new ();
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    SnnNode like = *node;

    if (i == 0) {
      if (depth > 0)
        like.out.depth = depth;
      like.out.height = height;
      like.out.width = width;
    }
    if (!add_like (resized, network, i == 0 ? &like : node, error))
      return NULL;
  }
  copy_facts (resized, network);
  return g_steal_pointer (&resized);
}

SnnShape
snn_network_reduction (const SnnNetwork *network)
{
  SnnShape first, least;

  g_return_val_if_fail (network != NULL, ((SnnShape) { 1, 1, 1, 1 }));

  first = least = snn_network_input (network);
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnShape out = snn_network_node (network, i)->out;

    least.depth = MIN (least.depth, out.depth);
    least.height = MIN (least.height, out.height);
    least.width = MIN (least.width, out.width);
  }
  return (SnnShape) {
    .channels = 1,
    .height = first.height / least.height,
    .width = first.width / least.width,
    .depth = first.depth > 0 ? first.depth / MAX (least.depth, 1) : 1,
  };
}

static double
node_fan_in (const SnnNode *node)
{
  return node->op->fan_in ? node->op->fan_in (node) : 0.;
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
    for (guint p = 0; p < node->n_parameters; p++)
      for (gsize v = 0; v < node->parameters[p].n; v++)
        node->parameters[p].values[v] =
            (float) (bound * (2. * snn_random_double (&random) - 1.));
  }
}

/* Whether it is the first of the branches that lead to the same node. */
static gboolean
is_first_branch (const SnnNetwork *network, guint index)
{
  for (guint i = index + 1; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    gboolean found = FALSE;

    for (guint j = 0; j < node->n_inputs; j++)
      found |= node->inputs[j] == index;
    for (guint j = 0; found && j < node->n_inputs; j++)
      if (node->inputs[j] < index && snn_node_has_weights (snn_network_node
              (network, node->inputs[j])))
        return FALSE;
  }
  return TRUE;
}

void
snn_network_add_bias (SnnNetwork *network)
{
  g_return_if_fail (network != NULL);

  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    if (!snn_node_has_weights (node) || !is_first_branch (network, i))
      continue;
    node->bias = TRUE;
    snn_node_set_op (node, node->op);
  }
  set_offsets (network);
}

SnnNetwork *
snn_network_to_spiking (const SnnNetwork *ann)
{
  SnnNetwork *network;

  g_return_val_if_fail (ann != NULL, NULL);

  network = snn_network_copy (ann);
  network->spiking = TRUE;
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    if (node->op->spiking)
      snn_node_set_op (node, node->op->spiking);
  }
  set_offsets (network);
  return network;
}
