/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probability.h"

#include <math.h>

void
snn_sigmoid (float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    values[i] = 1.f / (1.f + expf (-values[i]));
}

guint
snn_largest (const float *values, guint channels, gsize plane, gsize at)
{
  guint largest = 0;

  for (guint c = 1; c < channels; c++)
    if (values[c * plane + at] > values[largest * plane + at])
      largest = c;
  return largest;
}

static void
softmax (float *values, guint channels, gsize plane)
{
  float largest = values[0];
  double sum = 0.;

  for (guint c = 1; c < channels; c++)
    largest = MAX (largest, values[c * plane]);
  for (guint c = 0; c < channels; c++) {
    values[c * plane] = expf (values[c * plane] - largest);
    sum += values[c * plane];
  }
  for (guint c = 0; c < channels; c++)
    values[c * plane] = (float) (values[c * plane] / sum);
}

void
snn_softmax (float *values, guint channels, gsize plane)
{
  for (gsize i = 0; i < plane; i++)
    softmax (values + i, channels, plane);
}
