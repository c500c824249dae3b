/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Npy:
 * @rank: number of dimensions, 0 for a scalar
 * @dims: the slowest first
 * @n: number of values
 * @values: in C order, whatever the type in the file
 *
 * An array out of a NumPy file.
 */
typedef struct
{
  guint rank;
  gsize dims[8];
  gsize n;
  double *values;
} Npy;

/**
 * npy_load:
 *
 * Reads version 1 files of little-endian float32 or float64, or int8, which
 * are all that test data needs.
 *
 * Returns: (transfer full): an array, or %NULL with a G_FILE_ERROR
 */
Npy *npy_load (const gchar * path, GError ** error);
void npy_free (Npy * npy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Npy, npy_free)

G_END_DECLS
