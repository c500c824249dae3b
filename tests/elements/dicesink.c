/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <json-glib/json-glib.h>

#include <snn/base/random.h>
#include "tests/elements/helpers.h"

#define NEAR(a, b) fail_unless (fabs ((a) - (b)) < 1e-9, \
    "%.12g is not %.12g", (double) (a), (double) (b))

#define CAPS "other/tensors, format=static, num_tensors=2, " \
  "types=\"float32,uint8\", framerate=0/1, dimensions="
#define CAPS_4X3 CAPS "\"4:3:1:1:1,4:3:1:1:1\""

/* Volumes of 5 slices of 4 x 3, cut across z; label 1 in the left half. */
#define WIDTH 4
#define HEIGHT 3
#define SLICES 5
#define N (WIDTH * HEIGHT)

static SnnVolumeInfo *
new_volume (const gchar *name)
{
  SnnVolumeInfo *volume = snn_volume_info_new (name);

  volume->dims[0] = WIDTH;
  volume->dims[1] = HEIGHT;
  volume->dims[2] = SLICES;
  volume->labelled = TRUE;
  volume->n_label_voxels = 2 * HEIGHT * SLICES;
  return volume;
}

/* A slice where the first @columns columns are predicted, surely, and the
 * others with @rest. */
static GstBuffer *
new_slice (SnnVolumeInfo *volume, guint slice, guint columns, float rest)
{
  float *probability = g_new (float, N);
  guint8 *mask = g_new (guint8, N);
  GstBuffer *buffer = gst_buffer_new_wrapped (probability,
      N * sizeof (float));
  GstSnnSampleMeta *meta;

  for (guint i = 0; i < N; i++) {
    probability[i] = i % WIDTH < columns ? 1.f : rest;
    mask[i] = i % WIDTH < 2;
  }
  gst_buffer_append_memory (buffer,
      gst_memory_new_wrapped (0, mask, N, 0, N, mask, g_free));
  if (!volume)
    return buffer;
  meta = gst_buffer_add_snn_sample_meta (buffer, volume);
  meta->box.size[0] = WIDTH;
  meta->box.size[1] = HEIGHT;
  meta->box.size[2] = SLICES;
  meta->axis = SNN_AXIS_Z;
  meta->slice = slice;
  meta->n_slices = SLICES;
  return buffer;
}

static GstBuffer *
new_evaluation_slice (SnnVolumeInfo *volume, guint slice, guint columns,
    guint epoch)
{
  GstBuffer *buffer = new_slice (volume, slice, columns, 0.f);
  GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  meta->epoch = epoch;
  meta->flags = GST_SNN_SAMPLE_EVALUATE;
  return buffer;
}

typedef struct
{
  GstHarness *harness;
  GstBus *bus;
  gchar *folder;
  gchar *json;
  gchar *csv;
} Fixture;

static void
set_up (Fixture *f, const gchar *caps)
{
  GstElement *element = gst_element_factory_make ("dicesink", NULL);

  f->bus = gst_bus_new ();
  gst_element_set_bus (element, f->bus);
  f->folder = snn_test_folder_new ();
  f->json = g_build_filename (f->folder, "report.json", NULL);
  f->csv = g_build_filename (f->folder, "report.csv", NULL);
  g_object_set (element, "location", f->json, "csv-location", f->csv, NULL);
  f->harness = gst_harness_new_with_element (element, "sink", NULL);
  gst_object_unref (element);
  if (caps)
    gst_harness_set_src_caps_str (f->harness, caps);
}

static void
tear_down (Fixture *f)
{
  gst_element_set_bus (f->harness->element, NULL);
  gst_harness_teardown (f->harness);
  gst_object_unref (f->bus);
  g_unlink (f->json);
  g_unlink (f->csv);
  fail_unless_equals_int (g_rmdir (f->folder), 0);
  g_free (f->json);
  g_free (f->csv);
  g_free (f->folder);
}

static void
push (Fixture *f, GstBuffer *buffer)
{
  fail_unless_equals_int (gst_harness_push (f->harness, buffer), GST_FLOW_OK);
}

/* The next element message called @name, all others before it dropped. */
static GstMessage *
pop (Fixture *f, const gchar *name)
{
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (f->bus, GST_MESSAGE_ELEMENT))) {
    if (gst_message_has_name (message, name))
      return message;
    gst_message_unref (message);
  }
  return NULL;
}

static double
get_double (GstMessage *message, const gchar *name)
{
  double value = NAN;

  gst_structure_get_double (gst_message_get_structure (message), name, &value);
  return value;
}

static JsonObject *
load (JsonParser *parser, const gchar *path)
{
  GError *error = NULL;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static double
get_mean (JsonObject *object, const gchar *member)
{
  return json_object_get_double_member (json_object_get_object_member (object,
          member), "mean");
}

/* Three subjects, their slices in a random order; 2, 1 and 3 of 4 columns are
 * predicted where 2 are true: Dice 1, 2/3 and 4/5. */
static void
push_interleaved (Fixture *f, guint seed)
{
  const guint columns[] = { 2, 1, 3 };
  SnnVolumeInfo *volumes[3];
  guint32 order[3 * SLICES];
  SnnRandom random;

  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *name = g_strdup_printf ("subject-%u", i);

    volumes[i] = new_volume (name);
  }
  for (guint i = 0; i < 3 * SLICES; i++)
    order[i] = i;
  snn_random_init (&random, seed, SNN_RANDOM_SHUFFLE, 0);
  snn_random_shuffle (&random, order, 3 * SLICES);
  for (guint i = 0; i < 3 * SLICES; i++)
    push (f, new_slice (volumes[order[i] % 3], order[i] / 3,
            columns[order[i] % 3], 0.f));
  for (guint i = 0; i < 3; i++)
    snn_volume_info_unref (volumes[i]);
}

GST_START_TEST (test_interleaved_subjects)
{
  const double mean = (1. + 2. / 3. + 0.8) / 3.;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *csv = NULL;
  double dice, dice_sd, sum = 0.;
  JsonObject *report, *subject;
  GstMessage *message;
  guint n = 0;
  Fixture f;

  set_up (&f, CAPS_4X3);
  push_interleaved (&f, 1);
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));

  for (guint i = 0; i < 3; i++) {
    message = pop (&f, "dice");
    fail_unless (message != NULL);
    sum += get_double (message, "dice");
    gst_message_unref (message);
  }
  NEAR (sum, 3. * mean);
  message = pop (&f, "dice-summary");
  fail_unless (gst_structure_get_uint (gst_message_get_structure (message),
          "n", &n));
  fail_unless_equals_int (n, 3);
  NEAR (get_double (message, "mean"), mean);
  NEAR (get_double (message, "dice-2d"), mean);
  gst_message_unref (message);

  g_object_get (f.harness->element, "dice", &dice, "dice-sd", &dice_sd,
      "subjects", &n, NULL);
  NEAR (dice, mean);
  NEAR (dice_sd, sqrt ((pow (1. - mean, 2.) + pow (2. / 3. - mean, 2.)
              + pow (0.8 - mean, 2.)) / 2.));
  fail_unless_equals_int (n, 3);

  report = load (parser, f.json);
  NEAR (get_mean (report, "dice"), mean);
  NEAR (get_mean (report, "precision"), (1. + 1. + 2. / 3.) / 3.);
  fail_unless_equals_int (json_object_get_int_member (report, "n_slices"),
      3 * SLICES);
  fail_if (json_object_has_member (report, "hd95"));
  fail_if (json_object_has_member (report, "cut_offs"));
  subject = json_array_get_object_element (json_object_get_array_member
      (report, "subjects"), 1);
  fail_unless_equals_string (json_object_get_string_member (subject,
          "subject"), "subject-1");
  NEAR (json_object_get_double_member (subject, "dice"), 2. / 3.);
  NEAR (json_object_get_double_member (subject, "volume_difference"), -0.5);

  fail_unless (g_file_get_contents (f.csv, &csv, NULL, NULL));
  fail_unless (strstr (csv, "\nsubject-1,5,30,15,15,0,0.666666667,0.5,0.5,1,"
          "-0.5,0.666666667,0.666666667\n") != NULL, "%s", csv);
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_cut_offs)
{
  SnnVolumeInfo *volume = new_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  GValue back = G_VALUE_INIT;
  JsonArray *cut_offs;
  Fixture f;

  set_up (&f, NULL);
  gst_element_set_state (f.harness->element, GST_STATE_NULL);
  gst_util_set_object_arg (G_OBJECT (f.harness->element), "cut-offs",
      "<0.1, 0.45, 0.48>");
  gst_util_set_object_arg (G_OBJECT (f.harness->element), "metrics",
      "dice+hd95+assd");
  g_value_init (&back, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (f.harness->element), "cut-offs", &back);
  fail_unless_equals_int (gst_value_array_get_size (&back), 3);
  NEAR (g_value_get_double (gst_value_array_get_value (&back, 1)), 0.45);
  g_value_unset (&back);
  gst_harness_play (f.harness);
  gst_harness_set_src_caps_str (f.harness, CAPS_4X3);

  for (guint i = 0; i < SLICES; i++)
    push (&f, new_slice (volume, i, 1, 0.46f));
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  load (parser, f.json);
  cut_offs = json_object_get_array_member (load (parser, f.json), "cut_offs");
  fail_unless_equals_int (json_array_get_length (cut_offs), 3);
  NEAR (get_mean (json_array_get_object_element (cut_offs, 0), "dice"),
      2. / 3.);
  NEAR (get_mean (json_array_get_object_element (cut_offs, 1), "dice_2d"),
      2. / 3.);
  NEAR (get_mean (json_array_get_object_element (cut_offs, 2), "dice"),
      2. / 3.);
  /* At 0.1 all is predicted, 60 of 30; at 0.48 the first column, 15. */
  cut_offs = json_object_get_array_member (json_array_get_object_element
      (json_object_get_array_member (load (parser, f.json), "subjects"), 0),
      "cut_offs");
  fail_unless_equals_int (json_object_get_int_member
      (json_array_get_object_element (cut_offs, 0), "predicted_voxels"), 60);
  fail_unless_equals_int (json_object_get_int_member
      (json_array_get_object_element (cut_offs, 2), "predicted_voxels"), 15);
  NEAR (get_mean (load (parser, f.json), "hd95"), 1.);
  snn_volume_info_unref (volume);
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_epochs)
{
  SnnVolumeInfo *volume = new_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  GstSnnEpoch epoch = {.epochs = 2,.n_samples = SLICES };
  JsonObject *report;
  JsonArray *passes;
  Fixture f;

  set_up (&f, CAPS_4X3);
  for (epoch.epoch = 0; epoch.epoch < 2; epoch.epoch++)
    for (epoch.evaluate = FALSE; epoch.evaluate <= TRUE; epoch.evaluate++) {
      gboolean evaluate = !epoch.evaluate;
      GstMessage *message;

      fail_unless (gst_harness_push_event (f.harness,
              gst_snn_event_new_epoch_begin (&epoch)));
      for (guint i = 0; i < SLICES; i++) {
        GstBuffer *buffer =
            new_evaluation_slice (volume, i, 1 + epoch.evaluate, epoch.epoch);

        if (!epoch.evaluate)
          gst_buffer_get_snn_sample_meta (buffer)->flags = 0;
        push (&f, buffer);
      }
      fail_unless (pop (&f, "dice-summary") == NULL);
      fail_unless (gst_harness_push_event (f.harness,
              gst_snn_event_new_epoch_end (&epoch)));
      message = pop (&f, "dice-summary");
      NEAR (get_double (message, "mean"), epoch.evaluate ? 1. : 2. / 3.);
      fail_unless (gst_structure_get_boolean (gst_message_get_structure
              (message), "evaluate", &evaluate));
      fail_unless_equals_int (evaluate, epoch.evaluate);
      gst_message_unref (message);
      /* Written at the end of each pass. */
      report = load (parser, f.json);
      NEAR (get_mean (report, "dice"),
          epoch.epoch || epoch.evaluate ? 1. : 2. / 3.);
    }
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  fail_unless (pop (&f, "dice-summary") == NULL);

  report = load (parser, f.json);
  passes = json_object_get_array_member (report, "passes");
  fail_unless_equals_int (json_array_get_length (passes), 4);
  report = json_array_get_object_element (passes, 2);
  fail_unless_equals_int (json_object_get_int_member (report, "epoch"), 1);
  fail_if (json_object_get_boolean_member (report, "evaluate"));
  NEAR (get_mean (report, "dice"), 2. / 3.);
  snn_volume_info_unref (volume);
  tear_down (&f);
}

GST_END_TEST;

/* Without events, metas say which pass a sample belongs to. */
GST_START_TEST (test_passes_without_events)
{
  SnnVolumeInfo *volume = new_volume ("a");
  GstMessage *message;
  Fixture f;

  set_up (&f, CAPS_4X3);
  for (guint epoch = 0; epoch < 2; epoch++)
    for (guint i = 0; i < SLICES; i++)
      push (&f, new_evaluation_slice (volume, i, 1 + epoch, epoch));
  message = pop (&f, "dice-summary");
  NEAR (get_double (message, "mean"), 2. / 3.);
  gst_message_unref (message);
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  message = pop (&f, "dice-summary");
  NEAR (get_double (message, "mean"), 1.);
  gst_message_unref (message);
  snn_volume_info_unref (volume);
  tear_down (&f);
}

GST_END_TEST;

/* Of a sample's predictions the last one counts, with MARKER or without, and
 * a slice that comes back does not. The report has what each chunk led to. */
GST_START_TEST (test_chunks)
{
  for (guint marked = 0; marked < 2; marked++) {
    static const double dice[] = { 0., 2. / 3., 1. };
    g_autoptr (JsonParser) parser = json_parser_new ();
    SnnVolumeInfo *volume = new_volume ("a");
    GstMessage *message;
    JsonArray *chunks;
    Fixture f;

    set_up (&f, CAPS_4X3);
    g_object_set (f.harness->element, "every-chunk", TRUE, NULL);
    gst_element_set_state (f.harness->element, GST_STATE_NULL);
    gst_harness_play (f.harness);
    for (guint i = 0; i < SLICES; i++)
      for (guint chunk = 0; chunk < 3; chunk++) {
        GstBuffer *buffer = new_slice (volume, i, chunk, 0.f);

        if (marked && chunk == 2)
          GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
        push (&f, buffer);
      }
    if (marked) {
      message = pop (&f, "dice");
      NEAR (get_double (message, "dice"), 1.);
      gst_message_unref (message);
    }
    push (&f, new_slice (volume, 1, 0, 0.f));
    fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
    message = pop (&f, "dice-summary");
    NEAR (get_double (message, "mean"), 1.);
    gst_message_unref (message);
    chunks = json_object_get_array_member (load (parser, f.json), "chunks");
    fail_unless_equals_int (json_array_get_length (chunks), 3);
    for (guint i = 0; i < 3; i++) {
      JsonObject *chunk = json_array_get_object_element (chunks, i);

      fail_unless_equals_int (json_object_get_int_member (chunk, "chunk"),
          i + 1);
      NEAR (get_mean (chunk, "dice"), dice[i]);
    }
    snn_volume_info_unref (volume);
    tear_down (&f);
  }
}

GST_END_TEST;

/* The box starts one column before the volume and ends one early, so that a
 * column is padding and one is not seen. */
GST_START_TEST (test_padding_and_crop)
{
  SnnVolumeInfo *volume = new_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *report, *subject;
  Fixture f;

  volume->n_label_voxels += 7;
  set_up (&f, CAPS_4X3);
  for (guint i = 0; i < SLICES; i++) {
    GstBuffer *buffer = new_slice (volume, i, 3, 0.f);

    gst_buffer_get_snn_sample_meta (buffer)->box.origin[0] = -1;
    push (&f, buffer);
  }
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  report = load (parser, f.json);
  subject = json_array_get_object_element (json_object_get_array_member
      (report, "subjects"), 0);
  /* Seen: one column of truth, 15 voxels, and two of prediction. */
  fail_unless_equals_int (json_object_get_int_member (subject, "true_voxels"),
      37);
  fail_unless_equals_int (json_object_get_int_member (subject,
          "missed_voxels"), 22);
  NEAR (json_object_get_double_member (subject, "dice"), 30. / 67.);
  NEAR (json_object_get_double_member (subject, "dice_2d"), 2. / 3.);
  snn_volume_info_unref (volume);
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_caps)
{
  static const struct
  {
    const gchar *caps;
    const gchar *text;
  } refused[] = {
    {"other/tensors, format=static, num_tensors=1, types=float32, "
          "dimensions=\"4:3:1:1:1\", framerate=0/1", "no label"},
    {CAPS "\"4:3:1:2:1,4:3:1:1:1\"", "one float32 channel"},
    {CAPS "\"4:3:1:1:1,4:4:1:1:1\"", "uint8 mask"},
    {CAPS "\"4:3:1:1:1,1:1:1:1:1\"", "uint8 mask"},
  };
  Fixture f;

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    set_up (&f, refused[i].caps);
    snn_test_pop_error (f.bus, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        refused[i].text);
    fail_unless_equals_int (gst_harness_push (f.harness,
            new_slice (NULL, 0, 1, 0.f)), GST_FLOW_NOT_NEGOTIATED);
    tear_down (&f);
  }
}

GST_END_TEST;

GST_START_TEST (test_wrong_buffers)
{
  SnnVolumeInfo *volume = new_volume ("some-name");
  GstBuffer *buffer;
  GstMapInfo map;
  Fixture f;

  /* The memories are not of the size that the caps say. */
  set_up (&f, CAPS "\"4:4:1:1:1,4:4:1:1:1\"");
  fail_unless_equals_int (gst_harness_push (f.harness,
          new_slice (volume, 0, 1, 0.f)), GST_FLOW_ERROR);
  snn_test_pop_error (f.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, "48");
  tear_down (&f);

  /* One memory only. */
  set_up (&f, CAPS_4X3);
  buffer = new_slice (volume, 0, 1, 0.f);
  gst_buffer_remove_memory (buffer, 1);
  fail_unless_equals_int (gst_harness_push (f.harness, buffer),
      GST_FLOW_ERROR);
  snn_test_pop_error (f.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, "memor");
  tear_down (&f);

  /* A meta of another shape. */
  set_up (&f, CAPS_4X3);
  buffer = new_slice (volume, 0, 1, 0.f);
  gst_buffer_get_snn_sample_meta (buffer)->box.size[0] = 1 << 30;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  fail_unless_equals_int (gst_harness_push (f.harness, buffer),
      GST_FLOW_ERROR);
  snn_test_pop_error (f.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "some-name");
  tear_down (&f);

  /* Not a number. */
  set_up (&f, CAPS_4X3);
  buffer = new_slice (volume, 0, 1, 0.f);
  gst_memory_map (gst_buffer_peek_memory (buffer, 0), &map, GST_MAP_WRITE);
  ((float *) map.data)[5] = NAN;
  gst_memory_unmap (gst_buffer_peek_memory (buffer, 0), &map);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  fail_unless_equals_int (gst_harness_push (f.harness, buffer),
      GST_FLOW_ERROR);
  snn_test_pop_error (f.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "some-name");
  tear_down (&f);
  snn_volume_info_unref (volume);
}

GST_END_TEST;

/* Other caps in the middle: whole volumes instead of slices. */
GST_START_TEST (test_caps_change)
{
  SnnVolumeInfo *a = new_volume ("a");
  SnnVolumeInfo *b = snn_volume_info_new ("b");
  GstBuffer *buffer;
  GstSnnSampleMeta *meta;
  GstMessage *message;
  Fixture f;

  set_up (&f, CAPS_4X3);
  for (guint i = 0; i < SLICES; i++)
    push (&f, new_slice (a, i, 2, 0.f));
  /* The last slice is counted with the caps that it came with. */
  gst_harness_set_src_caps_str (f.harness, CAPS "\"2:2:3:1:1,2:2:3:1:1\"");
  b->dims[0] = b->dims[1] = 2;
  b->dims[2] = 3;
  b->n_label_voxels = 6;
  buffer = new_slice (b, 0, 4, 0.f);
  meta = gst_buffer_get_snn_sample_meta (buffer);
  memcpy (meta->box.size, b->dims, sizeof b->dims);
  meta->axis = SNN_AXIS_NONE;
  meta->n_slices = 1;
  push (&f, buffer);
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  message = pop (&f, "dice");
  NEAR (get_double (message, "dice"), 1.);
  gst_message_unref (message);
  message = pop (&f, "dice");
  NEAR (get_double (message, "dice"), 2. / 3.);
  gst_message_unref (message);
  snn_volume_info_unref (a);
  snn_volume_info_unref (b);
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_flush_starts_the_pass_again)
{
  SnnVolumeInfo *volume = new_volume ("a");
  GstSegment segment;
  GstMessage *message;
  Fixture f;

  set_up (&f, CAPS_4X3);
  for (guint i = 0; i < 3; i++)
    push (&f, new_slice (volume, i, 0, 0.f));
  fail_unless (gst_harness_push_event (f.harness,
          gst_event_new_flush_start ()));
  fail_unless (gst_harness_push_event (f.harness,
          gst_event_new_flush_stop (TRUE)));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  fail_unless (gst_harness_push_event (f.harness,
          gst_event_new_segment (&segment)));
  for (guint i = 0; i < SLICES; i++)
    push (&f, new_slice (volume, i, 2, 0.f));
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  message = pop (&f, "dice-summary");
  NEAR (get_double (message, "mean"), 1.);
  gst_message_unref (message);
  snn_volume_info_unref (volume);
  tear_down (&f);
}

GST_END_TEST;

/* The same element through NULL, with a new stream. */
static void
restart (Fixture *f)
{
  g_autoptr (GstElement) element = gst_object_ref (f->harness->element);

  gst_harness_teardown (f->harness);
  f->harness = gst_harness_new_with_element (element, "sink", NULL);
  gst_harness_set_src_caps_str (f->harness, CAPS_4X3);
}

GST_START_TEST (test_two_runs)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  double first_mean, dice;
  Fixture f;

  set_up (&f, CAPS_4X3);
  push_interleaved (&f, 1);
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  first_mean = get_mean (load (parser, f.json), "dice");
  /* Stopped in the middle, and once without any data. */
  restart (&f);
  push (&f, new_slice (NULL, 0, 0, 0.f));
  restart (&f);
  g_object_get (f.harness->element, "dice", &dice, NULL);
  fail_unless (dice == 0.);
  restart (&f);
  push_interleaved (&f, 2);
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  fail_unless (get_mean (load (parser, f.json), "dice") == first_mean);
  fail_unless_equals_int (json_array_get_length (json_object_get_array_member
          (load (parser, f.json), "passes")), 1);
  tear_down (&f);
}

GST_END_TEST;

/* EOS in the middle of a subject: what is missing was not found. */
GST_START_TEST (test_eos)
{
  SnnVolumeInfo *volume = new_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *subject;
  GstMessage *message;
  Fixture f;

  set_up (&f, CAPS_4X3);
  g_object_set (f.harness->element, "silent", TRUE, NULL);
  push (&f, new_slice (volume, 0, 2, 0.f));
  push (&f, new_slice (volume, 3, 2, 0.f));
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  fail_unless (pop (&f, "dice") == NULL);
  subject = json_array_get_object_element (json_object_get_array_member
      (load (parser, f.json), "subjects"), 0);
  NEAR (json_object_get_double_member (subject, "dice"), 24. / 42.);
  fail_unless_equals_int (json_object_get_int_member (subject, "n_samples"),
      2);
  fail_unless_equals_int (json_object_get_int_member (subject, "n_expected"),
      SLICES);
  tear_down (&f);
  snn_volume_info_unref (volume);

  /* Nothing at all: a warning, and no report in place of an older one. */
  set_up (&f, CAPS_4X3);
  fail_unless (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  message = gst_bus_pop_filtered (f.bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  gst_message_unref (message);
  fail_if (g_file_test (f.json, G_FILE_TEST_EXISTS));
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_unwritable)
{
  g_autofree gchar *missing = NULL;
  Fixture f;

  /* The folder does not exist: said before anything flows. */
  set_up (&f, NULL);
  gst_element_set_state (f.harness->element, GST_STATE_NULL);
  missing = g_build_filename (f.folder, "no", "report.json", NULL);
  g_object_set (f.harness->element, "location", missing, NULL);
  fail_unless_equals_int (gst_element_set_state (f.harness->element,
          GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  snn_test_pop_error (f.bus, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_WRITE, missing);
  gst_element_set_state (f.harness->element, GST_STATE_NULL);
  tear_down (&f);

  /* The disk is full. */
  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS)) {
    GST_INFO ("skipping: there is no /dev/full");
    return;
  }
  set_up (&f, NULL);
  gst_element_set_state (f.harness->element, GST_STATE_NULL);
  g_object_set (f.harness->element, "location", "/dev/full", NULL);
  gst_harness_play (f.harness);
  gst_harness_set_src_caps_str (f.harness, CAPS_4X3);
  push (&f, new_slice (NULL, 0, 0, 0.f));
  fail_if (gst_harness_push_event (f.harness, gst_event_new_eos ()));
  snn_test_pop_error (f.bus, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NO_SPACE_LEFT, "/dev/full");
  tear_down (&f);
}

GST_END_TEST;

/* A source with epochs, shuffled: every slice is counted once a pass. */
GST_START_TEST (test_pipeline)
{
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *report = g_build_filename (folder, "report.json", NULL);
  g_autofree gchar *launch = g_strdup_printf ("phantomsrc subjects=5 epochs=2 "
      "subset=train evaluate=true shuffle=true size=32x56x48 ! "
      "voxelnormalize ! dicesink metrics=dice+hd95 location=%s", report);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *first_run = NULL;

  for (guint run = 0; run < 2; run++) {
    GstElement *pipeline = gst_parse_launch (launch, NULL);
    GstBus *bus = gst_element_get_bus (pipeline);
    GstMessage *message;
    JsonArray *passes;
    gchar *text;

    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
        GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
    gst_message_unref (message);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    gst_object_unref (bus);
    gst_object_unref (pipeline);

    passes = json_object_get_array_member (load (parser, report), "passes");
    fail_unless_equals_int (json_array_get_length (passes), 4);
    for (guint i = 0; i < 4; i++) {
      JsonObject *pass = json_array_get_object_element (passes, i);

      fail_unless_equals_int (json_object_get_int_member (pass, "epoch"),
          i / 2);
      fail_unless_equals_int (json_object_get_boolean_member (pass,
              "evaluate"), i % 2);
      fail_unless_equals_int (json_object_get_int_member (pass, "n_subjects"),
          i % 2 ? 1 : 4);
    }
    /* The same order of slices or not, epochs measure the same to the bit. */
    fail_unless (get_mean (json_array_get_object_element (passes, 0), "dice")
        == get_mean (json_array_get_object_element (passes, 2), "dice"));
    fail_unless (g_file_get_contents (report, &text, NULL, NULL));
    if (run == 0)
      first_run = text;
    else {
      fail_unless_equals_string (text, first_run);
      g_free (text);
    }
  }
  snn_test_folder_free (folder);
}

GST_END_TEST;

static Suite *
dicesink_suite (void)
{
  Suite *suite = suite_create ("dicesink");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_interleaved_subjects);
  tcase_add_test (tc, test_cut_offs);
  tcase_add_test (tc, test_epochs);
  tcase_add_test (tc, test_passes_without_events);
  tcase_add_test (tc, test_chunks);
  tcase_add_test (tc, test_padding_and_crop);
  tcase_add_test (tc, test_caps);
  tcase_add_test (tc, test_wrong_buffers);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_flush_starts_the_pass_again);
  tcase_add_test (tc, test_two_runs);
  tcase_add_test (tc, test_eos);
  tcase_add_test (tc, test_unwritable);
  tcase_add_test (tc, test_pipeline);
  return suite;
}

GST_CHECK_MAIN (dicesink);
