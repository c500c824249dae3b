/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files as people have them, in tests/data/cases, and what has to come of
 * each. A new one is a row of a table below. */

#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <snn/base/error.h>
#include <snn/base/remarks.h>
#include <snn/measure/distance.h>
#include <snn/volumes/dataset-check.h>
#include <snn/volumes/label-values.h>
#include "tests/folder.h"

#define READ (-1)

static gchar *
case_path (const gchar *name)
{
  return name ? g_build_filename (g_getenv ("SNN_TEST_DATA"), "cases", name,
      NULL) : NULL;
}

/* Whether there is a remark with @text in it that names the file @name. */
static gboolean
has_remark (const GPtrArray *remarks, const gchar *text, const gchar *name)
{
  for (guint i = 0; i < remarks->len; i++)
    if (strstr (remarks->pdata[i], text) && strstr (remarks->pdata[i], name))
      return TRUE;
  return FALSE;
}

/* Pairs. What is refused says why in its error; what is read says what is odd
 * in a remark that names @odd, or has none. */
static const struct
{
  const gchar *image;
  const gchar *mask;
  gint code;                    /* READ, or of the error */
  guint64 n_label;
  const gchar *text;            /* of the error or remark, NULL: no remark */
  const gchar *odd;
} pairs[] = {
  {"img.nii.gz", "mask-true.nii.gz", READ, 177, NULL, NULL},
  {"img.nii.gz", "mask-noise1e-6.nii.gz", READ, 177, NULL, NULL},
  {"img.nii.gz", "mask-spline_interp.nii.gz", READ, 177, "whole numbers",
      "mask-spline_interp.nii.gz"},
  {"img.nii.gz", "mask-spline_interp_int16.nii.gz", READ, 177, "whole numbers",
      "mask-spline_interp_int16"},
  {"img.nii.gz", "mask-linear_interp.nii.gz", READ, 177, "whole numbers",
      "mask-linear"},
  {"img.nii.gz", "mask-prob.nii.gz", READ, 125, "whole numbers", "mask-prob"},
  {"img-dim4-zero.nii", "mask-true.nii.gz", READ, 177, NULL, NULL},
  {"img.nii.gz", "mask-origin-off-2um.nii.gz", READ, 177, "0.00346 mm apart",
      "mask-origin-off-2um"},
  {"img-LAS.nii.gz", "mask-true.nii.gz", READ, 177, NULL, NULL},
  {"img-sform-qform-differ.nii.gz", "mask-true.nii.gz", READ, 177, NULL, NULL},
  {"img-sform-qform-differ.nii.gz", "mask-qform-grid.nii.gz",
      SNN_ERROR_MISMATCH, 0, "the qform of ", "img-sform-qform-differ"},
  {"img.nii.gz", "mask-qform-grid.nii.gz", SNN_ERROR_MISMATCH, 0,
      "is -7 in ", "mask-qform-grid"},
  {"img-sheared-sform.nii.gz", "mask-true.nii.gz", SNN_ERROR_MISMATCH, 0,
      "the qform of ", "img-sheared-sform"},
  {"img-allnan.nii.gz", "mask-true.nii.gz", READ, 177, "finite",
      "img-allnan"},
  {"img-2-volumes.nii", "mask-true.nii.gz", READ, 177, "volume 0 is taken",
      "img-2-volumes"},
  {"img.nii.gz", "mask-3-volumes.nii", READ, 177, "volume 0 is taken",
      "mask-3-volumes"},
  {"img-anisotropic-ball.nii.gz", "mask-anisotropic-ball.nii.gz", READ, 1721,
      "is it a mask?", "img-anisotropic-ball"},
  {"img.nii.gz", "mask-anisotropic-ball.nii.gz", SNN_ERROR_MISMATCH, 0,
      "differ in shape", "mask-anisotropic-ball"},
  {"mask-true.nii.gz", "img.nii.gz", READ, 3799, "is it a mask?",
      "mask-true"},
  {"mask-true.nii.gz", "img.nii.gz", READ, 3799, "is it an image?", "img"},
  {"30000cubed.nii.gz", NULL, SNN_ERROR_READ, 0, "30000", "30000cubed"},
  {"nifti-infinite-affine.nii", NULL, READ, 0, "which can't be",
      "nifti-infinite-affine"},
};

static void
check_pair (guint row)
{
  const SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  g_autofree gchar *image = case_path (pairs[row].image);
  g_autofree gchar *mask = case_path (pairs[row].mask);
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) early = NULL;
  g_autoptr (SnnVolume) volume = snn_nifti_load_labelled (image, mask,
      &settings, remarks, &error);
  SnnGrid grid;
  gboolean passes = snn_nifti_check (image, mask, &settings, &grid, &early);

  /* What headers tell is told before voxels are read. */
  fail_unless (passes == !!volume, "%s: checked otherwise", image);
  if (pairs[row].code != READ) {
    fail_unless (g_error_matches (error, SNN_ERROR, pairs[row].code), "%s: %s",
        image, error ? error->message : "read");
    fail_unless_equals_string (error->message, early->message);
    fail_unless (strstr (error->message, pairs[row].text)
        && strstr (error->message, pairs[row].odd), "%s: %s", image,
        error->message);
    return;
  }
  fail_unless (volume != NULL, "%s: %s", image, error ? error->message : "");
  fail_unless (volume->info->n_label_voxels == pairs[row].n_label,
      "%s, %s: %" G_GUINT64_FORMAT " voxels", image, mask,
      volume->info->n_label_voxels);
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 4; j++)
      fail_unless (isfinite (volume->info->affine[i][j]), "%s", image);
  if (pairs[row].odd)
    fail_unless (has_remark (remarks, pairs[row].text, pairs[row].odd),
        "%s, %s: no remark with \"%s\"", image, mask, pairs[row].text);
  else
    fail_unless (remarks->len == 0, "%s, %s: %s", image, mask,
        remarks->len ? (gchar *) remarks->pdata[0] : "");
}

GST_START_TEST (test_pairs)
{
  check_pair (__i__);
}

GST_END_TEST;

/* Masks of 0.5 mm voxels, one moved by (1, 2, 1). */
static const struct
{
  const gchar *predicted;
  const gchar *truth;
  const gchar *remark;          /* NULL: none but that they look like masks */
} surfaces[] = {
  {"pred-micron.nii.gz", "true-micron.nii.gz", NULL},
  {"pred-pixdim1-sform05.nii.gz", "true-pixdim1-sform05.nii.gz",
      "1 x 1 x 1 mm by pixdim and 0.5 x 0.5 x 0.5 mm by the sform"},
};

static guint8 *
load_as_mask (const gchar *name, SnnVolumeInfo **info, GPtrArray *remarks)
{
  g_autofree gchar *path = case_path (name);
  SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolume) volume = snn_nifti_load_labelled (path, path,
      &settings, remarks, &error);

  fail_unless (volume != NULL, "%s", error ? error->message : name);
  *info = snn_volume_info_ref (volume->info);
  return g_steal_pointer (&volume->mask);
}

GST_START_TEST (test_surfaces)
{
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  g_autoptr (SnnVolumeInfo) p_info = NULL;
  g_autoptr (SnnVolumeInfo) t_info = NULL;
  g_autofree guint8 *predicted = load_as_mask (surfaces[__i__].predicted,
      &p_info, remarks);
  g_autofree guint8 *truth = load_as_mask (surfaces[__i__].truth, &t_info,
      remarks);
  double hd95, assd;

  snn_surface_distances (predicted, truth, t_info->dims, t_info->zooms, &hd95,
      &assd);
  fail_unless (fabs (hd95 - 1.118) < 5e-4, "%s: HD95 is %g mm",
      surfaces[__i__].predicted, hd95);
  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_float (t_info->zooms[i], 0.5);
    fail_unless_equals_float (t_info->affine[i][i], 0.5);
  }
  fail_unless (has_remark (remarks, "by pixdim", "")
      == (surfaces[__i__].remark != NULL));
  if (surfaces[__i__].remark)
    fail_unless (has_remark (remarks, surfaces[__i__].remark,
            surfaces[__i__].truth));
}

GST_END_TEST;

/* Writes what begins as the case @name, with @edit at @offset, then @n bytes
 * of @fill, gzipped. */
static gchar *
make_bomb (const gchar *folder, const gchar *name, gsize offset,
    gconstpointer edit, gsize edit_size, guint8 fill, gsize n)
{
  g_autofree gchar *from = case_path (name);
  gchar *path = g_build_filename (folder, "bomb.nii.gz", NULL);
  guint8 header[352] = { 0, }, block[1 << 16];
  gzFile in = gzopen (from, "rb"), out = gzopen (path, "wb1");

  fail_unless (gzread (in, header, sizeof header) > 0);
  gzclose (in);
  memcpy (header + offset, edit, edit_size);
  gzwrite (out, header, sizeof header);
  memset (block, fill, sizeof block);
  for (gsize done = 0; done < n; done += sizeof block)
    gzwrite (out, block, (unsigned) MIN (n - done, sizeof block));
  gzclose (out);
  return path;
}

static double
peak_bytes (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) usage.ru_maxrss * 1024.;
}

/* 128 MiB of zeros in a file of 600 kB: refused where the limit says so, before
 * it takes memory; else read in no more than 8 bytes a voxel. */
GST_START_TEST (test_bomb_of_voxels)
{
  const gint16 dims[3] = { 512, 512, 512 };
  const gsize n = 512 * 512 * 512;
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = make_bomb (folder, "30000cubed.nii.gz", 42, dims,
      sizeof dims, 0, n);
  SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolume) volume = NULL;
  double before = peak_bytes ();

  settings.max_bytes = 4 * n - 1;
  fail_unless (snn_nifti_load_labelled (path, NULL, &settings, NULL, &error)
      == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
  fail_unless (strstr (error->message, path)
      && strstr (error->message, "max-bytes"), "%s", error->message);
  fail_unless (peak_bytes () - before < 0x1p23);
  g_clear_error (&error);

  settings.max_bytes++;
  volume = snn_nifti_load_labelled (path, NULL, &settings, NULL, &error);
  fail_unless (volume != NULL, "%s", error ? error->message : "");
  if (!g_getenv ("ASAN_OPTIONS"))
    fail_unless (peak_bytes () - before < 8. * (double) n, "%g bytes a voxel",
        (peak_bytes () - before) / (double) n);
  snn_test_folder_free (folder);
}

GST_END_TEST;

/* An extension of 100 MB in a file of 100 kB. */
GST_START_TEST (test_bomb_of_extensions)
{
  /* vox_offset, at 108, and the announcement behind the header, at 348. */
  const float offset = 1e8f;
  guint8 edit[352 - 42] = { 10, 0, 10, 0, 10, 0, };
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *given = case_path ("30000cubed.nii.gz");
  g_autofree gchar *path = NULL;
  g_autoptr (GError) error = NULL;
  guint8 header[352];
  gzFile in = gzopen (given, "rb");
  double before;

  fail_unless (gzread (in, header, sizeof header) > 0);
  gzclose (in);
  memcpy (edit + 6, header + 48, sizeof edit - 6);
  memcpy (edit + 108 - 42, &offset, sizeof offset);
  edit[348 - 42] = 1;
  path = make_bomb (folder, "30000cubed.nii.gz", 42, edit, sizeof edit, 0,
      (gsize) 1e8);
  before = peak_bytes ();
  fail_unless (snn_nifti_load (path, 0, NULL, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
  fail_unless (strstr (error->message, path)
      && strstr (error->message, "extensions"), "%s", error->message);
  fail_unless (peak_bytes () - before < 0x1p23);
  snn_test_folder_free (folder);
}

GST_END_TEST;

/* The cases as a dataset: all masks whose grid is wrong are told at once, and
 * what there is is counted. */
GST_START_TEST (test_dataset)
{
  static const gchar *const names[] = { "a", "b", "c", "d" };
  static const gchar *const images[] = { "img.nii.gz",
    "img-sheared-sform.nii.gz", "img-sform-qform-differ.nii.gz",
    "img-LAS.nii.gz"
  };
  static const gchar *const masks[] = { "mask-true.nii.gz", "mask-true.nii.gz",
    "mask-qform-grid.nii.gz", "mask-prob.nii.gz"
  };
  const SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  SnnRegion region = { {0, 0, 0}, {0, 0, 0}, {0, 0, 4} };
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *image_folder = g_build_filename (folder, "i", NULL);
  g_autofree gchar *mask_folder = g_build_filename (folder, "m", NULL);
  g_autoptr (SnnDatasetReport) report = NULL;
  g_autoptr (GError) error = NULL;
  const SnnLabelTotal *total;

  g_mkdir (image_folder, 0777);
  g_mkdir (mask_folder, 0777);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *name = g_strconcat (names[i], ".nii.gz", NULL);
    g_autofree gchar *image = g_build_filename (image_folder, name, NULL);
    g_autofree gchar *mask = g_build_filename (mask_folder, name, NULL);
    g_autofree gchar *from_image = case_path (images[i]);
    g_autofree gchar *from_mask = case_path (masks[i]);

    fail_unless (symlink (from_image, image) == 0);
    fail_unless (symlink (from_mask, mask) == 0);
  }
  report = snn_dataset_check (image_folder, mask_folder, &settings, &region,
      NULL, NULL, &error);
  fail_unless (report != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (report->n_subjects, 4);
  fail_unless_equals_int (report->n_usable, 2);
  fail_unless_equals_int (report->problems->len, 2);
  fail_unless (has_remark (report->problems, "differ in affine", "i/b.nii.gz"));
  fail_unless (has_remark (report->problems, "differ in affine", "m/c.nii.gz"));
  fail_unless (has_remark (report->remarks, "whole numbers", "m/d.nii.gz"));
  /* A slab of four slices does not hold the structure. */
  fail_unless (has_remark (report->remarks, "of its 177 label voxels",
          "m/a.nii.gz"));
  fail_unless_equals_int (report->shapes->len, 1);
  fail_unless_equals_string (g_array_index (report->shapes, SnnTextCount,
          0).text, "16 x 20 x 12");
  fail_unless_equals_int (report->labels->len, 2);
  total = &g_array_index (report->labels, SnnLabelTotal, 1);
  fail_unless_equals_float (total->value, 1.);
  fail_unless_equals_int (total->n_masks, 2);
  fail_unless_equals_uint64 (total->n_voxels, 177 + 125);
  snn_test_folder_free (folder);
}

GST_END_TEST;

/* Ids of an atlas beyond what single precision tells apart, each of the two
 * voxels of a mask its own label. */
GST_START_TEST (test_large_labels)
{
  const gint32 ids[2] = { 16777216, 16777217 };
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "atlas.nii.gz", NULL);
  g_autofree gchar *from = case_path ("mask-true.nii.gz");
  g_autoptr (GArray) counts = NULL;
  const gint16 dims[3] = { 2, 1, 1 }, datatype = 8, bits = 32;
  guint8 header[352] = { 0, };
  gzFile in = gzopen (from, "rb"), out = gzopen (path, "wb1");

  fail_unless (gzread (in, header, sizeof header) == sizeof header);
  gzclose (in);
  memcpy (header + 42, dims, sizeof dims);
  memcpy (header + 70, &datatype, sizeof datatype);
  memcpy (header + 72, &bits, sizeof bits);
  gzwrite (out, header, sizeof header);
  gzwrite (out, ids, sizeof ids);
  gzclose (out);
  for (guint i = 0; i < 2; i++) {
    SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
    g_autoptr (SnnVolume) volume = NULL;

    settings.classes = (SnnClasses) { 1, { ids[i] } };
    volume = snn_nifti_load_labelled (path, path, &settings, NULL, NULL);
    fail_unless (volume != NULL);
    fail_unless_equals_uint64 (volume->info->n_label_voxels, 1);
    fail_unless_equals_int (volume->mask[i], 1);
  }
  counts = snn_label_values (path, 0, NULL);
  fail_unless (counts != NULL);
  fail_unless_equals_int (counts->len, 2);
  for (guint i = 0; i < 2; i++)
    fail_unless_equals_float (g_array_index (counts, SnnLabelCount, i).value,
        ids[i]);
  snn_test_folder_free (folder);
}

GST_END_TEST;

/* A pair with upper-case names, and a link that leads nowhere. */
GST_START_TEST (test_names)
{
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *header = g_build_filename (folder, "P.HDR", NULL);
  g_autofree gchar *voxels = g_build_filename (folder, "P.IMG", NULL);
  g_autofree gchar *dangling = g_build_filename (folder, "l.nii", NULL);
  g_autofree gchar *from = case_path ("img-dim4-zero.nii");
  g_autofree gchar *bytes = NULL;
  g_autoptr (GError) error = NULL;
  const float offset = 0.f;
  gsize size;

  fail_unless (g_file_get_contents (from, &bytes, &size, NULL));
  memcpy (bytes + 108, &offset, sizeof offset);
  memcpy (bytes + 344, "ni1", 4);
  fail_unless (g_file_set_contents (header, bytes, 352, NULL));
  fail_unless (g_file_set_contents (voxels, bytes + 352, (gssize) size - 352,
          NULL));
  for (guint i = 0; i < 2; i++) {
    g_autoptr (SnnVolume) volume = snn_nifti_load (i ? voxels : header, 0,
        NULL, &error);

    fail_unless (volume != NULL, "%s", error ? error->message : "");
    fail_unless_equals_string (volume->info->subject, "P");
  }
  fail_unless (symlink ("nowhere.nii", dangling) == 0);
  fail_unless (snn_nifti_load (dangling, 0, NULL, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NOT_FOUND));
  fail_unless (strstr (error->message, "a link to nowhere.nii"), "%s",
      error->message);
  snn_test_folder_free (folder);
}

GST_END_TEST;

static Suite *
nifti_cases_suite (void)
{
  Suite *suite = suite_create ("nifti-cases");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_pairs, 0, G_N_ELEMENTS (pairs));
  tcase_add_loop_test (tc, test_surfaces, 0, G_N_ELEMENTS (surfaces));
  tcase_add_test (tc, test_dataset);
  tcase_add_test (tc, test_large_labels);
  tcase_add_test (tc, test_names);
  tcase_add_test (tc, test_bomb_of_voxels);
  tcase_add_test (tc, test_bomb_of_extensions);
  return suite;
}

GST_CHECK_MAIN (nifti_cases);
