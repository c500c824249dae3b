/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

gchar *
snn_text_valid (const gchar *text)
{
  GString *valid = g_string_new (NULL);
  const gchar *end;

  while (!g_utf8_validate (text, -1, &end)) {
    g_string_append_len (valid, text, end - text);
    g_string_append_printf (valid, "\\x%02x", (guint8) *end);
    text = end + 1;
  }
  g_string_append (valid, text);
  return g_string_free (valid, FALSE);
}

/* What steers instead of being seen: controls, marks of direction and other
 * formats, halves of characters. */
static gboolean
is_steering (gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return TRUE;
    default:
      return FALSE;
  }
}

gchar *
snn_text_shown (const gchar *text, const gchar *keep)
{
  g_autofree gchar *valid = snn_text_valid (text);
  GString *shown = g_string_new (NULL);

  for (const gchar *at = valid; *at; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (!is_steering (c) || (keep && g_utf8_strchr (keep, -1, c)))
      g_string_append_unichar (shown, c);
    else
      g_string_append_printf (shown, c < 0x100 ? "\\x%02x" : c < 0x10000
          ? "\\u%04x" : "\\U%08x", c);
  }
  return g_string_free (shown, FALSE);
}
