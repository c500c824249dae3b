/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "intensity.h"

#include <math.h>
#include <string.h>

#include "affine.h"
#include "resample.h"

/* A Gaussian's half width in standard deviations. */
#define REACH 3.

typedef struct
{
  float *values;
  const gsize *dims;
  double lower;
  const SnnField *field;
  double amplitude;
  const SnnRandom *random;

  guint axis;                   /* of the blur */
  gsize reach;
  const float *kernel;          /* reach + 1 weights, from the middle on */
} Task;

static void
run (Task *task, guint n, SnnWork work, SnnPool *pool)
{
  g_autoptr (SnnPool) own = pool ? NULL : snn_pool_new (1);

  snn_pool_run (pool ? pool : own, n, work, task);
}

void
snn_gamma (float *values, gsize n, double lower, double upper, double gamma)
{
  const float origin = (float) lower, range = (float) (upper - lower);
  const float power = (float) gamma;

  if (!(upper > lower) || gamma == 1.)
    return;
  for (gsize i = 0; i < n; i++) {
    float t = (values[i] - origin) / range;

    values[i] = origin + range * copysignf (powf (fabsf (t), power), t);
  }
}

static void
bias_plane (gpointer data, guint z, guint worker)
{
  const Task *task = data;
  const gsize width = task->dims[0], height = task->dims[1];
  const float origin = (float) task->lower;
  const float amplitude = (float) task->amplitude;
  g_autofree float *row = g_new (float, width);

  for (gsize y = 0; y < height; y++) {
    float *values = task->values + (z * height + y) * width;

    snn_field_row (task->field, y, z, row);
    for (gsize x = 0; x < width; x++)
      values[x] = origin + (values[x] - origin) * expf (amplitude * row[x]);
  }
}

void
snn_bias (float *values, const gsize dims[3], double lower,
    const SnnField *field, double amplitude, SnnPool *pool)
{
  Task task = {.values = values,.dims = dims,.lower = lower,.field = field,
    .amplitude = amplitude
  };

  run (&task, (guint) dims[2], bias_plane, pool);
}

/* out = the rows around @center of @n_rows rows of @n values, weighted. */
static void
blur_rows (const Task *task, const float *rows, gsize stride, gsize n_rows,
    gsize center, gsize n, float *out)
{
  const float *middle = rows + center * stride;

  for (gsize i = 0; i < n; i++)
    out[i] = task->kernel[0] * middle[i];
  for (gsize k = 1; k <= task->reach; k++) {
    const float *before = rows + (center > k ? center - k : 0) * stride;
    const float *after = rows + MIN (center + k, n_rows - 1) * stride;
    const float weight = task->kernel[k];

    for (gsize i = 0; i < n; i++)
      out[i] += weight * (before[i] + after[i]);
  }
}

/* Along a row, which is widened so that no voxel is a special case. */
static void
blur_row (const Task *task, float *row, gsize n, float *wide)
{
  const gsize reach = task->reach;

  for (gsize i = 0; i < reach; i++) {
    wide[i] = row[0];
    wide[reach + n + i] = row[n - 1];
  }
  memcpy (wide + reach, row, n * sizeof *row);
  for (gsize i = 0; i < n; i++)
    row[i] = task->kernel[0] * wide[reach + i];
  for (gsize k = 1; k <= reach; k++) {
    const float *before = wide + reach - k, *after = wide + reach + k;
    const float weight = task->kernel[k];

    for (gsize i = 0; i < n; i++)
      row[i] += weight * (before[i] + after[i]);
  }
}

/* Planes for the blur along x and y, slabs of rows of one y for that along z. */
static void
blur_part (gpointer data, guint part, guint worker)
{
  const Task *task = data;
  const gsize width = task->dims[0], height = task->dims[1];
  const gsize depth = task->dims[2], plane = width * height;
  float *values = task->values + part * (task->axis == 2 ? width : plane);
  const gsize stride = task->axis == 2 ? plane : width;
  const gsize n_rows = task->axis == 2 ? depth : height;
  g_autofree float *room = NULL;

  if (task->axis == 0) {
    room = g_new (float, width + 2 * task->reach);
    for (gsize y = 0; y < height; y++)
      blur_row (task, values + y * width, width, room);
    return;
  }
  room = g_new (float, n_rows * width);
  for (gsize i = 0; i < n_rows; i++)
    memcpy (room + i * width, values + i * stride, width * sizeof (float));
  for (gsize i = 0; i < n_rows; i++)
    blur_rows (task, room, width, n_rows, i, width, values + i * stride);
}

void
snn_blur (float *values, const gsize dims[3], const double deviation[3],
    SnnPool *pool)
{
  for (guint axis = 0; axis < 3; axis++) {
    const double d = deviation[axis];
    Task task = {.values = values,.dims = dims,.axis = axis };
    g_autofree float *kernel = NULL;
    double sum = 1.;

    if (!(d > 0.) || dims[axis] == 1)
      continue;
    task.reach = MIN ((gsize) ceil (REACH * d), dims[axis]);
    kernel = g_new (float, task.reach + 1);
    for (gsize k = 1; k <= task.reach; k++)
      sum += 2. * exp (-0.5 * (double) (k * k) / (d * d));
    for (gsize k = 0; k <= task.reach; k++)
      kernel[k] = (float) (exp (-0.5 * (double) (k * k) / (d * d)) / sum);
    task.kernel = kernel;
    run (&task, (guint) (axis == 2 ? dims[1] : dims[2]), blur_part, pool);
  }
}

void
snn_low_resolution (float *values, const gsize dims[3],
    const double factor[3], SnnPool *pool)
{
  SnnGrid fine = {.dims = {dims[0], dims[1], dims[2]} }, coarse;
  double zooms[3];
  g_autofree float *small = NULL;

  snn_affine_identity (fine.affine);
  for (guint i = 0; i < 3; i++)
    zooms[i] = dims[i] == 1 ? 1. : CLAMP (factor[i], 1., (double) dims[i]);
  /* Nothing of this can fail: the affines are diagonal, the new grid smaller. */
  snn_grid_respace (&fine, zooms, &coarse, NULL);
  if (snn_grid_equal (&fine, &coarse))
    return;
  /* Its voxels are so many that they fit best; on the way back each of ours has to lie
   * in one. */
  for (guint i = 0; i < 3; i++)
    if ((double) dims[i] - (double) coarse.dims[i] * zooms[i] > 1.)
      snn_grid_widen (&coarse, (SnnAxis) i, 1);
  small = g_new (float, coarse.dims[0] * coarse.dims[1] * coarse.dims[2]);
  snn_resample_image (values, &fine, &coarse, values[0], pool, small, NULL);
  snn_resample_image (small, &coarse, &fine, values[0], pool, values, NULL);
}

static void
noise_plane (gpointer data, guint z, guint worker)
{
  const Task *task = data;
  const gsize n = task->dims[0] * task->dims[1];
  float *values = task->values + z * n;
  const float deviation = (float) task->amplitude;
  SnnRandom random = snn_random_part (task->random, 1 + z);
  float draws[256];

  for (gsize i = 0; i < n; i += G_N_ELEMENTS (draws)) {
    gsize count = MIN (n - i, G_N_ELEMENTS (draws));

    snn_random_normals (&random, draws, count);
    for (gsize k = 0; k < count; k++)
      values[i + k] += deviation * draws[k];
  }
}

void
snn_noise (float *values, const gsize dims[3], double deviation,
    const SnnRandom *random, SnnPool *pool)
{
  Task task = {.values = values,.dims = dims,.amplitude = deviation,
    .random = random
  };

  run (&task, (guint) dims[2], noise_plane, pool);
}

void
snn_cutout (float *values, const gsize dims[3], const double centre[3],
    const double size[3], float value)
{
  gsize begin[3], end[3];

  for (guint i = 0; i < 3; i++) {
    double last = (double) dims[i];

    begin[i] = (gsize) CLAMP (ceil (centre[i] - size[i] / 2.), 0., last);
    end[i] = (gsize) CLAMP (ceil (centre[i] + size[i] / 2.), 0., last);
  }
  for (gsize z = begin[2]; z < end[2]; z++)
    for (gsize y = begin[1]; y < end[1]; y++)
      for (gsize x = begin[0]; x < end[0]; x++)
        values[(z * dims[1] + y) * dims[0] + x] = value;
}
