/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/* When a stream starts, stops, has to let go of long work, and does not seek. A
 * stream begins and ends between READY and PAUSED. */

/**
 * gst_snn_sink_change_state:
 * @parent: class whose change_state() is chained up to
 * @start: what a stream needs; FALSE with a message posted
 * @stop: forgets the stream; FALSE with a message posted
 *
 * change_state() of sinks, whose base class calls start() and stop() between
 * NULL and READY, too early and too late.
 */
GstStateChangeReturn gst_snn_sink_change_state (GstElement * element,
    GstStateChange transition, gpointer parent,
    gboolean (*start) (GstElement * element),
    gboolean (*stop) (GstElement * element));

/**
 * GstSnnCancel:
 * @flag: non-zero (atomic) while work is to stop: what the core polls
 *
 * Work that takes minutes is done in the streaming thread, which has to come
 * back before pads can be flushed or deactivated.
 */
typedef struct
{
  gint flag;
} GstSnnCancel;

/* gst_snn_cancel_state_change: ahead of change_state() of the base class. */
void gst_snn_cancel_state_change (GstSnnCancel * cancel,
    GstStateChange transition);

/* gst_snn_cancel_event: what comes to the sink pad. */
void gst_snn_cancel_event (GstSnnCancel * cancel, const GstEvent * event);

/* gst_snn_query_refuse_seeking: answers a SEEKING query of whoever refuses seeks,
 * though upstream may take them. */
void gst_snn_query_refuse_seeking (GstQuery * query);

SNN_END_DECLS
