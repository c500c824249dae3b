/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Starts one pipeline over and over, as an application does that lives long: up
 * to PLAYING, to the end of its stream, and down to NULL, and every tenth time it
 * is made anew.
 *
 *   cycle-pipeline DESCRIPTION
 *
 * Ends by being killed, or with 1 at the first error. flat-memory looks at it
 * from outside. */

#include <gst/gst.h>
#include <stdlib.h>

static gboolean
run_once (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_printerr ("%s\n", error->message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return error == NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  gst_init (&argc, &argv);
  if (argc != 2) {
    g_printerr ("usage: %s DESCRIPTION\n", argv[0]);
    return 2;
  }
  for (;;) {
    GstElement *pipeline = gst_parse_launch_full (argv[1], NULL,
        GST_PARSE_FLAG_FATAL_ERRORS, &error);
    gboolean good = pipeline != NULL;

    if (error)
      g_printerr ("%s\n", error->message);
    for (guint i = 0; good && i < 10; i++)
      good = run_once (pipeline);
    if (pipeline)
      gst_object_unref (pipeline);
    if (!good)
      return EXIT_FAILURE;
  }
}
