/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-recognise.h"

#include <string.h>
#include <zlib.h>

/* After GLib: both this and <dirent.h> know a DT_UNKNOWN. */
#include <nifti2_io.h>

/* For zlib: the largest window, and a gzip header and no other. */
#define GZIP_ONLY (15 + 16)

/* (array length=n): what the gzip stream at @bytes begins with; returns how much
 * of it there is. */
static gsize
inflate_beginning (const guint8 *bytes, gsize n_bytes, guint8 *out, gsize n)
{
  z_stream stream = { 0, };
  gsize got;

  if (inflateInit2 (&stream, GZIP_ONLY) != Z_OK)
    return 0;
  stream.next_in = (guint8 *) bytes;
  stream.avail_in = (uInt) MIN (n_bytes, G_MAXINT);
  stream.next_out = out;
  stream.avail_out = (uInt) n;
  inflate (&stream, Z_SYNC_FLUSH);
  got = n - stream.avail_out;
  inflateEnd (&stream);
  return got;
}

static gboolean
is_size (const guint8 *bytes, gint32 size)
{
  gint32 found;

  memcpy (&found, bytes, sizeof found);
  return found == size || (gint32) GUINT32_SWAP_LE_BE (found) == size;
}

guint
snn_nifti_recognise (const guint8 *bytes, gsize n)
{
  const gsize magic_1 = G_STRUCT_OFFSET (nifti_1_header, magic);
  guint8 inflated[sizeof (nifti_1_header)];

  if (n >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) {
    n = inflate_beginning (bytes, n, inflated, sizeof inflated);
    bytes = inflated;
  }
  if (n >= 12 && is_size (bytes, sizeof (nifti_2_header))
      && memcmp (bytes + 4, "n+2\0\r\n\032\n", 8) == 0)
    return 2;
  if (n >= sizeof (nifti_1_header) && is_size (bytes, sizeof (nifti_1_header))
      && memcmp (bytes + magic_1, "n+1", 4) == 0)
    return 1;
  return 0;
}
