/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../ops/bytes.h"

G_BEGIN_DECLS

/* The memories that runs of one network on integers work in, of whatever engines: one for
 * each processor, as more could not be at work. */

SnnMemoryStock *snn_memory_stock_new (void);
void snn_memory_stock_free (const SnnSpiking * spiking);

/* snn_memory_stock_take: @n memories for blocks of up to @timesteps, to @memories; waits
 * as long as all processors have some. Who has some must not take more. */
void snn_memory_stock_take (const SnnSpiking * spiking, guint n,
    guint timesteps, SnnSpikingMemory ** memories);
void snn_memory_stock_give (const SnnSpiking * spiking, guint n,
    SnnSpikingMemory * const *memories);

/* snn_memory_stock_size: how many there are that nobody has. */
guint snn_memory_stock_size (const SnnSpiking * spiking);

G_END_DECLS
