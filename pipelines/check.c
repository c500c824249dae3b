/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <snn/base/error.h>
#include <snn/base/text.h>
#include <snn/volumes/dataset-check.h>
#include "program.h"

/* How many shapes, sizes and labels are printed. */
#define MOST_ROWS 8

typedef struct
{
  const gchar *images;
  const gchar *labels;
  SnnNiftiSettings nifti;
  SnnRegion region;
} Settings;

static gboolean
set_images (Settings *settings, const gchar *value, GError **error)
{
  settings->images = value;
  return TRUE;
}

static gboolean
set_labels (Settings *settings, const gchar *value, GError **error)
{
  settings->labels = *value ? value : NULL;
  return TRUE;
}

static gboolean
set_size (Settings *settings, const gchar *value, GError **error)
{
  return snn_region_parse_size (&settings->region, value, error);
}

static gboolean
set_roi (Settings *settings, const gchar *value, GError **error)
{
  return snn_region_parse_roi (&settings->region, value, error);
}

static gboolean
set_label (Settings *settings, const gchar *value, GError **error)
{
  settings->nifti.classes = (SnnClasses) { 0 };
  return g_str_equal (value, "-1")
      || snn_classes_parse (&settings->nifti.classes, value, error);
}

static gboolean
set_volume (Settings *settings, const gchar *value, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT, &number, error))
    return FALSE;
  settings->nifti.index = (guint) number;
  return TRUE;
}

/* What may be set, named as in launch files. A new one is a row. */
static const struct
{
  const gchar *name;
  gboolean (*set) (Settings * settings, const gchar * value, GError ** error);
  const gchar *what;
} variables[] = {
  {"IMAGES", set_images, "a file, folder, pattern or list"},
  {"LABELS", set_labels, "the masks, likewise"},
  {"SIZE", set_size, "what volumes will be cropped to, as 32x56x48"},
  {"ROI", set_roi, "what is kept before, as x0:x1,y0:y1,z0:z1"},
  {"LABEL", set_label, "the value of the structure; -1: any but zero"},
  {"VOLUME", set_volume, "which volume of 4D files, from 0"},
};

static void
print_usage (void)
{
  g_printerr ("usage: snn-launch check IMAGES [LABELS] [VARIABLE=value...]\n");
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    g_printerr ("  %-8s %s\n", variables[i].name, variables[i].what);
}

static gboolean
assign (Settings *settings, const gchar *assignment, GError **error)
{
  const gchar *value = strchr (assignment, '=') + 1;
  gsize length = (gsize) (value - assignment) - 1;

  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    if (strlen (variables[i].name) == length
        && strncmp (variables[i].name, assignment, length) == 0) {
      if (variables[i].set (settings, value, error))
        return TRUE;
      g_prefix_error (error, "%s: ", assignment);
      return FALSE;
    }
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "check has no variable "
      "%.*s", (int) length, assignment);
  return FALSE;
}

static gboolean
parse (Settings *settings, gchar **arguments, GError **error)
{
  guint n_places = 0;

  for (guint i = 0; arguments[i]; i++) {
    if (strchr (arguments[i], '=')
        && !g_file_test (arguments[i], G_FILE_TEST_EXISTS)) {
      if (!assign (settings, arguments[i], error))
        return FALSE;
    } else if (n_places < 2) {
      variables[n_places++].set (settings, arguments[i], NULL);
    } else {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s is one place too "
          "many, after images and labels", arguments[i]);
      return FALSE;
    }
  }
  if (settings->images)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "no images are named");
  return FALSE;
}

static void
print_counts (const gchar *name, const GArray *counts)
{
  for (guint i = 0; i < MIN (counts->len, MOST_ROWS); i++) {
    const SnnTextCount *count = &g_array_index (counts, SnnTextCount, i);

    g_print ("%-12s %-24s %u subject%s\n", i ? "" : name, count->text,
        count->n_subjects, count->n_subjects == 1 ? "" : "s");
  }
  if (counts->len > MOST_ROWS)
    g_print ("%-12s and %u others\n", "", counts->len - MOST_ROWS);
}

static void
print_labels (const GArray *labels)
{
  for (guint i = 0; i < MIN (labels->len, MOST_ROWS); i++) {
    const SnnLabelTotal *total = &g_array_index (labels, SnnLabelTotal, i);

    g_print ("%-12s %-24.17g %u mask%s, %" G_GUINT64_FORMAT " voxels\n",
        i ? "" : "label value", total->value, total->n_masks,
        total->n_masks == 1 ? "" : "s", total->n_voxels);
  }
  if (labels->len > MOST_ROWS)
    g_print ("%-12s and %u others\n", "", labels->len - MOST_ROWS);
}

static void
print_texts (const gchar *name, const GPtrArray *texts)
{
  if (texts->len == 0)
    return;
  g_print ("\n%u %s%s:\n", texts->len, name, texts->len == 1 ? "" : "s");
  for (guint i = 0; i < texts->len; i++) {
    g_autofree gchar *shown = snn_text_shown (texts->pdata[i], "\n");

    g_print ("  %s\n", shown);
  }
}

static void
tell_error (const GError *error)
{
  g_autofree gchar *shown = snn_text_shown (error->message, "\n");

  g_printerr ("snn-launch check: %s\n", shown);
}

static void
show_progress (guint subject, guint n_subjects, gpointer data)
{
  g_printerr ("\rreading %u of %u ", subject + 1, n_subjects);
}

gint
snn_check_run (gchar **arguments, gboolean quiet)
{
  Settings settings = { NULL, NULL, SNN_NIFTI_SETTINGS_INIT, };
  g_autoptr (SnnDatasetReport) report = NULL;
  g_autoptr (GError) error = NULL;
  gboolean shows = !quiet && isatty (STDERR_FILENO);

  if (!parse (&settings, arguments, &error)) {
    tell_error (error);
    print_usage ();
    return SNN_PROGRAM_USAGE;
  }
  report = snn_dataset_check (settings.images, settings.labels,
      &settings.nifti, &settings.region, shows ? show_progress : NULL, NULL,
      &error);
  if (shows)
    g_printerr ("\r%*s\r", 32, "");
  if (!report) {
    tell_error (error);
    return SNN_PROGRAM_FAILED;
  }
  if (!quiet) {
    g_print ("%u subject%s, %u of them usable%s\n", report->n_subjects,
        report->n_subjects == 1 ? "" : "s", report->n_usable,
        settings.labels ? ", with masks" : "");
    print_counts ("shape (RAS)", report->shapes);
    print_counts ("voxel, mm", report->zooms);
    print_labels (report->labels);
  }
  print_texts ("remark", report->remarks);
  print_texts ("problem", report->problems);
  return report->problems->len > 0 ? SNN_PROGRAM_FAILED : EXIT_SUCCESS;
}
