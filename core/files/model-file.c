/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-file.h"

#include "model-private.h"

gboolean
snn_model_save (const SnnNetwork *network, const gchar *path, GError **error)
{
  SnnHdf5 *h;
  gboolean saved;

  g_return_val_if_fail (network != NULL && path != NULL, FALSE);

  h = snn_hdf5_create (path);
  snn_model_write (h, network, TRUE);
  saved = snn_hdf5_commit (h, error);
  snn_hdf5_close (h);
  return saved;
}

SnnNetwork *
snn_model_load (const gchar *path, GError **error)
{
  SnnHdf5 *h;
  SnnNetwork *network;

  g_return_val_if_fail (path != NULL, NULL);

  h = snn_hdf5_open (path, error);
  if (!h)
    return NULL;
  network = snn_model_read (h);
  snn_hdf5_take_error (h, error);
  snn_hdf5_close (h);
  return network;
}
