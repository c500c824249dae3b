/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loss.h"

#include <math.h>

/* The smoothing of Yue et al. 2023, section 3.2. */
#define EPSILON 1e-5

/* What each of the two parts counts for in a loss. */
static double
entropy_weight (SnnLoss loss)
{
  return loss == SNN_LOSS_DICE ? 0. : loss == SNN_LOSS_BCE_DICE ? 0.3 : 1.;
}

static double
dice_weight (SnnLoss loss)
{
  return loss == SNN_LOSS_DICE ? 1. : loss == SNN_LOSS_BCE_DICE ? 0.7 : 0.;
}

static float
sigmoid (float x)
{
  return 1.f / (1.f + expf (-x));
}

/* -log softmax(x)[target]; p receives the softmax when given. */
static double
softmax_entropy (guint classes, const float *x, guint target, float *p)
{
  double sum = 0.;
  float largest = x[0];

  for (guint c = 1; c < classes; c++)
    largest = MAX (largest, x[c]);
  for (guint c = 0; c < classes; c++)
    sum += exp (x[c] - largest);
  for (guint c = 0; p && c < classes; c++)
    p[c] = (float) (exp (x[c] - largest) / sum);
  return target < classes ? log (sum) - (x[target] - largest) : NAN;
}

gboolean
snn_loss_couples (SnnLoss loss)
{
  return dice_weight (loss) > 0.;
}

gsize
snn_loss_n_values (SnnLoss loss, SnnShape shape)
{
  return loss == SNN_LOSS_CROSS_ENTROPY ? 1 : snn_shape_size (shape);
}

SnnLossSums
snn_loss_sum (SnnLoss loss, SnnShape shape, const float *logits,
    const guint8 *target)
{
  SnnLossSums sums = {.n_values = snn_loss_n_values (loss, shape) };

  if (loss == SNN_LOSS_CROSS_ENTROPY) {
    sums.entropy = softmax_entropy (shape.channels, logits, *target, NULL);
    return sums;
  }
  for (gsize i = 0; i < sums.n_values; i++) {
    float x = logits[i], s = sigmoid (x), r = target[i] ? 1.f : 0.f;

    /* -r log s - (1 - r) log (1 - s), without overflow */
    sums.entropy += fmaxf (x, 0.f) - x * r + log1pf (expf (-fabsf (x)));
    sums.overlap += s * r;
    sums.predicted += s;
    sums.truth += r;
  }
  return sums;
}

void
snn_loss_sums_add (SnnLossSums *total, const SnnLossSums *sums)
{
  total->entropy += sums->entropy;
  total->overlap += sums->overlap;
  total->predicted += sums->predicted;
  total->truth += sums->truth;
  total->n_values += sums->n_values;
}

double
snn_loss_value (SnnLoss loss, const SnnLossSums *total)
{
  double entropy = total->entropy / (double) total->n_values;
  double dice = 1. - (2. * total->overlap + EPSILON)
      / (total->predicted + total->truth + EPSILON);

  return entropy_weight (loss) * entropy + dice_weight (loss) * dice;
}

void
snn_loss_gradient (SnnLoss loss, const SnnLossSums *total, SnnShape shape,
    const float *logits, const guint8 *target, float *gradient)
{
  const double sum = total->predicted + total->truth + EPSILON;
  const double share = 1. / (double) total->n_values;
  /* d dice / ds = overlap_slope - truth_slope r */
  const float entropy_slope = (float) (entropy_weight (loss) * share);
  const float truth_slope = (float) (dice_weight (loss) * 2. / sum);
  const float overlap_slope = (float) (dice_weight (loss)
      * (2. * total->overlap + EPSILON) / (sum * sum));
  gsize n = snn_shape_size (shape);

  if (loss == SNN_LOSS_CROSS_ENTROPY) {
    softmax_entropy (shape.channels, logits, *target, gradient);
    gradient[*target] -= 1.f;
    for (guint c = 0; c < shape.channels; c++)
      gradient[c] *= (float) share;
    return;
  }
  for (gsize i = 0; i < n; i++) {
    float s = sigmoid (logits[i]), r = target[i] ? 1.f : 0.f;

    gradient[i] = entropy_slope * (s - r)
        + (overlap_slope - truth_slope * r) * s * (1.f - s);
  }
}
