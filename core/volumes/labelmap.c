/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "labelmap.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/random.h"
#include "affine.h"
#include "grid.h"
#include "intensity.h"
#include "nifti-read.h"
#include "warp.h"

#define MAX_LABEL 65535
#define MAX_STRUCTURES 256

/* FreeSurfer's numbers from here on are outside of the brain. */
#define OUTSIDE 500
#define CSF 24

/* Points that are taken along each axis of a voxel, at most. */
#define MAX_POINTS 4

/* Added to a place in a map, so that to cut off is to round down, and half a
 * voxel with it, so that it is to take the nearest. A float leaves places to
 * 2^-12 of a voxel then. */
#define FAR 2048
#define NEAREST (FAR + 0.5f)

/* Of the most: without any, borders would be as sharp as the map's voxels. */
#define LEAST_BLUR 0.4

/* Of the bias field: mm after which it is another. */
#define BIAS_DISTANCE 80.

/* Parts of a head's random stream (snn_random_part()); the planes of the
 * scanner's noise are below. */
#define PART_STRUCTURE 0x20000000u
#define PART_TEXTURE 0x40000000u
#define PART_DEFORMATION 0x80000000u
#define PART_BIAS 0x80000003u

/* Structures are kept by index, in order of their numbers; 0 is the air. */
struct _SnnLabelMap
{
  gsize dims[3];                /* of the box that holds all structures */
  double zooms[3];
  guint8 *voxels;               /* index of each voxel's structure */
  guint n_structures;
  guint labels[MAX_STRUCTURES];
  guint64 counts[MAX_STRUCTURES];
  double centres[MAX_STRUCTURES][3];    /* in voxels of the box */
  guint8 index[MAX_LABEL + 1];  /* of a number; 0: it is not there */
};

/* Mean intensity in T1-weighted scans, as a fraction of the brightest; left and
 * right have one row. Those of other structures are as anything's. */
static const struct
{
  guint left;
  guint right;
  double t1;
} structures[] = {
  {2, 41, 0.9},                 /* white matter */
  {3, 42, 0.6},                 /* cortex */
  {4, 43, 0.15},                /* lateral ventricle */
  {5, 44, 0.15},                /* its inferior part */
  {7, 46, 0.85},                /* white matter of the cerebellum */
  {8, 47, 0.58},                /* cortex of the cerebellum */
  {10, 49, 0.75},               /* thalamus */
  {11, 50, 0.63},               /* caudate */
  {12, 51, 0.66},               /* putamen */
  {13, 52, 0.78},               /* pallidum */
  {14, 14, 0.15},               /* third ventricle */
  {15, 15, 0.15},               /* fourth ventricle */
  {16, 16, 0.8},                /* brain stem */
  {17, 53, 0.6},                /* hippocampus */
  {18, 54, 0.6},                /* amygdala */
  {CSF, CSF, 0.15},
  {25, 57, 0.65},               /* lesion */
  {26, 58, 0.62},               /* accumbens */
  {28, 60, 0.75},               /* ventral diencephalon */
  {30, 62, 0.5},                /* vessel */
  {31, 63, 0.5},                /* choroid plexus */
  {72, 72, 0.15},               /* fifth ventricle */
  {77, 77, 0.75},               /* white matter hypointensities */
  {85, 85, 0.8},                /* optic chiasm */
  {136, 137, 0.65},
  {163, 164, 0.65},
};

/* How far from its mean a structure may be, and its right side from its left. */
#define T1_SPREAD 0.06
#define SIDE_SPREAD 0.01

/* How a structure looks in a head. */
typedef struct
{
  float mean;
  float texture;                /* standard deviation */
  guint class;                  /* 0: not labelled */
} Look;

/* What is drawn for a head. */
typedef struct
{
  double map[4][4];             /* voxel of the grid to voxel of the map */
  gboolean mirrored;
  Look looks[MAX_STRUCTURES];
  double blur;
  double coarseness[3];
  double bias;
  double power;
  double noise;
} Draw;

typedef struct
{
  const SnnLabelMap *label_map;
  const gsize *dims;
  const Draw *draw;
  const SnnRandom *random;
  const SnnField *bias;
  SnnWarp warp;
  guint n_points;
  float offsets[MAX_POINTS * MAX_POINTS * MAX_POINTS][3];
  float *image;
  guint8 *mask;
} Task;

void
snn_heads_init (SnnHeads *heads)
{
  *heads = (SnnHeads) {
    .dims = {128, 128, 128},.zoom = 2.,.shift = 10.,.mirror = TRUE,
    .rotation = 15.,.scale = 0.15,.shear = 0.02,.deformation = 3.,
    .deformation_distance = 32.,.contrast = SNN_CONTRAST_T1,.stripped = 0.3,
    .texture = 0.05,.blur = 1.,.low_resolution = 1.,.bias = 0.3,.gamma = 0.2,
    .noise = 0.04
  };
}

/* Numbers of structures that are in the volume get their index. */
static gboolean
list_structures (SnnLabelMap *map, const SnnVolume *volume, gsize n,
    GError **error)
{
  const gchar *name = volume->info->location ? volume->info->location
      : volume->info->subject;
  g_autofree guint8 *present = g_malloc0 (MAX_LABEL + 1);

  for (gsize i = 0; i < n; i++) {
    float value = volume->image[i];

    if (!(value >= 0.f && value <= MAX_LABEL && value == floorf (value))) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s has a voxel of %g, "
          "where a label map has integers from 0 to %d", name, value,
          MAX_LABEL);
      return FALSE;
    }
    present[(guint) value] = TRUE;
  }
  present[0] = TRUE;
  for (guint label = 0; label <= MAX_LABEL; label++) {
    if (!present[label])
      continue;
    if (map->n_structures == MAX_STRUCTURES) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s has more than %d "
          "different values, which is no label map", name, MAX_STRUCTURES);
      return FALSE;
    }
    map->labels[map->n_structures] = label;
    map->index[label] = map->n_structures++;
  }
  if (map->n_structures > 1)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s is 0 everywhere, where "
      "a label map has structures", name);
  return FALSE;
}

/* The box of all that is no air. */
static void
find_box (const SnnVolume *volume, SnnBox *box)
{
  const gsize *dims = volume->info->dims;
  gsize low[3] = { G_MAXSIZE, G_MAXSIZE, G_MAXSIZE }, high[3] = { 0, };
  gsize at[3], i = 0;

  for (at[2] = 0; at[2] < dims[2]; at[2]++)
    for (at[1] = 0; at[1] < dims[1]; at[1]++)
      for (at[0] = 0; at[0] < dims[0]; at[0]++)
        if (volume->image[i++] != 0.f)
          for (guint k = 0; k < 3; k++) {
            low[k] = MIN (low[k], at[k]);
            high[k] = MAX (high[k], at[k]);
          }
  for (guint k = 0; k < 3; k++) {
    box->origin[k] = (gint64) low[k];
    box->size[k] = high[k] - low[k] + 1;
  }
}

static void
fill_map (SnnLabelMap *map, const SnnVolume *volume, const SnnBox *box)
{
  const gsize *dims = volume->info->dims;
  gsize at[3], i = 0;

  for (at[2] = 0; at[2] < map->dims[2]; at[2]++)
    for (at[1] = 0; at[1] < map->dims[1]; at[1]++)
      for (at[0] = 0; at[0] < map->dims[0]; at[0]++) {
        gsize from = ((at[2] + box->origin[2]) * dims[1] + at[1]
            + box->origin[1]) * dims[0] + at[0] + box->origin[0];
        guint8 index = map->index[(guint) volume->image[from]];

        map->voxels[i++] = index;
        map->counts[index]++;
        for (guint k = 0; k < 3; k++)
          map->centres[index][k] += (double) at[k];
      }
  for (guint s = 0; s < map->n_structures; s++)
    for (guint k = 0; k < 3; k++)
      map->centres[s][k] /= (double) MAX (map->counts[s], 1);
}

SnnLabelMap *
snn_label_map_new (const SnnVolume *volume, GError **error)
{
  const gsize *dims = volume->info->dims;
  g_autoptr (SnnLabelMap) map = g_new0 (SnnLabelMap, 1);
  SnnBox box;

  if (!list_structures (map, volume, dims[0] * dims[1] * dims[2], error))
    return NULL;
  find_box (volume, &box);
  for (guint i = 0; i < 3; i++) {
    double zoom = volume->info->zooms[i];

    map->dims[i] = box.size[i];
    map->zooms[i] = zoom > 0. && isfinite (zoom) ? zoom : 1.;
  }
  map->voxels = g_malloc (map->dims[0] * map->dims[1] * map->dims[2]);
  fill_map (map, volume, &box);
  return g_steal_pointer (&map);
}

SnnLabelMap *
snn_label_map_load (const gchar *location, GPtrArray *remarks,
    GError **error)
{
  SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  g_autoptr (SnnVolume) volume = NULL;

  settings.label_map = TRUE;
  volume = snn_nifti_load_labelled (location, NULL, &settings, remarks, error);
  return volume ? snn_label_map_new (volume, error) : NULL;
}

void
snn_label_map_free (SnnLabelMap *map)
{
  if (!map)
    return;
  g_free (map->voxels);
  g_free (map);
}

guint64
snn_label_map_count (const SnnLabelMap *map, guint label)
{
  guint index = label <= MAX_LABEL ? map->index[label] : 0;

  return index > 0 || label == 0 ? map->counts[index] : 0;
}

static gint
find_structure (guint label)
{
  for (guint i = 0; i < G_N_ELEMENTS (structures); i++)
    if (structures[i].left == label || structures[i].right == label)
      return (gint) i;
  return -1;
}

guint
snn_label_map_twin (guint label)
{
  gint i = find_structure (label);

  if (i < 0)
    return label;
  return structures[i].left == label ? structures[i].right
      : structures[i].left;
}

static double
draw_mean (SnnRandom *random, const SnnHeads *heads, guint label, gint known)
{
  double t1;

  if (heads->contrast == SNN_CONTRAST_RANDOM)
    return snn_random_double (random);
  t1 = known >= 0 ? structures[known].t1 : 0.65;
  return label >= OUTSIDE ? snn_random_double (random)
      : t1 + snn_random_between (random, -T1_SPREAD, T1_SPREAD);
}

/* An intensity for each structure, drawn in the order of numbers; whichever
 * side of a pair comes second is like the first. What is drawn for a structure
 * depends on its number and not on which others are in the map. */
static void
draw_intensities (Draw *draw, const SnnLabelMap *map, const SnnHeads *heads,
    const SnnRandom *stream, SnnRandom *random)
{
  const gboolean stripped = snn_random_double (random) < heads->stripped;
  const gboolean drained = snn_random_double (random) < 0.5;

  for (guint i = 1; i < map->n_structures; i++) {
    const guint label = map->labels[i];
    const gint known = find_structure (label);
    /* Both sides draw from the left one's. */
    const guint key = known >= 0 ? structures[known].left : label;
    SnnRandom own = snn_random_part (stream, PART_STRUCTURE + key);
    double mean = draw_mean (&own, heads, label, known);
    double texture = snn_random_double (&own) * heads->texture;
    double side = snn_random_between (&own, -SIDE_SPREAD, SIDE_SPREAD);

    if (label != key)
      mean += side;
    if (stripped && (label >= OUTSIDE || (drained && label == CSF)))
      mean = texture = 0.;
    draw->looks[i].mean = (float) CLAMP (mean, 0., 1.);
    draw->looks[i].texture = (float) texture;
  }
}

static double
draw_factor (SnnRandom *random, double most)
{
  return exp (snn_random_between (random, -1., 1.) * log1p (most));
}

/* What is in the middle of the grid, in voxels of the map. */
static void
draw_centre (double centre[3], const Draw *draw, const SnnLabelMap *map,
    const SnnHeads *heads, SnnRandom *random)
{
  guint chosen = (guint) snn_random_below (random, MAX (heads->n_around, 1));
  guint index = 0;

  if (heads->n_around > 0) {
    guint label = heads->around[chosen];

    index = map->index[draw->mirrored ? snn_label_map_twin (label) : label];
  }
  for (guint i = 0; i < 3; i++)
    centre[i] = index > 0 ? map->centres[index][i]
        : ((double) map->dims[i] - 1.) / 2.;
}

/* The pose: from voxels of the grid, by way of mm around its middle, to voxels
 * of the map. */
static void
draw_pose (Draw *draw, const SnnLabelMap *map, const SnnHeads *heads,
    SnnRandom *random)
{
  double shear[4][4], middle[3], to_mm[3], factor[3], shift[3], centre[3];

  snn_affine_identity (draw->map);
  snn_affine_identity (shear);
  draw->mirrored = snn_random_double (random) < 0.5 && heads->mirror;
  for (guint i = 0; i < 3; i++) {
    middle[i] = -((double) heads->dims[i] - 1.) / 2.;
    to_mm[i] = heads->zoom;
    factor[i] = draw_factor (random, heads->scale);
    shift[i] = snn_random_between (random, -1., 1.) * heads->shift;
    for (guint j = 0; j < 3; j++)
      if (i != j)
        shear[i][j] = snn_random_between (random, -1., 1.) * heads->shear;
  }
  snn_affine_move (draw->map, middle);
  snn_affine_scale (draw->map, to_mm);
  snn_affine_move (draw->map, shift);
  for (guint i = 0; i < 3; i++)
    snn_affine_rotate (draw->map, i, G_PI / 180. * heads->rotation
        * snn_random_between (random, -1., 1.));
  snn_affine_multiply (shear, draw->map, draw->map);
  snn_affine_scale (draw->map, factor);
  draw_centre (centre, draw, map, heads, random);
  for (guint i = 0; i < 3; i++)
    factor[i] = (i == 0 && draw->mirrored ? -1. : 1.) / map->zooms[i];
  snn_affine_scale (draw->map, factor);
  snn_affine_move (draw->map, centre);
}

static void
draw_head (Draw *draw, const SnnLabelMap *map, const SnnHeads *heads,
    const SnnRandom *stream)
{
  SnnRandom random = *stream;
  guint coarse;

  draw_pose (draw, map, heads, &random);
  draw_intensities (draw, map, heads, stream, &random);
  draw->blur = snn_random_between (&random, LEAST_BLUR, 1.) * heads->blur;
  draw->bias = snn_random_double (&random) * heads->bias;
  draw->power = draw_factor (&random, heads->gamma);
  draw->noise = snn_random_double (&random) * heads->noise;
  coarse = (guint) snn_random_below (&random, 3);
  for (guint i = 0; i < 3; i++)
    draw->coarseness[i] = 1.;
  draw->coarseness[coarse] = snn_random_between (&random, 1.,
      MAX (1., heads->low_resolution));

  for (guint i = 0; i < heads->n_labels; i++) {
    guint label = draw->mirrored ? snn_label_map_twin (heads->labels[i])
        : heads->labels[i];

    if (label <= MAX_LABEL && map->index[label] > 0)
      draw->looks[map->index[label]].class =
          heads->classes ? heads->classes[i] : 1;
  }
}

/* Of the structure at a place; the air's where there is none. */
static const Look *
look_at (const Task *task, float x, float y, float z)
{
  const gsize *dims = task->label_map->dims;
  /* Places far outside become large indices. */
  const gsize ix = (gsize) ((gssize) x - FAR);
  const gsize iy = (gsize) ((gssize) y - FAR);
  const gsize iz = (gsize) ((gssize) z - FAR);

  if (ix >= dims[0] || iy >= dims[1] || iz >= dims[2])
    return task->draw->looks;
  return task->draw->looks
      + task->label_map->voxels[(iz * dims[1] + iy) * dims[0] + ix];
}

/* That of most of the points of a voxel which have one. */
static guint
most_frequent_class (const Task *task, float x, float y, float z)
{
  guint counts[G_MAXUINT8 + 1] = { 0, };
  guint best = 0;

  for (guint p = 0; p < task->n_points; p++) {
    const float *offset = task->offsets[p];

    counts[look_at (task, x + offset[0], y + offset[1], z + offset[2])->class]++;
  }
  counts[0] = 0;
  for (guint c = 1; c < G_N_ELEMENTS (counts); c++)
    if (counts[c] > counts[best])
      best = c;
  return best;
}

/* A row of voxels from the structures that lie in each: means, and in @rough
 * the deviation of their texture. Returns whether there is any. */
static gboolean
paint_row (const Task *task, const float *x, const float *y, const float *z,
    float *image, float *rough, guint8 *mask)
{
  const float share = 1.f / (float) task->n_points;
  const float (*offsets)[3] = task->offsets;
  gboolean textured = FALSE;

  for (gsize i = 0; i < task->dims[0]; i++) {
    float sum = 0.f, texture = 0.f;
    guint labelled = 0;

    for (guint p = 0; p < task->n_points; p++) {
      const Look *look = look_at (task, x[i] + offsets[p][0],
          y[i] + offsets[p][1], z[i] + offsets[p][2]);

      sum += look->mean;
      texture += look->texture;
      labelled += look->class > 0;
    }
    image[i] = sum * share;
    rough[i] = texture * share;
    textured |= texture > 0.f;
    mask[i] = 0;
    if (2 * labelled > task->n_points)
      mask[i] = (guint8) most_frequent_class (task, x[i], y[i], z[i]);
    /* Where both have half, the middle decides, so that none grows. */
    else if (labelled > 0 && 2 * labelled == task->n_points)
      mask[i] = (guint8) look_at (task, x[i] + NEAREST, y[i] + NEAREST,
          z[i] + NEAREST)->class;
  }
  return textured;
}

static void
paint_plane (gpointer data, guint plane, guint worker)
{
  const Task *task = data;
  const gsize width = task->dims[0], height = task->dims[1];
  g_autofree float *rows = g_new (float, 5 * width);
  float *x = rows, *y_at = x + width, *z_at = y_at + width;
  float *rough = z_at + width, *draws = rough + width;

  for (gsize y = 0; y < height; y++) {
    gsize row = plane * height + y;
    float *image = task->image + row * width;
    SnnRandom random;

    snn_warp_row (&task->warp, y, plane, x, y_at, z_at);
    if (!paint_row (task, x, y_at, z_at, image, rough,
            task->mask + row * width))
      continue;
    random = snn_random_part (task->random, PART_TEXTURE + (guint32) row);
    snn_random_normals (&random, draws, width);
    for (gsize i = 0; i < width; i++)
      image[i] += rough[i] * draws[i];
  }
}

/* Bias field and gamma: (x e^b)^g. */
static void
shade_plane (gpointer data, guint plane, guint worker)
{
  const Task *task = data;
  const gsize width = task->dims[0], height = task->dims[1];
  const float power = (float) task->draw->power;
  const float amplitude = (float) task->draw->bias;
  g_autofree float *field = g_new (float, width);

  for (gsize y = 0; y < height; y++) {
    float *row = task->image + (plane * height + y) * width;

    snn_field_row (task->bias, y, plane, field);
    for (gsize x = 0; x < width; x++)
      row[x] = row[x] <= 0.f ? 0.f
          : expf (power * (logf (row[x]) + amplitude * field[x]));
  }
}

/* The points of a voxel: as many along each axis as there are voxels of the map
 * in it. */
static void
set_points (Task *task, const SnnHeads *heads)
{
  const SnnLabelMap *map = task->label_map;
  double least = MIN (map->zooms[0], MIN (map->zooms[1], map->zooms[2]));
  guint n = (guint) CLAMP (ceil (heads->zoom / least - 1e-3), 1., MAX_POINTS);
  guint k[3];

  for (k[2] = 0; k[2] < n; k[2]++)
    for (k[1] = 0; k[1] < n; k[1]++)
      for (k[0] = 0; k[0] < n; k[0]++) {
        float *offset = task->offsets[task->n_points++];

        for (guint i = 0; i < 3; i++) {
          double sum = NEAREST;

          for (guint j = 0; j < 3; j++)
            sum += task->draw->map[i][j] * ((k[j] + 0.5) / n - 0.5);
          offset[i] = (float) sum;
        }
      }
}

static void
set_fields (Task *task, const SnnHeads *heads, SnnField **bias)
{
  double spacing[3];
  SnnRandom part;

  for (guint i = 0; i < 3; i++)
    spacing[i] = MAX (1., heads->deformation_distance / heads->zoom);
  for (guint i = 0; i < 3; i++) {
    part = snn_random_part (task->random, PART_DEFORMATION + i);
    if (heads->deformation > 0.)
      task->warp.field[i] = snn_field_new (heads->dims, spacing, &part);
    task->warp.amplitude[i] =
        heads->deformation / task->label_map->zooms[i];
  }
  for (guint i = 0; i < 3; i++)
    spacing[i] = MAX (1., BIAS_DISTANCE / heads->zoom);
  part = snn_random_part (task->random, PART_BIAS);
  *bias = snn_field_new (heads->dims, spacing, &part);
}

gchar *
snn_head_name (guint32 subject)
{
  return g_strdup_printf ("head-%05u", subject);
}

/* Tells heads of one name apart that were drawn by other seeds or from other maps:
 * fewer bits than a seed has, as they are kept as a double. */
static guint32
identify (const SnnLabelMap *map, guint64 seed)
{
  guint32 key[2], identity;

  snn_random_key (seed, SNN_RANDOM_HEAD, key);
  identity = key[0];
  for (guint i = 0; i < map->n_structures; i++)
    identity = (identity * 31 + map->labels[i]) * 31 + (guint32) map->counts[i];
  return identity;
}

static SnnVolumeInfo *
head_info (const SnnHeads *heads, guint32 subject, guint32 identity,
    const float *image, const guint8 *mask, gsize n)
{
  g_autofree gchar *name = snn_head_name (subject);
  SnnVolumeInfo *info = snn_volume_info_new (name);

  SnnGrid grid;

  snn_grid_centred (&grid, heads->dims, heads->zoom);
  memcpy (info->dims, grid.dims, sizeof info->dims);
  memcpy (info->affine, grid.affine, sizeof info->affine);
  for (guint i = 0; i < 3; i++)
    info->zooms[i] = heads->zoom;
  info->seed = identity;
  snn_volume_info_count_labels (info, heads->n_classes, mask, n);
  snn_statistics_compute (&info->statistics, image, n);
  return info;
}

SnnVolume *
snn_head_new (const SnnLabelMap *map, const SnnHeads *heads, guint64 seed,
    guint32 subject, SnnPool *pool)
{
  const gsize n = heads->dims[0] * heads->dims[1] * heads->dims[2];
  g_autoptr (SnnPool) own = pool ? NULL : snn_pool_new (1);
  SnnPool *workers = pool ? pool : own;
  g_autofree Draw *draw = g_new0 (Draw, 1);
  g_autoptr (SnnField) bias = NULL;
  g_autofree Task *task = g_new0 (Task, 1);
  SnnRandom stream;
  double blur[3];

  snn_random_init (&stream, seed, SNN_RANDOM_HEAD, subject);
  draw_head (draw, map, heads, &stream);
  *task = (Task) {.label_map = map,.dims = heads->dims,.draw = draw,
    .random = &stream,.image = g_new (float, n),.mask = g_malloc (n)
  };
  snn_warp_init (&task->warp, heads->dims);
  memcpy (task->warp.map, draw->map, sizeof draw->map);
  set_points (task, heads);
  set_fields (task, heads, &bias);
  task->bias = bias;

  snn_pool_run (workers, (guint) heads->dims[2], paint_plane, task);
  for (guint i = 0; i < 3; i++)
    blur[i] = draw->blur / heads->zoom;
  snn_blur (task->image, heads->dims, blur, workers);
  snn_low_resolution (task->image, heads->dims, draw->coarseness, workers);
  snn_pool_run (workers, (guint) heads->dims[2], shade_plane, task);
  if (draw->noise > 0.)
    snn_noise (task->image, heads->dims, draw->noise, &stream, workers);
  /* A scanner gives magnitudes. */
  for (gsize i = 0; i < n; i++)
    task->image[i] = fabsf (task->image[i]) * (float) SNN_HEAD_WHITE;
  snn_warp_clear (&task->warp);
  return snn_volume_new (head_info (heads, subject, identify (map, seed),
          task->image, task->mask, n), task->image, task->mask);
}
