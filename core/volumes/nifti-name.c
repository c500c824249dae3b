/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-name.h"

#include <string.h>

static const gchar *const endings[] = { ".nii", ".hdr", ".img" };

const gchar *
snn_nifti_ending (const gchar *name, gsize *stem)
{
  gsize n = strlen (name);

  if (n > 3 && g_ascii_strcasecmp (name + n - 3, ".gz") == 0)
    n -= 3;
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (n > 4 && g_ascii_strncasecmp (name + n - 4, endings[i], 4) == 0) {
      if (stem)
        *stem = n - 4;
      return endings[i];
    }
  return NULL;
}

gboolean
snn_nifti_is_location (const gchar *name)
{
  return snn_nifti_ending (name, NULL) != NULL;
}

gchar *
snn_nifti_subject (const gchar *location)
{
  g_autofree gchar *name = g_path_get_basename (location);
  gsize stem;

  if (snn_nifti_ending (name, &stem))
    name[stem] = '\0';
  return g_steal_pointer (&name);
}

gchar *
snn_nifti_partner (const gchar *location, const gchar *ending)
{
  gsize stem;
  gboolean upper, zipped;
  g_autofree gchar *base = NULL;
  g_autofree gchar *first = NULL;

  snn_nifti_ending (location, &stem);
  upper = g_ascii_isupper (location[stem + 1]);
  zipped = strlen (location) > stem + 4;
  base = g_strndup (location, stem);
  for (guint i = 0; i < 4; i++) {
    gboolean use_upper = upper ^ (i >= 2), use_zipped = zipped ^ (i % 2);
    g_autofree gchar *cased = use_upper ? g_ascii_strup (ending, -1)
        : g_strdup (ending);
    g_autofree gchar *candidate = g_strconcat (base, cased,
        !use_zipped ? "" : use_upper ? ".GZ" : ".gz", NULL);

    if (g_file_test (candidate, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&candidate);
    if (!first)
      first = g_steal_pointer (&candidate);
  }
  return g_steal_pointer (&first);
}
