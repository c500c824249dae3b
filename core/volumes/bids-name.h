/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Private to the library: names as the Brain Imaging Data Structure has them
 * (bids-specification.readthedocs.io): sub-01_ses-1_run-2_T1w. */

/* snn_bids_key: (transfer full): the entities in @name that tell which scan it is
 * of, in order of their keys: those that say what was made of a scan (space, desc,
 * label, ...) are left out, and so is the suffix; @structure keeps label and hemi.
 * %NULL of other names. */
gchar *snn_bids_key (const gchar * name, gboolean structure);

G_END_DECLS
