/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers.h"

#include <string.h>

#include <snn/files/model-file.h>

gboolean
snn_test_exists (const gchar *folder, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

gboolean
snn_test_same_files (const gchar *folder, const gchar *a, const gchar *b)
{
  g_autofree gchar *path_a = g_build_filename (folder, a, NULL);
  g_autofree gchar *path_b = g_build_filename (folder, b, NULL);
  g_autofree gchar *content_a = NULL, *content_b = NULL;
  gsize n_a, n_b;

  fail_unless (g_file_get_contents (path_a, &content_a, &n_a, NULL), "%s", a);
  fail_unless (g_file_get_contents (path_b, &content_b, &n_b, NULL), "%s", b);
  return n_a == n_b && memcmp (content_a, content_b, n_a) == 0;
}

float
snn_test_value (guint seed, gsize i)
{
  return (float) ((i * 7 + seed * 13) % 101) / 101.f;
}

void
snn_test_write_nifti (const gchar *folder, const gchar *name, guint seed,
    SnnNiftiContent content)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *parent = g_path_get_dirname (path);
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("test");
  g_autoptr (GError) error = NULL;
  guint8 mask[60];
  float values[60];

  info->dims[0] = 5;
  info->dims[1] = 4;
  info->dims[2] = 3;
  info->affine[0][0] = -1.;
  info->affine[0][3] = 4.;
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    values[i] = snn_test_value (seed, i);
    mask[i] = i % 3 == 0;
  }
  g_mkdir_with_parents (parent, 0777);
  fail_unless (snn_nifti_write (path, info, content,
                   content == SNN_NIFTI_MASK ? (gpointer) mask : values,
                   &error),
      "%s", error ? error->message : path);
}

void
snn_test_write_sized (const gchar *folder, const gchar *name, const gsize dims[3],
    guint seed)
{
  const gsize n = dims[0] * dims[1] * dims[2];
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *parent = g_path_get_dirname (path);
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("test");
  g_autofree float *values = g_new (float, n);
  g_autoptr (GError) error = NULL;

  memcpy (info->dims, dims, sizeof info->dims);
  for (gsize i = 0; i < n; i++)
    values[i] = snn_test_value (seed, i);
  g_mkdir_with_parents (parent, 0777);
  fail_unless (snn_nifti_write (path, info, SNN_NIFTI_PROBABILITY, values, &error),
      "%s", error ? error->message : path);
}

void
snn_test_write_dataset (const gchar *folder, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *image = g_strdup_printf ("images/s%u.nii", i);
    g_autofree gchar *label = g_strdup_printf ("labels/s%u.nii", i);

    snn_test_write_nifti (folder, image, i, SNN_NIFTI_PROBABILITY);
    snn_test_write_nifti (folder, label, i, SNN_NIFTI_MASK);
  }
}

void
snn_test_write_unet (const gchar *folder, const gchar *name, guint side,
    gboolean spiking)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (SnnNetwork) ann =
      snn_network_new_unet ((SnnShape) { 1, side, side }, 3, 1, 1, NULL);
  g_autoptr (SnnNetwork) snn = NULL;

  snn_network_init_weights (ann, 2);
  snn = snn_network_to_spiking (ann);
  for (guint i = 0; i < snn->nodes->len; i++) {
    SnnNode *node = snn_network_node (snn, i);

    for (guint channel = 0; node->threshold && channel < node->out.channels;
         channel++)
      node->threshold[channel] = 0.2f;
  }
  fail_unless (snn_model_save (spiking ? snn : ann, path, NULL));
}

void
snn_test_write_classifier (const gchar *folder, const gchar *name, guint side,
    guint channels, guint classes)
{
  const SnnNode nodes[] = {
    { .name = "input",
        .op = &snn_op_input,
        .out = { channels, side, side } },
    { .name = "flat", .op = &snn_op_flatten },
    { .name = "linear", .op = &snn_op_linear, .out = { classes, 1, 1 } },
    { .name = "output", .op = &snn_op_output },
  };
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (SnnNetwork) network = snn_network_new ();

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    const gchar *const inputs[] = { i ? nodes[i - 1].name : NULL, NULL };

    fail_unless (snn_network_add (network, &nodes[i], inputs, NULL) >= 0);
  }
  snn_network_init_weights (network, 1);
  fail_unless (snn_model_save (network, path, NULL));
}

GstElement *
snn_test_launch (const gchar *description, const gchar *folder)
{
  g_auto (GStrv) parts = g_strsplit (description, "#", -1);
  g_autofree gchar *text = g_strjoinv (folder, parts);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error);

  fail_unless (pipeline != NULL && !error, "%s: %s", text,
      error ? error->message : "");
  return pipeline;
}

/* Whether @message only says that something failed, which base classes add
 * to what their subclasses say: a sink or source that it did not start, a
 * source that its stream was stopped downstream. */
static gboolean
is_echo (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  return g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_STATE_CHANGE)
      || (g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED)
          && strstr (error->message, "Internal data stream error"));
}

/* Whether @message ends the run. */
static gboolean
note_message (SnnTestRun *run, GstMessage *message)
{
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      if (!run->error) {
        gst_message_parse_error (message, &run->error, NULL);
        run->culprit = gst_object_get_name (GST_MESSAGE_SRC (message));
        run->n_errors++;
      } else if (!is_echo (message)) {
        run->n_errors++;
      }
      return TRUE;
    case GST_MESSAGE_EOS:
      return TRUE;
    case GST_MESSAGE_WARNING:
      g_free (run->warning);
      {
        g_autoptr (GError) warning = NULL;

        gst_message_parse_warning (message, &warning, NULL);
        run->warning = g_strdup (warning->message);
      }
      run->n_warnings++;
      return FALSE;
    case GST_MESSAGE_INFO:
      run->n_infos++;
      return FALSE;
    case GST_MESSAGE_ELEMENT:
      g_ptr_array_add (run->structures,
          gst_structure_copy (gst_message_get_structure (message)));
      return FALSE;
    default:
      return FALSE;
  }
}

GstClockTime
snn_test_patience (void)
{
  const gchar *seconds = g_getenv ("CK_DEFAULT_TIMEOUT");
  guint64 limit = seconds ? g_ascii_strtoull (seconds, NULL, 10) : 120;

  return limit > 0 ? limit * GST_SECOND / 2 : GST_CLOCK_TIME_NONE;
}

void
snn_test_run (GstElement *pipeline, SnnTestRun *run)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  gboolean ended;

  *run = (SnnTestRun) { NULL };
  run->structures =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_structure_free);
  ended = gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE;
  while (!ended && (message = gst_bus_timed_pop (bus, snn_test_patience ()))) {
    ended = note_message (run, message);
    gst_message_unref (message);
  }
  fail_unless (ended, "the pipeline does not end");
  gst_element_set_state (pipeline, GST_STATE_READY);
  /* What has been said until all threads stopped. */
  while ((message = gst_bus_pop (bus))) {
    note_message (run, message);
    gst_message_unref (message);
  }
}

void
snn_test_run_clear (SnnTestRun *run)
{
  g_clear_error (&run->error);
  g_free (run->culprit);
  g_free (run->warning);
  g_ptr_array_unref (run->structures);
}

void
snn_test_expect_eos (const gchar *description, const gchar *folder,
    SnnTestRun *run)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  SnnTestRun own;

  snn_test_run (pipeline, &own);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (!own.error, "%s: %s", description,
      own.error ? own.error->message : "");
  if (run)
    *run = own;
  else
    snn_test_run_clear (&own);
}

void
snn_test_expect_error (const gchar *description, const gchar *folder,
    GQuark domain, gint code, const gchar *text)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  SnnTestRun run;

  snn_test_run (pipeline, &run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (run.error != NULL, "%s does not fail", description);
  fail_unless (g_error_matches (run.error, domain, code), "%s: %s %d %s",
      description, g_quark_to_string (run.error->domain), run.error->code,
      run.error->message);
  fail_unless (strstr (run.error->message, text) != NULL, "%s: %s", description,
      run.error->message);
  fail_unless_equals_int (run.n_errors, 1);
  snn_test_run_clear (&run);
}

void
trace_clear (Trace *trace)
{
  g_clear_pointer (&trace->buffers, g_ptr_array_unref);
  g_string_free (trace->events, TRUE);
  g_clear_error (&trace->error);
}

static GstPadProbeReturn
trace_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Trace *trace = data;
  GstEvent *event;
  GstSnnEpoch epoch;
  gboolean end;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    g_ptr_array_add (trace->buffers,
        gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info)));
    return GST_PAD_PROBE_OK;
  }
  event = GST_PAD_PROBE_INFO_EVENT (info);
  if (gst_snn_event_parse_epoch (event, &epoch, &end))
    g_string_append_printf (trace->events, "%u:%s%u/%u%s(%u) ",
        trace->buffers->len, end ? "end" : "begin", epoch.epoch, epoch.epochs,
        epoch.evaluate ? "e" : "t", epoch.n_samples);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    g_string_append_printf (trace->events, "%u:caps ", trace->buffers->len);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
    g_string_append_printf (trace->events, "%u:segment ", trace->buffers->len);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    g_string_append_printf (trace->events, "%u:eos", trace->buffers->len);
  return GST_PAD_PROBE_OK;
}

void
trace_run (Trace *trace, GstElement *pipeline)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  gulong probe;

  memset (trace, 0, sizeof *trace);
  trace->buffers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  trace->events = g_string_new (NULL);
  probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      trace_probe, trace, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, snn_test_patience (),
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &trace->error, NULL);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_READY);
  gst_bus_set_flushing (bus, TRUE);
  gst_bus_set_flushing (bus, FALSE);
  gst_pad_remove_probe (pad, probe);
  gst_object_unref (pad);
  gst_object_unref (sink);
  gst_object_unref (bus);
}

GstSnnSampleMeta *
meta_at (const Trace *trace, guint i)
{
  GstSnnSampleMeta *meta =
      gst_buffer_get_snn_sample_meta (trace->buffers->pdata[i]);

  fail_unless (meta != NULL);
  return meta;
}

gboolean
same_stream (const Trace *a, const Trace *b)
{
  if (a->buffers->len != b->buffers->len
      || strcmp (a->events->str, b->events->str) != 0)
    return FALSE;
  for (guint i = 0; i < a->buffers->len; i++) {
    GstBuffer *x = a->buffers->pdata[i], *y = b->buffers->pdata[i];
    gpointer data;
    gsize size;
    gboolean same;

    /* Mapping the whole would merge the image with its label. */
    gst_buffer_extract_dup (x, 0, -1, &data, &size);
    same = gst_buffer_get_size (y) == size
        && gst_buffer_memcmp (y, 0, data, size) == 0
        && GST_BUFFER_OFFSET (x) == GST_BUFFER_OFFSET (y)
        && meta_at (a, i)->sample == meta_at (b, i)->sample
        && meta_at (a, i)->flags == meta_at (b, i)->flags;
    g_free (data);
    if (!same)
      return FALSE;
  }
  return TRUE;
}

void
snn_test_pop_error (GstBus *bus, GQuark domain, gint code, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR))) {
    g_autoptr (GError) more = NULL;

    if (!error)
      gst_message_parse_error (message, &error, NULL);
    else if (!is_echo (message))
      gst_message_parse_error (message, &more, NULL);
    gst_message_unref (message);
    fail_if (more != NULL, "'%s' beside '%s'", more ? more->message : "",
        error->message);
  }
  fail_unless (error != NULL, "no error, expected: %s", text);
  g_assert_error (error, domain, code);
  fail_unless (strstr (error->message, text) != NULL, "'%s' lacks '%s'",
      error->message, text);
}

void
snn_test_no_error (GstBus *bus)
{
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *detail = NULL;

  if (!message)
    return;
  gst_message_parse_error (message, &error, &detail);
  fail ("%s: %s (%s)", GST_MESSAGE_SRC_NAME (message), error->message, detail);
}

/* A new harness around the element, which it plays. */
static void
play (SnnTestElement *self, const gchar *caps)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->element, "sink");
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->element, "src");

  gst_element_set_bus (self->element, self->bus);
  self->harness = gst_harness_new_with_element (self->element,
      sink ? "sink" : NULL, src ? "src" : NULL);
  if (caps)
    gst_harness_set_src_caps_str (self->harness, caps);
}

void
snn_test_element_init (SnnTestElement *self, const gchar *description,
    const gchar *folder, const gchar *caps)
{
  self->element = gst_object_ref_sink (snn_test_launch (description, folder));
  self->bus = gst_bus_new ();
  play (self, caps);
}

/* Messages of links hold the harness's pads, and with them the links. */
static void
stop (SnnTestElement *self)
{
  gst_element_set_state (self->element, GST_STATE_NULL);
  gst_element_set_bus (self->element, NULL);
  gst_bus_set_flushing (self->bus, TRUE);
  gst_bus_set_flushing (self->bus, FALSE);
  g_clear_pointer (&self->harness, gst_harness_teardown);
}

void
snn_test_element_restart (SnnTestElement *self, const gchar *caps)
{
  stop (self);
  play (self, caps);
}

void
snn_test_element_clear (SnnTestElement *self)
{
  stop (self);
  gst_clear_object (&self->element);
  gst_clear_object (&self->bus);
}

void
snn_test_element_flush (SnnTestElement *self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
}

void
snn_test_element_push (SnnTestElement *self, GstBuffer *buffer,
    GstFlowReturn flow)
{
  GstFlowReturn got = gst_harness_push (self->harness, buffer);

  fail_unless (got == flow, "%s: %s, expected %s",
      GST_OBJECT_NAME (self->element), gst_flow_get_name (got),
      gst_flow_get_name (flow));
}

guint
snn_test_element_pull (SnnTestElement *self, GByteArray *bytes)
{
  GstBuffer *buffer;
  guint n = 0;

  while ((buffer = gst_harness_try_pull (self->harness))) {
    GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
    GstMapInfo map;

    fail_unless (gst_memory_map (memory, &map, GST_MAP_READ));
    g_byte_array_append (bytes, map.data, map.size);
    gst_memory_unmap (memory, &map);
    gst_buffer_unref (buffer);
    n++;
  }
  return n;
}

void
snn_test_element_eos (SnnTestElement *self)
{
  gst_harness_push_event (self->harness, gst_event_new_eos ());
}

GstStructure *
snn_test_element_structure (SnnTestElement *self, const gchar *name)
{
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (self->bus, GST_MESSAGE_ELEMENT))) {
    GstStructure *structure = NULL;

    if (gst_message_has_name (message, name))
      structure = gst_structure_copy (gst_message_get_structure (message));
    gst_message_unref (message);
    if (structure)
      return structure;
  }
  return NULL;
}

gboolean
snn_test_same_memory (GstBuffer *a, GstBuffer *b, guint m)
{
  GstMapInfo x, y;
  gboolean same;

  fail_unless (gst_buffer_map_range (a, m, 1, &x, GST_MAP_READ));
  fail_unless (gst_buffer_map_range (b, m, 1, &y, GST_MAP_READ));
  same = x.size == y.size && memcmp (x.data, y.data, x.size) == 0;
  gst_buffer_unmap (a, &x);
  gst_buffer_unmap (b, &y);
  return same;
}

GstBuffer *
snn_test_sample (guint id, gsize n, gsize n_label)
{
  GstBuffer *buffer = gst_buffer_new ();
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = snn_test_value (id, i);
  gst_buffer_append_memory (buffer,
      gst_memory_new_wrapped (0, values, n * sizeof (float), 0,
          n * sizeof (float), values, g_free));
  if (n_label) {
    guint8 *label = g_new (guint8, n_label);

    for (gsize i = 0; i < n_label; i++)
      label[i] = values[i % n] > 0.7f;
    gst_buffer_append_memory (buffer,
        gst_memory_new_wrapped (0, label, n_label, 0, n_label, label, g_free));
  }
  gst_buffer_add_snn_sample_meta (buffer, NULL)->sample = id;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  return buffer;
}
