/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* snn_shared_data: (transfer full): path of real data, by its @name in the
 * folder $GST_SNN_DATA or $SNN_SHARED_DATA; %NULL, said on standard error,
 * where it is missing and the test has to be skipped. */
static inline gchar *
snn_shared_data (const gchar *name)
{
  const gchar *folder = g_getenv ("GST_SNN_DATA");
  g_autofree gchar *path = NULL;

  if (!folder || !*folder)
    folder = g_getenv ("SNN_SHARED_DATA");
  if (folder)
    path = g_build_filename (folder, name, NULL);
  if (path && g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  g_printerr ("SKIP: there is no %s in $GST_SNN_DATA or $SNN_SHARED_DATA\n",
      name);
  return NULL;
}
