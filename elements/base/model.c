/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model.h"

#include <snn/base/atomic-file.h>
#include <snn/run/probability.h>
#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include <snn/train/loss.h>
#include "messages.h"

SnnNetwork *
gst_snn_model_load (const gchar *path, gboolean spiking, GError **error)
{
  SnnNetwork *network;

  if (!path || !*path) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "The property \"model\" is not set; expected the file of %s network",
        spiking ? "a spiking" : "an analog");
    return NULL;
  }
  network = snn_model_load (path, error);
  if (network && network->spiking != spiking) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        spiking ? "%s holds an analog network (ReLU), expected a spiking one "
        "(IF): convert it with snnconverter"
        : "%s holds a spiking network (IF), expected an analog one (ReLU)",
        path);
    g_clear_pointer (&network, snn_network_unref);
  }
  return network;
}

/* (transfer full): "8x12", or of volumes "8x12x4". */
static gchar *
size_to_text (guint width, guint height, guint depth)
{
  return depth == 1 ? g_strdup_printf ("%ux%u", width, height)
      : g_strdup_printf ("%ux%ux%u", width, height, depth);
}

static gboolean
refuse_tensor (const SnnNetwork *network, const gchar *path,
    const GstSnnTensor *tensor, const gchar *hint, GError **error)
{
  const SnnShape expected = snn_network_input (network);
  const guint depth = MAX (expected.depth, 1);
  g_autofree gchar *is =
      size_to_text (tensor->width, tensor->height, tensor->depth);
  g_autofree gchar *should =
      size_to_text (expected.width, expected.height, depth);

  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "%s works on samples of %s with %u channels (width x height%s), found "
      "%s with %u channels%s%s", path, should, expected.channels,
      MAX (tensor->depth, depth) > 1 ? " x depth" : "", is, tensor->channels,
      hint ? ": " : "", hint ? hint : "");
  return FALSE;
}

gboolean
gst_snn_model_check_kind (const SnnNetwork *network, const gchar *path,
    const GstSnnTensor *tensor, GError **error)
{
  const SnnShape expected = snn_network_input (network);

  if (tensor->channels != expected.channels)
    return refuse_tensor (network, path, tensor, "images (channel-locations of "
        "niftisrc) and neighbouring slices (context) are channels", error);
  if ((tensor->depth > 1) != (expected.depth > 1))
    return refuse_tensor (network, path, tensor, "a source sends whole volumes "
        "with axis=none, and slices across another", error);
  return TRUE;
}

gboolean
gst_snn_model_check (const SnnNetwork *network, const gchar *path,
    const GstSnnTensor *tensor, const gchar *hint, GError **error)
{
  const SnnShape expected = snn_network_input (network);

  if (!gst_snn_model_check_kind (network, path, tensor, error))
    return FALSE;
  if (tensor->width == expected.width && tensor->height == expected.height
      && tensor->depth == MAX (expected.depth, 1))
    return TRUE;
  return refuse_tensor (network, path, tensor, hint, error);
}

GstSnnTensor
gst_snn_model_output (const SnnNetwork *network)
{
  const SnnShape shape = snn_network_output (network);

  return (GstSnnTensor) {
    .type = SNN_VALUE_FLOAT32,
    .width = shape.width,
    .height = shape.height,
    .depth = MAX (shape.depth, 1),
    .channels = shape.channels,
    .timesteps = 1,
  };
}

/* What a network without a word on it predicts. */
static void
guess_classes (const SnnNetwork *network, const GstSnnTensors *tensors,
    SnnClasses *classes)
{
  const guint channels = snn_network_output (network).channels;

  *classes = (SnnClasses) { 0, };
  if (tensors->n_tensors > 1 && tensors->classes.n > 0
      && snn_classes_n_outputs (&tensors->classes) == channels)
    *classes = tensors->classes;
  else if (channels > 1 && channels <= SNN_CLASSES_MAX + 1)
    for (; classes->n < channels - 1; classes->n++)
      classes->values[classes->n] = (gint) classes->n + 1;
}

gboolean
gst_snn_model_check_classes (const SnnNetwork *network, const gchar *path,
    const GstSnnTensors *tensors, SnnClasses *classes, GError **error)
{
  g_autofree gchar *found = snn_classes_to_text (&tensors->classes);
  g_autofree gchar *expected = NULL;

  *classes = network->classes;
  if (snn_loss_classifies (snn_network_output (network)))
    return TRUE;
  if (classes->n == 0)
    guess_classes (network, tensors, classes);
  if (tensors->n_tensors < 2 || snn_classes_equal (classes, &tensors->classes)
      || (classes->n < 2 && tensors->classes.n == 0))
    return TRUE;
  expected = snn_classes_to_text (classes);
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "%s predicts %s%s, found labels of %s%s: the source's properties labels and "
      "label-value say what these are", path, *expected ? "classes " : "one mask", expected,
      *found ? "classes " : "one mask", found);
  return FALSE;
}

void
gst_snn_model_warn_of_class (GstElement *element, const SnnNetwork *network,
    const gchar *path, const GstSnnTensors *tensors)
{
  const SnnClasses *ours = &network->classes, *theirs = &tensors->classes;

  if (tensors->n_tensors < 2 || snn_network_output (network).channels != 1
      || ours->n == theirs->n || theirs->n > 1)
    return;
  if (ours->n > 0)
    GST_SNN_ELEMENT_WARNING (element, RESOURCE, SETTINGS, ("%s predicts the structure "
            "%d, and all that is not 0 in the masks is taken for it: where they "
            "have other values, set the source's label-value=%d", path,
            ours->values[0], ours->values[0]), (NULL));
  else
    GST_SNN_ELEMENT_WARNING (element, RESOURCE, SETTINGS, ("%s does not say which "
            "structure it predicts: it is taken for %d, that of the masks", path,
            theirs->values[0]), (NULL));
}

void
gst_snn_tensor_probability (const GstSnnTensor *prediction, float *values)
{
  const gsize plane = (gsize) prediction->width * prediction->height
      * prediction->depth;

  if (prediction->channels > 1)
    snn_softmax (values, prediction->channels, plane);
  else
    snn_sigmoid (values, plane);
}

void
gst_snn_model_probability (const SnnNetwork *network, float *values)
{
  const GstSnnTensor prediction = gst_snn_model_output (network);

  gst_snn_tensor_probability (&prediction, values);
}

gboolean
gst_snn_file_check (const gchar *path, GError **error)
{
  GError *reason = NULL;

  if (snn_file_check (path, &reason))
    return TRUE;
  g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE,
      reason->message);
  g_error_free (reason);
  return FALSE;
}

gboolean
gst_snn_model_check_writable (const gchar *property, const gchar *path,
    GError **error)
{
  if (!path || !*path) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "The property \"%s\" is not set; expected the file to write to",
        property);
    return FALSE;
  }
  if (!gst_snn_file_check (path, error)) {
    g_prefix_error (error, "%s=", property);
    return FALSE;
  }
  return TRUE;
}

static double
mean_threshold (const SnnNode *node)
{
  double sum = 0.;

  for (guint i = 0; i < node->out.channels; i++)
    sum += node->threshold[i];
  return sum / node->out.channels;
}

void
gst_snn_model_describe_layers (const SnnNetwork *network,
    GstStructure *structure)
{
  GValue layers = G_VALUE_INIT, thresholds = G_VALUE_INIT;

  gst_value_array_init (&layers, network->nodes->len);
  gst_value_array_init (&thresholds, network->nodes->len);
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    GValue name = G_VALUE_INIT;

    if (!snn_node_is_neuron (node))
      continue;
    g_value_init (&name, G_TYPE_STRING);
    g_value_set_string (&name, node->name);
    gst_value_array_append_and_take_value (&layers, &name);
    gst_snn_append_double (&thresholds, mean_threshold (node));
  }
  gst_structure_take_value (structure, "layers", &layers);
  gst_structure_take_value (structure, "thresholds", &thresholds);
}

void
gst_snn_append_double (GValue *array, double value)
{
  GValue item = G_VALUE_INIT;

  g_value_init (&item, G_TYPE_DOUBLE);
  g_value_set_double (&item, value);
  gst_value_array_append_and_take_value (array, &item);
}
