/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <snn/base/atomic-file.h>
#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/base/lock-file.h>
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

static guint
mode_of (const gchar *path)
{
  GStatBuf status;

  fail_unless (g_stat (path, &status) == 0);
  return status.st_mode & 07777;
}

/* A replaced file keeps its permissions; a new one has what the umask leaves. */
GST_START_TEST (test_mode)
{
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  mode_t before = umask (027);

  fail_unless (snn_file_write (path, "one", 3, NULL));
  fail_unless_equals_int (mode_of (path), 0640);
  for (guint mode = 0600; mode <= 0604; mode += 4) {
    fail_unless (g_chmod (path, mode) == 0);
    fail_unless (snn_file_write (path, "two", 3, NULL));
    fail_unless_equals_int (mode_of (path), mode);
  }
  umask (before);
}

GST_END_TEST;

/* Links stay links, and what they lead to is written, there or not yet. */
GST_START_TEST (test_links)
{
  g_autofree gchar *target = g_build_filename (folder, "target", NULL);
  g_autofree gchar *link = g_build_filename (folder, "link", NULL);
  g_autofree gchar *further = g_build_filename (folder, "further", NULL);
  g_autofree gchar *round = g_build_filename (folder, "round", NULL);
  g_autoptr (GError) error = NULL;

  fail_unless (symlink ("target", link) == 0);
  fail_unless (symlink (link, further) == 0);
  fail_unless (symlink ("round", round) == 0);
  for (guint i = 0; i < 2; i++) {
    fail_unless (snn_file_check (further, NULL));
    fail_unless (snn_file_write (further, "one", 3, NULL));
    assert_content (target, "one");
    fail_unless (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
    fail_unless (g_file_test (further, G_FILE_TEST_IS_SYMLINK));
  }
  fail_if (snn_file_check (round, NULL));
  fail_if (snn_file_write (round, "one", 3, &error));
  fail_unless (strstr (error->message, round) != NULL);
}

GST_END_TEST;

static const struct
{
  const gchar *name;
  gboolean locked, stays;
} leftovers[] = {
  {".snn-file-abc123", FALSE, FALSE},
  {".snn-file-living", TRUE, TRUE},
  {".snn-file-json-abc123", FALSE, TRUE},
  {".snn-other-abc123", FALSE, TRUE},
  {".snn-file-", FALSE, TRUE},
};

/* What a killed writer of the same file has left goes; what a living one, or
 * one of another file, has, stays. */
GST_START_TEST (test_leftovers)
{
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  g_autofree gchar *aside = g_build_filename (folder, leftovers[__i__].name, NULL);
  int fd;

  fail_unless (g_file_set_contents (aside, "x", 1, NULL));
  fd = g_open (aside, O_RDONLY, 0);
  fail_unless (!leftovers[__i__].locked || flock (fd, LOCK_EX) == 0);
  fail_unless (snn_file_write (path, "one", 3, NULL));
  fail_unless_equals_int (g_file_test (aside, G_FILE_TEST_EXISTS),
      leftovers[__i__].stays);
  close (fd);
}

GST_END_TEST;

GST_START_TEST (test_check)
{
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  g_autofree gchar *missing = g_build_filename (folder, "none", "file", NULL);
  g_autoptr (SnnInputFiles) inputs = snn_input_files_new ();

  fail_unless (snn_file_check (path, NULL));
  fail_unless (snn_file_check ("/dev/null", NULL));
  fail_if (snn_file_check (folder, NULL));
  fail_if (snn_file_check (missing, NULL));
  fail_unless (snn_file_write (path, "one", 3, NULL));
  snn_input_files_add (inputs, path);
  fail_if (snn_file_check (path, NULL));
  fail_if (snn_file_write (path, "two", 3, NULL));
  assert_content (path, "one");
}

GST_END_TEST;

/* One at a time; who died, and left its file, holds up nobody. */
GST_START_TEST (test_lock)
{
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  g_autofree gchar *name = g_build_filename (folder, "file.lock", NULL);
  g_autoptr (GError) error = NULL;
  SnnLockFile *lock, *device;

  fail_unless (g_file_set_contents (name, "process 1 on moon", -1, NULL));
  lock = snn_lock_file_take (path, NULL);
  fail_unless (lock != NULL);
  fail_unless (snn_lock_file_take (path, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_WRITE));
  fail_unless (strstr (error->message, path) != NULL);
  fail_unless (strstr (error->message, "another element of this process") != NULL,
      "%s", error->message);
  snn_lock_file_free (lock);
  fail_unless_equals_int (snn_test_folder_empty (folder), 0);
  lock = snn_lock_file_take (path, NULL);
  fail_unless (lock != NULL);
  snn_lock_file_free (lock);
  device = snn_lock_file_take ("/dev/null", NULL);
  fail_unless (device != NULL);
  snn_lock_file_free (device);
}

GST_END_TEST;

/* Another process is named, and waited for no longer than it lives. */
GST_START_TEST (test_lock_of_another)
{
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  g_autofree gchar *holder = NULL;
  g_autoptr (GError) error = NULL;
  SnnLockFile *lock;
  int ready[2];
  gchar taken = 0;
  pid_t child;

  fail_unless_equals_int (pipe (ready), 0);
  child = fork ();
  fail_unless (child >= 0);
  if (child == 0) {
    taken = snn_lock_file_take (path, NULL) != NULL;
    if (write (ready[1], &taken, 1) == 1)
      pause ();
    _exit (0);
  }
  fail_unless_equals_int (read (ready[0], &taken, 1), 1);
  fail_unless (taken);
  fail_unless (snn_lock_file_take (path, &error) == NULL);
  holder = g_strdup_printf ("another run, process %d on ", (gint) child);
  fail_unless (strstr (error->message, holder) != NULL, "%s", error->message);

  fail_unless_equals_int (kill (child, SIGKILL), 0);
  fail_unless_equals_int (waitpid (child, NULL, 0), child);
  lock = snn_lock_file_take (path, NULL);
  fail_unless (lock != NULL);
  snn_lock_file_free (lock);
  close (ready[0]);
  close (ready[1]);
}

GST_END_TEST;

/* By a link, or a link to a link, it is the same file that is made. */
GST_START_TEST (test_lock_of_a_link)
{
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  g_autofree gchar *one = g_build_filename (folder, "one", NULL);
  g_autofree gchar *two = g_build_filename (folder, "two", NULL);
  g_autoptr (GError) error = NULL;
  const gchar *const names[] = { path, one, two };

  fail_unless_equals_int (symlink ("file", one), 0);
  fail_unless_equals_int (symlink (one, two), 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    SnnLockFile *lock = snn_lock_file_take (names[i], NULL);

    fail_unless (lock != NULL, "%s", names[i]);
    for (guint k = 0; k < G_N_ELEMENTS (names); k++) {
      fail_unless (snn_lock_file_take (names[k], &error) == NULL, "%s beside %s",
          names[k], names[i]);
      fail_unless (strstr (error->message, names[k]) != NULL, "%s: %s", names[k],
          error->message);
      g_clear_error (&error);
    }
    snn_lock_file_free (lock);
  }
}

GST_END_TEST;

/* A file of the user's that has the lock's name is left alone. */
GST_START_TEST (test_lock_of_somebody_else)
{
  static const gchar *const contents[] = { "# my own\n", "process x", "{}" };
  g_autofree gchar *path = g_build_filename (folder, "file", NULL);
  g_autofree gchar *name = g_build_filename (folder, "file.lock", NULL);
  g_autofree gchar *other = g_build_filename (folder, "other", NULL);
  g_autoptr (GError) error = NULL;
  SnnLockFile *lock;

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++) {
    fail_unless (g_file_set_contents (name, contents[i], -1, NULL));
    fail_unless (snn_lock_file_take (path, &error) == NULL, "%s", contents[i]);
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_WRITE)
        && strstr (error->message, name), "%s: %s", contents[i], error->message);
    g_clear_error (&error);
    assert_content (name, contents[i]);
  }
  g_unlink (name);
  fail_unless_equals_int (symlink ("other", name), 0);
  fail_unless (g_file_set_contents (other, "", -1, NULL));
  fail_unless (snn_lock_file_take (path, NULL) == NULL);
  assert_content (other, "");
  g_unlink (name);
  fail_unless (g_file_set_contents (name, "", -1, NULL));
  lock = snn_lock_file_take (path, NULL);
  fail_unless (lock != NULL);
  snn_lock_file_free (lock);
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
  tcase_add_test (tc, test_mode);
  tcase_add_test (tc, test_links);
  tcase_add_loop_test (tc, test_leftovers, 0, G_N_ELEMENTS (leftovers));
  tcase_add_test (tc, test_check);
  tcase_add_test (tc, test_lock);
  tcase_add_test (tc, test_lock_of_another);
  tcase_add_test (tc, test_lock_of_a_link);
  tcase_add_test (tc, test_lock_of_somebody_else);
  tcase_add_test (tc, test_path_is_a_folder);
  tcase_add_test (tc, test_full_device);
  tcase_add_test (tc, test_no_space_keeps_the_old_file);
  return suite;
}

GST_CHECK_MAIN (atomic_file);
