/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "error.h"
#include "input-files.h"
#include "links.h"

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

/* Names of files aside tell whose they are, so that the next writer of the same
 * file knows those that a killed one has left: PREFIX + the file's name (cut,
 * as names have an end) + '-' + six characters. */
#define ASIDE_PREFIX ".snn-"
#define ASIDE_NAME 200
#define ASIDE_RANDOM "XXXXXX"

static gchar *
aside_stem (const gchar *path)
{
  g_autofree gchar *name = g_path_get_basename (path);

  return g_strdup_printf (ASIDE_PREFIX "%.*s-", ASIDE_NAME, name);
}

/* A living writer holds a lock on its file aside, whatever machine it runs on.
 * Where the file system has no locks, everybody counts as living. */
static void
remove_if_dead (const gchar *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);

  if (fd < 0)
    return;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    g_unlink (path);
  close (fd);
}

static void
remove_dead (const gchar *folder, const gchar *stem)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_prefix (name, stem)
        && strlen (name) == strlen (stem) + strlen (ASIDE_RANDOM)) {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      remove_if_dead (path);
    }
}

/* (out) @aside: a new file, locked. Between making and locking it another
 * writer may have taken it for a dead one's; then it is made again. */
static int
open_aside (const gchar *folder, const gchar *stem, gchar **aside)
{
  for (;;) {
    g_autofree gchar *name = g_strconcat (stem, ASIDE_RANDOM, NULL);
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    int fd = g_mkstemp_full (path, O_WRONLY | O_CLOEXEC, 0666);
    struct stat status;

    if (fd < 0)
      return fd;
    flock (fd, LOCK_EX | LOCK_NB);
    if (fstat (fd, &status) == 0 && status.st_nlink > 0) {
      *aside = g_steal_pointer (&path);
      return fd;
    }
    close (fd);
  }
}

/* @mode: of the file that is replaced; 0: there is none, and the umask says
 * what a new one has. */
static int
write_aside (const gchar *path, mode_t mode, gconstpointer data, gsize size)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *stem = aside_stem (path);
  g_autofree gchar *aside = NULL;
  int fd, code;

  remove_dead (folder, stem);
  fd = open_aside (folder, stem, &aside);
  if (fd < 0)
    return errno;
  code = mode != 0 && fchmod (fd, mode) != 0 ? errno : 0;
  if (code == 0)
    code = write_all (fd, data, size);
  if (code == 0 && fsync (fd) != 0)
    code = errno;
  /* Renamed while it is locked, so that nobody takes it away. */
  if (code == 0 && g_rename (aside, path) != 0)
    code = errno;
  if (code != 0)
    g_unlink (aside);
  if (close (fd) != 0 && code == 0)
    code = errno;
  if (code == 0)
    sync_folder (folder);
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
snn_file_check (const gchar *path, GError **error)
{
  g_autofree gchar *target = snn_links_follow (path);
  g_autofree gchar *folder = target ? g_path_get_dirname (target) : NULL;
  GStatBuf status;
  gboolean there = target && g_stat (target, &status) == 0;
  const gchar *what = NULL;

  if (!snn_input_files_check (path, error))
    return FALSE;
  if (!target)
    what = "its links lead round";
  else if (there && S_ISDIR (status.st_mode))
    what = "it is a folder, and a file was expected";
  else if (there && !S_ISREG (status.st_mode))
    what = g_access (target, W_OK) == 0 ? NULL : g_strerror (errno);
  else if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    what = "there is no such folder";
  else if (g_access (folder, W_OK | X_OK) != 0)
    what = "its folder can't be written to";
  if (what)
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s can't be "
        "written: %s", path, what);
  return !what;
}

gboolean
snn_file_write (const gchar *path, gconstpointer data, gsize size,
    GError **error)
{
  g_autofree gchar *target = snn_links_follow (path);
  GStatBuf status;
  gboolean there;
  int code;

  if (!snn_input_files_check (path, error))
    return FALSE;
  there = target && g_stat (target, &status) == 0;
  if (!target)
    code = ELOOP;
  else if (there && !S_ISREG (status.st_mode))
    code = write_directly (target, data, size);
  else
    code = write_aside (target, there ? status.st_mode & 07777 : 0, data, size);
  if (code == 0)
    return TRUE;
  set_write_error (error, path, code);
  return FALSE;
}
