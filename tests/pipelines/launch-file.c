/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <snn/base/error.h>
#include "pipelines/element-files.h"
#include "pipelines/hint.h"
#include "pipelines/launch-file.h"

/* Parses @text, sets each of the NULL-terminated assignments, and compares. */
static void G_GNUC_NULL_TERMINATED
check_expansion (const gchar *expected, const gchar *text, ...)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnLaunchFile) file =
      snn_launch_file_parse ("a.launch", text, &error);
  g_autofree gchar *found = NULL;
  const gchar *assignment;
  va_list args;

  g_assert_no_error (error);
  va_start (args, text);
  while ((assignment = va_arg (args, const gchar *)))
    fail_unless (snn_launch_file_set (file, assignment, NULL));
  va_end (args);
  found = snn_launch_file_expand (file, &error);
  g_assert_no_error (error);
  fail_unless_equals_string (found, expected);
}

#define FORMS "expected ${NAME}, ${NAME:-default}, ${NAME:+text}, " \
  "${NAME=word:+text} or ${NAME=word:-text}"

static void
check_refusal (const gchar *text, SnnError code, const gchar *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnLaunchFile) file =
      snn_launch_file_parse ("a.launch", text, &error);

  if (file)
    fail_unless (snn_launch_file_expand (file, &error) == NULL);
  g_assert_error (error, SNN_ERROR, (gint) code);
  fail_unless_equals_string (error->message, message);
}

GST_START_TEST (test_lines_and_comments)
{
  check_expansion ("a ! b n=1 ! c",
      "# What it's for.\n\n a !\n\t b n=1 # isn't much\n\n  ! c\n#end\n", NULL);
  check_expansion ("a ! b", "a \\\n  ! b\n", NULL);
  check_expansion ("a s=\"x # y\" t='#z' u=0x#1 ! b",
      "a s=\"x # y\" t='#z' u=0x#1 ! b", NULL);
  check_expansion ("a s=\"x y\"", "a s=\"x\ny\"", NULL);
  check_expansion ("a s=\"x\\\" # y\" ! b", "a s=\"x\\\" # y\" ! b # z", NULL);
  check_expansion ("", "# nothing\n", NULL);
}

GST_END_TEST;

GST_START_TEST (test_variables)
{
  check_expansion ("a n=3 ! b", "a n=${N} ! b", "N=3", NULL);
  check_expansion ("a n=2 ! b", "a n=${N:-2} ! b", NULL);
  check_expansion ("a n=3 ! b m=3", "a n=${N:-2} ! b m=${N}", "N=3", NULL);
  check_expansion ("a n=2 ! b m=2", "a n=${N} ! b m=${N:-2}", NULL);
  check_expansion ("a n=\"\"", "a n=${N:-2}", "N=", NULL);
  check_expansion ("a n=5", "a n=${N:-2}", "N=3", "N=5", NULL);
  check_expansion ("a t=${N} u=$x", "a t=\\${N} u=$x", NULL);
  check_expansion ("a ! x k=v=w ! b", "a ! ${FILTER:-identity} ! b",
      "FILTER=x k=v=w", NULL);
}

GST_END_TEST;

GST_START_TEST (test_conditions)
{
  const gchar *fold = "a f=${F=all:+0}${F=all:-${F:-0}} ${S:+s=\"${S}\"} ! "
      "b n=\"${N:-n${F:+-fold-${F}}.x}\"";

  check_expansion ("a f=0 ! b n=\"n.x\"", fold, NULL);
  check_expansion ("a f=2 ! b n=\"n-fold-2.x\"", fold, "F=2", NULL);
  check_expansion ("a f=0 ! b n=\"n-fold-0.x\"", fold, "F=0", NULL);
  check_expansion ("a f=0 ! b n=\"n-fold-all.x\"", fold, "F=all", NULL);
  check_expansion ("a f=2 s=\"x \\\" y\" ! b n=\"mine\"", fold, "F=2",
      "S=x \" y", "N=mine", NULL);
  check_expansion ("a f=2 ! b n=\"n-fold-2.x\"", fold, "F=2", "S=", NULL);
  /* Within quotation marks all spaces count, and a value is escaped. */
  check_expansion ("a s=\"x  y \\\" z\"", "a s=\"x ${N:+n} y ${M:+${M} }z\"",
      "M=\"", NULL);
  /* A default is a value to be held against a word, and not one that was set. */
  check_expansion ("a one x y", "a ${M:-one} ${M=one:+x} ${M:+y}", "M=one",
      NULL);
  check_expansion ("a one x", "a ${M:-one} ${M=one:+x}${M=one:-z}", NULL);
  check_expansion ("a two z", "a ${M:-one} ${M=one:+x}${M=one:-z}", "M=two",
      NULL);
}

GST_END_TEST;

/* Which variable a value is of, also within a condition. */
GST_START_TEST (test_origin)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnLaunchFile) file = snn_launch_file_parse ("a.launch",
      "a f=${F=all:+0}${F=all:-${F:-0}} ${R:+r=${R}} s=${S:-5}", &error);

  g_assert_no_error (error);
  fail_unless (snn_launch_file_set (file, "F=many", NULL));
  fail_unless_equals_string (snn_launch_file_origin (file, "f", "many"), "F");
  fail_unless_equals_string (snn_launch_file_origin (file, "s", "5"), "S");
  fail_unless (snn_launch_file_origin (file, "r", "7") == NULL);
  fail_unless (snn_launch_file_set (file, "R=7", NULL));
  fail_unless_equals_string (snn_launch_file_origin (file, "r", "7"), "R");
  fail_unless (snn_launch_file_origin (file, "r", "8") == NULL);
}

GST_END_TEST;

GST_START_TEST (test_nested_defaults)
{
  const gchar *text =
      "${SOURCE:-niftisrc location=\"${DATA:-my data}/images\"\n"
      "  labels=\"${DATA}/labels\"} ! b";

  check_expansion ("niftisrc location=\"my data/images\" "
      "labels=\"my data/labels\" ! b", text, NULL);
  check_expansion ("niftisrc location=\"/d/images\" labels=\"/d/labels\" ! b",
      text, "DATA=/d", NULL);
  check_expansion ("phantomsrc ! b", text, "SOURCE=phantomsrc", "DATA=/d",
      NULL);
  /* Not needed, so need not be set. */
  check_expansion ("x ! b", "${A:-y n=${N}} ! b", "A=x", NULL);
  check_expansion ("video/x-raw,format={I420,RGB} ! b",
      "${CAPS:-video/x-raw,format={I420,RGB}} ! b", NULL);
  check_expansion ("a t=\"1}2\" ! b", "${A:-a t=\"1}2\"} ! b", NULL);
  check_expansion ("a l=\"out/m.h5\"", "a l=\"${M:-${OUT:-out}/m.h5}\"", NULL);
}

GST_END_TEST;

GST_START_TEST (test_values_between_quotation_marks)
{
  g_autoptr (SnnLaunchFile) file = NULL;
  g_autoptr (GstElement) element = NULL;
  g_autofree gchar *text = NULL, *location = NULL;
  const gchar *path = "/data/it's \"quoted\" \\ and ! spaced/${X}.nii";
  g_autofree gchar *assignment = g_strconcat ("L=", path, NULL);

  check_expansion ("a l=\"x \\\"y\\\" \\\\z\"", "a l=\"${L}\"",
      "L=x \"y\" \\z", NULL);
  check_expansion ("a l='it\\'s'", "a l='${L}'", "L=it's", NULL);

  /* GStreamer's parser gives the path back. */
  file = snn_launch_file_parse ("a.launch", "filesrc location=\"${L}\"", NULL);
  fail_unless (snn_launch_file_set (file, assignment, NULL));
  text = snn_launch_file_expand (file, NULL);
  element = gst_parse_launch (text, NULL);
  g_object_get (element, "location", &location, NULL);
  fail_unless_equals_string (location, path);
}

GST_END_TEST;

GST_START_TEST (test_refusals)
{
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnLaunchFile) file = NULL;

  check_refusal ("a\n! b n=${N}", SNN_ERROR_NOT_FOUND,
      "a.launch:2: N must be set");
  check_refusal ("# N  how many\na n=${N}", SNN_ERROR_NOT_FOUND,
      "a.launch:2: N must be set: how many");
  check_refusal ("a\n\nt=\"x", SNN_ERROR_FORMAT,
      "a.launch:3: a quotation mark \" is never closed");
  check_refusal ("a\nn=${N:-2\n! b", SNN_ERROR_FORMAT,
      "a.launch:2: a ${ is never closed by a }");
  check_refusal ("a n=${N-2}", SNN_ERROR_FORMAT,
      "a.launch:1: " FORMS ", found '${N-2}'");
  check_refusal ("a n=${", SNN_ERROR_FORMAT,
      "a.launch:1: " FORMS ", found '${'");
  check_refusal ("a n=${N:-2}\nm=${N:-3}", SNN_ERROR_FORMAT,
      "a.launch:2: N has two defaults, '2' and '3'");
  check_refusal ("a n=${N:-${M}}\nm=${M:-${N}}", SNN_ERROR_FORMAT,
      "a.launch:2: the default of N leads back to itself");

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (deep, "${V%u:-", i);
  check_refusal (deep->str, SNN_ERROR_FORMAT,
      "a.launch:1: defaults are nested deeper than 32");

  file = snn_launch_file_parse ("a.launch", "a n=${N:-2} m=${M}", NULL);
  fail_if (snn_launch_file_set (file, "K=2", &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_MISMATCH);
  fail_unless_equals_string (error->message,
      "a.launch has no variable K; it has: N, M");
  g_clear_error (&error);
  fail_if (snn_launch_file_set (file, "=2", &error));
  g_assert_error (error, SNN_ERROR, SNN_ERROR_FORMAT);
  g_clear_error (&error);
  fail_unless (snn_launch_file_load ("/nonexistent.launch", &error) == NULL);
  g_assert_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND);
}

GST_END_TEST;

GST_START_TEST (test_comments_describe_variables)
{
  g_autoptr (SnnLaunchFile) file = snn_launch_file_parse ("a.launch",
      "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
      "# Trains a network.\n"
      "#\n"
      "# EPOCHS  how many times\n"
      "#         the subjects pass\n"
      "# SEED\n"
      "#         of the weights\n"
      "# OTHER   is not a variable\n"
      "a n=${EPOCHS:-2  5} seed=${SEED}", NULL);
  SnnLaunchVariable *variable;

  fail_unless_equals_string (file->summary, "Trains a network.");
  fail_unless_equals_int (file->variables->len, 2);
  variable = snn_launch_file_variable (file, "EPOCHS");
  fail_unless_equals_string (variable->comment,
      "how many times the subjects pass");
  fail_unless_equals_string (variable->fallback, "2 5");
  variable = snn_launch_file_variable (file, "SEED");
  fail_unless_equals_string (variable->comment, "of the weights");
  fail_unless (variable->fallback == NULL);
  fail_unless_equals_int (variable->line, 9);
}

GST_END_TEST;

/* Every beginning of a valid file either parses or is refused. */
/* Whether a file is missing is told by the code, whatever the words and language. */
GST_START_TEST (test_hints)
{
  static const struct
  {
    const gchar *text;
    gint code;
    const gchar *hint;
  } cases[] = {
    {"Kein solcher Ordner: picturse", GST_RESOURCE_ERROR_NOT_FOUND,
        ", did you mean pictures?"},
    {"There is no file picturse", GST_RESOURCE_ERROR_WRITE, ""},
    {"There is no file photographs", GST_RESOURCE_ERROR_NOT_FOUND, ""},
  };
  g_autoptr (SnnLaunchFile) file = snn_launch_file_parse ("a.launch",
      "a location=${IMAGES}", NULL);
  g_autofree gchar *folder = g_dir_make_tmp ("snn-hint-XXXXXX", NULL);
  g_autofree gchar *pictures = g_build_filename (folder, "pictures", NULL);
  g_autofree gchar *before = g_get_current_dir ();

  fail_unless (g_file_set_contents (pictures, "", 0, NULL));
  fail_unless_equals_int (g_chdir (folder), 0);
  fail_unless (snn_launch_file_set (file, "IMAGES=picturse", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = g_error_new_literal (GST_RESOURCE_ERROR,
        cases[i].code, cases[i].text);
    g_autofree gchar *hint = snn_hint (file, error, error->message);

    fail_unless (g_str_equal (hint, cases[i].hint), "%s: found \"%s\", expected "
        "\"%s\"", cases[i].text, hint, cases[i].hint);
  }
  fail_unless_equals_int (g_chdir (before), 0);
  g_remove (pictures);
  g_rmdir (folder);
}

GST_END_TEST;

/* GStreamer's own elements have errors that name no file, on a full disk for one. */
GST_START_TEST (test_files_of_elements)
{
  static const struct
  {
    const gchar *text;
    gboolean resource;
    const gchar *file;
  } cases[] = {
    {"No space left on the resource.", TRUE, " (pictures/slice-%05d.png)"},
    {"Can't write pictures/slice-00003.png.", TRUE, ""},
    {"Internal data stream error.", FALSE, ""},
  };
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("filesink", NULL));

  g_object_set (sink, "location", "pictures/slice-%05d.png", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = g_error_new_literal (cases[i].resource
        ? GST_RESOURCE_ERROR : GST_STREAM_ERROR, 1, cases[i].text);
    g_autofree gchar *found = snn_element_file (GST_OBJECT (sink), error,
        error->message);

    fail_unless (g_str_equal (found, cases[i].file), "%s: found \"%s\", expected "
        "\"%s\"", cases[i].text, found, cases[i].file);
  }
}

GST_END_TEST;

GST_START_TEST (test_truncation)
{
  const gchar *text = "# A\n\\\na \"${B:-c \"d\\\" {e} ${F} '}'\"} # g\" ! ${H}";

  for (gsize length = 0; length <= strlen (text); length++) {
    g_autofree gchar *beginning = g_strndup (text, length);
    g_autoptr (GError) error = NULL;
    g_autoptr (SnnLaunchFile) file =
        snn_launch_file_parse ("a.launch", beginning, &error);

    fail_unless ((file == NULL) == (error != NULL));
  }
}

GST_END_TEST;

static Suite *
launch_file_suite (void)
{
  Suite *suite = suite_create ("launch-file");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_lines_and_comments);
  tcase_add_test (tc, test_variables);
  tcase_add_test (tc, test_conditions);
  tcase_add_test (tc, test_origin);
  tcase_add_test (tc, test_nested_defaults);
  tcase_add_test (tc, test_values_between_quotation_marks);
  tcase_add_test (tc, test_refusals);
  tcase_add_test (tc, test_comments_describe_variables);
  tcase_add_test (tc, test_hints);
  tcase_add_test (tc, test_files_of_elements);
  tcase_add_test (tc, test_truncation);
  return suite;
}

GST_CHECK_MAIN (launch_file);
