/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/op.h"

G_BEGIN_DECLS

/* What operators with a moving window have in common: kernel, stride and
 * padding, the same along all axes. */

/**
 * SnnDepth:
 * @kernel, @stride, @padding: along the axis of depth
 * @in, @out: slices of the input's and the output's frames
 *
 * A slice is a volume of one, and a window in it one of a single slice, so that
 * operators work on volumes only.
 */
typedef struct
{
  guint kernel;
  guint stride;
  guint padding;
  guint in;
  guint out;
} SnnDepth;

SnnDepth snn_window_depth (const SnnNode * node);

/* snn_window_fan_out: along all axes, in how many windows position (@row, @x) is,
 * rows being those of all slices. */
guint64 snn_window_fan_out (const SnnNode * node, guint row, guint x);

/* snn_window_taps: positions in a window. */
gsize snn_window_taps (const SnnNode * node);

/* snn_window_offsets: (transfer full): from a window's first position to all of
 * them, row after row, where slices, rows and pixels are so far apart. */
gsize *snn_window_offsets (const SnnNode * node, gsize plane, gsize row,
    gsize pixel);

G_END_DECLS
