/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loss-kinds.h"

#include <math.h>

#include "../base/error.h"

/* Classification of whole samples: mean of -log softmax (x)[class]. */

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

static gboolean
check (SnnShape output, GError **error)
{
  if (output.height == 1 && output.width == 1)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "loss=cross-entropy is for networks that give a sample one class, with "
      "an output of 1x1, found an output of %ux%u (width x height): take "
      "loss=dice, bce or bce-dice for masks", output.width, output.height);
  return FALSE;
}

static SnnShape
target_shape (SnnShape output)
{
  return (SnnShape) { 1, 1, 1 };
}

static guint
n_classes (SnnShape output)
{
  return output.channels;
}

static guint
n_sums (SnnShape output)
{
  return 1;
}

static void
sum (const SnnLossKind *loss, SnnShape output, const float *logits,
    const guint8 *target, double *sums)
{
  sums[0] = softmax_entropy (output.channels, logits, *target, NULL);
}

static double
value (const SnnLossKind *loss, SnnShape output, guint n, const double *total)
{
  return total[0] / (double) n;
}

static void
gradient_of (const SnnLossKind *loss, SnnShape output, guint n,
    const double *total, const float *logits, const guint8 *target,
    float *gradient)
{
  const double share = 1. / (double) n;

  softmax_entropy (output.channels, logits, *target, gradient);
  gradient[*target] -= 1.f;
  for (guint c = 0; c < output.channels; c++)
    gradient[c] *= (float) share;
}

const SnnLossKind snn_loss_cross_entropy = {
  {"cross-entropy", "Softmax cross-entropy, for classification"},
  .classifies = TRUE,
  .check = check,
  .target = target_shape,
  .n_classes = n_classes,
  .n_sums = n_sums,
  .sum = sum,
  .value = value,
  .gradient = gradient_of,
};
