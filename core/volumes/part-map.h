/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* SnnPartMap: a map of classes on the grid of a whole volume, put together from
 * what was found in boxes of it, a structure each. */
typedef struct _SnnPartMap SnnPartMap;

/**
 * snn_part_map_new:
 * @part: of a volume that is a box of a whole one (SnnPart); references are taken
 *
 * Returns: (transfer full): without any structure, or %NULL with SNN_ERROR_READ
 * where memory does not suffice for a byte a voxel
 */
SnnPartMap *snn_part_map_new (const SnnVolumeInfo * part, GError ** error);
void snn_part_map_free (SnnPartMap * map);

/* snn_part_map_takes: whether @part is of a box of the same whole volume. */
gboolean snn_part_map_takes (const SnnPartMap * map,
    const SnnVolumeInfo * part);

/**
 * snn_part_map_add:
 * @part: that @probability is on the grid of
 * @cut_off: a voxel belongs to the structure where it is larger
 *
 * Interpolates to the whole volume's grid, cuts off, and takes the largest
 * component. A voxel that another structure has stays that one's.
 *
 * Returns: FALSE with SNN_ERROR_READ where memory does not suffice, or
 * SNN_ERROR_NUMERIC where an affine can't be inverted
 */
gboolean snn_part_map_add (SnnPartMap * map, const SnnVolumeInfo * part,
    const float *probability, float cut_off, GError ** error);

/* snn_part_map_is_whole: whether all structures that were found are in it;
 * snn_part_map_count: how many are, and (out) how many there will be. */
gboolean snn_part_map_is_whole (const SnnPartMap * map);
guint snn_part_map_count (const SnnPartMap * map, guint * n_parts);

/* snn_part_map_info: of the whole volume. */
SnnVolumeInfo *snn_part_map_info (const SnnPartMap * map);

/* snn_part_map_write: snn_nifti_write_classes() of it. */
gboolean snn_part_map_write (const SnnPartMap * map, const gchar * location,
    GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnPartMap, snn_part_map_free)

SNN_END_DECLS
