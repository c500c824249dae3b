/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times what tests/peers/pytorch times, on inputs, weights and thresholds of the
 * same distributions, and prints the same line:
 *
 *   snn-bench MODE [--width W] [--batch B] [--timesteps T] [--threads N]
 *             [--reps R]
 */

#include <stdlib.h>
#include <sys/resource.h>

#include "benchmark.h"
#include "core/kernels/kernels.h"

static const BenchMode *const all_modes[] = {
  bench_network_modes,
  bench_encode_modes,
  bench_pipeline_modes,
  bench_probe_modes,
  bench_trained_modes,
};

static const BenchMode *
find_mode (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (all_modes); i++)
    for (const BenchMode *mode = all_modes[i]; mode->name; mode++)
      if (g_str_equal (mode->name, name))
        return mode;
  return NULL;
}

static gchar *
list_modes (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (all_modes); i++)
    for (const BenchMode *mode = all_modes[i]; mode->name; mode++)
      g_string_append_printf (list, "%s%s", list->len ? ", " : "", mode->name);
  return g_string_free (list, FALSE);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The median of the seconds that runs take, after one that is not timed. */
static double
time_runs (const BenchMode *mode, gpointer bench, guint reps)
{
  g_autofree double *times = g_new (double, reps);

  mode->run (bench);
  for (guint r = 0; r < reps; r++) {
    gint64 start = g_get_monotonic_time ();

    mode->run (bench);
    times[r] = (double) (g_get_monotonic_time () - start) / 1e6;
  }
  qsort (times, reps, sizeof *times, compare_doubles);
  return times[reps / 2];
}

double
bench_time (const BenchOptions *options)
{
  const BenchMode *mode = find_mode (options->mode);
  gpointer bench = mode->prepare (options);
  double seconds = time_runs (mode, bench, options->reps);

  mode->release (bench);
  return seconds;
}

static gboolean
parse (int *argc, char ***argv, BenchOptions *options, GError **error)
{
  gint width = 16, batch = 26, timesteps = 20, threads = 0, reps = 5;
  const GOptionEntry entries[] = {
    {"width", 0, 0, G_OPTION_ARG_INT, &width, "channels of the first level",
        "W"},
    {"batch", 0, 0, G_OPTION_ARG_INT, &batch, "slices a run", "B"},
    {"timesteps", 0, 0, G_OPTION_ARG_INT, &timesteps, "of a spiking network",
        "T"},
    {"threads", 0, 0, G_OPTION_ARG_INT, &threads, "0: one a processor", "N"},
    {"reps", 0, 0, G_OPTION_ARG_INT, &reps, "the median of so many", "R"},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("MODE");
  g_autofree gchar *modes = list_modes ();
  g_autofree gchar *summary = g_strdup_printf ("MODE: %s", modes);

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc != 2 || width < 1 || batch < 1 || timesteps < 1 || threads < 0
      || reps < 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "give one mode (%s) and positive numbers", modes);
    return FALSE;
  }
  *options = (BenchOptions) { (*argv)[1], (guint) width, (guint) batch,
    (guint) timesteps, threads ? (guint) threads : g_get_num_processors (),
    (guint) reps
  };
  return TRUE;
}

static void
print_time (const BenchMode *mode, const BenchOptions *options, double seconds)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  g_print (" width=%u batch=%u timesteps=%u threads=%u ms_per_slice=%.4g "
      "peak_MiB=%ld kernels=%s", options->width, options->batch,
      options->timesteps, options->threads,
      seconds * 1e3 / mode->batches / options->batch, usage.ru_maxrss / 1024,
      snn_kernels_get ()->name);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  const BenchMode *mode;
  BenchOptions options;
  gpointer bench;
  double seconds = 0.;

  if (!parse (&argc, &argv, &options, &error)) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  mode = find_mode (options.mode);
  if (!mode) {
    g_autofree gchar *modes = list_modes ();

    g_printerr ("%s is none of %s\n", options.mode, modes);
    return 1;
  }
  bench = mode->prepare (&options);
  g_print ("%s", options.mode);
  if (mode->batches > 0) {
    seconds = time_runs (mode, bench, options.reps);
    print_time (mode, &options, seconds);
  }
  if (mode->report)
    mode->report (bench, seconds);
  g_print ("\n");
  mode->release (bench);
  return 0;
}
