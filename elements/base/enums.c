/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "enums.h"

/* Of alternatives that the core lists: registers them under @name the first time,
 * for as long as the process stays. */
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

G_DEFINE_ENUM_TYPE (GstSnnReadout, gst_snn_readout,
    {SNN_READOUT_MEAN, "Output potential, over the number of timesteps",
        "mean"},
    {SNN_READOUT_SUM, "Output potential", "sum"})

G_DEFINE_ENUM_TYPE (GstSnnConversionMethod, gst_snn_conversion_method,
    {SNN_CONVERSION_BRANCH_AWARE,
        "Rescale each branch's weights by its own factor", "branch-aware"},
    {SNN_CONVERSION_THRESHOLD_BALANCING,
          "Keep the weights, set thresholds to the largest input current",
        "threshold-balancing"})

G_DEFINE_ENUM_TYPE (GstSnnScales, gst_snn_scales,
    {SNN_SCALES_PER_LAYER, "Each layer", "layer"},
    {SNN_SCALES_PER_CHANNEL, "Each channel of each layer", "channel"})

G_DEFINE_ENUM_TYPE (GstSnnWeights, gst_snn_weights,
    {SNN_WEIGHTS_FLOAT32, "As they are", "float32"},
    {SNN_WEIGHTS_INT8, "Whole numbers from -127 to 127, one scale a channel",
        "int8"})

G_DEFINE_ENUM_TYPE (GstSnnArchitecture, gst_snn_architecture,
    {GST_SNN_ARCHITECTURE_UNET,
        "U-Net with average pooling, for segmentation", "unet"},
    {GST_SNN_ARCHITECTURE_UNET3D,
        "The same of three dimensions, for whole volumes", "unet3d"},
    {GST_SNN_ARCHITECTURE_VGG5, "VGG-5, for classification", "vgg5"})

G_DEFINE_ENUM_TYPE (GstSnnInitialMembrane, gst_snn_initial_membrane,
    {GST_SNN_INITIAL_MEMBRANE_ZERO, "At rest, 0", "zero"},
    {GST_SNN_INITIAL_MEMBRANE_HALF, "Half the threshold", "half"})

double
gst_snn_initial_membrane_fraction (GstSnnInitialMembrane membrane)
{
  return membrane == GST_SNN_INITIAL_MEMBRANE_HALF ? 0.5 : 0.;
}

G_DEFINE_ENUM_TYPE (GstSnnOutput, gst_snn_output,
    {GST_SNN_OUTPUT_PROBABILITY,
        "Sigmoid of the logit; softmax over the classes of a classifier",
        "probability"},
    {GST_SNN_OUTPUT_LOGIT, "The network's output as it is", "logit"})

G_DEFINE_ENUM_TYPE (GstSnnOtherSize, gst_snn_other_size,
    {GST_SNN_OTHER_SIZE_REFUSE, "They are an error", "refuse"},
    {GST_SNN_OTHER_SIZE_WHOLE,
        "The network looks at the whole sample, as far as it can pool it",
        "whole"},
    {GST_SNN_OTHER_SIZE_TILES,
        "Tiles of the network's size overlap, and are blended", "tiles"})
