/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* pipeline: niftisrc ! voxelnormalize ! poissonencoder ! snninference !
 * dicesink from files to the report, on volumes whose slices have the values
 * that snn-infer has. Tells the share of snn-infer's speed. */

#include "benchmark.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <gst/gst.h>

#include <snn/files/model-file.h>
#include <snn/volumes/nifti-write.h>
#include <snn/base/random.h>

/* Volumes have a batch of slices each. */
#define VOLUMES 4

typedef struct
{
  BenchOptions options;
  gchar *folder;
} Bench;

static void
check (gboolean done, GError *error)
{
  if (!done)
    g_error ("%s", error->message);
}

/* Values are uniform in [0, 1), and one in ten voxels belongs to the mask. */
static void
write_volume (const Bench *b, guint index)
{
  g_autofree gchar *subject = g_strdup_printf ("noise-%u", index);
  g_autofree gchar *image =
      g_strdup_printf ("%s/images/%s.nii", b->folder, subject);
  g_autofree gchar *label =
      g_strdup_printf ("%s/labels/%s.nii", b->folder, subject);
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new (subject);
  const gsize n = (gsize) b->options.batch * BENCH_SIZE;
  g_autofree float *values = g_new (float, n);
  g_autofree guint8 *mask = g_new (guint8, n);
  GError *error = NULL;
  SnnRandom random;

  info->dims[0] = b->options.batch;
  info->dims[1] = BENCH_WIDTH;
  info->dims[2] = BENCH_HEIGHT;
  snn_random_init (&random, 0, SNN_RANDOM_PHANTOM, index);
  for (gsize i = 0; i < n; i++) {
    values[i] = (float) snn_random_double (&random);
    mask[i] = snn_random_double (&random) > 0.9;
  }
  check (snn_nifti_write (image, info, SNN_NIFTI_PROBABILITY, values, &error),
      error);
  check (snn_nifti_write (label, info, SNN_NIFTI_MASK, mask, &error), error);
}

static gpointer
prepare (const BenchOptions *options)
{
  Bench *b = g_new0 (Bench, 1);
  SnnNetwork *network = bench_new_network (options, TRUE);
  GError *error = NULL;

  b->options = *options;
  b->folder = g_dir_make_tmp ("snn-bench-XXXXXX", &error);
  check (b->folder != NULL, error);
  for (guint i = 0; i < 3; i++) {
    static const gchar *const parts[] = { "images", "labels", "model.nir" };
    g_autofree gchar *path = g_build_filename (b->folder, parts[i], NULL);

    if (i == 2)
      check (snn_model_save (network, path, &error), error);
    else if (g_mkdir (path, 0700) < 0)
      g_error ("%s: %s", path, g_strerror (errno));
  }
  snn_network_unref (network);
  for (guint i = 0; i < VOLUMES; i++)
    write_volume (b, i);
  gst_init (NULL, NULL);
  gst_registry_scan_path (gst_registry_get (), BENCH_PLUGINS);
  return b;
}

static void
run (gpointer bench)
{
  Bench *b = bench;
  const BenchOptions *options = &b->options;
  g_autofree gchar *description = g_strdup_printf ("niftisrc "
      "location=%s/images label-location=%s/labels "
      "! voxelnormalize minimum=0 maximum=%g "
      "! poissonencoder timesteps=%u polarity=binary "
      "! snninference model=%s/model.nir batch-size=%u threads=%u "
      "! dicesink location=%s/report.json", b->folder, b->folder,
      1. / BENCH_BRIGHTEST, options->timesteps, b->folder, options->batch,
      options->threads, b->folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;

  check (pipeline != NULL, error);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  check (error == NULL, error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
report (gpointer bench, double seconds)
{
  BenchOptions options = ((Bench *) bench)->options;

  options.mode = "snn-infer";
  g_print (" share_of_snn_infer=%.3f",
      VOLUMES * bench_time (&options) / seconds);
}

static void
remove_folder (const gchar *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (folder && (name = g_dir_read_name (folder))) {
    g_autofree gchar *part = g_build_filename (path, name, NULL);

    remove_folder (part);
  }
  g_remove (path);
}

static void
release (gpointer bench)
{
  Bench *b = bench;

  remove_folder (b->folder);
  g_free (b->folder);
  g_free (b);
}

const BenchMode bench_pipeline_modes[] = {
  {"pipeline", VOLUMES, prepare, run, report, release},
  {NULL}
};
