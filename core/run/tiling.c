/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tiling.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"

enum
{ WIDTH, HEIGHT, DEPTH, N_AXES };

/* Along one axis. */
typedef struct
{
  gint extent;                  /* of samples */
  gint tile;
  guint n;
  gint *origins;                /* of each tile; below 0 where it is larger */
  double *weights;              /* of each place in a tile */
  double *sums;                 /* of the weights of all tiles, at each place of samples */
} Axis;

struct _SnnTiling
{
  Axis axes[N_AXES];
};

static void
axis_init (Axis *axis, guint extent, guint tile, double overlap)
{
  const double middle = (tile - 1) / 2., sigma = tile / 8.;
  const guint step = MAX ((guint) (tile * (1. - overlap)), 1);
  const guint rest = extent > tile ? extent - tile : 0;

  axis->extent = (gint) extent;
  axis->tile = (gint) tile;
  axis->n = (rest + step - 1) / step + 1;
  axis->origins = g_new (gint, axis->n);
  for (guint i = 0; i < axis->n; i++)
    axis->origins[i] = rest == 0 ? -(gint) ((tile - extent) / 2)
        : (gint) ((guint64) rest * i / (axis->n - 1));
  axis->weights = g_new (double, tile);
  for (guint i = 0; i < tile; i++) {
    const double d = (i - middle) / sigma;

    axis->weights[i] = exp (-d * d / 2.);
  }
  axis->sums = g_new0 (double, extent);
  for (guint k = 0; k < axis->n; k++)
    for (gint i = 0; i < axis->tile; i++) {
      const gint at = axis->origins[k] + i;

      if (at >= 0 && at < axis->extent)
        axis->sums[at] += axis->weights[i];
    }
}

SnnTiling *
snn_tiling_new (SnnShape sample, SnnShape tile, double overlap)
{
  SnnTiling *tiling;

  g_return_val_if_fail (sample.width > 0 && sample.height > 0, NULL);
  g_return_val_if_fail (tile.width > 0 && tile.height > 0, NULL);
  g_return_val_if_fail (overlap >= 0. && overlap < 1., NULL);

  tiling = g_new0 (SnnTiling, 1);
  axis_init (&tiling->axes[WIDTH], sample.width, tile.width, overlap);
  axis_init (&tiling->axes[HEIGHT], sample.height, tile.height, overlap);
  axis_init (&tiling->axes[DEPTH], MAX (sample.depth, 1), MAX (tile.depth, 1),
      overlap);
  return tiling;
}

void
snn_tiling_free (SnnTiling *tiling)
{
  if (!tiling)
    return;
  for (guint i = 0; i < N_AXES; i++) {
    g_free (tiling->axes[i].origins);
    g_free (tiling->axes[i].weights);
    g_free (tiling->axes[i].sums);
  }
  g_free (tiling);
}

guint
snn_tiling_n_tiles (const SnnTiling *tiling)
{
  g_return_val_if_fail (tiling != NULL, 0);

  return tiling->axes[WIDTH].n * tiling->axes[HEIGHT].n
      * tiling->axes[DEPTH].n;
}

/* The first voxel of tile @index along each axis. */
static void
find_origin (const SnnTiling *tiling, guint index, gint origin[N_AXES])
{
  for (guint i = 0; i < N_AXES; i++) {
    const Axis *axis = &tiling->axes[i];

    origin[i] = axis->origins[index % axis->n];
    index /= axis->n;
  }
}

static gsize
axis_clamp (const Axis *axis, gint at)
{
  return (gsize) CLAMP (at, 0, axis->extent - 1);
}

/* One row of a tile that begins at @begin of @row, values of @size bytes. */
static void
cut_row (const Axis *axis, gint begin, const guint8 *row, gsize size,
    guint8 *values)
{
  const gint first = CLAMP (-begin, 0, axis->tile);
  const gint last = CLAMP (axis->extent - begin, first, axis->tile);

  for (gint x = 0; x < first; x++)
    memcpy (values + (gsize) x * size, row, size);
  memcpy (values + (gsize) first * size, row + (gsize) (begin + first) * size,
      (gsize) (last - first) * size);
  for (gint x = last; x < axis->tile; x++)
    memcpy (values + (gsize) x * size,
        row + (gsize) (axis->extent - 1) * size, size);
}

void
snn_tiling_cut (const SnnTiling *tiling, guint index, const SnnInput *sample,
    guint channels, gpointer values)
{
  const gsize size = snn_value_size (sample->type);
  const gsize n_frames = (gsize) sample->timesteps * channels;
  const Axis *axes = tiling->axes;
  const guint8 *from = sample->data;
  guint8 *to = values;
  gint origin[N_AXES];

  g_return_if_fail (index < snn_tiling_n_tiles (tiling));

  find_origin (tiling, index, origin);
  for (gsize f = 0; f < n_frames; f++)
    for (gint z = 0; z < axes[DEPTH].tile; z++)
      for (gint y = 0; y < axes[HEIGHT].tile; y++) {
        const gsize slice = f * (gsize) axes[DEPTH].extent
            + axis_clamp (&axes[DEPTH], origin[DEPTH] + z);
        const gsize row = slice * (gsize) axes[HEIGHT].extent
            + axis_clamp (&axes[HEIGHT], origin[HEIGHT] + y);

        cut_row (&axes[WIDTH], origin[WIDTH],
            from + row * (gsize) axes[WIDTH].extent * size, size, to);
        to += (gsize) axes[WIDTH].tile * size;
      }
}

/* Adds what lies within the sample of one channel of a tile, with its weights. */
static void
add_tile (const SnnTiling *tiling, const gint origin[N_AXES], const float *tile,
    double *sum)
{
  const Axis *axes = tiling->axes;

  for (gint z = 0; z < axes[DEPTH].tile; z++)
    for (gint y = 0; y < axes[HEIGHT].tile; y++) {
      const gint at_z = origin[DEPTH] + z, at_y = origin[HEIGHT] + y;
      const double across = axes[DEPTH].weights[z] * axes[HEIGHT].weights[y];
      const float *row = tile + (z * axes[HEIGHT].tile + y) * axes[WIDTH].tile;
      const gint first = CLAMP (-origin[WIDTH], 0, axes[WIDTH].tile);
      const gint last = CLAMP (axes[WIDTH].extent - origin[WIDTH], first,
          axes[WIDTH].tile);
      const gssize begin = ((gssize) at_z * axes[HEIGHT].extent + at_y)
          * axes[WIDTH].extent + origin[WIDTH];

      if (at_z < 0 || at_z >= axes[DEPTH].extent
          || at_y < 0 || at_y >= axes[HEIGHT].extent)
        continue;
      for (gint x = first; x < last; x++)
        sum[begin + x] += across * axes[WIDTH].weights[x] * row[x];
    }
}

/* Tiles are a grid, so that the sum of their weights is a product of those along the
 * axes. */
static void
divide_by_weights (const Axis *axes, const double *sum, float *values)
{
  for (gint z = 0; z < axes[DEPTH].extent; z++)
    for (gint y = 0; y < axes[HEIGHT].extent; y++) {
      const double across = axes[DEPTH].sums[z] * axes[HEIGHT].sums[y];

      for (gint x = 0; x < axes[WIDTH].extent; x++)
        *values++ = (float) (*sum++ / (across * axes[WIDTH].sums[x]));
    }
}

gboolean
snn_tiling_blend (const SnnTiling *tiling, float *const *tiles, guint channels,
    float *values, GError **error)
{
  const Axis *axes = tiling->axes;
  const guint n_tiles = snn_tiling_n_tiles (tiling);
  const gsize n = (gsize) axes[WIDTH].extent * (gsize) axes[HEIGHT].extent
      * (gsize) axes[DEPTH].extent;
  const gsize n_tile = (gsize) axes[WIDTH].tile * (gsize) axes[HEIGHT].tile
      * (gsize) axes[DEPTH].tile;
  g_autofree double *sum = g_try_new (double, n);

  if (!sum) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ,
        "No memory to blend %u tiles of a sample in", n_tiles);
    return FALSE;
  }
  for (guint c = 0; c < channels; c++) {
    memset (sum, 0, n * sizeof *sum);
    for (guint k = 0; k < n_tiles; k++) {
      gint origin[N_AXES];

      find_origin (tiling, k, origin);
      add_tile (tiling, origin, tiles[k] + c * n_tile, sum);
    }
    divide_by_weights (axes, sum, values + c * n);
  }
  return TRUE;
}
