/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-voxels.h"

#include <math.h>

#include "../base/error.h"

/* Values that are converted at a time, few enough to stay in the cache, and the longest
 * of them in bytes. */
#define BLOCK (1 << 12)
#define LONGEST_VALUE 16

/* A block of a file, and what it becomes. */
typedef struct
{
  guint8 bytes[BLOCK * LONGEST_VALUE];
  double values[BLOCK];
} Block;

/* IEEE 754 binary128 in native byte order, rounded towards zero. FALSE where
 * it can't be one: x86's long double, stored in 16 bytes, reads as a value
 * below the smallest normal one, which no measurement is. */
static gboolean
binary128_to_double (const guint64 words[2], double *value)
{
  guint64 high = words[G_BYTE_ORDER == G_LITTLE_ENDIAN ? 1 : 0];
  guint64 low = words[G_BYTE_ORDER == G_LITTLE_ENDIAN ? 0 : 1];
  guint64 fraction = high & G_GUINT64_CONSTANT (0xffffffffffff);
  int exponent = (int) (high >> 48 & 0x7fff);
  double magnitude;

  if (exponent == 0 && (fraction != 0 || low != 0))
    return FALSE;
  if (exponent == 0x7fff)
    magnitude = fraction || low ? (double) NAN : (double) INFINITY;
  else if (exponent == 0)
    magnitude = 0.;
  else
    magnitude = ldexp (1. + ldexp ((double) (fraction << 4 | low >> 60), -52),
        exponent - 16383);
  *value = high >> 63 ? -magnitude : magnitude;
  return TRUE;
}

/* Converts @n values of @datatype, which is none of 128 bits. */
static void
to_doubles (gconstpointer bytes, int datatype, gsize n, double *values)
{
#define CONVERT(TYPE) \
  for (gsize i = 0; i < n; i++) \
    values[i] = (double) ((const TYPE *) bytes)[i]; \
  break

  switch (datatype) {
    case DT_UINT8:
      CONVERT (guint8);
    case DT_INT8:
      CONVERT (gint8);
    case DT_UINT16:
      CONVERT (guint16);
    case DT_INT16:
      CONVERT (gint16);
    case DT_UINT32:
      CONVERT (guint32);
    case DT_INT32:
      CONVERT (gint32);
    case DT_UINT64:
      CONVERT (guint64);
    case DT_INT64:
      CONVERT (gint64);
    case DT_FLOAT32:
      CONVERT (float);
    default:
      CONVERT (double);
  }
#undef CONVERT
}

static gboolean
convert_block (const SnnNiftiHeader *header, Block *block, gsize n,
    const gchar *location, GError **error)
{
  const nifti_2_header *fields = &header->fields;
  gboolean scaled = isfinite (fields->scl_slope) && fields->scl_slope != 0.
      && (fields->scl_slope != 1. || fields->scl_inter != 0.);
  int datatype = fields->datatype, size, swap_size;

  nifti_datatype_sizes (datatype, &size, &swap_size);
  if (header->swapped && swap_size > 1)
    nifti_swap_Nbytes ((int64_t) n, swap_size, block->bytes);
  if (datatype != DT_FLOAT128)
    to_doubles (block->bytes, datatype, n, block->values);
  for (gsize i = 0; datatype == DT_FLOAT128 && i < n; i++)
    if (!binary128_to_double ((const guint64 *) block->bytes + 2 * i,
            &block->values[i])) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its voxels "
          "are FLOAT128, but not of IEEE 754's 128 bits", location);
      return FALSE;
    }
  for (gsize i = 0; scaled && i < n; i++)
    block->values[i] = block->values[i] * fields->scl_slope + fields->scl_inter;
  return TRUE;
}

/* Hands on @n values, stored from voxel @first on, row by row. */
static void
take_rows (const SnnVolumeInfo *info, gsize first, const double *values,
    gsize n, SnnNiftiTake take, gpointer data)
{
  gssize steps[3], base = snn_nifti_steps (info, steps);
  gsize dims[3];

  for (guint i = 0; i < 3; i++)
    dims[info->axis[i]] = info->dims[i];
  while (n > 0) {
    gsize i = first % dims[0], row = first / dims[0];
    gsize j = row % dims[1], k = row / dims[1];
    gsize count = MIN (n, dims[0] - i);

    take (data, (gsize) (base + (gssize) i * steps[0] + (gssize) j * steps[1]
            + (gssize) k * steps[2]), steps[0], values, count);
    first += count;
    values += count;
    n -= count;
  }
}

static gboolean
read_blocks (SnnNiftiFile *file, const SnnNiftiHeader *header,
    const SnnVolumeInfo *info, gsize n, SnnNiftiTake take, gpointer data,
    GError **error)
{
  const gchar *location = snn_nifti_file_location (file);
  g_autofree Block *block = g_new (Block, 1);
  int size, swap_size;

  nifti_datatype_sizes (header->fields.datatype, &size, &swap_size);
  for (gsize done = 0; done < n;) {
    gsize count = MIN (n - done, BLOCK), got;

    if (!snn_nifti_file_read (file, block->bytes, count * (gsize) size, &got,
            error))
      return FALSE;
    if (got < count * (gsize) size) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s ends after %"
          G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " voxels", location,
          done + got / (gsize) size, n);
      return FALSE;
    }
    if (!convert_block (header, block, count, location, error))
      return FALSE;
    take_rows (info, done, block->values, count, take, data);
    done += count;
  }
  return TRUE;
}

gboolean
snn_nifti_check_capacity (const SnnNiftiFile *file,
    const SnnNiftiHeader *header, GError **error)
{
  const nifti_2_header *fields = &header->fields;
  gsize n, n_volumes, volume_bytes, end;

  if (snn_nifti_count (header, &n, &n_volumes, &volume_bytes, &end)
      && end <= snn_nifti_file_capacity (file))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: its header says %"
      G_GINT64_FORMAT " x %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " x %"
      G_GINT64_FORMAT " voxels of %s, more than its %" G_GUINT64_FORMAT
      " bytes can hold", snn_nifti_file_location (file),
      (gint64) fields->dim[1], (gint64) fields->dim[2],
      (gint64) fields->dim[3], (gint64) fields->dim[4],
      nifti_datatype_string (fields->datatype), snn_nifti_file_size (file));
  return FALSE;
}

gboolean
snn_nifti_read_voxels (SnnNiftiFile *file, const SnnNiftiHeader *header,
    const SnnVolumeInfo *info, guint index, SnnNiftiTake take, gpointer data,
    GError **error)
{
  gsize n, n_volumes, volume_bytes, end, start;

  if (!snn_nifti_check_capacity (file, header, error))
    return FALSE;
  snn_nifti_count (header, &n, &n_volumes, &volume_bytes, &end);
  if (index >= n_volumes) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC, "%s has %" G_GSIZE_FORMAT
        " volumes, so there is none with index %u",
        snn_nifti_file_location (file), n_volumes, index);
    return FALSE;
  }
  start = (gsize) header->fields.vox_offset + index * volume_bytes;
  return snn_nifti_file_seek (file, start, error)
      && read_blocks (file, header, info, n, take, data, error)
      && snn_nifti_file_check_rest (file, end - start - volume_bytes, error);
}
