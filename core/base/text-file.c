/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text-file.h"

#include <string.h>

#include "error.h"

gchar *
snn_text_file_read (const gchar *path, GError **error)
{
  static const gchar byte_order_mark[] = "\xef\xbb\xbf";
  g_autofree gchar *text = NULL;
  g_autoptr (GError) reason = NULL;

  if (!g_file_get_contents (path, &text, NULL, &reason)) {
    g_set_error (error, SNN_ERROR, g_error_matches (reason, G_FILE_ERROR,
            G_FILE_ERROR_NOENT) ? SNN_ERROR_NOT_FOUND : SNN_ERROR_OPEN,
        "Can't read %s: %s", path, reason->message);
    return NULL;
  }
  return g_str_has_prefix (text, byte_order_mark)
      ? g_strdup (text + strlen (byte_order_mark)) : g_steal_pointer (&text);
}
