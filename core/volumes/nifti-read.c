/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-read.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "../base/error.h"
#include "nifti-header.h"

/* Bytes asked of a file at a time. A multiple of every voxel's size. */
#define BLOCK (1 << 20)
#define AFFINE_TOLERANCE 1e-3

static const gchar *const endings[] = { ".nii", ".hdr", ".img" };

/* Length of @name without its ending; 0 where that is not one of ours, and
 * @ending is then NULL. */
static gsize
stem_length (const gchar *name, const gchar **ending)
{
  gsize n = strlen (name);

  *ending = NULL;
  if (n > 3 && g_ascii_strcasecmp (name + n - 3, ".gz") == 0)
    n -= 3;
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (n > 4 && g_ascii_strncasecmp (name + n - 4, endings[i], 4) == 0) {
      *ending = endings[i];
      return n - 4;
    }
  return 0;
}

gboolean
snn_nifti_is_location (const gchar *name)
{
  const gchar *ending;

  return stem_length (name, &ending) > 0;
}

gchar *
snn_nifti_subject (const gchar *location)
{
  g_autofree gchar *name = g_path_get_basename (location);
  const gchar *ending;
  gsize n = stem_length (name, &ending);

  return n > 0 ? g_strndup (name, n) : g_strdup (name);
}

static gzFile
open_file (const gchar *location, guint64 *size, GError **error)
{
  GStatBuf status;
  gzFile file;

  if (g_stat (location, &status) != 0) {
    g_set_error (error, SNN_ERROR,
        errno == ENOENT ? SNN_ERROR_NOT_FOUND : SNN_ERROR_OPEN,
        "Can't open %s: %s", location, g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't open %s: a regular "
        "file is expected", location);
    return NULL;
  }
  file = gzopen (location, "rb");
  if (!file)
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't open %s: %s",
        location, g_strerror (errno));
  *size = (guint64) status.st_size;
  return file;
}

/* Reads up to @n bytes, at most a block; fewer only at the file's end. */
static gboolean
read_block (gzFile file, const gchar *location, gpointer bytes, gsize n,
    gsize *got, GError **error)
{
  *got = 0;
  while (*got < n) {
    int count = gzread (file, (guint8 *) bytes + *got, (unsigned) (n - *got));
    const gchar *text;
    int code = Z_OK;

    if (count > 0) {
      *got += (gsize) count;
      continue;
    }
    text = gzerror (file, &code);
    if (code == Z_OK || code == Z_STREAM_END)
      return TRUE;
    if (code == Z_ERRNO)
      text = g_strerror (errno);
    g_set_error (error, SNN_ERROR,
        code == Z_DATA_ERROR ? SNN_ERROR_FORMAT : SNN_ERROR_READ,
        "Can't read %s%s: %s", location,
        code == Z_ERRNO ? "" : ", its gzip stream is damaged", text);
    return FALSE;
  }
  return TRUE;
}

static gboolean
seek (gzFile file, const gchar *location, gsize offset, GError **error)
{
  int code;

  if (gzseek (file, (z_off_t) offset, SEEK_SET) >= 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "Can't go to byte %"
      G_GSIZE_FORMAT " of %s: %s", offset, location, gzerror (file, &code));
  return FALSE;
}

/* Reads up to @n bytes or the file's end. */
static GByteArray *
read_bytes (gzFile file, const gchar *location, guint64 n, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *block = g_malloc (BLOCK);
  gsize got = BLOCK;

  while (got == BLOCK && bytes->len < n) {
    gsize want = MIN (n - bytes->len, BLOCK);

    if (!read_block (file, location, block, want, &got, error))
      return NULL;
    if (got > G_MAXINT32 - bytes->len) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its header "
          "extensions have more than 2 GiB", location);
      return NULL;
    }
    g_byte_array_append (bytes, block, (guint) got);
  }
  return g_steal_pointer (&bytes);
}

/* The other file of a pair, gzipped or not as @location, or else as it is. */
static gchar *
partner (const gchar *location, gsize stem, const gchar *ending)
{
  g_autofree gchar *base = g_strndup (location, stem);
  g_autofree gchar *plain = g_strconcat (base, ending, NULL);
  g_autofree gchar *zipped = g_strconcat (plain, ".gz", NULL);
  gboolean prefer_zipped = strlen (location) > stem + 4;
  gchar **preferred = prefer_zipped ? &zipped : &plain;
  gchar **other = prefer_zipped ? &plain : &zipped;

  if (!g_file_test (*preferred, G_FILE_TEST_EXISTS)
      && g_file_test (*other, G_FILE_TEST_EXISTS))
    return g_steal_pointer (other);
  return g_steal_pointer (preferred);
}

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

/* Value @i of @voxels, in native byte order. */
static double
voxel_value (gconstpointer voxels, int datatype, gsize i)
{
  switch (datatype) {
    case DT_UINT8:
      return ((const guint8 *) voxels)[i];
    case DT_INT8:
      return ((const gint8 *) voxels)[i];
    case DT_UINT16:
      return ((const guint16 *) voxels)[i];
    case DT_INT16:
      return ((const gint16 *) voxels)[i];
    case DT_UINT32:
      return ((const guint32 *) voxels)[i];
    case DT_INT32:
      return ((const gint32 *) voxels)[i];
    case DT_UINT64:
      return (double) ((const guint64 *) voxels)[i];
    case DT_INT64:
      return (double) ((const gint64 *) voxels)[i];
    case DT_FLOAT32:
      return ((const float *) voxels)[i];
    default:
      return ((const double *) voxels)[i];
  }
}

static gboolean
convert_block (const SnnNiftiHeader *header, gpointer voxels, gsize n,
    float *values, const gchar *location, GError **error)
{
  const nifti_2_header *fields = &header->fields;
  gboolean scaled = isfinite (fields->scl_slope) && fields->scl_slope != 0.
      && (fields->scl_slope != 1. || fields->scl_inter != 0.);
  int datatype = fields->datatype, size, swap_size;

  nifti_datatype_sizes (datatype, &size, &swap_size);
  if (header->swapped && swap_size > 1)
    nifti_swap_Nbytes ((int64_t) n, swap_size, voxels);
  for (gsize i = 0; i < n; i++) {
    double value;

    if (datatype != DT_FLOAT128) {
      value = voxel_value (voxels, datatype, i);
    } else if (!binary128_to_double ((const guint64 *) voxels + 2 * i, &value)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its voxels "
          "are FLOAT128, but not of IEEE 754's 128 bits", location);
      return FALSE;
    }
    if (scaled)
      value = value * fields->scl_slope + fields->scl_inter;
    values[i] = (float) value;
  }
  return TRUE;
}

/* Reads @n voxels from where @file stands. Memory grows with what is read. */
static float *
read_voxels (gzFile file, const gchar *location, const SnnNiftiHeader *header,
    gsize n, GError **error)
{
  g_autofree guint8 *block = g_malloc (BLOCK);
  g_autofree float *values = NULL;
  gsize capacity = 0;
  int size, swap_size;

  nifti_datatype_sizes (header->fields.datatype, &size, &swap_size);
  for (gsize done = 0; done < n;) {
    gsize count = MIN (n - done, BLOCK / (gsize) size), got;

    if (!read_block (file, location, block, count * (gsize) size, &got, error))
      return NULL;
    if (got < count * (gsize) size) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s ends after %"
          G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " voxels", location,
          done + got / (gsize) size, n);
      return NULL;
    }
    if (done + count > capacity) {
      gpointer larger;

      capacity = MIN (n, MAX (2 * capacity, done + count));
      larger = g_try_realloc_n (values, capacity, sizeof *values);
      if (!larger) {
        g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for its %"
            G_GSIZE_FORMAT " voxels", location, n);
        return NULL;
      }
      g_steal_pointer (&values);
      values = larger;
    }
    if (!convert_block (header, block, count, values + done, location, error))
      return NULL;
    done += count;
  }
  return g_steal_pointer (&values);
}

/* Voxels a volume, and volumes, of a header; FALSE where their bytes do not
 * fit into a file. */
static gboolean
count_voxels (const nifti_2_header *fields, gsize *n, gsize *n_volumes,
    gsize *n_bytes)
{
  int size, swap_size;
  gsize floats;

  *n = *n_volumes = 1;
  nifti_datatype_sizes (fields->datatype, &size, &swap_size);
  for (guint i = 1; i < 8; i++) {
    gsize *count = i <= 3 ? n : n_volumes;

    if (!g_size_checked_mul (count, *count, (gsize) fields->dim[i]))
      return FALSE;
  }
  return g_size_checked_mul (&floats, *n, sizeof (float))
      && g_size_checked_mul (n_bytes, *n, *n_volumes)
      && g_size_checked_mul (n_bytes, *n_bytes, (gsize) size)
      && *n_bytes <= G_MAXINT64
      && g_size_checked_add (n_bytes, *n_bytes, (gsize) fields->vox_offset)
      && *n_bytes <= G_MAXINT64;
}

/* zlib looks at a gzip stream's checksum only when it comes to the end: reads
 * on, but no more than what the header says and a block. */
static gboolean
check_rest (gzFile file, const gchar *location, guint64 n, GError **error)
{
  g_autofree guint8 *block = g_malloc (BLOCK);
  gsize got = BLOCK;

  if (gzdirect (file))
    return TRUE;
  for (guint64 done = 0; got == BLOCK && done < n + BLOCK; done += got)
    if (!read_block (file, location, block, BLOCK, &got, error))
      return FALSE;
  return TRUE;
}

/* Volume @index of the open file that holds the voxels, in stored order. */
static float *
read_volume (gzFile file, const gchar *location, guint64 file_size,
    const SnnNiftiHeader *header, guint index, GError **error)
{
  const nifti_2_header *fields = &header->fields;
  g_autofree float *values = NULL;
  gsize n, n_volumes, end, volume_bytes, start;
  gboolean countable = count_voxels (fields, &n, &n_volumes, &end);

  if (!countable || (gzdirect (file) && end > file_size)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: its header says %"
        G_GINT64_FORMAT " x %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
        " voxels and %" G_GINT64_FORMAT " volumes of %s, more than its %"
        G_GUINT64_FORMAT " bytes hold", location, (gint64) fields->dim[1],
        (gint64) fields->dim[2], (gint64) fields->dim[3],
        countable ? (gint64) n_volumes : (gint64) fields->dim[4],
        nifti_datatype_string (fields->datatype), file_size);
    return NULL;
  }
  if (index >= n_volumes) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC, "%s has %" G_GSIZE_FORMAT
        " volumes, so there is none with index %u", location, n_volumes, index);
    return NULL;
  }
  volume_bytes = (end - (gsize) fields->vox_offset) / n_volumes;
  start = (gsize) fields->vox_offset + index * volume_bytes;
  if (!seek (file, location, start, error))
    return NULL;
  values = read_voxels (file, location, header, n, error);
  if (!values || !check_rest (file, location,
          end - start - volume_bytes, error))
    return NULL;
  return g_steal_pointer (&values);
}

/* What has been read of a file. */
typedef struct
{
  SnnNiftiHeader *header;
  float *values;                /* in stored order */
} Grid;

static void
grid_clear (Grid *grid)
{
  g_clear_pointer (&grid->header, snn_nifti_header_free);
  g_clear_pointer (&grid->values, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Grid, grid_clear)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gzFile, gzclose, NULL)

static SnnNiftiHeader *
read_header (gzFile file, const gchar *location, GString *warnings,
    GError **error)
{
  g_autoptr (SnnNiftiHeader) header = NULL;
  g_autoptr (GByteArray) rest = NULL;
  guint8 bytes[SNN_NIFTI_HEADER_MAX];
  gsize got, begin;

  if (!read_block (file, location, bytes, sizeof bytes, &got, error))
    return NULL;
  header = snn_nifti_header_parse (bytes, got, location, warnings, error);
  if (!header)
    return NULL;

  begin = snn_nifti_header_size (header->version);
  if (!seek (file, location, begin, error)
      || !read_block (file, location, bytes, 4, &got, error))
    return NULL;
  if (got < 4 || bytes[0] == 0)
    return g_steal_pointer (&header);
  rest = read_bytes (file, location, header->paired ? G_MAXINT64 :
      (guint64) header->fields.vox_offset - begin - 4, error);
  if (!rest)
    return NULL;
  snn_nifti_header_set_extensions (header, rest->data, rest->len, location,
      warnings);
  return g_steal_pointer (&header);
}

/* Opens the file that @location's header is in, and reads it. */
static gzFile
open_header (const gchar *location, guint64 *size, SnnNiftiHeader **header,
    GString *warnings, GError **error)
{
  g_auto (gzFile) file = NULL;
  g_autofree gchar *path = NULL;
  const gchar *ending;
  gsize stem = stem_length (location, &ending);

  if (stem == 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: its name does "
        "not end in .nii, .hdr or .img, with or without .gz", location);
    return NULL;
  }
  path = g_str_equal (ending, ".img") ? partner (location, stem, ".hdr")
      : g_strdup (location);
  file = open_file (path, size, error);
  if (!file)
    return NULL;
  *header = read_header (file, path, warnings, error);
  if (!*header)
    return NULL;
  if ((*header)->paired == g_str_equal (ending, ".nii")) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: its magic is that of "
        "%s", path, (*header)->paired ? "an .hdr file with an .img beside it"
        : "a single .nii file");
    g_clear_pointer (header, snn_nifti_header_free);
    return NULL;
  }
  return g_steal_pointer (&file);
}

static gboolean
read_grid (const gchar *location, guint index, Grid *grid, GString *warnings,
    GError **error)
{
  g_autofree gchar *path = g_strdup (location);
  guint64 size;
  g_auto (gzFile) file = open_header (location, &size, &grid->header, warnings,
      error);

  if (!file)
    return FALSE;
  if (grid->header->paired) {
    const gchar *ending;
    gsize stem = stem_length (location, &ending);

    if (!g_str_equal (ending, ".img")) {
      g_free (path);
      path = partner (location, stem, ".img");
    }
    g_clear_pointer (&file, gzclose);
    file = open_file (path, &size, error);
    if (!file)
      return FALSE;
  }
  grid->values = read_volume (file, path, size, grid->header, index, error);
  return grid->values != NULL;
}

gboolean
snn_nifti_extent (const gchar *location, gsize dims[3], GError **error)
{
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new (location);
  g_autoptr (GString) warnings = g_string_new (NULL);
  guint64 size;
  g_auto (gzFile) file = open_header (location, &size, &info->header, warnings,
      error);

  if (!file)
    return FALSE;
  snn_nifti_header_describe (info->header, info);
  memcpy (dims, info->dims, sizeof info->dims);
  return TRUE;
}

/* Takes @stored over and returns it, or its values in canonical order. */
static float *
to_canonical (const SnnVolumeInfo *info, float *stored, GError **error)
{
  gssize strides[3], base = snn_nifti_strides (info, strides);
  gsize n = info->dims[0] * info->dims[1] * info->dims[2];
  float *canonical, *to;

  if (base == 0 && strides[0] == 1 && strides[1] == (gssize) info->dims[0])
    return stored;
  canonical = to = g_try_new (float, n);
  if (!canonical) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for its %"
        G_GSIZE_FORMAT " voxels", info->location, n);
    g_free (stored);
    return NULL;
  }
  for (gsize z = 0; z < info->dims[2]; z++)
    for (gsize y = 0; y < info->dims[1]; y++) {
      const float *from = stored + base + (gssize) y * strides[1]
          + (gssize) z * strides[2];

      for (gsize x = 0; x < info->dims[0]; x++)
        *to++ = from[(gssize) x * strides[0]];
    }
  g_free (stored);
  return canonical;
}

static gboolean
check_same_grid (const SnnNiftiHeader *image, const gchar *image_location,
    const SnnNiftiHeader *label, const gchar *label_location, GError **error)
{
  gint64 a[3], b[3];

  /* The header's fields are packed: copied out, they are aligned. */
  memcpy (a, image->fields.dim + 1, sizeof a);
  memcpy (b, label->fields.dim + 1, sizeof b);
  if (a[0] != b[0] || a[1] != b[1] || a[2] != b[2]) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "Image and label differ "
        "in shape: %s has %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " x %"
        G_GINT64_FORMAT " voxels and %s has %" G_GINT64_FORMAT " x %"
        G_GINT64_FORMAT " x %" G_GINT64_FORMAT, image_location, a[0], a[1],
        a[2], label_location, b[0], b[1], b[2]);
    return FALSE;
  }
  for (guint row = 0; row < 3; row++)
    for (guint column = 0; column < 4; column++) {
      double p = image->affine[row][column], q = label->affine[row][column];

      if (fabs (p - q) > AFFINE_TOLERANCE) {
        g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "Image and label "
            "differ in affine: row %u, column %u is %.9g in %s and %.9g in %s "
            "where at most %g is tolerated", row, column, p, image_location, q,
            label_location, AFFINE_TOLERANCE);
        return FALSE;
      }
    }
  return TRUE;
}

/* Turns what is read of a label into 0 and 1, and counts the ones. */
static guint8 *
to_mask (const float *values, gsize n, gint label_value, guint64 *count,
    const gchar *location, GError **error)
{
  guint8 *mask = g_try_malloc (n);

  if (!mask) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: no memory for its %"
        G_GSIZE_FORMAT " voxels", location, n);
    return NULL;
  }
  *count = 0;
  for (gsize i = 0; i < n; i++) {
    if (label_value == SNN_NIFTI_ANY_LABEL)
      mask[i] = values[i] != 0.f && !isnan (values[i]);
    else
      mask[i] = rintf (values[i]) == (float) label_value;
    *count += mask[i];
  }
  return mask;
}

static guint8 *
load_mask (SnnVolumeInfo *info, const SnnNiftiHeader *image,
    const gchar *location, gint label_value, guint index, GString *warnings,
    GError **error)
{
  g_auto (Grid) grid = { NULL, };
  gsize n = info->dims[0] * info->dims[1] * info->dims[2];

  if (!read_grid (location, 0, &grid, warnings, error)
      || !check_same_grid (image, info->location, grid.header, location,
          error))
    return NULL;
  if (index > 0 && grid.header->fields.dim[0] > 3) {
    grid_clear (&grid);
    if (!read_grid (location, index, &grid, warnings, error))
      return NULL;
  }
  grid.values = to_canonical (info, grid.values, error);
  if (!grid.values)
    return NULL;
  return to_mask (grid.values, n, label_value, &info->n_label_voxels, location,
      error);
}

SnnVolume *
snn_nifti_load_labelled (const gchar *location, const gchar *label,
    gint label_value, guint index, gchar **warning, GError **error)
{
  g_auto (Grid) grid = { NULL, };
  g_autofree gchar *subject = snn_nifti_subject (location);
  g_autoptr (GString) warnings = g_string_new (NULL);
  g_autoptr (SnnVolumeInfo) info = NULL;
  guint8 *mask = NULL;

  if (warning)
    *warning = NULL;
  if (!read_grid (location, index, &grid, warnings, error))
    return NULL;
  info = snn_volume_info_new (subject);
  info->location = g_strdup (location);
  snn_nifti_header_describe (grid.header, info);
  grid.values = to_canonical (info, grid.values, error);
  if (!grid.values)
    return NULL;
  if (label) {
    mask = load_mask (info, grid.header, label, label_value, index, warnings,
        error);
    if (!mask)
      return NULL;
    info->labelled = TRUE;
  }
  snn_statistics_compute (&info->statistics, grid.values,
      info->dims[0] * info->dims[1] * info->dims[2]);
  info->header = g_steal_pointer (&grid.header);
  if (warning && warnings->len > 0)
    *warning = g_strdup (g_strstrip (warnings->str));
  return snn_volume_new (g_steal_pointer (&info),
      g_steal_pointer (&grid.values), mask);
}

SnnVolume *
snn_nifti_load (const gchar *location, guint index, gchar **warning,
    GError **error)
{
  return snn_nifti_load_labelled (location, NULL, SNN_NIFTI_ANY_LABEL, index,
      warning, error);
}
