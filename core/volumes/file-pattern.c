/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-pattern.h"

#include <string.h>

#include "../base/error.h"

/* What follows a percent sign at @text: 's', 'd' or '%', its padding and its
 * end; 0 where it is none of these. Patterns never reach printf. */
static gchar
directive (const gchar *text, guint *width, const gchar **end)
{
  *width = 0;
  if (text[0] == '0') {
    for (text++; g_ascii_isdigit (*text) && *width < 100; text++)
      *width = 10 * *width + (guint) (*text - '0');
    if (*text != 'd' || *width == 0 || *width >= 100)
      return 0;
  }
  *end = text + 1;
  return *text == 's' || *text == 'd' || *text == '%' ? *text : 0;
}

/* Where the file's name begins. */
static const gchar *
base_name (const gchar *pattern)
{
  const gchar *slash = strrchr (pattern, G_DIR_SEPARATOR);

  return slash ? slash + 1 : pattern;
}

gboolean
snn_file_pattern_check (const gchar *pattern, gboolean *per_subject,
    GError **error)
{
  *per_subject = FALSE;
  for (const gchar *at = base_name (pattern); *at;) {
    guint width;
    gchar kind;

    if (*at++ != '%')
      continue;
    kind = directive (at, &width, &at);
    if (!kind) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s is no pattern for "
          "file names: only %%s (subject), %%d or %%05d (number) and %%%% may "
          "follow a percent sign", pattern);
      return FALSE;
    }
    *per_subject |= kind != '%';
  }
  return TRUE;
}

gboolean
snn_file_pattern_tells_subject (const gchar *pattern)
{
  for (const gchar *at = strchr (base_name (pattern), '%'); at;
      at = strchr (at, '%')) {
    guint width;

    if (directive (at + 1, &width, &at) == 's')
      return TRUE;
  }
  return FALSE;
}

gchar *
snn_file_pattern_expand (const gchar *pattern, const gchar *subject,
    guint number)
{
  const gchar *base = base_name (pattern);
  GString *name = g_string_new_len (pattern, base - pattern);

  for (const gchar *at = base; *at;) {
    guint width;

    if (*at != '%') {
      g_string_append_c (name, *at++);
      continue;
    }
    switch (directive (at + 1, &width, &at)) {
      case 's':
        g_string_append (name, subject);
        break;
      case 'd':
        g_string_append_printf (name, "%0*u", (int) width, number);
        break;
      default:
        g_string_append_c (name, '%');
        break;
    }
  }
  return g_string_free (name, FALSE);
}
