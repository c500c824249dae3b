/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-read.h"

#include <math.h>

#include "../base/error.h"
#include "../base/remarks.h"
#include "nifti-grid.h"
#include "nifti-source.h"
#include "nifti-voxels.h"

/* A mask's value this far from a whole number did not become so by rounding:
 * the mask was resampled, or it is none. */
#define WHOLE_TOLERANCE 0.01

/* An image with no more values than this, all whole, is likely a mask. */
#define FEW_VALUES 16

/* A mask of which more than this is label is likely an image. */
#define LARGE_MASK 0.9

/* All files of a subject, up to their voxels. */
typedef struct
{
  guint n_channels;
  SnnNiftiSource *channels;
  SnnNiftiSource mask;          /* none where there is no label */
} Files;

static void
files_clear (Files *files)
{
  for (guint c = 0; c < files->n_channels; c++)
    snn_nifti_source_clear (&files->channels[c]);
  g_free (files->channels);
  snn_nifti_source_clear (&files->mask);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, files_clear)

/* A file with one volume belongs to every index. */
static guint
index_in (const SnnNiftiSource *source, const SnnNiftiSettings *settings)
{
  return source->n_volumes == 1 ? 0 : settings->index;
}

/* Opens one that lies on the grid of @image. */
static gboolean
open_beside (const gchar *location, SnnNiftiSource *source,
    const gchar *image_location, const SnnNiftiSource *image,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  return snn_nifti_source_open (location, source, remarks, error)
      && snn_nifti_source_check_index (location, source,
      index_in (source, settings), remarks, error)
      && snn_nifti_same_grid (image->header, image_location, source->header,
      location, remarks, error);
}

static SnnNiftiSource *
files_init (Files *files, guint n_channels)
{
  files->n_channels = n_channels;
  files->channels = g_new0 (SnnNiftiSource, n_channels);
  return files->channels;
}

/* The first channel, once it is open. */
static gboolean
files_check_image (const Files *files, const gchar *location,
    gboolean labelled, const SnnNiftiSettings *settings, GPtrArray *remarks,
    GError **error)
{
  const SnnNiftiSource *image = &files->channels[0];

  return snn_nifti_source_check_index (location, image, settings->index,
      remarks, error)
      && snn_nifti_source_check_memory (location, image, files->n_channels,
      labelled, settings->max_bytes, error);
}

static gboolean
files_open (Files *files, const gchar *const *locations, const gchar *label,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  SnnNiftiSource *image =
      files_init (files, g_strv_length ((gchar **) locations));

  if (!snn_nifti_source_open (locations[0], image, remarks, error)
      || !files_check_image (files, locations[0], label != NULL, settings,
          remarks, error))
    return FALSE;
  for (guint c = 1; c < files->n_channels; c++)
    if (!open_beside (locations[c], &files->channels[c], locations[0], image,
            settings, remarks, error))
      return FALSE;
  return !label || open_beside (label, &files->mask, locations[0], image,
      settings, remarks, error);
}

gboolean
snn_nifti_check_channels (const gchar *const *locations, const gchar *label,
    const SnnNiftiSettings *settings, SnnGrid *grid, GError **error)
{
  g_auto (Files) files = { 0, };
  SnnVolumeInfo info = { NULL, };

  if (!files_open (&files, locations, label, settings, NULL, error))
    return FALSE;
  snn_nifti_header_describe (files.channels[0].header, &info);
  snn_grid_from_info (grid, &info);
  return TRUE;
}

gboolean
snn_nifti_check (const gchar *location, const gchar *label,
    const SnnNiftiSettings *settings, SnnGrid *grid, GError **error)
{
  const gchar *locations[] = { location, NULL };

  return snn_nifti_check_channels (locations, label, settings, grid, error);
}

/* Where an image's voxels go. */
typedef struct
{
  float *values;
  guint n_kinds;                /* different values; FEW_VALUES + 1: too many */
  double kinds[FEW_VALUES];
} Image;

static void
note_kind (Image *image, double value)
{
  guint i = 0;

  while (i < image->n_kinds && image->kinds[i] != value)
    i++;
  if (i < image->n_kinds)
    return;
  if (i < FEW_VALUES && rint (value) == value)
    image->kinds[image->n_kinds++] = value;
  else
    image->n_kinds = FEW_VALUES + 1;
}

static void
take_image (gpointer data, gsize at, gssize step, const double *values,
    gsize n)
{
  Image *image = data;

  for (gsize i = 0; i < n; i++) {
    image->values[(gssize) at + (gssize) i * step] = (float) values[i];
    if (image->n_kinds <= FEW_VALUES)
      note_kind (image, values[i]);
  }
}

static void
remark_on_image (const gchar *location, const Image *image,
    const SnnStatistics *statistics, GPtrArray *remarks)
{
  if (statistics->n_finite == 0)
    snn_remark (remarks, "%s: none of its voxels is a finite number", location);
  else if (statistics->n_nonfinite > 0)
    snn_remark (remarks, "%s: %" G_GUINT64_FORMAT " of its voxels are no "
        "finite numbers", location, statistics->n_nonfinite);
  if (statistics->n_finite > 0
      && statistics->quantile[0] == statistics->quantile[SNN_N_QUANTILES - 1])
    snn_remark (remarks, "%s: all its voxels are %g, so that it shows nothing",
        location, statistics->quantile[0]);
  else if (image->n_kinds > 0 && image->n_kinds <= FEW_VALUES
      && statistics->n_finite > FEW_VALUES)
    snn_remark (remarks, "%s: an image of just %u different values, all whole; "
        "is it a mask?", location, image->n_kinds);
}

/* Where a mask's voxels go, and what they were. */
typedef struct
{
  guint8 *values;
  const SnnClasses *classes;
  double last;                  /* value, and its class: neighbours are alike */
  guint8 last_class;
  guint64 n_label;
  guint64 n_fractions;
  guint64 n_nonfinite;
  double fraction;              /* the first */
} Mask;

static guint8
class_of (Mask *mask, double whole)
{
  if (whole != mask->last) {
    mask->last = whole;
    mask->last_class = (guint8) (mask->classes->n > 0
        ? snn_classes_find (mask->classes, whole) : whole != 0.);
  }
  return mask->last_class;
}

static void
take_mask (gpointer data, gsize at, gssize step, const double *values, gsize n)
{
  Mask *mask = data;

  for (gsize i = 0; i < n; i++) {
    double whole = rint (values[i]);
    guint8 label = class_of (mask, whole);

    if (!isfinite (values[i])) {
      mask->n_nonfinite++;
      label = 0;
    } else if (fabs (values[i] - whole) > WHOLE_TOLERANCE) {
      if (mask->n_fractions++ == 0)
        mask->fraction = values[i];
    }
    mask->values[(gssize) at + (gssize) i * step] = label;
    mask->n_label += label > 0;
  }
}

static void
remark_on_mask (const gchar *location, const Mask *mask, gsize n,
    GPtrArray *remarks)
{
  if (mask->n_fractions > 0)
    snn_remark (remarks, "%s: %" G_GUINT64_FORMAT " of its voxels are far from "
        "whole numbers, such as %.6g, where labels are expected; they are "
        "rounded", location, mask->n_fractions, mask->fraction);
  if (mask->n_nonfinite > 0)
    snn_remark (remarks, "%s: %" G_GUINT64_FORMAT " of its voxels are no "
        "finite numbers and are taken for no label", location,
        mask->n_nonfinite);
  if (mask->n_label == 0 && mask->classes->n > 0) {
    g_autofree gchar *classes = snn_classes_to_text (mask->classes);

    snn_remark (remarks, "%s: an empty mask, none of its voxels is %s%s",
        location, mask->classes->n > 1 ? "one of " : "", classes);
  } else if (mask->n_label == 0)
    snn_remark (remarks, "%s: an empty mask, all its voxels are 0", location);
  if ((double) mask->n_label > LARGE_MASK * (double) n)
    snn_remark (remarks, "%s: a mask of which %.0f %% is label; is it an "
        "image?", location, 100. * (double) mask->n_label / (double) n);
}

static gboolean
check_allocated (gconstpointer memory, const gchar *location, gsize n,
    GError **error)
{
  if (memory)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for its %"
      G_GSIZE_FORMAT " voxels", location, n);
  return FALSE;
}

/* Reads the image's values, on its canonical grid, into @values, and makes their
 * statistics. */
static gboolean
load_image (const gchar *location, const SnnNiftiSource *source,
    const SnnNiftiSettings *settings, float *values,
    SnnStatistics *statistics, GPtrArray *remarks, GError **error)
{
  /* Past few values, nobody counts them. */
  Image image = { values, settings->label_map ? FEW_VALUES + 1 : 0, };
  SnnVolumeInfo own = { NULL, };

  snn_nifti_header_describe (source->header, &own);
  if (!snn_nifti_read_voxels (source->file, source->header, &own,
          index_in (source, settings), take_image, &image, error))
    return FALSE;
  snn_statistics_compute (statistics, values, source->n_voxels);
  remark_on_image (location, &image, statistics, remarks);
  return TRUE;
}

/* (transfer full): the mask on @info's canonical grid, whatever its own order
 * in the file. */
static guint8 *
load_mask (const gchar *location, const SnnNiftiSource *source, SnnVolumeInfo *info,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  g_autofree guint8 *values = g_try_malloc (source->n_voxels);
  Mask mask = { values, &settings->classes, NAN, };
  SnnVolumeInfo own = { NULL, };

  snn_nifti_header_describe (source->header, &own);
  if (!check_allocated (values, location, source->n_voxels, error)
      || !snn_nifti_read_voxels (source->file, source->header, &own,
          index_in (source, settings), take_mask, &mask, error))
    return NULL;
  snn_volume_info_count_labels (info, settings->classes.n, values,
      source->n_voxels);
  remark_on_mask (location, &mask, source->n_voxels, remarks);
  return g_steal_pointer (&values);
}

/* The volume of @files, which were opened and checked. */
static SnnVolume *
files_load (Files *files, const gchar *const *locations, const gchar *label,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  const gsize n = files->channels[0].n_voxels;
  g_autofree gchar *subject = snn_nifti_subject (locations[0]);
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new (subject);
  g_autofree float *image = NULL;
  guint8 *mask = NULL;

  info->location = g_strdup (locations[0]);
  snn_nifti_header_describe (files->channels[0].header, info);
  snn_volume_info_set_channels (info, files->n_channels);
  image = g_try_malloc_n (n, files->n_channels * sizeof (float));
  if (!check_allocated (image, locations[0], n, error))
    return NULL;
  for (guint c = 0; c < files->n_channels; c++)
    if (!load_image (locations[c], &files->channels[c], settings,
            image + c * n, snn_volume_info_statistics (info, c), remarks, error))
      return NULL;
  if (label) {
    mask = load_mask (label, &files->mask, info, settings, remarks, error);
    if (!mask)
      return NULL;
  }
  info->header = g_steal_pointer (&files->channels[0].header);
  return snn_volume_new (g_steal_pointer (&info), g_steal_pointer (&image),
      mask);
}

SnnVolume *
snn_nifti_load_channels (const gchar *const *locations, const gchar *label,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  g_auto (Files) files = { 0, };

  if (!files_open (&files, locations, label, settings, remarks, error))
    return NULL;
  return files_load (&files, locations, label, settings, remarks, error);
}

SnnVolume *
snn_nifti_load_memory (SnnMemoryFile *memory,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  const gchar *locations[] = { snn_memory_file_name (memory), NULL };
  g_auto (Files) files = { 0, };
  SnnVolume *volume;

  if (!snn_nifti_source_open_memory (memory, files_init (&files, 1), remarks,
          error)
      || !files_check_image (&files, locations[0], FALSE, settings, remarks,
          error))
    return NULL;
  volume = files_load (&files, locations, NULL, settings, remarks, error);
  if (volume && snn_nifti_file_is_followed (files.channels[0].file))
    snn_remark (remarks, "%s: another NIfTI file follows where its voxels end, and is "
        "not read; expected is one file: end the stream, or begin another one, "
        "between two", locations[0]);
  return volume;
}

SnnVolume *
snn_nifti_load_labelled (const gchar *location, const gchar *label,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  const gchar *locations[] = { location, NULL };

  return snn_nifti_load_channels (locations, label, settings, remarks, error);
}

SnnVolume *
snn_nifti_load (const gchar *location, guint index, GPtrArray *remarks,
    GError **error)
{
  SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;

  settings.index = index;
  return snn_nifti_load_labelled (location, NULL, &settings, remarks, error);
}
