/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/* Names of files, and of the subjects that they are of, are any bytes but 0.
 * What shows them is not: JSON and messages are UTF-8, and a terminal obeys
 * escape sequences. */

/* snn_text_valid: (transfer full): @text as UTF-8, as it is where it is that;
 * each byte that is not becomes \xff or the like, so that two names stay two. */
gchar *snn_text_valid (const gchar * text);

/**
 * snn_text_shown:
 * @keep: (nullable): characters to leave alone, as "\n"
 *
 * Text for a terminal or a message that may get there: snn_text_valid() without
 * controls and marks of direction, each of which becomes \x1b, \u202e or the
 * like.
 *
 * Returns: (transfer full): it
 */
gchar *snn_text_shown (const gchar * text, const gchar * keep);

SNN_END_DECLS
