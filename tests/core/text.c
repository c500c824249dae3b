/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <snn/base/text.h>

static const struct
{
  const gchar *text;
  const gchar *valid;
  const gchar *shown; /* with "\n" kept */
} rows[] = {
  {"", "", ""},
  {"sub-01", "sub-01", "sub-01"},
  {"J\xc3\xa4ger \xe8\x84\xb3", "J\xc3\xa4ger \xe8\x84\xb3",
      "J\xc3\xa4ger \xe8\x84\xb3"},
  {"a\xff\xfe", "a\\xff\\xfe", "a\\xff\\xfe"},
  {"cut \xc3", "cut \\xc3", "cut \\xc3"},
  {"\033[31mred\nx\t", "\033[31mred\nx\t", "\\x1b[31mred\nx\\x09"},
  {"\xc2\x9b" "31m", "\xc2\x9b" "31m", "\\x9b31m"},
  {"\xe2\x80\xae" "abc", "\xe2\x80\xae" "abc", "\\u202eabc"},
  {"\xf3\xa0\x80\x81", "\xf3\xa0\x80\x81", "\\U000e0001"},
};

GST_START_TEST (test_text)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *valid = snn_text_valid (rows[i].text);
    g_autofree gchar *shown = snn_text_shown (rows[i].text, "\n");

    fail_unless (g_str_equal (valid, rows[i].valid), "row %u: '%s'", i, valid);
    fail_unless (g_str_equal (shown, rows[i].shown), "row %u: '%s'", i, shown);
  }
}

GST_END_TEST;

GST_START_TEST (test_nothing_kept)
{
  g_autofree gchar *shown = snn_text_shown ("a\nb", NULL);

  fail_unless_equals_string (shown, "a\\x0ab");
}

GST_END_TEST;

static Suite *
text_suite (void)
{
  Suite *suite = suite_create ("text");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_text);
  tcase_add_test (tc, test_nothing_kept);
  return suite;
}

GST_CHECK_MAIN (text);
