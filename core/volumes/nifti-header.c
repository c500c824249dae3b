/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-header.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/remarks.h"
#include "nifti-affine.h"

static const gchar magic_1[4] = "n+1", magic_1_paired[4] = "ni1";
static const gchar magic_2[8] = "n+2\0\r\n\032\n", magic_2_paired[8] =
    "ni2\0\r\n\032\n";

gsize
snn_nifti_header_size (guint version)
{
  return version == 1 ? sizeof (nifti_1_header) : sizeof (nifti_2_header);
}

static void
widen (const nifti_1_header *from, nifti_2_header *to)
{
  memset (to, 0, sizeof *to);
  to->sizeof_hdr = sizeof *to;
  to->datatype = from->datatype;
  to->bitpix = from->bitpix;
  for (guint i = 0; i < 8; i++) {
    to->dim[i] = from->dim[i];
    to->pixdim[i] = from->pixdim[i];
  }
  to->intent_p1 = from->intent_p1;
  to->intent_p2 = from->intent_p2;
  to->intent_p3 = from->intent_p3;
  to->intent_code = from->intent_code;
  to->scl_slope = from->scl_slope;
  to->scl_inter = from->scl_inter;
  to->cal_max = from->cal_max;
  to->cal_min = from->cal_min;
  to->slice_duration = from->slice_duration;
  to->toffset = from->toffset;
  to->slice_start = from->slice_start;
  to->slice_end = from->slice_end;
  to->slice_code = from->slice_code;
  to->xyzt_units = from->xyzt_units;
  to->dim_info = from->dim_info;
  memcpy (to->descrip, from->descrip, sizeof to->descrip);
  memcpy (to->aux_file, from->aux_file, sizeof to->aux_file);
  memcpy (to->intent_name, from->intent_name, sizeof to->intent_name);
  to->qform_code = from->qform_code;
  to->sform_code = from->sform_code;
  to->quatern_b = from->quatern_b;
  to->quatern_c = from->quatern_c;
  to->quatern_d = from->quatern_d;
  to->qoffset_x = from->qoffset_x;
  to->qoffset_y = from->qoffset_y;
  to->qoffset_z = from->qoffset_z;
  for (guint i = 0; i < 4; i++) {
    to->srow_x[i] = from->srow_x[i];
    to->srow_y[i] = from->srow_y[i];
    to->srow_z[i] = from->srow_z[i];
  }
}

/* The way back of widen(). */
static void
narrow (const nifti_2_header *from, nifti_1_header *to)
{
  memset (to, 0, sizeof *to);
  to->sizeof_hdr = sizeof *to;
  to->regular = 'r';
  memcpy (to->magic, magic_1, sizeof to->magic);
  to->datatype = from->datatype;
  to->bitpix = from->bitpix;
  for (guint i = 0; i < 8; i++) {
    to->dim[i] = (short) from->dim[i];
    to->pixdim[i] = (float) from->pixdim[i];
  }
  to->intent_p1 = (float) from->intent_p1;
  to->intent_p2 = (float) from->intent_p2;
  to->intent_p3 = (float) from->intent_p3;
  to->intent_code = (short) from->intent_code;
  to->vox_offset = (float) from->vox_offset;
  to->scl_slope = (float) from->scl_slope;
  to->scl_inter = (float) from->scl_inter;
  to->cal_max = (float) from->cal_max;
  to->cal_min = (float) from->cal_min;
  to->slice_duration = (float) from->slice_duration;
  to->toffset = (float) from->toffset;
  to->slice_start = (short) from->slice_start;
  to->slice_end = (short) from->slice_end;
  to->slice_code = (char) from->slice_code;
  to->xyzt_units = (char) from->xyzt_units;
  to->dim_info = from->dim_info;
  memcpy (to->descrip, from->descrip, sizeof to->descrip);
  memcpy (to->aux_file, from->aux_file, sizeof to->aux_file);
  memcpy (to->intent_name, from->intent_name, sizeof to->intent_name);
  to->qform_code = (short) from->qform_code;
  to->sform_code = (short) from->sform_code;
  to->quatern_b = (float) from->quatern_b;
  to->quatern_c = (float) from->quatern_c;
  to->quatern_d = (float) from->quatern_d;
  to->qoffset_x = (float) from->qoffset_x;
  to->qoffset_y = (float) from->qoffset_y;
  to->qoffset_z = (float) from->qoffset_z;
  for (guint i = 0; i < 4; i++) {
    to->srow_x[i] = (float) from->srow_x[i];
    to->srow_y[i] = (float) from->srow_y[i];
    to->srow_z[i] = (float) from->srow_z[i];
  }
}

static gboolean
check_dims (nifti_2_header *fields, const gchar *location, GError **error)
{
  if (fields->dim[0] < 1 || fields->dim[0] > 7) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: its header says %"
        G_GINT64_FORMAT " dimensions where 1 to 7 are possible", location,
        (gint64) fields->dim[0]);
    return FALSE;
  }
  for (gint64 i = 1; i < 8; i++) {
    /* A fourth extent of 0 means one volume, as for nifti_clib. */
    if (i > fields->dim[0] || (i > 3 && fields->dim[i] == 0))
      fields->dim[i] = 1;
    if (fields->dim[i] < 1) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: its dimension %"
          G_GINT64_FORMAT " is %" G_GINT64_FORMAT " where at least 1 is needed",
          location, i, (gint64) fields->dim[i]);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_type (const nifti_2_header *fields, const gchar *location,
    GError **error)
{
  switch (fields->datatype) {
    case DT_UINT8:
    case DT_INT8:
    case DT_UINT16:
    case DT_INT16:
    case DT_UINT32:
    case DT_INT32:
    case DT_UINT64:
    case DT_INT64:
    case DT_FLOAT32:
    case DT_FLOAT64:
    case DT_FLOAT128:
      return TRUE;
    default:
      if (fields->datatype == DT_BINARY
          || nifti_is_valid_datatype (fields->datatype))
        g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its voxels "
            "are %s (datatype %d) where one real number each is expected",
            location, nifti_datatype_string (fields->datatype),
            fields->datatype);
      else
        g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: its datatype %d "
            "is none that NIfTI knows", location, fields->datatype);
      return FALSE;
  }
}

static gboolean
check_offset (SnnNiftiHeader *header, double offset, const gchar *location,
    GError **error)
{
  gsize least = header->paired ? 0 : snn_nifti_header_size (header->version) + 4;

  /* Zero in a single file means the usual place. */
  if (offset == 0.)
    offset = (double) least;
  if (!(offset >= (double) least && offset < 0x1p62 && floor (offset) == offset)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: its voxels begin at "
        "byte %g where a whole number of at least %" G_GSIZE_FORMAT
        " is expected", location, offset, least);
    return FALSE;
  }
  header->fields.vox_offset = (int64_t) offset;
  return TRUE;
}

static gboolean
check_scale (const nifti_2_header *fields, const gchar *location,
    GPtrArray *remarks, GError **error)
{
  if (!isfinite (fields->scl_slope)) {
    snn_remark (remarks, "%s: its scl_slope is %g; the values are taken "
        "unscaled", location, fields->scl_slope);
  } else if (fields->scl_slope != 0. && !isfinite (fields->scl_inter)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: its scl_inter is %g "
        "where a finite number is expected", location, fields->scl_inter);
    return FALSE;
  }
  return TRUE;
}

/* Version and byte order, from the header's own size; 0 is neither. */
static guint
detect (const guint8 *bytes, gboolean *swapped)
{
  guint32 size;

  memcpy (&size, bytes, sizeof size);
  *swapped = size != sizeof (nifti_1_header) && size != sizeof (nifti_2_header);
  if (*swapped)
    size = GUINT32_SWAP_LE_BE (size);
  if (size == sizeof (nifti_1_header))
    return 1;
  return size == sizeof (nifti_2_header) ? 2 : 0;
}

static gboolean
parse_version_1 (SnnNiftiHeader *header, const guint8 *bytes, double *offset,
    const gchar *location, GError **error)
{
  nifti_1_header raw;

  memcpy (&raw, bytes, sizeof raw);
  if (header->swapped)
    nifti_swap_as_nifti1 (&raw);
  header->paired = memcmp (raw.magic, magic_1_paired, sizeof raw.magic) == 0;
  if (!header->paired && memcmp (raw.magic, magic_1, sizeof raw.magic) != 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s is not NIfTI: the "
        "magic \"n+1\" or \"ni1\" is missing. Analyze 7.5 files, which look "
        "like that, do not say where left and right are and are not read",
        location);
    return FALSE;
  }
  widen (&raw, &header->fields);
  *offset = raw.vox_offset;
  return TRUE;
}

static gboolean
parse_version_2 (SnnNiftiHeader *header, const guint8 *bytes, double *offset,
    const gchar *location, GError **error)
{
  nifti_2_header *raw = &header->fields;

  memcpy (raw, bytes, sizeof *raw);
  if (header->swapped)
    nifti_swap_as_nifti2 (raw);
  header->paired = memcmp (raw->magic, magic_2_paired, sizeof raw->magic) == 0;
  if (!header->paired && memcmp (raw->magic, magic_2, sizeof raw->magic) != 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s is not NIfTI: its "
        "header has NIfTI-2's size, but not its magic \"n+2\" or \"ni2\"",
        location);
    return FALSE;
  }
  *offset = (double) raw->vox_offset;
  return TRUE;
}

SnnNiftiHeader *
snn_nifti_header_parse (const guint8 *bytes, gsize n, const gchar *location,
    GPtrArray *remarks, GError **error)
{
  g_autoptr (SnnNiftiHeader) header = g_new0 (SnnNiftiHeader, 1);
  nifti_2_header *fields = &header->fields;
  gsize needed = sizeof (nifti_1_header);
  double offset;

  if (n >= sizeof (gint32)) {
    header->version = detect (bytes, &header->swapped);
    if (header->version == 0) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s is not NIfTI: it "
          "does not begin with a header size of 348 or 540", location);
      return NULL;
    }
    needed = snn_nifti_header_size (header->version);
  }
  if (n < needed) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s is not NIfTI: it ends "
        "after %" G_GSIZE_FORMAT " bytes where the header alone has %"
        G_GSIZE_FORMAT, location, n, needed);
    return NULL;
  }
  if (header->version == 1 ?
      !parse_version_1 (header, bytes, &offset, location, error) :
      !parse_version_2 (header, bytes, &offset, location, error))
    return NULL;
  if (!check_dims (fields, location, error)
      || !check_type (fields, location, error)
      || !check_offset (header, offset, location, error)
      || !check_scale (fields, location, remarks, error))
    return NULL;
  snn_nifti_choose_affine (header, location, remarks);
  return g_steal_pointer (&header);
}

void
snn_nifti_header_set_extensions (SnnNiftiHeader *header, guint8 *bytes,
    gsize n, const gchar *location, GPtrArray *remarks)
{
  gsize at = 0;

  while (n - at >= 16) {
    guint32 words[2];

    memcpy (words, bytes + at, sizeof words);
    if (header->swapped) {
      words[0] = GUINT32_SWAP_LE_BE (words[0]);
      words[1] = GUINT32_SWAP_LE_BE (words[1]);
    }
    if (words[0] < 16 || words[0] % 16 != 0 || words[0] > n - at) {
      snn_remark (remarks, "%s: a header extension says it has %u bytes where "
          "a multiple of 16 up to %" G_GSIZE_FORMAT " is possible; it is left "
          "out", location, words[0], n - at);
      break;
    }
    memcpy (bytes + at, words, sizeof words);
    at += words[0];
  }
  if (at > 0)
    header->extensions = g_bytes_new_take (bytes, at);
  else
    g_free (bytes);
}

SnnNiftiHeader *
snn_nifti_header_new (const SnnVolumeInfo *info)
{
  SnnNiftiHeader *header = g_new0 (SnnNiftiHeader, 1);
  nifti_2_header *fields = &header->fields;

  header->version = 1;
  memcpy (header->affine, info->affine, sizeof header->affine);
  fields->pixdim[0] = 1.;
  for (guint i = 0; i < 3; i++) {
    fields->pixdim[i + 1] = info->zooms[i];
    if (info->dims[i] > G_MAXINT16)
      header->version = 2;
  }
  fields->xyzt_units = NIFTI_UNITS_MM;
  fields->sform_code = NIFTI_XFORM_ALIGNED_ANAT;
  memcpy (fields->srow_x, info->affine[0], sizeof fields->srow_x);
  memcpy (fields->srow_y, info->affine[1], sizeof fields->srow_y);
  memcpy (fields->srow_z, info->affine[2], sizeof fields->srow_z);
  return header;
}

GByteArray *
snn_nifti_header_serialize (const SnnNiftiHeader *header)
{
  GByteArray *bytes = g_byte_array_new ();
  nifti_2_header fields = header->fields;
  guint8 announcement[4] = { header->extensions != NULL, 0, 0, 0 };
  gsize extensions = 0;

  if (header->extensions)
    extensions = g_bytes_get_size (header->extensions);
  fields.sizeof_hdr = sizeof fields;
  fields.vox_offset = (int64_t) (snn_nifti_header_size (header->version)
      + sizeof announcement + extensions);
  memcpy (fields.magic, magic_2, sizeof fields.magic);
  if (header->version == 1) {
    nifti_1_header raw;

    narrow (&fields, &raw);
    g_byte_array_append (bytes, (const guint8 *) &raw, sizeof raw);
  } else {
    g_byte_array_append (bytes, (const guint8 *) &fields, sizeof fields);
  }
  g_byte_array_append (bytes, announcement, sizeof announcement);
  if (extensions > 0)
    g_byte_array_append (bytes, g_bytes_get_data (header->extensions, NULL),
        (guint) extensions);
  return bytes;
}

SnnNiftiHeader *
snn_nifti_header_copy (const SnnNiftiHeader *header)
{
  SnnNiftiHeader *copy = g_memdup2 (header, sizeof *header);

  if (copy->extensions)
    g_bytes_ref (copy->extensions);
  return copy;
}

void
snn_nifti_header_free (SnnNiftiHeader *header)
{
  if (!header)
    return;
  g_clear_pointer (&header->extensions, g_bytes_unref);
  g_free (header);
}

/* Which stored axis runs most along which world axis. The rotation is the
 * affine's closest one (its polar factor), so shear does not matter; stored
 * axes choose in their order, each among the world axes that are left. */
static void
choose_axes (const double affine[4][4], guint8 axis[3], gboolean flip[3])
{
  nifti_dmat33 columns, rotation;
  gboolean taken[3] = { FALSE, };

  for (guint j = 0; j < 3; j++) {
    double norm = hypot (hypot (affine[0][j], affine[1][j]), affine[2][j]);

    for (guint i = 0; i < 3; i++)
      columns.m[i][j] = affine[i][j] / norm;
  }
  rotation = nifti_dmat33_polar (columns);
  for (guint stored = 0; stored < 3; stored++) {
    guint best = 3;

    for (guint world = 0; world < 3; world++)
      if (!taken[world] && (best == 3 || fabs (rotation.m[world][stored])
              > fabs (rotation.m[best][stored])))
        best = world;
    taken[best] = TRUE;
    axis[best] = stored;
    flip[best] = rotation.m[best][stored] < 0.;
  }
}

void
snn_nifti_header_describe (const SnnNiftiHeader *header, SnnVolumeInfo *info)
{
  const nifti_2_header *fields = &header->fields;
  const double unit = snn_nifti_unit (fields);

  choose_axes (header->affine, info->axis, info->flip);
  for (guint i = 0; i < 4; i++)
    info->affine[i][3] = header->affine[i][3];
  for (guint i = 0; i < 3; i++) {
    guint stored = info->axis[i];
    double direction = info->flip[i] ? -1. : 1.;
    double first, norm = 0.;

    info->dims[i] = (gsize) fields->dim[stored + 1];
    first = info->flip[i] ? (double) (info->dims[i] - 1) : 0.;
    for (guint row = 0; row < 3; row++) {
      double column = header->affine[row][stored];

      info->affine[row][i] = direction * column;
      info->affine[row][3] += first * column;
      norm = hypot (norm, column);
    }
    /* pixdim is what other programs show; it differs from the affine's column
     * by rounding where it is right. */
    info->zooms[i] = fabs (fields->pixdim[stored + 1]) * unit;
    if (!(fabs (info->zooms[i] - norm) <= 1e-3 * norm))
      info->zooms[i] = norm;
  }
}

gboolean
snn_nifti_count (const SnnNiftiHeader *header, gsize *n_voxels,
    gsize *n_volumes, gsize *volume_bytes, gsize *end)
{
  const nifti_2_header *fields = &header->fields;
  int size, swap_size;

  *n_voxels = *n_volumes = 1;
  *end = 0;
  nifti_datatype_sizes (fields->datatype, &size, &swap_size);
  for (guint i = 1; i < 8; i++) {
    gsize *count = i <= 3 ? n_voxels : n_volumes;

    if (!g_size_checked_mul (count, *count, (gsize) fields->dim[i])
        || *count > G_MAXINT64)
      return FALSE;
  }
  return g_size_checked_mul (volume_bytes, *n_voxels, (gsize) size)
      && g_size_checked_mul (end, *volume_bytes, *n_volumes)
      && g_size_checked_add (end, *end, (gsize) fields->vox_offset)
      && *end <= G_MAXINT64;
}

gssize
snn_nifti_steps (const SnnVolumeInfo *info, gssize steps[3])
{
  gssize step = 1, base = 0;

  for (guint i = 0; i < 3; i++) {
    steps[info->axis[i]] = info->flip[i] ? -step : step;
    if (info->flip[i])
      base += step * (gssize) (info->dims[i] - 1);
    step *= (gssize) info->dims[i];
  }
  return base;
}

gssize
snn_nifti_strides (const SnnVolumeInfo *info, gssize strides[3])
{
  gssize stored[3], base = 0;
  gsize dims[3];

  for (guint i = 0; i < 3; i++)
    dims[info->axis[i]] = info->dims[i];
  stored[0] = 1;
  stored[1] = (gssize) dims[0];
  stored[2] = (gssize) (dims[0] * dims[1]);
  for (guint i = 0; i < 3; i++) {
    strides[i] = stored[info->axis[i]];
    if (info->flip[i]) {
      base += strides[i] * (gssize) (info->dims[i] - 1);
      strides[i] = -strides[i];
    }
  }
  return base;
}
