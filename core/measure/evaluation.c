/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evaluation-private.h"

#include <math.h>
#include <string.h>

#include "distance.h"
#include "../base/error.h"

static void
subject_forget_planes (SnnEvaluatedSubject *subject)
{
  g_clear_pointer (&subject->labelled, g_byte_array_unref);
  g_clear_pointer (&subject->plane_dice, g_array_unref);
  g_clear_pointer (&subject->predicted, g_free);
  g_clear_pointer (&subject->truth, g_free);
}

static void
subject_free (SnnEvaluatedSubject *subject)
{
  subject_forget_planes (subject);
  g_byte_array_unref (subject->seen);
  g_clear_pointer (&subject->volume, snn_volume_info_unref);
  g_free (subject->result.name);
  g_free (subject->result.cut);
  g_free (subject->result.class_metric);
  g_free (subject->result.calibration);
  g_free (subject);
}

static void
pass_free (SnnPass *pass)
{
  g_free (pass->cut);
  g_free (pass->calibration);
  g_free (pass);
}

SnnEvaluation *
snn_evaluation_new (const double *cut_offs, guint n_cut_offs, guint metrics)
{
  SnnEvaluation *evaluation = g_new0 (SnnEvaluation, 1);

  evaluation->n_cut_offs = n_cut_offs;
  evaluation->cut_offs = g_memdup2 (cut_offs, n_cut_offs * sizeof *cut_offs);
  evaluation->metrics = metrics | 1 << SNN_METRIC_DICE;
  evaluation->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  evaluation->passes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) pass_free);
  evaluation->reported = -1;
  evaluation->chunks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) snn_evaluation_free);
  snn_evaluation_begin (evaluation, 0, FALSE);
  return evaluation;
}

void
snn_evaluation_free (SnnEvaluation *evaluation)
{
  if (!evaluation)
    return;
  g_free (evaluation->cut_offs);
  g_ptr_array_unref (evaluation->subjects);
  g_hash_table_unref (evaluation->by_name);
  g_ptr_array_unref (evaluation->passes);
  g_ptr_array_unref (evaluation->chunks);
  g_clear_pointer (&evaluation->by_class, g_ptr_array_unref);
  g_clear_pointer (&evaluation->last_subjects, g_ptr_array_unref);
  g_clear_pointer (&evaluation->reported_subjects, g_ptr_array_unref);
  g_free (evaluation);
}

void
snn_evaluation_begin (SnnEvaluation *evaluation, guint epoch, gboolean evaluate)
{
  g_clear_pointer (&evaluation->subjects, g_ptr_array_unref);
  g_clear_pointer (&evaluation->last_subjects, g_ptr_array_unref);
  g_hash_table_remove_all (evaluation->by_name);
  evaluation->subjects =
      g_ptr_array_new_with_free_func ((GDestroyNotify) subject_free);
  evaluation->epoch = epoch;
  evaluation->evaluate = evaluate;
  for (guint i = 0; i < evaluation->chunks->len; i++)
    snn_evaluation_begin (g_ptr_array_index (evaluation->chunks, i), epoch,
        evaluate);
  for (guint i = 0; evaluation->by_class && i < evaluation->by_class->len; i++)
    snn_evaluation_begin (g_ptr_array_index (evaluation->by_class, i), epoch,
        evaluate);
}

static gboolean
wants_distances (const SnnEvaluation *evaluation)
{
  return !evaluation->by_class && (evaluation->metrics
      & (1 << SNN_METRIC_HD95 | 1 << SNN_METRIC_ASSD)) != 0;
}

static gboolean
wants_calibration (const SnnEvaluation *evaluation)
{
  return (evaluation->metrics & 1 << SNN_METRIC_CALIBRATION_ERROR) != 0;
}

/* Room for both masks on the volume's own grid. */
static gboolean
make_masks (SnnEvaluatedSubject *subject, const SnnVolumeInfo *volume, GError **error)
{
  gsize n = volume->dims[0] * volume->dims[1] * volume->dims[2];

  subject->predicted = g_try_malloc0 (n);
  subject->truth = g_try_malloc0 (n);
  if (subject->predicted && subject->truth)
    return TRUE;
  g_free (subject->predicted);
  g_free (subject->truth);
  g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for two masks "
      "of its %" G_GSIZE_FORMAT " voxels, which its surface distances take",
      volume->subject, n);
  return FALSE;
}

/* The subject that @slice belongs to; NULL with SNN_ERROR_MISMATCH where
 * another volume has its name. */
static SnnEvaluatedSubject *
find_subject (SnnEvaluation *evaluation, const SnnLabelledSlice *slice,
    GError **error)
{
  SnnVolumeInfo *volume = slice->volume;
  const gchar *name = volume ? volume->subject : "stream";
  SnnEvaluatedSubject *subject = g_hash_table_lookup (evaluation->by_name, name);

  if (subject && snn_volume_info_same (subject->volume, volume))
    return subject;
  if (subject) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s and %s are both of "
        "subject %s, where one a subject is expected",
        snn_volume_info_origin (subject->volume),
        snn_volume_info_origin (volume), name);
    return NULL;
  }
  subject = g_new0 (SnnEvaluatedSubject, 1);
  if (volume && wants_distances (evaluation)
      && !make_masks (subject, volume, error)) {
    g_free (subject);
    return NULL;
  }
  subject->result.name = g_strdup (name);
  subject->result.n_expected = volume ? slice->n_slices : 0;
  subject->result.cut = g_new0 (SnnCutResult, evaluation->n_cut_offs);
  if (wants_calibration (evaluation))
    subject->result.calibration = g_new0 (SnnCalibration, 1);
  subject->planes_a_sample = slice->depth;
  subject->seen = g_byte_array_new ();
  subject->labelled = g_byte_array_new ();
  subject->plane_dice = g_array_new (FALSE, FALSE, sizeof (double));
  if (volume)
    subject->volume = snn_volume_info_ref (volume);
  g_hash_table_insert (evaluation->by_name, g_strdup (name), subject);
  g_ptr_array_add (evaluation->subjects, subject);
  return subject;
}

static gboolean
check_slice (const SnnLabelledSlice *slice, GError **error)
{
  gsize dims[3];
  gsize n;

  if (!slice->volume)
    return TRUE;
  n = snn_box_slice_dims (&slice->box, slice->axis, dims);
  if (dims[0] != slice->width || dims[1] != slice->height
      || dims[2] != slice->depth) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "A prediction for %s has %" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "x%"
        G_GSIZE_FORMAT " voxels where its slices have %" G_GSIZE_FORMAT "x%"
        G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT, slice->volume->subject,
        slice->width, slice->height, slice->depth, dims[0], dims[1], dims[2]);
    return FALSE;
  }
  if (slice->index >= n || slice->n_slices != n) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Slice %u of %u of %s, where its box has %" G_GSIZE_FORMAT " slices",
        slice->index, slice->n_slices, slice->volume->subject, n);
    return FALSE;
  }
  return TRUE;
}

gboolean
snn_evaluation_check_numbers (const SnnLabelledSlice *slice, gsize n,
    GError **error)
{
  for (gsize i = 0; i < n; i++)
    if (!(slice->probability[i] >= 0.f && slice->probability[i] <= 1.f)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
          "The prediction for slice %u of %s is %g at voxel %" G_GSIZE_FORMAT
          ", where a probability was expected, from 0 to 1: logits and "
          "intensities can't be measured", slice->index, slice->volume
          ? slice->volume->subject : "the stream",
          (double) slice->probability[i], i);
      return FALSE;
    }
  return TRUE;
}

/* The part of a slice that lies in its volume: width, height, depth. */
static void
inside (const SnnLabelledSlice *slice, gsize begin[3], gsize end[3])
{
  if (slice->volume) {
    snn_box_inside (&slice->box, slice->axis, slice->index,
        slice->volume->dims, begin, end);
    return;
  }
  for (guint i = 0; i < 3; i++)
    begin[i] = 0;
  end[0] = slice->width;
  end[1] = slice->height;
  end[2] = slice->depth;
}

/* Where masks are cut. Those of classes are 0 or 1 of each voxel, which a cut-off
 * that is meant for probabilities, such as 1, must not leave without any. */
static double
cut_of (const SnnEvaluation *evaluation, guint k)
{
  return evaluation->by_class || evaluation->class > 0 ? 0.5
      : evaluation->cut_offs[k];
}

/* One plane of the sample, at every cut-off. */
static void
count_plane (const SnnEvaluation *evaluation, SnnEvaluatedSubject *subject,
    const SnnLabelledSlice *slice, const gsize begin[3], const gsize end[3],
    gsize z, gsize plane)
{
  double *dice = &g_array_index (subject->plane_dice, double,
      plane * evaluation->n_cut_offs);

  for (guint k = 0; k < evaluation->n_cut_offs; k++) {
    SnnOverlap overlap = { 0, };

    for (gsize y = begin[1]; y < end[1]; y++) {
      gsize row = (z * slice->height + y) * slice->width + begin[0];

      snn_overlap_count (&overlap, slice->probability + row,
          slice->mask + row, end[0] - begin[0], cut_of (evaluation, k));
    }
    snn_overlap_add (&subject->result.cut[k].overlap, &overlap);
    dice[k] = snn_overlap_metric (&overlap, SNN_METRIC_DICE);
    subject->labelled->data[plane] = overlap.truth > 0;
  }
}

/* One plane of all probabilities. */
static void
count_calibration (const SnnEvaluation *evaluation,
    SnnEvaluatedSubject *subject, const SnnLabelledSlice *slice,
    const gsize begin[3], const gsize end[3], gsize z)
{
  const gsize n = slice->width * slice->height * slice->depth;

  for (gsize y = begin[1]; y < end[1]; y++) {
    const gsize row = (z * slice->height + y) * slice->width + begin[0];

    snn_calibration_count (subject->result.calibration,
        snn_classes_n_outputs (&evaluation->classes), slice->probability + row,
        n, slice->mask + row, end[0] - begin[0]);
  }
}

/* Keeps both masks on the volume's own grid, for the distances. */
static void
keep_masks (const SnnEvaluation *evaluation, SnnEvaluatedSubject *subject,
    const SnnLabelledSlice *slice)
{
  gsize n = slice->width * slice->height * slice->depth;
  g_autofree guint8 *predicted = g_malloc (n);
  const float cut = (float) cut_of (evaluation, 0);

  for (gsize i = 0; i < n; i++)
    predicted[i] = slice->probability[i] > cut;
  snn_box_paste (&slice->box, slice->axis, slice->index,
      subject->volume->dims, subject->predicted, 1, predicted);
  snn_box_paste (&slice->box, slice->axis, slice->index,
      subject->volume->dims, subject->truth, 1, slice->mask);
}

/* Voxels of the mask that are in the whole volume. */
static guint64
expected_voxels (const SnnEvaluation *evaluation, const SnnVolumeInfo *volume)
{
  if (!volume)
    return 0;
  if (evaluation->class == 0)
    return volume->n_label_voxels;
  return evaluation->class <= volume->n_classes
      ? volume->n_class_voxels[evaluation->class - 1] : 0;
}

/* All is counted: what no slice showed of the mask was not found, and the
 * values follow. */
static void
complete_subject (const SnnEvaluation *evaluation, SnnEvaluatedSubject *subject)
{
  SnnSubjectResult *result = &subject->result;
  guint64 shown = result->cut[0].overlap.truth;
  guint64 expected = expected_voxels (evaluation, subject->volume);

  if (expected > shown)
    result->n_missed = expected - shown;
  for (guint k = 0; k < evaluation->n_cut_offs; k++) {
    SnnCutResult *cut = &result->cut[k];

    cut->overlap.truth += result->n_missed;
    for (guint plane = 0; plane < subject->labelled->len; plane++) {
      double dice = g_array_index (subject->plane_dice, double,
          plane * evaluation->n_cut_offs + k);

      snn_moments_add (&cut->slices, dice);
      if (subject->labelled->data[plane])
        snn_moments_add (&cut->labelled_slices, dice);
    }
  }

  for (guint m = 0; m < SNN_N_METRICS; m++)
    result->metric[m] = evaluation->metrics & 1 << m ?
        snn_overlap_metric (&result->cut[0].overlap, m) : NAN;
  if (subject->predicted) {
    double hd95, assd;

    if (!snn_surface_distances (subject->predicted, subject->truth,
            subject->volume->dims, subject->volume->zooms, &hd95, &assd))
      g_warning ("There is no memory for the distances of %s, which are left "
          "out", result->name);
    if (evaluation->metrics & 1 << SNN_METRIC_HD95)
      result->metric[SNN_METRIC_HD95] = hd95;
    if (evaluation->metrics & 1 << SNN_METRIC_ASSD)
      result->metric[SNN_METRIC_ASSD] = assd;
  }
  if (result->calibration)
    result->metric[SNN_METRIC_CALIBRATION_ERROR] =
        snn_calibration_error (result->calibration);
  if (evaluation->by_class)
    snn_evaluation_average_classes (evaluation, subject);
  subject->complete = TRUE;
  subject_forget_planes (subject);
}

/* Makes room for the planes of samples up to @sample. */
static void
reserve_planes (const SnnEvaluation *evaluation, SnnEvaluatedSubject *subject, guint sample)
{
  guint old = subject->labelled->len;
  guint planes = (sample + 1) * subject->planes_a_sample;

  if (planes <= old)
    return;
  g_byte_array_set_size (subject->seen, sample + 1);
  g_byte_array_set_size (subject->labelled, planes);
  g_array_set_size (subject->plane_dice, planes * evaluation->n_cut_offs);
  memset (subject->seen->data + old / subject->planes_a_sample, 0,
      sample + 1 - old / subject->planes_a_sample);
  memset (subject->labelled->data + old, 0, planes - old);
  for (guint i = old * evaluation->n_cut_offs;
      i < planes * evaluation->n_cut_offs; i++)
    g_array_index (subject->plane_dice, double, i) = NAN;
}

gboolean
snn_evaluation_add (SnnEvaluation *evaluation, const SnnLabelledSlice *slice,
    const SnnSubjectResult **completed, GError **error)
{
  return evaluation->by_class ? snn_evaluation_add_classes (evaluation, slice,
      completed, error) : snn_evaluation_add_mask (evaluation, slice, slice,
      completed, error);
}

gboolean
snn_evaluation_add_mask (SnnEvaluation *evaluation,
    const SnnLabelledSlice *slice, const SnnLabelledSlice *whole,
    const SnnSubjectResult **completed, GError **error)
{
  const gsize n = slice->width * slice->height * slice->depth;
  gsize begin[3], end[3];
  SnnEvaluatedSubject *subject;
  guint sample;

  if (completed)
    *completed = NULL;
  if (!check_slice (slice, error)
      || !snn_evaluation_check_numbers (slice, n, error))
    return FALSE;
  subject = find_subject (evaluation, slice, error);
  if (!subject)
    return FALSE;
  sample = slice->volume ? slice->index : subject->result.n_samples;
  if (subject->planes_a_sample != slice->depth
      || (slice->volume && subject->result.n_expected != slice->n_slices)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "%s comes in %u samples of %" G_GSIZE_FORMAT " planes, and came in %u "
        "of %u before; within a pass a subject must be cut in one way",
        subject->result.name, slice->n_slices, slice->depth,
        subject->result.n_expected, subject->planes_a_sample);
    return FALSE;
  }
  if (subject->complete || (sample < subject->seen->len
          && subject->seen->data[sample]))
    return TRUE;

  reserve_planes (evaluation, subject, sample);
  inside (slice, begin, end);
  if (begin[0] == end[0] || begin[1] == end[1])
    end[2] = begin[2];
  for (gsize z = begin[2]; z < end[2]; z++) {
    count_plane (evaluation, subject, slice, begin, end, z,
        sample * slice->depth + z);
    if (subject->result.calibration && whole)
      count_calibration (evaluation, subject, whole, begin, end, z);
  }
  if (subject->predicted)
    keep_masks (evaluation, subject, slice);
  subject->seen->data[sample] = 1;
  if (++subject->result.n_samples == subject->result.n_expected) {
    complete_subject (evaluation, subject);
    if (completed)
      *completed = &subject->result;
  }
  return TRUE;
}

gboolean
snn_evaluation_add_chunk (SnnEvaluation *evaluation, guint chunk,
    const SnnLabelledSlice *slice, GError **error)
{
  while (evaluation->chunks->len <= chunk) {
    SnnEvaluation *more = snn_evaluation_new (evaluation->cut_offs, 1, 0);

    snn_evaluation_set_classes (more, &evaluation->classes, NULL);
    snn_evaluation_begin (more, evaluation->epoch, evaluation->evaluate);
    g_ptr_array_add (evaluation->chunks, more);
  }
  return snn_evaluation_add (g_ptr_array_index (evaluation->chunks, chunk),
      slice, NULL, error);
}

static gint
compare_subjects (gconstpointer a, gconstpointer b)
{
  const SnnEvaluatedSubject *x = *(const SnnEvaluatedSubject *const *) a;
  const SnnEvaluatedSubject *y = *(const SnnEvaluatedSubject *const *) b;
  gint order = strcmp (x->result.name, y->result.name);

  if (order == 0 && x->volume && y->volume)
    order = g_strcmp0 (x->volume->location, y->volume->location);
  return order;
}

/* Pools what two disjoint sets of values say (Chan, Golub and LeVeque 1979). */
void
snn_moments_pool (SnnMoments *moments, const SnnMoments *more)
{
  double n = (double) (moments->n + more->n);
  double difference = more->mean - moments->mean;

  if (more->n == 0)
    return;
  moments->squares += more->squares
      + difference * difference * (double) moments->n * (double) more->n / n;
  moments->mean += difference * (double) more->n / n;
  moments->n += more->n;
}

static SnnPass *
summarize (const SnnEvaluation *evaluation)
{
  SnnPass *pass = g_new0 (SnnPass, 1);

  pass->epoch = evaluation->epoch;
  pass->evaluate = evaluation->evaluate;
  pass->n_subjects = evaluation->last_subjects->len;
  pass->cut = g_new0 (SnnPassCut, evaluation->n_cut_offs);
  if (wants_calibration (evaluation))
    pass->calibration = g_new0 (SnnCalibration, 1);
  for (guint i = 0; i < evaluation->last_subjects->len; i++) {
    const SnnEvaluatedSubject *subject = g_ptr_array_index (evaluation->last_subjects, i);
    const SnnSubjectResult *result = &subject->result;

    pass->n_missed += result->n_missed;
    if (pass->calibration)
      snn_calibration_add (pass->calibration, result->calibration);
    for (guint m = 0; m < SNN_N_METRICS; m++)
      snn_moments_add (&pass->metric[m], result->metric[m]);
    for (guint k = 0; k < evaluation->n_cut_offs; k++) {
      snn_moments_add (&pass->cut[k].dice, k == 0
          ? result->metric[SNN_METRIC_DICE]
          : snn_overlap_metric (&result->cut[k].overlap, SNN_METRIC_DICE));
      snn_moments_pool (&pass->cut[k].slices, &result->cut[k].slices);
      snn_moments_pool (&pass->cut[k].labelled_slices,
          &result->cut[k].labelled_slices);
    }
  }
  return pass;
}

/* Makes the subjects of the open pass those of the last one. Where it has been
 * finished before, and another source went on with it, they are added to those
 * that it had, and its summary will be made anew. */
static void
take_subjects (SnnEvaluation *evaluation)
{
  GPtrArray *last = evaluation->last_subjects;

  if (last) {
    g_ptr_array_extend_and_steal (last, g_steal_pointer (&evaluation->subjects));
    g_ptr_array_sort (last, compare_subjects);
    g_ptr_array_set_size (evaluation->passes,
        (gint) evaluation->passes->len - 1);
  } else {
    evaluation->last_subjects = g_steal_pointer (&evaluation->subjects);
  }
  evaluation->subjects =
      g_ptr_array_new_with_free_func ((GDestroyNotify) subject_free);
}

const SnnPass *
snn_evaluation_finish (SnnEvaluation *evaluation,
    void (*each) (const SnnSubjectResult *subject, gpointer data),
    gpointer data)
{
  SnnPass *pass;

  if (evaluation->subjects->len == 0)
    return NULL;
  /* All classes have got the same slices. */
  for (guint i = 0; evaluation->by_class && i < evaluation->by_class->len; i++)
    snn_evaluation_finish (g_ptr_array_index (evaluation->by_class, i), NULL,
        NULL);
  g_ptr_array_sort (evaluation->subjects, compare_subjects);
  for (guint i = 0; i < evaluation->subjects->len; i++) {
    SnnEvaluatedSubject *subject = g_ptr_array_index (evaluation->subjects, i);

    if (subject->complete)
      continue;
    complete_subject (evaluation, subject);
    if (each)
      each (&subject->result, data);
  }
  for (guint i = 0; i < evaluation->chunks->len; i++)
    snn_evaluation_finish (g_ptr_array_index (evaluation->chunks, i), NULL,
        NULL);
  take_subjects (evaluation);
  pass = summarize (evaluation);
  g_ptr_array_add (evaluation->passes, pass);
  if (pass->evaluate || !snn_evaluation_reported (evaluation)
      || !snn_evaluation_reported (evaluation)->evaluate) {
    evaluation->reported = (gint) evaluation->passes->len - 1;
    g_clear_pointer (&evaluation->reported_subjects, g_ptr_array_unref);
    evaluation->reported_subjects =
        g_ptr_array_ref (evaluation->last_subjects);
  }
  return pass;
}

const SnnPass *
snn_evaluation_reported (const SnnEvaluation *evaluation)
{
  return evaluation->reported < 0 ? NULL :
      g_ptr_array_index (evaluation->passes, evaluation->reported);
}

const SnnPass *
snn_evaluation_get_chunk (const SnnEvaluation *evaluation, guint chunk)
{
  return chunk < evaluation->chunks->len ? snn_evaluation_reported
      (g_ptr_array_index (evaluation->chunks, chunk)) : NULL;
}

guint
snn_evaluation_n_passes (const SnnEvaluation *evaluation)
{
  return evaluation->passes->len;
}

const SnnPass *
snn_evaluation_get_pass (const SnnEvaluation *evaluation, guint index)
{
  return g_ptr_array_index (evaluation->passes, index);
}

guint
snn_evaluation_n_subjects (const SnnEvaluation *evaluation)
{
  return evaluation->reported_subjects ? evaluation->reported_subjects->len : 0;
}

const SnnSubjectResult *
snn_evaluation_get_subject (const SnnEvaluation *evaluation, guint index)
{
  const SnnEvaluatedSubject *subject =
      g_ptr_array_index (evaluation->reported_subjects, index);

  return &subject->result;
}

const double *
snn_evaluation_cut_offs (const SnnEvaluation *evaluation, guint *n)
{
  *n = evaluation->n_cut_offs;
  return evaluation->cut_offs;
}

guint
snn_evaluation_metrics (const SnnEvaluation *evaluation)
{
  return evaluation->metrics;
}
