/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/name.h"
#include "../graph/network.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* The random weights that training begins with. */

typedef enum
{
  SNN_INITIALISATION_HE,        /* +-sqrt(6 / fan in), the readout a tenth of 1 / sqrt(fan in) */
  SNN_INITIALISATION_PYTORCH,   /* +-1 / sqrt(fan in) */
} SnnInitialisation;

/* snn_initialisation_name: (nullable): of @initialisation, from 0 on. */
const SnnName *snn_initialisation_name (guint initialisation);

/**
 * snn_network_initialise:
 * @seed: and @draw, of which each gives other weights
 *
 * Draws all weights; biases are 0 with He, and drawn as the weights with
 * PyTorch's. He et al. 2015 keep the size of what ReLU layers without
 * bias hand on; with PyTorch's it falls by sqrt(6) a layer, and what is lost
 * Adam makes up for by moving all layers in step, which may overshoot. A small
 * readout begins with predictions near 1/2 everywhere, where losses are not
 * flat.
 */
void snn_network_initialise (SnnNetwork * network,
    SnnInitialisation initialisation, guint64 seed, guint draw);

SNN_END_DECLS
