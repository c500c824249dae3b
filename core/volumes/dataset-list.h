/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataset.h"

G_BEGIN_DECLS

/* Private to dataset*.c. */

/**
 * SnnDatasetRole:
 * @SNN_DATASET_IMAGES, @SNN_DATASET_MASKS: what is looked for, where names tell
 * @SNN_DATASET_LABELS: as masks; of a table with two columns of files, that of a
 *   table of pairs
 * @SNN_DATASET_PAIRS: of a table, images and in a further column their masks
 */
typedef enum
{
  SNN_DATASET_IMAGES,
  SNN_DATASET_MASKS,
  SNN_DATASET_LABELS,
  SNN_DATASET_PAIRS,
} SnnDatasetRole;

/* snn_dataset_list_files: (transfer full): the files that @location stands for,
 * in order of subjects. Errors as those of snn_dataset_list(). */
GPtrArray *snn_dataset_list_files (const gchar * location,
    SnnDatasetRole role, GError ** error);

/* snn_dataset_is_table: whether @location is a list that can have columns. */
gboolean snn_dataset_is_table (const gchar * location);

G_END_DECLS
