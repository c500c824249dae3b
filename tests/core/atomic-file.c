/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <signal.h>
#include <sys/resource.h>

#include <snn/base/atomic-file.h>
#include <snn/base/error.h>
#include "tests/folder.h"

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

static void
assert_content (const gchar *path, const gchar *expected)
{
  g_autofree gchar *content = NULL;

  fail_unless (g_file_get_contents (path, &content, NULL, NULL));
  fail_unless_equals_string (content, expected);
}

GST_START_TEST (test_replaces)
{
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);

  fail_unless (snn_file_write (path, "one", 3, NULL));
  assert_content (path, "one");
  fail_unless (snn_file_write (path, "second", 6, NULL));
  assert_content (path, "second");
  fail_unless (snn_file_write (path, NULL, 0, NULL));
  assert_content (path, "");
  fail_unless_equals_int (snn_test_folder_empty (folder), 1);
}

GST_END_TEST;

GST_START_TEST (test_no_folder)
{
  g_autofree gchar *path = g_build_filename (folder, "none", "file", NULL);
  g_autoptr (GError) error = NULL;

  fail_if (snn_file_write (path, "one", 3, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_WRITE));
  fail_unless (strstr (error->message, path) != NULL);
}

GST_END_TEST;

GST_START_TEST (test_path_is_a_folder)
{
  g_autoptr (GError) error = NULL;

  fail_if (snn_file_write (folder, "one", 3, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_WRITE));
  fail_unless_equals_int (snn_test_folder_empty (folder), 0);
}

GST_END_TEST;

GST_START_TEST (test_full_device)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    return;
  fail_if (snn_file_write ("/dev/full", "one", 3, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NO_SPACE));
  fail_unless (strstr (error->message, "/dev/full") != NULL);
}

GST_END_TEST;

/* A limit on the size of files fails a write half way, as a full disk does. */
GST_START_TEST (test_no_space_keeps_the_old_file)
{
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  g_autofree gchar *big = g_strnfill (100000, 'x');
  g_autoptr (GError) error = NULL;
  struct rlimit before, limit;
  gboolean written;

  fail_unless (snn_file_write (path, "old", 3, NULL));
  signal (SIGXFSZ, SIG_IGN);
  fail_unless (getrlimit (RLIMIT_FSIZE, &before) == 0);
  limit = before;
  limit.rlim_cur = 4096;
  fail_unless (setrlimit (RLIMIT_FSIZE, &limit) == 0);
  written = snn_file_write (path, big, 100000, &error);
  fail_unless (setrlimit (RLIMIT_FSIZE, &before) == 0);
  fail_if (written);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NO_SPACE));
  fail_unless (strstr (error->message, path) != NULL);
  assert_content (path, "old");
  fail_unless_equals_int (snn_test_folder_empty (folder), 1);
}

GST_END_TEST;

static Suite *
atomic_file_suite (void)
{
  Suite *suite = suite_create ("atomic-file");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_replaces);
  tcase_add_test (tc, test_no_folder);
  tcase_add_test (tc, test_path_is_a_folder);
  tcase_add_test (tc, test_full_device);
  tcase_add_test (tc, test_no_space_keeps_the_old_file);
  return suite;
}

GST_CHECK_MAIN (atomic_file);
