/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remarks.h"

GPtrArray *
snn_remarks_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

void
snn_remark (GPtrArray *remarks, const gchar *format, ...)
{
  va_list arguments;

  if (!remarks)
    return;
  va_start (arguments, format);
  g_ptr_array_add (remarks, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}
