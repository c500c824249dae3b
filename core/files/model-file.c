/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-file.h"

#include "model-private.h"

/* The version of NIR whose layout is written. */
#define NIR_VERSION "1.0.6"

/* Where a field of a node goes. */
G_GNUC_PRINTF (2, 3) static const gchar *
at (GString *place, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_string_vprintf (place, format, arguments);
  va_end (arguments);
  return place->str;
}

/* NIR tells vectors from frames of one pixel: what a Flatten or Linear node
 * gives has one dimension, and so has an input that goes into none of the
 * nodes that want frames. */
static gboolean *
find_vectors (const SnnNetwork *network)
{
  gboolean *vector = g_new0 (gboolean, network->nodes->len);
  const SnnShape input = snn_network_input (network);

  vector[0] = input.height == 1 && input.width == 1;
  for (guint i = 1; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    if (node->inputs[0] == 0 && (node->type == SNN_NODE_CONV2D
            || node->type == SNN_NODE_CONV_TRANSPOSE2D
            || node->type == SNN_NODE_AVG_POOL2D
            || node->type == SNN_NODE_FLATTEN))
      vector[0] = FALSE;
  }
  for (guint i = 1; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    vector[i] = node->type == SNN_NODE_FLATTEN
        || node->type == SNN_NODE_LINEAR
        || ((node->type == SNN_NODE_RELU || node->type == SNN_NODE_IF
            || node->type == SNN_NODE_OUTPUT) && vector[node->inputs[0]]);
  }
  return vector;
}

static void
write_shape (SnnHdf5 *h, const gchar *name, SnnShape shape, gboolean vector)
{
  const gint64 values[3] = { shape.channels, shape.height, shape.width };

  snn_hdf5_write_ints (h, name, vector ? 1 : 3, values);
}

static void
write_pair (SnnHdf5 *h, const gchar *name, guint value)
{
  const gint64 values[2] = { value, value };

  snn_hdf5_write_ints (h, name, 2, values);
}

static void
write_weight (SnnHdf5 *h, const gchar *name, const SnnNode *node)
{
  const gsize in = node->in.channels, out = node->out.channels;
  const gboolean transposed = node->type == SNN_NODE_CONV_TRANSPOSE2D;
  const gsize dims[4] = {
    transposed ? in : out, transposed ? out : in, node->kernel, node->kernel
  };
  g_autofree float *torch = g_new (float, node->n_weights);

  snn_weights_to_torch (node, node->weight, torch);
  snn_hdf5_write_floats (h, name, node->type == SNN_NODE_LINEAR ? 2 : 4, dims,
      FALSE, torch);
}

static void
write_convolution (SnnHdf5 *h, GString *place, const gchar *node_at,
    const SnnNode *node)
{
  const gint64 input_shape[2] = { node->in.height, node->in.width };
  const gsize channels = node->out.channels;
  g_autofree float *bias = g_new0 (float, channels);

  snn_hdf5_write_ints (h, at (place, "%s/input_shape", node_at), 2,
      input_shape);
  write_weight (h, at (place, "%s/weight", node_at), node);
  write_pair (h, at (place, "%s/stride", node_at), node->stride);
  write_pair (h, at (place, "%s/padding", node_at), node->padding);
  write_pair (h, at (place, "%s/dilation", node_at), 1);
  snn_hdf5_write_int (h, at (place, "%s/groups", node_at), 1);
  snn_hdf5_write_floats (h, at (place, "%s/bias", node_at), 1, &channels,
      FALSE, bias);
}

/* NIR's neurons have parameters each; ours share them within a channel. */
static void
write_neurons (SnnHdf5 *h, GString *place, const gchar *node_at,
    const SnnNode *node, gboolean vector)
{
  const SnnShape shape = node->out;
  const gsize dims[3] = { shape.channels, shape.height, shape.width };
  const gsize frame = (gsize) shape.height * shape.width;
  const gsize n = snn_shape_size (shape);
  const guint rank = vector ? 1 : 3;
  g_autofree float *values = g_new0 (float, n);

  snn_hdf5_write_floats (h, at (place, "%s/v_reset", node_at), rank, dims,
      TRUE, values);
  for (gsize i = 0; i < n; i++)
    values[i] = 1.f;
  snn_hdf5_write_floats (h, at (place, "%s/r", node_at), rank, dims, TRUE,
      values);
  for (gsize i = 0; i < n; i++)
    values[i] = node->threshold[i / frame];
  snn_hdf5_write_floats (h, at (place, "%s/v_threshold", node_at), rank, dims,
      TRUE, values);
}

static void
write_node (SnnHdf5 *h, GString *place, const SnnNode *node, gboolean vector)
{
  g_autofree gchar *node_at = g_strconcat ("/node/nodes/", node->name, NULL);

  snn_hdf5_write_text (h, at (place, "%s/type", node_at),
      snn_node_type_name (node->type));
  switch (node->type) {
    case SNN_NODE_INPUT:
    case SNN_NODE_OUTPUT:
      write_shape (h, at (place, "%s/shape", node_at), node->out, vector);
      break;
    case SNN_NODE_CONV2D:
    case SNN_NODE_CONV_TRANSPOSE2D:
      write_convolution (h, place, node_at, node);
      break;
    case SNN_NODE_LINEAR:
      write_weight (h, at (place, "%s/weight", node_at), node);
      break;
    case SNN_NODE_AVG_POOL2D:
      write_pair (h, at (place, "%s/kernel_size", node_at), node->kernel);
      write_pair (h, at (place, "%s/stride", node_at), node->stride);
      write_pair (h, at (place, "%s/padding", node_at), node->padding);
      break;
    case SNN_NODE_FLATTEN:
      snn_hdf5_write_int (h, at (place, "%s/start_dim", node_at), 0);
      snn_hdf5_write_int (h, at (place, "%s/end_dim", node_at), -1);
      write_shape (h, at (place, "%s/input_type", node_at), node->in, FALSE);
      break;
    case SNN_NODE_RELU:
      break;
    case SNN_NODE_IF:
      write_neurons (h, place, node_at, node, vector);
      break;
  }
}

static void
write_edges (SnnHdf5 *h, const SnnNetwork *network)
{
  g_autoptr (GPtrArray) ends = g_ptr_array_new ();

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint j = 0; j < node->n_inputs; j++) {
      g_ptr_array_add (ends, snn_network_node (network,
              node->inputs[j])->name);
      g_ptr_array_add (ends, node->name);
    }
  }
  snn_hdf5_write_texts (h, "/node/edges", ends->len / 2, 2,
      (const gchar * const *) ends->pdata);
}

void
snn_model_write (SnnHdf5 *h, const SnnNetwork *network)
{
  g_autofree gboolean *vector = find_vectors (network);
  g_autoptr (GString) place = g_string_new (NULL);

  snn_hdf5_write_text (h, "/version", NIR_VERSION);
  snn_hdf5_write_text (h, "/node/type", "NIRGraph");
  for (guint i = 0; i < network->nodes->len; i++)
    write_node (h, place, snn_network_node (network, i), vector[i]);
  write_edges (h, network);

  /* NIR's readers refuse what they don't know under /node. */
  snn_hdf5_write_int (h, "/gst-snn/spiking", network->spiking);
  snn_hdf5_write_int (h, "/gst-snn/signed_input", network->signed_input);
  snn_hdf5_write_int (h, "/gst-snn/timesteps", network->timesteps);
  snn_hdf5_write_text (h, "/gst-snn/readout",
      network->readout == SNN_READOUT_SUM ? "sum" : "mean");
  snn_hdf5_write_doubles (h, "/gst-snn/initial_membrane", 1,
      &network->initial_membrane);
}

gboolean
snn_model_save (const SnnNetwork *network, const gchar *path, GError **error)
{
  SnnHdf5 *h = snn_hdf5_create (path);
  gboolean saved;

  snn_model_write (h, network);
  saved = snn_hdf5_commit (h, error);
  snn_hdf5_close (h);
  return saved;
}

SnnNetwork *
snn_model_load (const gchar *path, GError **error)
{
  SnnHdf5 *h = snn_hdf5_open (path, error);
  SnnNetwork *network;

  if (!h)
    return NULL;
  network = snn_model_read (h);
  snn_hdf5_take_error (h, error);
  snn_hdf5_close (h);
  return network;
}
