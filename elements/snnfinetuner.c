/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-snnfinetuner
 * @title: snnfinetuner
 * @short_description: trains a spiking network, stage 3
 * @see_also: snnconverter, snninference, anntrainer
 *
 * Trains a spiking network of integrate-and-fire neurons on labelled spike
 * trains, by backpropagation through time with a surrogate for the derivative
 * of a spike, or (gradient=rate) by one backward pass of spikes averaged over
 * time, which is faster and good where there are many timesteps. It starts from
 * a converted network (model) or, without one, from random weights, which is
 * direct training. Thresholds stay as they are. Spike trains have to come
 * whole: chunk=0 on the encoder.
 *
 * Checkpoints, evaluation and messages are those of anntrainer; "snn-epoch"
 * has the firing rates of the layers besides.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m niftisrc location=images label-location=labels \
 *   subset=train epochs=5 shuffle=true ! voxelnormalize mode=zero-mean ! \
 *   poissonencoder timesteps=50 ! \
 *   snnfinetuner model=converted.nir location=snn.nir ! fakesink
 * ]|
 */
#include "snnfinetuner.h"

#include <gst/snn/enums.h>
#include <gst/snn/inference.h>

#define DEFAULT_READOUT SNN_READOUT_MEAN
#define DEFAULT_INITIAL_MEMBRANE GST_SNN_INITIAL_MEMBRANE_ZERO
#define DEFAULT_THRESHOLD 1.

typedef struct
{
  SnnGradient gradient;
  SnnSurrogate surrogate;
  double alpha;
  double logit_gain;
  SnnReadout readout;
  GstSnnInitialMembrane initial_membrane;
  double threshold;
} Settings;

struct _GstSnnFinetuner
{
  GstSnnTrainer parent_instance;

  Settings settings;
};

enum
{
  PROP_0,
  PROP_GRADIENT,
  PROP_SURROGATE,
  PROP_ALPHA,
  PROP_LOGIT_GAIN,
  PROP_READOUT,
  PROP_INITIAL_MEMBRANE,
  PROP_THRESHOLD,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_CURRENT_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_PREDICTION_CAPS));

G_DEFINE_FINAL_TYPE (GstSnnFinetuner, gst_snn_finetuner,
    GST_TYPE_SNN_TRAINER);
GST_ELEMENT_REGISTER_DEFINE (snnfinetuner, "snnfinetuner", GST_RANK_NONE,
    GST_TYPE_SNN_FINETUNER);

static void
gst_snn_finetuner_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec)
{
  Settings *settings = &GST_SNN_FINETUNER (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_GRADIENT:
      settings->gradient = g_value_get_enum (value);
      break;
    case PROP_SURROGATE:
      settings->surrogate = g_value_get_enum (value);
      break;
    case PROP_ALPHA:
      settings->alpha = g_value_get_double (value);
      break;
    case PROP_LOGIT_GAIN:
      settings->logit_gain = g_value_get_double (value);
      break;
    case PROP_READOUT:
      settings->readout = g_value_get_enum (value);
      break;
    case PROP_INITIAL_MEMBRANE:
      settings->initial_membrane = g_value_get_enum (value);
      break;
    case PROP_THRESHOLD:
      settings->threshold = g_value_get_double (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (object);
}

static void
gst_snn_finetuner_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  Settings *settings = &GST_SNN_FINETUNER (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_GRADIENT:
      g_value_set_enum (value, settings->gradient);
      break;
    case PROP_SURROGATE:
      g_value_set_enum (value, settings->surrogate);
      break;
    case PROP_ALPHA:
      g_value_set_double (value, settings->alpha);
      break;
    case PROP_LOGIT_GAIN:
      g_value_set_double (value, settings->logit_gain);
      break;
    case PROP_READOUT:
      g_value_set_enum (value, settings->readout);
      break;
    case PROP_INITIAL_MEMBRANE:
      g_value_set_enum (value, settings->initial_membrane);
      break;
    case PROP_THRESHOLD:
      g_value_set_double (value, settings->threshold);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (object);
}

static Settings
get_settings (GstSnnTrainer *trainer)
{
  GstSnnFinetuner *self = GST_SNN_FINETUNER (trainer);
  Settings settings;

  GST_OBJECT_LOCK (self);
  settings = self->settings;
  GST_OBJECT_UNLOCK (self);
  return settings;
}

static void
gst_snn_finetuner_configure (GstSnnTrainer *trainer,
    SnnTrainingSettings *training)
{
  const Settings settings = get_settings (trainer);

  training->gradient = settings.gradient;
  training->surrogate = settings.surrogate;
  training->alpha = settings.alpha;
  training->logit_gain = settings.logit_gain;
}

static SnnNetwork *
gst_snn_finetuner_prepare (GstSnnTrainer *trainer, SnnNetwork *ann)
{
  const Settings settings = get_settings (trainer);
  SnnNetwork *network = snn_network_to_spiking (ann);

  snn_network_unref (ann);
  network->readout = settings.readout;
  network->initial_membrane =
      gst_snn_initial_membrane_fraction (settings.initial_membrane);
  for (guint i = 0; i < network->nodes->len; i++) {
    SnnNode *node = snn_network_node (network, i);

    for (guint c = 0; node->type == SNN_NODE_IF && c < node->out.channels; c++)
      node->threshold[c] = (float) settings.threshold;
  }
  return network;
}

static void
gst_snn_finetuner_class_init (GstSnnFinetunerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnTrainerClass *trainer_class = GST_SNN_TRAINER_CLASS (class);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;
  SnnTrainingSettings defaults;

  snn_training_settings_init (&defaults);
  object_class->set_property = gst_snn_finetuner_set_property;
  object_class->get_property = gst_snn_finetuner_get_property;
  g_object_class_install_property (object_class, PROP_GRADIENT,
      g_param_spec_enum ("gradient", "Gradient",
          "How the gradient is made: bptt is right for any number of "
          "timesteps T and needed for few (T <= 8), but its backward pass "
          "takes T times as long as that of rate, which learns as well from "
          "about T = 32 on, or T = 16 at a low learning-rate",
          GST_TYPE_SNN_GRADIENT, defaults.gradient, flags));
  g_object_class_install_property (object_class, PROP_SURROGATE,
      g_param_spec_enum ("surrogate", "Surrogate",
          "What stands for the derivative of a spike by the membrane "
          "potential u in gradient=bptt; v is the threshold",
          GST_TYPE_SNN_SURROGATE,
          defaults.surrogate, flags));
  g_object_class_install_property (object_class, PROP_ALPHA,
      g_param_spec_double ("alpha", "Alpha",
          "alpha in the surrogate, of gradient=bptt", 0., 10.,
          defaults.alpha, flags));
  g_object_class_install_property (object_class, PROP_LOGIT_GAIN,
      g_param_spec_double ("logit-gain", "Logit gain",
          "The readout is multiplied by this before the loss", 1e-3, 1e3,
          defaults.logit_gain, flags));
  g_object_class_install_property (object_class, PROP_READOUT,
      g_param_spec_enum ("readout", "Readout",
          "How the output's potential becomes a logit; of a network with "
          "random weights, as an initial model has its own",
          GST_TYPE_SNN_READOUT, DEFAULT_READOUT, flags));
  g_object_class_install_property (object_class, PROP_INITIAL_MEMBRANE,
      g_param_spec_enum ("initial-membrane", "Initial membrane",
          "Membrane potential at a sample's first timestep; of a network with "
          "random weights, as an initial model has its own",
          GST_TYPE_SNN_INITIAL_MEMBRANE, DEFAULT_INITIAL_MEMBRANE, flags));
  g_object_class_install_property (object_class, PROP_THRESHOLD,
      g_param_spec_double ("threshold", "Threshold",
          "Membrane potential above which a neuron spikes; of a network with "
          "random weights, as an initial model has its own", 1e-6, 1e6,
          DEFAULT_THRESHOLD, flags));

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Spiking network trainer", "Filter/Analyzer/Tensor",
      "Trains a spiking network on labelled spike trains by surrogate "
      "gradients, and writes its model",
      "gst-snn developers <developers@gst-snn.invalid>");

  trainer_class->spiking = TRUE;
  trainer_class->configure = gst_snn_finetuner_configure;
  trainer_class->prepare = gst_snn_finetuner_prepare;
}

static void
gst_snn_finetuner_init (GstSnnFinetuner *self)
{
  SnnTrainingSettings defaults;

  snn_training_settings_init (&defaults);
  self->settings = (Settings) {
    .gradient = defaults.gradient,
    .surrogate = defaults.surrogate,
    .alpha = defaults.alpha,
    .logit_gain = defaults.logit_gain,
    .readout = DEFAULT_READOUT,
    .initial_membrane = DEFAULT_INITIAL_MEMBRANE,
    .threshold = DEFAULT_THRESHOLD,
  };
}
