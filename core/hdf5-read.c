/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hdf5-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* Texts are names, and the settings of a run. */
#define MAX_TEXT (1u << 20)

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

typedef struct
{
  GPtrArray *names;
  guint max;
} Listing;

static herr_t
append_name (hid_t group, const char *name, const H5L_info_t *info, void *data)
{
  Listing *listing = data;

  if (listing->names->len > listing->max)
    return 1;
  g_ptr_array_add (listing->names, g_strdup (name));
  return 0;
}

gchar **
snn_hdf5_list (SnnHdf5 *h, const gchar *name, guint max)
{
  Listing listing = { NULL, max };
  hid_t group;
  herr_t status;

  if (!follow (h, name, TRUE))
    return NULL;
  group = H5Gopen2 (h->file, name, H5P_DEFAULT);
  if (group < 0) {
    snn_hdf5_fail_in (h, SNN_ERROR_FORMAT, "%s is not a group", name);
    return NULL;
  }
  listing.names = g_ptr_array_new_with_free_func (g_free);
  status = H5Literate (group, H5_INDEX_NAME, H5_ITER_INC, NULL, append_name,
      &listing);
  if (status < 0)
    snn_hdf5_fail_in (h, SNN_ERROR_READ, "can't list %s", name);
  else if (listing.names->len > max)
    snn_hdf5_fail (h, SNN_ERROR_UNSUPPORTED,
        "%s has more than %u members", name, max);
  H5Gclose (group);
  g_ptr_array_add (listing.names, NULL);
  if (h->error) {
    g_ptr_array_unref (listing.names);
    return NULL;
  }
  return (gchar **) g_ptr_array_free (listing.names, FALSE);
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

/* Texts of variable length, as h5py writes them. */
static gboolean
read_variable (hid_t dataset, hid_t file_type, gchar **texts, gsize n)
{
  hid_t type = H5Tcopy (file_type);
  hid_t space = H5Dget_space (dataset);
  hsize_t bytes = 0;
  g_autofree char **read = g_new0 (char *, n);
  gboolean fine =
      H5Dvlen_get_buf_size (dataset, type, space, &bytes) >= 0
      && bytes <= MAX_TEXT
      && H5Dread (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) >= 0;

  if (fine) {
    for (gsize i = 0; i < n; i++)
      texts[i] = g_strdup (read[i] ? read[i] : "");
    H5Dvlen_reclaim (type, space, H5P_DEFAULT, read);
  }
  H5Sclose (space);
  H5Tclose (type);
  return fine;
}

static gboolean
read_fixed (hid_t dataset, hid_t type, gchar **texts, gsize n)
{
  gsize length = H5Tget_size (type);
  g_autofree char *read = NULL;

  if (length > MAX_TEXT / n)
    return FALSE;
  read = g_malloc0 (n * length);
  if (H5Dread (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) < 0)
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    texts[i] = g_strndup (read + i * length, length);
    if (H5Tget_strpad (type) == H5T_STR_SPACEPAD)
      g_strchomp (texts[i]);
  }
  return TRUE;
}

gchar **
snn_hdf5_read_texts (SnnHdf5 *h, const gchar *name, SnnHdf5Shape *shape)
{
  g_auto (GStrv) texts = NULL;
  hid_t type;
  hid_t dataset = open_dataset (h, name, H5T_STRING, H5T_STRING, &type, shape);

  if (dataset < 0)
    return NULL;
  if (shape->n > MAX_TEXT) {
    snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s is too long", name);
  } else {
    texts = g_new0 (gchar *, shape->n + 1);
    if (!(H5Tis_variable_str (type) > 0 ? read_variable : read_fixed) (dataset,
            type, texts, shape->n))
      snn_hdf5_fail_in (h, SNN_ERROR_READ, "can't read %s", name);
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
