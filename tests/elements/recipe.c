/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <gst/snn/recipe.h>
#include <snn/files/model-file.h>
#include <snn/volumes/recipe-set.h>
#include "tests/elements/helpers.h"

/* Networks say how they want to be fed, and what feeds them listens. */

#define IMAGES "niftisrc location=#/images "
#define LABELLED IMAGES "label-location=#/labels "

/* How all networks here are trained; none of it is a default. */
#define FED "axis=z size=8x8x0 "
#define SCALED "voxelnormalize mode=zero-mean lower-percentile=2 " \
  "upper-percentile=98 "

static gchar *folder;

/* Trains, converts and fine-tunes, the last two with what the first has left in
 * the file. */
static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 2);
  snn_test_expect_eos (LABELLED FED " ! " SCALED
      " ! anntrainer width=2 depth=1 location=#/ann.nir ! fakesink", folder,
      NULL);
  snn_test_expect_eos (IMAGES " ! voxelnormalize ! snnconverter "
      "model=#/ann.nir location=#/converted.nir calibration-samples=0 ! "
      "fakesink", folder, NULL);
  snn_test_expect_eos (LABELLED " ! voxelnormalize ! regularencoder "
      "timesteps=6 ! snnfinetuner model=#/converted.nir "
      "location=#/regular.nir ! fakesink", folder, NULL);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static SnnNetwork *
load (const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  SnnNetwork *network = snn_model_load (path, &error);

  fail_unless (network != NULL, "%s: %s", name, error ? error->message : "");
  return network;
}

static const struct
{
  const gchar *name;
  const gchar *value;
} recipe[] = {
  {SNN_RECIPE_AXIS, "z"},
  {SNN_RECIPE_SIZE, "8x8x0"},
  {SNN_RECIPE_SCALING, "zero-mean"},
  {SNN_RECIPE_LOWER, "2"},
  {SNN_RECIPE_UPPER, "98"},
  {SNN_RECIPE_MAXIMUM, NULL},
};

/* From the trainer on through the stages. */
GST_START_TEST (test_file)
{
  static const gchar *const files[] = {
    "ann.nir", "converted.nir", "regular.nir"
  };

  for (guint f = 0; f < G_N_ELEMENTS (files); f++) {
    g_autoptr (SnnNetwork) network = load (files[f]);

    for (guint i = 0; i < G_N_ELEMENTS (recipe); i++)
      fail_unless (g_strcmp0 (snn_network_metadata (network, recipe[i].name),
              recipe[i].value) == 0, "%s: %s=%s", files[f], recipe[i].name,
          snn_network_metadata (network, recipe[i].name));
    fail_unless (g_strcmp0 (snn_network_metadata (network, SNN_RECIPE_ENCODER),
            f == 2 ? "regularencoder" : NULL) == 0
        && network->timesteps == (f == 2 ? 6 : 0), "%s: %s, %u timesteps",
        files[f], snn_network_metadata (network, SNN_RECIPE_ENCODER),
        network->timesteps);
  }
}

GST_END_TEST;

/* Predictions of @images (with its properties) into FOLDER/@into. */
static void
predict (const gchar *source, const gchar *scaling, const gchar *network,
    const gchar *into)
{
  g_autofree gchar *description = g_strdup_printf (IMAGES "%s ! %s ! %s ! "
      "niftisink overwrite=true content=probability make-folder=true location=#/%s/%%s.nii",
      source, scaling, network, into);
  SnnTestRun run;

  snn_test_expect_eos (description, folder, &run);
  fail_unless (run.n_warnings == 0, "%s: %s", description, run.warning);
  snn_test_run_clear (&run);
}

static const struct
{
  const gchar *automatic;
  const gchar *set;
} ways[] = {
  {"anninference model=#/ann.nir", "anninference model=#/ann.nir"},
  {"directencoder ! snninference model=#/converted.nir",
      "directencoder timesteps=200 ! snninference model=#/converted.nir"},
  {"poissonencoder ! snninference model=#/converted.nir",
      "poissonencoder timesteps=200 ! snninference model=#/converted.nir"},
  {"regularencoder ! snninference model=#/regular.nir",
      "regularencoder timesteps=6 ! snninference model=#/regular.nir"},
  {"queue ! regularencoder ! queue ! identity ! tee ! queue ! snninference "
      "model=#/regular.nir",
      "regularencoder timesteps=6 ! snninference model=#/regular.nir"},
};

/* What is left to the network is what would have had to be set. */
GST_START_TEST (test_automatic)
{
  static const gchar *const results[][2] = {
    {"auto/s0.nii", "set/s0.nii"},
    {"auto/s1.nii", "set/s1.nii"},
  };

  for (guint w = 0; w < G_N_ELEMENTS (ways); w++) {
    predict ("", "voxelnormalize", ways[w].automatic, "auto");
    predict (FED, SCALED, ways[w].set, "set");
    for (guint i = 0; i < G_N_ELEMENTS (results); i++)
      fail_unless (snn_test_same_files (folder, results[i][0], results[i][1]),
          "%s: %s", ways[w].automatic, results[i][0]);
  }
}

GST_END_TEST;

static const struct
{
  const gchar *source;
  const gchar *middle;
  const gchar *network;
  const gchar *error;
  const gchar *warning;
} contradictions[] = {
  {"axis=x size=0x8x8", "voxelnormalize", "anninference model=#/ann.nir",
      "axis=x contradicts #/ann.nir, which was made with axis=z", NULL},
  {"size=8x16x0", "voxelnormalize", "anninference model=#/ann.nir",
      "size=8x16x0 contradicts #/ann.nir, which was made with size=8x8x0",
      NULL},
  {"", "voxelnormalize mode=unit", "anninference model=#/ann.nir",
      "mode=unit contradicts #/ann.nir, which was made with mode=zero-mean",
      NULL},
  /* How many slices there are is nothing to a network. */
  {"size=8x8x2", "voxelnormalize", "anninference model=#/ann.nir", NULL, NULL},
  {"", "voxelnormalize upper-percentile=99", "anninference model=#/ann.nir",
      NULL, "upper-percentile=99 is set where #/ann.nir was made with "
        "upper-percentile=98"},
  {"", "voxelnormalize maximum=1", "anninference model=#/ann.nir",
      NULL, "The range minimum=0 maximum=1 is set where the network was made "
        "with upper-percentile=98"},
  {"", "voxelnormalize ! regularencoder timesteps=5",
      "snninference model=#/regular.nir", NULL,
      "timesteps=5 is set where #/regular.nir was made with timesteps=6"},
  {"", "voxelnormalize ! directencoder", "snninference model=#/regular.nir",
      NULL, "encoder=directencoder is set where #/regular.nir was made with "
        "encoder=regularencoder"},
  /* A conversion is held to its network; a training may go another way. */
  {"", "voxelnormalize mode=unit", "snnconverter model=#/ann.nir "
        "location=#/other.nir calibration-samples=0",
      "mode=unit contradicts #/ann.nir, which was made with mode=zero-mean",
      NULL},
  {"label-location=#/labels", "voxelnormalize mode=unit",
      "anntrainer model=#/ann.nir location=#/other.nir", NULL,
      "mode=unit is set where #/ann.nir was made with mode=zero-mean"},
  {"label-location=#/labels", "voxelnormalize ! directencoder timesteps=3",
      "snnfinetuner model=#/regular.nir location=#/tuned.nir", NULL, NULL},
  /* Two networks. */
  {"", "voxelnormalize", "tee name=t ! queue ! anninference model=#/ann.nir ! "
        "fakesink t. ! queue ! anninference model=#/sagittal.nir",
      "#/ann.nir was made with axis=z and #/sagittal.nir with axis=x: one "
        "stream can't be right for both", NULL},
  {"", "voxelnormalize", "tee name=t ! queue ! anninference model=#/ann.nir ! "
        "fakesink t. ! queue ! directencoder timesteps=2 ! "
        "snninference model=#/converted.nir", NULL, NULL},
};

/* (transfer full): @text with the folder in place of #. */
static gchar *
in_folder (const gchar *text)
{
  g_auto (GStrv) parts = g_strsplit (text ? text : "", "#", -1);

  return g_strjoinv (folder, parts);
}

static void
check_contradiction (guint row)
{
  g_autofree gchar *description = g_strdup_printf (IMAGES "%s ! %s ! %s ! "
      "fakesink", contradictions[row].source, contradictions[row].middle,
      contradictions[row].network);
  g_autofree gchar *error = in_folder (contradictions[row].error);
  g_autofree gchar *warning = in_folder (contradictions[row].warning);
  SnnTestRun run;

  if (contradictions[row].error) {
    snn_test_expect_error (description, folder, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS, error);
    return;
  }
  snn_test_expect_eos (description, folder, &run);
  fail_unless (run.n_warnings == (*warning ? 1 : 0), "%s: %s", description,
      run.warning);
  fail_unless (!*warning || strstr (run.warning, warning), "%s: %s",
      description, run.warning);
  snn_test_run_clear (&run);
}

GST_START_TEST (test_contradiction)
{
  snn_test_expect_eos (LABELLED "axis=x size=0x8x8 ! " SCALED "! anntrainer "
      "width=2 depth=1 location=#/sagittal.nir ! fakesink", folder, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (contradictions); i++)
    check_contradiction (i);
}

GST_END_TEST;

/* Files of before there were recipes, and of others: nothing is known but the
 * timesteps, and defaults are what they were, with a warning where another value
 * would give other predictions. */
GST_START_TEST (test_older_files)
{
  g_autofree gchar *path = g_build_filename (folder, "old.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  SnnTestRun run;

  snn_test_write_unet (folder, "old.nir", 8, TRUE);
  snn_test_expect_eos (IMAGES "axis=x size=0x8x8 ! voxelnormalize ! "
      "directencoder timesteps=4 ! snninference model=#/old.nir ! niftisink "
      "make-folder=true location=#/set/%s.nii content=probability", folder,
      &run);
  fail_unless_equals_int (run.n_warnings, 1);
  fail_unless (strstr (run.warning, "old.nir does not say with which mode it "
          "was made; mode=unit is taken") != NULL, "%s", run.warning);
  snn_test_run_clear (&run);

  /* The size of slices is that of the input, which was to have a sign or not. */
  network = load ("old.nir");
  network->signed_input = TRUE;
  fail_unless (snn_model_save (network, path, NULL));
  snn_test_expect_eos (IMAGES " ! voxelnormalize ! directencoder timesteps=4 ! "
      "snninference model=#/old.nir ! fakesink", folder, &run);
  fail_unless_equals_int (run.n_warnings, 2);
  snn_test_run_clear (&run);
  g_clear_pointer (&network, snn_network_unref);
  snn_test_write_unet (folder, "old.nir", 8, TRUE);

  network = load ("old.nir");
  network->timesteps = 4;
  fail_unless (snn_model_save (network, path, NULL));
  snn_test_expect_eos (IMAGES "axis=x size=0x8x8 ! voxelnormalize mode=unit "
      "lower-percentile=0.5 upper-percentile=99.5 ! directencoder ! "
      "snninference model=#/old.nir ! niftisink make-folder=true "
      "location=#/auto/%s.nii content=probability", folder, &run);
  fail_unless (run.n_warnings == 0, "%s", run.warning);
  snn_test_run_clear (&run);
  fail_unless (snn_test_same_files (folder, "auto/s0.nii",
          "set/s0.nii"));
}

GST_END_TEST;

/* A file that was tampered with. */
GST_START_TEST (test_wrong_value)
{
  g_autofree gchar *path = g_build_filename (folder, "odd.nir", NULL);
  g_autoptr (SnnNetwork) network = load ("ann.nir");

  snn_network_set_metadata (network, SNN_RECIPE_AXIS, "diagonal");
  fail_unless (snn_model_save (network, path, NULL));
  snn_test_expect_error (IMAGES "! voxelnormalize ! "
      "anninference model=#/odd.nir ! fakesink", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "axis=diagonal");
}

GST_END_TEST;

/* What can be set by hand is what elements know: the values of their properties, but
 * the one that leaves it to the network. */
static const struct
{
  const gchar *element;
  const gchar *property;
  const gchar *item;
} known[] = {
  {"niftisrc", "axis", SNN_RECIPE_AXIS},
  {"voxelnormalize", "mode", SNN_RECIPE_SCALING},
};

GST_START_TEST (test_known_values)
{
  g_autoptr (SnnNetwork) network = snn_network_new ();

  for (guint k = 0; k < G_N_ELEMENTS (known); k++) {
    g_autoptr (GstElement) element =
        gst_object_ref_sink (gst_element_factory_make (known[k].element, NULL));
    GParamSpec *spec = g_object_class_find_property (
        G_OBJECT_GET_CLASS (element), known[k].property);
    const GEnumClass *enums = G_PARAM_SPEC_ENUM (spec)->enum_class;

    for (guint i = 0; i < enums->n_values; i++) {
      const gchar *nick = enums->values[i].value_nick;
      g_autofree gchar *text = g_strdup_printf ("%s=%s", known[k].item, nick);

      fail_unless (snn_recipe_set (network, text, NULL)
          == !g_str_equal (nick, "auto"), "%s", text);
    }
  }
}

GST_END_TEST;

/* A range in place of percentiles is a recipe, too, and what was said before of
 * the scaling is not kept beside it. */
GST_START_TEST (test_range)
{
  g_autoptr (SnnNetwork) network = NULL;

  snn_test_expect_eos (LABELLED "! voxelnormalize minimum=0.25 maximum=0.75 ! "
      "anntrainer model=#/ann.nir location=#/range.nir ! fakesink", folder,
      NULL);
  network = load ("range.nir");
  fail_unless_equals_string (snn_network_metadata (network,
          SNN_RECIPE_MINIMUM), "0.25");
  fail_unless_equals_string (snn_network_metadata (network,
          SNN_RECIPE_MAXIMUM), "0.75");
  fail_unless (snn_network_metadata (network, SNN_RECIPE_UPPER) == NULL);
  predict ("", "voxelnormalize", "anninference model=#/range.nir", "auto");
  predict (FED, "voxelnormalize mode=zero-mean minimum=0.25 maximum=0.75",
      "anninference model=#/range.nir", "set");
  fail_unless (snn_test_same_files (folder, "auto/s1.nii",
          "set/s1.nii"));
}

GST_END_TEST;

static Suite *
recipe_suite (void)
{
  Suite *suite = suite_create ("recipe");
  TCase *tc = tcase_create ("general");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_file);
  tcase_add_test (tc, test_automatic);
  tcase_add_test (tc, test_contradiction);
  tcase_add_test (tc, test_older_files);
  tcase_add_test (tc, test_wrong_value);
  tcase_add_test (tc, test_known_values);
  tcase_add_test (tc, test_range);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (recipe)
