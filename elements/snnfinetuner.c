/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-snnfinetuner
 * @title: snnfinetuner
 * @short_description: trains a spiking network, stage 3
 * @see_also: snnconverter, snninference, anntrainer
 *
 * Trains a spiking network of integrate-and-fire neurons (neuron=lif: leaky ones)
 * on labelled spike trains, by backpropagation through time with a surrogate for
 * the derivative of a spike, or (gradient=rate) by one backward pass of spikes
 * averaged over time, which is faster and good where there are many timesteps, or
 * (gradient=qcfs) by one pass of quantised rates. It starts from a converted
 * network (model) or, without one, from random weights, which is direct training.
 * Thresholds stay as they are. Spike trains have to come whole: chunk=0 on the
 * encoder.
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
#include <gst/snn/properties.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_finetuner_debug);
#define GST_CAT_DEFAULT gst_snn_finetuner_debug

typedef struct
{
  SnnGradient gradient;
  SnnSurrogate surrogate;
  double alpha;
  guint levels;
  double regularisation;
  double logit_gain;
  SnnReadout readout;
  GstSnnInitialMembrane initial_membrane;
  double threshold;
  SnnNeuronKind neuron;
  SnnReset reset;
  double leak;
} Settings;

struct _GstSnnFinetuner
{
  GstSnnTrainer parent_instance;

  Settings settings;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_CURRENT_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_PREDICTION_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnFinetuner, gst_snn_finetuner,
    GST_TYPE_SNN_TRAINER,
    GST_DEBUG_CATEGORY_INIT (gst_snn_finetuner_debug, "snnfinetuner", 0,
        "Spiking network trainer"));
GST_ELEMENT_REGISTER_DEFINE (snnfinetuner, "snnfinetuner", GST_RANK_NONE,
    GST_TYPE_SNN_FINETUNER);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_FINETUNER (object)->settings;
}

static void
init_defaults (gpointer data)
{
  Settings *settings = data;
  SnnTrainingSettings defaults;

  snn_training_settings_init (&defaults);
  settings->gradient = defaults.gradient;
  settings->surrogate = defaults.surrogate;
  settings->alpha = defaults.alpha;
  settings->levels = defaults.levels;
  settings->regularisation = defaults.regularisation;
  settings->logit_gain = defaults.logit_gain;
}

static const GstSnnProperty properties[] = {
  {"gradient", "Gradient",
      "How the gradient is made: bptt is right for any number of timesteps T "
      "and needed for few (T <= 8), but its backward pass takes T times as "
      "long as that of rate, which learns as well from about T = 32 on, or T "
      "= 16 at a low learning-rate; qcfs takes one pass without spikes both ways, "
      "and is for signed-if neurons and few timesteps; fptt updates the weights at "
      "each timestep, in memory that does not grow with T",
      GST_SNN_ENUM, GST_SNN_AT (Settings, gradient),
      .get_type = gst_snn_gradient_get_type, .core_default = TRUE},
  {"surrogate", "Surrogate",
      "What stands for the derivative of a spike by the membrane potential u "
      "in gradient=bptt and fptt; v is the threshold",
      GST_SNN_ENUM, GST_SNN_AT (Settings, surrogate),
      .get_type = gst_snn_surrogate_get_type, .core_default = TRUE},
  {"alpha", "Alpha",
      "alpha in the surrogate, of gradient=bptt and fptt",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, alpha), .max = 10.,
      .core_default = TRUE},
  {"levels", "Levels",
      "With gradient=qcfs: into how many steps a rate is quantised; 0: as many as "
      "there are timesteps",
      GST_SNN_UINT, GST_SNN_AT (Settings, levels), .max = 65536,
      .core_default = TRUE},
  {"regularisation", "Regularisation",
      "With gradient=fptt: how strongly an update is held to the mean of those before "
      "it, alpha in Kag and Saligrama 2021",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, regularisation), .min = 1e-6,
      .max = 1e6, .core_default = TRUE},
  {"logit-gain", "Logit gain",
      "The readout is multiplied by this before the loss",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, logit_gain), .min = 1e-3,
      .max = 1e3, .core_default = TRUE},
  {"readout", "Readout",
      "How the output's potential becomes a logit; of a network with random "
      "weights, as an initial model has its own",
      GST_SNN_ENUM, GST_SNN_AT (Settings, readout),
      .get_type = gst_snn_readout_get_type, .fallback = SNN_READOUT_MEAN},
  {"initial-membrane", "Initial membrane",
      "Membrane potential at a sample's first timestep; of a network with "
      "random weights, as an initial model has its own",
      GST_SNN_ENUM, GST_SNN_AT (Settings, initial_membrane),
      .get_type = gst_snn_initial_membrane_get_type,
      .fallback = GST_SNN_INITIAL_MEMBRANE_ZERO},
  {"threshold", "Threshold",
      "Membrane potential above which a neuron spikes; of a network with "
      "random weights, as an initial model has its own",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, threshold), .min = 1e-6, .max = 1e6,
      .fallback = 1.},
  {"neuron", "Neuron",
      "Neurons of the network; another kind than the initial model's takes "
      "their place, with the same thresholds",
      GST_SNN_ENUM, GST_SNN_AT (Settings, neuron),
      .get_type = gst_snn_neuron_get_type, .fallback = SNN_NEURON_AUTO},
  {"reset", "Reset",
      "What becomes of the membrane potential of a neuron that spikes (neuron=if "
      "and lif); zero is what NIR describes and simple hardware has, and converted "
      "rates are no longer right with it until they are fine-tuned",
      GST_SNN_ENUM, GST_SNN_AT (Settings, reset),
      .get_type = gst_snn_reset_get_type, .fallback = SNN_RESET_AUTO},
  {"leak", "Leak",
      "With neuron=lif: share of the membrane potential that is left from one "
      "timestep to the next; 1 is neuron=if",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, leak), .min = 0.001, .max = 1.,
      .fallback = 0.9},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, init_defaults);

static Settings
get_settings (GstSnnTrainer *trainer)
{
  Settings settings;

  gst_snn_properties_copy (trainer, &property_table, &settings);
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
  training->levels = settings.levels;
  training->regularisation = settings.regularisation;
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

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = (float) settings.threshold;
  }
  return network;
}

static gboolean
gst_snn_finetuner_adapt (GstSnnTrainer *trainer, SnnNetwork *network,
    GError **error)
{
  const Settings settings = get_settings (trainer);

  GST_DEBUG_OBJECT (trainer, "neurons: %s, leak %g, reset %s",
      snn_neuron_kind_name (settings.neuron)->nick, settings.leak,
      snn_reset_name (settings.reset)->nick);
  snn_network_set_neurons (network, settings.neuron, settings.leak);
  return snn_network_set_reset (network, settings.reset, error);
}

static void
gst_snn_finetuner_class_init (GstSnnFinetunerClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnTrainerClass *trainer_class = GST_SNN_TRAINER_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Spiking network trainer", "Filter/Analyzer/Tensor",
      "Trains a spiking network on labelled spike trains by surrogate "
      "gradients, and writes its model",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  trainer_class->spiking = TRUE;
  trainer_class->configure = gst_snn_finetuner_configure;
  trainer_class->prepare = gst_snn_finetuner_prepare;
  trainer_class->adapt = gst_snn_finetuner_adapt;
}

static void
gst_snn_finetuner_init (GstSnnFinetuner *self)
{
  gst_snn_properties_init (self, &property_table);
}
