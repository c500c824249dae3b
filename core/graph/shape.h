/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * SnnShape:
 * @channels, @height, @width: of a frame; each at least 1
 * @depth: slices; 0 where there is no such axis, as in all networks of two
 *   dimensions
 *
 * What a value between two nodes looks like. Axes are counted by the functions
 * below, so that one more does not change who only passes shapes on.
 */
typedef struct
{
  guint channels;
  guint height;
  guint width;
  guint depth;
} SnnShape;

#ifndef __GI_SCANNER__ /* structs by value */

/* snn_shape_size: values in one frame. */
gsize snn_shape_size (SnnShape shape);

/* snn_shape_rows: rows of pixels in one frame, those of all slices. */
gsize snn_shape_rows (SnnShape shape);

gboolean snn_shape_equal (SnnShape a, SnnShape b);

/* snn_shape_fits: whether a frame has at least one value and at most
 * @largest, without overflow on the way. */
gboolean snn_shape_fits (SnnShape shape, guint64 largest);

/* snn_shape_to_text: (transfer full): "3x8x8" or "3x4x8x8", channels first. */
gchar *snn_shape_to_text (SnnShape shape);

#endif

SNN_END_DECLS
