/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trainersettings.h"

#define DEFAULT_NETWORK GST_SNN_ARCHITECTURE_UNET
#define DEFAULT_WIDTH 16
#define DEFAULT_DEPTH 2
#define DEFAULT_CLASSES 1
#define DEFAULT_RESUME TRUE

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_MODEL,
  PROP_CHECKPOINT_LOCATION,
  PROP_RESUME,
  PROP_NETWORK,
  PROP_WIDTH,
  PROP_DEPTH,
  PROP_CLASSES,
  PROP_LOSS,
  PROP_LEARNING_RATE,
  PROP_DROPOUT,
  PROP_PATIENCE,
  PROP_FACTOR,
  PROP_MIN_LEARNING_RATE,
  PROP_DECAY,
  PROP_SEED,
};

static void
set_string (gchar **string, const GValue *value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

gboolean
gst_snn_trainer_settings_set (GstSnnTrainerSettings *settings, guint id,
    const GValue *value)
{
  switch (id) {
    case PROP_LOCATION:
      set_string (&settings->location, value);
      break;
    case PROP_MODEL:
      set_string (&settings->model, value);
      break;
    case PROP_CHECKPOINT_LOCATION:
      set_string (&settings->checkpoint, value);
      break;
    case PROP_RESUME:
      settings->resume = g_value_get_boolean (value);
      break;
    case PROP_NETWORK:
      settings->network = g_value_get_enum (value);
      break;
    case PROP_WIDTH:
      settings->width = g_value_get_uint (value);
      break;
    case PROP_DEPTH:
      settings->depth = g_value_get_uint (value);
      break;
    case PROP_CLASSES:
      settings->classes = g_value_get_uint (value);
      break;
    case PROP_LOSS:
      settings->training.loss = g_value_get_enum (value);
      break;
    case PROP_LEARNING_RATE:
      settings->training.learning_rate = g_value_get_double (value);
      break;
    case PROP_DROPOUT:
      settings->training.dropout = g_value_get_double (value);
      break;
    case PROP_PATIENCE:
      settings->training.patience = g_value_get_uint (value);
      break;
    case PROP_FACTOR:
      settings->training.factor = g_value_get_double (value);
      break;
    case PROP_MIN_LEARNING_RATE:
      settings->training.min_rate = g_value_get_double (value);
      break;
    case PROP_DECAY:
      settings->training.decay = g_value_get_double (value);
      break;
    case PROP_SEED:
      settings->training.seed = g_value_get_uint64 (value);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_snn_trainer_settings_get (const GstSnnTrainerSettings *settings, guint id,
    GValue *value)
{
  switch (id) {
    case PROP_LOCATION:
      g_value_set_string (value, settings->location);
      break;
    case PROP_MODEL:
      g_value_set_string (value, settings->model);
      break;
    case PROP_CHECKPOINT_LOCATION:
      g_value_set_string (value, settings->checkpoint);
      break;
    case PROP_RESUME:
      g_value_set_boolean (value, settings->resume);
      break;
    case PROP_NETWORK:
      g_value_set_enum (value, settings->network);
      break;
    case PROP_WIDTH:
      g_value_set_uint (value, settings->width);
      break;
    case PROP_DEPTH:
      g_value_set_uint (value, settings->depth);
      break;
    case PROP_CLASSES:
      g_value_set_uint (value, settings->classes);
      break;
    case PROP_LOSS:
      g_value_set_enum (value, settings->training.loss);
      break;
    case PROP_LEARNING_RATE:
      g_value_set_double (value, settings->training.learning_rate);
      break;
    case PROP_DROPOUT:
      g_value_set_double (value, settings->training.dropout);
      break;
    case PROP_PATIENCE:
      g_value_set_uint (value, settings->training.patience);
      break;
    case PROP_FACTOR:
      g_value_set_double (value, settings->training.factor);
      break;
    case PROP_MIN_LEARNING_RATE:
      g_value_set_double (value, settings->training.min_rate);
      break;
    case PROP_DECAY:
      g_value_set_double (value, settings->training.decay);
      break;
    case PROP_SEED:
      g_value_set_uint64 (value, settings->training.seed);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

void
gst_snn_trainer_settings_init (GstSnnTrainerSettings *settings)
{
  *settings = (GstSnnTrainerSettings) {
    .resume = DEFAULT_RESUME,
    .network = DEFAULT_NETWORK,
    .width = DEFAULT_WIDTH,
    .depth = DEFAULT_DEPTH,
    .classes = DEFAULT_CLASSES,
  };
  snn_training_settings_init (&settings->training);
}

void
gst_snn_trainer_settings_clear (GstSnnTrainerSettings *settings)
{
  g_clear_pointer (&settings->location, g_free);
  g_clear_pointer (&settings->model, g_free);
  g_clear_pointer (&settings->checkpoint, g_free);
}

GstSnnTrainerSettings
gst_snn_trainer_settings_copy (const GstSnnTrainerSettings *settings)
{
  GstSnnTrainerSettings copy = *settings;

  copy.location = g_strdup (settings->location);
  copy.model = g_strdup (settings->model);
  copy.checkpoint = settings->checkpoint || !settings->location
      ? g_strdup (settings->checkpoint)
      : g_strconcat (settings->location, ".checkpoint", NULL);
  if (copy.checkpoint && !*copy.checkpoint)
    g_clear_pointer (&copy.checkpoint, g_free);
  return copy;
}

void
gst_snn_trainer_install_properties (GObjectClass *class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;
  SnnTrainingSettings defaults;

  snn_training_settings_init (&defaults);
  g_object_class_install_property (class, PROP_LOCATION,
      g_param_spec_string ("location", "Location",
          "File to write the trained network to, after every epoch and at the "
          "end: HDF5 in NIR's layout", NULL, flags));
  g_object_class_install_property (class, PROP_MODEL,
      g_param_spec_string ("model", "Initial model",
          "File of a network to start from, HDF5 in NIR's layout; unset: random "
          "weights", NULL, flags));
  g_object_class_install_property (class, PROP_CHECKPOINT_LOCATION,
      g_param_spec_string ("checkpoint-location", "Checkpoint location",
          "File that the state of the training is written to after every "
          "epoch; unset: location with \".checkpoint\" added, empty: none",
          NULL, flags));
  g_object_class_install_property (class, PROP_RESUME,
      g_param_spec_boolean ("resume", "Resume",
          "Go on from the checkpoint if there is one; its settings have to be "
          "the same", DEFAULT_RESUME, flags));
  g_object_class_install_property (class, PROP_NETWORK,
      g_param_spec_enum ("network", "Network",
          "Which network to make, where there is no initial model",
          GST_TYPE_SNN_ARCHITECTURE, DEFAULT_NETWORK, flags));
  g_object_class_install_property (class, PROP_WIDTH,
      g_param_spec_uint ("width", "Width",
          "Channels of a U-Net's first level, doubled at each pooling",
          1, 4096, DEFAULT_WIDTH, flags));
  g_object_class_install_property (class, PROP_DEPTH,
      g_param_spec_uint ("depth", "Depth",
          "Number of poolings of a U-Net", 1, 15, DEFAULT_DEPTH, flags));
  g_object_class_install_property (class, PROP_CLASSES,
      g_param_spec_uint ("classes", "Classes",
          "Output channels of the network: 1 for a mask", 1, 256,
          DEFAULT_CLASSES, flags));
  g_object_class_install_property (class, PROP_LOSS,
      g_param_spec_enum ("loss", "Loss", "What training minimises",
          GST_TYPE_SNN_LOSS, defaults.loss, flags));
  g_object_class_install_property (class, PROP_LEARNING_RATE,
      g_param_spec_double ("learning-rate", "Learning rate",
          "Adam's learning rate at the beginning", 0., 1.,
          defaults.learning_rate, flags));
  g_object_class_install_property (class, PROP_DROPOUT,
      g_param_spec_double ("dropout", "Dropout",
          "Probability that a neuron is dropped, drawn once for each sample "
          "and epoch", 0., 0.99, defaults.dropout, flags));
  g_object_class_install_property (class, PROP_PATIENCE,
      g_param_spec_uint ("patience", "Patience",
          "Epochs without a lower training loss that are waited out before "
          "the learning rate is lowered", 0, G_MAXUINT, defaults.patience,
          flags));
  g_object_class_install_property (class, PROP_FACTOR,
      g_param_spec_double ("factor", "Factor",
          "The learning rate is multiplied by this when it is lowered",
          0., 1., defaults.factor, flags));
  g_object_class_install_property (class, PROP_MIN_LEARNING_RATE,
      g_param_spec_double ("min-learning-rate", "Least learning rate",
          "The learning rate is not lowered below this", 0., 1.,
          defaults.min_rate, flags));
  g_object_class_install_property (class, PROP_DECAY,
      g_param_spec_double ("decay", "Decay",
          "The learning rate is multiplied by this after every epoch; 1: it "
          "stays", 0., 1., defaults.decay, flags));
  g_object_class_install_property (class, PROP_SEED,
      g_param_spec_uint64 ("seed", "Seed",
          "Seed of random weights and of dropout", 0, G_MAXUINT64,
          defaults.seed, flags));
}
