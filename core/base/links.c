/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "links.h"

/* More links than anybody has in a row: they lead round. */
#define MAX_LINKS 40

gchar *
snn_links_follow (const gchar *path)
{
  g_autofree gchar *at = g_strdup (path);

  for (guint i = 0; i < MAX_LINKS; i++) {
    g_autofree gchar *target = g_file_read_link (at, NULL);
    g_autofree gchar *folder = NULL;

    if (!target)
      return g_steal_pointer (&at);
    folder = g_path_get_dirname (at);
    g_free (at);
    at = g_path_is_absolute (target) ? g_steal_pointer (&target)
        : g_build_filename (folder, target, NULL);
  }
  return NULL;
}
