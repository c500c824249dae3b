/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-accuracysink
 * @title: accuracysink
 * @short_description: measures how many samples are classified rightly
 * @see_also: cifarsrc, dicesink
 *
 * Takes labelled predictions of a classifier, a probability for each class,
 * and counts those whose likeliest class is the true one.
 *
 * A pass is an epoch's training or evaluation samples, or all that comes
 * before EOS. At the end of every pass the report is written
 * (#GstSnnAccuracySink:location; docs/formats.md) and an element message
 * "accuracy-summary" posted, with `epoch` (uint), `evaluate` (boolean), `n`
 * (uint64), `accuracy` (double). Where a network sends a prediction for every
 * chunk of a sample, the last one counts.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m cifarsrc location=cifar-10-batches-bin subset=test ! \
 *   voxelnormalize mode=zero-mean minimum=0 maximum=1 ! \
 *   anninference model=ann.nir ! accuracysink location=report.json
 * ]|
 */
#include "accuracysink.h"

#include <gst/snn/properties.h>
#include <snn/measure/accuracy.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_accuracy_sink_debug);
#define GST_CAT_DEFAULT gst_snn_accuracy_sink_debug

/* Of the last finished pass, readable as properties. */
typedef struct
{
  guint64 samples;
  double accuracy;
} Values;

struct _GstSnnAccuracySink
{
  GstSnnMeasureSink parent_instance;

  Values values;
  SnnAccuracy *accuracy;        /* while started */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnAccuracySink, gst_snn_accuracy_sink,
    GST_TYPE_SNN_MEASURE_SINK,
    GST_DEBUG_CATEGORY_INIT (gst_snn_accuracy_sink_debug, "accuracysink", 0,
        "Accuracy of classifications"));
GST_ELEMENT_REGISTER_DEFINE (accuracysink, "accuracysink", GST_RANK_NONE,
    GST_TYPE_SNN_ACCURACY_SINK);

static gpointer
values_of (gpointer object)
{
  return &GST_SNN_ACCURACY_SINK (object)->values;
}

static const GstSnnProperty properties[] = {
  {"samples", "Samples",
      "Number of samples in the last finished pass",
      GST_SNN_UINT64, GST_SNN_AT (Values, samples), .read_only = TRUE},
  {"accuracy", "Accuracy",
      "Share of the samples of the last finished pass that were classified "
      "rightly",
      GST_SNN_DOUBLE, GST_SNN_AT (Values, accuracy), .max = 1.,
      .read_only = TRUE},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Values, values_of, NULL);

static gboolean
gst_snn_accuracy_sink_start (GstSnnMeasureSink *sink)
{
  GstSnnAccuracySink *self = GST_SNN_ACCURACY_SINK (sink);

  GST_OBJECT_LOCK (self);
  self->values = (Values) { 0 };
  GST_OBJECT_UNLOCK (self);
  self->accuracy = snn_accuracy_new ();
  return TRUE;
}

static void
gst_snn_accuracy_sink_stop (GstSnnMeasureSink *sink)
{
  g_clear_pointer (&GST_SNN_ACCURACY_SINK (sink)->accuracy, snn_accuracy_free);
}

static void
gst_snn_accuracy_sink_begin_pass (GstSnnMeasureSink *sink, guint epoch,
    gboolean evaluate)
{
  snn_accuracy_begin (GST_SNN_ACCURACY_SINK (sink)->accuracy, epoch, evaluate);
}

static gboolean
gst_snn_accuracy_sink_end_pass (GstSnnMeasureSink *sink)
{
  GstSnnAccuracySink *self = GST_SNN_ACCURACY_SINK (sink);
  const SnnAccuracyPass *pass = snn_accuracy_finish (self->accuracy);
  double accuracy;

  if (!pass)
    return FALSE;
  accuracy = (double) pass->right / (double) pass->n;
  GST_INFO_OBJECT (self, "epoch %u: accuracy %g of %" G_GUINT64_FORMAT
      " samples", pass->epoch, accuracy, pass->n);
  GST_OBJECT_LOCK (self);
  self->values = (Values) { pass->n, accuracy };
  GST_OBJECT_UNLOCK (self);
  gst_snn_properties_notify (self, &property_table);
  gst_snn_measure_sink_post (sink, gst_structure_new ("accuracy-summary",
          "n", G_TYPE_UINT64, pass->n,
          "accuracy", G_TYPE_DOUBLE, accuracy, NULL));
  return TRUE;
}

static gchar *
gst_snn_accuracy_sink_report (GstSnnMeasureSink *sink)
{
  return snn_accuracy_to_json (GST_SNN_ACCURACY_SINK (sink)->accuracy);
}

static gboolean
gst_snn_accuracy_sink_count (GstSnnMeasureSink *sink,
    const GstSnnMeasurement *measurement, GError **error)
{
  return snn_accuracy_add (GST_SNN_ACCURACY_SINK (sink)->accuracy,
      measurement->prediction,
      gst_snn_measure_sink_tensors (sink)->tensor[0].channels,
      measurement->label[0], error);
}

static gboolean
gst_snn_accuracy_sink_same_sample (const GstSnnSampleMeta *a,
    const GstSnnSampleMeta *b)
{
  return a->sample == b->sample;
}

static const gchar *
gst_snn_accuracy_sink_refusal (GstSnnMeasureSink *sink,
    const GstSnnTensors *tensors)
{
  const GstSnnTensor *p = &tensors->tensor[0], *t = &tensors->tensor[1];

  if (p->type != SNN_VALUE_FLOAT32 || p->timesteps != 1 || p->channels < 2
      || p->width != 1 || p->height != 1 || p->depth != 1)
    return "memory 0 is not a float32 probability for each of several classes, "
        "as a classifier's prediction is";
  if (t->type != SNN_VALUE_UINT8 || t->width != 1 || t->height != 1
      || t->depth != 1 || t->channels != 1 || t->timesteps != 1)
    return "memory 1 is not one uint8, a class";
  return NULL;
}

static void
gst_snn_accuracy_sink_class_init (GstSnnAccuracySinkClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnMeasureSinkClass *sink_class = GST_SNN_MEASURE_SINK_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Accuracy sink", "Sink/Analyzer/Tensor",
      "Measures how many samples are classified rightly",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  sink_class->start = gst_snn_accuracy_sink_start;
  sink_class->stop = gst_snn_accuracy_sink_stop;
  sink_class->refusal = gst_snn_accuracy_sink_refusal;
  sink_class->same_sample = gst_snn_accuracy_sink_same_sample;
  sink_class->begin_pass = gst_snn_accuracy_sink_begin_pass;
  sink_class->end_pass = gst_snn_accuracy_sink_end_pass;
  sink_class->count = gst_snn_accuracy_sink_count;
  sink_class->report = gst_snn_accuracy_sink_report;
}

static void
gst_snn_accuracy_sink_init (GstSnnAccuracySink *self)
{
  gst_snn_properties_init (self, &property_table);
}
