/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "../base/error.h"

G_BEGIN_DECLS

/* The little of HDF5 that model files need, for files/ and the operators' fields
 * in them (not installed). HDF5 keeps global state, so that a file being open
 * holds a process-wide lock: open, work, close, in one thread.
 *
 * The first failure is kept and makes every later call fail too, so that a
 * sequence of calls may be checked once, at its end. */

/* No tensor of ours has more dimensions. */
#define SNN_HDF5_MAX_RANK 5

typedef struct _SnnHdf5 SnnHdf5;

/**
 * SnnHdf5Shape:
 * @rank: number of dimensions, 0 for a scalar
 * @dims: the slowest first
 * @n: number of values, 1 for a scalar
 */
typedef struct
{
  guint rank;
  gsize dims[SNN_HDF5_MAX_RANK];
  gsize n;
} SnnHdf5Shape;

/* snn_hdf5_close: closes the file and releases the lock. %NULL is ignored. */
void snn_hdf5_close (SnnHdf5 * h);

/* snn_hdf5_fail: notes a failure, unless there is one; the text is put behind
 * the file's name. Returns FALSE. */
gboolean snn_hdf5_fail (SnnHdf5 * h, SnnError code, const gchar * format,
    ...) G_GNUC_PRINTF (3, 4);

gboolean snn_hdf5_failed (const SnnHdf5 * h);

/* snn_hdf5_take_error: moves the failure, if there is one, into @error.
 * Returns: TRUE when there was none */
gboolean snn_hdf5_take_error (SnnHdf5 * h, GError ** error);

/* Writing. The file grows in memory; groups on the way to @name are made. */

SnnHdf5 *snn_hdf5_create (const gchar * path);

void snn_hdf5_write_text (SnnHdf5 * h, const gchar * name, const gchar * text);

/* snn_hdf5_write_texts: @rows x @columns texts; one dimension when @columns
 * is 0. */
void snn_hdf5_write_texts (SnnHdf5 * h, const gchar * name, guint rows,
    guint columns, const gchar * const *texts);
void snn_hdf5_write_int (SnnHdf5 * h, const gchar * name, gint64 value);
void snn_hdf5_write_ints (SnnHdf5 * h, const gchar * name, guint n,
    const gint64 * values);
void snn_hdf5_write_doubles (SnnHdf5 * h, const gchar * name, guint n,
    const double *values);

/* snn_hdf5_write_floats: @compress packs each slab of the first of three
 * dimensions; for arrays that repeat themselves. */
void snn_hdf5_write_floats (SnnHdf5 * h, const gchar * name, guint rank,
    const gsize * dims, gboolean compress, const float *values);

/* snn_hdf5_commit: brings the file to the disk, by snn_file_write(). */
gboolean snn_hdf5_commit (SnnHdf5 * h, GError ** error);

/* Reading. Only hard links are followed, only data within the file itself is
 * read, and no size is believed that its stored bytes can't account for. */

/* snn_hdf5_open: %NULL with SNN_ERROR_NOT_FOUND, _OPEN, _READ or _FORMAT. */
SnnHdf5 *snn_hdf5_open (const gchar * path, GError ** error);

/* snn_hdf5_has: whether there is something of that name. */
gboolean snn_hdf5_has (SnnHdf5 * h, const gchar * name);

/* snn_hdf5_count: members of group @name, or -1. (Listing their names is not
 * offered: HDF5 1.10 crashes where it meets a damaged one.) */
gint64 snn_hdf5_count (SnnHdf5 * h, const gchar * name);

/* snn_hdf5_is_text: whether dataset @name, which need not be there, holds text. */
gboolean snn_hdf5_is_text (SnnHdf5 * h, const gchar * name);

/* snn_hdf5_read_text: (transfer full): a scalar text, or %NULL. */
gchar *snn_hdf5_read_text (SnnHdf5 * h, const gchar * name);

/* snn_hdf5_read_texts: (transfer full): an array of texts, %NULL-terminated,
 * row by row, with its @shape, or %NULL. */
gchar **snn_hdf5_read_texts (SnnHdf5 * h, const gchar * name,
    SnnHdf5Shape * shape);

/* snn_hdf5_shape: of a dataset of numbers. */
gboolean snn_hdf5_shape (SnnHdf5 * h, const gchar * name,
    SnnHdf5Shape * shape);

/* All values of a dataset, which must be @n. snn_hdf5_read_ints() refuses
 * datasets of other numbers than integers. */
gboolean snn_hdf5_read_ints (SnnHdf5 * h, const gchar * name, gsize n,
    gint64 * values);
gboolean snn_hdf5_read_floats (SnnHdf5 * h, const gchar * name, gsize n,
    float *values);
gboolean snn_hdf5_read_doubles (SnnHdf5 * h, const gchar * name, gsize n,
    double *values);

/**
 * SnnHdf5Take:
 * @data: as given to snn_hdf5_read_parts()
 * @first: where in the dataset @values begin, which are @n
 *
 * Returns: whether to go on
 */
typedef gboolean (*SnnHdf5Take) (gpointer data, gsize first, gsize n,
    const float *values);

/* snn_hdf5_read_parts: as snn_hdf5_read_floats(), but some of the values after the
 * other, whole rows of the first dimension, so that they are still near when they are
 * looked at. FALSE also where @take says so. */
gboolean snn_hdf5_read_parts (SnnHdf5 * h, const gchar * name, gsize n,
    SnnHdf5Take take, gpointer data);

G_END_DECLS
