/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/graph/network.h>

G_BEGIN_DECLS

/**
 * ReferenceTerm:
 * @to, @from: places in [channels][depth][height][width]
 * @weight: of the node's, or -1 for a 1
 *
 * A node that is linear in its input is a list of terms y[to] += w[weight] scale
 * x[from]; its two backward passes follow from the same list.
 */
typedef void (*ReferenceTerm) (gsize to, gsize from, gssize weight,
    double scale, gpointer data);

/* reference_node_terms: calls @term for each; those of a bias have as @from the size
 * of the input, where a 1 is to stand. */
void reference_node_terms (const SnnNode * node, ReferenceTerm term,
    gpointer data);

/* reference_n_pixels: of all slices. */
gsize reference_n_pixels (SnnShape shape);

G_END_DECLS
