/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <string.h>

#include "text-file.h"

gchar
snn_table_separator (const gchar *path)
{
  g_autofree gchar *lower = g_ascii_strdown (path, -1);

  if (g_str_has_suffix (lower, ".csv"))
    return ',';
  return g_str_has_suffix (lower, ".tsv") ? '\t' : '\0';
}

gchar **
snn_table_lines (const gchar *path, GError **error)
{
  g_autofree gchar *text = snn_text_file_read (path, error);

  return text ? g_strsplit (text, "\n", -1) : NULL;
}

gboolean
snn_table_is_blank (const gchar *line)
{
  return line[strspn (line, " \t\r")] == '\0';
}

gchar *
snn_table_field (const gchar *line, gchar separator, guint column)
{
  g_autoptr (GString) field = g_string_new (NULL);
  gboolean quoted = FALSE;

  for (; *line; line++) {
    if (*line == '"' && quoted && line[1] == '"')
      g_string_append_c (field, *line++);
    else if (*line == '"')
      quoted = !quoted;
    else if (*line == separator && !quoted && column-- == 0)
      break;
    else if (*line == separator && !quoted)
      g_string_truncate (field, 0);
    else
      g_string_append_c (field, *line);
  }
  if (*line == '\0' && column > 0)
    return NULL;
  return g_strstrip (g_strdup (field->str));
}
