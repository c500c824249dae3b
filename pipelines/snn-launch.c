/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <glib-unix.h>
#include <gst/gst.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <snn/base/text.h>

#include "check.h"
#include "commit.h"
#include "hint.h"
#include "launch-check.h"
#include "launch-file.h"
#include "launch-search.h"
#include "program.h"
#include "progress.h"
#include "run-log.h"
#include "suggest.h"

typedef struct
{
  gboolean print;
  gboolean list;
  gboolean no_environment;
  gboolean quiet;
  gboolean verbose;
  gboolean version;
  gint interval;                /* of lines off a terminal, in seconds */
  gchar *log;
  gchar **arguments;            /* FILE..., then VARIABLE=value... */
} Options;

typedef struct
{
  const Options *options;
  const SnnLaunchFile *file;
  GMainLoop *loop;
  GstElement *pipeline;
  SnnProgress *progress;
  SnnRunLog *log;               /* %NULL: none */
  gint status;                  /* to exit with; of a signal 128 + its number, as in a
                                 * shell */
  GPtrArray *skipped;           /* names of subjects that were left out */
} Run;

/* Variables that the command line leaves open may come from the environment.
 * It is told whatever else is not, since a result depends on it. */
static void
use_environment (SnnLaunchFile *file, const Options *options)
{
  for (guint i = 0; i < file->variables->len; i++) {
    SnnLaunchVariable *variable = g_ptr_array_index (file->variables, i);
    const gchar *value = g_getenv (variable->name);

    if (options->no_environment || variable->value || !value)
      continue;
    variable->value = g_strdup (value);
    variable->from_environment = TRUE;
    g_printerr ("Warning: %s=%s (from the environment)\n", variable->name,
        value);
  }
}

static void
list_variables (const SnnLaunchFile *file)
{
  if (file->summary)
    g_print ("%s\n", file->summary);
  for (guint i = 0; i < file->variables->len; i++) {
    SnnLaunchVariable *variable = g_ptr_array_index (file->variables, i);

    g_print ("\n  %s%s%s\n", variable->name,
        variable->fallback || variable->optional ? "=" : "  (must be set)",
        variable->fallback ? variable->fallback : "");
    if (variable->comment)
      g_print ("      %s\n", variable->comment);
  }
}

/* Where an element comes from that is not there. */
static void
explain_missing (const gchar *element)
{
  g_autoptr (GPtrArray) elements = snn_launch_list_elements ();
  g_autofree gchar *suggestion = snn_suggest_text (element, elements);
  static const struct
  {
    const gchar *prefix;
    const gchar *source;
  } sources[] = {
    {"png", "Debian's gstreamer1.0-plugins-good"},
    {"multifile", "Debian's gstreamer1.0-plugins-good"},
    {"jpeg", "Debian's gstreamer1.0-plugins-good"},
    {"auto", "Debian's gstreamer1.0-plugins-good"},
    {"video", "Debian's gstreamer1.0-plugins-base"},
    {"videobox", "Debian's gstreamer1.0-plugins-good"},
    {"text", "Debian's gstreamer1.0-x"},
    {"compositor", "Debian's gstreamer1.0-plugins-base"},
    {"tensor_", "NNStreamer"},
  };
  const gchar *source = "gst-snn, if its plugins are found: install it, or "
      "work under 'meson devenv -C build'";

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (g_str_has_prefix (element, sources[i].prefix))
      source = sources[i].source;
  g_printerr ("There is no element %s%s%s It may be one of %s.\n", element,
      suggestion, *suggestion ? "" : ".", source);
}

/* (transfer full): the pipeline, or %NULL after telling why. */
static GstElement *
make_pipeline (const gchar *description)
{
  g_autoptr (GstParseContext) context = gst_parse_context_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) missing = NULL;
  GstElement *element = gst_parse_launch_full (description, context,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  GstElement *pipeline;

  if (error) {
    if (g_error_matches (error, GST_PARSE_ERROR,
            GST_PARSE_ERROR_NO_SUCH_ELEMENT))
      missing = gst_parse_context_get_missing_elements (context);
    for (guint i = 0; missing && missing[i]; i++)
      explain_missing (missing[i]);
    if (!missing)
      g_printerr ("The description is no pipeline: %s\n", error->message);
    if (element)
      gst_object_unref (element);
    return NULL;
  }
  if (GST_IS_PIPELINE (element))
    return element;
  pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (pipeline), element);
  return pipeline;
}

/* @debug is a place in the code, and often a line that says more, or caps. */
static void
tell_problem (Run *run, const gchar *kind, GstMessage *message,
    const GError *error, const gchar *debug)
{
  g_autofree gchar *text = snn_text_shown (error->message, "\n");
  g_autofree gchar *shown = debug ? snn_text_shown (debug, "\n") : NULL;
  const gchar *more = shown ? strchr (shown, '\n') : NULL;
  g_autofree gchar *hint = snn_hint (run->file, text);

  snn_progress_clear (run->progress);
  g_printerr ("%s from %s: %s%s\n", kind, GST_MESSAGE_SRC_NAME (message), text,
      hint);
  if (shown && run->options->verbose)
    g_printerr ("%s\n", shown);
  else if (more && !strstr (more, "(string)"))
    g_printerr ("%s\n", more + 1);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Run *run = data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &debug);
      tell_problem (run, "Error", message, error, debug);
      /* An error that comes of being stopped does not hide the signal. */
      if (run->status == EXIT_SUCCESS)
        run->status = SNN_PROGRAM_FAILED;
      g_main_loop_quit (run->loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, &debug);
      tell_problem (run, "Warning", message, error, debug);
      break;
    case GST_MESSAGE_INFO:
      gst_message_parse_info (message, &error, &debug);
      if (!run->options->quiet)
        tell_problem (run, "Note", message, error, debug);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (run->loop);
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "snn-skipped"))
        g_ptr_array_add (run->skipped, g_strdup (gst_structure_get_string
                (gst_message_get_structure (message), "subject")));
      if (run->log)
        snn_run_log_message (run->log, message);
      if (!run->options->quiet
          || snn_progress_is_result (gst_message_get_structure (message)))
        snn_progress_message (run->progress,
            gst_message_get_structure (message));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static GstPadProbeReturn
on_last_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_EOS;
  return GST_PAD_PROBE_HANDLED;
}

/* Ends the stream at what each source pushes next. Sending an event would
 * hold the pipeline's state lock until then, and nothing could stop it. */
static void
end_source (const GValue *item, gpointer data)
{
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (g_value_get_object (item), "src");

  if (pad)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_last_buffer, NULL,
        NULL);
}

static void
end_stream (GstElement *pipeline)
{
  GstIterator *sources = gst_bin_iterate_sources (GST_BIN (pipeline));

  gst_iterator_foreach (sources, end_source, NULL);
  gst_iterator_free (sources);
}

/* The first signal ends the stream, so that trainers finish their batch and
 * save; the second does not wait for that. */
static gboolean
on_signal (Run *run, gint number)
{
  snn_progress_clear (run->progress);
  if (run->status != EXIT_SUCCESS) {
    g_main_loop_quit (run->loop);
    return G_SOURCE_CONTINUE;
  }
  run->status = 128 + number;
  g_printerr ("Stopping after this batch; once more to stop at once.\n");
  end_stream (run->pipeline);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer data)
{
  return on_signal (data, SIGINT);
}

static gboolean
on_terminate (gpointer data)
{
  return on_signal (data, SIGTERM);
}

/* Stops the stream, and passes on what elements say of their stopping, such as
 * a file that is not written. Errors are of the stopping itself, or follow from
 * the one that has been told. */
static void
tell_last (Run *run, GstBus *bus)
{
  const GstMessageType types = GST_MESSAGE_WARNING | GST_MESSAGE_INFO
      | GST_MESSAGE_ELEMENT | (run->status == EXIT_SUCCESS
      ? GST_MESSAGE_ERROR : 0);
  GstMessage *message;

  gst_element_set_state (run->pipeline, GST_STATE_READY);
  while ((message = gst_bus_pop_filtered (bus, types))) {
    on_message (bus, message, run);
    gst_message_unref (message);
  }
}

static gboolean
on_tick (gpointer data)
{
  Run *run = data;

  if (!run->options->quiet)
    snn_progress_tick (run->progress);
  return G_SOURCE_CONTINUE;
}

/* A result that lacks subjects is no success. */
static void
tell_skipped (Run *run)
{
  const guint n = run->skipped->len;
  g_autofree gchar *names = NULL;
  g_autofree gchar *shown = NULL;

  if (n == 0)
    return;
  g_ptr_array_add (run->skipped, NULL);
  names = g_strjoinv (", ", (gchar **) run->skipped->pdata);
  shown = snn_text_shown (names, NULL);
  g_printerr ("%u subject%s left out: %s\n", n, n > 1 ? "s were" : " was",
      shown);
  if (run->status == EXIT_SUCCESS)
    run->status = SNN_PROGRAM_FAILED;
}

static gint
run_pipeline (const Options *options, SnnRunLog *log,
    const SnnLaunchFile *file, const gchar *description)
{
  Run run = { options, file, NULL, NULL, NULL, log, EXIT_SUCCESS };
  g_autoptr (GstBus) bus = NULL;
  guint interrupt, terminate, tick;

  run.pipeline = make_pipeline (description);
  if (!run.pipeline)
    return SNN_PROGRAM_FAILED;
  run.skipped = g_ptr_array_new_with_free_func (g_free);
  run.loop = g_main_loop_new (NULL, FALSE);
  run.progress = snn_progress_new (isatty (STDOUT_FILENO),
      (guint) options->interval);
  bus = gst_element_get_bus (run.pipeline);
  gst_bus_add_watch (bus, on_message, &run);
  interrupt = g_unix_signal_add (SIGINT, on_interrupt, &run);
  terminate = g_unix_signal_add (SIGTERM, on_terminate, &run);

  tick = g_timeout_add_seconds (1, on_tick, &run);

  /* A failure to start is on the bus as an error message. */
  gst_element_set_state (run.pipeline, GST_STATE_PLAYING);
  g_main_loop_run (run.loop);
  tell_last (&run, bus);
  tell_skipped (&run);
  gst_element_set_state (run.pipeline, GST_STATE_NULL);

  g_source_remove (tick);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  gst_bus_remove_watch (bus);
  snn_progress_free (run.progress);
  gst_object_unref (run.pipeline);
  g_main_loop_unref (run.loop);
  g_ptr_array_unref (run.skipped);
  return run.status;
}

/* (transfer full): the files that are named before the first assignment. */
static GPtrArray *
load_files (gchar **arguments, GError **error)
{
  g_autoptr (GPtrArray) files =
      g_ptr_array_new_with_free_func ((GDestroyNotify) snn_launch_file_free);

  for (guint i = 0; arguments[i] && !strchr (arguments[i], '='); i++) {
    g_autofree gchar *path = snn_launch_find (arguments[i], error);
    SnnLaunchFile *file = path ? snn_launch_file_load (path, error) : NULL;

    if (!file)
      return NULL;
    g_ptr_array_add (files, file);
  }
  return g_steal_pointer (&files);
}

/* Sets a variable in all files that use it; there has to be one. */
static gboolean
assign (const GPtrArray *files, const gchar *assignment, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  gboolean taken = FALSE;

  for (guint i = 0; i < files->len; i++) {
    g_clear_error (&refusal);
    taken |= snn_launch_file_set (g_ptr_array_index (files, i), assignment,
        &refusal);
  }
  if (!taken)
    g_propagate_error (error, g_steal_pointer (&refusal));
  return taken;
}

/* (transfer full): the files' pipelines, all filled in before any runs. */
static gchar **
describe (const GPtrArray *files, const Options *options, GError **error)
{
  g_auto (GStrv) descriptions = g_new0 (gchar *, files->len + 1);

  for (guint i = 0; i < files->len; i++) {
    SnnLaunchFile *file = g_ptr_array_index (files, i);

    use_environment (file, options);
    descriptions[i] = snn_launch_file_expand (file, error);
    if (!descriptions[i]
        || !snn_launch_check (file, descriptions[i], error))
      return NULL;
  }
  return g_steal_pointer (&descriptions);
}

/* As above, and tells the log of it. */
static gint
run_logged (const Options *options, SnnRunLog *log, const SnnLaunchFile *file,
    const gchar *description)
{
  gchar **settings = options->arguments;
  gint status;

  while (*settings && !strchr (*settings, '='))
    settings++;
  snn_run_log_begin (log, file, settings, description);
  status = run_pipeline (options, log, file, description);
  snn_run_log_end (log, status);
  if (snn_run_log_failed (log)) {
    g_printerr ("snn-launch: the log %s could not be written\n",
        options->log);
    return status == EXIT_SUCCESS ? SNN_PROGRAM_FAILED : status;
  }
  return status;
}

static gint
launch (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = load_files (options->arguments, &error);
  g_auto (GStrv) descriptions = NULL;
  SnnRunLog *log = NULL;
  gint status = EXIT_SUCCESS;

  for (guint i = files ? files->len : 0; !error && options->arguments[i]; i++)
    assign (files, options->arguments[i], &error);
  if (!error && !options->list)
    descriptions = describe (files, options, &error);
  if (descriptions && options->log && !options->print)
    log = snn_run_log_new (options->log, &error);
  if (error) {
    g_printerr ("snn-launch: %s\n", error->message);
    return SNN_PROGRAM_USAGE;
  }

  for (guint i = 0; i < files->len && status == EXIT_SUCCESS; i++) {
    const SnnLaunchFile *file = g_ptr_array_index (files, i);

    if (options->list) {
      list_variables (file);
    } else if (options->print) {
      g_print ("%s\n", descriptions[i]);
    } else {
      if (files->len > 1 && !options->quiet)
        g_print ("%s: %s\n", file->path, file->summary ? file->summary : "");
      status = log ? run_logged (options, log, file, descriptions[i])
          : run_pipeline (options, NULL, file, descriptions[i]);
    }
  }
  snn_run_log_free (log);
  return status;
}

/* A command of its own, which is no pipeline; a launch file of that name here
 * comes first. */
static gboolean
is_check (const gchar *name)
{
  g_autofree gchar *file = snn_launch_find_here ("check");

  return g_str_equal (name, "check") && !file;
}

/* The end of --help. */
static const gchar examples[] =
    "For instance:\n"
    "  snn-launch --list train          what can be set, and the defaults\n"
    "  snn-launch train IMAGES=images LABELS=labels EPOCHS=10\n"
    "  snn-launch convert evaluate-snn IMAGES=images LABELS=labels\n"
    "  snn-launch train convert FOLD=1 IMAGES=images LABELS=labels\n"
    "                                   with ann-fold-1.nir and so on; FOLD=all\n"
    "                                   learns from everybody\n\n"
    "Launch files are looked for here, in $SNN_PIPELINE_PATH, or else in\n"
    SNN_PIPELINE_DIR ". Variables not given are taken from the environment,\n"
    "with a warning, then from their defaults. Ctrl-C ends the batch, saves, and\n"
    "exits with 130.\n";

int
main (int argc, char **argv)
{
  Options options = {.interval = 60 };
  const GOptionEntry entries[] = {
    {"print", 'p', 0, G_OPTION_ARG_NONE, &options.print,
        "Print the description with all variables filled in, for gst-launch-1.0",
        NULL},
    {"list", 'l', 0, G_OPTION_ARG_NONE, &options.list,
          "List FILE's variables and their defaults; without FILE, the launch "
          "files there are", NULL},
    {"log", 0, 0, G_OPTION_ARG_FILENAME, &options.log,
          "Append what is run, where, and all that the elements report, to a "
          "file of JSON lines", "FILE"},
    {"no-environment", 0, 0, G_OPTION_ARG_NONE, &options.no_environment,
          "Take no variables from the environment: those that are not given have "
          "their defaults", NULL},
    {"interval", 0, 0, G_OPTION_ARG_INT, &options.interval,
          "Off a terminal, a line says how far the work is whenever nothing else "
          "was printed for so long (default: 60)", "SECONDS"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet,
        "Print only results, warnings and errors", NULL},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose,
        "Print where in the code errors come from", NULL},
    {"version", 0, 0, G_OPTION_ARG_NONE, &options.version,
        "Print the version", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.arguments,
        NULL, "FILE... [VARIABLE=value...] | check IMAGES [LABELS]"},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gint status = SNN_PROGRAM_USAGE;

  setlocale (LC_CTYPE, "");
  snn_program_check_output_at_exit ();
  g_option_context_set_summary (context,
      "Runs the GStreamer pipelines that launch files describe, one after the "
      "other.\n'check' looks at a dataset: all pairs, their grids, values and "
      "labels.");
  g_option_context_set_description (context, examples);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("snn-launch: %s\n", error->message);
    return status;
  }
  /* GStreamer sets the locale; numbers shall be read and written the same
   * everywhere. */
  setlocale (LC_NUMERIC, "C");
  if (options.interval < 1) {
    g_printerr ("snn-launch: --interval=%d: expected at least 1\n",
        options.interval);
  } else if (options.version) {
    g_print ("snn-launch %s, commit %s\n", PACKAGE_VERSION, SNN_COMMIT);
    status = EXIT_SUCCESS;
  } else if (options.arguments && is_check (options.arguments[0])) {
    status = snn_check_run (options.arguments + 1, options.quiet);
  } else if (options.arguments) {
    status = launch (&options);
  } else if (options.list) {
    snn_launch_print_files ();
    status = EXIT_SUCCESS;
  } else {
    g_autofree gchar *help = g_option_context_get_help (context, TRUE, NULL);

    g_printerr ("%s", help);
  }
  g_strfreev (options.arguments);
  g_free (options.log);
  gst_deinit ();
  return status;
}
