/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memory-stock.h"

#include "spiking.h"

struct _SnnMemoryStock
{
  GMutex lock;
  GCond given;
  guint n_takers;
  guint most_takers;
  GPtrArray *spare;             /* those that were given back last are at the end */
};

SnnMemoryStock *
snn_memory_stock_new (void)
{
  SnnMemoryStock *stock = g_new0 (SnnMemoryStock, 1);

  g_mutex_init (&stock->lock);
  g_cond_init (&stock->given);
  stock->most_takers = g_get_num_processors ();
  stock->spare = g_ptr_array_new ();
  return stock;
}

void
snn_memory_stock_free (const SnnSpiking *spiking)
{
  SnnMemoryStock *stock = spiking->stock;

  if (!stock)
    return;
  for (guint i = 0; i < stock->spare->len; i++)
    snn_spiking_memory_free (spiking, g_ptr_array_index (stock->spare, i));
  g_ptr_array_unref (stock->spare);
  g_cond_clear (&stock->given);
  g_mutex_clear (&stock->lock);
  g_free (stock);
}

/* A spare memory, if there is one: best the last one that is large enough, whose bytes
 * are near. */
static SnnSpikingMemory *
pick (SnnMemoryStock *stock, guint timesteps)
{
  GPtrArray *spare = stock->spare;

  for (guint i = spare->len; i-- > 0;)
    if (((SnnSpikingMemory *) g_ptr_array_index (spare, i))->timesteps
        >= timesteps)
      return g_ptr_array_steal_index (spare, i);
  return spare->len > 0 ? g_ptr_array_steal_index (spare, spare->len - 1)
      : NULL;
}

void
snn_memory_stock_take (const SnnSpiking *spiking, guint n, guint timesteps,
    SnnSpikingMemory **memories)
{
  SnnMemoryStock *stock = spiking->stock;

  g_mutex_lock (&stock->lock);
  while (stock->n_takers == stock->most_takers)
    g_cond_wait (&stock->given, &stock->lock);
  stock->n_takers++;
  for (guint i = 0; i < n; i++)
    memories[i] = pick (stock, timesteps);
  g_mutex_unlock (&stock->lock);

  for (guint i = 0; i < n; i++)
    if (!memories[i] || memories[i]->timesteps < timesteps) {
      snn_spiking_memory_free (spiking, memories[i]);
      memories[i] = snn_spiking_memory_new_shared (spiking, timesteps);
    }
}

void
snn_memory_stock_give (const SnnSpiking *spiking, guint n,
    SnnSpikingMemory *const *memories)
{
  SnnMemoryStock *stock = spiking->stock;

  g_mutex_lock (&stock->lock);
  for (guint i = n; i-- > 0;)
    g_ptr_array_add (stock->spare, memories[i]);
  stock->n_takers--;
  g_cond_signal (&stock->given);
  g_mutex_unlock (&stock->lock);
}

guint
snn_memory_stock_size (const SnnSpiking *spiking)
{
  SnnMemoryStock *stock = spiking->stock;
  guint size;

  g_mutex_lock (&stock->lock);
  size = stock->spare->len;
  g_mutex_unlock (&stock->lock);
  return size;
}
