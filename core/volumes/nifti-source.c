/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-source.h"

#include "../base/error.h"
#include "../base/remarks.h"
#include "nifti-name.h"
#include "nifti-voxels.h"

void
snn_nifti_source_clear (SnnNiftiSource *source)
{
  g_clear_pointer (&source->header, snn_nifti_header_free);
  g_clear_pointer (&source->file, snn_nifti_file_close);
}

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

/* The header of @source's file, whose voxels have to be where they are
 * expected. */
static gboolean
take_header (SnnNiftiSource *source, gboolean paired, GPtrArray *remarks,
    GError **error)
{
  source->header = read_header (source->file, remarks, error);
  if (!source->header)
    return FALSE;
  if (source->header->paired == paired)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: its magic is that of "
      "%s", snn_nifti_file_location (source->file), source->header->paired
      ? "an .hdr file with an .img beside it" : "a single .nii file");
  return FALSE;
}

/* That there can be as many voxels in the file as the header says. */
static gboolean
count_voxels (SnnNiftiSource *source, GError **error)
{
  gsize volume_bytes, end;

  if (!snn_nifti_check_capacity (source->file, source->header, error))
    return FALSE;
  snn_nifti_count (source->header, &source->n_voxels, &source->n_volumes,
      &volume_bytes, &end);
  return TRUE;
}

/* Reads the header of @location, and no more: @source has the file of the header. */
static gboolean
open_header (const gchar *location, SnnNiftiSource *source,
    GPtrArray *remarks, GError **error)
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
  return source->file
      && take_header (source, !g_str_equal (ending, ".nii"), remarks, error);
}

gboolean
snn_nifti_source_open (const gchar *location,
    SnnNiftiSource *source, GPtrArray *remarks, GError **error)
{
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
  return count_voxels (source, error);
}

gboolean
snn_nifti_source_open_memory (SnnMemoryFile *memory, SnnNiftiSource *source,
    GPtrArray *remarks, GError **error)
{
  source->file = snn_nifti_file_open_memory (memory, error);
  return source->file && take_header (source, FALSE, remarks, error)
      && count_voxels (source, error);
}

gboolean
snn_nifti_source_check_index (const gchar *location,
    const SnnNiftiSource *source, guint index, GPtrArray *remarks,
    GError **error)
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

gboolean
snn_nifti_source_check_memory (const gchar *location,
    const SnnNiftiSource *source, guint n_channels, gboolean labelled,
    guint64 max_bytes, GError **error)
{
  nifti_2_header fields = source->header->fields;
  const gsize item = n_channels * sizeof (float) + (labelled ? 1 : 0);
  gsize size = item;

  if (g_size_checked_mul (&size, size, source->n_voxels)
      && (max_bytes == 0 || size <= max_bytes))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its %"
      G_GINT64_FORMAT " x %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " voxels "
      "would take %.4g GiB of memory, where %.4g GiB are allowed (max-bytes)",
      location, (gint64) fields.dim[1], (gint64) fields.dim[2],
      (gint64) fields.dim[3], (double) source->n_voxels
      * (double) item / 0x1p30, (double) max_bytes / 0x1p30);
  return FALSE;
}
