/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <snn/base/error.h>
#include <snn/volumes/file-pattern.h>

GST_START_TEST (test_expand)
{
  static const struct
  {
    const gchar *pattern, *expanded;
    gboolean per_subject;
  } cases[] = {
    {"plain.nii", "plain.nii", FALSE},
    {"%s.nii", "a%b.nii", TRUE},
    {"x-%d.nii", "x-12.nii", TRUE},
    {"%04d-%s", "0012-a%b", TRUE},
    {"100%%.nii", "100%.nii", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *expanded = NULL;
    gboolean per_subject;

    fail_unless (snn_file_pattern_check (cases[i].pattern, &per_subject,
            NULL));
    fail_unless_equals_int (per_subject, cases[i].per_subject);
    expanded = snn_file_pattern_expand (cases[i].pattern, "a%b", 12);
    fail_unless_equals_string (expanded, cases[i].expanded);
  }
}

GST_END_TEST;

GST_START_TEST (test_refuse)
{
  static const gchar *const cases[] = {
    "%n", "a%", "%5d", "%0d", "%000d", "%0999999999d", "%05s", "%0", "%*s",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    gboolean per_subject;

    fail_if (snn_file_pattern_check (cases[i], &per_subject, &error), "%s",
        cases[i]);
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT));
  }
}

GST_END_TEST;

static Suite *
file_pattern_suite (void)
{
  Suite *suite = suite_create ("file-pattern");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_expand);
  tcase_add_test (tc, test_refuse);
  return suite;
}

GST_CHECK_MAIN (file_pattern);
