/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volume-cache.h"

typedef struct
{
  guint subject;
  guint64 size;
  SnnVolume *volume;
} Entry;

struct _SnnVolumeCache
{
  guint64 limit;
  guint64 size;
  GQueue entries;               /* most recently used first */
  GHashTable *links;            /* subject to its GList link in entries */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  snn_volume_unref (entry->volume);
  g_free (entry);
}

SnnVolumeCache *
snn_volume_cache_new (guint64 limit)
{
  SnnVolumeCache *cache = g_new0 (SnnVolumeCache, 1);

  cache->limit = limit;
  g_queue_init (&cache->entries);
  cache->links = g_hash_table_new (NULL, NULL);
  return cache;
}

void
snn_volume_cache_free (SnnVolumeCache *cache)
{
  if (!cache)
    return;
  g_queue_clear_full (&cache->entries, entry_free);
  g_hash_table_unref (cache->links);
  g_free (cache);
}

SnnVolume *
snn_volume_cache_get (SnnVolumeCache *cache, guint subject)
{
  GList *link = g_hash_table_lookup (cache->links, GUINT_TO_POINTER (subject));

  if (!link)
    return NULL;
  g_queue_unlink (&cache->entries, link);
  g_queue_push_head_link (&cache->entries, link);
  return snn_volume_ref (((Entry *) link->data)->volume);
}

void
snn_volume_cache_put (SnnVolumeCache *cache, guint subject, SnnVolume *volume)
{
  const gsize *dims = volume->info->dims;
  guint64 size = (guint64) dims[0] * dims[1] * dims[2]
      * (volume->info->n_channels * sizeof (float) + (volume->mask ? 1 : 0));
  Entry *entry;

  if (size > cache->limit)
    return;
  while (cache->size > cache->limit - size) {
    Entry *oldest = g_queue_pop_tail (&cache->entries);

    g_hash_table_remove (cache->links, GUINT_TO_POINTER (oldest->subject));
    cache->size -= oldest->size;
    entry_free (oldest);
  }
  entry = g_new (Entry, 1);
  entry->subject = subject;
  entry->size = size;
  entry->volume = snn_volume_ref (volume);
  g_queue_push_head (&cache->entries, entry);
  g_hash_table_insert (cache->links, GUINT_TO_POINTER (subject),
      cache->entries.head);
  cache->size += size;
}

guint64
snn_volume_cache_size (const SnnVolumeCache *cache)
{
  return cache->size;
}
