/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Measuring classifications in passes: an epoch's training or evaluation
 * samples, or one run over some images. */

/**
 * SnnAccuracyPass:
 * @epoch, @evaluate: which pass
 * @n: samples
 * @right: of them, those whose likeliest class is the true one
 * @n_classes: of the classifier
 * @confusion: (array): [true class][likeliest class], how many samples
 */
typedef struct
{
  guint epoch;
  gboolean evaluate;
  guint64 n;
  guint64 right;
  guint n_classes;
  guint64 *confusion;
} SnnAccuracyPass;

typedef struct _SnnAccuracy SnnAccuracy;

SnnAccuracy *snn_accuracy_new (void);
void snn_accuracy_free (SnnAccuracy * accuracy);

/* snn_accuracy_begin: drops what an unfinished pass has counted. */
void snn_accuracy_begin (SnnAccuracy * accuracy, guint epoch,
    gboolean evaluate);

/**
 * snn_accuracy_add:
 * @probability: (array length=n_classes): of each class; of equal ones the
 *   first counts
 * @label: the true class
 *
 * Returns: FALSE with SNN_ERROR_NUMERIC when a probability is not a number, or
 * SNN_ERROR_MISMATCH when there is no class @label or the number of classes is
 * not that of the pass so far
 */
gboolean snn_accuracy_add (SnnAccuracy * accuracy, const float *probability,
    guint n_classes, guint label, GError ** error);

/* snn_accuracy_finish: (nullable) (transfer none): ends the pass; its summary,
 * valid as long as @accuracy; %NULL when nothing was counted. */
const SnnAccuracyPass *snn_accuracy_finish (SnnAccuracy * accuracy);

/* snn_accuracy_to_json: (transfer full): the report; docs/formats.md. */
gchar *snn_accuracy_to_json (const SnnAccuracy * accuracy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnAccuracy, snn_accuracy_free)

SNN_END_DECLS
