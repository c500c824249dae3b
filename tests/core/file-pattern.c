/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <snn/base/error.h>
#include <snn/volumes/file-pattern.h>

static const struct
{
  const gchar *pattern, *expanded;
  gboolean per_subject;
} expansions[] = {
  {"plain.nii", "plain.nii", FALSE},
  {"%s.nii", "a%b.nii", TRUE},
  {"x-%d.nii", "x-12.nii", TRUE},
  {"%04d-%s", "0012-a%b", TRUE},
  {"100%%.nii", "100%.nii", FALSE},
};

GST_START_TEST (test_expand)
{
  g_autofree gchar *expanded = NULL;
  gboolean per_subject;

  fail_unless (snn_file_pattern_check (expansions[__i__].pattern, &per_subject,
          NULL));
  fail_unless_equals_int (per_subject, expansions[__i__].per_subject);
  expanded = snn_file_pattern_expand (expansions[__i__].pattern, "a%b", 12);
  fail_unless_equals_string (expanded, expansions[__i__].expanded);
}

GST_END_TEST;

static const gchar *const refused[] = {
  "%n", "a%", "%5d", "%0d", "%000d", "%0999999999d", "%05s", "%0", "%*s",
};

GST_START_TEST (test_refuse)
{
  g_autoptr (GError) error = NULL;
  gboolean per_subject;

  fail_if (snn_file_pattern_check (refused[__i__], &per_subject, &error), "%s",
      refused[__i__]);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT));
}

GST_END_TEST;

static Suite *
file_pattern_suite (void)
{
  Suite *suite = suite_create ("file-pattern");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_expand, 0, G_N_ELEMENTS (expansions));
  tcase_add_loop_test (tc, test_refuse, 0, G_N_ELEMENTS (refused));
  return suite;
}

GST_CHECK_MAIN (file_pattern);
