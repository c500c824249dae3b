/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include <math.h>
#include <string.h>

#include <snn/base/error.h>

/* Members of reports that are no values. */
static const gchar *const bookkeeping[] = {
  "format", "version", "epoch", "evaluate", "subjects", "passes", "chunks",
  NULL
};

/* Messages that are no values. */
static const gchar *const training_messages[] = {
  "snn-epoch", "snn-conversion", "snn-conversion-done", NULL
};

static gboolean
read_text (const gchar *path, gchar **text, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (g_file_get_contents (path, text, NULL, &reason))
    return TRUE;
  g_set_error_literal (error, SNN_ERROR,
      g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)
      ? SNN_ERROR_NOT_FOUND : SNN_ERROR_READ, reason->message);
  return FALSE;
}

/* (transfer full): the object that @text is; @where is for messages. */
static JsonObject *
parse_object (const gchar *where, const gchar *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) reason = NULL;
  JsonNode *root;

  if (!json_parser_load_from_data (parser, text, -1, &reason)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: %s", where,
        reason->message);
    return NULL;
  }
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "%s: an object was expected", where);
    return NULL;
  }
  return json_object_ref (json_node_get_object (root));
}

/* "NAME=value" in two; FALSE with an error that says @what was expected. */
static gboolean
split (const gchar *assignment, const gchar *what, gchar **name,
    const gchar **value, GError **error)
{
  const gchar *sign = strchr (assignment, '=');

  if (!sign || sign == assignment) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "found '%s', where %s was expected", assignment, what);
    return FALSE;
  }
  *name = g_strndup (assignment, sign - assignment);
  *value = sign + 1;
  return TRUE;
}

/* A number where the whole text is one, else a string. */
static JsonNode *
setting_node (const gchar *value)
{
  JsonNode *node = json_node_alloc ();
  gchar *end;
  gint64 whole = g_ascii_strtoll (value, &end, 10);
  double number;

  if (end != value && !*end)
    return json_node_init_int (node, whole);
  number = g_ascii_strtod (value, &end);
  if (end != value && !*end && isfinite (number))
    return json_node_init_double (node, number);
  return json_node_init_string (node, value);
}

static JsonObject *
make_settings (gchar **assignments, GError **error)
{
  JsonObject *settings = json_object_new ();

  for (guint i = 0; assignments && assignments[i]; i++) {
    g_autofree gchar *name = NULL;
    const gchar *value;

    if (!split (assignments[i], "SETTING=value", &name, &value, error)) {
      json_object_unref (settings);
      return NULL;
    }
    json_object_set_member (settings, name, setting_node (value));
  }
  return settings;
}

/* What was predicted after each chunk as values over time. */
static void
add_timesteps (JsonObject *values, JsonArray *chunks, gint chunk)
{
  JsonArray *timesteps = json_array_new ();

  for (guint i = 0; i < json_array_get_length (chunks); i++) {
    JsonObject *point = json_array_get_object_element (chunks, i);

    json_object_set_int_member (point, "timesteps",
        chunk * json_object_get_int_member (point, "chunk"));
    json_object_remove_member (point, "chunk");
    json_array_add_object_element (timesteps, json_object_ref (point));
  }
  json_object_set_array_member (values, "timesteps", timesteps);
}

static gboolean
add_report (JsonObject *result, JsonObject *values, const gchar *path,
    gint chunk, GError **error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (JsonObject) report = NULL;
  g_autoptr (GList) members = NULL;

  if (!read_text (path, &text, error))
    return FALSE;
  report = parse_object (path, text, error);
  if (!report)
    return FALSE;
  members = json_object_get_members (report);
  for (GList *at = members; at; at = at->next)
    if (!g_strv_contains (bookkeeping, at->data))
      json_object_set_member (values, at->data,
          json_object_dup_member (report, at->data));
  if (json_object_has_member (report, "subjects"))
    json_object_set_member (result, "subjects",
        json_object_dup_member (report, "subjects"));
  if (json_object_has_member (report, "chunks") && chunk > 0)
    add_timesteps (values, json_object_get_array_member (report, "chunks"),
        chunk);
  return TRUE;
}

static gchar *
underscored (const gchar *name)
{
  return g_strdelimit (g_strdup (name), "-", '_');
}

/* What an element said at last: "snn-rates" becomes "rates". */
static void
add_message (JsonObject *values, JsonObject *line)
{
  const gchar *name =
      json_object_get_string_member_with_default (line, "name", "");
  g_autofree gchar *member = NULL;
  g_autoptr (GList) names = NULL;
  JsonObject *from, *fields;

  if (!g_str_has_prefix (name, "snn-")
      || g_strv_contains (training_messages, name)
      || !json_object_has_member (line, "fields"))
    return;
  member = underscored (name + strlen ("snn-"));
  from = json_object_get_object_member (line, "fields");
  fields = json_object_new ();
  names = json_object_get_members (from);
  for (GList *at = names; at; at = at->next) {
    g_autofree gchar *field = underscored (at->data);

    json_object_set_member (fields, field,
        json_object_dup_member (from, at->data));
  }
  json_object_set_object_member (values, member, fields);
}

static gboolean
has_string (JsonArray *list, const gchar *text)
{
  for (guint i = 0; i < json_array_get_length (list); i++)
    if (g_strcmp0 (json_array_get_string_element (list, i), text) == 0)
      return TRUE;
  return FALSE;
}

/* A run's begin: what of it belongs to the provenance. */
static void
add_begin (JsonObject *provenance, JsonObject *line)
{
  static const gchar *const last[] = { "commit", "time", "versions", "machine" };
  JsonArray *commands =
      json_object_get_array_member (provenance, "commands");
  JsonArray *commits = json_object_get_array_member (provenance, "commits");
  const gchar *command =
      json_object_get_string_member_with_default (line, "pipeline", "");
  const gchar *commit =
      json_object_get_string_member_with_default (line, "commit", "unknown");

  if (!has_string (commands, command))
    json_array_add_string_element (commands, command);
  if (!has_string (commits, commit))
    json_array_add_string_element (commits, commit);
  for (guint i = 0; i < G_N_ELEMENTS (last); i++)
    if (json_object_has_member (line, last[i]))
      json_object_set_member (provenance, last[i],
          json_object_dup_member (line, last[i]));
}

/* Reads a step's log; its messages become values where @values is given. */
static gboolean
add_log (JsonObject *provenance, JsonObject *values, const gchar *path,
    GError **error)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  gint64 status = -1;
  double seconds =
      json_object_get_double_member_with_default (provenance, "seconds", 0.);

  if (!read_text (path, &text, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_autofree gchar *where = g_strdup_printf ("%s:%u", path, i + 1);
    g_autoptr (JsonObject) line = NULL;
    const gchar *event;

    if (!*lines[i])
      continue;
    line = parse_object (where, lines[i], error);
    if (!line)
      return FALSE;
    event = json_object_get_string_member_with_default (line, "event", "");
    if (strcmp (event, "begin") == 0) {
      status = -1;
      add_begin (provenance, line);
    } else if (strcmp (event, "end") == 0) {
      status = json_object_get_int_member_with_default (line, "status", -1);
      seconds += json_object_get_double_member_with_default (line, "seconds",
          0.);
    } else if (values) {
      add_message (values, line);
    }
  }
  json_object_set_double_member (provenance, "seconds", seconds);
  if (status != 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "%s: the last run %s, where one that ended well was expected", path,
        status < 0 ? "did not come to its end" : "failed");
    return FALSE;
  }
  return TRUE;
}

/* (transfer full): @path as it is seen from the folder of @results. */
static gchar *
relative_path (const gchar *path, const gchar *results)
{
  g_autofree gchar *file = g_canonicalize_filename (path, NULL);
  g_autofree gchar *whole = g_canonicalize_filename (results, NULL);
  g_autofree gchar *folder = g_path_get_dirname (whole);
  gsize length = strlen (folder);

  if (g_str_has_prefix (file, folder) && file[length] == G_DIR_SEPARATOR)
    return g_strdup (file + length + 1);
  return g_steal_pointer (&file);
}

/* (transfer full): a list of objects with a file and what it is called. */
static JsonArray *
make_files (const SnnRecord *record, gchar **assignments, const gchar *title,
    GError **error)
{
  JsonArray *list = json_array_new ();

  for (guint i = 0; assignments && assignments[i]; i++) {
    g_autofree gchar *name = NULL;
    g_autofree gchar *file = NULL;
    const gchar *path;
    JsonObject *object;

    if (!split (assignments[i], "NAME=FILE", &name, &path, error)) {
      json_array_unref (list);
      return NULL;
    }
    file = relative_path (path, record->results);
    object = json_object_new ();
    json_object_set_string_member (object, title, name);
    json_object_set_string_member (object, "file", file);
    json_array_add_object_element (list, object);
  }
  return list;
}

static gboolean
add_files (JsonObject *result, const SnnRecord *record, GError **error)
{
  JsonObject *files, *volume;
  g_autofree gchar *image = NULL;
  JsonArray *list;

  if (!record->pictures && !record->image)
    return TRUE;
  files = json_object_new ();
  json_object_set_object_member (result, "files", files);
  if (record->pictures) {
    list = make_files (record, record->pictures, "caption", error);
    if (!list)
      return FALSE;
    json_object_set_array_member (files, "pictures", list);
  }
  if (!record->image)
    return TRUE;
  list = make_files (record, record->masks, "name", error);
  if (!list)
    return FALSE;
  image = relative_path (record->image, record->results);
  volume = json_object_new ();
  json_object_set_string_member (volume, "image", image);
  json_object_set_array_member (volume, "masks", list);
  json_object_set_object_member (files, "volume", volume);
  return TRUE;
}

JsonNode *
snn_record_make (const SnnRecord *record, GError **error)
{
  g_autoptr (JsonObject) result = json_object_new ();
  JsonObject *settings = make_settings (record->settings, error);
  JsonObject *values = json_object_new ();
  JsonObject *provenance = json_object_new ();
  guint n_logs = record->logs ? g_strv_length (record->logs) : 0;
  gboolean made = settings != NULL;

  json_object_set_string_member (result, "format", "gst-snn result");
  json_object_set_int_member (result, "version", 1);
  json_object_set_string_member (result, "experiment", record->experiment);
  if (settings)
    json_object_set_object_member (result, "settings", settings);
  json_object_set_object_member (result, "values", values);
  json_object_set_object_member (result, "provenance", provenance);
  json_object_set_array_member (provenance, "commands", json_array_new ());
  json_object_set_array_member (provenance, "commits", json_array_new ());

  for (guint i = 0; made && record->values && record->values[i]; i++)
    made = add_report (result, values, record->values[i], record->chunk, error);
  for (guint i = 0; made && i < n_logs; i++)
    made = add_log (provenance, i + 1 == n_logs ? values : NULL,
        record->logs[i], error);
  if (!made || !add_files (result, record, error))
    return NULL;
  return json_node_init_object (json_node_alloc (), result);
}
