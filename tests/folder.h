/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>

/* A temporary folder of a test's own. */

/* snn_test_folder_new: (transfer full): the path of an empty one. */
static inline gchar *
snn_test_folder_new (void)
{
  GError *error = NULL;
  gchar *folder = g_dir_make_tmp ("snn-test-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

/* snn_test_folder_empty: removes all that is in @folder, not what links in it
 * point to. Returns how many files and folders there were, one in the other
 * not counted. */
static inline guint
snn_test_folder_empty (const gchar *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
      snn_test_folder_empty (path);
    g_remove (path);
    n++;
  }
  return n;
}

/* snn_test_folder_free: (transfer full): with all that is in it. */
static inline void
snn_test_folder_free (gchar *folder)
{
  snn_test_folder_empty (folder);
  g_rmdir (folder);
  g_free (folder);
}
