/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "training.h"

G_BEGIN_DECLS

/* Losses of a minibatch in two passes, so that samples can be worked on in
 * parallel: sums of each sample, added in sample order; then each gradient. */

/**
 * SnnLossSums:
 *
 * Sums over pixels: cross-entropy, s r, s and r, for prediction s and mask r.
 */
typedef struct
{
  double entropy;
  double overlap;
  double predicted;
  double truth;
  gsize n_values;
} SnnLossSums;

/* snn_loss_couples: whether a sample's gradient depends on the other samples of
 * its minibatch by more than their number. */
gboolean snn_loss_couples (SnnLoss loss);

/* snn_loss_n_values: of one sample. */
gsize snn_loss_n_values (SnnLoss loss, SnnShape shape);

/* snn_loss_sum: of one sample; @logits [channels][height][width] of @shape. */
SnnLossSums snn_loss_sum (SnnLoss loss, SnnShape shape, const float *logits,
    const guint8 * target);

void snn_loss_sums_add (SnnLossSums * total, const SnnLossSums * sums);

/* snn_loss_value: of the whole minibatch. */
double snn_loss_value (SnnLoss loss, const SnnLossSums * total);

/* snn_loss_gradient: dL/dlogit of one sample. Where samples are not coupled,
 * of @total only the number of values counts. */
void snn_loss_gradient (SnnLoss loss, const SnnLossSums * total,
    SnnShape shape, const float *logits, const guint8 * target,
    float *gradient);

G_END_DECLS
