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
 * (#GstAccuracySink:location; docs/formats.md) and an element message
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

#include <string.h>

#include "base/samplemeta.h"
#include "base/tensors.h"
#include "core/accuracy.h"
#include "core/atomic-file.h"
#include "core/error.h"

GST_DEBUG_CATEGORY_STATIC (gst_accuracy_sink_debug);
#define GST_CAT_DEFAULT gst_accuracy_sink_debug

typedef struct
{
  GstSnnTensors tensors;
  SnnAccuracy *accuracy;
  GstBuffer *held;              /* counts unless its sample goes on */
  gchar *location;              /* the setting of this stream */
  gboolean measured;
} State;

struct _GstAccuracySink
{
  GstBaseSink parent_instance;

  gchar *location;              /* setting */
  guint64 samples;              /* of the last finished pass */
  double last;
  State state;
};

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_SAMPLES,
  PROP_ACCURACY,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstAccuracySink, gst_accuracy_sink,
    GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT (gst_accuracy_sink_debug, "accuracysink", 0,
        "Accuracy of classifications"));
GST_ELEMENT_REGISTER_DEFINE (accuracysink, "accuracysink", GST_RANK_NONE,
    GST_TYPE_ACCURACY_SINK);

static void
gst_accuracy_sink_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec)
{
  GstAccuracySink *self = GST_ACCURACY_SINK (object);

  switch (id) {
    case PROP_LOCATION:
      GST_OBJECT_LOCK (self);
      g_free (self->location);
      self->location = g_value_dup_string (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_accuracy_sink_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstAccuracySink *self = GST_ACCURACY_SINK (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LOCATION:
      g_value_set_string (value, self->location);
      break;
    case PROP_SAMPLES:
      g_value_set_uint64 (value, self->samples);
      break;
    case PROP_ACCURACY:
      g_value_set_double (value, self->last);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_accuracy_sink_stop (GstBaseSink *sink)
{
  State *state = &GST_ACCURACY_SINK (sink)->state;

  gst_clear_buffer (&state->held);
  g_clear_pointer (&state->accuracy, snn_accuracy_free);
  g_free (state->location);
  *state = (State) { 0, };
  return TRUE;
}

/* A report that can't be written is better known before a day of training
 * than after it. */
static gboolean
gst_accuracy_sink_start (GstBaseSink *sink)
{
  GstAccuracySink *self = GST_ACCURACY_SINK (sink);
  State *state = &self->state;
  g_autofree gchar *folder = NULL;

  GST_OBJECT_LOCK (self);
  state->location = g_strdup (self->location);
  self->samples = 0;
  self->last = 0.;
  GST_OBJECT_UNLOCK (self);
  state->accuracy = snn_accuracy_new ();
  if (!state->location)
    return TRUE;
  folder = g_path_get_dirname (state->location);
  if (g_file_test (folder, G_FILE_TEST_IS_DIR)
      && !g_file_test (state->location, G_FILE_TEST_IS_DIR))
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE,
      ("Can't write a report to %s: a file was expected, in a folder that "
          "exists", state->location), (NULL));
  gst_accuracy_sink_stop (sink);
  return FALSE;
}

static void
post_summary (GstAccuracySink *self, const SnnAccuracyPass *pass)
{
  double accuracy = (double) pass->right / (double) pass->n;

  GST_INFO_OBJECT (self, "epoch %u: accuracy %g of %" G_GUINT64_FORMAT
      " samples", pass->epoch, accuracy, pass->n);
  GST_OBJECT_LOCK (self);
  self->samples = pass->n;
  self->last = accuracy;
  GST_OBJECT_UNLOCK (self);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("accuracy-summary",
              "epoch", G_TYPE_UINT, pass->epoch,
              "evaluate", G_TYPE_BOOLEAN, pass->evaluate,
              "n", G_TYPE_UINT64, pass->n,
              "accuracy", G_TYPE_DOUBLE, accuracy, NULL)));
}

static gboolean
end_pass (GstAccuracySink *self)
{
  State *state = &self->state;
  const SnnAccuracyPass *pass = snn_accuracy_finish (state->accuracy);
  g_autofree gchar *text = NULL;
  GError *error = NULL;

  if (!pass)
    return TRUE;
  state->measured = TRUE;
  post_summary (self, pass);
  if (!state->location)
    return TRUE;
  text = snn_accuracy_to_json (state->accuracy);
  if (snn_file_write (state->location, text, strlen (text), &error))
    return TRUE;
  gst_snn_element_error (GST_ELEMENT (self), error);
  return FALSE;
}

/* Makes the pass that a sample or an event belongs to the open one. */
static gboolean
enter_pass (GstAccuracySink *self, guint epoch, gboolean evaluate)
{
  gboolean open_evaluate;
  guint open_epoch;

  snn_accuracy_pass (self->state.accuracy, &open_epoch, &open_evaluate);
  if (open_epoch == epoch && !open_evaluate == !evaluate)
    return TRUE;
  if (!end_pass (self))
    return FALSE;
  snn_accuracy_begin (self->state.accuracy, epoch, evaluate);
  return TRUE;
}

static gboolean
count_buffer (GstAccuracySink *self, GstBuffer *buffer)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  GstMemory *memory[2] = { gst_buffer_peek_memory (buffer, 0),
    gst_buffer_peek_memory (buffer, 1)
  };
  GError *error = NULL;
  GstMapInfo probability, label;
  gboolean counted;

  if (meta && !enter_pass (self, meta->epoch,
          meta->flags & GST_SNN_SAMPLE_EVALUATE))
    return FALSE;
  if (!gst_memory_map (memory[0], &probability, GST_MAP_READ))
    goto unreadable;
  if (!gst_memory_map (memory[1], &label, GST_MAP_READ)) {
    gst_memory_unmap (memory[0], &probability);
    goto unreadable;
  }
  counted = snn_accuracy_add (self->state.accuracy,
      (const float *) probability.data,
      (guint) self->state.tensors.tensor[0].channels, label.data[0], &error);
  gst_memory_unmap (memory[1], &label);
  gst_memory_unmap (memory[0], &probability);
  if (!counted)
    gst_snn_element_error (GST_ELEMENT (self), error);
  return counted;

unreadable:
  GST_ELEMENT_ERROR (self, RESOURCE, READ,
      ("A prediction's memory can't be read"), (NULL));
  return FALSE;
}

static gboolean
count_held (GstAccuracySink *self)
{
  g_autoptr (GstBuffer) held = g_steal_pointer (&self->state.held);

  return !held || count_buffer (self, held);
}

/* Whether the buffers are of one sample, chunk after chunk. */
static gboolean
same_sample (GstBuffer *a, GstBuffer *b)
{
  const GstSnnSampleMeta *x = gst_buffer_get_snn_sample_meta (a);
  const GstSnnSampleMeta *y = gst_buffer_get_snn_sample_meta (b);
  const guint evaluate = GST_SNN_SAMPLE_EVALUATE;

  return x && y && x->sample == y->sample && x->epoch == y->epoch
      && (x->flags & evaluate) == (y->flags & evaluate);
}

static GstFlowReturn
gst_accuracy_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstAccuracySink *self = GST_ACCURACY_SINK (sink);
  State *state = &self->state;
  GError *error = NULL;

  if (!gst_snn_tensors_check_buffer (&state->tensors, buffer, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return GST_FLOW_ERROR;
  }
  if (state->held && same_sample (state->held, buffer))
    gst_clear_buffer (&state->held);
  if (!count_held (self))
    return GST_FLOW_ERROR;
  state->held = gst_buffer_ref (buffer);
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER)
      && !count_held (self))
    return GST_FLOW_ERROR;
  return GST_FLOW_OK;
}

static gboolean
refuse_caps (GstAccuracySink *self, const GstCaps *caps, const gchar *why)
{
  GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
      ("accuracysink compares predicted with true classes: %s", why),
      ("caps are %" GST_PTR_FORMAT, caps));
  return FALSE;
}

static gboolean
gst_accuracy_sink_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  GstAccuracySink *self = GST_ACCURACY_SINK (sink);
  const GstSnnTensor *p, *t;
  GstSnnTensors tensors;
  GError *error = NULL;

  if (!count_held (self))
    return FALSE;
  if (!gst_snn_tensors_from_caps (&tensors, caps, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return FALSE;
  }
  p = &tensors.tensor[0];
  t = &tensors.tensor[1];
  if (tensors.n_tensors < 2)
    return refuse_caps (self, caps, "the stream has no label");
  if (p->type != SNN_VALUE_FLOAT32 || p->timesteps != 1 || p->channels < 2
      || p->width != 1 || p->height != 1 || p->depth != 1)
    return refuse_caps (self, caps, "memory 0 is not a float32 probability for "
        "each of several classes, as a classifier's prediction is");
  if (t->type != SNN_VALUE_UINT8 || t->width != 1 || t->height != 1
      || t->depth != 1 || t->channels != 1 || t->timesteps != 1)
    return refuse_caps (self, caps, "memory 1 is not one uint8, a class");
  self->state.tensors = tensors;
  return TRUE;
}

static gboolean
handle_epoch (GstAccuracySink *self, const GstSnnEpoch *epoch, gboolean end)
{
  if (!count_held (self)
      || !enter_pass (self, epoch->epoch, epoch->evaluate))
    return FALSE;
  return !end || end_pass (self);
}

static gboolean
handle_eos (GstAccuracySink *self)
{
  if (!count_held (self) || !end_pass (self))
    return FALSE;
  if (!self->state.measured)
    GST_ELEMENT_WARNING (self, STREAM, FAILED,
        ("The stream ended without a prediction to measure; no report is "
            "written"), (NULL));
  return TRUE;
}

static gboolean
gst_accuracy_sink_event (GstBaseSink *sink, GstEvent *event)
{
  GstAccuracySink *self = GST_ACCURACY_SINK (sink);
  GstSnnEpoch epoch;
  gboolean end, done = TRUE;
  guint open_epoch;
  gboolean open_evaluate;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_EOS:
      done = handle_eos (self);
      break;
    case GST_EVENT_FLUSH_STOP:
      gst_clear_buffer (&self->state.held);
      snn_accuracy_pass (self->state.accuracy, &open_epoch, &open_evaluate);
      snn_accuracy_begin (self->state.accuracy, open_epoch, open_evaluate);
      break;
    default:
      if (gst_snn_event_parse_epoch (event, &epoch, &end))
        done = handle_epoch (self, &epoch, end);
      break;
  }
  if (!done) {
    gst_event_unref (event);
    return FALSE;
  }
  return GST_BASE_SINK_CLASS (gst_accuracy_sink_parent_class)->event (sink,
      event);
}

static void
gst_accuracy_sink_finalize (GObject *object)
{
  g_free (GST_ACCURACY_SINK (object)->location);
  G_OBJECT_CLASS (gst_accuracy_sink_parent_class)->finalize (object);
}

static void
gst_accuracy_sink_class_init (GstAccuracySinkClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (class);

  object_class->set_property = gst_accuracy_sink_set_property;
  object_class->get_property = gst_accuracy_sink_get_property;
  object_class->finalize = gst_accuracy_sink_finalize;
  g_object_class_install_property (object_class, PROP_LOCATION,
      g_param_spec_string ("location", "Location",
          "JSON file that the report is written to at the end of every pass; "
          "written aside and renamed", NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (object_class, PROP_SAMPLES,
      g_param_spec_uint64 ("samples", "Samples",
          "Number of samples in the last finished pass", 0, G_MAXUINT64, 0,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object_class, PROP_ACCURACY,
      g_param_spec_double ("accuracy", "Accuracy",
          "Share of the samples of the last finished pass that were classified "
          "rightly", 0., 1., 0., G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  sink_class->start = gst_accuracy_sink_start;
  sink_class->stop = gst_accuracy_sink_stop;
  sink_class->set_caps = gst_accuracy_sink_set_caps;
  sink_class->event = gst_accuracy_sink_event;
  sink_class->render = gst_accuracy_sink_render;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class,
      "Accuracy of classifications", "Sink/Analyzer",
      "Measures how many samples are classified rightly",
      "gst-snn developers <developers@gst-snn.invalid>");
}

static void
gst_accuracy_sink_init (GstAccuracySink *self)
{
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
}
