/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "tests/elements/dice-fixture.h"

/* Passes of dicesink's streams, streams that change, end early or are wrong,
 * and reports that can't be written. */

GST_START_TEST (test_epochs)
{
  SnnVolumeInfo *volume = snn_dice_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  GstSnnEpoch epoch = {.epochs = 2,.n_samples = SLICES };
  JsonObject *report;
  JsonArray *passes;
  SnnDiceFixture f;

  snn_dice_set_up (&f, "", CAPS_4X3);
  for (epoch.epoch = 0; epoch.epoch < 2; epoch.epoch++)
    for (epoch.evaluate = FALSE; epoch.evaluate <= TRUE; epoch.evaluate++) {
      g_autoptr (GstStructure) summary = NULL;
      gboolean evaluate = !epoch.evaluate;
      double mean = 0.;

      fail_unless (gst_harness_push_event (f.e.harness,
              gst_snn_event_new_epoch_begin (&epoch)));
      for (guint i = 0; i < SLICES; i++) {
        GstBuffer *buffer = snn_dice_evaluation_slice (volume, i,
            1 + epoch.evaluate, epoch.epoch);

        if (!epoch.evaluate)
          gst_buffer_get_snn_sample_meta (buffer)->flags = 0;
        snn_dice_push (&f, buffer);
      }
      fail_unless (snn_test_element_structure (&f.e, "dice-summary") == NULL);
      fail_unless (gst_harness_push_event (f.e.harness,
              gst_snn_event_new_epoch_end (&epoch)));
      summary = snn_test_element_structure (&f.e, "dice-summary");
      fail_unless (gst_structure_get (summary, "mean", G_TYPE_DOUBLE, &mean,
              "evaluate", G_TYPE_BOOLEAN, &evaluate, NULL));
      NEAR (mean, epoch.evaluate ? 1. : 2. / 3.);
      fail_unless_equals_int (evaluate, epoch.evaluate);
      /* Written at the end of each pass. */
      report = snn_dice_load (parser, f.json);
      NEAR (snn_dice_mean (report, "dice"),
          epoch.epoch || epoch.evaluate ? 1. : 2. / 3.);
    }
  snn_test_element_eos (&f.e);
  fail_unless (snn_test_element_structure (&f.e, "dice-summary") == NULL);

  report = snn_dice_load (parser, f.json);
  passes = json_object_get_array_member (report, "passes");
  fail_unless_equals_int (json_array_get_length (passes), 4);
  report = json_array_get_object_element (passes, 2);
  fail_unless_equals_int (json_object_get_int_member (report, "epoch"), 1);
  fail_if (json_object_get_boolean_member (report, "evaluate"));
  NEAR (snn_dice_mean (report, "dice"), 2. / 3.);
  snn_volume_info_unref (volume);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

/* Without events, metas say which pass a sample belongs to. */
GST_START_TEST (test_passes_without_events)
{
  SnnVolumeInfo *volume = snn_dice_volume ("a");
  SnnDiceFixture f;

  snn_dice_set_up (&f, "", CAPS_4X3);
  for (guint epoch = 0; epoch < 2; epoch++)
    for (guint i = 0; i < SLICES; i++)
      snn_dice_push (&f,
          snn_dice_evaluation_slice (volume, i, 1 + epoch, epoch));
  NEAR (snn_dice_value (&f, "dice-summary", "mean"), 2. / 3.);
  snn_test_element_eos (&f.e);
  NEAR (snn_dice_value (&f, "dice-summary", "mean"), 1.);
  snn_volume_info_unref (volume);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

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

GST_START_TEST (test_caps)
{
  SnnDiceFixture f;

  snn_dice_set_up (&f, "", refused[__i__].caps);
  snn_test_pop_error (f.e.bus, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
      refused[__i__].text);
  snn_test_element_push (&f.e, snn_dice_slice (NULL, 0, 1, 0.f),
      GST_FLOW_NOT_NEGOTIATED);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_wrong_buffers)
{
  SnnVolumeInfo *volume = snn_dice_volume ("some-name");
  GstBuffer *buffer;
  GstMapInfo map;
  SnnDiceFixture f;

  /* The memories are not of the size that the caps say. */
  snn_dice_set_up (&f, "", CAPS "\"4:4:1:1:1,4:4:1:1:1\"");
  snn_test_element_push (&f.e, snn_dice_slice (volume, 0, 1, 0.f),
      GST_FLOW_ERROR);
  snn_test_pop_error (f.e.bus, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "48");
  snn_dice_tear_down (&f);

  /* One memory only. */
  snn_dice_set_up (&f, "", CAPS_4X3);
  buffer = snn_dice_slice (volume, 0, 1, 0.f);
  gst_buffer_remove_memory (buffer, 1);
  snn_test_element_push (&f.e, buffer, GST_FLOW_ERROR);
  snn_test_pop_error (f.e.bus, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "memor");
  snn_dice_tear_down (&f);

  /* A meta of another shape. */
  snn_dice_set_up (&f, "", CAPS_4X3);
  buffer = snn_dice_slice (volume, 0, 1, 0.f);
  gst_buffer_get_snn_sample_meta (buffer)->box.size[0] = 1 << 30;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  snn_test_element_push (&f.e, buffer, GST_FLOW_ERROR);
  snn_test_pop_error (f.e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "some-name");
  snn_dice_tear_down (&f);

  /* Not a number. */
  snn_dice_set_up (&f, "", CAPS_4X3);
  buffer = snn_dice_slice (volume, 0, 1, 0.f);
  gst_memory_map (gst_buffer_peek_memory (buffer, 0), &map, GST_MAP_WRITE);
  ((float *) map.data)[5] = NAN;
  gst_memory_unmap (gst_buffer_peek_memory (buffer, 0), &map);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  snn_test_element_push (&f.e, buffer, GST_FLOW_ERROR);
  snn_test_pop_error (f.e.bus, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FAILED, "some-name");
  snn_dice_tear_down (&f);
  snn_volume_info_unref (volume);
}

GST_END_TEST;

/* Other caps in the middle: whole volumes instead of slices. */
GST_START_TEST (test_caps_change)
{
  SnnVolumeInfo *a = snn_dice_volume ("a");
  SnnVolumeInfo *b = snn_volume_info_new ("b");
  GstBuffer *buffer;
  GstSnnSampleMeta *meta;
  SnnDiceFixture f;

  snn_dice_set_up (&f, "", CAPS_4X3);
  for (guint i = 0; i < SLICES; i++)
    snn_dice_push (&f, snn_dice_slice (a, i, 2, 0.f));
  /* The last slice is counted with the caps that it came with. */
  gst_harness_set_src_caps_str (f.e.harness, CAPS "\"2:2:3:1:1,2:2:3:1:1\"");
  b->dims[0] = b->dims[1] = 2;
  b->dims[2] = 3;
  b->n_label_voxels = 6;
  buffer = snn_dice_slice (b, 0, 4, 0.f);
  meta = gst_buffer_get_snn_sample_meta (buffer);
  memcpy (meta->box.size, b->dims, sizeof b->dims);
  meta->axis = SNN_AXIS_NONE;
  meta->n_slices = 1;
  snn_dice_push (&f, buffer);
  snn_test_element_eos (&f.e);
  NEAR (snn_dice_value (&f, "dice", "dice"), 1.);
  NEAR (snn_dice_value (&f, "dice", "dice"), 2. / 3.);
  snn_volume_info_unref (a);
  snn_volume_info_unref (b);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_flush_starts_the_pass_again)
{
  SnnVolumeInfo *volume = snn_dice_volume ("a");
  SnnDiceFixture f;

  snn_dice_set_up (&f, "", CAPS_4X3);
  for (guint i = 0; i < 3; i++)
    snn_dice_push (&f, snn_dice_slice (volume, i, 0, 0.f));
  snn_test_element_flush (&f.e);
  for (guint i = 0; i < SLICES; i++)
    snn_dice_push (&f, snn_dice_slice (volume, i, 2, 0.f));
  snn_test_element_eos (&f.e);
  NEAR (snn_dice_value (&f, "dice-summary", "mean"), 1.);
  snn_volume_info_unref (volume);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_two_runs)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  double first_mean, dice;
  SnnDiceFixture f;

  snn_dice_set_up (&f, "", CAPS_4X3);
  snn_dice_push_interleaved (&f, 1);
  snn_test_element_eos (&f.e);
  first_mean = snn_dice_mean (snn_dice_load (parser, f.json), "dice");
  /* Stopped in the middle, and once without any data. */
  snn_test_element_restart (&f.e, CAPS_4X3);
  snn_dice_push (&f, snn_dice_slice (NULL, 0, 0, 0.f));
  snn_test_element_restart (&f.e, CAPS_4X3);
  g_object_get (f.e.element, "dice", &dice, NULL);
  fail_unless (dice == 0.);
  snn_test_element_restart (&f.e, CAPS_4X3);
  snn_dice_push_interleaved (&f, 2);
  snn_test_element_eos (&f.e);
  fail_unless (snn_dice_mean (snn_dice_load (parser, f.json), "dice")
      == first_mean);
  fail_unless_equals_int (json_array_get_length (json_object_get_array_member
          (snn_dice_load (parser, f.json), "passes")), 1);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

/* EOS in the middle of a subject: what is missing was not found. */
GST_START_TEST (test_eos)
{
  SnnVolumeInfo *volume = snn_dice_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *subject;
  GstMessage *message;
  SnnDiceFixture f;

  snn_dice_set_up (&f, "", CAPS_4X3);
  g_object_set (f.e.element, "silent", TRUE, NULL);
  snn_dice_push (&f, snn_dice_slice (volume, 0, 2, 0.f));
  snn_dice_push (&f, snn_dice_slice (volume, 3, 2, 0.f));
  snn_test_element_eos (&f.e);
  fail_unless (snn_test_element_structure (&f.e, "dice") == NULL);
  subject = json_array_get_object_element (json_object_get_array_member
      (snn_dice_load (parser, f.json), "subjects"), 0);
  NEAR (json_object_get_double_member (subject, "dice"), 24. / 42.);
  fail_unless_equals_int (json_object_get_int_member (subject, "n_samples"),
      2);
  fail_unless_equals_int (json_object_get_int_member (subject, "n_expected"),
      SLICES);
  snn_dice_tear_down (&f);
  snn_volume_info_unref (volume);

  /* Nothing at all: a warning, and no report in place of an older one. */
  snn_dice_set_up (&f, "", CAPS_4X3);
  snn_test_element_eos (&f.e);
  message = gst_bus_pop_filtered (f.e.bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  gst_message_unref (message);
  fail_if (g_file_test (f.json, G_FILE_TEST_EXISTS));
  snn_dice_tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_unwritable)
{
  SnnDiceFixture f;

  /* The folder does not exist: said before anything flows. */
  snn_test_expect_error ("appsrc ! dicesink location=/nonexistent/report.json",
      "", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE,
      "/nonexistent/report.json");

  /* The disk is full. */
  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS)) {
    GST_INFO ("skipping: there is no /dev/full");
    return;
  }
  snn_dice_set_up (&f, "location=/dev/full", CAPS_4X3);
  snn_dice_push (&f, snn_dice_slice (NULL, 0, 0, 0.f));
  fail_if (gst_harness_push_event (f.e.harness, gst_event_new_eos ()));
  snn_test_pop_error (f.e.bus, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_NO_SPACE_LEFT, "/dev/full");
  snn_dice_tear_down (&f);
}

GST_END_TEST;

static Suite *
dicesink_streams_suite (void)
{
  Suite *suite = suite_create ("dicesink-streams");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_epochs);
  tcase_add_test (tc, test_passes_without_events);
  tcase_add_loop_test (tc, test_caps, 0, G_N_ELEMENTS (refused));
  tcase_add_test (tc, test_wrong_buffers);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_flush_starts_the_pass_again);
  tcase_add_test (tc, test_two_runs);
  tcase_add_test (tc, test_eos);
  tcase_add_test (tc, test_unwritable);
  return suite;
}

GST_CHECK_MAIN (dicesink_streams);
