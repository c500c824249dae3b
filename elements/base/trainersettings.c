/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trainersettings.h"

#include <snn/base/error.h>

#include "enums.h"
#include "model.h"
#include "properties.h"

static void
init_defaults (gpointer data)
{
  GstSnnTrainerSettings *settings = data;

  snn_training_settings_init (&settings->training);
}

static const GstSnnProperty properties[] = {
  {"location", "Location",
      "File to write the trained network to, after every epoch and at the "
      "end: HDF5 in NIR's layout",
      GST_SNN_STRING, GST_SNN_AT (GstSnnTrainerSettings, location)},
  {"model", "Initial model",
      "File of a network to start from, HDF5 in NIR's layout; unset: random "
      "weights",
      GST_SNN_STRING, GST_SNN_AT (GstSnnTrainerSettings, model)},
  {"checkpoint-location", "Checkpoint location",
      "File that the state of the training is written to after every epoch; "
      "unset: location with \".checkpoint\" added, empty: none",
      GST_SNN_STRING, GST_SNN_AT (GstSnnTrainerSettings, checkpoint)},
  {"best-location", "Best location",
      "File to write the network to whenever it is better than before on the "
      "held-out samples, by the mean Dice of their subjects (for a classifier by "
      "its accuracy); unset: location with \".best\" added, empty: none",
      GST_SNN_STRING, GST_SNN_AT (GstSnnTrainerSettings, best)},
  {"resume", "Resume",
      "Go on from the checkpoint if there is one; its settings have to be the "
      "same",
      GST_SNN_BOOLEAN, GST_SNN_AT (GstSnnTrainerSettings, resume),
      .fallback = TRUE},
  {"network", "Network",
      "Which network to make, where there is no initial model",
      GST_SNN_ENUM, GST_SNN_AT (GstSnnTrainerSettings, network),
      .get_type = gst_snn_architecture_get_type,
      .fallback = GST_SNN_ARCHITECTURE_UNET},
  {"width", "Width",
      "Channels of a U-Net's first level, doubled at each pooling",
      GST_SNN_UINT, GST_SNN_AT (GstSnnTrainerSettings, width), .min = 1,
      .max = 4096, .fallback = 16},
  {"depth", "Depth",
      "Number of poolings of a U-Net",
      GST_SNN_UINT, GST_SNN_AT (GstSnnTrainerSettings, depth), .min = 1,
      .max = 15, .fallback = 2},
  {"classes", "Classes",
      "Output channels of the network; 0: as many as the labels want, which is "
      "one for a mask, and for several classes one each and one for the "
      "background",
      GST_SNN_UINT, GST_SNN_AT (GstSnnTrainerSettings, classes), .max = 256},
  {"bias", "Bias",
      "Whether layers with weights have a bias, where there is no initial "
      "model; Yue et al. 2023 do without",
      GST_SNN_BOOLEAN, GST_SNN_AT (GstSnnTrainerSettings, bias)},
  {"loss", "Loss",
      "What training minimises",
      GST_SNN_ENUM, GST_SNN_AT (GstSnnTrainerSettings, training.loss),
      .get_type = gst_snn_loss_get_type, .core_default = TRUE},
  {"learning-rate", "Learning rate",
      "Adam's learning rate at the beginning",
      GST_SNN_DOUBLE,
      GST_SNN_AT (GstSnnTrainerSettings, training.learning_rate), .max = 1.,
      .core_default = TRUE},
  {"dropout", "Dropout",
      "Probability that a neuron is dropped, drawn once for each sample and "
      "epoch",
      GST_SNN_DOUBLE, GST_SNN_AT (GstSnnTrainerSettings, training.dropout),
      .max = 0.99, .core_default = TRUE},
  {"initialisation", "Initialisation",
      "What random weights are drawn from, where there is no initial model",
      GST_SNN_ENUM, GST_SNN_AT (GstSnnTrainerSettings, training.initialisation),
      .get_type = gst_snn_initialisation_get_type, .core_default = TRUE},
  {"restarts", "Restarts",
      "How many times a network with random weights that stopped learning is "
      "drawn anew, with a warning and twice the warm-up",
      GST_SNN_UINT, GST_SNN_AT (GstSnnTrainerSettings, training.restarts),
      .max = 1000, .fallback = 5},
  {"schedule", "Schedule",
      "How the learning rate goes on from its beginning",
      GST_SNN_ENUM, GST_SNN_AT (GstSnnTrainerSettings, training.schedule),
      .get_type = gst_snn_schedule_get_type, .core_default = TRUE},
  {"warmup", "Warm-up",
      "Updates over which the learning rate rises to its beginning; 0: none",
      GST_SNN_UINT, GST_SNN_AT (GstSnnTrainerSettings, training.warmup),
      .core_default = TRUE},
  {"weight-decay", "Weight decay",
      "Share of each weight that an update takes away, times the learning rate "
      "(AdamW); 0: none",
      GST_SNN_DOUBLE, GST_SNN_AT (GstSnnTrainerSettings, training.weight_decay),
      .max = 1., .core_default = TRUE},
  {"gradient-centralisation", "Gradient centralisation",
      "Whether the gradient of each neuron's weights loses its mean (Yong et al. "
      "2020), with which networks stop learning less easily",
      GST_SNN_BOOLEAN,
      GST_SNN_AT (GstSnnTrainerSettings, training.gradient_centralisation),
      .core_default = TRUE},
  {"gradient-clipping", "Gradient clipping",
      "A gradient whose norm over all weights is larger is made as large; 0: "
      "none",
      GST_SNN_DOUBLE,
      GST_SNN_AT (GstSnnTrainerSettings, training.gradient_clipping),
      .max = 1e9, .core_default = TRUE},
  {"weight-average", "Weight average",
      "Share of the averaged weights that stays at an update, of the moving "
      "average that is then evaluated and written, such as 0.99; 0: none",
      GST_SNN_DOUBLE,
      GST_SNN_AT (GstSnnTrainerSettings, training.weight_average),
      .max = 0.999999, .core_default = TRUE},
  {"patience", "Patience",
      "With schedule=plateau: epochs without a lower training loss that are "
      "waited out before the learning rate is lowered",
      GST_SNN_UINT, GST_SNN_AT (GstSnnTrainerSettings, training.patience),
      .core_default = TRUE},
  {"factor", "Factor",
      "With schedule=plateau: the learning rate is multiplied by this when it is "
      "lowered",
      GST_SNN_DOUBLE, GST_SNN_AT (GstSnnTrainerSettings, training.factor),
      .max = 1., .core_default = TRUE},
  {"min-learning-rate", "Least learning rate",
      "The learning rate is not lowered below this",
      GST_SNN_DOUBLE, GST_SNN_AT (GstSnnTrainerSettings, training.min_rate),
      .max = 1., .core_default = TRUE},
  {"decay", "Decay",
      "With schedule=exponential or plateau: the learning rate is multiplied by "
      "this after every epoch; 1: it is not",
      GST_SNN_DOUBLE, GST_SNN_AT (GstSnnTrainerSettings, training.decay),
      .max = 1., .core_default = TRUE},
  {"seed", "Seed",
      "Seed of random weights and of dropout",
      GST_SNN_UINT64, GST_SNN_AT (GstSnnTrainerSettings, training.seed),
      .core_default = TRUE},
};

const GstSnnPropertyTable gst_snn_trainer_properties =
    GST_SNN_TABLE (properties, GstSnnTrainerSettings,
    gst_snn_trainer_settings, init_defaults);

static const GstSnnProperty batch_properties[] = {
  {"batch-size", "Batch size",
      "Samples in a minibatch, after which the weights are updated",
      GST_SNN_UINT, GST_SNN_AT (GstSnnBatchSettings, batch_size), .min = 1,
      .max = 65536, .fallback = 26},
};

const GstSnnPropertyTable gst_snn_trainer_batch_properties =
    GST_SNN_TABLE (batch_properties, GstSnnBatchSettings,
    gst_snn_batch_transform_settings, NULL);

/* FALSE where a property is set that the schedule or gradient does not look at. */
static gboolean
check_of_use (const SnnTrainingSettings *training, GError **error)
{
  if (training->decay != 1. && training->schedule != SNN_SCHEDULE_EXPONENTIAL
      && training->schedule != SNN_SCHEDULE_PLATEAU)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "decay=%g does nothing with schedule=%s; expected schedule=exponential or "
        "plateau, or no decay", training->decay,
        snn_schedule_name (training->schedule)->nick);
  else if (training->levels > 0 && training->gradient != SNN_GRADIENT_QCFS)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "levels=%u does nothing with gradient=%s; expected gradient=qcfs, or no "
        "levels", training->levels, snn_gradient_name (training->gradient)->nick);
  else
    return TRUE;
  return FALSE;
}

/* A place beside the model made explicit, or NULL where none is wanted. */
static void
choose_place (gchar **place, const gchar *location, const gchar *ending)
{
  if (!*place && location)
    *place = g_strconcat (location, ending, NULL);
  if (*place && !**place)
    g_clear_pointer (place, g_free);
}

void
gst_snn_trainer_settings_choose_places (GstSnnTrainerSettings *settings)
{
  choose_place (&settings->checkpoint, settings->location, ".checkpoint");
  choose_place (&settings->best, settings->location, ".best");
}

/* Hours of training must not end with a file that can't be written. */
gboolean
gst_snn_trainer_settings_prepare (GstSnnTrainerSettings *settings,
    GError **error)
{
  gst_snn_trainer_settings_choose_places (settings);
  return check_of_use (&settings->training, error)
      && gst_snn_model_check_writable ("location", settings->location, error)
      && (!settings->checkpoint
      || gst_snn_model_check_writable ("checkpoint-location",
          settings->checkpoint, error))
      && (!settings->best
      || gst_snn_model_check_writable ("best-location", settings->best, error));
}

/* How many channels the output of a new network has: as the labels want it, or
 * where these are classes of whole samples, as the property says. */
static guint
choose_outputs (const GstSnnTrainerSettings *settings,
    const GstSnnTensors *tensors, GError **error)
{
  guint wanted = snn_classes_n_outputs (&tensors->classes);
  g_autofree gchar *classes = NULL;

  if (tensors->classes.n == 0)
    return MAX (settings->classes, 1);
  if (settings->classes == 0 || settings->classes == wanted)
    return wanted;
  classes = snn_classes_to_text (&tensors->classes);
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "classes=%u asks for so many output channels, where labels of classes %s "
      "want %u%s: leave it unset", settings->classes, classes, wanted,
      wanted > 1 ? ", with the background" : "");
  return 0;
}

/* Which axes samples have is not guessed: slices of a volume that is thought to be one
 * sample would be trained on as such. */
static gboolean
check_axes (GstSnnArchitecture network, const GstSnnTensor *tensor,
    GError **error)
{
  const gboolean takes_volumes = network == GST_SNN_ARCHITECTURE_UNET3D;

  if (takes_volumes == (tensor->depth > 1))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, takes_volumes
      ? "network=unet3d works on whole volumes, found samples of %u slice: the "
      "source's property axis=none makes it send volumes"
      : "This network works on slices, found volumes of %u of them: "
      "network=unet3d works on volumes, and the source's property axis cuts "
      "slices", tensor->depth);
  return FALSE;
}

SnnNetwork *
gst_snn_trainer_new_network (const GstSnnTrainerSettings *settings,
    const GstSnnTensors *tensors, GError **error)
{
  SnnShape shape = gst_snn_tensor_shape (&tensors->tensor[0]);
  guint outputs = choose_outputs (settings, tensors, error);
  SnnNetwork *network;

  if (outputs == 0
      || !check_axes (settings->network, &tensors->tensor[0], error))
    return NULL;
  if (settings->network == GST_SNN_ARCHITECTURE_VGG5)
    network = snn_network_new_vgg5 (shape, outputs, error);
  else
    network = snn_network_new_unet (shape, settings->width, settings->depth,
        outputs, error);
  if (!network)
    return NULL;
  if (settings->bias)
    snn_network_add_bias (network);
  snn_network_initialise (network, settings->training.initialisation,
      settings->training.seed, 0);
  return network;
}
