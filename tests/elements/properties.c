/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <gst/snn/properties.h>
#include "tests/elements/helpers.h"

/* (transfer full): what @description's error says, NULL where it runs. */
static gchar *
find_complaint (const gchar *description)
{
  g_autoptr (GError) failure = NULL;
  GstElement *pipeline = gst_parse_launch (description, &failure);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  gchar *text = NULL;

  fail_unless (failure == NULL, "%s: %s", description,
      failure ? failure->message : "");
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless (message != NULL, "%s", description);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    text = g_strdup (error->message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return text;
}

static const struct
{
  const gchar *description;
  const gchar *complaint;
} refusals[] = {
  {"phantomsrc subjects=0 ! fakesink",
      "subjects is 0, expected 1 to 65535, default 20"},
  {"phantomsrc subjects=-1 ! fakesink",
      "subjects is 4294967295, expected 1 to 65535, default 20"},
  {"phantomsrc fold=-1 ! fakesink",
      "fold is 4294967295, expected 0 to 65534, default 0"},
  {"phantomsrc epochs=-3 ! fakesink",
      "epochs is 4294967293, expected 0 to 2147483647, default 1"},
  {"phantomsrc seed=-1 ! fakesink", "seed is 18446744073709551615, expected 0 "
      "to 9223372036854775807, default 0"},
  {"phantomsrc fold-seed=-2 ! fakesink", "fold-seed is 18446744073709551614"},
  {"phantomsrc cache-size=-1 ! fakesink", "cache-size is 18446744073709551615"},
  {"phantomsrc num-buffers=1 seed=9223372036854775807 ! fakesink", NULL},
  {"phantomsrc noise=5 ! fakesink",
      "noise is 5, expected 0 to 1, default 0.06"},
  {"phantomsrc noise=nan ! fakesink",
      "noise is nan, expected 0 to 1, default 0.06"},
  {"phantomsrc ! voxelnormalize ! poissonencoder timesteps=-1 ! fakesink",
      "timesteps is 4294967295, expected 0 to 1000000, default 0"},
  {"phantomsrc ! anntrainer width=0 batch-size=0 ! fakesink",
      "batch-size is 0, expected 1 to 65536, default 26"},
  {"phantomsrc ! niftisink cut-off=5", "cut-off is 5, expected 0 to 1, "
      "default 0.5"},
  {"phantomsrc ! dicesink cut-off=5", "cut-off is 5, expected 0 to 1, "
      "default 0.5"},
  {"phantomsrc num-buffers=1 subjects=0 subjects=1 ! fakesink", NULL},
};

GST_START_TEST (test_refused_values)
{
  g_autofree gchar *found = find_complaint (refusals[__i__].description);

  if (refusals[__i__].complaint)
    fail_unless (found && strstr (found, refusals[__i__].complaint),
        "%s: %s", refusals[__i__].description, found);
  else
    fail_unless (found == NULL, "%s: %s", refusals[__i__].description, found);
}

GST_END_TEST;

/* What was refused does not become something else. */
GST_START_TEST (test_refused_value_is_not_taken)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make ("phantomsrc", NULL));
  guint subjects;

  g_object_set (element, "subjects", 7, NULL);
  g_object_set (element, "subjects", 70000, NULL);
  g_object_get (element, "subjects", &subjects, NULL);
  fail_unless_equals_int (subjects, 7);
}

GST_END_TEST;

static void
count_warning (const gchar *domain, GLogLevelFlags level, const gchar *text,
    gpointer data)
{
  fail_unless (strstr (text, "stays as it is; set it in READY") != NULL, "%s",
      text);
  ++*(guint *) data;
}

static void
count_notify (GObject *object, GParamSpec *spec, gpointer data)
{
  ++*(guint *) data;
}

/* Set while the stream runs: warned of, and not taken, be it in range or not. */
GST_START_TEST (test_too_late)
{
  GstElement *pipeline = gst_parse_launch
      ("phantomsrc name=source ! fakesink", NULL);
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "source");
  guint warnings = 0, notifies = 0, subjects;
  guint handler = g_log_set_handler ("gst-snn", G_LOG_LEVEL_WARNING,
      count_warning, &warnings);

  g_signal_connect (source, "notify::subjects", G_CALLBACK (count_notify),
      &notifies);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
          GST_CLOCK_TIME_NONE), GST_STATE_CHANGE_SUCCESS);
  g_object_set (source, "subjects", 20, NULL);
  fail_unless_equals_int (warnings, 0);
  g_object_set (source, "subjects", 3, NULL);
  fail_unless_equals_int (warnings, 1);
  fail_unless_equals_int (notifies, 2);
  g_object_set (source, "subjects", 70000, NULL);
  fail_unless_equals_int (warnings, 2);
  g_object_get (source, "subjects", &subjects, NULL);
  fail_unless_equals_int (subjects, 20);
  gst_element_set_state (pipeline, GST_STATE_READY);
  g_object_set (source, "subjects", 4, NULL);
  fail_unless_equals_int (warnings, 2);
  g_object_get (source, "subjects", &subjects, NULL);
  fail_unless_equals_int (subjects, 4);
  /* What was refused leaves nothing behind. */
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_ASYNC);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_log_remove_handler ("gst-snn", handler);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* Twenty properties can be kept under one name. */
GST_START_TEST (test_presets)
{
  g_autoptr (GstElement) trainer =
      gst_object_ref_sink (gst_element_factory_make ("anntrainer", NULL));
  g_auto (GStrv) names = gst_preset_get_property_names (GST_PRESET (trainer));

  fail_unless (g_strv_contains ((const gchar * const *) names, "batch-size"));
  fail_unless (g_strv_contains ((const gchar * const *) names, "schedule"));
}

GST_END_TEST;

/* A result that has changed is told. */
GST_START_TEST (test_results_notify)
{
  GstElement *pipeline = gst_parse_launch ("phantomsrc subjects=1 axis=none ! "
      "voxelnormalize ! dicesink name=sink", NULL);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  guint notifies = 0;

  g_signal_connect (sink, "notify::dice", G_CALLBACK (count_notify),
      &notifies);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  fail_unless_equals_int (notifies, 1);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static Suite *
properties_suite (void)
{
  Suite *suite = suite_create ("properties");
  TCase *tc = tcase_create ("all");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_refused_values, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tc, test_refused_value_is_not_taken);
  tcase_add_test (tc, test_too_late);
  tcase_add_test (tc, test_presets);
  tcase_add_test (tc, test_results_notify);
  return suite;
}

GST_CHECK_MAIN (properties);
