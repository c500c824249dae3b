/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../ops/bytes.h"
#include "engine.h"

G_BEGIN_DECLS

/* snn_engine_new_on: an engine that runs on the packed weights and workers of
 * another, such as a trainer's or those of a model that several share; all of
 * them must outlive it, and their owner updates them.
 *
 * @spiking may be %NULL, or must count a spike as 1; where it is %NULL and the
 * network can run on integers, the engine packs integers of its own, which
 * snn_engine_weights_changed() updates. */
SnnEngine *snn_engine_new_on (const SnnPlan * plan, SnnPacked * packed,
    SnnSpiking * spiking, SnnPool * pool);

G_END_DECLS
