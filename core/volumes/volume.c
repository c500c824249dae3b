/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volume.h"

#include <string.h>

#include "nifti-header.h"

G_DEFINE_BOXED_TYPE (SnnVolumeInfo, snn_volume_info, snn_volume_info_ref,
    snn_volume_info_unref)

SnnVolumeInfo *
snn_volume_info_new (const gchar *subject)
{
  SnnVolumeInfo *info = g_new0 (SnnVolumeInfo, 1);

  info->subject = g_strdup (subject);
  for (guint i = 0; i < 3; i++) {
    info->axis[i] = i;
    info->zooms[i] = 1.;
    info->affine[i][i] = 1.;
  }
  info->affine[3][3] = 1.;
  info->n_channels = 1;
  g_atomic_ref_count_init (&info->ref_count);
  return info;
}

SnnVolumeInfo *
snn_volume_info_copy (const SnnVolumeInfo *info)
{
  SnnVolumeInfo *copy = g_memdup2 (info, sizeof *info);

  copy->subject = g_strdup (info->subject);
  copy->location = g_strdup (info->location);
  copy->origin = info->origin ? snn_volume_info_ref (info->origin) : NULL;
  copy->n_class_voxels = g_memdup2 (info->n_class_voxels,
      info->n_classes * sizeof *info->n_class_voxels);
  copy->channel_statistics = g_memdup2 (info->channel_statistics,
      (info->n_channels - 1) * sizeof *info->channel_statistics);
  copy->part = g_memdup2 (info->part, sizeof *info->part);
  copy->header = info->header ? snn_nifti_header_copy (info->header) : NULL;
  g_atomic_ref_count_init (&copy->ref_count);
  return copy;
}

void
snn_volume_info_count_labels (SnnVolumeInfo *info, guint n_classes,
    const guint8 *mask, gsize n)
{
  guint64 counts[G_MAXUINT8 + 1] = { 0, };

  for (gsize i = 0; i < n; i++)
    counts[mask[i]]++;
  g_free (info->n_class_voxels);
  info->labelled = TRUE;
  info->n_label_voxels = n - counts[0];
  info->n_classes = n_classes;
  info->n_class_voxels = g_memdup2 (counts + 1, n_classes * sizeof *counts);
}

void
snn_volume_info_set_channels (SnnVolumeInfo *info, guint n_channels)
{
  g_return_if_fail (n_channels > 0);

  g_free (info->channel_statistics);
  info->n_channels = n_channels;
  info->channel_statistics = n_channels > 1
      ? g_new0 (SnnStatistics, n_channels - 1) : NULL;
}

SnnStatistics *
snn_volume_info_statistics (const SnnVolumeInfo *info, guint channel)
{
  g_return_val_if_fail (channel < info->n_channels, NULL);

  return channel == 0 ? (SnnStatistics *) &info->statistics
      : &info->channel_statistics[channel - 1];
}

SnnVolumeInfo *
snn_volume_info_ref (SnnVolumeInfo *info)
{
  g_atomic_ref_count_inc (&info->ref_count);
  return info;
}

gboolean
snn_volume_info_same (const SnnVolumeInfo *a, const SnnVolumeInfo *b)
{
  if (a == b)
    return TRUE;
  if (!a || !b || strcmp (a->subject, b->subject) != 0
      || g_strcmp0 (a->location, b->location) != 0
      || !a->part != !b->part
      || (a->part && a->part->which != b->part->which))
    return FALSE;
  return a->location || (memcmp (a->dims, b->dims, sizeof a->dims) == 0
      && a->n_label_voxels == b->n_label_voxels);
}

const gchar *
snn_volume_info_origin (const SnnVolumeInfo *info)
{
  return info && info->location ? info->location
      : info ? "a volume without a file" : "samples without a volume";
}

SnnVolumeInfo *
snn_volume_info_whole (SnnVolumeInfo *info)
{
  return info->part ? info->origin : info;
}

void
snn_volume_info_unref (SnnVolumeInfo *info)
{
  if (!info || !g_atomic_ref_count_dec (&info->ref_count))
    return;
  g_free (info->subject);
  g_free (info->location);
  g_clear_pointer (&info->origin, snn_volume_info_unref);
  g_free (info->part);
  g_free (info->n_class_voxels);
  g_free (info->channel_statistics);
  g_clear_pointer (&info->header, snn_nifti_header_free);
  g_free (info);
}

SnnVolume *
snn_volume_new (SnnVolumeInfo *info, float *image, guint8 *mask)
{
  SnnVolume *volume = g_new0 (SnnVolume, 1);

  volume->info = info;
  volume->image = image;
  volume->mask = mask;
  g_atomic_ref_count_init (&volume->ref_count);
  return volume;
}

SnnVolume *
snn_volume_ref (SnnVolume *volume)
{
  g_atomic_ref_count_inc (&volume->ref_count);
  return volume;
}

void
snn_volume_unref (SnnVolume *volume)
{
  if (!volume || !g_atomic_ref_count_dec (&volume->ref_count))
    return;
  snn_volume_info_unref (volume->info);
  g_free (volume->image);
  g_free (volume->mask);
  g_free (volume);
}

/* The three axes in the order width, height, depth (or slices, last). */
static void
slice_axes (SnnAxis axis, guint axes[3])
{
  guint n = 0;

  for (guint i = 0; i < 3; i++)
    if ((SnnAxis) i != axis)
      axes[n++] = i;
  if (n == 2)
    axes[2] = axis;
}

gsize
snn_box_slice_dims (const SnnBox *box, SnnAxis axis, gsize dims[3])
{
  guint axes[3];

  slice_axes (axis, axes);
  for (guint i = 0; i < 3; i++)
    dims[i] = box->size[axes[i]];
  if (axis == SNN_AXIS_NONE)
    return 1;
  dims[2] = 1;
  return box->size[axis];
}

/* Along one axis, the first voxel of the box that lies in the volume, and the
 * one after the last. */
static void
clip (gint64 origin, gsize size, gsize extent, gsize *begin, gsize *end)
{
  gint64 first = MAX (0, -origin);
  gint64 last = MIN ((gint64) size, (gint64) extent - origin);

  *begin = (gsize) first;
  *end = last > first ? (gsize) last : (gsize) first;
}

void
snn_box_inside (const SnnBox *box, SnnAxis axis, gsize index,
    const gsize dims[3], gsize begin[3], gsize end[3])
{
  guint axes[3];
  gint64 at;

  slice_axes (axis, axes);
  for (guint i = 0; i < 3; i++)
    clip (box->origin[axes[i]], box->size[axes[i]], dims[axes[i]], &begin[i],
        &end[i]);
  if (axis == SNN_AXIS_NONE)
    return;
  at = box->origin[axis] + (gint64) index;
  begin[2] = 0;
  end[2] = at >= 0 && at < (gint64) dims[axis];
}

/* The part of a slice's row that lies inside the grid. */
typedef struct
{
  gsize first;                  /* value in the slice */
  gsize length;                 /* 0: the row lies outside */
  gsize offset;                 /* value in the grid */
  gsize stride;                 /* between values in the grid */
} Run;

static Run
slice_run (const SnnBox *box, SnnAxis axis, gsize index, const gsize dims[3],
    gsize row, gsize plane)
{
  const gsize strides[3] = { 1, dims[0], dims[0] * dims[1] };
  gsize at[3] = { 0, row, axis == SNN_AXIS_NONE ? plane : index };
  Run run = { 0, };
  guint axes[3];
  gint64 begin, end;

  slice_axes (axis, axes);
  for (guint i = 1; i < 3; i++) {
    gint64 position = box->origin[axes[i]] + (gint64) at[i];

    if (position < 0 || position >= (gint64) dims[axes[i]])
      return run;
    run.offset += (gsize) position * strides[axes[i]];
  }
  begin = MAX (0, -box->origin[axes[0]]);
  end = MIN ((gint64) box->size[axes[0]],
      (gint64) dims[axes[0]] - box->origin[axes[0]]);
  if (begin >= end)
    return run;
  run.first = (gsize) begin;
  run.length = (gsize) (end - begin);
  run.stride = strides[axes[0]];
  run.offset += (gsize) (box->origin[axes[0]] + begin) * run.stride;
  return run;
}

void
snn_box_cut (const SnnBox *box, SnnAxis axis, gsize index, const gsize dims[3],
    gconstpointer grid, gsize item, gconstpointer fill, gpointer out)
{
  const guint8 *from = grid;
  guint8 *to = out;
  gsize slice[3];

  snn_box_slice_dims (box, axis, slice);
  for (gsize i = 0; i < slice[0] * slice[1] * slice[2]; i++)
    memcpy (to + i * item, fill, item);
  for (gsize plane = 0; plane < slice[2]; plane++)
    for (gsize row = 0; row < slice[1]; row++) {
      Run run = slice_run (box, axis, index, dims, row, plane);
      guint8 *line = to + ((plane * slice[1] + row) * slice[0] + run.first)
          * item;

      for (gsize i = 0; i < run.length; i++)
        memcpy (line + i * item, from + (run.offset + i * run.stride) * item,
            item);
    }
}

void
snn_volume_cut (const SnnVolume *volume, const SnnBox *box, SnnAxis axis,
    gsize index, guint context, float *out)
{
  const gsize *dims = volume->info->dims, n = dims[0] * dims[1] * dims[2];
  gsize slice[3];

  g_return_if_fail (axis != SNN_AXIS_NONE || context == 0);

  snn_box_slice_dims (box, axis, slice);
  for (guint c = 0; c < volume->info->n_channels; c++) {
    const float fill = snn_volume_info_statistics (volume->info, c)->quantile[0];

    for (gint64 offset = -(gint64) context; offset <= context; offset++) {
      SnnBox moved = *box;

      if (axis != SNN_AXIS_NONE)
        moved.origin[axis] += offset;
      snn_box_cut (&moved, axis, index, dims, volume->image + c * n,
          sizeof *out, &fill, out);
      out += slice[0] * slice[1] * slice[2];
    }
  }
}

void
snn_box_paste (const SnnBox *box, SnnAxis axis, gsize index,
    const gsize dims[3], gpointer grid, gsize item, gconstpointer slice_data)
{
  const guint8 *from = slice_data;
  guint8 *to = grid;
  gsize slice[3];

  snn_box_slice_dims (box, axis, slice);
  for (gsize plane = 0; plane < slice[2]; plane++)
    for (gsize row = 0; row < slice[1]; row++) {
      Run run = slice_run (box, axis, index, dims, row, plane);
      const guint8 *line = from
          + ((plane * slice[1] + row) * slice[0] + run.first) * item;

      for (gsize i = 0; i < run.length; i++)
        memcpy (to + (run.offset + i * run.stride) * item, line + i * item,
            item);
    }
}
