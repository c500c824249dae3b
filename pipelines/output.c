/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FAILED 1

/* What is printed is in the buffer of the stream at first; that it gets no further
 * shows when that is emptied, here at the latest. */
static void
check (void)
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
  _exit (FAILED);
}

void
snn_output_check_at_exit (void)
{
  if (atexit (check) != 0)
    g_warning ("errors of the output will not be told");
}
