/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/volumes/finder.h>

G_BEGIN_DECLS

/* gst_snn_finder_message_new: (transfer full): what regionfinder says of a volume:
 * of each of @classes what was found. */
GstMessage *gst_snn_finder_message_new (GstObject * source,
    const SnnVolumeInfo * volume, const SnnClasses * classes,
    const SnnFinding * findings);

/* gst_snn_finder_message_new_skipped: (transfer full): that it was left out. */
GstMessage *gst_snn_finder_message_new_skipped (GstObject * source,
    const SnnVolumeInfo * volume);

G_END_DECLS
