/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/name.h"
#include "../graph/network.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* What training minimises. A loss of a minibatch is computed in two passes, so
 * that samples can be worked on in parallel: sums of each sample, which are
 * added in sample order; and then the gradient of each sample, of the total.
 *
 * A new loss is a struct of the functions below in a file loss-NAME.c, its
 * declaration in loss-kinds.h, a value in SnnLoss and a row in loss.c. A network
 * of one channel predicts a mask, one of several a class, the first of which is
 * the background: what a loss is may differ. */

typedef enum
{
  SNN_LOSS_BCE,                 /* mean binary cross-entropy, eq. 6 of Yue et al. */
  SNN_LOSS_DICE,                /* 1 - (2 sum sr + e) / (sum s + sum r + e), e = 1e-5, over the batch; eq. 7.
                                 * Of classes: softmax, and the mean over them */
  SNN_LOSS_BCE_DICE,            /* 0.3 BCE + 0.7 Dice */
  SNN_LOSS_CROSS_ENTROPY,       /* softmax over channels, mean over pixels */
  SNN_LOSS_CE_DICE,             /* cross-entropy + Dice of classes */
} SnnLoss;

typedef struct _SnnLossKind SnnLossKind;

/**
 * SnnLossKind:
 * @couples: whether a sample's gradient depends on the other samples of its
 *   minibatch by more than their number
 * @target: shape of a sample's label, a byte a value, for this output
 * @n_classes: how many values a label has, from 0 on
 * @n_sums: how many sums there are
 * @sum: of one sample, whose @logits are [channels][height][width] of @output;
 *   sets all of @sums. A label out of range makes NAN of one of them
 * @value: of @n samples with the sums @total
 * @has_labels: whether there was anything to find in samples with these sums. Where
 *   there was not, a network that finds nothing says nothing about itself
 * @is_lost: (nullable): whether predictions with these sums, where there were labels,
 *   are so far from them that there is no gradient to speak of; %NULL: there always
 *   is one, as that of cross-entropy is the larger the farther they are
 * @gradient: dL/dlogit of one of them. Where samples are not coupled only
 *   their number counts, and @total may be anything
 */
struct _SnnLossKind
{
  SnnName name;
  gboolean couples;
  SnnShape (*target) (SnnShape output);
  guint (*n_classes) (SnnShape output);
  guint (*n_sums) (SnnShape output);
  void (*sum) (const SnnLossKind * loss, SnnShape output,
      const float *logits, const guint8 * target, double *sums);
  double (*value) (const SnnLossKind * loss, SnnShape output, guint n,
      const double *total);
  gboolean (*has_labels) (SnnShape output, const double *total);
  gboolean (*is_lost) (SnnShape output, const double *total);
  void (*gradient) (const SnnLossKind * loss, SnnShape output, guint n,
      const double *total, const float *logits, const guint8 * target,
      float *gradient);
  double entropy;               /* what a part counts for, where it is a sum */
  double dice;
};

/* snn_loss_kind: what @loss is for networks with this output; %NULL with
 * SNN_ERROR_MISMATCH where it can't train such a network. */
const SnnLossKind *snn_loss_kind (guint loss, SnnShape output,
    GError ** error);

/* snn_loss_name: (nullable): its name, of losses from 0 on. */
const SnnName *snn_loss_name (guint loss);

/* snn_loss_classifies: whether networks with this output give a sample as a
 * whole one class, rather than each pixel a value. */
gboolean snn_loss_classifies (SnnShape output);

SNN_END_DECLS
