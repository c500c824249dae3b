/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/name.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* What stands for the derivative ds/du of a spike by its membrane potential u,
 * at threshold v: of height alpha at u = v. */

typedef enum
{
  SNN_SURROGATE_RELATIVE,       /* alpha / v max(0, 1 - |u/v - 1|), Rathi et al. */
  SNN_SURROGATE_ABSOLUTE,       /* alpha max(0, 1 - |u - v|), Yue et al. eq. 5 */
} SnnSurrogate;

/* snn_surrogate_name: (nullable): of @surrogate, from 0 on. */
const SnnName *snn_surrogate_name (guint surrogate);

/* snn_surrogate_slope: the inverse of its width at threshold @v: it is
 * alpha slope max(0, 1 - |u - v| slope). */
float snn_surrogate_slope (SnnSurrogate surrogate, float v);

SNN_END_DECLS
