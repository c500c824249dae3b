/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* snn_text_file_read: (transfer full): what text file @path has, without the byte order
 * mark that Windows' editors begin a text with; %NULL with SNN_ERROR_NOT_FOUND where
 * there is none, or SNN_ERROR_OPEN. */
gchar *snn_text_file_read (const gchar * path, GError ** error);

G_END_DECLS
