/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <stdlib.h>
#include <sys/resource.h>

#include <snn/base/pool.h>

#define N_ITEMS 1000

static void
square (gpointer data, guint item, guint worker)
{
  ((guint *) data)[item] = item * item;
}

static void
assert_works (SnnPool *pool)
{
  guint squares[N_ITEMS] = { 0, };

  snn_pool_run (pool, N_ITEMS, square, squares);
  for (guint i = 0; i < N_ITEMS; i++)
    fail_unless_equals_int (squares[i], i * i);
}

GST_START_TEST (test_threads)
{
  for (guint n = 1; n <= 8; n++) {
    g_autoptr (SnnPool) pool = snn_pool_new (n);

    fail_unless_equals_int (snn_pool_threads (pool), n);
    assert_works (pool);
    assert_works (pool);
  }
}

GST_END_TEST;

/* Where the system has no room for their stacks, fewer threads do the work. */
GST_START_TEST (test_threads_that_cannot_be_made)
{
  g_autofree gchar *text = NULL;
  SnnPool *pool = NULL;
  struct rlimit limit, before;

  /* The sanitizers take address space as they go. */
  if (g_getenv ("ASAN_OPTIONS") || g_getenv ("TSAN_OPTIONS"))
    return;
  fail_unless (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  getrlimit (RLIMIT_AS, &before);
  limit = before;
  limit.rlim_cur = (rlim_t) strtoull (text, NULL, 10) * 4096 + (512u << 20);
  fail_unless (setrlimit (RLIMIT_AS, &limit) == 0);
  ASSERT_WARNING (pool = snn_pool_new (1000));
  setrlimit (RLIMIT_AS, &before);
  fail_unless (snn_pool_threads (pool) >= 1);
  fail_unless (snn_pool_threads (pool) < 1000);
  assert_works (pool);
  snn_pool_free (pool);
}

GST_END_TEST;

static Suite *
pool_suite (void)
{
  Suite *suite = suite_create ("pool");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_threads);
  tcase_add_test (tc, test_threads_that_cannot_be_made);
  return suite;
}

GST_CHECK_MAIN (pool);
