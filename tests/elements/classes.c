/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include <snn/volumes/label-values.h>
#include <snn/volumes/nifti-read.h>
#include "tests/elements/helpers.h"

/* Labels of several classes, from the masks to the maps that are predicted. */

#define MASKED "niftisrc location=#/images label-location=#/labels "

static gchar *folder;

/* Volumes of 8 x 8 x 4 in which each value of the mask has an intensity of its
 * own: in the left half 17, in the back of the right one 53. */
static void
write_volume (const gchar *name)
{
  const SnnClasses classes = { 2, { 17, 53 } };
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new (name);
  g_autofree gchar *file = g_strconcat (name, ".nii", NULL);
  g_autofree gchar *image = g_build_filename (folder, "images", file, NULL);
  g_autofree gchar *label = g_build_filename (folder, "labels", file, NULL);
  float values[8 * 8 * 4];
  guint8 mask[8 * 8 * 4];

  info->dims[0] = info->dims[1] = 8;
  info->dims[2] = 4;
  for (guint i = 0; i < G_N_ELEMENTS (mask); i++) {
    mask[i] = i % 8 < 4 ? 1 : i / 8 % 8 < 4 ? 2 : 0;
    values[i] = (float) (100 * mask[i] + (i * 37 + name[1]) % 11);
  }
  fail_unless (snn_nifti_write (image, info, SNN_NIFTI_PROBABILITY, values,
          NULL));
  fail_unless (snn_nifti_write_classes (label, info, &classes, mask, NULL));
}

static void
setup (void)
{
  static const gchar *const names[] = { "s0", "s1", "s2" };
  g_autofree gchar *images = NULL, *labels = NULL;

  folder = snn_test_folder_new ();
  images = g_build_filename (folder, "images", NULL);
  labels = g_build_filename (folder, "labels", NULL);
  g_mkdir (images, 0777);
  g_mkdir (labels, 0777);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    write_volume (names[i]);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* (transfer full): the classes that the caps of a source say. */
static gchar *
caps_of (const gchar *source)
{
  g_autofree gchar *description = g_strconcat (source,
      " ! fakesink name=sink", NULL);
  GstElement *pipeline = snn_test_launch (description, folder);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstCaps) caps = NULL;
  GstSnnTensors tensors;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
          GST_CLOCK_TIME_NONE), GST_STATE_CHANGE_SUCCESS);
  caps = gst_pad_get_current_caps (sink->sinkpads->data);
  fail_unless (gst_snn_tensors_from_caps (&tensors, caps, NULL));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
  return snn_classes_to_text (&tensors.classes);
}

/* How many voxels of each number there are in the labels of a source, of which
 * the caps say these classes. */
static void
count_labels (const gchar *source, const gchar *expected, guint64 counts[4])
{
  g_autofree gchar *found = caps_of (source);
  g_autofree gchar *description = g_strconcat (source,
      " ! fakesink name=sink", NULL);
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  Trace trace;

  memset (counts, 0, 4 * sizeof *counts);
  trace_run (&trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_if (trace.error, "%s: %s", source,
      trace.error ? trace.error->message : "");
  fail_unless (g_str_equal (found, expected), "%s: %s; expected %s", source,
      found, expected);
  for (guint i = 0; i < trace.buffers->len; i++) {
    GstMemory *label = gst_buffer_peek_memory (trace.buffers->pdata[i], 1);
    gsize odd = 0;
    GstMapInfo map;

    fail_unless (gst_memory_map (label, &map, GST_MAP_READ));
    for (gsize j = 0; j < map.size; j++) {
      odd += map.data[j] > 3;
      counts[MIN (map.data[j], 3)]++;
    }
    fail_unless_equals_uint64 (odd, 0);
    gst_memory_unmap (label, &map);
  }
  trace_clear (&trace);
}

static const struct
{
  const gchar *labels;
  const gchar *caps;
  guint64 counts[3];
} sources[] = {
  {"", "", {192, 576, 0}},
  {"labels=17,53", "17,53", {192, 384, 192}},
  {"labels=53,17", "17,53", {192, 384, 192}},
  {"labels=all", "17,53", {192, 384, 192}},
  {"labels=53", "53", {576, 192, 0}},
  {"label-value=53", "53", {576, 192, 0}},
  {"label-value=-1", "", {192, 576, 0}},
  {"labels=17,99", "17,99", {384, 384, 0}},
};

GST_START_TEST (test_source)
{
  g_autofree gchar *source = g_strconcat (MASKED, "axis=z ",
      sources[__i__].labels, NULL);
  guint64 counts[4];

  count_labels (source, sources[__i__].caps, counts);
  for (guint i = 0; i < 3; i++)
    fail_unless (counts[i] == sources[__i__].counts[i], "%s: %u of %u; "
        "expected %u", source, (guint) counts[i], i,
        (guint) sources[__i__].counts[i]);
}

GST_END_TEST;

/* Both parts of a phantom are its whole. */
GST_START_TEST (test_phantom)
{
  guint64 whole[4], parts[4], front[4];

  count_labels ("phantomsrc subjects=1", "", whole);
  count_labels ("phantomsrc subjects=1 labels=all", "1,2",
      parts);
  count_labels ("phantomsrc subjects=1 labels=1", "1", front);
  fail_unless_equals_uint64 (parts[0], whole[0]);
  fail_unless_equals_uint64 (parts[1] + parts[2], whole[1]);
  fail_unless_equals_uint64 (parts[1], front[1]);
  fail_unless (parts[1] > whole[1] / 4 && parts[2] > whole[1] / 4);
}

GST_END_TEST;

static const gchar *const losses[] = { "dice", "cross-entropy", "ce-dice" };

#define TRAIN MASKED "labels=17,53 folds=3 subset=train evaluate=true axis=z " \
  "epochs=%u shuffle=true ! voxelnormalize ! anntrainer location=#/ann.nir " \
  "width=8 depth=1 bias=true batch-size=2 learning-rate=0.01 seed=1 loss=%s " \
  "%s ! dicesink location=#/train.json"

#define TEST MASKED "labels=17,53 folds=3 subset=test axis=z ! voxelnormalize "

static void
train (guint epochs, const gchar *loss, const gchar *properties)
{
  g_autofree gchar *description = g_strdup_printf (TRAIN, epochs, loss,
      properties);

  snn_test_expect_eos (description, folder, NULL);
}

static const GstStructure *
find_structure (const SnnTestRun *run, const gchar *name)
{
  for (guint i = 0; i < run->structures->len; i++)
    if (gst_structure_has_name (run->structures->pdata[i], name))
      return run->structures->pdata[i];
  fail ("there is no message %s", name);
  return NULL;
}

static double
array_value (const GstStructure *structure, const gchar *name, guint index)
{
  const GValue *array = gst_structure_get_value (structure, name);

  fail_unless (array && gst_value_array_get_size (array) == 2, "%s", name);
  return g_value_get_double (gst_value_array_get_value (array, index));
}

/* What is easy to tell apart is told apart with each loss, and each class is
 * measured. */
GST_START_TEST (test_training)
{
  g_autofree gchar *path = g_build_filename (folder, "ann.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  const GstStructure *summary, *subject;
  SnnTestRun run;
  double mean, anterior, posterior;

  train (16, losses[__i__], "");
  network = snn_model_load (path, NULL);
  fail_unless (network != NULL);
  fail_unless_equals_int (snn_network_output (network).channels, 3);
  fail_unless_equals_int (network->classes.n, 2);
  fail_unless_equals_int (network->classes.values[1], 53);

  snn_test_expect_eos (TEST "! anninference model=#/ann.nir ! "
      "dicesink location=#/test.json csv-location=#/test.csv", folder, &run);
  summary = find_structure (&run, "dice-summary");
  subject = find_structure (&run, "dice");
  fail_unless (gst_structure_get_double (summary, "mean", &mean));
  anterior = array_value (summary, "class-mean", 0);
  posterior = array_value (summary, "class-mean", 1);
  fail_unless (anterior > 0.75 && posterior > 0.75, "%s: %g, %g",
      losses[__i__], anterior, posterior);
  fail_unless (fabs (mean - (anterior + posterior) / 2.) < 1e-12);
  fail_unless (array_value (subject, "class-dice", 1) == posterior);
  snn_test_run_clear (&run);
}

GST_END_TEST;

/* The map that is written has the values of the masks, and its Dice with these is
 * what dicesink says; also when the source sends no labels. */
GST_START_TEST (test_map)
{
  g_autofree gchar *map = g_build_filename (folder, "s0.nii", NULL);
  g_autofree gchar *mask = g_build_filename (folder, "labels", "s0.nii", NULL);
  g_autofree gchar *report = g_build_filename (folder, "test.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GArray) values = NULL;
  SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  JsonObject *subject;
  JsonArray *classes;

  train (2, "dice", "");
  snn_test_expect_eos (TEST "! anninference model=#/ann.nir ! tee name=t "
      "! queue ! dicesink location=#/test.json t. ! queue ! "
      "niftisink location=#/%s.nii", folder, NULL);
  snn_test_expect_eos ("niftisrc location=#/images folds=3 subset=test axis=z "
      "! voxelnormalize ! anninference model=#/ann.nir ! "
      "niftisink location=#/again.nii", folder, NULL);
  fail_unless (snn_test_same_files (folder, "s0.nii", "again.nii"));

  values = snn_label_values (map, 0, NULL);
  fail_unless (values != NULL);
  fail_unless (json_parser_load_from_file (parser, report, NULL));
  subject = json_array_get_object_element (json_object_get_array_member
      (json_node_get_object (json_parser_get_root (parser)), "subjects"), 0);
  classes = json_object_get_array_member (subject, "classes");
  fail_unless_equals_int (json_array_get_length (classes), 2);
  for (guint c = 0; c < 2; c++) {
    JsonObject *class = json_array_get_object_element (classes, c);
    g_autoptr (SnnVolume) predicted = NULL, truth = NULL;
    guint64 both = 0;

    const gint value = (gint) json_object_get_int_member (class, "class");

    fail_unless_equals_int (value, c ? 53 : 17);
    settings.classes = (SnnClasses) { 1, { value } };
    predicted = snn_nifti_load_labelled (map, map, &settings, NULL, NULL);
    truth = snn_nifti_load_labelled (mask, mask, &settings, NULL, NULL);
    for (guint i = 0; i < 8 * 8 * 4; i++)
      both += predicted->mask[i] & truth->mask[i];
    fail_unless_equals_int (json_object_get_int_member (class,
            "common_voxels"), both);
    fail_unless_equals_int (json_object_get_int_member (class,
            "predicted_voxels"), predicted->info->n_label_voxels);
    fail_unless (fabs (json_object_get_double_member (class, "dice")
            - 2. * (double) both / (double) (predicted->info->n_label_voxels
                + truth->info->n_label_voxels)) < 1e-12);
  }
}

GST_END_TEST;

/* (transfer full): a volume of FOLDER/@name. */
static SnnVolume *
load_volume (const gchar *name, guint index)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  SnnVolume *volume = snn_nifti_load (path, index, NULL, &error);

  fail_unless (volume != NULL, "%s: %s", name, error ? error->message : "");
  return volume;
}

static const struct
{
  const gchar *spacing;
  double dice;                  /* of the map at least */
  double sum;                   /* how far that of probabilities is from 1 */
} grids[] = {
  {"", 0.9, 1e-5},
  /* Half the size: resampled there and back. */
  {"spacing=0.5x0.5x0", 0.9, 1e-5},
};

/* Whatever voxels a network wants, maps and probabilities are on the file's own
 * grid, the map with its values, and the probabilities one volume an output of
 * which the map's class is the largest. */
GST_START_TEST (test_grids)
{
  static const gint values[] = { 0, 17, 53 };
  g_autofree gchar *training = g_strdup_printf (MASKED "labels=17,53 folds=3 "
      "subset=train axis=z epochs=16 shuffle=true %s ! voxelnormalize ! "
      "anntrainer location=#/ann.nir width=8 depth=1 bias=true batch-size=2 "
      "learning-rate=0.01 seed=1 loss=cross-entropy ! fakesink",
      grids[__i__].spacing);
  g_autofree gchar *path = g_build_filename (folder, "p.nii", NULL);
  g_autoptr (SnnVolume) map = NULL, truth = NULL;
  SnnVolume *probability[3];
  guint n[3] = { 0, }, n_both[3] = { 0, }, n_truth[3] = { 0, }, n_other = 0;

  snn_test_expect_eos (training, folder, NULL);
  snn_test_expect_eos ("niftisrc location=#/images/s0.nii ! voxelnormalize ! "
      "anninference model=#/ann.nir ! tee name=t ! queue ! niftisink "
      "location=#/map.nii t. ! queue ! niftisink location=#/p.nii "
      "content=probability", folder, NULL);
  map = load_volume ("map.nii", 0);
  truth = load_volume ("labels/s0.nii", 0);
  for (guint c = 0; c < 3; c++)
    probability[c] = load_volume ("p.nii", c);
  fail_if (snn_nifti_load (path, 3, NULL, NULL));
  for (guint i = 0; i < 3; i++)
    fail_unless (map->info->dims[i] == truth->info->dims[i]
        && probability[2]->info->dims[i] == truth->info->dims[i]
        && map->info->zooms[i] == truth->info->zooms[i]);
  for (guint i = 0; i < 8 * 8 * 4; i++) {
    double sum = 0.;
    guint largest = 0;

    for (guint c = 0; c < 3; c++) {
      sum += probability[c]->image[i];
      if (probability[c]->image[i] > probability[largest]->image[i])
        largest = c;
      n[c] += map->image[i] == (float) values[c];
      n_truth[c] += truth->image[i] == (float) values[c];
      n_both[c] += map->image[i] == (float) values[c]
          && truth->image[i] == (float) values[c];
    }
    fail_unless (fabs (sum - 1.) < grids[__i__].sum, "%s: voxel %u: %g",
        grids[__i__].spacing, i, sum);
    n_other += map->image[i] != (float) values[largest];
  }
  fail_unless_equals_int (n[0] + n[1] + n[2], 8 * 8 * 4);
  /* Where voxels are merged, the share that wins need not be the mean's. */
  fail_unless (n_other <= (*grids[__i__].spacing ? 8 : 0), "%s: %u",
      grids[__i__].spacing, n_other);
  for (guint c = 1; c < 3; c++)
    fail_unless (2. * n_both[c] / (n[c] + n_truth[c]) > grids[__i__].dice,
        "%s: class %d", grids[__i__].spacing, values[c]);
  for (guint c = 0; c < 3; c++)
    snn_volume_unref (probability[c]);
}

GST_END_TEST;

/* What is no prediction is written as it comes, whatever its labels are. */
GST_START_TEST (test_labelled_image)
{
  g_autoptr (SnnVolume) image = NULL, written = NULL;

  snn_test_expect_eos (MASKED "labels=17,53 max-subjects=1 ! niftisink "
      "location=#/copy.nii content=probability", folder, NULL);
  image = load_volume ("images/s0.nii", 0);
  written = load_volume ("copy.nii", 0);
  fail_unless (memcmp (image->image, written->image, 8 * 8 * 4
          * sizeof (float)) == 0);
}

GST_END_TEST;

/* Conversion and fine-tuning keep the classes. */
GST_START_TEST (test_spiking)
{
  g_autofree gchar *path = g_build_filename (folder, "tuned.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  SnnTestRun run;

  train (12, "ce-dice", "");
  snn_test_expect_eos (MASKED "axis=z ! voxelnormalize ! snnconverter "
      "model=#/ann.nir location=#/snn.nir rate-matching=0 ! fakesink", folder,
      NULL);
  snn_test_expect_eos (MASKED "labels=17,53 folds=3 subset=train axis=z ! "
      "voxelnormalize ! directencoder timesteps=8 ! snnfinetuner "
      "model=#/snn.nir location=#/tuned.nir loss=dice batch-size=4 ! fakesink",
      folder, NULL);
  network = snn_model_load (path, NULL);
  fail_unless (network && network->spiking);
  fail_unless_equals_int (network->classes.n, 2);
  snn_test_expect_eos (TEST "! directencoder timesteps=8 ! "
      "snninference model=#/tuned.nir ! dicesink", folder, &run);
  fail_unless (array_value (find_structure (&run, "dice-summary"),
          "class-mean", 0) > 0.5);
  snn_test_run_clear (&run);
}

GST_END_TEST;

/* Two runs of which one was interrupted give the same bits. */
GST_START_TEST (test_goes_on)
{
  train (2, "dice", "");
  train (4, "dice", "schedule=constant location=#/other.nir");
  train (2, "dice", "schedule=constant location=#/parts.nir");
  train (4, "dice", "schedule=constant location=#/parts.nir");
  fail_unless (snn_test_same_files (folder, "other.nir", "parts.nir"));
  /* Other classes are another training. */
  snn_test_expect_error (MASKED "labels=17,99 folds=3 subset=train "
      "evaluate=true axis=z epochs=5 shuffle=true ! voxelnormalize ! anntrainer "
      "location=#/parts.nir width=8 depth=1 bias=true batch-size=2 "
      "learning-rate=0.01 seed=1 schedule=constant ! fakesink",
      folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, "classes=17,53");
}

GST_END_TEST;

static const struct
{
  const gchar *pipeline;
  GQuark (*domain) (void);
  gint code;
  const gchar *text;
} refused[] = {
  {MASKED "labels=1,a ! fakesink", gst_stream_error_quark,
      GST_STREAM_ERROR_DECODE, "\"1,a\" is no list of classes"},
  {MASKED "labels=1,1 ! fakesink", gst_stream_error_quark,
      GST_STREAM_ERROR_DECODE, "Class 1 is there twice"},
  {MASKED "labels=0,1 ! fakesink", gst_stream_error_quark,
      GST_STREAM_ERROR_DECODE, "Class 0 is the background"},
  {MASKED "label-value=0 ! fakesink", gst_stream_error_quark,
      GST_STREAM_ERROR_DECODE, "Class 0 is the background"},
  {MASKED "labels=1,2 label-value=1 ! fakesink", gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, "set one of the two"},
  {"niftisrc location=#/images labels=1,2 ! fakesink",
        gst_resource_error_quark, GST_RESOURCE_ERROR_SETTINGS,
      "no label-location is set"},
  {"phantomsrc labels=1,3 ! fakesink", gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, "has 3, which no phantom has"},
  {MASKED "axis=z ! voxelnormalize ! anninference model=#/ann.nir ! dicesink",
        gst_stream_error_quark, GST_STREAM_ERROR_WRONG_TYPE,
      "predicts classes 17,53, found labels of one mask"},
  {MASKED "axis=z labels=17,99 ! voxelnormalize ! anninference "
        "model=#/ann.nir ! dicesink", gst_stream_error_quark,
      GST_STREAM_ERROR_WRONG_TYPE, "found labels of classes 17,99"},
  {MASKED "axis=z labels=17,53 ! voxelnormalize ! anntrainer classes=2 "
        "location=#/x.nir depth=1 ! fakesink", gst_stream_error_quark,
      GST_STREAM_ERROR_WRONG_TYPE, "want 3, with the background"},
  {MASKED "axis=z ! voxelnormalize ! anntrainer loss=cross-entropy "
        "location=#/x.nir depth=1 ! fakesink", gst_stream_error_quark,
      GST_STREAM_ERROR_WRONG_TYPE, "loss=cross-entropy is of classes"},
  {MASKED "axis=z labels=17,53 ! voxelnormalize ! anntrainer loss=bce "
        "location=#/x.nir depth=1 ! fakesink", gst_stream_error_quark,
      GST_STREAM_ERROR_WRONG_TYPE, "loss=bce"},
  {MASKED "axis=z ! voxelnormalize ! anntrainer model=#/ann.nir "
        "location=#/x.nir ! fakesink", gst_stream_error_quark,
      GST_STREAM_ERROR_WRONG_TYPE, "predicts classes 17,53"},
  {MASKED "axis=z labels=17,53 ! voxelnormalize ! niftisink location=#/p.nii",
        gst_stream_error_quark, GST_STREAM_ERROR_WRONG_TYPE,
      "or one for each class and the background"},
};

GST_START_TEST (test_refused)
{
  train (1, "dice", "");
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    snn_test_expect_error (refused[i].pipeline, folder, refused[i].domain (),
        refused[i].code, refused[i].text);
}

GST_END_TEST;

/* One structure of a label map, of which a network is told by label-value: that it is
 * another one is an error, and where only one of the two knows, a warning. */
static const struct
{
  const gchar *trained;
  const gchar *measured;
  const gchar *warning;         /* NULL: none */
  const gchar *error;
} structures[] = {
  {"", "", NULL, NULL},
  {"label-value=17", "label-value=17", NULL, NULL},
  {"label-value=17", "labels=17", NULL, NULL},
  {"label-value=17", "", "predicts the structure 17, and all that is not 0", NULL},
  {"", "label-value=17", "does not say which structure it predicts: it is taken "
        "for 17", NULL},
  {"label-value=17", "label-value=53", NULL,
      "predicts classes 17, found labels of classes 53"},
};

static const gchar *const measured_by[] = {
  "anninference model=#/ann.nir ! dicesink",
  "anntrainer model=#/ann.nir location=#/further.nir ! fakesink"
};

GST_START_TEST (test_structure)
{
  const gchar *trained = structures[__i__].trained;
  const gchar *expected = structures[__i__].warning;
  g_autofree gchar *training = g_strconcat (MASKED "axis=z ", trained,
      " subset=train ! voxelnormalize ! anntrainer location=#/ann.nir width=2 "
      "depth=1 ! fakesink",
      NULL);

  snn_test_expect_eos (training, folder, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (measured_by); i++) {
    g_autofree gchar *measuring = g_strconcat (MASKED "axis=z ",
        structures[__i__].measured, " subset=test ! voxelnormalize ! ", measured_by[i], NULL);
    SnnTestRun run;

    if (structures[__i__].error) {
      snn_test_expect_error (measuring, folder, gst_stream_error_quark (),
          GST_STREAM_ERROR_WRONG_TYPE, structures[__i__].error);
      continue;
    }
    snn_test_expect_eos (measuring, folder, &run);
    fail_unless (run.n_warnings == (expected ? 1 : 0)
        && (!expected || strstr (run.warning, expected)), "row %d, %s: %u "
        "warnings, the last %s", __i__, measuring, run.n_warnings, run.warning);
    snn_test_run_clear (&run);
  }
}

GST_END_TEST;

static Suite *
classes_suite (void)
{
  Suite *s = suite_create ("classes");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, test_source, 0, G_N_ELEMENTS (sources));
  tcase_add_test (tc, test_phantom);
  tcase_add_loop_test (tc, test_training, 0, G_N_ELEMENTS (losses));
  tcase_add_test (tc, test_map);
  tcase_add_loop_test (tc, test_grids, 0, G_N_ELEMENTS (grids));
  tcase_add_test (tc, test_labelled_image);
  tcase_add_test (tc, test_spiking);
  tcase_add_test (tc, test_goes_on);
  tcase_add_test (tc, test_refused);
  tcase_add_loop_test (tc, test_structure, 0, G_N_ELEMENTS (structures));
  return s;
}

GST_CHECK_MAIN (classes);
