/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storage.h"

/* The things in the order of their birth, those of the same step as they are numbered. */
static gint
compare_births (gconstpointer a, gconstpointer b, gpointer data)
{
  const guint *born = data;
  const guint i = *(const guint *) a, j = *(const guint *) b;

  return born[i] != born[j] ? (born[i] > born[j] ? 1 : -1)
      : (i > j) - (i < j);
}

guint *
snn_storage_share (guint n, const guint *born, const guint *dies,
    gboolean (*alike) (gconstpointer data, guint i, guint j),
    gconstpointer data)
{
  guint *storage = g_new (guint, n);
  g_autofree guint *order = g_new (guint, n);
  g_autofree guint *busy = g_memdup2 (dies, n * sizeof *dies);

  for (guint i = 0; i < n; i++)
    order[i] = storage[i] = i;
  g_qsort_with_data (order, (gint) n, sizeof *order, compare_births,
      (gpointer) born);
  for (guint k = 0; k < n && born[order[k]] != G_MAXUINT; k++) {
    const guint i = order[k];

    for (guint before = 0; before < k && storage[i] == i; before++) {
      const guint j = order[before];

      if (storage[j] == j && busy[j] < born[i] && alike (data, j, i)) {
        storage[i] = j;
        busy[j] = busy[i];
      }
    }
  }
  return storage;
}
