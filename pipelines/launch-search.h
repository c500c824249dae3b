/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where launch files are: here, then in the folders of $SNN_PIPELINE_PATH, or, where
 * that is not set, in the one they are installed to. */

/**
 * snn_launch_find:
 * @name: of a launch file, with or without its extension, or a path
 *
 * Returns: (transfer full): the path of the first that there is, or %NULL with
 * SNN_ERROR_NOT_FOUND, whose text says what @name was perhaps to be
 */
gchar *snn_launch_find (const gchar * name, GError ** error);

/* snn_launch_find_here: (transfer full): the same as a path alone, or %NULL. */
gchar *snn_launch_find_here (const gchar * name);

/* snn_launch_print_files: all of those folders, a line each. */
void snn_launch_print_files (void);

G_END_DECLS
