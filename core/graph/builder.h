/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* A network, node by node:
 *
 *   SnnBuilder *b = snn_builder_new ();
 *   const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, 64, 64 });
 *
 *   at = snn_builder_conv2d (b, "conv", 8, 3, at);
 *   at = snn_builder_relu (b, "conv_act", at, NULL);
 *   at = snn_builder_conv2d (b, "out", 1, 1, at);
 *   network = snn_builder_end (b, at, &error);
 *
 * Each function gives the name of the node that it has added, which belongs to
 * the builder, for others to receive from. The first error stops everything
 * after it, and snn_builder_end() reports it. */
typedef struct _SnnBuilder SnnBuilder;

SnnBuilder *snn_builder_new (void);

/* snn_builder_add: a node of any operator and attributes (see
 * snn_network_add()), by @name, from one or, summed, two nodes; @from is %NULL
 * for an Input, @also_from for most. */
const gchar *snn_builder_add (SnnBuilder * builder, const gchar * name,
    SnnNode node, const gchar * from, const gchar * also_from);

const gchar *snn_builder_input (SnnBuilder * builder, const gchar * name,
    SnnShape shape);

/* snn_builder_conv2d, snn_builder_conv3d: of stride 1, padded by half of the kernel:
 * it keeps the size of a frame where @kernel is odd. */
const gchar *snn_builder_conv2d (SnnBuilder * builder, const gchar * name,
    guint channels, guint kernel, const gchar * from);
const gchar *snn_builder_conv3d (SnnBuilder * builder, const gchar * name,
    guint channels, guint kernel, const gchar * from);

/* snn_builder_conv_transpose2d, snn_builder_conv_transpose3d: of stride @kernel, by
 * which a frame grows. */
const gchar *snn_builder_conv_transpose2d (SnnBuilder * builder,
    const gchar * name, guint channels, guint kernel, const gchar * from);
const gchar *snn_builder_conv_transpose3d (SnnBuilder * builder,
    const gchar * name, guint channels, guint kernel, const gchar * from);
const gchar *snn_builder_linear (SnnBuilder * builder, const gchar * name,
    guint channels, const gchar * from);

/* snn_builder_pool, snn_builder_pool3d: means of 2x2 pixels, or 2x2x2. */
const gchar *snn_builder_pool (SnnBuilder * builder, const gchar * name,
    const gchar * from);
const gchar *snn_builder_pool3d (SnnBuilder * builder, const gchar * name,
    const gchar * from);
const gchar *snn_builder_flatten (SnnBuilder * builder, const gchar * name,
    const gchar * from);

/* snn_builder_relu: of the sum of @from and @also_from (nullable). */
const gchar *snn_builder_relu (SnnBuilder * builder, const gchar * name,
    const gchar * from, const gchar * also_from);

/* snn_builder_end: adds the Output "output" and frees the builder.
 *
 * Returns: (transfer full): a valid network, or %NULL with the errors of
 * snn_network_add() and snn_network_validate() */
SnnNetwork *snn_builder_end (SnnBuilder * builder, const gchar * last,
    GError ** error);

SNN_END_DECLS
