/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "conversion.h"

G_BEGIN_DECLS

/* snn_balance: threshold balancing of @network, one layer after the other, each
 * from what the spikes of those before it give it, and biases divided by the product
 * of the thresholds before them. Where channels have thresholds v of their own, their
 * mean is in that product, and the weights that read a channel are multiplied by
 * v / mean v. FALSE with SNN_ERROR_NUMERIC (a layer that never is active),
 * SNN_ERROR_UNSUPPORTED (such channels that no weights read) or SNN_ERROR_CANCELLED. */
gboolean snn_balance (SnnNetwork * network,
    const SnnConversionSettings * settings, guint n, const SnnInput * inputs,
    const gint * cancel, void (*progress) (gpointer data, guint done,
        guint total), gpointer data, GError ** error);

G_END_DECLS
