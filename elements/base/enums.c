/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "enums.h"

/* Registers @values under @name the first time. */
static GType
register_once (gsize *type, const gchar *name, const GEnumValue *values)
{
  if (g_once_init_enter (type)) {
    GType made = g_enum_register_static (name, values);

    gst_type_mark_as_plugin_api (made, 0);
    g_once_init_leave (type, made);
  }
  return (GType) *type;
}

/* The same of alternatives that the core lists, which stay as long as the
 * process. */
static GType
register_names (gsize *type, const gchar *name,
    const SnnName *(*name_of) (guint))
{
  GEnumValue *values;
  guint n = 0;

  if (!g_once_init_enter (type))
    return (GType) *type;
  while (name_of (n))
    n++;
  values = g_new0 (GEnumValue, n + 1);
  for (guint i = 0; i < n; i++)
    values[i] = (GEnumValue) {
      (gint) i, name_of (i)->text, name_of (i)->nick
    };
  g_once_init_leave (type, g_enum_register_static (name, values));
  gst_type_mark_as_plugin_api ((GType) *type, 0);
  return (GType) *type;
}

#define NAMES(function, type_name, name_of) \
GType \
function (void) \
{ \
  static gsize type = 0; \
\
  return register_names (&type, type_name, name_of); \
}

NAMES (gst_snn_loss_get_type, "GstSnnLoss", snn_loss_name)
NAMES (gst_snn_schedule_get_type, "GstSnnSchedule", snn_schedule_name)
NAMES (gst_snn_initialisation_get_type, "GstSnnInitialisation",
    snn_initialisation_name)
NAMES (gst_snn_gradient_get_type, "GstSnnGradient", snn_gradient_name)
NAMES (gst_snn_surrogate_get_type, "GstSnnSurrogate", snn_surrogate_name)
NAMES (gst_snn_neuron_get_type, "GstSnnNeuron", snn_neuron_kind_name)
NAMES (gst_snn_reset_get_type, "GstSnnReset", snn_reset_name)

GType
gst_snn_readout_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {SNN_READOUT_MEAN, "Output potential, over the number of timesteps",
        "mean"},
    {SNN_READOUT_SUM, "Output potential", "sum"},
    {0, NULL, NULL},
  };

  return register_once (&type, "GstSnnReadout", values);
}

GType
gst_snn_conversion_method_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {SNN_CONVERSION_BRANCH_AWARE,
        "Rescale each branch's weights by its own factor", "branch-aware"},
    {SNN_CONVERSION_THRESHOLD_BALANCING,
          "Keep the weights, set thresholds to the largest input current",
        "threshold-balancing"},
    {0, NULL, NULL},
  };

  return register_once (&type, "GstSnnConversionMethod", values);
}

GType
gst_snn_scales_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {SNN_SCALES_PER_LAYER, "Each layer", "layer"},
    {SNN_SCALES_PER_CHANNEL, "Each channel of each layer", "channel"},
    {0, NULL, NULL},
  };

  return register_once (&type, "GstSnnScales", values);
}

GType
gst_snn_weights_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {SNN_WEIGHTS_FLOAT32, "As they are", "float32"},
    {SNN_WEIGHTS_INT8, "Whole numbers from -127 to 127, one scale a channel",
        "int8"},
    {0, NULL, NULL},
  };

  return register_once (&type, "GstSnnWeights", values);
}

GType
gst_snn_architecture_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_SNN_ARCHITECTURE_UNET,
        "U-Net with average pooling, for segmentation", "unet"},
    {GST_SNN_ARCHITECTURE_UNET3D,
        "The same of three dimensions, for whole volumes", "unet3d"},
    {GST_SNN_ARCHITECTURE_VGG5, "VGG-5, for classification", "vgg5"},
    {0, NULL, NULL},
  };

  return register_once (&type, "GstSnnArchitecture", values);
}

GType
gst_snn_initial_membrane_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_SNN_INITIAL_MEMBRANE_ZERO, "At rest, 0", "zero"},
    {GST_SNN_INITIAL_MEMBRANE_HALF, "Half the threshold", "half"},
    {0, NULL, NULL},
  };

  return register_once (&type, "GstSnnInitialMembrane", values);
}

double
gst_snn_initial_membrane_fraction (GstSnnInitialMembrane membrane)
{
  return membrane == GST_SNN_INITIAL_MEMBRANE_HALF ? 0.5 : 0.;
}

GType
gst_snn_output_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_SNN_OUTPUT_PROBABILITY,
        "Sigmoid of the logit; softmax over the classes of a classifier",
        "probability"},
    {GST_SNN_OUTPUT_LOGIT, "The network's output as it is", "logit"},
    {0, NULL, NULL},
  };

  return register_once (&type, "GstSnnOutput", values);
}

GType
gst_snn_other_size_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_SNN_OTHER_SIZE_REFUSE, "They are an error", "refuse"},
    {GST_SNN_OTHER_SIZE_WHOLE,
        "The network looks at the whole sample, as far as it can pool it",
        "whole"},
    {GST_SNN_OTHER_SIZE_TILES,
        "Tiles of the network's size overlap, and are blended", "tiles"},
    {0, NULL, NULL},
  };

  return register_once (&type, "GstSnnOtherSize", values);
}
