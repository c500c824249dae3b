/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/**
 * GstSnnDeadline:
 *
 * A thread that calls a function when something has waited for too long. Zeroed
 * while there is none.
 */
typedef struct
{
  /*< private > */
  GMutex lock;
  GCond changed;
  GThread *thread;
  gint64 due;                   /* monotonic time; 0: nothing waits */
  gboolean stopping;
  void (*expired) (gpointer data);
  gpointer data;
} GstSnnDeadline;

/* gst_snn_deadline_start: @expired is called with @data from a thread of its
 * own. FALSE with an error where none can be made. */
gboolean gst_snn_deadline_start (GstSnnDeadline * deadline,
    void (*expired) (gpointer data), gpointer data, GError ** error);

/* gst_snn_deadline_stop: waits for the function to return; nothing where
 * nothing was started. */
void gst_snn_deadline_stop (GstSnnDeadline * deadline);

/* gst_snn_deadline_set: @due in monotonic time, in place of what was set;
 * 0: never. Once it has passed, nothing is set. */
void gst_snn_deadline_set (GstSnnDeadline * deadline, gint64 due);

SNN_END_DECLS
