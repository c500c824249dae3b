/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "label-values.h"

#include <math.h>

#include "../base/error.h"
#include "nifti-source.h"
#include "nifti-voxels.h"

/* Sorted by value; neighbours in a volume are mostly alike, so that the last
 * one is looked at first. */
typedef struct
{
  GArray *counts;
  guint last;
  gboolean too_many;
} Tally;

static gint
compare_values (gconstpointer a, gconstpointer b)
{
  double x = ((const SnnLabelCount *) a)->value;
  double y = ((const SnnLabelCount *) b)->value;

  return (x > y) - (x < y);
}

static SnnLabelCount *
find_count (Tally *tally, double value)
{
  SnnLabelCount count = { value, 0 };
  guint at = 0;

  if (tally->last < tally->counts->len && g_array_index (tally->counts,
          SnnLabelCount, tally->last).value == value)
    return &g_array_index (tally->counts, SnnLabelCount, tally->last);
  if (!g_array_binary_search (tally->counts, &count, compare_values, &at)) {
    if (tally->counts->len == SNN_LABEL_VALUES_MAX) {
      tally->too_many = TRUE;
      return NULL;
    }
    for (at = tally->counts->len; at > 0 && g_array_index (tally->counts,
            SnnLabelCount, at - 1).value > value;)
      at--;
    g_array_insert_val (tally->counts, at, count);
  }
  tally->last = at;
  return &g_array_index (tally->counts, SnnLabelCount, at);
}

static void
take_labels (gpointer data, gsize at, gssize step, const double *values,
    gsize n)
{
  Tally *tally = data;

  for (gsize i = 0; i < n && !tally->too_many; i++) {
    /* Adding zero makes one zero of the two there are. */
    double whole = rint (values[i]) + 0.;
    SnnLabelCount *count = isfinite (whole) ? find_count (tally, whole) : NULL;

    if (count)
      count->n_voxels++;
  }
}

GArray *
snn_label_values (const gchar *location, guint index, GError **error)
{
  g_auto (SnnNiftiSource) source = { NULL, };
  g_autoptr (GArray) counts = g_array_new (FALSE, FALSE,
      sizeof (SnnLabelCount));
  Tally tally = { counts, 0, FALSE };
  SnnVolumeInfo info = { NULL, };

  if (!snn_nifti_source_open (location, &source, NULL, error))
    return NULL;
  snn_nifti_header_describe (source.header, &info);
  if (!snn_nifti_read_voxels (source.file, source.header, &info,
          source.n_volumes == 1 ? 0 : index, take_labels, &tally, error))
    return NULL;
  if (tally.too_many) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC, "%s has more than %d "
        "different values, where labels are expected", location,
        SNN_LABEL_VALUES_MAX);
    return NULL;
  }
  return g_steal_pointer (&counts);
}

gboolean
snn_label_classes (const GArray *counts, SnnClasses *classes, GError **error)
{
  g_autofree gint *values = g_new (gint, counts->len + 1);
  guint n = 0;

  for (guint i = 0; i < counts->len; i++) {
    double value = g_array_index (counts, SnnLabelCount, i).value;

    if (value == 0.)
      continue;
    if (!(value >= G_MININT && value <= G_MAXINT)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%g is no class", value);
      return FALSE;
    }
    values[n++] = (gint) value;
  }
  if (n > 0)
    return snn_classes_set (classes, n, values, error);
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "All voxels of the masks are "
      "0, where classes are expected");
  return FALSE;
}

gboolean
snn_label_classes_of_files (const gchar *const *masks, guint index,
    SnnClasses *classes, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_double_hash,
      g_double_equal);
  g_autoptr (GPtrArray) each = g_ptr_array_new_with_free_func
      ((GDestroyNotify) g_array_unref);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (SnnLabelCount));

  for (guint i = 0; masks[i]; i++) {
    GArray *counts = snn_label_values (masks[i], index, error);

    if (!counts)
      return FALSE;
    g_ptr_array_add (each, counts);
    for (guint j = 0; j < counts->len; j++) {
      SnnLabelCount *count = &g_array_index (counts, SnnLabelCount, j);

      if (g_hash_table_add (seen, &count->value))
        g_array_append_val (all, *count);
    }
  }
  return snn_label_classes (all, classes, error);
}
