/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Blocks that snn_poisson_step() works on at once: so many that compilers make
 * vectors of the loop rather than unroll it. */
#define SNN_POISSON_LANES 32

/**
 * snn_poisson_step:
 * @key: Philox key
 * @counter: words 1 to 3 of the counter: timestep, sample, epoch
 * @n_blocks: a multiple of SNN_POISSON_LANES
 * @bounds: [4][@n_blocks]: word k of block b is a spike where it is at most
 *   bounds[k][b]
 * @bytes: [4][@n_blocks]: such a spike's byte, in place k of the four
 * @spikes: (out): @n_blocks words, of four spikes each
 *
 * The draws of one timestep: block b is Philox4x32-10 of { b, @counter }.
 */
void snn_poisson_step (const guint32 key[2], const guint32 counter[3],
    gsize n_blocks, const guint32 * bounds, const guint32 * bytes,
    guint32 * spikes);

G_END_DECLS
