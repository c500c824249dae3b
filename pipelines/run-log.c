/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "run-log.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "commit.h"
#include <snn/base/error.h>
#include <snn/base/text.h>

struct _SnnRunLog
{
  FILE *file;
  gint64 began;
  gboolean failed;
};

/* Whether a run that was killed left half of a line in the file. */
static gboolean
broke_off (const gchar *path)
{
  FILE *file = g_file_test (path, G_FILE_TEST_IS_REGULAR)
      ? fopen (path, "re") : NULL;
  gboolean broken = file && fseek (file, -1, SEEK_END) == 0
      && fgetc (file) != '\n';

  if (file)
    fclose (file);
  return broken;
}

SnnRunLog *
snn_run_log_new (const gchar *path, GError **error)
{
  gboolean broken = broke_off (path);
  FILE *file = fopen (path, "ae");
  SnnRunLog *log;

  if (!file) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN,
        "could not open the log %s: %s", path, g_strerror (errno));
    return NULL;
  }
  /* The next run starts on a line of its own, so that readers lose one only. */
  if (broken)
    fputc ('\n', file);
  log = g_new0 (SnnRunLog, 1);
  log->file = file;
  return log;
}

void
snn_run_log_free (SnnRunLog *log)
{
  if (!log)
    return;
  fclose (log->file);
  g_free (log);
}

gboolean
snn_run_log_failed (const SnnRunLog *log)
{
  return log->failed;
}

/* Ends the object that @builder is in, writes it as a line, and frees
 * @builder. */
static void
write_line (SnnRunLog *log, JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  g_object_unref (builder);
  text = json_to_string (root, FALSE);
  if (fprintf (log->file, "%s\n", text) < 0 || fflush (log->file) != 0)
    log->failed = TRUE;
}

static void
add_text (JsonBuilder *builder, const gchar *text)
{
  g_autofree gchar *valid = text ? snn_text_valid (text) : NULL;

  json_builder_add_string_value (builder, valid);
}

static void
add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (builder, name);
  add_text (builder, value);
}

static void
add_number (JsonBuilder *builder, const gchar *name, double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static JsonBuilder *
new_line (const gchar *event)
{
  JsonBuilder *builder = json_builder_new ();
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *time = g_date_time_format_iso8601 (now);

  json_builder_begin_object (builder);
  add_string (builder, "event", event);
  add_string (builder, "time", time);
  return builder;
}

/* (transfer full): the processor's name. */
static gchar *
processor_name (void)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    return g_strdup ("unknown");
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (g_str_has_prefix (lines[i], "model name") && strchr (lines[i], ':'))
      return g_strdup (g_strstrip (strchr (lines[i], ':') + 1));
  return g_strdup ("unknown");
}

/* Neither its name nor anybody's account: results are shared. */
static void
add_machine (JsonBuilder *builder)
{
  g_autofree gchar *processor = processor_name ();
  g_autofree gchar *system = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  struct utsname kernel;

  json_builder_set_member_name (builder, "machine");
  json_builder_begin_object (builder);
  add_string (builder, "cpu", processor);
  json_builder_set_member_name (builder, "processors");
  json_builder_add_int_value (builder, g_get_num_processors ());
  if (system)
    add_string (builder, "system", system);
  if (uname (&kernel) == 0) {
    add_string (builder, "kernel", kernel.release);
    add_string (builder, "architecture", kernel.machine);
  }
  json_builder_end_object (builder);
}

static void
add_versions (JsonBuilder *builder)
{
  guint major, minor, micro, nano;
  g_autofree gchar *gstreamer = NULL;
  g_autofree gchar *glib = g_strdup_printf ("%u.%u.%u", glib_major_version,
      glib_minor_version, glib_micro_version);

  gst_version (&major, &minor, &micro, &nano);
  gstreamer = g_strdup_printf ("%u.%u.%u", major, minor, micro);
  json_builder_set_member_name (builder, "versions");
  json_builder_begin_object (builder);
  add_string (builder, "gst-snn", PACKAGE_VERSION);
  add_string (builder, "gstreamer", gstreamer);
  add_string (builder, "glib", glib);
  add_string (builder, "compiler", __VERSION__);
  json_builder_end_object (builder);
}

static void
add_environment (JsonBuilder *builder, const SnnLaunchFile *file)
{
  for (guint i = 0; i < file->variables->len; i++) {
    const SnnLaunchVariable *variable = g_ptr_array_index (file->variables, i);

    if (variable->from_environment) {
      g_autofree gchar *text = g_strconcat (variable->name, "=",
          variable->value, NULL);

      add_text (builder, text);
    }
  }
}

void
snn_run_log_begin (SnnRunLog *log, const SnnLaunchFile *file, gchar **settings,
    const gchar *description)
{
  JsonBuilder *builder = new_line ("begin");

  log->began = g_get_monotonic_time ();
  add_string (builder, "commit", SNN_COMMIT);
  add_string (builder, "file", file->path);
  json_builder_set_member_name (builder, "settings");
  json_builder_begin_array (builder);
  for (guint i = 0; settings[i]; i++)
    add_text (builder, settings[i]);
  add_environment (builder, file);
  json_builder_end_array (builder);
  add_string (builder, "pipeline", description);
  add_versions (builder);
  add_machine (builder);
  write_line (log, builder);
}

static void
add_value (JsonBuilder *builder, const GValue *value)
{
  GValue converted = G_VALUE_INIT;

  if (GST_VALUE_HOLDS_ARRAY (value)) {
    json_builder_begin_array (builder);
    for (guint i = 0; i < gst_value_array_get_size (value); i++)
      add_value (builder, gst_value_array_get_value (value, i));
    json_builder_end_array (builder);
  } else if (G_VALUE_HOLDS_STRING (value)) {
    add_text (builder, g_value_get_string (value));
  } else if (G_VALUE_HOLDS_BOOLEAN (value)) {
    json_builder_add_boolean_value (builder, g_value_get_boolean (value));
  } else if (G_VALUE_HOLDS_DOUBLE (value) || G_VALUE_HOLDS_FLOAT (value)) {
    g_value_init (&converted, G_TYPE_DOUBLE);
    g_value_transform (value, &converted);
    /* JSON knows no NaN. */
    if (isfinite (g_value_get_double (&converted)))
      json_builder_add_double_value (builder, g_value_get_double (&converted));
    else
      json_builder_add_null_value (builder);
  } else {
    g_value_init (&converted, G_TYPE_INT64);
    if (g_value_transform (value, &converted)) {
      json_builder_add_int_value (builder, g_value_get_int64 (&converted));
    } else {
      g_autofree gchar *text = gst_value_serialize (value);

      add_text (builder, text);
    }
  }
  if (G_VALUE_TYPE (&converted))
    g_value_unset (&converted);
}

static gboolean
add_field (GQuark name, const GValue *value, gpointer builder)
{
  json_builder_set_member_name (builder, g_quark_to_string (name));
  add_value (builder, value);
  return TRUE;
}

void
snn_run_log_message (SnnRunLog *log, GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  JsonBuilder *builder;

  if (gst_structure_has_name (structure, "snn-progress"))
    return;
  builder = new_line ("message");
  add_string (builder, "element", GST_MESSAGE_SRC_NAME (message));
  add_string (builder, "name", gst_structure_get_name (structure));
  json_builder_set_member_name (builder, "fields");
  json_builder_begin_object (builder);
  gst_structure_foreach (structure, add_field, builder);
  json_builder_end_object (builder);
  write_line (log, builder);
}

static double
seconds_of (const struct timeval *time)
{
  return (double) time->tv_sec + (double) time->tv_usec / G_USEC_PER_SEC;
}

void
snn_run_log_end (SnnRunLog *log, gint status)
{
  JsonBuilder *builder = new_line ("end");
  struct rusage usage;

  json_builder_set_member_name (builder, "status");
  json_builder_add_int_value (builder, status);
  add_number (builder, "seconds",
      (double) (g_get_monotonic_time () - log->began) / G_USEC_PER_SEC);
  if (getrusage (RUSAGE_SELF, &usage) == 0) {
    add_number (builder, "cpu_seconds", seconds_of (&usage.ru_utime)
        + seconds_of (&usage.ru_stime));
    json_builder_set_member_name (builder, "peak_bytes");
    json_builder_add_int_value (builder, (gint64) usage.ru_maxrss * 1024);
  }
  write_line (log, builder);
}
