/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lock-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "error.h"

struct _SnnLockFile
{
  gchar *path;                  /* of the lock; NULL: there is none */
  int fd;
};

static void
set_held (GError **error, const gchar *path, const gchar *lock)
{
  g_autofree gchar *holder = NULL;

  g_file_get_contents (lock, &holder, NULL, NULL);
  g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s is being made by another "
      "run, %s; its lock is %s", path, holder && *g_strchomp (holder) ? holder
      : "which does not say more", lock);
}

/* Whoever had the lock may have removed its file between our opening and
 * locking it. */
static gboolean
is_current (int fd, const gchar *lock)
{
  struct stat ours;
  GStatBuf theirs;

  return fstat (fd, &ours) == 0 && g_stat (lock, &theirs) == 0
      && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/* For people: nothing depends on what is in the file. */
static void
sign (int fd)
{
  g_autofree gchar *text = g_strdup_printf ("process %d on %s\n",
      (gint) getpid (), g_get_host_name ());

  if (ftruncate (fd, 0) == 0 && write (fd, text, strlen (text)) < 0)
    g_debug ("can't sign a lock: %s", g_strerror (errno));
}

SnnLockFile *
snn_lock_file_take (const gchar *path, GError **error)
{
  g_autofree gchar *name = g_strconcat (path, ".lock", NULL);
  SnnLockFile *lock;
  GStatBuf status;
  int fd = -1;

  if (g_stat (path, &status) == 0 && !S_ISREG (status.st_mode))
    return g_new0 (SnnLockFile, 1);
  for (;;) {
    fd = g_open (name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s: can't make the lock "
          "%s: %s", path, name, g_strerror (errno));
      return NULL;
    }
    if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        set_held (error, path, name);
        close (fd);
        return NULL;
      }
      break;                    /* no locks here */
    }
    if (is_current (fd, name))
      break;
    close (fd);
  }
  sign (fd);
  lock = g_new0 (SnnLockFile, 1);
  lock->path = g_steal_pointer (&name);
  lock->fd = fd;
  return lock;
}

gboolean
snn_lock_file_hold (GPtrArray **locks, const gchar *path, GError **error)
{
  SnnLockFile *lock = path ? snn_lock_file_take (path, error) : NULL;

  if (!lock)
    return !path;
  if (!*locks)
    *locks = g_ptr_array_new_with_free_func ((GDestroyNotify)
        snn_lock_file_free);
  g_ptr_array_add (*locks, lock);
  return TRUE;
}

void
snn_lock_file_free (SnnLockFile *lock)
{
  if (!lock)
    return;
  if (lock->path) {
    /* While it is locked: afterwards it may be another's. */
    g_unlink (lock->path);
    close (lock->fd);
  }
  g_free (lock->path);
  g_free (lock);
}
