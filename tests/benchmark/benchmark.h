/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Slices are of the paper's size, with one channel. */
enum
{
  BENCH_HEIGHT = 56,
  BENCH_WIDTH = 48,
  BENCH_SIZE = BENCH_HEIGHT * BENCH_WIDTH,
};

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
 * @prepare: makes all that is not to be timed
 * @run: what is timed: the work on one batch
 * @report: (nullable): prints more about the last run, of @seconds in the
 *   median, as " key=value"
 */
typedef struct
{
  const gchar *name;
  gpointer (*prepare) (const BenchOptions * options);
  void (*run) (gpointer bench);
  void (*report) (gpointer bench, double seconds);
  void (*release) (gpointer bench);
} BenchMode;

/* The modes, up to one without a name. */
extern const BenchMode bench_network_modes[];
extern const BenchMode bench_encode_modes[];

G_END_DECLS
