/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "optimizer.h"

#include <math.h>

#define BETA1 0.9
#define BETA2 0.999
#define EPSILON 1e-8

void
snn_adam_init (SnnAdam *adam, gsize n)
{
  *adam = (SnnAdam) {
    .n = n,
    .m = g_new0 (float, MAX (n, 1)),
    .v = g_new0 (float, MAX (n, 1)),
  };
}

void
snn_adam_clear (SnnAdam *adam)
{
  g_clear_pointer (&adam->m, g_free);
  g_clear_pointer (&adam->v, g_free);
}

void
snn_adam_reset (SnnAdam *adam)
{
  for (gsize i = 0; i < adam->n; i++)
    adam->m[i] = adam->v[i] = 0.f;
  adam->step = 0;
}

void
snn_adam_begin (SnnAdam *adam)
{
  adam->step++;
}

/* m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
 * w -= rate / (1 - b1^t) m / (sqrt (v / (1 - b2^t)) + epsilon) */
void
snn_adam_update (SnnAdam *adam, double rate, gsize first, gsize n,
    const float *restrict gradient, float *restrict weight)
{
  const float size =
      (float) (rate / (1. - pow (BETA1, (double) adam->step)));
  const float spread =
      (float) sqrt (1. - pow (BETA2, (double) adam->step));
  const float kept = (float) (1. - rate * adam->weight_decay);
  float *restrict m = adam->m + first, *restrict v = adam->v + first;

  for (gsize i = 0; i < n; i++) {
    const float g = gradient[i];

    m[i] = (float) BETA1 * m[i] + (float) (1. - BETA1) * g;
    v[i] = (float) BETA2 * v[i] + (float) (1. - BETA2) * g * g;
    weight[i] = weight[i] * kept
        - size * m[i] / (sqrtf (v[i]) / spread + (float) EPSILON);
  }
}
