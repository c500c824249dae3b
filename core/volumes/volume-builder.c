/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volume-builder.h"

#include <math.h>

#include "../base/error.h"
#include "../run/probability.h"
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
  guint8 *slice;                /* one slice of a mask; NULL: the grid has
                                 * probabilities */
  gpointer grid;
};

/* (transfer full): zeros, @size bytes for each voxel of @info; NULL with an error that
 * says for @what there is no memory. */
static gpointer
new_voxels (const SnnVolumeInfo *info, gsize size, const gchar *what,
    GError **error)
{
  gpointer voxels = NULL;
  gboolean countable = TRUE;

  for (guint i = 0; i < 3; i++)
    countable = countable && g_size_checked_mul (&size, size, info->dims[i]);
  if (countable)
    voxels = g_try_malloc0 (size);
  if (!voxels)
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for %s %"
        G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " voxels",
        info->subject, what, info->dims[0], info->dims[1], info->dims[2]);
  return voxels;
}

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

  builder->n_volumes = several && !cut ? snn_classes_n_outputs (classes) : 1;
  builder->info = snn_volume_info_ref (info);
  builder->box = *box;
  builder->axis = axis;
  builder->content = content;
  builder->cut_off = cut_off;
  if (classes)
    builder->classes = *classes;
  builder->n_slices = (guint) snn_box_slice_dims (box, axis, builder->dims);
  builder->received = g_malloc0 (builder->n_slices);
  builder->grid = new_voxels (info, builder->n_volumes
      * (cut ? 1 : sizeof (float)), "a volume of", error);
  if (!builder->grid) {
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

static gsize
n_voxels (const SnnVolumeInfo *info)
{
  return info->dims[0] * info->dims[1] * info->dims[2];
}

/* (transfer full): what the grid has, on that of the volume that ours was resampled
 * from. */
static gpointer
resample_back (const SnnVolumeBuilder *builder, GError **error)
{
  const SnnVolumeInfo *origin = builder->info->origin;
  g_autofree gpointer values = builder->slice
      ? new_voxels (origin, 1, "a map of its", error)
      : new_voxels (origin, builder->n_volumes * sizeof (float), "a volume of",
      error);
  SnnGrid from, to;

  if (!values)
    return NULL;
  snn_grid_from_info (&from, builder->info);
  snn_grid_from_info (&to, origin);
  if (builder->slice)
    return snn_resample_labels (builder->grid, 1, &from, &to, 0, NULL, values,
        error) ? g_steal_pointer (&values) : NULL;
  for (guint v = 0; v < builder->n_volumes; v++)
    if (!snn_resample_image ((const float *) builder->grid
            + v * n_voxels (builder->info), &from, &to, 0.f, NULL,
            (float *) values + v * n_voxels (origin), error))
      return NULL;
  return g_steal_pointer (&values);
}

/* The entropy of @n voxels' probabilities, in bits; of one volume the background has
 * the rest. */
static void
measure_entropy (const float *values, guint n_volumes, gsize n, float *entropy)
{
  for (gsize i = 0; i < n; i++) {
    double sum = 0.;

    for (guint v = 0; v < MAX (n_volumes, 2); v++) {
      const double p = n_volumes > 1 ? values[v * n + i]
          : v == 0 ? values[i] : 1. - values[i];

      sum -= p > 0. ? p * log2 (p) : 0.;
    }
    entropy[i] = (float) sum;
  }
}

static gboolean
write_entropy (const SnnVolumeBuilder *builder, const gchar *location,
    const SnnVolumeInfo *info, const float *values, GError **error)
{
  g_autofree float *entropy = new_voxels (info, sizeof *entropy,
      "the uncertainty of", error);

  if (!entropy)
    return FALSE;
  measure_entropy (values, builder->n_volumes, n_voxels (info), entropy);
  return snn_nifti_write_probabilities (location, info, 1, entropy, error);
}

static gboolean
write_cut_off (const SnnVolumeBuilder *builder, const gchar *location,
    const SnnVolumeInfo *info, const float *values, GError **error)
{
  const gsize n = n_voxels (info);
  g_autofree guint8 *mask = new_voxels (info, 1, "a mask of", error);

  if (!mask)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    mask[i] = values[i] > builder->cut_off;
  return snn_nifti_write_classes (location, info, &builder->classes, mask,
      error);
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
  const SnnVolumeInfo *origin = builder->info->origin;
  const SnnVolumeInfo *info = origin ? origin : builder->info;
  g_autofree gpointer resampled = NULL;
  gconstpointer values = builder->grid;

  if (origin && !(values = resampled = resample_back (builder, error)))
    return FALSE;
  if (builder->slice)
    return snn_nifti_write_classes (location, info, &builder->classes, values,
        error);
  if (builder->content == SNN_NIFTI_MASK)
    return write_cut_off (builder, location, info, values, error);
  if (builder->content == SNN_NIFTI_UNCERTAINTY)
    return write_entropy (builder, location, info, values, error);
  return snn_nifti_write_probabilities (location, info, builder->n_volumes,
      values, error);
}
