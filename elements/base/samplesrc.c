/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "samplesrc.h"
#include "messages.h"
#include "properties.h"
#include "samplecaps.h"
#include "samplecounts.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_sample_src_debug);
#define GST_CAT_DEFAULT gst_snn_sample_src_debug

typedef struct
{
  guint epochs;
  gboolean evaluate;
  gboolean shuffle;
  guint64 seed;
  GstSnnFraction framerate;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  gboolean resumed;             /* downstream has been asked where to start */
  gboolean in_phase;            /* an epoch-begin awaits its epoch-end ... */
  gboolean announced;           /* ... and has been sent */
  GstSnnEpoch phase;
  guint first_epoch;            /* of the stream */
  guint next;                   /* sample of the phase */
  gint n_tensors;               /* that downstream takes */

  GstSnnFraction framerate;     /* negotiated; under the object lock */

  /* In samples, under the object lock. */
  guint64 offset;               /* of the next one */
  guint64 duration;             /* of the stream; 0: not known */
} State;

/* Where a seek goes, in samples. */
typedef struct
{
  gboolean wanted;
  guint64 start;
  guint64 stop;                 /* G_MAXUINT64: the stream's end */
} Seek;

typedef struct
{
  Settings settings;
  State state;
  Seek prepared;                /* by an event, under the object lock ... */
  Seek seek;                    /* ... done by the streaming thread */
  gint flushing;                /* atomic */
} GstSnnSampleSrcPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstSnnSampleSrc, gst_snn_sample_src,
    GST_TYPE_PUSH_SRC, G_ADD_PRIVATE (GstSnnSampleSrc)
    GST_DEBUG_CATEGORY_INIT (gst_snn_sample_src_debug, "samplesrc", 0,
        "Sources of datasets"));

static GstSnnSampleSrcPrivate *
get_private (gpointer src)
{
  return gst_snn_sample_src_get_instance_private (GST_SNN_SAMPLE_SRC (src));
}

gboolean
gst_snn_sample_src_is_flushing (GstSnnSampleSrc *src)
{
  return g_atomic_int_get (&get_private (src)->flushing);
}

guint64
gst_snn_sample_src_get_seed (GstSnnSampleSrc *src)
{
  return get_private (src)->state.settings.seed;
}

gboolean
gst_snn_sample_src_passes_once (GstSnnSampleSrc *src)
{
  const Settings *settings = &get_private (src)->state.settings;

  return settings->epochs == 1 && !settings->shuffle;
}

GstFlowReturn
gst_snn_sample_src_set_tensors (GstSnnSampleSrc *src,
    const GstSnnTensors *tensors)
{
  State *state = &get_private (src)->state;
  g_autoptr (GstCaps) caps = gst_snn_choose_caps (GST_BASE_SRC_PAD (src),
      tensors, &state->settings.framerate);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);

  gst_structure_get_int (structure, "num_tensors", &state->n_tensors);
  GST_OBJECT_LOCK (src);
  gst_structure_get_fraction (structure, "framerate",
      &state->framerate.numerator, &state->framerate.denominator);
  GST_OBJECT_UNLOCK (src);
  if (gst_base_src_set_caps (GST_BASE_SRC (src), caps))
    return GST_FLOW_OK;
  return gst_snn_sample_src_is_flushing (src)
      ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
}

static gpointer
settings_of (gpointer object)
{
  return &get_private (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"epochs", "Epochs",
      "How many times all samples are sent; 0: without end",
      GST_SNN_UINT, GST_SNN_AT (Settings, epochs), .fallback = 1},
  {"evaluate", "Evaluate",
      "After each epoch, send the held-out samples marked as such (with "
      "subset=train only)",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, evaluate)},
  {"shuffle", "Shuffle",
      "Shuffle all samples together, anew in each epoch; held-out samples "
      "stay in order",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, shuffle)},
  {"seed", "Seed",
      "Seed of the shuffling, and of augmentation where there is one",
      GST_SNN_UINT64, GST_SNN_AT (Settings, seed)},
  {"framerate", "Frame rate",
      "Samples a second that timestamps are made for, unless downstream asks "
      "for another rate; 0/1: without timestamps",
      GST_SNN_FRACTION, GST_SNN_AT (Settings, framerate)},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static gboolean
gst_snn_sample_src_stop (GstBaseSrc *base)
{
  GstSnnSampleSrc *src = GST_SNN_SAMPLE_SRC (base);
  GstSnnSampleSrcClass *class = GST_SNN_SAMPLE_SRC_GET_CLASS (src);

  if (class->close)
    class->close (src);
  GST_OBJECT_LOCK (src);
  get_private (src)->state = (State) { 0 };
  get_private (src)->prepared = get_private (src)->seek = (Seek) { 0 };
  GST_OBJECT_UNLOCK (src);
  return TRUE;
}

static gboolean
gst_snn_sample_src_start (GstBaseSrc *base)
{
  GstSnnSampleSrc *src = GST_SNN_SAMPLE_SRC (base);
  GstSnnSampleSrcPrivate *priv = get_private (src);
  State *state = &priv->state;

  if (!gst_snn_properties_start (src, &property_table, &state->settings))
    return FALSE;
  state->phase.epochs = state->settings.epochs;
  if (GST_SNN_SAMPLE_SRC_GET_CLASS (src)->open (src, state->settings.evaluate))
    return TRUE;
  gst_snn_sample_src_stop (base);
  return FALSE;
}

static gboolean
gst_snn_sample_src_unlock (GstBaseSrc *base)
{
  g_atomic_int_set (&get_private (base)->flushing, TRUE);
  return TRUE;
}

static gboolean
gst_snn_sample_src_unlock_stop (GstBaseSrc *base)
{
  g_atomic_int_set (&get_private (base)->flushing, FALSE);
  return TRUE;
}

static gboolean
gst_snn_sample_src_is_seekable (GstBaseSrc *base)
{
  return TRUE;
}

/* Caps follow from the data, and are set with the first sample. */
static gboolean
gst_snn_sample_src_negotiate (GstBaseSrc *base)
{
  return TRUE;
}

static GstFlowReturn
prepare_phase (GstSnnSampleSrc *src)
{
  State *state = &get_private (src)->state;
  GstSnnEpoch *phase = &state->phase;
  gboolean shuffle = state->settings.shuffle && !phase->evaluate;
  GstFlowReturn flow;
  SnnRandom random;

  snn_random_init (&random, state->settings.seed, SNN_RANDOM_SHUFFLE,
      phase->epoch);
  state->next = 0;
  flow = GST_SNN_SAMPLE_SRC_GET_CLASS (src)->begin_phase (src, phase,
      shuffle ? &random : NULL, &phase->n_samples);
  return flow == GST_FLOW_OK && phase->n_samples == 0 ? GST_FLOW_EOS : flow;
}

/* The first epoch is 0, unless someone downstream goes on from a checkpoint.
 * Caps have been sent, so that whoever answers may know its network. */
static void
ask_where_to_start (GstSnnSampleSrc *src)
{
  State *state = &get_private (src)->state;
  GstSnnSampleSrcClass *class = GST_SNN_SAMPLE_SRC_GET_CLASS (src);
  GstQuery *query = gst_snn_query_new_resume ();
  g_autofree gchar *lines = class->describe ? class->describe (src) : NULL;
  GstSnnEpoch *phase = &state->phase;
  gboolean evaluated = TRUE;

  if (lines)
    gst_snn_query_describe (query, lines);
  if (gst_pad_peer_query (GST_BASE_SRC_PAD (src), query))
    phase->epoch = gst_snn_query_parse_resume (query, &evaluated);
  gst_query_unref (query);
  state->first_epoch = phase->epoch;
  if (state->settings.evaluate && !evaluated && phase->epoch > 0) {
    phase->epoch--;
    phase->evaluate = TRUE;
  }
  state->resumed = TRUE;
  GST_INFO_OBJECT (src, "starting with epoch %u%s", phase->epoch,
      phase->evaluate ? ", held out" : "");
}

static gboolean
is_finished (const State *state)
{
  return state->phase.epoch == G_MAXUINT
      || (state->phase.epochs && state->phase.epoch >= state->phase.epochs);
}

/* What looks like a run that did nothing has a reason. */
static void
tell_done (GstSnnSampleSrc *src)
{
  const State *state = &get_private (src)->state;

  if (state->phase.epoch == G_MAXUINT)
    return;
  GST_SNN_ELEMENT_INFO (src, STREAM, FAILED, ("All %u epochs are done, by the "
          "checkpoint of the training: nothing is sent. With more epochs it goes "
          "on, with resume=false or without that file it begins anew",
          state->phase.epochs), (NULL));
}

/* How many samples will come, where no held-out ones are between them. */
static void
set_duration (GstSnnSampleSrc *src)
{
  State *state = &get_private (src)->state;
  const GstSnnEpoch *phase = &state->phase;

  if (state->settings.evaluate || phase->epochs == 0)
    return;
  GST_OBJECT_LOCK (src);
  state->duration =
      (guint64) (phase->epochs - phase->epoch) * phase->n_samples;
  GST_OBJECT_UNLOCK (src);
  gst_element_post_message (GST_ELEMENT (src),
      gst_message_new_duration_changed (GST_OBJECT (src)));
}

/* What is known of the stream. */
static GstSnnCounts
get_counts (gpointer src)
{
  const State *state = &get_private (src)->state;
  GstSnnCounts counts;

  GST_OBJECT_LOCK (src);
  counts = (GstSnnCounts) { state->framerate, state->offset, state->duration };
  GST_OBJECT_UNLOCK (src);
  return counts;
}

/* Stream ids are made of it: without one they would be random, another in each run.
 * A source whose URI can be opened again answers for itself. */
static void
answer_uri (GstElement *element, GstQuery *query)
{
  g_autofree gchar *uri = g_strconcat ("urn:gst-snn:",
      GST_OBJECT_NAME (element), NULL);

  gst_query_set_uri (query, uri);
}

static gboolean
gst_snn_sample_src_query (GstBaseSrc *base, GstQuery *query)
{
  const GstSnnCounts counts = get_counts (base);

  if (gst_snn_counts_answer (&counts, query)
      || GST_BASE_SRC_CLASS (gst_snn_sample_src_parent_class)->query (base,
          query))
    return TRUE;
  if (GST_QUERY_TYPE (query) != GST_QUERY_URI)
    return FALSE;
  answer_uri (GST_ELEMENT (base), query);
  return TRUE;
}

/* Before the base class flushes, after which a seek that fails would leave a
 * stream without a segment. */
static gboolean
is_possible (GstSnnSampleSrc *src, GstEvent *event)
{
  const GstSnnCounts counts = get_counts (src);
  GstSeekType start_type, stop_type;
  gint64 start, stop;
  GstFormat format;
  guint64 count;
  double rate;

  gst_event_parse_seek (event, &rate, &format, NULL, &start_type, &start,
      &stop_type, &stop);
  if (rate > 0.
      && gst_snn_counts_from (&counts, format, MAX (start, 0), &count)
      && gst_snn_counts_from (&counts, format, MAX (stop, 0), &count))
    return TRUE;
  GST_INFO_OBJECT (src, "no seek to %" G_GINT64_FORMAT " in format %s at rate "
      "%g", start, gst_format_get_name (format), rate);
  return FALSE;
}

static gboolean
gst_snn_sample_src_event (GstBaseSrc *base, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK
      && !is_possible (GST_SNN_SAMPLE_SRC (base), event))
    return FALSE;
  return GST_BASE_SRC_CLASS (gst_snn_sample_src_parent_class)->event (base,
      event);
}

/* @stop is G_MAXUINT64 where there is none. */
static void
prepare_seek (gpointer src, const GstSnnCounts *counts, guint64 start,
    guint64 stop)
{
  if (counts->duration > 0)
    start = MIN (start, counts->duration);
  GST_OBJECT_LOCK (src);
  get_private (src)->prepared = (Seek) { TRUE, start, stop };
  GST_OBJECT_UNLOCK (src);
}

/* Of a seek in samples: the stream's segment is in time, which begins at 0
 * where there is no frame rate. */
static gboolean
gst_snn_sample_src_prepare_seek_segment (GstBaseSrc *base, GstEvent *event,
    GstSegment *segment)
{
  const GstSnnCounts counts = get_counts (base);
  GstSeekType start_type, stop_type;
  GstSeekFlags flags;
  GstSegment samples;
  GstFormat format;
  gint64 start, stop, begin = 0, end = -1;
  double rate;

  gst_event_parse_seek (event, &rate, &format, &flags, &start_type, &start,
      &stop_type, &stop);
  if (!gst_snn_format_is_count (format))
    return FALSE;
  gst_segment_init (&samples, GST_FORMAT_DEFAULT);
  samples.position = counts.offset;
  if (counts.duration > 0)
    samples.duration = counts.duration;
  if (!gst_segment_do_seek (&samples, rate, GST_FORMAT_DEFAULT, flags,
          start_type, (guint64) start, stop_type, (guint64) stop, NULL))
    return FALSE;
  prepare_seek (base, &counts, samples.start, samples.stop);
  gst_snn_counts_to (&counts, GST_FORMAT_TIME, samples.start, &begin);
  if (samples.stop != G_MAXUINT64)
    gst_snn_counts_to (&counts, GST_FORMAT_TIME, samples.stop, &end);
  return gst_segment_do_seek (segment, rate, segment->format, flags,
      GST_SEEK_TYPE_SET, (guint64) begin,
      end < 0 ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET, (guint64) end, NULL);
}

/* Nothing was prepared where the seek is one in time, or the stream begins. */
static gboolean
gst_snn_sample_src_do_seek (GstBaseSrc *base, GstSegment *segment)
{
  GstSnnSampleSrcPrivate *priv = get_private (base);
  const GstSnnCounts counts = get_counts (base);
  guint64 start, stop = G_MAXUINT64;
  gboolean prepared;

  GST_OBJECT_LOCK (base);
  prepared = priv->prepared.wanted;
  GST_OBJECT_UNLOCK (base);
  if (!prepared) {
    if (!gst_snn_counts_from (&counts, segment->format,
            (gint64) segment->start, &start)
        || (GST_CLOCK_TIME_IS_VALID (segment->stop)
            && !gst_snn_counts_until (&counts, segment->format,
                (gint64) segment->stop, &stop)))
      return FALSE;
    prepare_seek (base, &counts, start, stop);
  }
  segment->time = segment->start;
  GST_OBJECT_LOCK (base);
  priv->seek = priv->prepared;
  priv->prepared = (Seek) { 0 };
  if (!priv->state.resumed && priv->seek.start == 0)
    priv->seek.wanted = FALSE;  /* it begins there */
  GST_OBJECT_UNLOCK (base);
  return TRUE;
}

/* Prepares the phase that comes now, the first one after it is known which that
 * is. */
static GstFlowReturn
prepare_next (GstSnnSampleSrc *src)
{
  State *state = &get_private (src)->state;
  GstFlowReturn flow;

  if (is_finished (state))
    return GST_FLOW_EOS;
  flow = prepare_phase (src);
  if (flow != GST_FLOW_OK || state->resumed)
    return flow;
  ask_where_to_start (src);
  if (is_finished (state)) {
    tell_done (src);
    return GST_FLOW_EOS;
  }
  flow = prepare_phase (src);
  if (flow == GST_FLOW_OK)
    set_duration (src);
  return flow;
}

static void
begin_phase (State *state)
{
  state->in_phase = TRUE;
  state->announced = FALSE;
}

/* When its first sample is there: what the base class keeps, a seek that comes
 * before would not take back. */
static void
announce_phase (GstSnnSampleSrc *src)
{
  State *state = &get_private (src)->state;

  if (state->announced)
    return;
  /* The base class keeps it until the segment has gone ahead. Not by
   * gst_element_send_event(): that takes the state lock, and who stops us holds
   * it while waiting for this thread. */
  GST_ELEMENT_CLASS (gst_snn_sample_src_parent_class)->send_event (GST_ELEMENT
      (src), gst_snn_event_new_epoch_begin (&state->phase));
  state->announced = TRUE;
}

/* Ends the phase whose samples have all been sent and begins the next. */
static GstFlowReturn
next_phase (GstSnnSampleSrc *src)
{
  State *state = &get_private (src)->state;
  GstSnnEpoch *phase = &state->phase;
  GstFlowReturn flow;

  if (state->in_phase) {
    if (state->announced)
      gst_pad_push_event (GST_BASE_SRC_PAD (src),
          gst_snn_event_new_epoch_end (phase));
    state->in_phase = FALSE;
    phase->evaluate = state->settings.evaluate && !phase->evaluate;
    if (!phase->evaluate)
      phase->epoch++;
  }
  flow = prepare_next (src);
  if (flow == GST_FLOW_OK)
    begin_phase (state);
  return flow;
}

/* How many samples an epoch has, with those that are held out; 0 with an error
 * in @flow. */
static guint64
epoch_size (GstSnnSampleSrc *src, GstFlowReturn *flow)
{
  GstSnnEpoch *phase = &get_private (src)->state.phase;
  guint64 n;

  phase->evaluate = FALSE;
  *flow = prepare_phase (src);
  if (*flow != GST_FLOW_OK)
    return 0;
  n = phase->n_samples;
  if (get_private (src)->state.settings.evaluate) {
    phase->evaluate = TRUE;
    *flow = prepare_phase (src);
    n += phase->n_samples;
  }
  return *flow == GST_FLOW_OK ? n : 0;
}

/* Goes on with the sample that a seek asks for. A phase that was under way is
 * left without an end, as not all of it has been sent. */
static GstFlowReturn
do_wanted_seek (GstSnnSampleSrc *src)
{
  GstSnnSampleSrcPrivate *priv = get_private (src);
  State *state = &priv->state;
  GstSnnEpoch *phase = &state->phase;
  guint64 n = priv->seek.start, size;
  GstFlowReturn flow = state->resumed ? GST_FLOW_OK : prepare_next (src);

  priv->seek.wanted = FALSE;
  state->in_phase = FALSE;
  if (flow == GST_FLOW_OK) {
    phase->epoch = state->first_epoch;
    size = epoch_size (src, &flow);
  }
  if (flow != GST_FLOW_OK)
    return flow;
  GST_OBJECT_LOCK (src);
  state->offset = n;
  GST_OBJECT_UNLOCK (src);
  phase->epoch += (guint) MIN (n / size, G_MAXUINT - phase->epoch);
  phase->evaluate = FALSE;
  n %= size;
  flow = prepare_next (src);
  if (flow == GST_FLOW_OK && n >= phase->n_samples) {
    n -= phase->n_samples;
    phase->evaluate = TRUE;
    flow = prepare_phase (src);
  }
  if (flow != GST_FLOW_OK)
    return flow;
  state->next = (guint) n;
  GST_INFO_OBJECT (src, "went to sample %u of epoch %u%s", state->next,
      phase->epoch, phase->evaluate ? ", held out" : "");
  begin_phase (state);
  return GST_FLOW_OK;
}

static GstFlowReturn
gst_snn_sample_src_create (GstPushSrc *push, GstBuffer **buffer)
{
  GstSnnSampleSrc *src = GST_SNN_SAMPLE_SRC (push);
  State *state = &get_private (src)->state;
  GstSnnSampleMeta *meta;
  GstSnnCounts counts;
  GstFlowReturn flow;

  if (get_private (src)->seek.wanted) {
    flow = do_wanted_seek (src);
    if (flow != GST_FLOW_OK)
      return flow;
  }
  if (state->offset >= get_private (src)->seek.stop)
    return GST_FLOW_EOS;
  do {
    if (gst_snn_sample_src_is_flushing (src))
      return GST_FLOW_FLUSHING;
    if (!state->in_phase || state->next == state->phase.n_samples) {
      flow = next_phase (src);
      if (flow != GST_FLOW_OK)
        return flow;
    }
    flow = GST_SNN_SAMPLE_SRC_GET_CLASS (src)->make (src, state->next, buffer);
    if (flow != GST_FLOW_OK && flow != GST_SNN_FLOW_SKIPPED)
      return flow;
    state->next++;
  } while (flow == GST_SNN_FLOW_SKIPPED);
  announce_phase (src);

  meta = gst_buffer_get_snn_sample_meta (*buffer);
  meta->epoch = state->phase.epoch;
  if (state->phase.evaluate)
    meta->flags |= GST_SNN_SAMPLE_EVALUATE;
  counts = get_counts (src);
  gst_snn_counts_stamp (&counts, *buffer);
  GST_OBJECT_LOCK (src);
  state->offset = counts.offset;
  GST_OBJECT_UNLOCK (src);
  if (state->n_tensors == 1 && gst_buffer_n_memory (*buffer) > 1)
    gst_buffer_remove_memory (*buffer, 1);
  return GST_FLOW_OK;
}

/* Whether the pipeline, or whatever else is at the top, leaves PAUSED. */
static gboolean
is_stopping (GstElement *element)
{
  GstObject *top = gst_object_ref (GST_OBJECT (element)), *parent;
  gboolean stopping;

  while ((parent = gst_object_get_parent (top))) {
    gst_object_unref (top);
    top = parent;
  }
  GST_OBJECT_LOCK (top);
  stopping = GST_STATE_TARGET (top) < GST_STATE_PAUSED;
  GST_OBJECT_UNLOCK (top);
  gst_object_unref (top);
  return stopping;
}

/* Sinks are stopped first. What still comes to them is refused, not always as
 * flushing, and the base class would call that an error. */
static gboolean
gst_snn_sample_src_post_message (GstElement *element, GstMessage *message)
{
  const GstStructure *details = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error_details (message, &details);
  if (details && gst_structure_has_field (details, "flow-return")
      && is_stopping (element)) {
    GST_DEBUG_OBJECT (element, "refused while stopping: %" GST_PTR_FORMAT,
        message);
    gst_message_unref (message);
    return TRUE;
  }
  return GST_ELEMENT_CLASS (gst_snn_sample_src_parent_class)->post_message
      (element, message);
}

static void
gst_snn_sample_src_class_init (GstSnnSampleSrcClass *class)
{
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (class);

  GST_ELEMENT_CLASS (class)->post_message = gst_snn_sample_src_post_message;

  gst_snn_properties_install (class, &property_table);

  base_class->start = gst_snn_sample_src_start;
  base_class->stop = gst_snn_sample_src_stop;
  base_class->unlock = gst_snn_sample_src_unlock;
  base_class->unlock_stop = gst_snn_sample_src_unlock_stop;
  base_class->is_seekable = gst_snn_sample_src_is_seekable;
  base_class->negotiate = gst_snn_sample_src_negotiate;
  base_class->query = gst_snn_sample_src_query;
  base_class->event = gst_snn_sample_src_event;
  base_class->prepare_seek_segment = gst_snn_sample_src_prepare_seek_segment;
  base_class->do_seek = gst_snn_sample_src_do_seek;
  GST_PUSH_SRC_CLASS (class)->create = gst_snn_sample_src_create;

  gst_type_mark_as_plugin_api (GST_TYPE_SNN_SAMPLE_SRC, 0);
}

static void
gst_snn_sample_src_init (GstSnnSampleSrc *src)
{
  gst_snn_properties_init (src, &property_table);
  gst_base_src_set_format (GST_BASE_SRC (src), GST_FORMAT_TIME);
}
