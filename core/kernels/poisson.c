/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "poisson.h"

#define LANES SNN_POISSON_LANES

/* Philox, with a lane a block: plain loops that compilers turn into vectors.
 * See snn_philox4x32() for the rounds. */
static void
philox_lanes (guint32 *restrict c0, guint32 *restrict c1, guint32 *restrict c2,
    guint32 *restrict c3, guint32 k0, guint32 k1)
{
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < LANES; i++) {
      guint64 p0 = (guint64) 0xD2511F53u * c0[i];
      guint64 p1 = (guint64) 0xCD9E8D57u * c2[i];

      c0[i] = (guint32) (p1 >> 32) ^ c1[i] ^ k0;
      c1[i] = (guint32) p1;
      c2[i] = (guint32) (p0 >> 32) ^ c3[i] ^ k1;
      c3[i] = (guint32) p0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

void
snn_poisson_step (const guint32 key[2], const guint32 counter[3],
    gsize n_blocks, const guint32 *bounds, const guint32 *bytes,
    guint32 *spikes)
{
  guint32 c0[LANES], c1[LANES], c2[LANES], c3[LANES];
  gsize n = n_blocks;

  for (gsize block = 0; block < n_blocks; block += LANES) {
    const guint32 *bound = bounds + block, *byte = bytes + block;

    for (guint32 i = 0; i < LANES; i++) {
      c0[i] = (guint32) block + i;
      c1[i] = counter[0];
      c2[i] = counter[1];
      c3[i] = counter[2];
    }
    philox_lanes (c0, c1, c2, c3, key[0], key[1]);
    for (int i = 0; i < LANES; i++)
      spikes[block + i] = (-(guint32) (c0[i] <= bound[i]) & byte[i])
          | (-(guint32) (c1[i] <= bound[n + i]) & byte[n + i])
          | (-(guint32) (c2[i] <= bound[2 * n + i]) & byte[2 * n + i])
          | (-(guint32) (c3[i] <= bound[3 * n + i]) & byte[3 * n + i]);
  }
}
