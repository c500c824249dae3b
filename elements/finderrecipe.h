/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/volumes/finder.h>

G_BEGIN_DECLS

/* gst_snn_finder_recipe_read: how a network that finds structures was fed in
 * training; sets all of @finder but cut_off, least and threads. @model is its
 * file, for errors: SNN_ERROR_MISMATCH where it says nothing of axis or
 * scaling, or was fed as regionfinder does not feed. */
gboolean gst_snn_finder_recipe_read (const SnnNetwork * network,
    const gchar * model, SnnFinderSettings * finder, GError ** error);

G_END_DECLS
