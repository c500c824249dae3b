/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "folds.h"

#include "../base/random.h"

guint32 *
snn_folds_select (guint n_subjects, guint folds, guint fold, guint64 seed,
    SnnSubset subset, guint *n)
{
  g_autofree guint32 *order = g_new (guint32, MAX (n_subjects, 1));
  g_autofree gboolean *chosen = g_new0 (gboolean, MAX (n_subjects, 1));
  guint32 *subjects = g_new (guint32, MAX (n_subjects, 1));

  for (guint i = 0; i < n_subjects; i++)
    order[i] = i;
  if (seed != 0) {
    SnnRandom random;

    snn_random_init (&random, seed, SNN_RANDOM_FOLDS, 0);
    snn_random_shuffle (&random, order, n_subjects);
  }
  for (guint i = 0; i < n_subjects; i++)
    chosen[order[i]] = subset == SNN_SUBSET_ALL
        || (i % folds == fold) == (subset == SNN_SUBSET_TEST);

  *n = 0;
  for (guint i = 0; i < n_subjects; i++)
    if (chosen[i])
      subjects[(*n)++] = i;
  return subjects;
}
