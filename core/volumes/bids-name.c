/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bids-name.h"

#include <string.h>

/* Entities of derivatives. */
static const gchar *const made[] = { "space", "desc", "res", "den", "seg",
  "atlas", "from", "to", "mode", NULL
};

/* ... that say which structure it is. */
static const gchar *const structures[] = { "label", "hemi", NULL };

static gint
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar *const *) a, *(gchar *const *) b);
}

gchar *
snn_bids_key (const gchar *name, gboolean structure)
{
  g_auto (GStrv) parts = g_strsplit (name, "_", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  if (!g_str_has_prefix (name, "sub-"))
    return NULL;
  for (guint i = 0; parts[i]; i++) {
    const gchar *dash = strchr (parts[i], '-');
    g_autofree gchar *entity = dash ? g_strndup (parts[i], (gsize) (dash
            - parts[i])) : NULL;

    if (entity && !g_strv_contains (made, entity)
        && (structure || !g_strv_contains (structures, entity)))
      g_ptr_array_add (kept, parts[i]);
  }
  g_ptr_array_sort (kept, compare);
  g_ptr_array_add (kept, NULL);
  return g_strjoinv ("_", (gchar **) kept->pdata);
}
