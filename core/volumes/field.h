/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/random.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * SnnField:
 *
 * A smooth random function of place: standard normal values at knots on a
 * coarse grid, cubic B-splines between them, scaled so that its standard
 * deviation is 1 (in each dimension from 0.98 between knots to 1.02 at them).
 */
typedef struct _SnnField SnnField;

/**
 * snn_field_new:
 * @dims: extent of the volume that it is a function on, in voxels
 * @spacing: voxels from knot to knot, along each axis; at least 1
 * @random: what its values are drawn from
 */
SnnField *snn_field_new (const gsize dims[3], const double spacing[3],
    SnnRandom * random);
void snn_field_free (SnnField * field);

/* snn_field_row: the values at the dims[0] voxels of row @y of plane @z.
 * Rows may be asked for from several threads. */
void snn_field_row (const SnnField * field, gsize y, gsize z, float *row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnField, snn_field_free)

SNN_END_DECLS
