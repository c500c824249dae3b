/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network.h"

SNN_BEGIN_DECLS

/* How a network wants to be fed: its recipe. It is metadata of the network
 * (snn_network_set_metadata()) under these names, noted in training and kept in its
 * file; how many timesteps it wants is a field of the network. The values are those
 * of the properties of elements that these stand for. */

#define SNN_RECIPE_AXIS "axis"
#define SNN_RECIPE_CONTEXT "context"
#define SNN_RECIPE_SIZE "size"
#define SNN_RECIPE_SPACING "spacing"
#define SNN_RECIPE_SCALING "scaling"
#define SNN_RECIPE_LOWER "lower-percentile"
#define SNN_RECIPE_UPPER "upper-percentile"
#define SNN_RECIPE_MINIMUM "minimum"
#define SNN_RECIPE_MAXIMUM "maximum"
#define SNN_RECIPE_ENCODER "encoder"

/* Neighbouring slices on either side, at most. */
#define SNN_RECIPE_MOST_CONTEXT 16

/**
 * SnnRecipeItem:
 * @name: one of the above
 * @together: what says it: "source", "scaling" or "encoder". Where that says one
 *   anew, what else it said before does not count any more
 */
typedef struct
{
  const gchar *name;
  const gchar *together;
} SnnRecipeItem;

/* snn_recipe_items: (array length=n): all there are. */
const SnnRecipeItem *snn_recipe_items (guint * n);

SNN_END_DECLS
