/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zeros.h"

#define ALIGNMENT 64

/* What was allocated stands before what is handed out. */
gpointer
snn_zeros_new (gsize size)
{
  const gsize head = sizeof (gpointer) + ALIGNMENT - 1;
  guint8 *all = g_malloc0 (size + head);
  gpointer *zeros = (gpointer *) (((guintptr) all + head) / ALIGNMENT
      * ALIGNMENT);

  zeros[-1] = all;
  return zeros;
}

void
snn_zeros_free (gpointer zeros)
{
  if (zeros)
    g_free (((gpointer *) zeros)[-1]);
}
