/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warp.h"

#include <string.h>

#include "affine.h"

/* Shares of a voxel that differ by less than this are the same. */
#define SAME_SHARE 1e-5f

typedef struct
{
  const SnnWarp *warp;
  gsize dims[3];
  const float *image;           /* old volume; NULL: labels are moved */
  const guint8 *labels;
  float *new_image;
  guint8 *new_labels;
} Task;

/* Where a point lies among old voxels, by index: that at or before it, steps
 * to the next along each axis (0 at the border), and how far it is there. */
typedef struct
{
  gsize index;
  gsize step[3];
  float part[3];
} Place;

void
snn_warp_init (SnnWarp *warp, const gsize dims[3])
{
  memset (warp, 0, sizeof *warp);
  memcpy (warp->dims, dims, sizeof warp->dims);
  snn_affine_identity (warp->map);
}

void
snn_warp_clear (SnnWarp *warp)
{
  for (guint i = 0; i < 3; i++)
    g_clear_pointer (&warp->field[i], snn_field_free);
}

void
snn_warp_row (const SnnWarp *warp, gsize y, gsize z, float *x, float *y_at,
    float *z_at)
{
  float *at[3] = { x, y_at, z_at };
  const gsize n = warp->dims[0];

  for (guint i = 0; i < 3; i++) {
    const double *m = warp->map[i];
    const double begin = m[1] * (double) y + m[2] * (double) z + m[3];
    const float amplitude = (float) warp->amplitude[i];
    float *to = at[i];

    if (warp->field[i])
      snn_field_row (warp->field[i], y, z, to);
    else
      memset (to, 0, n * sizeof *to);
    for (gsize k = 0; k < n; k++)
      to[k] = amplitude * to[k] + (float) (begin + m[0] * (double) k);
  }
}

static Place
find_place (const gsize dims[3], float x, float y, float z)
{
  const float at[3] = { x, y, z };
  Place place = { 0, };
  gsize stride = 1;

  for (guint i = 0; i < 3; i++) {
    float position = CLAMP (at[i], 0.f, (float) (dims[i] - 1));
    gsize below = (gsize) position;

    place.part[i] = position - (float) below;
    place.index += below * stride;
    place.step[i] = below + 1 < dims[i] ? stride : 0;
    stride *= dims[i];
  }
  return place;
}

static float
mix (float a, float b, float part)
{
  return a + part * (b - a);
}

static float
image_at (const float *values, const Place *place)
{
  const gsize *s = place->step;
  const float *v = values + place->index;
  float near, far;

  near = mix (mix (v[0], v[s[0]], place->part[0]),
      mix (v[s[1]], v[s[1] + s[0]], place->part[0]), place->part[1]);
  if (s[2] == 0 || place->part[2] == 0.f)
    return near;
  v += s[2];
  far = mix (mix (v[0], v[s[0]], place->part[0]),
      mix (v[s[1]], v[s[1] + s[0]], place->part[0]), place->part[1]);
  return mix (near, far, place->part[2]);
}

static guint8
label_at (const guint8 *labels, const Place *place)
{
  guint8 corner[8], nearest, winner = G_MAXUINT8;
  float share[8], largest = 0.f;
  guint nearest_corner = 0;
  gboolean uniform = TRUE;

  for (guint i = 0; i < 8; i++) {
    gsize index = place->index;

    for (guint k = 0; k < 3; k++)
      index += i >> k & 1 ? place->step[k] : 0;
    corner[i] = labels[index];
    uniform &= corner[i] == corner[0];
  }
  if (uniform)
    return corner[0];

  for (guint k = 0; k < 3; k++)
    nearest_corner |= (guint) (place->part[k] >= 0.5f) << k;
  nearest = corner[nearest_corner];
  /* The share of each corner's label is summed up with every corner. */
  for (guint i = 0; i < 8; i++) {
    share[i] = 0.f;
    for (guint j = 0; j < 8; j++) {
      float weight = corner[j] == corner[i];

      for (guint k = 0; k < 3; k++)
        weight *= j >> k & 1 ? place->part[k] : 1.f - place->part[k];
      share[i] += weight;
    }
    largest = MAX (largest, share[i]);
  }
  for (guint i = 0; i < 8; i++)
    if (share[i] >= largest - SAME_SHARE) {
      if (corner[i] == nearest)
        return nearest;
      winner = MIN (winner, corner[i]);
    }
  return winner;
}

static void
warp_plane (gpointer data, guint z, guint worker)
{
  const Task *task = data;
  const gsize width = task->warp->dims[0], height = task->warp->dims[1];
  g_autofree float *at = g_new (float, 3 * width);

  for (gsize y = 0; y < height; y++) {
    gsize row = (z * height + y) * width;

    snn_warp_row (task->warp, y, z, at, at + width, at + 2 * width);
    for (gsize x = 0; x < width; x++) {
      Place place = find_place (task->dims, at[x], at[width + x],
          at[2 * width + x]);

      if (task->image)
        task->new_image[row + x] = image_at (task->image, &place);
      else
        task->new_labels[row + x] = label_at (task->labels, &place);
    }
  }
}

static void
run (Task *task, const gsize dims[3], SnnPool *pool)
{
  g_autoptr (SnnPool) own = pool ? NULL : snn_pool_new (1);

  memcpy (task->dims, dims, sizeof task->dims);
  snn_pool_run (pool ? pool : own, (guint) task->warp->dims[2], warp_plane,
      task);
}

void
snn_warp_image (const SnnWarp *warp, const float *values, const gsize dims[3],
    SnnPool *pool, float *out)
{
  Task task = {.warp = warp,.image = values,.new_image = out };

  run (&task, dims, pool);
}

void
snn_warp_labels (const SnnWarp *warp, const guint8 *labels,
    const gsize dims[3], SnnPool *pool, guint8 *out)
{
  Task task = {.warp = warp,.labels = labels,.new_labels = out };

  run (&task, dims, pool);
}
