/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/pool.h"
#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Augmentation: a sample as it might have been, had the head lain otherwise and
 * the scanner been another. */

/**
 * SnnAugmentation:
 * @rotation: to either side, in degrees, in the plane of a slice, or around
 *   each axis of a volume
 * @scale: of sizes, as a fraction: 0.1 is from 1 / 1.1 to 1.1
 * @shift: to either side along each axis, in mm
 * @mirror: bit i: half of the samples are mirrored along canonical axis i
 * @deformation: standard deviation along each axis, in mm, of a smooth
 *   deformation
 * @deformation_distance: how far apart, in mm, it is drawn independently
 * @gamma: of intensities: 0.3 is a power from 1 / 1.3 to 1.3
 * @bias: standard deviation of the logarithm of a smooth factor at most
 * @noise: standard deviation of noise at most, as a fraction of the range of
 *   intensities
 * @blur: standard deviation of a Gaussian at most, in mm
 * @low_resolution: factor of voxel sizes at most, along one axis that is drawn
 * @cutout: of each extent, the part at most that a box takes which shows nothing
 *   (DeVries and Taylor 2017, whose box has always the same size)
 * @probability: that a sample is moved (rotation, scale, shift and deformation
 *   together), and that it goes through each of the others, one independent of the
 *   other; half of the samples are mirrored whatever it is, as that costs no
 *   sharpness
 *
 * The most that happens; how much does is drawn for each sample. All 0 (and
 * @low_resolution 1 or less) leaves samples as they are.
 */
typedef struct
{
  double rotation;
  double scale;
  double shift;
  guint mirror;
  double deformation;
  double deformation_distance;
  double gamma;
  double bias;
  double noise;
  double blur;
  double low_resolution;
  double cutout;
  double probability;
} SnnAugmentation;

/**
 * SnnAugmentSample:
 * @dims: width, height and depth; 1 along an axis: a slice
 * @channels: images of @dims one after the other, that are moved alike
 * @axis: which canonical axis each dimension is
 * @zooms: voxel sizes in mm, of each dimension
 * @image: dims[0] * dims[1] * dims[2] * channels values
 * @label: (nullable): dims[0] * dims[1] * dims[2] of any values
 * @statistics: of the volume before; after, of the volume all of whose voxels
 *   went the same way through gamma. Of the first of several images, or of all channels where
 *   there are no others
 * @channel_statistics: (nullable) (array length=n_images-1): of the images after
 *   the first, where each has intensities of its own
 * @n_images: that @channels are of, each of as many in a row, such as neighbouring
 *   slices; read where there are @channel_statistics
 *
 * What is changed, in place.
 */
typedef struct
{
  gsize dims[3];
  gsize channels;
  guint8 axis[3];
  double zooms[3];
  float *image;
  guint8 *label;
  SnnStatistics *statistics;
  SnnStatistics *channel_statistics;
  gsize n_images;
} SnnAugmentSample;

/**
 * snn_augment:
 * @seed, @epoch, @sample: what is drawn is a function of these alone, and
 *   each kind of change of its own draws: one that is switched off leaves the
 *   others as they are
 * @pool: (nullable): results do not depend on it
 *
 * Moves image and label in one interpolation (snn_warp_image()), and then, in
 * this order, the image alone: gamma, bias field, blur, resolution, noise, cutout.
 * The range of intensities that these are relative to goes from the 0.5th to
 * the 99.5th percentile of @statistics, which gamma leaves where they are. What
 * is outside of the volume's minimum and maximum, as gamma made them, is clipped
 * to these. The box of cutout has its centre anywhere in the sample, reaches past its
 * border, and has the mean of @statistics everywhere; its labels stay, for a network to
 * tell them by what is around.
 *
 * Statistics are of the volume, which a slice or a crop can't tell the looks of, and by
 * which samples that are not changed are scaled: the quantiles take the way through
 * gamma, and keep their values otherwise. Moving it, noise and a factor around 1 change
 * the percentiles of a volume by little, and in no direction.
 */
void snn_augment (const SnnAugmentation * augmentation, guint64 seed,
    guint32 epoch, guint32 sample, SnnAugmentSample * changed, SnnPool * pool);

/* snn_augmentation_is_none: whether it leaves all samples as they are. */
gboolean snn_augmentation_is_none (const SnnAugmentation * augmentation);

SNN_END_DECLS
