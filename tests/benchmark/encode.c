/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* encode: Poisson spikes of a batch, on one core. */

#include "benchmark.h"

#include <snn/encode/encode.h>
#include <snn/base/random.h>

typedef struct
{
  BenchOptions options;
  float *images;
  gint8 *spikes;                /* of one slice */
} Bench;

static gpointer
prepare (const BenchOptions *options)
{
  const gsize n = (gsize) options->batch * BENCH_SIZE;
  Bench *b = g_new0 (Bench, 1);
  SnnRandom random;

  b->options = *options;
  b->images = g_new (float, n);
  b->spikes = g_new (gint8, (gsize) options->timesteps * BENCH_SIZE);
  snn_random_init (&random, 0, SNN_RANDOM_PHANTOM, 0);
  for (gsize i = 0; i < n; i++)
    b->images[i] =
        (float) ((2. * snn_random_double (&random) - 1.) * BENCH_BRIGHTEST);
  return b;
}

static void
run (gpointer bench)
{
  Bench *b = bench;

  for (guint s = 0; s < b->options.batch; s++)
    snn_encode_poisson (0, s, 0, b->images + (gsize) s * BENCH_SIZE,
        BENCH_SIZE, 0, b->options.timesteps, b->spikes);
}

static void
report (gpointer bench, double seconds)
{
  const BenchOptions *options = &((Bench *) bench)->options;

  g_print (" decisions_per_second=%.3g",
      (double) options->batch * options->timesteps * BENCH_SIZE / seconds);
}

static void
release (gpointer bench)
{
  Bench *b = bench;

  g_free (b->images);
  g_free (b->spikes);
  g_free (b);
}

const BenchMode bench_encode_modes[] = {
  {"encode", 1, prepare, run, report, release},
  {NULL}
};
