/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataset.h"

#include <glob.h>
#include <string.h>

#include "../base/error.h"
#include "../base/remarks.h"
#include "nifti-read.h"

static void
item_free (gpointer data)
{
  SnnDatasetItem *item = data;

  g_free (item->subject);
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

static void
add_item (GPtrArray *items, const gchar *path)
{
  SnnDatasetItem *item = g_new0 (SnnDatasetItem, 1);

  item->subject = snn_nifti_subject (path);
  item->images = g_strdupv ((gchar *[]) { (gchar *) path, NULL });
  item->image = item->images[0];
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

/* Adds the file that @name of line @line of @list stands for. */
static gboolean
add_listed (GPtrArray *items, const gchar *list, guint line,
    const gchar *name, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (list);
  g_autofree gchar *path = g_path_is_absolute (name) ? g_strdup (name)
      : g_build_filename (folder, name, NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "Line %u of list %s: "
        "there is no file %s", line, list, path);
    return FALSE;
  }
  add_item (items, path);
  return TRUE;
}

/* (transfer full): field @column of a line of comma-separated values, without
 * the quotation marks of RFC 4180; %NULL beyond the last. */
static gchar *
csv_field (const gchar *line, guint column)
{
  g_autoptr (GString) field = g_string_new (NULL);
  gboolean quoted = FALSE;

  for (; *line; line++) {
    if (*line == '"' && quoted && line[1] == '"')
      g_string_append_c (field, *line++);
    else if (*line == '"')
      quoted = !quoted;
    else if (*line == ',' && !quoted && column-- == 0)
      break;
    else if (*line == ',' && !quoted)
      g_string_truncate (field, 0);
    else
      g_string_append_c (field, *line);
  }
  if (*line == '\0' && column > 0)
    return NULL;
  return g_strstrip (g_strdup (field->str));
}

/* The first column in which @line has a NIfTI file's name; -1: none. */
static gint
find_column (const gchar *line)
{
  for (guint column = 0;; column++) {
    g_autofree gchar *field = csv_field (line, column);

    if (!field)
      return -1;
    if (snn_nifti_is_location (field))
      return (gint) column;
  }
}

/* A header line, and whatever else comes before the first file, is no data. */
static gboolean
list_csv (GPtrArray *items, const gchar *list, gchar **lines, GError **error)
{
  gint column = -1;

  for (guint i = 0; lines[i]; i++) {
    g_autofree gchar *field = NULL;

    if (column < 0)
      column = find_column (lines[i]);
    if (column < 0 || *g_strstrip (lines[i]) == '\0')
      continue;
    field = csv_field (lines[i], (guint) column);
    if (!field || !*field) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Line %u of list %s has "
          "no file in column %d, where the lines before have theirs", i + 1,
          list, column + 1);
      return FALSE;
    }
    if (!add_listed (items, list, i + 1, field, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
list_lines (GPtrArray *items, const gchar *list, gchar **lines,
    GError **error)
{
  for (guint i = 0; lines[i]; i++) {
    const gchar *line = g_strstrip (lines[i]);

    if (line[0] != '\0' && line[0] != '#'
        && !add_listed (items, list, i + 1, line, error))
      return FALSE;
  }
  return TRUE;
}

/* A list of files by its ending. A new kind is a row. */
static const struct
{
  const gchar *ending;
  gboolean (*list) (GPtrArray * items, const gchar * list, gchar ** lines,
      GError ** error);
} lists[] = {
  {".txt", list_lines},
  {".lst", list_lines},
  {".csv", list_csv},
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

static gboolean
list_text (GPtrArray *items, const gchar *list, GError **error)
{
  static const gchar byte_order_mark[] = "\xef\xbb\xbf";
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) reason = NULL;
  const gchar *begin;

  if (!g_file_get_contents (list, &text, NULL, &reason)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't read list %s: %s",
        list, reason->message);
    return FALSE;
  }
  /* Windows' editors begin a text with it. */
  begin = g_str_has_prefix (text, byte_order_mark)
      ? text + strlen (byte_order_mark) : text;
  lines = g_strsplit (begin, "\n", -1);
  if (!lists[kind_of_list (list)].list (items, list, lines, error))
    return FALSE;
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
  } else if (!g_file_test (location, G_FILE_TEST_EXISTS)
      && !g_file_test (location, G_FILE_TEST_IS_SYMLINK)) {
    found = strpbrk (location, "*?[") != NULL;
    if (found)
      found = list_pattern (items, location, error);
    else
      g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no file or "
          "folder %s", location);
  } else if (kind_of_list (location) >= 0) {
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

static gchar *
missing_label (const SnnDatasetItem *item, const gchar *label_location)
{
  return g_strdup_printf ("There is no label for %s: a file named %s is "
      "expected in %s", item->image, item->subject, label_location);
}

/* Gives each item its mask; those that have none are left out, and told. */
static void
pair_labels (GPtrArray *items, const GPtrArray *labels,
    const gchar *label_location, GPtrArray *problems, GPtrArray *remarks)
{
  guint next = 0;

  if (items->len == 1 && labels->len == 1
      && g_file_test (label_location, G_FILE_TEST_IS_REGULAR)) {
    SnnDatasetItem *item = items->pdata[0];

    item->label = g_strdup (((SnnDatasetItem *) labels->pdata[0])->image);
    return;
  }
  for (guint i = 0; i < items->len;) {
    SnnDatasetItem *item = items->pdata[i];
    const SnnDatasetItem *label = next < labels->len ? labels->pdata[next]
        : NULL;
    gint order = label ? strcmp (label->subject, item->subject) : 1;

    if (order == 0) {
      item->label = g_strdup (label->image);
      i++;
    } else if (order > 0) {
      g_ptr_array_add (problems, missing_label (item, label_location));
      g_ptr_array_remove_index (items, i);
    }
    if (order < 0)
      snn_remark (remarks, "There is no image for the mask %s", label->image);
    next += order <= 0;
  }
  for (; next < labels->len; next++)
    snn_remark (remarks, "There is no image for the mask %s",
        ((SnnDatasetItem *) labels->pdata[next])->image);
}

GPtrArray *
snn_dataset_list_all (const gchar *location, const gchar *label_location,
    GPtrArray *problems, GPtrArray *remarks, GError **error)
{
  g_autoptr (GPtrArray) items = list_files (location, error);
  g_autoptr (GPtrArray) labels = NULL;

  if (!items)
    return NULL;
  if (label_location) {
    labels = list_files (label_location, error);
    if (!labels)
      return NULL;
    pair_labels (items, labels, label_location, problems, remarks);
  }
  return g_steal_pointer (&items);
}

GPtrArray *
snn_dataset_list (const gchar *location, const gchar *label_location,
    GError **error)
{
  g_autoptr (GPtrArray) problems = snn_remarks_new ();
  g_autoptr (GPtrArray) items = snn_dataset_list_all (location, label_location,
      problems, NULL, error);

  if (!items || problems->len == 0)
    return g_steal_pointer (&items);
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "%s%s",
      (gchar *) problems->pdata[0],
      problems->len > 1 ? " (and others have none)" : "");
  return NULL;
}

/* Whether two subjects have one name up to the last underscore of each. */
static gboolean
share_stem (const gchar *a, const gchar *b)
{
  const gchar *end_a = strrchr (a, '_'), *end_b = strrchr (b, '_');

  return end_a && end_b && end_a - a == end_b - b
      && strncmp (a, b, (gsize) (end_a - a)) == 0;
}

/* The file of @item among @files, or NULL with an error. */
static const gchar *
find_channel (const SnnDatasetItem *item, const GPtrArray *files,
    const gchar *location, GError **error)
{
  const SnnDatasetItem *found = NULL;

  for (guint i = 0; i < files->len; i++) {
    const SnnDatasetItem *file = files->pdata[i];

    if (g_str_equal (file->subject, item->subject))
      return file->image;
    if (!share_stem (file->subject, item->subject))
      continue;
    if (found) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s and %s could both "
          "be the further channel of %s", found->image, file->image,
          item->image);
      return NULL;
    }
    found = file;
  }
  if (found)
    return found->image;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no further "
      "channel for %s: a file named %s, or as that up to its last underscore, is "
      "expected in %s", item->image, item->subject, location);
  return NULL;
}

gboolean
snn_dataset_add_channel (GPtrArray *items, const gchar *location,
    GError **error)
{
  g_autoptr (GPtrArray) files = list_files (location, error);

  if (!files)
    return FALSE;
  for (guint i = 0; i < items->len; i++) {
    SnnDatasetItem *item = items->pdata[i];
    const gchar *image = items->len == 1 && files->len == 1
        ? ((SnnDatasetItem *) files->pdata[0])->image
        : find_channel (item, files, location, error);
    guint n = g_strv_length (item->images);

    if (!image)
      return FALSE;
    item->images = g_renew (gchar *, item->images, n + 2);
    item->images[n] = g_strdup (image);
    item->images[n + 1] = NULL;
    item->image = item->images[0];
  }
  return TRUE;
}
