/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include "tests/cifar-files.h"
#include "tests/elements/helpers.h"

/* What the sinks that measure, or cut masks, take for a prediction, and what
 * they say where a part of it is missing. */

static gchar *folder;

static void
setup (void)
{
  folder = cifar_folder_new ();
  snn_test_write_dataset (folder, 2);
  snn_test_write_unet (folder, "ann.nir", 8, FALSE);
  snn_test_write_classifier (folder, "classes.nir", 32, 3, 10);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

GST_START_TEST (test_only_probabilities)
{
  static const gchar *const others[] = {
    SNN_TEST_SLICES "! voxelnormalize mode=zero-mean ! dicesink",
    SNN_TEST_SLICES "! voxelnormalize mode=z-score ! "
                    "dicesink location=#/report.json",
    "cifarsrc location=# ! anninference model=#/classes.nir output=logit "
    "! accuracysink location=#/report.json",
    SNN_TEST_SLICES "! voxelnormalize mode=zero-mean ! "
                    "niftisink location=#/%s.nii",
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    snn_test_expect_error (others[i], folder, GST_STREAM_ERROR,
        GST_STREAM_ERROR_FAILED, "where a probability was expected, from 0");
    fail_if (snn_test_exists (folder, "report.json")
        || snn_test_exists (folder, "s0.nii"), "%s", others[i]);
  }
}

GST_END_TEST;

static const GstStructure *
find_structure (const SnnTestRun *run, const gchar *name)
{
  for (guint i = run->structures->len; i-- > 0;)
    if (gst_structure_has_name (run->structures->pdata[i], name))
      return run->structures->pdata[i];
  fail ("no message %s", name);
  return NULL;
}

static const struct
{
  const gchar *losing;
  guint samples;
  const gchar *warning; /* NULL: none */
} losses[] = {
  { "", 5, NULL },
  { "identity eos-after=8 !", 2,
      "Only 2 of 5 slices of s1 have come; what is measured is measured" },
};

/* Five slices a volume, of which the second loses three. */
GST_START_TEST (test_missing_slices)
{
  g_autofree gchar *name = g_strdup_printf ("report-%u.json", __i__);
  g_autofree gchar *description = g_strdup_printf (SNN_TEST_SLICES
      "! voxelnormalize mode=unit ! anninference model=#/ann.nir ! %s "
      "dicesink location=#/%s", losses[__i__].losing, name);
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *report = NULL;
  g_autofree gchar *counted = g_strdup_printf ("\"n_samples\" : %u",
      losses[__i__].samples);
  const GstStructure *dice;
  guint samples, expected;
  SnnTestRun run;

  snn_test_expect_eos (description, folder, &run);
  dice = find_structure (&run, "dice");
  fail_unless (gst_structure_get (dice, "samples", G_TYPE_UINT, &samples,
      "expected", G_TYPE_UINT, &expected, NULL));
  fail_unless_equals_int (samples, losses[__i__].samples);
  fail_unless_equals_int (expected, 5);
  fail_unless (run.n_warnings == (losses[__i__].warning != NULL), "%s: %u warnings, "
      "such as %s", losses[__i__].losing, run.n_warnings, run.warning);
  if (losses[__i__].warning)
    fail_unless (strstr (run.warning, losses[__i__].warning) != NULL, "%s",
        run.warning);
  fail_unless (g_file_get_contents (path, &report, NULL, NULL));
  fail_unless (strstr (report, counted) != NULL, "%s", report);
  fail_unless (strstr (report, "\"n_expected\" : 5") != NULL, "%s", report);
  snn_test_run_clear (&run);
}

GST_END_TEST;

static Suite *
measuring_suite (void)
{
  Suite *suite = suite_create ("measuring");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_only_probabilities);
  tcase_add_loop_test (tc, test_missing_slices, 0, G_N_ELEMENTS (losses));
  return suite;
}

GST_CHECK_MAIN (measuring);
