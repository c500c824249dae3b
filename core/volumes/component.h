/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * SnnComponent:
 * @n: voxels; 0: there is none
 * @mean: of their values
 * @centre: mean of their places, each weighted by its value, in voxels of x, y
 *   and z
 *
 * Voxels that hang together by their faces, and whose values are all above a
 * cut-off.
 */
typedef struct
{
  gsize n;
  double mean;
  double centre[3];
} SnnComponent;

/**
 * snn_component_largest:
 * @values: of a volume of @dims, x fastest
 * @cut_off: at least 0
 * @mask: (nullable): of as many bytes: 1 where the component is, else 0
 * @component: (out): the one with the most voxels; of several the one that comes
 *   first
 *
 * Returns: FALSE with SNN_ERROR_READ where memory does not suffice
 */
gboolean snn_component_largest (const float *values, const gsize dims[3],
    float cut_off, guint8 * mask, SnnComponent * component, GError ** error);

SNN_END_DECLS
