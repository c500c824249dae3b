/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-anntrainer
 * @title: anntrainer
 * @short_description: trains an analog network, stage 1
 * @see_also: anninference, snnconverter
 *
 * Trains an analog network (ReLU) on labelled samples by Adam, with average
 * pooling and without biases, so that it can be converted to a spiking one.
 * The predictions made on the way come out in place of the images: a dicesink
 * after it shows the Dice of the training. Samples that the source marks for
 * evaluation are predicted and not trained on.
 *
 * The model file is written after every epoch and at the end of the stream. A
 * checkpoint lies beside it: a run that was killed, started again with the
 * same settings, goes on after the last whole epoch and ends with the same
 * bits as one that was never interrupted. Neither threads nor the machine's
 * load change the result.
 *
 * While it trains it posts element messages "snn-progress" (epoch, epochs,
 * batch, batches, loss, dice, remaining seconds) and after each epoch
 * "snn-epoch" (epoch, epochs, loss, dice, learning-rate, seconds).
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m niftisrc location=images label-location=labels \
 *   subset=train epochs=25 shuffle=true ! voxelnormalize mode=zero-mean ! \
 *   anntrainer location=ann.nir width=16 ! fakesink
 * ]|
 */
#include "anntrainer.h"

#include <gst/snn/inference.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_ann_trainer_debug);
#define GST_CAT_DEFAULT gst_snn_ann_trainer_debug

struct _GstSnnAnnTrainer
{
  GstSnnTrainer parent_instance;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_PREDICTION_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnAnnTrainer, gst_snn_ann_trainer,
    GST_TYPE_SNN_TRAINER,
    GST_DEBUG_CATEGORY_INIT (gst_snn_ann_trainer_debug, "anntrainer", 0,
        "Training of analog networks"));
GST_ELEMENT_REGISTER_DEFINE (anntrainer, "anntrainer", GST_RANK_NONE,
    GST_TYPE_SNN_ANN_TRAINER);

static void
gst_snn_ann_trainer_configure (GstSnnTrainer *trainer,
    SnnTrainingSettings *training)
{
  GST_INFO_OBJECT (trainer, "batches of %u, learning rate %g, seed %"
      G_GUINT64_FORMAT, training->batch_size, training->learning_rate,
      training->seed);
}

static void
gst_snn_ann_trainer_class_init (GstSnnAnnTrainerClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);

  gst_element_class_set_static_metadata (element_class,
      "Analog network trainer", "Filter/Analyzer/Tensor",
      "Trains an analog network on labelled samples, and writes its model",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  GST_SNN_TRAINER_CLASS (class)->configure = gst_snn_ann_trainer_configure;
}

static void
gst_snn_ann_trainer_init (GstSnnAnnTrainer *self)
{
}
