/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "region.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* What to take of each subject's volume: the same of all, or what a table says. */
typedef struct _SnnRegions SnnRegions;

/**
 * snn_regions_new:
 * @roi: (nullable): a region of interest (snn_region_parse_roi()) or the name of
 *   a table of them, .csv or .tsv
 * @size: (nullable): what regions are cropped or padded to
 *   (snn_region_parse_size())
 *
 * A table has a subject and its region in each line. Where its first line has
 * columns called subject or participant_id, and roi, it is these; else the first
 * two. A name stands for the subject of that name, or for those whose names go on
 * with "_" behind it: sub-01 for sub-01_ses-1_T1w. The longest counts.
 *
 * Returns: %NULL with SNN_ERROR_FORMAT, SNN_ERROR_NOT_FOUND or SNN_ERROR_OPEN; texts
 * name the table
 */
SnnRegions *snn_regions_new (const gchar * roi, const gchar * size,
    GError ** error);
void snn_regions_free (SnnRegions * regions);

/* snn_regions_find: (transfer none): of @subject; %NULL with SNN_ERROR_NOT_FOUND
 * where the table has none. */
const SnnRegion *snn_regions_find (const SnnRegions * regions,
    const gchar * subject, GError ** error);

/* snn_regions_extent: voxels along @axis, from 0 to 2, that the region of every
 * subject has by @roi and @size alone; 0: each its own. */
gsize snn_regions_extent (const SnnRegions * regions, guint axis);

/* snn_regions_table: (nullable): the file that was read, if any.
 * snn_regions_describe: (transfer full): @roi, or name and digest of the table;
 * folders may move. */
const gchar *snn_regions_table (const SnnRegions * regions);
gchar *snn_regions_describe (const SnnRegions * regions);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnRegions, snn_regions_free)

SNN_END_DECLS
