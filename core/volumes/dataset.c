/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataset.h"

#include <string.h>

#include "../base/error.h"
#include "../base/remarks.h"
#include "bids-name.h"
#include "dataset-list.h"
#include "nifti-name.h"

/* The key of a name: files of one subject have the same. */
typedef gchar *(*Key) (const SnnDatasetItem * item, gboolean label);

static gchar *
key_name (const SnnDatasetItem *item, gboolean label)
{
  return g_strdup (item->subject);
}

/* nnU-Net's: case_0000 is the first channel of case. Files of the others are no
 * subjects of their own, and find no mask. */
static gchar *
key_nnunet (const SnnDatasetItem *item, gboolean label)
{
  if (label)
    return g_strdup (item->subject);
  return g_str_has_suffix (item->subject, SNN_FIRST_CHANNEL)
      ? g_strndup (item->subject,
      strlen (item->subject) - strlen (SNN_FIRST_CHANNEL))
      : NULL;
}

static gchar *
key_structure (const SnnDatasetItem *item, gboolean label)
{
  return snn_bids_key (item->subject, TRUE);
}

static gchar *
key_scan (const SnnDatasetItem *item, gboolean label)
{
  return snn_bids_key (item->subject, FALSE);
}

static gchar *
key_matched (const SnnDatasetItem *item, gboolean label)
{
  return g_strdup (item->matched);
}

/* In which ways an image finds its mask, the first that does it counts. A new
 * way is a row. */
static const Key ways[] = {
  key_name, key_nnunet, key_structure, key_scan, key_matched
};

static gchar *
missing_label (const SnnDatasetItem *item, const gchar *label_location)
{
  return g_strdup_printf ("There is no label for %s: a file named %s, or with "
      "the same BIDS entities, is expected in %s", item->image, item->subject,
      label_location);
}

/* Masks by key; a key that two have leads to the first, and is in @twice. */
static GHashTable *
index_labels (const GPtrArray *labels, Key key, GHashTable *twice)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);

  for (guint i = 0; i < labels->len; i++) {
    gchar *text = key (labels->pdata[i], TRUE);

    if (!text)
      continue;
    if (!g_hash_table_contains (index, text))
      g_hash_table_insert (index, text, labels->pdata[i]);
    else if (!g_hash_table_contains (twice, text))
      g_hash_table_insert (twice, text, labels->pdata[i]);
    else
      g_free (text);
  }
  return index;
}

/* Gives those that have no mask yet the one of the same key. FALSE where two
 * would do. */
static gboolean
pair_by_key (GPtrArray *items, const GPtrArray *labels, Key key,
    GHashTable *used, GError **error)
{
  g_autoptr (GHashTable) twice = g_hash_table_new_full (g_str_hash,
      g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) index = index_labels (labels, key, twice);

  for (guint i = 0; i < items->len; i++) {
    SnnDatasetItem *item = items->pdata[i];
    g_autofree gchar *text = item->label ? NULL : key (item, FALSE);
    const SnnDatasetItem *label = text ? g_hash_table_lookup (index, text)
        : NULL;
    const SnnDatasetItem *other = text ? g_hash_table_lookup (twice, text)
        : NULL;

    if (label && other) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s and %s could both "
          "be the mask of %s; a pattern or a list in place of the folder says "
          "which", label->image, other->image, item->image);
      return FALSE;
    }
    if (!label)
      continue;
    item->label = g_strdup (label->image);
    g_hash_table_add (used, (gpointer) label);
  }
  return TRUE;
}

/* Gives each item, of which @role says what it is, its mask; those that have none
 * are left out, and told. */
static gboolean
pair_labels (GPtrArray *items, const GPtrArray *labels,
    const gchar *label_location, SnnDatasetRole role, GPtrArray *problems,
    GPtrArray *remarks, GError **error)
{
  const gchar *what = role == SNN_DATASET_MASKS ? "mask for the label"
      : "image for the mask";
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);

  if (items->len == 1 && labels->len == 1
      && g_file_test (label_location, G_FILE_TEST_IS_REGULAR)) {
    SnnDatasetItem *item = items->pdata[0];

    item->label = g_strdup (((SnnDatasetItem *) labels->pdata[0])->image);
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (!pair_by_key (items, labels, ways[i], used, error))
      return FALSE;
  for (guint i = 0; i < items->len;) {
    SnnDatasetItem *item = items->pdata[i];

    if (item->label) {
      i++;
      continue;
    }
    g_ptr_array_add (problems, missing_label (item, label_location));
    g_ptr_array_remove_index (items, i);
  }
  for (guint i = 0; i < labels->len; i++)
    if (!g_hash_table_contains (used, labels->pdata[i]))
      snn_remark (remarks, "There is no %s %s", what,
          ((SnnDatasetItem *) labels->pdata[i])->image);
  return TRUE;
}

/* A file that is compared with itself agrees, which says nothing. */
static gboolean
check_different (const GPtrArray *items, GError **error)
{
  for (guint i = 0; i < items->len; i++) {
    const SnnDatasetItem *item = items->pdata[i];

    if (!item->label || !snn_input_files_same (item->image, item->label))
      continue;
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s would be its own "
        "mask%s%s; another file is expected for it", item->image,
        g_str_equal (item->image, item->label) ? "" : ", as ",
        g_str_equal (item->image, item->label) ? "" : item->label);
    return FALSE;
  }
  return TRUE;
}

/* @role: of @location. */
static GPtrArray *
list_pairs (const gchar *location, const gchar *label_location,
    SnnDatasetRole role, GPtrArray *problems, GPtrArray *remarks,
    GError **error)
{
  const gboolean pairs = label_location
      && snn_input_files_same (location, label_location)
      && snn_dataset_is_table (location);
  g_autoptr (GPtrArray) items = snn_dataset_list_files (location, pairs
      ? SNN_DATASET_PAIRS : role, error);
  g_autoptr (GPtrArray) labels = NULL;

  if (!items || !label_location)
    return g_steal_pointer (&items);
  if (!pairs) {
    labels = snn_dataset_list_files (label_location, SNN_DATASET_LABELS, error);
    if (!labels || !pair_labels (items, labels, label_location, role,
            problems, remarks, error))
      return NULL;
  }
  return check_different (items, error) ? g_steal_pointer (&items) : NULL;
}

GPtrArray *
snn_dataset_list_all (const gchar *location, const gchar *label_location,
    GPtrArray *problems, GPtrArray *remarks, GError **error)
{
  return list_pairs (location, label_location, SNN_DATASET_IMAGES, problems,
      remarks, error);
}

GPtrArray *
snn_dataset_list_masks (const gchar *location, const gchar *label_location,
    GPtrArray *problems, GPtrArray *remarks, GError **error)
{
  return list_pairs (location, label_location, SNN_DATASET_MASKS, problems,
      remarks, error);
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
  g_autoptr (GPtrArray) files = snn_dataset_list_files (location, SNN_DATASET_IMAGES, error);

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

void
snn_dataset_add_inputs (const GPtrArray *items, SnnInputFiles *files)
{
  for (guint i = 0; i < items->len; i++) {
    const SnnDatasetItem *item = items->pdata[i];

    for (guint c = 0; item->images[c]; c++)
      snn_input_files_add (files, item->images[c]);
    if (item->label)
      snn_input_files_add (files, item->label);
  }
}
