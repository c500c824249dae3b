/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/* SnnPool: worker threads for independent work items. Which thread runs which
 * item is not defined, so no result may depend on it: an item writes only its
 * own output, and sums over items are taken afterwards in item order. */
typedef struct _SnnPool SnnPool;

/**
 * SnnWork:
 * @data: as given to snn_pool_run()
 * @item: which item
 * @worker: which worker, less than snn_pool_threads(): index of its scratch
 */
typedef void (*SnnWork) (gpointer data, guint item, guint worker);

/* snn_pool_new: @threads workers, the caller included; 0 is one a processor.
 * Where the system gives fewer, there is a warning, and snn_pool_threads()
 * says how many there are. */
SnnPool *snn_pool_new (guint threads);
void snn_pool_free (SnnPool * pool);
guint snn_pool_threads (const SnnPool * pool);

/* snn_pool_run: runs @work for items 0 to @n - 1 and returns when all are done.
 * Calls from several threads take turns; @work may not call it. */
void snn_pool_run (SnnPool * pool, guint n, SnnWork work, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnPool, snn_pool_free)

SNN_END_DECLS
