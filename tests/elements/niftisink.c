/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <snn/volumes/nifti-read.h>
#include "tests/elements/helpers.h"

/* What niftisink writes; niftisink-streams.c has what it does with streams that
 * no source makes. */

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

static SnnVolume *
load (const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  SnnVolume *volume = snn_nifti_load (path, 0, NULL, &error);

  fail_unless (volume != NULL, "%s", error ? error->message : name);
  return volume;
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

/* Runs @description twice; each time @n_files files have to be told of. */
static void
run_twice (const gchar *description, guint n_messages)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);

  for (guint i = 0; i < 2; i++) {
    SnnTestRun run;

    snn_test_run (pipeline, &run);
    fail_unless (!run.error, "%s", run.error ? run.error->message : "");
    fail_unless_equals_int (run.n_warnings, 0);
    fail_unless_equals_int (run.structures->len, n_messages);
    for (guint j = 0; j < n_messages; j++) {
      GstStructure *structure = run.structures->pdata[j];
      g_autofree gchar *end = g_strconcat (
          gst_structure_get_string (structure, "subject"), ".nii.gz", NULL);

      fail_unless (gst_structure_has_name (structure, "niftisink"));
      fail_unless (g_str_has_suffix (gst_structure_get_string (structure,
                  "location"), end));
    }
    snn_test_run_clear (&run);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static const gchar *const trips[] = {
  "axis=x", "axis=y", "axis=z", "axis=none", "shuffle=true cache-size=0",
  "size=7x8x4", "epochs=2 shuffle=true",
};

/* What flows through untouched comes out as it was, whichever way it is cut
 * and however the slices are mixed. */
GST_START_TEST (test_round_trip)
{
  g_autofree gchar *description = g_strdup_printf (
      "niftisrc location=#/images %s ! niftisink content=probability "
      "overwrite=true location=#/out/%%s.nii.gz", trips[__i__]);

  run_twice (description, strstr (trips[__i__], "epochs=2") ? 6 : 3);
  for (guint s = 0; s < 3; s++) {
    g_autofree gchar *in = g_strdup_printf ("images/s%u.nii.gz", s);
    g_autofree gchar *out = g_strdup_printf ("out/s%u.nii.gz", s);
    g_autoptr (SnnVolume) source = load (in);
    g_autoptr (SnnVolume) written = load (out);

    fail_unless (memcmp (source->image, written->image, 60 * sizeof (float))
        == 0, "%s", trips[__i__]);
    fail_unless (memcmp (source->info->affine, written->info->affine,
            sizeof source->info->affine) == 0);
  }
  fail_unless_equals_int (n_files (), 4);
}

GST_END_TEST;

GST_START_TEST (test_mask)
{
  g_autoptr (SnnVolume) source = load ("images/s1.nii.gz");
  g_autoptr (SnnVolume) written = NULL;

  run_twice ("niftisrc location=#/images/s1.nii.gz ! "
      "niftisink cut-off=0.25 overwrite=true location=#/out/s1.nii.gz", 1);
  written = load ("out/s1.nii.gz");
  for (guint i = 0; i < 60; i++)
    fail_unless_equals_float (written->image[i], source->image[i] > 0.25f);
}

GST_END_TEST;

GST_START_TEST (test_numbered)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (
      "niftisrc location=#/images epochs=2 ! niftisink location=#/out/%02d.nii",
      folder);
  SnnTestRun run;

  snn_test_run (pipeline, &run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (!run.error);
  fail_unless_equals_int (run.structures->len, 6);
  fail_unless (snn_test_exists (folder, "out/00.nii")
      && snn_test_exists (folder, "out/02.nii"));
  fail_unless_equals_int (n_files (), 4);
  snn_test_run_clear (&run);
}

GST_END_TEST;

GST_START_TEST (test_errors)
{
  snn_test_expect_error ("niftisrc location=#/images ! niftisink", folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "No location");
  snn_test_expect_error ("niftisrc location=#/images ! "
      "niftisink location=#/none/%s.nii", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NOT_FOUND, "/none");
  snn_test_expect_error ("niftisrc location=#/images ! "
      "niftisink location=#/out/%s.img", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "%s.img");
  snn_test_expect_error ("niftisrc location=#/images ! "
      "niftisink location=#/out/%n.nii", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "%n.nii");
  snn_test_expect_error ("niftisrc location=#/images ! "
      "niftisink location=#/out/one.nii", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "s0 and s1");
  /* What was complete by then is kept. */
  fail_unless_equals_int (n_files (), 2);
  snn_test_expect_error ("niftisrc location=#/images ! "
      "niftisink location=#/images/%s.nii.gz", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_WRITE, "images/s0.nii.gz");
  fail_unless_equals_int (n_files (), 2);
}

GST_END_TEST;

/* Two files of one name from two folders are not one subject. */
GST_START_TEST (test_same_name)
{
  g_autoptr (SnnVolume) first = load ("images/s0.nii.gz");
  g_autoptr (SnnVolume) written = NULL;

  snn_test_write_nifti (folder, "others/s0.nii.gz", 1, SNN_NIFTI_PROBABILITY);
  snn_test_expect_error ("concat name=both ! niftisink location=#/out/%s.nii "
      "content=probability niftisrc location=#/images/s0.nii.gz ! both. "
      "niftisrc location=#/others ! both.", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "/others/s0.nii.gz");
  written = load ("out/s0.nii");
  fail_unless (memcmp (written->image, first->image, 60 * sizeof (float)) == 0);
}

GST_END_TEST;

/* Nor are two volumes without a file, be one of them written already or not. */
GST_START_TEST (test_same_phantom)
{
  static const gchar *const merges[] = { "concat", "funnel" };

  for (guint i = 0; i < G_N_ELEMENTS (merges); i++) {
    g_autofree gchar *description = g_strdup_printf ("%s name=both ! "
        "niftisink location=#/out/%%s.nii content=probability overwrite=true "
        "phantomsrc subjects=1 axis=z roi=:,:,10:12 ! both. "
        "phantomsrc subjects=1 axis=z roi=:,:,10:12 phantom-seed=1 ! both.",
        merges[i]);

    snn_test_expect_error (description, folder, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS,
        "a volume without a file and a volume without a file are both of "
        "subject phantom-00000");
  }
}

GST_END_TEST;

/* What is there stays, unless it is asked for; a link without a target is
 * there as well. */
GST_START_TEST (test_overwrite)
{
  g_autofree gchar *link = g_build_filename (folder, "out/s1.nii.gz", NULL);

  run_twice ("niftisrc location=#/images/s0.nii.gz ! "
      "niftisink overwrite=true location=#/out/s0.nii.gz", 1);
  snn_test_expect_error ("niftisrc location=#/images/s0.nii.gz ! "
      "niftisink location=#/out/s0.nii.gz", folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE, "out/s0.nii.gz");
  fail_unless (symlink ("nowhere", link) == 0);
  snn_test_expect_error ("niftisrc location=#/images/s1.nii.gz ! "
      "niftisink location=#/out/s1.nii.gz", folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE, "out/s1.nii.gz");
}

GST_END_TEST;

/* No file that a source reads is replaced, whatever it is called, be it an
 * image or a mask, in this branch of the pipeline or in another, by a sink of
 * volumes or of reports. */
GST_START_TEST (test_inputs_stay)
{
  static const gchar *const ways[] = {
    "location=#/images/%s.nii.gz",
    "location=#/out/../images/%s.nii.gz",
    "location=#/link/%s.nii.gz",
    "location=#/hard/%s.nii.gz",
    "location=#/soft/%s.nii.gz",
    "location=#/labels/%s.nii.gz",
    "location=#/others/%s.nii.gz  niftisrc location=#/others ! fakesink",
  };
  static const gchar *const files[] = {
    "images/s0.nii.gz", "labels/s0.nii.gz", "others/s0.nii.gz"
  };
  g_autofree gchar *link = g_build_filename (folder, "link", NULL);
  g_autofree gchar *hard = g_build_filename (folder, "hard/s0.nii.gz", NULL);
  g_autofree gchar *soft = g_build_filename (folder, "soft/s0.nii.gz", NULL);
  g_autofree gchar *image = g_build_filename (folder, files[0], NULL);
  gchar *before[G_N_ELEMENTS (files)] = { NULL, };
  gsize size[G_N_ELEMENTS (files)];

  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *label = g_strdup_printf ("labels/s%u.nii.gz", i);
    g_autofree gchar *other = g_strdup_printf ("others/s%u.nii.gz", i);

    snn_test_write_nifti (folder, label, i, SNN_NIFTI_MASK);
    snn_test_write_nifti (folder, other, i, SNN_NIFTI_PROBABILITY);
  }
  snn_test_write_nifti (folder, "hard/nothing.nii", 0, SNN_NIFTI_MASK);
  snn_test_write_nifti (folder, "soft/nothing.nii", 0, SNN_NIFTI_MASK);
  fail_unless (symlink ("images", link) == 0);
  fail_unless (linkat (AT_FDCWD, image, AT_FDCWD, hard, 0) == 0);
  fail_unless (symlink ("../images/s0.nii.gz", soft) == 0);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = g_build_filename (folder, files[i], NULL);

    fail_unless (g_file_get_contents (path, &before[i], &size[i], NULL));
  }

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    g_autofree gchar *description = g_strdup_printf ("niftisrc "
        "location=#/images label-location=#/labels ! niftisink overwrite=true "
        "%s", ways[i]);

    snn_test_expect_error (description, folder, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_OPEN_WRITE, "s0.nii.gz");
  }
  snn_test_expect_error ("niftisrc location=#/images label-location=#/labels "
      "! dicesink location=#/labels/s1.nii.gz", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_WRITE, "s1.nii.gz");
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = g_build_filename (folder, files[i], NULL);
    g_autofree gchar *after = NULL;
    gsize n;

    fail_unless (g_file_get_contents (path, &after, &n, NULL));
    fail_unless (n == size[i] && memcmp (before[i], after, n) == 0, "%s",
        files[i]);
    g_free (before[i]);
  }
}

GST_END_TEST;

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

GST_START_TEST (test_make_folder)
{
  SnnTestRun run;

  snn_test_expect_eos ("niftisrc location=#/images ! "
      "niftisink make-folder=true location=#/100%/new%s/%s.nii", folder, &run);
  snn_test_run_clear (&run);
  fail_unless (snn_test_exists (folder, "100%/new%s/s0.nii"));
}

GST_END_TEST;

static const struct
{
  const gchar *source;
  gboolean fails;
} ends[] = {
  {"niftisrc location=#/images num-buffers=7", FALSE},
  {"niftisrc location=#/images ! identity error-after=8", TRUE},
  {"niftisrc location=#/images shuffle=true num-buffers=14", FALSE},
};

/* A stream that ends in the middle of a volume leaves an older file as it was,
 * and says so, whatever ended it. */
GST_START_TEST (test_partial)
{
  g_autofree gchar *description = g_strdup_printf ("%s ! niftisink "
      "overwrite=true location=#/out/%%s.nii", ends[__i__].source);
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  g_autoptr (SnnVolume) old = NULL;
  g_autoptr (SnnVolume) now = NULL;
  SnnTestRun run;

  for (guint s = 0; s < 3; s++) {
    g_autofree gchar *out = g_strdup_printf ("out/s%u.nii", s);

    snn_test_write_nifti (folder, out, 9, SNN_NIFTI_PROBABILITY);
  }
  old = load ("out/s1.nii");
  snn_test_run (pipeline, &run);
  fail_unless_equals_int (run.error != NULL, ends[__i__].fails);
  fail_unless_equals_int (run.n_warnings, 1);
  fail_unless (strstr (run.warning, "not written") != NULL);
  fail_unless_equals_int (run.structures->len, __i__ < 2 ? 1 : 2);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  snn_test_run_clear (&run);
  fail_unless_equals_int (n_files (), 4);
  if (__i__ < 2) {
    now = load ("out/s1.nii");
    fail_unless (memcmp (old->image, now->image, 60 * sizeof (float)) == 0);
  }
}

GST_END_TEST;

/* Where a device takes the place of a file, it is written to. */
GST_START_TEST (test_full_disk)
{
  g_autofree gchar *path = g_build_filename (folder, "out/s0.nii", NULL);

  fail_unless (symlink ("/dev/full", path) == 0);
  snn_test_expect_error ("niftisrc location=#/images/s0.nii.gz ! "
      "niftisink overwrite=true location=#/out/%s.nii", folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, "out/s0.nii");
  fail_unless_equals_int (n_files (), 2);
}

GST_END_TEST;

static Suite *
niftisink_suite (void)
{
  Suite *suite = suite_create ("niftisink");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_round_trip, 0, G_N_ELEMENTS (trips));
  tcase_add_test (tc, test_mask);
  tcase_add_test (tc, test_numbered);
  tcase_add_test (tc, test_errors);
  tcase_add_test (tc, test_same_name);
  tcase_add_test (tc, test_same_phantom);
  tcase_add_test (tc, test_overwrite);
  tcase_add_test (tc, test_inputs_stay);
  tcase_add_test (tc, test_skip_existing);
  tcase_add_test (tc, test_skip_other_content);
  tcase_add_test (tc, test_skip_bad);
  tcase_add_test (tc, test_make_folder);
  tcase_add_loop_test (tc, test_partial, 0, G_N_ELEMENTS (ends));
  tcase_add_test (tc, test_full_disk);
  return suite;
}

GST_CHECK_MAIN (niftisink);
