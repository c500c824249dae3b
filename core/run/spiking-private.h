/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "spiking.h"

G_BEGIN_DECLS

/* For spiking.c, which makes the plan, spiking-weights.c, spiking-lists.c and
 * spiking-run.c. */

static inline guint
snn_spiking_n_panels (const SnnSpiking *spiking, guint channels)
{
  return (channels + spiking->kernels->panel - 1) / spiking->kernels->panel;
}

/* snn_spiking_find_row: where the neurons (@y, @phase + period i) find their inputs. */
SnnBranchRow snn_spiking_find_row (const SnnSpikingRun * run,
    const SnnSpikingStep * step, const SnnSpikingBranch * branch, gsize y,
    guint phase);

/* snn_spiking_n_planes: bits of a frame's values in this run, their sign, too. */
guint snn_spiking_n_planes (const SnnSpikingRun * run,
    const SnnByteFrame * frame);

/* snn_spiking_choose_packing: how a branch's weights are packed for what is not
 * listed. */
SnnPacking snn_spiking_choose_packing (const SnnSpikingRun * run,
    const SnnSpikingBranch * branch);

/* snn_spiking_look_through: makes lists or bits of a buffer that has just been
 * written. */
void snn_spiking_look_through (const SnnSpikingRun * run, guint buffer);

/* snn_spiking_find_storage: (transfer full): of each frame, the one whose memory it
 * can have, itself or one that is written earlier and read by nobody any more. */
guint *snn_spiking_find_storage (const SnnSpiking * spiking);

/* snn_byte_frame_planes: bits that tell a frame's values apart. */
guint snn_byte_frame_planes (const SnnByteFrame * frame);

/* snn_spiking_packed: a panel's weights for one phase, packed by whoever asks first; safe
 * to call from any thread. */
const guint8 *snn_spiking_packed (const SnnSpiking * spiking,
    const SnnSpikingStep * step, const SnnSpikingBranch * branch,
    SnnPacking packing, guint panel, guint phase);

G_END_DECLS
