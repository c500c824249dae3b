/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "calibration.h"
#include "metrics.h"
#include "../volumes/volume.h"
#include "../base/api.h"
#include "../base/classes.h"

SNN_BEGIN_DECLS

/* Measuring predictions, slice by slice, in passes: an epoch's training or
 * evaluation samples, or one run over some volumes. Slices of several subjects
 * may come mixed and in any order; no result depends on the order. */

/**
 * SnnLabelledSlice:
 * @volume: (nullable): what it is a slice of; slices without are together one
 *   subject, "stream"
 * @box: what part of the volume is predicted; where it reaches past the
 *   volume nothing is counted
 * @axis, @index, @n_slices: which slice of the box; meaningless without @volume
 * @width, @height, @depth: of the slice
 * @probability, @mask: width * height * depth values; not owned. With several
 *   classes @probability has them for the background and each class, and @mask is
 *   0 or 1 more than a class's index
 */
typedef struct
{
  SnnVolumeInfo *volume;
  SnnBox box;
  SnnAxis axis;
  guint index;
  guint n_slices;
  gsize width;
  gsize height;
  gsize depth;
  const float *probability;
  const guint8 *mask;
} SnnLabelledSlice;

/**
 * SnnCutResult:
 * @overlap: of the whole subject, on its volume's full grid
 * @slices: Dice of each slice
 * @labelled_slices: of those whose true mask is not empty
 *
 * A subject at one cut-off.
 */
typedef struct
{
  SnnOverlap overlap;
  SnnMoments slices;
  SnnMoments labelled_slices;
} SnnCutResult;

/**
 * SnnSubjectResult:
 * @n_samples: buffers counted, out of @n_expected (0: not known)
 * @n_missed: voxels of the true mask that no sample showed, because a crop cut
 *   them off or because samples are missing; they count as not found
 * @metric: at the main cut-off; NAN where not defined or not asked for. With
 *   several classes their means, and so of Dice of slices; voxels are counted of
 *   all classes together
 * @n_classes, @class_metric: [@n_classes][%SNN_N_METRICS], of each of several
 *   classes
 * @cut: of the main cut-off, then of the others
 * @calibration: (nullable): of the voxels that samples showed, where it is asked
 *   for; %NULL of one class of several
 */
typedef struct
{
  gchar *name;
  guint n_samples;
  guint n_expected;
  guint64 n_missed;
  double metric[SNN_N_METRICS];
  guint n_classes;
  double *class_metric;
  SnnCutResult *cut;
  SnnCalibration *calibration;
} SnnSubjectResult;

/**
 * SnnPassCut:
 * @dice: of the subjects, 3D
 * @slices, @labelled_slices: Dice of all slices of all subjects together
 */
typedef struct
{
  SnnMoments dice;
  SnnMoments slices;
  SnnMoments labelled_slices;
} SnnPassCut;

typedef struct
{
  guint epoch;
  gboolean evaluate;
  guint n_subjects;
  guint64 n_missed;
  SnnMoments metric[SNN_N_METRICS];
  SnnPassCut *cut;
  SnnCalibration *calibration;  /* of all subjects' voxels, or NULL */
} SnnPass;

typedef struct _SnnEvaluation SnnEvaluation;

/**
 * snn_evaluation_new:
 * @cut_offs: (array length=n_cut_offs): the first is the main one
 * @n_cut_offs: at least 1
 * @metrics: 1 << SnnMetric of those wanted; Dice always is
 */
SnnEvaluation *snn_evaluation_new (const double *cut_offs, guint n_cut_offs,
    guint metrics);
void snn_evaluation_free (SnnEvaluation * evaluation);

/**
 * snn_evaluation_set_classes:
 *
 * What slices are of, before the first is added. Of several classes the most
 * probable one is predicted, and cut-offs don't count.
 *
 * Returns: FALSE with SNN_ERROR_MISMATCH where other ones have been counted
 */
gboolean snn_evaluation_set_classes (SnnEvaluation * evaluation,
    const SnnClasses * classes, GError ** error);
const SnnClasses *snn_evaluation_classes (const SnnEvaluation * evaluation);

/* snn_evaluation_of_class: (nullable): what was counted of a class, from 0 on,
 * where there are several: the same passes, and in these the same subjects. */
const SnnEvaluation *snn_evaluation_of_class (const SnnEvaluation *
    evaluation, guint index);

/* snn_evaluation_begin: a pass of its own; drops what an unfinished one has
 * counted. */
void snn_evaluation_begin (SnnEvaluation * evaluation, guint epoch,
    gboolean evaluate);

/**
 * snn_evaluation_add:
 * @completed: (out) (nullable) (transfer none): the subject, when this was the
 *   last of its samples that was missing; valid until the pass ends
 *
 * Counts a sample; one that the pass has counted before is left out.
 *
 * Returns: FALSE with SNN_ERROR_MISMATCH when the slice does not fit its box or
 * another volume has its subject's name (the message names both files),
 * or SNN_ERROR_NUMERIC when a probability is not a number
 */
gboolean snn_evaluation_add (SnnEvaluation * evaluation,
    const SnnLabelledSlice * slice, const SnnSubjectResult ** completed,
    GError ** error);

/* snn_evaluation_add_chunk: counts what was predicted after chunk number
 * @chunk (from 0) of a sample, apart from all else, at the main cut-off; FALSE
 * as above. */
gboolean snn_evaluation_add_chunk (SnnEvaluation * evaluation, guint chunk,
    const SnnLabelledSlice * slice, GError ** error);

/**
 * snn_evaluation_finish:
 * @each: (nullable): called for each subject that was not complete
 *
 * Ends the pass. Samples that are added without another
 * snn_evaluation_begin() belong to the same pass, and the next end is of all.
 *
 * Returns: (nullable) (transfer none): its summary, valid until the next pass
 * ends; %NULL when nothing was counted
 */
const SnnPass *snn_evaluation_finish (SnnEvaluation * evaluation,
    void (*each) (const SnnSubjectResult * subject, gpointer data),
    gpointer data);

/* snn_evaluation_reported: (nullable): the pass that a report is of: the last
 * finished one of evaluation samples, or of any where there was none. */
const SnnPass *snn_evaluation_reported (const SnnEvaluation * evaluation);

/* snn_evaluation_to_json, snn_evaluation_to_csv: (transfer full): the report;
 * docs/formats.md describes both. snn_evaluation_to_tsv: the same table as BIDS
 * writes it: tabs, and n/a for what is not defined. */
gchar *snn_evaluation_to_json (const SnnEvaluation * evaluation);
gchar *snn_evaluation_to_csv (const SnnEvaluation * evaluation);
gchar *snn_evaluation_to_tsv (const SnnEvaluation * evaluation);

/* snn_evaluation_to_table: (transfer full): that of the two which the name of the
 * file @path asks for, .csv or .tsv; of another name the second where @tabs. */
gchar *snn_evaluation_to_table (const SnnEvaluation * evaluation,
    const gchar * path, gboolean tabs);

/* What there is to report: all finished passes, and the subjects of the
 * reported one in name order. */
guint snn_evaluation_n_passes (const SnnEvaluation * evaluation);
const SnnPass *snn_evaluation_get_pass (const SnnEvaluation * evaluation,
    guint index);

/* snn_evaluation_get_chunk: (nullable): of the reported pass, what was
 * predicted after a chunk; %NULL after the last. */
const SnnPass *snn_evaluation_get_chunk (const SnnEvaluation * evaluation,
    guint chunk);
guint snn_evaluation_n_subjects (const SnnEvaluation * evaluation);
const SnnSubjectResult *snn_evaluation_get_subject (const SnnEvaluation *
    evaluation, guint index);
const double *snn_evaluation_cut_offs (const SnnEvaluation * evaluation,
    guint * n);
guint snn_evaluation_metrics (const SnnEvaluation * evaluation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnEvaluation, snn_evaluation_free)

SNN_END_DECLS
