/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/elements/training-runs.h"

#include <glib/gstdio.h>

const SnnTestTrainer snn_test_trainers[SNN_TEST_N_TRAINERS] = {
  { "anntrainer", "width=2 depth=1", "voxelnormalize mode=zero-mean",
      "snn.nir" },
  { "snnfinetuner", "model=#/snn.nir",
      "voxelnormalize mode=zero-mean ! "
      "poissonencoder timesteps=6",
      "ann.nir" },
  { "snnfinetuner", "width=2 depth=1 threshold=0.02 gradient=rate",
      "voxelnormalize mode=zero-mean ! regularencoder timesteps=8", "ann.nir" },
};

gchar *folder;

void
snn_test_training_setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 3);
  snn_test_write_unet (folder, "ann.nir", SIDE, FALSE);
  snn_test_write_unet (folder, "snn.nir", SIDE, TRUE);
}

void
snn_test_training_teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

void
snn_test_forget_model (const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *checkpoint = g_strconcat (path, ".checkpoint", NULL);

  g_unlink (path);
  g_unlink (checkpoint);
}

gchar *
snn_test_training (guint kind, const gchar *source, const gchar *settings)
{
  return g_strdup_printf (SLICES
      "%s ! %s ! %s name=it batch-size=4 "
      "learning-rate=0.01 %s %s ! fakesink name=sink",
      source, snn_test_trainers[kind].input, snn_test_trainers[kind].name,
          snn_test_trainers[kind].settings,
      settings);
}

void
snn_test_train (guint kind, const gchar *source, const gchar *settings,
    SnnTestRun *run)
{
  g_autofree gchar *description = snn_test_training (kind, source, settings);

  snn_test_expect_eos (description, folder, run);
}

void
snn_test_train_error (guint kind, const gchar *settings, GQuark domain,
    gint code,
    const gchar *text)
{
  g_autofree gchar *description = snn_test_training (kind, "", settings);

  snn_test_expect_error (description, folder, domain, code, text);
}
