/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <hdf5.h>

#include "hdf5-file.h"

G_BEGIN_DECLS

/* Shared by the parts of hdf5-file.h. */

/* Bytes of text in one dataset: names, or the settings of a run. */
#define SNN_HDF5_MAX_TEXT (1u << 20)

struct _SnnHdf5
{
  gchar *path;
  hid_t file;
  guint8 *image;                /* a written file's bytes, once closed */
  GError *error;
  H5E_auto2_t print;            /* HDF5's own error printing, put back */
  gpointer print_data;
};

/* snn_hdf5_begin: takes the lock; @file is left invalid. */
SnnHdf5 *snn_hdf5_begin (const gchar * path);

/* snn_hdf5_fail_in: as snn_hdf5_fail(), with HDF5's own reason behind it. */
gboolean snn_hdf5_fail_in (SnnHdf5 * h, SnnError code, const gchar * format,
    ...) G_GNUC_PRINTF (3, 4);

/* snn_hdf5_read_variable: @n texts of variable length into @texts. */
gboolean snn_hdf5_read_variable (SnnHdf5 * h, const gchar * name,
    hid_t dataset, gchar ** texts, gsize n);

G_END_DECLS
