/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * snn_check_run:
 * @arguments: (array zero-terminated=1): IMAGES [LABELS] [VARIABLE=value...]
 *
 * What snn-launch check does: looks at all images and masks of a dataset and
 * prints what is in it, what is odd, and what keeps subjects from being used.
 *
 * Returns: the exit status: 0, 1 where there are problems, 2 for wrong
 * arguments
 */
gint snn_check_run (gchar ** arguments, gboolean quiet);

G_END_DECLS
