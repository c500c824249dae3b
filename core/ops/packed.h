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
 * row. Shared by all workers; snn_packed_update() follows the network, and so does
 * snn_packed_forget(), after which a step's weights are packed when they are first
 * asked for.
 */
typedef struct
{
  gsize *input_taps;            /* of the kernel, as offsets in the input ... */
  gsize *output_taps;           /* ... and in the output */
  gssize *spike_taps;           /* from an input's place in the output */
  float *forward;
  float *backward;
  gint made;                    /* whether forward is packed, atomic */
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
  GMutex *packing;              /* held where a step is packed */
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

/* snn_packed_forget: without gradients; the network's weights must not change before
 * this or snn_packed_update() is called again. */
void snn_packed_forget (SnnPacked * packed);

/* snn_packed_step: of the plan's step @index, for a pass forward; safe to call from any
 * thread. */
const SnnPackedStep *snn_packed_step (const SnnPacked * packed, guint index);

G_END_DECLS
