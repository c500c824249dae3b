/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/wait.h>

/* snn_nibabel_run: runs nifti-nibabel.py with @args (%NULL-terminated).
 * Returns its exit status: 0, 1 with its reason on standard error, or 77, said
 * there too, where neither python3 nor Debian's has nibabel. @output (nullable,
 * %NULL before) is what it has printed. */
static inline int
snn_nibabel_run (const gchar *const *args, gchar **output)
{
  const gchar *pythons[] = { "python3", "/usr/bin/python3" };
  int code = 77;

  for (guint i = 0; i < G_N_ELEMENTS (pythons) && code == 77; i++) {
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    g_autofree gchar *script = g_build_filename (g_getenv ("SNN_TEST_DATA"),
        "nifti-nibabel.py", NULL);
    g_auto (GStrv) argv = NULL;
    int status = 0;

    if (output)
      g_clear_pointer (output, g_free);
    g_strv_builder_add_many (builder, pythons[i], script, NULL);
    g_strv_builder_addv (builder, (const char **) args);
    argv = g_strv_builder_end (builder);
    if (g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, output,
            NULL, &status, NULL))
      code = WIFEXITED (status) ? WEXITSTATUS (status) : 1;
  }
  if (code == 77)
    g_printerr ("SKIP: python3-nibabel is not installed\n");
  return code;
}
