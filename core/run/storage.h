/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who can have whose memory; private to core/. */

/**
 * snn_storage_share:
 * @n: number of things
 * @born, @dies: of each, the step that first writes it, and the last that looks at it;
 *   at that step it is still needed. One that is born at %G_MAXUINT is left alone
 * @alike: whether @j can be where @i was
 *
 * Returns: (transfer full): of each, itself, or another one, born before, whose memory
 *   it can have as all that have had it are dead; that one has its own
 */
guint *snn_storage_share (guint n, const guint * born, const guint * dies,
    gboolean (*alike) (gconstpointer data, guint i, guint j),
    gconstpointer data);

G_END_DECLS
