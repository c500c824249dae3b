/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network.h"

SNN_BEGIN_DECLS

/**
 * snn_network_declare_classes:
 * @text: "53,17": values in label maps that the output's channels after the
 *   background are of, in the order of the channels, or that its only channel is of
 *
 * Says what the output's channels are of, which a file of another tool does not.
 * Classes ascend in all networks here. Where @text does not, channels change places:
 * weights and biases of the layers that lead to the output do, to the bit.
 *
 * Returns: FALSE, and the network as it was, with SNN_ERROR_FORMAT for another
 * text, SNN_ERROR_MISMATCH for another number of channels, and
 * SNN_ERROR_UNSUPPORTED where channels can't change places, as what leads to the
 * output has no weights, or also leads elsewhere
 */
gboolean snn_network_declare_classes (SnnNetwork * network,
    const gchar * text, GError ** error);

SNN_END_DECLS
