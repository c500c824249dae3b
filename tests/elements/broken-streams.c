/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include "tests/cifar-files.h"
#include "tests/elements/helpers.h"

/* Whatever goes wrong within a pipeline: it ends, with at most one error, and
 * the same pipeline can be played again. */

#define SLICES SNN_TEST_SLICES "epochs=2 "
/* Without labels; tools that map a whole buffer, as breakmydata, merge it with
 * its label where it has one. */
#define UNLABELLED "niftisrc location=#/images size=0x8x8 epochs=2 "

/* The place of what breaks the stream is @. */
static const gchar *const pipelines[] = {
  SLICES "! @ voxelnormalize ! poissonencoder timesteps=6 chunk=2 ! "
         "snninference model=#/snn.nir ! dicesink",
  SLICES "! voxelnormalize ! @ poissonencoder timesteps=6 chunk=2 ! "
         "snninference model=#/snn.nir every-chunk=true ! dicesink",
  SLICES "! voxelnormalize ! poissonencoder timesteps=6 chunk=2 ! @ "
         "snninference model=#/snn.nir ! dicesink location=#/report.json",
  SLICES "! @ voxelnormalize ! regularencoder timesteps=4 ! "
             "snninference model=#/snn.nir ! niftisink overwrite=true "
             "location=#/out-%s.nii",
  UNLABELLED "! voxelnormalize ! @ regularencoder timesteps=4 ! "
             "snninference model=#/snn.nir ! maskoverlay ! fakesink",
  SLICES "! voxelnormalize ! regularencoder timesteps=4 ! @ "
             "snninference model=#/snn.nir ! niftisink overwrite=true "
             "location=#/out-%s.nii",
  UNLABELLED
  "! voxelnormalize ! directencoder timesteps=4 ! @ "
  "snninference model=#/snn.nir ! maskoverlay mode=heat-map ! fakesink",
  SLICES "! voxelnormalize ! anninference model=#/ann.nir ! @ "
             "niftisink content=probability overwrite=true "
             "location=#/out-%s.nii",
  UNLABELLED "! voxelnormalize ! anninference model=#/ann.nir ! @ "
             "maskoverlay ! fakesink",
  SLICES "! voxelnormalize ! anninference model=#/ann.nir ! @ dicesink "
         "location=#/report.json metrics=dice+hd95+assd",
  SLICES "! @ anninference model=#/ann.nir batch-size=4 ! fakesink",
  UNLABELLED "! voxelnormalize ! @ snnconverter model=#/ann.nir "
             "location=#/out.nir ! fakesink",
  SLICES "! voxelnormalize ! poissonencoder timesteps=4 ! @ "
             "snnconverter model=#/ann.nir location=#/out.nir "
             "method=threshold-balancing ! fakesink",
  SLICES "! @ voxelnormalize ! anntrainer width=2 depth=1 batch-size=4 "
         "location=#/out.nir resume=false ! dicesink",
  SLICES "! voxelnormalize ! @ anntrainer width=2 depth=1 batch-size=4 "
         "location=#/out.nir resume=false ! fakesink",
  SLICES "! voxelnormalize ! poissonencoder timesteps=4 ! @ snnfinetuner "
         "model=#/snn.nir batch-size=4 location=#/out.nir resume=false "
         "! fakesink",
  "cifarsrc location=# epochs=2 ! @ anninference model=#/classes.nir ! "
  "accuracysink",
  "cifarsrc location=# epochs=2 ! anninference model=#/classes.nir ! @ "
  "accuracysink location=#/report.json",
};

/* How a stream is broken, and who says so: NULL: who notices, or nobody. */
static const struct
{
  const gchar *element;
  const gchar *culprit;
} breaks[] = {
  { "identity name=breaker error-after=1 !", "breaker" },
  { "identity name=breaker error-after=8 !", "breaker" },
  { "identity eos-after=7 !", NULL },
  { "identity drop-probability=0.5 !", NULL },
  { "identity drop-probability=1 !", NULL },
  { "breakmydata probability=0.001 seed=1 !", NULL },
  { "breakmydata probability=0.1 seed=2 !", NULL },
  { "breakmydata probability=1 set-to=255 !", NULL },
  { "queue max-size-buffers=2 ! breakmydata probability=0.01 seed=3 ! queue !",
      NULL },
};

static gchar *folder;

static void
setup (void)
{
  folder = cifar_folder_new ();
  snn_test_write_dataset (folder, 3);
  snn_test_write_unet (folder, "ann.nir", 8, FALSE);
  snn_test_write_unet (folder, "snn.nir", 8, TRUE);
  snn_test_write_classifier (folder, "classes.nir", 32, 3, 10);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static GstElement *
launch (const gchar *pipeline, const gchar *breaking)
{
  g_auto (GStrv) parts = g_strsplit (pipeline, "@", 2);
  g_autofree gchar *description = g_strjoinv (breaking, parts);

  return snn_test_launch (description, folder);
}

GST_START_TEST (test_broken)
{
  const gboolean converts = strstr (pipelines[__i__], "snnconverter") != NULL;

  for (guint b = 0; b < G_N_ELEMENTS (breaks); b++) {
    /* After an error the source ends the stream, and a converter that has got
     * nothing says so. */
    const guint most = breaks[b].culprit && converts ? 2 : 1;
    g_autoptr (GstElement) pipeline =
        launch (pipelines[__i__], breaks[b].element);

    for (guint i = 0; i < 2; i++) {
      SnnTestRun run;

      snn_test_run (pipeline, &run);
      fail_unless (run.n_errors <= most, "%u errors with %s, the first: %s",
          run.n_errors, breaks[b].element, run.error ? run.error->message : "");
      if (breaks[b].culprit)
        fail_unless (g_strcmp0 (run.culprit, breaks[b].culprit) == 0,
            "%s: %s has failed", breaks[b].element, run.culprit);
      if (run.error)
        fail_unless (strlen (run.error->message) > 20, "%s: %s",
            breaks[b].element, run.error->message);
      snn_test_run_clear (&run);
    }
    fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
  }
}

GST_END_TEST;

/* With nothing broken, the same pipelines end well. */
GST_START_TEST (test_whole)
{
  g_autoptr (GstElement) pipeline = launch (pipelines[__i__], "");
  SnnTestRun run;

  snn_test_run (pipeline, &run);
  fail_unless (!run.error, "%s", run.error ? run.error->message : "");
  snn_test_run_clear (&run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

static Suite *
broken_streams_suite (void)
{
  Suite *suite = suite_create ("broken-streams");
  TCase *tc = tcase_create ("general");
  const gint n = G_N_ELEMENTS (pipelines);

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_whole, 0, n);
  tcase_add_loop_test (tc, test_broken, 0, n);
  return suite;
}

GST_CHECK_MAIN (broken_streams);
