/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "launch-file.h"

G_BEGIN_DECLS

/**
 * snn_launch_check:
 * @file: where @description is from
 * @description: as snn_launch_file_expand() made it
 *
 * Holds the properties that @description sets against those that its elements
 * have, before anything runs: GStreamer's parser puts a number that is out of
 * range to the nearest or to the default, and does not say so.
 *
 * Returns: FALSE with SNN_ERROR_MISMATCH, whose text names the variable that
 * the value is of, the value and what was expected. Elements that are not there
 * are left to the parser.
 */
gboolean snn_launch_check (const SnnLaunchFile * file,
    const gchar * description, GError ** error);

/* snn_launch_list_elements: (transfer full): the names of all elements there
 * are. */
GPtrArray *snn_launch_list_elements (void);

G_END_DECLS
