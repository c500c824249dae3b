/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "spiking.h"

G_BEGIN_DECLS

/* For spiking.c, which makes the plan, spiking-weights.c and spiking-run.c. */

#define SNN_MAX_BRANCHES 8

/* A convolution or Linear layer into a step's sum. */
typedef struct
{
  const SnnNode *node;
  guint plan_step;
  guint frame;                  /* that it reads */
  guint n_runs;
  guint length;
  guint n_phases;               /* sets of weights: one, or kernel^2 if transposed */
  gsize panel_size;             /* bytes of one panel and phase */
  guint8 *packed;               /* [panels][phases]; the readout's is below */
  gint32 *weights;              /* [phases][n_runs * length][out] */
} SnnSpikingBranch;

typedef enum
{
  SNN_SPIKING_FIRE,
  SNN_SPIKING_POOL,
  SNN_SPIKING_FLATTEN,
  SNN_SPIKING_READOUT,
} SnnSpikingStepType;

/* A neuron at (y, x) is in phase (y mod period, x mod period): a transposed
 * convolution has other weights for each. */
struct _SnnSpikingStep
{
  SnnSpikingStepType type;
  const SnnNode *node;
  guint input;                  /* buffer: of pooling and flattening */
  guint output;
  guint layer;
  guint sum;                    /* buffer of the plan where branches meet */
  guint period;
  gboolean from_input;          /* all branches read the network's input */
  guint n_branches;
  SnnSpikingBranch branches[SNN_MAX_BRANCHES];
  float *scale;                 /* [panels][panel] */
  float *threshold;
};

static inline guint
snn_spiking_n_panels (const SnnSpiking *spiking, guint channels)
{
  return (channels + spiking->kernels->panel - 1) / spiking->kernels->panel;
}

/* snn_byte_frame_planes: bits that tell a frame's values apart. */
guint snn_byte_frame_planes (const SnnByteFrame * frame);

G_END_DECLS
