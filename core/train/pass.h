/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../run/spiking.h"
#include "../run/workspace.h"
#include "sample.h"
#include "settings.h"

G_BEGIN_DECLS

/* How samples pass a network forward and backward; private to core/train.
 *
 * A kind of pass says what is kept of a sample between the two, and how each is
 * made. A new one is a struct of the functions of SnnPass in a file
 * pass-NAME.c, a value of SnnGradient with its name in settings.c, and a line in
 * pass.c. */

typedef struct _SnnPass SnnPass;

/* A worker's memory. A pass makes what it needs; all else is NULL. */
typedef struct
{
  float **values;               /* tile frames */
  float **fetched;              /* the same, of what a step reads backward */
  float **gradients;
  float **surrogates;
  float **membranes;
  float *checkpoints;           /* membranes at each tile's start */
  float **carries;
  float **dropout;

  /* Of the integer forward pass; tile t is number t % n_kept of the first
   * two. */
  SnnSpikingMemory **spikes;
  float ***distances;
  SnnSpikeFrames *spike_frames;
  guint8 **keep;
} SnnPassWorker;

/* What is kept of a sample from its forward to its backward pass. */
typedef struct
{
  float **values;               /* ANN, quantised rates: a frame of each buffer */
  float *checkpoints;           /* through time: the worker's, where it could
                                 * not keep them itself; by timestep: those of
                                 * the one that passes */
  float **rates;                /* in their place for the rate gradient */
  float **slopes;               /* quantised rates: dr/dI of each layer */
  double *potential;            /* of the integer forward pass */
  float *logits;
  float *gradient;              /* dL/dlogit */
  guint64 *spikes;
  double *sums;                 /* of the loss */
} SnnTrace;

/* The steps that samples pass together: see tail.h. */
typedef struct
{
  guint first;                  /* as many as the plan has: there are none */
  SnnRun run;                   /* a frame for each sample */
} SnnTail;

/**
 * SnnPasses:
 * @spiking: %NULL where only floats will do
 * @n_own: weights whose gradients are made by sample: all before the tail's
 * @n_timesteps: that the memory is for; @n_traces: samples
 * @tile: timesteps that pass all layers together
 * @n_kept: tiles that a worker has room for
 * @timestep: that passes now, where a pass is of one
 *
 * What the passes of all samples share.
 */
typedef struct
{
  const SnnPass *pass;
  const SnnLossKind *loss;
  SnnTrainingSettings settings;
  SnnPlan *plan;
  SnnPacked *packed;
  SnnSpiking *spiking;
  SnnPool *pool;
  gsize n_states;
  gsize n_own;
  SnnTail tail;

  guint n_traces;
  guint n_timesteps;
  guint tile;
  guint n_kept;
  guint timestep;
  SnnPassWorker *workers;
  SnnTrace *traces;
} SnnPasses;

/**
 * SnnPass:
 * @by_timestep: whether each timestep passes forward and backward by itself, with an
 *   update of the weights behind it
 * @takes_tail: whether Linear layers at the end may be passed by all samples
 *   together
 * @cut: (nullable): sets @tile and @n_kept for samples of @timesteps, which
 *   are both 1 otherwise
 * @make_worker, @make_trace: add to what all passes have
 * @forward: of sample @item, with the worker's @run; leaves in its trace the
 *   logits, counts of spikes, and what the backward pass needs
 * @feed_tail: (nullable): gives the tail what it makes its gradient of. Where
 *   there is none, forward has done so, and the logits are the tail's
 * @backward: from the gradient of the tail or of the logits; adds to
 *   @run->weight_gradient
 * @factor: of the gradient that goes from the logits into the output's frames
 */
struct _SnnPass
{
  gboolean by_timestep;
  gboolean takes_tail;
  void (*cut) (SnnPasses * passes, guint timesteps);
  void (*make_worker) (const SnnPasses * passes, SnnPassWorker * worker);
  void (*make_trace) (const SnnPasses * passes, SnnTrace * trace);
  void (*forward) (SnnPasses * passes, SnnRun * run, SnnPassWorker * worker,
      guint item, const SnnInput * input);
  void (*feed_tail) (SnnPasses * passes, SnnRun * run, SnnPassWorker * worker,
      guint item, const SnnInput * input);
  void (*backward) (SnnPasses * passes, SnnRun * run, SnnPassWorker * worker,
      guint item, const SnnInput * input);
  float (*factor) (const SnnPasses * passes, const SnnInput * input);
};

extern const SnnPass snn_pass_ann;      /* pass-ann.c */
extern const SnnPass snn_pass_bptt;     /* pass-bptt.c */
extern const SnnPass snn_pass_rate;     /* pass-rate.c */
extern const SnnPass snn_pass_qcfs;     /* pass-qcfs.c */
extern const SnnPass snn_pass_fptt;     /* pass-fptt.c */

/* snn_passes_init: of @network with @loss; snn_passes_weights_changed() has to
 * be called before anything passes. */
void snn_passes_init (SnnPasses * passes, SnnNetwork * network,
    const SnnTrainingSettings * settings);
void snn_passes_clear (SnnPasses * passes);
void snn_passes_weights_changed (SnnPasses * passes);

/* snn_passes_prepare: makes room for @n samples of up to @timesteps. Memory is
 * kept from one minibatch to the next. Returns: whether there is less or more
 * of it than before */
gboolean snn_passes_prepare (SnnPasses * passes, guint n, guint timesteps);

/* Passes of sample @item of a minibatch by @worker of the pool; see SnnPass. */
void snn_passes_forward (SnnPasses * passes, guint item,
    const SnnSample * sample, guint worker);
void snn_passes_feed_tail (SnnPasses * passes, guint item,
    const SnnSample * sample, guint worker);
void snn_passes_backward (SnnPasses * passes, guint item,
    const SnnSample * sample, guint worker, float *weight_gradient);

/* snn_passes_read_tail: the logits that the tail has made of it. */
void snn_passes_read_tail (SnnPasses * passes, guint item);

/* snn_passes_backward_trunk: through the steps before the tail, from the
 * gradients of the tail, or of the output, where a logit is @factor times every
 * frame's sum. */
void snn_passes_backward_trunk (SnnPasses * passes, SnnRun * run, guint item,
    float factor);

/* snn_passes_n_tiles: that @timesteps take. */
guint snn_passes_n_tiles (const SnnPasses * passes, guint timesteps);

G_END_DECLS
