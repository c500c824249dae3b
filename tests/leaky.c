/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

/* Leaks an object, so that a test can see that leaks are seen. */
int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  gst_buffer_new ();
  gst_deinit ();
  return 0;
}
