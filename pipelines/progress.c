/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <snn/base/text.h>

#define REDRAW_INTERVAL (G_USEC_PER_SEC / 10)

struct _SnnProgress
{
  gboolean terminal;
  gint64 interval;              /* between lines, where there is no terminal */
  gboolean drawn;               /* a line to be redrawn is on the screen */
  gint64 drawn_at;
  gint64 begun_at;
  gint64 printed_at;            /* the last whole line */
  gchar *passing;               /* what a terminal would show; NULL: nothing */
};

/* A field of any numeric type; not a number where there is none. */
static double
number (const GstStructure *structure, const gchar *name)
{
  const GValue *value = gst_structure_get_value (structure, name);
  GValue converted = G_VALUE_INIT;
  double result = NAN;

  g_value_init (&converted, G_TYPE_DOUBLE);
  if (value && g_value_transform (value, &converted))
    result = g_value_get_double (&converted);
  g_value_unset (&converted);
  return result;
}

/* "NAME 3/25", counted from one where the messages count from zero. */
static void
append_count (GString *text, const gchar *name, double done, double total)
{
  if (isnan (done))
    return;
  g_string_append_printf (text, "%s%s %.0f", text->len ? ", " : "", name, done);
  if (total > 0.)
    g_string_append_printf (text, "/%.0f", total);
}

/* "over 3 subjects", "over 1 subject". */
static void
append_number (GString *text, const gchar *before, double n, const gchar *noun)
{
  g_string_append_printf (text, "%s %.0f %s%s", before, n, noun,
      n == 1. ? "" : "s");
}

static void
append_measures (GString *text, const GstStructure *structure)
{
  double loss = number (structure, "loss");
  double dice = number (structure, "dice");
  double accuracy = number (structure, "accuracy");

  if (!isnan (loss))
    g_string_append_printf (text, ", loss %.4f", loss);
  if (!isnan (dice))
    g_string_append_printf (text, ", Dice %.4f", dice);
  if (!isnan (accuracy))
    g_string_append_printf (text, ", accuracy %.4f", accuracy);
}

static void
append_duration (GString *text, double seconds)
{
  guint64 whole = (guint64) CLAMP (seconds, 0., 1e9);

  if (whole >= 3600)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT ":%02d:%02d",
        whole / 3600, (gint) (whole / 60 % 60), (gint) (whole % 60));
  else
    g_string_append_printf (text, "%d:%02d", (gint) (whole / 60),
        (gint) (whole % 60));
}

static void
format_batch (GString *text, const GstStructure *structure)
{
  double remaining = number (structure, "remaining");

  append_count (text, "epoch", number (structure, "epoch") + 1.,
      number (structure, "epochs"));
  append_count (text, "batch", number (structure, "batch"),
      number (structure, "batches"));
  append_measures (text, structure);
  if (remaining >= 0.) {
    g_string_append (text, ", ");
    append_duration (text, remaining);
    g_string_append (text, " left");
  }
}

static void
format_epoch (GString *text, const GstStructure *structure)
{
  double rate = number (structure, "learning-rate");
  double seconds = number (structure, "seconds");

  append_count (text, "epoch", number (structure, "epoch") + 1.,
      number (structure, "epochs"));
  append_measures (text, structure);
  if (!isnan (rate))
    g_string_append_printf (text, ", learning rate %g", rate);
  if (!isnan (seconds))
    g_string_append_printf (text, ", %.1f s", seconds);
}

static void
format_dice (GString *text, const GstStructure *structure)
{
  const gchar *subject = gst_structure_get_string (structure, "subject");

  g_string_append_printf (text, "%s: Dice %.4f", subject ? subject : "subject",
      number (structure, "dice"));
}

static void
format_dice_summary (GString *text, const GstStructure *structure)
{
  double deviation = number (structure, "sd");
  gboolean evaluate = FALSE;

  if (gst_structure_get_boolean (structure, "evaluate", &evaluate))
    g_string_append (text, evaluate ? "held-out subjects: " : "");
  g_string_append_printf (text, "Dice %.4f", number (structure, "mean"));
  if (!isnan (deviation))
    g_string_append_printf (text, " (standard deviation %.4f)", deviation);
  append_number (text, " over", number (structure, "n"), "subject");
}

static void
format_accuracy_summary (GString *text, const GstStructure *structure)
{
  gboolean evaluate = FALSE;

  if (gst_structure_get_boolean (structure, "evaluate", &evaluate))
    g_string_append (text, evaluate ? "held-out samples: " : "");
  g_string_append_printf (text, "accuracy %.4f",
      number (structure, "accuracy"));
  append_number (text, " over", number (structure, "n"), "sample");
}

/* An ANN has multiply-accumulates alone, and networks on spikes hardly any. */
static void
append_operations (GString *text, const GstStructure *structure,
    const gchar *kind)
{
  static const struct
  {
    const gchar *field;
    const gchar *unit;
    double scale;
  } parts[] = {
    {"accumulates", "million accumulates", 1e-6},
    {"multiply-accumulates", "million multiply-accumulates", 1e-6},
    {"microjoules", "microjoules", 1.},
  };

  g_string_append_printf (text, "%s%s", text->len ? "; " : "", kind);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree gchar *field = g_strdup_printf ("%s-%s", kind, parts[i].field);

    g_string_append_printf (text, "%s %.4g %s", i ? "," : "",
        number (structure, field) * parts[i].scale, parts[i].unit);
  }
}

static void
format_energy (GString *text, const GstStructure *structure)
{
  append_operations (text, structure, "effective");
  append_operations (text, structure, "dense");
  g_string_prepend (text, "a sample: ");
}

static void
format_file (GString *text, const GstStructure *structure)
{
  const gchar *location = gst_structure_get_string (structure, "location");

  if (location)
    g_string_append_printf (text, "wrote %s", location);
}

static void
format_conversion (GString *text, const GstStructure *structure)
{
  append_count (text, "converting: layer", number (structure, "done"),
      number (structure, "total"));
}

static void
format_converted (GString *text, const GstStructure *structure)
{
  const gchar *location = gst_structure_get_string (structure, "location");

  if (location) {
    append_number (text, "converted by", number (structure, "samples"),
        "sample");
    g_string_append_printf (text, ", wrote %s", location);
  }
}

static const struct
{
  const gchar *name;
  enum { PASSING, KEPT, RESULT } kind;
  void (*format) (GString *text, const GstStructure *structure);
} formats[] = {
  {"snn-progress", PASSING, format_batch},
  {"snn-epoch", KEPT, format_epoch},
  {"dice", PASSING, format_dice},
  {"dice-summary", RESULT, format_dice_summary},
  {"accuracy-summary", RESULT, format_accuracy_summary},
  {"snn-energy", RESULT, format_energy},
  {"niftisink", KEPT, format_file},
  {"snn-conversion", PASSING, format_conversion},
  {"snn-conversion-done", KEPT, format_converted},
};

gboolean
snn_progress_is_result (const GstStructure *structure)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (gst_structure_has_name (structure, formats[i].name))
      return formats[i].kind == RESULT;
  return FALSE;
}

gchar *
snn_progress_format (const GstStructure *structure, gboolean *passing)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (gst_structure_has_name (structure, formats[i].name)) {
      g_autoptr (GString) text = g_string_new (NULL);

      *passing = formats[i].kind == PASSING;
      formats[i].format (text, structure);
      return text->len > 0 ? snn_text_shown (text->str, NULL) : NULL;
    }
  return NULL;
}

SnnProgress *
snn_progress_new (gboolean terminal, guint seconds)
{
  SnnProgress *progress = g_new0 (SnnProgress, 1);

  progress->terminal = terminal;
  progress->interval = (gint64) seconds * G_USEC_PER_SEC;
  progress->begun_at = progress->printed_at = g_get_monotonic_time ();
  return progress;
}

void
snn_progress_free (SnnProgress *progress)
{
  snn_progress_clear (progress);
  g_free (progress->passing);
  g_free (progress);
}

void
snn_progress_clear (SnnProgress *progress)
{
  if (progress->drawn)
    g_print ("\r\033[K");
  progress->drawn = FALSE;
}

/* Cut to the terminal's width: a line that wraps can't be redrawn. */
static void
draw (SnnProgress *progress, const gchar *text)
{
  gint64 now = g_get_monotonic_time ();
  struct winsize size = { 0, };
  gint columns = 79;

  if (progress->drawn && now - progress->drawn_at < REDRAW_INTERVAL)
    return;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
    columns = size.ws_col - 1;
  g_print ("\r%.*s\033[K", columns, text);
  progress->drawn = TRUE;
  progress->drawn_at = now;
}

/* At once also where the output is a file that someone looks at. */
static void
print_line (SnnProgress *progress, const gchar *text)
{
  g_print ("%s\n", text);
  fflush (stdout);
  progress->printed_at = g_get_monotonic_time ();
  g_clear_pointer (&progress->passing, g_free);
}

void
snn_progress_message (SnnProgress *progress, const GstStructure *structure)
{
  gboolean passing = FALSE;
  g_autofree gchar *text = snn_progress_format (structure, &passing);

  if (!text)
    return;
  if (!passing) {
    snn_progress_clear (progress);
    print_line (progress, text);
  } else {
    if (progress->terminal)
      draw (progress, text);
    g_free (progress->passing);
    progress->passing = g_steal_pointer (&text);
  }
}

void
snn_progress_tick (SnnProgress *progress)
{
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GString) text = NULL;

  if (progress->terminal || now - progress->printed_at < progress->interval)
    return;
  text = g_string_new ("at ");
  append_duration (text,
      (double) (now - progress->begun_at) / (double) G_USEC_PER_SEC);
  g_string_append_printf (text, ": %s",
      progress->passing ? progress->passing : "at work");
  print_line (progress, text->str);
}
