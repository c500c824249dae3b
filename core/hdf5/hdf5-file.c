/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hdf5-private.h"

/* HDF5 may be built without thread safety, and its error printing is a
 * setting that we change for a while. */
static GMutex lock;

SnnHdf5 *
snn_hdf5_begin (const gchar *path)
{
  SnnHdf5 *h = g_new0 (SnnHdf5, 1);

  g_mutex_lock (&lock);
  h->path = g_strdup (path);
  h->file = H5I_INVALID_HID;
  H5Eget_auto2 (H5E_DEFAULT, &h->print, &h->print_data);
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  return h;
}

void
snn_hdf5_close (SnnHdf5 *h)
{
  if (!h)
    return;
  if (h->file >= 0)
    H5Fclose (h->file);
  H5Eclear2 (H5E_DEFAULT);
  H5Eset_auto2 (H5E_DEFAULT, h->print, h->print_data);
  g_mutex_unlock (&lock);
  g_clear_error (&h->error);
  g_free (h->image);
  g_free (h->path);
  g_free (h);
}

/* The innermost entry of HDF5's error stack says what was wrong; those above
 * it only say who called. */
static herr_t
copy_innermost (unsigned n, const H5E_error2_t *entry, void *data)
{
  gchar **text = data;

  if (n == 0 && entry->desc)
    *text = g_strdup (entry->desc);
  return 0;
}

static gboolean
fail (SnnHdf5 *h, SnnError code, gboolean with_reason, const gchar *format,
    va_list arguments)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *reason = NULL;

  if (h->error)
    return FALSE;
  text = g_strdup_vprintf (format, arguments);
  if (with_reason)
    H5Ewalk2 (H5E_DEFAULT, H5E_WALK_UPWARD, copy_innermost, &reason);
  g_set_error (&h->error, SNN_ERROR, code, "%s: %s%s%s", h->path, text,
      reason ? ": " : "", reason ? reason : "");
  return FALSE;
}

gboolean
snn_hdf5_fail (SnnHdf5 *h, SnnError code, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  fail (h, code, FALSE, format, arguments);
  va_end (arguments);
  return FALSE;
}

gboolean
snn_hdf5_fail_in (SnnHdf5 *h, SnnError code, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  fail (h, code, TRUE, format, arguments);
  va_end (arguments);
  return FALSE;
}

gboolean
snn_hdf5_failed (const SnnHdf5 *h)
{
  return h->error != NULL;
}

gboolean
snn_hdf5_take_error (SnnHdf5 *h, GError **error)
{
  if (!h->error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&h->error));
  return FALSE;
}
