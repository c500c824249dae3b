/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "phantom.h"

#include <math.h>

#include "random.h"

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
  double roll, pitch, yaw;      /* radians */
  Point line[N_SEGMENTS + 1];   /* of the hippocampus, tail to head */
  double radius[N_SEGMENTS + 1];
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

static void
draw_parameters (Parameters *p, guint64 seed, guint32 subject)
{
  double length, bend, lift, thickness, tilt;
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
  p->roll = between (&random, -0.15, 0.15);
  p->pitch = -tilt;
  p->yaw = between (&random, -0.15, 0.15);

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

/* Voxel to the subject's own coordinates: roll, yaw, then pitch undone. */
static Point
to_subject (const Parameters *p, const gsize voxel[3])
{
  double x = voxel[0] - p->centre.x;
  double y = voxel[1] - p->centre.y;
  double z = voxel[2] - p->centre.z;
  Point q;

  q.x = x * cos (p->roll) + z * sin (p->roll);
  z = z * cos (p->roll) - x * sin (p->roll);
  x = q.x * cos (p->yaw) + y * sin (p->yaw);
  y = y * cos (p->yaw) - q.x * sin (p->yaw);
  q.x = x;
  q.y = y * cos (p->pitch) + z * sin (p->pitch);
  q.z = z * cos (p->pitch) - y * sin (p->pitch);
  return q;
}

/* Signed distance from the surface of a tube of @radius times the
 * hippocampus' own plus @growth, around its line moved by @shift between the
 * parts @first and @last of it; wider across than high. */
static double
tube (const Parameters *p, Point q, Point shift, double radius, double growth,
    guint first, guint last)
{
  double nearest = G_MAXDOUBLE;

  for (guint i = first; i < last; i++) {
    double ax = p->line[i].x + shift.x, bx = p->line[i + 1].x + shift.x;
    double ay = p->line[i].y + shift.y, by = p->line[i + 1].y + shift.y;
    double az = p->line[i].z + shift.z, bz = p->line[i + 1].z + shift.z;
    double ux = bx - ax, uy = by - ay, uz = bz - az;
    double t = ((q.x - ax) * ux + (q.y - ay) * uy + (q.z - az) * uz)
        / (ux * ux + uy * uy + uz * uz);
    double dx, dy, dz, r;

    t = CLAMP (t, 0., 1.);
    dx = 0.78 * (q.x - ax - t * ux);
    dy = q.y - ay - t * uy;
    dz = 1.1 * (q.z - az - t * uz);
    r = p->radius[i] * (1. - t) + p->radius[i + 1] * t;
    nearest = MIN (nearest,
        sqrt (dx * dx + dy * dy + dz * dz) - r * radius - growth);
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
snn_phantom_dims (guint64 seed, guint32 subject, gsize dims[3])
{
  Parameters p;

  draw_parameters (&p, seed, subject);
  for (guint i = 0; i < 3; i++)
    dims[i] = p.dims[i];
}

static SnnVolumeInfo *
phantom_info (const Parameters *p, guint32 subject, const float *image,
    gsize n, guint64 n_label_voxels)
{
  g_autofree gchar *name = g_strdup_printf ("phantom-%05u", subject);
  SnnVolumeInfo *info = snn_volume_info_new (name);

  for (guint i = 0; i < 3; i++) {
    info->dims[i] = p->dims[i];
    info->affine[i][3] = -(double) (p->dims[i] / 2);
  }
  info->labelled = TRUE;
  info->n_label_voxels = n_label_voxels;
  snn_statistics_compute (&info->statistics, image, n);
  return info;
}

SnnVolume *
snn_phantom_new (guint64 seed, guint32 subject, double noise)
{
  const Point here = { 0., 0., 0. };
  Field shape, outline, texture, shading;
  guint64 n_label_voxels = 0;
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
        mask[i] = inside + 0.45 * field_at (&outline, voxel) < 0.;
        n_label_voxels += mask[i];
      }

  g_free (shape.values);
  g_free (outline.values);
  g_free (texture.values);
  g_free (shading.values);
  return snn_volume_new (phantom_info (&p, subject, image, n, n_label_voxels),
      image, mask);
}
