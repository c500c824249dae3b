/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <malloc.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <snn/files/model-file.h>
#include "tests/elements/helpers.h"

#define SIDE 64
#define CHUNK 10
#define TOLERANCE (4 << 10)

/* What the system says of memory that is resident, in KiB: "VmHWM:" the most so
 * far, "VmRSS:" now. */
static gint64
resident_kib (const gchar *name)
{
  g_autofree gchar *text = NULL;
  const gchar *line;

  fail_unless (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, name);
  fail_unless (line != NULL);
  return g_ascii_strtoll (line + strlen (name), NULL, 10);
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
  gint64 few, many;

  /* Threads that come and go would each have a heap of some MiB for themselves
   * (glibc's arenas), now more and now less of them. */
  mallopt (M_ARENA_MAX, 1);
  snn_network_init_weights (ann, 0);
  snn = snn_network_to_spiking (ann);
  fail_unless (snn_model_save (snn, path, NULL));
  snn_network_unref (ann);
  snn_network_unref (snn);

  infer (folder, 20 * CHUNK);
  few = resident_kib ("VmHWM:");
  infer (folder, 200 * CHUNK);
  many = resident_kib ("VmHWM:");
  g_print ("peak: %.1f MiB, with ten times the timesteps %.1f MiB\n",
      (double) few / 1024., (double) many / 1024.);
  snn_test_folder_free (folder);
  if (g_getenv ("ASAN_OPTIONS") || g_getenv ("TSAN_OPTIONS"))
    return;                     /* which keeps freed memory for a while */
  fail_unless (many < few + TOLERANCE);
}

GST_END_TEST;

#define N_ELEMENTS 10

/* As another program does, which does not know that this one reads @path. */
static void
write_model (const gchar *path, guint width, guint seed)
{
  const SnnShape shape = { 1, 8, 8 };
  g_autofree gchar *aside = g_strconcat (path, ".aside", NULL);
  g_autoptr (SnnNetwork) ann = snn_network_new_unet (shape, width, 3, 1, NULL);

  snn_network_init_weights (ann, seed);
  fail_unless (snn_model_save (ann, aside, NULL));
  fail_unless (g_rename (aside, path) == 0);
}

static void
write_spiking_model (const gchar *path, guint width)
{
  g_autoptr (SnnNetwork) ann = NULL;
  g_autoptr (SnnNetwork) snn = NULL;

  write_model (path, width, 0);
  ann = snn_model_load (path, NULL);
  snn = snn_network_to_spiking (ann);
  fail_unless (snn_model_save (snn, path, NULL));
}

/* Packed weights take several times those of the file, here 31 MB; elements of
 * one process have them once, also where one came by a link. */
GST_START_TEST (test_elements_share_weights)
{
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "model.nir", NULL);
  g_autofree gchar *other = g_build_filename (folder, "other.nir", NULL);
  GstElement *elements[N_ELEMENTS];
  gint64 none, one, all, after;

  mallopt (M_ARENA_MAX, 1);
  write_spiking_model (path, 64);
  fail_unless (symlink (path, other) == 0);
  malloc_trim (0);
  none = resident_kib ("VmRSS:");
  one = 0;
  for (guint i = 0; i < N_ELEMENTS; i++) {
    elements[i] = gst_element_factory_make ("snninference", NULL);
    g_object_set (elements[i], "model", i % 2 ? other : path, NULL);
    fail_unless (gst_element_set_state (elements[i], GST_STATE_PAUSED)
        == GST_STATE_CHANGE_SUCCESS);
    if (i == 0)
      one = resident_kib ("VmRSS:") - none;
  }
  all = resident_kib ("VmRSS:") - none;
  for (guint i = 0; i < N_ELEMENTS; i++) {
    gst_element_set_state (elements[i], GST_STATE_NULL);
    gst_object_unref (elements[i]);
  }
  malloc_trim (0);
  after = resident_kib ("VmRSS:") - none;
  g_print ("one element: %.1f MiB, ten: %.1f MiB, afterwards %.1f MiB\n",
      (double) one / 1024., (double) all / 1024., (double) after / 1024.);
  snn_test_folder_free (folder);
  if (g_getenv ("ASAN_OPTIONS") || g_getenv ("TSAN_OPTIONS"))
    return;
  fail_unless (all < one + one / 4);
  fail_unless (after < one / 4);
}

GST_END_TEST;

static gint
predict (const gchar *folder)
{
  g_autofree gchar *path = g_build_filename (folder, "m.nii", NULL);
  g_autofree gchar *content = NULL;
  guint hash = 0;
  gsize n;

  snn_test_expect_eos ("phantomsrc subjects=1 size=2x8x8 ! voxelnormalize ! "
      "anninference model=#/model.nir ! "
      "niftisink content=probability location=#/m.nii overwrite=true", folder,
      NULL);
  fail_unless (g_file_get_contents (path, &content, &n, NULL));
  for (gsize i = 352; i < n; i++)
    hash = hash * 31 + (guint8) content[i];
  return (gint) hash;
}

/* A file that was written to is another, while one that runs keeps its own. */
GST_START_TEST (test_written_file_is_another)
{
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "model.nir", NULL);
  GstElement *keeps = gst_element_factory_make ("anninference", NULL);
  gint before, after;

  write_model (path, 4, 1);
  g_object_set (keeps, "model", path, NULL);
  gst_element_set_state (keeps, GST_STATE_PAUSED);
  before = predict (folder);
  fail_unless_equals_int (predict (folder), before);
  write_model (path, 4, 2);
  after = predict (folder);
  fail_unless (after != before);
  gst_element_set_state (keeps, GST_STATE_NULL);
  gst_object_unref (keeps);
  fail_unless_equals_int (predict (folder), after);
  snn_test_folder_free (folder);
}

GST_END_TEST;

static Suite *
inference_memory_suite (void)
{
  Suite *suite = suite_create ("inference-memory");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_chunks_bound_memory);
  tcase_add_test (tc, test_elements_share_weights);
  tcase_add_test (tc, test_written_file_is_another);
  return suite;
}

GST_CHECK_MAIN (inference_memory);
