/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch-file.h"

#include <string.h>

#include <snn/base/error.h>
#include "suggest.h"

typedef enum
{
  PIECE_TEXT,
  PIECE_VALUE,                  /* ${NAME}, ${NAME:-default} */
  PIECE_IF_SET,                 /* ${NAME:+text} */
  PIECE_IF,                     /* ${NAME=word:+text} */
  PIECE_UNLESS,                 /* ${NAME=word:-text} */
} PieceKind;

/* A launch file is held as a list of pieces: literal text, a variable (@name) and
 * the quotation mark it stands between, or what depends on a variable (@pieces)
 * and the word it is held against. */
typedef struct
{
  PieceKind kind;
  gchar *text;
  gchar *name;
  gchar *word;
  GPtrArray *pieces;
  gchar quote;
  guint line;
} Piece;

/* Defaults and conditions may nest this deep. */
#define MAX_DEPTH 32

typedef struct
{
  SnnLaunchFile *file;
  const gchar *begin;
  const gchar *at;
  guint line;
  guint depth;
} Parser;

static void
piece_free (gpointer data)
{
  Piece *piece = data;

  g_free (piece->text);
  g_free (piece->name);
  g_free (piece->word);
  g_clear_pointer (&piece->pieces, g_ptr_array_unref);
  g_free (piece);
}

static void
variable_free (gpointer data)
{
  SnnLaunchVariable *variable = data;

  g_free (variable->name);
  g_free (variable->fallback);
  g_free (variable->comment);
  g_free (variable->value);
  g_clear_pointer (&variable->pieces, g_ptr_array_unref);
  g_free (variable);
}

static gboolean
is_name_char (gchar c)
{
  return g_ascii_isalnum (c) || c == '_';
}

/* The length of the variable name that @text begins with, 0 for none. */
static gsize
name_length (const gchar *text)
{
  gsize length = 0;

  if (g_ascii_isdigit (text[0]))
    return 0;
  while (is_name_char (text[length]))
    length++;
  return length;
}

/* Returns FALSE, for its caller to return. */
static gboolean G_GNUC_PRINTF (3, 4)
syntax_error (const Parser *parser, GError **error, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s:%u: %s",
      parser->file->path, parser->line, text);
  return FALSE;
}

static SnnLaunchVariable *
find_or_add (Parser *parser, const gchar *name)
{
  SnnLaunchVariable *variable =
      snn_launch_file_variable (parser->file, name);

  if (!variable) {
    variable = g_new0 (SnnLaunchVariable, 1);
    variable->name = g_strdup (name);
    variable->line = parser->line;
    g_ptr_array_add (parser->file->variables, variable);
  }
  return variable;
}

static void
add_text (GPtrArray *pieces, GString *text)
{
  if (text->len > 0) {
    Piece *piece = g_new0 (Piece, 1);

    piece->text = g_strdup (text->str);
    g_ptr_array_add (pieces, piece);
    g_string_truncate (text, 0);
  }
}

/* (transfer full): @text with any run of white space as one space. */
static gchar *
one_line (const gchar *text, gsize length)
{
  GString *line = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isspace (text[i]))
      g_string_append_c (line, text[i]);
    else if (line->len > 0 && line->str[line->len - 1] != ' ')
      g_string_append_c (line, ' ');
  return g_strchomp (g_string_free (line, FALSE));
}

static GPtrArray *parse_pieces (Parser * parser, gboolean nested, gchar quote,
    GError ** error);

/* What is between here and the brace that closes the variable. */
static GPtrArray *
parse_nested (Parser *parser, gchar quote, GError **error)
{
  GPtrArray *pieces;

  if (parser->depth == MAX_DEPTH) {
    syntax_error (parser, error, "defaults are nested deeper than %d",
        MAX_DEPTH);
    return NULL;
  }
  parser->depth++;
  pieces = parse_pieces (parser, TRUE, quote, error);
  parser->depth--;
  return pieces;
}

/* The default of @variable, after its ":-". A variable has one default in a
 * file, or a later use could silently mean something else. */
static gboolean
parse_fallback (Parser *parser, SnnLaunchVariable *variable, gchar quote,
    GError **error)
{
  const gchar *begin = parser->at;
  g_autoptr (GPtrArray) pieces = parse_nested (parser, quote, error);
  g_autofree gchar *fallback = NULL;

  if (!pieces)
    return FALSE;
  fallback = one_line (begin, parser->at - begin);
  if (variable->fallback && !g_str_equal (variable->fallback, fallback))
    return syntax_error (parser, error, "%s has two defaults, '%s' and '%s'",
        variable->name, variable->fallback, fallback);
  if (!variable->fallback) {
    variable->fallback = g_steal_pointer (&fallback);
    variable->pieces = g_steal_pointer (&pieces);
  }
  return TRUE;
}

/* What stands behind a name, and its length up to the text; 0: nothing that is
 * known. (out) @word: of the comparison, its length. */
static gsize
parse_operator (const gchar *after, PieceKind *kind, gsize *word)
{
  *word = 0;
  *kind = PIECE_VALUE;
  if (*after == '}' || g_str_has_prefix (after, ":-"))
    return *after == '}' ? 1 : 2;
  if (g_str_has_prefix (after, ":+")) {
    *kind = PIECE_IF_SET;
    return 2;
  }
  while (*after == '=' && is_name_char (after[1 + *word]))
    (*word)++;
  if (*word == 0)
    return 0;
  *kind = g_str_has_prefix (after + 1 + *word, ":+") ? PIECE_IF : PIECE_UNLESS;
  return *kind == PIECE_IF || g_str_has_prefix (after + 1 + *word, ":-")
      ? *word + 3 : 0;
}

/* A variable or a condition, from its dollar sign on. */
static gboolean
parse_variable (Parser *parser, GPtrArray *pieces, gchar quote, GError **error)
{
  const gsize length = name_length (parser->at + 2);
  const gchar *after = parser->at + 2 + length;
  SnnLaunchVariable *variable;
  PieceKind kind;
  gsize word, operator = parse_operator (after, &kind, &word);
  Piece *piece;

  if (length == 0 || operator == 0)
    return syntax_error (parser, error, "expected ${NAME}, ${NAME:-default}, "
        "${NAME:+text}, ${NAME=word:+text} or ${NAME=word:-text}, found '%.*s'",
        (gint) strcspn (parser->at, " \t\n}") + 1, parser->at);

  piece = g_new0 (Piece, 1);
  piece->kind = kind;
  piece->name = g_strndup (parser->at + 2, length);
  piece->word = word ? g_strndup (after + 1, word) : NULL;
  piece->quote = quote;
  piece->line = parser->line;
  g_ptr_array_add (pieces, piece);
  variable = find_or_add (parser, piece->name);
  variable->optional |= kind == PIECE_IF_SET;

  parser->at = after + operator;
  if (kind != PIECE_VALUE) {
    piece->pieces = parse_nested (parser, quote, error);
    if (!piece->pieces)
      return FALSE;
  } else if (operator == 1) {
    return TRUE;
  } else if (!parse_fallback (parser, variable, quote, error)) {
    return FALSE;
  }
  parser->at++;
  return TRUE;
}

/* Spaces and line ends between words become one space. */
static void
skip_space (Parser *parser, GString *text)
{
  while (g_ascii_isspace (*parser->at) || (parser->at[0] == '\\'
          && parser->at[1] == '\n')) {
    parser->line += *parser->at == '\n';
    parser->at++;
  }
  if (!g_str_has_suffix (text->str, " "))
    g_string_append_c (text, ' ');
}

/* Reads up to the end of the text, or to the brace that closes a default
 * (@nested; @quote then is the mark that the whole variable stands between). */
static GPtrArray *
parse_pieces (Parser *parser, gboolean nested, gchar quote, GError **error)
{
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (piece_free);
  g_autoptr (GString) text = g_string_new (NULL);
  guint first_line = parser->line, quote_line = 0, depth = 0;
  gchar inner = 0;

  while (TRUE) {
    gchar c = *parser->at, next = c ? parser->at[1] : 0;
    gboolean quoted = quote || inner;

    if (c == '\0' || (c == '}' && nested && depth == 0 && !inner))
      break;
    if (c == '$' && next == '{') {
      add_text (pieces, text);
      if (!parse_variable (parser, pieces, quote ? quote : inner, error))
        return NULL;
      continue;
    }
    if (!quoted && (g_ascii_isspace (c) || (c == '\\' && next == '\n'))) {
      skip_space (parser, text);
      continue;
    }
    if (c == '#' && !nested && !quoted && (parser->at == parser->begin
            || g_ascii_isspace (parser->at[-1]))) {
      parser->at += strcspn (parser->at, "\n");
      continue;
    }
    if (c == '\\' && next) {
      /* The pipeline's own escapes are its parser's business. */
      if (next != '$')
        g_string_append_c (text, c);
      g_string_append_c (text, next);
      parser->line += next == '\n';
      parser->at += 2;
      continue;
    }
    if ((c == '"' || c == '\'') && !quote && (!inner || inner == c)) {
      quote_line = parser->line;
      inner = inner ? 0 : c;
    }
    depth += nested && !inner && c == '{';
    depth -= nested && !inner && c == '}';
    parser->line += c == '\n';
    g_string_append_c (text, c == '\n' ? ' ' : c);
    parser->at++;
  }

  if (inner) {
    parser->line = quote_line;
    syntax_error (parser, error, "a quotation mark %c is never closed", inner);
    return NULL;
  }
  if (nested && *parser->at == '\0') {
    parser->line = first_line;
    syntax_error (parser, error, "a ${ is never closed by a }");
    return NULL;
  }
  add_text (pieces, text);
  return g_steal_pointer (&pieces);
}

/* Reads what the comment lines say: the summary, and what variables are for. */
static void
read_comments (SnnLaunchFile *file, const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  SnnLaunchVariable *variable = NULL;

  for (guint i = 0; lines[i]; i++) {
    gsize indent = lines[i][0] == '#' ? strspn (lines[i] + 1, " ") : 0;
    gchar *words = g_strchomp (lines[i]) + MIN (strlen (lines[i]), indent + 1);
    gsize length = name_length (words);
    g_autofree gchar *name = g_strndup (words, length);

    if (lines[i][0] != '#' || *words == '\0') {
      variable = NULL;
    } else if (indent > 3) {
      if (variable) {
        g_autofree gchar *begun = variable->comment;

        variable->comment = g_strchug (g_strjoin (" ", begun, words, NULL));
      }
    } else if ((words[length] == '\0'
            || g_str_has_prefix (words + length, "  "))
        && (variable = snn_launch_file_variable (file, name))) {
      if (!variable->comment)
        variable->comment = g_strdup (g_strchug (words + length));
    } else {
      variable = NULL;
      if (!file->summary && !g_str_has_prefix (words, "SPDX-"))
        file->summary = g_strdup (words);
    }
  }
}

SnnLaunchFile *
snn_launch_file_parse (const gchar *path, const gchar *text, GError **error)
{
  g_autoptr (SnnLaunchFile) file = g_new0 (SnnLaunchFile, 1);
  Parser parser = { file, text, text, 1, 0 };

  file->path = g_strdup (path);
  file->variables = g_ptr_array_new_with_free_func (variable_free);
  file->pieces = parse_pieces (&parser, FALSE, 0, error);
  if (!file->pieces)
    return NULL;
  read_comments (file, text);
  return g_steal_pointer (&file);
}

SnnLaunchFile *
snn_launch_file_load (const gchar *path, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree gchar *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &failure)) {
    gboolean missing =
        g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOENT);

    g_set_error_literal (error, SNN_ERROR,
        missing ? SNN_ERROR_NOT_FOUND : SNN_ERROR_READ, failure->message);
    return NULL;
  }
  if (!g_utf8_validate_len (text, length, NULL)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "%s: not a launch file: expected UTF-8 text", path);
    return NULL;
  }
  return snn_launch_file_parse (path, text, error);
}

void
snn_launch_file_free (SnnLaunchFile *file)
{
  g_free (file->path);
  g_free (file->summary);
  g_clear_pointer (&file->variables, g_ptr_array_unref);
  g_clear_pointer (&file->pieces, g_ptr_array_unref);
  g_free (file);
}

SnnLaunchVariable *
snn_launch_file_variable (const SnnLaunchFile *file, const gchar *name)
{
  for (guint i = 0; i < file->variables->len; i++) {
    SnnLaunchVariable *variable = g_ptr_array_index (file->variables, i);

    if (g_str_equal (variable->name, name))
      return variable;
  }
  return NULL;
}

gboolean
snn_launch_file_set (SnnLaunchFile *file, const gchar *assignment,
    GError **error)
{
  gsize length = name_length (assignment);
  g_autofree gchar *name = g_strndup (assignment, length);
  g_autoptr (GString) known = g_string_new (NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree gchar *suggestion = NULL;
  SnnLaunchVariable *variable;

  if (length == 0 || assignment[length] != '=') {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "expected VARIABLE=value, found '%s'", assignment);
    return FALSE;
  }
  variable = snn_launch_file_variable (file, name);
  if (variable) {
    g_free (variable->value);
    variable->value = g_strdup (assignment + length + 1);
    return TRUE;
  }

  for (guint i = 0; i < file->variables->len; i++) {
    variable = g_ptr_array_index (file->variables, i);
    g_string_append_printf (known, "%s%s", i ? ", " : "", variable->name);
    g_ptr_array_add (names, variable->name);
  }
  suggestion = snn_suggest_text (name, names);
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "%s has no variable %s%s%s it has: %s", file->path, name, suggestion,
      *suggestion ? "" : ";", known->len ? known->str : "none");
  return FALSE;
}

/* What GStreamer's parser turns back into @value between quotation marks. */
static void
append_escaped (GString *out, const gchar *value, gchar quote)
{
  for (; *value; value++) {
    if (*value == '\\' || *value == quote)
      g_string_append_c (out, '\\');
    g_string_append_c (out, *value);
  }
}

/* What a variable stands for now, where that is plain text. */
static const gchar *
plain_value (const SnnLaunchVariable *variable)
{
  return variable->value ? variable->value : variable->fallback;
}

/* Whether what depends on a variable counts. */
static gboolean
holds (const SnnLaunchFile *file, const Piece *piece)
{
  const SnnLaunchVariable *variable =
      snn_launch_file_variable (file, piece->name);
  const gboolean same = piece->word
      && g_strcmp0 (plain_value (variable), piece->word) == 0;

  if (piece->kind == PIECE_IF_SET)
    return variable->value && *variable->value;
  return piece->kind == PIECE_IF ? same : !same;
}

static gboolean
expand_pieces (const SnnLaunchFile *file, const GPtrArray *pieces,
    GString *out, GError **error);

static gboolean
expand_value (const SnnLaunchFile *file, const Piece *piece, GString *out,
    GError **error)
{
  SnnLaunchVariable *variable = snn_launch_file_variable (file, piece->name);
  gboolean expanded;

  if (variable->value) {
    if (piece->quote)
      append_escaped (out, variable->value, piece->quote);
    else if (!*variable->value && g_str_has_suffix (out->str, "="))
      /* Else GStreamer's parser takes the next word for the value. */
      g_string_append (out, "\"\"");
    else
      g_string_append (out, variable->value);
    return TRUE;
  }
  if (!variable->pieces) {
    if (variable->optional)
      return TRUE;
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND,
        "%s:%u: %s must be set%s%s", file->path, piece->line, piece->name,
        variable->comment ? ": " : "",
        variable->comment ? variable->comment : "");
    return FALSE;
  }
  if (variable->expanding) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "%s:%u: the default of %s leads back to itself", file->path,
        piece->line, piece->name);
    return FALSE;
  }
  variable->expanding = TRUE;
  expanded = expand_pieces (file, variable->pieces, out, error);
  variable->expanding = FALSE;
  return expanded;
}

static gboolean
expand_pieces (const SnnLaunchFile *file, const GPtrArray *pieces,
    GString *out, GError **error)
{
  gboolean nothing = FALSE;

  for (guint i = 0; i < pieces->len; i++) {
    const Piece *piece = g_ptr_array_index (pieces, i);
    const gsize before = out->len;
    gboolean expanded = TRUE;

    /* What stands for nothing leaves one space of the two around it. */
    if (piece->kind == PIECE_TEXT)
      g_string_append (out, piece->text + (nothing && *piece->text == ' '
              && g_str_has_suffix (out->str, " ")));
    else if (piece->kind == PIECE_VALUE)
      expanded = expand_value (file, piece, out, error);
    else if (holds (file, piece))
      expanded = expand_pieces (file, piece->pieces, out, error);
    if (!expanded)
      return FALSE;
    nothing = !piece->quote && out->len == before;
  }
  return TRUE;
}

gchar *
snn_launch_file_expand (const SnnLaunchFile *file, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (!expand_pieces (file, file->pieces, out, error))
    return NULL;
  return g_strstrip (g_string_free (g_steal_pointer (&out), FALSE));
}

/* Whether @text ends with an assignment to @property, without its value. */
static gboolean
assigns (const gchar *text, const gchar *property)
{
  g_autofree gchar *plain = g_strconcat (property, "=", NULL);
  gsize n = strlen (text), length = strlen (plain);

  if (n > 0 && strchr ("\"'", text[n - 1]))
    n--;
  return n >= length && strncmp (text + n - length, plain, length) == 0
      && (n == length || g_ascii_isspace (text[n - length - 1]));
}

/* @before: (inout): the text that stands before, NULL where it is a value */
static const gchar *
find_origin (const SnnLaunchFile *file, const GPtrArray *pieces,
    const gchar *property, const gchar *text, const gchar **before)
{
  const gchar *found = NULL;

  for (guint i = 0; i < pieces->len && !found; i++) {
    const Piece *piece = g_ptr_array_index (pieces, i);
    SnnLaunchVariable *variable;

    if (piece->kind == PIECE_TEXT) {
      *before = piece->text;
      continue;
    }
    if (piece->kind != PIECE_VALUE) {
      if (holds (file, piece))
        found = find_origin (file, piece->pieces, property, text, before);
      continue;
    }
    variable = snn_launch_file_variable (file, piece->name);
    if (*before && assigns (*before, property)
        && g_strcmp0 (plain_value (variable), text) == 0) {
      found = variable->name;
    } else if (variable->pieces && !variable->value && !variable->expanding) {
      variable->expanding = TRUE;
      found = find_origin (file, variable->pieces, property, text, before);
      variable->expanding = FALSE;
    }
    *before = NULL;
  }
  return found;
}

const gchar *
snn_launch_file_origin (const SnnLaunchFile *file, const gchar *property,
    const gchar *text)
{
  const gchar *before = NULL;

  return find_origin (file, file->pieces, property, text, &before);
}

/* Whether @text speaks of "@property=", as a word. */
static gboolean
mentions (const gchar *text, const gchar *property)
{
  g_autofree gchar *word = g_strconcat (property, "=", NULL);
  const gchar *found = text;

  while ((found = strstr (found, word))) {
    if (found == text || found[-1] == ' ')
      return TRUE;
    found += strlen (word);
  }
  return FALSE;
}

/* (transfer full) (nullable): the property that @piece, ${NAME:+property=${NAME}},
 * sets where its variable is set. */
static gchar *
target_of (const Piece *piece)
{
  const Piece *text = NULL, *value = NULL;
  const gchar *begin;

  if (piece->kind != PIECE_IF_SET || piece->pieces->len != 2)
    return NULL;
  text = g_ptr_array_index (piece->pieces, 0);
  value = g_ptr_array_index (piece->pieces, 1);
  if (text->kind != PIECE_TEXT || !g_str_has_suffix (text->text, "=")
      || value->kind != PIECE_VALUE || !g_str_equal (value->name, piece->name))
    return NULL;
  begin = strrchr (text->text, ' ');
  begin = begin ? begin + 1 : text->text;
  return g_strndup (begin, strlen (begin) - 1);
}

static const gchar *
find_setter (const SnnLaunchFile *file, const GPtrArray *pieces,
    const gchar *text)
{
  const gchar *found = NULL;

  for (guint i = 0; i < pieces->len && !found; i++) {
    const Piece *piece = g_ptr_array_index (pieces, i);
    g_autofree gchar *property = target_of (piece);
    SnnLaunchVariable *variable;

    if (property && !holds (file, piece) && mentions (text, property))
      return piece->name;
    if (piece->kind != PIECE_VALUE)
      continue;
    /* What a source is by default may have variables of its own. */
    variable = snn_launch_file_variable (file, piece->name);
    if (variable->pieces && !variable->value && !variable->expanding) {
      variable->expanding = TRUE;
      found = find_setter (file, variable->pieces, text);
      variable->expanding = FALSE;
    }
  }
  return found;
}

const gchar *
snn_launch_file_setter (const SnnLaunchFile *file, const gchar *text)
{
  return find_setter (file, file->pieces, text);
}
