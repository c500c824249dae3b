/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataset-check.h"

#include <string.h>

#include "../base/remarks.h"
#include "dataset.h"
#include "label-values.h"

/* Voxel sizes that are the same to so many digits count as one. */
#define SIZE_DIGITS "%.4g"

static void
text_count_clear (gpointer data)
{
  g_free (((SnnTextCount *) data)->text);
}

static SnnDatasetReport *
report_new (void)
{
  SnnDatasetReport *report = g_new0 (SnnDatasetReport, 1);

  report->problems = snn_remarks_new ();
  report->remarks = snn_remarks_new ();
  report->shapes = g_array_new (FALSE, FALSE, sizeof (SnnTextCount));
  report->zooms = g_array_new (FALSE, FALSE, sizeof (SnnTextCount));
  report->labels = g_array_new (FALSE, FALSE, sizeof (SnnLabelTotal));
  g_array_set_clear_func (report->shapes, text_count_clear);
  g_array_set_clear_func (report->zooms, text_count_clear);
  return report;
}

void
snn_dataset_report_free (SnnDatasetReport *report)
{
  if (!report)
    return;
  g_ptr_array_unref (report->problems);
  g_ptr_array_unref (report->remarks);
  g_array_unref (report->shapes);
  g_array_unref (report->zooms);
  g_array_unref (report->labels);
  g_free (report);
}

/* Takes @text over. */
static void
count_text (GArray *counts, gchar *text)
{
  SnnTextCount count = { text, 1 };

  for (guint i = 0; i < counts->len; i++) {
    SnnTextCount *known = &g_array_index (counts, SnnTextCount, i);

    if (g_str_equal (known->text, text)) {
      known->n_subjects++;
      g_free (text);
      return;
    }
  }
  g_array_append_val (counts, count);
}

static gint
compare_counts (gconstpointer a, gconstpointer b)
{
  const SnnTextCount *x = a, *y = b;

  if (x->n_subjects != y->n_subjects)
    return x->n_subjects < y->n_subjects ? 1 : -1;
  return strcmp (x->text, y->text);
}

static void
add_labels (SnnDatasetReport *report, const GArray *counts)
{
  guint at = 0;

  for (guint i = 0; i < counts->len; i++) {
    const SnnLabelCount *count = &g_array_index (counts, SnnLabelCount, i);
    SnnLabelTotal total = { count->value, count->n_voxels, 1 };

    while (at < report->labels->len && g_array_index (report->labels,
            SnnLabelTotal, at).value < count->value)
      at++;
    if (at < report->labels->len && g_array_index (report->labels,
            SnnLabelTotal, at).value == count->value) {
      g_array_index (report->labels, SnnLabelTotal, at).n_voxels +=
          count->n_voxels;
      g_array_index (report->labels, SnnLabelTotal, at).n_masks++;
    } else {
      g_array_insert_val (report->labels, at, total);
    }
  }
}

/* What of the structure the box does not show. */
static void
remark_on_box (SnnDatasetReport *report, const SnnDatasetItem *item,
    const SnnVolume *volume, const SnnRegion *region)
{
  const gsize *dims = volume->info->dims;
  guint64 inside = 0, all = volume->info->n_label_voxels;
  gint64 begin[3], end[3];
  SnnGrid grid;
  SnnBox box;

  snn_grid_from_info (&grid, volume->info);
  if (!volume->mask || all == 0 || !snn_region_box (region, &grid, &box, NULL))
    return;
  for (guint i = 0; i < 3; i++) {
    begin[i] = CLAMP (box.origin[i], 0, (gint64) dims[i]);
    end[i] = CLAMP (box.origin[i] + (gint64) box.size[i], 0, (gint64) dims[i]);
  }
  for (gint64 z = begin[2]; z < end[2]; z++)
    for (gint64 y = begin[1]; y < end[1]; y++)
      for (gint64 x = begin[0]; x < end[0]; x++)
        inside += volume->mask[((gsize) z * dims[1] + (gsize) y) * dims[0]
            + (gsize) x];
  if (inside < all)
    snn_remark (report->remarks, "%s: %" G_GUINT64_FORMAT " of its %"
        G_GUINT64_FORMAT " label voxels (%.1f %%) lie outside of what size and "
        "roi take", item->label, all - inside, all,
        100. * (double) (all - inside) / (double) all);
}

/* Whether the headers of @item allow for reading it. */
static gboolean
check_headers (SnnDatasetReport *report, const SnnDatasetItem *item,
    const SnnNiftiSettings *settings, const SnnRegion *region)
{
  g_autoptr (GError) error = NULL;
  SnnGrid grid;
  SnnBox box;

  if (!snn_nifti_check (item->image, item->label, settings, &grid, &error)) {
    snn_remark (report->problems, "%s", error->message);
    return FALSE;
  }
  if (!snn_region_box (region, &grid, &box, &error)) {
    snn_remark (report->problems, "%s: %s", item->image, error->message);
    return FALSE;
  }
  return TRUE;
}

static void
check_voxels (SnnDatasetReport *report, const SnnDatasetItem *item,
    const SnnNiftiSettings *settings, const SnnRegion *region)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) counts = NULL;
  g_autoptr (SnnVolume) volume = snn_nifti_load_labelled (item->image,
      item->label, settings, report->remarks, &error);
  const SnnVolumeInfo *info;

  if (!volume) {
    snn_remark (report->problems, "%s", error->message);
    return;
  }
  info = volume->info;
  report->n_usable++;
  count_text (report->shapes, g_strdup_printf ("%" G_GSIZE_FORMAT " x %"
          G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT, info->dims[0], info->dims[1],
          info->dims[2]));
  count_text (report->zooms, g_strdup_printf (SIZE_DIGITS " x " SIZE_DIGITS
          " x " SIZE_DIGITS, info->zooms[0], info->zooms[1], info->zooms[2]));
  remark_on_box (report, item, volume, region);
  if (!item->label)
    return;
  counts = snn_label_values (item->label, settings->index, &error);
  if (counts)
    add_labels (report, counts);
  else
    snn_remark (report->remarks, "%s", error->message);
}

SnnDatasetReport *
snn_dataset_check (const gchar *location, const gchar *label_location,
    const SnnNiftiSettings *settings, const SnnRegion *region,
    void (*progress) (guint subject, guint n_subjects, gpointer data),
    gpointer data, GError **error)
{
  g_autoptr (SnnDatasetReport) report = report_new ();
  g_autoptr (GPtrArray) items = snn_dataset_list_all (location, label_location,
      report->problems, report->remarks, error);
  g_autofree gboolean *readable = NULL;

  if (!items)
    return NULL;
  report->n_subjects = items->len + report->problems->len;
  readable = g_new0 (gboolean, items->len);
  for (guint i = 0; i < items->len; i++)
    readable[i] = check_headers (report, items->pdata[i], settings, region);
  for (guint i = 0; i < items->len; i++) {
    if (progress)
      progress (i, items->len, data);
    if (readable[i])
      check_voxels (report, items->pdata[i], settings, region);
  }
  g_array_sort (report->shapes, compare_counts);
  g_array_sort (report->zooms, compare_counts);
  if (report->zooms->len > 1)
    snn_remark (report->remarks, "The subjects have %u different voxel sizes, "
        "which a network takes for one", report->zooms->len);
  return g_steal_pointer (&report);
}
