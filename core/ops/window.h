/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/op.h"

G_BEGIN_DECLS

/* What operators with a moving window have in common: kernel, stride and
 * padding. */

/* snn_window_fan_out: along one axis, in how many of @n_out windows position
 * @at is. */
guint snn_window_fan_out (const SnnNode * node, guint at, guint n_out);

/* snn_window_taps: positions in a window of two axes. */
gsize snn_window_taps (const SnnNode * node);

G_END_DECLS
