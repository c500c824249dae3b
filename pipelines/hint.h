/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "launch-file.h"

G_BEGIN_DECLS

/* snn_hint: (transfer full): what helps with @error, which an element of @file's
 * pipeline has posted and which is shown as @text, to stand behind it: the variable that
 * sets what it speaks of, as in " (SIZE=...)", or the name next to that of a file which
 * is not there, as in ", did you mean images?"; or "". */
gchar *snn_hint (const SnnLaunchFile * file, const GError * error,
    const gchar * text);

G_END_DECLS
