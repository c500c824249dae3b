/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/* Files of the user's that this process reads its data from. They may lie
 * anywhere in a pipeline, in another branch of it, or be reached by a link or
 * another spelling; so they are known to the process as a whole, by device and
 * inode, and snn_file_write() replaces none of them. */
typedef struct _SnnInputFiles SnnInputFiles;

/* snn_input_files_new: a source's; safe to use from several threads, as all
 * functions here. */
SnnInputFiles *snn_input_files_new (void);

/* snn_input_files_add: @path is read until @files is freed; one that is not
 * there, or is a folder, is left out. */
void snn_input_files_add (SnnInputFiles * files, const gchar * path);

void snn_input_files_free (SnnInputFiles * files);

/* snn_input_files_find: (transfer full) (nullable): by which name somebody
 * reads the file that @path leads to; %NULL: nobody does. */
gchar *snn_input_files_find (const gchar * path);

/* snn_input_files_check: FALSE with SNN_ERROR_WRITE, which names both, where
 * writing to @path would replace what is read. */
gboolean snn_input_files_check (const gchar * path, GError ** error);

/* snn_input_files_same: whether both lead to one file, by links or another
 * spelling. */
gboolean snn_input_files_same (const gchar * a, const gchar * b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnInputFiles, snn_input_files_free)

SNN_END_DECLS
