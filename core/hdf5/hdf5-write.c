/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hdf5-private.h"

#include <string.h>

#include "../base/atomic-file.h"

/* The file in memory grows in steps of this many bytes. */
#define GROWTH (1u << 20)

/* HDF5's memory driver leaves the file's bytes to us when it closes it. (A
 * copy of those of an open file would have a wrong checksum.) Where there is a
 * file of that name already, it opens and closes that before the new one. */

static void *
image_malloc (size_t size, H5FD_file_image_op_t op, void *data)
{
  return g_try_malloc (size);
}

static void *
image_realloc (void *image, size_t size, H5FD_file_image_op_t op, void *data)
{
  return g_try_realloc (image, size);
}

static herr_t
image_free (void *image, H5FD_file_image_op_t op, void *data)
{
  SnnHdf5 *h = data;

  if (op == H5FD_FILE_IMAGE_OP_FILE_CLOSE) {
    g_free (h->image);
    h->image = image;
  } else {
    g_free (image);
  }
  return 0;
}

static void *
share_data (void *data)
{
  return data;
}

static herr_t
release_data (void *data)
{
  return 0;
}

SnnHdf5 *
snn_hdf5_create (const gchar *path)
{
  SnnHdf5 *h = snn_hdf5_begin (path);
  H5FD_file_image_callbacks_t callbacks = {
    .image_malloc = image_malloc,
    .image_realloc = image_realloc,
    .image_free = image_free,
    .udata_copy = share_data,
    .udata_free = release_data,
    .udata = h
  };
  hid_t access = H5Pcreate (H5P_FILE_ACCESS);
  hid_t creation = H5Pcreate (H5P_FILE_CREATE);

  /* In memory, so that a full disk is met by our own writer: HDF5 does not
   * tell that error from others, and may leave half a file. Without times,
   * as the same network gives the same bytes. */
  H5Pset_fapl_core (access, GROWTH, FALSE);
  H5Pset_file_image_callbacks (access, &callbacks);
  /* The first format whose structures all have checksums: HDF5 may crash on
   * damaged ones of older formats. */
  H5Pset_libver_bounds (access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_fclose_degree (access, H5F_CLOSE_STRONG);
  H5Pset_obj_track_times (creation, FALSE);
  h->file = H5Fcreate (path, H5F_ACC_TRUNC, creation, access);
  if (h->file < 0)
    snn_hdf5_fail_in (h, SNN_ERROR_WRITE, "can't build the file");
  H5Pclose (access);
  H5Pclose (creation);
  return h;
}

static hid_t
text_type (void)
{
  hid_t type = H5Tcopy (H5T_C_S1);

  H5Tset_size (type, H5T_VARIABLE);
  H5Tset_cset (type, H5T_CSET_UTF8);
  return type;
}

/* Packing needs slabs: each index of the first of three dimensions is one. */
static hid_t
dataset_properties (guint rank, const hsize_t *dims, gboolean compress)
{
  hid_t properties = H5Pcreate (H5P_DATASET_CREATE);
  hsize_t slab[SNN_HDF5_MAX_RANK];

  H5Pset_obj_track_times (properties, FALSE);
  if (compress) {
    for (guint i = 0; i < rank; i++)
      slab[i] = i == 0 && rank > 1 ? 1 : dims[i];
    H5Pset_chunk (properties, (int) rank, slab);
    H5Pset_shuffle (properties);
    H5Pset_deflate (properties, 4);
  }
  return properties;
}

/* Makes the groups on the way to @name. HDF5 would do so by itself, but with
 * times in them. */
static void
make_groups (SnnHdf5 *h, const gchar *name)
{
  const gchar *slash = name;

  while ((slash = strchr (slash + 1, '/'))) {
    g_autofree gchar *group = g_strndup (name, (gsize) (slash - name));
    hid_t properties, made;

    if (H5Lexists (h->file, group, H5P_DEFAULT) > 0)
      continue;
    properties = H5Pcreate (H5P_GROUP_CREATE);
    H5Pset_obj_track_times (properties, FALSE);
    made = H5Gcreate2 (h->file, group, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (made < 0)
      snn_hdf5_fail_in (h, SNN_ERROR_WRITE, "can't make %s", group);
    else
      H5Gclose (made);
    H5Pclose (properties);
  }
}

/* HDF5 takes a megabyte of zeros to convert a text in, unless it is told that
 * less will do; it works in several steps where there is more. */
#define CONVERSION 4096

static hid_t
transfer_properties (void)
{
  hid_t properties = H5Pcreate (H5P_DATASET_XFER);

  H5Pset_buffer (properties, CONVERSION, NULL, NULL);
  return properties;
}

static void
write_dataset (SnnHdf5 *h, const gchar *name, guint rank, const gsize *dims,
    hid_t stored, hid_t given, gboolean compress, gconstpointer values)
{
  hsize_t size[SNN_HDF5_MAX_RANK];
  hid_t properties, transfer, space, dataset;

  if (h->error)
    return;
  for (guint i = 0; i < rank; i++)
    size[i] = dims[i];
  make_groups (h, name);
  properties = dataset_properties (rank, size, compress);
  transfer = transfer_properties ();
  space = rank > 0 ? H5Screate_simple ((int) rank, size, NULL)
      : H5Screate (H5S_SCALAR);
  dataset = H5Dcreate2 (h->file, name, stored, space, H5P_DEFAULT,
      properties, H5P_DEFAULT);
  if (dataset < 0
      || H5Dwrite (dataset, given, H5S_ALL, H5S_ALL, transfer, values) < 0)
    snn_hdf5_fail_in (h, SNN_ERROR_WRITE, "can't store %s", name);
  if (dataset >= 0)
    H5Dclose (dataset);
  H5Sclose (space);
  H5Pclose (transfer);
  H5Pclose (properties);
}

void
snn_hdf5_write_text (SnnHdf5 *h, const gchar *name, const gchar *text)
{
  hid_t type = text_type ();

  write_dataset (h, name, 0, NULL, type, type, FALSE, &text);
  H5Tclose (type);
}

void
snn_hdf5_write_texts (SnnHdf5 *h, const gchar *name, guint rows,
    guint columns, const gchar *const *texts)
{
  const gsize dims[2] = { rows, columns };
  hid_t type = text_type ();

  write_dataset (h, name, columns > 0 ? 2 : 1, dims, type, type, FALSE,
      texts);
  H5Tclose (type);
}

void
snn_hdf5_write_int (SnnHdf5 *h, const gchar *name, gint64 value)
{
  write_dataset (h, name, 0, NULL, H5T_STD_I64LE, H5T_NATIVE_INT64, FALSE,
      &value);
}

void
snn_hdf5_write_ints (SnnHdf5 *h, const gchar *name, guint n,
    const gint64 *values)
{
  const gsize dims[1] = { n };

  write_dataset (h, name, 1, dims, H5T_STD_I64LE, H5T_NATIVE_INT64, FALSE,
      values);
}

void
snn_hdf5_write_doubles (SnnHdf5 *h, const gchar *name, guint n,
    const double *values)
{
  const gsize dims[1] = { n };

  write_dataset (h, name, 1, dims, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, FALSE,
      values);
}

void
snn_hdf5_write_floats (SnnHdf5 *h, const gchar *name, guint rank,
    const gsize *dims, gboolean compress, const float *values)
{
  write_dataset (h, name, rank, dims, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT,
      compress, values);
}

/* The bytes in memory are more than the file's; where it ends stands in its
 * superblock. */
static gsize
image_size (const guint8 *image)
{
  guint64 size;

  memcpy (&size, image + 28, sizeof size);
  return GUINT64_FROM_LE (size);
}

gboolean
snn_hdf5_commit (SnnHdf5 *h, GError **error)
{
  if (!h->error) {
    if (H5Fclose (h->file) < 0 || !h->image)
      snn_hdf5_fail_in (h, SNN_ERROR_WRITE, "can't build the file");
    h->file = H5I_INVALID_HID;
  }
  return snn_hdf5_take_error (h, error)
      && snn_file_write (h->path, h->image, image_size (h->image), error);
}
