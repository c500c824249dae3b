/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>
#include <unistd.h>

#include <snn/volumes/dataset.h>
#include <snn/base/error.h>
#include <snn/base/remarks.h>
#include "tests/folder.h"

static gchar *folder;

static gchar *
path_of (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
touch (const gchar *name, const gchar *content)
{
  g_autofree gchar *path = path_of (name);
  g_autofree gchar *parent = g_path_get_dirname (path);

  g_mkdir_with_parents (parent, 0777);
  fail_unless (g_file_set_contents (path, content, -1, NULL));
}

static void
setup (void)
{
  folder = snn_test_folder_new ();
  touch ("images/b.nii.gz", "");
  touch ("images/a.nii", "");
  touch ("images/c.hdr", "");
  touch ("images/c.img", "");
  touch ("images/._a.nii", "");
  touch ("images/notes.md", "");
  touch ("labels/a.nii.gz", "");
  touch ("labels/b.nii.gz", "");
  touch ("labels/c.nii", "");
  touch ("labels/d.nii", "");
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* Lists and checks the subjects, one letter each. */
static GPtrArray *
assert_list (const gchar *location, const gchar *label,
    const gchar *subjects)
{
  g_autofree gchar *path = path_of (location);
  g_autofree gchar *label_path = label ? path_of (label) : NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *items = snn_dataset_list (path, label_path, &error);

  fail_unless (items != NULL, "%s", error ? error->message : location);
  fail_unless_equals_int (items->len, strlen (subjects));
  for (guint i = 0; i < items->len; i++) {
    SnnDatasetItem *item = items->pdata[i];

    fail_unless_equals_int (item->subject[0], subjects[i]);
    fail_unless (!label == !item->label);
  }
  return items;
}

static void
assert_error (const gchar *location, const gchar *label, gint code,
    const gchar *text)
{
  g_autofree gchar *path = path_of (location);
  g_autofree gchar *label_path = label ? path_of (label) : NULL;
  g_autoptr (GError) error = NULL;

  fail_unless (snn_dataset_list (path, label_path, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, code));
  fail_unless (strstr (error->message, text), "%s", error->message);
}

GST_START_TEST (test_folder)
{
  g_autoptr (GPtrArray) items = assert_list ("images", NULL, "abc");
  SnnDatasetItem *item = items->pdata[2];

  fail_unless (g_str_has_suffix (item->image, "images/c.hdr"));
}

GST_END_TEST;

GST_START_TEST (test_file)
{
  g_ptr_array_unref (assert_list ("images/b.nii.gz", NULL, "b"));
}

GST_END_TEST;

GST_START_TEST (test_pattern)
{
  g_ptr_array_unref (assert_list ("images/[ab].*", NULL, "ab"));
  g_ptr_array_unref (assert_list ("*/d.nii", NULL, "d"));
}

GST_END_TEST;

GST_START_TEST (test_text_list)
{
  touch ("list.txt", "# two\r\nimages/c.hdr\n\n  images/a.nii\n");
  g_ptr_array_unref (assert_list ("list.txt", NULL, "ac"));
}

GST_END_TEST;

/* Lists as other programs write them. */
GST_START_TEST (test_other_lists)
{
  touch ("list.txt", "\xef\xbb\xbfimages/c.hdr\r\nimages/a.nii\r\n");
  g_ptr_array_unref (assert_list ("list.txt", NULL, "ac"));
  touch ("list.LST", "images/b.nii.gz\n");
  g_ptr_array_unref (assert_list ("list.LST", NULL, "b"));
  touch ("list.csv", "\xef\xbb\xbfsubject,image,mask\r\n"
      "1,\"images/a.nii\",labels/a.nii.gz\r\n\r\n2,images/b.nii.gz,\r\n");
  g_ptr_array_unref (assert_list ("list.csv", NULL, "ab"));
  touch ("list.csv", "images/a.nii\nimages/c.hdr,more\n");
  g_ptr_array_unref (assert_list ("list.csv", NULL, "ac"));
  touch ("list.csv", "1,images/a.nii\n2\n");
  assert_error ("list.csv", NULL, SNN_ERROR_FORMAT, "Line 2");
  touch ("list.csv", "1,images/a.nii\n2,images/z.nii\n");
  assert_error ("list.csv", NULL, SNN_ERROR_NOT_FOUND, "images/z.nii");
}

GST_END_TEST;

GST_START_TEST (test_all_that_does_not_pair)
{
  g_autoptr (GPtrArray) problems = snn_remarks_new ();
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  g_autoptr (GPtrArray) items = NULL;
  g_autofree gchar *images = path_of ("images"), *labels = path_of ("labels");
  g_autoptr (GError) error = NULL;

  touch ("images/e.nii", "");
  touch ("images/0.nii", "");
  touch ("labels/b2.nii", "");
  items = snn_dataset_list_all (images, labels, problems, remarks, &error);
  fail_unless (items != NULL);
  fail_unless_equals_int (items->len, 3);
  fail_unless_equals_int (problems->len, 2);
  fail_unless (strstr (problems->pdata[0], "images/0.nii"));
  fail_unless (strstr (problems->pdata[1], "images/e.nii"));
  fail_unless_equals_int (remarks->len, 2);
  fail_unless (strstr (remarks->pdata[0], "labels/b2.nii"));
  fail_unless (strstr (remarks->pdata[1], "labels/d.nii"));
}

GST_END_TEST;

GST_START_TEST (test_labels_pair_by_name)
{
  g_autoptr (GPtrArray) items = assert_list ("images", "labels", "abc");
  g_autoptr (GPtrArray) one = NULL;
  SnnDatasetItem *item = items->pdata[0];

  fail_unless (g_str_has_suffix (item->label, "labels/a.nii.gz"));
  item = items->pdata[2];
  fail_unless (g_str_has_suffix (item->label, "labels/c.nii"));
  one = assert_list ("images/a.nii", "labels/d.nii", "a");
  item = one->pdata[0];
  fail_unless (g_str_has_suffix (item->label, "labels/d.nii"));
}

GST_END_TEST;

GST_START_TEST (test_refusals)
{
  touch ("empty/notes.md", "");
  touch ("twice/a.nii", "");
  touch ("twice/a.nii.gz", "");
  touch ("bad.txt", "images/a.nii\nimages/z.nii\n");
  touch ("none.txt", "# nothing\n");
  assert_error ("missing", NULL, SNN_ERROR_NOT_FOUND, "missing");
  assert_error ("empty", NULL, SNN_ERROR_NOT_FOUND, "empty");
  assert_error ("images/z*", NULL, SNN_ERROR_NOT_FOUND, "z*");
  assert_error ("twice", NULL, SNN_ERROR_MISMATCH, "a.nii.gz");
  assert_error ("bad.txt", NULL, SNN_ERROR_NOT_FOUND, "Line 2");
  assert_error ("none.txt", NULL, SNN_ERROR_NOT_FOUND, "none.txt");
  assert_error ("labels", "images", SNN_ERROR_NOT_FOUND, "labels/d.nii");
}

GST_END_TEST;

/* How people keep images and masks. */
static const struct
{
  const gchar *what;
  const gchar *files;
  const gchar *location;
  const gchar *label;
  const gchar *pairs; /* subject=mask, in order */
} layouts[] = {
  { "nnU-Net", "n/imagesTr/la_1_0000.nii.gz n/imagesTr/la_2_0000.nii.gz "
      "n/labelsTr/la_1.nii.gz n/labelsTr/la_2.nii.gz",
      "n/imagesTr", "n/labelsTr", "la_1_0000=n/labelsTr/la_1.nii.gz "
      "la_2_0000=n/labelsTr/la_2.nii.gz " },
  { "nnU-Net, the first of two channels", "n/i/a_0000.nii n/i/a_0001.nii n/l/a.nii",
      "n/i/*_0000.nii", "n/l", "a_0000=n/l/a.nii " },
  { "a BIDS dataset and a derivative",
      "b/sub-01/anat/sub-01_T1w.nii.gz b/sub-01/anat/sub-01_T2w.nii.gz "
      "b/sub-01/func/sub-01_task-rest_bold.nii.gz "
      "b/sub-02/ses-1/anat/sub-02_ses-1_run-2_T1w.nii "
      "b/sub-02/ses-2/anat/sub-02_ses-2_T1w.nii "
      "b/derivatives/m/sub-01/anat/sub-01_space-T1w_label-hip_dseg.nii.gz "
      "b/derivatives/m/sub-01/anat/sub-01_desc-brain_mask.nii.gz "
      "b/derivatives/m/sub-02/ses-1/anat/sub-02_ses-1_run-2_dseg.nii.gz "
      "b/derivatives/m/sub-02/ses-2/anat/sub-02_ses-2_desc-x_dseg.nii.gz",
      "b", "b/derivatives/m",
      "sub-01_T1w=b/derivatives/m/sub-01/anat/"
      "sub-01_space-T1w_label-hip_dseg.nii.gz "
      "sub-02_ses-1_run-2_T1w=b/derivatives/m/sub-02/ses-1/anat/"
      "sub-02_ses-1_run-2_dseg.nii.gz "
      "sub-02_ses-2_T1w=b/derivatives/m/sub-02/ses-2/anat/"
      "sub-02_ses-2_desc-x_dseg.nii.gz " },
  { "masks without dseg", "m/sub-1/anat/sub-1_T1w.nii m/sub-1/anat/sub-1_mask.nii",
      "m", "m", "sub-1_T1w=m/sub-1/anat/sub-1_mask.nii " },
  { "structures of their own", "s/p/sub-1_label-L_dseg.nii s/p/sub-1_label-R_dseg.nii "
      "s/t/sub-1_space-T1w_label-R_mask.nii s/t/sub-1_desc-x_label-L_mask.nii",
      "s/p", "s/t", "sub-1_label-L_dseg=s/t/sub-1_desc-x_label-L_mask.nii "
      "sub-1_label-R_dseg=s/t/sub-1_space-T1w_label-R_mask.nii " },
  { "a folder a subject", "f/p1/t1.nii f/p1/mask.nii f/p2/t1.nii f/p2/mask.nii",
      "f/*/t1.nii", "f/*/mask.nii", "p1=f/p1/mask.nii p2=f/p2/mask.nii " },
  { "a folder a subject and session", "f/p1/a/t1.nii f/p1/a/m.nii f/p1/b/t1.nii "
      "f/p1/b/m.nii", "f/*/[ab]/t1.nii", "f/*/[ab]/m.nii",
      "p1_a=f/p1/a/m.nii p1_b=f/p1/b/m.nii " },
  { "names that differ at the end", "e/x_t1.nii e/y_t1.nii e/x_mask.nii "
      "e/y_mask.nii", "e/*_t1.nii", "e/*_mask.nii",
      "x_t1=e/x_mask.nii y_t1=e/y_mask.nii " },
  { "columns with commas", "images/a.nii labels/d.nii", "pairs.csv", "pairs.csv",
      "a=labels/d.nii b=labels/a.nii.gz " },
  { "columns with tabs", "p/1/t1.nii p/1/m.nii p/2/t1.nii p/2/m.nii",
      "pairs.tsv", "pairs.tsv", "1=p/1/m.nii 2=p/2/m.nii " },
};

GST_START_TEST (test_layouts)
{
  g_auto (GStrv) files = g_strsplit (layouts[__i__].files, " ", -1);
  g_autofree gchar *location = path_of (layouts[__i__].location);
  g_autofree gchar *label = path_of (layouts[__i__].label);
  g_autoptr (GString) pairs = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) items = NULL;

  for (guint i = 0; files[i]; i++)
    touch (files[i], "");
  touch ("pairs.csv", "id,image,age,mask\n1,images/a.nii,70,labels/d.nii\n"
      "2,images/b.nii.gz,71,labels/a.nii.gz\n");
  touch ("pairs.tsv", "p/1/t1.nii\tp/1/m.nii\np/2/t1.nii\tp/2/m.nii\n");
  items = snn_dataset_list (location, label, &error);
  fail_unless (items != NULL, "%s: %s", layouts[__i__].what,
      error ? error->message : "");
  for (guint i = 0; i < items->len; i++) {
    const SnnDatasetItem *item = items->pdata[i];

    fail_unless (g_str_has_prefix (item->label, folder));
    g_string_append_printf (pairs, "%s=%s ", item->subject,
        item->label + strlen (folder) + 1);
  }
  fail_unless (g_str_equal (pairs->str, layouts[__i__].pairs), "%s: %s",
      layouts[__i__].what, pairs->str);
}

GST_END_TEST;

GST_START_TEST (test_layouts_that_do_not_pair)
{
  /* A second channel is no subject. */
  touch ("n/i/a_0000.nii", "");
  touch ("n/i/a_0001.nii", "");
  touch ("n/l/a.nii", "");
  assert_error ("n/i", "n/l", SNN_ERROR_NOT_FOUND, "a_0001.nii");
  /* Left or right? */
  touch ("b/sub-01/anat/sub-01_T1w.nii", "");
  touch ("d/sub-01/anat/sub-01_label-L_dseg.nii", "");
  touch ("d/sub-01/anat/sub-01_label-R_dseg.nii", "");
  assert_error ("b", "d", SNN_ERROR_MISMATCH, "could both be the mask of");
  /* Another run's mask. */
  touch ("c/sub-01/anat/sub-01_run-2_dseg.nii", "");
  assert_error ("b", "c", SNN_ERROR_NOT_FOUND, "sub-01_T1w.nii");
  touch ("e/sub-01/func/sub-01_bold.nii", "");
  assert_error ("e", NULL, SNN_ERROR_NOT_FOUND, "BIDS dataset");
  touch ("pairs.csv", "images/a.nii\n");
  assert_error ("pairs.csv", "pairs.csv", SNN_ERROR_FORMAT, "no second column");
  touch ("pairs.csv", "images/a.nii,labels/a.nii.gz\nimages/b.nii.gz\n");
  assert_error ("pairs.csv", "pairs.csv", SNN_ERROR_FORMAT, "Line 2");
}

GST_END_TEST;

/* However a table of pairs is spelled, it is one; an image is never its own mask,
 * which every network would be perfect on. */
GST_START_TEST (test_images_are_no_masks)
{
  static const gchar *const spellings[][2] = {
    {"pairs.csv", "./pairs.csv"}, {"images/../pairs.csv", "pairs.csv"},
    {"pairs.csv", "link.csv"}, {"images", "pairs.csv"},
  };
  g_autofree gchar *link_path = path_of ("link.csv");
  g_autofree gchar *image_link = path_of ("links/a.nii");

  touch ("pairs.csv", "images/a.nii,labels/a.nii.gz\n"
      "images/b.nii.gz,labels/b.nii.gz\nimages/c.hdr,labels/c.nii\n");
  fail_unless_equals_int (symlink ("pairs.csv", link_path), 0);
  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++) {
    g_autoptr (GPtrArray) items = assert_list (spellings[i][0], spellings[i][1],
        "abc");

    for (guint k = 0; k < items->len; k++) {
      SnnDatasetItem *item = items->pdata[k];

      fail_unless (strstr (item->image, "images/") != NULL, "%s", item->image);
      fail_unless (strstr (item->label, "labels/") != NULL, "%s", item->label);
    }
  }
  assert_error ("images", "images", SNN_ERROR_MISMATCH,
      "images/a.nii would be its own mask");
  assert_error ("images/a.nii", "images/./a.nii", SNN_ERROR_MISMATCH,
      "images/a.nii would be its own mask");
  touch ("links/b.nii.gz", "");
  touch ("links/c.hdr", "");
  fail_unless_equals_int (symlink ("../images/a.nii", image_link), 0);
  assert_error ("images", "links", SNN_ERROR_MISMATCH, "links/a.nii");
  touch ("same.csv", "images/a.nii,images/a.nii\n");
  assert_error ("same.csv", "same.csv", SNN_ERROR_MISMATCH,
      "images/a.nii would be its own mask");
}

GST_END_TEST;

static Suite *
dataset_suite (void)
{
  Suite *suite = suite_create ("dataset");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_folder);
  tcase_add_test (tc, test_file);
  tcase_add_test (tc, test_pattern);
  tcase_add_test (tc, test_text_list);
  tcase_add_test (tc, test_other_lists);
  tcase_add_test (tc, test_all_that_does_not_pair);
  tcase_add_test (tc, test_labels_pair_by_name);
  tcase_add_loop_test (tc, test_layouts, 0, G_N_ELEMENTS (layouts));
  tcase_add_test (tc, test_layouts_that_do_not_pair);
  tcase_add_test (tc, test_images_are_no_masks);
  tcase_add_test (tc, test_refusals);
  return suite;
}

GST_CHECK_MAIN (dataset);
