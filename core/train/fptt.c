/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fptt.h"

#include <string.h>

void
snn_fptt_init (SnnFptt *fptt, double alpha, gsize n)
{
  *fptt = (SnnFptt) {
    .alpha = alpha,
    .n = n,
    .mean = g_new0 (float, MAX (n, 1)),
    .last = g_new0 (float, MAX (n, 1)),
  };
}

void
snn_fptt_clear (SnnFptt *fptt)
{
  g_clear_pointer (&fptt->mean, g_free);
  g_clear_pointer (&fptt->last, g_free);
}

void
snn_fptt_begin (SnnFptt *fptt, const float *weights)
{
  memcpy (fptt->mean, weights, fptt->n * sizeof *weights);
  memset (fptt->last, 0, fptt->n * sizeof *fptt->last);
}

/* d/dW of the second term is alpha (W - W') - g / 2. */
void
snn_fptt_regularise (SnnFptt *fptt, const float *weights, float *gradient)
{
  const float alpha = (float) fptt->alpha;

  for (gsize i = 0; i < fptt->n; i++) {
    const float g = gradient[i];

    gradient[i] += alpha * (weights[i] - fptt->mean[i]) - 0.5f * fptt->last[i];
    fptt->last[i] = g;
  }
}

void
snn_fptt_follow (SnnFptt *fptt, const float *weights)
{
  const float share = (float) (0.5 / fptt->alpha);

  for (gsize i = 0; i < fptt->n; i++)
    fptt->mean[i] = 0.5f * (fptt->mean[i] + weights[i])
        - share * fptt->last[i];
}
