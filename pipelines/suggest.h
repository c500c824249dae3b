/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* snn_suggest: that of @names (of gchar *) which @word is most likely a slip of,
 * or %NULL where none is near: one edit for every three letters. Case does not
 * count. The text is that of @names. */
const gchar *snn_suggest (const gchar * word, const GPtrArray * names);

/* snn_suggest_text: (transfer full): ", did you mean NAME?", or "". */
gchar *snn_suggest_text (const gchar * word, const GPtrArray * names);

G_END_DECLS
