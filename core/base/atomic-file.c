/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "error.h"
#include "input-files.h"

static void
set_write_error (GError **error, const gchar *path, int code)
{
  gboolean full = code == ENOSPC || code == EDQUOT || code == EFBIG;

  g_set_error (error, SNN_ERROR,
      full ? SNN_ERROR_NO_SPACE : SNN_ERROR_WRITE, "%s: can't write: %s",
      path, g_strerror (code));
}

/* Returns 0 or an errno. */
static int
write_all (int fd, const guint8 *data, gsize size)
{
  while (size > 0) {
    gssize written = write (fd, data, MIN (size, (gsize) 1 << 30));

    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return errno;
    data += written;
    size -= (gsize) written;
  }
  return 0;
}

/* Without this a crash of the machine may undo the rename. Not every file
 * system can do it, and the content is safe by then, so failure is ignored. */
static void
sync_folder (const gchar *folder)
{
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

static int
write_aside (const gchar *path, gconstpointer data, gsize size)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *aside = g_build_filename (folder, ".snn-XXXXXX", NULL);
  int fd = g_mkstemp_full (aside, O_WRONLY | O_CLOEXEC, 0666);
  int code;

  if (fd < 0)
    return errno;
  code = write_all (fd, data, size);
  if (code == 0 && fsync (fd) != 0)
    code = errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  if (code == 0 && g_rename (aside, path) != 0)
    code = errno;
  if (code == 0)
    sync_folder (folder);
  else
    g_unlink (aside);
  return code;
}

static int
write_directly (const gchar *path, gconstpointer data, gsize size)
{
  int fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);
  int code;

  if (fd < 0)
    return errno;
  code = write_all (fd, data, size);
  if (close (fd) != 0 && code == 0)
    code = errno;
  return code;
}

gboolean
snn_file_write (const gchar *path, gconstpointer data, gsize size,
    GError **error)
{
  GStatBuf status;
  int code;

  if (!snn_input_files_check (path, error))
    return FALSE;
  if (g_stat (path, &status) == 0 && !S_ISREG (status.st_mode))
    code = write_directly (path, data, size);
  else
    code = write_aside (path, data, size);
  if (code == 0)
    return TRUE;
  set_write_error (error, path, code);
  return FALSE;
}
