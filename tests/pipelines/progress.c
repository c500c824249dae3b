/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "pipelines/progress.h"

static void
check_text (const gchar *message, const gchar *expected, gboolean passing)
{
  g_autoptr (GstStructure) structure = gst_structure_from_string (message, NULL);
  gboolean is_passing = !passing;
  g_autofree gchar *text = NULL;

  fail_unless (structure != NULL);
  text = snn_progress_format (structure, &is_passing);
  fail_unless_equals_string (text, expected);
  fail_unless (is_passing == passing);
}

GST_START_TEST (test_training)
{
  check_text ("snn-progress, epoch=(uint)2, epochs=(uint)25, batch=(uint)12, "
      "batches=(uint)110, loss=(double)0.5, dice=(double)0.8712, "
      "remaining=(double)83.5",
      "epoch 3/25, batch 12/110, loss 0.5000, Dice 0.8712, 1:23 left", TRUE);
  check_text ("snn-progress, epoch=(uint)0, batch=(uint)12, loss=(double)1, "
      "remaining=(double)36005",
      "epoch 1, batch 12, loss 1.0000, 10:00:05 left", TRUE);
  check_text ("snn-epoch, epoch=(uint)2, epochs=(uint)25, loss=(double)0.5, "
      "dice=(double)0.8, learning-rate=(double)0.001, seconds=(double)12.34",
      "epoch 3/25, loss 0.5000, Dice 0.8000, learning rate 0.001, 12.3 s",
      FALSE);
}

GST_END_TEST;

GST_START_TEST (test_measures)
{
  check_text ("dice, subject=(string)sub-1, dice=(double)0.9",
      "sub-1: Dice 0.9000", TRUE);
  check_text ("dice, subject=(string)\"\\033[31mx\\012T\", dice=(double)0.9",
      "\\x1b[31mx\\x0aT: Dice 0.9000", TRUE);
  check_text ("dice-summary, mean=(double)0.9, sd=(double)0.02, n=(uint)22, "
      "epoch=(uint)1, evaluate=(boolean)true", "held-out subjects: Dice 0.9000 "
      "(standard deviation 0.0200) over 22 subjects", FALSE);
  check_text ("dice-summary, mean=(double)0.9, n=(uint)1",
      "Dice 0.9000 over 1 subject", FALSE);
  check_text ("accuracy-summary, accuracy=(double)0.5, n=(guint64)2, "
      "evaluate=(boolean)true",
      "held-out samples: accuracy 0.5000 over 2 samples", FALSE);
  check_text ("snn-energy, samples=(guint64)8, effective-accumulates=(double)4630,"
      " effective-multiply-accumulates=(double)936564, effective-microjoules="
      "(double)4.3123, dense-accumulates=(double)6144, "
      "dense-multiply-accumulates=(double)1465744, dense-microjoules=(double)"
      "6.748", "a sample: effective 0.00463 million accumulates, 0.9366 million "
      "multiply-accumulates, 4.312 microjoules; dense 0.006144 million "
      "accumulates, 1.466 million multiply-accumulates, 6.748 microjoules",
      FALSE);
  check_text ("niftisink, subject=(string)sub-1, location=(string)a/b.nii.gz",
      "wrote a/b.nii.gz", FALSE);
  check_text ("snn-conversion, done=(uint)3, total=(uint)11",
      "converting: layer 3/11", TRUE);
  check_text ("snn-conversion-done, location=(string)a.nir, samples=(uint)128",
      "converted by 128 samples, wrote a.nir", FALSE);
}

GST_END_TEST;

/* Messages of other elements, and of ours without the fields. */
GST_START_TEST (test_unknown)
{
  g_autoptr (GstStructure) other = gst_structure_new_empty ("level");
  gboolean passing;

  fail_unless (snn_progress_format (other, &passing) == NULL);
  check_text ("snn-epoch", NULL, FALSE);
  check_text ("snn-progress, epoch=(string)many, loss=(string)x", NULL, TRUE);
}

GST_END_TEST;

static Suite *
progress_suite (void)
{
  Suite *suite = suite_create ("progress");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_training);
  tcase_add_test (tc, test_measures);
  tcase_add_test (tc, test_unknown);
  return suite;
}

GST_CHECK_MAIN (progress);
