/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>
#include <unistd.h>

#include "tests/elements/helpers.h"

/* What becomes of subjects that niftisink leaves out: those whose files are there
 * already, and those that can't be read. */

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *image = g_strdup_printf ("images/s%u.nii.gz", i);

    snn_test_write_nifti (folder, image, i, SNN_NIFTI_PROBABILITY);
  }
  snn_test_write_nifti (folder, "out/nothing.nii", 0, SNN_NIFTI_MASK);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static guint
n_files (void)
{
  g_autofree gchar *path = g_build_filename (folder, "out", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static guint
count_messages (const SnnTestRun *run, const gchar *name)
{
  guint n = 0;

  for (guint i = 0; i < run->structures->len; i++)
    n += gst_structure_has_name (run->structures->pdata[i], name);
  return n;
}

/* With skip-existing a second run makes what is missing, and says what was
 * there; sources don't even read it, unless another branch needs it. */
GST_START_TEST (test_skip_existing)
{
  const gchar *description = "niftisrc location=#/images label-location=#/labels "
      "! niftisink skip-existing=true location=#/out/%s.nii";
  const gchar *measured = "niftisrc location=#/images label-location=#/labels "
      "! tee name=t t. ! queue ! niftisink skip-existing=true "
      "location=#/out/%s.nii t. ! queue ! dicesink";
  g_autofree gchar *image = g_build_filename (folder, "images/s0.nii.gz", NULL);
  g_autofree gchar *before = NULL;
  g_autofree gchar *path = g_build_filename (folder, "out/s0.nii", NULL);
  SnnTestRun run;
  guint n = 0;

  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *label = g_strdup_printf ("labels/s%u.nii.gz", i);

    snn_test_write_nifti (folder, label, i, SNN_NIFTI_MASK);
  }
  snn_test_write_nifti (folder, "out/s0.nii", 7, SNN_NIFTI_PROBABILITY);
  fail_unless (g_file_get_contents (path, &before, NULL, NULL));
  snn_test_expect_eos (measured, folder, &run);
  fail_unless_equals_int (count_messages (&run, "niftisink"), 2);
  fail_unless_equals_int (count_messages (&run, "dice"), 3);
  snn_test_run_clear (&run);

  /* An image that can't be read does not matter where nobody wants it. */
  fail_unless (g_file_set_contents (image, "no", 2, NULL));
  for (guint i = 0; i < 2; i++) {
    snn_test_expect_eos (description, folder, &run);
    n += count_messages (&run, "niftisink");
    fail_unless_equals_int (run.n_infos, 1);
    snn_test_run_clear (&run);
  }
  fail_unless_equals_int (n, 0);
  fail_unless_equals_int (n_files (), 4);
  {
    g_autofree gchar *after = NULL;

    fail_unless (g_file_get_contents (path, &after, NULL, NULL));
    fail_unless (memcmp (before, after, 352) == 0);
  }
  snn_test_expect_error ("niftisrc location=#/images ! "
      "niftisink skip-existing=true location=#/out/%d.nii", folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, "%s (the subject)");
}

GST_END_TEST;

/* Masks of an earlier run pass for no probabilities. */
GST_START_TEST (test_skip_other_content)
{
  static const struct
  {
    SnnNiftiContent there;
    const gchar *content;
    const gchar *refusal;       /* NULL: it is kept */
  } cases[] = {
    {SNN_NIFTI_MASK, "mask", NULL},
    {SNN_NIFTI_MASK, "probability", "where probabilities would be written"},
    {SNN_NIFTI_MASK, "uncertainty", "where uncertainty would be written"},
    {SNN_NIFTI_PROBABILITY, "probability", NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *description = g_strdup_printf ("niftisrc "
        "location=#/images/s0.nii.gz ! niftisink skip-existing=true content=%s "
        "location=#/out/%%s.nii", cases[i].content);
    SnnTestRun run;

    snn_test_write_nifti (folder, "out/s0.nii", 0, cases[i].there);
    if (cases[i].refusal) {
      snn_test_expect_error (description, folder, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_OPEN_WRITE, cases[i].refusal);
      continue;
    }
    snn_test_expect_eos (description, folder, &run);
    fail_unless (count_messages (&run, "niftisink") == 0 && run.n_infos == 1,
        "row %u (content=%s): written in place of kept", i, cases[i].content);
    snn_test_run_clear (&run);
  }
}

GST_END_TEST;

/* One bad file, by its header or by its voxels, does not end a run where it is
 * to be skipped; and nothing is made where none is good. */
GST_START_TEST (test_skip_bad)
{
  g_autofree gchar *image = g_build_filename (folder, "images/s0.nii.gz", NULL);
  g_autofree gchar *other = g_build_filename (folder, "images/s3.nii", NULL);
  SnnTestRun run;

  snn_test_write_nifti (folder, "images/s3.nii", 3, SNN_NIFTI_PROBABILITY);
  fail_unless (truncate (other, 400) == 0);
  fail_unless (g_file_set_contents (image, "no", 2, NULL));
  snn_test_expect_eos ("niftisrc location=#/images on-error=skip epochs=2 ! "
      "niftisink location=#/out/%s.nii", folder, &run);
  fail_unless_equals_int (count_messages (&run, "niftisink"), 4);
  fail_unless_equals_int (count_messages (&run, "snn-skipped"), 2);
  fail_unless_equals_int (run.n_warnings, 2);
  snn_test_run_clear (&run);
  fail_unless_equals_int (n_files (), 3);
  snn_test_expect_eos ("niftisrc location=#/images on-error=skip ! "
      "niftisink skip-existing=true location=#/out/%s.nii", folder, &run);
  fail_unless_equals_int (count_messages (&run, "niftisink"), 0);
  fail_unless_equals_int (run.n_infos, 1);
  snn_test_run_clear (&run);
  snn_test_expect_error ("niftisrc location=#/images/s3.nii on-error=skip ! "
      "niftisink location=#/out/%s.nii", folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "None of the subjects");
}

GST_END_TEST;

static Suite *
niftisink_existing_suite (void)
{
  Suite *suite = suite_create ("niftisink-existing");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_skip_existing);
  tcase_add_test (tc, test_skip_other_content);
  tcase_add_test (tc, test_skip_bad);
  return suite;
}

GST_CHECK_MAIN (niftisink_existing);
