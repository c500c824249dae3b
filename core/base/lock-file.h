/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/* SnnLockFile: says that a file is being made, so that a second run in the same
 * folder does not make it as well. A killed run's lock blocks nobody. */
typedef struct _SnnLockFile SnnLockFile;

/**
 * snn_lock_file_take:
 * @path: file that will be written; the lock is a file beside it, called @path +
 *   ".lock", or where @path is a link, beside the file that it leads to. Devices and pipes, and file systems that have no locks, are not
 *   locked.
 *
 * Returns: (transfer full): %NULL with SNN_ERROR_WRITE, which names @path and the
 * process that holds it, or where the lock can't be made, or is a file of
 * somebody's that no run has signed
 */
SnnLockFile *snn_lock_file_take (const gchar * path, GError ** error);
void snn_lock_file_free (SnnLockFile * lock);

/* snn_lock_file_hold: takes the lock of @path (nullable: of nothing) and adds it
 * to @locks, which is made where it is %NULL and frees them. Two settings that
 * name one file get in each other's way here, too. */
gboolean snn_lock_file_hold (GPtrArray ** locks, const gchar * path,
    GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnLockFile, snn_lock_file_free)

SNN_END_DECLS
