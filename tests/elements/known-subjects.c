/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include "tests/elements/helpers.h"

/* What a network was trained on is known of all that is made of it, and told
 * where it is measured on that; once, and only there. */
GST_START_TEST (test_measured_on_what_it_was_trained_on)
{
  static const struct
  {
    const gchar *description;
    const gchar *warning;       /* NULL: none */
  } rows[] = {
    { SNN_TEST_SLICES "folds=3 subset=train ! anntrainer width=2 depth=1 "
        "location=#/a.nir ! fakesink", NULL },
    { SNN_TEST_SLICES "folds=3 subset=test ! anninference model=#/a.nir ! "
        "dicesink", NULL },
    { SNN_TEST_SLICES "folds=3 fold=1 subset=test ! anninference "
        "model=#/a.nir ! dicesink",
        "a.nir was trained on 1 of the 1 labelled subjects that it is given: s1." },
    { SNN_TEST_SLICES "! anninference model=#/a.nir ! dicesink",
        "a.nir was trained on 2 of the 3 labelled subjects that it is given: s1, "
        "s2." },
    /* Nobody measures a stream without labels. */
    { "niftisrc location=#/images size=0x8x8 ! anninference model=#/a.nir ! "
        "fakesink", NULL },
    { "phantomsrc subjects=2 size=1x8x8 ! anninference model=#/a.nir ! "
        "dicesink", NULL },
    { SNN_TEST_SLICES "! snnconverter model=#/a.nir location=#/s.nir ! "
        "fakesink", NULL },
    { SNN_TEST_SLICES "folds=3 fold=0 subset=test ! directencoder timesteps=2 "
        "! snninference model=#/s.nir ! dicesink", NULL },
    { SNN_TEST_SLICES "folds=3 fold=2 subset=test ! directencoder timesteps=2 "
        "! snninference model=#/s.nir ! dicesink",
        "s.nir was trained on 1 of the 1 labelled subjects that it is given: s2." },
    /* The network of one fold, tuned in another. */
    { SNN_TEST_SLICES "folds=3 fold=1 subset=train evaluate=true epochs=2 ! "
        "directencoder timesteps=2 ! snnfinetuner model=#/s.nir "
        "schedule=constant location=#/t.nir ! fakesink",
        "s.nir was trained on 1 of the 1 labelled subjects that it is given: s1." },
    /* A checkpoint of it remembers as well. */
    { SNN_TEST_SLICES "folds=3 fold=1 subset=train evaluate=true epochs=3 ! "
        "directencoder timesteps=2 ! snnfinetuner model=#/s.nir "
        "schedule=constant location=#/t.nir ! fakesink",
        "s.nir was trained on 1 of the 1 labelled subjects that it is given: s1." },
    { SNN_TEST_SLICES "folds=3 ! directencoder timesteps=2 ! snninference "
        "model=#/t.nir ! dicesink",
        "t.nir was trained on 3 of the 3 labelled subjects that it is given: s0, "
        "s1, s2." },
    { "phantomsrc phantom-seed=4 subjects=2 size=1x8x8 ! "
        "anntrainer width=2 depth=1 location=#/p.nir weight-average=0.5 ! "
        "fakesink", NULL },
    { "phantomsrc phantom-seed=5 subjects=2 size=1x8x8 ! "
        "anninference model=#/p.nir ! dicesink", NULL },
    { "phantomsrc phantom-seed=4 subjects=3 size=1x8x8 ! "
        "anninference model=#/p.nir ! dicesink",
        "p.nir was trained on 2 of the 3 labelled subjects that it is given: "
        "phantom-00000, phantom-00001." },
  };

  g_autofree gchar *folder = snn_test_folder_new ();

  snn_test_write_dataset (folder, 3);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    SnnTestRun run;

    snn_test_expect_eos (rows[i].description, folder, &run);
    fail_unless (run.n_warnings == (rows[i].warning != NULL)
        && (!rows[i].warning || strstr (run.warning, rows[i].warning)),
        "%s: %u warnings, the last %s", rows[i].description, run.n_warnings,
        run.warning);
    snn_test_run_clear (&run);
  }
  snn_test_folder_free (g_steal_pointer (&folder));
}

GST_END_TEST;

static Suite *
known_subjects_suite (void)
{
  Suite *suite = suite_create ("known subjects");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_measured_on_what_it_was_trained_on);
  return suite;
}

GST_CHECK_MAIN (known_subjects);
