/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "slices.h"

SnnSlice *
snn_slices_list (guint n_subjects, const guint32 *subjects,
    const guint32 *counts, SnnRandom *random, gsize *n)
{
  g_autofree SnnSlice *ordered = NULL;
  g_autofree guint32 *order = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  SnnSlice *slices;
  gsize at = 0;

  *n = 0;
  for (guint i = 0; i < n_subjects; i++)
    *n += counts[i];
  ordered = g_new (SnnSlice, MAX (*n, 1));
  order = g_new (guint32, MAX (*n, 1));
  slices = g_new (SnnSlice, MAX (*n, 1));

  for (guint i = 0; i < n_subjects; i++)
    for (guint32 slice = 0; slice < counts[i]; slice++) {
      order[at] = (guint32) at;
      ordered[at++] = (SnnSlice) {.subject = subjects[i],.slice = slice };
    }
  if (random)
    snn_random_shuffle (random, order, *n);

  /* From the end, the first slice met of a subject is its last. */
  for (gsize i = *n; i-- > 0;) {
    slices[i] = ordered[order[i]];
    slices[i].last =
        g_hash_table_add (seen, GUINT_TO_POINTER (slices[i].subject));
  }
  return slices;
}
