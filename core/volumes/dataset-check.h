/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nifti-read.h"
#include "region.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* SnnTextCount: how many subjects have what @text says. */
typedef struct
{
  gchar *text;
  guint n_subjects;
} SnnTextCount;

/* SnnLabelTotal: voxels of value @value, and how many masks have any. */
typedef struct
{
  double value;
  guint64 n_voxels;
  guint n_masks;
} SnnLabelTotal;

/**
 * SnnDatasetReport:
 * @n_subjects: listed
 * @n_usable: that could be read, with their masks
 * @problems: (element-type utf8): what keeps a subject from being used
 * @remarks: (element-type utf8): what is odd
 * @shapes: (element-type SnnTextCount): in RAS, the most frequent first
 * @zooms: (element-type SnnTextCount): voxel sizes in mm, likewise
 * @labels: (element-type SnnLabelTotal): values of all masks, in order
 *
 * What is to be known of a dataset before a network is trained on it.
 */
typedef struct
{
  guint n_subjects;
  guint n_usable;
  GPtrArray *problems;
  GPtrArray *remarks;
  GArray *shapes;
  GArray *zooms;
  GArray *labels;
} SnnDatasetReport;

/**
 * snn_dataset_check:
 * @location, @label_location: as snn_dataset_list() takes them
 * @settings: how the volumes will be read
 * @region: what will be taken of each
 * @progress: (nullable): called before each subject is read
 *
 * Looks at all headers, then reads all volumes and masks, one at a time, and
 * tells all that it finds. A mask without an image, and structure that lies
 * outside of the region, are remarks.
 *
 * Returns: (transfer full): %NULL with the errors of snn_dataset_list() where
 * there is nothing to look at
 */
SnnDatasetReport *snn_dataset_check (const gchar * location,
    const gchar * label_location, const SnnNiftiSettings * settings,
    const SnnRegion * region, void (*progress) (guint subject,
        guint n_subjects, gpointer data), gpointer data, GError ** error);
void snn_dataset_report_free (SnnDatasetReport * report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnDatasetReport, snn_dataset_report_free)

SNN_END_DECLS
