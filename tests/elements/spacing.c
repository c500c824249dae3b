/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include <gst/snn/recipe.h>
#include <snn/files/model-file.h>
#include <snn/volumes/nifti-read.h>
#include "tests/elements/helpers.h"

/* Volumes of other voxel sizes than the network knows. */

#define FINE 0.5

static gchar *folder;

static SnnVolume *
load (const gchar *name)
{
  const SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  SnnVolume *volume =
      snn_nifti_load_labelled (path, NULL, &settings, NULL, &error);

  fail_unless (volume != NULL, "%s", error ? error->message : name);
  return volume;
}

/* A structure of 9 x 7 x 6 mm half axes with an edge as predictions have it, and
 * oblique, in voxels of @zoom mm; both grids cover the same. */
static void
write_structure (const gchar *name, double zoom)
{
  static const double middle[3] = { 14., 12., 10. }, axes[3] = { 9., 7., 6. };
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("a");
  g_autofree float *values = NULL;
  gsize n = 0;

  for (guint i = 0; i < 3; i++) {
    info->dims[i] = (gsize) (2. * middle[i] / zoom);
    info->zooms[i] = zoom;
    info->affine[i][i] = zoom;
    info->affine[i][3] = zoom / 2. - middle[i];
  }
  values = g_new (float, info->dims[0] * info->dims[1] * info->dims[2]);
  for (gsize z = 0; z < info->dims[2]; z++)
    for (gsize y = 0; y < info->dims[1]; y++)
      for (gsize x = 0; x < info->dims[0]; x++) {
        const double at[3] = {
          ((double) x + 0.5) * zoom - middle[0],
          ((double) y + 0.5) * zoom - middle[1],
          ((double) z + 0.5) * zoom - middle[2],
        };
        const double u = (at[0] + 0.3 * at[1]) / axes[0], v = at[1] / axes[1],
            w = at[2] / axes[2];

        values[n++] =
            (float) (1. / (1. + exp (8. * (sqrt (u * u + v * v + w * w) - 1.))));
      }
  fail_unless (snn_nifti_write (path, info, SNN_NIFTI_PROBABILITY, values,
          NULL));
}

static void
setup (void)
{
  g_autofree gchar *images = NULL, *masks = NULL;

  folder = snn_test_folder_new ();
  images = g_build_filename (folder, "coarse", NULL);
  masks = g_build_filename (folder, "masks", NULL);
  g_mkdir (images, 0777);
  g_mkdir (masks, 0777);
  write_structure ("coarse/a.nii", 1.);
  write_structure ("masks/a.nii", 1.);
  write_structure ("fine.nii", FINE);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* Of what is above half the range, as if a network had said so: mm^3. */
static double
segment (const gchar *image, const gchar *spacing, const gchar *mask)
{
  g_autofree gchar *description = g_strdup_printf ("niftisrc location=#/%s "
      "spacing=%s ! voxelnormalize minimum=0 maximum=1 ! niftisink location=#/%s", image,
      spacing, mask);
  g_autoptr (SnnVolume) given = load (image);
  g_autoptr (SnnVolume) made = NULL;
  const double *zooms = given->info->zooms;
  gsize n = 1, set = 0;

  snn_test_expect_eos (description, folder, NULL);
  made = load (mask);
  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_uint64 (made->info->dims[i], given->info->dims[i]);
    for (guint j = 0; j < 4; j++)
      fail_unless (fabs (made->info->affine[i][j] - given->info->affine[i][j])
          < 1e-4, "%s: another affine", mask);
    n *= made->info->dims[i];
  }
  for (gsize i = 0; i < n; i++)
    set += made->image[i] > 0.5f;
  return (double) set * zooms[0] * zooms[1] * zooms[2];
}

/* The grid of masks is the file's, and a structure is as large as it was. */
GST_START_TEST (test_back)
{
  const double expected = segment ("coarse/a.nii", "\"\"", "coarse.nii");
  const double found = segment ("fine.nii", "1", "fine-mask.nii");
  const double larger = segment ("fine.nii", "1x0.5x0.75", "mixed.nii");

  fail_unless (expected > 1000., "the structure has %g mm^3", expected);
  fail_unless (fabs (found - expected) < 0.03 * expected, "%g mm^3 of voxels "
      "of %g mm, %g of 1 mm", found, FINE, expected);
  fail_unless (fabs (larger - expected) < 0.03 * expected, "%g mm^3 of mixed "
      "voxels, %g of 1 mm", larger, expected);
}

GST_END_TEST;

/* Voxels that have the size are not touched. */
GST_START_TEST (test_equal)
{
  segment ("coarse/a.nii", "\"\"", "own.nii");
  segment ("coarse/a.nii", "1.0005x1x0", "same.nii");
  fail_unless (snn_test_same_files (folder, "own.nii", "same.nii"));
}

GST_END_TEST;

#define PREDICT " ! voxelnormalize ! anninference model=#/ann.nir ! " \
  "niftisink content=probability location=#/"

/* A network knows the voxels that it was trained with, also where nobody had set
 * them. */
GST_START_TEST (test_automatic)
{
  g_autofree gchar *path = g_build_filename (folder, "ann.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  SnnTestRun run;

  snn_test_expect_eos ("niftisrc location=#/coarse label-location=#/masks "
      "! voxelnormalize ! anntrainer width=2 depth=1 "
      "location=#/ann.nir ! fakesink", folder, NULL);
  network = snn_model_load (path, NULL);
  fail_unless (network != NULL);
  fail_unless_equals_string (snn_network_metadata (network,
          SNN_RECIPE_SPACING), "1x1x1");

  snn_test_expect_eos ("niftisrc location=#/fine.nii" PREDICT "auto.nii",
      folder, NULL);
  snn_test_expect_eos ("niftisrc location=#/fine.nii spacing=1" PREDICT
      "set.nii", folder, &run);
  fail_unless (run.n_warnings == 0, "%s", run.warning);
  snn_test_run_clear (&run);
  fail_unless (snn_test_same_files (folder, "auto.nii", "set.nii"));

  snn_test_expect_eos ("niftisrc location=#/fine.nii spacing=0.5 size=0x24x20" PREDICT
      "other.nii", folder, &run);
  fail_unless_equals_int (run.n_warnings, 1);
  fail_unless (strstr (run.warning, "spacing=0.5 is set where ") != NULL
      && strstr (run.warning, "ann.nir was made with spacing=1x1x1") != NULL,
      "%s", run.warning);
  snn_test_run_clear (&run);
}

GST_END_TEST;

/* A network for crops, and whole volumes: said where nobody has set it. */
GST_START_TEST (test_cut)
{
  SnnTestRun run;

  snn_test_expect_eos ("niftisrc location=#/coarse label-location=#/masks "
      "size=28x12x12 ! voxelnormalize ! anntrainer width=2 depth=1 "
      "location=#/ann.nir ! fakesink", folder, NULL);
  snn_test_expect_eos ("niftisrc location=#/coarse" PREDICT "auto.nii", folder,
      &run);
  fail_unless_equals_int (run.n_warnings, 1);
  fail_unless (strstr (run.warning, "Only size=28x12x12, that of the network, is "
          "sent of 1 of 1 volumes, the first of 28x24x20 voxels") != NULL, "%s",
      run.warning);
  snn_test_run_clear (&run);
  snn_test_expect_eos ("niftisrc location=#/coarse size=28x12x12" PREDICT
      "set.nii", folder, &run);
  fail_unless (run.n_warnings == 0, "%s", run.warning);
  snn_test_run_clear (&run);
  fail_unless (snn_test_same_files (folder, "auto.nii", "set.nii"));
}

GST_END_TEST;

static const gchar *const wrong[] = {
  "few", "1x2", "1x1x1x1", "-1", "1x1x1e9", "1,5", "nan",
};

GST_START_TEST (test_wrong_spacing)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree gchar *description = g_strdup_printf ("phantomsrc "
        "spacing=\"%s\" ! fakesink", wrong[i]);
    g_autofree gchar *text =
        g_strdup_printf ("spacing=%s is no size of voxels", wrong[i]);

    snn_test_expect_error (description, folder, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS, text);
  }
}

GST_END_TEST;

static Suite *
spacing_suite (void)
{
  Suite *suite = suite_create ("spacing");
  TCase *tc = tcase_create ("general");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_back);
  tcase_add_test (tc, test_equal);
  tcase_add_test (tc, test_automatic);
  tcase_add_test (tc, test_cut);
  tcase_add_test (tc, test_wrong_spacing);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (spacing)
