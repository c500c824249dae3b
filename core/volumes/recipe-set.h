/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/recipe.h"

SNN_BEGIN_DECLS

/**
 * snn_recipe_set:
 * @text: "NAME=VALUE", as a user types it
 *
 * Sets an item of a network's recipe (graph/recipe.h). The value is one that the
 * element which asks for it later can read.
 *
 * Returns: FALSE with SNN_ERROR_FORMAT, and the names that there are or the values
 * that were expected, where @text is none, or has another name or value
 */
gboolean snn_recipe_set (SnnNetwork * network, const gchar * text,
    GError ** error);

/* snn_recipe_check: whether the values of a recipe that came with a network, such
 * as out of the metadata of an ONNX file, are ones that snn_recipe_set() takes; its
 * errors. */
gboolean snn_recipe_check (const SnnNetwork * network, GError ** error);

SNN_END_DECLS
