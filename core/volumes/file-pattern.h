/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Patterns for the names of files, one a subject: %s stands for the subject,
 * %d (%05d: padded with zeros) for a running number, %% for a percent sign. A
 * folder before the name is no pattern: its percent signs are its own. */

/**
 * snn_file_pattern_check:
 * @per_subject: (out): whether different subjects get different names
 *
 * Returns: %FALSE with SNN_ERROR_FORMAT where anything else follows a %
 */
gboolean snn_file_pattern_check (const gchar * pattern,
    gboolean * per_subject, GError ** error);

/* snn_file_pattern_tells_subject: whether there is a %s in a @pattern that has
 * passed the check. */
gboolean snn_file_pattern_tells_subject (const gchar * pattern);

/* snn_file_pattern_expand: (transfer full): of a @pattern that has passed the
 * check. */
gchar *snn_file_pattern_expand (const gchar * pattern, const gchar * subject,
    guint number);

SNN_END_DECLS
