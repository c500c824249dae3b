/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include <snn/base/error.h>
#include <snn/volumes/nifti-read.h>
#include <snn/volumes/nifti-write.h>
#include "tests/folder.h"
#include "tests/nibabel.h"
#include "tests/shared-data.h"

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

static gsize
voxels (const SnnVolumeInfo *info)
{
  return info->dims[0] * info->dims[1] * info->dims[2];
}

static void
assert_same_geometry (const SnnVolumeInfo *a, const SnnVolumeInfo *b)
{
  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_uint64 (a->dims[i], b->dims[i]);
    fail_unless_equals_int (a->axis[i], b->axis[i]);
    fail_unless_equals_int (a->flip[i], b->flip[i]);
    fail_unless_equals_float (a->zooms[i], b->zooms[i]);
    for (guint j = 0; j < 4; j++)
      fail_unless_equals_float (a->affine[i][j], b->affine[i][j]);
  }
}

/* Writes what was read, as @content, and reads that again. Returns the new
 * file. */
static gchar *
check_round_trip (const gchar *source, SnnNiftiContent content,
    const gchar *ending)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolume) volume = snn_nifti_load (source, 0, NULL, &error);
  g_autoptr (SnnVolume) again = NULL;
  g_autofree gchar *subject = snn_nifti_subject (source);
  g_autofree gchar *name = g_strconcat (subject, ending, NULL);
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree guint8 *mask = NULL;
  gsize n, different = 0;

  fail_unless (volume != NULL, "%s", error ? error->message : source);
  n = voxels (volume->info);
  mask = g_new (guint8, n);
  for (gsize i = 0; i < n; i++)
    mask[i] = volume->image[i] > volume->info->statistics.mean;
  fail_unless (snn_nifti_write (path, volume->info, content,
          content == SNN_NIFTI_MASK ? (gpointer) mask : volume->image, &error),
      "%s", error ? error->message : path);
  again = snn_nifti_load (path, 0, NULL, &error);
  fail_unless (again != NULL, "%s", error ? error->message : path);
  assert_same_geometry (volume->info, again->info);
  for (gsize i = 0; i < n; i++)
    different += again->image[i] != (content == SNN_NIFTI_MASK ? mask[i]
        : volume->image[i]) && !isnan (volume->image[i]);
  fail_unless_equals_uint64 (different, 0);
  return g_steal_pointer (&path);
}

GST_START_TEST (test_geometry_is_kept)
{
  static const gchar *const sources[] = {
    "oddnifti/derived/n1_orient_PSR.nii.gz",
    "oddnifti/derived/n1_orient_ASL.nii.gz",
    "oddnifti/derived/n1_qform_only.nii.gz",
    "oddnifti/derived/n1_sform_only.nii.gz",
    "oddnifti/derived/n1_noform.nii.gz",
    "oddnifti/derived/n1_ext.nii.gz",
    "oddnifti/derived/n1_4d_3vol.nii.gz",
    "oddnifti/derived/n1_float32_from_uint16_scaled.nii.gz",
    "oddnifti/derived/n2_float32_be.nii.gz",
    "oddnifti/real/nibabel_example4d.nii.gz",
    "oddnifti/real/nibabel_example_nifti2.nii.gz",
    "oddnifti/real/nibabel_anatomical.nii",
    "oddnifti/real/niftijs_air.hdr.gz",
    "oddnifti/real/niftijs_air2.hdr.gz",
    "oddnifti/real/niftijs_with_extension.nii.gz",
  };

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) args = NULL;

  g_strv_builder_add (builder, "same");
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++) {
    g_autofree gchar *source = snn_shared_data (sources[i]);
    g_autofree gchar *mask = NULL;
    g_autofree gchar *probability = NULL;

    if (!source)
      return;
    mask = check_round_trip (source, SNN_NIFTI_MASK, ".nii.gz");
    probability = check_round_trip (source, SNN_NIFTI_PROBABILITY, ".nii");
    g_strv_builder_add_many (builder, source, mask, source, probability, NULL);
  }
  args = g_strv_builder_end (builder);
  fail_unless (snn_nibabel_run ((const gchar * const *) args, NULL) % 77 == 0);
}

GST_END_TEST;

static SnnVolumeInfo *
make_phantom (void)
{
  SnnVolumeInfo *info = snn_volume_info_new ("phantom");

  info->dims[0] = 5;
  info->dims[1] = 4;
  info->dims[2] = 3;
  info->zooms[1] = 2.;
  info->affine[1][1] = 2.;
  info->affine[0][3] = -7.;
  return info;
}

GST_START_TEST (test_phantom_is_written)
{
  g_autofree gchar *path = g_build_filename (folder, "phantom.nii.gz", NULL);
  g_autoptr (SnnVolumeInfo) info = make_phantom ();
  g_autoptr (SnnVolume) volume = NULL;
  float values[60];

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    values[i] = (float) i / 60.f;
  fail_unless (snn_nifti_write (path, info, SNN_NIFTI_PROBABILITY, values,
          NULL));
  volume = snn_nifti_load (path, 0, NULL, NULL);
  fail_unless (volume != NULL);
  assert_same_geometry (info, volume->info);
  fail_unless (memcmp (values, volume->image, sizeof values) == 0);
}

GST_END_TEST;

/* Voxels are as large as pixdim says of the axis that the file stores there: of a grid
 * that is turned, columns of the affine say so only up to rounding. */
GST_START_TEST (test_size_of_turned_voxels)
{
  static const double sizes[3] = { 0.7, 1.1, 2.3 };
  static const guint8 stored[3] = { 2, 0, 1 };
  g_autofree gchar *path = g_build_filename (folder, "turned.nii", NULL);
  g_autoptr (SnnVolumeInfo) info = make_phantom ();
  g_autoptr (SnnVolume) volume = NULL;
  const double turn[3][3] = {
    { 0., 0., 1. },
    { cos (0.1), -sin (0.1), 0. },
    { sin (0.1), cos (0.1), 0. },
  };
  guint8 values[60] = { 0, };

  for (guint i = 0; i < 3; i++) {
    info->zooms[i] = sizes[i];
    for (guint row = 0; row < 3; row++)
      info->affine[row][i] = sizes[i] * turn[row][i];
  }
  fail_unless (snn_nifti_write (path, info, SNN_NIFTI_MASK, values, NULL));
  volume = snn_nifti_load (path, 0, NULL, NULL);
  fail_unless (volume != NULL);
  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_int (volume->info->axis[i], stored[i]);
    fail_unless (volume->info->zooms[i] == (float) sizes[stored[i]],
        "axis %u: %.17g", i, volume->info->zooms[i]);
  }
}

GST_END_TEST;

/* A file is NIfTI-1, which more programs read, as long as its extents fit 16 bits. */
GST_START_TEST (test_version)
{
  static const struct
  {
    gsize width;
    gint32 header;              /* bytes of it, which tell the version */
  } rows[] = {
    {G_MAXINT16, 348},
    {G_MAXINT16 + 1, 540},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = g_build_filename (folder, "long.nii", NULL);
    g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("long");
    g_autofree guint8 *values = g_new0 (guint8, rows[i].width);
    g_autoptr (SnnVolume) volume = NULL;
    g_autofree gchar *bytes = NULL;
    gint32 header;

    info->dims[0] = rows[i].width;
    info->dims[1] = info->dims[2] = 1;
    fail_unless (snn_nifti_write (path, info, SNN_NIFTI_MASK, values, NULL));
    fail_unless (g_file_get_contents (path, &bytes, NULL, NULL));
    memcpy (&header, bytes, sizeof header);
    volume = snn_nifti_load (path, 0, NULL, NULL);
    fail_unless (header == rows[i].header && volume
        && volume->info->dims[0] == rows[i].width, "%" G_GSIZE_FORMAT
        " voxels: a header of %d bytes", rows[i].width, header);
  }
}

GST_END_TEST;

GST_START_TEST (test_odd_grids_do_not_pair)
{
  g_autofree gchar *image = g_build_filename (folder, "image.nii", NULL);
  g_autofree gchar *label = g_build_filename (folder, "label.nii", NULL);
  g_autoptr (SnnVolumeInfo) info = make_phantom ();
  g_autoptr (SnnVolume) volume = NULL;
  g_autoptr (GError) error = NULL;
  const SnnNiftiSettings any = SNN_NIFTI_SETTINGS_INIT, third = {.classes = { 1, { 3 } } };
  guint8 values[80] = { 0, 3, 1, };

  fail_unless (snn_nifti_write (image, info, SNN_NIFTI_MASK, values, NULL));
  info->affine[0][3] = -7.0005;
  fail_unless (snn_nifti_write (label, info, SNN_NIFTI_MASK, values, NULL));
  volume = snn_nifti_load_labelled (image, label, &any, NULL, &error);
  fail_unless (volume != NULL);
  fail_unless_equals_uint64 (volume->info->n_label_voxels, 2);
  g_clear_pointer (&volume, snn_volume_unref);
  volume = snn_nifti_load_labelled (image, label, &third, NULL, &error);
  fail_unless_equals_uint64 (volume->info->n_label_voxels, 1);

  info->affine[0][3] = -7.25;
  fail_unless (snn_nifti_write (label, info, SNN_NIFTI_MASK, values, NULL));
  fail_unless (snn_nifti_load_labelled (image, label, &third, NULL, &error)
      == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH));
  fail_unless (strstr (error->message, image) && strstr (error->message, label)
      && strstr (error->message, "-7 ") && strstr (error->message, "-7.25"));
  g_clear_error (&error);

  info->dims[2] = 4;
  fail_unless (snn_nifti_write (label, info, SNN_NIFTI_MASK, values, NULL));
  fail_unless (snn_nifti_load_labelled (image, label, &third, NULL, &error)
      == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH));
  fail_unless (strstr (error->message, image) && strstr (error->message, label)
      && strstr (error->message, "5 x 4 x 3")
      && strstr (error->message, "5 x 4 x 4"));
}

GST_END_TEST;

GST_START_TEST (test_other_names_are_refused)
{
  g_autofree gchar *path = g_build_filename (folder, "mask.img", NULL);
  g_autoptr (SnnVolumeInfo) info = make_phantom ();
  g_autoptr (GError) error = NULL;
  guint8 values[60] = { 0, };

  fail_if (snn_nifti_write (path, info, SNN_NIFTI_MASK, values, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
  fail_unless (strstr (error->message, path) != NULL);
  fail_unless_equals_int (snn_test_folder_empty (folder), 0);
}

GST_END_TEST;

/* A limit of the file's size stands for a full disk. */
GST_START_TEST (test_full_disk)
{
  g_autofree gchar *path = g_build_filename (folder, "mask.nii", NULL);
  g_autoptr (SnnVolumeInfo) info = make_phantom ();
  g_autoptr (GError) error = NULL;
  struct rlimit limit = { 100, RLIM_INFINITY }, before;
  guint8 values[60] = { 0, };
  gboolean written;

  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  limit.rlim_max = before.rlim_max;
  setrlimit (RLIMIT_FSIZE, &limit);
  written = snn_nifti_write (path, info, SNN_NIFTI_MASK, values, &error);
  setrlimit (RLIMIT_FSIZE, &before);
  fail_if (written);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NO_SPACE));
  fail_unless (strstr (error->message, path) != NULL);
  fail_unless_equals_int (snn_test_folder_empty (folder), 0);
}

GST_END_TEST;

static Suite *
nifti_write_suite (void)
{
  Suite *suite = suite_create ("nifti-write");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_geometry_is_kept);
  tcase_add_test (tc, test_phantom_is_written);
  tcase_add_test (tc, test_size_of_turned_voxels);
  tcase_add_test (tc, test_version);
  tcase_add_test (tc, test_odd_grids_do_not_pair);
  tcase_add_test (tc, test_other_names_are_refused);
  tcase_add_test (tc, test_full_disk);
  return suite;
}

GST_CHECK_MAIN (nifti_write);
