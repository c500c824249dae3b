/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "phantom.h"

#include <math.h>
#include <string.h>

#include "../base/random.h"

/* A subject's random numbers come in streams that are drawn independently. */
typedef enum
{
  STREAM_PARAMETERS,
  STREAM_SHAPE,
  STREAM_OUTLINE,
  STREAM_TEXTURE,
  STREAM_SHADING,
  STREAM_NOISE,
} Stream;

#define N_SEGMENTS 24

/* Where the head begins, from the tail on. */
#define HEAD_SEGMENT 15

typedef struct
{
  double x, y, z;
} Point;

/* Random values on a coarse grid, interpolated between. */
typedef struct
{
  double spacing;               /* voxels between values */
  gsize dims[3];
  float *values;                /* standard normal */
} Field;

/* Everything about a subject that is not drawn voxel by voxel. Lengths are in
 * voxels; intensities are fractions of white matter's. Point coordinates are
 * the subject's own: x to its middle, y forwards, z upwards, from the centre
 * of the hippocampus. */
typedef struct
{
  gsize dims[3];
  Point centre;                 /* in the grid */
  Point right, front, up;       /* the subject's axes, in the grid's */
  Point line[N_SEGMENTS + 1];   /* of the hippocampus, tail to head */
  double radius[N_SEGMENTS + 1];
  Point step[N_SEGMENTS];       /* from one point of the line to the next */
  double inverse[N_SEGMENTS];   /* one over its squared length */
  double ventricle_radius;
  double fold_length, fold_phase, fold_depth;
  double hippocampus, amygdala, cortex, deep, fluid;
  double shading;
  double scale;                 /* intensity of white matter in the volume */
} Parameters;

static void
stream_init (SnnRandom *random, guint64 seed, guint32 subject, Stream stream)
{
  snn_random_init (random, seed, SNN_RANDOM_PHANTOM,
      (guint64) stream << 32 | subject);
}

static double
between (SnnRandom *random, double low, double high)
{
  return low + (high - low) * snn_random_double (random);
}

/* 0 below @low, 1 above @high, smooth in between. */
static double
smooth_step (double low, double high, double x)
{
  double t = CLAMP ((x - low) / (high - low), 0., 1.);

  return t * t * (3. - 2. * t);
}

static gsize
extent (double length, gsize low, gsize high)
{
  return CLAMP ((gsize) length, low, high);
}

/* Turns from the grid's axes to the subject's: by @roll around y, then @yaw
 * around z, then @pitch around x. */
static void
set_rotation (Parameters *p, double roll, double yaw, double pitch)
{
  const double cr = cos (roll), sr = sin (roll), cy = cos (yaw);
  const double sy = sin (yaw), cp = cos (pitch), sp = sin (pitch);

  p->right = (Point) { cr * cy, sy, sr * cy };
  p->front = (Point) { -cr * sy * cp - sr * sp, cy * cp,
    -sr * sy * cp + cr * sp
  };
  p->up = (Point) { cr * sy * sp - sr * cp, -cy * sp, sr * sy * sp + cr * cp };
}

static void
draw_parameters (Parameters *p, guint64 seed, guint32 subject)
{
  double length, bend, lift, thickness, tilt, roll, yaw;
  SnnRandom random;

  stream_init (&random, seed, subject, STREAM_PARAMETERS);
  length = between (&random, 29., 37.);
  tilt = between (&random, 0.15, 0.6);
  bend = between (&random, 2.5, 6.);
  lift = between (&random, 2., 6.);
  thickness = between (&random, 0.88, 1.12);

  p->dims[0] = extent (between (&random, 31., 44.), 31, 43);
  p->dims[1] = extent (length * cos (tilt) + between (&random, 14., 22.), 40,
      59);
  p->dims[2] = extent (length * sin (tilt) + between (&random, 16., 26.), 24,
      47);
  p->centre.x = (p->dims[0] - 1) / 2. + between (&random, -2., 2.);
  p->centre.y = (p->dims[1] - 1) / 2. + between (&random, -1.5, 1.5);
  p->centre.z = (p->dims[2] - 1) / 2. + between (&random, -1.5, 1.5);
  roll = between (&random, -0.15, 0.15);
  yaw = between (&random, -0.15, 0.15);
  set_rotation (p, roll, yaw, -tilt);

  for (guint i = 0; i <= N_SEGMENTS; i++) {
    double s = 2. * i / N_SEGMENTS - 1.;
    double tail = MAX (0., -s);

    p->line[i].x = bend * (s * s - 0.4);
    p->line[i].y = s * length / 2. * (1. - 0.06 * tail);
    p->line[i].z = lift * tail * tail - 1.2 * smooth_step (0.2, 1., s);
    p->radius[i] = thickness * (2.8 + 1.6 * smooth_step (-1., -0.1, s)
        + 1.5 * smooth_step (0., 0.7, s));
  }
  /* Rounded ends reach out by their radius; the line makes room for them. */
  for (guint i = 0; i <= N_SEGMENTS; i++)
    p->line[i].y *= 1. - (p->radius[0] + p->radius[N_SEGMENTS]) / length / 2.;

  for (guint i = 0; i < N_SEGMENTS; i++) {
    Point *u = &p->step[i];

    u->x = p->line[i + 1].x - p->line[i].x;
    u->y = p->line[i + 1].y - p->line[i].y;
    u->z = p->line[i + 1].z - p->line[i].z;
    p->inverse[i] = 1. / (u->x * u->x + u->y * u->y + u->z * u->z);
  }

  p->ventricle_radius = between (&random, 0.3, 2.2);
  p->fold_length = between (&random, 14., 22.);
  p->fold_phase = between (&random, 0., 2. * G_PI);
  p->fold_depth = between (&random, 1.5, 3.5);
  p->hippocampus = between (&random, 0.46, 0.54);
  p->amygdala = p->hippocampus + between (&random, -0.03, 0.04);
  p->cortex = p->hippocampus + between (&random, -0.05, 0.03);
  p->deep = between (&random, 0.72, 0.82);
  p->fluid = between (&random, 0.08, 0.2);
  p->shading = between (&random, 0.03, 0.1);
  p->scale = pow (10., between (&random, 2., 6.));
}

static void
field_init (Field *field, const gsize dims[3], double spacing, guint64 seed,
    guint32 subject, Stream stream)
{
  gsize n = 1;
  SnnRandom random;

  field->spacing = spacing;
  for (guint i = 0; i < 3; i++) {
    field->dims[i] = (gsize) (dims[i] / spacing) + 2;
    n *= field->dims[i];
  }
  field->values = g_new (float, n);
  stream_init (&random, seed, subject, stream);
  for (gsize i = 0; i < n; i++)
    field->values[i] = (float) snn_random_normal (&random);
}

static double
field_at (const Field *field, const gsize voxel[3])
{
  gsize cell[3];
  double weight[3], sum = 0.;

  for (guint i = 0; i < 3; i++) {
    double position = voxel[i] / field->spacing;

    cell[i] = (gsize) position;
    weight[i] = smooth_step (0., 1., position - (double) cell[i]);
  }
  for (guint corner = 0; corner < 8; corner++) {
    gsize at = 0;
    double product = 1.;

    for (guint i = 3; i-- > 0;) {
      guint far = corner >> i & 1;

      at = at * field->dims[i] + cell[i] + far;
      product *= far ? weight[i] : 1. - weight[i];
    }
    sum += product * field->values[at];
  }
  return sum;
}

static Point
to_subject (const Parameters *p, const gsize voxel[3])
{
  const double x = voxel[0] - p->centre.x;
  const double y = voxel[1] - p->centre.y;
  const double z = voxel[2] - p->centre.z;

  return (Point) {
    x * p->right.x + y * p->right.y + z * p->right.z,
    x * p->front.x + y * p->front.y + z * p->front.z,
    x * p->up.x + y * p->up.y + z * p->up.z
  };
}

/* Signed distance from the surface of a tube of @radius times the
 * hippocampus' own plus @growth, around its line moved by @shift between the
 * parts @first and @last of it; wider across than high. */
static double
tube (const Parameters *p, Point q, Point shift, double radius, double growth,
    guint first, guint last)
{
  double nearest = G_MAXDOUBLE;

  q.x -= shift.x;
  q.y -= shift.y;
  q.z -= shift.z;
  for (guint i = first; i < last; i++) {
    const Point a = p->line[i], u = p->step[i];
    double t = ((q.x - a.x) * u.x + (q.y - a.y) * u.y + (q.z - a.z) * u.z)
        * p->inverse[i];
    double dx, dy, dz, squares, reach;

    t = CLAMP (t, 0., 1.);
    dx = 0.78 * (q.x - a.x - t * u.x);
    dy = q.y - a.y - t * u.y;
    dz = 1.1 * (q.z - a.z - t * u.z);
    squares = dx * dx + dy * dy + dz * dz;
    reach = (p->radius[i] * (1. - t) + p->radius[i + 1] * t) * radius + growth;
    /* Most segments are too far away to be worth a square root. */
    if (nearest + reach > 0. && squares < (nearest + reach) * (nearest + reach))
      nearest = sqrt (squares) - reach;
  }
  return nearest;
}

/* Roughly the signed distance from the surface of an ellipsoid. */
static double
ellipsoid (Point q, Point centre, Point radii)
{
  double x = (q.x - centre.x) / radii.x;
  double y = (q.y - centre.y) / radii.y;
  double z = (q.z - centre.z) / radii.z;

  return (sqrt (x * x + y * y + z * z) - 1.) * MIN (radii.x, MIN (radii.y,
          radii.z));
}

/* Lays @tissue over @value where @distance is negative; a voxel on the border
 * holds a part of both. */
static double
paint (double value, double tissue, double distance)
{
  return value + (tissue - value) * smooth_step (0.8, -0.8, distance);
}

/* Sheets of grey matter with fluid in the clefts between, below the
 * hippocampus. */
static double
paint_cortex (const Parameters *p, double value, Point q)
{
  double depth = -7. - q.z + (q.x < 0. ? -0.5 : 0.3) * q.x
      + p->fold_depth * sin (2. * G_PI * q.y / p->fold_length + p->fold_phase);
  double sheet = 4.5 * cos (2. * G_PI * depth / 11.);

  if (depth < 0.)
    return value;
  value = paint (value, p->cortex, sheet - 1.);
  return paint (value, p->fluid, sheet + 3.9);
}

/* Noise-free intensity as a fraction of white matter's; @inside is the signed
 * distance from the hippocampus, @texture standard normal and smooth. */
static double
tissue_at (const Parameters *p, Point q, double inside, double texture)
{
  const Point head = p->line[N_SEGMENTS];
  const Point above = { -3.5, 0., 4.2 }, below = { 4.5, 0., -6.5 };
  double value = 1. + 0.04 * texture;

  value = paint_cortex (p, value, q);
  value = paint (value, p->deep, ellipsoid (q, (Point) { 7., 1., 17. },
          (Point) { 15., 17., 11. }) + texture);
  value = paint (value, p->fluid, ellipsoid (q, (Point) { 15., 2., 3. },
          (Point) { 6., 12., 6. }) + texture);
  value = paint (value, p->cortex + 0.02 * texture,
      tube (p, q, below, 0.55, 0., N_SEGMENTS / 3, N_SEGMENTS));
  value = paint (value, p->amygdala + 0.03 * texture,
      ellipsoid (q, (Point) { head.x - 1., head.y + 5., head.z + 7. },
          (Point) { 8., 8., 7. }) + 0.7 * texture);
  value = paint (value, p->fluid,
      tube (p, q, above, 0.35, p->ventricle_radius, 0, N_SEGMENTS - 4));
  return paint (value, p->hippocampus + 0.03 * texture, inside);
}

void
snn_phantom_grid (guint64 seed, guint32 subject, SnnGrid *grid)
{
  Parameters p;

  draw_parameters (&p, seed, subject);
  snn_grid_centred (grid, p.dims, 1.);
}

gchar *
snn_phantom_name (guint32 subject)
{
  return g_strdup_printf ("phantom-%05u", subject);
}

static SnnVolumeInfo *
phantom_info (const Parameters *p, guint32 subject, const float *image,
    const guint8 *mask, gsize n, guint n_classes)
{
  g_autofree gchar *name = snn_phantom_name (subject);
  SnnVolumeInfo *info = snn_volume_info_new (name);

  SnnGrid grid;

  snn_grid_centred (&grid, p->dims, 1.);
  memcpy (info->dims, grid.dims, sizeof info->dims);
  memcpy (info->affine, grid.affine, sizeof info->affine);
  snn_volume_info_count_labels (info, n_classes, mask, n);
  snn_statistics_compute (&info->statistics, image, n);
  return info;
}

SnnVolume *
snn_phantom_new (guint64 seed, guint32 subject, double noise)
{
  return snn_phantom_new_classes (seed, subject, noise, NULL);
}

/* Number of the class of a place in the hippocampus; 1 where there are none. */
static guint8
class_at (const Parameters *p, Point q, const SnnClasses *classes)
{
  if (!classes || classes->n == 0)
    return 1;
  return (guint8) snn_classes_find (classes,
      q.y > p->line[HEAD_SEGMENT].y ? 1. : 2.);
}

SnnVolume *
snn_phantom_new_classes (guint64 seed, guint32 subject, double noise,
    const SnnClasses *classes)
{
  const Point here = { 0., 0., 0. };
  Field shape, outline, texture, shading;
  SnnVolumeInfo *info;
  Parameters p;
  SnnRandom random;
  gsize n, voxel[3], i = 0;
  guint8 *mask;
  float *image;

  draw_parameters (&p, seed, subject);
  n = p.dims[0] * p.dims[1] * p.dims[2];
  image = g_new (float, n);
  mask = g_new (guint8, n);
  field_init (&shape, p.dims, 6., seed, subject, STREAM_SHAPE);
  field_init (&outline, p.dims, 2.5, seed, subject, STREAM_OUTLINE);
  field_init (&texture, p.dims, 5., seed, subject, STREAM_TEXTURE);
  field_init (&shading, p.dims, 24., seed, subject, STREAM_SHADING);
  stream_init (&random, seed, subject, STREAM_NOISE);

  for (voxel[2] = 0; voxel[2] < p.dims[2]; voxel[2]++)
    for (voxel[1] = 0; voxel[1] < p.dims[1]; voxel[1]++)
      for (voxel[0] = 0; voxel[0] < p.dims[0]; voxel[0]++, i++) {
        Point q = to_subject (&p, voxel);
        double inside = tube (&p, q, here, 1., 0., 0, N_SEGMENTS)
            + 0.5 * field_at (&shape, voxel);
        double value = tissue_at (&p, q, inside, field_at (&texture, voxel));

        value *= 1. + p.shading * field_at (&shading, voxel);
        value += noise * snn_random_normal (&random);
        image[i] = (float) (p.scale * MAX (value, 0.));
        mask[i] = inside + 0.45 * field_at (&outline, voxel) < 0.
            ? class_at (&p, q, classes) : 0;
      }

  g_free (shape.values);
  g_free (outline.values);
  g_free (texture.values);
  g_free (shading.values);
  info = phantom_info (&p, subject, image, mask, n, classes ? classes->n : 0);
  info->seed = seed;
  return snn_volume_new (info, image, mask);
}
