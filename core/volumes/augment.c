/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "augment.h"

#include <math.h>

#include "../base/random.h"
#include "affine.h"
#include "intensity.h"
#include "warp.h"

/* Percentiles that intensities are relative to. */
#define LOWER 0.5
#define UPPER 99.5
/* Of a smooth factor, as a fraction of the largest extent: how far apart it is
 * drawn independently. */
#define BIAS_DISTANCE 0.5

/* Parts of a sample's random stream (snn_random_part()); below these are the
 * planes of noise, of which each channel has as many as there may be. */
#define PART_DEFORMATION 0x80000000u
#define PART_BIAS 0x80000003u

/* What is drawn for a sample. All of it is, in this order, whatever is used. */
typedef struct
{
  double rotation[3];           /* radians, around each dimension */
  double factor;
  double shift[3];              /* mm */
  gboolean mirror[3];           /* each dimension */
  double deformation;           /* mm */
  double power;
  double bias;
  double noise;
  double blur;
  guint coarse;                 /* dimension of the low resolution */
  double coarseness;
  double cutout;
  double cutout_centre[3];      /* voxels */
} Draw;

gboolean
snn_augmentation_is_none (const SnnAugmentation *a)
{
  return a->rotation == 0. && a->scale == 0. && a->shift == 0.
      && a->mirror == 0 && a->deformation == 0. && a->gamma == 0.
      && a->bias == 0. && a->noise == 0. && a->blur == 0.
      && a->low_resolution <= 1. && a->cutout == 0.;
}

/* A factor from 1 / (1 + @most) to 1 + @most, as likely below 1 as above. */
static double
draw_factor (SnnRandom *random, double most)
{
  return exp (snn_random_between (random, -1., 1.) * log1p (most));
}

/* Takes back what was drawn for the changes that this sample is spared. */
static void
spare_sample (Draw *draw, const SnnAugmentation *a, SnnRandom *random)
{
  double *const shades[] = { &draw->bias, &draw->noise, &draw->blur };

  if (snn_random_double (random) >= a->probability) {
    draw->factor = 1.;
    draw->deformation = 0.;
    for (guint i = 0; i < 3; i++)
      draw->rotation[i] = draw->shift[i] = 0.;
  }
  if (snn_random_double (random) >= a->probability)
    draw->power = 1.;
  for (guint i = 0; i < G_N_ELEMENTS (shades); i++)
    if (snn_random_double (random) >= a->probability)
      *shades[i] = 0.;
  if (snn_random_double (random) >= a->probability)
    draw->coarseness = 1.;
}

/* What came to be drawn later is drawn last, so that all else stays what it was. */
static void
draw_cutout (Draw *draw, const SnnAugmentation *a,
    const SnnAugmentSample *sample, SnnRandom *random)
{
  draw->cutout = snn_random_double (random) * a->cutout;
  for (guint i = 0; i < 3; i++)
    draw->cutout_centre[i] = snn_random_double (random)
        * (double) sample->dims[i] - 0.5;
  if (snn_random_double (random) >= a->probability)
    draw->cutout = 0.;
}

static void
draw_sample (Draw *draw, const SnnAugmentation *a,
    const SnnAugmentSample *sample, SnnRandom *random)
{
  const gboolean is_slice = sample->dims[2] == 1;
  guint n_dimensions = is_slice ? 2 : 3;

  for (guint i = 0; i < 3; i++) {
    double angle = snn_random_between (random, -1., 1.) * a->rotation;

    /* A slice turns around the dimension that it does not have. */
    draw->rotation[i] = is_slice && i < 2 ? 0. : angle * G_PI / 180.;
  }
  draw->factor = draw_factor (random, a->scale);
  for (guint i = 0; i < 3; i++)
    draw->shift[i] = snn_random_between (random, -1., 1.)
        * (i < n_dimensions ? a->shift : 0.);
  for (guint i = 0; i < 3; i++) {
    gboolean heads = snn_random_double (random) < 0.5;

    draw->mirror[i] = heads && a->mirror >> sample->axis[i] & 1;
  }
  draw->power = draw_factor (random, a->gamma);
  draw->bias = snn_random_double (random) * a->bias;
  draw->noise = snn_random_double (random) * a->noise;
  draw->blur = snn_random_double (random) * a->blur;
  draw->coarse = (guint) snn_random_below (random, n_dimensions);
  draw->coarseness = snn_random_between (random, 1.,
      MAX (1., a->low_resolution));
  draw->deformation = a->deformation;
  spare_sample (draw, a, random);
  draw_cutout (draw, a, sample, random);
}

/* From new voxels to old ones, by way of mm around the centre. */
static void
set_map (SnnWarp *warp, const Draw *draw, const SnnAugmentSample *sample)
{
  double centre[3], to_mm[3], to_voxels[3], turn[3];

  for (guint i = 0; i < 3; i++) {
    centre[i] = -((double) sample->dims[i] - 1.) / 2.;
    to_mm[i] = sample->zooms[i];
    to_voxels[i] = 1. / sample->zooms[i];
    turn[i] = draw->mirror[i] ? -1. / draw->factor : 1. / draw->factor;
  }
  snn_affine_move (warp->map, centre);
  snn_affine_scale (warp->map, to_mm);
  snn_affine_scale (warp->map, turn);
  for (guint i = 0; i < 3; i++)
    if (draw->rotation[i] != 0.)
      snn_affine_rotate (warp->map, i, draw->rotation[i]);
  snn_affine_move (warp->map, draw->shift);
  snn_affine_scale (warp->map, to_voxels);
  for (guint i = 0; i < 3; i++)
    centre[i] = -centre[i];
  snn_affine_move (warp->map, centre);
}

static void
set_deformation (SnnWarp *warp, const SnnAugmentation *a, const Draw *draw,
    const SnnAugmentSample *sample, const SnnRandom *random)
{
  double spacing[3];

  for (guint i = 0; i < 3; i++)
    spacing[i] = MAX (1., a->deformation_distance / sample->zooms[i]);
  for (guint i = 0; i < 3; i++) {
    SnnRandom part = snn_random_part (random, PART_DEFORMATION + i);

    if (sample->dims[i] == 1)
      continue;
    warp->field[i] = snn_field_new (sample->dims, spacing, &part);
    warp->amplitude[i] = draw->deformation / sample->zooms[i];
  }
}

static gboolean
moves (const Draw *draw)
{
  for (guint i = 0; i < 3; i++)
    if (draw->rotation[i] != 0. || draw->shift[i] != 0. || draw->mirror[i])
      return TRUE;
  return draw->factor != 1. || draw->deformation > 0.;
}

static void
move_sample (const SnnAugmentation *a, const Draw *draw,
    SnnAugmentSample *sample, const SnnRandom *random, SnnPool *pool)
{
  const gsize *dims = sample->dims, n = dims[0] * dims[1] * dims[2];
  g_autofree float *image = NULL;
  SnnWarp warp;

  if (!moves (draw))
    return;
  snn_warp_init (&warp, dims);
  set_map (&warp, draw, sample);
  if (draw->deformation > 0.)
    set_deformation (&warp, a, draw, sample, random);

  image = g_memdup2 (sample->image, n * sample->channels * sizeof (float));
  for (gsize c = 0; c < sample->channels; c++)
    snn_warp_image (&warp, image + c * n, dims, pool, sample->image + c * n);
  if (sample->label) {
    g_autofree guint8 *label = g_memdup2 (sample->label, n);

    snn_warp_labels (&warp, label, dims, pool, sample->label);
  }
  snn_warp_clear (&warp);
}

static SnnField *
make_bias (const SnnAugmentSample *sample, const SnnRandom *random)
{
  double spacing[3], largest = 0.;
  SnnRandom part = snn_random_part (random, PART_BIAS);

  for (guint i = 0; i < 3; i++)
    largest = MAX (largest, (double) sample->dims[i] * sample->zooms[i]);
  for (guint i = 0; i < 3; i++)
    spacing[i] = MAX (1., BIAS_DISTANCE * largest / sample->zooms[i]);
  return snn_field_new (sample->dims, spacing, &part);
}

/* The quantiles of a volume that goes through gamma go through it themselves.
 * Mean and deviation are those of what has these quantiles, as the trapezoids
 * between them. */
static void
bend_statistics (SnnStatistics *statistics, double lower, double upper,
    double power)
{
  float *q = statistics->quantile;
  double sum = 0., squares = 0.;

  if (power == 1.)
    return;
  snn_gamma (q, SNN_N_QUANTILES, lower, upper, power);
  for (guint k = 1; k < SNN_N_QUANTILES; k++) {
    double a = q[k - 1], b = q[k];

    sum += (a + b) / 2.;
    squares += (a * a + a * b + b * b) / 3.;
  }
  sum /= SNN_N_QUANTILES - 1;
  squares /= SNN_N_QUANTILES - 1;
  statistics->mean = sum;
  statistics->deviation = sqrt (MAX (0., squares - sum * sum));
}

/* What the intensities of a channel are relative to. */
typedef struct
{
  double lower;
  double upper;
  float minimum;
  float maximum;
} Range;

/* The range of @statistics, which take their way through gamma. */
static Range
find_range (SnnStatistics *statistics, double power)
{
  Range range = {
    .lower = snn_statistics_percentile (statistics, LOWER),
    .upper = snn_statistics_percentile (statistics, UPPER),
  };

  bend_statistics (statistics, range.lower, range.upper, power);
  range.minimum = statistics->quantile[0];
  range.maximum = statistics->quantile[SNN_N_QUANTILES - 1];
  return range;
}

static gsize
channels_per_image (const SnnAugmentSample *sample)
{
  return sample->channel_statistics ? sample->channels / sample->n_images
      : sample->channels;
}

/* A box without its own look: what is around it has to tell. */
static void
cut_out (const Draw *draw, SnnAugmentSample *sample)
{
  const gsize *dims = sample->dims, per_image = channels_per_image (sample);
  const SnnStatistics *statistics = sample->statistics;
  double size[3];

  if (draw->cutout == 0.)
    return;
  /* A slice has the one plane, wherever the centre is in it. */
  for (guint i = 0; i < 3; i++)
    size[i] = dims[i] == 1 ? 2. : draw->cutout * (double) dims[i];
  for (gsize c = 0; c < sample->channels; c++) {
    if (c > 0 && c % per_image == 0)
      statistics = &sample->channel_statistics[c / per_image - 1];
    snn_cutout (sample->image + c * dims[0] * dims[1] * dims[2], dims,
        draw->cutout_centre, size, (float) statistics->mean);
  }
}

static void
shade_sample (const Draw *draw, SnnAugmentSample *sample,
    const SnnRandom *random, SnnPool *pool)
{
  const gsize *dims = sample->dims, n = dims[0] * dims[1] * dims[2];
  const gsize per_image = channels_per_image (sample);
  Range range = find_range (sample->statistics, draw->power);
  g_autoptr (SnnField) field = NULL;
  double blur[3], coarseness[3] = { 1., 1., 1. };

  coarseness[draw->coarse] = draw->coarseness;
  for (guint i = 0; i < 3; i++)
    blur[i] = draw->blur / sample->zooms[i];
  if (draw->bias > 0.)
    field = make_bias (sample, random);
  for (gsize c = 0; c < sample->channels; c++) {
    float *image = sample->image + c * n;
    /* Each channel's noise has a stream of its own. */
    SnnRandom noise = *random;

    noise.counter[3] ^= (guint32) c << 24;
    if (c > 0 && c % per_image == 0)
      range = find_range (&sample->channel_statistics[c / per_image - 1],
          draw->power);
    snn_gamma (image, n, range.lower, range.upper, draw->power);
    if (field)
      snn_bias (image, dims, range.lower, field, draw->bias, pool);
    snn_blur (image, dims, blur, pool);
    if (draw->coarseness > 1.)
      snn_low_resolution (image, dims, coarseness, pool);
    if (draw->noise > 0.)
      snn_noise (image, dims, draw->noise * (range.upper - range.lower), &noise,
          pool);
    /* What is no number stays, for whoever normalises to see. */
    for (gsize i = 0; i < n; i++)
      image[i] = image[i] < range.minimum ? range.minimum
          : image[i] > range.maximum ? range.maximum : image[i];
  }
}

void
snn_augment (const SnnAugmentation *augmentation, guint64 seed, guint32 epoch,
    guint32 sample, SnnAugmentSample *changed, SnnPool *pool)
{
  SnnRandom stream, random;
  Draw draw;

  if (snn_augmentation_is_none (augmentation))
    return;
  snn_random_init (&stream, seed, SNN_RANDOM_AUGMENT,
      (guint64) epoch << 32 | sample);
  random = stream;
  draw_sample (&draw, augmentation, changed, &random);
  move_sample (augmentation, &draw, changed, &stream, pool);
  shade_sample (&draw, changed, &stream, pool);
  cut_out (&draw, changed);
}
