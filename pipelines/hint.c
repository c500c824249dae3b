/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hint.h"

#include <string.h>

#include <gst/gst.h>

#include "suggest.h"

/* Names in a folder that are looked at: more of them are no typing mistake's
 * neighbours, and take time. */
#define MOST_NAMES 4096

/* (transfer full) (nullable): what @path, which is not there, was perhaps to be. */
static gchar *
guess_path (const gchar *path)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *base = g_path_get_basename (path);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name, *best;

  while (dir && names->len < MOST_NAMES && (name = g_dir_read_name (dir)))
    if (g_utf8_validate (name, -1, NULL))
      g_ptr_array_add (names, g_strdup (name));
  best = snn_suggest (base, names);
  if (!best)
    return NULL;
  return g_str_equal (folder, ".") && !g_str_has_prefix (path, "./")
      ? g_strdup (best) : g_build_filename (folder, best, NULL);
}

/* Whether @text has @path in it as a word. */
static gboolean
names_path (const gchar *text, const gchar *path)
{
  const gchar *found = *path ? strstr (text, path) : NULL;
  const gchar *end = found ? found + strlen (path) : NULL;

  return found && (found == text || found[-1] == ' ')
      && (*end == '\0' || strchr (" ,:;", *end));
}

gchar *
snn_hint (const SnnLaunchFile *file, const GError *error, const gchar *text)
{
  /* A file that is yet to be made is no mistyped name of what is there. */
  const gboolean missing = g_error_matches (error, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND);
  const gchar *setter = snn_launch_file_setter (file, text);

  if (setter)
    return g_strdup_printf (" (%s=...)", setter);
  for (guint i = 0; missing && i < file->variables->len; i++) {
    const SnnLaunchVariable *variable = file->variables->pdata[i];
    const gchar *path = variable->value ? variable->value : variable->fallback;
    g_autofree gchar *guess = NULL;

    if (!path || !names_path (text, path)
        || g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    guess = guess_path (path);
    if (guess)
      return g_strdup_printf (", did you mean %s?", guess);
  }
  return g_strdup ("");
}
