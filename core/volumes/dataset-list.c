/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataset-list.h"

#include <glob.h>
#include <string.h>

#include "../base/error.h"
#include "../base/table.h"
#include "nifti-name.h"

#define WILDCARDS "*?["

static void
item_free (gpointer data)
{
  SnnDatasetItem *item = data;

  g_free (item->subject);
  g_free (item->matched);
  g_strfreev (item->images);
  g_free (item->label);
  g_free (item);
}

static gint
compare_items (gconstpointer a, gconstpointer b)
{
  const SnnDatasetItem *const *x = a, *const *y = b;

  return strcmp ((*x)->subject, (*y)->subject);
}

static SnnDatasetItem *
add_item (GPtrArray *items, const gchar *path)
{
  SnnDatasetItem *item = g_new0 (SnnDatasetItem, 1);

  item->subject = snn_nifti_subject (path);
  item->images = g_strdupv ((gchar *[]) { (gchar *) path, NULL });
  item->image = item->images[0];
  g_ptr_array_add (items, item);
  return item;
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

/* (transfer full): @folder, so that glob() takes it for nothing but itself. */
static gchar *
escape_pattern (const gchar *folder)
{
  GString *escaped = g_string_new (NULL);

  for (; *folder; folder++) {
    if (strchr ("*?[\\", *folder))
      g_string_append_c (escaped, '\\');
    g_string_append_c (escaped, *folder);
  }
  return g_string_free (escaped, FALSE);
}

/* Of BIDS datasets: the suffixes of what is looked for. What has the first counts,
 * or else the second. */
static const gchar *const suffixes[][2] = {
  [SNN_DATASET_IMAGES] = {"_T1w", NULL},
  [SNN_DATASET_MASKS] = {"_dseg", "_mask"},
  [SNN_DATASET_LABELS] = {"_dseg", "_mask"},
};

static void
list_suffix (GPtrArray *items, const gchar *folder, const gchar *suffix)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_autofree gchar *stem = snn_nifti_subject (name);

    if (is_listed (name) && g_str_has_suffix (stem, suffix))
      add_item (items, path);
  }
}

/* Files in sub-... /[ses-... /]anat of a dataset or derivative. Returns whether
 * @folder is one. */
static gboolean
list_bids (GPtrArray *items, const gchar *folder, const gchar *suffix)
{
  static const gchar *const patterns[] = { "sub-*", "sub-*/ses-*" };
  gboolean is_one = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++) {
    g_autofree gchar *escaped = escape_pattern (folder);
    g_autofree gchar *pattern = g_build_filename (escaped, patterns[i], NULL);
    glob_t found;

    if (glob (pattern, GLOB_ONLYDIR, NULL, &found) == 0)
      for (gsize k = 0; k < found.gl_pathc; k++) {
        g_autofree gchar *anat = g_build_filename (found.gl_pathv[k], "anat",
            NULL);

        is_one |= g_file_test (found.gl_pathv[k], G_FILE_TEST_IS_DIR);
        list_suffix (items, anat, suffix);
      }
    globfree (&found);
  }
  return is_one;
}

static gboolean
list_folder (GPtrArray *items, const gchar *folder, SnnDatasetRole role,
    GError **error)
{
  const gchar *const *suffix = suffixes[role];
  g_autoptr (GError) reason = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &reason);
  gboolean is_bids = FALSE;
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
  for (guint i = 0; i < 2 && items->len == 0 && suffix[i]; i++)
    is_bids = list_bids (items, folder, suffix[i]);
  if (items->len > 0)
    return TRUE;
  if (is_bids) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no "
        "sub-*/[ses-*/]anat/*%s.nii[.gz] in the BIDS dataset %s", suffix[0],
        folder);
    return FALSE;
  }
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no NIfTI file "
      "(.nii, .hdr, with or without .gz) in folder %s", folder);
  return FALSE;
}

/* (transfer full): what in @path, whose folders are those of @pattern, the parts
 * with a wildcard stand for. */
static gchar *
name_by_folders (const gchar *pattern, const gchar *path)
{
  g_auto (GStrv) wanted = g_strsplit (pattern, "/", -1);
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  GString *name = g_string_new (NULL);

  for (guint i = 0; wanted[i] && parts[i]; i++)
    if (strpbrk (wanted[i], WILDCARDS))
      g_string_append_printf (name, "%s%s", name->len > 0 ? "_" : "", parts[i]);
  return g_string_free (name, FALSE);
}

/* (transfer full): @stem without what is beside the wildcards in @pattern. */
static gchar *
match_of (const gchar *pattern, const gchar *stem)
{
  g_autofree gchar *last = snn_nifti_subject (pattern);
  gsize before = strcspn (last, WILDCARDS), after = 0, n = strlen (stem);

  while (after < strlen (last) - before
      && !strchr (WILDCARDS "]", last[strlen (last) - 1 - after]))
    after++;
  return n > before + after ? g_strndup (stem + before, n - before - after)
      : NULL;
}

/* Where the wildcards are in folders only, these tell subjects apart. */
static void
name_by_pattern (GPtrArray *items, const gchar *pattern)
{
  g_autofree gchar *last = g_path_get_basename (pattern);
  gboolean by_name = strpbrk (last, WILDCARDS) != NULL;

  for (guint i = 0; i < items->len; i++) {
    SnnDatasetItem *item = items->pdata[i];

    item->matched = by_name ? match_of (pattern, item->subject)
        : name_by_folders (pattern, item->image);
    if (!by_name && items->len > 1) {
      g_free (item->subject);
      item->subject = g_strdup (item->matched);
    }
  }
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
  name_by_pattern (items, pattern);
  if (items->len > 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND,
      "There is no NIfTI file (.nii, .hdr, with or without .gz) that %s stands "
      "for", pattern);
  return FALSE;
}

/* (transfer full): the file that @name of line @line of @list stands for. */
static gchar *
find_listed (const gchar *list, guint line, const gchar *name, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (list);
  g_autofree gchar *path = g_path_is_absolute (name) ? g_strdup (name)
      : g_build_filename (folder, name, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "Line %u of list %s: "
      "there is no file %s", line, list, path);
  return NULL;
}

/* The first column from @from on in which @line has a NIfTI file's name; -1:
 * none. */
static gint
find_column (const gchar *line, gchar separator, guint from)
{
  for (guint column = from;; column++) {
    g_autofree gchar *field = snn_table_field (line, separator, column);

    if (!field)
      return -1;
    if (snn_nifti_is_location (field))
      return (gint) column;
  }
}

/* (transfer full): the file in column @column of line @i, from 0. */
static gchar *
find_in_column (const gchar *list, guint i, const gchar *line,
    gchar separator, gint column, GError **error)
{
  g_autofree gchar *field =
      column < 0 ? NULL : snn_table_field (line, separator, (guint) column);

  if (field && *field)
    return find_listed (list, i + 1, field, error);
  if (column < 0)
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Line %u of list %s has no "
        "second column with the name of a mask", i + 1, list);
  else
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Line %u of list %s has "
        "no file in column %d, where the lines before have theirs", i + 1,
        list, column + 1);
  return NULL;
}

/* A header line, and whatever else comes before the first file, is no data. */
static gboolean
list_table (GPtrArray *items, const gchar *list, gchar **lines,
    SnnDatasetRole role, GError **error)
{
  const gchar separator = snn_table_separator (list);
  gint column = -1, label_column = -1;

  for (guint i = 0; lines[i]; i++) {
    g_autofree gchar *image = NULL;
    SnnDatasetItem *item;

    if (column < 0) {
      column = find_column (lines[i], separator, 0);
      label_column = column < 0 ? -1
          : find_column (lines[i], separator, (guint) column + 1);
      if (role == SNN_DATASET_LABELS && label_column >= 0)
        column = label_column;
    }
    if (column < 0 || snn_table_is_blank (lines[i]))
      continue;
    image = find_in_column (list, i, lines[i], separator, column, error);
    if (!image)
      return FALSE;
    item = add_item (items, image);
    if (role != SNN_DATASET_PAIRS)
      continue;
    item->label = find_in_column (list, i, lines[i], separator, label_column,
        error);
    if (!item->label)
      return FALSE;
  }
  return TRUE;
}

/* A file's name a line. */
static gboolean
list_lines (GPtrArray *items, const gchar *list, gchar **lines,
    SnnDatasetRole role, GError **error)
{
  for (guint i = 0; lines[i]; i++) {
    const gchar *line = g_strstrip (lines[i]);
    g_autofree gchar *path = NULL;

    if (line[0] == '\0' || line[0] == '#')
      continue;
    path = find_listed (list, i + 1, line, error);
    if (!path)
      return FALSE;
    add_item (items, path);
  }
  return TRUE;
}

/* A list of files by its ending. A new kind is a row. */
static const struct
{
  const gchar *ending;
  gboolean (*list) (GPtrArray * items, const gchar * list, gchar ** lines,
      SnnDatasetRole role, GError ** error);
} lists[] = {
  {".txt", list_lines},
  {".lst", list_lines},
  {".csv", list_table},
  {".tsv", list_table},
};

/* Which row of @lists; -1: none. */
static gint
kind_of_list (const gchar *name)
{
  g_autofree gchar *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (g_str_has_suffix (lower, lists[i].ending))
      return (gint) i;
  return -1;
}

gboolean
snn_dataset_is_table (const gchar *location)
{
  return snn_table_separator (location) != '\0'
      && g_file_test (location, G_FILE_TEST_IS_REGULAR);
}

static gboolean
have_one_name (const GPtrArray *items)
{
  for (guint i = 1; i < items->len; i++)
    if (strcmp (((SnnDatasetItem *) items->pdata[0])->subject,
            ((SnnDatasetItem *) items->pdata[i])->subject) != 0)
      return FALSE;
  return items->len > 1;
}

/* Whether folder @at of all paths is the same. */
static gboolean
is_common (const GPtrArray *paths, guint at)
{
  gchar **first = paths->pdata[0];

  for (guint i = 1; i < paths->len; i++)
    if (!g_str_equal (((gchar **) paths->pdata[i])[at], first[at]))
      return FALSE;
  return TRUE;
}

/* Files of a list that all have one name are told apart by the folders in which
 * their paths differ. */
static void
name_by_difference (GPtrArray *items)
{
  g_autoptr (GPtrArray) paths =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  guint depth = 0;

  if (!have_one_name (items))
    return;
  for (guint i = 0; i < items->len; i++) {
    gchar **parts =
        g_strsplit (((SnnDatasetItem *) items->pdata[i])->image, "/", -1);

    g_ptr_array_add (paths, parts);
    if (i > 0 && g_strv_length (parts) != depth)
      return;
    depth = g_strv_length (parts);
  }
  for (guint i = 0; i < items->len; i++) {
    SnnDatasetItem *item = items->pdata[i];
    g_autoptr (GString) name = g_string_new (NULL);

    for (guint at = 0; at + 1 < depth; at++)
      if (!is_common (paths, at))
        g_string_append_printf (name, "%s%s", name->len > 0 ? "_" : "",
            ((gchar **) paths->pdata[i])[at]);
    if (name->len == 0)
      return;
    g_free (item->subject);
    item->subject = g_strdup (name->str);
  }
}

static gboolean
list_text (GPtrArray *items, const gchar *list, SnnDatasetRole role,
    GError **error)
{
  const gint kind = kind_of_list (list);
  g_auto (GStrv) lines = snn_table_lines (list, error);

  if (!lines)
    return FALSE;
  if (!lists[kind].list (items, list, lines, role, error))
    return FALSE;
  name_by_difference (items);
  if (items->len > 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "List %s names no file",
      list);
  return FALSE;
}

GPtrArray *
snn_dataset_list_files (const gchar *location, SnnDatasetRole role,
    GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (item_free);
  gboolean found;

  if (g_file_test (location, G_FILE_TEST_IS_DIR)) {
    found = list_folder (items, location, role, error);
  } else if (!g_file_test (location, G_FILE_TEST_EXISTS)
      && !g_file_test (location, G_FILE_TEST_IS_SYMLINK)) {
    found = strpbrk (location, WILDCARDS) != NULL;
    if (found)
      found = list_pattern (items, location, error);
    else
      g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no file or "
          "folder %s", location);
  } else if (kind_of_list (location) >= 0) {
    found = list_text (items, location, role, error);
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
