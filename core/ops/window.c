/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window.h"

SnnDepth
snn_window_depth (const SnnNode *node)
{
  const gboolean is_volume = node->op->n_axes == 3;

  return (SnnDepth) {
    .kernel = is_volume ? node->kernel : 1,
    .stride = is_volume ? node->stride : 1,
    .padding = is_volume ? node->padding : 0,
    .in = MAX (node->in.depth, 1),
    .out = MAX (node->out.depth, 1),
  };
}

/* Along one axis: output o sees o stride - padding ... o stride - padding + kernel
 * - 1. */
static guint64
count_windows (guint kernel, guint stride, guint padding, guint at,
    guint n_out)
{
  guint64 n = 0;

  for (guint tap = 0; tap < kernel; tap++) {
    guint from = at + padding;

    n += from >= tap && (from - tap) % stride == 0
        && (from - tap) / stride < n_out;
  }
  return n;
}

guint64
snn_window_fan_out (const SnnNode *node, guint row, guint x)
{
  const SnnDepth depth = snn_window_depth (node);
  const guint k = node->kernel, s = node->stride, p = node->padding;

  return count_windows (depth.kernel, depth.stride, depth.padding,
      row / node->in.height, depth.out)
      * count_windows (k, s, p, row % node->in.height, node->out.height)
      * count_windows (k, s, p, x, node->out.width);
}

/* Of a node without a kernel, such as Linear, a window is one position. */
gsize
snn_window_taps (const SnnNode *node)
{
  const gsize k = MAX (node->kernel, 1);

  return MAX (snn_window_depth (node).kernel, 1) * k * k;
}

gsize *
snn_window_offsets (const SnnNode *node, gsize plane, gsize row, gsize pixel)
{
  const gsize k = MAX (node->kernel, 1), n = snn_window_taps (node);
  gsize *offsets = g_new (gsize, n);

  for (gsize tap = 0; tap < n; tap++)
    offsets[tap] = tap / (k * k) * plane + tap / k % k * row + tap % k * pixel;
  return offsets;
}
