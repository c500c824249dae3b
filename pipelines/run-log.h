/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "launch-file.h"

G_BEGIN_DECLS

/* A file of JSON lines that tells what was run, where, for how long, and what
 * the elements had to say; docs/formats.md, section "Run log". */

typedef struct _SnnRunLog SnnRunLog;

/* snn_run_log_new: appends to the file at @path; %NULL with SNN_ERROR_OPEN. */
SnnRunLog *snn_run_log_new (const gchar * path, GError ** error);

/* snn_run_log_free: %NULL is allowed. */
void snn_run_log_free (SnnRunLog * log);

/**
 * snn_run_log_begin:
 * @file: the launch file
 * @settings: (array zero-terminated=1): the assignments of the command line; what
 *     the environment set in @file is added to them
 * @description: the pipeline
 */
void snn_run_log_begin (SnnRunLog * log, const SnnLaunchFile * file,
    gchar ** settings, const gchar * description);

/* snn_run_log_message: an element's; "snn-progress", of which there are too
 * many, is left out. */
void snn_run_log_message (SnnRunLog * log, GstMessage * message);

/* snn_run_log_end: @status is the exit status; an interrupted run has none. */
void snn_run_log_end (SnnRunLog * log, gint status);

/* snn_run_log_failed: whether a line could not be written. */
gboolean snn_run_log_failed (const SnnRunLog * log);

G_END_DECLS
