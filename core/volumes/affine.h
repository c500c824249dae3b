/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Affine maps of points, as SnnVolumeInfo has them: a row for each coordinate
 * of the result, row major; the last row is 0 0 0 1. */

/* snn_affine_identity: every point to itself. */
void snn_affine_identity (double m[4][4]);

/* snn_affine_multiply: @out maps as @b does and then @a; it may be either. */
void snn_affine_multiply (const double a[4][4], const double b[4][4],
    double out[4][4]);

/* snn_affine_invert: FALSE, with @out left alone, where @m maps the space into
 * a plane or holds what is no finite number. */
gboolean snn_affine_invert (const double m[4][4], double out[4][4]);

void snn_affine_apply (const double m[4][4], const double point[3],
    double out[3]);

/* snn_affine_scale: multiplies by three factors what @m maps to. */
void snn_affine_scale (double m[4][4], const double factor[3]);

/* snn_affine_move: adds @by to what @m maps to. */
void snn_affine_move (double m[4][4], const double by[3]);

/* snn_affine_rotate: turns what @m maps to by @angle (radians) around axis 0,
 * 1 or 2, from the next axis towards the one after it. */
void snn_affine_rotate (double m[4][4], guint axis, double angle);

SNN_END_DECLS
