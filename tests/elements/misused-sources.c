/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include "tests/cifar-files.h"
#include "tests/elements/helpers.h"

/* As misuse.c, of what begins a stream: every source is used wrongly in every
 * way, and then as it should be. A row of `sources` is a source, one of
 * `misuses` a way; both are named where a test fails. */

typedef struct
{
  const gchar *name;
  const gchar *settings;
  guint n_samples;
  const gchar *location; /* a bad one; NULL: it reads nothing */
} Source;

static const Source sources[] = {
  { "niftisrc", "location=#/images label-location=#/labels axis=z", 9,
      "/nonexistent" },
  { "phantomsrc", "subjects=1 axis=z roi=:,:,10:16", 6, NULL },
  { "labelmapsrc",
      "location=#/labels labels=1 subjects=4 grid=8x6x2 voxel-size=1 axis=z",
      8, "/nonexistent" },
  { "cifarsrc", "location=#", 5, "/nonexistent" },
};

typedef struct
{
  const Source *source;
  const gchar *misuse;
  GstElement *pipeline;
  GstElement *element;
  GstPad *pad; /* its own */
  GstBus *bus;
  gint n_buffers; /* since the last segment or flush, atomic */
} Row;

static gchar *folder;

static void
setup (void)
{
  folder = cifar_folder_new ();
  snn_test_write_dataset (folder, 3);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static GstPadProbeReturn
count (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Row *row = data;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    g_atomic_int_inc (&row->n_buffers);
  else if (GST_EVENT_TYPE (info->data) == GST_EVENT_SEGMENT
      || GST_EVENT_TYPE (info->data) == GST_EVENT_FLUSH_STOP)
    g_atomic_int_set (&row->n_buffers, 0);
  return GST_PAD_PROBE_OK;
}

static void
row_init (Row *row, const Source *source, const gchar *misuse,
    const gchar *after)
{
  g_autofree gchar *description = g_strdup_printf ("%s name=it %s ! %s",
      source->name, source->settings, after);

  *row = (Row) { source, misuse };
  row->pipeline = snn_test_launch (description, folder);
  row->element = gst_bin_get_by_name (GST_BIN (row->pipeline), "it");
  row->pad = gst_element_get_static_pad (row->element, "src");
  row->bus = gst_element_get_bus (row->pipeline);
  gst_pad_add_probe (row->pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM
          | GST_PAD_PROBE_TYPE_EVENT_FLUSH, count, row, NULL);
}

static void
row_clear (Row *row)
{
  gst_element_set_state (row->pipeline, GST_STATE_NULL);
  gst_object_unref (row->bus);
  gst_object_unref (row->pad);
  gst_object_unref (row->element);
  gst_object_unref (row->pipeline);
}

/* To the end, or to an error with @text: NULL, none. */
static void
run (Row *row, const gchar *text)
{
  SnnTestRun seen;

  gst_bus_set_flushing (row->bus, TRUE);
  gst_bus_set_flushing (row->bus, FALSE);
  snn_test_run (row->pipeline, &seen);
  if (text)
    fail_unless (seen.error && strstr (seen.error->message, text)
            && seen.n_errors == 1, "%s, %s: '%s' of %u, expected '%s'",
        row->source->name, row->misuse,
        seen.error ? seen.error->message : "no error", seen.n_errors, text);
  else
    fail_unless (!seen.error, "%s, %s: '%s'", row->source->name, row->misuse,
        seen.error ? seen.error->message : "");
  snn_test_run_clear (&seen);
}

/* Whatever went before: a stream as it should be. */
static void
expect_recovery (Row *row)
{
  gst_element_set_state (row->pipeline, GST_STATE_READY);
  run (row, NULL);
  fail_unless (row->n_buffers == (gint) row->source->n_samples,
      "%s, after %s: %d samples, expected %u", row->source->name, row->misuse,
      row->n_buffers, row->source->n_samples);
}

static void
preroll (Row *row)
{
  gst_element_set_state (row->pipeline, GST_STATE_PAUSED);
  fail_unless (gst_element_get_state (row->pipeline, NULL, NULL,
                   snn_test_patience ()) == GST_STATE_CHANGE_SUCCESS,
      "%s, %s", row->source->name, row->misuse);
}

/* The misuses. */

static void
refused_caps (const Source *source, const gchar *name)
{
  static const gchar *const wishes[] = { "video/x-raw",
    "other/tensors,dimensions=(string)3:3:3:3:3" };

  for (guint i = 0; i < G_N_ELEMENTS (wishes); i++) {
    g_autoptr (GstElement) filter = NULL;
    g_autoptr (GstCaps) caps = gst_caps_from_string (wishes[i]);
    Row row;

    row_init (&row, source, name, "capsfilter name=filter ! fakesink");
    filter = gst_bin_get_by_name (GST_BIN (row.pipeline), "filter");
    g_object_set (filter, "caps", caps, NULL);
    run (&row, "Internal data stream error");
    gst_element_set_state (row.pipeline, GST_STATE_READY);
    g_object_set (filter, "caps", NULL, NULL);
    expect_recovery (&row);
    row_clear (&row);
  }
}

static void
state_cycles (Row *row)
{
  static const GstState states[] = { GST_STATE_READY, GST_STATE_PAUSED,
    GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_PLAYING,
    GST_STATE_NULL, GST_STATE_PAUSED };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    fail_unless (gst_element_set_state (row->pipeline, states[i])
            != GST_STATE_CHANGE_FAILURE,
        "%s, %s: to %s", row->source->name, row->misuse,
        gst_element_state_get_name (states[i]));
}

/* Sent by an application that means the whole pipeline, say. */
static void
flush_events (Row *row)
{
  preroll (row);
  for (guint i = 0; i < 3; i++) {
    gst_element_send_event (row->element, gst_event_new_flush_start ());
    gst_element_send_event (row->element, gst_event_new_flush_stop (TRUE));
  }
  gst_element_set_state (row->pipeline, GST_STATE_PLAYING);
}

/* While it runs without end: in PAUSED, also fakesrc waits for the sink. */
static void
eos_event (Row *row)
{
  g_autoptr (GstMessage) end = NULL;

  g_object_set (row->element, "epochs", 0, NULL);
  gst_element_set_state (row->pipeline, GST_STATE_PLAYING);
  gst_element_get_state (row->pipeline, NULL, NULL, snn_test_patience ());
  fail_unless (gst_element_send_event (row->element, gst_event_new_eos ()));
  end = gst_bus_timed_pop_filtered (row->bus, snn_test_patience (),
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (end && GST_MESSAGE_TYPE (end) == GST_MESSAGE_EOS, "%s, %s",
      row->source->name, row->misuse);
  gst_element_set_state (row->pipeline, GST_STATE_NULL);
  g_object_set (row->element, "epochs", 1, NULL);
}

static void
unknown_events (Row *row)
{
  preroll (row);
  gst_element_send_event (row->element,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, NULL));
  gst_element_send_event (row->element,
      gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
          gst_structure_new_empty ("unknown")));
  gst_element_send_event (row->element, gst_event_new_reconfigure ());
  gst_element_send_event (row->element, gst_event_new_step (GST_FORMAT_BUFFERS,
      1, 1., TRUE, FALSE));
  run (row, NULL);
}

static void
bad_location (Row *row)
{
  g_autofree gchar *good = NULL;

  if (!row->source->location)
    return;
  g_object_get (row->element, "location", &good, NULL);
  g_object_set (row->element, "location", NULL, NULL);
  run (row, "ocation");
  gst_element_set_state (row->pipeline, GST_STATE_NULL);
  g_object_set (row->element, "location", row->source->location, NULL);
  run (row, "/nonexistent");
  gst_element_set_state (row->pipeline, GST_STATE_NULL);
  g_object_set (row->element, "location", good, NULL);
}

static void
seeks (Row *row)
{
  preroll (row);
  fail_if (gst_element_seek (row->pipeline, -1., GST_FORMAT_DEFAULT,
      GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET, 1));
  fail_if (gst_element_seek_simple (row->pipeline, GST_FORMAT_BYTES,
      GST_SEEK_FLAG_FLUSH, 100));
  fail_if (gst_element_seek_simple (row->pipeline, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH, GST_SECOND));
  /* To the end, and behind it: the stream is over. */
  fail_unless (gst_element_seek_simple (row->pipeline, GST_FORMAT_DEFAULT,
      GST_SEEK_FLAG_FLUSH, 100000));
  run (row, NULL);
  fail_unless (row->n_buffers == 0, "%s, %s: %d samples behind the end",
      row->source->name, row->misuse, row->n_buffers);
}

/* Before there is a stream, it is where that begins. */
static void
early_seek (Row *row)
{
  gst_element_set_state (row->pipeline, GST_STATE_READY);
  gst_element_send_event (row->element, gst_event_new_seek (1.,
      GST_FORMAT_DEFAULT, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 2,
      GST_SEEK_TYPE_NONE, -1));
  run (row, NULL);
  fail_unless (row->n_buffers == (gint) row->source->n_samples - 2,
      "%s, %s: %d samples", row->source->name, row->misuse, row->n_buffers);
}

static const struct
{
  const gchar *name;
  void (*commit) (Row *row);
} misuses[] = {
  { "state cycles", state_cycles },
  { "flush events", flush_events },
  { "eos event", eos_event },
  { "unknown events", unknown_events },
  { "bad location", bad_location },
  { "seeks", seeks },
  { "early seek", early_seek },
};

GST_START_TEST (test_misuse)
{
  const Source *source = &sources[__i__];

  for (guint i = 0; i < G_N_ELEMENTS (misuses); i++) {
    Row row;

    GST_INFO ("%s, %s", source->name, misuses[i].name);
    row_init (&row, source, misuses[i].name, "fakesink");
    misuses[i].commit (&row);
    expect_recovery (&row);
    row_clear (&row);
  }
}

GST_END_TEST;

GST_START_TEST (test_refused_caps)
{
  refused_caps (&sources[__i__], "refused caps");
}

GST_END_TEST;

/* No source is forgotten here. */
GST_START_TEST (test_all_are_listed)
{
  g_autolist (GstPluginFeature) factories = gst_registry_get_feature_list (
      gst_registry_get (), GST_TYPE_ELEMENT_FACTORY);

  for (GList *l = factories; l; l = l->next) {
    const gchar *plugin = gst_plugin_feature_get_plugin_name (l->data);
    gboolean listed = FALSE;

    if ((!g_str_equal (plugin, "nifti") && !g_str_equal (plugin, "snn"))
        || !gst_element_factory_list_is_type (l->data,
            GST_ELEMENT_FACTORY_TYPE_SRC))
      continue;
    for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
      listed |= g_str_equal (sources[i].name, GST_OBJECT_NAME (l->data));
    fail_unless (listed, "%s", GST_OBJECT_NAME (l->data));
  }
}

GST_END_TEST;

static Suite *
misused_sources_suite (void)
{
  Suite *suite = suite_create ("misused-sources");
  TCase *tc = tcase_create ("general");
  const gint n = G_N_ELEMENTS (sources);

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_all_are_listed);
  tcase_add_loop_test (tc, test_misuse, 0, n);
  tcase_add_loop_test (tc, test_refused_caps, 0, n);
  return suite;
}

GST_CHECK_MAIN (misused_sources);
