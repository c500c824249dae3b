/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* SnnVolumeCache: keeps volumes by subject within a limit of memory, those
 * that were asked for least recently giving way first. Not thread-safe. */
typedef struct _SnnVolumeCache SnnVolumeCache;

/* snn_volume_cache_new: @limit in bytes of voxels; 0 keeps nothing. */
SnnVolumeCache *snn_volume_cache_new (guint64 limit);
void snn_volume_cache_free (SnnVolumeCache * cache);

/* snn_volume_cache_get: (transfer full) (nullable) */
SnnVolume *snn_volume_cache_get (SnnVolumeCache * cache, guint subject);

/* snn_volume_cache_put: keeps a reference, unless @volume alone is larger
 * than the limit. @subject must not be in the cache. */
void snn_volume_cache_put (SnnVolumeCache * cache, guint subject,
    SnnVolume * volume);

/* snn_volume_cache_size: bytes of voxels held. */
guint64 snn_volume_cache_size (const SnnVolumeCache * cache);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnVolumeCache, snn_volume_cache_free)

SNN_END_DECLS
