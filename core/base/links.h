/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Private to core/base/. */

/* snn_links_follow: (transfer full): the file that @path leads to, there or not
 * yet; %NULL where its links lead round. */
gchar *snn_links_follow (const gchar * path);

G_END_DECLS
