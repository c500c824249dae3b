/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "statistics.h"
#include "../base/api.h"
#include "../base/classes.h"

SNN_BEGIN_DECLS

/* A volume is held in canonical orientation: RAS+, x (left to right) fastest,
 * then y (posterior to anterior), then z (inferior to superior), float32 after
 * scl_slope and scl_inter. How to get back is in its SnnVolumeInfo. */

/* The header of the file a volume came from, opaque; private to nifti-*.c */
typedef struct _SnnNiftiHeader SnnNiftiHeader;

typedef struct _SnnVolumeInfo SnnVolumeInfo;

/**
 * SnnPart:
 * @classes: the structures that a whole volume's map tells apart
 * @which: of them, from 0: the one that the part is around
 * @n_parts: how many of them have one, of the same whole volume
 *
 * Which box of a volume another volume is.
 */
typedef struct
{
  SnnClasses classes;
  guint which;
  guint n_parts;
} SnnPart;

/**
 * SnnVolumeInfo:
 * @subject: name without folder and extension, the key of reports
 * @location: the file, or %NULL for a phantom
 * @dims: extent in canonical x, y, z
 * @zooms: voxel size in mm, canonical, whatever unit the file has
 * @affine: canonical voxel index to world mm, row major
 * @axis: canonical axis i is axis[i] of the file ...
 * @flip: ... read backwards when flip[i]
 * @labelled: whether a mask belongs to it
 * @n_label_voxels: non-zero mask voxels in the whole volume; a crop may miss
 *   some, and Dice on the full grid must count them
 * @n_classes: that mask voxels are of; 0: they are set or not
 * @n_class_voxels: (array length=n_classes): the same of each; owned
 * @statistics: of the image, or of its first channel
 * @n_channels: that the image has
 * @channel_statistics: (nullable) (skip): of the n_channels - 1 after the first;
 *   owned; snn_volume_info_statistics() finds them
 * @seed: that a phantom was made with, or a number of a head's seed and map, which
 *   tells it from others of its name
 * @origin: (nullable): the volume that it was resampled from, on whose grid
 *   predictions are written; owned
 * @part: (nullable): where it is a box around one structure of @origin; owned
 * @header: what niftisink needs to restore the file's grid; %NULL: a phantom
 *
 * Facts about a volume that travel with each of its slices. Immutable once
 * made, reference counted, safe to share between threads.
 */
struct _SnnVolumeInfo
{
  gchar *subject;
  gchar *location;
  gsize dims[3];
  double zooms[3];
  double affine[4][4];
  guint8 axis[3];
  gboolean flip[3];
  gboolean labelled;
  guint64 n_label_voxels;
  guint n_classes;
  guint64 *n_class_voxels;
  SnnStatistics statistics;
  guint n_channels;
  SnnStatistics *channel_statistics;
  guint64 seed;
  SnnVolumeInfo *origin;
  SnnPart *part;
  SnnNiftiHeader *header;

  /*< private > */
  gatomicrefcount ref_count;
};

#define SNN_TYPE_VOLUME_INFO (snn_volume_info_get_type ())
GType snn_volume_info_get_type (void);

/* snn_volume_info_new: zeroed but for identity geometry, 1 mm zooms and one
 * channel. */
SnnVolumeInfo *snn_volume_info_new (const gchar * subject);
/* snn_volume_info_copy: (transfer full): one to change before anybody has it. */
SnnVolumeInfo *snn_volume_info_copy (const SnnVolumeInfo * info);
/* snn_volume_info_count_labels: sets what @info says of a mask of @n voxels and
 * @n_classes, before anybody has it. */
void snn_volume_info_count_labels (SnnVolumeInfo * info, guint n_classes,
    const guint8 * mask, gsize n);
/* snn_volume_info_set_channels: makes room for the statistics of so many, before
 * anybody has it. */
void snn_volume_info_set_channels (SnnVolumeInfo * info, guint n_channels);
/**
 * snn_volume_info_statistics: (skip)
 * @channel: below n_channels
 *
 * Returns: (transfer none): of that channel
 */
SnnStatistics *snn_volume_info_statistics (const SnnVolumeInfo * info,
    guint channel);
SnnVolumeInfo *snn_volume_info_ref (SnnVolumeInfo * info);
/* snn_volume_info_same: whether @a and @b (nullable) are of one volume, be it
 * loaded twice. Where volumes have no file, their extent and labels tell them
 * apart; what elements do to intensities makes no other volume of them. */
gboolean snn_volume_info_same (const SnnVolumeInfo * a,
    const SnnVolumeInfo * b);
/* snn_volume_info_origin: (transfer none): its file, or words that say that it
 * (nullable) has none. */
const gchar *snn_volume_info_origin (const SnnVolumeInfo * info);
/* snn_volume_info_whole: (transfer none): the volume that @info is a part of; @info
 * itself where it is none. */
SnnVolumeInfo *snn_volume_info_whole (SnnVolumeInfo * info);
/* snn_volume_info_unref: %NULL is fine. */
void snn_volume_info_unref (SnnVolumeInfo * info);

#ifndef __GI_SCANNER__ /* arrays that are taken over */

/**
 * SnnVolume:
 * @info: owned
 * @image: dims[0] * dims[1] * dims[2] values of each channel, canonical order;
 *   owned
 * @mask: the same grid, 0 or 1, or 1 more than the index of the voxel's class
 *   (base/classes.h), or %NULL; owned
 */
typedef struct
{
  SnnVolumeInfo *info;
  float *image;
  guint8 *mask;

  /*< private > */
  gatomicrefcount ref_count;
} SnnVolume;

/* snn_volume_new: takes @info, @image and @mask (g_malloc'ed) over. */
SnnVolume *snn_volume_new (SnnVolumeInfo * info, float *image, guint8 * mask);
SnnVolume *snn_volume_ref (SnnVolume * volume);
/* snn_volume_unref: %NULL is fine. */
void snn_volume_unref (SnnVolume * volume);

#endif

/* Which axis slices are cut across; %SNN_AXIS_NONE is the whole volume.
 * A slice keeps the other two in order: across x, width is y and height z. */
typedef enum
{
  SNN_AXIS_X,
  SNN_AXIS_Y,
  SNN_AXIS_Z,
  SNN_AXIS_NONE,
} SnnAxis;

/**
 * SnnBox:
 * @origin: canonical voxel of the box's first corner; negative where padded
 * @size: extent in voxels; may reach past the volume
 */
typedef struct
{
  gint64 origin[3];
  gsize size[3];
} SnnBox;

#ifndef __GI_SCANNER__ /* arrays of an unsaid length */

/* snn_box_slice_dims: width, height and depth of a slice of @box across @axis,
 * and how many there are (returned). */
gsize snn_box_slice_dims (const SnnBox * box, SnnAxis axis, gsize dims[3]);

/**
 * snn_box_inside:
 * @begin, @end: (out): what of slice @index of @box lies in a grid of @dims voxels,
 *   by the slice's width, height and depth: the first and the one after the last
 */
void snn_box_inside (const SnnBox * box, SnnAxis axis, gsize index,
    const gsize dims[3], gsize begin[3], gsize end[3]);

/* snn_box_cut: copies slice @index of @box from a grid of @dims values of
 * @item bytes (4 or 1) into @out; what lies outside is filled with @fill
 * (@item bytes). */
void snn_box_cut (const SnnBox * box, SnnAxis axis, gsize index,
    const gsize dims[3], gconstpointer grid, gsize item, gconstpointer fill,
    gpointer out);

/**
 * snn_volume_cut:
 * @index: of a slice of @box across @axis
 * @context: how many slices before it and behind it go with it
 * @out: (out): 2 @context + 1 slices of each channel of the image, in order; a
 *   channel's slices are together
 *
 * What lies outside of the volume, neighbours too, has the lowest value of its
 * channel, as what @box adds has. Neighbours that are outside of @box but in the
 * volume are the volume's. So what is cut does not depend on where along @axis a
 * box ends.
 */
void snn_volume_cut (const SnnVolume * volume, const SnnBox * box,
    SnnAxis axis, gsize index, guint context, float *out);

/* snn_box_paste: the inverse: writes a slice back, dropping what lies outside. */
void snn_box_paste (const SnnBox * box, SnnAxis axis, gsize index,
    const gsize dims[3], gpointer grid, gsize item, gconstpointer slice);

#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnVolume, snn_volume_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnVolumeInfo, snn_volume_info_unref)

SNN_END_DECLS
