/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volume-builder.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../run/engine.h"
#include "resample.h"

struct _SnnVolumeBuilder
{
  SnnVolumeInfo *info;
  SnnBox box;
  SnnAxis axis;
  SnnNiftiContent content;
  float cut_off;
  SnnClasses classes;
  guint n_volumes;              /* of probabilities: one an output; else 1 */
  gsize dims[3];                /* of a slice */
  guint n_slices;
  guint n_received;
  guint8 *received;             /* whether, for each slice */
  guint8 *slice;                /* one slice of a mask; NULL: probabilities */
  gpointer grid;
};

SnnVolumeBuilder *
snn_volume_builder_new (SnnVolumeInfo *info, const SnnBox *box, SnnAxis axis,
    SnnNiftiContent content, float cut_off, const SnnClasses *classes,
    GError **error)
{
  SnnVolumeBuilder *builder = g_new0 (SnnVolumeBuilder, 1);
  const gboolean several = classes && snn_classes_n_outputs (classes) > 1;
  /* What is resampled before it is written is cut off only then, but for maps of
   * classes, of which the largest share wins. */
  const gboolean cut = content == SNN_NIFTI_MASK && (!info->origin || several);
  gsize size = cut ? 1 : sizeof (float);
  gboolean countable = TRUE;

  builder->n_volumes = several && !cut ? snn_classes_n_outputs (classes) : 1;
  size *= builder->n_volumes;
  builder->info = snn_volume_info_ref (info);
  builder->box = *box;
  builder->axis = axis;
  builder->content = content;
  builder->cut_off = cut_off;
  if (classes)
    builder->classes = *classes;
  builder->n_slices = (guint) snn_box_slice_dims (box, axis, builder->dims);
  builder->received = g_malloc0 (builder->n_slices);
  for (guint i = 0; i < 3; i++)
    countable = countable && g_size_checked_mul (&size, size, info->dims[i]);
  if (countable)
    builder->grid = g_try_malloc0 (size);
  if (!builder->grid) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for a volume "
        "of %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT
        " voxels", info->subject, info->dims[0], info->dims[1], info->dims[2]);
    snn_volume_builder_free (builder);
    return NULL;
  }
  if (cut)
    builder->slice = g_malloc (builder->dims[0] * builder->dims[1]
        * builder->dims[2]);
  return builder;
}

void
snn_volume_builder_free (SnnVolumeBuilder *builder)
{
  if (!builder)
    return;
  snn_volume_info_unref (builder->info);
  g_free (builder->received);
  g_free (builder->slice);
  g_free (builder->grid);
  g_free (builder);
}

/* A cut-off is one of probabilities, and so is an entropy: on logits or intensities
 * they would give something else. */
static gboolean
check_probability (const SnnVolumeBuilder *builder, guint index, gsize n,
    const float *probability, GError **error)
{
  const guint channels = snn_classes_n_outputs (&builder->classes);

  for (gsize i = 0; i < n * channels; i++)
    if (!(probability[i] >= 0.f && probability[i] <= 1.f)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC, "The prediction for "
          "slice %u of %s is %g at voxel %" G_GSIZE_FORMAT ", where a "
          "probability was expected, from 0 to 1: no mask or uncertainty is made "
          "of logits or intensities", index, builder->info->subject,
          (double) probability[i], i);
      return FALSE;
    }
  return TRUE;
}

gboolean
snn_volume_builder_add (SnnVolumeBuilder *builder, guint index,
    const gsize dims[3], const float *probability, GError **error)
{
  const gsize *expected = builder->dims, *whole = builder->info->dims;
  gconstpointer values = probability;
  const guint channels = snn_classes_n_outputs (&builder->classes);
  gsize item = sizeof (float), n = dims[0] * dims[1] * dims[2];

  if (index >= builder->n_slices || dims[0] != expected[0]
      || dims[1] != expected[1] || dims[2] != expected[2]) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s: a prediction of %"
        G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " is slice "
        "%u, where %u slices of %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %"
        G_GSIZE_FORMAT " were cut", builder->info->subject, dims[0], dims[1],
        dims[2], index, builder->n_slices, expected[0], expected[1],
        expected[2]);
    return FALSE;
  }
  if (builder->content != SNN_NIFTI_PROBABILITY
      && !check_probability (builder, index, n, probability, error))
    return FALSE;
  if (builder->slice) {
    for (gsize i = 0; i < n; i++)
      builder->slice[i] = channels == 1 ? probability[i] > builder->cut_off
          : snn_largest (probability, channels, n, i);
    values = builder->slice;
    item = 1;
  }
  for (guint v = 0; v < builder->n_volumes; v++)
    snn_box_paste (&builder->box, builder->axis, index, whole,
        (guint8 *) builder->grid + v * whole[0] * whole[1] * whole[2] * item,
        item, (const guint8 *) values + v * n * item);
  builder->n_received += !builder->received[index];
  builder->received[index] = TRUE;
  return TRUE;
}

guint
snn_volume_builder_count (const SnnVolumeBuilder *builder, guint *n_slices)
{
  *n_slices = builder->n_slices;
  return builder->n_received;
}

const SnnVolumeInfo *
snn_volume_builder_info (const SnnVolumeBuilder *builder)
{
  return builder->info;
}

/* Probabilities on the grid, of @n voxels, of the volume that ours was resampled
 * from. */
static float *
resample_back (const SnnVolumeBuilder *builder, gsize *n, GError **error)
{
  const SnnVolumeInfo *origin = builder->info->origin;
  const gsize *dims = builder->info->dims, own = dims[0] * dims[1] * dims[2];
  g_autofree float *values = NULL;
  SnnGrid from, to;
  gsize size = builder->n_volumes * sizeof (float);
  gboolean countable = TRUE;

  for (guint i = 0; i < 3; i++)
    countable = countable && g_size_checked_mul (&size, size, origin->dims[i]);
  if (countable)
    values = g_try_malloc (size);
  if (!values) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for a volume "
        "of %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT
        " voxels", origin->subject, origin->dims[0], origin->dims[1],
        origin->dims[2]);
    return NULL;
  }
  *n = size / (builder->n_volumes * sizeof (float));
  snn_grid_from_info (&from, builder->info);
  snn_grid_from_info (&to, origin);
  for (guint v = 0; v < builder->n_volumes; v++)
    if (!snn_resample_image ((float *) builder->grid + v * own, &from, &to, 0.f,
            NULL, values + v * *n, error))
      return NULL;
  return g_steal_pointer (&values);
}

/* Puts the entropy of @n voxels' probabilities, in bits, in place of those of the
 * first of @n_volumes; of one the background has the rest. */
static void
measure_entropy (float *values, guint n_volumes, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    double entropy = 0.;

    for (guint v = 0; v < MAX (n_volumes, 2); v++) {
      const double p = n_volumes > 1 ? values[v * n + i]
          : v == 0 ? values[i] : 1. - values[i];

      entropy -= p > 0. ? p * log2 (p) : 0.;
    }
    values[i] = (float) entropy;
  }
}

/* The same of a map of classes. */
static gboolean
write_classes_back (const SnnVolumeBuilder *builder, const gchar *location,
    GError **error)
{
  const SnnVolumeInfo *origin = builder->info->origin;
  g_autofree guint8 *map = NULL;
  gsize size = 1;
  gboolean countable = TRUE;
  SnnGrid from, to;

  for (guint i = 0; i < 3; i++)
    countable = countable && g_size_checked_mul (&size, size, origin->dims[i]);
  if (countable)
    map = g_try_malloc (size);
  if (!map) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for a map of "
        "its %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT
        " voxels", origin->subject, origin->dims[0], origin->dims[1],
        origin->dims[2]);
    return FALSE;
  }
  snn_grid_from_info (&from, builder->info);
  snn_grid_from_info (&to, origin);
  return snn_resample_labels (builder->grid, 1, &from, &to, 0, NULL, map, error)
      && snn_nifti_write_classes (location, origin, &builder->classes, map,
      error);
}

/* Of probabilities on the grid of @info, which it changes. */
static gboolean
write_entropy (const SnnVolumeBuilder *builder, const gchar *location,
    const SnnVolumeInfo *info, float *values, gsize n, GError **error)
{
  measure_entropy (values, builder->n_volumes, n);
  return snn_nifti_write_probabilities (location, info, 1, values, error);
}

/* The same on our own grid, of which slices may yet come. */
static gboolean
write_own_entropy (const SnnVolumeBuilder *builder, const gchar *location,
    GError **error)
{
  const gsize *dims = builder->info->dims, n = dims[0] * dims[1] * dims[2];
  g_autofree float *values = g_try_new (float, n * builder->n_volumes);

  if (!values) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s: no memory for the "
        "uncertainty of %" G_GSIZE_FORMAT " voxels", location, n);
    return FALSE;
  }
  memcpy (values, builder->grid, n * builder->n_volumes * sizeof *values);
  return write_entropy (builder, location, builder->info, values, n, error);
}

static gboolean
write_back (const SnnVolumeBuilder *builder, const gchar *location,
    GError **error)
{
  gsize n;
  g_autofree float *values = resample_back (builder, &n, error);
  g_autofree guint8 *mask = NULL;

  if (!values)
    return FALSE;
  if (builder->content == SNN_NIFTI_UNCERTAINTY)
    return write_entropy (builder, location, builder->info->origin, values, n,
        error);
  if (builder->content == SNN_NIFTI_MASK) {
    mask = g_malloc (n);
    for (gsize i = 0; i < n; i++)
      mask[i] = values[i] > builder->cut_off;
  }
  return mask ? snn_nifti_write_classes (location, builder->info->origin,
      &builder->classes, mask, error) : snn_nifti_write_probabilities (location,
      builder->info->origin, builder->n_volumes, values, error);
}

gboolean
snn_volume_builder_add_to (const SnnVolumeBuilder *builder, SnnPartMap *map,
    GError **error)
{
  if (builder->content == SNN_NIFTI_MASK && !builder->slice)
    return snn_part_map_add (map, builder->info, builder->grid,
        builder->cut_off, error);
  g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: of structures that "
      "were found in a volume a map is written, from the probability of one mask "
      "each: no probabilities, and no classes within a structure",
      builder->info->subject);
  return FALSE;
}

gboolean
snn_volume_builder_write (const SnnVolumeBuilder *builder,
    const gchar *location, GError **error)
{
  if (builder->info->origin)
    return builder->slice ? write_classes_back (builder, location, error)
        : write_back (builder, location, error);
  if (builder->content == SNN_NIFTI_MASK)
    return snn_nifti_write_classes (location, builder->info, &builder->classes,
        builder->grid, error);
  if (builder->content == SNN_NIFTI_UNCERTAINTY)
    return write_own_entropy (builder, location, error);
  return snn_nifti_write_probabilities (location, builder->info,
      builder->n_volumes, builder->grid, error);
}
