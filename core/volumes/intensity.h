/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/pool.h"
#include "field.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* What happens to intensities in a scanner, on volumes of @dims voxels, x
 * fastest, in place. Where there is a @pool (nullable), it works on planes;
 * results do not depend on it. */

/* snn_gamma: y = lower + (upper - lower) t^gamma, where t = (x - lower) /
 * (upper - lower); below @lower the curve goes on mirrored. @lower and @upper
 * stay where they are, and order is kept. Where they are equal, all stays. */
void snn_gamma (float *values, gsize n, double lower, double upper,
    double gamma);

/* snn_bias: y = lower + (x - lower) exp (amplitude f), where f is @field. */
void snn_bias (float *values, const gsize dims[3], double lower,
    const SnnField * field, double amplitude, SnnPool * pool);

/* snn_blur: a Gaussian of @deviation voxels along each axis, cut off at three
 * of them; what is at the border goes on outside. 0 leaves an axis alone. */
void snn_blur (float *values, const gsize dims[3], const double deviation[3],
    SnnPool * pool);

/* snn_low_resolution: to voxels that are @factor times as large along each
 * axis, and back (snn_resample_image()). 1 leaves an axis alone. */
void snn_low_resolution (float *values, const gsize dims[3],
    const double factor[3], SnnPool * pool);

/* snn_noise: adds a normal number of @deviation to each voxel, plane z from
 * snn_random_part() 1 + z of @random. */
void snn_noise (float *values, const gsize dims[3], double deviation,
    const SnnRandom * random, SnnPool * pool);

/* snn_cutout: @value in all voxels of a box, whose @centre is in voxels, where voxel 0
 * goes from -0.5 to 0.5, and whose @size is, too; all that is within the volume. A
 * voxel belongs to it by its own centre. */
void snn_cutout (float *values, const gsize dims[3], const double centre[3],
    const double size[3], float value);

SNN_END_DECLS
