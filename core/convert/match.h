/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "measure.h"

G_BEGIN_DECLS

/* snn_match_rates: of @network, whose layers stand in @scales (of each node), to
 * the activations of @ann over its @n samples. FALSE with
 * SNN_ERROR_CANCELLED. */
gboolean snn_match_rates (SnnConverter * ann, SnnNetwork * network,
    float **scales, guint n, void (*progress) (gpointer data, guint done,
        guint total), gpointer data, GError ** error);

G_END_DECLS
