/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-search.h"

#include <string.h>

#include <snn/base/error.h>

#include "launch-file.h"
#include "suggest.h"

/* Folders that launch files are looked for in, after the current one. */
static gchar **
search_path (void)
{
  const gchar *path = g_getenv ("SNN_PIPELINE_PATH");
  g_auto (GStrv) parts = g_strsplit (path ? path : SNN_PIPELINE_DIR,
      G_SEARCHPATH_SEPARATOR_S, -1);
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();

  for (guint i = 0; parts[i]; i++)
    if (*parts[i])
      g_strv_builder_add (folders, parts[i]);
  return g_strv_builder_end (folders);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar *const *) a, *(gchar *const *) b);
}

/* (transfer full): names of the launch files of a folder, in order. */
static GPtrArray *
list_folder (const gchar *path)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (folder && (name = g_dir_read_name (folder)))
    if (g_str_has_suffix (name, ".launch"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* What @name, which is no launch file, was perhaps to be. */
static gchar *
guess_file (const gchar *name, gchar **folders)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (g_file_test (name, G_FILE_TEST_EXISTS))
    return g_strdup_printf (": what the pipelines read and write is given by "
        "variables, as in IMAGES=%s", name);
  for (guint i = 0; folders[i]; i++) {
    g_autoptr (GPtrArray) files = list_folder (folders[i]);

    for (guint j = 0; j < files->len; j++) {
      const gchar *file = g_ptr_array_index (files, j);

      g_ptr_array_add (names, g_strdup (file));
      g_ptr_array_add (names, g_strndup (file,
              strlen (file) - strlen (".launch")));
    }
  }
  return snn_suggest_text (name, names);
}

/* (transfer full): @name in @folder, with or without its extension. */
static gchar *
find_file_in (const gchar *folder, const gchar *name)
{
  g_autofree gchar *plain = g_build_filename (folder, name, NULL);
  g_autofree gchar *full = g_strconcat (plain, ".launch", NULL);

  if (g_file_test (plain, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&plain);
  if (g_file_test (full, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&full);
  return NULL;
}

gchar *
snn_launch_find_here (const gchar *name)
{
  return find_file_in ("", name);
}

gchar *
snn_launch_find (const gchar *name, GError **error)
{
  g_auto (GStrv) folders = search_path ();
  g_autofree gchar *places = g_strjoinv (" or ", folders);
  gchar *found = snn_launch_find_here (name);

  if (!found && strchr (name, G_DIR_SEPARATOR)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND,
        "there is no launch file %s", name);
    return NULL;
  }
  for (guint i = 0; !found && folders[i]; i++)
    found = find_file_in (folders[i], name);
  if (!found) {
    g_autofree gchar *guess = guess_file (name, folders);

    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND,
        "there is no launch file %s, neither here nor in %s%s", name,
        *places ? places : "SNN_PIPELINE_PATH, which is empty", guess);
  }
  return found;
}

void
snn_launch_print_files (void)
{
  g_auto (GStrv) folders = search_path ();

  for (guint i = 0; folders[i]; i++) {
    g_autoptr (GPtrArray) names = list_folder (folders[i]);

    for (guint j = 0; j < names->len; j++) {
      const gchar *name = g_ptr_array_index (names, j);
      g_autofree gchar *path = g_build_filename (folders[i], name, NULL);
      g_autoptr (SnnLaunchFile) file = snn_launch_file_load (path, NULL);

      if (file)
        g_print ("%-28s  %s\n", name, file->summary ? file->summary : "");
    }
  }
}
