/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

G_DEFINE_QUARK (snn-error-quark, snn_error)

gboolean
snn_is_cancelled (const gint *cancel)
{
  return cancel && g_atomic_int_get (cancel);
}

gboolean
snn_check_cancelled (const gint *cancel, const gchar *what, GError **error)
{
  if (!snn_is_cancelled (cancel))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_CANCELLED, "%s was stopped", what);
  return FALSE;
}
