/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volumedec.h"

#include <string.h>

#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/base/remarks.h>
#include <snn/volumes/nifti-name.h>
#include <snn/volumes/nifti-read.h>
#include "lifecycle.h"
#include "messages.h"
#include "samplecaps.h"
#include "samplecounts.h"
#include "volumecut.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_volume_dec_debug);
#define GST_CAT_DEFAULT gst_snn_volume_dec_debug

/* What a volume is called of which nobody says a name. */
#define NAMELESS "volume"

typedef struct
{
  GstSnnCutSettings cut;
  gchar *subject;
  GstSnnFraction framerate;
  guint64 max_bytes;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  GstSnnVolumeCut cut;
  gboolean chosen;              /* the network downstream has been asked */
  gboolean begun;               /* a segment was sent */
  gboolean come;                /* something did, at any time */
  gboolean failed;              /* and that was told: nothing more of it */

  /* The file that is under way. */
  SnnMemoryFile *file;          /* NULL: nothing has come of it */
  gchar *subject;
  gchar *location;              /* a file's name or any URI; NULL: not known */
  gboolean unwanted;            /* its bytes are dropped */
  guint64 n_bytes;              /* that have come */

  GstSnnCounts counts;          /* under the object lock */
} State;

typedef struct
{
  GstPad *sink;
  GstPad *src;
  Settings settings;
  State state;
  SnnInputFiles *inputs;        /* so that no sink replaces them */
} GstSnnVolumeDecPrivate;

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstSnnVolumeDec, gst_snn_volume_dec,
    GST_TYPE_ELEMENT, G_ADD_PRIVATE (GstSnnVolumeDec)
    GST_DEBUG_CATEGORY_INIT (gst_snn_volume_dec_debug, "volumedec", 0,
        "Decoders of volumes"));

static GstSnnVolumeDecPrivate *
get_private (gpointer dec)
{
  return gst_snn_volume_dec_get_instance_private (GST_SNN_VOLUME_DEC (dec));
}

static gpointer
settings_of (gpointer object)
{
  return &get_private (object)->settings;
}

static const GstSnnProperty properties[] = {
  GST_SNN_CUT_PROPERTIES (Settings),
  {"subject", "Subject",
      "What the volume is called; unset: as the file that upstream reads, "
      "without folder and ending, or " NAMELESS " where it reads none",
      GST_SNN_STRING, GST_SNN_AT (Settings, subject)},
  {"framerate", "Frame rate",
      "Samples a second that timestamps are made for, unless downstream asks "
      "for another rate; 0/1: without timestamps",
      GST_SNN_FRACTION, GST_SNN_AT (Settings, framerate)},
  {"max-bytes", "Maximum of bytes",
      "Memory that the file may take as it comes, and that its volume may, 4 "
      "bytes a voxel; what has more is refused. 0: no limit",
      GST_SNN_UINT64, GST_SNN_AT (Settings, max_bytes),
      .fallback = SNN_NIFTI_MAX_BYTES},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static void
forget_file (State *state)
{
  g_clear_pointer (&state->file, snn_memory_file_free);
  g_clear_pointer (&state->subject, g_free);
  g_clear_pointer (&state->location, g_free);
  state->unwanted = FALSE;
  state->n_bytes = 0;
}

/* A new stream: caps, segment and counts begin anew. */
static void
restart (GstSnnVolumeDec *dec)
{
  State *state = &get_private (dec)->state;

  forget_file (state);
  gst_snn_volume_cut_forget (&state->cut);
  state->cut.tensors = (GstSnnTensors) { 0, };
  state->begun = state->failed = FALSE;
  GST_OBJECT_LOCK (dec);
  state->counts = (GstSnnCounts) { {0, 1}, 0, 0 };
  GST_OBJECT_UNLOCK (dec);
}

static void
close_stream (GstSnnVolumeDec *dec)
{
  GstSnnVolumeDecPrivate *priv = get_private (dec);

  restart (dec);
  gst_snn_volume_cut_clear (&priv->state.cut);
  gst_snn_properties_clear (&property_table, &priv->state.settings);
  memset (&priv->state, 0, sizeof priv->state);
  g_clear_pointer (&priv->inputs, snn_input_files_free);
}

static GstStateChangeReturn
gst_snn_volume_dec_change_state (GstElement *element,
    GstStateChange transition)
{
  GstSnnVolumeDec *dec = GST_SNN_VOLUME_DEC (element);
  GstSnnVolumeDecPrivate *priv = get_private (dec);
  GstStateChangeReturn change;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (!gst_snn_properties_start (dec, &property_table,
            &priv->state.settings)) {
      close_stream (dec);
      return GST_STATE_CHANGE_FAILURE;
    }
    priv->inputs = snn_input_files_new ();
  }
  change = GST_ELEMENT_CLASS (gst_snn_volume_dec_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && change == GST_STATE_CHANGE_FAILURE))
    close_stream (dec);
  return change;
}

/* Takes from the network downstream what is left to it. */
static gboolean
choose_settings (GstSnnVolumeDec *dec)
{
  State *state = &get_private (dec)->state;
  GError *error = NULL;

  if (state->chosen)
    return TRUE;
  if (!gst_snn_cut_settings_choose (GST_ELEMENT (dec), &state->settings.cut))
    return FALSE;
  if (!gst_snn_volume_cut_init (&state->cut, &state->settings.cut, &error)) {
    GST_SNN_ELEMENT_ERROR (dec, RESOURCE, SETTINGS, ("%s", error->message),
        (NULL));
    g_error_free (error);
    return FALSE;
  }
  state->chosen = TRUE;
  return TRUE;
}

/* Where the bytes come from: upstream's file or URI, if it says. */
static void
find_location (GstSnnVolumeDec *dec)
{
  GstSnnVolumeDecPrivate *priv = get_private (dec);
  State *state = &priv->state;
  GstQuery *query = gst_query_new_uri ();
  g_autofree gchar *uri = NULL;
  g_autofree gchar *path = NULL;

  if (gst_pad_peer_query (priv->sink, query))
    gst_query_parse_uri (query, &uri);
  gst_query_unref (query);
  if (uri && gst_uri_has_protocol (uri, "file"))
    state->location = g_filename_from_uri (uri, NULL, NULL);
  if (state->location)
    snn_input_files_add (priv->inputs, state->location);
  else
    state->location = g_strdup (uri);
  if (state->settings.subject && *state->settings.subject) {
    state->subject = g_strdup (state->settings.subject);
    return;
  }
  if (uri) {
    g_autoptr (GstUri) parsed = gst_uri_from_string (uri);

    path = parsed ? gst_uri_get_path (parsed) : NULL;
  }
  state->subject = path && *path ? snn_nifti_subject (path)
      : g_strdup (NAMELESS);
}

static gboolean
begin_file (GstSnnVolumeDec *dec)
{
  State *state = &get_private (dec)->state;
  GError *error = NULL;

  if (!choose_settings (dec))
    return FALSE;
  find_location (dec);
  state->unwanted = !gst_snn_volume_is_wanted (GST_ELEMENT (dec),
      state->subject, state->location);
  state->file = snn_memory_file_new (state->location ? state->location
      : state->subject, &error);
  if (!state->file)
    gst_snn_element_error (GST_ELEMENT (dec), error);
  return state->file != NULL;
}

/* Whether @buffer goes on where the last one ended. */
static gboolean
check_order (GstSnnVolumeDec *dec, GstBuffer *buffer)
{
  const State *state = &get_private (dec)->state;

  if (GST_BUFFER_OFFSET_IS_VALID (buffer)
      ? GST_BUFFER_OFFSET (buffer) == state->n_bytes
      : state->n_bytes == 0 || !GST_BUFFER_IS_DISCONT (buffer))
    return TRUE;
  GST_SNN_ELEMENT_ERROR (dec, STREAM, DECODE, ("%s: bytes are missing, %"
          G_GUINT64_FORMAT " have come", snn_memory_file_name (state->file),
          state->n_bytes), ("next is offset %" G_GUINT64_FORMAT,
          GST_BUFFER_OFFSET (buffer)));
  return FALSE;
}

static gboolean
add_bytes (GstSnnVolumeDec *dec, GstBuffer *buffer)
{
  State *state = &get_private (dec)->state;
  const guint64 limit = state->settings.max_bytes;
  GError *error = NULL;
  GstMapInfo map;

  if (!check_order (dec, buffer))
    return FALSE;
  state->n_bytes += gst_buffer_get_size (buffer);
  if (state->unwanted)
    return TRUE;
  if (limit > 0 && state->n_bytes > limit) {
    GST_SNN_ELEMENT_ERROR (dec, STREAM, DECODE, ("%s: it has more than %"
            G_GUINT64_FORMAT " bytes, the most that are allowed (max-bytes)",
            snn_memory_file_name (state->file), limit), (NULL));
    return FALSE;
  }
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_SNN_ELEMENT_ERROR (dec, RESOURCE, READ, ("%s: a buffer of it can't be "
            "mapped", snn_memory_file_name (state->file)), (NULL));
    return FALSE;
  }
  snn_memory_file_add (state->file, map.data, map.size, &error);
  gst_buffer_unmap (buffer, &map);
  if (error)
    gst_snn_element_error (GST_ELEMENT (dec), error);
  return error == NULL;
}

static GstFlowReturn
gst_snn_volume_dec_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstSnnVolumeDec *dec = GST_SNN_VOLUME_DEC (parent);
  State *state = &get_private (dec)->state;

  state->come = TRUE;
  if (!state->failed)
    state->failed = (!state->file && !begin_file (dec))
        || !add_bytes (dec, buffer);
  gst_buffer_unref (buffer);
  return state->failed ? GST_FLOW_ERROR : GST_FLOW_OK;
}

/* Ahead of the first sample of a volume, in the words that downstream takes. */
static GstFlowReturn
send_caps (GstSnnVolumeDec *dec, const GstSnnTensors *tensors)
{
  GstSnnVolumeDecPrivate *priv = get_private (dec);
  State *state = &priv->state;
  g_autoptr (GstCaps) caps = gst_snn_choose_caps (priv->src, tensors,
      &state->settings.framerate);
  GstSnnFraction rate = { 0, 1 };

  gst_structure_get_fraction (gst_caps_get_structure (caps, 0), "framerate",
      &rate.numerator, &rate.denominator);
  GST_OBJECT_LOCK (dec);
  state->counts.rate = rate;
  GST_OBJECT_UNLOCK (dec);
  if (gst_pad_set_caps (priv->src, caps))
    return GST_FLOW_OK;
  return GST_PAD_IS_FLUSHING (priv->src) ? GST_FLOW_FLUSHING
      : GST_FLOW_NOT_NEGOTIATED;
}

/* Reads the file; its volume is what samples are cut from then. */
static GstFlowReturn
load_volume (GstSnnVolumeDec *dec)
{
  State *state = &get_private (dec)->state;
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  g_autoptr (SnnVolume) own = NULL;
  g_autoptr (SnnVolume) volume = NULL;
  GstSnnVolumeCover cover = { 0, };
  GstSnnTensors tensors;
  GError *error = NULL;
  GstFlowReturn flow;
  SnnBox box;

  own = GST_SNN_VOLUME_DEC_GET_CLASS (dec)->load (dec, state->file,
      state->settings.max_bytes, remarks, &error);
  for (guint i = 0; i < remarks->len; i++)
    GST_SNN_ELEMENT_WARNING (dec, STREAM, DECODE, ("%s",
            (const gchar *) g_ptr_array_index (remarks, i)), (NULL));
  if (own) {
    g_free (own->info->subject);
    own->info->subject = g_strdup (state->subject);
    g_free (own->info->location);
    own->info->location = g_strdup (state->location);
    volume = gst_snn_volume_cut_resample (&state->cut, own, &error);
  }
  if (!volume || !gst_snn_volume_cut_measure (&state->cut, volume, &box,
          &tensors, &error)) {
    gst_snn_element_error (GST_ELEMENT (dec), error);
    return GST_FLOW_ERROR;
  }
  gst_snn_volume_cover_note (&cover, volume->info->dims, &box);
  gst_snn_volume_cover_tell (&cover, GST_ELEMENT (dec),
      &get_private (dec)->settings.cut, state->settings.cut.size);
  flow = send_caps (dec, &tensors);
  if (flow == GST_FLOW_OK)
    gst_snn_volume_cut_take (&state->cut, g_steal_pointer (&volume), &box,
        &tensors);
  return flow;
}

static GstFlowReturn
send_sample (GstSnnVolumeDec *dec, const SnnSlice *slice)
{
  GstSnnVolumeDecPrivate *priv = get_private (dec);
  State *state = &priv->state;
  GstBuffer *buffer = gst_snn_volume_cut_make (&state->cut, slice);

  GST_OBJECT_LOCK (dec);
  gst_snn_counts_stamp (&state->counts, buffer);
  GST_OBJECT_UNLOCK (dec);
  return gst_pad_push (priv->src, buffer);
}

/* Sends the samples of the volume as an epoch. */
static GstFlowReturn
send_volume (GstSnnVolumeDec *dec)
{
  GstSnnVolumeDecPrivate *priv = get_private (dec);
  State *state = &priv->state;
  guint n = state->cut.axis == SNN_AXIS_NONE ? 1
      : (guint) state->cut.box.size[state->cut.axis];
  GstSnnEpoch epoch = { .epochs = 1, .n_samples = n };
  GstFlowReturn flow = GST_FLOW_OK;

  GST_INFO_OBJECT (dec, "%s: %u samples of %" G_GUINT64_FORMAT " bytes",
      state->subject, n, state->n_bytes);
  GST_OBJECT_LOCK (dec);
  state->counts.duration = state->counts.offset + n;
  GST_OBJECT_UNLOCK (dec);
  if (!state->begun) {
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_pad_push_event (priv->src, gst_event_new_segment (&segment));
    state->begun = TRUE;
  }
  gst_pad_push_event (priv->src, gst_snn_event_new_epoch_begin (&epoch));
  for (guint i = 0; i < n && flow == GST_FLOW_OK; i++) {
    const SnnSlice slice = { 0, i, i == n - 1 };

    flow = send_sample (dec, &slice);
  }
  if (flow == GST_FLOW_OK)
    gst_pad_push_event (priv->src, gst_snn_event_new_epoch_end (&epoch));
  return flow;
}

/* All bytes of the file are there. What goes wrong now no flow tells to
 * upstream. */
static void
finish_file (GstSnnVolumeDec *dec)
{
  State *state = &get_private (dec)->state;
  GstFlowReturn flow;

  if (!state->unwanted && !state->failed) {
    flow = load_volume (dec);
    state->failed = flow == GST_FLOW_ERROR;
    if (flow == GST_FLOW_OK)
      flow = send_volume (dec);
    if (!state->failed && flow != GST_FLOW_FLUSHING && flow < GST_FLOW_EOS)
      GST_ELEMENT_FLOW_ERROR (dec, flow);
  }
  forget_file (state);
}

static gboolean
gst_snn_volume_dec_sink_event (GstPad *pad, GstObject *parent,
    GstEvent *event)
{
  GstSnnVolumeDec *dec = GST_SNN_VOLUME_DEC (parent);
  GstSnnVolumeDecPrivate *priv = get_private (dec);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      /* Whoever plays one file after the other need not end each. */
      if (priv->state.file)
        finish_file (dec);
      return gst_pad_push_event (priv->src, event);
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
    case GST_EVENT_GAP:
      /* Of bytes; samples get their own. */
      gst_event_unref (event);
      return TRUE;
    case GST_EVENT_EOS:
      if (priv->state.file)
        finish_file (dec);
      else if (!priv->state.come)
        GST_SNN_ELEMENT_ERROR (dec, STREAM, DECODE, ("The stream has ended, "
                "and no byte of a volume has come"), (NULL));
      return gst_pad_push_event (priv->src, event);
    case GST_EVENT_FLUSH_STOP:
      restart (dec);
      return gst_pad_push_event (priv->src, event);
    default:
      return gst_pad_event_default (pad, parent, event);
  }
}

/* A file is decoded as a whole: there is no going to a place in it. */
static gboolean
gst_snn_volume_dec_src_event (GstPad *pad, GstObject *parent,
    GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_SEEK)
    return gst_pad_event_default (pad, parent, event);
  GST_INFO_OBJECT (parent, "no seek: %" GST_PTR_FORMAT, event);
  gst_event_unref (event);
  return FALSE;
}

static gboolean
gst_snn_volume_dec_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstSnnCounts counts;

  GST_OBJECT_LOCK (parent);
  counts = get_private (parent)->state.counts;
  GST_OBJECT_UNLOCK (parent);
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_SEEKING:
      gst_snn_query_refuse_seeking (query);
      return TRUE;
    case GST_QUERY_POSITION:
    case GST_QUERY_DURATION:
    case GST_QUERY_FORMATS:
    case GST_QUERY_CONVERT:
      return gst_snn_counts_answer (&counts, query);
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* The sink pad is made of the subclass's template. */
static void
gst_snn_volume_dec_constructed (GObject *object)
{
  GstElement *element = GST_ELEMENT (object);
  GstSnnVolumeDecPrivate *priv = get_private (object);

  G_OBJECT_CLASS (gst_snn_volume_dec_parent_class)->constructed (object);
  priv->sink = gst_pad_new_from_template (gst_element_class_get_pad_template
      (GST_ELEMENT_GET_CLASS (element), "sink"), "sink");
  gst_pad_set_chain_function (priv->sink, gst_snn_volume_dec_chain);
  gst_pad_set_event_function (priv->sink, gst_snn_volume_dec_sink_event);
  gst_element_add_pad (element, priv->sink);
  priv->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (priv->src, gst_snn_volume_dec_src_event);
  gst_pad_set_query_function (priv->src, gst_snn_volume_dec_src_query);
  gst_pad_use_fixed_caps (priv->src);
  gst_element_add_pad (element, priv->src);
}

static void
gst_snn_volume_dec_class_init (GstSnnVolumeDecClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);

  gst_snn_properties_install (class, &property_table);
  G_OBJECT_CLASS (class)->constructed = gst_snn_volume_dec_constructed;
  element_class->change_state = gst_snn_volume_dec_change_state;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_type_mark_as_plugin_api (GST_TYPE_SNN_VOLUME_DEC, 0);
}

static void
gst_snn_volume_dec_init (GstSnnVolumeDec *dec)
{
  gst_snn_properties_init (dec, &property_table);
}
