/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"

G_BEGIN_DECLS

/* snn_round_weights: of the spiking @network, to whole numbers from -127 to 127 with
 * one scale for all that meet in an output channel, q = round (127 w / max |w|).
 * Neurons are the same where weights and threshold are multiplied by one factor: so
 * weights become q / 128 and thresholds take the rest; those of the readout become
 * q max |w| / 127. (Behind a pooling of n values w is w / n here, as sums of spikes
 * are what such weights are for.) FALSE with SNN_ERROR_UNSUPPORTED where neurons receive what has
 * no weights, one layer with weights leads to several, or to neither neurons nor the
 * output. */
gboolean snn_round_weights (SnnNetwork * network, GError ** error);

G_END_DECLS
