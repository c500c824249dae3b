/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Tells on standard output what the elements of a pipeline report: on a
 * terminal in one line that is redrawn, otherwise in a line
 * an epoch, and one every so often in between. */

typedef struct _SnnProgress SnnProgress;

/* snn_progress_new: @seconds: after which off a terminal a line says how far the
 * work is, when nothing else was said. */
SnnProgress *snn_progress_new (gboolean terminal, guint seconds);
void snn_progress_free (SnnProgress * progress);

/* snn_progress_message: takes an element message in; those of other names
 * than ours are ignored. */
void snn_progress_message (SnnProgress * progress,
    const GstStructure * structure);

/* snn_progress_tick: to be called about every second: off a terminal, a line
 * says once an interval that the work goes on and how far it is. */
void snn_progress_tick (SnnProgress * progress);

/* snn_progress_is_result: whether a message is what a run is for: of a measure
 * or of a file. */
gboolean snn_progress_is_result (const GstStructure * structure);

/* snn_progress_clear: makes room for other output. */
void snn_progress_clear (SnnProgress * progress);

/* snn_progress_format: (transfer full) (nullable): the text for a message;
 * @passing is set when it should be redrawn rather than kept. */
gchar *snn_progress_format (const GstStructure * structure,
    gboolean * passing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnProgress, snn_progress_free)

G_END_DECLS
