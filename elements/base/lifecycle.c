/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle.h"

/* Why work has to stop; bits of the cancel flag. */
#define CANCEL_FLUSHING (1 << 0)
#define CANCEL_STOPPING (1 << 1)

GstStateChangeReturn
gst_snn_sink_change_state (GstElement *element, GstStateChange transition,
    gpointer parent, gboolean (*start) (GstElement *element),
    gboolean (*stop) (GstElement *element))
{
  GstStateChangeReturn change;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (element))
    return GST_STATE_CHANGE_FAILURE;
  change = GST_ELEMENT_CLASS (parent)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY && !stop (element))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && change == GST_STATE_CHANGE_FAILURE)
    stop (element);
  return change;
}

void
gst_snn_cancel_state_change (GstSnnCancel *cancel, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    g_atomic_int_or (&cancel->flag, CANCEL_STOPPING);
  else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    g_atomic_int_set (&cancel->flag, 0);
}

void
gst_snn_cancel_event (GstSnnCancel *cancel, const GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START)
    g_atomic_int_or (&cancel->flag, CANCEL_FLUSHING);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    g_atomic_int_and (&cancel->flag, ~CANCEL_FLUSHING);
}

void
gst_snn_query_refuse_seeking (GstQuery *query)
{
  GstFormat format;

  gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
  gst_query_set_seeking (query, format, FALSE, 0, -1);
}
