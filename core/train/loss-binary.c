/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loss-kinds.h"

#include <math.h>

/* Losses of masks: each output value x has a prediction s = 1 / (1 + exp (-x))
 * and a label r, 0 or 1. They are weighted sums of two parts, mean
 * cross-entropy and soft Dice. */

/* The smoothing of Yue et al. 2023, section 3.2. */
#define EPSILON 1e-5

/* Where the prediction at labelled values is less than this on the average, so
 * is what the gradient of Dice alone says about them. Where the input is nothing a prediction
 * is 1/2 whatever the weights, so that the others say nothing. */
#define LOST 1e-3

enum
{
  ENTROPY,                      /* -r log s - (1 - r) log (1 - s) */
  OVERLAP,                      /* s r */
  PREDICTED,                    /* s */
  TRUTH,                        /* r */
  N_SUMS,
};

static float
sigmoid (float x)
{
  return 1.f / (1.f + expf (-x));
}

static SnnShape
binary_target (SnnShape output)
{
  return output;
}

static guint
binary_n_classes (SnnShape output)
{
  return 2;
}

static guint
binary_n_sums (SnnShape output)
{
  return N_SUMS;
}

static void
binary_sum (const SnnLossKind *loss, SnnShape output, const float *logits,
    const guint8 *target, double *sums)
{
  const gsize n = snn_shape_size (output);

  for (guint i = 0; i < N_SUMS; i++)
    sums[i] = 0.;
  for (gsize i = 0; i < n; i++) {
    float x = logits[i], s = sigmoid (x), r = target[i] ? 1.f : 0.f;

    /* Without overflow. */
    sums[ENTROPY] += fmaxf (x, 0.f) - x * r + log1pf (expf (-fabsf (x)));
    sums[OVERLAP] += s * r;
    sums[PREDICTED] += s;
    sums[TRUTH] += r;
  }
}

static double
n_values (SnnShape output, guint n)
{
  return (double) (n * snn_shape_size (output));
}

static double
binary_value (const SnnLossKind *loss, SnnShape output, guint n,
    const double *total)
{
  double entropy = total[ENTROPY] / n_values (output, n);
  double dice = 1. - (2. * total[OVERLAP] + EPSILON)
      / (total[PREDICTED] + total[TRUTH] + EPSILON);

  return loss->entropy * entropy + loss->dice * dice;
}

static gboolean
binary_has_labels (SnnShape output, const double *total)
{
  return total[TRUTH] > 0.;
}

static gboolean
dice_is_lost (SnnShape output, const double *total)
{
  return total[OVERLAP] < LOST * total[TRUTH];
}

static void
binary_gradient (const SnnLossKind *loss, SnnShape output, guint n,
    const double *total, const float *logits, const guint8 *target,
    float *gradient)
{
  const gsize size = snn_shape_size (output);
  const double share = 1. / n_values (output, n);
  const double sum = loss->dice > 0.
      ? total[PREDICTED] + total[TRUTH] + EPSILON : 1.;
  const double common = loss->dice > 0. ? 2. * total[OVERLAP] + EPSILON : 0.;
  /* d dice / ds = overlap_slope - truth_slope r */
  const float entropy_slope = (float) (loss->entropy * share);
  const float truth_slope = (float) (loss->dice * 2. / sum);
  const float overlap_slope = (float) (loss->dice * common / (sum * sum));

  for (gsize i = 0; i < size; i++) {
    float s = sigmoid (logits[i]), r = target[i] ? 1.f : 0.f;

    gradient[i] = entropy_slope * (s - r)
        + (overlap_slope - truth_slope * r) * s * (1.f - s);
  }
}

#define BINARY(entropy_weight, dice_weight) \
  .couples = (dice_weight) > 0., \
  .target = binary_target, \
  .n_classes = binary_n_classes, \
  .n_sums = binary_n_sums, \
  .sum = binary_sum, \
  .value = binary_value, \
  .has_labels = binary_has_labels, \
  .gradient = binary_gradient, \
  .entropy = (entropy_weight), \
  .dice = (dice_weight)

const SnnLossKind snn_loss_bce = {
  {"bce", "Mean binary cross-entropy"}, BINARY (1., 0.)
};

const SnnLossKind snn_loss_dice = {
  {"dice", "1 - soft Dice over the minibatch"}, BINARY (0., 1.),
  .is_lost = dice_is_lost,
};

const SnnLossKind snn_loss_bce_dice = {
  {"bce-dice", "0.3 binary cross-entropy + 0.7 Dice"}, BINARY (0.3, 0.7)
};
