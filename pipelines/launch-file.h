/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Launch files hold a pipeline description as gst-launch-1.0 takes it, spread
 * over lines, with comments and variables:
 *
 *   # Comments go from a '#' at the start of a word to the end of the line.
 *   niftisrc location="${IMAGES}" epochs=${EPOCHS:-25}
 *     ! ${FILTER:-voxelnormalize mode=${MODE:-zero-mean}} ! fakesink
 *
 * ${NAME} must be set; ${NAME:-default} need not be, and the default, which
 * may hold variables itself, counts for the whole file. Between quotation
 * marks a value is escaped, so that it may be any path; elsewhere it is taken
 * as it stands and may be several elements. \$ is a dollar sign.
 *
 * ${NAME:+text} is the text where NAME was set to something, and nothing where it
 * was not; NAME need not be set then. ${NAME=word:+text} is the text where NAME
 * stands for that word, set or by default, and ${NAME=word:-text} where it does
 * not.
 *
 * A comment line of the form "# NAME  what it is for" describes a variable;
 * lines after it that begin with four spaces or more belong to it. */

/**
 * SnnLaunchVariable:
 * @name: as in ${NAME}
 * @fallback: (nullable): its default, as written
 * @optional: whether it need not be set, though it has no default
 * @comment: (nullable): what the file says about it
 * @value: (nullable): what it was set to
 * @line: where it is first used
 * @from_environment: whether the environment set it, for who tells of it
 */
typedef struct
{
  gchar *name;
  gchar *fallback;
  gchar *comment;
  gchar *value;
  guint line;
  gboolean optional;
  gboolean from_environment;

  /*< private > */
  GPtrArray *pieces;
  gboolean expanding;
} SnnLaunchVariable;

/**
 * SnnLaunchFile:
 * @path: used in messages
 * @summary: (nullable): the first line of its first comment
 * @variables: SnnLaunchVariable*, in order of first use
 */
typedef struct
{
  gchar *path;
  gchar *summary;
  GPtrArray *variables;

  /*< private > */
  GPtrArray *pieces;
} SnnLaunchFile;

/* snn_launch_file_load: %NULL with SNN_ERROR_NOT_FOUND, _READ or _FORMAT; the
 * text begins with PATH:LINE: where there is a line to blame. */
SnnLaunchFile *snn_launch_file_load (const gchar * path, GError ** error);

/* snn_launch_file_parse: as above for a text in memory; @path is for messages. */
SnnLaunchFile *snn_launch_file_parse (const gchar * path, const gchar * text,
    GError ** error);

void snn_launch_file_free (SnnLaunchFile * file);

/* snn_launch_file_variable: (nullable): by its name. */
SnnLaunchVariable *snn_launch_file_variable (const SnnLaunchFile * file,
    const gchar * name);

/* snn_launch_file_set: takes a "NAME=value"; FALSE with SNN_ERROR_FORMAT, or
 * SNN_ERROR_MISMATCH for a variable that the file does not use, and the text
 * lists those that it does. */
gboolean snn_launch_file_set (SnnLaunchFile * file, const gchar * assignment,
    GError ** error);

/* snn_launch_file_expand: (transfer full): one line, for gst_parse_launch();
 * %NULL with SNN_ERROR_NOT_FOUND for a variable that must be set, or
 * SNN_ERROR_FORMAT for one whose default leads back to itself. */
gchar *snn_launch_file_expand (const SnnLaunchFile * file, GError ** error);

/* snn_launch_file_origin: (nullable): the variable that gives @property its
 * value @text, as in property=${NAME}. */
const gchar *snn_launch_file_origin (const SnnLaunchFile * file,
    const gchar * property, const gchar * text);

/* snn_launch_file_setter: (nullable): the variable, not set, that would set a
 * property which @text, a message, speaks of as property=value. */
const gchar *snn_launch_file_setter (const SnnLaunchFile * file,
    const gchar * text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnLaunchFile, snn_launch_file_free)

G_END_DECLS
