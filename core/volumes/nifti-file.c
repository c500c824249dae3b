/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-file.h"

#include <errno.h>
#include <string.h>
#include <glib/gstdio.h>
#include <unistd.h>
#include <zlib.h>

#include "../base/error.h"
#include "nifti-recognise.h"

/* Bytes asked of zlib at a time. */
#define PIECE (1 << 20)
#define MOST_DEFLATED 1032

/* For zlib: the largest window, and a gzip header and no other. */
#define GZIP_ONLY (15 + 16)

struct _SnnNiftiFile
{
  gchar *location;
  gzFile gz;
  int fd;                       /* of what is in memory, the gzFile's; or -1 */
  guint64 size;
  gboolean followed;
};

static void
set_open_error (GError **error, const gchar *location, int reason)
{
  g_autofree gchar *target = reason == ENOENT ?
      g_file_read_link (location, NULL) : NULL;

  if (target)
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "Can't open %s: it is "
        "a link to %s, which does not exist", location, target);
  else
    g_set_error (error, SNN_ERROR,
        reason == ENOENT ? SNN_ERROR_NOT_FOUND : SNN_ERROR_OPEN,
        "Can't open %s: %s", location, g_strerror (reason));
}

/* @gz is taken over; NULL: there is none, by errno. */
static SnnNiftiFile *
file_new (const gchar *location, gzFile gz, guint64 size, GError **error)
{
  SnnNiftiFile *file;

  if (!gz) {
    set_open_error (error, location, errno);
    return NULL;
  }
  file = g_new (SnnNiftiFile, 1);
  *file = (SnnNiftiFile) { g_strdup (location), gz, -1, size, FALSE };
  return file;
}

SnnNiftiFile *
snn_nifti_file_open (const gchar *location, GError **error)
{
  GStatBuf status;

  if (g_stat (location, &status) != 0) {
    set_open_error (error, location, errno);
    return NULL;
  }
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't open %s: a regular "
        "file is expected", location);
    return NULL;
  }
  errno = ENOMEM;
  return file_new (location, gzopen (location, "rb"), (guint64) status.st_size,
      error);
}

SnnNiftiFile *
snn_nifti_file_open_memory (SnnMemoryFile *memory, GError **error)
{
  int fd = snn_memory_file_open (memory, error);
  SnnNiftiFile *file;
  gzFile gz;

  if (fd < 0)
    return NULL;
  errno = ENOMEM;
  gz = gzdopen (fd, "rb");
  if (!gz)
    close (fd);
  file = file_new (snn_memory_file_name (memory), gz,
      snn_memory_file_size (memory), error);
  if (file)
    file->fd = fd;
  return file;
}

void
snn_nifti_file_close (SnnNiftiFile *file)
{
  if (!file)
    return;
  gzclose (file->gz);
  g_free (file->location);
  g_free (file);
}

const gchar *
snn_nifti_file_location (const SnnNiftiFile *file)
{
  return file->location;
}

guint64
snn_nifti_file_size (const SnnNiftiFile *file)
{
  return file->size;
}

guint64
snn_nifti_file_capacity (const SnnNiftiFile *file)
{
  if (gzdirect (file->gz))
    return file->size;
  return file->size > G_MAXUINT64 / MOST_DEFLATED ? G_MAXUINT64
      : file->size * MOST_DEFLATED;
}

gboolean
snn_nifti_file_read (SnnNiftiFile *file, gpointer bytes, gsize n, gsize *got,
    GError **error)
{
  *got = 0;
  while (*got < n) {
    int count = gzread (file->gz, (guint8 *) bytes + *got,
        (unsigned) MIN (n - *got, PIECE));
    const gchar *text;
    int code = Z_OK;

    if (count > 0) {
      *got += (gsize) count;
      continue;
    }
    text = gzerror (file->gz, &code);
    if (code == Z_OK || code == Z_STREAM_END)
      return TRUE;
    if (code == Z_ERRNO)
      text = g_strerror (errno);
    /* Of a descriptor, zlib knows no more than its number. */
    if (g_str_has_prefix (text, "<fd:") && strstr (text, ">: "))
      text = strstr (text, ">: ") + 3;
    g_set_error (error, SNN_ERROR,
        code == Z_DATA_ERROR ? SNN_ERROR_FORMAT : SNN_ERROR_READ,
        "Can't read %s%s: %s", file->location,
        code == Z_ERRNO || code == Z_MEM_ERROR ? ""
        : ", its gzip stream is damaged", text);
    return FALSE;
  }
  return TRUE;
}

gboolean
snn_nifti_file_seek (SnnNiftiFile *file, gsize offset, GError **error)
{
  int code;

  if (gzseek (file->gz, (z_off_t) offset, SEEK_SET) >= 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "Can't go to byte %"
      G_GSIZE_FORMAT " of %s: %s", offset, file->location,
      gzerror (file->gz, &code));
  return FALSE;
}

/* Reads on over @n bytes, or to the end of the file. */
static gboolean
skip (SnnNiftiFile *file, guint64 n, GError **error)
{
  guint8 block[1 << 14];
  gsize got = 1;

  if (gzdirect (file->gz)) {
    gzseek (file->gz, (z_off_t) n, SEEK_CUR);
    return TRUE;
  }
  for (; n > 0 && got > 0; n -= got)
    if (!snn_nifti_file_read (file, block, (gsize) MIN (n, sizeof block), &got,
            error))
      return FALSE;
  return TRUE;
}

gboolean
snn_nifti_file_check_rest (SnnNiftiFile *file, guint64 n, GError **error)
{
  guint8 block[1 << 14];
  gsize got = 0;

  if (!skip (file, n, error)
      || !snn_nifti_file_read (file, block, sizeof block, &got, error))
    return FALSE;
  file->followed = snn_nifti_recognise (block, got) != 0;
  if (gzdirect (file->gz))
    return TRUE;
  for (gsize done = got; got == sizeof block && done < PIECE; done += got)
    if (!snn_nifti_file_read (file, block, sizeof block, &got, error))
      return FALSE;
  return TRUE;
}

/* Whether the file may have more than gzip streams, which zlib reads the one behind
 * the other and passes over what comes then: a single one ends with its size. */
static gboolean
has_tail (const SnnNiftiFile *file)
{
  guint32 size;

  if (file->fd < 0 || gzdirect (file->gz) || !gzeof (file->gz)
      || pread (file->fd, &size, sizeof size,
          (off_t) (file->size - sizeof size)) != sizeof size)
    return FALSE;
  return GUINT32_FROM_LE (size) != (guint32) gztell (file->gz);
}

static gboolean
is_gzip (int fd, guint64 at)
{
  guint8 magic[2];

  return pread (fd, magic, sizeof magic, (off_t) at) == sizeof magic
      && magic[0] == 0x1f && magic[1] == 0x8b;
}

/* Where the gzip streams that @fd begins with end, which zlib's files don't say. */
static guint64
find_tail (int fd)
{
  guint8 in[1 << 14], out[1 << 14];
  z_stream stream = { 0, };
  guint64 at = 0, tail = 0;
  int code = inflateInit2 (&stream, GZIP_ONLY);

  while (code == Z_OK) {
    gssize n = stream.avail_in > 0 ? 0 : pread (fd, in, sizeof in, (off_t) at);

    if (n > 0) {
      stream.next_in = in;
      stream.avail_in = (uInt) n;
      at += (guint64) n;
    }
    stream.next_out = out;
    stream.avail_out = sizeof out;
    code = inflate (&stream, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      tail = at - stream.avail_in;
      if (is_gzip (fd, tail))
        code = inflateReset (&stream);
    }
  }
  inflateEnd (&stream);
  return tail;
}

gboolean
snn_nifti_file_is_followed (const SnnNiftiFile *file)
{
  guint8 block[512];
  gssize got;

  if (file->followed || !has_tail (file))
    return file->followed;
  got = pread (file->fd, block, sizeof block, (off_t) find_tail (file->fd));
  return got > 0 && snn_nifti_recognise (block, (gsize) got) != 0;
}
