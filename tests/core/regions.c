/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/volumes/regions.h>
#include "tests/folder.h"

static gchar *folder;

/* Each row writes a table and looks a subject up in it. */
typedef struct
{
  const gchar *name;
  const gchar *file;
  const gchar *text;
  const gchar *subject;
  gsize begin;                  /* in x, of what is found */
  const gchar *error;           /* or what it says, of the table or the subject */
} Case;

static const Case cases[] = {
  {"quotation marks", "r.csv", "s1,\"3:9,:,:\"\ns2,\"4:9,:,:\"\n", "s2", 4, NULL},
  {"tabs", "r.tsv", "s1\t3:9,:,:\r\n\r\ns2\t4:9,:,:\r\n", "s1", 3, NULL},
  {"a header", "r.tsv", "\xef\xbb\xbf" "age\troi\tparticipant_id\n"
        "7\t5:9,:,:\tsub-01\n", "sub-01", 5, NULL},
  {"session before subject", "r.tsv", "subject\troi\nsub-01\t1:9,:,:\n"
        "sub-01_ses-2\t2:9,:,:\n", "sub-01_ses-2_T1w", 2, NULL},
  {"subject without session", "r.tsv", "subject\troi\nsub-01\t1:9,:,:\n"
        "sub-01_ses-2\t2:9,:,:\n", "sub-01_ses-1_T1w", 1, NULL},
  {"nnU-Net's channel", "r.tsv", "case\t6:9,:,:\n", "case_0000", 6, NULL},
  {"no part of a name", "r.tsv", "sub-01\t1:9,:,:\n", "sub-010_T1w", 0,
        "r.tsv has no region of interest for subject sub-010_T1w"},
  {"nobody", "r.tsv", "", "s1", 0, "no region of interest for subject s1"},
  {"twice", "r.tsv", "s1\t1:9,:,:\ns1\t1:9,:,:\n", "s1", 0,
        "r.tsv: subject s1 has a region of interest in a line before"},
  {"no region", "r.tsv", "s1\t1:9,:,:\ns2\n", "s1", 0,
        "expected a subject in column 1 and its region of interest in column 2"},
  {"malformed", "r.csv", "s1,3:9,:,:\n", "s1", 0,
        "r.csv: \"3:9\" is not a region of interest"},
  {"not there", "none.csv", NULL, "s1", 0, "Can't read"},
};

GST_START_TEST (test_table)
{
  const Case *c = &cases[__i__];
  g_autofree gchar *path = g_build_filename (folder, c->file, NULL);
  g_autoptr (SnnRegions) regions = NULL;
  g_autoptr (GError) error = NULL;
  const SnnRegion *region = NULL;

  if (c->text)
    fail_unless (g_file_set_contents (path, c->text, -1, NULL));
  regions = snn_regions_new (path, "8x0x4", &error);
  if (regions)
    region = snn_regions_find (regions, c->subject, &error);
  if (c->error) {
    fail_unless (!region && error && strstr (error->message, c->error), "%s: %s",
        c->name, error ? error->message : "no error");
    return;
  }
  fail_unless (region != NULL, "%s: %s", c->name, error ? error->message : "");
  fail_unless (region->begin[0] == c->begin && region->size[0] == 8
      && region->size[2] == 4, "%s: from %" G_GSIZE_FORMAT, c->name,
      region->begin[0]);
  fail_unless_equals_uint64 (snn_regions_extent (regions, 0), 8);
  fail_unless_equals_uint64 (snn_regions_extent (regions, 1), 0);
  fail_unless_equals_string (snn_regions_table (regions), path);
  fail_if (snn_input_files_check (path, NULL));
}

GST_END_TEST;

GST_START_TEST (test_one_for_all)
{
  g_autoptr (SnnRegions) regions = snn_regions_new ("2:7,:,:", NULL, NULL);
  g_autofree gchar *text = snn_regions_describe (regions);

  fail_unless_equals_uint64 (snn_regions_find (regions, "any", NULL)->end[0], 7);
  fail_unless_equals_uint64 (snn_regions_extent (regions, 0), 5);
  fail_unless (snn_regions_table (regions) == NULL);
  fail_unless_equals_string (text, "2:7,:,:");
}

GST_END_TEST;

/* Another table is told from one before it, wherever it lies. */
GST_START_TEST (test_describe)
{
  g_autofree gchar *path = g_build_filename (folder, "d.tsv", NULL);
  gchar *texts[3];

  for (guint i = 0; i < 3; i++) {
    g_autoptr (SnnRegions) regions = NULL;

    fail_unless (g_file_set_contents (path, i < 2 ? "a\t1:2,:,:" : "a\t1:3,:,:",
            -1, NULL));
    regions = snn_regions_new (path, NULL, NULL);
    texts[i] = snn_regions_describe (regions);
  }
  fail_unless (g_str_has_prefix (texts[0], "d.tsv, "));
  fail_unless_equals_string (texts[0], texts[1]);
  fail_if (g_str_equal (texts[0], texts[2]));
  for (guint i = 0; i < 3; i++)
    g_free (texts[i]);
}

GST_END_TEST;

static void
setup (void)
{
  folder = snn_test_folder_new ();
}

static void
teardown (void)
{
  snn_test_folder_free (folder);
}

static Suite *
regions_suite (void)
{
  Suite *suite = suite_create ("regions");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_table, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_one_for_all);
  tcase_add_test (tc, test_describe);
  return suite;
}

GST_CHECK_MAIN (regions);
