/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "evaluation.h"

G_BEGIN_DECLS

/* What evaluation.c and evaluation-classes.c share. Where there are several
 * classes, an evaluation has one of its own for each, which gets the class's mask
 * and counts it as any other; it counts all classes together itself, and its
 * metrics are the means of theirs. */

struct _SnnEvaluation
{
  guint n_cut_offs;
  double *cut_offs;
  guint metrics;

  guint epoch;
  gboolean evaluate;
  GPtrArray *subjects;          /* SnnEvaluatedSubject, of the open pass */
  GHashTable *by_name;          /* the same, not owned, of the pass, with those
                                 * that it has been finished with before */

  GPtrArray *passes;            /* SnnPass, finished */
  GPtrArray *last_subjects;     /* of the last pass, in name order */
  GPtrArray *reported_subjects; /* the same of the reported one */
  gint reported;                /* index in passes, -1: none */
  GPtrArray *chunks;            /* SnnEvaluation, by chunk */

  SnnClasses classes;
  guint class;                  /* that this is of, from 1 on; 0: of all */
  GPtrArray *by_class;          /* SnnEvaluation of each, or NULL */
};

/* A subject while its samples come in. */
typedef struct
{
  SnnSubjectResult result;
  SnnVolumeInfo *volume;
  gboolean complete;
  guint planes_a_sample;
  GByteArray *seen;             /* [sample] */
  GByteArray *labelled;         /* [plane] */
  /* [plane][cut-off], NAN where the plane lies outside the volume: kept so
   * that sums are taken in order of planes and not of arrival */
  GArray *plane_dice;
  guint8 *predicted;            /* [z][y][x], for distances, or NULL */
  guint8 *truth;
} SnnEvaluatedSubject;

/* snn_evaluation_add_mask: snn_evaluation_add() of a mask; @whole has the
 * probabilities that it was made of, of all classes, and is NULL for one class of
 * them. */
gboolean snn_evaluation_add_mask (SnnEvaluation * evaluation,
    const SnnLabelledSlice * slice, const SnnLabelledSlice * whole,
    const SnnSubjectResult ** completed, GError ** error);

/* snn_evaluation_add_classes: the same of several classes. */
gboolean snn_evaluation_add_classes (SnnEvaluation * evaluation,
    const SnnLabelledSlice * slice, const SnnSubjectResult ** completed,
    GError ** error);

/* snn_evaluation_average_classes: sets what a complete subject's classes say
 * together. */
void snn_evaluation_average_classes (const SnnEvaluation * evaluation,
    SnnEvaluatedSubject * subject);

/* snn_evaluation_check_numbers: whether all @n values of @slice are
 * probabilities; SNN_ERROR_NUMERIC. */
gboolean snn_evaluation_check_numbers (const SnnLabelledSlice * slice,
    gsize n, GError ** error);

/* snn_moments_pool: adds what @more says of other values. */
void snn_moments_pool (SnnMoments * moments, const SnnMoments * more);

G_END_DECLS
