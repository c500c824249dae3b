/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "known-subjects.h"

#include <math.h>
#include <string.h>

/* Digests in ascending order, each with a space behind it. */
#define METADATA "training-subjects"

/* Characters of a digest: among the 10^5 subjects that fit, the chance that any
 * two have the same is 10^-5. */
#define DIGEST 12
#define ENTRY (DIGEST + 1)

/* Bytes, 75,000 subjects: leaves some room for other texts. */
#define MOST (SNN_LARGEST_METADATA - (64u << 10))

static void
add_number (GChecksum *sum, double value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  /* To a hundredth, as what writes an affine anew rounds it; adding 0 makes
   * -0 to 0. */
  g_ascii_formatd (text, sizeof text, "%.0f", rint (value * 100.) + 0.);
  g_checksum_update (sum, (const guchar *) text, strlen (text) + 1);
}

/* @entry: DIGEST characters and a space */
static void
make_entry (const SnnVolumeInfo *volume, gchar entry[ENTRY + 1])
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  if (volume->origin)
    volume = volume->origin;
  g_checksum_update (sum, (const guchar *) volume->subject,
      strlen (volume->subject) + 1);
  for (guint i = 0; i < 3; i++) {
    add_number (sum, (double) volume->dims[i]);
    for (guint j = 0; j < 4; j++)
      add_number (sum, volume->affine[i][j]);
  }
  add_number (sum, (double) volume->seed);
  memcpy (entry, g_checksum_get_string (sum), DIGEST);
  entry[DIGEST] = ' ';
  entry[ENTRY] = '\0';
}

/* (out) @at: where the entry is, or has its place. */
static gboolean
find (const gchar *entries, const gchar entry[ENTRY + 1], gsize *at)
{
  gsize low = 0, high = strlen (entries) / ENTRY;

  while (low < high) {
    const gsize middle = low + (high - low) / 2;
    const gint order = memcmp (entry, entries + middle * ENTRY, ENTRY);

    if (order == 0)
      return TRUE;
    if (order > 0)
      low = middle + 1;
    else
      high = middle;
  }
  *at = low * ENTRY;
  return FALSE;
}

gboolean
snn_known_subjects_add (SnnNetwork *network, const SnnVolumeInfo *volume)
{
  const gchar *known = snn_network_metadata (network, METADATA);
  g_autoptr (GString) entries = g_string_new (known);
  gchar entry[ENTRY + 1];
  gsize at;

  make_entry (volume, entry);
  if (find (entries->str, entry, &at)
      || entries->len > MOST)
    return FALSE;
  g_string_insert (entries, (gssize) at, entry);
  snn_network_set_metadata (network, METADATA, entries->str);
  return TRUE;
}

gboolean
snn_known_subjects_has (const SnnNetwork *network, const SnnVolumeInfo *volume)
{
  const gchar *known = snn_network_metadata (network, METADATA);
  gchar entry[ENTRY + 1];
  gsize at;

  if (!known)
    return FALSE;
  make_entry (volume, entry);
  return find (known, entry, &at);
}

guint
snn_known_subjects_count (const SnnNetwork *network)
{
  const gchar *known = snn_network_metadata (network, METADATA);

  return known ? strlen (known) / ENTRY : 0;
}
