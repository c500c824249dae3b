/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include <gst/check/gstcheck.h>

#include <snn/base/error.h>
#include <snn/measure/evaluation.h>
#include <snn/base/random.h>
#include "core/measure/evaluation-private.h"

#define NEAR(a, b) fail_unless (fabs ((a) - (b)) < 1e-12, \
    "%.15g is not %.15g", (double) (a), (double) (b))

GST_START_TEST (test_empty_masks)
{
  const SnnOverlap none = { 0, };
  const SnnOverlap no_truth = {.predicted = 3 };
  const SnnOverlap missed = {.truth = 3 };

  NEAR (snn_overlap_metric (&none, SNN_METRIC_DICE), 1.);
  NEAR (snn_overlap_metric (&none, SNN_METRIC_IOU), 1.);
  fail_unless (isnan (snn_overlap_metric (&none, SNN_METRIC_SENSITIVITY)));
  fail_unless (isnan (snn_overlap_metric (&none, SNN_METRIC_PRECISION)));
  NEAR (snn_overlap_metric (&no_truth, SNN_METRIC_DICE), 0.);
  NEAR (snn_overlap_metric (&no_truth, SNN_METRIC_PRECISION), 0.);
  fail_unless (isnan (snn_overlap_metric (&no_truth,
              SNN_METRIC_VOLUME_DIFFERENCE)));
  NEAR (snn_overlap_metric (&missed, SNN_METRIC_DICE), 0.);
  NEAR (snn_overlap_metric (&missed, SNN_METRIC_SENSITIVITY), 0.);
  NEAR (snn_overlap_metric (&missed, SNN_METRIC_VOLUME_DIFFERENCE), -1.);
}

GST_END_TEST;

/* A voxel is set above the cut-off, not at it. */
GST_START_TEST (test_cut_off_is_exclusive)
{
  const float probability[] = { 0.f, 0.1f, 0.5f, 0.50001f, 1.f, NAN };
  const guint8 mask[] = { 1, 1, 1, 2, 0, 1 };
  SnnOverlap overlap = { 0, };

  snn_overlap_count (&overlap, probability, mask, 6, 0.5);
  fail_unless_equals_int (overlap.predicted, 2);
  fail_unless_equals_int (overlap.both, 1);
  fail_unless_equals_int (overlap.truth, 5);
  snn_overlap_count (&overlap, probability, mask, 6, 0.1);
  fail_unless_equals_int (overlap.predicted, 2 + 3);
}

GST_END_TEST;

GST_START_TEST (test_moments)
{
  SnnMoments moments = { 0, };

  fail_unless (isnan (snn_moments_mean (&moments)));
  snn_moments_add (&moments, 2.);
  fail_unless (isnan (snn_moments_deviation (&moments)));
  snn_moments_add (&moments, NAN);
  snn_moments_add (&moments, 4.);
  snn_moments_add (&moments, 9.);
  fail_unless_equals_int (moments.n, 3);
  NEAR (snn_moments_mean (&moments), 5.);
  NEAR (snn_moments_deviation (&moments), sqrt (13.));
}

GST_END_TEST;

/* Of two sets of values together, or none and some: as of all values one by one. */
GST_START_TEST (test_pooled_moments)
{
  const double values[] = { 2., 4., 9. };

  for (guint first = 0; first <= G_N_ELEMENTS (values); first++) {
    SnnMoments moments = { 0, }, more = { 0, };

    for (guint i = 0; i < G_N_ELEMENTS (values); i++)
      snn_moments_add (i < first ? &moments : &more, values[i]);
    snn_moments_pool (&moments, &more);
    fail_unless (moments.n == 3 && fabs (moments.mean - 5.) < 1e-12
        && fabs (snn_moments_deviation (&moments) - sqrt (13.)) < 1e-12,
        "%u and %u values: %g +- %g", first, 3 - first, moments.mean,
        snn_moments_deviation (&moments));
  }
}

GST_END_TEST;

/* A volume of 4 x 3 x 2 whose voxel (x, y, z) is labelled where x + y is odd,
 * and predicted with probability (x + 1) / 8. */
static SnnVolume *
make_volume (const gchar *name)
{
  SnnVolumeInfo *info = snn_volume_info_new (name);
  float *image = g_new (float, 24);
  guint8 *mask = g_new (guint8, 24);

  info->dims[0] = 4;
  info->dims[1] = 3;
  info->dims[2] = 2;
  info->labelled = TRUE;
  for (guint i = 0; i < 24; i++) {
    image[i] = (float) (i % 4 + 1) / 8.f;
    mask[i] = (i % 4 + i / 4 % 3) % 2;
    info->n_label_voxels += mask[i];
  }
  return snn_volume_new (info, image, mask);
}

typedef struct
{
  SnnLabelledSlice slice;
  float probability[96];
  guint8 mask[96];
} Cut;

/* What lies outside the volume is predicted for sure. */
static void
cut (Cut *c, SnnVolume *volume, const SnnBox *box, SnnAxis axis, guint index)
{
  const float sure = 1.f;
  const guint8 no = 0;
  gsize dims[3];

  c->slice.volume = volume->info;
  c->slice.box = *box;
  c->slice.axis = axis;
  c->slice.index = index;
  c->slice.n_slices = snn_box_slice_dims (box, axis, dims);
  c->slice.width = dims[0];
  c->slice.height = dims[1];
  c->slice.depth = dims[2];
  c->slice.probability = c->probability;
  c->slice.mask = c->mask;
  snn_box_cut (box, axis, index, volume->info->dims, volume->image,
      sizeof (float), &sure, c->probability);
  snn_box_cut (box, axis, index, volume->info->dims, volume->mask, 1, &no,
      c->mask);
}

static const SnnSubjectResult *
add (SnnEvaluation *evaluation, SnnVolume *volume, const SnnBox *box,
    SnnAxis axis, guint index)
{
  const SnnSubjectResult *completed;
  GError *error = NULL;
  Cut c;

  cut (&c, volume, box, axis, index);
  fail_unless (snn_evaluation_add (evaluation, &c.slice, &completed, &error));
  g_assert_no_error (error);
  return completed;
}

/* Predicted at 0.3: x = 2, 3, so 12 voxels; 12 are labelled, 6 of them there.
 */
GST_START_TEST (test_padding_and_crops_count_on_the_own_grid)
{
  const double cut_off = 0.3;
  g_autoptr (SnnVolume) volume = make_volume ("a");
  const SnnBox boxes[] = {
    {{0, 0, 0}, {4, 3, 2}},
    {{-1, -1, -1}, {6, 4, 4}},
  };
  const SnnBox crop = { {1, 0, 0}, {3, 2, 3} };

  fail_unless_equals_int (volume->info->n_label_voxels, 12);
  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    for (SnnAxis axis = SNN_AXIS_X; axis <= SNN_AXIS_NONE; axis++) {
      g_autoptr (SnnEvaluation) evaluation =
          snn_evaluation_new (&cut_off, 1, 0);
      const SnnSubjectResult *result = NULL;
      gsize dims[3];
      guint n = snn_box_slice_dims (&boxes[i], axis, dims);

      for (guint k = 0; k < n; k++) {
        fail_unless (result == NULL);
        result = add (evaluation, volume, &boxes[i], axis, k);
      }
      fail_unless (result != NULL);
      fail_unless_equals_int (result->cut[0].overlap.both, 6);
      fail_unless_equals_int (result->cut[0].overlap.predicted, 12);
      fail_unless_equals_int (result->cut[0].overlap.truth, 12);
      fail_unless_equals_int (result->n_missed, 0);
      NEAR (result->metric[SNN_METRIC_DICE], 0.5);
      /* Slices that are padding alone are none. */
      fail_unless_equals_int (result->cut[0].slices.n,
          axis == SNN_AXIS_NONE ? 2 : volume->info->dims[axis]);
    }

  {
    g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (&cut_off, 1, 0);
    const SnnSubjectResult *result;

    add (evaluation, volume, &crop, SNN_AXIS_Z, 0);
    add (evaluation, volume, &crop, SNN_AXIS_Z, 1);
    result = add (evaluation, volume, &crop, SNN_AXIS_Z, 2);
    /* The crop shows x = 1 to 3 and y = 0, 1: labelled (1, 0), (3, 0),
     * (2, 1) and predicted (2, 0), (3, 0), (2, 1), (3, 1) in both z. */
    fail_unless_equals_int (result->cut[0].overlap.both, 4);
    fail_unless_equals_int (result->cut[0].overlap.predicted, 8);
    fail_unless_equals_int (result->cut[0].overlap.truth, 12);
    fail_unless_equals_int (result->n_missed, 6);
    NEAR (result->metric[SNN_METRIC_DICE], 8. / 20.);
    NEAR (snn_moments_mean (&result->cut[0].slices), 4. / 7.);
  }
}

GST_END_TEST;

/* Of a box that lies beside the volume all slices are padding. */
GST_START_TEST (test_box_beside_the_volume)
{
  const double cut_off = 0.3;
  g_autoptr (SnnVolume) volume = make_volume ("a");
  g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (&cut_off, 1, 0);
  SnnBox box = { {0, 0, 0}, {4, 3, 2} };
  const SnnSubjectResult *result;

  box.origin[__i__] = (gint64) volume->info->dims[__i__];
  add (evaluation, volume, &box, SNN_AXIS_Z, 0);
  result = add (evaluation, volume, &box, SNN_AXIS_Z, 1);
  fail_unless_equals_int (result->cut[0].overlap.predicted, 0);
  fail_unless_equals_int (result->n_missed, 12);
  fail_unless_equals_int (result->cut[0].slices.n, 0);
}

GST_END_TEST;

/* Cut across x, labelled are y = 1 for even x and y = 0 and 2 for odd x, in
 * both z. */
GST_START_TEST (test_slices_and_cut_offs)
{
  const double cut_offs[] = { 0.3, 0.0, 0.48 };
  g_autoptr (SnnVolume) volume = make_volume ("a");
  g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (cut_offs, 3, 0);
  const SnnBox box = { {0, 0, 0}, {4, 3, 2} };
  const SnnSubjectResult *result = NULL;
  const SnnPass *pass;

  for (guint i = 0; i < 4; i++)
    result = add (evaluation, volume, &box, SNN_AXIS_X, i);
  /* At 0.3: x = 0 and 1 give 0, x = 2 (2 of 6) 4/8, x = 3 (4 of 6) 8/10. */
  NEAR (snn_moments_mean (&result->cut[0].slices), (0.5 + 0.8) / 4.);
  NEAR (result->cut[0].slices.squares,
      0.25 + 0.64 - 4. * 0.325 * 0.325);
  /* At 0.0 all is predicted. */
  NEAR (snn_moments_mean (&result->cut[1].slices), 0.65);
  fail_unless_equals_int (result->cut[1].overlap.predicted, 24);
  /* At 0.48 only x = 3, 0.5. */
  fail_unless_equals_int (result->cut[2].overlap.predicted, 6);
  fail_unless_equals_int (result->cut[2].overlap.both, 4);

  pass = snn_evaluation_finish (evaluation, NULL, NULL);
  fail_unless_equals_int (pass->n_subjects, 1);
  NEAR (snn_moments_mean (&pass->cut[2].dice), 8. / 18.);
  NEAR (snn_moments_mean (&pass->cut[0].slices), 0.325);
  fail_unless_equals_int (pass->cut[0].labelled_slices.n, 4);
}

GST_END_TEST;

GST_START_TEST (test_order_does_not_matter)
{
  const double cut_offs[] = { 0.3, 0.2 };
  const SnnBox box = { {-1, 0, 0}, {6, 3, 2} };
  const guint n_volumes = 3, n_slices = 6, n = 18;
  SnnVolume *volumes[3];
  g_autofree gchar *reference = NULL;

  for (guint i = 0; i < n_volumes; i++) {
    g_autofree gchar *name = g_strdup_printf ("v%u", i);

    volumes[i] = make_volume (name);
    for (guint k = 0; k < 24; k++)
      volumes[i]->image[k] /= (float) (i + 1) * 0.7f + (float) (k % 5) * 0.1f;
  }
  for (guint run = 0; run < 5; run++) {
    g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (cut_offs, 2,
        (1 << SNN_N_METRICS) - 1);
    g_autofree gchar *json = NULL;
    guint32 order[18];
    guint completed = 0;
    SnnRandom random;

    for (guint i = 0; i < n; i++)
      order[i] = i;
    snn_random_init (&random, run, SNN_RANDOM_SHUFFLE, 0);
    if (run > 0)
      snn_random_shuffle (&random, order, n);
    for (guint i = 0; i < n; i++)
      completed += add (evaluation, volumes[order[i] / n_slices], &box,
          SNN_AXIS_X, order[i] % n_slices) != NULL;
    fail_unless_equals_int (completed, n_volumes);
    fail_unless (snn_evaluation_finish (evaluation, NULL, NULL) != NULL);
    json = snn_evaluation_to_json (evaluation);
    if (!reference)
      reference = g_steal_pointer (&json);
    else
      fail_unless_equals_string (json, reference);
  }
  for (guint i = 0; i < n_volumes; i++)
    snn_volume_unref (volumes[i]);
}

GST_END_TEST;

static void
count (const SnnSubjectResult *subject, gpointer data)
{
  (*(guint *) data)++;
}

GST_START_TEST (test_passes)
{
  const double cut_off = 0.3;
  g_autoptr (SnnVolume) volume = make_volume ("a,\"b\"");
  g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (&cut_off, 1, 0);
  const SnnBox box = { {0, 0, 0}, {4, 3, 2} };
  g_autofree gchar *csv = NULL;
  const SnnPass *pass;
  guint incomplete = 0;

  fail_unless (snn_evaluation_finish (evaluation, count, &incomplete) == NULL);
  fail_unless (snn_evaluation_reported (evaluation) == NULL);

  snn_evaluation_begin (evaluation, 4, TRUE);
  for (guint i = 0; i < 4; i++) {
    add (evaluation, volume, &box, SNN_AXIS_X, i);
    /* A sample that comes again is not counted again. */
    fail_unless (add (evaluation, volume, &box, SNN_AXIS_X, i / 2) == NULL);
  }
  pass = snn_evaluation_finish (evaluation, count, &incomplete);
  fail_unless_equals_int (incomplete, 0);
  NEAR (snn_moments_mean (&pass->cut[0].dice), 0.5);

  /* What an unfinished pass counted is dropped. */
  snn_evaluation_begin (evaluation, 5, FALSE);
  add (evaluation, volume, &box, SNN_AXIS_X, 0);
  snn_evaluation_begin (evaluation, 5, FALSE);
  add (evaluation, volume, &box, SNN_AXIS_X, 2);
  pass = snn_evaluation_finish (evaluation, count, &incomplete);
  fail_unless_equals_int (incomplete, 1);
  NEAR (snn_moments_mean (&pass->cut[0].dice), 4. / 18.);
  fail_unless_equals_int (pass->n_missed, 10);

  /* The evaluation is what is reported. */
  pass = snn_evaluation_reported (evaluation);
  fail_unless_equals_int (pass->epoch, 4);
  fail_unless_equals_int (snn_evaluation_n_passes (evaluation), 2);
  csv = snn_evaluation_to_csv (evaluation);
  fail_unless_equals_string (csv, "subject,n_samples,true_voxels,"
      "predicted_voxels,common_voxels,missed_voxels,dice,dice_2d,"
      "dice_2d_labelled\n\"a,\"\"b\"\"\",4,12,12,6,0,0.5,0.325,0.325\n");
}

GST_END_TEST;

GST_START_TEST (test_refusals)
{
  const double cut_off = 0.5;
  g_autoptr (SnnVolume) volume = make_volume ("named");
  g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (&cut_off, 1, 0);
  const SnnBox box = { {0, 0, 0}, {4, 3, 2} };
  GError *error = NULL;
  Cut c;

  cut (&c, volume, &box, SNN_AXIS_X, 0);
  c.slice.width = 4;
  fail_if (snn_evaluation_add (evaluation, &c.slice, NULL, &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
  fail_unless (strstr (error->message, "named") != NULL);
  g_clear_error (&error);

  cut (&c, volume, &box, SNN_AXIS_X, 3);
  c.slice.index = 4;
  fail_if (snn_evaluation_add (evaluation, &c.slice, NULL, &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
  g_clear_error (&error);

  cut (&c, volume, &box, SNN_AXIS_X, 1);
  c.probability[3] = NAN;
  fail_if (snn_evaluation_add (evaluation, &c.slice, NULL, &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_NUMERIC);
  fail_unless (strstr (error->message, "named") != NULL);
  g_clear_error (&error);

  /* Cut in another way in the middle of a pass. */
  add (evaluation, volume, &box, SNN_AXIS_X, 0);
  cut (&c, volume, &box, SNN_AXIS_Y, 0);
  fail_if (snn_evaluation_add (evaluation, &c.slice, NULL, &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
  g_clear_error (&error);
}

GST_END_TEST;

/* Without a volume the samples are planes of one subject. */
GST_START_TEST (test_stream_without_volumes)
{
  const double cut_off = 0.5;
  g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (&cut_off, 1, 0);
  const float probability[] = { 0.f, 1.f, 1.f, 0.f };
  const guint8 mask[] = { 0, 1, 0, 0 };
  SnnLabelledSlice slice = {.width = 2,.height = 1,.depth = 2,
    .probability = probability,.mask = mask
  };
  const SnnPass *pass;

  for (guint i = 0; i < 3; i++)
    fail_unless (snn_evaluation_add (evaluation, &slice, NULL, NULL));
  pass = snn_evaluation_finish (evaluation, NULL, NULL);
  fail_unless_equals_int (pass->n_subjects, 1);
  NEAR (snn_moments_mean (&pass->cut[0].dice), 2. / 3.);
  fail_unless_equals_int (pass->cut[0].slices.n, 6);
  NEAR (snn_moments_mean (&pass->cut[0].slices), 0.5);
  NEAR (snn_moments_mean (&pass->cut[0].labelled_slices), 1.);
  fail_unless_equals_string (snn_evaluation_get_subject (evaluation, 0)->name,
      "stream");
}

GST_END_TEST;

static const double class_cut_offs[] = { 0.5, 1., 0.999999999, 0. };

/* Of classes the most probable one is predicted, whatever the cut-off is, also
 * one that no probability exceeds: both classes, the sum of them, and a chunk. */
GST_START_TEST (test_classes_are_not_cut_off)
{
  const SnnClasses classes = { 2, { 17, 53 } };
  /* Of the background and both classes; the second voxel is predicted wrongly. */
  const float probability[] = { 0.2f, 0.3f, 0.1f, 1.f, 0.5f, 0.4f, 0.1f, 0.f,
    0.3f, 0.3f, 0.8f, 0.f
  };
  const guint8 mask[] = { 1, 2, 2, 0 };
  const double both[] = { class_cut_offs[__i__], class_cut_offs[__i__] };
  g_autoptr (SnnEvaluation) evaluation = snn_evaluation_new (both, 2,
      1 << SNN_METRIC_DICE | 1 << SNN_METRIC_ASSD);
  SnnVolumeInfo *info = snn_volume_info_new ("s");
  const SnnSubjectResult *result;
  SnnLabelledSlice slice = {.volume = info,.axis = SNN_AXIS_Z,.width = 4,
    .height = 1,.depth = 1,.n_slices = 1,.box.size = {4, 1, 1},
    .probability = probability,.mask = mask
  };
  const SnnPass *pass;

  info->dims[0] = 4;
  info->dims[1] = info->dims[2] = 1;
  fail_unless (snn_evaluation_set_classes (evaluation, &classes, NULL));
  fail_unless (snn_evaluation_add_chunk (evaluation, 0, &slice, NULL));
  fail_unless (snn_evaluation_add (evaluation, &slice, &result, NULL));
  fail_unless_equals_uint64 (result->cut[0].overlap.predicted, 3);
  NEAR (result->class_metric[SNN_METRIC_DICE], 2. / 3.);
  NEAR (result->class_metric[SNN_N_METRICS + SNN_METRIC_DICE], 2. / 3.);
  NEAR (result->metric[SNN_METRIC_DICE], 2. / 3.);
  NEAR (result->class_metric[SNN_METRIC_ASSD], 1. / 3.);
  pass = snn_evaluation_finish (evaluation, NULL, NULL);
  NEAR (snn_moments_mean (&pass->cut[1].dice), 1.);
  pass = snn_evaluation_get_chunk (evaluation, 0);
  NEAR (snn_moments_mean (&pass->cut[0].dice), 2. / 3.);
  snn_volume_info_unref (info);
}

GST_END_TEST;

static Suite *
metrics_suite (void)
{
  Suite *suite = suite_create ("metrics");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_empty_masks);
  tcase_add_test (tc, test_cut_off_is_exclusive);
  tcase_add_test (tc, test_moments);
  tcase_add_test (tc, test_pooled_moments);
  tcase_add_test (tc, test_padding_and_crops_count_on_the_own_grid);
  tcase_add_loop_test (tc, test_box_beside_the_volume, 0, 3);
  tcase_add_test (tc, test_slices_and_cut_offs);
  tcase_add_test (tc, test_order_does_not_matter);
  tcase_add_test (tc, test_passes);
  tcase_add_test (tc, test_refusals);
  tcase_add_test (tc, test_stream_without_volumes);
  tcase_add_loop_test (tc, test_classes_are_not_cut_off, 0, G_N_ELEMENTS (class_cut_offs));
  return suite;
}

GST_CHECK_MAIN (metrics);
