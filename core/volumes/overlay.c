/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay.h"

#include <math.h>

#include "../run/probability.h"

const SnnColor snn_color_truth = { 86, 180, 233 };
const SnnColor snn_color_prediction = { 230, 159, 0 };

/* Okabe and Ito's, which the colour blind tell apart. */
static const SnnColor class_colors[] = {
  {230, 159, 0}, {86, 180, 233}, {0, 158, 115}, {240, 228, 66},
  {204, 121, 167}, {213, 94, 0}, {0, 114, 178},
};

const SnnColor *
snn_color_of_class (guint index)
{
  return &class_colors[index % G_N_ELEMENTS (class_colors)];
}

/* Okabe and Ito's vermillion and yellow. */
static const SnnColor heat_low = { 213, 94, 0 };
static const SnnColor heat_high = { 240, 228, 66 };

#define HEAT_OPACITY 0.85

/* Rows and columns of a slice are the volume's axes in order (SnnAxis), which
 * run to the right, to the front and up. Pictures count rows downwards. */
void
snn_view_orient (SnnView *view, SnnAxis axis, SnnOrientation orientation)
{
  view->flip_x = orientation == SNN_ORIENTATION_RADIOLOGICAL;
  view->flip_y = orientation != SNN_ORIENTATION_VOXEL;
}

void
snn_picture_from_values (gconstpointer values, SnnValueType type, gsize n,
    guint channels, guint channel, guint timesteps, float *picture)
{
  const gsize step = n * channels;

  for (gsize i = 0; i < n; i++) {
    double sum = 0.;

    for (guint t = 0; t < timesteps; t++) {
      gsize at = t * step + channel * n + i;

      switch (type) {
        case SNN_VALUE_FLOAT32:
          sum += ((const float *) values)[at];
          break;
        case SNN_VALUE_UINT8:
          sum += ((const guint8 *) values)[at];
          break;
        case SNN_VALUE_INT8:
          sum += ((const gint8 *) values)[at];
          break;
      }
    }
    picture[i] = (float) (sum / timesteps);
  }
}

static guint8 *
pixel_at (const SnnCanvas *canvas, gsize x, gsize y)
{
  return canvas->pixels + y * canvas->stride + x * canvas->pixel_stride;
}

static void
blend (const SnnCanvas *canvas, guint8 *pixel, SnnColor color, double opacity)
{
  const guint8 to[3] = { color.red, color.green, color.blue };

  for (guint i = 0; i < 3; i++) {
    double from = pixel[canvas->offset[i]];

    pixel[canvas->offset[i]] =
        (guint8) (from + (to[i] - from) * opacity + 0.5);
  }
}

/* A pixel's voxel, and where in it the pixel lies. */
typedef struct
{
  gsize voxel;
  gsize within;
} Place;

static Place
place (gsize pixel, gsize n_voxels, gsize scale, gboolean flip)
{
  Place p = { pixel / scale, pixel % scale };

  if (flip) {
    p.voxel = n_voxels - 1 - p.voxel;
    p.within = scale - 1 - p.within;
  }
  return p;
}

static void
find_range (const float *values, gsize n, double *low, double *high)
{
  *low = INFINITY;
  *high = -INFINITY;
  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i])) {
      *low = MIN (*low, values[i]);
      *high = MAX (*high, values[i]);
    }
}

/* Linear interpolation between the centres of voxels; a pixel's centre lies
 * (within + 0.5) / scale into its voxel. */
static void
neighbours (Place p, gsize n_voxels, gsize scale, gsize *other, double *weight)
{
  double offset = ((double) p.within + 0.5) / (double) scale - 0.5;

  *other = p.voxel;
  if (offset < 0. && p.voxel > 0)
    *other = p.voxel - 1;
  else if (offset > 0. && p.voxel + 1 < n_voxels)
    *other = p.voxel + 1;
  *weight = fabs (offset);
}

static double
interpolate (const SnnView *view, const float *image, Place x, Place y)
{
  const float *row = image + y.voxel * view->width, *other_row;
  double wx, wy, here, there;
  gsize ox, oy;

  neighbours (x, view->width, view->scale, &ox, &wx);
  neighbours (y, view->height, view->scale, &oy, &wy);
  other_row = image + oy * view->width;
  here = row[x.voxel] * (1. - wx) + row[ox] * wx;
  there = other_row[x.voxel] * (1. - wx) + other_row[ox] * wx;
  return here * (1. - wy) + there * wy;
}

void
snn_draw_image (const SnnCanvas *canvas, const SnnView *view,
    const float *image, double black, double white, gboolean smooth)
{
  double factor;

  if (black == white)
    find_range (image, view->width * view->height, &black, &white);
  factor = white != black ? 255. / (white - black) : 0.;

  for (gsize y = 0; y < canvas->height; y++) {
    Place py = place (y, view->height, view->scale, view->flip_y);

    for (gsize x = 0; x < canvas->width; x++) {
      Place px = place (x, view->width, view->scale, view->flip_x);
      guint8 *pixel = pixel_at (canvas, x, y);
      double value = smooth ? interpolate (view, image, px, py)
          : image[py.voxel * view->width + px.voxel];
      double level = (value - black) * factor;

      for (guint i = 0; i < 3; i++)
        pixel[canvas->offset[i]] = isfinite (level) ?
            (guint8) (CLAMP (level, 0., 255.) + 0.5) : 0;
    }
  }
}

void
snn_draw_fill (const SnnCanvas *canvas, const SnnView *view,
    const guint8 *mask, SnnColor color, double opacity)
{
  for (gsize y = 0; y < canvas->height; y++) {
    Place py = place (y, view->height, view->scale, view->flip_y);

    for (gsize x = 0; x < canvas->width; x++) {
      Place px = place (x, view->width, view->scale, view->flip_x);

      if (mask[py.voxel * view->width + px.voxel])
        blend (canvas, pixel_at (canvas, x, y), color, opacity);
    }
  }
}

static SnnColor
heat_color (double p)
{
  return (SnnColor) {
    .red = (guint8) (heat_low.red + p * (heat_high.red - heat_low.red)),
    .green = (guint8) (heat_low.green + p * (heat_high.green
            - heat_low.green)),
    .blue = (guint8) (heat_low.blue + p * (heat_high.blue - heat_low.blue)),
  };
}

void
snn_draw_heat_map (const SnnCanvas *canvas, const SnnView *view,
    const float *probability)
{
  for (gsize y = 0; y < canvas->height; y++) {
    Place py = place (y, view->height, view->scale, view->flip_y);

    for (gsize x = 0; x < canvas->width; x++) {
      Place px = place (x, view->width, view->scale, view->flip_x);
      double p = interpolate (view, probability, px, py);

      if (p > 0.)
        blend (canvas, pixel_at (canvas, x, y), heat_color (MIN (p, 1.)),
            MIN (p, 1.) * HEAT_OPACITY);
    }
  }
}

static gboolean
is_set (const SnnView *view, const guint8 *mask, gssize x, gssize y)
{
  return x >= 0 && y >= 0 && (gsize) x < view->width
      && (gsize) y < view->height && mask[(gsize) y * view->width + (gsize) x];
}

/* Whether a voxel that differs from the pixel's own lies within @thickness
 * pixels of it, diagonals included, so that corners are closed. */
static gboolean
near_border (const SnnView *view, const guint8 *mask, Place px, Place py,
    gsize thickness)
{
  const gboolean own = is_set (view, mask, px.voxel, py.voxel);
  const gint left = px.within < thickness ? -1 : 0;
  const gint right = px.within + thickness >= view->scale ? 1 : 0;
  const gint below = py.within < thickness ? -1 : 0;
  const gint above = py.within + thickness >= view->scale ? 1 : 0;

  for (gint dy = below; dy <= above; dy++)
    for (gint dx = left; dx <= right; dx++)
      if (is_set (view, mask, (gssize) px.voxel + dx,
              (gssize) py.voxel + dy) != own)
        return TRUE;
  return FALSE;
}

void
snn_draw_outline (const SnnCanvas *canvas, const SnnView *view,
    const guint8 *mask, SnnColor color, gsize thickness, gboolean outer)
{
  for (gsize y = 0; y < canvas->height; y++) {
    Place py = place (y, view->height, view->scale, view->flip_y);

    for (gsize x = 0; x < canvas->width; x++) {
      Place px = place (x, view->width, view->scale, view->flip_x);

      if (is_set (view, mask, px.voxel, py.voxel) != outer
          && near_border (view, mask, px, py, thickness))
        blend (canvas, pixel_at (canvas, x, y), color, 1.);
    }
  }
}

/* (transfer full): where @map is of class @index. */
static guint8 *
mask_of_class (const SnnView *view, const guint8 *map, guint index)
{
  const gsize n = view->width * view->height;
  guint8 *mask = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    mask[i] = map[i] == index + 1;
  return mask;
}

void
snn_draw_class_outlines (const SnnCanvas *canvas, const SnnView *view,
    const guint8 *map, guint n_classes, gsize thickness, gboolean outside)
{
  for (guint c = 0; c < n_classes; c++) {
    g_autofree guint8 *mask = mask_of_class (view, map, c);

    snn_draw_outline (canvas, view, mask, *snn_color_of_class (c), thickness,
        outside);
  }
}

void
snn_draw_class_fills (const SnnCanvas *canvas, const SnnView *view,
    const guint8 *map, guint n_classes, double opacity)
{
  for (guint c = 0; c < n_classes; c++) {
    g_autofree guint8 *mask = mask_of_class (view, map, c);

    snn_draw_fill (canvas, view, mask, *snn_color_of_class (c), opacity);
  }
}

void
snn_picture_from_classes (const float *values, gsize n, guint channels,
    float *picture, guint8 *map)
{
  for (gsize i = 0; i < n; i++) {
    picture[i] = 1.f - values[i];
    map[i] = (guint8) snn_largest (values, channels, n, i);
  }
}
