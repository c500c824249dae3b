/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A race, and the same with a lock: that the first is seen and the second is not, by
 * which run knows that it sees any.
 *
 *   racy [locked] */

#include <glib.h>

static GMutex mutex;
static guint count;

static gpointer
work (gpointer locked)
{
  for (guint i = 0; i < 1000; i++) {
    if (locked)
      g_mutex_lock (&mutex);
    count++;
    if (locked)
      g_mutex_unlock (&mutex);
  }
  return NULL;
}

int
main (int argc, char **argv)
{
  gpointer locked = argc > 1 ? &mutex : NULL;
  GThread *thread = g_thread_new ("racy", work, locked);

  work (locked);
  g_thread_join (thread);
  return 0;
}
