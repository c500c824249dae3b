/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-read.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/remarks.h"
#include "nifti-file.h"
#include "nifti-grid.h"
#include "nifti-header.h"
#include "nifti-voxels.h"

/* A mask's value this far from a whole number did not become so by rounding:
 * the mask was resampled, or it is none. */
#define WHOLE_TOLERANCE 0.01

/* An image with no more values than this, all whole, is likely a mask. */
#define FEW_VALUES 16

/* A mask of which more than this is label is likely an image. */
#define LARGE_MASK 0.9

/* A file, or two of a pair, whose header has been read and believed. */
typedef struct
{
  SnnNiftiHeader *header;
  SnnNiftiFile *file;           /* what has the voxels */
  gsize n_voxels;
  gsize n_volumes;
} Source;

static void
source_clear (Source *source)
{
  g_clear_pointer (&source->header, snn_nifti_header_free);
  g_clear_pointer (&source->file, snn_nifti_file_close);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

/* Reads up to @n bytes or the file's end; memory grows with what is read. */
static guint8 *
read_bytes (SnnNiftiFile *file, gsize n, gsize *n_read, GError **error)
{
  g_autofree guint8 *bytes = NULL;
  gsize room = 0, got;

  *n_read = 0;
  do {
    gsize larger = MIN (n, MAX (2 * room, 1 << 16));
    guint8 *moved = g_try_realloc (bytes, MAX (larger, 1));

    if (!moved) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for its "
          "header extensions", snn_nifti_file_location (file));
      return NULL;
    }
    g_steal_pointer (&bytes);
    bytes = moved;
    if (!snn_nifti_file_read (file, bytes + room, larger - room, &got, error))
      return NULL;
    *n_read += got;
    if (got < larger - room)
      break;
    room = larger;
  } while (room < n);
  return g_steal_pointer (&bytes);
}

/* Reads what is between the header and the voxels, or the header and the end
 * of a pair's .hdr, where it announces extensions. */
static gboolean
read_extensions (SnnNiftiFile *file, SnnNiftiHeader *header,
    GPtrArray *remarks, GError **error)
{
  const gchar *location = snn_nifti_file_location (file);
  gsize begin = snn_nifti_header_size (header->version), n, got;
  guint8 announcement[4], *bytes = NULL;

  if (!snn_nifti_file_seek (file, begin, error)
      || !snn_nifti_file_read (file, announcement, 4, &got, error))
    return FALSE;
  if (got < 4 || announcement[0] == 0)
    return TRUE;
  /* One more than are read tells that there are too many. */
  n = header->paired ? SNN_NIFTI_EXTENSIONS_MAX + 1
      : (gsize) header->fields.vox_offset - begin - 4;
  if (header->paired || n <= SNN_NIFTI_EXTENSIONS_MAX) {
    bytes = read_bytes (file, n, &got, error);
    if (!bytes)
      return FALSE;
    n = got;
  }
  if (n > SNN_NIFTI_EXTENSIONS_MAX) {
    g_free (bytes);
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its header "
        "extensions have more than %d bytes, which is the most that is read",
        location, SNN_NIFTI_EXTENSIONS_MAX);
    return FALSE;
  }
  snn_nifti_header_set_extensions (header, bytes, n, location, remarks);
  return TRUE;
}

static SnnNiftiHeader *
read_header (SnnNiftiFile *file, GPtrArray *remarks, GError **error)
{
  g_autoptr (SnnNiftiHeader) header = NULL;
  guint8 bytes[SNN_NIFTI_HEADER_MAX];
  gsize got;

  if (!snn_nifti_file_read (file, bytes, sizeof bytes, &got, error))
    return NULL;
  header = snn_nifti_header_parse (bytes, got, snn_nifti_file_location (file),
      remarks, error);
  if (!header || !read_extensions (file, header, remarks, error))
    return NULL;
  return g_steal_pointer (&header);
}

/* Opens the file that @location's header is in, and reads it. */
static gboolean
open_header (const gchar *location, Source *source, GPtrArray *remarks,
    GError **error)
{
  const gchar *ending = snn_nifti_ending (location, NULL);
  g_autofree gchar *path = NULL;

  if (!ending) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its name does "
        "not end in .nii, .hdr or .img, with or without .gz", location);
    return FALSE;
  }
  path = g_str_equal (ending, ".img") ? snn_nifti_partner (location, ".hdr")
      : g_strdup (location);
  source->file = snn_nifti_file_open (path, error);
  if (!source->file)
    return FALSE;
  source->header = read_header (source->file, remarks, error);
  if (!source->header)
    return FALSE;
  if (source->header->paired != g_str_equal (ending, ".nii"))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: its magic is that of "
      "%s", path, source->header->paired ? "an .hdr file with an .img beside it"
      : "a single .nii file");
  return FALSE;
}

/* Opens the file that has the voxels, of which there can be as many as the
 * header says. */
static gboolean
open_source (const gchar *location, Source *source, GPtrArray *remarks,
    GError **error)
{
  gsize volume_bytes, end;

  if (!open_header (location, source, remarks, error))
    return FALSE;
  if (source->header->paired) {
    g_autofree gchar *path =
        g_str_equal (snn_nifti_ending (location, NULL), ".img")
        ? g_strdup (location) : snn_nifti_partner (location, ".img");

    snn_nifti_file_close (source->file);
    source->file = snn_nifti_file_open (path, error);
    if (!source->file)
      return FALSE;
  }
  if (!snn_nifti_check_capacity (source->file, source->header, error))
    return FALSE;
  snn_nifti_count (source->header, &source->n_voxels, &source->n_volumes,
      &volume_bytes, &end);
  return TRUE;
}

static gboolean
check_index (const gchar *location, const Source *source, guint index,
    GPtrArray *remarks, GError **error)
{
  if (index >= source->n_volumes) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC, "%s has %" G_GSIZE_FORMAT
        " volumes, so there is none with index %u", location,
        source->n_volumes, index);
    return FALSE;
  }
  if (source->n_volumes > 1 && index == 0)
    snn_remark (remarks, "%s has %" G_GSIZE_FORMAT " volumes, of which volume "
        "0 is taken", location, source->n_volumes);
  return TRUE;
}

/* Whether a volume takes no more memory than it may, 4 bytes a voxel and one
 * of its mask. */
static gboolean
check_memory (const gchar *location, const Source *source, gboolean labelled,
    guint64 max_bytes, GError **error)
{
  nifti_2_header fields = source->header->fields;
  gsize size = sizeof (float) + (labelled ? 1 : 0);

  if (g_size_checked_mul (&size, size, source->n_voxels)
      && (max_bytes == 0 || size <= max_bytes))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its %"
      G_GINT64_FORMAT " x %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " voxels "
      "would take %.4g GiB of memory, where %.4g GiB are allowed (max-bytes)",
      location, (gint64) fields.dim[1], (gint64) fields.dim[2],
      (gint64) fields.dim[3], (double) source->n_voxels
      * (labelled ? 5. : 4.) / 0x1p30, (double) max_bytes / 0x1p30);
  return FALSE;
}

/* Both files up to their voxels; @mask's are none where @label is NULL. */
static gboolean
open_pair (const gchar *location, const gchar *label,
    const SnnNiftiSettings *settings, Source *image, Source *mask,
    GPtrArray *remarks, GError **error)
{
  if (!open_source (location, image, remarks, error)
      || !check_index (location, image, settings->index, remarks, error)
      || !check_memory (location, image, label != NULL, settings->max_bytes,
          error))
    return FALSE;
  if (!label)
    return TRUE;
  return open_source (label, mask, remarks, error)
      && check_index (label, mask,
      mask->n_volumes == 1 ? 0 : settings->index, remarks, error)
      && snn_nifti_same_grid (image->header, location, mask->header, label,
      remarks, error);
}

gboolean
snn_nifti_check (const gchar *location, const gchar *label,
    const SnnNiftiSettings *settings, GError **error)
{
  g_auto (Source) image = { NULL, };
  g_auto (Source) mask = { NULL, };

  return open_pair (location, label, settings, &image, &mask, NULL, error);
}

gboolean
snn_nifti_extent (const gchar *location, gsize dims[3], GError **error)
{
  SnnVolumeInfo info = { NULL, };
  g_auto (Source) source = { NULL, };

  if (!open_header (location, &source, NULL, error))
    return FALSE;
  snn_nifti_header_describe (source.header, &info);
  memcpy (dims, info.dims, sizeof info.dims);
  return TRUE;
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
  gint label_value;
  guint64 n_label;
  guint64 n_fractions;
  guint64 n_nonfinite;
  double fraction;              /* the first */
} Mask;

static void
take_mask (gpointer data, gsize at, gssize step, const double *values, gsize n)
{
  Mask *mask = data;

  for (gsize i = 0; i < n; i++) {
    double whole = rint (values[i]);
    gboolean label = mask->label_value == SNN_NIFTI_ANY_LABEL ? whole != 0.
        : whole == (double) mask->label_value;

    if (!isfinite (values[i])) {
      mask->n_nonfinite++;
      label = FALSE;
    } else if (fabs (values[i] - whole) > WHOLE_TOLERANCE) {
      if (mask->n_fractions++ == 0)
        mask->fraction = values[i];
    }
    mask->values[(gssize) at + (gssize) i * step] = label;
    mask->n_label += label;
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
  if (mask->n_label == 0 && mask->label_value == SNN_NIFTI_ANY_LABEL)
    snn_remark (remarks, "%s: an empty mask, all its voxels are 0", location);
  else if (mask->n_label == 0)
    snn_remark (remarks, "%s: an empty mask, none of its voxels is %d",
        location, mask->label_value);
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

/* (transfer full): the image's values on the canonical grid of @info, of which
 * the statistics are set. */
static float *
load_image (const Source *source, SnnVolumeInfo *info, guint index,
    GPtrArray *remarks, GError **error)
{
  g_autofree float *values = g_try_new (float, source->n_voxels);
  Image image = { values, 0, };

  if (!check_allocated (values, info->location, source->n_voxels, error)
      || !snn_nifti_read_voxels (source->file, source->header, info, index,
          take_image, &image, error))
    return NULL;
  snn_statistics_compute (&info->statistics, values, source->n_voxels);
  remark_on_image (info->location, &image, &info->statistics, remarks);
  return g_steal_pointer (&values);
}

/* (transfer full): the mask on @info's canonical grid, whatever its own order
 * in the file. */
static guint8 *
load_mask (const gchar *location, const Source *source, SnnVolumeInfo *info,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  g_autofree guint8 *values = g_try_malloc (source->n_voxels);
  Mask mask = { values, settings->label_value, };
  SnnVolumeInfo own = { NULL, };

  snn_nifti_header_describe (source->header, &own);
  if (!check_allocated (values, location, source->n_voxels, error)
      || !snn_nifti_read_voxels (source->file, source->header, &own,
          source->n_volumes == 1 ? 0 : settings->index, take_mask, &mask,
          error))
    return NULL;
  info->labelled = TRUE;
  info->n_label_voxels = mask.n_label;
  remark_on_mask (location, &mask, source->n_voxels, remarks);
  return g_steal_pointer (&values);
}

SnnVolume *
snn_nifti_load_labelled (const gchar *location, const gchar *label,
    const SnnNiftiSettings *settings, GPtrArray *remarks, GError **error)
{
  g_auto (Source) source = { NULL, };
  g_auto (Source) mask_source = { NULL, };
  g_autofree gchar *subject = snn_nifti_subject (location);
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new (subject);
  g_autofree float *image = NULL;
  guint8 *mask = NULL;

  if (!open_pair (location, label, settings, &source, &mask_source, remarks,
          error))
    return NULL;
  info->location = g_strdup (location);
  snn_nifti_header_describe (source.header, info);
  image = load_image (&source, info, settings->index, remarks, error);
  if (!image)
    return NULL;
  if (label) {
    mask = load_mask (label, &mask_source, info, settings, remarks, error);
    if (!mask)
      return NULL;
  }
  info->header = g_steal_pointer (&source.header);
  return snn_volume_new (g_steal_pointer (&info), g_steal_pointer (&image),
      mask);
}

SnnVolume *
snn_nifti_load (const gchar *location, guint index, GPtrArray *remarks,
    GError **error)
{
  SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;

  settings.index = index;
  return snn_nifti_load_labelled (location, NULL, &settings, remarks, error);
}
