/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Scratch for one line of the transform, of the longest axis' length. */
typedef struct
{
  double *values;               /* the line, copied out */
  gsize *vertex;                /* of the parabolas in the lower envelope */
  double *border;               /* where each of them begins, in mm */
} Line;

/* One line of @n values, @stride apart: out[q] = min over p of
 * ((q - p) * zoom)^2 + in[p]. */
static void
transform_line (double *values, gsize n, gsize stride, double zoom, Line *line)
{
  gsize n_parabolas = 0, k = 0;

  for (gsize q = 0; q < n; q++) {
    double height = values[q * stride];
    double begin = -INFINITY;

    line->values[q] = height;
    if (isinf (height))
      continue;
    /* Drop parabolas that the new one hides from where they begin on; the first
     * one begins at -INFINITY, and stays. */
    while (n_parabolas > 0) {
      gsize p = line->vertex[n_parabolas - 1];
      double a = (double) p * zoom, b = (double) q * zoom;

      begin = ((height + b * b) - (line->values[p] + a * a))
          / (2. * (b - a));
      if (begin > line->border[n_parabolas - 1])
        break;
      n_parabolas--;
    }
    line->vertex[n_parabolas] = q;
    line->border[n_parabolas] = begin;
    n_parabolas++;
  }
  if (n_parabolas == 0)
    return;

  for (gsize q = 0; q < n; q++) {
    double x = (double) q * zoom, d;

    while (k + 1 < n_parabolas && line->border[k + 1] < x)
      k++;
    d = x - (double) line->vertex[k] * zoom;
    values[q * stride] = d * d + line->values[line->vertex[k]];
  }
}

gboolean
snn_distance_squared (const guint8 *mask, const gsize dims[3],
    const double zooms[3], double *out)
{
  const gsize strides[3] = { 1, dims[0], dims[0] * dims[1] };
  const gsize n = dims[0] * dims[1] * dims[2];
  const gsize longest = MAX (dims[0], MAX (dims[1], dims[2]));
  g_autofree double *values = g_try_new (double, longest);
  g_autofree double *border = g_try_new (double, longest);
  g_autofree gsize *vertex = g_try_new (gsize, longest);
  Line line = { values, vertex, border };

  if (!values || !border || !vertex)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    out[i] = mask[i] ? 0. : INFINITY;
  for (guint axis = 0; axis < 3; axis++) {
    guint u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;

    for (gsize j = 0; j < dims[v]; j++)
      for (gsize i = 0; i < dims[u]; i++)
        transform_line (out + j * strides[v] + i * strides[u], dims[axis],
            strides[axis], zooms[axis], &line);
  }
  return TRUE;
}

gsize
snn_surface (const guint8 *mask, const gsize dims[3], guint8 *surface)
{
  const gsize strides[3] = { 1, dims[0], dims[0] * dims[1] };
  gsize n = 0, i = 0;
  gsize at[3];

  for (at[2] = 0; at[2] < dims[2]; at[2]++)
    for (at[1] = 0; at[1] < dims[1]; at[1]++)
      for (at[0] = 0; at[0] < dims[0]; at[0]++, i++) {
        gboolean inner = mask[i] != 0;

        for (guint axis = 0; axis < 3 && inner; axis++)
          inner = at[axis] > 0 && at[axis] + 1 < dims[axis]
              && mask[i - strides[axis]] && mask[i + strides[axis]];
        surface[i] = mask[i] != 0 && !inner;
        n += surface[i];
      }
  return n;
}

/* Voxels that either mask sets, so that work and memory depend on the object
 * and not on the volume. */
static gboolean
bounding_box (const guint8 *a, const guint8 *b, const gsize dims[3],
    gsize begin[3], gsize size[3])
{
  gsize end[3] = { 0, }, at[3], i = 0;

  memcpy (begin, dims, 3 * sizeof *begin);
  for (at[2] = 0; at[2] < dims[2]; at[2]++)
    for (at[1] = 0; at[1] < dims[1]; at[1]++)
      for (at[0] = 0; at[0] < dims[0]; at[0]++, i++) {
        if (!a[i] && !b[i])
          continue;
        for (guint axis = 0; axis < 3; axis++) {
          begin[axis] = MIN (begin[axis], at[axis]);
          end[axis] = MAX (end[axis], at[axis] + 1);
        }
      }
  if (end[0] == 0)
    return FALSE;
  for (guint axis = 0; axis < 3; axis++)
    size[axis] = end[axis] - begin[axis];
  return TRUE;
}

/* The surface of @mask inside the box; all that is set lies in the box, so
 * the box's outside is the same as the grid's. @part is room for the box. */
static gsize
cut_surface (const guint8 *mask, const gsize dims[3], const gsize begin[3],
    const gsize size[3], guint8 *part, guint8 *surface)
{

  for (gsize z = 0; z < size[2]; z++)
    for (gsize y = 0; y < size[1]; y++)
      memcpy (part + (z * size[1] + y) * size[0],
          mask + ((begin[2] + z) * dims[1] + begin[1] + y) * dims[0]
          + begin[0], size[0]);
  return snn_surface (part, size, surface);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The @n distances of @from's voxels to @to: their 95th percentile, and their
 * sum added to @sum. */
static gboolean
directed_distances (const guint8 *from, gsize n, const guint8 *to,
    const gsize dims[3], const double zooms[3], double *squared, double *sum,
    double *percentile)
{
  g_autofree double *distances = g_try_new (double, n);
  gsize found = 0, below;
  double position = 0.95 * (double) (n - 1), weight;

  if (!distances || !snn_distance_squared (to, dims, zooms, squared))
    return FALSE;
  for (gsize i = 0; i < dims[0] * dims[1] * dims[2]; i++)
    if (from[i]) {
      distances[found] = sqrt (squared[i]);
      *sum += distances[found++];
    }
  qsort (distances, n, sizeof *distances, compare_doubles);
  below = (gsize) position;
  weight = position - (double) below;
  *percentile = distances[below] * (1. - weight)
      + distances[MIN (below + 1, n - 1)] * weight;
  return TRUE;
}

gboolean
snn_surface_distances (const guint8 *predicted, const guint8 *truth,
    const gsize dims[3], const double zooms[3], double *hd95, double *assd)
{
  gsize begin[3], size[3], n_voxels, n_p, n_t;
  g_autofree guint8 *p = NULL;
  g_autofree guint8 *t = NULL;
  g_autofree double *squared = NULL;
  double sum = 0., p_to_t, t_to_p;

  *hd95 = *assd = 0.;
  if (!bounding_box (predicted, truth, dims, begin, size))
    return TRUE;
  *hd95 = *assd = NAN;
  n_voxels = size[0] * size[1] * size[2];
  p = g_try_malloc (n_voxels);
  t = g_try_malloc (n_voxels);
  squared = g_try_new (double, n_voxels);
  if (!p || !t || !squared)
    return FALSE;
  n_p = cut_surface (predicted, dims, begin, size, (guint8 *) squared, p);
  n_t = cut_surface (truth, dims, begin, size, (guint8 *) squared, t);
  if (n_p == 0 || n_t == 0)
    return TRUE;

  if (!directed_distances (p, n_p, t, size, zooms, squared, &sum, &p_to_t)
      || !directed_distances (t, n_t, p, size, zooms, squared, &sum, &t_to_p))
    return FALSE;
  *hd95 = MAX (p_to_t, t_to_p);
  *assd = sum / (double) (n_p + n_t);
  return TRUE;
}
