/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pass.h"

G_BEGIN_DECLS

/* Loss and gradient of a minibatch; private to core/train.
 *
 * Losses such as Dice couple the samples of a minibatch, so that all of them
 * pass forward first; with others each sample's backward pass follows its
 * forward one. Linear layers at the end are passed by all samples together,
 * whatever the loss: see tail.h.
 *
 * Each sample's weight gradient is summed on its own, and the sums are added
 * in sample order: the bits do not depend on the number of threads. */

typedef struct
{
  SnnPasses passes;
  float *gradient;              /* of all weights, in node order */
  guint wave;                   /* samples whose gradients wait */
  float **wave_gradients;

  /* The minibatch being worked on. */
  guint n;
  guint first;                  /* sample of the wave's first item */
  const SnnSample *samples;
  const gint *cancel;
  double *total;                /* of the loss's sums */
  guint n_sums;
  double *squares;              /* of the gradient, a sum for each block of weights */
  double norm;                  /* of the gradient */
  gboolean centralises;
} SnnMinibatch;

/* Weights that are worked on together, a block in a thread. */
enum
{
  SNN_WEIGHT_BLOCK = 16384,
};

static inline guint
snn_weight_blocks (gsize n_weights)
{
  return (guint) ((n_weights + SNN_WEIGHT_BLOCK - 1) / SNN_WEIGHT_BLOCK);
}

void snn_minibatch_init (SnnMinibatch * batch, SnnNetwork * network,
    const SnnTrainingSettings * settings);
void snn_minibatch_clear (SnnMinibatch * batch);

/* snn_minibatch_compute: of @n samples; @timestep is that which passes, where passes
 * are by timestep, one after the other from 0 on; @logits is %NULL or receives the
 * predictions. Returns: FALSE with SNN_ERROR_NUMERIC where the loss or a
 * gradient is not finite, and SNN_ERROR_CANCELLED */
gboolean snn_minibatch_compute (SnnMinibatch * batch, guint timestep, guint n,
    const SnnSample * samples, float *const *logits, const gint * cancel,
    double *loss, GError ** error);

/* snn_minibatch_n_passes: how many calls of the above @samples take. */
guint snn_minibatch_n_passes (const SnnMinibatch * batch, guint n,
    const SnnSample * samples);

/* snn_minibatch_has_labels: whether the one that was computed last had anything to
 * find; snn_minibatch_is_lost: if so, whether its gradient has nothing to speak of. */
gboolean snn_minibatch_has_labels (const SnnMinibatch * batch);
gboolean snn_minibatch_is_lost (const SnnMinibatch * batch);

/* snn_minibatch_clip: makes the gradient's norm @most at most. */
void snn_minibatch_clip (SnnMinibatch * batch, double most);

G_END_DECLS
