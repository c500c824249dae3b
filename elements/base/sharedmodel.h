/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/run/engine.h>

G_BEGIN_DECLS

/* Networks that only run: elements of one process that use the same file have its
 * weights in memory once. Safe to call from any thread. */

/**
 * gst_snn_shared_model_open:
 * @path, @spiking, @error: as of gst_snn_model_load()
 * @threads: of this engine alone; 0: one a processor
 *
 * Two paths are of one model where they lead to the same file, which has not been
 * written to in between. Its network must not be changed.
 *
 * Returns: (transfer full): close it with gst_snn_shared_model_close()
 */
SnnEngine *gst_snn_shared_model_open (const gchar * path, gboolean spiking,
    guint threads, GError ** error);

/**
 * gst_snn_shared_model_resize:
 * @engine: of gst_snn_shared_model_open(), which stays open
 * @shape: input of the other network, of the same weights; its channels are of no
 *   account
 * @threads: of the new engine
 *
 * Returns: (transfer full): to close like the other, or %NULL with the errors of
 *   snn_network_resized()
 */
SnnEngine *gst_snn_shared_model_resize (SnnEngine * engine, SnnShape shape,
    guint threads, GError ** error);

/* gst_snn_shared_model_close: (transfer full): frees the weights with the last
 * engine on them. NULL is fine. */
void gst_snn_shared_model_close (SnnEngine * engine);

G_END_DECLS
