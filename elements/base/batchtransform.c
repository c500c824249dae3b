/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "batchtransform.h"

#include <string.h>

#include <snn/base/error.h>
#include "deadline.h"
#include "lifecycle.h"
#include "properties.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_batch_transform_debug);
#define GST_CAT_DEFAULT gst_snn_batch_transform_debug

typedef struct
{
  GstSnnBatchSettings settings; /* as they were when the stream started */
  GstSnnTensors in;             /* none while nothing is negotiated */
  GstSnnTensors out;
  GstSnnFacts facts;
  gboolean evaluate;            /* the kind of what is pending */
  GPtrArray *pending;           /* GstBuffer, input of the next batch */
  gint64 waiting_since;         /* monotonic time, of the first of them */
  GQueue results;               /* GstBuffer, ready to be pushed */
  GstFlowReturn flow;           /* an error here ends all work */
} State;

typedef struct
{
  GstSnnBatchSettings settings;
  State state;
  GstSnnCancel cancel;
  GstSnnDeadline deadline;      /* of what is pending */
} GstSnnBatchTransformPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstSnnBatchTransform, gst_snn_batch_transform,
    GST_TYPE_BASE_TRANSFORM, G_ADD_PRIVATE (GstSnnBatchTransform)
    GST_DEBUG_CATEGORY_INIT (gst_snn_batch_transform_debug, "batchtransform", 0,
        "Elements that work on minibatches"));

static GstSnnBatchTransformPrivate *
get_private (gpointer self)
{
  return gst_snn_batch_transform_get_instance_private (GST_SNN_BATCH_TRANSFORM
      (self));
}

const gint *
gst_snn_batch_transform_cancel_flag (GstSnnBatchTransform *self)
{
  return &get_private (self)->cancel.flag;
}

gpointer
gst_snn_batch_transform_settings (gpointer self)
{
  return &get_private (self)->settings;
}

const GstSnnBatchSettings *
gst_snn_batch_transform_active_settings (GstSnnBatchTransform *self)
{
  return &get_private (self)->state.settings;
}

const GstSnnTensors *
gst_snn_batch_transform_get_tensors (GstSnnBatchTransform *self)
{
  return &get_private (self)->state.in;
}

static const GstSnnProperty properties[] = {
  GST_SNN_THREADS (GstSnnBatchSettings, threads),
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, GstSnnBatchSettings,
    gst_snn_batch_transform_settings, NULL);

static void
drop_samples (State *state)
{
  g_ptr_array_set_size (state->pending, 0);
  g_queue_clear_full (&state->results, (GDestroyNotify) gst_buffer_unref);
}

static void
gst_snn_batch_transform_finalize (GObject *object)
{
  State *state = &get_private (object)->state;

  drop_samples (state);
  g_ptr_array_unref (state->pending);
  G_OBJECT_CLASS (gst_snn_batch_transform_parent_class)->finalize (object);
}

static gboolean
gst_snn_batch_transform_stop (GstBaseTransform *trans)
{
  GstSnnBatchTransformClass *class = GST_SNN_BATCH_TRANSFORM_GET_CLASS (trans);
  State *state = &get_private (trans)->state;

  gst_snn_deadline_stop (&get_private (trans)->deadline);
  drop_samples (state);
  state->in.n_tensors = 0;
  state->facts = GST_SNN_FACTS_UNKNOWN;
  state->flow = GST_FLOW_OK;
  if (class->reset)
    class->reset (GST_SNN_BATCH_TRANSFORM (trans));
  return TRUE;
}

/* The streaming thread may be in the midst of a long batch, and the pads can't
 * be deactivated before it returns. */
static GstStateChangeReturn
gst_snn_batch_transform_change_state (GstElement *element,
    GstStateChange transition)
{
  gst_snn_cancel_state_change (&get_private (element)->cancel, transition);
  return
      GST_ELEMENT_CLASS (gst_snn_batch_transform_parent_class)->change_state
      (element, transition);
}

/* Takes @error; from now on nothing is worked on, unless it was cancelled. */
static GstFlowReturn
fail (GstSnnBatchTransform *self, GError *error)
{
  State *state = &get_private (self)->state;
  gboolean cancelled = g_error_matches (error, SNN_ERROR, SNN_ERROR_CANCELLED);

  gst_snn_element_error (GST_ELEMENT (self), error);
  if (cancelled)
    return GST_FLOW_FLUSHING;
  state->flow = GST_FLOW_ERROR;
  return GST_FLOW_ERROR;
}

/* Turns what is pending into results. */
static GstFlowReturn
work (GstSnnBatchTransform *self)
{
  GstSnnBatchTransformPrivate *priv = get_private (self);
  State *state = &priv->state;
  guint n = state->pending->len;
  g_autofree GstBuffer **out = NULL;
  GError *error = NULL;
  gboolean done;

  if (state->flow != GST_FLOW_OK || n == 0)
    return state->flow;
  if (g_atomic_int_get (&priv->cancel.flag))
    return GST_FLOW_FLUSHING;

  GST_LOG_OBJECT (self, "working on %u %s samples", n,
      state->evaluate ? "evaluation" : "training");
  out = g_new0 (GstBuffer *, n);
  done = GST_SNN_BATCH_TRANSFORM_GET_CLASS (self)->process (self,
      (GstBuffer **) state->pending->pdata, n, state->evaluate, out, &error);
  g_ptr_array_set_size (state->pending, 0);
  for (guint i = 0; i < n; i++) {
    if (out[i] && done)
      g_queue_push_tail (&state->results, out[i]);
    else
      gst_clear_buffer (&out[i]);
  }
  return done ? GST_FLOW_OK : fail (self, error);
}

/* Works on a batch that is not full, and pushes the results, unless one was
 * refused before: the base class stops at that, and a source that has failed
 * still sends EOS. */
static GstFlowReturn
drain (GstSnnBatchTransform *self)
{
  State *state = &get_private (self)->state;
  GstPad *pad = GST_BASE_TRANSFORM_SRC_PAD (self);
  GstFlowReturn flow = work (self);
  GstBuffer *buffer;

  if (flow == GST_FLOW_OK)
    flow = gst_pad_get_last_flow_return (pad);
  while (flow == GST_FLOW_OK
      && (buffer = g_queue_pop_head (&state->results)))
    flow = gst_pad_push (pad, buffer);
  if (flow != GST_FLOW_OK)
    drop_samples (state);
  return flow;
}

/* Works on a batch that has waited for longer than batch-timeout: more samples
 * may only come when the results of these are there. */
static void
work_late (gpointer data)
{
  GstBaseTransform *trans = data;
  GstSnnBatchTransform *self = data;
  const State *state = &get_private (self)->state;
  const gint64 longest = 1000 * (gint64) state->settings.timeout;

  GST_PAD_STREAM_LOCK (trans->sinkpad);
  if (state->pending->len > 0
      && g_get_monotonic_time () - state->waiting_since >= longest) {
    GST_DEBUG_OBJECT (self, "%u samples have waited for %u ms",
        state->pending->len, state->settings.timeout);
    drain (self);
  }
  GST_PAD_STREAM_UNLOCK (trans->sinkpad);
}

/* The first of a batch begins to wait. */
static void
begin_waiting (GstSnnBatchTransform *self)
{
  GstSnnBatchTransformPrivate *priv = get_private (self);
  State *state = &priv->state;

  state->waiting_since = g_get_monotonic_time ();
  gst_snn_deadline_set (&priv->deadline, state->waiting_since
      + 1000 * (gint64) state->settings.timeout);
}

static gboolean
gst_snn_batch_transform_start (GstBaseTransform *trans)
{
  GstSnnBatchTransformPrivate *priv = get_private (trans);
  GstSnnBatchSettings *settings = &priv->state.settings;
  GError *error = NULL;

  if (!gst_snn_properties_start (trans, &property_table, settings))
    return FALSE;
  if (settings->timeout == 0 || settings->batch_size == 1
      || gst_snn_deadline_start (&priv->deadline, work_late, trans, &error))
    return TRUE;
  GST_SNN_ELEMENT_ERROR (trans, RESOURCE, FAILED,
      ("No thread for batch-timeout: %s", error->message), (NULL));
  g_error_free (error);
  return FALSE;
}

static gboolean
is_evaluation (GstBuffer *buffer)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  return meta && (meta->flags & GST_SNN_SAMPLE_EVALUATE);
}

static GstFlowReturn
gst_snn_batch_transform_submit_input_buffer (GstBaseTransform *trans,
    gboolean is_discont, GstBuffer *input)
{
  GstSnnBatchTransform *self = GST_SNN_BATCH_TRANSFORM (trans);
  State *state = &get_private (self)->state;

  if (state->flow == GST_FLOW_OK)
    state->flow = gst_snn_element_take_buffer (GST_ELEMENT (self), &state->in,
        &state->facts, &input);
  if (state->flow != GST_FLOW_OK) {
    gst_clear_buffer (&input);
    return state->flow;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_snn_batch_transform_parent_class)
      ->submit_input_buffer (trans, is_discont, input);
}

/* Called until it has nothing more to put out. */
static GstFlowReturn
gst_snn_batch_transform_generate_output (GstBaseTransform *trans,
    GstBuffer **output)
{
  GstSnnBatchTransform *self = GST_SNN_BATCH_TRANSFORM (trans);
  State *state = &get_private (self)->state;
  GstBuffer *buffer = g_steal_pointer (&trans->queued_buf);
  GstFlowReturn flow = GST_FLOW_OK;

  if (buffer) {
    gboolean evaluate = is_evaluation (buffer);

    if (evaluate != state->evaluate)
      flow = work (self);
    if (flow != GST_FLOW_OK) {
      gst_buffer_unref (buffer);
      return flow;
    }
    state->evaluate = evaluate;
    if (state->pending->len == 0)
      begin_waiting (self);
    g_ptr_array_add (state->pending, buffer);
    if (state->pending->len >= state->settings.batch_size)
      flow = work (self);
  }
  if (flow == GST_FLOW_OK)
    *output = g_queue_pop_head (&state->results);
  return flow;
}

static void
handle_epoch (GstSnnBatchTransform *self, const GstSnnEpoch *epoch,
    gboolean end)
{
  GstSnnBatchTransformClass *class = GST_SNN_BATCH_TRANSFORM_GET_CLASS (self);
  GError *error = NULL;

  if (end ? class->epoch_end && !class->epoch_end (self, epoch, &error)
      : class->epoch_begin && !class->epoch_begin (self, epoch, &error))
    fail (self, error);
}

static void
handle_eos (GstSnnBatchTransform *self)
{
  GstSnnBatchTransformClass *class = GST_SNN_BATCH_TRANSFORM_GET_CLASS (self);
  GError *error = NULL;

  if (class->finish && !class->finish (self, &error))
    fail (self, error);
}

static gboolean
gst_snn_batch_transform_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstSnnBatchTransform *self = GST_SNN_BATCH_TRANSFORM (trans);
  GstSnnBatchTransformClass *class = GST_SNN_BATCH_TRANSFORM_GET_CLASS (self);
  GstSnnBatchTransformPrivate *priv = get_private (self);
  GstSnnEpoch epoch;
  gboolean end;

  gst_snn_cancel_event (&priv->cancel, event);
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
    GST_DEBUG_OBJECT (self, "flushed: %u samples and %u results are dropped",
        priv->state.pending->len, priv->state.results.length);
    drop_samples (&priv->state);
    priv->state.facts = GST_SNN_FACTS_UNKNOWN;
    priv->state.flow = GST_FLOW_OK;
    if (class->flush)
      class->flush (self);
  } else if (GST_EVENT_IS_SERIALIZED (event)) {
    drain (self);
    if (priv->state.flow == GST_FLOW_OK
        && !g_atomic_int_get (&priv->cancel.flag)) {
      if (gst_snn_event_parse_epoch (event, &epoch, &end))
        handle_epoch (self, &epoch, end);
      else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
        handle_eos (self);
    }
  }
  return GST_BASE_TRANSFORM_CLASS (gst_snn_batch_transform_parent_class)
      ->sink_event (trans, event);
}

/* What batching adds to the latency is a whole batch but one, where a frame
 * rate says how long that lasts. */
static void
add_latency (GstSnnBatchTransform *self, GstQuery *query)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (trans->sinkpad);
  GstSnnBatchSettings settings;
  GstClockTime min, max, own;
  gint numerator, denominator;
  gboolean live;

  /* Sinks ask in their own threads, also while this starts or stops. */
  GST_OBJECT_LOCK (self);
  settings = get_private (self)->settings;
  GST_OBJECT_UNLOCK (self);
  if (!caps || !gst_structure_get_fraction (gst_caps_get_structure (caps, 0),
          "framerate", &numerator, &denominator) || numerator <= 0)
    return;
  own = gst_util_uint64_scale (settings.batch_size - 1,
      GST_SECOND * (guint64) denominator, numerator);
  if (settings.timeout > 0)
    own = MIN (own, settings.timeout * GST_MSECOND);
  gst_query_parse_latency (query, &live, &min, &max);
  gst_query_set_latency (query, live, min + own,
      GST_CLOCK_TIME_IS_VALID (max) ? max + own : max);
}

static gboolean
gst_snn_batch_transform_src_event (GstBaseTransform *trans, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK
      && GST_SNN_BATCH_TRANSFORM_GET_CLASS (trans)->whole_epochs) {
    GST_INFO_OBJECT (trans, "no seek: an epoch would be trained in part");
    gst_event_unref (event);
    return FALSE;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_snn_batch_transform_parent_class)
      ->src_event (trans, event);
}

static gboolean
gst_snn_batch_transform_query (GstBaseTransform *trans,
    GstPadDirection direction,
    GstQuery *query)
{
  GstSnnBatchTransform *self = GST_SNN_BATCH_TRANSFORM (trans);

  if (direction == GST_PAD_SINK && GST_QUERY_TYPE (query) == GST_QUERY_DRAIN)
    drain (self);
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_SEEKING
      && GST_SNN_BATCH_TRANSFORM_GET_CLASS (self)->whole_epochs) {
    gst_snn_query_refuse_seeking (query);
    return TRUE;
  }
  if (!GST_BASE_TRANSFORM_CLASS (gst_snn_batch_transform_parent_class)->query
      (trans, direction, query))
    return FALSE;
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    add_latency (self, query);
  return TRUE;
}

/* Of the types that a pad takes, those of streams of @n tensors. */
static void
keep_types (GstStructure *structure, gint n)
{
  const GValue *types = gst_structure_get_value (structure, "types");
  GValue kept = G_VALUE_INIT;

  gst_value_list_init (&kept, gst_value_list_get_size (types));
  for (guint i = 0; i < gst_value_list_get_size (types); i++) {
    const GValue *type = gst_value_list_get_value (types, i);

    if ((strpbrk (g_value_get_string (type), ",.") != NULL) == (n > 1))
      gst_value_list_append_value (&kept, type);
  }
  if (gst_value_list_get_size (&kept) == 1) {
    gst_structure_set_value (structure, "types",
        gst_value_list_get_value (&kept, 0));
    g_value_unset (&kept);
  } else {
    gst_structure_take_value (structure, "types", &kept);
  }
}

/* Of memory 0, the type is what the pad's template says; whether there is a
 * label, and the frame rate, are the same on both sides. Dimensions are left
 * to fixate_caps(). */
static GstCaps *
gst_snn_batch_transform_transform_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps, GstCaps *filter)
{
  GstPad *pad = direction == GST_PAD_SINK ? trans->srcpad : trans->sinkpad;
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);
  GstCaps *result = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *from = gst_caps_get_structure (caps, i);
    const GValue *n_tensors = gst_structure_get_value (from, "num_tensors");
    const GValue *rate = gst_structure_get_value (from, "framerate");
    GstStructure *to =
        gst_structure_copy (gst_caps_get_structure (template, 0));

    if (n_tensors) {
      gst_structure_set_value (to, "num_tensors", n_tensors);
      if (G_VALUE_HOLDS_INT (n_tensors))
        keep_types (to, g_value_get_int (n_tensors));
    }
    if (rate)
      gst_structure_set_value (to, "framerate", rate);
    result = gst_caps_merge_structure (result, to);
  }
  if (filter) {
    GstCaps *all = result;

    result = gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (all);
  }
  return result;
}

/* Tells the subclass about @caps unless they are what it works on already. */
static gboolean
update_tensors (GstSnnBatchTransform *self, const GstCaps *caps, GError **error)
{
  State *state = &get_private (self)->state;
  GstSnnTensors in;

  if (!gst_snn_tensors_from_caps (&in, caps, error)) {
    state->in.n_tensors = 0;
    return FALSE;
  }
  if (gst_snn_tensors_equal (&in, &state->in))
    return TRUE;
  state->in.n_tensors = 0;
  state->out = in;
  if (!GST_SNN_BATCH_TRANSFORM_GET_CLASS (self)->set_tensors (self, &in,
          &state->out, error))
    return FALSE;
  state->in = in;
  GST_DEBUG_OBJECT (self, "works on %" GST_PTR_FORMAT, caps);
  return TRUE;
}

static GstCaps *
gst_snn_batch_transform_fixate_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps, GstCaps *othercaps)
{
  GstSnnBatchTransform *self = GST_SNN_BATCH_TRANSFORM (trans);
  GError *error = NULL;
  GstCaps *result, *any;

  if (direction != GST_PAD_SINK)
    return gst_caps_fixate (othercaps);
  if (!update_tensors (self, caps, &error)) {
    gst_caps_unref (othercaps);
    gst_snn_element_refuse_caps (GST_ELEMENT (self), caps, error);
    get_private (self)->state.flow = GST_FLOW_ERROR;
    return gst_caps_new_empty ();
  }
  any = gst_snn_tensors_to_any_caps (&get_private (self)->state.out,
      gst_structure_get_value (gst_caps_get_structure (caps, 0), "framerate"));
  gst_caps_unref (othercaps);
  /* The base class has not asked: to it, caps without dimensions are fixed. */
  result = gst_pad_peer_query_caps (trans->srcpad, any);
  if (gst_caps_is_empty (result) || gst_caps_is_any (result))
    gst_caps_replace (&result, any);
  gst_caps_unref (any);
  result = gst_caps_fixate (result);
  return result;
}

static void
gst_snn_batch_transform_class_init (GstSnnBatchTransformClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (class);

  object_class->finalize = gst_snn_batch_transform_finalize;
  GST_ELEMENT_CLASS (class)->change_state =
      gst_snn_batch_transform_change_state;

  gst_snn_properties_install (class, &property_table);

  trans_class->start = gst_snn_batch_transform_start;
  trans_class->stop = gst_snn_batch_transform_stop;
  trans_class->submit_input_buffer =
      gst_snn_batch_transform_submit_input_buffer;
  trans_class->generate_output = gst_snn_batch_transform_generate_output;
  trans_class->sink_event = gst_snn_batch_transform_sink_event;
  trans_class->src_event = gst_snn_batch_transform_src_event;
  trans_class->query = gst_snn_batch_transform_query;
  trans_class->transform_caps = gst_snn_batch_transform_transform_caps;
  trans_class->fixate_caps = gst_snn_batch_transform_fixate_caps;

  gst_type_mark_as_plugin_api (GST_TYPE_SNN_BATCH_TRANSFORM, 0);
}

static void
gst_snn_batch_transform_init (GstSnnBatchTransform *self)
{
  GstSnnBatchTransformPrivate *priv = get_private (self);

  gst_snn_properties_init (self, &property_table);
  priv->settings.batch_size = 1;
  priv->state.pending =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_queue_init (&priv->state.results);
}
