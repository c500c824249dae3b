/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/base/error.h>
#include <snn/volumes/nifti-read.h>
#include <snn/volumes/volume-builder.h>
#include "tests/folder.h"

#define N 4 /* voxels of a slice */

/* Probabilities of one voxel, and their entropy in bits: a volume of two slices,
 * all voxels alike. */
static const struct
{
  guint n_classes;
  float probability[4];
  double entropy;
} cases[] = {
  { 0, { 0.f }, 0. },
  { 0, { 1.f }, 0. },
  { 0, { 0.5f }, 1. },
  { 0, { 0.25f }, 0.8112781244591328 },
  { 1, { 0.75f }, 0.8112781244591328 },
  { 2, { 1.f, 0.f, 0.f }, 0. },
  { 2, { 0.5f, 0.25f, 0.25f }, 1.5 },
  { 3, { 0.25f, 0.25f, 0.25f, 0.25f }, 2. },
};

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static SnnVolumeInfo *
new_info (const gchar *subject, double zoom)
{
  SnnVolumeInfo *info = snn_volume_info_new (subject);

  for (guint i = 0; i < 3; i++) {
    info->dims[i] = (gsize) (2 / zoom);
    info->zooms[i] = zoom;
    for (guint k = 0; k < 4; k++)
      info->affine[i][k] = i == k ? zoom : 0.;
  }
  return info;
}

/* Builds, writes and reads again. */
static SnnVolume *
round_trip (SnnVolumeInfo *info, guint row)
{
  g_autofree gchar *path = g_build_filename (folder, "a.nii", NULL);
  const SnnBox box = { {0, 0, 0}, {2, 2, 2} };
  const gsize dims[3] = { 2, 2, 1 };
  SnnClasses classes = { cases[row].n_classes, { 1, 2, 3 } };
  const guint channels = snn_classes_n_outputs (&classes);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolumeBuilder) builder = snn_volume_builder_new (info, &box,
      SNN_AXIS_Z, SNN_NIFTI_UNCERTAINTY, 0.5f, &classes, &error);
  SnnVolume *volume;

  g_assert_no_error (error);
  for (guint slice = 0; slice < 2; slice++) {
    float values[4 * N];

    for (guint i = 0; i < channels * N; i++)
      values[i] = cases[row].probability[i / N];
    fail_unless (snn_volume_builder_add (builder, slice, dims, values, &error));
  }
  fail_unless (snn_volume_builder_write (builder, path, &error));
  /* It may be written again. */
  fail_unless (snn_volume_builder_write (builder, path, &error));
  volume = snn_nifti_load (path, 0, NULL, &error);
  g_assert_no_error (error);
  return volume;
}

static void
check_values (const SnnVolume *volume, guint n, double expected, guint row)
{
  fail_unless_equals_uint64 (volume->info->dims[0] * volume->info->dims[1]
      * volume->info->dims[2], n);
  for (guint i = 0; i < n; i++)
    fail_unless (fabs (volume->image[i] - expected) < 1e-6,
        "row %u, voxel %u: %g bits, expected %g", row, i,
        (double) volume->image[i], expected);
}

GST_START_TEST (test_uncertainty)
{
  g_autoptr (SnnVolumeInfo) info = new_info ("a", 1.);
  g_autoptr (SnnVolume) volume = round_trip (info, __i__);

  check_values (volume, 8, cases[__i__].entropy, __i__);
}

GST_END_TEST;

/* What was resampled is so of its probabilities on the file's own grid. */
GST_START_TEST (test_uncertainty_on_origin)
{
  g_autoptr (SnnVolumeInfo) info = new_info ("a", 1.);
  g_autoptr (SnnVolume) volume = NULL;

  info->origin = new_info ("a", 0.5);
  volume = round_trip (info, __i__);
  fail_unless_equals_uint64 (volume->info->dims[0], 4);
  /* In the middle of our voxels, away from what is outside. */
  fail_unless (fabs (volume->image[(1 * 4 + 1) * 4 + 1]
          - cases[__i__].entropy) < 1e-6, "row %d: %g bits, expected %g",
      __i__, (double) volume->image[(1 * 4 + 1) * 4 + 1],
      cases[__i__].entropy);
}

GST_END_TEST;

/* What is no probability has no entropy. */
GST_START_TEST (test_logits)
{
  g_autoptr (SnnVolumeInfo) info = new_info ("a", 1.);
  const SnnBox box = { {0, 0, 0}, {2, 2, 2} };
  const gsize dims[3] = { 2, 2, 1 };
  const float logits[N] = { 0.f, 1.f, -3.f, 0.f };
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolumeBuilder) builder = snn_volume_builder_new (info, &box,
      SNN_AXIS_Z, SNN_NIFTI_UNCERTAINTY, 0.5f, NULL, NULL);

  fail_if (snn_volume_builder_add (builder, 0, dims, logits, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NUMERIC));
}

GST_END_TEST;

static Suite *
volume_builder_suite (void)
{
  Suite *suite = suite_create ("volume-builder");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_uncertainty, 0, G_N_ELEMENTS (cases));
  tcase_add_loop_test (tcase, test_uncertainty_on_origin, 0,
      G_N_ELEMENTS (cases));
  tcase_add_test (tcase, test_logits);
  return suite;
}

GST_CHECK_MAIN (volume_builder);
