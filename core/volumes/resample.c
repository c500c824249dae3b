/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resample.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "affine.h"

/* In voxels: what is nearer together is the same place. */
#define SAME 1e-4
/* Voxels that are larger by less than this part of them are no larger. */
#define SAME_SIZE 1e-3
/* Shares of a voxel that differ by less than this are the same. */
#define SAME_SHARE 1e-5f
/* Of a new voxel, along an axis; eight old voxels are kept for each point. */
#define MAX_POINTS 32

/* An old voxel, and how much of it a new one takes. */
typedef struct
{
  gsize index;
  float weight;
} Tap;

/* What the new voxels along one axis take of the old ones, where the axes of
 * both grids are parallel: voxel i has the taps from start[i] up to
 * start[i + 1], whose weights sum to 1, or none where it lies outside. */
typedef struct
{
  guint n;
  guint most;                   /* taps that a voxel has */
  gboolean identity;            /* voxel i is old voxel i */
  gsize first, end;             /* the old voxels that are used */
  guint *start;
  Tap *taps;
} Line;

typedef struct
{
  const SnnGrid *from;
  const SnnGrid *to;
  double map[4][4];             /* new voxel index to old one */
  guint n_points[3];            /* that are taken of a new voxel, each axis */
  gboolean parallel;
  Line lines[3];                /* where parallel */

  gconstpointer values;
  gsize item;                   /* bytes of a label; 0: an image */
  guint32 fill_label;
  float fill;
  gpointer out;

  gsize room;                   /* of a worker */
  gpointer *scratch;            /* each worker's */
} Resampling;

/* Where labels stand against each other. */
typedef struct
{
  guint32 label;
  float share;
} Vote;

/* FALSE where @position is outside of @n voxels; else, it lies @part of the
 * way from voxel @below to the one after it. */
static gboolean
locate (double position, gsize n, gsize *below, float *part)
{
  if (!(position > -0.5 - SAME && position < (double) n - 0.5 + SAME))
    return FALSE;
  position = CLAMP (position, 0., (double) n - 1.);
  *below = (gsize) position;
  *part = (float) (position - (double) *below);
  if (*part < (float) SAME) {
    *part = 0.f;
  } else if (*part > 1.f - (float) SAME) {
    *part = 0.f;
    ++*below;
  }
  return TRUE;
}

static gsize
nearest (double position, gsize n)
{
  return (gsize) CLAMP (floor (position + 0.5 + SAME), 0., (double) n - 1.);
}

/* Where in a voxel, from its centre, point @k of @n is. */
static double
point_offset (guint k, guint n)
{
  return (k + 0.5) / n - 0.5;
}

/* Adds to the tap of @index among @n, or behind them; returns how many there
 * are. */
static guint
add_tap (Tap *taps, guint n, gsize index, float weight)
{
  if (weight == 0.f)
    return n;
  for (guint i = 0; i < n; i++)
    if (taps[i].index == index) {
      taps[i].weight += weight;
      return n;
    }
  taps[n] = (Tap) { index, weight };
  return n + 1;
}

static void
line_init (Line *line, const Resampling *r, guint axis)
{
  const gsize n_old = r->from->dims[axis];
  const guint points = r->n_points[axis];
  guint end = 0;

  line->n = (guint) r->to->dims[axis];
  line->identity = line->n == n_old;
  line->first = n_old;
  line->start = g_new (guint, line->n + 1);
  line->taps = g_new (Tap, (gsize) line->n * points * 2);
  for (guint i = 0; i < line->n; i++) {
    Tap *taps = line->taps + end;
    guint n = 0, inside = 0;
    gsize below;
    float part;

    for (guint k = 0; k < points; k++) {
      double p = r->map[axis][axis] * (i + point_offset (k, points))
          + r->map[axis][3];

      if (!locate (p, n_old, &below, &part))
        continue;
      inside++;
      n = add_tap (taps, n, below, 1.f - part);
      n = add_tap (taps, n, below + 1, part);
    }
    for (guint k = 0; k < n; k++) {
      taps[k].weight /= (float) inside;
      line->first = MIN (line->first, taps[k].index);
      line->end = MAX (line->end, taps[k].index + 1);
    }
    line->start[i] = end;
    line->most = MAX (line->most, n);
    line->identity &= n == 1 && taps[0].index == i;
    end += n;
  }
  line->start[line->n] = end;
  line->first = MIN (line->first, line->end);
}

static void
line_clear (Line *line)
{
  g_free (line->start);
  g_free (line->taps);
}

/* The taps of new voxel @i. */
static const Tap *
line_taps (const Line *line, gsize i, guint *n)
{
  *n = line->start[i + 1] - line->start[i];
  return line->taps + line->start[i];
}

/* out = the sum of rows of @values, @stride apart, times their weights. */
static void
sum_rows (const float *values, gsize stride, const Tap *taps, guint n_taps,
    float *out, gsize n)
{
  const float *first = values + taps[0].index * stride;

  if (n_taps == 1) {
    memcpy (out, first, n * sizeof (float));
    return;
  }
  for (gsize i = 0; i < n; i++)
    out[i] = taps[0].weight * first[i];
  for (guint k = 1; k < n_taps; k++) {
    const float *row = values + taps[k].index * stride;
    const float weight = taps[k].weight;

    for (gsize i = 0; i < n; i++)
      out[i] += weight * row[i];
  }
}

/* One row of new voxels from a row of old ones. */
static void
sample_row (const Line *line, const float *row, float fill, float *out)
{
  if (line->identity) {
    memcpy (out, row, line->n * sizeof (float));
    return;
  }
  for (guint i = 0; i < line->n; i++) {
    guint n;
    const Tap *taps = line_taps (line, i, &n);
    float sum;

    if (n == 0) {
      out[i] = fill;
      continue;
    }
    sum = n == 1 ? row[taps[0].index] : taps[0].weight * row[taps[0].index];
    for (guint k = 1; k < n; k++)
      sum += taps[k].weight * row[taps[k].index];
    out[i] = sum;
  }
}

static void
fill_row (float *out, gsize n, float fill)
{
  for (gsize i = 0; i < n; i++)
    out[i] = fill;
}

/* Parallel grids: an axis after the other, a plane of new voxels at a time. */
static void
sample_plane (gpointer data, guint z, guint worker)
{
  const Resampling *r = data;
  const gsize width = r->from->dims[0], old_plane = width * r->from->dims[1];
  const gsize n_x = r->to->dims[0], n_y = r->to->dims[1];
  const gsize begin = r->lines[1].first * width;
  float *plane = r->scratch[worker], *row = plane + old_plane;
  float *out = (float *) r->out + (gsize) z * n_x * n_y;
  guint n;
  const Tap *taps = line_taps (&r->lines[2], z, &n);

  if (n == 0) {
    fill_row (out, n_x * n_y, r->fill);
    return;
  }
  sum_rows ((const float *) r->values + begin, old_plane, taps, n,
      plane + begin, r->lines[1].end * width - begin);
  for (gsize y = 0; y < n_y; y++, out += n_x) {
    taps = line_taps (&r->lines[1], y, &n);
    if (n == 0) {
      fill_row (out, n_x, r->fill);
      continue;
    }
    sum_rows (plane, width, taps, n, row, width);
    sample_row (&r->lines[0], row, r->fill, out);
  }
}

/* Where point @k of a new voxel lies among the old ones; FALSE: outside. */
static gboolean
locate_point (const Resampling *r, const gsize voxel[3], const guint k[3],
    gsize below[3], float part[3])
{
  const gsize *dims = r->from->dims;
  double point[3];

  for (guint i = 0; i < 3; i++)
    point[i] = (double) voxel[i] + point_offset (k[i], r->n_points[i]);
  snn_affine_apply (r->map, point, point);
  return locate (point[0], dims[0], &below[0], &part[0])
      && locate (point[1], dims[1], &below[1], &part[1])
      && locate (point[2], dims[2], &below[2], &part[2]);
}

/* The eight old voxels around a point, but those that have no weight. Returns
 * how many. */
static guint
get_corners (const gsize dims[3], const gsize below[3], const float part[3],
    Tap taps[8])
{
  const float weight[3][2] = {
    {1.f - part[0], part[0]}, {1.f - part[1], part[1]}, {1.f - part[2], part[2]}
  };
  const gsize index = (below[2] * dims[1] + below[1]) * dims[0] + below[0];
  guint n = 0;

  for (guint z = 0; z < 2 && weight[2][z] > 0.f; z++)
    for (guint y = 0; y < 2 && weight[1][y] > 0.f; y++)
      for (guint x = 0; x < 2 && weight[0][x] > 0.f; x++)
        taps[n++] = (Tap) {
          index + (z * dims[1] + y) * dims[0] + x,
          weight[2][z] * weight[1][y] * weight[0][x]
        };
  return n;
}

/* A new voxel of an image, whatever the angle between the grids. */
static float
sample_voxel (const Resampling *r, const gsize voxel[3])
{
  const float *values = r->values;
  guint inside = 0, k[3];
  float sum = 0.f;

  for (k[2] = 0; k[2] < r->n_points[2]; k[2]++)
    for (k[1] = 0; k[1] < r->n_points[1]; k[1]++)
      for (k[0] = 0; k[0] < r->n_points[0]; k[0]++) {
        gsize below[3];
        float part[3];
        Tap taps[8];
        guint n;

        if (!locate_point (r, voxel, k, below, part))
          continue;
        inside++;
        n = get_corners (r->from->dims, below, part, taps);
        for (guint i = 0; i < n; i++)
          sum += taps[i].weight * values[taps[i].index];
      }
  return inside ? sum / (float) inside : r->fill;
}

/* The taps of a new voxel. */
static guint
collect_taps (const Resampling *r, const gsize voxel[3], Tap *taps)
{
  guint n = 0, k[3];

  for (k[2] = 0; k[2] < r->n_points[2]; k[2]++)
    for (k[1] = 0; k[1] < r->n_points[1]; k[1]++)
      for (k[0] = 0; k[0] < r->n_points[0]; k[0]++) {
        gsize below[3];
        float part[3];

        if (locate_point (r, voxel, k, below, part))
          n += get_corners (r->from->dims, below, part, taps + n);
      }
  return n;
}

/* The same where they are parallel. */
static guint
join_taps (const Resampling *r, const gsize voxel[3], Tap *taps)
{
  const gsize *dims = r->from->dims;
  const Tap *axis[3];
  guint n[3], count = 0;

  for (guint i = 0; i < 3; i++)
    axis[i] = line_taps (&r->lines[i], voxel[i], &n[i]);
  for (guint z = 0; z < n[2]; z++)
    for (guint y = 0; y < n[1]; y++) {
      gsize row = (axis[2][z].index * dims[1] + axis[1][y].index) * dims[0];
      float weight = axis[2][z].weight * axis[1][y].weight;

      for (guint x = 0; x < n[0]; x++)
        taps[count++] = (Tap) {
          row + axis[0][x].index, weight * axis[0][x].weight
        };
    }
  return count;
}

static gsize
nearest_index (const Resampling *r, const gsize voxel[3])
{
  double point[3];
  gsize index = 0;

  for (guint i = 0; i < 3; i++)
    point[i] = (double) voxel[i];
  snn_affine_apply (r->map, point, point);
  for (guint i = 3; i-- > 0;)
    index = index * r->from->dims[i] + nearest (point[i], r->from->dims[i]);
  return index;
}

static guint32
label_at (const Resampling *r, gsize index)
{
  switch (r->item) {
    case 1:
      return ((const guint8 *) r->values)[index];
    case 2:
      return ((const guint16 *) r->values)[index];
    default:
      return ((const guint32 *) r->values)[index];
  }
}

static void
put_label (const Resampling *r, gsize index, guint32 label)
{
  switch (r->item) {
    case 1:
      ((guint8 *) r->out)[index] = (guint8) label;
      break;
    case 2:
      ((guint16 *) r->out)[index] = (guint16) label;
      break;
    default:
      ((guint32 *) r->out)[index] = label;
      break;
  }
}

/* Whether all that a new voxel takes has one label, which is inside of bodies
 * nearly always so. */
static gboolean
is_uniform (const Resampling *r, const gsize voxel[3], guint32 *label)
{
  const gsize *dims = r->from->dims;
  const Tap *axis[3];
  guint n[3];

  for (guint i = 0; i < 3; i++) {
    axis[i] = line_taps (&r->lines[i], voxel[i], &n[i]);
    if (n[i] == 0)
      return FALSE;
  }
  *label = label_at (r, (axis[2][0].index * dims[1] + axis[1][0].index)
      * dims[0] + axis[0][0].index);
  for (guint z = 0; z < n[2]; z++)
    for (guint y = 0; y < n[1]; y++) {
      gsize row = (axis[2][z].index * dims[1] + axis[1][y].index) * dims[0];

      for (guint x = 0; x < n[0]; x++)
        if (label_at (r, row + axis[0][x].index) != *label)
          return FALSE;
    }
  return TRUE;
}

/* The label with the largest share of @n taps; @votes has room for as many. */
static guint32
majority (const Resampling *r, const gsize voxel[3], const Tap *taps, guint n,
    Vote *votes)
{
  guint n_votes = 0;
  float largest = 0.f, total = 0.f;
  guint32 own, winner = G_MAXUINT32;

  for (guint i = 0; i < n; i++) {
    guint32 label = label_at (r, taps[i].index);
    guint k = 0;

    while (k < n_votes && votes[k].label != label)
      k++;
    if (k == n_votes)
      votes[n_votes++] = (Vote) { label, 0.f };
    votes[k].share += taps[i].weight;
    total += taps[i].weight;
  }
  if (n_votes == 1)
    return votes[0].label;
  own = label_at (r, nearest_index (r, voxel));
  for (guint k = 0; k < n_votes; k++)
    largest = MAX (largest, votes[k].share);
  for (guint k = 0; k < n_votes; k++) {
    if (votes[k].share < largest - SAME_SHARE * total)
      continue;
    if (votes[k].label == own)
      return own;
    winner = MIN (winner, votes[k].label);
  }
  return winner;
}

static guint32
vote (const Resampling *r, const gsize voxel[3], Tap *taps)
{
  guint32 label;
  guint n;

  if (r->parallel && is_uniform (r, voxel, &label))
    return label;
  n = r->parallel ? join_taps (r, voxel, taps) : collect_taps (r, voxel, taps);
  return n ? majority (r, voxel, taps, n, (Vote *) (taps + r->room))
      : r->fill_label;
}

/* A plane of new voxels, each on its own. */
static void
voxel_plane (gpointer data, guint z, guint worker)
{
  const Resampling *r = data;
  const gsize n_x = r->to->dims[0], n_y = r->to->dims[1];
  gsize voxel[3] = { 0, 0, z }, index = (gsize) z * n_x * n_y;

  for (voxel[1] = 0; voxel[1] < n_y; voxel[1]++)
    for (voxel[0] = 0; voxel[0] < n_x; voxel[0]++, index++) {
      if (r->item > 0)
        put_label (r, index, vote (r, voxel, r->scratch[worker]));
      else
        ((float *) r->out)[index] = sample_voxel (r, voxel);
    }
}

/* Whether every new axis runs along the old one of the same number. */
static gboolean
is_parallel (const double map[4][4], const gsize dims[3])
{
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 3; j++)
      if (i != j && !(fabs (map[i][j]) * (double) dims[j] < SAME))
        return FALSE;
  return TRUE;
}

static gboolean
resampling_init (Resampling *r, GError **error)
{
  if (!snn_affine_invert (r->from->affine, r->map)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
        "The grid to resample from has an affine that can't be inverted");
    return FALSE;
  }
  snn_affine_multiply (r->map, r->to->affine, r->map);
  for (guint j = 0; j < 3; j++) {
    double step = 0.;

    /* Where the affine has no finite numbers, nothing is inside. */
    for (guint i = 0; i < 3; i++)
      step = MAX (step, fabs (r->map[i][j]));
    r->n_points[j] =
        (guint) CLAMP (ceil (step - SAME_SIZE), 1., MAX_POINTS);
  }
  r->parallel = is_parallel (r->map, r->to->dims);
  if (r->parallel)
    for (guint i = 0; i < 3; i++)
      line_init (&r->lines[i], r, i);
  return TRUE;
}

/* How much a worker needs: a plane and a row of old voxels, or taps and votes
 * of a new voxel. */
static gsize
scratch_size (Resampling *r)
{
  const gsize *dims = r->from->dims;

  if (r->parallel && r->item == 0)
    return (dims[0] * dims[1] + dims[0]) * sizeof (float);
  r->room = r->parallel ? (gsize) r->lines[0].most * r->lines[1].most
      * r->lines[2].most : (gsize) 8 * r->n_points[0] * r->n_points[1]
      * r->n_points[2];
  return MAX (r->room, 1) * (sizeof (Tap) + sizeof (Vote));
}

/* Takes @r with grids, values and fill set. */
static gboolean
resample (Resampling *r, SnnPool *pool, GError **error)
{
  const gsize *dims = r->to->dims;
  g_autoptr (SnnPool) own = NULL;
  guint n_threads;
  gsize size;

  if (snn_grid_equal (r->from, r->to)) {
    memcpy (r->out, r->values,
        dims[0] * dims[1] * dims[2] * (r->item ? r->item : sizeof (float)));
    return TRUE;
  }
  if (!resampling_init (r, error))
    return FALSE;
  if (!pool)
    pool = own = snn_pool_new (1);
  n_threads = snn_pool_threads (pool);
  size = scratch_size (r);
  r->scratch = g_new (gpointer, n_threads);
  for (guint i = 0; i < n_threads; i++)
    r->scratch[i] = g_malloc (size);
  snn_pool_run (pool, (guint) dims[2],
      r->parallel && r->item == 0 ? sample_plane : voxel_plane, r);
  for (guint i = 0; i < n_threads; i++)
    g_free (r->scratch[i]);
  g_free (r->scratch);
  if (r->parallel)
    for (guint i = 0; i < 3; i++)
      line_clear (&r->lines[i]);
  return TRUE;
}

gboolean
snn_resample_image (const float *values, const SnnGrid *from,
    const SnnGrid *to, float fill, SnnPool *pool, float *out, GError **error)
{
  Resampling r = {.from = from,.to = to,.values = values,.fill = fill,
    .out = out
  };

  return resample (&r, pool, error);
}

gboolean
snn_resample_labels (gconstpointer labels, gsize item, const SnnGrid *from,
    const SnnGrid *to, guint32 fill, SnnPool *pool, gpointer out,
    GError **error)
{
  Resampling r = {.from = from,.to = to,.values = labels,.item = item,
    .fill_label = fill,.out = out
  };

  return resample (&r, pool, error);
}

static SnnVolumeInfo *
info_on_grid (SnnVolumeInfo *info, const SnnGrid *grid)
{
  SnnVolumeInfo *new_info = snn_volume_info_new (info->subject);

  new_info->location = g_strdup (info->location);
  memcpy (new_info->dims, grid->dims, sizeof grid->dims);
  memcpy (new_info->affine, grid->affine, sizeof grid->affine);
  snn_grid_zooms (grid, new_info->zooms);
  new_info->labelled = info->labelled;
  new_info->origin = snn_volume_info_ref (info->origin ? info->origin : info);
  return new_info;
}

/* To @n voxels each. */
static gboolean
resample_channels (const SnnVolume *volume, const SnnGrid *from,
    const SnnGrid *grid, gsize n, SnnPool *pool, float *image, GError **error)
{
  const gsize *dims = volume->info->dims;

  for (guint c = 0; c < volume->info->n_channels; c++)
    if (!snn_resample_image (volume->image + c * dims[0] * dims[1] * dims[2],
            from, grid, snn_volume_info_statistics (volume->info,
                c)->quantile[0], pool, image + c * n, error))
      return FALSE;
  return TRUE;
}

SnnVolume *
snn_volume_resample (SnnVolume *volume, const SnnGrid *grid, SnnPool *pool,
    GError **error)
{
  const guint n_channels = volume->info->n_channels;
  g_autofree float *image = NULL;
  g_autofree guint8 *mask = NULL;
  SnnVolumeInfo *info;
  SnnGrid from;
  gsize n;

  snn_grid_from_info (&from, volume->info);
  if (snn_grid_equal (&from, grid))
    return snn_volume_ref (volume);
  if (g_size_checked_mul (&n, grid->dims[0], grid->dims[1])
      && g_size_checked_mul (&n, n, grid->dims[2])) {
    image = g_try_malloc_n (n, n_channels * sizeof (float));
    mask = volume->mask ? g_try_malloc (n) : NULL;
  }
  if (!image || (volume->mask && !mask)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for %"
        G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " voxels",
        volume->info->subject, grid->dims[0], grid->dims[1], grid->dims[2]);
    return NULL;
  }
  if (!resample_channels (volume, &from, grid, n, pool, image, error)
      || (mask && !snn_resample_labels (volume->mask, 1, &from, grid, 0, pool,
              mask, error))) {
    g_prefix_error (error, "%s: ", volume->info->subject);
    return NULL;
  }
  info = info_on_grid (volume->info, grid);
  if (mask)
    snn_volume_info_count_labels (info, volume->info->n_classes, mask, n);
  snn_volume_info_set_channels (info, n_channels);
  for (guint c = 0; c < n_channels; c++)
    snn_statistics_compute (snn_volume_info_statistics (info, c), image + c * n,
        n);
  return snn_volume_new (info, g_steal_pointer (&image),
      g_steal_pointer (&mask));
}
