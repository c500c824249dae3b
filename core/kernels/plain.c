/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels.h"

#include <math.h>

/* The kernels as one would write them down: what the fast ones are held to. */

static void
plain_product (const SnnProduct *p)
{
  for (guint f = 0; f < p->frames; f++)
    for (guint row = 0; row < p->rows; row++)
      for (guint pixel = 0; pixel < p->pixels; pixel++) {
        const float *x = p->x + f * p->x_frame + row * p->x_row
            + pixel * p->x_pixel;
        float *y = p->y + f * p->y_frame + row * p->y_row + pixel * p->y_pixel;

        for (guint o = 0; o < p->out; o++) {
          const float *w = p->w + o;
          float sum = p->accumulate ? y[o] : 0.f;

          for (guint tap = 0; tap < p->n_taps; tap++)
            for (guint i = 0; i < p->in; i++, w += p->out)
              sum = fmaf (x[p->taps[tap] + i], *w, sum);
          y[o] = sum;
        }
      }
}

static void
plain_outer (const SnnOuter *p)
{
  float *dw = p->dw;

  for (guint tap = 0; tap < p->n_taps; tap++)
    for (guint i = 0; i < p->in; i++)
      for (guint o = 0; o < p->out; o++) {
        float sum = 0.f;

        for (guint row = 0; row < p->rows; row++)
          for (guint pixel = 0; pixel < p->pixels; pixel++)
            sum = fmaf (p->x[row * p->x_row + pixel * p->x_pixel
                    + p->taps[tap] + i],
                p->dy[row * p->y_row + pixel * p->y_pixel + o], sum);
        *dw++ += sum;
      }
}

static void
plain_spike_outer (const SnnSpikeOuter *p)
{
  float *dw = p->dw;

  for (guint tap = 0; tap < p->n_taps; tap++)
    for (guint i = 0; i < p->in; i++)
      for (guint o = 0; o < p->out; o++, dw++) {
        float sum = 0.f;

        for (guint row = 0; row < p->rows; row++)
          for (guint pixel = 0; pixel < p->pixels; pixel++) {
            guint8 x = p->x[row * p->x_row + pixel * p->x_pixel + i];
            const float *dy = p->dy + row * p->y_row + pixel * p->y_pixel;

            if (x)
              sum = fmaf (x, dy[p->taps[tap] + o], sum);
          }
        *dw = fmaf (p->factor, sum, *dw);
      }
}

static guint
plain_fire (const SnnFire *p)
{
  guint spikes = 0;

  for (gsize i = 0; i < p->n; i++) {
    float v = p->threshold[i];
    float u = p->leak ? fmaf (p->leak[i], p->membrane[i], p->current[i])
        : p->membrane[i] + p->current[i];
    float spike = u > v ? 1.f : 0.f, distance = u - v;

    if (p->net && p->net[i] > 0.f && !(u > v)) {
      distance = fminf (u, 0.f);
      spike = u < 0.f ? -1.f : 0.f;
    }
    if (p->net)
      p->net[i] += spike;
    if (p->surrogate) {
      float height = fmaf (-fabsf (distance), p->slope[i], 1.f);

      p->surrogate[i] = p->scale[i] * fmaxf (height, 0.f);
    }
    p->membrane[i] = p->reset && u > v ? p->reset[i] : u - v * spike;
    p->current[i] = spike;
    spikes += spike != 0.f;
  }
  return spikes;
}

static void
plain_fire_backward (const SnnFireBackward *p)
{
  for (gsize i = 0; i < p->n; i++) {
    float height = fmaf (-fabsf (p->distance[i]), p->slope[i], 1.f);
    gboolean was_set = p->resets && p->distance[i] > 0.f;

    p->gradient[i] = fmaf (p->gradient[i], p->scale[i] * fmaxf (height, 0.f),
        was_set ? 0.f : p->carry[i]);
    p->carry[i] = p->leak ? p->leak[i] * p->gradient[i] : p->gradient[i];
  }
}

const SnnKernels snn_kernels_plain = {
  .name = "plain",
  .panel = 0,
  .product = plain_product,
  .sparse_product = plain_product,
  .outer = plain_outer,
  .spike_outer = plain_spike_outer,
  .fire = plain_fire,
  .fire_backward = plain_fire_backward,
  .poisson = snn_poisson_plain,
  .spiking = &snn_spiking_plain,
};
