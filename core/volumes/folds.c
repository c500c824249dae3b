/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "folds.h"

#include <json-glib/json-glib.h>

#include "../base/error.h"
#include "../base/random.h"
#include "../base/remarks.h"
#include "../base/text-file.h"
#include "nifti-name.h"

/* (transfer full) (nullable): what tells the person of @name. */
static gchar *
match_person (GRegex *regex, const gchar *name)
{
  /* Patterns are of characters, and names of files are any bytes. */
  g_autofree gchar *valid = g_utf8_make_valid (name, -1);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_regex_match (regex, valid, 0, &match))
    return NULL;
  return g_match_info_fetch (match, g_regex_get_capture_count (regex) > 0);
}

guint32 *
snn_folds_group (const gchar *const *names, guint n, const gchar *pattern,
    GError **error)
{
  g_autoptr (GHashTable) persons =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GRegex) regex = NULL;
  g_autoptr (GError) reason = NULL;
  guint32 *groups, n_groups = 0;

  if (pattern && *pattern) {
    regex = g_regex_new (pattern, 0, 0, &reason);
    if (!regex) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "\"%s\" is no pattern "
          "for persons: %s", pattern, reason->message);
      return NULL;
    }
  }
  groups = g_new (guint32, MAX (n, 1));
  for (guint i = 0; i < n; i++) {
    gchar *person = regex ? match_person (regex, names[i]) : NULL;
    gpointer known = NULL;

    if (person && g_hash_table_lookup_extended (persons, person, NULL, &known)) {
      groups[i] = GPOINTER_TO_UINT (known);
      g_free (person);
      continue;
    }
    if (person)
      g_hash_table_insert (persons, person, GUINT_TO_POINTER (n_groups));
    groups[i] = n_groups++;
  }
  return groups;
}

guint32 *
snn_folds_select (guint n_subjects, const guint32 *groups, guint folds,
    guint fold, guint64 seed, SnnSubset subset, guint *n)
{
  guint n_groups = n_subjects;
  g_autofree guint32 *order = g_new (guint32, MAX (n_subjects, 1));
  g_autofree gboolean *chosen = g_new0 (gboolean, MAX (n_subjects, 1));
  guint32 *subjects = g_new (guint32, MAX (n_subjects, 1));

  if (groups) {
    n_groups = 0;
    for (guint i = 0; i < n_subjects; i++)
      n_groups = MAX (n_groups, groups[i] + 1);
  }
  for (guint i = 0; i < n_groups; i++)
    order[i] = i;
  if (seed != 0) {
    SnnRandom random;

    snn_random_init (&random, seed, SNN_RANDOM_FOLDS, 0);
    snn_random_shuffle (&random, order, n_groups);
  }
  for (guint i = 0; i < n_groups; i++)
    chosen[order[i]] = subset == SNN_SUBSET_ALL
        || (i % folds == fold) == (subset == SNN_SUBSET_TEST);

  *n = 0;
  for (guint i = 0; i < n_subjects; i++)
    if (chosen[groups ? groups[i] : i])
      subjects[(*n)++] = i;
  return subjects;
}

/* (transfer none): the lists of @fold, or %NULL with an error. */
static JsonObject *
find_fold (JsonNode *root, const gchar *path, guint fold, GError **error)
{
  JsonArray *all = root && JSON_NODE_HOLDS_ARRAY (root)
      ? json_node_get_array (root) : NULL;
  JsonNode *lists;

  if (!all) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s is no list of folds: "
        "an array is expected, as nnU-Net's splits_final.json has it", path);
    return NULL;
  }
  if (fold >= json_array_get_length (all)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "There is no fold %u in "
        "%s, which has %u, counted from 0", fold, path,
        json_array_get_length (all));
    return NULL;
  }
  lists = json_array_get_element (all, fold);
  if (JSON_NODE_HOLDS_OBJECT (lists))
    return json_node_get_object (lists);
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Fold %u in %s is no object "
      "with \"train\" and \"val\"", fold, path);
  return NULL;
}

/* The subject of that name, with or without ending; or the one whose first
 * channel is named so, as nnU-Net has it: case_0000 is of case. */
static gboolean
find_subject (GHashTable *by_name, const gchar *text, gpointer *index)
{
  g_autofree gchar *name = snn_nifti_subject (text);
  g_autofree gchar *first = g_strconcat (name, SNN_FIRST_CHANNEL, NULL);

  return g_hash_table_lookup_extended (by_name, name, NULL, index)
      || g_hash_table_lookup_extended (by_name, first, NULL, index);
}

/* Sets @part of the subjects that the list @member names. */
static gboolean
read_part (JsonObject *lists, const gchar *member, SnnSubset subset,
    const gchar *path, GHashTable *by_name, guint8 *part, GError **error)
{
  JsonNode *node = json_object_get_member (lists, member);
  JsonArray *list = node && JSON_NODE_HOLDS_ARRAY (node)
      ? json_node_get_array (node) : NULL;

  if (!list) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "A fold in %s has no list "
        "\"%s\"", path, member);
    return FALSE;
  }
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonNode *item = json_array_get_element (list, i);
    const gchar *text = JSON_NODE_HOLDS_VALUE (item)
        ? json_node_get_string (item) : NULL;
    gpointer index = NULL;

    if (!text || !find_subject (by_name, text, &index)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s puts subject %s "
          "into \"%s\", and there is no such file", path,
          text ? text : "(not a name)", member);
      return FALSE;
    }
    if (part[GPOINTER_TO_UINT (index)] != SNN_SUBSET_ALL) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s has subject %s "
          "twice in one fold", path, text);
      return FALSE;
    }
    part[GPOINTER_TO_UINT (index)] = subset;
  }
  return TRUE;
}

/* Sets the parts of all subjects in @fold. */
static gboolean
read_fold (JsonNode *root, const gchar *path, guint fold, GHashTable *by_name,
    guint8 *part, GError **error)
{
  JsonObject *lists = find_fold (root, path, fold, error);

  return lists
      && read_part (lists, "train", SNN_SUBSET_TRAIN, path, by_name, part,
      error)
      && read_part (lists, "val", SNN_SUBSET_TEST, path, by_name, part, error);
}

static guint
count_folds (JsonNode *root)
{
  return root && JSON_NODE_HOLDS_ARRAY (root)
      ? json_array_get_length (json_node_get_array (root)) : 0;
}

/* Subjects in neither list: left out of training and measuring alike. */
static void
remark_unnamed (const gchar *path, const gchar *const *names,
    guint n_subjects, const guint8 *part, GPtrArray *remarks)
{
  const gchar *first = NULL;
  guint n = 0;

  for (guint i = 0; i < n_subjects; i++)
    if (part[i] == SNN_SUBSET_ALL && n++ == 0)
      first = names[i];
  if (n > 0)
    snn_remark (remarks, "%s does not name %u of the %u subjects, the first "
        "of them %s: they are left out", path, n, n_subjects, first);
}

guint32 *
snn_folds_read (const gchar *path, const gchar *const *names, guint n_subjects,
    guint fold, SnnSubset subset, guint *n, GPtrArray *remarks, GError **error)
{
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree guint8 *part = g_malloc0 (MAX (n_subjects, 1));
  g_autofree gchar *text = snn_text_file_read (path, error);
  g_autoptr (JsonNode) root = NULL;
  const gboolean all = subset == SNN_SUBSET_ALL;
  guint32 *subjects;
  guint n_folds;

  if (!text)
    return NULL;
  for (guint i = 0; i < n_subjects; i++)
    g_hash_table_insert (by_name, (gpointer) names[i], GUINT_TO_POINTER (i));
  root = json_from_string (text, NULL);
  n_folds = all ? MAX (count_folds (root), 1) : 1;
  for (guint k = 0; k < n_folds; k++) {
    g_autofree guint8 *fold_part = g_malloc0 (MAX (n_subjects, 1));

    if (!read_fold (root, path, all ? k : fold, by_name, fold_part, error))
      return NULL;
    for (guint i = 0; i < n_subjects; i++)
      if (fold_part[i] != SNN_SUBSET_ALL)
        part[i] = fold_part[i];
  }
  remark_unnamed (path, names, n_subjects, part, remarks);

  subjects = g_new (guint32, MAX (n_subjects, 1));
  *n = 0;
  for (guint i = 0; i < n_subjects; i++)
    if (part[i] != SNN_SUBSET_ALL && (all || part[i] == subset))
      subjects[(*n)++] = i;
  return subjects;
}
