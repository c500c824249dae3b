/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of reports when there are several sources, when a run stops and
 * when it goes on. */
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include <snn/base/error.h>
#include "tests/elements/helpers.h"

#define ANN "voxelnormalize ! anninference model=#/ann.nir ! "
#define SITE_A "niftisrc location=#/images label-location=#/labels size=0x8x8 "
#define SITE_B "niftisrc location=#/b/images label-location=#/b/labels " \
    "size=0x8x8 "

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 3);
  snn_test_write_unet (folder, "ann.nir", 8, FALSE);
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *image = g_strdup_printf ("b/images/t%u.nii.gz", i);
    g_autofree gchar *label = g_strdup_printf ("b/labels/t%u.nii.gz", i);

    snn_test_write_nifti (folder, image, 7 + i, SNN_NIFTI_PROBABILITY);
    snn_test_write_nifti (folder, label, 7 + i, SNN_NIFTI_MASK);
  }
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static gchar *
read_file (const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  gchar *text = NULL;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL), "%s", path);
  return text;
}

/* (transfer full) */
static JsonNode *
load (const gchar *name)
{
  g_autofree gchar *text = read_file (name);
  JsonNode *root = json_from_string (text, NULL);

  fail_unless (root != NULL, "%s", name);
  return root;
}

static guint
n_passes (JsonNode *root)
{
  return json_array_get_length (json_object_get_array_member
      (json_node_get_object (root), "passes"));
}

static gboolean
is_whole (JsonNode *root)
{
  return json_object_get_boolean_member_with_default (json_node_get_object
      (root), "complete", TRUE);
}

/* However two sources are brought into one stream, each subject is counted once
 * in one pass, with the values that it has alone. */
GST_START_TEST (test_two_sources)
{
  static const gchar *const joints[] = { "concat", "funnel" };
  g_autoptr (JsonNode) alone = NULL;

  snn_test_expect_eos (SITE_B "! " ANN "dicesink location=#/alone.json", folder,
      NULL);
  alone = load ("alone.json");
  for (guint i = 0; i < G_N_ELEMENTS (joints); i++) {
    g_autofree gchar *description = g_strdup_printf ("%s name=j ! " ANN
        "dicesink location=#/both.json " SITE_A "! j. " SITE_B "! j.",
        joints[i]);
    g_autoptr (JsonNode) both = NULL;
    JsonArray *subjects, *expected;

    snn_test_expect_eos (description, folder, NULL);
    both = load ("both.json");
    fail_unless (is_whole (both) && n_passes (both) == 1
        && json_object_get_int_member (json_node_get_object (both),
            "n_subjects") == 5, "%s", joints[i]);
    subjects = json_object_get_array_member (json_node_get_object (both),
        "subjects");
    expected = json_object_get_array_member (json_node_get_object (alone),
        "subjects");
    fail_unless (json_array_get_length (subjects) == 5, "%s", joints[i]);
    for (guint s = 0; s < 2; s++)
      fail_unless (json_node_equal (json_array_get_element (subjects, 3 + s),
              json_array_get_element (expected, s)), "%s", joints[i]);
  }
}

GST_END_TEST;

/* Two volumes of one name are an error that names both. */
GST_START_TEST (test_collision)
{
  snn_test_write_nifti (folder, "b/images/s1.nii.gz", 9, SNN_NIFTI_PROBABILITY);
  snn_test_write_nifti (folder, "b/labels/s1.nii.gz", 9, SNN_NIFTI_MASK);
  snn_test_expect_error ("concat name=j ! " ANN "dicesink " SITE_A "! j. "
      SITE_B "! j.", folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "/images/s1.nii and ");
  snn_test_expect_error ("concat name=j ! voxelnormalize ! dicesink "
      "phantomsrc subjects=1 size=4x8x8 ! j. "
      "phantomsrc subjects=1 size=4x8x8 phantom-seed=3 ! j.",
      folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, "phantom-00000");
}

GST_END_TEST;

#define TRAIN(source, out) "niftisrc location=#/images " \
    "label-location=#/labels size=0x8x8 folds=3 subset=train evaluate=true " \
    "shuffle=true " source " ! voxelnormalize ! anntrainer width=2 " \
    "depth=1 batch-size=4 location=#/" out ".nir ! dicesink location=#/" out \
    ".json"

/* A training that is stopped in its second epoch, of 10 samples and 5 held out,
 * and goes on, reports what one without a stop does, to the byte. */
GST_START_TEST (test_resume)
{
  g_autofree gchar *straight = NULL, *resumed = NULL;
  g_autoptr (JsonNode) root = NULL;

  snn_test_expect_eos (TRAIN ("epochs=3", "straight"), folder, NULL);
  snn_test_expect_eos (TRAIN ("epochs=3 num-buffers=17", "resumed"), folder, NULL);
  snn_test_expect_eos (TRAIN ("epochs=3", "resumed"), folder, NULL);
  straight = read_file ("straight.json");
  resumed = read_file ("resumed.json");
  fail_unless (g_str_equal (straight, resumed));
  root = load ("resumed.json");
  fail_unless_equals_int (n_passes (root), 6);
}

GST_END_TEST;

/* What a stream that is cut short has measured is marked, and does not replace
 * what was measured whole. */
GST_START_TEST (test_partial)
{
  static const gchar *const whole = SITE_A "! " ANN "dicesink "
      "location=#/report.json csv-location=#/report.csv";
  static const gchar *const part = SITE_A "num-buffers=7 ! " ANN "dicesink "
      "location=#/report.json csv-location=#/report.csv";
  g_autofree gchar *before = NULL, *after = NULL, *csv = NULL, *csv_after = NULL;
  g_autoptr (JsonNode) cut_short = NULL;
  SnnTestRun run;

  for (guint i = 0; i < 2; i++) {
    snn_test_expect_eos (part, folder, &run);
    fail_unless (!run.warning || !strstr (run.warning, "report.json"), "%s",
        run.warning);
    snn_test_run_clear (&run);
  }
  cut_short = load ("report.json");
  fail_if (is_whole (cut_short));
  snn_test_expect_eos (whole, folder, NULL);
  before = read_file ("report.json");
  csv = read_file ("report.csv");
  fail_unless (strstr (before, "complete") == NULL);
  snn_test_expect_eos (part, folder, &run);
  fail_unless (run.warning && strstr (run.warning, "report.json") != NULL);
  snn_test_run_clear (&run);
  after = read_file ("report.json");
  csv_after = read_file ("report.csv");
  fail_unless_equals_string (before, after);
  fail_unless_equals_string (csv, csv_after);
}

GST_END_TEST;

/* Two pipelines that would write the same file, whatever it is for: the second is
 * refused, and the first goes on. There is no other process to wait for. */
GST_START_TEST (test_two_runs)
{
  static const struct
  {
    const gchar *description;
    const gchar *refusal;
  } rows[] = {
    { SITE_A "! voxelnormalize ! anntrainer width=2 depth=1 location=#/out.nir ! "
        "fakesink", "/out.nir is being made already, by another element" },
    { SITE_A "! voxelnormalize ! anntrainer width=2 depth=1 location=#/b.nir "
        "checkpoint-location=#/out.nir.checkpoint ! fakesink",
        "/out.nir.checkpoint is being made already, by another element" },
    { SITE_A "! voxelnormalize ! anntrainer width=2 depth=1 location=#/b.nir "
        "best-location=#/out.nir.best ! fakesink",
        "/out.nir.best is being made already, by another element" },
    { SITE_A "! " ANN "dicesink location=#/out.json",
        "/out.json is being made already, by another element" },
    { SITE_A "! " ANN "dicesink csv-location=#/out.json",
        "/out.json is being made already, by another element" },
    { SITE_A "! " ANN "dicesink csv-location=#/out.csv",
        "/out.csv is being made already, by another element" },
    /* One run that would write two things into one file. */
    { SITE_A "! " ANN "dicesink location=#/b.json csv-location=#/b.json",
        "/b.json is being made already, by another element" },
  };
  static const gchar *const files[] = { "out.nir", "out.nir.checkpoint",
    "out.nir.best", "out.json", "out.csv", "b.nir", "b.json" };
  g_autoptr (GstElement) first_run = snn_test_launch (TRAIN ("epochs=1", "out")
      " csv-location=#/out.csv", folder);
  SnnTestRun run;

  fail_unless (gst_element_set_state (first_run, GST_STATE_PAUSED)
      != GST_STATE_CHANGE_FAILURE);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    snn_test_expect_error (rows[i].description, folder, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_WRITE, rows[i].refusal);
  snn_test_run (first_run, &run);
  fail_unless (!run.error, "%s", run.error ? run.error->message : "");
  snn_test_run_clear (&run);
  gst_element_set_state (first_run, GST_STATE_NULL);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *lock = g_strconcat (files[i], ".lock", NULL);

    fail_if (snn_test_exists (folder, lock), "%s", lock);
  }
  snn_test_expect_eos (SITE_A "! " ANN "dicesink location=#/out.json "
      "csv-location=#/out.csv", folder, NULL);
}

GST_END_TEST;

/* A table has the separator that its name says. */
GST_START_TEST (test_table_by_name)
{
  g_autofree gchar *csv = NULL, *tsv = NULL;

  snn_test_expect_eos (SITE_A "! " ANN "dicesink csv-location=#/report.csv",
      folder, NULL);
  snn_test_expect_eos (SITE_A "! " ANN "dicesink csv-location=#/report.TSV",
      folder, NULL);
  csv = read_file ("report.csv");
  tsv = read_file ("report.TSV");
  fail_unless (g_str_has_prefix (csv, "subject,n_samples,"), "%s", csv);
  fail_unless (g_str_has_prefix (tsv, "subject\tn_samples\t"), "%s", tsv);
}

GST_END_TEST;

#define LISTED "niftisrc location=#/list.txt label-location=#/labels.txt " \
    "size=0x8x8 split=#/split.json subset=all "

/* What is read is not replaced though it is no image: lists, splits and models,
 * by whatever name they are known to who writes. */
GST_START_TEST (test_inputs_are_not_replaced)
{
  static const gchar *const files[][2] = {
    {"list.txt", "images/s0.nii\nimages/s1.nii\n"},
    {"labels.txt", "labels/s0.nii\nlabels/s1.nii\n"},
    {"more.lst", "images/s0.nii\nimages/s1.nii\n"},
    {"split.json", "[{\"train\": [\"s0\"], \"val\": [\"s1\"]}]\n"},
    {"pairs.csv", "images/s0.nii,labels/s0.nii\n"},
    {"ann.nir", NULL},
  };
  static const struct
  {
    const gchar *description;
    const gchar *refusal;
  } rows[] = {
    { LISTED "! " ANN "dicesink location=#/list.txt", "/list.txt is a file that "
        "is read from" },
    { LISTED "! " ANN "dicesink csv-location=#/labels.txt", "/labels.txt is a" },
    { LISTED "! " ANN "dicesink location=#/split.json", "/split.json is a" },
    { LISTED "channel-locations=#/more.lst ! voxelnormalize ! anntrainer width=2 "
        "depth=1 location=#/b.nir ! dicesink location=#/more.lst",
        "/more.lst is a" },
    { "niftisrc location=#/pairs.csv label-location=#/pairs.csv size=0x8x8 ! "
        ANN "dicesink csv-location=#/pairs.csv", "/pairs.csv is a" },
    { LISTED "! " ANN "dicesink location=#/ann.nir", "/ann.nir is a" },
    { LISTED "! voxelnormalize ! snnconverter model=#/ann.nir "
        "location=#/link.nir ! fakesink", "/link.nir is the same file as" },
    { LISTED "! voxelnormalize ! snnconverter model=#/ann.nir "
        "location=#/ann.nir ! fakesink", "/ann.nir is a" },
  };
  gchar *before[G_N_ELEMENTS (files)];
  g_autofree gchar *link_path = g_build_filename (folder, "link.nir", NULL);

  fail_unless_equals_int (symlink ("ann.nir", link_path), 0);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = g_build_filename (folder, files[i][0], NULL);

    if (files[i][1])
      fail_unless (g_file_set_contents (path, files[i][1], -1, NULL));
    fail_unless (g_file_get_contents (path, &before[i], NULL, NULL));
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    snn_test_expect_error (rows[i].description, folder, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_OPEN_WRITE, rows[i].refusal);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = g_build_filename (folder, files[i][0], NULL);
    g_autofree gchar *after = NULL;

    fail_unless (g_file_get_contents (path, &after, NULL, NULL));
    fail_unless_equals_string (before[i], after);
    g_free (before[i]);
  }
}

GST_END_TEST;

static Suite *
reports_suite (void)
{
  Suite *suite = suite_create ("reports");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_two_sources);
  tcase_add_test (tc, test_collision);
  tcase_add_test (tc, test_resume);
  tcase_add_test (tc, test_partial);
  tcase_add_test (tc, test_two_runs);
  tcase_add_test (tc, test_table_by_name);
  tcase_add_test (tc, test_inputs_are_not_replaced);
  return suite;
}

GST_CHECK_MAIN (reports);
