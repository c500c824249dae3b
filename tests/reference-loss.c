/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reference-network.h"

#include <math.h>

/* Of softmaxes over @classes at @plane pixels: a cross-entropy, mean over all
 * pixels, + b (1 - mean Dice of the classes but the first). */
static double
class_loss (double a, double b, guint n, double *const *logits, guint classes,
    gsize plane, const SnnSample *samples, double *const *dlogits)
{
  const double pixels = (double) (n * plane);
  g_autofree double *overlap = g_new (double, classes);
  g_autofree double *sum = g_new (double, classes);
  double *p = g_new (double, n * plane * classes);
  double entropy = 0., dice = 0.;

  for (guint c = 0; c < classes; c++)
    overlap[c] = sum[c] = 1e-5;
  for (gsize k = 0; k < n * plane; k++) {
    const double *x = logits[k / plane] + k % plane;
    const guint label = samples[k / plane].target[k % plane];
    double total = 0.;

    for (guint c = 0; c < classes; c++)
      total += exp (x[c * plane]);
    for (guint c = 0; c < classes; c++) {
      double r = c == label ? 1. : 0.;

      p[k * classes + c] = exp (x[c * plane]) / total;
      overlap[c] += 2. * p[k * classes + c] * r;
      sum[c] += p[k * classes + c] + r;
    }
    entropy -= log (p[k * classes + label]) / pixels;
  }
  for (guint c = 1; c < classes; c++)
    dice += overlap[c] / sum[c] / (classes - 1);
  for (gsize k = 0; dlogits && k < n * plane; k++) {
    const guint label = samples[k / plane].target[k % plane];

    /* dp_d / dx_c = p_d ([c = d] - p_c) */
    for (guint c = 0; c < classes; c++) {
      double *slope = &dlogits[k / plane][c * plane + k % plane];
      const double *q = p + k * classes;

      *slope = a * (q[c] - (c == label ? 1. : 0.)) / pixels;
      for (guint d = 1; d < classes; d++)
        *slope -= b / (classes - 1)
            * ((d == label ? 2. : 0.) * sum[d] - overlap[d])
            / (sum[d] * sum[d]) * q[d] * ((c == d ? 1. : 0.) - q[c]);
    }
  }
  g_free (p);
  return a * entropy + b * (1. - dice);
}

/* a BCE + b Dice, eq. 6 and 7, over all values of the minibatch. */
static double
segmentation_loss (SnnLoss which, guint n, double *const *logits, gsize size,
    const SnnSample *samples, double *const *dlogits)
{
  const double a = which == SNN_LOSS_BCE ? 1. : which == SNN_LOSS_DICE ? 0.
      : 0.3;
  const double b = which == SNN_LOSS_BCE ? 0. : which == SNN_LOSS_DICE ? 1.
      : 0.7;
  double bce = 0., overlap = 1e-5, sum = 1e-5;

  for (guint s = 0; s < n; s++)
    for (gsize k = 0; k < size; k++) {
      double x = logits[s][k];
      double p = 1. / (1. + exp (-x));
      double r = samples[s].target[k];

      /* log p and log (1 - p), which has no digits left where p is about 1 */
      bce += (r * log1p (exp (-x)) + (1. - r) * log1p (exp (x)))
          / (double) (n * size);
      overlap += 2. * p * r;
      sum += p + r;
    }
  for (guint s = 0; dlogits && s < n; s++)
    for (gsize k = 0; k < size; k++) {
      double p = 1. / (1. + exp (-logits[s][k]));
      double r = samples[s].target[k];

      dlogits[s][k] = a * (p - r) / (double) (n * size)
          - b * (2. * r * sum - overlap) / (sum * sum) * p * (1. - p);
    }
  return a * bce + b * (1. - overlap / sum);
}

double
reference_loss (const SnnNetwork *network, const SnnTrainingSettings *settings,
    guint n, double *const *logits, const SnnSample *samples,
    double *const *dlogits)
{
  const SnnShape output = snn_network_output (network);
  const gsize plane = snn_shape_size (output) / output.channels;

  if (settings->loss == SNN_LOSS_CROSS_ENTROPY)
    return class_loss (1., 0., n, logits, output.channels, plane, samples,
        dlogits);
  if (settings->loss == SNN_LOSS_CE_DICE)
    return class_loss (1., 1., n, logits, output.channels, plane, samples,
        dlogits);
  if (settings->loss == SNN_LOSS_DICE && output.channels > 1)
    return class_loss (0., 1., n, logits, output.channels, plane, samples,
        dlogits);
  return segmentation_loss (settings->loss, n, logits,
      snn_shape_size (output), samples, dlogits);
}
