/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "input-files.h"

#include <sys/stat.h>

#include <glib/gstdio.h>

#include "error.h"

typedef struct
{
  guint64 device;
  guint64 inode;
} Key;

/* A file, and how many times it has been added. */
typedef struct
{
  Key key;
  gchar *path;                  /* as it was added first */
  guint n;
} Entry;

struct _SnnInputFiles
{
  GPtrArray *entries;           /* Entry, not owned, one an addition */
};

static GMutex mutex;
static GHashTable *known;       /* Key to Entry; NULL while it is empty */

static guint
key_hash (gconstpointer data)
{
  const Key *key = data;

  return g_int64_hash (&key->inode) ^ g_int64_hash (&key->device);
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *x = a, *y = b;

  return x->device == y->device && x->inode == y->inode;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->path);
  g_free (entry);
}

/* Links are followed. A folder is no file that anybody could replace. */
static gboolean
get_key (const gchar *path, Key *key)
{
  GStatBuf status;

  if (g_stat (path, &status) != 0 || S_ISDIR (status.st_mode))
    return FALSE;
  *key = (Key) { status.st_dev, status.st_ino };
  return TRUE;
}

gboolean
snn_input_files_same (const gchar *a, const gchar *b)
{
  Key x, y;

  return get_key (a, &x) && get_key (b, &y) && key_equal (&x, &y);
}

SnnInputFiles *
snn_input_files_new (void)
{
  SnnInputFiles *files = g_new0 (SnnInputFiles, 1);

  files->entries = g_ptr_array_new ();
  return files;
}

void
snn_input_files_add (SnnInputFiles *files, const gchar *path)
{
  Entry *entry;
  Key key;

  if (!get_key (path, &key))
    return;
  g_mutex_lock (&mutex);
  if (!known)
    known = g_hash_table_new_full (key_hash, key_equal, NULL, entry_free);
  entry = g_hash_table_lookup (known, &key);
  if (!entry) {
    entry = g_new0 (Entry, 1);
    entry->key = key;
    entry->path = g_strdup (path);
    g_hash_table_insert (known, &entry->key, entry);
  }
  entry->n++;
  g_mutex_unlock (&mutex);
  g_ptr_array_add (files->entries, entry);
}

void
snn_input_files_free (SnnInputFiles *files)
{
  if (!files)
    return;
  g_mutex_lock (&mutex);
  for (guint i = 0; i < files->entries->len; i++) {
    Entry *entry = g_ptr_array_index (files->entries, i);

    if (--entry->n == 0)
      g_hash_table_remove (known, &entry->key);
  }
  if (known && g_hash_table_size (known) == 0)
    g_clear_pointer (&known, g_hash_table_unref);
  g_mutex_unlock (&mutex);
  g_ptr_array_unref (files->entries);
  g_free (files);
}

gchar *
snn_input_files_find (const gchar *path)
{
  const Entry *entry;
  gchar *found;
  Key key;

  if (!get_key (path, &key))
    return NULL;
  g_mutex_lock (&mutex);
  entry = known ? g_hash_table_lookup (known, &key) : NULL;
  found = entry ? g_strdup (entry->path) : NULL;
  g_mutex_unlock (&mutex);
  return found;
}

gboolean
snn_input_files_check (const gchar *path, GError **error)
{
  g_autofree gchar *input = snn_input_files_find (path);

  if (!input)
    return TRUE;
  if (g_str_equal (input, path))
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s is a file that is read "
        "from, and is not replaced", path);
  else
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s is the same file as "
        "%s, which is read from, and is not replaced", path, input);
  return FALSE;
}
