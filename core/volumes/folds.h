/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Cross-validation. Subjects are split and never slices: neighbouring slices
 * of one subject look alike, and a network that has trained on one of them has
 * seen the others. */

typedef enum
{
  SNN_SUBSET_ALL,
  SNN_SUBSET_TRAIN,             /* all folds but the one held out */
  SNN_SUBSET_TEST,              /* the fold held out */
} SnnSubset;

/**
 * snn_folds_select:
 * @n_subjects: of the dataset, in name order
 * @folds: number of folds, at least 1; with 1 fold, all subjects are in the
 *   test subset and none in the training subset
 * @fold: which one is held out, less than @folds
 * @seed: 0: subject i belongs to fold i mod @folds; any other: so does the
 *   i-th subject of the shuffled list
 * @n: (out): how many there are
 *
 * Returns: (transfer full): indices of the subjects in @subset, ascending
 */
guint32 *snn_folds_select (guint n_subjects, guint folds, guint fold,
    guint64 seed, SnnSubset subset, guint * n);

G_END_DECLS
