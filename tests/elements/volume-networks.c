/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/elements/helpers.h"

#include <math.h>

#include <snn/files/model-file.h>

/* Networks of three dimensions, which see whole volumes: from training to a map, and
 * what is refused. */

/* Subjects to learn from and others. What is sent of them is from the network later,
 * whose recipe says that it works on whole volumes. */
#define SOURCE "phantomsrc subjects=8 folds=4 "
#define TRAIN SOURCE "axis=none size=16x24x24 subset=train " \
  "shuffle=true seed=1 "
#define AGAIN SOURCE "subset=train "
#define TEST SOURCE "subset=test "

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

/* Mean Dice of the subjects that are not trained on, by @network. */
static double
measure (const gchar *network)
{
  g_autofree gchar *description = g_strdup_printf (TEST "! voxelnormalize ! %s "
      "! dicesink", network);
  double dice = NAN;
  SnnTestRun run;

  snn_test_expect_eos (description, folder, &run);
  for (guint i = 0; i < run.structures->len; i++) {
    const GstStructure *s = g_ptr_array_index (run.structures, i);

    if (gst_structure_has_name (s, "dice-summary"))
      fail_unless (gst_structure_get_double (s, "mean", &dice));
  }
  snn_test_run_clear (&run);
  GST_INFO ("%s: Dice %g", network, dice);
  return dice;
}

/* All stages, each of which works on volumes by itself but the first. */
GST_START_TEST (test_stages)
{
  g_autofree gchar *path = g_build_filename (folder, "tuned.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  double ann, converted, tuned;

  snn_test_expect_eos (TRAIN "epochs=30 ! voxelnormalize ! "
      "anntrainer network=unet3d width=8 depth=2 batch-size=2 seed=1 "
      "learning-rate=0.005 location=#/ann.nir ! fakesink", folder, NULL);
  snn_test_expect_eos (AGAIN "! voxelnormalize ! snnconverter "
      "model=#/ann.nir location=#/converted.nir calibration-samples=0 ! fakesink",
      folder, NULL);
  snn_test_expect_eos (AGAIN "shuffle=true seed=1 epochs=2 ! voxelnormalize ! "
      "directencoder timesteps=16 ! snnfinetuner model=#/converted.nir "
      "learning-rate=0.0001 batch-size=2 location=#/tuned.nir ! fakesink", folder, NULL);
  network = snn_model_load (path, NULL);
  fail_unless (snn_shape_equal (snn_network_output (network),
          (SnnShape) { 1, 24, 16, 24 }));

  ann = measure ("anninference model=#/ann.nir");
  converted = measure ("directencoder timesteps=16 ! snninference "
      "model=#/converted.nir");
  tuned = measure ("directencoder ! snninference model=#/tuned.nir");
  fail_unless (ann > 0.65 && converted > ann - 0.1 && tuned > ann - 0.1,
      "Dice of the ANN %g, converted %g, fine-tuned %g", ann, converted, tuned);

  /* Poisson spikes in chunks, and a map that is as large as the volume. */
  snn_test_expect_eos (TEST "! voxelnormalize ! poissonencoder timesteps=8 "
      "chunk=4 ! snninference model=#/tuned.nir ! niftisink "
      "location=#/%s.nii", folder, NULL);
  fail_unless (snn_test_exists (folder, "phantom-00000.nii")
      || snn_test_exists (folder, "phantom-00001.nii")
      || snn_test_exists (folder, "phantom-00002.nii"));
}

GST_END_TEST;

/* The result does not depend on threads, for batches of two as well. */
GST_START_TEST (test_threads)
{
  static const gchar *const names[] = { "1.nir", "2.nir", "3.nir" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *description = g_strdup_printf (TRAIN
        "! voxelnormalize ! anntrainer network=unet3d width=2 depth=1 "
        "batch-size=2 threads=%u location=#/%s ! fakesink", i + 1, names[i]);

    snn_test_expect_eos (description, folder, NULL);
    fail_unless (snn_test_same_files (folder, names[0], names[i]), "%s",
        names[i]);
  }
}

GST_END_TEST;

/* Neither are slices volumes nor volumes slices. */
GST_START_TEST (test_refused)
{
  static const struct
  {
    const gchar *source;
    const gchar *trainer;
    const gchar *text;
  } refused[] = {
    {SOURCE "axis=x size=16x24x24", "network=unet3d",
        "network=unet3d works on whole volumes, found samples of 1 slice"},
    {SOURCE "axis=none size=16x24x24", "network=unet",
        "This network works on slices, found volumes of 24 of them"},
    {SOURCE "axis=none size=16x24x24", "network=vgg5",
        "This network works on slices, found volumes of 24 of them"},
    {SOURCE "axis=none size=16x24x22", "network=unet3d",
        "can't work on volumes of 16x24x22 (width x height x depth)"},
    {SOURCE "axis=none size=16x24x22", "model=#/ann.nir",
        "works on samples of 16x24x24 with 1 channels (width x height x depth), "
        "found 16x24x22"},
    {SOURCE "axis=z size=16x24x0", "model=#/ann.nir",
        "found 16x24 with 1 channels: a source sends whole volumes with "
        "axis=none"},
  };

  snn_test_expect_eos (TRAIN "num-buffers=1 ! voxelnormalize ! anntrainer "
      "network=unet3d width=2 location=#/ann.nir ! fakesink", folder, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autofree gchar *description = g_strdup_printf ("%s ! voxelnormalize ! "
        "anntrainer %s location=#/out.nir ! fakesink", refused[i].source,
        refused[i].trainer);

    snn_test_expect_error (description, folder, GST_STREAM_ERROR,
        GST_STREAM_ERROR_WRONG_TYPE, refused[i].text);
  }
  snn_test_expect_error (TEST "axis=x ! voxelnormalize ! "
      "anninference model=#/ann.nir ! fakesink", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "which was made with axis=none");
}

GST_END_TEST;

static Suite *
volume_networks_suite (void)
{
  Suite *suite = suite_create ("volume-networks");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_stages);
  tcase_add_test (tc, test_threads);
  tcase_add_test (tc, test_refused);
  return suite;
}

GST_CHECK_MAIN (volume_networks);
