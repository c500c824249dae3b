/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lock-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "error.h"
#include "links.h"

struct _SnnLockFile
{
  gchar *path;                  /* of the lock; NULL: there is none */
  int fd;
};

/* (transfer full): what our locks say, for people, and to tell them from files of
 * theirs. */
static gchar *
signature (void)
{
  return g_strdup_printf ("process %d on %s\n", (gint) getpid (),
      g_get_host_name ());
}

static void
set_held (GError **error, const gchar *path, const gchar *lock)
{
  g_autofree gchar *holder = NULL, *ours = signature ();

  g_file_get_contents (lock, &holder, NULL, NULL);
  if (g_strcmp0 (holder, ours) == 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s is being made already, by "
        "another element of this process; expected a name of its own for each "
        "file", path);
    return;
  }
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

/* Whether the file may be written over and taken away: a run has made it, or
 * nobody has written anything to it. */
static gboolean
is_ours (int fd)
{
  char text[64] = "";
  struct stat status;
  gint process;
  char host;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    return FALSE;
  return status.st_size == 0 || (pread (fd, text, sizeof text - 1, 0) > 0
      && sscanf (text, "process %d on %c", &process, &host) == 2);
}

static void
sign (int fd)
{
  g_autofree gchar *text = signature ();

  if (ftruncate (fd, 0) == 0 && write (fd, text, strlen (text)) < 0)
    g_debug ("can't sign a lock: %s", g_strerror (errno));
}

/* The lock @name of @path, opened and locked; -1 with @error. */
static int
open_lock (const gchar *path, const gchar *name, GError **error)
{
  for (;;) {
    int fd = g_open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        | O_NONBLOCK, 0666);
    gboolean held;

    if (fd < 0) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s: can't make the lock "
          "%s: %s", path, name, g_strerror (errno));
      return -1;
    }
    held = flock (fd, LOCK_EX | LOCK_NB) != 0;
    if (held && errno == EWOULDBLOCK) {
      set_held (error, path, name);
      close (fd);
      return -1;
    }
    /* Or else there are no locks here. */
    if (held || is_current (fd, name))
      return fd;
    close (fd);
  }
}

SnnLockFile *
snn_lock_file_take (const gchar *path, GError **error)
{
  g_autofree gchar *target = snn_links_follow (path);
  g_autofree gchar *name = g_strconcat (target ? target : path, ".lock", NULL);
  SnnLockFile *lock;
  GStatBuf status;
  int fd;

  if (g_stat (path, &status) == 0 && !S_ISREG (status.st_mode))
    return g_new0 (SnnLockFile, 1);
  fd = open_lock (path, name, error);
  if (fd < 0)
    return NULL;
  if (!is_ours (fd)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s: %s, which would be its "
        "lock, is something else; expected no such file, or one that says "
        "\"process ... on ...\"", path, name);
    close (fd);
    return NULL;
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
