/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <unistd.h>

#include <gst/snn/samplemeta.h>
#include "tests/elements/helpers.h"
#include "tests/shared-data.h"

#define PASSES 10
#define TOLERANCE (4 << 20)

/* Resident memory in bytes at the end of each pass. */
typedef struct
{
  guint n_passes;
  guint64 resident[PASSES];
} Memory;

static guint64
resident_bytes (void)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) pages = NULL;

  fail_unless (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  pages = g_strsplit (text, " ", 3);
  return g_ascii_strtoull (pages[1], NULL, 10)
      * (guint64) sysconf (_SC_PAGESIZE);
}

static GstPadProbeReturn
watch (GstPad *pad, GstPadProbeInfo *info, Memory *memory)
{
  GstSnnEpoch epoch;
  gboolean end;

  if (gst_snn_event_parse_epoch (GST_PAD_PROBE_INFO_EVENT (info), &epoch, &end)
      && end && memory->n_passes < PASSES)
    memory->resident[memory->n_passes++] = resident_bytes ();
  return GST_PAD_PROBE_OK;
}

/* Nothing is kept of what has passed: after the first pass, memory is flat.
 * The cache is off, so that each pass reads all files anew. */
static void
check_flat (const gchar *description, const gchar *folder)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline),
      "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  Memory memory = { 0, };
  SnnTestRun run;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      (GstPadProbeCallback) watch, &memory, NULL);
  snn_test_run (pipeline, &run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (!run.error, "%s", run.error ? run.error->message : "");
  snn_test_run_clear (&run);

  fail_unless_equals_int (memory.n_passes, PASSES);
  g_print ("resident: %.1f MB after the first pass, %.1f MB after the last\n",
      (double) memory.resident[0] / 1e6,
      (double) memory.resident[PASSES - 1] / 1e6);
  if (g_getenv ("ASAN_OPTIONS") || g_getenv ("TSAN_OPTIONS"))
    return;                     /* which keeps freed memory for a while */
  fail_unless (memory.resident[PASSES - 1]
      < memory.resident[0] + TOLERANCE);
}

GST_START_TEST (test_made_volumes)
{
  gchar *folder = snn_test_folder_new ();

  for (guint i = 0; i < 110; i++) {
    g_autofree gchar *image = g_strdup_printf ("images/s%u.nii.gz", i);
    g_autofree gchar *label = g_strdup_printf ("labels/s%u.nii.gz", i);

    snn_test_write_nifti (folder, image, i, SNN_NIFTI_PROBABILITY);
    snn_test_write_nifti (folder, label, i, SNN_NIFTI_MASK);
  }
  check_flat ("niftisrc location=#/images label-location=#/labels epochs=10 "
      "cache-size=0 ! fakesink name=sink", folder);
  snn_test_folder_free (folder);
}

GST_END_TEST;

GST_START_TEST (test_hippocampus)
{
  g_autofree gchar *folder = snn_shared_data ("hippocampus");

  if (folder)
    check_flat ("niftisrc location=#/images label-location=#/labels epochs=10 "
        "cache-size=0 ! fakesink name=sink", folder);
}

GST_END_TEST;

static Suite *
nifti_streaming_suite (void)
{
  Suite *suite = suite_create ("nifti-streaming");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_made_volumes);
  tcase_add_test (tc, test_hippocampus);
  return suite;
}

GST_CHECK_MAIN (nifti_streaming);
