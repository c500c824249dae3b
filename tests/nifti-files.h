/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstcheck.h>

#include <glib/gstdio.h>
#include <string.h>

#include "core/nifti-write.h"

/* snn_test_value: of voxel @i in a file written with @seed. */
static inline float
snn_test_value (guint seed, gsize i)
{
  return (float) ((i * 7 + seed * 13) % 101) / 101.f;
}

/* snn_test_write_nifti: a volume of 5 x 4 x 3 voxels stored as LAS; as a mask,
 * every third voxel is 1. */
static inline void
snn_test_write_nifti (const gchar *folder, const gchar *name, guint seed,
    SnnNiftiContent content)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *parent = g_path_get_dirname (path);
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("test");
  g_autoptr (GError) error = NULL;
  guint8 mask[60];
  float values[60];

  info->dims[0] = 5;
  info->dims[1] = 4;
  info->dims[2] = 3;
  info->affine[0][0] = -1.;
  info->affine[0][3] = 4.;
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    values[i] = snn_test_value (seed, i);
    mask[i] = i % 3 == 0;
  }
  g_mkdir_with_parents (parent, 0777);
  fail_unless (snn_nifti_write (path, info, content,
          content == SNN_NIFTI_MASK ? (gpointer) mask : values, &error), "%s",
      error ? error->message : path);
}

/* snn_test_remove: a folder with all that is in it. */
static inline void
snn_test_remove (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);

    snn_test_remove (child);
  }
  g_remove (path);
}

/* What a pipeline has said until it ended. */
typedef struct
{
  GError *error;                /* the first */
  guint n_warnings;
  gchar *warning;               /* the last */
  GPtrArray *structures;        /* of element messages */
} SnnTestRun;

/* snn_test_run: plays @pipeline until EOS or an error, and back to READY. */
static inline void
snn_test_run (GstElement *pipeline, SnnTestRun *run)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gboolean ended = FALSE;

  *run = (SnnTestRun) { NULL, };
  run->structures = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_structure_free);
  if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE)
    ended = TRUE;
  while (TRUE) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus,
        ended ? 0 : 60 * GST_SECOND);

    if (!message)
      break;
    switch (GST_MESSAGE_TYPE (message)) {
      case GST_MESSAGE_ERROR:
        if (!run->error)
          gst_message_parse_error (message, &run->error, NULL);
        ended = TRUE;
        break;
      case GST_MESSAGE_EOS:
        ended = TRUE;
        break;
      case GST_MESSAGE_WARNING:{
        g_autoptr (GError) warning = NULL;

        gst_message_parse_warning (message, &warning, NULL);
        g_free (run->warning);
        run->warning = g_strdup (warning->message);
        run->n_warnings++;
        break;
      }
      case GST_MESSAGE_ELEMENT:
        g_ptr_array_add (run->structures,
            gst_structure_copy (gst_message_get_structure (message)));
        break;
      default:
        break;
    }
  }
  fail_unless (ended, "the pipeline does not end");
  gst_element_set_state (pipeline, GST_STATE_READY);
}

static inline void
snn_test_run_clear (SnnTestRun *run)
{
  g_clear_error (&run->error);
  g_free (run->warning);
  g_ptr_array_unref (run->structures);
}

/* snn_test_launch: (transfer full): a pipeline; every # in @description is
 * @folder. */
static inline GstElement *
snn_test_launch (const gchar *description, const gchar *folder)
{
  g_auto (GStrv) parts = g_strsplit (description, "#", -1);
  g_autofree gchar *text = g_strjoinv (folder, parts);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error);

  fail_unless (pipeline != NULL && !error, "%s: %s", text,
      error ? error->message : "");
  return pipeline;
}

/* snn_test_expect_error: runs @description, which has to fail like this. */
static inline void
snn_test_expect_error (const gchar *description, const gchar *folder,
    GQuark domain, gint code, const gchar *text)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  SnnTestRun run;

  snn_test_run (pipeline, &run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (run.error != NULL, "%s does not fail", description);
  fail_unless (g_error_matches (run.error, domain, code), "%s: %s %d %s",
      description, g_quark_to_string (run.error->domain), run.error->code,
      run.error->message);
  fail_unless (strstr (run.error->message, text) != NULL, "%s: %s",
      description, run.error->message);
  snn_test_run_clear (&run);
}
