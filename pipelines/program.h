/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What programs have in common: exit statuses, options, what they say of errors. */

/* Exit statuses beside EXIT_SUCCESS: of what could not be done, and of a command
 * line that is wrong. */
#define SNN_PROGRAM_FAILED 1
#define SNN_PROGRAM_USAGE 2

/* snn_program_check_output_at_exit: from here on a program whose standard output
 * could not be written, as the disk is full, says so when it ends, --help and
 * --version included, and its exit status is SNN_PROGRAM_FAILED. */
void snn_program_check_output_at_exit (void);

/**
 * snn_program_begin:
 * @name: of the program, not copied
 * @summary: for --help
 * @entries: all options but --version, and what remains
 * @status: (out): to exit with where it does not go on
 *
 * The beginning of a program that works on files: checks its output at exit, and
 * parses the command line.
 *
 * Returns: whether it goes on; FALSE after --version, and where the command line is
 * wrong, which is told
 */
gboolean snn_program_begin (const gchar * name, const gchar * summary,
    const GOptionEntry * entries, gint * argc, gchar *** argv, gint * status);

/* snn_program_tell: on standard error, after the program's name, without what a
 * terminal would obey. */
void snn_program_tell (const gchar * text);

/* snn_program_tell_error: the same of an @error, which is taken over. */
void snn_program_tell_error (GError * error);

G_END_DECLS
