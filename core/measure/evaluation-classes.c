/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evaluation-private.h"

#include "../base/error.h"
#include "../run/probability.h"

gboolean
snn_evaluation_set_classes (SnnEvaluation *evaluation,
    const SnnClasses *classes, GError **error)
{
  g_autofree gchar *now = NULL, *before = NULL;

  if (snn_classes_equal (classes, &evaluation->classes))
    return TRUE;
  if (evaluation->subjects->len > 0 || evaluation->passes->len > 0) {
    now = snn_classes_to_text (classes);
    before = snn_classes_to_text (&evaluation->classes);
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "Predictions are of "
        "%s%s, and were of %s%s before", *now ? "classes " : "a mask", now,
        *before ? "classes " : "a mask", before);
    return FALSE;
  }
  evaluation->classes = *classes;
  g_clear_pointer (&evaluation->by_class, g_ptr_array_unref);
  if (classes->n < 2)
    return TRUE;
  evaluation->by_class =
      g_ptr_array_new_with_free_func ((GDestroyNotify) snn_evaluation_free);
  for (guint c = 0; c < classes->n; c++) {
    SnnEvaluation *one = snn_evaluation_new (evaluation->cut_offs, 1,
        evaluation->metrics & ~(1u << SNN_METRIC_CALIBRATION_ERROR));

    one->class = c + 1;
    snn_evaluation_begin (one, evaluation->epoch, evaluation->evaluate);
    g_ptr_array_add (evaluation->by_class, one);
  }
  return TRUE;
}

const SnnClasses *
snn_evaluation_classes (const SnnEvaluation *evaluation)
{
  return &evaluation->classes;
}

const SnnEvaluation *
snn_evaluation_of_class (const SnnEvaluation *evaluation, guint index)
{
  return evaluation->by_class && index < evaluation->by_class->len
      ? g_ptr_array_index (evaluation->by_class, index) : NULL;
}

gboolean
snn_evaluation_add_classes (SnnEvaluation *evaluation,
    const SnnLabelledSlice *slice, const SnnSubjectResult **completed,
    GError **error)
{
  const gsize n = slice->width * slice->height * slice->depth;
  const guint channels = evaluation->classes.n + 1;
  g_autofree guint8 *predicted = g_new (guint8, n);
  g_autofree float *probability = g_new (float, n);
  g_autofree guint8 *mask = g_new (guint8, n);
  SnnLabelledSlice one = *slice;

  if (!snn_evaluation_check_numbers (slice, n * channels, error))
    return FALSE;
  one.probability = probability;
  one.mask = mask;
  for (gsize i = 0; i < n; i++)
    predicted[i] = (guint8) snn_largest (slice->probability, channels, n, i);
  for (guint c = 1; c < channels; c++) {
    for (gsize i = 0; i < n; i++) {
      probability[i] = predicted[i] == c ? 1.f : 0.f;
      mask[i] = slice->mask[i] == c;
    }
    if (!snn_evaluation_add_mask (g_ptr_array_index (evaluation->by_class,
                c - 1), &one, NULL, NULL, error))
      return FALSE;
  }
  for (gsize i = 0; i < n; i++)
    probability[i] = predicted[i] > 0 ? 1.f : 0.f;
  one.mask = slice->mask;
  return snn_evaluation_add_mask (evaluation, &one, slice, completed, error);
}

void
snn_evaluation_average_classes (const SnnEvaluation *evaluation,
    SnnEvaluatedSubject *subject)
{
  const guint n_classes = evaluation->classes.n;
  SnnSubjectResult *result = &subject->result;
  SnnMoments mean[SNN_N_METRICS] = { { 0, }, };
  SnnCutResult *cut = &result->cut[0];

  result->n_classes = n_classes;
  result->class_metric = g_new (double, n_classes * SNN_N_METRICS);
  cut->slices = cut->labelled_slices = (SnnMoments) { 0, };
  for (guint c = 0; c < n_classes; c++) {
    const SnnEvaluation *one = g_ptr_array_index (evaluation->by_class, c);
    const SnnEvaluatedSubject *its = g_hash_table_lookup (one->by_name,
        result->name);

    for (guint m = 0; m < SNN_N_METRICS; m++) {
      result->class_metric[c * SNN_N_METRICS + m] = its->result.metric[m];
      snn_moments_add (&mean[m], its->result.metric[m]);
    }
    snn_moments_pool (&cut->slices, &its->result.cut[0].slices);
    snn_moments_pool (&cut->labelled_slices,
        &its->result.cut[0].labelled_slices);
  }
  for (guint m = 0; m < SNN_N_METRICS; m++)
    if (m != SNN_METRIC_CALIBRATION_ERROR)
      result->metric[m] = snn_moments_mean (&mean[m]);
}
