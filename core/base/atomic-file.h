/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/**
 * snn_file_write:
 * @path: where to; an existing file is replaced, unless it is one that this
 *   process reads its data from (input-files.h)
 * @data: (array length=size): the whole content
 *
 * Writes a file aside, under a temporary name in the same folder, brings it
 * to the disk and renames it: a reader sees the old file or the new one, and
 * a failure leaves the old one and no temporary file. What a killed process has
 * left of the same file is removed. The new file has the old one's permissions;
 * a link stays one, and the file that it leads to is replaced. Devices and
 * pipes, which can't be replaced, are written to directly.
 *
 * Returns: %FALSE with SNN_ERROR_NO_SPACE (disk full, quota or size limit) or
 * SNN_ERROR_WRITE; the message names @path
 */
gboolean snn_file_write (const gchar * path, gconstpointer data, gsize size,
    GError ** error);

/**
 * snn_file_check:
 *
 * What would fail when a file is written to @path, found out before it is made.
 *
 * Returns: %FALSE with SNN_ERROR_WRITE; the message names @path
 */
gboolean snn_file_check (const gchar * path, GError ** error);

SNN_END_DECLS
