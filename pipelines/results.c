/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <snn/base/error.h>

#define FORMAT "gst-snn result"
#define VERSION 1

static void
result_free (gpointer data)
{
  SnnResult *result = data;

  g_hash_table_unref (result->settings);
  g_free (result->identity);
  json_object_unref (result->object);
  g_free (result);
}

/* (nullable): the node at @path in @object. */
static JsonNode *
find_node (JsonObject *object, const gchar *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  JsonNode *node = NULL;

  for (guint i = 0; names[i]; i++) {
    if (i > 0) {
      if (!node || !JSON_NODE_HOLDS_OBJECT (node))
        return NULL;
      object = json_node_get_object (node);
    }
    node = json_object_get_member (object, names[i]);
  }
  return node;
}

double
snn_json_number (JsonObject *object, const gchar *path)
{
  JsonNode *node = find_node (object, path);

  if (!node || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) == G_TYPE_STRING)
    return NAN;
  return json_node_get_double (node);
}

const gchar *
snn_json_text (JsonObject *object, const gchar *path)
{
  JsonNode *node = find_node (object, path);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING
      ? json_node_get_string (node) : NULL;
}

double
snn_result_number (const SnnResult *result, const gchar *path)
{
  return snn_json_number (result->object, path);
}

const gchar *
snn_result_text (const SnnResult *result, const gchar *path)
{
  return snn_json_text (result->object, path);
}

JsonArray *
snn_result_array (const SnnResult *result, const gchar *path)
{
  JsonNode *node = find_node (result->object, path);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
      : NULL;
}

const gchar *
snn_result_setting (const SnnResult *result, const gchar *name)
{
  const gchar *value = g_hash_table_lookup (result->settings, name);

  return value ? value : "";
}

/* (transfer full) (nullable): a plain value as text. */
static gchar *
value_text (JsonNode *node)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  switch (json_node_get_value_type (node)) {
    case G_TYPE_STRING:
      return json_node_dup_string (node);
    case G_TYPE_BOOLEAN:
      return g_strdup (json_node_get_boolean (node) ? "true" : "false");
    case G_TYPE_INT64:
      return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
    default:
      return g_strdup_printf ("%g", json_node_get_double (node));
  }
}

static gchar *
make_identity (const SnnResult *result)
{
  GString *identity = g_string_new (result->experiment);
  GList *names = g_list_sort (g_hash_table_get_keys (result->settings),
      (GCompareFunc) strcmp);

  for (GList *at = names; at; at = at->next)
    g_string_append_printf (identity, " %s=%s", (gchar *) at->data,
        snn_result_setting (result, at->data));
  g_list_free (names);
  return g_string_free (identity, FALSE);
}

static SnnResult *
parse_line (const gchar *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GList) names = NULL;
  SnnResult *result;
  JsonNode *root, *settings;
  JsonObject *object;

  if (!json_parser_load_from_data (parser, text, -1, error))
    return NULL;
  root = json_parser_get_root (parser);
  object = root && JSON_NODE_HOLDS_OBJECT (root)
      ? json_node_get_object (root) : NULL;
  settings = object ? json_object_get_member (object, "settings") : NULL;
  if (!object || g_strcmp0 (snn_json_text (object, "format"), FORMAT) != 0
      || !snn_json_text (object, "experiment") || !settings
      || !JSON_NODE_HOLDS_OBJECT (settings)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "not an object of format \"" FORMAT "\" with \"experiment\" and "
        "\"settings\"");
    return NULL;
  }
  if (snn_json_number (object, "version") != VERSION) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "version %g, where %d was expected",
        snn_json_number (object, "version"), VERSION);
    return NULL;
  }

  result = g_new0 (SnnResult, 1);
  result->object = json_object_ref (object);
  result->experiment = snn_json_text (object, "experiment");
  result->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  names = json_object_get_members (json_node_get_object (settings));
  for (GList *at = names; at; at = at->next) {
    gchar *value = value_text (json_object_get_member (json_node_get_object
            (settings), at->data));

    if (value)
      g_hash_table_insert (result->settings, g_strdup (at->data), value);
  }
  result->identity = make_identity (result);
  return result;
}

gboolean
snn_result_equal (const SnnResult *a, const SnnResult *b)
{
  JsonNode *first = json_object_get_member (a->object, "values");
  JsonNode *second = json_object_get_member (b->object, "values");

  return first && second ? json_node_equal (first, second) : first == second;
}

static void
add_result (SnnResults *results, GHashTable *places, SnnResult *result)
{
  gpointer place;

  if (!g_hash_table_lookup_extended (places, result->identity, NULL, &place)) {
    g_hash_table_insert (places, g_strdup (result->identity),
        GUINT_TO_POINTER (results->list->len));
    g_ptr_array_add (results->list, result);
    return;
  }
  results->n_repeated++;
  if (!snn_result_equal (g_ptr_array_index (results->list,
              GPOINTER_TO_UINT (place)), result))
    g_ptr_array_add (results->differing, g_strdup (result->identity));
  result_free (g_ptr_array_index (results->list, GPOINTER_TO_UINT (place)));
  g_ptr_array_index (results->list, GPOINTER_TO_UINT (place)) = result;
}

SnnResults *
snn_results_parse (const gchar *path, const gchar *text)
{
  SnnResults *results = g_new0 (SnnResults, 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) places =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  results->path = g_strdup (path);
  results->list = g_ptr_array_new_with_free_func (result_free);
  results->differing = g_ptr_array_new_with_free_func (g_free);
  results->problems = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; lines[i]; i++) {
    g_autoptr (GError) error = NULL;
    SnnResult *result;

    if (!*g_strstrip (lines[i]))
      continue;
    result = parse_line (lines[i], &error);
    if (!result) {
      g_ptr_array_add (results->problems, g_strdup_printf ("%s:%u: %s", path,
              i + 1, error->message));
      continue;
    }
    result->line = i + 1;
    add_result (results, places, result);
  }
  return results;
}

SnnResults *
snn_results_load (const gchar *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree gchar *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, &reason)) {
    g_set_error_literal (error, SNN_ERROR,
        g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)
        ? SNN_ERROR_NOT_FOUND : SNN_ERROR_READ, reason->message);
    return NULL;
  }
  return snn_results_parse (path, text);
}

void
snn_results_free (SnnResults *results)
{
  g_free (results->path);
  g_ptr_array_unref (results->list);
  g_ptr_array_unref (results->differing);
  g_ptr_array_unref (results->problems);
  g_free (results);
}

GPtrArray *
snn_results_of (const SnnResults *results, const gchar *experiment)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < results->list->len; i++) {
    SnnResult *result = g_ptr_array_index (results->list, i);

    if (strcmp (result->experiment, experiment) == 0)
      g_ptr_array_add (found, result);
  }
  return found;
}

/* Sets @error by errno and returns FALSE. */
static gboolean
append_error (const gchar *path, const gchar *what, SnnError code,
    GError **error)
{
  gint reason = errno;

  if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
    code = SNN_ERROR_NO_SPACE;
  g_set_error (error, SNN_ERROR, code, "could not %s %s: %s", what, path,
      g_strerror (reason));
  return FALSE;
}

/* Under the file's lock. A line that broke off gets its end first; it stays,
 * and readers tell of it. */
static gboolean
append_line (gint file, const gchar *path, const GString *line, GError **error)
{
  gchar last = '\n';
  off_t end = lseek (file, 0, SEEK_END);
  gsize done = 0;

  if (end > 0 && pread (file, &last, 1, end - 1) != 1)
    return append_error (path, "read", SNN_ERROR_WRITE, error);
  if (last != '\n' && write (file, "\n", 1) != 1)
    return append_error (path, "write", SNN_ERROR_WRITE, error);
  while (done < line->len) {
    gssize n = write (file, line->str + done, line->len - done);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return append_error (path, "write", SNN_ERROR_WRITE, error);
    done += n;
  }
  if (fsync (file) < 0 && errno != EINVAL && errno != EROFS)
    return append_error (path, "write", SNN_ERROR_WRITE, error);
  return TRUE;
}

gboolean
snn_results_append (const gchar *path, JsonNode *node, GError **error)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  GString *line = g_string_new (NULL);
  gint file = open (path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  gboolean written = FALSE;

  json_generator_set_root (generator, node);
  json_generator_to_gstring (generator, line);
  g_string_append_c (line, '\n');
  if (file < 0)
    append_error (path, "open", SNN_ERROR_OPEN, error);
  else if (flock (file, LOCK_EX) < 0)
    append_error (path, "lock", SNN_ERROR_OPEN, error);
  else
    written = append_line (file, path, line, error);
  if (file >= 0 && close (file) < 0 && written)
    written = append_error (path, "write", SNN_ERROR_WRITE, error);
  g_string_free (line, TRUE);
  return written;
}
