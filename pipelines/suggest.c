/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suggest.h"

#include <string.h>

static gboolean
same (gchar a, gchar b)
{
  return g_ascii_tolower (a) == g_ascii_tolower (b);
}

/* Insertions, deletions, replacements and swaps of neighbours that lead from
 * one word to the other (optimal string alignment). */
static gsize
distance (const gchar *a, const gchar *b)
{
  const gsize m = strlen (a), n = strlen (b), stride = n + 1;
  g_autofree gsize *d = g_new (gsize, (m + 1) * stride);

  for (gsize j = 0; j <= n; j++)
    d[j] = j;
  for (gsize i = 1; i <= m; i++) {
    d[i * stride] = i;
    for (gsize j = 1; j <= n; j++) {
      gsize *at = &d[i * stride + j];
      gsize least = MIN (at[-(gssize) stride], at[-1]) + 1;

      least = MIN (least, at[-(gssize) stride - 1]
          + !same (a[i - 1], b[j - 1]));
      if (i > 1 && j > 1 && same (a[i - 1], b[j - 2])
          && same (a[i - 2], b[j - 1]))
        least = MIN (least, at[-2 * (gssize) stride - 2] + 1);
      *at = least;
    }
  }
  return d[m * stride + n];
}

const gchar *
snn_suggest (const gchar *word, const GPtrArray *names)
{
  const gchar *best = NULL;
  gsize least = MAX (1, strlen (word) / 3) + 1;

  for (guint i = 0; i < names->len; i++) {
    const gchar *name = g_ptr_array_index (names, i);
    gsize edits = distance (word, name);

    if (edits < least && edits < strlen (word)) {
      least = edits;
      best = name;
    }
  }
  return best;
}

gchar *
snn_suggest_text (const gchar *word, const GPtrArray *names)
{
  const gchar *name = snn_suggest (word, names);

  return name ? g_strdup_printf (", did you mean %s?", name) : g_strdup ("");
}
