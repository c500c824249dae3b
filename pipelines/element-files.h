/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What is to be said of files of elements which don't say it themselves, as they are
 * GStreamer's own. */

/* snn_element_file: (transfer full): where @element reads or writes, as in
 * " (pictures/slice-%05d.png)", to stand behind an error of it that is of a file and
 * whose @text names none; or "". */
gchar *snn_element_file (GstObject * element, const GError * error,
    const gchar * text);

/* snn_warn_of_leftovers: prints a warning for each element of @pipeline that has written
 * numbered files, beside which those of an earlier run go on: they would be taken for
 * files of this one. */
void snn_warn_of_leftovers (GstElement * pipeline);

G_END_DECLS
