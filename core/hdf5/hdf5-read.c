/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hdf5-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* Deflate packs at most 1032 bytes into one. */
#define MAX_PACKING 1032

/* HDF5 can't say whether a file is missing or may not be read. */
static gboolean
check_file (SnnHdf5 *h)
{
  GStatBuf status;
  int fd;

  if (g_stat (h->path, &status) != 0)
    return snn_hdf5_fail (h,
        errno == ENOENT || errno == ENOTDIR ? SNN_ERROR_NOT_FOUND
        : SNN_ERROR_OPEN, "can't open: %s", g_strerror (errno));
  if (!S_ISREG (status.st_mode))
    return snn_hdf5_fail (h, SNN_ERROR_OPEN, "not a regular file");
  fd = g_open (h->path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return snn_hdf5_fail (h, SNN_ERROR_OPEN, "can't open: %s",
        g_strerror (errno));
  close (fd);
  return TRUE;
}

static guint64
word_at (const guint8 *bytes)
{
  guint64 word;

  memcpy (&word, bytes, sizeof word);
  return GUINT64_FROM_LE (word);
}

/* Whether the names of all groups are in the file. They are in local heaps ("HEAP",
 * version 0, three zeros; then the length of a segment, its free list and its
 * address; HDF5 File Format Specification, III.D), and where an address is none in
 * the file, HDF5 1.10 crashes. Weights that read so by chance are not to be
 * expected: it takes eight bytes. */
static gboolean
check_heaps (const guint8 *bytes, gsize size)
{
  static const guint8 heap[8] = "HEAP";
  const guint8 *sizes = bytes + (size > 8 && bytes[8] < 2 ? 13 : 9);

  /* Of addresses of other widths than 8 there is nothing to be said here. */
  if (size < 64 || sizes[0] != 8 || sizes[1] != 8)
    return TRUE;
  for (const guint8 *at = bytes; (at = memchr (at, 'H', bytes + size - at));
      at++) {
    guint64 length, address;

    if ((gsize) (bytes + size - at) < 32)
      break;
    if (memcmp (at, heap, sizeof heap) != 0)
      continue;
    length = word_at (at + 8);
    address = word_at (at + 24);
    if (length > size || address > size - length)
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_structure (SnnHdf5 *h)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (h->path, FALSE, NULL);

  return !file
      || check_heaps ((const guint8 *) g_mapped_file_get_contents (file),
      g_mapped_file_get_length (file))
      || snn_hdf5_fail (h, SNN_ERROR_FORMAT,
      "damaged: names of a group are outside of the file");
}

SnnHdf5 *
snn_hdf5_open (const gchar *path, GError **error)
{
  SnnHdf5 *h = snn_hdf5_begin (path);

  if (check_file (h)) {
    hid_t access = H5Pcreate (H5P_FILE_ACCESS);

    H5Pset_fclose_degree (access, H5F_CLOSE_STRONG);
    if (H5Fis_hdf5 (path) <= 0)
      snn_hdf5_fail (h, SNN_ERROR_FORMAT, "not an HDF5 file");
    else if ((h->file = H5Fopen (path, H5F_ACC_RDONLY, access)) < 0)
      snn_hdf5_fail_in (h, SNN_ERROR_READ, "can't be read as HDF5");
    else
      check_structure (h);
    H5Pclose (access);
  }
  if (snn_hdf5_take_error (h, error))
    return h;
  snn_hdf5_close (h);
  return NULL;
}

/* Walks along @name; FALSE where a part of it is missing or is a soft or
 * external link, which could lead to another file. */
static gboolean
follow (SnnHdf5 *h, const gchar *name, gboolean must)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  g_autoptr (GString) at = g_string_new (NULL);

  if (h->error)
    return FALSE;
  for (guint i = 0; parts[i]; i++) {
    H5L_info_t info;

    if (parts[i][0] == '\0')
      continue;
    g_string_append_printf (at, "/%s", parts[i]);
    if (H5Lexists (h->file, at->str, H5P_DEFAULT) <= 0) {
      if (must)
        snn_hdf5_fail (h, SNN_ERROR_FORMAT, "there is no %s", at->str);
      return FALSE;
    }
    if (H5Lget_info (h->file, at->str, &info, H5P_DEFAULT) < 0)
      return snn_hdf5_fail_in (h, SNN_ERROR_FORMAT, "can't look at %s",
          at->str);
    if (info.type != H5L_TYPE_HARD)
      return snn_hdf5_fail (h, SNN_ERROR_UNSUPPORTED,
          "%s is a soft or external link; expected the thing itself", at->str);
  }
  return TRUE;
}

gboolean
snn_hdf5_has (SnnHdf5 *h, const gchar *name)
{
  return follow (h, name, FALSE);
}

gint64
snn_hdf5_count (SnnHdf5 *h, const gchar *name)
{
  H5G_info_t info;

  if (!follow (h, name, TRUE))
    return -1;
  if (H5Gget_info_by_name (h->file, name, &info, H5P_DEFAULT) < 0) {
    snn_hdf5_fail_in (h, SNN_ERROR_FORMAT, "%s is not a group", name);
    return -1;
  }
  return (gint64) info.nlinks;
}

static gboolean
read_shape (SnnHdf5 *h, const gchar *name, hid_t dataset, SnnHdf5Shape *shape)
{
  hid_t space = H5Dget_space (dataset);
  hsize_t dims[H5S_MAX_RANK];
  H5S_class_t kind = H5Sget_simple_extent_type (space);
  int rank = H5Sget_simple_extent_dims (space, dims, NULL);

  H5Sclose (space);
  if ((kind != H5S_SIMPLE && kind != H5S_SCALAR) || rank < 0)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s is empty", name);
  if (rank > SNN_HDF5_MAX_RANK)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "%s has %d dimensions; expected at most %d", name, rank,
        SNN_HDF5_MAX_RANK);
  *shape = (SnnHdf5Shape) {.rank = (guint) rank,.n = 1 };
  for (int i = 0; i < rank; i++) {
    shape->dims[i] = dims[i];
    if (dims[i] == 0 || dims[i] > G_MAXINT32
        || !g_size_checked_mul (&shape->n, shape->n, shape->dims[i]))
      return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
          "dimension %d of %s is %" G_GUINT64_FORMAT, i, name,
          (guint64) dims[i]);
  }
  return TRUE;
}

/* Other filters may be plug-ins that HDF5 would load from somewhere. */
static gboolean
check_filters (SnnHdf5 *h, const gchar *name, hid_t properties,
    gboolean *packed)
{
  int n = H5Pget_nfilters (properties);

  *packed = n > 0;
  for (int i = 0; i < n; i++) {
    unsigned flags, config;
    size_t n_values = 0;
    H5Z_filter_t filter = H5Pget_filter2 (properties, (unsigned) i, &flags,
        &n_values, NULL, 0, NULL, &config);

    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE
        && filter != H5Z_FILTER_FLETCHER32)
      return snn_hdf5_fail (h, SNN_ERROR_UNSUPPORTED,
          "%s is stored through HDF5 filter %d; expected gzip or none", name,
          (int) filter);
  }
  return TRUE;
}

/* A chunk is read as a whole, so that it may not be larger than the data. */
static gboolean
check_chunks (SnnHdf5 *h, const gchar *name, hid_t properties,
    const SnnHdf5Shape *shape)
{
  hsize_t chunk[H5S_MAX_RANK];
  int rank = H5Pget_chunk (properties, H5S_MAX_RANK, chunk);

  for (int i = 0; i < rank; i++)
    if (rank != (int) shape->rank || chunk[i] > shape->dims[i])
      return snn_hdf5_fail (h, SNN_ERROR_UNSUPPORTED,
          "%s is stored in chunks larger than itself", name);
  return TRUE;
}

/* Whether the file holds enough bytes for the size that it states. */
static gboolean
check_storage (SnnHdf5 *h, const gchar *name, hid_t dataset, hid_t type,
    const SnnHdf5Shape *shape)
{
  hid_t properties = H5Dget_create_plist (dataset);
  H5D_layout_t layout = H5Pget_layout (properties);
  gboolean external = H5Pget_external_count (properties) != 0;
  gboolean packed = FALSE, fine;
  hsize_t stored = H5Dget_storage_size (dataset), file_size = 0;
  gsize bytes;

  fine = check_filters (h, name, properties, &packed);
  if (fine && (external || layout == H5D_VIRTUAL))
    fine = snn_hdf5_fail (h, SNN_ERROR_UNSUPPORTED,
        "%s is stored in another file", name);
  if (fine && layout == H5D_CHUNKED)
    fine = check_chunks (h, name, properties, shape);
  H5Pclose (properties);
  if (!fine)
    return FALSE;
  H5Fget_filesize (h->file, &file_size);
  if (!g_size_checked_mul (&bytes, shape->n, H5Tget_size (type))
      || stored > file_size
      || bytes / (packed ? MAX_PACKING : 1) > stored)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "%s says it holds %" G_GSIZE_FORMAT " values; the file has only %"
        G_GUINT64_FORMAT " bytes for it", name, shape->n, (guint64) stored);
  return TRUE;
}

/* Opens a dataset whose values are of one of two classes, and checks all that
 * reading it relies on. Returns its id, or -1. */
static hid_t
open_dataset (SnnHdf5 *h, const gchar *name, H5T_class_t class,
    H5T_class_t other, hid_t *type, SnnHdf5Shape *shape)
{
  hid_t dataset;
  H5T_class_t found;

  if (!follow (h, name, TRUE))
    return -1;
  dataset = H5Dopen2 (h->file, name, H5P_DEFAULT);
  if (dataset < 0) {
    snn_hdf5_fail_in (h, SNN_ERROR_FORMAT, "%s is not a readable dataset",
        name);
    return -1;
  }
  *type = H5Dget_type (dataset);
  found = H5Tget_class (*type);
  if (found != class && found != other)
    snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s does not hold %s", name,
        class == H5T_STRING ? "text" : class == other ? "integers"
        : "numbers");
  else if (read_shape (h, name, dataset, shape)
      && check_storage (h, name, dataset, *type, shape))
    return dataset;
  H5Tclose (*type);
  H5Dclose (dataset);
  return -1;
}

static gboolean
read_fixed (SnnHdf5 *h, const gchar *name, hid_t dataset, hid_t type,
    gchar **texts, gsize n)
{
  gsize length = H5Tget_size (type);
  g_autofree char *read = NULL;

  if (length > SNN_HDF5_MAX_TEXT / n)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s is longer than %u bytes",
        name, SNN_HDF5_MAX_TEXT);
  read = g_malloc0 (n * length);
  if (H5Dread (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) < 0)
    return snn_hdf5_fail_in (h, SNN_ERROR_READ, "can't read %s", name);
  for (gsize i = 0; i < n; i++) {
    texts[i] = g_strndup (read + i * length, length);
    if (H5Tget_strpad (type) == H5T_STR_SPACEPAD)
      g_strchomp (texts[i]);
  }
  return TRUE;
}

gboolean
snn_hdf5_is_text (SnnHdf5 *h, const gchar *name)
{
  hid_t dataset, type;
  gboolean text = FALSE;

  if (!follow (h, name, FALSE))
    return FALSE;
  dataset = H5Dopen2 (h->file, name, H5P_DEFAULT);
  if (dataset < 0)
    return FALSE;
  type = H5Dget_type (dataset);
  text = H5Tget_class (type) == H5T_STRING;
  H5Tclose (type);
  H5Dclose (dataset);
  return text;
}

gchar **
snn_hdf5_read_texts (SnnHdf5 *h, const gchar *name, SnnHdf5Shape *shape)
{
  g_auto (GStrv) texts = NULL;
  hid_t type;
  hid_t dataset = open_dataset (h, name, H5T_STRING, H5T_STRING, &type, shape);

  if (dataset < 0)
    return NULL;
  if (shape->n > SNN_HDF5_MAX_TEXT) {
    snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s has %" G_GSIZE_FORMAT
        " texts; expected at most %u", name, shape->n, SNN_HDF5_MAX_TEXT);
  } else {
    texts = g_new0 (gchar *, shape->n + 1);
    if (H5Tis_variable_str (type) > 0)
      snn_hdf5_read_variable (h, name, dataset, texts, shape->n);
    else
      read_fixed (h, name, dataset, type, texts, shape->n);
  }
  H5Tclose (type);
  H5Dclose (dataset);
  for (gsize i = 0; !h->error && i < shape->n; i++)
    if (!g_utf8_validate (texts[i], -1, NULL))
      snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s is not UTF-8", name);
  return h->error ? NULL : g_steal_pointer (&texts);
}

gchar *
snn_hdf5_read_text (SnnHdf5 *h, const gchar *name)
{
  SnnHdf5Shape shape;
  g_auto (GStrv) texts = snn_hdf5_read_texts (h, name, &shape);

  if (!texts)
    return NULL;
  if (shape.n != 1) {
    snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "%s holds %" G_GSIZE_FORMAT " texts; expected one", name, shape.n);
    return NULL;
  }
  return g_steal_pointer (&texts[0]);
}

gboolean
snn_hdf5_shape (SnnHdf5 *h, const gchar *name, SnnHdf5Shape *shape)
{
  hid_t type;
  hid_t dataset = open_dataset (h, name, H5T_FLOAT, H5T_INTEGER, &type, shape);

  if (dataset < 0)
    return FALSE;
  H5Tclose (type);
  H5Dclose (dataset);
  return TRUE;
}

static gboolean
read_numbers (SnnHdf5 *h, const gchar *name, gsize n, H5T_class_t class,
    hid_t wanted, gpointer values)
{
  SnnHdf5Shape shape;
  hid_t type;
  hid_t dataset = open_dataset (h, name, class, H5T_INTEGER, &type, &shape);

  if (dataset < 0)
    return FALSE;
  if (shape.n != n)
    snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "%s holds %" G_GSIZE_FORMAT " values; expected %" G_GSIZE_FORMAT,
        name, shape.n, n);
  else if (H5Dread (dataset, wanted, H5S_ALL, H5S_ALL, H5P_DEFAULT,
          values) < 0)
    snn_hdf5_fail_in (h, SNN_ERROR_READ, "can't read %s", name);
  H5Tclose (type);
  H5Dclose (dataset);
  return h->error == NULL;
}

gboolean
snn_hdf5_read_ints (SnnHdf5 *h, const gchar *name, gsize n, gint64 *values)
{
  return read_numbers (h, name, n, H5T_INTEGER, H5T_NATIVE_INT64, values);
}

gboolean
snn_hdf5_read_floats (SnnHdf5 *h, const gchar *name, gsize n, float *values)
{
  return read_numbers (h, name, n, H5T_FLOAT, H5T_NATIVE_FLOAT, values);
}

gboolean
snn_hdf5_read_doubles (SnnHdf5 *h, const gchar *name, gsize n, double *values)
{
  return read_numbers (h, name, n, H5T_FLOAT, H5T_NATIVE_DOUBLE, values);
}

/* A part is of about so many values, and of so many rows at a time. */
#define PART (1 << 16)
#define PART_ROWS 16

/* Rows of the first dimension to read at once. What is stored in chunks is unpacked a
 * chunk at a time, and of that nothing should be thrown away. */
static gsize
rows_of_part (hid_t dataset, const SnnHdf5Shape *shape)
{
  hid_t properties = H5Dget_create_plist (dataset);
  const H5D_layout_t layout = H5Pget_layout (properties);
  gsize rows;

  H5Pclose (properties);
  if (shape->rank == 0)
    return 1;
  if (layout != H5D_CONTIGUOUS)
    return shape->dims[0];
  rows = PART / (shape->n / shape->dims[0]);
  return MAX (rows / PART_ROWS * PART_ROWS, PART_ROWS);
}

static gboolean
read_parts (SnnHdf5 *h, const gchar *name, hid_t dataset,
    const SnnHdf5Shape *shape, SnnHdf5Take take, gpointer data)
{
  const gsize rows = shape->rank > 0 ? shape->dims[0] : 1;
  const gsize row = shape->n / rows;
  const gsize most = MIN (rows_of_part (dataset, shape), rows);
  g_autofree float *values = g_new (float, most * row);
  hid_t space = H5Dget_space (dataset);
  gboolean fine = TRUE;

  for (gsize first = 0, n; fine && first < rows; first += n) {
    hsize_t start[SNN_HDF5_MAX_RANK] = { first };
    hsize_t count[SNN_HDF5_MAX_RANK];
    hsize_t size;
    hid_t memory;

    n = MIN (most, rows - first);
    size = n * row;
    count[0] = n;
    for (guint i = 1; i < shape->rank; i++)
      count[i] = shape->dims[i];
    memory = H5Screate_simple (1, &size, NULL);
    if ((n < rows && H5Sselect_hyperslab (space, H5S_SELECT_SET, start, NULL,
                count, NULL) < 0)
        || H5Dread (dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT,
            values) < 0)
      fine = snn_hdf5_fail_in (h, SNN_ERROR_READ, "can't read %s", name);
    H5Sclose (memory);
    fine = fine && take (data, first * row, n * row, values);
  }
  H5Sclose (space);
  return fine;
}

gboolean
snn_hdf5_read_parts (SnnHdf5 *h, const gchar *name, gsize n, SnnHdf5Take take,
    gpointer data)
{
  SnnHdf5Shape shape;
  hid_t type;
  hid_t dataset = open_dataset (h, name, H5T_FLOAT, H5T_INTEGER, &type, &shape);
  gboolean fine;

  if (dataset < 0)
    return FALSE;
  if (shape.n != n)
    fine = snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "%s holds %" G_GSIZE_FORMAT " values; expected %" G_GSIZE_FORMAT,
        name, shape.n, n);
  else
    fine = read_parts (h, name, dataset, &shape, take, data);
  H5Tclose (type);
  H5Dclose (dataset);
  return fine && h->error == NULL;
}
