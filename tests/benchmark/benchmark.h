/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/graph/network.h>
#include <snn/run/engine.h>

G_BEGIN_DECLS

/* Slices are of the paper's size, with one channel, and so are volumes. */
enum
{
  BENCH_HEIGHT = 56,
  BENCH_WIDTH = 48,
  BENCH_SIZE = BENCH_HEIGHT * BENCH_WIDTH,
  BENCH_DEPTH = 32,
};

/* Values of images are uniform from 0 to this. */
#define BENCH_BRIGHTEST 0.6

/* What every mode is told; 0 threads are one a processor. */
typedef struct
{
  const gchar *mode;
  guint width;
  guint batch;
  guint timesteps;
  guint threads;
  guint reps;
} BenchOptions;

/**
 * BenchMode:
 * @name: as given on the command line
 * @batches: how many a run works on; 0 where nothing is timed but all is in
 *   @report
 * @prepare: makes all that is not to be timed
 * @run: what is timed: the work on @batches batches
 * @report: (nullable): prints more about the last run, of @seconds in the
 *   median, as " key=value"
 */
typedef struct
{
  const gchar *name;
  guint batches;
  gpointer (*prepare) (const BenchOptions * options);
  void (*run) (gpointer bench);
  void (*report) (gpointer bench, double seconds);
  void (*release) (gpointer bench);
} BenchMode;

/* The modes, up to one without a name. */
extern const BenchMode bench_network_modes[];
extern const BenchMode bench_encode_modes[];
extern const BenchMode bench_pipeline_modes[];
extern const BenchMode bench_probe_modes[];
extern const BenchMode bench_trained_modes[];

/* bench_new_network: that of tests/peers/unet.py, with its thresholds where @spiking;
 * of volumes where the mode's name ends in "3d". */
SnnNetwork *bench_new_network (const BenchOptions * options, gboolean spiking);

/* bench_count_spikes: neurons of @network, and of a spiking one what they spiked in
 * @batch samples, by their @states. */
void bench_count_spikes (const SnnNetwork * network, guint batch,
    SnnState * const *states, double *neurons, double *spikes);

/* bench_time: the seconds of a run of another mode, @options->mode. */
double bench_time (const BenchOptions * options);

G_END_DECLS
