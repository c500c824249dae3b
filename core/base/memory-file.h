/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/* A file that is nowhere but in memory: what came by a network or from another
 * program, and is to be read by what reads files. */
typedef struct _SnnMemoryFile SnnMemoryFile;

/* snn_memory_file_new: (transfer full): empty. @name is for messages, a
 * location or what its owner would call it. %NULL with SNN_ERROR_OPEN. */
SnnMemoryFile *snn_memory_file_new (const gchar * name, GError ** error);
void snn_memory_file_free (SnnMemoryFile * file);

const gchar *snn_memory_file_name (const SnnMemoryFile * file);
guint64 snn_memory_file_size (const SnnMemoryFile * file);

/* snn_memory_file_add: @n bytes of @data at its end. FALSE with
 * SNN_ERROR_NO_SPACE or SNN_ERROR_WRITE. */
gboolean snn_memory_file_add (SnnMemoryFile * file, gconstpointer data,
    gsize n, GError ** error);

/* snn_memory_file_open: a descriptor of the caller's, to be closed, at the
 * file's beginning; its place is shared by all that are open. -1 with
 * SNN_ERROR_OPEN. */
gint snn_memory_file_open (SnnMemoryFile * file, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnMemoryFile, snn_memory_file_free)

SNN_END_DECLS
