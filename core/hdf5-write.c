/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hdf5-private.h"

#include "atomic-file.h"

/* The file in memory grows in steps of this many bytes. */
#define GROWTH (1u << 20)

SnnHdf5 *
snn_hdf5_create (const gchar *path)
{
  SnnHdf5 *h = snn_hdf5_begin (path);
  hid_t access = H5Pcreate (H5P_FILE_ACCESS);
  hid_t creation = H5Pcreate (H5P_FILE_CREATE);

  /* In memory, so that a full disk is met by our own writer: HDF5 does not
   * tell that error from others, and may leave half a file. Without times,
   * as the same network gives the same bytes. */
  H5Pset_fapl_core (access, GROWTH, FALSE);
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

static void
write_dataset (SnnHdf5 *h, const gchar *name, guint rank, const gsize *dims,
    hid_t stored, hid_t given, gboolean compress, gconstpointer values)
{
  hsize_t size[SNN_HDF5_MAX_RANK];
  hid_t links, properties, space, dataset;

  if (h->error)
    return;
  for (guint i = 0; i < rank; i++)
    size[i] = dims[i];
  links = H5Pcreate (H5P_LINK_CREATE);
  H5Pset_create_intermediate_group (links, 1);
  H5Pset_char_encoding (links, H5T_CSET_UTF8);
  properties = dataset_properties (rank, size, compress);
  space = rank > 0 ? H5Screate_simple ((int) rank, size, NULL)
      : H5Screate (H5S_SCALAR);
  dataset = H5Dcreate2 (h->file, name, stored, space, links, properties,
      H5P_DEFAULT);
  if (dataset < 0
      || H5Dwrite (dataset, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    snn_hdf5_fail_in (h, SNN_ERROR_WRITE, "can't store %s", name);
  if (dataset >= 0)
    H5Dclose (dataset);
  H5Sclose (space);
  H5Pclose (properties);
  H5Pclose (links);
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

gboolean
snn_hdf5_commit (SnnHdf5 *h, GError **error)
{
  g_autofree guint8 *image = NULL;
  ssize_t size = -1;

  if (!h->error) {
    if (H5Fflush (h->file, H5F_SCOPE_GLOBAL) >= 0)
      size = H5Fget_file_image (h->file, NULL, 0);
    if (size > 0)
      image = g_try_malloc ((gsize) size);
    if (!image || H5Fget_file_image (h->file, image, (gsize) size) != size)
      snn_hdf5_fail_in (h, SNN_ERROR_WRITE, "can't build the file");
  }
  return snn_hdf5_take_error (h, error)
      && snn_file_write (h->path, image, (gsize) size, error);
}
