/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstcheck.h>

#include <string.h>

#include "elements/base/samplemeta.h"

/* What came out of a pipeline: buffers in order, and between them events and
 * caps as text. */
typedef struct
{
  GPtrArray *buffers;
  GString *events;
  GError *error;
} Trace;

static inline void
trace_clear (Trace *trace)
{
  g_clear_pointer (&trace->buffers, g_ptr_array_unref);
  g_string_free (trace->events, TRUE);
  g_clear_error (&trace->error);
}

static inline GstPadProbeReturn
trace_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Trace *trace = data;
  GstEvent *event;
  GstSnnEpoch epoch;
  gboolean end;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    g_ptr_array_add (trace->buffers,
        gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info)));
    return GST_PAD_PROBE_OK;
  }
  event = GST_PAD_PROBE_INFO_EVENT (info);
  if (gst_snn_event_parse_epoch (event, &epoch, &end))
    g_string_append_printf (trace->events, "%u:%s%u/%u%s(%u) ",
        trace->buffers->len, end ? "end" : "begin", epoch.epoch, epoch.epochs,
        epoch.evaluate ? "e" : "t", epoch.n_samples);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    g_string_append_printf (trace->events, "%u:caps ", trace->buffers->len);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
    g_string_append_printf (trace->events, "%u:segment ", trace->buffers->len);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    g_string_append_printf (trace->events, "%u:eos", trace->buffers->len);
  return GST_PAD_PROBE_OK;
}

/* Plays @pipeline, which ends in a fakesink named sink, to its end and back to
 * READY. */
static inline void
trace_run (Trace *trace, GstElement *pipeline)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  gulong probe;

  memset (trace, 0, sizeof *trace);
  trace->buffers = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_buffer_unref);
  trace->events = g_string_new (NULL);
  probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER
      | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, trace_probe, trace, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &trace->error, NULL);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_READY);
  gst_bus_set_flushing (bus, TRUE);
  gst_bus_set_flushing (bus, FALSE);
  gst_pad_remove_probe (pad, probe);
  gst_object_unref (pad);
  gst_object_unref (sink);
  gst_object_unref (bus);
}

static inline GstSnnSampleMeta *
meta_at (const Trace *trace, guint i)
{
  GstSnnSampleMeta *meta =
      gst_buffer_get_snn_sample_meta (trace->buffers->pdata[i]);

  fail_unless (meta != NULL);
  return meta;
}

static inline gboolean
same_stream (const Trace *a, const Trace *b)
{
  if (a->buffers->len != b->buffers->len
      || strcmp (a->events->str, b->events->str) != 0)
    return FALSE;
  for (guint i = 0; i < a->buffers->len; i++) {
    GstBuffer *x = a->buffers->pdata[i], *y = b->buffers->pdata[i];
    gpointer data;
    gsize size;
    gboolean same;

    /* Mapping the whole would merge the image with its label. */
    gst_buffer_extract_dup (x, 0, -1, &data, &size);
    same = gst_buffer_get_size (y) == size
        && gst_buffer_memcmp (y, 0, data, size) == 0
        && GST_BUFFER_OFFSET (x) == GST_BUFFER_OFFSET (y)
        && meta_at (a, i)->sample == meta_at (b, i)->sample
        && meta_at (a, i)->flags == meta_at (b, i)->flags;
    g_free (data);
    if (!same)
      return FALSE;
  }
  return TRUE;
}
