/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/base/gstaggregator.h>

#include <string.h>

#include "tests/elements/element-cases.h"
#include "tests/elements/helpers.h"

/* What has to hold for all elements alike. */

#define CAPS SNN_TEST_CAPS ("2", "float32,uint8", "8:8:1:1:1,8:8:1:1:1")

#define AREA (SNN_ELEMENT_CASES_SIDE * SNN_ELEMENT_CASES_SIDE)
#define CASE (&snn_element_cases[__i__])

static gchar *folder;

static void
setup (void)
{
  folder = snn_element_cases_folder_new ();
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* All properties but those of GStreamer's classes. */
static GList *
own_properties (GstElement *element)
{
  g_autofree GParamSpec **specs = NULL;
  GList *own = NULL;
  guint n;

  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
  for (guint i = 0; i < n; i++) {
    GType owner = specs[i]->owner_type;

    if (g_str_has_prefix (g_type_name (owner), "GstBase")
        || g_str_equal (g_type_name (owner), "GstAggregator") || owner == GST_TYPE_OBJECT)
      continue;
    own = g_list_prepend (own, specs[i]);
  }
  return own;
}

static gboolean
has_plugin (const gchar *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);
  const gchar *plugin =
      gst_plugin_feature_get_plugin_name (GST_PLUGIN_FEATURE (factory));

  return g_str_equal (plugin, "nifti") || g_str_equal (plugin, "snn");
}

/* No element is forgotten here. */
GST_START_TEST (test_all_are_listed)
{
  g_autolist (GstPluginFeature) factories = gst_registry_get_feature_list (
      gst_registry_get (), GST_TYPE_ELEMENT_FACTORY);

  for (GList *l = factories; l; l = l->next) {
    const gchar *name = GST_OBJECT_NAME (l->data);
    gboolean listed = FALSE;

    for (guint i = 0; i < snn_n_element_cases; i++)
      listed |= g_str_equal (snn_element_cases[i].name, name);
    fail_unless (listed == has_plugin (name), "%s", name);
  }
}

GST_END_TEST;

/* A type of the same name in another plugin would take its place, and whoever
 * asks for the element would wait for ever. */
static void
check_type_name (GstElement *element, GType type)
{
  fail_unless (g_str_has_prefix (g_type_name (type), "GstSnn"), "%s has %s",
      G_OBJECT_TYPE_NAME (element), g_type_name (type));
}

GST_START_TEST (test_type_names)
{
  g_autoptr (GstElement) element = snn_element_case_make (CASE);
  g_autoptr (GList) own = own_properties (element);

  for (GType type = G_OBJECT_TYPE (element);
      !g_str_has_prefix (g_type_name (type), "GstBase")
      && type != GST_TYPE_AGGREGATOR && type != GST_TYPE_ELEMENT
      && !g_str_equal (g_type_name (type), "GstPushSrc");
      type = g_type_parent (type))
    check_type_name (element, type);
  for (GList *l = own; l; l = l->next) {
    GType type = G_PARAM_SPEC (l->data)->value_type;

    if (g_type_is_a (type, G_TYPE_ENUM) || g_type_is_a (type, G_TYPE_FLAGS))
      check_type_name (element, type);
  }
}

GST_END_TEST;

GST_START_TEST (test_metadata)
{
  static const gchar *const keys[] = { GST_ELEMENT_METADATA_LONGNAME,
    GST_ELEMENT_METADATA_KLASS, GST_ELEMENT_METADATA_DESCRIPTION,
    GST_ELEMENT_METADATA_AUTHOR };
  g_autoptr (GstElement) element = snn_element_case_make (CASE);

  for (guint k = 0; k < G_N_ELEMENTS (keys); k++) {
    const gchar *text = gst_element_class_get_metadata (
        GST_ELEMENT_GET_CLASS (element), keys[k]);

    fail_unless (text && *text, "%s", keys[k]);
    fail_if (g_str_has_suffix (text, "."), "%s", text);
  }
}

GST_END_TEST;

/* GST_DEBUG=NAME:6 shows what an element decides. */
GST_START_TEST (test_debug_category)
{
  g_autoptr (GstElement) element = snn_element_case_make (CASE);
  const gchar *name =
      GST_OBJECT_NAME (gst_element_get_factory (element));
  GSList *all = gst_debug_get_all_categories ();
  gboolean found = FALSE;

  for (GSList *l = all; l; l = l->next)
    if (g_str_equal (gst_debug_category_get_name (l->data), name)) {
      found = TRUE;
      fail_unless (*gst_debug_category_get_description (l->data), "%s", name);
    }
  g_slist_free (all);
  fail_unless (found, "%s has no debug category of its own", name);
}

GST_END_TEST;

static void
check_text (const GParamSpec *spec, const gchar *text)
{
  fail_unless (text && *text, "%s", spec->name);
  fail_if (g_str_has_suffix (text, "."), "%s: '%s'", spec->name, text);
}

static void
check_enum (GstElement *element, GParamSpec *spec)
{
  GEnumClass *class = G_ENUM_CLASS (g_type_class_ref (spec->value_type));

  for (guint i = 0; i < class->n_values; i++) {
    const GEnumValue *value = &class->values[i];
    gint got;

    fail_unless (value->value_name && *value->value_name);
    for (const gchar *c = value->value_nick; *c; c++)
      fail_unless (g_ascii_islower (*c) || g_ascii_isdigit (*c) || *c == '-',
          "%s: %s", spec->name, value->value_nick);
    gst_util_set_object_arg (G_OBJECT (element), spec->name, value->value_nick);
    g_object_get (element, spec->name, &got, NULL);
    fail_unless_equals_int (got, value->value);
  }
  g_type_class_unref (class);
}

/* Sets @value and gets it back. */
static void
check_value (GstElement *element, GParamSpec *spec, const GValue *value)
{
  GValue got = G_VALUE_INIT;

  g_value_init (&got, spec->value_type);
  g_object_set_property (G_OBJECT (element), spec->name, value);
  g_object_get_property (G_OBJECT (element), spec->name, &got);
  fail_unless (g_param_values_cmp (spec, value, &got) == 0, "%s", spec->name);
  g_value_unset (&got);
}

/* The least and the greatest value that a property takes, or two that differ;
 * FALSE: others are tested elsewhere. */
static gboolean
extremes (GParamSpec *spec, GValue *low, GValue *high)
{
  g_value_init (low, spec->value_type);
  g_value_init (high, spec->value_type);
  if (G_IS_PARAM_SPEC_UINT (spec)) {
    g_value_set_uint (low, G_PARAM_SPEC_UINT (spec)->minimum);
    g_value_set_uint (high, G_PARAM_SPEC_UINT (spec)->maximum);
  } else if (G_IS_PARAM_SPEC_INT (spec)) {
    g_value_set_int (low, G_PARAM_SPEC_INT (spec)->minimum);
    g_value_set_int (high, G_PARAM_SPEC_INT (spec)->maximum);
  } else if (G_IS_PARAM_SPEC_UINT64 (spec)) {
    g_value_set_uint64 (low, G_PARAM_SPEC_UINT64 (spec)->minimum);
    g_value_set_uint64 (high, G_PARAM_SPEC_UINT64 (spec)->maximum);
  } else if (G_IS_PARAM_SPEC_DOUBLE (spec)) {
    g_value_set_double (low, G_PARAM_SPEC_DOUBLE (spec)->minimum);
    g_value_set_double (high, G_PARAM_SPEC_DOUBLE (spec)->maximum);
  } else if (G_IS_PARAM_SPEC_BOOLEAN (spec)) {
    g_value_set_boolean (high, TRUE);
  } else if (G_IS_PARAM_SPEC_ENUM (spec)) {
    const GEnumClass *class = G_PARAM_SPEC_ENUM (spec)->enum_class;

    g_value_set_enum (low, class->values[0].value);
    g_value_set_enum (high, class->values[class->n_values - 1].value);
  } else if (G_IS_PARAM_SPEC_STRING (spec)) {
    g_value_set_string (high, "/nonexistent/something");
  } else {
    g_value_unset (low);
    g_value_unset (high);
    return FALSE;
  }
  return TRUE;
}

GST_START_TEST (test_properties)
{
  g_autoptr (GstElement) element = snn_element_case_make (CASE);
  g_autoptr (GList) specs = own_properties (element);

  for (GList *l = specs; l; l = l->next) {
    GParamSpec *spec = l->data;
    GValue value = G_VALUE_INIT, low = G_VALUE_INIT, high = G_VALUE_INIT;

    check_text (spec, g_param_spec_get_nick (spec));
    check_text (spec, g_param_spec_get_blurb (spec));
    fail_unless (spec->flags & G_PARAM_READABLE, "%s", spec->name);

    g_value_init (&value, spec->value_type);
    g_object_get_property (G_OBJECT (element), spec->name, &value);
    fail_unless (g_param_value_defaults (spec, &value),
        "%s is not what it says that it is by default", spec->name);
    g_value_unset (&value);

    if (!(spec->flags & G_PARAM_WRITABLE))
      continue;
    fail_unless (spec->flags
            & (GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PAUSED
                | GST_PARAM_MUTABLE_PLAYING),
        "%s does not say when it can be changed", spec->name);
    if (G_IS_PARAM_SPEC_ENUM (spec))
      check_enum (element, spec);
    if (extremes (spec, &low, &high)) {
      check_value (element, spec, &low);
      check_value (element, spec, &high);
      check_value (element, spec, &low);
      g_value_unset (&low);
      g_value_unset (&high);
    }
  }
}

GST_END_TEST;

static void
count_text (const gchar *domain, GLogLevelFlags level, const gchar *text,
    gpointer data)
{
  if (strstr (text, "can't be changed while its stream runs"))
    ++*(guint *) data;
}

/* Sets another value than now, which is warned of and not taken. */
static void
check_too_late (GstElement *element, GParamSpec *spec, const GValue *now,
    const GValue *other)
{
  GValue after = G_VALUE_INIT;
  guint n = 0, handler = g_log_set_handler ("gst-snn", G_LOG_LEVEL_WARNING,
      count_text, &n);

  g_object_set_property (G_OBJECT (element), spec->name, other);
  g_log_remove_handler ("gst-snn", handler);
  g_value_init (&after, spec->value_type);
  g_object_get_property (G_OBJECT (element), spec->name, &after);
  fail_unless (n == 1 && g_param_values_cmp (spec, now, &after) == 0,
      "%s of %s: %u warnings", spec->name, GST_OBJECT_NAME (element), n);
  g_value_unset (&after);
}

/* Tries to set all properties that are said to be set before a stream. */
static void
change_settings (GstElement *element)
{
  g_autoptr (GList) specs = own_properties (element);

  for (GList *l = specs; l; l = l->next) {
    GParamSpec *spec = l->data;
    GValue now = G_VALUE_INIT, low = G_VALUE_INIT, high = G_VALUE_INIT;

    if (!(spec->flags & G_PARAM_WRITABLE)
        || (spec->flags
            & (GST_PARAM_MUTABLE_PAUSED | GST_PARAM_MUTABLE_PLAYING))
        || !extremes (spec, &low, &high))
      continue;
    g_value_init (&now, spec->value_type);
    g_object_get_property (G_OBJECT (element), spec->name, &now);
    check_too_late (element, spec, &now,
        g_param_values_cmp (spec, &now, &low) == 0 ? &high : &low);
    g_value_unset (&now);
    g_value_unset (&low);
    g_value_unset (&high);
  }
}

static GstPadProbeReturn
change_once (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  change_settings (data);
  return GST_PAD_PROBE_REMOVE;
}

/* Plays to the end; what came out, in words, numbers and files. */
static gchar *
play (GstElement *pipeline, guint i)
{
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GString *text = g_string_new (NULL);

  if (sink) {
    Trace trace;

    trace_run (&trace, pipeline);
    fail_unless (!trace.error, "%s: %s", snn_element_cases[i].name,
        trace.error ? trace.error->message : "");
    fail_unless (trace.buffers->len > 0);
    g_string_append (text, trace.events->str);
    for (guint b = 0; b < trace.buffers->len; b++) {
      g_autofree gchar *sum = NULL;
      gpointer data;
      gsize size;

      gst_buffer_extract_dup (trace.buffers->pdata[b], 0, -1, &data, &size);
      sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, data, size);
      g_string_append_printf (text, "\n%s %" G_GUINT64_FORMAT, sum,
          GST_BUFFER_OFFSET (trace.buffers->pdata[b]));
      g_free (data);
    }
    trace_clear (&trace);
  } else {
    SnnTestRun run;

    snn_test_run (pipeline, &run);
    fail_unless (!run.error, "%s: %s", snn_element_cases[i].name,
        run.error ? run.error->message : "");
    for (guint s = 0; s < run.structures->len; s++) {
      g_autofree gchar *structure =
          gst_structure_to_string (run.structures->pdata[s]);

      g_string_append_printf (text, "%s\n", structure);
    }
    snn_test_run_clear (&run);
  }
  if (snn_element_cases[i].file) {
    g_autofree gchar *path = g_build_filename (folder,
        snn_element_cases[i].file, NULL);
    g_autofree gchar *content = NULL, *sum = NULL;
    gsize size;

    fail_unless (g_file_get_contents (path, &content, &size, NULL));
    sum =
        g_compute_checksum_for_data (G_CHECKSUM_MD5, (guchar *) content, size);
    g_string_append_printf (text, "\n%s", sum);
    g_unlink (path);
  }
  return g_string_free (text, FALSE);
}

/* They may be long: the first line that differs is shown. */
static void
check_same (const gchar *a, const gchar *b)
{
  g_auto (GStrv) lines_a = g_strsplit (a, "\n", -1);
  g_auto (GStrv) lines_b = g_strsplit (b, "\n", -1);

  for (guint i = 0; lines_a[i] && lines_b[i]; i++)
    fail_unless_equals_string (lines_a[i], lines_b[i]);
  fail_unless_equals_int (g_strv_length (lines_a), g_strv_length (lines_b));
}

/* The same bits from the same instance; and what is set while it runs changes
 * nothing. */
GST_START_TEST (test_runs_alike)
{
  g_autoptr (GstElement) pipeline = snn_element_case_launch (CASE, folder);
  g_autoptr (GstElement) it = gst_bin_get_by_name (GST_BIN (pipeline), "it");
  g_autoptr (GstPad) pad = it->srcpads
      ? gst_element_get_static_pad (it, "src")
      : gst_element_get_static_pad (it, "sink");
  g_autofree gchar *once = NULL, *again = NULL, *undisturbed = NULL;

  once = play (pipeline, __i__);
  again = play (pipeline, __i__);
  check_same (once, again);

  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, change_once, it, NULL);
  undisturbed = play (pipeline, __i__);
  check_same (once, undisturbed);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

static void
go_to (GstElement *pipeline, GstState state)
{
  GstStateChangeReturn change = gst_element_set_state (pipeline, state);

  if (change == GST_STATE_CHANGE_ASYNC)
    change = gst_element_get_state (pipeline, NULL, NULL, snn_test_patience ());
  fail_unless (change == GST_STATE_CHANGE_SUCCESS, "to %s: %s",
      gst_element_state_get_name (state),
      gst_element_state_change_return_get_name (change));
}

/* Through all states, stopped at any moment, and then a whole run. */
GST_START_TEST (test_state_cycles)
{
  g_autoptr (GstElement) pipeline = snn_element_case_launch (CASE, folder);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autofree gchar *after = NULL, *fresh = NULL;

  for (guint i = 0; i < 2; i++) {
    go_to (pipeline, GST_STATE_READY);
    go_to (pipeline, GST_STATE_PAUSED);
    go_to (pipeline, GST_STATE_READY);
    go_to (pipeline, GST_STATE_PLAYING);
    go_to (pipeline, GST_STATE_PAUSED);
    go_to (pipeline, GST_STATE_PLAYING);
    go_to (pipeline, GST_STATE_NULL);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    g_usleep (i * 2000);
    go_to (pipeline, GST_STATE_NULL);
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    go_to (pipeline, GST_STATE_READY);
    snn_test_no_error (bus);
    gst_bus_set_flushing (bus, TRUE);
    gst_bus_set_flushing (bus, FALSE);
  }
  after = play (pipeline, __i__);
  go_to (pipeline, GST_STATE_NULL);
  g_clear_pointer (&pipeline, gst_object_unref);
  pipeline = snn_element_case_launch (CASE, folder);
  fresh = play (pipeline, __i__);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  check_same (after, fresh);
}

GST_END_TEST;

static GstPadProbeReturn
note_name (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  const GstStructure *structure;

  if (info->type & (GST_PAD_PROBE_TYPE_QUERY_BOTH))
    structure = gst_query_get_structure (GST_PAD_PROBE_INFO_QUERY (info));
  else
    structure = gst_event_get_structure (GST_PAD_PROBE_INFO_EVENT (info));
  if (structure)
    g_string_append_printf (data, "%s ", gst_structure_get_name (structure));
  return GST_PAD_PROBE_OK;
}

/* An element of several inputs has them on request, and works in a thread of its
 * own: what is wrong with its input shows later, and its own test has it. */
static gboolean
joins_streams (const gchar *name)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make (name, NULL));

  return GST_IS_AGGREGATOR (element);
}

static GstEvent *
new_event (GstEventType type, const gchar *name)
{
  return gst_event_new_custom (type, gst_structure_new_empty (name));
}

static void
ask (GstPad *pad, const gchar *name)
{
  GstQuery *query =
      gst_query_new_custom (GST_QUERY_CUSTOM, gst_structure_new_empty (name));

  gst_pad_peer_query (pad, query);
  gst_query_unref (query);
}

/* What an element doesn't know goes on to the next. */
GST_START_TEST (test_unknown_events_and_queries)
{
  g_autofree gchar *description =
      g_strdup_printf ("%s %s", CASE->name, CASE->settings);
  g_autoptr (GString) down = g_string_new (NULL);
  g_autoptr (GString) up = g_string_new (NULL);
  SnnTestElement e;

  if (joins_streams (CASE->name))
    return;
  snn_test_element_init (&e, description, folder, NULL);
  if (!e.harness->srcpad || !e.harness->sinkpad) {
    snn_test_element_clear (&e);
    return;
  }
  gst_harness_set_src_caps_str (e.harness, CAPS);
  gst_pad_add_probe (e.harness->sinkpad,
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM
          | GST_PAD_PROBE_TYPE_PUSH,
      note_name, down, NULL);
  gst_pad_add_probe (e.harness->srcpad,
      GST_PAD_PROBE_TYPE_EVENT_UPSTREAM | GST_PAD_PROBE_TYPE_QUERY_UPSTREAM
          | GST_PAD_PROBE_TYPE_PUSH,
      note_name, up, NULL);

  fail_unless (gst_harness_push_event (e.harness,
      new_event (GST_EVENT_CUSTOM_DOWNSTREAM, "one")));
  fail_unless (gst_harness_push_event (e.harness,
      new_event (GST_EVENT_CUSTOM_DOWNSTREAM_OOB, "two")));
  fail_unless (gst_harness_push_event (e.harness,
      new_event (GST_EVENT_CUSTOM_BOTH, "three")));
  ask (e.harness->srcpad, "four");
  fail_unless_equals_string (down->str, "one two three four ");

  gst_harness_push_upstream_event (e.harness,
      new_event (GST_EVENT_CUSTOM_UPSTREAM, "five"));
  gst_harness_push_upstream_event (e.harness,
      new_event (GST_EVENT_CUSTOM_BOTH, "six"));
  ask (e.harness->sinkpad, "seven");
  fail_unless (strstr (up->str, "five six seven ") != NULL, "%s", up->str);
  snn_test_no_error (e.bus);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* Well-formed as caps, and of no use as tensors. */
GST_START_TEST (test_refuses_caps)
{
  static const gchar *const malformed[] = {
    SNN_TEST_CAPS ("1", "float32", "8:x:1:1:1"),
    SNN_TEST_CAPS ("1", "float32", "0:8:1:1:1"),
    SNN_TEST_CAPS ("1", "float32", "8:0:8:1:1"),
    SNN_TEST_CAPS ("1", "float32", ""),
    SNN_TEST_CAPS ("1", "float32", "-8:8:1:1:1"),
    SNN_TEST_CAPS ("1", "float32", "8:8:1:1:1,8:8:1:1:1"),
    SNN_TEST_CAPS ("2", "float32,uint8", "8:8:1:1:1"),
    SNN_TEST_CAPS ("2", "float32,uint8", "8:8:1:1:1,2147483647:4:1:1:1"),
    SNN_TEST_CAPS ("1", "float32", "65536:65536:65536:65536:65536"),
    SNN_TEST_CAPS ("1", "float32", "8:8:1:1:1:2"),
  };
  g_autofree gchar *description =
      g_strdup_printf ("%s %s", CASE->name, CASE->settings);
  g_autoptr (GstCaps) video = gst_caps_from_string ("video/x-raw");
  g_autoptr (GstCaps) tensors = gst_caps_from_string (CAPS);
  SnnTestElement e;

  if (joins_streams (CASE->name))
    return;
  snn_test_element_init (&e, description, folder, NULL);
  if (!e.harness->srcpad
      || !gst_pad_peer_query_accept_caps (e.harness->srcpad, tensors)) {
    snn_test_element_clear (&e);
    return;
  }
  /* What its template does not take, it says before. */
  fail_if (gst_pad_peer_query_accept_caps (e.harness->srcpad, video));
  /* The last once more: also that is said anew in each stream. */
  for (guint m = 0; m <= G_N_ELEMENTS (malformed); m++) {
    gst_harness_set_src_caps_str (e.harness,
        malformed[MIN (m, G_N_ELEMENTS (malformed) - 1)]);
    snn_test_element_push (&e, snn_test_sample (0, AREA, AREA),
        GST_FLOW_NOT_NEGOTIATED);
    snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
        "Can't work on a stream of other/tensors, ");
    snn_test_element_restart (&e, NULL);
  }
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* What is asked before there are caps: answers within the templates. */
GST_START_TEST (test_caps_query)
{
  g_autofree gchar *description =
      g_strdup_printf ("%s %s", CASE->name, CASE->settings);
  g_autoptr (GstElement) element =
      gst_object_ref_sink (snn_test_launch (description, folder));

  for (guint paused = 0; paused < 2; paused++) {
    for (GList *l = element->pads; l; l = l->next) {
      g_autoptr (GstCaps) caps = gst_pad_query_caps (l->data, NULL);
      g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (l->data);
      g_autoptr (GstCaps) filter = gst_caps_from_string (
          "other/tensors,num_tensors=1;video/x-raw,width=4");
      g_autoptr (GstCaps) filtered = gst_pad_query_caps (l->data, filter);
      gint64 value;

      fail_if (gst_caps_is_empty (caps));
      fail_unless (gst_caps_is_subset (caps, template));
      fail_unless (gst_caps_is_subset (filtered, filter));
      fail_unless (gst_caps_is_subset (filtered, template));
      gst_pad_query_duration (l->data, GST_FORMAT_TIME, &value);
      gst_pad_query_position (l->data, GST_FORMAT_TIME, &value);
    }
    if (!element->sinkpads)
      break; /* a source would begin to send */
    gst_element_set_state (element, GST_STATE_PAUSED);
  }
  gst_element_set_state (element, GST_STATE_NULL);
}

GST_END_TEST;

static Suite *
every_element_suite (void)
{
  Suite *suite = suite_create ("every-element");
  TCase *tc = tcase_create ("general");
  const gint n = snn_n_element_cases;

  suite_add_tcase (suite, tc);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_all_are_listed);
  tcase_add_loop_test (tc, test_type_names, 0, n);
  tcase_add_loop_test (tc, test_metadata, 0, n);
  tcase_add_loop_test (tc, test_debug_category, 0, n);
  tcase_add_loop_test (tc, test_properties, 0, n);
  tcase_add_loop_test (tc, test_runs_alike, 0, n);
  tcase_add_loop_test (tc, test_state_cycles, 0, n);
  tcase_add_loop_test (tc, test_unknown_events_and_queries, 0, n);
  tcase_add_loop_test (tc, test_refuses_caps, 0, n);
  tcase_add_loop_test (tc, test_caps_query, 0, n);
  return suite;
}

GST_CHECK_MAIN (every_element);
