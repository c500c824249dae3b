/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nifti-write.h"
#include "part-map.h"
#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* SnnVolumeBuilder: a volume that is put together from its slices, in any
 * order. Where no slice has been, it is 0. */
typedef struct _SnnVolumeBuilder SnnVolumeBuilder;

/**
 * snn_volume_builder_new:
 * @info: of the volume that the slices were cut from; a reference is taken
 * @box, @axis: how they were cut
 * @content: what is kept; a mask takes a quarter of the memory
 * @cut_off: for a mask: a voxel is 1 where its probability is larger
 * @classes: (nullable): that predictions are of. Of several, each slice has
 *   probabilities for the background and each class. In a mask a voxel is of the
 *   most probable one, and written as its value; probabilities are a volume each,
 *   in this order. Uncertainty is of the probabilities on the grid that is written
 *
 * Returns: (transfer full): %NULL with SNN_ERROR_READ where memory does not
 * suffice
 */
SnnVolumeBuilder *snn_volume_builder_new (SnnVolumeInfo * info,
    const SnnBox * box, SnnAxis axis, SnnNiftiContent content, float cut_off,
    const SnnClasses * classes, GError ** error);
void snn_volume_builder_free (SnnVolumeBuilder * builder);

/**
 * snn_volume_builder_add:
 * @index: of the slice, from the box's origin
 * @dims: width, height and depth
 * @probability: that many values, of several classes for each channel; a slice
 *   that came before is replaced
 *
 * Returns: %FALSE with SNN_ERROR_MISMATCH where the slice is none of the box,
 * with SNN_ERROR_NUMERIC where a mask or uncertainty is made and a value is not from
 * 0 to 1
 */
gboolean snn_volume_builder_add (SnnVolumeBuilder * builder, guint index,
    const gsize dims[3], const float *probability, GError ** error);

/* snn_volume_builder_count: how many different slices have been, and (out) how
 * many there are. */
guint snn_volume_builder_count (const SnnVolumeBuilder * builder,
    guint * n_slices);

const SnnVolumeInfo *snn_volume_builder_info (const SnnVolumeBuilder * builder);

/**
 * snn_volume_builder_add_to:
 *
 * snn_part_map_add() of a volume that is a part.
 *
 * Returns: FALSE with its errors, and SNN_ERROR_UNSUPPORTED where there is another
 * prediction than the probability of one mask
 */
gboolean snn_volume_builder_add_to (const SnnVolumeBuilder * builder,
    SnnPartMap * map, GError ** error);

/* snn_volume_builder_write: what there is; errors as snn_nifti_write(). */
gboolean snn_volume_builder_write (const SnnVolumeBuilder * builder,
    const gchar * location, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnVolumeBuilder, snn_volume_builder_free)

SNN_END_DECLS
