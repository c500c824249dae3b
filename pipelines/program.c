/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <snn/base/text.h>

static const gchar *program;

/* What is printed is in the buffer of the stream at first; that it gets no further
 * shows when that is emptied, here at the latest. */
static void
check_output (void)
{
  const gboolean failed = ferror (stdout) != 0;
  const gboolean lost = fflush (stdout) != 0;
  const gint code = errno;

  if (!failed && !lost)
    return;
  fprintf (stderr, "%s: the output could not be written%s%s\n",
      g_get_prgname () ? g_get_prgname () : "gst-snn", lost ? ": " : "",
      lost ? g_strerror (code) : "");
  /* A status can't be changed at the end in another way. */
  _exit (SNN_PROGRAM_FAILED);
}

void
snn_program_check_output_at_exit (void)
{
  if (atexit (check_output) != 0)
    g_warning ("errors of the output will not be told");
}

gboolean
snn_program_begin (const gchar *name, const gchar *summary,
    const GOptionEntry *entries, gint *argc, gchar ***argv, gint *status)
{
  gboolean version = FALSE;
  const GOptionEntry common[] = {
    {"version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL},
    {NULL},
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GError *error = NULL;

  program = name;
  setlocale (LC_CTYPE, "");
  snn_program_check_output_at_exit ();
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  g_option_context_set_summary (context, summary);
  if (!g_option_context_parse (context, argc, argv, &error)) {
    snn_program_tell_error (error);
    *status = SNN_PROGRAM_USAGE;
    return FALSE;
  }
  if (version) {
    printf ("%s %s\n", name, PACKAGE_VERSION);
    *status = EXIT_SUCCESS;
  }
  return !version;
}

void
snn_program_tell (const gchar *text)
{
  g_autofree gchar *shown = snn_text_shown (text, "\n");

  fprintf (stderr, "%s: %s\n", program, shown);
}

void
snn_program_tell_error (GError *error)
{
  snn_program_tell (error->message);
  g_error_free (error);
}
