/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tables in text files, a row a line: comma-separated (RFC 4180, but for line
 * breaks within quotation marks) or tab-separated. Private to core/. */

/* snn_table_separator: of columns, by the ending of a file's name: .csv or .tsv;
 * 0: it is not that of a table. */
gchar snn_table_separator (const gchar * path);

/* snn_table_lines: (transfer full): the lines of text file @path; errors are those of
 * snn_text_file_read(). */
gchar **snn_table_lines (const gchar * path, GError ** error);

/* snn_table_is_blank: whether @line has no field. */
gboolean snn_table_is_blank (const gchar * line);

/* snn_table_field: (transfer full) (nullable): field @column, from 0, of @line
 * without its quotation marks and without blanks around it; %NULL beyond the
 * last. */
gchar *snn_table_field (const gchar * line, gchar separator, guint column);

G_END_DECLS
