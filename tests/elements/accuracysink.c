/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <math.h>

#include "tests/elements/helpers.h"

#define ELEMENT "accuracysink location=#/report.json"
#define CAPS "other/tensors,format=static,framerate=0/1,num_tensors=2," \
    "types=\"float32,uint8\",dimensions="
#define CAPS_3 CAPS "\"1:1:1:3:1,1:1:1:1:1\""

static gchar *folder;
static SnnTestElement e;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_element_init (&e, ELEMENT, folder, CAPS_3);
}

static void
teardown (void)
{
  snn_test_element_clear (&e);
  g_clear_pointer (&folder, snn_test_folder_free);
}

static JsonObject *
load_report (JsonParser *parser)
{
  g_autofree gchar *path = g_build_filename (folder, "report.json", NULL);

  fail_unless (json_parser_load_from_file (parser, path, NULL));
  return json_node_get_object (json_parser_get_root (parser));
}

/* A sample of class @label for which class @likeliest is predicted. */
static GstBuffer *
new_sample (guint label, guint likeliest, guint sample, guint epoch,
    gboolean evaluate)
{
  float *probability = g_new (float, 3);
  guint8 *class = g_new (guint8, 1);
  GstBuffer *buffer = gst_buffer_new_wrapped (probability,
      3 * sizeof (float));
  GstSnnSampleMeta *meta;

  for (guint i = 0; i < 3; i++)
    probability[i] = i == likeliest ? 0.8f : 0.1f;
  *class = (guint8) label;
  gst_buffer_append_memory (buffer,
      gst_memory_new_wrapped (0, class, 1, 0, 1, class, g_free));
  meta = gst_buffer_add_snn_sample_meta (buffer, NULL);
  meta->sample = sample;
  meta->epoch = epoch;
  meta->flags = evaluate ? GST_SNN_SAMPLE_EVALUATE : 0;
  return buffer;
}

static void
push (GstBuffer *buffer)
{
  snn_test_element_push (&e, buffer, GST_FLOW_OK);
}

/* Checks the next summary. */
static void
check_summary (guint epoch, gboolean evaluate, guint64 n, double accuracy)
{
  g_autoptr (GstStructure) summary =
      snn_test_element_structure (&e, "accuracy-summary");
  guint64 got_n;
  guint got_epoch;
  gboolean got_evaluate;
  double got;

  fail_unless (summary != NULL);
  fail_unless (gst_structure_get (summary, "epoch", G_TYPE_UINT, &got_epoch,
          "evaluate", G_TYPE_BOOLEAN, &got_evaluate, "n", G_TYPE_UINT64, &got_n,
          "accuracy", G_TYPE_DOUBLE, &got, NULL));
  fail_unless_equals_int (got_epoch, epoch);
  fail_unless_equals_int (got_evaluate, evaluate);
  fail_unless_equals_uint64 (got_n, n);
  fail_unless (fabs (got - accuracy) < 1e-12, "%g", got);
}

/* Training and evaluation samples are two passes; the report is of the latter,
 * and the same instance measures anew when it runs again. */
GST_START_TEST (test_passes)
{

  for (guint run = 0; run < 2; run++) {
    g_autoptr (JsonParser) parser = json_parser_new ();
    JsonObject *report;
    JsonArray *confusion;
    guint64 samples;
    double accuracy;

    push (new_sample (0, 0, 0, 0, FALSE));
    push (new_sample (1, 0, 1, 0, FALSE));
    push (new_sample (1, 1, 2, 0, TRUE));
    push (new_sample (2, 1, 3, 0, TRUE));
    push (new_sample (2, 2, 4, 0, TRUE));
    push (new_sample (0, 1, 0, 1, FALSE));
    snn_test_element_eos (&e);
    check_summary (0, FALSE, 2, 0.5);
    check_summary (0, TRUE, 3, 2. / 3.);
    check_summary (1, FALSE, 1, 0.);
    g_object_get (e.harness->element, "samples", &samples, "accuracy",
        &accuracy, NULL);
    fail_unless_equals_uint64 (samples, 1);
    fail_unless_equals_float (accuracy, 0.);

    report = load_report (parser);
    fail_unless_equals_int (json_object_get_int_member (report, "n"), 3);
    fail_unless_equals_int (json_object_get_int_member (report, "right"), 2);
    fail_unless (json_object_get_boolean_member (report, "evaluate"));
    confusion = json_object_get_array_member (report, "confusion");
    fail_unless_equals_int (json_array_get_int_element
        (json_array_get_array_element (confusion, 2), 1), 1);
    fail_unless_equals_int (json_array_get_length
        (json_object_get_array_member (report, "passes")), 3);

    snn_test_folder_empty (folder);
    snn_test_element_restart (&e, CAPS_3);
  }
}

GST_END_TEST;

/* A pass that another source goes on with, as behind a concat, is one. */
GST_START_TEST (test_pass_goes_on)
{
  const GstSnnEpoch epoch = { .epochs = 1, .n_samples = 1 };
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *report;

  for (guint source = 0; source < 2; source++) {
    gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
    push (new_sample (source, 0, source, 0, FALSE));
    gst_harness_push_event (e.harness, gst_snn_event_new_epoch_end (&epoch));
  }
  check_summary (0, FALSE, 1, 1.);
  check_summary (0, FALSE, 2, 0.5);
  report = load_report (parser);
  fail_unless_equals_int (json_object_get_int_member (report, "n"), 2);
  fail_unless_equals_int (json_array_get_length
      (json_object_get_array_member (report, "passes")), 1);
}

GST_END_TEST;

/* Of a sample's predictions the last one counts, with MARKER or without. */
GST_START_TEST (test_chunks)
{
  for (guint sample = 0; sample < 2; sample++)
    for (guint chunk = 0; chunk < 3; chunk++) {
      GstBuffer *buffer = new_sample (2, chunk, sample, 0, FALSE);

      if (__i__ && chunk == 2)
        GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
      push (buffer);
    }
  snn_test_element_eos (&e);
  check_summary (0, FALSE, 2, 1.);
}

GST_END_TEST;

/* What was counted before a flush counts no more, and what had begun need not end. */
GST_START_TEST (test_flush)
{
  const GstSnnEpoch epoch = { .epochs = 1, .n_samples = 2 };

  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
  push (new_sample (0, 1, 0, 0, FALSE));
  push (new_sample (0, 1, 1, 0, FALSE));
  snn_test_element_flush (&e);
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_begin (&epoch));
  push (new_sample (0, 0, 0, 0, FALSE));
  gst_harness_push_event (e.harness, gst_snn_event_new_epoch_end (&epoch));
  check_summary (0, FALSE, 1, 1.);
}

GST_END_TEST;

GST_START_TEST (test_nothing)
{
  g_autoptr (GstMessage) warning = NULL;

  snn_test_element_eos (&e);
  warning = gst_bus_pop_filtered (e.bus, GST_MESSAGE_WARNING);
  fail_unless (warning != NULL);
  fail_if (snn_test_exists (folder, "report.json"));
}

GST_END_TEST;

static const struct
{
  const gchar *caps;
  const gchar *text;
} refused[] = {
  {"other/tensors,format=static,framerate=0/1,num_tensors=1,"
        "types=float32,dimensions=\"1:1:1:3:1\"", "no label"},
  {CAPS "\"1:1:1:1:1,1:1:1:1:1\"", "each of several classes"},
  {CAPS "\"4:4:1:3:1,1:1:1:1:1\"", "each of several classes"},
  {CAPS "\"1:1:1:3:1,4:4:1:1:1\"", "not one uint8"},
};

GST_START_TEST (test_caps)
{
  snn_test_element_restart (&e, refused[__i__].caps);
  snn_test_pop_error (e.bus, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
      refused[__i__].text);
  snn_test_element_push (&e, new_sample (0, 0, 0, 0, FALSE),
      GST_FLOW_NOT_NEGOTIATED);
}

GST_END_TEST;

GST_START_TEST (test_errors)
{
  GstBuffer *buffer;
  GstMapInfo map;

  push (new_sample (3, 0, 0, 0, FALSE));
  snn_test_element_push (&e, new_sample (0, 0, 1, 0, FALSE), GST_FLOW_ERROR);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "class 3, where the classifier has classes 0 to 2");

  snn_test_element_restart (&e, CAPS_3);
  buffer = new_sample (0, 0, 0, 0, FALSE);
  fail_unless (gst_memory_map (gst_buffer_peek_memory (buffer, 0), &map,
          GST_MAP_WRITE));
  ((float *) map.data)[1] = NAN;
  gst_memory_unmap (gst_buffer_peek_memory (buffer, 0), &map);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  snn_test_element_push (&e, buffer, GST_FLOW_ERROR);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "class 1");
}

GST_END_TEST;

GST_START_TEST (test_location)
{
  snn_test_expect_error ("appsrc ! accuracysink location=#/none/report.json",
      folder, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE,
      "/none/report.json");
}

GST_END_TEST;

static Suite *
accuracysink_suite (void)
{
  Suite *suite = suite_create ("accuracysink");
  TCase *tcase = tcase_create ("general");

  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_passes);
  tcase_add_test (tcase, test_pass_goes_on);
  tcase_add_loop_test (tcase, test_chunks, 0, 2);
  tcase_add_test (tcase, test_flush);
  tcase_add_test (tcase, test_nothing);
  tcase_add_loop_test (tcase, test_caps, 0, G_N_ELEMENTS (refused));
  tcase_add_test (tcase, test_errors);
  tcase_add_test (tcase, test_location);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (accuracysink);
