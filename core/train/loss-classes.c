/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loss-kinds.h"

#include <math.h>

/* Losses of classes: at each pixel the output's channels x have a prediction
 * p = softmax (x), and a label r that is 1 of its class c and 0 of the others. An
 * output of one pixel classifies the sample. They are weighted sums of two
 * parts,
 *
 *   the mean over pixels of -log p_c, and
 *   1 - mean over classes of (2 sum p r + e) / (sum p + sum r + e)
 *
 * (Milletari et al. 2016, for each class as in Drozdzal et al. 2016), where sums
 * are over the minibatch and the first channel, the background, is left out of
 * the mean: it is nearly all of an image and nearly always right. */

/* As of masks. */
#define EPSILON 1e-5

/* Where the prediction at labelled values is less than this on the average, so
 * is what the gradient of Dice alone says about them. */
#define LOST 1e-3

/* The sums: of -log p, and then for each class but the background. */
enum
{
  OVERLAP,                      /* p r */
  PREDICTED,                    /* p */
  TRUTH,                        /* r */
  N_SUMS,
};

static gsize
n_pixels (SnnShape output)
{
  return snn_shape_rows (output) * output.width;
}

/* Sums of class @c, from 1 on. */
static guint
sums_at (guint c)
{
  return 1 + (c - 1) * N_SUMS;
}

/* -log softmax(x)[target] of values @plane apart; p, dense, receives the softmax
 * when given. */
static double
softmax_entropy (guint classes, const float *x, gsize plane, guint target,
    float *p)
{
  double sum = 0.;
  float largest = x[0];

  for (guint c = 1; c < classes; c++)
    largest = MAX (largest, x[c * plane]);
  for (guint c = 0; c < classes; c++)
    sum += exp (x[c * plane] - largest);
  for (guint c = 0; p && c < classes; c++)
    p[c] = (float) (exp (x[c * plane] - largest) / sum);
  return target < classes ? log (sum) - (x[target * plane] - largest) : NAN;
}

static SnnShape
classes_target (SnnShape output)
{
  return (SnnShape) { 1, output.height, output.width, output.depth };
}

static guint
classes_n_classes (SnnShape output)
{
  return output.channels;
}

/* The second one counts pixels that are not background; a sample as a whole is of no
 * class that there is more of. */
static guint
entropy_n_sums (SnnShape output)
{
  return 2;
}

static void
entropy_sum (const SnnLossKind *loss, SnnShape output, const float *logits,
    const guint8 *target, double *sums)
{
  const gsize n = n_pixels (output);

  sums[0] = sums[1] = 0.;
  for (gsize i = 0; i < n; i++) {
    sums[0] += softmax_entropy (output.channels, logits + i, n, target[i],
        NULL);
    sums[1] += target[i] > 0 || n == 1;
  }
}

static gboolean
entropy_has_labels (SnnShape output, const double *total)
{
  return total[1] > 0.;
}

static double
entropy_value (const SnnLossKind *loss, SnnShape output, guint n,
    const double *total)
{
  return total[0] / ((double) n * (double) n_pixels (output));
}

static void
entropy_gradient (const SnnLossKind *loss, SnnShape output, guint n,
    const double *total, const float *logits, const guint8 *target,
    float *gradient)
{
  const gsize plane = n_pixels (output);
  const double share = 1. / ((double) n * (double) plane);
  g_autofree float *p = g_new (float, output.channels);

  for (gsize i = 0; i < plane; i++) {
    softmax_entropy (output.channels, logits + i, plane, target[i], p);
    p[target[i]] -= 1.f;
    for (guint c = 0; c < output.channels; c++)
      gradient[c * plane + i] = p[c] * (float) share;
  }
}

static guint
dice_n_sums (SnnShape output)
{
  return sums_at (output.channels);
}

static void
dice_sum (const SnnLossKind *loss, SnnShape output, const float *logits,
    const guint8 *target, double *sums)
{
  const gsize plane = n_pixels (output);
  g_autofree float *p = g_new (float, output.channels);

  for (guint i = 0; i < dice_n_sums (output); i++)
    sums[i] = 0.;
  for (gsize i = 0; i < plane; i++) {
    sums[0] += softmax_entropy (output.channels, logits + i, plane, target[i],
        p);
    for (guint c = 1; c < output.channels; c++)
      sums[sums_at (c) + PREDICTED] += p[c];
    if (target[i] > 0 && target[i] < output.channels) {
      sums[sums_at (target[i]) + OVERLAP] += p[target[i]];
      sums[sums_at (target[i]) + TRUTH] += 1.;
    }
  }
}

static double
dice_value (const SnnLossKind *loss, SnnShape output, guint n,
    const double *total)
{
  double dice = 0.;

  for (guint c = 1; c < output.channels; c++) {
    const double *sums = total + sums_at (c);

    dice += (2. * sums[OVERLAP] + EPSILON)
        / (sums[PREDICTED] + sums[TRUTH] + EPSILON);
  }
  return loss->entropy * entropy_value (loss, output, n, total)
      + loss->dice * (1. - dice / (output.channels - 1));
}

static gboolean
dice_has_labels (SnnShape output, const double *total)
{
  for (guint c = 1; c < output.channels; c++)
    if (total[sums_at (c) + TRUTH] > 0.)
      return TRUE;
  return FALSE;
}

/* None of the classes has a gradient left, of those that are there. */
static gboolean
dice_is_lost (SnnShape output, const double *total)
{
  for (guint c = 1; c < output.channels; c++) {
    const double *sums = total + sums_at (c);

    if (sums[TRUTH] > 0. && sums[OVERLAP] >= LOST * sums[TRUTH])
      return FALSE;
  }
  return TRUE;
}

/* With g = dL/dp, dL/dx_c = p_c (g_c - sum p g). */
static void
dice_gradient (const SnnLossKind *loss, SnnShape output, guint n,
    const double *total, const float *logits, const guint8 *target,
    float *gradient)
{
  const guint classes = output.channels;
  const gsize plane = n_pixels (output);
  const double share = loss->dice / (classes - 1);
  const float entropy = (float) (loss->entropy / ((double) n * (double) plane));
  g_autofree float *p = g_new (float, classes);
  g_autofree float *slope = g_new0 (float, classes);    /* where r is 0 ... */
  g_autofree float *label = g_new0 (float, classes);    /* ... what 1 adds */

  for (guint c = 1; c < classes; c++) {
    const double *sums = total + sums_at (c);
    const double sum = sums[PREDICTED] + sums[TRUTH] + EPSILON;

    slope[c] = (float) (share * (2. * sums[OVERLAP] + EPSILON) / (sum * sum));
    label[c] = (float) (-share * 2. / sum);
  }
  for (gsize i = 0; i < plane; i++) {
    const guint t = target[i];
    float mean = 0.f;

    softmax_entropy (classes, logits + i, plane, t, p);
    for (guint c = 0; c < classes; c++)
      mean += p[c] * slope[c];
    mean += p[t] * label[t];
    for (guint c = 0; c < classes; c++)
      gradient[c * plane + i] = entropy * (p[c] - (c == t ? 1.f : 0.f))
          + p[c] * (slope[c] + (c == t ? label[c] : 0.f) - mean);
  }
}

const SnnLossKind snn_loss_cross_entropy = {
  {"cross-entropy", "Mean cross-entropy of a softmax over classes"},
  .target = classes_target,
  .n_classes = classes_n_classes,
  .n_sums = entropy_n_sums,
  .sum = entropy_sum,
  .value = entropy_value,
  .has_labels = entropy_has_labels,
  .gradient = entropy_gradient,
};

#define DICE(entropy_weight, dice_weight) \
  .couples = TRUE, \
  .target = classes_target, \
  .n_classes = classes_n_classes, \
  .n_sums = dice_n_sums, \
  .sum = dice_sum, \
  .value = dice_value, \
  .has_labels = dice_has_labels, \
  .gradient = dice_gradient, \
  .entropy = (entropy_weight), \
  .dice = (dice_weight)

const SnnLossKind snn_loss_class_dice = {
  {"dice", "1 - mean soft Dice of the classes over the minibatch"},
  DICE (0., 1.),
  .is_lost = dice_is_lost,
};

/* Weighted as in nnU-Net (Isensee et al. 2021). */
const SnnLossKind snn_loss_ce_dice = {
  {"ce-dice", "Cross-entropy of classes + 1 - mean of their Dice"},
  DICE (1., 1.)
};
