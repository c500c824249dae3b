/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels.h"

#include <cblas.h>
#include <string.h>

/* OpenBLAS, for CPUs that we have no kernels for. Each row of pixels is laid
 * out as a matrix (im2col) and multiplied. The shape of a call is that of the
 * layer and never depends on how many frames are worked on, so that results
 * don't either. */

/* Parallelism is ours, over samples: products by several threads at once would
 * each start as many of OpenBLAS's. Its number of threads is a setting of the
 * process, which is touched by the first product and only where these kernels
 * are in use. */
static void
use_one_thread (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    openblas_set_num_threads (1);
    g_once_init_leave (&once, 1);
  }
}

/* A row's matrix [pixels][n_taps * in]; taps are contiguous runs. */
static void
lay_out (float *matrix, const float *x, guint pixels, gsize x_pixel,
    guint n_taps, const gsize *taps, guint in)
{
  for (guint pixel = 0; pixel < pixels; pixel++)
    for (guint tap = 0; tap < n_taps; tap++, matrix += in)
      memcpy (matrix, x + pixel * x_pixel + taps[tap], in * sizeof *matrix);
}

static void
blas_product (const SnnProduct *p)
{
  gsize k = (gsize) p->n_taps * p->in;
  g_autofree float *matrix = g_new (float, p->pixels * k);

  use_one_thread ();
  for (guint f = 0; f < p->frames; f++)
    for (guint row = 0; row < p->rows; row++) {
      lay_out (matrix, p->x + f * p->x_frame + row * p->x_row, p->pixels,
          p->x_pixel, p->n_taps, p->taps, p->in);
      cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, p->pixels, p->out,
          k, 1.f, matrix, k, p->w, p->out, p->accumulate ? 1.f : 0.f,
          p->y + f * p->y_frame + row * p->y_row, p->y_pixel);
    }
}

static void
blas_outer (const SnnOuter *p)
{
  gsize k = (gsize) p->n_taps * p->in;
  g_autofree float *matrix = g_new (float, p->pixels * k);

  use_one_thread ();
  for (guint row = 0; row < p->rows; row++) {
    lay_out (matrix, p->x + row * p->x_row, p->pixels, p->x_pixel, p->n_taps,
        p->taps, p->in);
    cblas_sgemm (CblasRowMajor, CblasTrans, CblasNoTrans, k, p->out,
        p->pixels, 1.f, matrix, k, p->dy + row * p->y_row, p->y_pixel, 1.f,
        p->dw, p->out);
  }
}

static void
blas_spike_outer (const SnnSpikeOuter *outer)
{
  snn_kernels_plain.spike_outer (outer);
}

static guint
blas_fire (const SnnFire *fire)
{
  return snn_kernels_plain.fire (fire);
}

static void
blas_fire_backward (const SnnFireBackward *fire)
{
  snn_kernels_plain.fire_backward (fire);
}

const SnnKernels snn_kernels_blas = {
  .name = "blas",
  .panel = 0,
  .product = blas_product,
  .sparse_product = blas_product,
  .outer = blas_outer,
  .spike_outer = blas_spike_outer,
  .fire = blas_fire,
  .fire_backward = blas_fire_backward,
  .poisson = snn_poisson_plain,
  .spiking = &snn_spiking_plain,
};
