/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE             /* memfd_create() */
#include "memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"

struct _SnnMemoryFile
{
  gchar *name;
  int fd;
  guint64 size;
};

SnnMemoryFile *
snn_memory_file_new (const gchar *name, GError **error)
{
  int fd = memfd_create ("gst-snn", MFD_CLOEXEC);
  SnnMemoryFile *file;

  if (fd < 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "%s: no file in memory can "
        "be made for it: %s", name, g_strerror (errno));
    return NULL;
  }
  file = g_new (SnnMemoryFile, 1);
  *file = (SnnMemoryFile) { g_strdup (name), fd, 0 };
  return file;
}

void
snn_memory_file_free (SnnMemoryFile *file)
{
  if (!file)
    return;
  close (file->fd);
  g_free (file->name);
  g_free (file);
}

const gchar *
snn_memory_file_name (const SnnMemoryFile *file)
{
  return file->name;
}

guint64
snn_memory_file_size (const SnnMemoryFile *file)
{
  return file->size;
}

gboolean
snn_memory_file_add (SnnMemoryFile *file, gconstpointer data, gsize n,
    GError **error)
{
  const guint8 *bytes = data;

  while (n > 0) {
    gssize written = pwrite (file->fd, bytes, n, (off_t) file->size);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      gboolean full = written == 0 || errno == ENOSPC || errno == EFBIG
          || errno == ENOMEM;

      g_set_error (error, SNN_ERROR, full ? SNN_ERROR_NO_SPACE
          : SNN_ERROR_WRITE, "%s: no memory for more than %" G_GUINT64_FORMAT
          " bytes of it: %s", file->name, file->size,
          g_strerror (written == 0 ? ENOSPC : errno));
      return FALSE;
    }
    bytes += written;
    n -= (gsize) written;
    file->size += (guint64) written;
  }
  return TRUE;
}

gint
snn_memory_file_open (SnnMemoryFile *file, GError **error)
{
  int fd = fcntl (file->fd, F_DUPFD_CLOEXEC, 0);

  if (fd >= 0 && lseek (fd, 0, SEEK_SET) == 0)
    return fd;
  g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't open %s in memory: %s",
      file->name, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}
