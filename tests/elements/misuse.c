/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <string.h>

#include "tests/elements/helpers.h"

/* Every element that takes a stream is used wrongly in every way: it answers
 * with the right flow return, and by one message that says why or by none. A
 * row of `elements` is an element, one of `misuses` a way; both are named where
 * a test fails. test_all_are_listed() of every-element.c knows all elements. */

#define SIDE 8

typedef struct
{
  const gchar *name;
  const gchar *settings;
  const gchar *type; /* of tensor 0, as in caps */
  guint channels;
  guint timesteps;
  guint label_side; /* of tensor 1, a square */
  gboolean needs_volume;
  gboolean needs_samples; /* a stream without any is an error */
} Element;

static const Element elements[] = {
  { "voxelaugment", "", "float32", 1, 1, SIDE, FALSE },
  { "voxelnormalize", "", "float32", 1, 1, SIDE, FALSE },
  { "poissonencoder", "timesteps=4", "float32", 1, 1, SIDE, FALSE },
  { "regularencoder", "timesteps=4 chunk=2", "float32", 1, 1, SIDE, FALSE },
  { "directencoder", "timesteps=4", "float32", 1, 1, SIDE, FALSE },
  { "anninference", "model=#/ann.nir batch-size=2", "float32", 1, 1, SIDE,
      FALSE },
  { "snninference", "model=#/snn.nir batch-size=2", "uint8", 1, 4, SIDE,
      FALSE },
  { "anntrainer",
      "location=#/out.nir width=2 depth=1 batch-size=2 resume=false",
      "float32", 1, 1, SIDE, FALSE },
  { "snnfinetuner",
      "model=#/snn.nir location=#/out.nir batch-size=2 resume=false", "uint8",
      1, 4, SIDE, FALSE },
  { "snnconverter", "model=#/ann.nir location=#/out.nir", "float32", 1, 1,
      SIDE, FALSE, TRUE },
  { "maskoverlay", "", "float32", 1, 1, SIDE, FALSE },
  { "dicesink", "location=#/out.json", "float32", 1, 1, SIDE, FALSE },
  { "accuracysink", "location=#/out.json", "float32", 10, 1, 1, FALSE },
  { "niftisink", "location=#/out-%s.nii overwrite=true", "float32", 1, 1,
      SIDE, TRUE },
};

/* What a row is about; the element is played, and nothing was sent. */
typedef struct
{
  const Element *element;
  const gchar *misuse;
  SnnTestElement e;
} Row;

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_unet (folder, "ann.nir", SIDE, FALSE);
  snn_test_write_unet (folder, "snn.nir", SIDE, TRUE);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static guint
side (const Element *element)
{
  return element->label_side;
}

static gsize
image_size (const Element *element)
{
  gsize n = (gsize) side (element) * side (element) * element->channels
      * element->timesteps;

  return g_str_equal (element->type, "float32") ? n * sizeof (float) : n;
}

static gsize
label_size (const Element *element)
{
  return (gsize) side (element) * side (element);
}

/* Memory of zeros and ones. */
static GstMemory *
make_memory (const gchar *type, gsize size)
{
  guint8 *bytes = g_malloc0 (MAX (size, 1));

  if (g_str_equal (type, "float32"))
    for (gsize i = 0; i < size / sizeof (float); i++)
      ((float *) bytes)[i] = (float) (i % 3 == 0);
  else
    for (gsize i = 0; i < size; i++)
      bytes[i] = i % 3 == 0;
  return gst_memory_new_wrapped (0, bytes, size, 0, size, bytes, g_free);
}

static SnnVolumeInfo *
volume_info (void)
{
  SnnVolumeInfo *info = snn_volume_info_new ("subject");

  for (guint i = 0; i < 3; i++)
    info->dims[i] = SIDE;
  return info;
}

static void
add_meta (const Row *row, GstBuffer *buffer, guint id)
{
  SnnVolumeInfo *info = row->element->needs_volume ? volume_info () : NULL;
  GstSnnSampleMeta *meta = gst_buffer_add_snn_sample_meta (buffer, info);

  meta->sample = id;
  meta->slice = id % SIDE;
  meta->n_slices = SIDE;
  meta->axis = SNN_AXIS_Z;
  meta->box = (SnnBox) { .size = { SIDE, SIDE, SIDE } };
  g_clear_pointer (&info, snn_volume_info_unref);
}

/* A sample that is as it should be, but for its two memories' sizes. */
static GstBuffer *
new_sample (const Row *row, guint id, gsize image, gsize label)
{
  GstBuffer *buffer = gst_buffer_new ();

  if (image > 0)
    gst_buffer_append_memory (buffer, make_memory (row->element->type, image));
  if (label > 0)
    gst_buffer_append_memory (buffer, make_memory ("uint8", label));
  add_meta (row, buffer, id);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  return buffer;
}

static GstBuffer *
good_sample (const Row *row, guint id)
{
  return new_sample (row, id, image_size (row->element),
      label_size (row->element));
}

static GstEvent *
caps_event (const Row *row, guint width)
{
  const Element *element = row->element;
  g_autofree gchar *text = g_strdup_printf ("other/tensors,"
      "format=(string)static,num_tensors=(int)2,types=(string)\"%s,uint8\","
      "dimensions=(string)\"%u:%u:1:%u:%u,%u:%u:1:1:1\","
      "framerate=(fraction)0/1", element->type, width, side (element),
      element->channels, element->timesteps, width, side (element));
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  fail_unless (caps != NULL, "%s", text);
  return gst_event_new_caps (caps);
}

static void
send (Row *row, GstEvent *event)
{
  gst_harness_push_event (row->e.harness, event);
}

static void
begin (Row *row, gboolean with_caps, gboolean with_segment)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  send (row, gst_event_new_stream_start ("misuse"));
  if (with_caps)
    send (row, caps_event (row, side (row->element)));
  if (with_segment)
    send (row, gst_event_new_segment (&segment));
}

static void
push (Row *row, GstBuffer *buffer, GstFlowReturn expected)
{
  GstFlowReturn flow = gst_harness_push (row->e.harness, buffer);

  fail_unless (flow == expected, "%s, %s: %s, expected %s",
      row->element->name, row->misuse, gst_flow_get_name (flow),
      gst_flow_get_name (expected));
}

/* Counts the error messages that wait, and checks the first. */
static guint
pop_errors (Row *row, GQuark domain, gint code, const gchar *text)
{
  GstMessage *message;
  guint n = 0;

  while ((message = gst_bus_pop_filtered (row->e.bus, GST_MESSAGE_ERROR))) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    gst_message_unref (message);
    if (n++ == 0 && text)
      fail_unless (g_error_matches (error, domain, code)
              && strstr (error->message, text) != NULL,
          "%s, %s: '%s', expected '%s'", row->element->name, row->misuse,
          error->message, text);
  }
  return n;
}

static void
expect_error (Row *row, GQuark domain, gint code, const gchar *text)
{
  guint n = pop_errors (row, domain, code, text);

  fail_unless (n == 1, "%s, %s: %u errors, expected '%s'", row->element->name,
      row->misuse, n, text);
}

static void
expect_no_error (Row *row)
{
  GstMessage *message = gst_bus_pop_filtered (row->e.bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  if (!message)
    return;
  gst_message_parse_error (message, &error, NULL);
  gst_message_unref (message);
  fail ("%s, %s: '%s', expected no error", row->element->name, row->misuse,
      error->message);
}

/* After whatever went before: a new stream that is as it should be. */
static void
expect_recovery (Row *row)
{
  snn_test_element_restart (&row->e, NULL);
  begin (row, TRUE, TRUE);
  for (guint i = 0; i < 3; i++)
    push (row, good_sample (row, i), GST_FLOW_OK);
  send (row, gst_event_new_eos ());
  expect_no_error (row);
}

/* The misuses. */

static void
no_caps (Row *row)
{
  begin (row, FALSE, TRUE);
  for (guint i = 0; i < 3; i++)
    push (row, good_sample (row, i), GST_FLOW_NOT_NEGOTIATED);
  send (row, gst_event_new_eos ());
  expect_error (row, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
      "without caps");
}

static void
wrong_sizes (Row *row, gsize image, gsize label)
{
  begin (row, TRUE, TRUE);
  push (row, new_sample (row, 0, image, label), GST_FLOW_ERROR);
  expect_error (row, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "where the caps say");
}

static void
too_short (Row *row)
{
  wrong_sizes (row, image_size (row->element) - 1, label_size (row->element));
}

static void
too_long (Row *row)
{
  wrong_sizes (row, image_size (row->element) + 4, label_size (row->element));
}

static void
no_label (Row *row)
{
  wrong_sizes (row, image_size (row->element), 0);
}

static void
no_memory (Row *row)
{
  wrong_sizes (row, 0, 0);
}

static void
third_memory (Row *row)
{
  GstBuffer *buffer = good_sample (row, 0);

  gst_buffer_append_memory (buffer, make_memory ("uint8", 5));
  begin (row, TRUE, TRUE);
  push (row, buffer, GST_FLOW_ERROR);
  expect_error (row, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "3 memories");
}

/* What gst_buffer_map() makes of a labelled buffer. */
static void
merged (Row *row)
{
  begin (row, TRUE, TRUE);
  for (guint i = 0; i < 3; i++) {
    GstBuffer *buffer = good_sample (row, i);
    GstMapInfo map;

    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    gst_buffer_unmap (buffer, &map);
    gst_buffer_replace_all_memory (buffer, gst_buffer_get_all_memory (buffer));
    fail_unless_equals_int (gst_buffer_n_memory (buffer), 1);
    push (row, buffer, GST_FLOW_OK);
  }
  send (row, gst_event_new_eos ());
  expect_no_error (row);
}

static void
in_pieces (Row *row)
{
  GstBuffer *whole = good_sample (row, 0);
  gsize size = gst_buffer_get_size (whole);
  GstMemory *all = gst_buffer_get_all_memory (whole);

  gst_buffer_remove_all_memory (whole);
  for (gsize at = 0; at < size; at += 5)
    gst_buffer_append_memory (whole,
        gst_memory_copy (all, at, MIN (5, size - at)));
  gst_memory_unref (all);
  begin (row, TRUE, TRUE);
  push (row, whole, GST_FLOW_OK);
  send (row, gst_event_new_eos ());
  expect_no_error (row);
}

static void
no_meta (Row *row)
{
  gboolean refused = row->element->needs_volume;

  begin (row, TRUE, TRUE);
  for (guint i = 0; i < 3; i++) {
    GstBuffer *buffer = good_sample (row, i);

    gst_buffer_remove_meta (buffer,
        (GstMeta *) gst_buffer_get_snn_sample_meta (buffer));
    push (row, buffer, refused ? GST_FLOW_ERROR : GST_FLOW_OK);
    if (refused) {
      expect_error (row, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
          "does not say which volume");
      return;
    }
  }
  send (row, gst_event_new_eos ());
  expect_no_error (row);
}

/* As tensor_mux makes them, which keeps one buffer's meta. */
static void
some_metas (Row *row)
{
  GstBuffer *buffer = good_sample (row, 1);

  gst_buffer_remove_meta (buffer,
      (GstMeta *) gst_buffer_get_snn_sample_meta (buffer));
  begin (row, TRUE, TRUE);
  push (row, good_sample (row, 0), GST_FLOW_OK);
  push (row, buffer, GST_FLOW_ERROR);
  expect_error (row, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "Found a sample without a sample meta in a stream of samples with");
}

/* Of a volume and of none. */
static void
other_metas (Row *row)
{
  GstBuffer *buffer = good_sample (row, 1);
  GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  if (meta->volume)
    g_clear_pointer (&meta->volume, snn_volume_info_unref);
  else
    meta->volume = volume_info ();
  begin (row, TRUE, TRUE);
  push (row, good_sample (row, 0), GST_FLOW_OK);
  push (row, buffer, GST_FLOW_ERROR);
  expect_error (row, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "which could not be told apart");
}

static void
gap (Row *row)
{
  begin (row, TRUE, TRUE);
  send (row, gst_event_new_gap (0, GST_SECOND));
  push (row, good_sample (row, 0), GST_FLOW_OK);
  send (row, gst_event_new_gap (GST_SECOND, GST_SECOND));
  push (row, good_sample (row, 1), GST_FLOW_OK);
  send (row, gst_event_new_gap (2 * GST_SECOND, GST_CLOCK_TIME_NONE));
  send (row, gst_event_new_eos ());
  expect_no_error (row);
}

static void
flush (Row *row)
{
  begin (row, TRUE, TRUE);
  for (guint i = 0; i < 3; i++) {
    push (row, good_sample (row, i), GST_FLOW_OK);
    snn_test_element_flush (&row->e);
  }
  push (row, good_sample (row, 3), GST_FLOW_OK);
  send (row, gst_event_new_eos ());
  expect_no_error (row);
}

static GstEvent *
custom (const gchar *name, const gchar *field, GType type, guint value)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
      name ? gst_structure_new (name, field, type, value, NULL) : NULL);
}

static void
malformed_events (Row *row)
{
  begin (row, TRUE, TRUE);
  send (row, custom (NULL, NULL, G_TYPE_UINT, 0));
  send (row, custom ("GstSnnEpochBegin", "nothing", G_TYPE_UINT, 1));
  push (row, good_sample (row, 0), GST_FLOW_OK);
  send (row, custom ("GstSnnEpochBegin", "epoch", G_TYPE_INT, 1));
  send (row, custom ("GstSnnEpochEnd", "epoch", G_TYPE_UINT, 7));
  push (row, good_sample (row, 1), GST_FLOW_OK);
  send (row, gst_event_new_eos ());
  expect_no_error (row);
}

/* Epochs that nobody counts like this: refused, or gone along with. */
static void
odd_epochs (Row *row)
{
  static const GstSnnEpoch epochs[] = {
    { 0, 1, FALSE, 0 },
    { G_MAXUINT, G_MAXUINT, FALSE, G_MAXUINT },
    { 5, 1, TRUE, 1 },
  };
  guint n;

  begin (row, TRUE, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (epochs); i++) {
    send (row, gst_snn_event_new_epoch_end (&epochs[i]));
    send (row, gst_snn_event_new_epoch_begin (&epochs[i]));
    send (row, gst_snn_event_new_epoch_begin (&epochs[i]));
    gst_harness_push (row->e.harness, good_sample (row, i));
  }
  send (row, gst_event_new_eos ());
  n = pop_errors (row, 0, 0, NULL);
  fail_unless (n <= 1, "%s, %s: %u errors", row->element->name, row->misuse,
      n);
}

/* To a size that only some elements go along with, and back. */
static void
caps_change (Row *row)
{
  guint n;

  begin (row, TRUE, TRUE);
  push (row, good_sample (row, 0), GST_FLOW_OK);
  send (row, caps_event (row, 2 * side (row->element)));
  gst_harness_push (row->e.harness, new_sample (row, 1,
          2 * image_size (row->element), 2 * label_size (row->element)));
  n = pop_errors (row, 0, 0, NULL);
  fail_unless (n <= 1, "%s, %s: %u errors", row->element->name, row->misuse,
      n);
}

/* A buffer of the old size after caps of a new one. */
static void
stale_size (Row *row)
{
  GstFlowReturn flow;
  guint n;

  begin (row, TRUE, TRUE);
  push (row, good_sample (row, 0), GST_FLOW_OK);
  send (row, caps_event (row, 2 * side (row->element)));
  flow = gst_harness_push (row->e.harness, good_sample (row, 1));
  fail_unless (flow == GST_FLOW_ERROR || flow == GST_FLOW_NOT_NEGOTIATED,
      "%s, %s: %s", row->element->name, row->misuse, gst_flow_get_name (flow));
  n = pop_errors (row, 0, 0, NULL);
  fail_unless (n == 1, "%s, %s: %u errors", row->element->name, row->misuse,
      n);
}

static void
state_cycles (Row *row)
{
  static const GstState states[] = { GST_STATE_PAUSED, GST_STATE_PLAYING,
    GST_STATE_READY, GST_STATE_PLAYING, GST_STATE_NULL };

  begin (row, TRUE, TRUE);
  push (row, good_sample (row, 0), GST_FLOW_OK);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    GstStateChangeReturn change =
        gst_element_set_state (row->e.element, states[i]);

    fail_unless (change != GST_STATE_CHANGE_FAILURE, "%s, %s: to %s",
        row->element->name, row->misuse,
        gst_element_state_get_name (states[i]));
  }
  expect_no_error (row);
}

/* What was collected must not come into the next stream. */
static void
left_in_paused (Row *row)
{
  for (guint i = 0; i < 3; i++) {
    begin (row, TRUE, TRUE);
    push (row, good_sample (row, i), GST_FLOW_OK);
    snn_test_element_restart (&row->e, NULL);
  }
}

static void
end_empty (Row *row)
{
  send (row, gst_event_new_eos ());
  if (row->element->needs_samples)
    expect_error (row, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
        "expected at least one");
  else
    expect_no_error (row);
}

static void
only_eos (Row *row)
{
  begin (row, FALSE, FALSE);
  end_empty (row);
}

static void
eos_without_data (Row *row)
{
  begin (row, TRUE, TRUE);
  end_empty (row);
}

static void
no_segment (Row *row)
{
  begin (row, TRUE, FALSE);
  /* Of the pads of GStreamer; two samples are a batch. */
  ASSERT_WARNING (push (row, good_sample (row, 0), GST_FLOW_OK);
      push (row, good_sample (row, 1), GST_FLOW_OK));
  send (row, gst_event_new_eos ());
  expect_no_error (row);
}

static const struct
{
  const gchar *name;
  void (*commit) (Row *row);
} misuses[] = {
  { "no caps", no_caps },
  { "image too short", too_short },
  { "image too long", too_long },
  { "no label", no_label },
  { "no memory", no_memory },
  { "a third memory", third_memory },
  { "memories merged", merged },
  { "memories in pieces", in_pieces },
  { "no meta", no_meta },
  { "some metas", some_metas },
  { "other metas", other_metas },
  { "gap", gap },
  { "flush", flush },
  { "malformed events", malformed_events },
  { "odd epochs", odd_epochs },
  { "caps change", caps_change },
  { "stale size", stale_size },
  { "state cycles", state_cycles },
  { "left in paused", left_in_paused },
  { "only eos", only_eos },
  { "eos without data", eos_without_data },
  { "no segment", no_segment },
};

/* All rows of an element in one process: to start one takes longer than a row,
 * and under sanitizers much longer. */
GST_START_TEST (test_misuse)
{
  const Element *element = &elements[__i__];
  g_autofree gchar *description =
      g_strdup_printf ("%s %s", element->name, element->settings);

  for (guint i = 0; i < G_N_ELEMENTS (misuses); i++) {
    Row row = { element, misuses[i].name };

    GST_INFO ("%s, %s", element->name, row.misuse);
    snn_test_element_init (&row.e, description, folder, NULL);
    misuses[i].commit (&row);
    expect_recovery (&row);
    snn_test_element_clear (&row.e);
  }
}

GST_END_TEST;

static Suite *
misuse_suite (void)
{
  Suite *suite = suite_create ("misuse");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_misuse, 0, G_N_ELEMENTS (elements));
  return suite;
}

GST_CHECK_MAIN (misuse);
