/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-write.h"

#include <string.h>
#include <zlib.h>

#include "../base/atomic-file.h"
#include "../base/error.h"
#include "nifti-header.h"

/* 16 more than zlib's largest window asks for gzip's framing. */
#define GZIP_WINDOW (15 + 16)
#define PIECE (1u << 30)

/* The smallest type that has all values of classes. */
static int
mask_type (const SnnClasses *classes)
{
  int type = DT_UINT8;

  for (guint i = 0; classes && i < classes->n; i++) {
    const gint value = classes->values[i];

    if (value < G_MININT16 || value > G_MAXINT16)
      return DT_INT32;
    if (value < 0 || value > G_MAXUINT8)
      type = DT_INT16;
  }
  return type;
}

/* What holds for the new voxels and not for the source's: extent, type, scaling,
 * and what the values mean. */
static SnnNiftiHeader *
header_for (const SnnVolumeInfo *info, guint n_volumes, int type)
{
  SnnNiftiHeader *header = info->header ?
      snn_nifti_header_copy (info->header) : snn_nifti_header_new (info);
  nifti_2_header *fields = &header->fields;
  int size, swap_size;

  fields->datatype = (int16_t) type;
  nifti_datatype_sizes (fields->datatype, &size, &swap_size);
  fields->bitpix = (int16_t) (8 * size);
  fields->dim[0] = n_volumes > 1 ? 4 : 3;
  for (guint i = 0; i < 3; i++)
    fields->dim[info->axis[i] + 1] = (int64_t) info->dims[i];
  for (guint i = 4; i < 8; i++)
    fields->dim[i] = 1;
  if (n_volumes > 1) {
    fields->dim[4] = n_volumes;
    fields->pixdim[4] = 1.;     /* they are no points in time */
  }
  fields->scl_slope = 1.;
  fields->scl_inter = 0.;
  fields->cal_min = fields->cal_max = 0.;
  fields->intent_code = NIFTI_INTENT_NONE;
  fields->intent_p1 = fields->intent_p2 = fields->intent_p3 = 0.;
  memset (fields->intent_name, 0, sizeof fields->intent_name);
  return header;
}

/* What numbers of classes are as voxels of @type. */
typedef struct
{
  gsize item;                   /* bytes of one; 0: as they are */
  guint8 bytes[SNN_CLASSES_MAX + 1][sizeof (gint32)];
} Voxels;

static void
voxels_init (Voxels *voxels, const SnnClasses *classes, int type)
{
  *voxels = (Voxels) { 0, };
  if (!classes || classes->n == 0)
    return;
  voxels->item = type == DT_UINT8 ? 1 : type == DT_INT16 ? 2 : 4;
  for (guint i = 0; i < classes->n; i++) {
    const guint8 small = (guint8) classes->values[i];
    const gint16 middle = (gint16) classes->values[i];
    gconstpointer from = type == DT_UINT8 ? (gconstpointer) &small
        : type == DT_INT16 ? (gconstpointer) &middle
        : (gconstpointer) &classes->values[i];

    memcpy (voxels->bytes[i + 1], from, voxels->item);
  }
}

/* What is written. */
typedef struct
{
  SnnNiftiContent content;
  guint n_volumes;
  const SnnClasses *classes;    /* of a mask, or NULL */
  gconstpointer values;
} Written;

/* Puts @values of one volume, of @step bytes, where they are stored. */
static void
store_volume (const SnnVolumeInfo *info, const Voxels *voxels, gsize step,
    const guint8 *values, guint8 *stored)
{
  const gsize item = voxels->item ? voxels->item : step;
  gssize strides[3], base = snn_nifti_strides (info, strides);

  for (gsize z = 0; z < info->dims[2]; z++)
    for (gsize y = 0; y < info->dims[1]; y++) {
      gssize line = base + (gssize) y * strides[1] + (gssize) z * strides[2];

      for (gsize x = 0; x < info->dims[0]; x++, values += step)
        memcpy (stored + (gsize) (line + (gssize) x * strides[0]) * item,
            voxels->item ? voxels->bytes[*values] : values, item);
    }
}

/* Header and voxels in stored order. */
static guint8 *
assemble (const gchar *location, const SnnVolumeInfo *info,
    const Written *written, gsize *size, GError **error)
{
  const gboolean mask = written->content == SNN_NIFTI_MASK;
  const int type = mask ? mask_type (written->classes) : DT_FLOAT32;
  g_autoptr (SnnNiftiHeader) header = header_for (info, written->n_volumes,
      type);
  g_autoptr (GByteArray) begin = snn_nifti_header_serialize (header);
  const gsize step = mask ? 1 : sizeof (float);
  const gsize n = info->dims[0] * info->dims[1] * info->dims[2];
  const guint8 *values = written->values;
  Voxels voxels;
  gsize item;
  guint8 *bytes;

  voxels_init (&voxels, mask ? written->classes : NULL, type);
  item = voxels.item ? voxels.item : step;
  *size = written->n_volumes * item;
  for (guint i = 0; i < 3; i++)
    if (!g_size_checked_mul (size, *size, info->dims[i]))
      goto too_large;
  if (!g_size_checked_add (size, *size, begin->len))
    goto too_large;
  bytes = g_try_malloc (*size);
  if (!bytes)
    goto too_large;

  memcpy (bytes, begin->data, begin->len);
  for (gsize v = 0; v < written->n_volumes; v++)
    store_volume (info, &voxels, step, values + v * n * step,
        bytes + begin->len + v * n * item);
  return bytes;

too_large:
  g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s: no memory for %"
      G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " voxels",
      location, info->dims[0], info->dims[1], info->dims[2]);
  return NULL;
}

static guint8 *
compress_bytes (const gchar *location, const guint8 *bytes, gsize size,
    gsize *compressed_size, GError **error)
{
  z_stream stream = { 0, };
  gsize room, left = size;
  guint8 *out;
  int result;

  if (deflateInit2 (&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
          Z_DEFAULT_STRATEGY) != Z_OK) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s: no memory to compress",
        location);
    return NULL;
  }
  room = deflateBound (&stream, size);
  out = g_try_malloc (room);
  if (!out) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s: no memory to compress "
        "%" G_GSIZE_FORMAT " bytes", location, size);
    deflateEnd (&stream);
    return NULL;
  }
  stream.next_in = (Bytef *) bytes;
  stream.next_out = out;
  do {
    stream.avail_in = (uInt) MIN (left, PIECE);
    left -= stream.avail_in;
    do {
      stream.avail_out = (uInt) MIN (room - (gsize) (stream.next_out - out),
          PIECE);
      result = deflate (&stream, left > 0 ? Z_NO_FLUSH : Z_FINISH);
    } while (stream.avail_in > 0 || (left == 0 && result == Z_OK));
  } while (left > 0);
  *compressed_size = (gsize) (stream.next_out - out);
  deflateEnd (&stream);
  return out;
}

static gboolean
write_file (const gchar *location, const SnnVolumeInfo *info,
    const Written *written, GError **error)
{
  g_autofree gchar *lower = g_ascii_strdown (location, -1);
  gboolean zipped = g_str_has_suffix (lower, ".nii.gz");
  g_autofree guint8 *bytes = NULL;
  g_autofree guint8 *compressed = NULL;
  gsize size, compressed_size;

  if (!zipped && !g_str_has_suffix (lower, ".nii")) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "Can't write %s: its "
        "name must end in .nii or .nii.gz", location);
    return FALSE;
  }
  bytes = assemble (location, info, written, &size, error);
  if (!bytes)
    return FALSE;
  if (!zipped)
    return snn_file_write (location, bytes, size, error);
  compressed = compress_bytes (location, bytes, size, &compressed_size, error);
  return compressed
      && snn_file_write (location, compressed, compressed_size, error);
}

gboolean
snn_nifti_write (const gchar *location, const SnnVolumeInfo *info,
    SnnNiftiContent content, gconstpointer values, GError **error)
{
  const Written written = { content, 1, NULL, values };

  return write_file (location, info, &written, error);
}

gboolean
snn_nifti_write_probabilities (const gchar *location, const SnnVolumeInfo *info,
    guint n_volumes, const float *values, GError **error)
{
  const Written written = { SNN_NIFTI_PROBABILITY, n_volumes, NULL, values };

  return write_file (location, info, &written, error);
}

gboolean
snn_nifti_write_classes (const gchar *location, const SnnVolumeInfo *info,
    const SnnClasses *classes, const guint8 *values, GError **error)
{
  const Written written = { SNN_NIFTI_MASK, 1, classes, values };

  return write_file (location, info, &written, error);
}
