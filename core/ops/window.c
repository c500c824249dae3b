/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window.h"

/* Output o sees o stride - padding ... o stride - padding + kernel - 1. */
guint
snn_window_fan_out (const SnnNode *node, guint at, guint n_out)
{
  guint n = 0;

  for (guint tap = 0; tap < node->kernel; tap++) {
    guint from = at + node->padding;

    n += from >= tap && (from - tap) % node->stride == 0
        && (from - tap) / node->stride < n_out;
  }
  return n;
}

gsize
snn_window_taps (const SnnNode *node)
{
  return (gsize) node->kernel * node->kernel;
}
