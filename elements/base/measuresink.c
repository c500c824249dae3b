/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measuresink.h"

#include <string.h>

#include <snn/base/atomic-file.h>
#include <snn/base/lock-file.h>
#include <snn/measure/report.h>
#include "lifecycle.h"
#include "model.h"
#include "properties.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_measure_sink_debug);
#define GST_CAT_DEFAULT gst_snn_measure_sink_debug

typedef struct
{
  gchar *location;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  GstSnnTensors tensors;
  GstSnnFacts facts;
  GstBuffer *held;              /* counts unless its sample goes on */
  guint chunk;                  /* of the last buffer, in its sample */
  guint epoch;                  /* of the open pass */
  gboolean evaluate;
  gboolean measured;
  guint n_begun;                /* phases that have begun and not ended, one a
                                 * source; 0 as well without such events */
  gboolean started;             /* an epoch has begun, or a sample has come */
  guint first_epoch;            /* of this stream: not 0 where a run goes on */
  GPtrArray *locks;             /* of all that is written, or NULL */
  GPtrArray *claimed;           /* the same files, until they are checked with
                                 * the first sample, or NULL */
  gchar *earlier;               /* what the run before has reported, or NULL */
} State;

typedef struct
{
  Settings settings;
  State state;
} GstSnnMeasureSinkPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstSnnMeasureSink, gst_snn_measure_sink,
    GST_TYPE_BASE_SINK, G_ADD_PRIVATE (GstSnnMeasureSink)
    GST_DEBUG_CATEGORY_INIT (gst_snn_measure_sink_debug, "measuresink", 0,
        "Base of sinks that measure predictions"));

static GstSnnMeasureSinkPrivate *
get_private (gpointer self)
{
  return gst_snn_measure_sink_get_instance_private (GST_SNN_MEASURE_SINK
      (self));
}

static State *
get_state (GstSnnMeasureSink *self)
{
  return &get_private (self)->state;
}

const GstSnnTensors *
gst_snn_measure_sink_tensors (GstSnnMeasureSink *self)
{
  return &get_state (self)->tensors;
}

static gpointer
settings_of (gpointer object)
{
  return &get_private (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"location", "Location",
      "JSON file that the report is written to at the end of every pass; "
      "written aside and renamed",
      GST_SNN_STRING, GST_SNN_AT (Settings, location)},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

gboolean
gst_snn_measure_sink_claim_file (GstSnnMeasureSink *self, const gchar *location)
{
  State *state = get_state (self);
  GError *error = NULL;

  if (!location)
    return TRUE;
  if (gst_snn_file_check (location, &error)
      && snn_lock_file_hold (&state->locks, location, &error)) {
    if (!state->claimed)
      state->claimed = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (state->claimed, g_strdup (location));
    return TRUE;
  }
  gst_snn_element_error (GST_ELEMENT (self), error);
  return FALSE;
}

/* Sinks start before what is ahead of them has said what it reads, which it has
 * as the first sample comes. */
static gboolean
check_claimed (GstSnnMeasureSink *self)
{
  g_autoptr (GPtrArray) claimed = g_steal_pointer (&get_state (self)->claimed);
  GError *error = NULL;

  for (guint i = 0; claimed && i < claimed->len; i++)
    if (!gst_snn_file_check (claimed->pdata[i], &error)) {
      gst_snn_element_error (GST_ELEMENT (self), error);
      return FALSE;
    }
  return TRUE;
}

static gboolean
stop (GstElement *element)
{
  GstSnnMeasureSink *self = GST_SNN_MEASURE_SINK (element);
  State *state = get_state (self);

  GST_SNN_MEASURE_SINK_GET_CLASS (self)->stop (self);
  gst_clear_buffer (&state->held);
  g_free (state->earlier);
  g_clear_pointer (&state->locks, g_ptr_array_unref);
  g_clear_pointer (&state->claimed, g_ptr_array_unref);
  gst_snn_properties_clear (&property_table, &state->settings);
  *state = (State) { 0 };
  return TRUE;
}

static gboolean
start (GstElement *element)
{
  GstSnnMeasureSink *self = GST_SNN_MEASURE_SINK (element);
  Settings *settings = &get_state (self)->settings;

  if (gst_snn_properties_start (self, &property_table, settings)
      && GST_SNN_MEASURE_SINK_GET_CLASS (self)->start (self)
      && gst_snn_measure_sink_claim_file (self, settings->location))
    return TRUE;
  stop (element);
  return FALSE;
}

static GstStateChangeReturn
gst_snn_measure_sink_change_state (GstElement *element,
    GstStateChange transition)
{
  return gst_snn_sink_change_state (element, transition,
      gst_snn_measure_sink_parent_class, start, stop);
}

void
gst_snn_measure_sink_post (GstSnnMeasureSink *self, GstStructure *structure)
{
  const State *state = get_state (self);

  gst_structure_set (structure, "epoch", G_TYPE_UINT, state->epoch,
      "evaluate", G_TYPE_BOOLEAN, state->evaluate, NULL);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}

/* A report of a whole pass is worth more than one of a part. */
static gboolean
spare_report (GstSnnMeasureSink *self, gboolean whole)
{
  const gchar *location = get_state (self)->settings.location;

  if (whole || !location || !snn_report_is_whole (location))
    return FALSE;
  GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
      ("The stream ended in the middle of a pass; %s, a report of whole ones, is "
          "not replaced", location), (NULL));
  return TRUE;
}

static gboolean
write_reports (GstSnnMeasureSink *self, gboolean whole, GError **error)
{
  GstSnnMeasureSinkClass *class = GST_SNN_MEASURE_SINK_GET_CLASS (self);
  const State *state = get_state (self);

  if (spare_report (self, whole))
    return TRUE;
  if (state->settings.location) {
    g_autofree gchar *own = class->report (self);
    g_autofree gchar *text = state->earlier
        ? snn_report_continue (own, state->earlier, state->first_epoch)
        : g_steal_pointer (&own);

    if (!whole) {
      g_autofree gchar *unmarked = g_steal_pointer (&text);

      text = snn_report_mark_partial (unmarked);
    }
    if (!snn_file_write (state->settings.location, text, strlen (text), error))
      return FALSE;
  }
  return !class->write || class->write (self, error);
}

/* @whole: whether all of its samples have come. */
static gboolean
end_pass (GstSnnMeasureSink *self, gboolean whole)
{
  GError *error = NULL;

  if (!GST_SNN_MEASURE_SINK_GET_CLASS (self)->end_pass (self))
    return TRUE;
  get_state (self)->measured = TRUE;
  if (write_reports (self, whole, &error))
    return TRUE;
  gst_snn_element_error (GST_ELEMENT (self), error);
  return FALSE;
}

static void
begin_pass (GstSnnMeasureSink *self, guint epoch, gboolean evaluate)
{
  State *state = get_state (self);

  state->epoch = epoch;
  state->evaluate = evaluate;
  GST_SNN_MEASURE_SINK_GET_CLASS (self)->begin_pass (self, epoch, evaluate);
}

/* A run that goes on from a later epoch keeps what was reported of those before
 * it. */
static void
note_first_epoch (GstSnnMeasureSink *self, guint epoch)
{
  State *state = get_state (self);

  if (state->started)
    return;
  state->started = TRUE;
  state->first_epoch = epoch;
  if (epoch > 0 && state->settings.location)
    g_file_get_contents (state->settings.location, &state->earlier, NULL, NULL);
}

/* Makes the pass that a sample or an event belongs to the open one. */
static gboolean
enter_pass (GstSnnMeasureSink *self, guint epoch, gboolean evaluate)
{
  const State *state = get_state (self);

  note_first_epoch (self, epoch);
  if (state->epoch == epoch && !state->evaluate == !evaluate)
    return TRUE;
  if (!end_pass (self, TRUE))
    return FALSE;
  begin_pass (self, epoch, evaluate);
  return TRUE;
}

/* Counts a prediction as that of chunk number @chunk, or of the whole sample
 * where that is negative. */
static gboolean
count_buffer (GstSnnMeasureSink *self, GstBuffer *buffer, gint chunk)
{
  GstSnnMeasureSinkClass *class = GST_SNN_MEASURE_SINK_GET_CLASS (self);
  GstMemory *memory[2] = { gst_buffer_peek_memory (buffer, 0),
    gst_buffer_peek_memory (buffer, 1)
  };
  GstSnnMeasurement measurement = { gst_buffer_get_snn_sample_meta (buffer), };
  GError *error = NULL;
  GstMapInfo prediction, label;
  gboolean counted;

  if (measurement.meta && !enter_pass (self, measurement.meta->epoch,
          measurement.meta->flags & GST_SNN_SAMPLE_EVALUATE))
    return FALSE;
  if (!gst_memory_map (memory[0], &prediction, GST_MAP_READ))
    goto unreadable;
  if (!gst_memory_map (memory[1], &label, GST_MAP_READ)) {
    gst_memory_unmap (memory[0], &prediction);
    goto unreadable;
  }
  measurement.prediction = (const float *) prediction.data;
  measurement.label = label.data;
  counted = chunk < 0 ? class->count (self, &measurement, &error)
      : class->count_chunk (self, &measurement, (guint) chunk, &error);
  gst_memory_unmap (memory[1], &label);
  gst_memory_unmap (memory[0], &prediction);
  if (!counted)
    gst_snn_element_error (GST_ELEMENT (self), error);
  return counted;

unreadable:
  GST_SNN_ELEMENT_ERROR (self, RESOURCE, READ,
      ("A prediction's memory can't be read"), (NULL));
  return FALSE;
}

static gboolean
count_held (GstSnnMeasureSink *self)
{
  g_autoptr (GstBuffer) held = g_steal_pointer (&get_state (self)->held);

  return !held || count_buffer (self, held, -1);
}

/* Whether the buffers are of one sample, chunk after chunk. */
static gboolean
same_sample (GstSnnMeasureSink *self, GstBuffer *a, GstBuffer *b)
{
  const GstSnnSampleMeta *x = gst_buffer_get_snn_sample_meta (a);
  const GstSnnSampleMeta *y = gst_buffer_get_snn_sample_meta (b);
  const guint evaluate = GST_SNN_SAMPLE_EVALUATE;

  return x && y && x->epoch == y->epoch
      && (x->flags & evaluate) == (y->flags & evaluate)
      && GST_SNN_MEASURE_SINK_GET_CLASS (self)->same_sample (x, y);
}

static GstFlowReturn
gst_snn_measure_sink_render (GstBaseSink *sink, GstBuffer *rendered)
{
  GstSnnMeasureSink *self = GST_SNN_MEASURE_SINK (sink);
  State *state = get_state (self);
  g_autoptr (GstBuffer) buffer = gst_buffer_ref (rendered);
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (self),
      &state->tensors, &state->facts, &buffer);

  if (flow != GST_FLOW_OK)
    return flow;
  if (!check_claimed (self))
    return GST_FLOW_ERROR;
  if (state->held && same_sample (self, state->held, buffer)) {
    gst_clear_buffer (&state->held);
    state->chunk++;
  } else {
    state->chunk = 0;
  }
  if (!count_held (self))
    return GST_FLOW_ERROR;
  if (GST_SNN_MEASURE_SINK_GET_CLASS (self)->count_chunk
      && !count_buffer (self, buffer, (gint) state->chunk))
    return GST_FLOW_ERROR;
  state->held = gst_buffer_ref (buffer);
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER)
      && !count_held (self))
    return GST_FLOW_ERROR;
  return GST_FLOW_OK;
}

static gboolean
gst_snn_measure_sink_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  GstSnnMeasureSink *self = GST_SNN_MEASURE_SINK (sink);
  GstSnnTensors tensors;
  GError *error = NULL;
  const gchar *why = "the stream has no label; give the source labels, as with "
      "label-location of niftisrc";

  if (!count_held (self))
    return FALSE;
  if (gst_snn_tensors_from_caps (&tensors, caps, &error)) {
    if (tensors.n_tensors > 1)
      why = GST_SNN_MEASURE_SINK_GET_CLASS (self)->refusal (self, &tensors);
    if (why)
      g_set_error (&error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
          "%s compares predictions with labels: %s",
          GST_OBJECT_NAME (gst_element_get_factory (GST_ELEMENT (self))), why);
  }
  if (error) {
    gst_snn_element_refuse_caps (GST_ELEMENT (self), caps, error);
    return FALSE;
  }
  get_state (self)->tensors = tensors;
  return TRUE;
}

static gboolean
handle_epoch (GstSnnMeasureSink *self, const GstSnnEpoch *epoch, gboolean end)
{
  State *state = get_state (self);

  if (!count_held (self)
      || !enter_pass (self, epoch->epoch, epoch->evaluate))
    return FALSE;
  if (!end) {
    state->n_begun++;
    return TRUE;
  }
  if (state->n_begun > 0)
    state->n_begun--;
  return state->n_begun > 0 || end_pass (self, TRUE);
}

static gboolean
handle_eos (GstSnnMeasureSink *self)
{
  if (!count_held (self) || !end_pass (self, get_state (self)->n_begun == 0))
    return FALSE;
  if (!get_state (self)->measured)
    GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
        ("The stream ended without a prediction to measure; no report is "
            "written"), (NULL));
  return TRUE;
}

static gboolean
gst_snn_measure_sink_event (GstBaseSink *sink, GstEvent *event)
{
  GstSnnMeasureSink *self = GST_SNN_MEASURE_SINK (sink);
  State *state = get_state (self);
  GstSnnEpoch epoch;
  gboolean end, done = TRUE;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_EOS:
      done = handle_eos (self);
      break;
    case GST_EVENT_FLUSH_STOP:
      GST_DEBUG_OBJECT (self, "flushed: epoch %u is measured anew",
          state->epoch);
      gst_clear_buffer (&state->held);
      state->n_begun = 0;
      begin_pass (self, state->epoch, state->evaluate);
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
  return GST_BASE_SINK_CLASS (gst_snn_measure_sink_parent_class)->event (sink,
      event);
}

/* What is measured is needed, whoever else has it already. */
static gboolean
gst_snn_measure_sink_query (GstBaseSink *sink, GstQuery *query)
{
  const gchar *subject, *location;

  if (!gst_snn_query_parse_wanted (query, &subject, &location))
    return GST_BASE_SINK_CLASS (gst_snn_measure_sink_parent_class)->query (sink,
        query);
  gst_snn_query_answer_wanted (query, TRUE);
  return FALSE;
}

static void
gst_snn_measure_sink_class_init (GstSnnMeasureSinkClass *class)
{
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (class);

  GST_ELEMENT_CLASS (class)->change_state = gst_snn_measure_sink_change_state;
  gst_snn_properties_install (class, &property_table);

  sink_class->set_caps = gst_snn_measure_sink_set_caps;
  sink_class->event = gst_snn_measure_sink_event;
  sink_class->render = gst_snn_measure_sink_render;
  sink_class->query = gst_snn_measure_sink_query;
  gst_type_mark_as_plugin_api (GST_TYPE_SNN_MEASURE_SINK, 0);
}

static void
gst_snn_measure_sink_init (GstSnnMeasureSink *self)
{
  gst_snn_properties_init (self, &property_table);
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
}
