/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <malloc.h>

#include <snn/files/model-file.h>
#include "tests/elements/helpers.h"

#define SIDE 64
#define CHUNK 10
#define TOLERANCE (4 << 10)

/* The most memory that has been resident so far, in KiB. */
static guint64
peak_kib (void)
{
  g_autofree gchar *text = NULL;
  const gchar *line;

  fail_unless (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, "VmHWM:");
  fail_unless (line != NULL);
  return g_ascii_strtoull (line + strlen ("VmHWM:"), NULL, 10);
}

static void
infer (const gchar *folder, guint timesteps)
{
  g_autofree gchar *description = g_strdup_printf ("phantomsrc subjects=1 "
      "size=2x%ux%u ! voxelnormalize ! poissonencoder timesteps=%u chunk=%u "
      "polarity=binary ! snninference model=#/model.nir ! fakesink",
      SIDE, SIDE, timesteps, CHUNK);

  snn_test_expect_eos (description, folder, NULL);
}

/* In one piece, a sample's spikes would take 8 MB, and a batch is of both
 * slices. */
GST_START_TEST (test_chunks_bound_memory)
{
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "model.nir", NULL);
  const SnnShape shape = { 1, SIDE, SIDE };
  SnnNetwork *ann = snn_network_new_unet (shape, 2, 2, 1, NULL);
  SnnNetwork *snn;
  guint64 few, many;

  /* Threads that come and go would each have a heap of some MiB for themselves
   * (glibc's arenas), now more and now less of them. */
  mallopt (M_ARENA_MAX, 1);
  snn_network_init_weights (ann, 0);
  snn = snn_network_to_spiking (ann);
  fail_unless (snn_model_save (snn, path, NULL));
  snn_network_unref (ann);
  snn_network_unref (snn);

  infer (folder, 20 * CHUNK);
  few = peak_kib ();
  infer (folder, 200 * CHUNK);
  many = peak_kib ();
  g_print ("peak: %.1f MiB, with ten times the timesteps %.1f MiB\n",
      (double) few / 1024., (double) many / 1024.);
  snn_test_folder_free (folder);
  if (g_getenv ("ASAN_OPTIONS"))
    return;                     /* which keeps freed memory for a while */
  fail_unless (many < few + TOLERANCE);
}

GST_END_TEST;

static Suite *
inference_memory_suite (void)
{
  Suite *suite = suite_create ("inference-memory");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_chunks_bound_memory);
  return suite;
}

GST_CHECK_MAIN (inference_memory);
