/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataset.h"

#include <glob.h>
#include <string.h>

#include "../base/error.h"
#include "nifti-read.h"

static void
item_free (gpointer data)
{
  SnnDatasetItem *item = data;

  g_free (item->subject);
  g_free (item->image);
  g_free (item->label);
  g_free (item);
}

static gint
compare_items (gconstpointer a, gconstpointer b)
{
  const SnnDatasetItem *const *x = a, *const *y = b;

  return strcmp ((*x)->subject, (*y)->subject);
}

static void
add_item (GPtrArray *items, const gchar *path)
{
  SnnDatasetItem *item = g_new0 (SnnDatasetItem, 1);

  item->subject = snn_nifti_subject (path);
  item->image = g_strdup (path);
  g_ptr_array_add (items, item);
}

/* The .img of a pair is found by way of its .hdr. */
static gboolean
is_listed (const gchar *name)
{
  g_autofree gchar *lower = g_ascii_strdown (name, -1);

  return name[0] != '.' && snn_nifti_is_location (name)
      && !g_str_has_suffix (lower, ".img")
      && !g_str_has_suffix (lower, ".img.gz");
}

static gboolean
list_folder (GPtrArray *items, const gchar *folder, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &reason);
  const gchar *name;

  if (!dir) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't read folder %s: %s",
        folder, reason->message);
    return FALSE;
  }
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    if (is_listed (name) && !g_file_test (path, G_FILE_TEST_IS_DIR))
      add_item (items, path);
  }
  if (items->len > 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no NIfTI file "
      "(.nii, .hdr, with or without .gz) in folder %s", folder);
  return FALSE;
}

static gboolean
list_pattern (GPtrArray *items, const gchar *pattern, GError **error)
{
  glob_t found;
  int result = glob (pattern, 0, NULL, &found);

  if (result == 0)
    for (gsize i = 0; i < found.gl_pathc; i++) {
      g_autofree gchar *name = g_path_get_basename (found.gl_pathv[i]);

      if (is_listed (name)
          && !g_file_test (found.gl_pathv[i], G_FILE_TEST_IS_DIR))
        add_item (items, found.gl_pathv[i]);
    }
  globfree (&found);
  if (items->len > 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND,
      "There is no NIfTI file (.nii, .hdr, with or without .gz) that %s stands "
      "for", pattern);
  return FALSE;
}

static gboolean
list_text (GPtrArray *items, const gchar *list, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (list);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) reason = NULL;

  if (!g_file_get_contents (list, &text, NULL, &reason)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't read list %s: %s",
        list, reason->message);
    return FALSE;
  }
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const gchar *line = g_strstrip (lines[i]);
    g_autofree gchar *path = NULL;

    if (line[0] == '\0' || line[0] == '#')
      continue;
    path = g_path_is_absolute (line) ? g_strdup (line)
        : g_build_filename (folder, line, NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "Line %u of list %s: "
          "there is no file %s", i + 1, list, path);
      return FALSE;
    }
    add_item (items, path);
  }
  if (items->len > 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "List %s names no file",
      list);
  return FALSE;
}

/* The files that @location stands for, in order of subjects. */
static GPtrArray *
list_files (const gchar *location, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (item_free);
  gboolean found;

  if (g_file_test (location, G_FILE_TEST_IS_DIR)) {
    found = list_folder (items, location, error);
  } else if (!g_file_test (location, G_FILE_TEST_EXISTS)) {
    found = strpbrk (location, "*?[") != NULL;
    if (found)
      found = list_pattern (items, location, error);
    else
      g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no file or "
          "folder %s", location);
  } else if (g_str_has_suffix (location, ".txt")) {
    found = list_text (items, location, error);
  } else {
    add_item (items, location);
    found = TRUE;
  }
  if (!found)
    return NULL;

  g_ptr_array_sort (items, compare_items);
  for (guint i = 1; i < items->len; i++) {
    const SnnDatasetItem *a = items->pdata[i - 1], *b = items->pdata[i];

    if (g_str_equal (a->subject, b->subject)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s and %s are both "
          "files of subject %s, where one a subject is expected", a->image,
          b->image, a->subject);
      return NULL;
    }
  }
  return g_steal_pointer (&items);
}

/* Gives each item its mask. */
static gboolean
pair_labels (GPtrArray *items, const GPtrArray *labels,
    const gchar *label_location, GError **error)
{
  guint next = 0;

  if (items->len == 1 && labels->len == 1
      && g_file_test (label_location, G_FILE_TEST_IS_REGULAR)) {
    SnnDatasetItem *item = items->pdata[0];

    item->label = g_strdup (((SnnDatasetItem *) labels->pdata[0])->image);
    return TRUE;
  }
  for (guint i = 0; i < items->len; i++) {
    SnnDatasetItem *item = items->pdata[i];
    const SnnDatasetItem *label = NULL;

    while (next < labels->len) {
      label = labels->pdata[next];
      if (strcmp (label->subject, item->subject) >= 0)
        break;
      next++;
    }
    if (next == labels->len || !g_str_equal (label->subject, item->subject)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no label "
          "for %s: a file named %s is expected in %s", item->image,
          item->subject, label_location);
      return FALSE;
    }
    item->label = g_strdup (label->image);
  }
  return TRUE;
}

GPtrArray *
snn_dataset_list (const gchar *location, const gchar *label_location,
    GError **error)
{
  g_autoptr (GPtrArray) items = list_files (location, error);
  g_autoptr (GPtrArray) labels = NULL;

  if (!items)
    return NULL;
  if (label_location) {
    labels = list_files (label_location, error);
    if (!labels || !pair_labels (items, labels, label_location, error))
      return NULL;
  }
  return g_steal_pointer (&items);
}
