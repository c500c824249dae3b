/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "state.h"

G_BEGIN_DECLS

/* The variance over timesteps of what each of them says by itself, which
 * snn_state_keep_variance() defines; private to core/. */

typedef struct _SnnVariance SnnVariance;

/* snn_variance_new: of @network, which must outlive it; @output (nullable: logits
 * as they are). Nothing is in it yet. */
SnnVariance *snn_variance_new (const SnnNetwork * network,
    SnnOutputFunction output);
/* snn_variance_free: %NULL is fine. */
void snn_variance_free (SnnVariance * variance);

/* snn_variance_reset: to no timesteps; of %NULL nothing. */
void snn_variance_reset (SnnVariance * variance);

/* snn_variance_add: the timestep that follows; @logits are those of it alone, of the
 * output's shape, and are overwritten. */
void snn_variance_add (SnnVariance * variance, float *logits);

/* snn_variance_get: of the timesteps since the reset, of the output's shape; 0 of
 * none and of one. */
void snn_variance_get (const SnnVariance * variance, float *values);

G_END_DECLS
