/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"
#include "../base/classes.h"

SNN_BEGIN_DECLS

/* More different values than this are no labels. */
#define SNN_LABEL_VALUES_MAX 4096

/* SnnLabelCount: voxels of a mask that are @value, rounded. */
typedef struct
{
  double value;
  guint64 n_voxels;
} SnnLabelCount;

/**
 * snn_label_values:
 * @location: a NIfTI mask
 * @index: which volume; a file with one gives that for any
 *
 * Counts the values, rounded to whole numbers, that are finite.
 *
 * Returns: (transfer full) (element-type SnnLabelCount): by value, or %NULL
 * with the errors of snn_nifti_load(), or SNN_ERROR_NUMERIC where there are
 * more than SNN_LABEL_VALUES_MAX
 */
GArray *snn_label_values (const gchar * location, guint index,
    GError ** error);

/* snn_label_classes: those of the values in @counts (element-type
 * SnnLabelCount) that are no background; SNN_ERROR_FORMAT where there are none or
 * too many of them. */
gboolean snn_label_classes (const GArray * counts, SnnClasses * classes,
    GError ** error);

/* snn_label_classes_of_files: (array zero-terminated=1): those that there are in
 * any of @masks, with the errors of both. */
gboolean snn_label_classes_of_files (const gchar * const *masks, guint index,
    SnnClasses * classes, GError ** error);

SNN_END_DECLS
