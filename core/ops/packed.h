/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/pool.h"
#include "../graph/plan.h"
#include "../kernels/kernels.h"
#include "surrogate.h"

G_BEGIN_DECLS

/**
 * SnnPacked:
 *
 * Weights as the kernels want them, thresholds and surrogates spread over a
 * row. Shared by all workers; snn_packed_update() follows the network.
 */
typedef struct
{
  gsize *input_taps;            /* of the kernel, as offsets in the input ... */
  gsize *output_taps;           /* ... and in the output */
  gssize *spike_taps;           /* from an input's place in the output */
  float *forward;
  float *backward;
} SnnPackedStep;

typedef struct
{
  float *threshold;             /* [width][channels] of a row */
  float *leak;                  /* NULL where neurons don't leak */
  float *reset;                 /* NULL where thresholds are subtracted */
  float *scale;
  float *slope;
} SnnPackedLayer;

/* A panel of a step's weights. */
typedef struct
{
  guint step;
  gboolean backward;
  guint first;                  /* column */
} SnnPackedPart;

typedef struct
{
  const SnnPlan *plan;
  const SnnKernels *kernels;
  gboolean gradients;
  SnnPackedStep *steps;
  SnnPackedLayer *layers;
  GArray *parts;                /* all of them */
} SnnPacked;

SnnPacked *snn_packed_new (const SnnPlan * plan, const SnnKernels * kernels,
    gboolean gradients);
void snn_packed_free (SnnPacked * packed);

typedef struct
{
  SnnSurrogate kind;
  double alpha;                 /* its height */
} SnnPackedSurrogate;

/* snn_packed_update: @surrogate is %NULL without gradients. */
void snn_packed_update (SnnPacked * packed, SnnPool * pool,
    const SnnPackedSurrogate * surrogate);

G_END_DECLS
