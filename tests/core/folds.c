/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <snn/base/error.h>
#include <snn/base/remarks.h>
#include <snn/volumes/folds.h>
#include <snn/volumes/region.h>
#include <snn/volumes/slices.h>
#include <snn/volumes/volume-cache.h>
#include "tests/folder.h"

GST_START_TEST (test_fold_by_name_order)
{
  g_autofree guint32 *test = NULL, *train = NULL, *all = NULL;
  guint n_test, n_train, n_all;

  test = snn_folds_select (12, NULL, 5, 1, 0, SNN_SUBSET_TEST, &n_test);
  fail_unless_equals_int (n_test, 3);
  fail_unless_equals_int (test[0], 1);
  fail_unless_equals_int (test[1], 6);
  fail_unless_equals_int (test[2], 11);

  train = snn_folds_select (12, NULL, 5, 1, 0, SNN_SUBSET_TRAIN, &n_train);
  fail_unless_equals_int (n_train, 9);
  for (guint i = 0; i < n_train; i++)
    fail_unless (train[i] % 5 != 1);

  all = snn_folds_select (12, NULL, 5, 1, 0, SNN_SUBSET_ALL, &n_all);
  fail_unless_equals_int (n_all, 12);
  for (guint i = 0; i < n_all; i++)
    fail_unless_equals_int (all[i], i);
}

GST_END_TEST;

/* Whatever the seed, the test folds are disjoint, together are everything,
 * and differ in size by at most one; training is the complement. */
GST_START_TEST (test_folds_partition)
{
  const guint n_subjects = 23, folds = 4;
  guint moved = 0;

  for (guint64 seed = 0; seed < 20; seed++) {
    guint times[23] = { 0, };

    for (guint fold = 0; fold < folds; fold++) {
      g_autofree guint32 *test = NULL, *train = NULL;
      gboolean is_test[23] = { FALSE, };
      guint n_test, n_train;

      test = snn_folds_select (n_subjects, NULL, folds, fold, seed,
          SNN_SUBSET_TEST, &n_test);
      train = snn_folds_select (n_subjects, NULL, folds, fold, seed,
          SNN_SUBSET_TRAIN, &n_train);
      fail_unless (n_test == 5 || n_test == 6);
      fail_unless_equals_int (n_test + n_train, n_subjects);
      for (guint i = 0; i < n_test; i++) {
        fail_unless (i == 0 || test[i] > test[i - 1]);
        is_test[test[i]] = TRUE;
        times[test[i]]++;
        moved += test[i] % folds != fold;
      }
      for (guint i = 0; i < n_train; i++)
        fail_if (is_test[train[i]]);
    }
    for (guint i = 0; i < n_subjects; i++)
      fail_unless_equals_int (times[i], 1);
    fail_unless ((moved > 0) == (seed > 0));
  }
}

GST_END_TEST;

GST_START_TEST (test_folds_edges)
{
  g_autofree guint32 *none = NULL, *few = NULL, *test = NULL, *train = NULL;
  guint n;

  none = snn_folds_select (0, NULL, 5, 0, 3, SNN_SUBSET_ALL, &n);
  fail_unless_equals_int (n, 0);
  few = snn_folds_select (2, NULL, 5, 4, 0, SNN_SUBSET_TEST, &n);
  fail_unless_equals_int (n, 0);
  test = snn_folds_select (3, NULL, 1, 0, 0, SNN_SUBSET_TEST, &n);
  fail_unless_equals_int (n, 3);
  train = snn_folds_select (3, NULL, 1, 0, 0, SNN_SUBSET_TRAIN, &n);
  fail_unless_equals_int (n, 0);
}

GST_END_TEST;

GST_START_TEST (test_slices_in_order)
{
  const guint32 subjects[] = { 4, 7 }, counts[] = { 3, 2 };
  g_autofree SnnSlice *slices = NULL;
  gsize n;

  slices = snn_slices_list (2, subjects, counts, NULL, &n);
  fail_unless_equals_int (n, 5);
  for (guint i = 0; i < 5; i++) {
    fail_unless_equals_int (slices[i].subject, i < 3 ? 4 : 7);
    fail_unless_equals_int (slices[i].slice, i < 3 ? i : i - 3);
    fail_unless_equals_int (slices[i].last, i == 2 || i == 4);
  }
}

GST_END_TEST;

GST_START_TEST (test_slices_shuffled)
{
  const guint32 subjects[] = { 0, 1, 2 }, counts[] = { 2, 1, 1 };
  guint at[4][4] = { {0}, };

  for (guint epoch = 0; epoch < 8000; epoch++) {
    g_autofree SnnSlice *slices = NULL;
    guint last = 0, after = 0;
    SnnRandom random;
    gsize n;

    snn_random_init (&random, 1, SNN_RANDOM_SHUFFLE, epoch);
    slices = snn_slices_list (3, subjects, counts, &random, &n);
    fail_unless_equals_int (n, 4);
    for (guint i = 0; i < 4; i++) {
      guint item = slices[i].subject ? slices[i].subject + 1 : slices[i].slice;

      at[i][item]++;
      last += slices[i].last;
      if (slices[i].last)
        for (guint j = i + 1; j < 4; j++)
          after += slices[j].subject == slices[i].subject;
    }
    fail_unless_equals_int (last, 3);
    fail_unless_equals_int (after, 0);
  }
  /* 2000 expected in each cell; five standard deviations are 194. */
  for (guint i = 0; i < 4; i++)
    for (guint j = 0; j < 4; j++)
      fail_unless (ABS ((gint) at[i][j] - 2000) < 194);
}

GST_END_TEST;

GST_START_TEST (test_region_boxes)
{
  const SnnGrid grid = {.dims = { 35, 51, 36 } };
  g_autoptr (GError) error = NULL;
  SnnRegion region = { {0,}, };
  SnnBox box;

  fail_unless (snn_region_box (&region, &grid, &box, NULL));
  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_int (box.origin[i], 0);
    fail_unless_equals_int (box.size[i], grid.dims[i]);
  }

  /* floor (3 / 2), floor (-5 / 2), floor (-12 / 2) */
  fail_unless (snn_region_parse_size (&region, "32x56x48", NULL));
  fail_unless (snn_region_box (&region, &grid, &box, NULL));
  fail_unless_equals_int (box.origin[0], 1);
  fail_unless_equals_int (box.origin[1], -3);
  fail_unless_equals_int (box.origin[2], -6);
  fail_unless_equals_int (box.size[1], 56);

  fail_unless (snn_region_parse_roi (&region, "3:, 10:20 ,:30", NULL));
  fail_unless (snn_region_parse_size (&region, "0x5x31", NULL));
  fail_unless (snn_region_box (&region, &grid, &box, NULL));
  fail_unless_equals_int (box.origin[0], 3);
  fail_unless_equals_int (box.size[0], 32);
  fail_unless_equals_int (box.origin[1], 12);
  fail_unless_equals_int (box.size[1], 5);
  fail_unless_equals_int (box.origin[2], -1);
  fail_unless_equals_int (box.size[2], 31);

  fail_unless (snn_region_parse_roi (&region, "0:36,:,:", NULL));
  fail_if (snn_region_box (&region, &grid, &box, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH));
  fail_unless (strstr (error->message, "0 to 35 along x"));
  fail_unless (strstr (error->message, "volume has 35"));
}

GST_END_TEST;

/* Millimetres, on grids that are straight, of other voxels, and oblique. */
GST_START_TEST (test_region_in_mm)
{
  static const double straight[3][4] = { {1, 0, 0, -10}, {0, 1, 0, -20},
    {0, 0, 1, 5} };
  static const double coarse[3][4] = { {2, 0, 0, -10}, {0, 0.5, 0, -20},
    {0, 0, 1.25, 5} };
  /* Turned by 45 degrees around z. */
  static const double oblique[3][4] = { {0.70710678, -0.70710678, 0, 0},
    {0.70710678, 0.70710678, 0, 0}, {0, 0, 1, 0} };
  static const struct
  {
    const char *name;
    const double (*affine)[4];
    const gchar *roi;
    gint64 origin[3];
    gsize size[3];
    const gchar *error;         /* or what it says */
  } cases[] = {
    {"all of it", straight, ":,:,:mm", {0, 0, 0}, {20, 30, 40}, NULL},
    {"both ends count", straight, "-5:5,-20:-18.5,:10 mm", {5, 0, 0},
        {11, 2, 6}, NULL},
    {"past the volume", straight, "-100:-9,:,30:90mm", {0, 0, 25},
        {2, 30, 15}, NULL},
    {"other voxels", coarse, "-5:5,-19:-18,6:9mm", {3, 2, 1}, {5, 3, 3}, NULL},
    {"oblique", oblique, "-1.4:1.5,1:4,3:4mm", {0, 0, 3}, {4, 4, 2}, NULL},
    {"elsewhere", straight, "20:30,:,:mm", {0,}, {0,}, "20 to 30 mm along x, "
          "where the volume goes from -10 to 9"},
    {"between voxels", coarse, "-9.5:-8.5,:,:mm", {0,}, {0,}, "along x"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    SnnGrid grid = {.dims = { 20, 30, 40 } };
    g_autoptr (GError) error = NULL;
    SnnRegion region = { {0,}, };
    SnnBox box;

    memcpy (grid.affine, cases[i].affine, sizeof straight);
    grid.affine[3][3] = 1.;
    fail_unless (snn_region_parse_roi (&region, cases[i].roi, &error), "%s: %s",
        cases[i].name, error ? error->message : "");
    if (cases[i].error) {
      fail_if (snn_region_box (&region, &grid, &box, &error), "%s",
          cases[i].name);
      fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH)
          && strstr (error->message, cases[i].error), "%s: %s", cases[i].name,
          error->message);
      continue;
    }
    fail_unless (snn_region_box (&region, &grid, &box, &error), "%s: %s",
        cases[i].name, error ? error->message : "");
    for (guint j = 0; j < 3; j++)
      fail_unless (box.origin[j] == cases[i].origin[j]
          && box.size[j] == cases[i].size[j], "%s, %c: %" G_GINT64_FORMAT
          " and %" G_GSIZE_FORMAT, cases[i].name, "xyz"[j], box.origin[j],
          box.size[j]);
  }
}

GST_END_TEST;

GST_START_TEST (test_region_refuses)
{
  static const gchar *const sizes[] = { "32", "32x56", "32x56x48x1", "axbxc",
    "-1x2x3", "1x2x65536", "32 56 48", "1x2x", "99999999999999999999x1x1"
  };
  static const gchar *const rois[] = { "1:2", "1:2,3:4,5", "5:5,:,:",
    "6:5,:,:", "0:0,:,:", "a:b,:,:", "-1:4,:,:", "1:2:3,:,:", ":,:,:,:",
    "mm", "1:2mm", "2:1,:,:mm", "1:1,:,:mm", "a:2,:,:mm", "1:nan,:,:mm",
    "1:inf,:,:mm", ":,:mm,:", "-1:4,:,:cm"
  };
  SnnRegion region = { 0, };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GError) error = NULL;

    fail_if (snn_region_parse_size (&region, sizes[i], &error), "%s",
        sizes[i]);
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT)
        && strstr (error->message, sizes[i]), "%s: %s", sizes[i], error->message);
  }
  for (guint i = 0; i < G_N_ELEMENTS (rois); i++) {
    g_autoptr (GError) error = NULL;

    fail_if (snn_region_parse_roi (&region, rois[i], &error), "%s", rois[i]);
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT)
        && strstr (error->message, rois[i]), "%s: %s", rois[i], error->message);
  }
  fail_unless (snn_region_parse_size (&region, NULL, NULL));
  fail_unless (snn_region_parse_roi (&region, "", NULL));
}

GST_END_TEST;

static SnnVolume *
volume_of (gsize extent)
{
  SnnVolumeInfo *info = snn_volume_info_new ("subject");

  for (guint i = 0; i < 3; i++)
    info->dims[i] = extent;
  return snn_volume_new (info, g_new0 (float, extent * extent * extent),
      g_new0 (guint8, extent * extent * extent));
}

static gboolean
is_cached (SnnVolumeCache *cache, guint subject)
{
  g_autoptr (SnnVolume) volume = snn_volume_cache_get (cache, subject);

  return volume != NULL;
}

GST_START_TEST (test_cache_is_bounded)
{
  const guint64 one = 8 * 8 * 8 * 5;
  g_autoptr (SnnVolumeCache) cache = snn_volume_cache_new (3 * one + 1);
  g_autoptr (SnnVolume) large = volume_of (16);

  for (guint subject = 0; subject < 3; subject++) {
    g_autoptr (SnnVolume) volume = volume_of (8);

    snn_volume_cache_put (cache, subject, volume);
  }
  fail_unless_equals_uint64 (snn_volume_cache_size (cache), 3 * one);

  /* Asked for again, 0 is younger than 1, which gives way to 3. */
  fail_unless (is_cached (cache, 0));
  {
    g_autoptr (SnnVolume) volume = volume_of (8);

    snn_volume_cache_put (cache, 3, volume);
  }
  fail_unless_equals_uint64 (snn_volume_cache_size (cache), 3 * one);
  fail_unless (is_cached (cache, 0));
  fail_if (is_cached (cache, 1));
  fail_unless (is_cached (cache, 2));
  fail_unless (is_cached (cache, 3));

  /* What is larger than the limit displaces nothing. */
  snn_volume_cache_put (cache, 4, large);
  fail_if (is_cached (cache, 4));
  fail_unless_equals_uint64 (snn_volume_cache_size (cache), 3 * one);
}

GST_END_TEST;

/* Sessions of one person never part, whatever seed and fold; where each has one,
 * folds are what they are without a pattern. */
GST_START_TEST (test_persons)
{
  static const gchar *const names[] = {
    "sub-01_ses-1_T1w", "sub-01_ses-2_T1w", "sub-02_ses-1_T1w", "sub-03_T1w",
    "sub-03b_T1w", "sub-1", "visit2_sub-01", "x",
  };
  static const guint32 expected[] = { 0, 0, 1, 2, 3, 4, 5, 6 };
  g_autofree guint32 *groups = NULL, *own = NULL, *parts = NULL;
  g_autoptr (GError) error = NULL;

  groups = snn_folds_group (names, 8, SNN_FOLDS_GROUP, NULL);
  fail_unless (memcmp (groups, expected, sizeof expected) == 0);
  for (guint64 seed = 0; seed < 20; seed++)
    for (guint fold = 0; fold < 3; fold++) {
      g_autofree guint32 *test = NULL;
      gboolean held_out[8] = { FALSE, };
      guint n;

      test = snn_folds_select (8, groups, 3, fold, seed, SNN_SUBSET_TEST, &n);
      for (guint i = 0; i < n; i++)
        held_out[test[i]] = TRUE;
      fail_unless_equals_int (held_out[0], held_out[1]);
    }

  own = snn_folds_group (names, 8, "", NULL);
  for (guint i = 0; i < 8; i++)
    fail_unless_equals_int (own[i], i);
  parts = snn_folds_group (names, 8, "(sub-[0-9]+)(_|$)", NULL);
  fail_unless_equals_int (parts[6], 0);
  fail_unless (snn_folds_group (names, 8, "(", &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT));
}

GST_END_TEST;

/* nnU-Net's file, and what may be wrong in it. */
GST_START_TEST (test_split_file)
{
  /* The last is nnU-Net's first channel of a subject d. */
  static const gchar *const names[] = { "a", "b", "c", "d_0000" };
  static const struct
  {
    const gchar *text;
    gint code;                  /* -1: none */
    const gchar *found;
  } cases[] = {
    {"[{\"train\": [], \"val\": [\"b\"]}, {\"train\": [\"d\", \"a\"], "
          "\"val\": [\"c.nii.gz\"]}]", -1, NULL},
    {"[{\"train\": [], \"val\": [\"b\"]}, {\"train\": [\"a\", "
          "\"d_0000.nii.gz\"], \"val\": [\"c\"]}]", -1, NULL},
    {"[{}, {\"train\": [\"d\", \"d_0000\"], \"val\": []}]",
        SNN_ERROR_MISMATCH, "twice"},
    {"[{\"train\": [\"a\"], \"val\": [\"c\"]}]", SNN_ERROR_MISMATCH, "fold 1"},
    {"[{}, {\"train\": [\"e\"], \"val\": []}]", SNN_ERROR_MISMATCH, "e"},
    {"[{}, {\"train\": [\"a\"], \"val\": [\"a\"]}]", SNN_ERROR_MISMATCH,
        "twice"},
    {"[{}, {\"train\": [1], \"val\": []}]", SNN_ERROR_MISMATCH, "not a name"},
    {"[{}, {\"train\": [\"a\"]}]", SNN_ERROR_FORMAT, "val"},
    {"[1, 2]", SNN_ERROR_FORMAT, "Fold 1"},
    {"{}", SNN_ERROR_FORMAT, "array"},
    {"[", SNN_ERROR_FORMAT, "array"},
  };
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "splits.json", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree guint32 *train = NULL, *test = NULL, *all = NULL;
    g_autoptr (GPtrArray) remarks = snn_remarks_new ();
    g_autoptr (GError) error = NULL;
    guint n = 0;

    fail_unless (g_file_set_contents (path, cases[i].text, -1, NULL));
    train = snn_folds_read (path, names, 4, 1, SNN_SUBSET_TRAIN, &n, remarks,
        &error);
    if (cases[i].code >= 0) {
      fail_unless (g_error_matches (error, SNN_ERROR, cases[i].code)
          && strstr (error->message, cases[i].found), "%s: %s", cases[i].text,
          error ? error->message : "no error");
      continue;
    }
    fail_unless (n == 2 && train[0] == 0 && train[1] == 3, "%s", cases[i].text);
    fail_unless (remarks->len == 1 && strstr (remarks->pdata[0], "1 of the 4 "
            "subjects, the first of them b"), "%s: %u remarks", cases[i].text,
        remarks->len);
    test = snn_folds_read (path, names, 4, 1, SNN_SUBSET_TEST, &n, NULL, NULL);
    fail_unless (n == 1 && test[0] == 2, "%s", cases[i].text);
    all = snn_folds_read (path, names, 4, 1, SNN_SUBSET_ALL, &n, NULL, NULL);
    fail_unless (n == 4 && all[1] == 1, "%s", cases[i].text);
  }
  snn_test_folder_free (folder);
}

GST_END_TEST;

static Suite *
folds_suite (void)
{
  Suite *suite = suite_create ("folds");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_fold_by_name_order);
  tcase_add_test (tc, test_folds_partition);
  tcase_add_test (tc, test_persons);
  tcase_add_test (tc, test_split_file);
  tcase_add_test (tc, test_folds_edges);
  tcase_add_test (tc, test_slices_in_order);
  tcase_add_test (tc, test_slices_shuffled);
  tcase_add_test (tc, test_region_boxes);
  tcase_add_test (tc, test_region_in_mm);
  tcase_add_test (tc, test_region_refuses);
  tcase_add_test (tc, test_cache_is_bounded);
  return suite;
}

GST_CHECK_MAIN (folds);
