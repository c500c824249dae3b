/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "conversion.h"

G_BEGIN_DECLS

/* snn_balance: threshold balancing of @network, one layer after the other, each
 * from what the spikes of those before it give it, and biases divided by the product
 * of the thresholds before them. FALSE with
 * SNN_ERROR_NUMERIC (a layer that never is active) or SNN_ERROR_CANCELLED. */
gboolean snn_balance (SnnNetwork * network,
    const SnnConversionSettings * settings, guint n, const SnnInput * inputs,
    const gint * cancel, void (*progress) (gpointer data, guint done,
        guint total), gpointer data, GError ** error);

G_END_DECLS
