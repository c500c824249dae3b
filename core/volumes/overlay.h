/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "../base/api.h"
#include "../graph/input.h"
#include "volume.h"

SNN_BEGIN_DECLS

/* Drawing slices and masks into pictures. */

/**
 * SnnCanvas:
 * @pixels: 8 bits a channel; not owned
 * @width, @height: in pixels
 * @stride: bytes from one row to the next
 * @pixel_stride: bytes from one pixel to the next
 * @offset: of the red, green and blue byte in a pixel
 */
typedef struct
{
  guint8 *pixels;
  gsize width;
  gsize height;
  gsize stride;
  gsize pixel_stride;
  gsize offset[3];
} SnnCanvas;

/**
 * SnnView:
 * @width, @height: of the slice, in voxels
 * @scale: a voxel takes scale * scale pixels; the canvas must have
 *   width * scale times height * scale
 * @flip_x, @flip_y: the first voxel of a row is drawn on the right; the first
 *   row at the bottom
 */
typedef struct
{
  gsize width;
  gsize height;
  gsize scale;
  gboolean flip_x;
  gboolean flip_y;
} SnnView;

/* Which side of the body is where in a picture. */
typedef enum
{
  SNN_ORIENTATION_NEUROLOGICAL,
  SNN_ORIENTATION_RADIOLOGICAL,
  SNN_ORIENTATION_VOXEL,
} SnnOrientation;

/**
 * snn_view_orient:
 *
 * Sets the flips for a slice across @axis of a canonical volume: anterior or
 * superior is up, and to the right is the patient's right, or anterior in a
 * slice across x (neurological), or the other way round (radiological).
 */
void snn_view_orient (SnnView * view, SnnAxis axis, SnnOrientation orientation);

typedef struct
{
  guint8 red;
  guint8 green;
  guint8 blue;
} SnnColor;

/* Colours that the colour-blind can tell apart: sky blue and orange of Okabe
 * and Ito's palette. */
extern const SnnColor snn_color_truth;
extern const SnnColor snn_color_prediction;

/* snn_color_of_class: of several classes, from 0 on; after the seventh they come
 * again. */
const SnnColor *snn_color_of_class (guint index);

/* snn_draw_class_outlines: snn_draw_outline() of each class of @map, which has 0 or
 * 1 more than the class's index, in its colour. */
void snn_draw_class_outlines (const SnnCanvas * canvas, const SnnView * view,
    const guint8 * map, guint n_classes, gsize thickness, gboolean outside);

/* snn_draw_class_fills: snn_draw_fill() of each. */
void snn_draw_class_fills (const SnnCanvas * canvas, const SnnView * view,
    const guint8 * map, guint n_classes, double opacity);

/**
 * snn_picture_from_classes:
 * @values: [channels][n], probabilities of the background and each class
 * @picture: (out): @n values, the probability of any class
 * @map: (out): the most probable ones
 */
void snn_picture_from_classes (const float *values, gsize n, guint channels,
    float *picture, guint8 * map);

/**
 * snn_picture_from_values:
 * @values: [timesteps][channels][n]
 * @channel: which to draw
 * @picture: (out): @n values, its mean over time
 */
void snn_picture_from_values (gconstpointer values, SnnValueType type,
    gsize n, guint channels, guint channel, guint timesteps, float *picture);

/* snn_draw_image: @black and below is black, @white and above is white; where
 * both are equal, the range of the finite values. @smooth interpolates between
 * voxels (linearly) instead of drawing squares. */
void snn_draw_image (const SnnCanvas * canvas, const SnnView * view,
    const float *image, double black, double white, gboolean smooth);

/* snn_draw_fill: blends @color over voxels that @mask sets; @opacity is in
 * [0, 1]. */
void snn_draw_fill (const SnnCanvas * canvas, const SnnView * view,
    const guint8 * mask, SnnColor color, double opacity);

/* snn_draw_heat_map: from transparent at probability 0 over vermillion to
 * yellow at 1. */
void snn_draw_heat_map (const SnnCanvas * canvas, const SnnView * view,
    const float *probability);

/* snn_draw_outline: a line along the border of @mask, @thickness pixels (at
 * most @view->scale) wide, on the inner or the outer side. One mask's outer
 * line and another's inner one never cover each other where borders agree. */
void snn_draw_outline (const SnnCanvas * canvas, const SnnView * view,
    const guint8 * mask, SnnColor color, gsize thickness, gboolean outer);

SNN_END_DECLS
