/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "target.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static gchar *folder;
static GHashTable *paths;

static void
clean_up (void)
{
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, paths);
  while (g_hash_table_iter_next (&iter, NULL, &path))
    g_unlink (path);
  g_hash_table_unref (paths);
  g_rmdir (folder);
  g_free (folder);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  const gchar *shared = "/dev/shm";

  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  folder = g_build_filename (g_file_test (shared, G_FILE_TEST_IS_DIR) ? shared
      : g_get_tmp_dir (), "snn-fuzz-XXXXXX", NULL);
  if (!g_mkdtemp (folder))
    g_error ("can't make %s", folder);
  paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  atexit (clean_up);
  return 0;
}

const gchar *
snn_fuzz_path (const gchar *name)
{
  gchar *path = g_hash_table_lookup (paths, name);

  if (!path) {
    path = g_build_filename (folder, name, NULL);
    g_hash_table_insert (paths, g_strdup (name), path);
  }
  return path;
}

const gchar *
snn_fuzz_write (const gchar *name, const uint8_t *data, size_t size)
{
  const gchar *path = snn_fuzz_path (name);
  FILE *file = g_fopen (path, "wb");

  /* An empty input may come without an address. */
  if (!file || (size > 0 && fwrite (data, 1, size, file) != size)
      || fclose (file) != 0)
    g_error ("can't write %s", path);
  return path;
}

void
snn_fuzz_check_error (const GError *error, const gchar *path)
{
  if (!error || !*error->message)
    g_error ("refused without a word");
  if (path && !strstr (error->message, path))
    g_error ("the file is not named: %s", error->message);
}
