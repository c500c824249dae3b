/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Cross-validation. Subjects are split and never slices: neighbouring slices
 * of one subject look alike, and a network that has trained on one of them has
 * seen the others. For the same reason, all scans of a person go together. */

typedef enum
{
  SNN_SUBSET_ALL,
  SNN_SUBSET_TRAIN,             /* all folds but the one held out */
  SNN_SUBSET_TEST,              /* the fold held out */
} SnnSubset;

/* The person that BIDS names begin with. */
#define SNN_FOLDS_GROUP "^sub-[A-Za-z0-9]+"

/**
 * snn_folds_group:
 * @names: (array length=n): of the subjects, in name order
 * @pattern: (nullable): regular expression (PCRE): names in which it matches the
 *   same text, or the same first group in parentheses, are of one person; a name
 *   without a match, and all where it is %NULL or empty, is a person of its own
 *
 * Returns: (transfer full): for each the number of its person, from 0 in the
 * order in which they come; %NULL with SNN_ERROR_FORMAT where @pattern is none
 */
guint32 *snn_folds_group (const gchar * const *names, guint n,
    const gchar * pattern, GError ** error);

/**
 * snn_folds_select:
 * @n_subjects: of the dataset, in name order
 * @groups: (nullable): the person of each; %NULL: each is one
 * @folds: number of folds, at least 1; with 1 fold, all subjects are in the
 *   test subset and none in the training subset
 * @fold: which one is held out, less than @folds
 * @seed: 0: person i belongs to fold i mod @folds; any other: so does the i-th
 *   person of the shuffled list
 * @n: (out): how many there are
 *
 * Returns: (transfer full): indices of the subjects in @subset, ascending
 */
guint32 *snn_folds_select (guint n_subjects, const guint32 * groups,
    guint folds, guint fold, guint64 seed, SnnSubset subset, guint * n);

/**
 * snn_folds_read:
 * @path: nnU-Net's splits_final.json: an array with an object a fold, in which
 *   "train" and "val" name subjects, with or without ending, and with or without
 *   the "_0000" of nnU-Net's first channel
 * @names: (array length=n_subjects): of those that there are
 * @fold: which of the file's counts; %SNN_SUBSET_ALL is of all its folds
 * @n: (out): how many there are
 * @remarks: (nullable): gets one where subjects are in neither list
 *
 * Returns: (transfer full): indices of the subjects that the file puts into
 * @subset, ascending; %NULL with SNN_ERROR_NOT_FOUND, SNN_ERROR_OPEN,
 * SNN_ERROR_FORMAT, or SNN_ERROR_MISMATCH where there is no such fold, or a subject
 * that it names is missing, or in both parts
 */
guint32 *snn_folds_read (const gchar * path, const gchar * const *names,
    guint n_subjects, guint fold, SnnSubset subset, guint * n,
    GPtrArray * remarks, GError ** error);

SNN_END_DECLS
